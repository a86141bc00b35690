"""What `doctor` looks at. Every probe only reads."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from pathlib import Path

from forgewatch.adapters.config import KEYS
from forgewatch.adapters.filesystems import deafness, filesystem_type
from forgewatch.adapters.git_program import find_git
from forgewatch.adapters.journal_glance import newest_by_kind
from forgewatch.adapters.lock_record import Garbage, LockRecord, read_lock_record
from forgewatch.adapters.state_folder import find_folder, refuse_inside, state_directory
from forgewatch.adapters.watcher_state import foreign_watcher, running_watcher
from forgewatch.cli import ledger_glance, places
from forgewatch.cli.service import may_write
from forgewatch.core.errors import ForgewatchError, UsageError
from forgewatch.core.places import Places, places_of
from forgewatch.core.settings import Settings
from forgewatch.core.source_kinds import EXTRA, NO_EXTRA
from forgewatch.wiring.languages import LazyGrammars

_INOTIFY = "/proc/sys/fs/inotify"
_WANTED = {"max_user_watches": 8192, "max_user_instances": 128}


class Level(StrEnum):
    """How a line stands: fine, worth knowing, or in need of its remedy."""

    FINE = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Line:
    """One fact with, where there is something to do, its remedy."""

    level: Level
    name: str
    fact: str
    remedy: str = ""


def environment(root: Path | None) -> list[Line]:
    """Python, grammars of other languages, git, state directory, inotify limits."""
    return [
        Line(Level.FINE, "python", f"{platform.python_version()} at {sys.executable}"),
        grammars(LazyGrammars().edition()),
        _git(root),
        _state_directory(os.environ, root),
        *(_inotify(name, wanted) for name, wanted in _WANTED.items()),
    ]


def grammars(edition: str) -> Line:
    """What reads TypeScript, JavaScript and Go; `edition` are the versions, empty where not all of it is installed."""
    if edition:
        return Line(Level.FINE, "grammars", edition)
    told = f"{NO_EXTRA}: imports of TypeScript, JavaScript and Go are not judged, their layers by plain text"
    return Line(Level.NOTE, "grammars", told, f"pip install '{EXTRA}', where such files are to be judged")


def configuration(settings: Settings) -> list[Line]:
    """One line per effective value with its source: a file and line, or the default."""
    sources = dict(settings.sources)
    return [Line(Level.FINE, key, f"{shown} ({sources.get(key, 'default')})") for key, shown in _values(settings) if key in KEYS]


def repository(root: Path, settings: Settings, environ: Mapping[str, str]) -> list[Line]:
    """The repository, its watcher, record, ledger and governed files."""
    governed = places_of(places.layout_of(root, settings))
    folder = _folder(root, environ)
    deaf = deafness(str(root))
    return [
        Line(Level.FINE, "repository", str(root)),
        Line(Level.NOTE, "events", f"{deaf}: it is polled every second")
        if deaf
        else Line(Level.FINE, "events", filesystem_type(str(root))),
        _watcher(root, folder),
        _record(folder, root),
        _ledger(_glanced(root, governed, folder)),
        *_governed_files(root, governed),
    ]


def service(settings: Settings) -> list[Line]:
    """systemd, and the drop-in that lets the service write the configured repositories."""
    if shutil.which("systemctl") is None:
        return [Line(Level.NOTE, "systemd", "systemctl is not on PATH", "run forgewatch watch under another supervisor")]
    roots = [repository.path for repository in settings.repositories]
    if not roots:
        return [Line(Level.FINE, "systemd", "present; no repositories are configured")]
    how = "systemctl edit forgewatch, these lines, then systemctl restart forgewatch"
    return [
        Line(
            Level.NOTE,
            "systemd",
            "present; the system service writes what its unit names",
            f"{how}\n[Service]\n{may_write(roots)}".rstrip(),
        )
    ]


def _git(root: Path | None) -> Line:
    try:
        path = find_git(os.environ, [str(root)] if root else [])
    except ForgewatchError as error:
        return Line(Level.BAD, "git", str(error), error.hint)
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=10, env={"LC_ALL": "C"}, cwd="/")
    version = done.stdout.strip().removeprefix("git version ")
    level = Level.FINE if done.returncode == 0 else Level.BAD
    return Line(level, "git", f"{version or 'no answer'} at {path}", "" if level is Level.FINE else "reinstall git")


def _state_directory(environ: Mapping[str, str], root: Path | None) -> Line:
    try:
        state = state_directory(environ)
        if root is not None:
            refuse_inside(state, root)
    except UsageError as error:
        return Line(Level.BAD, "state directory", str(error), error.hint)
    nearest = next(folder for folder in (state, *state.parents) if os.path.lexists(folder))
    if not nearest.is_dir():
        return Line(Level.BAD, "state directory", f"{state}: {nearest} is no folder", "set FORGEWATCH_STATE_DIR to a folder of yours")
    told = f"{state} on {filesystem_type(str(nearest))}" + ("" if nearest == state else " (not there yet)")
    if os.access(nearest, os.W_OK | os.X_OK):
        return Line(Level.FINE, "state directory", told)
    return Line(Level.BAD, "state directory", f"{told}, not writable for us", "set FORGEWATCH_STATE_DIR to a folder of yours")


def _folder(root: Path, environ: Mapping[str, str]) -> Path | None:
    try:
        return find_folder(root, environ)
    except UsageError:
        # The line of the state directory says why there is none.
        return None


def _inotify(name: str, wanted: int) -> Line:
    try:
        value = int(Path(_INOTIFY, name).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return Line(Level.NOTE, f"inotify {name}", "not told by this kernel", "")
    if value >= wanted:
        return Line(Level.FINE, f"inotify {name}", str(value))
    return Line(Level.NOTE, f"inotify {name}", f"{value}, fewer than {wanted}", f"sysctl fs.inotify.{name}={wanted}")


def _watcher(root: Path, folder: Path | None) -> Line:
    running = running_watcher(root, folder)
    if running is not None:
        return Line(Level.FINE, "watcher", f"PID {running.pid} since {running.started}")
    stranger = foreign_watcher(root, folder)
    if stranger is not None:
        remedy = f"see its record as {stranger.user}; {places.watch_command(root)} would be a second one, with a record of its own"
        return Line(Level.NOTE, "watcher", f"none with this record; {stranger}", remedy)
    start = f"{places.watch_command(root)} replaces the record"
    match read_lock_record(str(root)):
        case LockRecord(pid=pid):
            return Line(Level.NOTE, "watcher", f"not running; a lock record names PID {pid}", start)
        case Garbage(why=why):
            return Line(Level.NOTE, "watcher", f"not running; the lock record {why}", start)
        case None:
            return Line(Level.NOTE, "watcher", "not running", places.watch_command(root))


def _record(folder: Path | None, root: Path) -> Line:
    if folder is None:
        return Line(Level.NOTE, "record", "none yet", "the first audit begins it")
    ours, owner = folder.stat().st_uid, root.stat().st_uid
    if ours == owner:
        return Line(Level.NOTE, "record", f"{folder}, assurance local: its owner is the builder's user", "run the service as its own user")
    return Line(Level.FINE, "record", f"{folder}, assurance isolated: owned by user id {ours}")


def _glanced(root: Path, governed: Places, folder: Path | None) -> str:
    try:
        return str(ledger_glance.ledger_of(root, governed, folder, newest_by_kind(folder))["state"])
    except ForgewatchError as error:
        # What is wrong with the journal has a line of its own.
        return f"not compared: {error}"


def _ledger(state: str) -> Line:
    if state.startswith("tampered") or state == "missing":
        return Line(Level.BAD, "ledger", state, "look at it, then: forgewatch ledger restore")
    if state in ("none yet", "last entry matches"):
        return Line(Level.FINE, "ledger", state)
    if state == "holds entries of another record":
        return Line(Level.NOTE, "ledger", state, "a clone, or another state directory: read it, then: forgewatch ledger adopt HEAD")
    return Line(Level.NOTE, "ledger", state, "the next audit compares it in full; forgewatch ledger show does it now")


def _governed_files(root: Path, governed: Places) -> list[Line]:
    missing = [path for path in (governed.boundaries, governed.physics, "forge.json") if not (root / path).is_file()]
    return [Line(Level.NOTE, "missing", path, "forgewatch init") for path in missing]


def _values(value: object, prefix: str = "") -> Iterator[tuple[str, str]]:
    for field in fields(value):  # type: ignore[arg-type]
        inner = getattr(value, field.name)
        if is_dataclass(inner):
            yield from _values(inner, f"{prefix}{field.name}.")
        elif field.name != "sources":
            yield _key(f"{prefix}{field.name}"), _shown(inner)


def _key(name: str) -> str:
    # The names of the configuration file, where they are not those of the values.
    renamed = {"loopback_limit": "loopback.limit", "log_level": "log.level", "log_format": "log.format"}
    return renamed.get(name, f"audit.{name}" if name in ("fingerprints", "import_names") else name)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(_shown(item) for item in value) or "none"
    return str(getattr(value, "path", value))
