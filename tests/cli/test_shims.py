"""The scripts of the contract: they only call forgewatch, and say the contract's words where it is not there."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from forgewatch.checks.x_ps1 import judge
from forgewatch.cli.shims import LIMITATION, SHIMS
from forgewatch.cli.skeleton import create_missing
from forgewatch.core.places import FORGE
from tests.support.builder import Builder
from tests.support.snapshots import snapshot, written


@pytest.mark.req("S002-3.1-3")
@pytest.mark.parametrize(("name", "data"), [shim for shim in SHIMS if shim[0].endswith(".ps1")])
def test_powershell_shims_are_ascii_with_a_bom(name: str, data: bytes) -> None:
    assert data.startswith(b"\xef\xbb\xbf")
    assert data[3:].isascii(), name


@pytest.mark.parametrize(("name", "data"), [shim for shim in SHIMS if shim[0].endswith(".py")])
def test_python_shims_compile_and_can_be_executed(bare: Path, name: str, data: bytes) -> None:
    compile(data, name, "exec")
    create_missing(bare, FORGE)
    assert stat.S_IMODE((bare / "Forge/scripts" / name).stat().st_mode) & 0o111


RECORDER = "import json, os, sys\nprint(json.dumps([os.getcwd(), *sys.argv[1:]]))\nsys.exit(1)\n"
AUDIT = ["audit", "SCRIPTS", "--claimed-files=app/a.py", "--phase=Phase 2"]


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """A folder with a `forgewatch` that tells where and with which words it was called, and exits with 1."""
    program = tmp_path / "bin" / "forgewatch"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\n{RECORDER}")
    program.chmod(0o755)
    return program.parent


@pytest.mark.req("S002-10.2-6")
@pytest.mark.parametrize(
    ("name", "spelled", "called"),
    [
        ("run_audit", ("-ClaimedFiles", "app/a.py", "-Phase", "Phase 2"), AUDIT),
        ("run_audit", ("--claimed-files", "app/a.py", "--phase", "Phase 2"), AUDIT),
        ("run_audit", (), ["audit", "SCRIPTS"]),
        ("watch_audit", (), ["watch", "SCRIPTS"]),
        ("overwrite_diff_log", (), ["difflog", "start", "--skeleton"]),
        ("overwrite_diff_log", ("-Phase", "Phase 2"), ["difflog", "start", "--skeleton", "--phase", "Phase 2"]),
        ("overwrite_diff_log", ("--phase=Phase 2", "--json"), ["difflog", "start", "--skeleton", "--phase=Phase 2", "--json"]),
        ("overwrite_diff_log", ("-Finalize",), ["difflog", "finalize"]),
        ("overwrite_diff_log", ("--finalize", "--json"), ["difflog", "finalize", "--json"]),
        ("overwrite_diff_log", ("finish", "--summary", "a b", "-c"), ["difflog", "finish", "--summary", "a b", "-c"]),
        ("run_tests", (), ["test", "SCRIPTS"]),
        ("run_tests", ("-Scope", "backend", "-Offline", "-Repeat", "2"), ["test", "SCRIPTS", "--scope=backend", "--offline", "--repeat=2"]),
    ],
)
def test_a_script_calls_forgewatch_about_its_own_repository_and_exits_as_it_does(
    builder: Builder, tmp_path: Path, recorder: Path, name: str, spelled: tuple[str, ...], called: list[str]
) -> None:
    create_missing(builder.root, FORGE)
    folder = builder.root / "Forge/scripts"
    command = [sys.executable, folder / f"{name}.py", *spelled]
    # Also by a relative entry of PATH, from wherever the builder is.
    run = subprocess.run(command, env={"PATH": "bin"}, cwd=tmp_path, capture_output=True, text=True, check=False)
    where, *words = json.loads(run.stdout)
    assert words == [str(folder) if word == "SCRIPTS" else word for word in called]
    assert where == str(folder if name == "overwrite_diff_log" else tmp_path)
    assert run.returncode == 1


@pytest.mark.req("S002-10.2-7")
@pytest.mark.parametrize("name", [name for name, _ in SHIMS if name.endswith(".py")])
def test_a_shim_without_forgewatch_stops_for_the_environment(builder: Builder, tmp_path: Path, name: str) -> None:
    create_missing(builder.root, FORGE)
    shim = builder.root / "Forge/scripts" / name
    run = subprocess.run([sys.executable, shim], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stdout.startswith("STOP: ENVIRONMENT_LIMITATION\n")
    if name == "run_audit.py":
        assert LIMITATION in run.stdout


@pytest.mark.req("S002-3.1-3")
def test_the_rule_about_powershell_files_finds_nothing_in_what_init_makes() -> None:
    ruling = judge(snapshot(**written(*((f"Forge/scripts/{name}", None, data) for name, data in SHIMS))))
    assert (ruling.applicable, ruling.findings) == (True, ())
    assert ruling.basis == "4 changed .ps1 files"


def test_powershell_shims_name_the_contracts_report_text() -> None:
    assert LIMITATION.encode() in dict(SHIMS)["run_audit.ps1"]


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="PowerShell is not on this machine")
def test_the_powershell_shim_passes_claim_and_phase_on(builder: Builder, tmp_path: Path) -> None:
    create_missing(builder.root, FORGE)
    recorder = tmp_path / "forgewatch"
    recorder.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 1\n')
    recorder.chmod(0o755)
    shim = builder.root / "Forge/scripts/run_audit.ps1"
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    command = ["pwsh", "-File", str(shim), "-ClaimedFiles", "app/a.py,b.py", "-Phase", "Phase 2"]
    run = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert run.stdout.splitlines() == ["audit", str(shim.parent), "--claimed-files=app/a.py,b.py", "--phase=Phase 2"]
    assert run.returncode == 1
