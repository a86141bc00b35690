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
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from forgewatch.adapters.config_place import SYSTEM, user_config
from forgewatch.adapters.scaffold import make_file
from forgewatch.cli.made import Deed, Deeds, Made
from forgewatch.core.errors import EnvironmentFault, UsageError

DROP_IN = "10-this-machine.conf"
_MARK = "# written by forgewatch init --service; sha256:"


def require_rights(kind: str) -> None:
    """Raise UsageError when the unit of `kind` is not ours to install."""
    if kind == "system" and os.geteuid() != 0:
        raise UsageError("--service system needs root", "use sudo, or --service user")


def install(kind: str, root: Path, command: str, environ: Mapping[str, str]) -> Deeds:
    """Install the unit of `kind` (`user` or `system`) for the repository at `root`. Raises UsageError (see `require_rights`)."""
    require_rights(kind)
    files = write_files(_wanted(kind, root, command, environ))
    return Deeds(files, (*_listed(kind, _config_of(kind, environ), root), *_reload(kind)), _next(kind, root))


def uninstall(kind: str, environ: Mapping[str, str]) -> Deeds:
    """Remove the files that `install` wrote, and folders of ours that are empty then; a file that was changed since is kept and named."""
    wanted = _wanted(kind, Path("/"), "forgewatch", environ)
    files = tuple(_removed(path, data) for path, data in wanted.items()) + _removed_folders(kind, environ)
    # The links that `systemctl enable` made are its own, and what runs goes on.
    after = [f"systemctl{' --user' if kind == 'user' else ''} disable --now forgewatch"]
    after += ["systemctl disable forgewatch@; systemctl stop 'forgewatch@*'"] if kind == "system" else []
    return Deeds(files, tuple(_reload(kind)), tuple(after))


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


def _wanted(kind: str, root: Path, command: str, environ: Mapping[str, str]) -> dict[Path, bytes]:
    units = files("forgewatch") / "units"
    if kind == "user":
        base = Path(user_config(environ)).parents[1] / "systemd" / "user"
        wanted = {base / "forgewatch.service": (units / "forgewatch-user.service").read_bytes()}
        drop_ins = {"forgewatch.service": starts(command, f"watch --config {_quoted(user_config(environ)).replace('$', '$$')}")}
    else:
        base = Path("/etc/systemd/system")
        wanted = {base / name: (units / name).read_bytes() for name in ("forgewatch.service", "forgewatch@.service")}
        wanted[Path("/etc/sysusers.d/forgewatch.conf")] = (units / "forgewatch.sysusers").read_bytes()
        drop_ins = {
            "forgewatch.service": starts(command, "watch") + may_write([str(root)]),
            "forgewatch@.service": starts(command, "watch %f"),
        }
    wanted.update({base / f"{unit}.d" / DROP_IN: marked(f"[Service]\n{text}") for unit, text in drop_ins.items()})
    wanted[_config_of(kind, environ)] = marked(f"repositories:\n  - {json.dumps(str(root))}\n")
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


def _reload(kind: str) -> list[str]:
    scope = ("--user",) if kind == "user" else ()
    if shutil.which("systemctl") is None or not os.path.isdir("/run/systemd/system"):
        return ["systemd is not running here: nothing to reload"]
    done = subprocess.run(["systemctl", *scope, "daemon-reload"], capture_output=True, text=True, check=False, timeout=30)
    return ["systemd has read the units again" if done.returncode == 0 else f"daemon-reload failed: {done.stderr.strip()}"]


def _next(kind: str, root: Path) -> tuple[str, ...]:
    if kind == "user":
        return ("systemctl --user enable --now forgewatch",)
    named = shlex.quote(str(root))
    return (
        "systemd-sysusers",
        f"setfacl -m u:forgewatch:rwx {named}; setfacl -R -m u:forgewatch:rwX -m d:u:forgewatch:rwX {named}/Forge/evidence",
        "systemctl enable --now forgewatch",
    )


def _quoted(text: str) -> str:
    # json escapes quotes, backslashes and line ends the way systemd reads them back; %% is systemd's own.
    return json.dumps(text, ensure_ascii=False).replace("%", "%%")
