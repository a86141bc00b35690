"""All finding codes joined: what `explain` prints and fix plans are made of. A literal list, so that nothing can be added from outside."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from forgewatch.core.catalogue import CodeDoc
from forgewatch.core.catalogue_a1 import CODES as A1
from forgewatch.core.catalogue_a2 import CODES as A2
from forgewatch.core.catalogue_a3 import CODES as A3
from forgewatch.core.catalogue_a4 import CODES as A4
from forgewatch.core.catalogue_a5 import CODES as A5
from forgewatch.core.catalogue_a6 import CODES as A6
from forgewatch.core.catalogue_a7 import CODES as A7
from forgewatch.core.catalogue_a8 import CODES as A8
from forgewatch.core.catalogue_a9 import CODES as A9
from forgewatch.core.catalogue_w1 import CODES as W1
from forgewatch.core.catalogue_w2 import CODES as W2
from forgewatch.core.catalogue_w3 import CODES as W3
from forgewatch.core.catalogue_x_boot import CODES as X_BOOT
from forgewatch.core.catalogue_x_churn import CODES as X_CHURN
from forgewatch.core.catalogue_x_deps import CODES as X_DEPS
from forgewatch.core.catalogue_x_docs import CODES as X_DOCS
from forgewatch.core.catalogue_x_layout import CODES as X_LAYOUT
from forgewatch.core.catalogue_x_physics import CODES as X_PHYSICS
from forgewatch.core.catalogue_x_ps1 import CODES as X_PS1
from forgewatch.core.catalogue_x_schema import CODES as X_SCHEMA
from forgewatch.core.catalogue_x_silence import CODES as X_SILENCE
from forgewatch.core.catalogue_x_tests import CODES as X_TESTS
from forgewatch.core.catalogue_x_wiring import CODES as X_WIRING

_FURTHER = (
    *X_PS1,
    *X_LAYOUT,
    *X_PHYSICS,
    *X_DEPS,
    *X_TESTS,
    *X_WIRING,
    *X_SCHEMA,
    *X_DOCS,
    *X_BOOT,
    *X_SILENCE,
    *X_CHURN,
)
_ALL = (*A1, *A2, *A3, *A4, *A5, *A6, *A7, *A8, *A9, *W1, *W2, *W3, *_FURTHER)
_FAMILIES = MappingProxyType(
    {
        "XP": "X-PS1",
        "XL": "X-LAYOUT",
        "XR": "X-PHYSICS",
        "XD": "X-DEPS",
        "XT": "X-TESTS",
        "XW": "X-WIRING",
        "XM": "X-SCHEMA",
        "XU": "X-DOCS",
        "XB": "X-BOOT",
        "XS": "X-SILENCE",
        "XC": "X-CHURN",
    }
)

DOCS: Mapping[str, CodeDoc] = MappingProxyType({doc.code: doc for doc in _ALL})
"""Every finding code with its documentation, in the order of the checks (checks.md: codes are stable and documented)."""


def check_of(code: str) -> str:
    """Return the check that a finding code belongs to: `A101` to A1, `XS01` to X-SILENCE."""
    family = code[:2]
    return _FAMILIES.get(family, family)
