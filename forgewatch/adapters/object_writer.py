"""Objects written into a repository's store by us: no git, no filter, no attribute has a say in the bytes (ledger.md section 2).

A loose object is a name that is there whole or not at all: temporary name, fdatasync, rename, fsync of the folder. A crash before the
rename leaves a `tmp_obj_` file, which git's own gc removes; after it, an object that nothing names yet. Both are what a killed git leaves.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import zlib
from collections.abc import Iterable

from forgewatch.adapters.disk import APPEND, CREATE, FOLDER, Disk, again, read_exactly, write_all
from forgewatch.adapters.files import DIRECTORY, FILE, folder_of
from forgewatch.adapters.object_batch import hasher_of
from forgewatch.core.values import Oid

_CHUNK = 1024 * 1024
_MODE = 0o444


class OtherBytes(Exception):
    """What was to be written does not have the id it was announced under; nothing bears that name. The message is the id it has."""


class ObjectWriter:
    """Writes loose objects below the directory `objects`, whose ids have `digits` hex digits. All methods raise OSError.

    What is made belongs to the owner of the store and is as readable as the store, whoever runs this and whatever the umask.
    """

    def __init__(self, objects: str, digits: int, disk: Disk) -> None:
        self._digits = digits
        self._disk = disk
        # No symlink: whoever controls the repository does not choose where we write.
        self._store = os.open(objects, FOLDER)
        self._owner = os.fstat(self._store)
        self._touched: set[str] = set()

    def close(self) -> None:
        """Let go of the store."""
        os.close(self._store)

    def put(self, kind: str, body: bytes, oid: Oid) -> None:
        """Write an object whose bytes are at hand. Raises OtherBytes too."""
        self._put(kind, len(body), (body,), oid)

    def put_file(self, root: int, path: str, oid: Oid) -> None:
        """Write the raw bytes of the regular file `path` below the open directory `root` as a blob. Raises OtherBytes too."""
        with folder_of(root, path) as (folder, name):
            handle = os.open(name, FILE, dir_fd=folder)
        try:
            seen = os.fstat(handle)
            if not stat.S_ISREG(seen.st_mode):
                raise OtherBytes("no file")
            self._put("blob", seen.st_size, _pieces(handle, seen.st_size), oid)
        finally:
            os.close(handle)

    def put_link(self, root: int, path: str, oid: Oid) -> None:
        """Write the text of the symlink `path` as a blob. Raises OtherBytes too."""
        with folder_of(root, path) as (folder, name):
            self.put("blob", os.fsencode(os.readlink(name, dir_fd=folder)), oid)

    def settle(self) -> None:
        """Make the names of all that was written durable."""
        for fan in sorted(self._touched):
            folder = os.open(fan, DIRECTORY, dir_fd=self._store)
            try:
                self._disk.fsync(folder)
            finally:
                os.close(folder)
        self._disk.fsync(self._store)
        self._touched.clear()

    def _put(self, kind: str, size: int, pieces: Iterable[bytes], oid: Oid) -> None:
        folder = self._fan(oid[:2])
        try:
            if not _is_there(folder, oid[2:]):
                self._write(folder, oid, size, kind, pieces)
        finally:
            os.close(folder)

    def _write(self, folder: int, oid: Oid, size: int, kind: str, pieces: Iterable[bytes]) -> None:
        temporary = f"tmp_obj_{os.getpid()}_{oid[2:18]}"
        with contextlib.suppress(FileNotFoundError):
            self._disk.unlink(temporary, folder)
        handle = self._disk.open(temporary, APPEND | CREATE, _MODE, folder=folder)
        try:
            found, written = self._pack(handle, kind, size, pieces)
            if found != oid:
                raise OtherBytes(found)
            if self._digest_on_disk(handle) != written:
                # Under its final name it would stand in the way of the right one for ever.
                raise OSError(errno.EIO, "what was written does not come back")
            os.fchmod(handle, _MODE)
            self._give(handle)
            again(lambda: self._disk.fdatasync(handle))
            # A crash before this line leaves a temporary name, after it an object that nothing names.
            self._disk.rename(temporary, oid[2:], folder)
        except (OSError, OtherBytes):
            with contextlib.suppress(OSError):
                again(lambda: self._disk.unlink(temporary, folder))
            raise
        finally:
            os.close(handle)
        self._touched.add(oid[:2])

    def _pack(self, handle: int, kind: str, size: int, pieces: Iterable[bytes]) -> tuple[str, bytes]:
        """Write the packed object; return the id of what was read, and a digest of what was written."""
        hasher, written, packer = hasher_of(kind, size, self._digits), hashlib.blake2b(), zlib.compressobj(1)

        def write(packed: bytes) -> None:
            written.update(packed)
            write_all(self._disk, handle, packed)

        write(packer.compress(b"%s %d\0" % (kind.encode("ascii"), size)))
        for piece in pieces:
            hasher.update(piece)
            write(packer.compress(piece))
        write(packer.flush())
        return hasher.hexdigest(), written.digest()

    def _digest_on_disk(self, handle: int) -> bytes:
        found, at = hashlib.blake2b(), 0
        while piece := read_exactly(self._disk, handle, _CHUNK, at):
            found.update(piece)
            at += len(piece)
        return found.digest()

    def _fan(self, name: str) -> int:
        """Return an open folder for objects whose ids begin with `name`."""
        try:
            return os.open(name, DIRECTORY, dir_fd=self._store)
        except FileNotFoundError:
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=self._store)
        folder = os.open(name, DIRECTORY, dir_fd=self._store)
        os.fchmod(folder, stat.S_IMODE(self._owner.st_mode))
        self._give(folder)
        return folder

    def _give(self, handle: int) -> None:
        give_to_owner(handle, self._owner)


def give_to_owner(handle: int, like: os.stat_result) -> None:
    """Let what root made belong to the owner of the folder it was made in: its user could neither prune nor replace it. Raises OSError."""
    if os.geteuid() == 0 and like.st_uid != 0:
        os.fchown(handle, like.st_uid, like.st_gid)


def _pieces(handle: int, size: int) -> Iterable[bytes]:
    have = 0
    while have <= size and (piece := again(lambda: os.read(handle, _CHUNK))):
        have += len(piece)
        yield piece


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno == errno.ENOENT:
            return False
        raise
    return True
