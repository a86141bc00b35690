"""What one audit judged, as bytes from which it can be judged again (`audit --replay`).

HEAD's table of paths is not among them: it is named by its tree, which stays in the object store and is verified when it is read. All
else is here: the builder's bytes are data in a value, never a file of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from forgewatch.core.canonical import Json
from forgewatch.core.codec import Undecodable, decode, encode
from forgewatch.core.directive import Directive
from forgewatch.core.facts import LayerFacts
from forgewatch.core.limits import MIB
from forgewatch.core.settings import Settings
from forgewatch.core.snapshot import Entry, PathTable, Snapshot
from forgewatch.core.values import Oid, Refused, RepoPath, Unreadable

CONTENT_BYTES = 32 * MIB
"""Bytes of changed files and documents up to which an audit is stored; one that read more cannot be replayed."""

INPUT_BYTES = 64 * MIB
"""Bytes that the stored form of one audit may have."""

_CLEAN = LayerFacts()
_SEPARATOR = "\0"


@runtime_checkable
class Rooted(Protocol):
    """A table of HEAD that knows which tree it was made from; None: from the empty tree."""

    @property
    def root(self) -> Oid | None:
        """The id of the root tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """One audit before it is judged. `settings`, `directive` and `cycle` are what the report needs beside the snapshot."""

    snapshot: Snapshot
    settings: Settings
    directive: Directive
    cycle: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The stored form: the snapshot without HEAD's table, which `base` names, and without the facts of files that break no rule, which
    `governed` and `base_governed` name in the order of the facts."""

    base: Oid | None
    inputs: Inputs
    governed: str
    base_governed: str


def pack_inputs(inputs: Inputs) -> bytes | None:
    """Return the stored form; the same inputs give the same bytes.

    None for an audit that cannot be judged again from it: one that read too much, or whose object store lied, so that its table is no
    tree's.
    """
    snapshot = inputs.snapshot
    base = snapshot.paths.base
    if snapshot.store_faults or not isinstance(base, Rooted) or _read(snapshot) > CONTENT_BYTES:
        return None
    kept = replace(
        snapshot,
        paths=PathTable({}, snapshot.paths.overlay),
        layers=_telling(snapshot.layers),
        base_layers=_telling(snapshot.base_layers),
    )
    stored = Stored(
        base=base.root,
        inputs=replace(inputs, snapshot=kept),
        governed=_SEPARATOR.join(snapshot.layers),
        base_governed=_SEPARATOR.join(snapshot.base_layers),
    )
    packed = json.dumps(encode(stored), separators=(",", ":")).encode("ascii")
    return packed if len(packed) <= INPUT_BYTES else None


def unpack_inputs(packed: bytes) -> Stored | Refused:
    """Return what `pack_inputs` stored, or why these bytes are none of this version's."""
    try:
        raw: Json = json.loads(packed)
        return decode(Stored, raw)
    except (Undecodable, ValueError, RecursionError) as error:
        return Refused("", str(error))


def inputs_of(stored: Stored, base: Mapping[RepoPath, Entry]) -> Inputs:
    """Return the inputs with the table of the tree `stored.base` in its place."""
    snapshot = stored.inputs.snapshot
    whole = replace(
        snapshot,
        paths=PathTable(base, snapshot.paths.overlay),
        layers=_all(stored.governed, snapshot.layers),
        base_layers=_all(stored.base_governed, snapshot.base_layers),
    )
    return replace(stored.inputs, snapshot=whole)


def _read(snapshot: Snapshot) -> int:
    contents: Iterable[object] = (*snapshot.contents.values(), *snapshot.documents.values(), *snapshot.base_documents.values())
    return sum(len(content) for content in contents if isinstance(content, bytes))


def _telling(facts: Mapping[RepoPath, LayerFacts | Unreadable]) -> Mapping[RepoPath, LayerFacts | Unreadable]:
    return {path: found for path, found in facts.items() if found != _CLEAN}


def _all(governed: str, telling: Mapping[RepoPath, LayerFacts | Unreadable]) -> Mapping[RepoPath, LayerFacts | Unreadable]:
    paths = map(RepoPath, governed.split(_SEPARATOR)) if governed else ()
    return {path: telling.get(path, _CLEAN) for path in paths}
