"""git speaking to another repository that the operator named, from a git directory of ours (hostile.md, Git access; ledger.md section 2).

Only the scheme of that address is allowed. No credential helper, no password prompt, no hook of ours, no redirect. ssh gets HOME and the
agent of whoever runs us, because that is where its keys are; nothing else does. What git and the other side say is data: bounded, escaped.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forgewatch.adapters.git_process import ENVIRONMENT, FLAGS, unstartable
from forgewatch.core.remote_url import RemoteUrl
from forgewatch.core.text import FIELD_LIMIT, escape

PUSH_SECONDS = 60.0
FETCHED_BYTES = 64 * 1024 * 1024
"""What one fetch may write: an anchor is a few kilobytes."""

_SAID_BYTES = 64 * 1024
_READ = 64 * 1024
_SSH = "/usr/bin/ssh -oBatchMode=yes"
_OFTEN = ("hint:", "To ", "Done")
_SETTINGS = ("credential.helper=", "core.askPass=", "ssh.variant=ssh", "http.followRedirects=false", "fetch.fsckObjects=true")


@dataclass(frozen=True, slots=True)
class Said:
    """How it ended: git's status (None: it was killed after its time), and what was said on both streams."""

    status: int | None
    raw: bytes

    @property
    def lines(self) -> list[str]:
        """The lines of it that tell something, each as it was."""
        lines = self.raw.decode("utf-8", "replace").replace("\r", "\n").split("\n")
        return [line.strip() for line in lines if line.strip() and not line.startswith(_OFTEN)]

    def why(self, seconds: float) -> str:
        """Return it as one escaped fact."""
        if self.status is None:
            return f"no answer within {seconds:g} s"
        return escape("; ".join(self.lines), 2 * FIELD_LIMIT) or f"git ended with status {self.status}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who speaks: git as an absolute path, our git directory, what ssh may have of the caller's environment, seconds for all of it."""

    git: str
    directory: str
    environ: Mapping[str, str]
    seconds: float = PUSH_SECONDS


def speak(caller: Caller, url: RemoteUrl, arguments: Sequence[str], *, bounded: bool) -> Said:
    """Run git with `arguments`, which name the address themselves. `bounded`: it may write only so much. Raises GitFailed.

    After its time the whole group of processes is killed.
    """
    settings = (*_SETTINGS, f"protocol.{url.scheme}.allow=always")
    flags = [word for setting in settings for word in ("-c", setting)]
    command = [caller.git, *FLAGS, *flags, f"--git-dir={caller.directory}", *arguments]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(caller, url),
            cwd="/",
            bufsize=0,
            start_new_session=True,
        )
    except OSError as error:
        raise unstartable(caller.git, error) from error
    if bounded:
        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (FETCHED_BYTES, FETCHED_BYTES))
    try:
        return _listened(process, caller.seconds)
    finally:
        # git first: its children (ssh, the other side of a file address) are in its group.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _listened(process: subprocess.Popen[bytes], seconds: float) -> Said:
    assert process.stdout is not None
    handle, said = process.stdout.fileno(), bytearray()
    ends = time.monotonic() + seconds
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    while True:
        left = ends - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            return Said(None, bytes(said))
        piece = os.read(handle, _READ)
        if not piece:
            break
        # Read on to the end, or git would wait for us; what is beyond is dropped.
        said += piece[: _SAID_BYTES - len(said)]
    try:
        return Said(process.wait(max(ends - time.monotonic(), 0.0)), bytes(said))
    except subprocess.TimeoutExpired:
        return Said(None, bytes(said))


def _environment(caller: Caller, url: RemoteUrl) -> dict[str, str]:
    if url.scheme != "ssh":
        return dict(ENVIRONMENT)
    own = {name: caller.environ[name] for name in ("HOME", "SSH_AUTH_SOCK") if name in caller.environ}
    return {**ENVIRONMENT, **own, "GIT_SSH_COMMAND": _SSH, "PATH": "/usr/bin:/bin"}
