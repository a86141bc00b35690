"""Find and accept a repository's git directory by our own reading (hostile.md, Git access, layer 1).

Accepted: a `.git` directory, or the `.git` file of a linked worktree whose target points back. Everything else that could send git
elsewhere is refused with both sides: a symlinked `.git`, any other gitfile, reftable, a bare repository. Their configuration is
never consulted for places, so `core.worktree` redirects nothing.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass

from forgewatch.adapters.file_kind import kind_of
from forgewatch.adapters.files import opened_root, read_below
from forgewatch.adapters.repository_root import is_git_directory, look, refuse, refuse_missing, there
from forgewatch.core.errors import RepositoryUnavailable
from forgewatch.core.values import Content

_SMALL = 4096
_CONFIG = 256 * 1024
_SHA256 = re.compile(rb"^\s*objectformat\s*=\s*\"?sha256\"?\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitPlace:
    """Where a repository's git data is. `git_dir` holds HEAD and index; `common_dir` refs and objects (the same, but for worktrees)."""

    root: str
    git_dir: str
    common_dir: str

    @property
    def linked(self) -> bool:
        """True for a linked worktree."""
        return self.git_dir != self.common_dir

    @property
    def objects(self) -> str:
        """The object directory."""
        return f"{self.common_dir}/objects"


def locate(root: str) -> GitPlace:
    """Return where the git data of the repository at `root` is. Raises RepositoryUnavailable, saying what was expected and found."""
    mode = there(root).st_mode
    if not stat.S_ISDIR(mode):
        refuse(root, "a directory", f"a {kind_of(mode) or 'file'}", "mount or restore it")
    dot_git = f"{root}/.git"
    entry = look(dot_git)
    if entry is None:
        refuse_missing(root)
    if stat.S_ISDIR(entry.st_mode):
        return _plain(root, dot_git)
    if stat.S_ISREG(entry.st_mode):
        return _linked(root)
    return refuse(dot_git, "a directory", f"a {kind_of(entry.st_mode)}", "replace it by the real git directory")


def object_format(place: GitPlace) -> str:
    """Return `sha1` or `sha256` for a repository that has no commit to tell it: the one thing its configuration is asked for."""
    with opened_root(place.common_dir) as folder:
        config = read_below(folder, "config", _CONFIG)
    return "sha256" if isinstance(config, bytes) and _SHA256.search(config) else "sha1"


def _plain(root: str, git_dir: str) -> GitPlace:
    if not is_git_directory(git_dir):
        refuse(git_dir, "a git directory with HEAD, objects and refs", "a directory without them", "restore the repository")
    if look(f"{git_dir}/commondir") is not None:
        refuse(f"{git_dir}/commondir", "no such file in a main git directory", "one that sends git elsewhere", "remove it")
    return _accept(GitPlace(root=root, git_dir=git_dir, common_dir=git_dir))


def _linked(root: str) -> GitPlace:
    gitfile = f"{root}/.git"
    raw = _small(root, ".git")
    if not isinstance(raw, bytes) or not raw.startswith(b"gitdir: "):
        refuse(gitfile, "a gitfile of a linked worktree", "a file of another kind", "restore the git directory")
    git_dir = _target(root, raw[len(b"gitdir: ") :])
    back, common = _small(git_dir, "gitdir"), _small(git_dir, "commondir")
    if not isinstance(back, bytes) and isinstance(common, bytes):
        refuse(gitfile, "a linked worktree whose target points back", f"{git_dir} without its file gitdir", "git worktree repair")
    if not isinstance(common, bytes) and "/modules/" in git_dir and is_git_directory(git_dir):
        hint = "audit the repository that holds it, or a clone of the submodule on its own"
        refuse(gitfile, "a repository of its own", f"a submodule, with its git directory at {git_dir}", hint)
    if not isinstance(back, bytes) or not isinstance(common, bytes):
        hint = "audit the repository that it belongs to; a redirected git directory cannot be believed"
        refuse(gitfile, "a linked worktree", "a gitfile whose target is none", hint)
    if not _same(_target(git_dir, back), gitfile):
        refuse(gitfile, "a linked worktree whose target points back", f"one that points to {_target(git_dir, back)}", "git worktree repair")
    common_dir = _target(git_dir, common)
    if not is_git_directory(common_dir) or os.path.realpath(git_dir).rpartition("/")[0] != f"{os.path.realpath(common_dir)}/worktrees":
        refuse(gitfile, "a git directory below `worktrees` of its repository", f"{git_dir}", "git worktree repair")
    return _accept(GitPlace(root=root, git_dir=git_dir, common_dir=common_dir))


def _accept(place: GitPlace) -> GitPlace:
    if look(f"{place.common_dir}/reftable") is not None:
        refuse(place.common_dir, "refs as files", "a reftable", "git refs migrate --ref-format=files")
    return place


def _target(folder: str, raw: bytes) -> str:
    return os.path.normpath(os.path.join(folder, os.fsdecode(raw.rstrip(b"\r\n").partition(b"\0")[0])))


def _same(one: str, other: str) -> bool:
    try:
        return os.path.samestat(os.lstat(one), os.lstat(other))
    except OSError:
        return False


def _small(folder: str, name: str) -> Content | None:
    try:
        with opened_root(folder) as handle:
            return read_below(handle, name, _SMALL)
    except RepositoryUnavailable:
        return None
