"""One run of the tests at a time in one repository: two would write the same records over each other."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from forgewatch.adapters.disk import remedy
from forgewatch.adapters.lock import lock_holder
from forgewatch.core.errors import EnvironmentFault

LOCK_FILE = "test.lock"


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the lock in the state folder. Raises EnvironmentFault naming the process that holds it; the kernel frees it on any death."""
    path = str(folder / LOCK_FILE)
    lock = FileLock(path, mode=0o600, thread_local=False, blocking=False, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout as error:
        holder = lock_holder(path)
        raise EnvironmentFault(f"the tests of this repository run already (PID {holder or 'unknown'})", "wait for its end") from error
    except OSError as error:
        raise EnvironmentFault(
            f"{path}: the lock cannot be taken: {error.strerror}", remedy(error, "set FORGEWATCH_STATE_DIR to a local folder")
        ) from error
    try:
        yield
    finally:
        lock.release()
