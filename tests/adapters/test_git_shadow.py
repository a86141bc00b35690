"""How git is started: the literal flags and environment of hostile.md, and what really arrives in the process."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from forgewatch.adapters import worker_process
from forgewatch.adapters.git_process import ENVIRONMENT, FLAGS
from forgewatch.adapters.git_shadow import open_shadow, start_batch
from tests.support.reading import GIT

WANTED_FLAGS = [
    "--no-pager",
    "--no-optional-locks",
    "--no-replace-objects",
    "--literal-pathspecs",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.attributesFile=/dev/null",
    "-c",
    "core.excludesFile=/dev/null",
    "-c",
    "core.fileMode=true",
    "-c",
    "core.untrackedCache=false",
    "-c",
    "core.commitGraph=false",
    "-c",
    "core.multiPackIndex=false",
    "-c",
    "protocol.allow=never",
    "-c",
    "gpg.program=/bin/false",
    "-c",
    "gc.auto=0",
]
WANTED_ENVIRONMENT = {
    "LC_ALL": "C",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
}
WANTED_OF_THE_WORKER = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "HOME": "/nonexistent",
    "GIT_PYTHON_REFRESH": "quiet",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}
TELLS = """\
import json, os, resource, sys
sys.stdin.readline()
with open("/proc/self/environ", "rb") as file:
    raw = [pair.decode().partition("=") for pair in file.read().split(b"\\0") if pair]
limits = [resource.getrlimit(kind) for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE)]
told = {"arguments": sys.argv[1:], "environment": {name: value for name, _, value in raw}, "cwd": os.getcwd(), "limits": limits}
told["stderr"] = os.readlink("/proc/self/fd/2")
print(json.dumps(told), flush=True)
"""


def test_the_flags_are_those_of_the_specification() -> None:
    assert list(FLAGS) == WANTED_FLAGS


def test_the_environment_of_git_is_that_of_the_specification() -> None:
    assert ENVIRONMENT == WANTED_ENVIRONMENT


def test_the_environment_of_the_worker_is_literal() -> None:
    assert worker_process.ENVIRONMENT == WANTED_OF_THE_WORKER
    assert list(worker_process.COMMAND) == [sys.executable, "-I", "-m", "forgewatch", "worker"]


def test_git_is_started_with_these_flags_and_this_environment_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_DIR", "GIT_TRACE", "LD_LIBRARY_PATH", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, "/nowhere")
    program = tmp_path / "git"
    program.write_text(f"#!{sys.executable} -IS\n{TELLS}")
    program.chmod(0o755)
    state = tmp_path / "state"
    state.mkdir()
    process = start_batch(open_shadow(str(state), str(program), ["/nowhere/objects"], "sha1"))
    # It speaks only when asked, and by then its limits are set.
    said, _ = process.communicate(b"go on\n", timeout=60)
    told = json.loads(said)
    assert told["arguments"] == [*WANTED_FLAGS, f"--git-dir={state}/shadow.git", "cat-file", "--batch"]
    assert told["environment"] == WANTED_ENVIRONMENT
    assert told["cwd"] == "/"
    assert told["limits"] == [[0, 0], [0, 0]]
    assert told["stderr"] == os.devnull


def test_git_may_not_write_a_byte_of_a_file(tmp_path: Path) -> None:
    program, target = tmp_path / "git", tmp_path / "written"
    program.write_text(f"#!/bin/sh\nread -r line\necho x > {target}\necho done\n")
    program.chmod(0o755)
    (tmp_path / "state").mkdir()
    process = start_batch(open_shadow(str(tmp_path / "state"), str(program), [], "sha1"))
    process.communicate(b"go on\n", timeout=60)
    assert target.exists()
    assert target.stat().st_size == 0
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY, "only git is bound, not the audit"


def test_git_with_these_flags_takes_none_of_their_settings(tmp_path: Path) -> None:
    """Each setting is overruled where git itself would read it: from the configuration of the directory it is given."""
    directory = tmp_path / "theirs.git"
    subprocess.run([GIT, "init", "-q", "--bare", str(directory)], check=True)
    for setting in WANTED_FLAGS[5::2]:
        name = setting.partition("=")[0]
        subprocess.run([GIT, f"--git-dir={directory}", "config", name, "theirs" if "Path" in name or "File" in name else "1"], check=True)
    for setting in WANTED_FLAGS[5::2]:
        name, _, value = setting.partition("=")
        told = subprocess.run(
            [GIT, *FLAGS, f"--git-dir={directory}", "config", "--get", name],
            env=ENVIRONMENT,
            cwd="/",
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stdout == f"{value}\n"
