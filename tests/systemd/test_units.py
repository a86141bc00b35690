"""The service units are what systemd itself calls clean and safe, and the package ships the same files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parents[2] / "systemd"
STRICT = ("forgewatch.service", "forgewatch@.service")
ALL = (*STRICT, "forgewatch-user.service")

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine (package systemd)"
)


def runnable(name: str, folder: Path) -> Path:
    """Copy a unit so that its command exists on this machine; a template becomes an instance."""
    text = (UNITS / name).read_text()
    copied = text.replace("ExecStart=/usr/bin/forgewatch", f"ExecStart={sys.executable}")
    assert copied != text
    path = folder / name.replace("@", "@srv-shop")
    path.write_text(copied)
    return path


def analyze(*args: str, runtime: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **({"XDG_RUNTIME_DIR": str(runtime)} if runtime else {})}
    return subprocess.run(["systemd-analyze", *args], capture_output=True, text=True, check=False, timeout=60, env=environment)


@needs_systemd
@pytest.mark.parametrize("name", ALL)
@pytest.mark.req("S005-6")
def test_systemd_has_nothing_to_say_about_a_unit(name: str, tmp_path: Path) -> None:
    run = analyze("verify", *(("--user",) if "user" in name else ()), str(runnable(name, tmp_path)), runtime=tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@needs_systemd
def test_systemd_would_complain_about_a_broken_unit(tmp_path: Path) -> None:
    path = runnable("forgewatch.service", tmp_path)
    path.write_text(path.read_text().replace("ProtectSystem=strict", "ProtectSystm=strict"))
    assert "ProtectSystm" in analyze("verify", str(path)).stderr


@needs_systemd
@pytest.mark.parametrize("name", STRICT)
def test_the_exposure_of_a_strict_unit_is_at_most_one(name: str, tmp_path: Path) -> None:
    run = analyze("security", "--offline=yes", "--no-pager", str(runnable(name, tmp_path)))
    found = re.search(r"Overall exposure level for .*: ([0-9.]+)", run.stdout)
    assert found, run.stderr
    assert float(found.group(1)) <= 1.0


@pytest.mark.parametrize("name", ALL)
def test_a_unit_is_ready_when_the_daemon_says_so_and_is_not_restarted_on_wrong_usage(name: str) -> None:
    text = (UNITS / name).read_text()
    reload = "ExecReload=/bin/kill -HUP $MAINPID"
    for line in ("Type=notify", reload, "Restart=on-failure", "RestartPreventExitStatus=2 78", "KillMode=mixed"):
        assert f"\n{line}\n" in text
    assert "\nNoNewPrivileges=yes\n" in text


@pytest.mark.parametrize("name", STRICT)
def test_a_strict_unit_lets_the_daemon_read_boot_id_and_the_process_of_a_lock_record(name: str) -> None:
    settings = [line for line in (UNITS / name).read_text().splitlines() if not line.startswith("#")]
    assert not [line for line in settings if line.startswith(("ProcSubset", "ProtectProc"))]


def test_the_template_may_write_its_own_repository_only() -> None:
    text = (UNITS / "forgewatch@.service").read_text()
    assert re.findall(r"^ReadWritePaths=(.*)$", text, re.M) == ["-%f"]
    assert "ReadWritePaths" not in [line.split("=")[0] for line in (UNITS / "forgewatch.service").read_text().splitlines()]


def test_the_package_ships_the_units_of_the_systemd_folder_byte_for_byte() -> None:
    shipped = files("forgewatch") / "units"
    names = {entry.name for entry in shipped.iterdir() if entry.name != "__init__.py"}
    assert names >= {path.name for path in UNITS.iterdir()}
    for path in UNITS.iterdir():
        assert (shipped / path.name).read_bytes() == path.read_bytes()
