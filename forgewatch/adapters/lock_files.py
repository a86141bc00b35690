"""Files of a git directory replaced the way git does it: `<name>.lock` made by whoever writes, filled, and renamed over the name.

Whoever finds the lock there waits or gives up; git does the same with ours. A crash leaves the lock behind, as a killed git does.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterator, Sequence

from forgewatch.adapters.disk import APPEND, CREATE, FOLDER, Disk, again, read_exactly, remedy, write_all
from forgewatch.adapters.files import DIRECTORY
from forgewatch.adapters.object_writer import give_to_owner
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.text import escape

_EMPTY_DEPTH = 16


@contextlib.contextmanager
def opened_home(path: str) -> Iterator[int]:
    """Yield a descriptor of a git directory, not through a symlink. Raises EnvironmentFault."""
    try:
        handle = os.open(path, FOLDER)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        yield handle
    finally:
        os.close(handle)


class LockFile:
    """The lock of `path` below the open git directory `home`; `shown` is that directory's name. Held until `commit` or `release`.

    Raises EnvironmentFault: another writer holds it, or the file system refuses.
    """

    def __init__(self, disk: Disk, home: int, path: str, shown: str) -> None:
        self._disk = disk
        self.shown = f"{shown}/{escape(path)}"
        *folders, self._name = path.split("/")
        self._handle = -1
        try:
            self._folder = _made_below(home, folders)
        except OSError as error:
            raise unwritable(self.shown, error) from error
        try:
            self._handle = self._made()
        except OSError as error:
            refused = self._held() if error.errno == errno.EEXIST else unwritable(f"{self.shown}.lock", error)
            os.close(self._folder)
            raise refused from error

    def fill(self, data: bytes) -> None:
        """Make the new bytes of the file durable in the lock."""
        try:
            write_all(self._disk, self._handle, data)
            if read_exactly(self._disk, self._handle, len(data) + 1, 0) != data:
                raise OSError(errno.EIO, "what was written does not come back")
            again(lambda: self._disk.fdatasync(self._handle))
        except OSError as error:
            raise unwritable(f"{self.shown}.lock", error) from error

    def commit(self) -> None:
        """Let the lock become the file, and make that durable. The file is the old one or the new one, whenever we die.

        Raises EnvironmentFault; then the file is the old one, unless only the last step, the folder's own fsync, failed.
        """
        try:
            self._rename()
            # A crash before this line may lose the rename with the machine's power: the file is the old one then.
            self._disk.fsync(self._folder)
        except OSError as error:
            raise unwritable(self.shown, error) from error

    def release(self) -> None:
        """Give the lock up; nothing happens to a file that was committed."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
            with contextlib.suppress(OSError):
                again(lambda: self._disk.unlink(f"{self._name}.lock", self._folder))
        if self._folder >= 0:
            os.close(self._folder)
            self._folder = -1

    def _made(self) -> int:
        like = os.fstat(self._folder)
        mode = stat.S_IMODE(like.st_mode) & 0o666
        handle = self._disk.open(f"{self._name}.lock", APPEND | CREATE, mode, folder=self._folder)
        os.fchmod(handle, mode)
        give_to_owner(handle, like)
        return handle

    def _rename(self) -> None:
        try:
            self._disk.rename(f"{self._name}.lock", self._name, self._folder)
        except IsADirectoryError:
            # Deleted branches leave empty folders; git removes them when it needs the name.
            _remove_empty(self._folder, self._name, _EMPTY_DEPTH)
            self._disk.rename(f"{self._name}.lock", self._name, self._folder)
        os.close(self._handle)
        self._handle = -1

    def _held(self) -> EnvironmentFault:
        age = ""
        with contextlib.suppress(OSError):
            made = os.stat(f"{self._name}.lock", dir_fd=self._folder, follow_symlinks=False).st_mtime
            age = f", {max(int(time.time() - made), 0)} s old"
        return EnvironmentFault(
            f"{self.shown}: expected no other writer, found {self.shown}.lock{age}",
            "let the git that holds it finish; when none runs, it was killed: remove that file",
        )


def unwritable(path: str, error: OSError) -> EnvironmentFault:
    """Return the fault of a path that cannot be written."""
    found = "a symlink" if error.errno == errno.ELOOP else os.strerror(error.errno or 0).lower()
    return EnvironmentFault(f"{path}: expected to write it, found: {found}", remedy(error, "look who owns it, and what it is"))


def _made_below(home: int, folders: Sequence[str]) -> int:
    """Return an open folder below `home`, made where it is missing, no step of it through a symlink. Raises OSError."""
    handle = os.dup(home)
    try:
        for name in folders:
            below = _made_folder(handle, name)
            os.close(handle)
            handle = below
    except OSError:
        os.close(handle)
        raise
    return handle


def _made_folder(above: int, name: str) -> int:
    with contextlib.suppress(FileNotFoundError):
        return os.open(name, DIRECTORY, dir_fd=above)
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=above)
    below = os.open(name, DIRECTORY, dir_fd=above)
    like = os.fstat(above)
    os.fchmod(below, stat.S_IMODE(like.st_mode))
    give_to_owner(below, like)
    return below


def _remove_empty(above: int, name: str, depth: int) -> None:
    handle = os.open(name, DIRECTORY, dir_fd=above)
    try:
        for below in os.listdir(handle) if depth else ():
            _remove_empty(handle, below, depth - 1)
    finally:
        os.close(handle)
    os.rmdir(name, dir_fd=above)
