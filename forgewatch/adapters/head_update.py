"""HEAD moved from one commit to the next by compare-and-swap, as git's own reference transaction does it, but without its hook.

1. lock every ref from HEAD to the one that holds the id, so that nobody switches the branch meanwhile  2. read them again: they are what
the caller saw, or nothing happens  3. the new id is durable in the lock  4. a line in each log that is there  5. rename
A crash after 4 leaves a line in a log about a commit that is in the store and that the ref does not name; git does the same.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from forgewatch.adapters.disk import Disk, again
from forgewatch.adapters.files import folder_of
from forgewatch.adapters.lock_files import LockFile, opened_home, unwritable
from forgewatch.adapters.refs import home_of, packed_names, trace
from forgewatch.adapters.repository_layout import GitPlace
from forgewatch.core.errors import EnvironmentFault, Unstable
from forgewatch.core.text import escape
from forgewatch.core.values import CommitId, Oid

_UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
_LOG = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NO_LOG = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """`who` is `Name <mail>`, `at` seconds since the epoch, `subject` one line; `before` None: the branch is unborn."""

    before: CommitId | None
    after: CommitId
    who: str
    at: int
    subject: str

    @property
    def log_line(self) -> bytes:
        """The line of a log, as git writes it."""
        old = self.before or "0" * len(self.after)
        initial = "" if self.before else " (initial)"
        subject = " ".join(self.subject.split())
        return f"{old} {self.after} {self.who} {self.at} +0000\tcommit{initial}: {subject}\n".encode("utf-8", "surrogateescape")


@contextlib.contextmanager
def locked_head(place: GitPlace, disk: Disk, expected: CommitId | None) -> Iterator[HeadLock]:
    """Yield HEAD, locked, while it names `expected`. Raises EnvironmentFault, and Unstable when it names another commit."""
    with ExitStack() as stack:
        _require_rest(place)
        chain, _ = trace(place)
        _require_room(place, chain[-1])
        locks = []
        for name in chain:
            home = home_of(place, name)
            handle = stack.enter_context(opened_home(home))
            lock = LockFile(disk, handle, name, home)
            stack.callback(lock.release)
            locks.append(lock)
        again_chain, found = trace(place)
        if again_chain != chain or found != (None if expected is None else Oid(expected)):
            raise Unstable(
                f"{place.root}: expected HEAD at {expected or 'no commit'}, found {found or 'no commit'} ({escape(again_chain[-1])})",
                "somebody committed or switched branches since the audit: audit again",
            )
        logs = [log for name in chain if (log := _opened_log(stack, place, name)) is not None]
        yield HeadLock(chain[-1], locks[-1], logs)


class HeadLock:
    """HEAD and what it leads to, locked: `ref` is the branch, or `HEAD` when it is detached. `move` may be called once."""

    def __init__(self, ref: str, lock: LockFile, logs: list[tuple[int, str]]) -> None:
        self.ref = ref
        self._lock = lock
        self._logs = logs

    def move(self, move: Move) -> None:
        """Let the last ref of the chain name the new commit. Raises EnvironmentFault: nothing moved, unless only the last fsync failed."""
        self._lock.fill(f"{move.after}\n".encode("ascii"))
        for handle, shown in self._logs:
            _append(handle, shown, move.log_line)
        self._lock.commit()


def _require_rest(place: GitPlace) -> None:
    """Raise EnvironmentFault during a merge or a rebase: what is committed then has another parent, or another place."""
    with opened_home(place.git_dir) as home:
        for name in _UNDER_WAY:
            try:
                os.stat(name, dir_fd=home, follow_symlinks=False)
            except OSError:
                continue
            raise EnvironmentFault(
                f"{place.git_dir}: expected a repository at rest, found {name}",
                "finish or abort the merge, pick or rebase, then audit again",
            )


def _require_room(place: GitPlace, name: str) -> None:
    """Raise EnvironmentFault where a packed ref bars the name, as a file bars a folder of its name."""
    packed = packed_names(place)
    parts = name.split("/")
    above = {"/".join(parts[:count]) for count in range(1, len(parts))}
    bar = min((other for other in packed if other in above or other.startswith(f"{name}/")), default="")
    if bar and name not in packed:
        raise EnvironmentFault(f"{place.root}: expected room for {escape(name)}, found {escape(bar)}", "rename one of the branches")


def _opened_log(stack: ExitStack, place: GitPlace, name: str) -> tuple[int, str] | None:
    home = home_of(place, name)
    shown = f"{home}/logs/{escape(name)}"
    handle = stack.enter_context(opened_home(home))
    try:
        with folder_of(handle, f"logs/{name}") as (folder, last):
            log = os.open(last, _LOG, dir_fd=folder)
    except OSError as error:
        if error.errno in _NO_LOG:
            return None
        raise unwritable(shown, error) from error
    stack.callback(os.close, log)
    seen = os.fstat(log)
    if not stat.S_ISREG(seen.st_mode) or seen.st_nlink != 1:
        # A second name may be a file of ours that the builder cannot write.
        raise EnvironmentFault(
            f"{shown}: expected a file with one name, found another kind, or {seen.st_nlink} names", "replace it by a copy"
        )
    return log, shown


def _append(handle: int, shown: str, line: bytes) -> None:
    size = os.fstat(handle).st_size
    try:
        written = again(lambda: os.write(handle, line))
    except OSError as error:
        raise unwritable(shown, error) from error
    if written != len(line):
        # Half a line would be read as part of the next one.
        os.ftruncate(handle, size)
        raise EnvironmentFault(f"{shown}: expected room for {len(line)} bytes, found {written}", "make room on that disk")
