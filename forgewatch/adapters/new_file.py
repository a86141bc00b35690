"""Writing a file that a person asked for by name: a new one, whole, and never over another."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from forgewatch.core.errors import EnvironmentFault, UsageError


def write_new(path: Path, data: bytes) -> None:
    """Write `data` durably to a new file that only its owner reads. Raises UsageError when something of that name is there, and
    EnvironmentFault: then nothing is left there."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already", "name a new file") from error
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        # Half a request would be in the way of the next try.
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> EnvironmentFault:
    return EnvironmentFault(f"{path} cannot be written: {error.strerror}", "name another file")


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` in place of the file at once, readable for its owner only. Raises EnvironmentFault."""
    temp = path.with_name(f".{path.name}.{os.getpid()}.new")
    write_new(temp, data)
    try:
        os.replace(temp, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temp)
        raise _unwritable(path, error) from error
