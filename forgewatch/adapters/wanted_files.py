"""The files that a commit takes along, compared with what was audited: bytes, modes, symlink texts, submodules (ledger.md section 2)."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from forgewatch.adapters.file_hash import HashRules, Moved, hash_file
from forgewatch.adapters.files import folder_of, identity_of
from forgewatch.adapters.repository_layout import GitPlace
from forgewatch.adapters.submodules import checked_out
from forgewatch.adapters.trees import entry_of
from forgewatch.core.errors import EnvironmentFault, Unstable
from forgewatch.core.snapshot import Entry
from forgewatch.core.text import escape
from forgewatch.core.values import Oid, RepoPath

_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_GITLINK = 0o160000


@dataclass(slots=True)
class LookedAt:
    """`entries`: each path as it is now. `status`: of files and symlinks, taken before their bytes were read and true after."""

    entries: dict[RepoPath, Entry | None] = field(default_factory=dict)
    status: dict[str, os.stat_result] = field(default_factory=dict)


def look_at_files(
    place: GitPlace, root: int, wanted: Mapping[RepoPath, Entry | None], extra: Iterable[RepoPath], rules: HashRules
) -> LookedAt:
    """Return the files of `wanted`, which are as they were audited, and those of `extra` as they are now.

    Raises Unstable for a file that is another one than the audit saw, EnvironmentFault for one that cannot be committed.
    """
    looked = LookedAt()
    for path, entry in wanted.items():
        _take(looked, place, root, path, rules, links=entry is not None and entry.mode == _GITLINK)
        if looked.entries[path] != entry:
            raise Unstable(
                f"{escape(path)}: changed since the audit: expected {_shown(entry)}, found {_shown(looked.entries[path])}", "audit again"
            )
    for path in extra:
        _take(looked, place, root, path, rules, links=False)
    return looked


def _take(looked: LookedAt, place: GitPlace, root: int, path: RepoPath, rules: HashRules, *, links: bool) -> None:
    if links:
        found = checked_out(place, root, path)
        looked.entries[path] = Entry(_GITLINK, Oid(found)) if _is_id(found) else None
        return
    try:
        with folder_of(root, path) as (folder, name):
            looked.entries[path] = _entry(looked, folder, name, path, rules)
    except OSError as error:
        if error.errno not in _GONE:
            raise EnvironmentFault(f"{escape(path)}: cannot be read: {os.strerror(error.errno or 0).lower()}", "let us read it") from error
        looked.entries[path] = None


def _entry(looked: LookedAt, folder: int, name: str, path: RepoPath, rules: HashRules) -> Entry | None:
    seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISDIR(seen.st_mode):
        # A folder is no entry: what it holds has entries of its own.
        return None
    try:
        found = hash_file(folder, name, seen, "", rules)
    except Moved as moved:
        raise Unstable(f"{escape(path)}: {escape(str(moved))}", "let the repository come to rest, then audit again") from moved
    if isinstance(found, str):
        raise EnvironmentFault(
            f"{escape(path)}: expected a file or a symlink, found that it {found}", "remove or ignore it, then audit again"
        )
    if identity_of(os.stat(name, dir_fd=folder, follow_symlinks=False)) == identity_of(seen):
        looked.status[path] = seen
    return entry_of(found[0])


def _is_id(found: str) -> bool:
    return " " not in found


def _shown(entry: Entry | None) -> str:
    return "nothing" if entry is None else f"{entry.mode:06o} {entry.oid}"
