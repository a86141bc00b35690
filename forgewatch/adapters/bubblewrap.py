"""The sandbox: a command line of bubblewrap (hostile.md, Sandbox for running tests as evidence).

A step sees a read-only system, the copy at the repository's own path, and what `Surroundings` names. Everything else is not there: homes,
state folder, /run, other repositories. What the system keeps from other users is kept from the tests too, whoever runs them.
"""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence

from forgewatch.adapters.bench_folder import BenchFolder
from forgewatch.adapters.git_program import find_program
from forgewatch.adapters.surroundings import Place, Surroundings
from forgewatch.adapters.toolchains import SYSTEM, is_below
from forgewatch.core.errors import EnvironmentFault

HINT = "install bubblewrap, or let the operator say tests: sandbox: none"
TEMPORARY, HOME, REPORTS, FARMS = "/tmp", "/tmp/home", "/run/reports", "/run/packages"

_APART = ("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "localhost")
_OTHERS_READ = 0o004
_OTHERS_ENTER = 0o005
_RESOLVER = "/etc/resolv.conf"
_SECONDS = 20


def find_bubblewrap(environ: Mapping[str, str], root: str) -> str:
    """Return the absolute path of bubblewrap, never one in the repository. Raises EnvironmentFault."""
    found = find_program("bwrap", environ, [root]) or find_program("bwrap", {}, [root])
    if found is None:
        raise EnvironmentFault("expected bubblewrap (bwrap) on PATH, found none: the tests are not run without a sandbox", HINT)
    return found


def probe(program: str) -> str:
    """Start a sandbox with nothing in it and return bubblewrap's version. Raises EnvironmentFault when that does not work here."""
    version = _told(program, "--version")
    _told(program, *_APART, *_system(), "--proc", "/proc", "--dev", "/dev", "/bin/sh", "-c", ":")
    return version


def _told(*argv: str) -> str:
    try:
        done = subprocess.run(
            argv, capture_output=True, stdin=subprocess.DEVNULL, check=False, timeout=_SECONDS, env={"LC_ALL": "C"}, cwd="/"
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise _broken(str(error).encode()) from error
    if done.returncode:
        raise _broken(done.stderr)
    return done.stdout.decode("utf-8", "replace").strip()


def _broken(said: bytes) -> EnvironmentFault:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return EnvironmentFault(
        f"bubblewrap cannot make a sandbox on this machine: {lines[-1] if lines else 'it says nothing'}",
        "allow unprivileged user namespaces, or let the operator say tests: sandbox: none",
    )


def sandboxed(program: str, folder: BenchFolder, place: Place, around: Surroundings, *, network: bool) -> list[str]:
    """Return the command line up to the command, without `--chdir`."""
    shown = [*SYSTEM, *around.outside]
    words = [program, *_APART, *(["--share-net"] if network else []), *_system()]
    # First: a repository may be in /dev/shm, /run or /var, and is mounted over what is here.
    words += ["--proc", "/proc", "--dev", "/dev", "--dir", "/run", "--dir", "/var", *_home(place.home)]
    words += ["--bind", folder.temporary, TEMPORARY, "--symlink", "../tmp", "/var/tmp", "--symlink", "../run", "/var/run"]
    words += _resolver() if network else []
    words += [word for path in around.outside for word in ("--ro-bind", path, path)]
    words += [word for path, target in around.aliases if not is_below(path, shown) for word in ("--symlink", target, path)]
    words += [word for path in around.writable for word in ("--dev-bind" if is_below(path, ("/dev",)) else "--bind", path, path)]
    # After all that the operator lists, and before the copy: what may be written around the keys must not reach them.
    hidden = [seen for path in place.kept for seen in _seen_at(path, (*shown, *around.writable))]
    words += [word for path in dict.fromkeys(hidden) for word in _hidden(path)]
    words += ["--bind", folder.tree, place.root, "--bind", folder.reports, REPORTS]
    words += [word for path in around.inside for word in ("--ro-bind", f"{place.root}/{path}", f"{place.root}/{path}")]
    words += [word for number, path in enumerate(around.farms) for word in ("--ro-bind", f"{place.root}/{path}", farm_place(number))]
    return [*words, "--remount-ro", "/"]


def identities(place: Place, around: Surroundings) -> list[str]:
    """Return what the launcher compares before it runs anything: where each thing is shown, and which one it has to be."""
    farms = {path: farm_place(number) for number, path in enumerate(around.farms)}
    words: list[str] = []
    for path, which in around.identities:
        words += [farms.get(path) or (path if os.path.isabs(path) else f"{place.root}/{path}"), which]
    return words


def farm_place(number: int) -> str:
    """Return where the packages of a farm are shown. The last part is what tools look for in a path."""
    return f"{FARMS}/{number}/node_modules"


def _home(path: str) -> list[str]:
    """Hide a home that lies in a folder of the system (`/opt/ci`): anywhere else there is none to be seen."""
    path = os.path.realpath(path)
    return ["--tmpfs", path] if path not in SYSTEM and is_below(path, SYSTEM) and _is_ours(path) else []


def _is_ours(path: str) -> bool:
    try:
        return os.stat(path).st_uid == os.geteuid() != 0
    except OSError:
        return False


def _resolver() -> list[str]:
    """Return what shows the file that names are looked up by: it often lies in /run."""
    found = os.path.realpath(_RESOLVER)
    return [] if is_below(found, SYSTEM) else ["--ro-bind-try", found, found]


def _system() -> list[str]:
    words: list[str] = []
    with os.scandir("/") as found:
        links = sorted(one.path for one in found if one.is_symlink())
    for path in links:
        words += ["--symlink", os.readlink(path), path]
    for path in SYSTEM:
        words += ["--ro-bind", path, path] if os.path.isdir(path) and path not in links else []
    return words + [word for path in _private("/etc") for word in _hidden(path)]


def _private(top: str) -> Iterator[str]:
    """Yield what other users may not read: run as root or in a group, the tests could."""
    for folder, folders, files in os.walk(top):
        closed = [name for name in folders if not _is_open(f"{folder}/{name}", _OTHERS_ENTER)]
        yield from (f"{folder}/{name}" for name in closed)
        yield from (f"{folder}/{name}" for name in files if not _is_open(f"{folder}/{name}", _OTHERS_READ))
        folders[:] = [name for name in folders if name not in closed]


def _is_open(path: str, wanted: int) -> bool:
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return True
    return stat.S_ISLNK(mode) or mode & wanted == wanted


def _seen_at(path: str, shown: Sequence[str]) -> Iterator[str]:
    """Yield each place where the path is seen when these folders are shown: one may be a symlink to what is around it."""
    real = os.path.realpath(path)
    for folder in shown:
        around = os.path.realpath(folder)
        if is_below(real, (around,)):
            yield folder + real[len(around) :]


def _hidden(path: str) -> list[str]:
    if os.path.isdir(path):
        return ["--tmpfs", path]
    return ["--ro-bind", "/dev/null", path] if os.path.exists(path) else []
