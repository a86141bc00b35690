"""`tail`: one line per result, those that are there and those that come."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import valid
from tests.support.answers import failing, report
from tests.support.installed import COMMAND, Installed, until
from tests.support.recorded import Keeper


@pytest.mark.req("S002-10.2-5")
def test_each_result_is_one_plain_line(keeper: Keeper, installed: Installed) -> None:
    keeper.audit(failing())
    keeper.tampered()
    keeper.audit(report())
    run = installed.run("tail")
    assert run.returncode == 0
    assert run.stdout.splitlines() == [
        "2026-11-20T12:00:00Z FAIL repository: Phase 1 -- Things, iteration 1: A1: A101 backdoor.py: changed but not claimed (untracked)",
        "2026-11-20T12:00:00Z PASS repository: Phase 1 -- Things, iteration 1",
    ]


def test_json_lines_are_audits_without_a_fix_plan(keeper: Keeper, installed: Installed) -> None:
    keeper.audit(failing())
    keeper.audit(report("second"))
    lines = installed.run("tail", "--json").stdout.splitlines()
    documents = [valid("audit-v1", line) for line in lines]
    assert [(document["outcome"], document["entry"]["seq"]) for document in documents] == [("FAIL", 0), ("PASS", 1)]
    assert not any("fix_plan" in document for document in documents)


def test_nothing_yet_is_said_and_no_error(installed: Installed) -> None:
    run = installed.run("tail")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "no entries yet\n")


def follow(installed: Installed, output: Path, *args: str) -> subprocess.Popen[bytes]:
    with output.open("wb") as file:
        return subprocess.Popen(
            [str(COMMAND), "tail", "-f", *args], cwd=installed.root, env=installed.environment, stdout=file, stderr=file
        )


@pytest.mark.req("S005-7")
def test_following_shows_what_comes_once_and_in_order(keeper: Keeper, installed: Installed, tmp_path: Path) -> None:
    keeper.audit(report("0"), iteration=0)
    output = tmp_path / "followed"
    process = follow(installed, output)
    try:
        assert until(lambda: "iteration 0" in output.read_text())
        for number in range(1, 30):
            keeper.audit(report(str(number)), iteration=number)
        assert until(lambda: "iteration 29" in output.read_text())
        shown = [int(line.rpartition(" ")[2]) for line in output.read_text().splitlines()]
        assert shown == list(range(30))
    finally:
        process.terminate()
        process.wait()


def test_following_begins_before_there_is_a_record(installed: Installed, tmp_path: Path) -> None:
    output = tmp_path / "followed"
    process = follow(installed, output, "--json")
    try:
        Keeper(installed.root, Path(installed.environment["FORGEWATCH_STATE_DIR"])).audit(report())
        assert until(lambda: output.read_text().endswith("}\n"))
        assert json.loads(output.read_text())["outcome"] == "PASS"
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("change", ["shortened", "replaced", "removed"])
def test_a_journal_that_loses_what_was_shown_ends_the_following_with_an_error(
    keeper: Keeper, installed: Installed, tmp_path: Path, change: str
) -> None:
    keeper.audit(report())
    output = tmp_path / "followed"
    process = follow(installed, output)
    journal = keeper.folder / "journal.jsonl"
    try:
        assert until(lambda: "PASS" in output.read_text())
        if change == "shortened":
            os.truncate(journal, 10)
        elif change == "replaced":
            (tmp_path / "copy").write_bytes(journal.read_bytes().replace(b"PASS", b"FAIL"))
            os.replace(tmp_path / "copy", journal)
        else:
            (tmp_path / "elsewhere").write_bytes(b"")
            journal.write_bytes(b"")
        assert until(lambda: process.poll() is not None)
        assert process.returncode == 2
        assert "forgewatch: " in output.read_text()
    finally:
        process.kill()
        process.wait()


def test_a_journal_with_a_forged_line_is_not_believed(keeper: Keeper, installed: Installed) -> None:
    keeper.audit(report())
    journal = keeper.folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"e": {"is":"AuditRecorded"}}\n')
    run = installed.run("tail")
    assert run.returncode == 2
    assert "journal line 2" in run.stderr
