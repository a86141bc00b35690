"""Installs the systemd unit and takes exactly that away again.

What belongs to this machine (the command's path, the repository) goes into a drop-in, so that the unit stays the shipped file, byte
for byte. Files of ours that hold machine facts begin with a line that digests the rest: a file that someone edited is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from forgewatch.adapters.config_place import SYSTEM, user_config
from forgewatch.adapters.scaffold import make_file
from forgewatch.cli import screen
from forgewatch.core.errors import EnvironmentFault, UsageError

DROP_IN = "forgewatch.service.d/10-this-machine.conf"
_MARK = "# written by forgewatch init --service; sha256:"


def install(kind: str, root: Path, command: str, environ: Mapping[str, str]) -> int:
    """Install the unit of `kind` (`user` or `system`) for the repository at `root`. Prints each file and what to do next."""
    if kind == "system" and os.geteuid() != 0:
        raise UsageError("--service system needs root", "use sudo, or --service user")
    lines = [f"service ({kind})", *write_files(_wanted(kind, root, command, environ))]
    lines += _listed(_config_of(kind, environ), root)
    screen.show("\n".join([*lines, *_reload(kind), *_next(kind, root)]))
    return 0


def uninstall(kind: str, environ: Mapping[str, str]) -> int:
    """Remove the files that `install` wrote; one that was changed since is kept and named. Returns 0."""
    wanted = _wanted(kind, Path("/"), "forgewatch", environ)
    lines = [_removed(path, data) for path, data in wanted.items()]
    screen.show("\n".join([f"service ({kind})", *lines, *_reload(kind)]))
    return 0


def write_files(wanted: Mapping[Path, bytes]) -> list[str]:
    """Create each file that is missing; keep one that is there and say whether it is the same. Returns one line each."""
    return [_written(path, data) for path, data in wanted.items()]


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
        drop_in = f"[Service]\nExecStart=\nExecStart={_quoted(command).replace('$', '$$')} watch\n"
    else:
        base = Path("/etc/systemd/system")
        wanted = {base / name: (units / name).read_bytes() for name in ("forgewatch.service", "forgewatch@.service")}
        wanted[Path("/etc/sysusers.d/forgewatch.conf")] = (units / "forgewatch.sysusers").read_bytes()
        drop_in = f"[Service]\nExecStart=\nExecStart={_quoted(command).replace('$', '$$')} watch\nReadWritePaths={_quoted(str(root))}\n"
    wanted[base / DROP_IN] = marked(drop_in)
    wanted[_config_of(kind, environ)] = marked(f"repositories:\n  - {json.dumps(str(root))}\n")
    return wanted


def _config_of(kind: str, environ: Mapping[str, str]) -> Path:
    return Path(user_config(environ) if kind == "user" else SYSTEM)


def _written(path: Path, data: bytes) -> str:
    # The folders above the configuration folder are the system's or the user's own and may well be symlinks; ours are below it.
    base = next(parent for parent in path.parents if parent.is_dir())
    if make_file(base, str(path.relative_to(base)), data):
        return f"  created {path}"
    return f"  kept    {path}" + ("" if path.read_bytes() == data else " (differs from what would be written)")


def _listed(config: Path, root: Path) -> list[str]:
    listed = str(root) in config.read_text(encoding="utf-8", errors="replace")
    return [] if listed else [f"  add to the repositories of {config}: {root}"]


def _removed(path: Path, shipped: bytes) -> str:
    if not path.is_file() or path.is_symlink():
        return f"  absent  {path}"
    if not is_ours(path.read_bytes(), shipped):
        return f"  kept    {path} (was changed since)"
    try:
        path.unlink()
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be removed: {error.strerror}") from error
    if path.name == os.path.basename(DROP_IN) and not any(path.parent.iterdir()):
        path.parent.rmdir()
    return f"  removed {path}"


def _reload(kind: str) -> list[str]:
    scope = ("--user",) if kind == "user" else ()
    if shutil.which("systemctl") is None or not os.path.isdir("/run/systemd/system"):
        return ["  systemd is not running here: nothing to reload"]
    done = subprocess.run(["systemctl", *scope, "daemon-reload"], capture_output=True, text=True, check=False, timeout=30)
    return ["  systemd has read the units again" if done.returncode == 0 else f"  daemon-reload failed: {done.stderr.strip()}"]


def _next(kind: str, root: Path) -> Sequence[str]:
    if kind == "user":
        return ("next: systemctl --user enable --now forgewatch",)
    return (
        "next: systemd-sysusers",
        f"      setfacl -m u:forgewatch:rwx {root}; setfacl -R -m u:forgewatch:rwX -m d:u:forgewatch:rwX {root}/Forge/evidence",
        "      systemctl enable --now forgewatch",
    )


def _quoted(text: str) -> str:
    # json escapes quotes, backslashes and line ends the way systemd reads them back; %% is systemd's own.
    return json.dumps(text, ensure_ascii=False).replace("%", "%%")
