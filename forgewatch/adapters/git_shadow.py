"""A private git directory that borrows a repository's objects, and git run inside it on our terms (hostile.md, layer 2).

Nothing but `objects/` of the repository is ever given to git: its configuration, attributes, hooks, index, refs and grafts do not exist
here. git follows the borrowed store's own `info/alternates`; that may only offer more objects, and every object is re-hashed before it is
believed. A store that makes git hang (a FIFO among its packs) runs into the deadline. Standard error goes to /dev/null: it is never data.

Importing this module imports GitPython, which runs `git version` from PATH: only the worker does, in its literal environment.
"""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Sequence
from typing import Any

from git import Repo
from git.cmd import Git
from git.exc import GitError

from forgewatch.adapters.disk import remedy
from forgewatch.core.errors import EnvironmentFault, GitFailed

FLAGS = (
    "--no-pager",
    "--no-optional-locks",
    "--no-replace-objects",
    "--literal-pathspecs",
    *(
        argument
        for setting in (
            "core.fsmonitor=false",
            "core.hooksPath=/dev/null",
            "core.attributesFile=/dev/null",
            "core.excludesFile=/dev/null",
            "core.fileMode=true",
            "core.untrackedCache=false",
            "core.commitGraph=false",
            "core.multiPackIndex=false",
            "protocol.allow=never",
            "gpg.program=/bin/false",
            "gc.auto=0",
        )
        for argument in ("-c", setting)
    ),
)
ENVIRONMENT = {
    "LC_ALL": "C",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
}
_CORE = {"sha1": "\trepositoryformatversion = 0\n", "sha256": "\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256\n"}
_BOUNDS = ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0))


class ShadowCommands(Git):
    """GitPython's command object with our own execution: absolute program, literal environment, cwd `/`, no shell, no standard error."""

    program = ""
    directory = ""

    def execute(self, command: str | Sequence[Any], *_: Any, **options: Any) -> Any:
        """Start `git` with the fixed flags and return the process, its standard input and output being pipes. Raises GitFailed."""
        if isinstance(command, str) or not options.get("as_process"):
            raise TypeError("git is only started as a process with an argument list")
        arguments = [self.program, *FLAGS, f"--git-dir={self.directory}", *map(str, command[1:])]
        try:
            process = subprocess.Popen(
                arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT, cwd="/", bufsize=0
            )
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            raise GitFailed(f"{self.program}: expected git, found that it cannot be started: {reason}", "install git") from error
        _bound(process.pid)
        return process


class ShadowRepo(Repo):
    """GitPython's repository, bound to our commands."""

    GitCommandWrapperType = ShadowCommands


def open_shadow(state: str, git: str, stores: Sequence[str], object_format: str) -> ShadowRepo:
    """Return the shadow repository in `<state>/shadow.git`, borrowing the object directories `stores`. Raises EnvironmentFault.

    Written anew at every call: what stood there before is not believed.
    """
    path = f"{state}/shadow.git"
    try:
        for folder in ("", "/objects", "/objects/info", "/refs"):
            os.makedirs(path + folder, mode=0o700, exist_ok=True)
        os.chmod(path, 0o700)
        _write(f"{path}/HEAD", b"ref: refs/heads/none\n")
        _write(f"{path}/config", f"[core]\n\tbare = true\n{_CORE[object_format]}".encode())
        _write(f"{path}/objects/info/alternates", b"".join(_alternate(store) for store in stores))
    except OSError as error:
        raise EnvironmentFault(
            f"{path}: cannot be written: {os.strerror(error.errno or 0).lower()}", remedy(error, "check the state directory")
        ) from error
    try:
        repo = ShadowRepo(path, expand_vars=False)
    except (GitError, OSError) as error:
        raise GitFailed(f"{path}: expected the shadow repository just written, found it unreadable", "check the state directory") from error
    commands = repo.git
    assert isinstance(commands, ShadowCommands)
    commands.program, commands.directory = git, path
    return repo


def start_batch(repo: ShadowRepo) -> subprocess.Popen[bytes]:
    """Start a persistent `cat-file --batch`. Raises GitFailed."""
    process: subprocess.Popen[bytes] = repo.git.cat_file("--batch", as_process=True)
    return process


def _write(path: str, data: bytes) -> None:
    temp = f"{path}.{os.getpid()}.new"
    handle = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.replace(temp, path)


def _alternate(store: str) -> bytes:
    raw = os.fsencode(store)
    if all(byte >= 0x20 and byte not in b'"\\' for byte in raw):
        return raw + b"\n"
    quoted = b"".join(b"\\%03o" % byte if byte < 0x20 or byte in b'"\\' else bytes([byte]) for byte in raw)
    return b'"' + quoted + b'"\n'


def _bound(pid: int) -> None:
    for kind, value in _BOUNDS:
        try:
            resource.prlimit(pid, kind, (value, value))
        except (OSError, ValueError):
            return
