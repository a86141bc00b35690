"""Facts per file from pure extractors, remembered by (ruleset, blob id), so that an audit costs what changed and not what is there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from forgewatch.core import codec
from forgewatch.core.errors import Unstable
from forgewatch.core.limits import Limits
from forgewatch.core.ports import FactCache, WorkingTree
from forgewatch.core.snapshot import Entry, PathTable
from forgewatch.core.values import Absent, Content, Oid, RepoPath, Unreadable

T = TypeVar("T")

SYMLINK = 0o120000
GITLINK = 0o160000


@dataclass(frozen=True, slots=True, kw_only=True)
class Extractor(Generic[T]):
    """`extract` depends on path and bytes only; `ruleset` names everything else it depends on. `facts` is the class it returns."""

    ruleset: str
    facts: type[T]
    extract: Callable[[RepoPath, bytes], T]


def blob_id(data: bytes, like: Oid) -> Oid:
    """Return git's blob id of raw bytes, in the object format of `like`."""
    hasher = hashlib.sha1(usedforsecurity=False) if len(like) == 40 else hashlib.sha256()
    hasher.update(b"blob %d\0" % len(data))
    hasher.update(data)
    return Oid(hasher.hexdigest())


def read_captured(tree: WorkingTree, path: RepoPath, entry: Entry, limit: int) -> bytes | Unreadable:
    """Return the bytes whose blob id the survey saw. Raises Unstable when the file has other bytes by now."""
    if entry.mode in (SYMLINK, GITLINK):
        return Unreadable("is a symlink" if entry.mode == SYMLINK else "is a submodule")
    match tree.read(path, limit):
        case bytes() as data if blob_id(data, entry.oid) == entry.oid:
            return data
        case Unreadable() as defect:
            return defect
        case _:
            raise Unstable(f"{path} changed while it was being read", "the audit is tried again")


def extract(
    extractor: Extractor[T], paths: Iterable[RepoPath], table: PathTable, tree: WorkingTree, cache: FactCache, limits: Limits
) -> Mapping[RepoPath, T | Unreadable]:
    """Return the facts of every path, from the cache where blob and ruleset are known."""
    found: dict[RepoPath, T | Unreadable] = {}
    for path in paths:
        entry = table.get(path)
        if entry is not None and entry.mode not in (SYMLINK, GITLINK):
            facts: T | Unreadable = _facts_of(extractor, path, entry, tree, cache, limits)
            found[path] = facts
    return found


def _facts_of(extractor: Extractor[T], path: RepoPath, entry: Entry, tree: WorkingTree, cache: FactCache, limits: Limits) -> T | Unreadable:
    key = f"{extractor.ruleset} {path}"
    known = cache.get(key, entry.oid)
    if isinstance(known, extractor.facts):
        return known
    if known is not None:
        return codec.decode(extractor.facts, known)  # type: ignore[arg-type]  # the cache holds what `encode` gave
    data = read_captured(tree, path, entry, limits.source_bytes)
    if isinstance(data, Unreadable):
        return data
    facts = extractor.extract(path, data)
    cache.put(key, entry.oid, facts)
    return facts


def as_content(tree: WorkingTree, path: RepoPath, table: PathTable, limit: int) -> Content:
    """Return a governing document as the survey saw it; one that ignore rules hide is read as it is."""
    entry = table.get(path)
    if entry is None or entry.mode in (SYMLINK, GITLINK):
        return tree.read(path, limit)
    content: Content = read_captured(tree, path, entry, limit)
    return content if not isinstance(content, Absent) else Absent()
