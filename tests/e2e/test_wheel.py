"""The wheel as people install it: its man page and completions are found, and everything it brought goes with it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rendered import BASH, FISH, MAN, TOP, ZSH
from tests.support.shells import needs

pytestmark = pytest.mark.slow
SHARED = {
    MAN: "share/man/man1/forgewatch.1",
    BASH: "share/bash-completion/completions/forgewatch",
    ZSH: "share/zsh/site-functions/_forgewatch",
    FISH: "share/fish/vendor_completions.d/forgewatch.fish",
}


def pip(*args: str) -> None:
    """Run pip, without an index: nothing here needs one."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    run = subprocess.run([sys.executable, "-m", "pip", *args], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def files(folder: Path) -> set[str]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@dataclass(frozen=True)
class Environment:
    """A virtual environment with nothing but the wheel in it, and which files it had before."""

    place: Path
    before: set[str]

    def pip(self, *args: str) -> None:
        """Run pip for this environment."""
        pip("--python", str(self.place / "bin" / "python"), *args)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """A new environment, in which the wheel of this tree was installed."""
    pip("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(TOP))
    (wheel,) = tmp_path.glob("forgewatch-*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "environment")], check=True)
    environment = Environment(tmp_path / "environment", files(tmp_path / "environment"))
    environment.pip("install", "--quiet", "--no-deps", str(wheel))
    return environment


def test_the_wheel_brings_man_page_and_completions_and_takes_everything_away_again(environment: Environment) -> None:
    assert files(environment.place / "share") == {name.removeprefix("share/") for name in SHARED.values()}
    for source, name in SHARED.items():
        assert (environment.place / name).read_bytes() == (TOP / source).read_bytes()
    environment.pip("uninstall", "--quiet", "--yes", "forgewatch")
    assert files(environment.place) == environment.before


def test_man_finds_the_page_of_the_command_that_is_on_the_path(environment: Environment) -> None:
    needs("man")
    search = {"PATH": f"{environment.place / 'bin'}:/usr/bin:/bin", "HOME": str(environment.place)}
    found = subprocess.run(["man", "--where", "forgewatch"], env=search, capture_output=True, text=True, check=False)
    assert found.stdout == f"{environment.place / SHARED[MAN]}\n"
