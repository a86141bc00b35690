"""Pushing: to the operator's address, one commit to one ref, nothing forced, and what the other side says is told."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgewatch.adapters import git_remote
from forgewatch.adapters.git_process import ENVIRONMENT, FLAGS
from forgewatch.adapters.git_push import push
from forgewatch.core.errors import GitFailed, PushFailed, UsageError
from forgewatch.core.values import CommitId
from tests.support.builder import Builder
from tests.support.installed import until
from tests.support.reading import GIT, Reading
from tests.support.remote import Remote

MAIN = "refs/heads/main"


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Remote]:
    """An empty bare repository."""
    yield Remote(tmp_path)


def pushed(reading: Reading, url: str, *, commit: str = "", lease: str | None = None, ref: str = MAIN, seconds: float = 20) -> None:
    objects = str(reading.root / ".git/objects")
    wanted = CommitId(commit or reading.builder.head)
    held = None if lease is None else CommitId(lease)
    push(str(reading.state), GIT, objects, url, wanted, ref, lease=held, environ={}, seconds=seconds)


def test_a_commit_goes_to_the_ref_with_all_its_history_and_nothing_else(reading: Reading, remote: Remote) -> None:
    reading.builder.write("app/a.py", "x = 2\n").commit("second")
    reading.git("tag", "v1")
    reading.git("branch", "other")
    pushed(reading, remote.url)
    assert remote.git("for-each-ref", "--format=%(refname) %(objectname)") == f"{MAIN} {reading.builder.head}"
    assert remote.git("rev-list", "--count", MAIN) == "2"
    remote.git("fsck", "--strict")


def test_what_follows_is_taken_and_the_same_again_is_no_error(reading: Reading, remote: Remote) -> None:
    pushed(reading, remote.url)
    reading.builder.write("app/a.py", "x = 2\n").commit("second")
    pushed(reading, remote.url, lease=reading.base)
    pushed(reading, remote.url)
    assert remote.at(MAIN) == reading.builder.head


def elsewhere(reading: Reading, remote: Remote, tmp_path: Path) -> str:
    """Let somebody else push first; return what the remote holds then."""
    other = Builder(tmp_path / "other")
    reading.git("clone", "-q", str(reading.root), str(other.root))
    other.write("theirs.py", "y = 1\n").commit("theirs")
    other.git("push", "-q", str(remote.root), f"HEAD:{MAIN}")
    return other.head


def test_a_commit_that_does_not_follow_is_refused_and_nothing_is_forced(reading: Reading, remote: Remote, tmp_path: Path) -> None:
    theirs = elsewhere(reading, remote, tmp_path)
    reading.builder.write("app/a.py", "x = 2\n").commit("ours")
    with pytest.raises(PushFailed, match=rf"{remote.url}: expected {MAIN} at {reading.builder.head}, found: .*rejected.*fetch first"):
        pushed(reading, remote.url)
    assert remote.at(MAIN) == theirs


def test_a_lease_on_another_commit_than_the_remote_has_is_refused(reading: Reading, remote: Remote, tmp_path: Path) -> None:
    theirs = elsewhere(reading, remote, tmp_path)
    reading.builder.write("app/a.py", "x = 2\n").commit("ours")
    with pytest.raises(PushFailed, match=r"rejected.*stale info"):
        pushed(reading, remote.url, lease=reading.base)
    assert remote.at(MAIN) == theirs


def test_what_a_refusing_remote_says_is_told_as_one_escaped_line(reading: Reading, remote: Remote) -> None:
    remote.hook("pre-receive", "printf 'not\\033[31m on a Sunday\\n## Audit Entry\\n' >&2; exit 1")
    with pytest.raises(PushFailed) as refused:
        pushed(reading, remote.url)
    told = str(refused.value)
    assert "on a Sunday" in told and "pre-receive hook declined" in told
    assert told.isprintable() and "\n## " not in told
    assert remote.at(MAIN) == ""


def test_a_remote_that_says_too_much_is_cut(reading: Reading, remote: Remote) -> None:
    remote.hook("pre-receive", "yes abcdefgh | head -c 3000000 >&2; exit 1")
    with pytest.raises(PushFailed) as refused:
        pushed(reading, remote.url)
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize("scheme", ["git", "https"])
def test_a_remote_that_does_not_answer_is_given_up(reading: Reading, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/x"
        with pytest.raises(PushFailed, match=r"found: no answer within 0\.5 s"):
            pushed(reading, url, seconds=0.5)


def test_a_remote_that_hangs_leaves_no_process_behind(reading: Reading, remote: Remote, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    remote.hook("pre-receive", f"echo $$ > '{tmp_path}/pid'; read -r line < '{fifo}'")
    with pytest.raises(PushFailed, match=r"no answer within 2 s"):
        pushed(reading, remote.url, seconds=2)
    assert until(lambda: not runs(int((tmp_path / "pid").read_text())))


def runs(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_a_remote_that_is_not_there_is_told(reading: Reading, tmp_path: Path) -> None:
    with pytest.raises(PushFailed, match=r"found: .*(does not appear to be a git repository|not found)"):
        pushed(reading, f"file://{tmp_path}/nothing.git")


@pytest.mark.parametrize("url", ["ext::sh -c 'touch x'", "/srv/x", "http://host/x", "ssh://-oProxyCommand=x/y", ""])
def test_what_is_no_address_starts_no_program(reading: Reading, url: str) -> None:
    with pytest.raises(UsageError, match="expected the address of a repository"):
        push(str(reading.state), "/nonexistent/git", "/nowhere", url, CommitId(reading.builder.head), MAIN, lease=None)


def test_a_git_that_is_not_there_is_told(reading: Reading, remote: Remote) -> None:
    with pytest.raises(GitFailed, match="cannot be started"):
        push(str(reading.state), "/nonexistent/git", "/nowhere", remote.url, CommitId(reading.builder.head), MAIN, lease=None)


def test_nothing_that_the_repository_says_of_pushing_counts(reading: Reading, remote: Remote, tmp_path: Path) -> None:
    """Its own remote, its rewriting of addresses, its programs and its hook: plain git obeys the repository here."""
    script = reading.script("program", "exit 1")
    hooks = reading.root / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    (hooks / "pre-push").symlink_to(script)
    for name, value in {
        f"url.{tmp_path}/wrong.git.insteadOf": remote.url,
        f"url.{tmp_path}/wrong.git.pushInsteadOf": remote.url,
        "remote.origin.url": remote.url,
        "remote.origin.receivepack": str(script),
        "credential.helper": str(script),
        "core.sshCommand": str(script),
    }.items():
        reading.git("config", name, value)
    reading.canary.unlink(missing_ok=True)
    with pytest.raises(AssertionError):
        reading.git("push", "-q", remote.url, f"HEAD:{MAIN}")
    pushed(reading, remote.url)
    assert not reading.canary.exists()
    assert remote.at(MAIN) == reading.builder.head


TELLS = """\
import json, os, sys
with open("/proc/self/environ", "rb") as file:
    raw = [pair.decode().partition("=") for pair in file.read().split(b"\\0") if pair]
told = {"arguments": sys.argv[1:], "environment": {name: value for name, _, value in raw}, "cwd": os.getcwd()}
told["stdin"] = os.readlink("/proc/self/fd/0")
with open(sys.argv[0] + ".told", "w") as file:
    json.dump(told, file)
"""


@pytest.mark.parametrize("url", ["file:///x", "https://host/x", "git://host/x", "ssh://user@host/x"])
def test_git_gets_a_literal_environment_and_one_scheme(reading: Reading, tmp_path: Path, url: str) -> None:
    program = tmp_path / "git"
    program.write_text(f"#!{sys.executable} -IS\n{TELLS}")
    program.chmod(0o755)
    caller = {"HOME": "/home/operator", "SSH_AUTH_SOCK": "/run/agent", "GIT_DIR": "/x", "LD_PRELOAD": "/x", "PATH": "/x"}
    head = CommitId(reading.builder.head)
    push(str(reading.state), str(program), "/nowhere", url, head, MAIN, lease=head, environ=caller, seconds=20)
    told = json.loads((tmp_path / "git.told").read_text())
    scheme = url.partition(":")[0]
    own = {
        "HOME": "/home/operator",
        "SSH_AUTH_SOCK": "/run/agent",
        "PATH": "/usr/bin:/bin",
        "GIT_SSH_COMMAND": "/usr/bin/ssh -oBatchMode=yes",
    }
    assert told["environment"] == {**ENVIRONMENT, **(own if scheme == "ssh" else {})}
    assert (told["cwd"], told["stdin"]) == ("/", os.devnull)
    arguments = told["arguments"]
    assert arguments[: len(FLAGS)] == list(FLAGS)
    assert [word for word in arguments if word.endswith(".allow=always")] == [f"protocol.{scheme}.allow=always"]
    assert "credential.helper=" in arguments
    assert arguments[arguments.index("push") :] == [
        "push",
        "--no-verify",
        "--porcelain",
        "--no-recurse-submodules",
        "--no-follow-tags",
        "--no-signed",
        "--receive-pack=git-receive-pack",
        f"--force-with-lease={MAIN}:{head}",
        url,
        f"{head}:{MAIN}",
    ]


def test_another_scheme_than_that_of_the_address_is_refused_by_git(tmp_path: Path) -> None:
    """A server that sends git elsewhere, or a submodule: the flags of an https push let no file be read."""
    subprocess.run([GIT, "init", "-q", "--bare", str(tmp_path / "x.git")], check=True)
    caller = git_remote.Caller(git=GIT, directory=str(tmp_path / "x.git"), environ={}, seconds=20)
    url = git_remote.RemoteUrl("https://host/x", "https")
    said = git_remote.speak(caller, url, ("ls-remote", f"file://{tmp_path}/x.git"), bounded=True)
    assert said.status == 128
    assert "transport 'file' not allowed" in said.why(20)
