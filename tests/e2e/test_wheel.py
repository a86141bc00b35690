"""The wheel as people install it: its man page and completions are found, and everything it brought goes with it. It runs beside nothing
but what it declares, and says what an extra would add.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import distribution, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.rendered import BASH, FISH, MAN, TOP, ZSH
from tests.support.builder import Builder
from tests.support.installed import Installed, codes, verdicts
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

    @property
    def command(self) -> Path:
        """The command that the wheel installed."""
        return self.place / "bin" / "forgewatch"

    def takes_what_the_wheel_declares(self) -> None:
        """Bring in the distributions that it needs without an extra, and those that they need: by links to where they are installed.

        No module is hidden from anybody: what is not declared is not there, and neither is its metadata.
        """
        (site,) = self.place.glob("lib/python*/site-packages")
        for name in sorted(needed("forgewatch")):
            for file in distribution(name).files or ():
                top = file.parts[0]
                if top != ".." and not (site / top).exists() and not top.startswith("__pycache__"):
                    (site / top).symlink_to(Path(str(distribution(name).locate_file(top))).resolve())


def needed(name: str) -> set[str]:
    """The distributions that `name` requires without any extra, and those that these require, by what they say of themselves."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for requirement in map(Requirement, requires(waiting.pop()) or ()):
            if (requirement.marker is None or requirement.marker.evaluate({"extra": ""})) and requirement.name not in found:
                found.add(requirement.name)
                waiting.append(requirement.name)
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(TOP))
    (built,) = folder.glob("forgewatch-*.whl")
    return built


@pytest.fixture
def environment(wheel: Path, tmp_path: Path) -> Environment:
    """A new environment, in which the wheel was installed."""
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


BOUNDARIES = '{"layers": [{"name": "views", "glob": "web/*.ts", "forbidden": [{"pattern": "axios", "reason": "calls belong in api"}]}]}'
LACKS = "forgewatch[polyglot] is not installed"


def finished(builder: Builder, **files: str) -> None:
    """A cycle that changed these TypeScript files, honestly told."""
    for name, text in files.items():
        builder.write(f"web/{name}.ts", text)
    builder.record(start=f"2026-11-20T1{len(files)}:00:00Z").claims(*(f"web/{name}.ts" for name in files)).completes()


def result(document: dict[str, Any], code: str) -> dict[str, Any]:
    """One result of an audit."""
    return next(one for one in document["results"] if one["code"] == code)


@pytest.mark.req("S002-10.7-A9", "S002-10.7-A4")
def test_without_the_extra_other_languages_are_not_judged_by_it_and_everybody_is_told(environment: Environment, builder: Builder) -> None:
    environment.takes_what_the_wheel_declares()
    bare = Installed(builder.root, environment.place.parent, command=environment.command)
    builder.write("Forge/Contracts/boundaries.json", BOUNDARIES).write("web/package.json", "{}").commit("a front end")
    finished(builder, a="import pad from 'left-pad';\n")
    # 1. The gate does not apply, the layers are judged by plain text, the rest decides.
    status, document = bare.audit()
    assert (status, document["outcome"], verdicts(document)["A9"], verdicts(document)["A4"]) == (0, "PASS", "NOT_APPLICABLE", "PASS")
    assert LACKS in result(document, "A9")["basis"]
    assert LACKS in result(document, "A4")["basis"]
    text = bare.run("audit", str(builder.root)).stdout
    assert text.count(LACKS) >= 2, text
    assert f"PASS — not applicable: imports of .ts (TypeScript) files are not judged: {LACKS}" in bare.ledger
    # 2. What is wrong elsewhere still fails, and so does what plain text shows.
    finished(builder, a="import pad from 'left-pad';\n", b="import axios from 'axios';\n")
    builder.write("more.md", "")
    status, document = bare.audit()
    assert (status, codes(document)) == (1, {"A101", "A404"})
    # 3. doctor says what is lacking; with the grammars the same record gives the other answer.
    (line,) = [line for line in bare.run("doctor").stdout.splitlines() if "grammars:" in line]
    assert LACKS in line and line.startswith("note")
    whole = Installed(builder.root, environment.place.parent)
    status, document = whole.audit()
    assert (status, codes(document)) == (1, {"A101", "A404", "A901"})


def test_the_wheel_has_every_template_and_init_needs_no_extra(environment: Environment, builder: Builder) -> None:
    environment.takes_what_the_wheel_declares()
    bare = Installed(builder.root, environment.place.parent, command=environment.command)
    builder.write("src/routes/a.ts", "import express from 'express';\nimport { Pool } from 'pg';\n").write("package.json", "{}")
    builder.delete("requirements.txt").delete("Forge/Contracts/boundaries.json")
    run = bare.run("init")
    assert run.returncode == 0, run.stderr
    assert "boundaries.json (default layering, typescript, 1 rule left out that the code breaks today)" in run.stdout
    assert bare.run("init", "--check").stdout == f"repository {builder.root}: as init makes it\n"
