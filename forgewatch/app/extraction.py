"""Facts per file from pure extractors, remembered by (ruleset, blob id), so that an audit costs what changed and not what is there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

from forgewatch.core import codec
from forgewatch.core.canonical import Json
from forgewatch.core.defect import Defect
from forgewatch.core.errors import Unstable
from forgewatch.core.limits import Limits
from forgewatch.core.ports import FactCache, Grammars, WorkingTree
from forgewatch.core.snapshot import Entry, PathTable
from forgewatch.core.source_pieces import Piece
from forgewatch.core.survey import Survey
from forgewatch.core.values import Content, Oid, RepoPath, Unreadable

T = TypeVar("T")

SYMLINK = 0o120000
GITLINK = 0o160000
_WHOLE_TREE = "."
_RULESETS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Extractor(Generic[T]):
    """`extract` depends on path and bytes only; `ruleset` names everything else it depends on. `facts` is the class it returns.

    `choose` picks the paths it is about, looking at each alone. Facts equal to `leave_out` are not reported: most files have none.
    """

    ruleset: str
    facts: type[T]
    choose: Callable[[Iterable[RepoPath]], Iterable[RepoPath]]
    extract: Callable[[RepoPath, bytes], T]
    leave_out: T | None = None


@dataclass(slots=True)
class _Known:
    """What is known of HEAD's table under one ruleset: facts by path, and the wanted paths that were not looked at yet."""

    facts: dict[RepoPath, object]
    missing: set[RepoPath]


class Memory:
    """What a warm worker remembers about HEAD's table, so that an audit costs what changed. Forgotten when HEAD's table changes."""

    def __init__(self) -> None:
        self._base: Mapping[RepoPath, Entry] | None = None
        self._known: dict[str, _Known] = {}
        self._chosen: dict[str, tuple[RepoPath, ...]] = {}

    def known(self, base: Mapping[RepoPath, Entry], extractor: Extractor[T]) -> _Known:
        """Return what is known of `base` under the extractor's ruleset."""
        self._turn_to(base)
        if extractor.ruleset not in self._known:
            while len(self._known) >= _RULESETS:
                # A builder may write new rules all day; the oldest go.
                del self._known[next(iter(self._known))]
            self._known[extractor.ruleset] = _Known({}, set(extractor.choose(base)))
        return self._known[extractor.ruleset]

    def chosen(self, table: PathTable, name: str, choose: Callable[[Iterable[RepoPath]], Iterable[RepoPath]]) -> list[RepoPath]:
        """Return the paths of the table that `choose` picks; it looks at each path alone, so HEAD's are looked at once."""
        self._turn_to(table.base)
        if name not in self._chosen:
            self._chosen[name] = tuple(choose(table.base))
        present = [path for path in self._chosen[name] if path in table]
        return [*present, *choose(path for path, entry in table.overlay.items() if entry is not None and path not in table.base)]

    def _turn_to(self, base: Mapping[RepoPath, Entry]) -> None:
        if self._base is not base:
            self._base, self._known, self._chosen = base, {}, {}


@dataclass(frozen=True, slots=True)
class SeenFiles:
    """The files of a tree that was surveyed. `whole` False: the walk ended at a limit, so what it did not reach may be anything."""

    tree: WorkingTree
    whole: bool = True

    def read(self, path: RepoPath, limit: int) -> Content:
        """Return the bytes that are there now."""
        return self.tree.read(path, limit)


class NoGrammars:
    """Implements `Grammars` where the extra that brings them is not installed."""

    def edition(self) -> str:
        """Return nothing: there are no grammars."""
        return ""

    def pieces(self, grammar: str, raw: bytes) -> tuple[Piece, ...] | Defect:
        """Return that nothing can be read."""
        return Defect(f"expected a grammar for {grammar}, found none for {len(raw)} bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Where facts come from: the table, the files, the cache between processes, the memory of this one, grammars."""

    table: PathTable
    tree: SeenFiles
    cache: FactCache
    memory: Memory
    limits: Limits
    grammars: Grammars = field(default_factory=NoGrammars)


def blob_id(data: bytes, like: Oid) -> Oid:
    """Return git's blob id of raw bytes, in the object format of `like`."""
    hasher = hashlib.sha1(usedforsecurity=False) if len(like) == 40 else hashlib.sha256()
    hasher.update(b"blob %d\0" % len(data))
    hasher.update(data)
    return Oid(hasher.hexdigest())


def seen_files(tree: WorkingTree, survey: Survey) -> SeenFiles:
    """Return the files as this survey left them: an obstacle at the root says that the walk did not reach everything."""
    return SeenFiles(tree, whole=all(obstacle.path != _WHOLE_TREE for obstacle in survey.obstacles))


def read_captured(tree: SeenFiles, path: RepoPath, entry: Entry, limit: int) -> bytes | Unreadable:
    """Return the bytes whose blob id the survey saw. Raises Unstable when the file has other bytes by now."""
    if entry.mode in (SYMLINK, GITLINK):
        return Unreadable("is a symlink" if entry.mode == SYMLINK else "is a submodule")
    match tree.read(path, limit):
        case bytes() as data if blob_id(data, entry.oid) == entry.oid:
            return data
        case Unreadable() as defect:
            return defect
        case _ if not tree.whole:
            return Unreadable("was not reached: the walk ended at a limit")
        case _:
            raise Unstable(f"{path} changed while it was being read", "the audit is tried again")


def extract(extractor: Extractor[T], reading: Reading) -> Mapping[RepoPath, T | Unreadable]:
    """Return the facts of every wanted path of the table, in the order of the paths: what was cached, or hashed how, is in no report."""
    known = reading.memory.known(reading.table.base, extractor)
    overlay = reading.table.overlay
    # 1. What HEAD has and nobody touched, looked at once.
    found: dict[RepoPath, T | Unreadable] = {}
    for path in sorted(known.missing.difference(overlay)):
        facts = _facts_of(extractor, path, reading)
        if isinstance(facts, Unreadable):
            found[path] = facts
            continue
        known.missing.discard(path)
        if facts is not None and facts != extractor.leave_out:
            known.facts[path] = facts
    found.update((path, cast("T", facts)) for path, facts in known.facts.items() if path not in overlay)
    # 2. What differs from HEAD.
    touched = extract_some(extractor, overlay, reading)
    found.update((path, facts) for path, facts in touched.items() if facts != extractor.leave_out)
    return {path: found[path] for path in sorted(found)}


def extract_some(extractor: Extractor[T], paths: Iterable[RepoPath], reading: Reading) -> Mapping[RepoPath, T | Unreadable]:
    """Return the facts of the wanted ones among `paths`."""
    found: dict[RepoPath, T | Unreadable] = {}
    for path in extractor.choose(paths):
        facts = _facts_of(extractor, path, reading)
        if facts is not None:
            found[path] = facts
    return found


def extract_held(extractor: Extractor[T], held: Iterable[tuple[RepoPath, Oid, bytes]], reading: Reading) -> Mapping[RepoPath, T]:
    """Return the facts of bytes that are at hand already, such as those of HEAD, without what the extractor leaves out."""
    found = {path: _remembered(extractor, path, oid, reading) or _remember(extractor, path, oid, raw, reading) for path, oid, raw in held}
    return {path: facts for path, facts in found.items() if facts != extractor.leave_out}


def _remembered(extractor: Extractor[T], path: RepoPath, oid: Oid, reading: Reading) -> T | None:
    return _believable(extractor.facts, reading.cache.get(f"{extractor.ruleset} {path}", oid))


def _remember(extractor: Extractor[T], path: RepoPath, oid: Oid, raw: bytes, reading: Reading) -> T:
    facts = extractor.extract(path, raw)
    reading.cache.put(f"{extractor.ruleset} {path}", oid, facts)
    return facts


def _facts_of(extractor: Extractor[T], path: RepoPath, reading: Reading) -> T | Unreadable | None:
    entry = reading.table.get(path)
    if entry is None or entry.mode in (SYMLINK, GITLINK):
        return None
    known = _remembered(extractor, path, entry.oid, reading)
    if known is not None:
        return known
    read = read_captured(reading.tree, path, entry, reading.limits.source_bytes)
    if isinstance(read, Unreadable):
        return read
    return _remember(extractor, path, entry.oid, read, reading)


def _believable(facts: type[T], cached: object | None) -> T | None:
    # What does not fit the class of today comes from another version or a damaged file: the bytes are looked at again.
    if cached is None or isinstance(cached, facts):
        return cached
    try:
        return codec.decode(facts, cast("Json", cached))
    except codec.Undecodable:
        return None


def as_content(tree: SeenFiles, path: RepoPath, table: PathTable, limit: int) -> Content:
    """Return a governing document as the survey saw it; one that ignore rules hide is read as it is."""
    entry = table.get(path)
    if entry is None or entry.mode in (SYMLINK, GITLINK):
        return tree.read(path, limit)
    content: Content = read_captured(tree, path, entry, limit)
    return content
