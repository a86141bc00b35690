"""`blocks`: what a builder said becomes files, each told, and a plan that `status` shows (contract §0.1, §0.2)."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from forgewatch.core.blocks import REMARKS
from tests.cli.conftest import valid
from tests.support.blocks import PLAN, block
from tests.support.builder import Builder
from tests.support.installed import Installed, without_powers
from tests.support.recorded import Keeper

SAID = PLAN + block("app/a.py", "```python\nx = 2\n```\n") + block("docs/new.md", "# New\n") + "=== TASK DONE: 1 ===\n"
SOME_BAD = block("good.py", "x\n") + "=== FILE: lost.py ===\nx\n" + block("../out.py", "x\n") + block("also.py", "y\n")


def said(installed: Installed, text: str | bytes) -> str:
    """Put the text into a file beside the repository and return its name."""
    path = installed.top / "said.md"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def blocks(installed: Installed, *args: str, text: str | bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a verb, with `text` on standard input."""
    raw = text.encode() if isinstance(text, str) else text
    command = [str(installed.command), "blocks", *args]
    return subprocess.run(command, cwd=installed.root, env=installed.environment, input=raw, capture_output=True, timeout=60, check=False)


def document(installed: Installed, verb: str, *args: str, text: str | bytes) -> tuple[int, dict[str, Any]]:
    run = blocks(installed, verb, "-", "--json", *args, text=text)
    return run.returncode, valid(f"blocks-{verb}-v1", run.stdout.decode())


def fates(found: dict[str, Any]) -> dict[str, str]:
    return {file["path"]: file["fate"] for file in found["files"]}


@pytest.mark.req("S002-0.1-1")
def test_list_says_of_each_file_its_size_its_language_and_what_would_be_and_writes_nothing(builder: Builder, installed: Installed) -> None:
    before = builder.git("status", "--porcelain", "--ignored")
    run = blocks(installed, "list", said(installed, SAID))
    assert run.stdout.decode().splitlines() == [
        "changed           6 python       app/a.py",
        "new               6 -            docs/new.md",
        "2 files: 1 new, 1 changed; plan: 1 of 3 tasks done, next: 2. Second",
    ]
    assert (run.returncode, run.stderr) == (0, b"")
    status, found = document(installed, "list", text=SAID)
    assert (status, fates(found), found["warnings"]) == (0, {"app/a.py": "changed", "docs/new.md": "new"}, [])
    assert found["files"][0] == {"path": "app/a.py", "bytes": 6, "lang": "python", "line": 6, "fate": "changed", "why": None}
    assert builder.git("status", "--porcelain", "--ignored") == before


@pytest.mark.req("S002-0.1-1")
@pytest.mark.req("S002-0.1-4")
def test_apply_writes_and_a_second_time_finds_nothing_to_do(builder: Builder, installed: Installed) -> None:
    (builder.root / "app/a.py").chmod(0o755)
    status, found = document(installed, "apply", text=SAID)
    assert (status, fates(found), found["dry_run"]) == (0, {"app/a.py": "changed", "docs/new.md": "new"}, False)
    assert ((builder.root / "app/a.py").read_text(), (builder.root / "docs/new.md").read_text()) == ("x = 2\n", "# New\n")
    assert (builder.root / "app/a.py").stat().st_mode & 0o777 == 0o755
    status, found = document(installed, "apply", text=SAID)
    assert (status, set(fates(found).values())) == (0, {"unchanged"})


def test_a_dry_run_writes_nothing_and_exits_as_apply_would(builder: Builder, installed: Installed) -> None:
    status, found = document(installed, "apply", "--dry-run", text=SOME_BAD)
    assert (status, found["dry_run"], fates(found)) == (1, True, {"good.py": "new", "../out.py": "refused", "also.py": "new"})
    assert not (builder.root / "good.py").exists()


@pytest.mark.req("S002-0.1-2")
@pytest.mark.req("S002-0.1-6")
def test_what_is_refused_or_skipped_is_told_and_the_others_are_written(builder: Builder, installed: Installed) -> None:
    run = blocks(installed, "apply", said(installed, SOME_BAD))
    assert run.returncode == 1
    assert run.stdout.decode().splitlines() == [
        "new               2 -            good.py",
        "refused           2 -            ../out.py: climbs with '..'",
        "new               2 -            also.py",
        "warning   line 4: lost.py: expected '=== END FILE ===' on its own line before line 6, found none; the block is skipped"
        " (block_unended)",
        "warning   line 1: expected '=== PLAN ===' at the start of the first response, found no plan (plan_missing)",
        "3 files: 2 new, 1 refused; 1 block skipped",
    ]
    assert ((builder.root / "good.py").read_text(), (builder.root / "also.py").read_text()) == ("x\n", "y\n")
    assert not (builder.root.parent / "out.py").exists()
    assert blocks(installed, "list", said(installed, SOME_BAD)).returncode == 0


def test_a_warning_alone_is_no_failure(installed: Installed) -> None:
    status, found = document(installed, "apply", text=block("a.py", "@@ -1 +1 @@\n+x\n") + block("a.py", "y\n"))
    assert status == 0
    assert [warning["code"] for warning in found["warnings"]] == ["looks_like_diff", "duplicate", "plan_missing"]


@pytest.mark.req("S002-0.1-2")
def test_hostile_paths_leave_every_place_as_it_was(builder: Builder, installed: Installed) -> None:
    outside = installed.top / "outside"
    outside.mkdir()
    (builder.root / "link").symlink_to(outside)
    (builder.root / "passwd").symlink_to("/etc/passwd")
    hostile = [
        str(outside / "x"), "../outside/x", "link/x", "passwd", ".git/hooks/pre-commit", ".GIT/config", "sub/.git/config", "C:\\x",
        "Forge/evidence/AUTHORIZED", "forge/Evidence/audit_ledger.md", ".forge_watcher.lock", ".ai-stack-trace/t/contract/APPROVED", "a\0b",
    ]  # fmt: skip
    config = (builder.root / ".git/config").read_bytes()
    status, found = document(installed, "apply", text="".join(block(path, "x\n") for path in hostile) + block("good", "x\n"))
    assert (status, [file["fate"] for file in found["files"]]) == (1, ["refused"] * len(hostile) + ["new"])
    assert all(file["why"] for file in found["files"][:-1])
    assert (os.listdir(outside), (builder.root / ".git/config").read_bytes()) == ([], config)
    assert not (builder.root / ".git/hooks/pre-commit").exists()
    assert not (builder.root / ".forge_watcher.lock").exists()


def test_a_builders_strings_move_no_cursor(installed: Installed) -> None:
    text = block("a\x9b2Jb", "") + block("x\u202ey.py", "```\x1b[2J\nx\n```\n") + "=== PLAN ===\n1. \x1b[2J\u202e\n=== END PLAN ===\n"
    for verb in ("list", "apply"):
        run = blocks(installed, verb, "-", text=text)
        assert run.stdout.decode().replace("\n", "").isprintable(), run.stdout
    run = blocks(installed, "follow", "-", text=text)
    assert run.stdout.isascii() and b"\x1b" not in run.stdout


def test_odd_bytes_come_out_as_valid_json_and_exact_content(builder: Builder, installed: Installed) -> None:
    raw = b"=== FILE: caf\xe9.bin ===\n\xff\x00\r\n=== END FILE ===\n"
    _, found = document(installed, "apply", text=raw)
    assert found["files"][0]["path"] == "caf\\xe9.bin"
    assert Path(os.fsdecode(os.fsencode(builder.root) + b"/caf\xe9.bin")).read_bytes() == b"\xff\x00\r\n"


@pytest.mark.parametrize("kind", ["absent", "folder", "fifo", "link"])
def test_a_text_that_is_no_file_is_wrong_usage_and_nobody_waits(installed: Installed, kind: str) -> None:
    place = installed.top / "said.md"
    match kind:
        case "folder":
            place.mkdir()
        case "fifo":
            os.mkfifo(place)
        case "link":
            place.symlink_to("/etc/hostname")
    for verb in ("apply", "follow"):
        run = blocks(installed, verb, str(place))
        assert (run.returncode, run.stdout, run.stderr.count(b"\n")) == (2, b"", 2)
        assert b"said.md: expected a " in run.stderr


def test_outside_a_repository_nothing_is_written(installed: Installed, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    run = installed.run("blocks", "apply", said(installed, SAID), cwd=outside)
    assert (run.returncode, run.stdout, os.listdir(outside)) == (2, "", [])
    run = installed.run("blocks", "apply", said(installed, SAID), str(installed.root / "app"), cwd=outside)
    assert (run.returncode, os.listdir(outside)) == (0, [])


def test_a_layout_with_governance_at_the_root_keeps_its_evidence(builder: Builder, installed: Installed) -> None:
    config = installed.top / "forgewatch.yaml"
    config.write_text(f"repositories: [{{path: {builder.root}, layout: root}}]\n")
    text = block("evidence/diff_log.md", "x\n")
    assert fates(document(installed, "list", "--config", str(config), text=text)[1]) == {"evidence/diff_log.md": "refused"}
    assert fates(document(installed, "list", text=text)[1]) == {"evidence/diff_log.md": "new"}


def test_a_hostile_text_costs_seconds_and_little_output(installed: Installed) -> None:
    for unit in (b"=== FILE:\n", b"=== FILE: a ===\n", b"=== PLAN ===\n"):
        status, found = document(installed, "apply", text=unit * (10_000_000 // len(unit)))
        assert (status, found["files"], len(found["warnings"])) == (1, [], REMARKS)


@pytest.mark.req("S002-0.2-3")
def test_status_shows_the_newest_plan_and_later_responses_go_on_with_it(keeper: Keeper, installed: Installed) -> None:
    keeper.audit()
    assert valid("status-v1", installed.run("status", "--json").stdout)["plan"] is None
    assert "plan:" not in installed.run("status").stdout
    assert blocks(installed, "apply", "-", text=SAID).stderr == b""
    assert "plan:            1 of 3 tasks done, next: 2. Second\n" in installed.run("status").stdout
    later = blocks(installed, "follow", "-", text="=== TASK DONE: 2 ===\n=== TASK DONE: 1 ===\n" + block("b.py", ""))
    assert [json.loads(line)["event"] for line in later.stdout.splitlines()] == ["task.done", "warning", "file.defined"]
    document = valid("status-v1", installed.run("status", "--json").stdout)
    assert [task["done"] for task in document["plan"]["tasks"]] == [True, True, False]
    # Looking changes nothing.
    for verb in (("list", "-"), ("apply", "-", "--dry-run")):
        blocks(installed, *verb, text="=== PLAN ===\n1. Other\n=== END PLAN ===\n")
    assert "2 of 3 tasks done, next: 3. Third" in installed.run("status").stdout


@pytest.mark.parametrize("garbage", [b"", b"{", b"\xff", b'{"tasks": 1}', b"[" * 100_000, b'{"tasks": [{"number": 1}]}', None])
def test_a_note_that_is_no_plan_shows_none(keeper: Keeper, installed: Installed, garbage: bytes | None) -> None:
    keeper.audit()
    (folder,) = (installed.top / "state").iterdir()
    if garbage is None:
        os.mkfifo(folder / "plan.json")
    else:
        (folder / "plan.json").write_bytes(garbage)
    assert valid("status-v1", installed.run("status", "--json").stdout)["plan"] is None


def test_without_a_place_for_the_plan_follow_goes_on_and_says_so_once(keeper: Keeper, installed: Installed) -> None:
    run = blocks(installed, "follow", "-", text=SAID + "=== TASK DONE: 2 ===\n")
    assert (run.returncode, run.stdout.count(b"\n")) == (0, 5)
    why = "there is no record of this repository yet; forgewatch watch makes one"
    assert run.stderr.decode() == f"note: status will not show the plan: {why}\n"
    keeper.audit()
    (folder,) = (installed.top / "state").iterdir()
    folder.chmod(0o555)
    command = [*without_powers(), str(installed.command), "blocks", "follow", "-"]
    closed = subprocess.run(
        command, cwd=installed.root, env=installed.environment, input=SAID.encode(), capture_output=True, timeout=60, check=False
    )
    folder.chmod(0o755)
    assert (closed.returncode, closed.stdout.count(b"\n"), closed.stderr.count(b"\n")) == (0, 4, 1)
    assert b"plan.json cannot be written: Permission denied" in closed.stderr
