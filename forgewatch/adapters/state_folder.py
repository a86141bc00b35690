"""Where the record of a repository is kept (architecture.md, Where things are kept). Imports little: `status` starts here."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from forgewatch.adapters.disk import remedy
from forgewatch.core.errors import EnvironmentFault, UsageError

JOURNAL = "journal.jsonl"
CHECKPOINT = "checkpoint"
LOST = (
    "forgewatch ledger verify names what was done; restore the state folder from a backup, or move it away and run forgewatch ledger adopt"
)
"""The hint for a journal that is not believed."""
PLAN = "plan.json"
ANCHOR = "anchor.json"
SYSTEM_STATE = Path("/var/lib/forgewatch")
_KEYS = "keys"
PRIVATE = (_KEYS, "shadow.git", "cache", "quarantine", "replay")

_HINT = "set FORGEWATCH_STATE_DIR to an absolute path outside every repository"
_ODD = re.compile(r"[^A-Za-z0-9._-]+")


def state_directory(environ: Mapping[str, str]) -> Path:
    """Return the state directory: `$FORGEWATCH_STATE_DIR`, else systemd's `$STATE_DIRECTORY` (the first of its list), else
    `$XDG_STATE_HOME/forgewatch`, else `~/.local/state/forgewatch`. A relative `$XDG_STATE_HOME` is not believed (XDG says so).

    Raises UsageError for a relative `$FORGEWATCH_STATE_DIR`: daemon and commands run in different folders and would keep two records.
    """
    given = environ.get("FORGEWATCH_STATE_DIR")
    if given and not os.path.isabs(given):
        raise UsageError(f"FORGEWATCH_STATE_DIR: expected an absolute path, found '{given}'", _HINT)
    if given:
        return Path(given)
    by_systemd = environ.get("STATE_DIRECTORY", "").split(":")[0]
    if by_systemd:
        return Path(by_systemd).absolute()
    xdg = environ.get("XDG_STATE_HOME", "")
    base = Path(xdg) if xdg.startswith("/") else Path(environ.get("HOME") or os.path.expanduser("~")) / ".local" / "state"
    return base / "forgewatch"


def refuse_inside(state: Path, root: Path) -> None:
    """Raise UsageError when the state directory is inside the repository at `root`: its files would be changes that nobody claimed, and
    the record would be where the audited party works."""
    inner, outer = os.path.realpath(state), os.path.realpath(root)
    if os.path.commonpath([inner, outer]) == outer:
        raise UsageError(f"expected the state directory outside the repository {root}, found {state} inside", _HINT)


def folder_of(state: Path, root: Path) -> Path:
    """Return the folder of the repository at `root`. Nothing is created."""
    return state / folder_name(root)


def folder_name(root: str | Path) -> str:
    """Return what stands for the place of a repository: `<basename>-<first 16 hex of sha256(realpath)>`, the basename without odd
    characters."""
    real = os.path.realpath(root)
    name = _ODD.sub("_", os.path.basename(real)).lstrip(".")[:64] or "repository"
    return f"{name}-{hashlib.sha256(os.fsencode(real)).hexdigest()[:16]}"


def find_folder(root: Path, environ: Mapping[str, str], system: Path = SYSTEM_STATE) -> Path | None:
    """Return the folder that holds a journal of `root`, for readers: the caller's own, else the system service's, else None.

    A checkpoint alone is a journal that is gone, and not one that never was.
    Raises UsageError when `$FORGEWATCH_STATE_DIR` is relative or inside the repository.
    """
    if environ.get("FORGEWATCH_STATE_DIR"):
        refuse_inside(state_directory(environ), root)
    for state in (state_directory(environ), system):
        folder = folder_of(state, root)
        if os.path.lexists(folder / JOURNAL) or os.path.lexists(folder / CHECKPOINT):
            return folder
    return None


def service_user(root: Path, system: Path = SYSTEM_STATE) -> int | None:
    """Return the user id under which the machine's service keeps a record of `root`, None without such a record.

    Only root and that user can make a folder there, so nobody can claim to be the service.
    """
    try:
        found = os.lstat(folder_of(system, root))
    except OSError:
        return None
    return found.st_uid if stat.S_ISDIR(found.st_mode) else None


def create_folder(state: Path, root: Path) -> Path:
    """Make the folder of `root` with its modes, or bring the modes of an existing one up to date.

    The folder is as readable for others as the repository root is, so that `status` and `tail` serve people when the daemon runs as
    another user; keys, shadow repository, caches and kept bytes are 0700. A folder of keys that is open to others stays so: it is refused
    where the keys are used, and mending it here would hide that. Raises EnvironmentFault, and UsageError when it would be inside.
    """
    refuse_inside(state, root)
    folder = folder_of(state, root)
    try:
        if not state.is_dir():
            os.makedirs(state, mode=0o700)
            os.chmod(state, 0o711)
        _own_directory(folder, 0o700 | (stat.S_IMODE(os.stat(root).st_mode) & 0o055))
        for name in PRIVATE:
            _own_directory(folder / name, 0o700, mend=name != _KEYS)
        _share_group(folder, root)
    except OSError as error:
        raise EnvironmentFault(
            f"the state folder {folder} cannot be made: {error.strerror}",
            remedy(error, "set FORGEWATCH_STATE_DIR to a folder you can write"),
        ) from error
    return folder


def _own_directory(path: Path, mode: int, *, mend: bool = True) -> None:
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode):
        raise EnvironmentFault(f"expected a folder at {path}, found something else", "move it away")
    if found.st_uid != os.geteuid():
        raise EnvironmentFault(
            f"{path} belongs to user id {found.st_uid}, we are {os.geteuid()}", "use that user, or another state directory"
        )
    if mend and stat.S_IMODE(found.st_mode) != mode:
        os.chmod(path, mode)


def _share_group(folder: Path, root: Path) -> None:
    group = os.stat(root).st_gid
    if os.lstat(folder).st_gid != group:
        # Only members may give a file to a group; without it the folder is readable for our own group instead.
        with contextlib.suppress(PermissionError):
            os.chown(folder, -1, group)
