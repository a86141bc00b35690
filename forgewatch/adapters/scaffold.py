"""Creates folders and files that are missing, below a folder, without ever following a symlink or touching what is there.

What root makes in a builder's repository belongs to the owner of the folder it is made in: the builder has to write there.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from forgewatch.adapters.disk import SYSTEM, Disk, again, remedy, write_all
from forgewatch.core.errors import EnvironmentFault, UsageError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NAMELESS = os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC
_NO_NAMELESS = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL)


def make_folder(root: Path, path: str) -> bool:
    """Create the folder `path` below `root` where it is missing. True when it was created.

    Raises UsageError when a part of it is a symlink or no folder, EnvironmentFault when the system refuses.
    """
    with translated(path), _descended(root, path.split("/")) as (_, created):
        return created


def make_file(root: Path, path: str, data: bytes, mode: int = 0o644, disk: Disk = SYSTEM) -> bool:
    """Create the file `path` below `root`; False, and nothing is touched, when something of that name is there.

    The folders above it are created as `make_folder` does. Same errors. If we crash here, the file is whole or not there; only on a file
    system without nameless files (`O_TMPFILE`: NFS, FAT) may it be short.
    """
    *folders, name = path.split("/")
    with translated(path), _descended(root, folders) as (folder, _):
        # Looked at first: a name that is taken costs no write, and a full disk is no fault then.
        return not _is_there(folder, name) and _put(disk, folder, name, data, mode)


def refuse_obstacles(root: Path, paths: Iterable[str]) -> None:
    """Raise as `make_file` would for the first of `paths` that has a symlink or a file in the place of a folder. Nothing is made."""
    for path in paths:
        with translated(path), contextlib.suppress(FileNotFoundError), contextlib.ExitStack() as opened:
            folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            opened.callback(os.close, folder)
            for part in path.split("/")[:-1]:
                folder = os.open(part, _FOLDER, dir_fd=folder)
                opened.callback(os.close, folder)


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _put(disk: Disk, folder: int, name: str, data: bytes, mode: int) -> bool:
    """Write the bytes into a file without a name and then give it its name, which fails where there is one: no crash leaves half of it."""
    with acting_as_owner(folder):
        try:
            file = disk.open(".", _NAMELESS, mode, folder=folder)
        except OSError as error:
            if error.errno not in _NO_NAMELESS:
                raise
            return _put_in_place(disk, folder, name, data, mode)
        try:
            write_all(disk, file, data)
            again(lambda: disk.fdatasync(file))
            os.link(f"/proc/self/fd/{file}", name, dst_dir_fd=folder, follow_symlinks=True)
        except FileExistsError:
            return False
        finally:
            os.close(file)
        # The name is there for everybody; that it is still there after a power cut is worth less than to say that it was not made.
        with contextlib.suppress(OSError):
            disk.fsync(folder)
    return True


def _put_in_place(disk: Disk, folder: int, name: str, data: bytes, mode: int) -> bool:
    try:
        file = disk.open(name, _NEW, mode, folder=folder)
    except FileExistsError:
        return False
    try:
        write_all(disk, file, data)
        again(lambda: disk.fdatasync(file))
    except OSError:
        # What could not be written whole is taken back: it would be kept as somebody's own by the next run.
        with contextlib.suppress(OSError):
            disk.unlink(name, folder)
        raise
    finally:
        os.close(file)
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
