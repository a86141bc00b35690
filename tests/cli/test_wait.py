"""`wait`: the result of exactly the diff log that is there now, or the truth that there is none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from forgewatch.core.report import DiffLogFacts, Report
from forgewatch.core.values import RepoPath
from forgewatch.core.verdict import Outcome, StopReason
from tests.cli.conftest import valid
from tests.support.answers import failing, report
from tests.support.builder import Builder
from tests.support.installed import COMMAND, Installed, until
from tests.support.recorded import Keeper


@pytest.fixture(autouse=True)
def completed(builder: Builder) -> None:
    """A finished cycle lies there."""
    builder.record().claims("app/a.py").completes()


def waited(installed: Installed, seconds: str = "0") -> tuple[int, str, str]:
    run = installed.run("wait", "--json", "--timeout", seconds)
    return run.returncode, run.stdout, run.stderr


@pytest.mark.req("S002-10.2-8")
@pytest.mark.parametrize(("told", "code"), [(report(), 0), (failing(), 1)])
def test_a_result_that_is_there_is_printed_at_once(keeper: Keeper, installed: Installed, told: object, code: int) -> None:
    entry = keeper.audit(told, trigger=keeper.trigger())  # type: ignore[arg-type]
    status, stdout, _ = waited(installed)
    assert status == code
    assert valid("audit-v1", stdout)["entry"] == {"seq": entry.seq, "leaf": entry.leaf}


def test_an_error_exits_two(keeper: Keeper, installed: Installed) -> None:
    keeper.audit(None, Outcome.ERROR, why="git died", stop=StopReason.ENVIRONMENT_LIMITATION, trigger=keeper.trigger())
    assert waited(installed)[0] == 2


def test_the_text_form_is_the_result_block(keeper: Keeper, installed: Installed) -> None:
    keeper.audit(report(), trigger=keeper.trigger())
    assert installed.run("wait", "--timeout", "0").stdout.startswith("=== AUDIT SCRIPT RESULT ===\n")


@pytest.mark.req("S002-10.2-8")
def test_without_a_watcher_and_a_result_it_says_so_and_exits_124(installed: Installed) -> None:
    status, stdout, stderr = waited(installed, "0.2")
    assert (status, stdout) == (124, "")
    assert "no watcher runs on this repository" in stderr
    assert "has no result after 0.2 s; no watcher runs" in stderr


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# Diff Log\n\nStatus: IN_PROCESS\n", "its status is IN_PROCESS"),
        ("# Diff Log\n\nStatus: BLOCKED\n", "its status is BLOCKED"),
        ("# Diff Log\n\nStatus: DO\x1bNE\n", "it has an unknown status 'DO\\x1bNE' (line 3)"),
        ("# Diff Log\n", "it has no status line"),
        ("\0", "it is malformed: "),
        (None, "it is absent"),
    ],
)
def test_giving_up_says_what_keeps_the_diff_log_from_an_audit(builder: Builder, installed: Installed, text: str | None, why: str) -> None:
    path = builder.root / "Forge/evidence/diff_log.md"
    path.unlink()
    if text is not None:
        path.write_text(text)
    assert f"diff_log.md as it is now has no result after 0 s: {why}" in waited(installed)[2]


def test_giving_up_on_a_diff_log_that_is_no_file_says_that_it_cannot_be_read(builder: Builder, installed: Installed) -> None:
    (builder.root / "Forge/evidence/diff_log.md").unlink()
    (builder.root / "Forge/evidence/diff_log.md").mkdir()
    assert "no result after 0 s: it cannot be read: is a directory" in waited(installed)[2]


def test_a_result_that_comes_meanwhile_is_awaited(keeper: Keeper, installed: Installed, tmp_path: Path) -> None:
    keeper.claims()
    output = tmp_path / "waited"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [str(COMMAND), "wait", "--timeout", "60"], cwd=installed.root, env=installed.environment, stdout=file, stderr=file
        )
    try:
        assert until(lambda: "no watcher" in output.read_text())
        assert process.poll() is None
        keeper.audit(failing(), trigger=keeper.trigger())
        assert process.wait(60) == 1
        assert "Overall: FAIL" in output.read_text()
    finally:
        process.kill()
        process.wait()


def test_the_result_of_other_bytes_is_not_the_result(keeper: Keeper, builder: Builder, installed: Installed) -> None:
    keeper.audit(report(), trigger=keeper.trigger())
    builder.completes(summary="- did more")
    assert waited(installed)[0] == 124


def test_the_result_with_another_test_record_is_not_the_result(keeper: Keeper, builder: Builder, installed: Installed) -> None:
    keeper.audit(report(), trigger=keeper.trigger())
    builder.record(line1="Status: FAIL")
    assert waited(installed)[0] == 124


def test_the_result_of_an_earlier_cycle_is_not_the_result_of_this_one(keeper: Keeper, installed: Installed) -> None:
    keeper.audit(failing(), trigger=keeper.trigger(1))
    keeper.opens(2)
    assert waited(installed)[0] == 124
    keeper.audit(report("second"), trigger=keeper.trigger(2))
    assert waited(installed)[0] == 0


def test_a_repeat_gives_the_entry_it_repeats(keeper: Keeper, installed: Installed) -> None:
    first = keeper.audit(failing(), trigger=keeper.trigger(1))
    keeper.opens(2)
    keeper.done("repeat", first.seq, cycle=2)
    status, stdout, _ = waited(installed)
    assert (status, valid("audit-v1", stdout)["entry"]["seq"]) == (1, first.seq)


def test_a_committed_log_needs_no_audit(keeper: Keeper, installed: Installed) -> None:
    keeper.done("committed")
    status, stdout, _ = waited(installed)
    assert (status, valid("wait-v1", stdout)["result"]) == (0, "committed")
    assert "nothing to audit" in installed.run("wait", "--timeout", "0").stdout


def test_a_superseded_trigger_is_no_answer(keeper: Keeper, installed: Installed) -> None:
    keeper.done("superseded")
    assert waited(installed)[0] == 124


def by_hand(keeper: Keeper, *claimed: str) -> Report:
    trigger = keeper.trigger()
    return report(
        difflog=DiffLogFacts(status="COMPLETE", line=8, digest=trigger.document),
        record=trigger.record,
        claimed=tuple(RepoPath(path) for path in claimed),
    )


def test_an_audit_by_hand_of_the_diff_log_is_its_result(keeper: Keeper, installed: Installed) -> None:
    keeper.audit(by_hand(keeper, "app/a.py"), trigger=None)
    assert waited(installed)[0] == 0


def test_an_audit_by_hand_with_its_own_claim_is_not_the_result_of_the_diff_log(keeper: Keeper, installed: Installed) -> None:
    keeper.audit(by_hand(keeper, "app/a.py", "backdoor.py"), trigger=None)
    assert waited(installed)[0] == 124


def test_an_audit_by_hand_of_another_diff_log_is_not_the_result(keeper: Keeper, installed: Installed) -> None:
    keeper.audit(report(), trigger=None)
    assert waited(installed)[0] == 124


def test_a_diff_log_that_is_gone_has_no_result(keeper: Keeper, builder: Builder, installed: Installed) -> None:
    keeper.audit(report(), trigger=keeper.trigger())
    builder.delete("Forge/evidence/diff_log.md")
    assert waited(installed)[0] == 124
