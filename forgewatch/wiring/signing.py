"""Signing a request that lies in a file: nothing of a repository's record is needed for it, and nothing is recorded by it."""

from __future__ import annotations

import os
from pathlib import Path

from forgewatch.adapters.files import RootFiles
from forgewatch.adapters.new_file import replace_file
from forgewatch.adapters.ssh_signatures import sign_with
from forgewatch.core.authority_request import SIGNED_BYTES, SignedRequest, parse_signed_request, with_signature
from forgewatch.core.errors import UsageError
from forgewatch.core.sshsig import SIGNATURE_BYTES
from forgewatch.core.values import Refused, RepoPath

_HINT = "forgewatch authorize --request FILE makes one"


def read_signed(place: Path) -> SignedRequest:
    """Return the request in a file with the signatures it has. Raises UsageError when it is none."""
    signed = parse_signed_request(_read(place, SIGNED_BYTES))
    if isinstance(signed, Refused):
        raise UsageError(f"{place}: expected a request with its signatures, found that {signed.why}", _HINT)
    return signed


def add_signature(signed: SignedRequest, place: Path, root: Path, *, key: str | None, signature: str | None) -> SignedRequest:
    """Add a signature made with the SSH key file `key`, or the one in the file `signature`, and put the request back in its place.

    Whether it counts is asked when the request is used. Raises UsageError, EnvironmentFault.
    """
    made = sign_with(Path(key), signed.request, root) if key is not None else _read(Path(str(signature)), SIGNATURE_BYTES)
    more = with_signature(signed, made)
    replace_file(place, more.to_bytes())
    return more


def _read(place: Path, limit: int) -> bytes:
    raw = RootFiles(os.path.dirname(os.path.abspath(place))).read(RepoPath(place.name), limit)
    if not isinstance(raw, bytes):
        raise UsageError(f"{place}: expected a file, found that it {getattr(raw, 'why', 'is not there')}", _HINT)
    return raw
