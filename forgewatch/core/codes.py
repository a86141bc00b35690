"""All finding codes joined: what `explain` prints and fix plans are made of. A literal list, so that nothing can be added from outside."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from forgewatch.core import (
    catalogue_a1,
    catalogue_a2,
    catalogue_a3,
    catalogue_a4,
    catalogue_a5,
    catalogue_a6,
    catalogue_a7,
    catalogue_a8,
    catalogue_a9,
    catalogue_w1,
    catalogue_w2,
    catalogue_w3,
)
from forgewatch.core.catalogue import CodeDoc

_PARTS = (
    catalogue_a1,
    catalogue_a2,
    catalogue_a3,
    catalogue_a4,
    catalogue_a5,
    catalogue_a6,
    catalogue_a7,
    catalogue_a8,
    catalogue_a9,
    catalogue_w1,
    catalogue_w2,
    catalogue_w3,
)

DOCS: Mapping[str, CodeDoc] = MappingProxyType({doc.code: doc for part in _PARTS for doc in part.CODES})
"""Every finding code with its documentation, in the order of the checks (checks.md: codes are stable and documented)."""
