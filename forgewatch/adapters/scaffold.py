"""Creates folders and files that are missing, below a folder, without ever following a symlink or touching what is there.

What root makes in a builder's repository belongs to the owner of the folder it is made in: the builder has to write there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forgewatch.adapters.disk import remedy
from forgewatch.core.errors import EnvironmentFault, UsageError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def make_folder(root: Path, path: str) -> bool:
    """Create the folder `path` below `root` where it is missing. True when it was created.

    Raises UsageError when a part of it is a symlink or no folder, EnvironmentFault when the system refuses.
    """
    with translated(path), _descended(root, path.split("/")) as (_, created):
        return created


def make_file(root: Path, path: str, data: bytes, mode: int = 0o644) -> bool:
    """Create the file `path` below `root`; False, and nothing is touched, when something of that name is there.

    The folders above it are created as `make_folder` does. Same errors. If we crash here, the file may be short; it stays as it is.
    """
    *folders, name = path.split("/")
    with translated(path), _descended(root, folders) as (folder, _):
        try:
            with acting_as_owner(folder):
                file = os.open(name, _NEW, mode, dir_fd=folder)
        except FileExistsError:
            return False
        with open(file, "wb") as stream:
            stream.write(data)
        return True


@contextmanager
def _descended(root: Path, parts: list[str]) -> Iterator[tuple[int, bool]]:
    created = False
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts:
            created = _made(part, folder)
            below = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = below
        yield folder, created
    finally:
        os.close(folder)


def _made(name: str, folder: int) -> bool:
    try:
        with acting_as_owner(folder):
            os.mkdir(name, 0o755, dir_fd=folder)
    except FileExistsError:
        return False
    return True


@contextmanager
def acting_as_owner(folder: int) -> Iterator[None]:
    """While it lasts root acts as the owner of an open folder. Giving away afterwards would need a name, which its owner can swap."""
    owner = os.fstat(folder)
    if os.geteuid() != 0 or owner.st_uid == 0:
        yield
        return
    group, groups = os.getegid(), os.getgroups()
    os.setgroups([])
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


@contextmanager
def translated(path: str) -> Iterator[None]:
    """Turn what the system says about `path`, and about the folders above it, into errors of ours."""
    try:
        yield
    except (NotADirectoryError, IsADirectoryError) as error:
        raise UsageError(f"{path}: expected folders all the way, found a symlink or a file in it", "move it away and repeat") from error
    except OSError as error:
        # ELOOP is how some systems say "the last part is a symlink" under O_NOFOLLOW | O_DIRECTORY.
        raise EnvironmentFault(f"{path}: cannot be created: {error.strerror}", remedy(error, "")) from error
