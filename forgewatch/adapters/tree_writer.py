"""The trees of a commit from the trees of its parent and what changed, computed in memory; nothing is written here.

Folders without files vanish, as git has none. What git itself would refuse to check out is refused here: a name like `.git`, a path that
is a file and a folder at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forgewatch.adapters.object_batch import object_id
from forgewatch.adapters.trees import EMPTY, Recorded, Tree, TreeStore
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.git_names import looks_like_git
from forgewatch.core.snapshot import Entry
from forgewatch.core.text import escape
from forgewatch.core.values import Oid, RepoPath

_MODES = frozenset({0o100644, 0o100755, 0o120000, 0o160000})
_LINK = 0o120000


@dataclass(slots=True)
class _Folder:
    """What changes in one folder: entries by name, and folders below."""

    entries: dict[str, Entry | None] = field(default_factory=dict)
    below: dict[str, _Folder] = field(default_factory=dict)


class TreeWriter:
    """Computes trees over those of `trees`. `bodies` are the bytes of each tree that was computed, by id; some may exist already."""

    def __init__(self, trees: TreeStore, digits: int) -> None:
        self._trees = trees
        self._digits = digits
        self.bodies: dict[Oid, bytes] = {}

    def amended(self, root: Oid | None, changes: Mapping[RepoPath, Entry | None]) -> Oid:
        """Return the root tree that `root` (None: the empty tree) becomes by `changes`; an entry None is a path that is gone.

        Raises EnvironmentFault for what cannot stand in a tree, GitFailed when a tree of the parent cannot be read.
        """
        top = _Folder()
        for path, entry in changes.items():
            _place(top, path, entry)
        return self._build("", root, top) or self._keep({}, {})

    def _build(self, prefix: str, oid: Oid | None, folder: _Folder) -> Oid | None:
        old = EMPTY if oid is None else self._read(prefix, oid)
        files, folders = dict(old.files), dict(old.folders)
        for name, entry in folder.entries.items():
            files.pop(name, None)
            if entry is not None:
                files[name] = f"{entry.mode:06o} {entry.oid}"
        for name, below in folder.below.items():
            made = self._build(f"{prefix}{name}/", folders.get(name), below)
            folders.pop(name, None)
            if made is not None:
                folders[name] = made
        both = sorted(files.keys() & folders.keys())
        if both:
            raise EnvironmentFault(f"{escape(prefix + both[0])}: expected a file or a folder, found both", "audit again")
        return self._keep(files, folders) if files or folders else None

    def _read(self, prefix: str, oid: Oid) -> Tree:
        tree = self._trees.tree(oid)
        if oid in self._trees.lying:
            raise EnvironmentFault(f"{escape(prefix) or 'the root'}: {self._trees.lying[oid]}", "git fsck")
        return tree

    def _keep(self, files: Mapping[str, Recorded], folders: Mapping[str, Oid]) -> Oid:
        lines = [(_raw(name), value[:6].lstrip("0"), value[7:]) for name, value in files.items()]
        # git sorts a folder as if its name ended with a slash.
        lines += [(_raw(name) + b"/", "40000", oid) for name, oid in folders.items()]
        body = b"".join(
            mode.encode("ascii") + b" " + name.removesuffix(b"/") + b"\0" + bytes.fromhex(oid) for name, mode, oid in sorted(lines)
        )
        made = Oid(object_id("tree", body, self._digits))
        self.bodies[made] = body
        return made


def _place(top: _Folder, path: str, entry: Entry | None) -> None:
    *folders, name = path.split("/")
    if entry is not None:
        _require_sane(path, [*folders, name], entry)
    here = top
    for folder in folders:
        here = here.below.setdefault(folder, _Folder())
    here.entries[name] = entry


def _require_sane(path: str, parts: list[str], entry: Entry) -> None:
    """Raise EnvironmentFault for a path or mode that git would refuse to check out (`git fsck --strict` calls it an error)."""
    bad = next((part for part in parts if looks_like_git(part) or "\0" in part), None)
    if bad is not None:
        raise EnvironmentFault(f"{escape(path)}: expected names that git checks out, found {escape(bad)!r}", "rename it")
    if entry.mode not in _MODES:
        raise EnvironmentFault(
            f"{escape(path)}: expected the mode of a file, a symlink or a submodule, found {entry.mode:o}", "audit again"
        )
    if entry.mode == _LINK and parts[-1].lower() == ".gitmodules":
        raise EnvironmentFault(f"{escape(path)}: expected a file, found a symlink", "git follows no such symlink: replace it")


def _raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
