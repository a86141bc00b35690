"""Canonical bytes and digests. One rule for every digest we print: SHA-256 over RFC 8785 JSON, or over raw bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785

from forgewatch.core.text import recordable
from forgewatch.core.values import Digest

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


def canonical_json(value: Json) -> bytes:
    """Return the RFC 8785 bytes of `value`: keys sorted, no white space, UTF-8, strings in their recordable form.

    Floats are refused by type. Undecodable bytes in a path are written as `\\xNN`, so that the bytes are valid everywhere.
    """
    return rfc8785.dumps(_recordable(value))


def _recordable(value: Json) -> Any:
    if isinstance(value, str):
        return recordable(value)
    if isinstance(value, Mapping):
        return {recordable(key): _recordable(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_recordable(item) for item in value]
    return value


def digest_of_bytes(data: bytes) -> Digest:
    """Return the digest of raw bytes."""
    return Digest("sha256:" + hashlib.sha256(data).hexdigest())


def digest_of_json(value: Json) -> Digest:
    """Return the digest of the canonical bytes of `value`."""
    return digest_of_bytes(canonical_json(value))
