"""Where interpreters and tools are installed that the tests of a repository need (hostile.md, Sandbox for running tests as evidence).

A builder makes the links that are followed here. So only a folder that looks like an installation of just that tool is taken, and never a
home folder, the root, or what holds one of them.
"""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from glob import glob, iglob
from itertools import islice

from forgewatch.adapters.files import read_below
from forgewatch.adapters.git_program import find_program

LITERAL_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix", "/gnu")
"""Folders that every step sees, as far as they are there."""

TOOLS = ("node", "npm", "go")
_LINKS = 16
_SMALL = 4096
_HOMES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """`folders` are installations to be shown, `links` symlinks to be made again (path, target), `path` goes into PATH."""

    folders: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    path: tuple[str, ...] = ()


class Ground:
    """What may be shown: nothing that is or holds a home, the repository, or one of the folders that are kept from the tests."""

    def __init__(self, kept: Sequence[str], environ: Mapping[str, str]) -> None:
        homes = [entry.pw_dir for entry in islice(pwd.getpwall(), _HOMES)]
        homes += [environ.get("HOME", ""), "/root", *islice(iglob("/home/*"), _HOMES)]
        # A system user's home is `/bin` or `/usr/sbin`: those are nobody's home.
        private = [home for home in homes if os.path.isabs(home) and not is_below(home, SYSTEM)]
        self._kept = {os.path.realpath(path) for path in (*private, *kept)}
        self.seen: dict[str, str] = {}
        """Each folder that may be shown, with the identity it had then: a builder may swap it before it is mounted."""

    def shows(self, folder: str, is_right: Callable[[str], bool]) -> bool:
        """True for a folder that may be shown and is right; both are asked of the same one, whatever its path leads to by then."""
        try:
            handle = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            held = f"/proc/self/fd/{handle}"
            if not (self._allows(os.readlink(held)) and is_right(held)):
                return False
            self.seen[folder] = identity(os.fstat(handle))
        finally:
            os.close(handle)
        return True

    def _allows(self, real: str) -> bool:
        return real != "/" and not any(one == real or one.startswith(f"{real}/") for one in self._kept)


def identity(found: os.stat_result) -> str:
    """Return which folder or file that is, as `stat -c %d:%i` says it."""
    return f"{found.st_dev}:{found.st_ino}"


def is_below(path: str, folders: Sequence[str]) -> bool:
    """True when the path is one of the folders or below one."""
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def interpreter_of(environment: str, ground: Ground) -> Toolchain:
    """Return what the virtual environment at this absolute path was made from; empty where that is the system's Python."""
    folders: list[str] = []
    links: list[tuple[str, str]] = []
    for path, target in _chain(f"{environment}/bin/python"):
        prefix = os.path.dirname(os.path.dirname(path))
        if is_below(path, (environment, *SYSTEM)):
            continue
        found = [place for place in (prefix, os.path.realpath(prefix)) if ground.shows(place, _is_python)]
        folders += found
        links += [(path, target)] if target and not found else []
    home = os.path.dirname(_home_of(environment))
    folders += [home] if home and not is_below(home, SYSTEM) and ground.shows(home, _is_python) else []
    return Toolchain(folders=tuple(dict.fromkeys(folders)), links=tuple(links))


def tool_of(name: str, environ: Mapping[str, str], repository: str, ground: Ground) -> Toolchain | str:
    """Return where a tool of TOOLS on PATH is installed, empty where it is not; or why it cannot be shown."""
    found = find_program(name, environ, [repository])
    if found is None or os.path.dirname(found) in LITERAL_PATH:
        return Toolchain()
    for folder in (os.path.realpath(os.path.dirname(found)), os.path.dirname(os.path.realpath(found))):
        if is_below(folder, SYSTEM):
            return Toolchain(path=(folder,))
        prefix = os.path.dirname(folder)
        if os.path.basename(folder) == "bin" and ground.shows(prefix, partial(_holds, name)):
            return Toolchain(folders=(prefix,), path=(folder,))
    return f"{name} at {found} is not shown: list its folder under tests: visible"


def module_cache(environ: Mapping[str, str]) -> str:
    """Return the folder of Go modules of this user, empty where there is none."""
    home = environ.get("HOME", "")
    workspace = environ.get("GOPATH", "").split(os.pathsep)[0] or (f"{home}/go" if home else "")
    folder = environ.get("GOMODCACHE") or (f"{workspace}/pkg/mod" if workspace else "")
    return folder if os.path.isabs(folder) and os.path.isdir(folder) and not os.path.islink(folder) else ""


def _chain(path: str) -> list[tuple[str, str]]:
    """Return a path and what its symlinks lead to, one after the other, each with its target (empty for what is none)."""
    found: list[tuple[str, str]] = []
    for _ in range(_LINKS):
        target = ""
        with contextlib.suppress(OSError):
            target = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
        found.append((path, target))
        if not target:
            break
        path = target
    return found


def _is_python(prefix: str) -> bool:
    return any(os.path.isfile(found) for found in glob(f"{_plain(prefix)}/lib*/python3*/os.py")) and os.path.isdir(f"{prefix}/bin")


def _plain(path: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in path)


def _holds(name: str, prefix: str) -> bool:
    if name == "go":
        return os.path.isfile(f"{prefix}/VERSION") and os.path.isdir(f"{prefix}/src")
    return os.path.isfile(f"{prefix}/include/node/node.h") or os.path.isdir(f"{prefix}/lib/node_modules")


def _home_of(environment: str) -> str:
    """Return what `pyvenv.cfg` calls home, empty where it says nothing that is an absolute path."""
    try:
        handle = os.open(environment, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        raw = read_below(handle, "pyvenv.cfg", _SMALL)
    finally:
        os.close(handle)
    for line in raw.decode("utf-8", "replace").splitlines() if isinstance(raw, bytes) else ():
        name, _, value = line.partition("=")
        if name.strip() == "home" and os.path.isabs(value.strip()) and "\0" not in value:
            return os.path.normpath(value.strip())
    return ""
