"""`init --check`: every kind of drift is named, and nothing is written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from forgewatch.cli.drift import Drift, Kind, drift_of
from forgewatch.cli.skeleton import create_missing
from forgewatch.core.places import FORGE, ROOT, Places
from tests.cli.conftest import tree, valid
from tests.support.builder import Builder
from tests.support.installed import Installed

BOM = b"\xef\xbb\xbf"
AUDIT = "Forge/scripts/run_audit.py"
MINE = "Forge/scripts/mine.ps1"
RULES = "Forge/Contracts/boundaries.json"


def found(root: Path, governed: Places = FORGE) -> list[Drift]:
    return list(drift_of(root, governed, {"HOME": str(root / "nobody")}))


def put(path: str, data: bytes) -> Callable[[Path], object]:
    def write(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)

    return write


def gone(path: str) -> Callable[[Path], object]:
    return lambda root: (root / path).unlink()


def link(path: str) -> Callable[[Path], object]:
    return lambda root: ((root / path).rename(root / "kept"), (root / path).symlink_to(root / "kept"))


def fifo(path: str) -> Callable[[Path], object]:
    return lambda root: ((root / path).unlink(), os.mkfifo(root / path))


@pytest.mark.parametrize("governed", [FORGE, ROOT])
def test_what_init_just_made_has_no_drift(bare: Path, governed: Places) -> None:
    create_missing(bare, governed)
    assert found(bare, governed) == []


@pytest.mark.parametrize(
    ("spoil", "drift"),
    [
        (gone("forge.json"), (Kind.MISSING, "forge.json", "")),
        (gone("Forge/Contracts/schema.md"), (Kind.MISSING, "Forge/Contracts/schema.md", "")),
        (gone("USER_INSTRUCTIONS.md"), (Kind.MISSING, "USER_INSTRUCTIONS.md", "")),
        (gone(AUDIT), (Kind.MISSING, AUDIT, "")),
        (put(AUDIT, b"import sys\nsys.exit(0)\n"), (Kind.CHANGED, AUDIT, "is not the script of this version")),
        (link(AUDIT), (Kind.CHANGED, AUDIT, "is a symlink")),
        (fifo(AUDIT), (Kind.CHANGED, AUDIT, "is a FIFO")),
        (fifo("Forge/Contracts/phases.md"), (Kind.BROKEN, "Forge/Contracts/phases.md", "is a FIFO")),
        (put(RULES, b"{}"), (Kind.BROKEN, RULES, "layers: expected an array, found nothing")),
        (put("Forge/Contracts/physics.yaml", b"paths:\n  - [\n"), (Kind.BROKEN, "Forge/Contracts/physics.yaml", None)),
        (put("forge.json", b'{"backend": 3}'), (Kind.BROKEN, "forge.json", "expected backend as an object, found int")),
        (
            put("Forge/Contracts/manifesto.md", b"# M\n\n## Confirm-before-write\nask\n"),
            (Kind.BROKEN, "Forge/Contracts/manifesto.md", "lacks the section Citations and attribution"),
        ),
        (put(".gitignore", b"Forge/evidence/.*.new\n"), (Kind.MISSING, ".gitignore", "lacks the line .forge_watcher.lock")),
        (link(".gitignore"), (Kind.BROKEN, ".gitignore", "is a symlink")),
        (put(MINE, b"Write-Host 1\n"), (Kind.BROKEN, MINE, "begins without the byte order mark EF BB BF")),
        (put("boot.PS1", BOM + "Write-Host '–'".encode()), (Kind.BROKEN, "boot.PS1", "holds characters beyond ASCII")),
        (put(MINE, BOM + b"Write-Host 1\n"), None),
        (put("Forge/Contracts/blueprint.md", b"mine"), None),
    ],
)  # fmt: skip
def test_each_kind_of_drift_is_named(bare: Path, spoil: Callable[[Path], object], drift: tuple[Kind, str, str | None] | None) -> None:
    create_missing(bare, FORGE)
    spoil(bare)
    told = found(bare)
    assert [(one.kind, one.path) for one in told] == ([drift[:2]] if drift else [])
    if drift and drift[2] is not None:
        assert told[0].why == drift[2]


@pytest.mark.parametrize("spoil", [gone("Forge/Contracts/schema.md"), gone(AUDIT), gone(".gitignore"), put(".gitignore", b"*.log\n")])
def test_what_is_missing_is_what_init_makes_again(bare: Path, spoil: Callable[[Path], object]) -> None:
    create_missing(bare, FORGE)
    spoil(bare)
    assert {one.kind for one in found(bare)} == {Kind.MISSING}
    create_missing(bare, FORGE)
    assert found(bare) == []


def test_a_pattern_that_cannot_be_enforced_is_named_with_its_layer(bare: Path) -> None:
    create_missing(bare, FORGE)
    rules = {"layers": [{"name": "all", "glob": "*.py", "forbidden": [{"pattern": "(?=x)"}]}]}
    (bare / "Forge/Contracts/boundaries.json").write_text(json.dumps(rules))
    (one,) = found(bare)
    assert (one.kind, one.why[:6]) == (Kind.BROKEN, "[all] ")


def test_line_ends_that_git_turned_make_no_other_script(bare: Path) -> None:
    create_missing(bare, FORGE)
    script = bare / AUDIT
    script.write_bytes(script.read_bytes().replace(b"\n", b"\r\n"))
    assert found(bare) == []


def test_without_anything_everything_is_missing_and_the_folders_too(bare: Path) -> None:
    told = found(bare)
    assert {one.kind for one in told} == {Kind.MISSING}
    assert [one.path for one in told][:3] == ["Forge/Contracts/", "Forge/evidence/", "Forge/scripts/"]
    create_missing(bare, FORGE)
    assert {one.path for one in told} == {*tree(bare), "Forge/Contracts/", "Forge/evidence/", "Forge/scripts/"}


def test_a_directive_under_its_other_name_is_the_directive_and_ui_md_is_wanted_with_a_front_end(bare: Path) -> None:
    put("Forge/Contracts/builder_directive.md", b"# D\n\nAEM: enabled\n")(bare)
    put("web/package.json", b"{}")(bare)
    assert "Forge/Contracts/ui.md" in {one.path for one in found(bare)}
    create_missing(bare, FORGE)
    assert not (bare / "Forge/Contracts/directive.md").exists()
    assert (bare / "Forge/Contracts/ui.md").exists()
    assert found(bare) == []


def test_the_command_tells_drift_as_text_and_as_one_document_exits_with_1_and_writes_nothing(bare: Path, tmp_path: Path) -> None:
    installed = Installed(bare, tmp_path)
    installed.run("init")
    installed.run("init", "--service", "user")
    assert installed.run("init", "--check").stdout == f"repository {bare}: as init makes it\n"
    unit = tmp_path / ".config/systemd/user/forgewatch.service"
    unit.write_text("[Unit]\n")
    (bare / AUDIT).write_text("pass\n")
    (bare / "Forge/Contracts/physics.yaml").unlink()
    put("Forge/scripts/\x1b[2J.ps1", b"x")(bare)
    before = tree(tmp_path)
    run = installed.run("init", "--check")
    assert (run.returncode, run.stderr) == (1, "")
    assert run.stdout.splitlines() == [
        f"repository {bare}: 4 differences",
        "  missing Forge/Contracts/physics.yaml",
        f"  changed {AUDIT} (is not the script of this version)",
        "  broken  Forge/scripts/\\x1b[2J.ps1 (begins without the byte order mark EF BB BF)",
        f"  changed {unit} (was changed)",
        "next: forgewatch init makes what is missing",
        "      look at what was changed; to have the shipped file back, move yours away, then: forgewatch init",
        "      mend what is broken: init never writes over a file",
    ]
    told = installed.run("init", "--check", "--json")
    document = valid("init-check-v1", told.stdout)
    assert (told.returncode, [row["kind"] for row in document["drift"]]) == (1, ["missing", "changed", "broken", "changed"])
    assert tree(tmp_path) == before


@pytest.mark.parametrize("words", [("--demo",), ("--service", "user"), ("--boundaries", "flask"), ("--service", "user", "--uninstall")])
def test_a_look_is_a_step_of_its_own(bare: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    run = Installed(bare, tmp_path).run("init", "--check", *words)
    assert (run.returncode, run.stdout) == (2, "")
    assert "--check looks and writes nothing" in run.stderr
    assert tree(bare) == {}


def test_a_look_at_a_repository_that_is_none_says_so(tmp_path: Path) -> None:
    run = Installed(tmp_path, tmp_path).run("init", "--check")
    assert (run.returncode, run.stdout) == (2, "")
    assert "expected a git repository" in run.stderr


def test_a_look_reads_the_layout_of_the_configuration(bare: Path, tmp_path: Path) -> None:
    config = tmp_path / "forgewatch.yaml"
    config.write_text(f"repositories:\n  - {{path: {bare}, layout: root}}\n")
    Builder(bare).write("Contracts/blueprint.md", "mine")
    run = Installed(bare, tmp_path).run("init", "--check", "--config", str(config))
    assert "  missing Contracts/manifesto.md" in run.stdout.splitlines()
    assert "Contracts/blueprint.md" not in run.stdout
