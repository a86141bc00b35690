"""Which deleted file lives on as which added one: git's rename relation, computed by us (checks.md A2).

R1: same bytes, same kind of file, not empty. R2: regular files of which at least half is shared, measured as git does (core/pieces).
Every file takes part in at most one rename. No git, no configuration and no attribute of the audited repository has a say.

The work is bounded. Pairs that cannot reach one half by size are never looked at; what pairs share is summed over an inverted index of
their pieces, of which the commonest are left out when the sum of work passes WORK. A pair that those could lift to one half is measured
by itself or told as unmeasured. Nothing is skipped in silence, and as long as nothing had to be left out the relation is exact.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from forgewatch.core.limits import LIMITS, MIB
from forgewatch.core.pieces import FULL, HALF, Pieces, measure, score_of
from forgewatch.core.values import Oid, RepoPath, Unreadable

_SAME_NAME = HALF + (FULL - HALF) // 2
"""Two files of one name that nobody else has are paired first when they are this similar (git's basename pass)."""

WORK = 4_000_000
"""So many (deleted file, added file, shared piece) are summed for one relation."""

MEASURED = 6
"""So many pairs of one added file are measured by themselves when pieces had to be left out."""

TEXT_TOTAL = 32 * MIB
"""Bytes of content that may be cut into pieces for one relation."""

_REGULAR = frozenset({0o100644, 0o100755})
_EMPTY = frozenset({"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"})


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


def relate(deleted: Sequence[Leaf], added: Sequence[Leaf], *, hidden_size: int = LIMITS.source_bytes, work: int = WORK) -> Relation:
    """Return the rename relation of two sides, each sorted by path. Deterministic; the order of equals is the order of paths.

    `hidden_size`: bytes an unreadable file has at least; it may be a rename of anything at least half as large. `work`: see WORK.
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
    alike, doubtful = _pair(sources, targets, work)
    return Relation(tuple(sorted([*exact, *alike], key=lambda one: one.new)), (*unmeasured, *doubtful))


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


def _pair(sources: dict[RepoPath, Pieces], targets: dict[RepoPath, Pieces], work: int) -> tuple[list[Likeness], list[Unmeasured]]:
    found: list[Likeness] = []
    # 1. A name that exists once on each side is the likeliest pair, and git takes it first.
    for old, new in _namesakes(sources, targets):
        score = measure(sources[old], targets[new])
        if score >= _SAME_NAME:
            found.append(Likeness(old, new, score))
    for one in found:
        del sources[one.old], targets[one.new]
    # 2. All others, the most similar first; of equals the one that keeps its name.
    ranked, doubtful = _ranked(sources, targets, work)
    for one in ranked:
        if one.old in sources and one.new in targets:
            found.append(one)
            del sources[one.old], targets[one.new]
    return found, doubtful


def _namesakes(sources: Iterable[RepoPath], targets: Iterable[RepoPath]) -> list[tuple[RepoPath, RepoPath]]:
    left, right = _by_name(sources), _by_name(targets)
    return [(left[name][0], right[name][0]) for name in left if len(left[name]) == 1 and len(right.get(name, ())) == 1]


def _by_name(paths: Iterable[RepoPath]) -> dict[str, list[RepoPath]]:
    named: dict[str, list[RepoPath]] = defaultdict(list)
    for path in paths:
        named[_name(path)].append(path)
    return named


def _ranked(sources: Mapping[RepoPath, Pieces], targets: Mapping[RepoPath, Pieces], work: int) -> tuple[list[Likeness], list[Unmeasured]]:
    left_out = _too_common(sources, targets, work)
    index = _index(sources, left_out)
    hidden = _by_hidden_bytes(sources, left_out)
    ranked: list[Likeness] = []
    doubtful: list[Unmeasured] = []
    for new, pieces in targets.items():
        shared = _shared(pieces, index)
        alike = [Likeness(old, new, score_of(sources[old], pieces, count)) for old, count in shared.items()]
        # What was left out could lift a pair to one half only where it is much of the added file.
        open_question = left_out and 2 * (max(shared.values(), default=0) + _weight(pieces, left_out)) >= pieces.size
        if open_question:
            suspects = dict.fromkeys([*sorted(shared, key=lambda old: (-shared[old], old))[:MEASURED], *hidden[:MEASURED]])
            alike = [Likeness(old, new, measure(sources[old], pieces)) for old in suspects]
        alike = [one for one in alike if one.score >= HALF]
        ranked += alike
        if open_question and not alike and len(suspects) < len(sources):
            doubtful.append(Unmeasured(next(iter(suspects)), new, f"too much is common to {len(sources)} deleted files"))
    ranked.sort(key=lambda one: (-one.score, _name(one.old) != _name(one.new), one.new, one.old))
    return ranked, doubtful


def _too_common(sources: Mapping[RepoPath, Pieces], targets: Mapping[RepoPath, Pieces], work: int) -> Collection[bytes]:
    left, right = _holders(sources), _holders(targets)
    costs = {piece: count * right[piece] for piece, count in left.items() if piece in right}
    excess = sum(costs.values()) - work
    left_out: set[bytes] = set()
    for piece, cost in sorted(costs.items(), key=lambda item: (-item[1], item[0])) if excess > 0 else ():
        if excess <= 0:
            break
        left_out.add(piece)
        excess -= cost
    return left_out


def _holders(files: Mapping[RepoPath, Pieces]) -> Counter[bytes]:
    counted: Counter[bytes] = Counter()
    for pieces in files.values():
        counted.update(pieces.weights.keys())
    return counted


def _index(sources: Mapping[RepoPath, Pieces], left_out: Collection[bytes]) -> Mapping[bytes, list[tuple[RepoPath, int]]]:
    index: dict[bytes, list[tuple[RepoPath, int]]] = defaultdict(list)
    for old, pieces in sources.items():
        for piece, weight in pieces.weights.items():
            if piece not in left_out:
                index[piece].append((old, weight))
    return index


def _shared(pieces: Pieces, index: Mapping[bytes, list[tuple[RepoPath, int]]]) -> Mapping[RepoPath, int]:
    shared: dict[RepoPath, int] = defaultdict(int)
    for piece, weight in pieces.weights.items():
        for old, held in index.get(piece, ()):
            shared[old] += held if held < weight else weight
    return shared


def _by_hidden_bytes(sources: Mapping[RepoPath, Pieces], left_out: Collection[bytes]) -> list[RepoPath]:
    return sorted(sources, key=lambda old: (-_weight(sources[old], left_out), old)) if left_out else []


def _weight(pieces: Pieces, left_out: Collection[bytes]) -> int:
    return sum(weight for piece, weight in pieces.weights.items() if piece in left_out)


def _name(path: str) -> str:
    return path.rpartition("/")[2]
