"""`ledger`: shows every audit with its last outcome; adopts and restores only by the operator's word."""

from __future__ import annotations

import os
import pty
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from forgewatch.cli.ledger_entries import entries_of
from forgewatch.core.events import Adopted, AuditRecorded
from forgewatch.core.verdict import Outcome, StopReason
from tests.cli.conftest import valid
from tests.support.answers import failing, report
from tests.support.builder import Builder
from tests.support.installed import COMMAND, Installed
from tests.support.recorded import AT, Keeper


def shown(installed: Installed) -> dict[str, object]:
    run = installed.run("ledger", "show", "--json")
    assert run.returncode == 0, run.stderr
    return valid("ledger-v1", run.stdout)


def adopted(keeper: Keeper) -> list[Adopted]:
    return [recorded.event for recorded in keeper.journal.read() if isinstance(recorded.event, Adopted)]


def test_a_repository_without_a_record_has_no_entries(installed: Installed) -> None:
    assert shown(installed)["entries"] == []
    assert ": no entries yet\n" in installed.run("ledger", "show").stdout


@pytest.mark.req("S002-10.6-8")
def test_an_amended_audit_is_one_row_with_its_last_outcome(keeper: Keeper) -> None:
    first = keeper.audit(failing(), iteration=1, stop=StopReason.CONTRACT_CONFLICT)
    passed = keeper.audit(report(), iteration=2)
    signed = keeper.audit(report(), Outcome.SIGNED_OFF, amends=passed.seq)
    final = keeper.audit(report(), Outcome.AUTHORIZED, amends=signed.seq)
    rows = entries_of(keeper.journal.read())
    assert [(row.seq, row.outcome, row.amended_by) for row in rows] == [
        (first.seq, Outcome.FAIL, ()),
        (passed.seq, Outcome.AUTHORIZED, (signed.seq, final.seq)),
    ]
    assert rows[1].event.outcome is Outcome.PASS


def test_an_amendment_of_an_unknown_entry_stands_by_itself(keeper: Keeper) -> None:
    odd = keeper.audit(report(), Outcome.AUTHORIZED, amends=99)
    assert [row.seq for row in entries_of(keeper.journal.read())] == [odd.seq]


def test_show_tells_rows_as_text_and_json(keeper: Keeper, installed: Installed) -> None:
    keeper.audit(failing(), stop=StopReason.CONTRACT_CONFLICT)
    passed = keeper.audit(report(), iteration=2)
    keeper.audit(report(), Outcome.AUTHORIZED, amends=passed.seq)
    keeper.audit(None, Outcome.ERROR, why="git died")
    text = installed.run("ledger", "show").stdout.splitlines()
    assert text[0].startswith(f"ledger of {installed.root}: 3 entries; the file ")
    assert text[1].split() == f"0 {AT} FAIL Phase 1 -- Things, iteration 1 A1 STOP CONTRACT_CONFLICT".split()
    assert "AUTHORIZED (committed)  (entry 2)" in text[2]
    assert text[3].endswith("git died")
    rows = shown(installed)["entries"]
    assert isinstance(rows, list)
    assert [(row["outcome"], row["recorded_outcome"], row["failed"]) for row in rows] == [
        ("FAIL", "FAIL", ["A1"]),
        ("AUTHORIZED (committed)", "PASS", []),
        ("ERROR", "ERROR", []),
    ]


def test_show_compares_the_whole_file(keeper: Keeper, installed: Installed) -> None:
    keeper.contact()
    keeper.audit(report("first"))
    keeper.audit(report("second"))
    ledger = installed.root / "Forge/evidence/audit_ledger.md"
    text = ledger.read_bytes()
    conditions = {}
    for name, data in (
        ("whole", text),
        ("short", text[:100]),
        ("longer", text + b"AUTHORIZED\n"),
        ("edited", text.replace(b"PASS", b"FAIL", 1)),
    ):
        ledger.write_bytes(data)
        conditions[name] = shown(installed)["condition"]
        assert ledger.read_bytes() == data
    assert conditions == {
        "whole": "equals the journal",
        "short": f"ends after 100 of {len(text)} bytes",
        "longer": "has 11 foreign bytes at its end",
        "edited": "differs from the journal (forgewatch ledger restore)",
    }
    ledger.unlink()
    assert shown(installed)["condition"] == "is missing"
    ledger.symlink_to("/dev/zero")
    assert str(shown(installed)["condition"]).startswith("cannot be read")


@pytest.mark.parametrize("verb", ["adopt", "restore"])
def test_without_a_terminal_the_operators_word_is_needed(keeper: Keeper, installed: Installed, verb: str) -> None:
    keeper.audit(report())
    before = (keeper.folder / "journal.jsonl").read_bytes()
    run = installed.run("ledger", verb)
    assert (run.returncode, run.stdout) == (2, "")
    assert "operator's decision" in run.stderr
    kinds = {type(recorded.event) for recorded in keeper.journal.read()}
    assert (keeper.folder / "journal.jsonl").read_bytes().startswith(before)
    assert not any(event.actor != "first contact" for event in adopted(keeper)), kinds


def test_adopt_records_commit_actor_and_reason(keeper: Keeper, builder: Builder, installed: Installed) -> None:
    run = installed.run("ledger", "adopt", "--yes", "--actor", "Ada", "--reason", "pulled upstream")
    assert run.returncode == 0, run.stderr
    last = adopted(keeper)[-1]
    assert (last.commit, last.actor, last.reason) == (builder.head, "Ada", "pulled upstream")


def test_adopt_takes_a_full_id_or_a_branch_and_nothing_that_may_mean_something_else_tomorrow(
    keeper: Keeper, builder: Builder, installed: Installed
) -> None:
    first = builder.head
    builder.git("branch", "stable")
    builder.write("b.py", "x = 1\n").commit("second")
    assert installed.run("ledger", "adopt", "stable", "--yes").returncode == 0
    assert adopted(keeper)[-1].commit == first
    assert installed.run("ledger", "adopt", builder.head, "--yes").returncode == 0
    assert adopted(keeper)[-1].commit == builder.head
    run = installed.run("ledger", "adopt", first[:10], "--yes")
    assert run.returncode == 2
    assert "is no full commit id and no branch" in run.stderr


def test_adopt_of_an_unborn_head_is_the_empty_tree(tmp_path: Path) -> None:
    root = tmp_path / "new"
    root.mkdir()
    Builder(root).git("init", "-q")
    run = Installed(root, tmp_path).run("ledger", "adopt", "--yes")
    assert run.returncode == 0, run.stderr
    assert "adopted the empty tree" in run.stdout


@pytest.mark.req("S002-10.6-10")
def test_restore_writes_the_projection_back_and_says_who(keeper: Keeper, installed: Installed) -> None:
    keeper.contact()
    keeper.audit(report())
    ledger = installed.root / "Forge/evidence/audit_ledger.md"
    ledger.write_bytes(ledger.read_bytes().replace(b"Outcome: PASS", b"Outcome: AUTHORIZED (committed)"))
    run = installed.run("ledger", "restore", "--yes", "--actor", "Ada")
    assert run.returncode == 0, run.stderr
    text = ledger.read_text()
    assert "Outcome: PASS" in text
    assert "AUTHORIZED (committed)" not in text
    assert "Actor: Ada" in text
    assert shown(installed)["condition"] == "equals the journal"


def test_restoring_a_whole_ledger_is_refused(keeper: Keeper, installed: Installed) -> None:
    keeper.audit(report())
    run = installed.run("ledger", "restore", "--yes")
    assert run.returncode == 2
    assert "nothing to restore" in run.stderr


def on_terminal(installed: Installed, typed: bytes, *args: str) -> int:
    """Run a command with a terminal in front of it and type the answer."""
    front, back = pty.openpty()
    try:
        process = subprocess.Popen(
            [str(COMMAND), *args], cwd=installed.root, env=installed.environment, stdin=back, stdout=back, stderr=back
        )
        os.write(front, typed)
        return process.wait(60)
    finally:
        os.close(front)
        os.close(back)


def test_on_a_terminal_only_yes_is_yes(keeper: Keeper, builder: Builder, installed: Installed) -> None:
    assert on_terminal(installed, b"y\n", "ledger", "adopt") == 2
    assert [event.actor for event in adopted(keeper) if event.actor != "first contact"] == []
    assert on_terminal(installed, b"yes\n", "ledger", "adopt") == 0
    assert adopted(keeper)[-1].commit == builder.head


def test_an_event_of_another_kind_is_no_row(keeper: Keeper) -> None:
    keeper.tampered()
    entry = keeper.audit(report())
    assert isinstance(entry.event, AuditRecorded)
    assert [row.event for row in entries_of(keeper.journal.read())] == [replace(entry.event)]


def test_adopt_says_as_json_what_was_decided_by_whom_and_where_it_stands(keeper: Keeper, builder: Builder, installed: Installed) -> None:
    first = builder.head
    assert installed.run("ledger", "adopt", "--yes").returncode == 0
    builder.write("b.py", "x = 1\n").commit("second")
    run = installed.run("ledger", "adopt", "--yes", "--actor", "Ada", "--reason", "pulled", "--json")
    assert run.returncode == 0, run.stderr
    document = valid("ledger-adopt-v1", run.stdout)
    entry = keeper.journal.read()[-1]
    assert document == {
        "schema": "forgewatch/ledger-adopt/v1",
        "repository": str(builder.root),
        "commit": builder.head,
        "before": first,
        "actor": "Ada",
        "reason": "pulled",
        "entry": {"seq": entry.seq, "leaf": entry.leaf},
    }


def test_adopting_the_empty_tree_is_null_as_json(tmp_path: Path) -> None:
    root = tmp_path / "new"
    root.mkdir()
    Builder(root).git("init", "-q")
    document = valid("ledger-adopt-v1", Installed(root, tmp_path).run("ledger", "adopt", "--yes", "--json").stdout)
    assert (document["commit"], document["before"]) == (None, None)


def test_restore_says_as_json_which_entry_records_it(keeper: Keeper, installed: Installed) -> None:
    keeper.contact()
    keeper.audit(report())
    (installed.root / "Forge/evidence/audit_ledger.md").unlink()
    run = installed.run("ledger", "restore", "--yes", "--actor", "Ada", "--json")
    assert run.returncode == 0, run.stderr
    document = valid("ledger-restore-v1", run.stdout)
    entry = keeper.journal.read()[-1]
    assert (document["repository"], document["actor"]) == (str(installed.root), "Ada")
    assert document["entry"] == {"seq": entry.seq, "leaf": entry.leaf}


@pytest.mark.parametrize("verb", ["adopt", "restore"])
def test_a_refusal_leaves_no_half_a_document(keeper: Keeper, installed: Installed, verb: str) -> None:
    keeper.audit(report())
    run = installed.run("ledger", verb, "--json")
    assert (run.returncode, run.stdout) == (2, "")


@pytest.mark.parametrize("words", ["restore {}", "restore --repository {}", "adopt HEAD {}", "adopt HEAD --repository {}", "show {}"])
def test_every_verb_takes_the_path_of_the_repository(keeper: Keeper, installed: Installed, words: str) -> None:
    keeper.contact()
    keeper.audit(report())
    (installed.root / "Forge/evidence/audit_ledger.md").unlink()
    yes = [] if words.startswith("show") else ["--yes"]
    run = installed.run("ledger", *words.format(installed.root / "app").split(), *yes, cwd=installed.top)
    assert (run.returncode, run.stderr) == (0, ""), run.stderr


def test_a_folder_in_the_place_of_the_commit_is_told_where_it_belongs(keeper: Keeper, installed: Installed) -> None:
    run = installed.run("ledger", "adopt", "app", "--yes")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.splitlines() == [
        "forgewatch: 'app' is a folder, and what is adopted is a commit",
        "  hint: forgewatch ledger adopt COMMIT PATH",
    ]


def test_an_empty_record_reads_well(keeper: Keeper, installed: Installed) -> None:
    assert installed.run("ledger", "show").stdout == f"ledger of {installed.root}: no entries yet\n"
    keeper.contact()
    assert installed.run("ledger", "show").stdout.startswith(f"ledger of {installed.root}: no entries yet; the file ")
    keeper.audit(report())
    assert installed.run("ledger", "show").stdout.startswith(f"ledger of {installed.root}: 1 entry; the file ")


def test_a_branch_of_a_remote_is_adopted_by_the_name_that_git_gives_it(builder: Builder, installed: Installed) -> None:
    builder.git("update-ref", "refs/remotes/origin/main", builder.head)
    run = installed.run("ledger", "adopt", "origin/main", "--yes")
    assert (run.returncode, run.stdout.split(";")[0]) == (0, f"adopted {builder.head}")
