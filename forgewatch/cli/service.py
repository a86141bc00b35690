"""Installs the systemd unit and takes exactly that away again.

What belongs to this machine (the command's path, the repository) goes into a drop-in, so that the unit stays the shipped file, byte
for byte. Files of ours that hold machine facts begin with a line that digests the rest: a file that someone edited is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shlex
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from forgewatch.adapters.config_place import SYSTEM, user_config
from forgewatch.adapters.scaffold import make_file
from forgewatch.adapters.service_manager import ServiceManager
from forgewatch.cli.made import Deed, Deeds, Made
from forgewatch.core.errors import EnvironmentFault, UsageError
from forgewatch.core.places import FORGE, Layout, Places

SYSTEM_UNITS, SYSUSERS = Path("/etc/systemd/system"), Path("/etc/sysusers.d")
"""Where the machine's own units and accounts are described."""

_UNIT = "forgewatch"
DROP_IN = "10-this-machine.conf"
_MARK = "# written by forgewatch init --service; sha256:"


def require_rights(kind: str) -> None:
    """Raise UsageError when the unit of `kind` is not ours to install."""
    if kind == "system" and os.geteuid() != 0:
        raise UsageError("--service system needs root", "use sudo, or --service user")


def install(kind: str, root: Path, command: str, environ: Mapping[str, str], manager: ServiceManager, governed: Places = FORGE) -> Deeds:
    """Install the unit of `kind` (`user` or `system`) for the repository at `root`, and enable it where a service manager runs.

    It is not started: the first contact of the service takes HEAD as its anchor. Raises UsageError (see `require_rights`). If we crash
    here, the next call does the rest.
    """
    require_rights(kind)
    wanted = _wanted(kind, root, command, environ, governed)
    files = write_files(wanted)
    enabled, notes = _enable(kind, _unit(wanted), manager)
    return Deeds(files, (*_listed(kind, _config_of(kind, environ), root), *notes), _next(kind, root, governed, enabled=enabled))


def uninstall(kind: str, environ: Mapping[str, str], manager: ServiceManager) -> Deeds:
    """Disable the unit that `install` enabled, and remove the files that it wrote, with folders of ours that are empty then.

    A file that was changed since is kept and named, and a unit that was stays enabled. What runs goes on: the command that ends it is told.
    """
    wanted = _wanted(kind, Path("/"), "forgewatch", environ)
    # Before the files: its links lead to them.
    ended, notes = _disable(_unit(wanted), manager)
    files = tuple(_removed(path, data) for path, data in wanted.items()) + _removed_folders(kind, environ)
    if not manager.absent():
        notes = (*notes, *_reload(manager))
    after = [] if ended else [f"{_systemctl(kind)} disable --now {_UNIT}"]
    if ended and manager.ask("is-active", "--quiet", _UNIT) == "":
        after = [f"{_systemctl(kind)} stop {_UNIT}"]
    # Those the operator enabled, by names that only the operator knows.
    after += ["systemctl disable forgewatch@; systemctl stop 'forgewatch@*'"] if kind == "system" else []
    return Deeds(files, tuple(notes), tuple(after))


def _unit(wanted: Mapping[Path, bytes]) -> tuple[Path, bytes]:
    return next((path, data) for path, data in wanted.items() if path.name == f"{_UNIT}.service")


def _enable(kind: str, unit: tuple[Path, bytes], manager: ServiceManager) -> tuple[bool, tuple[str, ...]]:
    why = manager.absent()
    if why:
        return False, (f"{why}: nothing was enabled",)
    if not _is_kept_whole(*unit):
        return False, (*_reload(manager), f"{unit[0]} is not the unit of this version: it was not enabled")
    notes, fault = _reload(manager), manager.ask("enable", _UNIT)
    when = "at your next login" if kind == "user" else "when the machine starts"
    return not fault, (*notes, f"{_UNIT} could not be enabled: {fault}" if fault else f"enabled {_UNIT}: it starts {when}")


def _disable(unit: tuple[Path, bytes], manager: ServiceManager) -> tuple[bool, tuple[str, ...]]:
    """Return whether nothing of ours is enabled any more, and remarks."""
    why = manager.absent()
    if why:
        return False, (f"{why}: nothing was disabled",)
    if not _is_kept_whole(*unit):
        return False, ()
    if manager.ask("is-enabled", "--quiet", _UNIT):
        return True, ()
    fault = manager.ask("disable", _UNIT)
    return not fault, (f"{_UNIT} could not be disabled: {fault}" if fault else f"disabled {_UNIT}",)


def _is_kept_whole(path: Path, shipped: bytes) -> bool:
    try:
        return path.is_file() and not path.is_symlink() and is_ours(path.read_bytes(), shipped)
    except OSError:
        # What we may not read is not known to be ours.
        return False


def drifted(kind: str, environ: Mapping[str, str]) -> tuple[tuple[Path, str], ...]:
    """Return units and drop-ins that are not as `install` wrote them, with what is wrong; nothing where none of them is there.

    The configuration is the operator's to edit. Reads only.
    """
    wanted = _wanted(kind, Path("/"), "forgewatch", environ)
    config = _config_of(kind, environ)
    ours = {path: data for path, data in wanted.items() if path != config}
    if not any(os.path.lexists(path) for path in ours):
        return ()
    told = {path: "is missing" if not os.path.lexists(path) else "was changed" for path in ours}
    return tuple((path, told[path]) for path, data in ours.items() if not _is_kept_whole(path, data))


def write_files(wanted: Mapping[Path, bytes]) -> tuple[Made, ...]:
    """Create each file that is missing; keep one that is there and say whether it is the same."""
    return tuple(_written(path, data) for path, data in wanted.items())


def starts(command: str, arguments: str) -> str:
    """Return the lines of a `[Service]` section that start the command at the absolute path `command`."""
    return f"ExecStart=\nExecStart={_quoted(command).replace('$', '$$')} {arguments}\n"


def may_write(roots: Iterable[str]) -> str:
    """Return the lines of a `[Service]` section that let the service write these folders; one that is not there keeps nobody waiting."""
    return "".join(f"ReadWritePaths={_quoted('-' + root)}\n" for root in roots)


def marked(text: str) -> bytes:
    """Return `text` below a line that digests it."""
    return f"{_MARK}{hashlib.sha256(text.encode()).hexdigest()}\n{text}".encode()


def is_ours(found: bytes, shipped: bytes) -> bool:
    """True when `found` is the shipped file, or a marked one that nobody edited."""
    head, _, rest = found.partition(b"\n")
    return found == shipped or head == _MARK.encode() + hashlib.sha256(rest).hexdigest().encode()


def _wanted(kind: str, root: Path, command: str, environ: Mapping[str, str], governed: Places = FORGE) -> dict[Path, bytes]:
    units = files("forgewatch") / "units"
    if kind == "user":
        base = Path(user_config(environ)).parents[1] / "systemd" / "user"
        wanted = {base / "forgewatch.service": (units / "forgewatch-user.service").read_bytes()}
        drop_ins = {"forgewatch.service": starts(command, f"watch --config {_quoted(user_config(environ)).replace('$', '$$')}")}
    else:
        base = SYSTEM_UNITS
        wanted = {base / name: (units / name).read_bytes() for name in ("forgewatch.service", "forgewatch@.service")}
        wanted[SYSUSERS / "forgewatch.conf"] = (units / "forgewatch.sysusers").read_bytes()
        drop_ins = {
            "forgewatch.service": starts(command, "watch") + may_write([str(root)]),
            "forgewatch@.service": starts(command, "watch %f"),
        }
    wanted.update({base / f"{unit}.d" / DROP_IN: marked(f"[Service]\n{text}") for unit, text in drop_ins.items()})
    named = json.dumps(str(root))
    entry = named if governed == FORGE else f"{{path: {named}, layout: {Layout.ROOT}}}"
    wanted[_config_of(kind, environ)] = marked(f"repositories:\n  - {entry}\n")
    return wanted


def _config_of(kind: str, environ: Mapping[str, str]) -> Path:
    return Path(user_config(environ) if kind == "user" else SYSTEM)


def _written(path: Path, data: bytes) -> Made:
    # The folders above the configuration folder are the system's or the user's own and may well be symlinks; ours are below it.
    base = next(parent for parent in path.parents if parent.is_dir())
    if make_file(base, str(path.relative_to(base)), data):
        return Made(Deed.CREATED, str(path))
    return Made(Deed.KEPT, str(path), "" if path.read_bytes() == data else "differs from what would be written")


def _listed(kind: str, config: Path, root: Path) -> list[str]:
    if str(root) in config.read_text(encoding="utf-8", errors="replace"):
        return []
    also = ["and to ReadWritePaths: forgewatch doctor prints the lines"] if kind == "system" else []
    return [f"add to the repositories of {config}: {root}", *also]


def _removed(path: Path, shipped: bytes) -> Made:
    if not path.is_file() or path.is_symlink():
        return Made(Deed.ABSENT, str(path))
    if not is_ours(path.read_bytes(), shipped):
        return Made(Deed.KEPT, str(path), "was changed since")
    try:
        path.unlink()
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be removed: {error.strerror}") from error
    if path.name == DROP_IN and not any(path.parent.iterdir()):
        path.parent.rmdir()
    return Made(Deed.REMOVED, str(path))


def _removed_folders(kind: str, environ: Mapping[str, str]) -> tuple[Made, ...]:
    """Remove the folders that `install` may have made and nobody uses. The system refuses for one that is not empty, or is a symlink."""
    config = _config_of(kind, environ).parent
    units = config.parent / "systemd"
    removed = []
    for folder in (config, units / "user", units) if kind == "user" else (config,):
        with contextlib.suppress(OSError):
            folder.rmdir()
            removed.append(Made(Deed.REMOVED, f"{folder}/"))
    return tuple(removed)


def _reload(manager: ServiceManager) -> tuple[str, ...]:
    fault = manager.ask("daemon-reload")
    return (f"daemon-reload failed: {fault}" if fault else "systemd has read the units again",)


def _systemctl(kind: str) -> str:
    return f"systemctl{' --user' if kind == 'user' else ''}"


def _next(kind: str, root: Path, governed: Places, *, enabled: bool) -> tuple[str, ...]:
    start = f"{_systemctl(kind)} {'start' if enabled else 'enable --now'} {_UNIT}"
    if kind == "user":
        return (start,)
    named = shlex.quote(str(root))
    return (
        "systemd-sysusers",
        f"setfacl -m u:forgewatch:rwx {named}; setfacl -R -m u:forgewatch:rwX -m d:u:forgewatch:rwX {named}/{governed.evidence}",
        start,
    )


def _quoted(text: str) -> str:
    # json escapes quotes, backslashes and line ends the way systemd reads them back; %% is systemd's own.
    return json.dumps(text, ensure_ascii=False).replace("%", "%%")
