"""Which deleted file lives on as which added one: git's rename relation, computed by us (checks.md A2).

R1: same bytes, same kind of file, not empty. R2: regular files of which at least half is shared, measured as git does: content is cut
into lines (at most 64 bytes each, CRLF read as LF in text), and what both sides hold of each piece counts in bytes against the larger
file. Every file takes part in at most one rename. No git, no configuration and no attribute of the audited repository has a say.

The work is bounded. Pairs that cannot reach one half by size are never looked at; candidates come from an inverted index of pieces
whose postings are capped; only the best candidates are measured. What does not fit into the bound is told, never skipped.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from forgewatch.core.limits import LIMITS, MIB
from forgewatch.core.values import Oid, RepoPath, Unreadable

FULL = 60_000
"""git's scale of similarity; a score is the shared part of the larger file in these units."""

HALF = FULL // 2
"""The threshold of `-M50%`."""

_SAME_NAME = HALF + (FULL - HALF) // 2
"""Two files of one name that nobody else has are paired first when they are this similar (git's basename pass)."""

PIECE = 64
POSTINGS = 16
"""A piece that more deleted files share than this leads to the first ones only: a licence header says nothing about who is whose."""

CANDIDATES = 12
EXACT_PAIRS = 4_096
"""Up to so many pairs all are measured; the index is for more."""

TEXT_TOTAL = 32 * MIB
"""Bytes of content that may be cut into pieces for one relation."""

_REGULAR = frozenset({0o100644, 0o100755})
_EMPTY = frozenset({"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"})
_SNIFFED = 8_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One file of one side. `content` is asked of plain files only; links and submodules are compared by id."""

    path: RepoPath
    mode: int
    oid: Oid
    content: bytes | Unreadable

    @property
    def name(self) -> str:
        """The part of the path after the last `/`."""
        return self.path.rpartition("/")[2]

    @property
    def regular(self) -> bool:
        """True for a plain file, executable or not."""
        return self.mode in _REGULAR

    @property
    def empty(self) -> bool:
        """True when the file holds no bytes; known from its id even where the bytes are not at hand."""
        return self.oid in _EMPTY or self.content == b""


@dataclass(frozen=True, slots=True)
class Likeness:
    """`old` lives on as `new`; `score` is 1..FULL."""

    old: RepoPath
    new: RepoPath
    score: int

    @property
    def percent(self) -> int:
        """The similarity as git prints it."""
        return self.score * 100 // FULL


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A pair, or many, that may be a rename and could not be compared; `why` is a lower-case fact."""

    old: RepoPath
    new: RepoPath
    why: str


@dataclass(frozen=True, slots=True)
class Relation:
    """All renames in the order of the added paths, and what could not be measured."""

    renames: tuple[Likeness, ...]
    unmeasured: tuple[Unmeasured, ...] = ()


class Pieces:
    """The bytes of one file as a bag of pieces, cut when first asked for."""

    def __init__(self, content: bytes) -> None:
        self.size = len(content)
        self._content = content

    @cached_property
    def weights(self) -> Mapping[bytes, int]:
        """How many bytes each piece contributes."""
        return {piece: len(piece) * count for piece, count in Counter(_cut(self._content)).items()}


def relate(deleted: Sequence[Leaf], added: Sequence[Leaf], *, hidden_size: int = LIMITS.source_bytes) -> Relation:
    """Return the rename relation of two sides, each sorted by path. Deterministic; the order of equals is the order of paths.

    `hidden_size`: bytes an unreadable file has at least; it may be a rename of anything at least half as large.
    """
    # 1. Same bytes (R1).
    exact = _exact(deleted, added)
    gone, come = {one.old for one in exact}, {one.new for one in exact}
    old = [leaf for leaf in deleted if leaf.path not in gone and leaf.regular and not leaf.empty]
    new = [leaf for leaf in added if leaf.path not in come and leaf.regular and not leaf.empty]
    # 2. Contents that cannot be read cannot be called different.
    unmeasured = _unreadable(old, new, hidden_size)
    # 3. Half the bytes (R2), among those that can reach it by size.
    sources, targets = _reachable(_pieces(old), _pieces(new))
    total = sum(pieces.size for side in (sources, targets) for pieces in side.values())
    if total > TEXT_TOTAL:
        over = Unmeasured(min(sources), min(targets), f"{len(sources)} deleted and {len(targets)} added files hold {total} bytes")
        return Relation(tuple(exact), (*unmeasured, over))
    alike = _pair(sources, targets)
    return Relation(tuple(sorted([*exact, *alike], key=lambda one: one.new)), tuple(unmeasured))


def likeness(left: bytes, right: bytes) -> int:
    """Return git's similarity of two contents, 0..FULL."""
    return _score(Pieces(left), Pieces(right))


def is_text(content: bytes) -> bool:
    """True unless a NUL stands in the first 8000 bytes: git's rule."""
    return b"\0" not in content[:_SNIFFED]


def _exact(deleted: Sequence[Leaf], added: Sequence[Leaf]) -> list[Likeness]:
    waiting: dict[Oid, list[Leaf]] = defaultdict(list)
    for leaf in deleted:
        if not leaf.empty:
            waiting[leaf.oid].append(leaf)
    found = []
    for leaf in added:
        twins = [twin for twin in waiting.get(leaf.oid, ()) if twin.regular == leaf.regular and (leaf.regular or twin.mode == leaf.mode)]
        if twins:
            twin = next((twin for twin in twins if twin.name == leaf.name), twins[0])
            waiting[leaf.oid].remove(twin)
            found.append(Likeness(twin.path, leaf.path, FULL))
    return found


def _unreadable(old: Sequence[Leaf], new: Sequence[Leaf], hidden_size: int) -> list[Unmeasured]:
    dark_old, dark_new = _dark(old), _dark(new)
    large_new = [leaf.path for leaf in new if _may_be_large(leaf, hidden_size)]
    large_old = [leaf.path for leaf in old if _may_be_large(leaf, hidden_size) and leaf.path not in dark_old]
    found = [Unmeasured(path, large_new[0], why) for path, why in dark_old.items() if large_new]
    return found + [Unmeasured(large_old[0], path, why) for path, why in dark_new.items() if large_old]


def _dark(leaves: Sequence[Leaf]) -> dict[RepoPath, str]:
    return {leaf.path: leaf.content.why for leaf in leaves if isinstance(leaf.content, Unreadable)}


def _may_be_large(leaf: Leaf, hidden_size: int) -> bool:
    return not isinstance(leaf.content, bytes) or len(leaf.content) * 2 >= hidden_size


def _pieces(leaves: Iterable[Leaf]) -> dict[RepoPath, Pieces]:
    return {leaf.path: Pieces(leaf.content) for leaf in leaves if isinstance(leaf.content, bytes)}


def _reachable(old: dict[RepoPath, Pieces], new: dict[RepoPath, Pieces]) -> tuple[dict[RepoPath, Pieces], dict[RepoPath, Pieces]]:
    # The smaller file must be at least half the larger one, or no amount of shared text is enough.
    old_sizes, new_sizes = sorted(p.size for p in old.values()), sorted(p.size for p in new.values())
    sources = {path: pieces for path, pieces in old.items() if _has_peer(pieces.size, new_sizes)}
    return sources, {path: pieces for path, pieces in new.items() if _has_peer(pieces.size, old_sizes)}


def _has_peer(size: int, sizes: Sequence[int]) -> bool:
    place = bisect_left(sizes, -(-size // 2))
    return place < len(sizes) and sizes[place] <= size * 2


def _pair(sources: dict[RepoPath, Pieces], targets: dict[RepoPath, Pieces]) -> list[Likeness]:
    found: list[Likeness] = []
    # 1. A name that exists once on each side is the likeliest pair, and git takes it first.
    for old, new in _namesakes(sources, targets):
        score = _score(sources[old], targets[new])
        if score >= _SAME_NAME:
            found.append(Likeness(old, new, score))
    for one in found:
        del sources[one.old], targets[one.new]
    # 2. All others, the most similar first; of equals the one that keeps its name.
    ranked = [one for one in _measured(sources, targets) if one.score >= HALF]
    ranked.sort(key=lambda one: (-one.score, _name(one.old) != _name(one.new)))
    for one in ranked:
        if one.old in sources and one.new in targets:
            found.append(one)
            del sources[one.old], targets[one.new]
    return found


def _namesakes(sources: Iterable[RepoPath], targets: Iterable[RepoPath]) -> list[tuple[RepoPath, RepoPath]]:
    left, right = _by_name(sources), _by_name(targets)
    return [(left[name][0], right[name][0]) for name in left if len(left[name]) == 1 and len(right.get(name, ())) == 1]


def _by_name(paths: Iterable[RepoPath]) -> dict[str, list[RepoPath]]:
    named: dict[str, list[RepoPath]] = defaultdict(list)
    for path in paths:
        named[_name(path)].append(path)
    return named


def _measured(sources: Mapping[RepoPath, Pieces], targets: Mapping[RepoPath, Pieces]) -> list[Likeness]:
    if len(sources) * len(targets) <= EXACT_PAIRS:
        pairs = [(old, new) for new in targets for old in sources]
    else:
        pairs = list(_candidates(sources, targets))
    return [Likeness(old, new, _score(sources[old], targets[new])) for old, new in pairs]


def _candidates(sources: Mapping[RepoPath, Pieces], targets: Mapping[RepoPath, Pieces]) -> Iterable[tuple[RepoPath, RepoPath]]:
    index = _index(sources)
    named = _by_name(sources)
    for new, pieces in targets.items():
        shared: Counter[RepoPath] = Counter()
        for piece, weight in pieces.weights.items():
            for old, held in index.get(piece, ()):
                shared[old] += min(weight, held)
        best = sorted(shared, key=lambda old: (-shared[old], old))[:CANDIDATES]
        for old in dict.fromkeys([*named.get(_name(new), ())[:CANDIDATES], *best]):
            yield old, new


def _index(sources: Mapping[RepoPath, Pieces]) -> Mapping[bytes, list[tuple[RepoPath, int]]]:
    index: dict[bytes, list[tuple[RepoPath, int]]] = {}
    for old, pieces in sources.items():
        for piece, weight in pieces.weights.items():
            postings = index.setdefault(piece, [])
            if len(postings) < POSTINGS:
                postings.append((old, weight))
    return index


def _score(left: Pieces, right: Pieces) -> int:
    larger, smaller = max(left.size, right.size), min(left.size, right.size)
    if not smaller or smaller * 2 < larger:
        return 0
    few, many = sorted((left.weights, right.weights), key=len)
    shared = sum(min(weight, many[piece]) for piece, weight in few.items() if piece in many)
    return shared * FULL // larger


def _cut(content: bytes) -> Iterable[bytes]:
    if is_text(content):
        content = content.replace(b"\r\n", b"\n")
    for line in content.splitlines(keepends=True) if b"\r" not in content else _lines(content):
        if len(line) <= PIECE:
            yield line
        else:
            yield from (line[start : start + PIECE] for start in range(0, len(line), PIECE))


def _lines(content: bytes) -> Iterable[bytes]:
    # A lone CR is no line end for git; splitlines thinks otherwise.
    parts = content.split(b"\n")
    yield from (part + b"\n" for part in parts[:-1])
    if parts[-1]:
        yield parts[-1]


def _name(path: str) -> str:
    return path.rpartition("/")[2]
