"""Links to folders on the way of an import: is the code behind them judged? (checks.md A9)

Like a link to a file, such a link is known by the blob id of its text only: it leads to a folder of the tree when one of the texts that
would lead there has the id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from forgewatch.core.facts import Import
from forgewatch.core.first_party import ancestors
from forgewatch.core.python_imports import absolute_names
from forgewatch.core.snapshot import Change, Entry, PathTable
from forgewatch.core.source_kinds import is_python
from forgewatch.core.source_links import LINK_TEXTS, SYMLINK, blob_id_of_text, relative_text
from forgewatch.core.values import Oid, RepoPath

_LINKS = 8
"""Links that follow each other; a longer chain is not followed."""


class FolderLinks:
    """The links of one tree. Its folders are read when the first link has to be followed."""

    def __init__(self, paths: PathTable) -> None:
        self._paths = paths
        self._known: dict[RepoPath, bool] = {}

    def strayed_on(self, path: RepoPath, item: Import, roots: Iterable[str]) -> RepoPath | None:
        """Return the first link through which an import of `path` leaves the tree, None when it goes through none. `roots` are the
        folders that names are looked for in; a name that is found in none of them is another question."""
        names = absolute_names(path, item)
        places = (place for root in ("", *(() if item.level else roots)) for name in names for place in _on_the_way(root, name))
        return next(filter(self._is_astray, dict.fromkeys(places)), None)

    def replaced(self, changes: Iterable[Change], is_source: Callable[[RepoPath, Entry], bool]) -> tuple[RepoPath, ...]:
        """Return the links of this cycle that took the place of a folder with source files and lead out of the tree."""
        fresh = [change.path for change in changes if not change.staged and not is_python(change.path) and self._is_astray(change.path)]
        base = self._paths.base
        return tuple(link for link in fresh if any(path.startswith(f"{link}/") and is_source(path, entry) for path, entry in base.items()))

    def _is_astray(self, path: RepoPath) -> bool:
        entry = self._paths.get(path)
        if entry is None or entry.mode != SYMLINK:
            return False
        if path not in self._known:
            self._known[path] = not self._leads_inside(path, entry)
        return self._known[path]

    def _leads_inside(self, link: RepoPath, entry: Entry) -> bool:
        for _ in range(_LINKS):
            target = self._target(link, entry.oid)
            if target is None:
                return False
            following = self._paths.get(target)
            if following is None:
                return True
            link, entry = target, following
        return False

    def _target(self, link: RepoPath, wanted: Oid) -> RepoPath | None:
        return next((folder for text, folder in self._texts(link) if blob_id_of_text(text, len(wanted)) == wanted), None)

    def _texts(self, link: RepoPath) -> Iterator[tuple[str, RepoPath]]:
        """Yield the texts that lead from the link to each folder and each other link of the tree."""
        upper = link.split("/")[:-1]
        for folder in self._folders[: LINK_TEXTS // 4]:
            text = relative_text(folder, upper)
            near = () if text.startswith("..") else (f"./{text}", f"./{text}/")
            yield from ((each, folder) for each in (text, f"{text}/", *near) if folder != link)

    @cached_property
    def _folders(self) -> tuple[RepoPath, ...]:
        seen: dict[str, None] = {}
        for path in self._paths:
            entry = self._paths.get(path)
            if entry is not None and entry.mode == SYMLINK:
                seen[path] = None
            folder = path.rpartition("/")[0]
            if folder not in seen:
                seen.update(dict.fromkeys(ancestors(folder)))
        return tuple(map(RepoPath, seen))


def _on_the_way(root: str, dotted: str) -> Iterator[RepoPath]:
    place = root
    for part in dotted.split("."):
        place = f"{place}/{part}".lstrip("/")
        yield RepoPath(place)
