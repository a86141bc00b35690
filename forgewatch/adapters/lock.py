"""One daemon per repository (watching.md, Lock). Authority is in the state folder, the advertisement in the repository.

1. `daemon.lock` in the state folder: decides. 2. flock on the root directory: finds an instance with another state folder.
3. A live watcher of an older kind, named by the record. 4. Our own record. The kernel frees 1 and 2 on any death.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import uuid
from dataclasses import dataclass, field
from functools import cache

from filelock import FileLock, Timeout, lock_descriptor

from forgewatch import __version__
from forgewatch.adapters.disk import remedy
from forgewatch.adapters.lock_record import (
    Garbage,
    LockRecord,
    boot_id,
    find_process,
    lock_record_path,
    read_lock_record,
    remove_leftovers,
    remove_lock_record,
    write_lock_record,
)
from forgewatch.adapters.lock_staleness import why_stale
from forgewatch.adapters.state_folder import folder_name
from forgewatch.core.errors import AlreadyRunning, EnvironmentFault, ReadOnlyRoot, RepositoryUnavailable
from forgewatch.core.log_events import LogEvent

LOCK_FILE = "daemon.lock"
_SANDBOX_HINT = "name the root in the unit's ReadWritePaths (forgewatch doctor prints the lines), then restart the service"
_WRITE_HINT = "let the daemon's user write the root directory: setfacl -m u:USER:rwx ROOT"


@dataclass(slots=True, kw_only=True)
class InstanceLock:
    """`Guard` of one repository. `notes` are what taking it found: (event, fact), to be logged by the caller."""

    root: str
    record: LockRecord
    authority: FileLock
    descriptor: int
    notes: list[tuple[LogEvent, str]] = field(default_factory=list)
    stamp: tuple[int, ...] | None = None

    def tend(self) -> str:
        """Make sure that record and root lock are those of the directory that is at the root now. Raises RepositoryUnavailable."""
        stamp = self._stamp()
        if stamp is not None and stamp == self.stamp:
            return ""
        if not self._same_root():
            self._lock_root_again()
        found = read_lock_record(self.root)
        if found != self.record:
            self._write_again()
        self.stamp = self._stamp()
        return "" if found == self.record else _what_is_there(found)

    def release(self) -> None:
        """Remove the record if it is ours, then give the locks back."""
        remove_lock_record(self.root, self.record.instance)
        with contextlib.suppress(OSError):
            os.close(self.descriptor)
        self.authority.release()

    def _write_again(self) -> None:
        try:
            write_lock_record(self.root, self.record)
        except OSError as error:
            why = f"{self.root}: the lock record cannot be written: {error.strerror}"
            if error.errno == errno.EROFS:
                raise ReadOnlyRoot(why, _SANDBOX_HINT) from error
            raise RepositoryUnavailable(why, remedy(error, _WRITE_HINT)) from error

    def _stamp(self) -> tuple[int, ...] | None:
        """Return what tells the record from any other file, and the root from any other directory: a new root has a new record."""
        try:
            found = os.lstat(lock_record_path(self.root))
        except OSError:
            return None
        return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    def _same_root(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self.descriptor), os.lstat(self.root))
        except OSError:
            return False

    def _lock_root_again(self) -> None:
        descriptor = _open_root(self.root)
        lock_descriptor(descriptor, blocking=False)
        os.close(self.descriptor)
        self.descriptor = descriptor


def take_lock(root: str, folder: str, started: str, service: int | None = None) -> InstanceLock:
    """Take both locks and write the record. `root` is a real path, `folder` its state folder, `started` the time now in UTC. `service` is
    the user id of the machine's service, where that has a record of this repository: its hold on the root is obeyed.

    Raises AlreadyRunning naming the holder, RepositoryUnavailable (no such directory), EnvironmentFault (state folder not writable).
    """
    # 1. The authority. Nobody else can take it: it is in our state folder.
    authority = _take_authority(root, folder)
    try:
        # 2. The root directory: any user can hold this, so another user's hold is reported and not obeyed.
        descriptor = _open_root(root)
    except RepositoryUnavailable:
        authority.release()
        raise
    guard = InstanceLock(root=root, record=_own_record(root, started), authority=authority, descriptor=descriptor)
    try:
        _take_root(guard, service)
        # 3. and 4. A live watcher of another kind, else our own record.
        _replace_record(guard)
    except AlreadyRunning:
        os.close(descriptor)
        authority.release()
        raise
    return guard


def lock_holder(path_or_descriptor: str | int, locks: str = "/proc/locks") -> int | None:
    """Return the process id that the kernel names as holder of the flock on a file, None when it names none we can see."""
    found = os.stat(path_or_descriptor)
    wanted = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    try:
        with open(locks, encoding="ascii", errors="replace") as file:
            rows = [line.split() for line in file]
    except OSError:
        return None
    pids = [int(row[4]) for row in rows if len(row) > 5 and row[1] == "FLOCK" and row[5] == wanted]
    return next((pid for pid in pids if pid > 0), None)


def _take_authority(root: str, folder: str) -> FileLock:
    path = os.path.join(folder, LOCK_FILE)
    authority = FileLock(path, mode=0o600, thread_local=False, blocking=False, fallback_to_soft=False)
    try:
        authority.acquire()
    except Timeout as error:
        raise AlreadyRunning(_already_running(root, lock_holder(path))) from error
    except OSError as error:
        raise EnvironmentFault(
            f"{path}: the lock cannot be taken: {error.strerror}", remedy(error, "set FORGEWATCH_STATE_DIR to a local folder")
        ) from error
    return authority


def _take_root(guard: InstanceLock, service: int | None) -> None:
    if lock_descriptor(guard.descriptor, blocking=False):
        return
    pid = lock_holder(guard.descriptor)
    holder = find_process(pid) if pid else None
    if holder is not None and holder.uid in (os.geteuid(), service) and holder.may_watch:
        raise AlreadyRunning(_already_running(guard.root, holder.pid))
    # `flock .` around a build is no watcher, and would keep us from watching for as long as the build runs.
    who = f"process {holder.pid} of user id {holder.uid}" if holder else "a process that cannot be named"
    guard.notes.append((LogEvent.LOCK_CONTESTED, f"{who} holds a lock on the root directory; it is not obeyed"))


def _replace_record(guard: InstanceLock) -> None:
    found = read_lock_record(guard.root)
    why = ""
    if isinstance(found, LockRecord):
        why = why_stale(found)
        if not why:
            raise AlreadyRunning(_already_running(guard.root, found.pid))
    elif isinstance(found, Garbage):
        why = found.why
    remove_leftovers(guard.root)
    try:
        write_lock_record(guard.root, guard.record)
    except OSError as error:
        stays = f"; the one that is there stays: {why}" if why else ""
        guard.notes.append((LogEvent.LOCK_UNADVERTISED, f"the record cannot be written: {error.strerror}{stays}"))
        return
    if why:
        guard.notes.append((LogEvent.LOCK_REPLACED, why))


def _open_root(root: str) -> int:
    try:
        return os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise RepositoryUnavailable(f"{root}: {error.strerror}", "restore the directory, or take it out of the configuration") from error


def _own_record(root: str, started: str) -> LockRecord:
    return _own_process(os.getpid())._replace(started=started, instance=uuid.uuid4().hex, watches=folder_name(root))


@cache
def _own_process(pid: int) -> LockRecord:
    own = find_process(pid)
    return LockRecord(
        pid=pid, host=socket.gethostname(), boot_id=boot_id(), start_ticks=own.start_ticks if own else "", version=__version__
    )


def _already_running(root: str, pid: int | None) -> str:
    found = read_lock_record(root)
    if isinstance(found, LockRecord) and pid in (None, found.pid):
        return f"already running (PID {found.pid} since {found.started or 'unknown'})"
    return f"already running (PID {pid or 'unknown'} since unknown)"


def _what_is_there(found: LockRecord | Garbage | None) -> str:
    match found:
        case None:
            return "the lock record was removed"
        case Garbage(why=why):
            return f"the lock record {why}"
        case LockRecord(pid=pid):
            return f"the lock record was changed: it named process {pid}"
