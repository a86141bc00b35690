"""The advertisement `.forge_watcher.lock` at the project root: who watches this repository (watching.md, Lock 2 to 5).

It is never the authority: anyone can write it. Reading it is cheap, so `status` starts here. Imports nothing heavy.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from typing import NamedTuple

from forgewatch.core.places import LOCK_RECORD

LIMIT = 4096
_WATCHERS = ("forgewatch", "watch_audit")
PROC = "/proc"


class LockRecord(NamedTuple):
    """The lines of a lock record. Everything but `pid` may be missing in a record that an older watcher wrote.

    `watches` is the name of the state folder, which stands for the path that is watched: a record moves along with its repository.
    """

    pid: int
    started: str = ""
    host: str = ""
    boot_id: str = ""
    start_ticks: str = ""
    instance: str = ""
    version: str = ""
    watches: str = ""

    def to_text(self) -> str:
        """Return the record's text, one `Name: value` per line."""
        return "".join(
            f"{name}: {value}\n"
            for name, value in (
                ("PID", self.pid),
                ("Started", self.started),
                ("Host", self.host),
                ("BootId", self.boot_id),
                ("StartTicks", self.start_ticks),
                ("Instance", self.instance),
                ("Version", self.version),
                ("Watches", self.watches),
            )
        )


class Garbage(NamedTuple):
    """Something is at the record's place and is no record."""

    why: str


class Process(NamedTuple):
    """A live process as /proc tells it. `uid` is its effective user id, `started` seconds since the epoch."""

    pid: int
    uid: int
    start_ticks: str
    started: float
    command: str

    @property
    def may_watch(self) -> bool:
        """True when its command line is that of a watcher; anyone can name a process so, but nobody does by accident."""
        return any(word in self.command for word in _WATCHERS)


def lock_record_path(root: str) -> str:
    """Return where the record of the repository at `root` is."""
    return os.path.join(root, LOCK_RECORD)


def read_lock_record(root: str) -> LockRecord | Garbage | None:
    """Return the record, what is there instead, or None when nothing is there. Never follows a symlink, never blocks."""
    try:
        descriptor = os.open(lock_record_path(root), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Garbage(f"cannot be opened: {error.strerror}")
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return Garbage("is no regular file")
        raw = os.read(descriptor, LIMIT + 1)
    except OSError as error:
        return Garbage(f"cannot be read: {error.strerror}")
    finally:
        os.close(descriptor)
    return parse_lock_record(raw)


def parse_lock_record(raw: bytes) -> LockRecord | Garbage:
    """Return the record that the bytes are."""
    if len(raw) > LIMIT:
        return Garbage(f"expected at most {LIMIT} bytes, found more")
    lines = raw.decode("utf-8", "replace").splitlines()
    fields = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    pid = fields.get("PID", "")
    if not re.fullmatch(r"[1-9][0-9]{0,9}", pid):
        return Garbage(f"expected 'PID: <number>', found {pid!r:.40}")
    return LockRecord(
        pid=int(pid),
        started=fields.get("Started", ""),
        host=fields.get("Host", ""),
        boot_id=fields.get("BootId", ""),
        start_ticks=fields.get("StartTicks", ""),
        instance=fields.get("Instance", ""),
        version=fields.get("Version", ""),
        watches=fields.get("Watches", ""),
    )


def write_lock_record(root: str, record: LockRecord) -> None:
    """Write the record atomically, in place of one that is there. Raises OSError.

    Crash before the rename: a `*.swp` file is left, which no audit counts and which the next start removes.
    """
    path, text = lock_record_path(root), record.to_text().encode()
    if _was_free(root, path, text):
        return
    temporary = f"{path}.{record.instance[:16] or os.getpid()}.swp"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        os.write(descriptor, text)
    finally:
        os.close(descriptor)
    try:
        os.rename(temporary, path)
    except OSError:
        # A directory at the record's place: leave no temporary file behind.
        os.unlink(temporary)
        raise


def _was_free(root: str, path: str, text: bytes) -> bool:
    """Write where nothing stands, with no other name on the way: a builder's `git add` would fail over one that is gone when it looks
    closer. False where something stands, or the file system cannot do that."""
    try:
        descriptor = os.open(root, os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, 0o644)
    except OSError:
        return False
    try:
        os.write(descriptor, text)
        # With a folder given, or Python asks for a link to the link in /proc.
        os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=descriptor, follow_symlinks=True)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def remove_lock_record(root: str, instance: str) -> None:
    """Remove the record if it is still this instance's; anything else is left alone."""
    found = read_lock_record(root)
    if isinstance(found, LockRecord) and found.instance == instance:
        with contextlib.suppress(OSError):
            os.unlink(lock_record_path(root))


def remove_leftovers(root: str) -> None:
    """Remove temporary files that a crash left. Call it under the lock only."""
    pattern = re.compile(re.escape(LOCK_RECORD) + r"\.[0-9a-f]{1,16}\.swp")
    with contextlib.suppress(OSError):
        for name in os.listdir(root):
            if pattern.fullmatch(name):
                os.unlink(os.path.join(root, name))


def find_process(pid: int, proc: str = PROC) -> Process | None:
    """Return the process, None when there is none or it is a zombie."""
    try:
        with open(f"{proc}/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        with open(f"{proc}/{pid}/cmdline", "rb") as file:
            command = file.read(LIMIT).replace(b"\0", b" ").decode("utf-8", "replace").strip()
        uid = os.stat(f"{proc}/{pid}").st_uid
    except OSError:
        return None
    if len(fields) < 20 or fields[0] in ("Z", "X"):
        return None
    ticks = fields[19]
    return Process(pid=pid, uid=uid, start_ticks=ticks, started=_boot_time(proc) + int(ticks) / os.sysconf("SC_CLK_TCK"), command=command)


def boot_id(proc: str = PROC) -> str:
    """Return the id of this boot, empty where the kernel tells none."""
    try:
        with open(f"{proc}/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def _boot_time(proc: str) -> float:
    try:
        with open(f"{proc}/stat", encoding="ascii", errors="replace") as file:
            return next((float(line.split()[1]) for line in file if line.startswith("btime ")), 0.0)
    except OSError:
        return 0.0
