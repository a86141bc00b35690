"""From HEAD back to the anchor over verified commits (checks.md A6).

The set is exact: every commit reachable from HEAD and not from the anchor, whatever dates the commits carry.
1. Walk back from HEAD, not past the anchor. If no root commit is met, nothing seen can be an ancestor of the anchor: done.
2. Else a branch forked before the anchor was merged: take away all ancestors of the anchor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from forgewatch.adapters.trees import EMPTY, Tree, TreeStore, TreeTooLarge
from forgewatch.core.snapshot import Ancestry, Commit, History
from forgewatch.core.values import CommitId, Oid, RepoPath

MAX_COMMITS = 200_000
"""Commits walked for one history; beyond it the ancestry is REWRITTEN, which fails and says so."""

_HEADER = re.compile(rb"tree ([0-9a-f]{40,64})\n((?:parent [0-9a-f]{40,64}\n)*)")


@dataclass(frozen=True, slots=True)
class Link:
    """What the walk needs of a commit."""

    tree: Oid
    parents: tuple[Oid, ...]
    subject: str


class Commits(Protocol):
    """Where verified commits come from."""

    trees: TreeStore

    def links(self, oids: Sequence[Oid]) -> dict[Oid, Link | None]:
        """Return several commits, None for each that is missing or forged."""

    def is_lying(self, oid: Oid) -> bool:
        """True when the object store gave other bytes under this id."""

    def notes(self) -> tuple[str, ...]:
        """Return what offers another history."""


@dataclass(frozen=True, slots=True)
class _Walk:
    """Commits in the order they were met; `roots`: a commit without parents was among them; `broken`: ids that could not be read."""

    seen: dict[Oid, Link]
    met: frozenset[Oid]
    roots: bool
    broken: tuple[Oid, ...]
    bounded: bool


def parse_commit(body: bytes) -> Link | None:
    """Return what a verified commit's bytes say, None when they are no commit."""
    head, _, message = body.partition(b"\n\n")
    found = _HEADER.match(head + b"\n")
    if found is None:
        return None
    parents = tuple(Oid(parent.decode("ascii")) for parent in re.findall(rb"parent ([0-9a-f]+)\n", found.group(2)))
    subject = message.lstrip(b"\n").partition(b"\n")[0].decode("utf-8", "surrogateescape")
    return Link(Oid(found.group(1).decode("ascii")), parents, subject)


def walk_history(commits: Commits, head: CommitId | None, anchor: CommitId | None, authorized: frozenset[CommitId]) -> History:
    """Return the history from `head` to `anchor`. Raises GitFailed."""
    notes = commits.notes()
    if head is None:
        ancestry = Ancestry.NO_ANCHOR if anchor is None else Ancestry.REWRITTEN
        return History(head=None, anchor=anchor, ancestry=ancestry, notes=notes)
    if commits.links([Oid(head)])[Oid(head)] is None and commits.is_lying(Oid(head)):
        return History(head=head, anchor=anchor, ancestry=Ancestry.UNTRUSTED, notes=notes)
    if anchor is None:
        return History(head=head, anchor=None, ancestry=Ancestry.NO_ANCHOR, notes=notes)
    if anchor == head:
        return History(head=head, anchor=anchor, ancestry=Ancestry.LINEAR, notes=notes)
    return _between(commits, head, anchor, authorized, notes)


def _between(commits: Commits, head: CommitId, anchor: CommitId, authorized: frozenset[CommitId], notes: tuple[str, ...]) -> History:
    start, end = Oid(head), Oid(anchor)
    if commits.links([end])[end] is None:
        return History(head=head, anchor=anchor, ancestry=_lost(commits, end, notes), notes=notes)
    walk = _walk(commits, [start], frozenset({end}))
    allowed = frozenset(map(Oid, authorized))
    new = walk.seen
    if walk.roots and not walk.bounded and end in walk.met:
        known = _walk(commits, [end], frozenset())
        new = {oid: link for oid, link in walk.seen.items() if oid not in known.seen}
    ancestry = _ancestry(commits, walk, end, notes)
    if ancestry is not Ancestry.LINEAR:
        return History(head=head, anchor=anchor, ancestry=ancestry, notes=notes)
    told = tuple(_commit(commits.trees, oid, link, commits, oid in allowed) for oid, link in new.items())
    return History(head=head, anchor=anchor, ancestry=ancestry, commits=told, notes=notes)


def _walk(commits: Commits, start: Sequence[Oid], stop: frozenset[Oid]) -> _Walk:
    seen: dict[Oid, Link] = {}
    met: set[Oid] = set()
    broken: list[Oid] = []
    roots = False
    level = list(start)
    while level and len(seen) < MAX_COMMITS:
        links = commits.links(level)
        parents: dict[Oid, None] = {}
        for oid in level:
            link = links[oid]
            if link is None:
                broken.append(oid)
                continue
            seen[oid] = link
            roots = roots or not link.parents
            parents.update(dict.fromkeys(link.parents))
        met.update(parent for parent in parents if parent in stop)
        level = [oid for oid in parents if oid not in seen and oid not in stop]
    return _Walk(seen, frozenset(met), roots, tuple(broken), bool(level))


def _ancestry(commits: Commits, walk: _Walk, anchor: Oid, notes: tuple[str, ...]) -> Ancestry:
    if any(commits.is_lying(oid) for oid in walk.broken):
        return Ancestry.UNTRUSTED
    if anchor in walk.met and not walk.broken and not walk.bounded:
        return Ancestry.LINEAR
    return _lost(commits, anchor, notes) if walk.broken else Ancestry.REWRITTEN


def _lost(commits: Commits, oid: Oid, notes: tuple[str, ...]) -> Ancestry:
    if commits.is_lying(oid):
        return Ancestry.UNTRUSTED
    return Ancestry.SHALLOW if any("shallow" in note for note in notes) else Ancestry.UNRESOLVABLE


def _commit(trees: TreeStore, oid: Oid, link: Link, commits: Commits, authorized: bool) -> Commit:
    parents: list[Oid | None] = [parent.tree for parent in commits.links(link.parents).values() if parent is not None]
    paths: set[str] = set()
    try:
        for before in parents or [None]:
            paths.update(islice(touched(trees, before, link.tree), trees.entries))
    except TreeTooLarge:
        paths.add(".")
    return Commit(oid=CommitId(oid), subject=link.subject, paths=tuple(RepoPath(path) for path in sorted(paths)), authorized=authorized)


def touched(trees: TreeStore, before: Oid | None, after: Oid | None, prefix: str = "") -> Iterable[str]:
    """Yield the paths whose entries differ between two trees (None: nothing there). Raises GitFailed, TreeTooLarge."""
    if before == after:
        return
    if prefix.count("/") > trees.depth:
        raise TreeTooLarge(f"is over the limit of {trees.depth} levels")
    old, new = _tree(trees, before), _tree(trees, after)
    for name in old.files.keys() | new.files.keys():
        if old.files.get(name) != new.files.get(name):
            yield prefix + name
    for name in old.folders.keys() | new.folders.keys():
        yield from touched(trees, old.folders.get(name), new.folders.get(name), f"{prefix}{name}/")


def _tree(trees: TreeStore, oid: Oid | None) -> Tree:
    return EMPTY if oid is None else trees.tree(oid)
