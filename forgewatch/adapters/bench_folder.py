"""The folder of one bench below a state folder, gone after use; what a killed run left is removed by the next one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from forgewatch.adapters.disk import remedy
from forgewatch.adapters.tree_removal import remove_folder
from forgewatch.core.errors import EnvironmentFault

_NAME = "bench"
_LOCK = ".lock"
_OPEN = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class BenchFolder:
    """`tree` is for the copy, `temporary` for what the tests write elsewhere (its `home` is their home), `reports` for reports."""

    path: str

    @property
    def tree(self) -> str:
        """Where the copy is."""
        return f"{self.path}/tree"

    @property
    def temporary(self) -> str:
        """What the tests see as their temporary folder."""
        return f"{self.path}/tmp"

    @property
    def reports(self) -> str:
        """Where a step writes its report."""
        return f"{self.path}/reports"


@contextlib.contextmanager
def bench_folder(state: str) -> Iterator[BenchFolder]:
    """Yield the folder of a new bench below the state folder of a repository. Raises EnvironmentFault.

    Its lock is held while we live. Killed at any point, we leave a lock nobody holds, and the next bench removes both.
    """
    base = f"{state}/{_NAME}"
    try:
        _own(base)
        _remove_left_overs(base)
        name = secrets.token_hex(8)
        lock = _locked(base, name)
        made = _made(f"{base}/{name}")
    except OSError as error:
        hint = remedy(error, "set FORGEWATCH_STATE_DIR to a folder you can write")
        raise EnvironmentFault(f"no folder for the tests can be made in {base}: {error.strerror}", hint) from error
    try:
        yield made
    finally:
        _remove(base, name)
        os.close(lock)


def _locked(base: str, name: str) -> int:
    """Return the lock, held before it has the name by which others look for locks that nobody holds."""
    lock = os.open(f"{base}/{name}", _OPEN | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.rename(f"{base}/{name}", f"{base}/{name}{_LOCK}")
    return lock


def _made(path: str) -> BenchFolder:
    folder = BenchFolder(path)
    for made in (path, folder.temporary, f"{folder.temporary}/home", folder.reports):
        os.mkdir(made, 0o700)
    os.mkdir(folder.tree, 0o755)
    return folder


def _own(base: str) -> None:
    with contextlib.suppress(FileExistsError):
        os.mkdir(base, 0o700)
    found = os.lstat(base)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise EnvironmentFault(f"expected a folder of ours at {base}, found something else", "move it away")
    os.chmod(base, 0o700)


def _remove_left_overs(base: str) -> None:
    for name in sorted(os.listdir(base)):
        if not name.endswith(_LOCK):
            continue
        try:
            lock = os.open(f"{base}/{name}", _OPEN)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Somebody is at work there.
            continue
        else:
            _remove(base, name.removesuffix(_LOCK))
        finally:
            os.close(lock)


def _remove(base: str, name: str) -> None:
    """Remove folder and lock. What cannot be removed keeps its lock file, so that the next bench tries again."""
    with contextlib.suppress(OSError):
        remove_folder(f"{base}/{name}")
        os.unlink(f"{base}/{name}{_LOCK}")
