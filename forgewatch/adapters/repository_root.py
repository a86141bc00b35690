"""Find the root of a repository by our own reading; `repository_layout` says whether it is accepted. Light: `status` starts here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

from forgewatch.core.errors import NotARepository, RepositoryUnavailable

_ENTER_HINT = "let the user who runs forgewatch enter it and the folders above it: setfacl -m u:USER:x FOLDER"


def find_root(start: Path) -> Path:
    """Return the nearest directory at or above `start` that holds a `.git`. Raises RepositoryUnavailable when there is none.

    What is not there, and what lies in a bare repository, is refused in the words of `locate`: commands and daemon say the same.
    """
    begin = Path(os.path.abspath(start))
    there(str(begin))
    for folder in (begin, *begin.parents):
        if os.path.lexists(folder / ".git"):
            return folder
        # The parts of a `.git` look like a bare repository and are none: its root is one of the next folders.
        if ".git" not in folder.parts and is_git_directory(str(folder)):
            break
    else:
        folder = begin
    return refuse_missing(str(folder))


def is_git_directory(path: str) -> bool:
    """True for a directory with HEAD, objects and refs."""
    return all(look(f"{path}/{name}") is not None for name in ("HEAD", "objects", "refs"))


def there(path: str) -> os.stat_result:
    """Return what is at `path`. Raises RepositoryUnavailable when nothing is, or when it cannot be reached."""
    try:
        return os.stat(path)
    except PermissionError as error:
        raise RepositoryUnavailable(f"{path}: cannot be reached: {error.strerror}", _ENTER_HINT) from error
    except (OSError, ValueError):
        return refuse(path, "a directory", "nothing", "mount or restore it, or name another")


def look(path: str) -> os.stat_result | None:
    """Return what is at `path`, None when nothing is. Symlinks are followed, but never that of a `.git` itself."""
    try:
        return os.lstat(path) if path.endswith("/.git") else os.stat(path)
    except (OSError, ValueError):
        return None


def refuse_missing(root: str) -> NoReturn:
    """Raise RepositoryUnavailable: there is no repository at `root`, in the words for what is there instead."""
    if is_git_directory(root):
        refuse(root, "a repository with a working tree", "a bare repository", "audit a working tree of it")
    if os.path.isdir(root) and not os.access(root, os.X_OK):
        raise RepositoryUnavailable(f"{root}: cannot be entered: Permission denied", _ENTER_HINT)
    found = "a directory without .git" if os.path.isdir(root) else "a file outside of any"
    raise NotARepository(f"{root}: expected a git repository, found {found}", "run it inside a repository, or name one; git init makes one")


def refuse(place: str, expected: str, found: str, hint: str) -> NoReturn:
    """Raise RepositoryUnavailable with both sides."""
    raise RepositoryUnavailable(f"{place}: expected {expected}, found {found}", hint)
