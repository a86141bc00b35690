"""What the index stages beyond the working tree, and what it asks git not to look at (checks.md A1, A108)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forgewatch.adapters.files import opened_root, read_below
from forgewatch.adapters.index import INDEX_LIMIT, IndexFile, parse_index
from forgewatch.adapters.repository_layout import GitPlace
from forgewatch.adapters.trees import TreeTable
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.values import Absent, Digest, Unreadable

INDEX = ".git/index"


@dataclass(frozen=True, slots=True)
class Staging:
    """The index compared with HEAD. `staged`: paths whose entry differs, with the entry ("" when the index lacks it).

    `added`: paths of the index that HEAD lacks; `flags` (path, flag); `obstacles` (path, why).
    """

    staged: Mapping[str, str]
    added: frozenset[str]
    flags: tuple[tuple[str, str], ...]
    obstacles: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> Digest:
        """What the index means, given HEAD: a refresh by `git status` changes its bytes and not this."""
        return digest_of_bytes(repr((sorted(self.staged.items()), self.flags, self.obstacles)).encode("utf-8", "surrogateescape"))


class IndexReader:
    """Reads and compares the index of one repository; identical bytes against the same tree are not compared again."""

    def __init__(self, place: GitPlace) -> None:
        self._place = place
        self._raw: bytes = b""
        self._head: TreeTable | None = None
        self._last: Staging | None = None

    def read(self, head: TreeTable, algorithm: str) -> Staging:
        """Return the index compared with the table of HEAD. Raises RepositoryUnavailable."""
        with opened_root(self._place.git_dir) as folder:
            raw = read_below(folder, "index", INDEX_LIMIT)
        match raw:
            case Absent():
                # A repository without an index stages nothing but, for git, the removal of everything; the files themselves are judged.
                return Staging({}, frozenset(), (), ())
            case Unreadable(why):
                return Staging({}, frozenset(), (), ((INDEX, why),))
        if self._last is None or self._head is not head or self._raw != raw:
            self._last = compare(parse_index(raw, algorithm), head)
            self._raw, self._head = raw, head
        return self._last


def compare(index: IndexFile, head: TreeTable) -> Staging:
    """Return how an index differs from HEAD."""
    if index.defect:
        return Staging({}, frozenset(), (), ((INDEX, f"is {index.defect}"),))
    base = head.recorded
    added = index.recorded.keys() - base.keys()
    intended = {path for path, flag in index.flags if flag == "intent-to-add"}
    staged = {path: value for path, value in index.recorded.items() if base.get(path) != value and path not in intended}
    obstacles = [(path, "is unmerged in the index") for path in index.unmerged]
    unstaged = base.keys() - index.recorded.keys() - set(index.unmerged)
    if index.folders:
        kept = tuple(f"{folder}/" for folder in index.folders)
        unstaged = {path for path in unstaged if not path.startswith(kept)}
        changed = (folder for folder, tree in index.folders.items() if head.folders.get(f"{folder}/") != tree)
        obstacles += [(folder, "is staged as a whole in a sparse index") for folder in changed]
    staged.update(dict.fromkeys(unstaged, ""))
    return Staging(staged, frozenset(added), tuple(sorted(index.flags)), tuple(sorted(obstacles)))
