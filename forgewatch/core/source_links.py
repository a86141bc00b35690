"""Links under the name of a Python file: do they lead to code that is judged? (checks.md A9)

A link is known by the blob id of its text only. That is enough: the texts that would lead to a file of the tree can be written down, and
one of them has the id, or the link leads elsewhere. Nothing outside of the snapshot is read or believed.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from forgewatch.core.snapshot import Change, Entry, PathTable
from forgewatch.core.source_kinds import is_python
from forgewatch.core.values import Oid, RepoPath

SYMLINK = 0o120000
_REGULAR = frozenset({0o100644, 0o100755})
LINK_TEXTS = 200_000
"""Texts that are tried for all links of one audit, two seconds' worth; a link that is not reached within them is not followed."""


@dataclass(slots=True)
class _Tree:
    """One table of paths, with the texts that were written down for a folder. `left` is what may still be tried."""

    paths: Mapping[RepoPath, Entry] | PathTable
    is_source: Callable[[RepoPath, Entry], bool]
    left: list[int]
    named: dict[str, list[RepoPath]] = field(default_factory=dict)
    known: dict[str, dict[Oid, RepoPath]] = field(default_factory=dict)

    def leads_to_source(self, link: RepoPath, entry: Entry) -> bool:
        """True when the link, or the chain of links that it begins, ends at a source file of the table."""
        return self.end_of(link, entry) is not None

    def end_of(self, link: RepoPath, entry: Entry) -> RepoPath | None:
        """Return the source file of the table at which the link, or the chain of links that it begins, ends; None when it is astray."""
        seen: set[RepoPath] = set()
        while entry.mode == SYMLINK and link not in seen:
            seen.add(link)
            target = self._target(link, entry.oid)
            found = None if target is None else self.paths.get(target)
            if target is None or found is None:
                return None
            link, entry = target, found
        return link if entry.mode in _REGULAR else None

    def _target(self, link: RepoPath, wanted: Oid) -> RepoPath | None:
        """Most links are named like what they lead to: those texts first, and all texts of the folder when none of them has the id."""
        folder, _, name = link.rpartition("/")
        if not self.named:
            self._read_names()
        target = dict(self._texts(folder, self.named[name], len(wanted))).get(wanted)
        if target is None and folder not in self.known:
            self.known[folder] = dict(self._texts(folder, chain.from_iterable(self.named.values()), len(wanted)))
        return target or self.known[folder].get(wanted)

    def _read_names(self) -> None:
        self.named = defaultdict(list)
        for path in self.paths:
            entry = self.paths.get(path)
            if entry is not None and (entry.mode == SYMLINK or self.is_source(path, entry)):
                self.named[path.rpartition("/")[2]].append(path)

    def _texts(self, folder: str, paths: Iterable[RepoPath], digits: int) -> Iterator[tuple[Oid, RepoPath]]:
        upper = folder.split("/") if folder else []
        for path in paths:
            if self.left[0] == 0:
                return
            self.left[0] -= 1
            text = relative_text(path, upper)
            yield blob_id_of_text(text, digits), path
            if not text.startswith("../"):
                yield blob_id_of_text(f"./{text}", digits), path


def strayed_links(paths: PathTable, changes: Iterable[Change], is_source: Callable[[RepoPath, Entry], bool]) -> tuple[RepoPath, ...]:
    """Return the links under Python names that lead to no source file of the tree, sorted: those that changed, and those that stood
    still while this cycle took away, or turned into something else, what they led to. `is_source` tells regular files that are judged as
    Python.

    A link may lead on to another. An absolute text, one with needless parts (`a/../b.py`), a folder, a file that is ignored, missing or no
    Python source, and a circle are astray.
    """
    seen = [change for change in changes if not change.staged]
    fresh = {change.path: change.after for change in seen if change.after is not None and _is_link(change.path, change.after)}
    left = [LINK_TEXTS]
    now, before = _Tree(paths, is_source, left), _Tree(paths.base, is_source, left)
    stray = {path for path, entry in fresh.items() if not now.leads_to_source(path, entry)}
    if any(_led_on(change, is_source) for change in seen):
        still = [(path, entry) for path, entry in paths.base.items() if path not in paths.overlay and _is_link(path, entry)]
        stray.update(path for path, entry in still if before.leads_to_source(path, entry) and not now.leads_to_source(path, entry))
    return tuple(sorted(stray))


def link_ends(
    paths: PathTable, links: Mapping[RepoPath, Entry], is_source: Callable[[RepoPath, Entry], bool]
) -> Mapping[RepoPath, RepoPath]:
    """Return the source file of the tree to which each link leads, by the same texts as above; links that are astray are left out."""
    tree = _Tree(paths, is_source, [LINK_TEXTS])
    ends = ((link, tree.end_of(link, entry)) for link, entry in links.items())
    return {link: end for link, end in ends if end is not None}


def _is_link(path: RepoPath, entry: Entry) -> bool:
    return entry.mode == SYMLINK and is_python(path)


def _led_on(change: Change, is_source: Callable[[RepoPath, Entry], bool]) -> bool:
    """True where links ended at a source, or were led on by another link, and no source is there now."""
    before, after = change.before, change.after
    led = before is not None and (before.mode == SYMLINK or is_source(change.path, before))
    return led and (after is None or not is_source(change.path, after))


def relative_text(path: RepoPath, upper: list[str]) -> str:
    """Return the text of a link in the folder with the parts `upper` that leads to `path`, which may be a folder above it."""
    parts = path.split("/")
    shared = 0
    while shared < min(len(upper), len(parts)) and upper[shared] == parts[shared]:
        shared += 1
    return ("../" * (len(upper) - shared) + "/".join(parts[shared:])).rstrip("/") or "."


def blob_id_of_text(text: str, digits: int) -> Oid:
    """Return the blob id, of so many hexadecimal digits, of a link with this text."""
    data = text.encode("utf-8", "surrogateescape")
    hasher = hashlib.sha1(usedforsecurity=False) if digits == 40 else hashlib.sha256()
    hasher.update(b"blob %d\0" % len(data))
    hasher.update(data)
    return Oid(hasher.hexdigest())
