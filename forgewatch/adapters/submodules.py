"""Submodules: the commit that is checked out against the gitlink, and the files against that commit (checks.md A1).

A gitlink path may hold a `.git` directory, or a gitfile that leads into `modules` of the repository's own git directory. An empty
directory is a submodule that was not fetched: nothing changed. Anything else is an obstacle.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from forgewatch.adapters.files import DIRECTORY, folder_of, opened_root, read_below
from forgewatch.adapters.refs import head_of
from forgewatch.adapters.repository_layout import GitPlace
from forgewatch.adapters.repository_root import is_git_directory
from forgewatch.adapters.stat_cache import Deviation
from forgewatch.core.errors import GitFailed, RepositoryUnavailable
from forgewatch.core.values import CommitId

MODULE_DEPTH = 5
_SHOWN = 5
_SMALL = 4096

WalkModule = Callable[[GitPlace, int, CommitId], tuple[list[str], list[tuple[str, str]]]]
"""Walks a submodule (place, open directory, its commit): dirty paths, and the gitlinks within."""


@dataclass(frozen=True, slots=True)
class _Link:
    """A gitlink: the entry recorded in the tree, and the one claimed for a submodule that is new ("" else)."""

    recorded: str
    claimed: str


@dataclass(frozen=True, slots=True)
class ModuleFindings:
    """What gitlinks gave: changed commits as deviations, dirty or strange content as obstacles."""

    deviations: tuple[Deviation, ...] = ()
    obstacles: tuple[tuple[str, str], ...] = ()


def look_at_modules(
    place: GitPlace, root: int, gitlinks: list[tuple[str, str]], walk: WalkModule, new: Mapping[str, str], depth: int = 0
) -> ModuleFindings:
    """Return the findings of all gitlinks (path, entry recorded in the tree or "") of the repository open at `root`.

    `new` are those that the tree does not hold as gitlinks, with the entry that is claimed for them: nothing else may be checked out.
    """
    deviations: list[Deviation] = []
    obstacles: list[tuple[str, str]] = []
    for path, recorded in gitlinks:
        try:
            found = _look_at(place, root, path, _Link(recorded, new.get(path, "")), walk, depth)
        except OSError:
            found = ModuleFindings(obstacles=((path, "is an unreadable submodule"),))
        except (RepositoryUnavailable, GitFailed) as fault:
            found = ModuleFindings(obstacles=((path, f"is a submodule that cannot be judged: {fault}"),))
        deviations += found.deviations
        obstacles += found.obstacles
    return ModuleFindings(tuple(deviations), tuple(obstacles))


def checked_out(place: GitPlace, root: int, path: str) -> CommitId | str:
    """Return the commit that is checked out in the submodule at `path` of the repository open at `root`, or why there is none."""
    try:
        with folder_of(root, path) as (above, name):
            handle = os.open(name, DIRECTORY, dir_fd=above)
        try:
            module = _place_of(place, handle, path)
        finally:
            os.close(handle)
        if isinstance(module, GitPlace):
            return head_of(module) or "is a submodule without a commit"
    except (OSError, RepositoryUnavailable) as fault:
        return f"is a submodule that cannot be read: {fault}"
    return module or "is no submodule that was fetched"


def _look_at(place: GitPlace, root: int, path: str, link: _Link, walk: WalkModule, depth: int) -> ModuleFindings:
    with folder_of(root, path) as (above, name):
        handle = os.open(name, DIRECTORY, dir_fd=above)
    try:
        module = _place_of(place, handle, path)
        if module is None:
            return _unfetched(path, handle, link)
        if isinstance(module, str):
            return _strange(path, module)
        head = head_of(module)
        if head is None:
            return _strange(path, "is a submodule without a commit")
        if link.claimed not in ("", f"160000 {head}"):
            return _strange(path, f"is a new submodule at {head:.12}, and {link.claimed[7:19]} is to be recorded")
        deviations = () if link.recorded == f"160000 {head}" else ((path, link.recorded, f"160000 {head}", ""),)
        dirty, within = walk(module, handle, head)
        deeper = _deeper(module, handle, within, walk, depth)
    finally:
        os.close(handle)
    obstacles = [(f"{path}/{below}", why) for below, why in deeper.obstacles]
    dirty = sorted({*dirty, *(below for below, *_ in deeper.deviations)})
    if dirty:
        shown = ", ".join(dirty[:_SHOWN]) + (", ..." if len(dirty) > _SHOWN else "")
        obstacles.insert(0, (path, f"is a submodule with {len(dirty)} changed files: {shown}"))
    return ModuleFindings(deviations, tuple(obstacles))


def _deeper(place: GitPlace, root: int, gitlinks: list[tuple[str, str]], walk: WalkModule, depth: int) -> ModuleFindings:
    if depth < MODULE_DEPTH:
        return look_at_modules(place, root, gitlinks, walk, {}, depth + 1)
    return ModuleFindings(obstacles=tuple((path, f"is over the limit of {MODULE_DEPTH} nested submodules") for path, _ in gitlinks))


def _unfetched(path: str, handle: int, link: _Link) -> ModuleFindings:
    if os.listdir(handle):
        return _strange(path, "holds files and no submodule")
    return _strange(path, "is a new submodule that was not fetched") if link.claimed else ModuleFindings()


def _strange(path: str, why: str) -> ModuleFindings:
    return ModuleFindings(obstacles=((path, why),))


def _place_of(place: GitPlace, handle: int, path: str) -> GitPlace | str | None:
    """Return where the submodule's git data is, the reason why it is refused, or None when there is no `.git`."""
    root = f"{place.root}/{path}"
    try:
        found = os.stat(".git", dir_fd=handle, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        return _accept(GitPlace(root=root, git_dir=f"{root}/.git", common_dir=f"{root}/.git"))
    raw = read_below(handle, ".git", _SMALL)
    if not isinstance(raw, bytes) or not raw.startswith(b"gitdir: "):
        return "is a submodule whose .git is no gitfile"
    git_dir = os.path.realpath(os.path.join(root, os.fsdecode(raw[len(b"gitdir: ") :].rstrip(b"\r\n").partition(b"\0")[0])))
    homes = {os.path.realpath(f"{folder}/modules") for folder in (place.git_dir, place.common_dir)}
    if not any(git_dir.startswith(f"{home}/") for home in homes):
        return "is a submodule whose gitfile leads out of the repository"
    return _accept(GitPlace(root=root, git_dir=git_dir, common_dir=git_dir))


def _accept(place: GitPlace) -> GitPlace | str:
    if not is_git_directory(place.git_dir):
        return "is a submodule without a git directory"
    with opened_root(place.git_dir) as folder:
        redirected = isinstance(read_below(folder, "commondir", _SMALL), bytes)
    return "is a submodule whose git directory sends git elsewhere" if redirected else replace(place)
