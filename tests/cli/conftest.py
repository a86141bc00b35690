"""Fixtures of the command tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.builder import Builder
from tests.support.installed import Installed
from tests.support.recorded import Keeper


@pytest.fixture
def keeper(builder: Builder, installed: Installed) -> Keeper:
    """The journal of the builder's repository, where the installed command looks for it."""
    return Keeper(builder.root, Path(installed.environment["FORGEWATCH_STATE_DIR"]))


@pytest.fixture
def watcher_process(tmp_path: Path) -> Iterator[int]:
    """The process id of something whose command line looks like a watcher of ours, alive until the test ends."""
    script = tmp_path / "forgewatch-stand-in.py"
    script.write_text("import sys\nprint('up', flush=True)\nsys.stdin.read()\n")
    process = subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin and process.stdout
    process.stdout.readline()
    yield process.pid
    process.stdin.close()
    process.wait()
    process.stdout.close()


@pytest.fixture
def other_users_watcher() -> Iterator[int]:
    """The process id of something of the user `nobody` whose command line looks like a watcher of ours, alive until the test ends."""
    if os.geteuid() != 0:
        pytest.skip("only root can start a process of another user")
    process = subprocess.Popen(
        ["sh", "-c", "echo up; read line", "forgewatch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, user="nobody"
    )
    assert process.stdin and process.stdout
    process.stdout.readline()
    yield process.pid
    process.stdin.close()
    process.wait()
    process.stdout.close()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A git repository without a file and without a commit."""
    root = tmp_path / "project"
    root.mkdir()
    Builder(root).git("init", "-q")
    return root


def tree(root: Path) -> dict[str, bytes]:
    """Return every file of a working tree with its bytes."""
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file() and ".git/" not in f"{path}/"
    }


def valid(name: str, text: str) -> dict[str, Any]:
    """Return the document that `text` is, checked against the schema `name` that the package ships."""
    document: dict[str, Any] = json.loads(text)
    schema = json.loads((files("forgewatch") / "schemas" / f"{name}.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(document)
    return document
