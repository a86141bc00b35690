"""git started on our terms: literal flags and environment, a git directory of our own that only borrows objects (hostile.md, layer 2).

Nothing but `objects/` of the repository is ever given to git: its configuration, attributes, hooks, index, refs and grafts do not exist
here. Imports no git library, so that commands may start git too.
"""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Mapping, Sequence

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
ENVIRONMENT: Mapping[str, str] = {
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


def lay_shadow(path: str, stores: Sequence[str], object_format: str) -> None:
    """Write a bare git directory at `path` that borrows the object directories `stores`. Raises EnvironmentFault.

    Written anew at every call: what stood there before is not believed. Objects and refs of its own stay.
    """
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


def start_reading(git: str, directory: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start `git` over the git directory `directory`: pipes for its input and output, no standard error, no byte of a file to be written.

    Raises GitFailed.
    """
    command = [git, *FLAGS, f"--git-dir={directory}", *arguments]
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT, cwd="/", bufsize=0
        )
    except OSError as error:
        raise unstartable(git, error) from error
    _bound(process.pid)
    return process


def unstartable(git: str, error: OSError) -> GitFailed:
    """Return the fault of a program that is not there."""
    reason = os.strerror(error.errno or 0).lower()
    return GitFailed(f"{git}: expected git, found that it cannot be started: {reason}", "install git")


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
