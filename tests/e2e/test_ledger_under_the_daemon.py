"""What a builder does to the Markdown ledger while the daemon runs: told at once by its own name, audits refused until the operator
restores it; what a stash or a checkout does to it, mended (ledger.md section 1, Tamper classes, Recovery)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from forgewatch.adapters.state_folder import folder_of
from tests.support.builder import Builder
from tests.support.installed import Installed, until

pytestmark = pytest.mark.req("S002-10.6-10")


def linked(path: Path, whole: bytes) -> None:
    """Put a symlink to a copy outside the repository in place of the file."""
    copy = path.parents[3] / "copy.md"
    copy.write_bytes(whole)
    link = path.parents[3] / "link.md"
    link.symlink_to(copy)
    # At once: a daemon that sees the moment between would say that the file is missing.
    link.replace(path)


def written(change: Callable[[bytes], bytes]) -> Callable[[Path, bytes], None]:
    """Return what puts the changed text in place of the file."""

    def write(path: Path, whole: bytes) -> None:
        # At once: of a file that is emptied and then written, a daemon may see the beginning, which is another damage.
        changed = path.parents[3] / "changed.md"
        changed.write_bytes(change(whole))
        changed.replace(path)

    return write


LEDGER = "Forge/evidence/audit_ledger.md"
FAKE = b"\n---\n## Audit Entry: Phase 9 \xe2\x80\x94 Iteration 1\nOutcome: AUTHORIZED (committed)\n"
DAMAGE: dict[str, tuple[Callable[[Path, bytes], None], str]] = {
    "edit": (written(lambda text: text.replace(b"Outcome: PASS", b"Outcome: FAIL", 1)), "expected 'Outcome: PASS', found 'Outcome: FAIL'"),
    "prefix deletion": (written(lambda text: text[100:]), "100 bytes were deleted at the beginning"),
    "middle deletion": (written(lambda text: text.replace(b"AEM Cycle: ", b"", 1)), "11 bytes were deleted there"),
    "middle insertion": (
        written(lambda text: text.replace(b"\n\n---\n", b"\n\nnot so\n---\n", 1)),
        "found 'not so'; 7 bytes were put in there",
    ),
    "fake AUTHORIZED line": (
        written(lambda text: text.replace(b"Outcome: PASS", b"Outcome: AUTHORIZED (committed)", 1)),
        "found 'Outcome: AUTHORIZED (committed)'",
    ),
    "fake entry in front": (written(lambda text: text.replace(b"\n---\n", FAKE + b"\n---\n", 1)), "bytes were put in there"),
    "line endings": (written(lambda text: text.replace(b"\n", b"\r\n")), "its line endings were rewritten (LF to CRLF)"),
    "byte order mark": (written(lambda text: b"\xef\xbb\xbf" + text), "a byte order mark was put in front of it"),
    "symlink": (linked, "the ledger cannot be read: is a symlink"),
    "deleted": (lambda path, _: path.unlink(), "the ledger is missing; the journal knows"),
}


def lines(installed: Installed, event: str) -> list[dict[str, str]]:
    """Return the log lines of one event."""
    return [json.loads(line) for line in installed.log.splitlines() if f'"event":"{event}"' in line]


def works(builder: Builder, number: int) -> None:
    """Do and complete work that no other number does."""
    builder.starts(summary=f"- {number}").write("app/a.py", f"x = {number + 100}\n").record(body=f"pytest exit: 0\n{number}\n")
    builder.claims("app/a.py").completes(summary=f"- {number}")


def test_every_damage_is_named_at_once_and_stops_every_audit_until_the_operator_restores(builder: Builder, installed: Installed) -> None:
    ledger = builder.root / LEDGER
    builder.record()
    installed.watch()
    builder.starts().completes()
    assert installed.settles(1), installed.log
    assert installed.outcomes == ["PASS"]
    for number, (name, (damage, named)) in enumerate(DAMAGE.items()):
        damage(ledger, ledger.read_bytes())
        # Nobody completes anything: it is told because the file changed.
        assert until(lambda number=number: len(lines(installed, "ledger.damaged")) > number), (name, installed.log)  # type: ignore[misc]
        assert named in lines(installed, "ledger.damaged")[-1]["why"], (name, lines(installed, "ledger.damaged")[-1])
        finished = len(lines(installed, "audit.finished"))
        works(builder, number)
        assert until(lambda finished=finished: len(lines(installed, "audit.finished")) > finished), name  # type: ignore[misc]
        refused = lines(installed, "audit.finished")[-1]
        assert (refused["outcome"], refused["stop"]) == ("FAIL", "EVIDENCE_MISSING"), name
        assert installed.run("ledger", "restore", "--yes", "--actor", "op").returncode == 0, name
        # The refused audit is run again, and none of the refusals counts towards the three.
        assert until(lambda number=number: installed.outcomes.count("PASS") == number + 2), (name, installed.log)  # type: ignore[misc]
        assert until(lambda number=number: len(lines(installed, "ledger.mended")) > number), name  # type: ignore[misc]
    assert len(lines(installed, "ledger.damaged")) == len(DAMAGE)
    assert installed.run("ledger", "verify").returncode == 0


JOURNAL_DAMAGE: dict[str, Callable[[Path, bytes], None]] = {
    "edit": written(lambda text: text.replace(b'"is":"Adopted"', b'"is":"Adapted"', 1)),
    "middle deletion": written(lambda text: b"".join(text.splitlines(keepends=True)[:1] + text.splitlines(keepends=True)[2:])),
    "put back": written(lambda text: b"".join(text.splitlines(keepends=True)[:-1])),
    "deleted": lambda path, _: path.unlink(),
}


@pytest.mark.parametrize("damage", JOURNAL_DAMAGE.values(), ids=JOURNAL_DAMAGE)
def test_damage_to_the_journal_is_told_before_anybody_asks(
    builder: Builder, installed: Installed, damage: Callable[[Path, bytes], None]
) -> None:
    builder.record()
    installed.watch()
    builder.starts().completes()
    assert installed.settles(1), installed.log
    journal = folder_of(installed.top / "state", builder.root) / "journal.jsonl"
    assert until(lambda: journal.read_text().count('"is":"TriggerDone"') == 1)
    damage(journal, journal.read_bytes())
    # No sweep comes within the time: it is told because the file changed.
    assert until(lambda: lines(installed, "repository.unavailable") != []), installed.log
    assert lines(installed, "repository.unavailable")[0]["level"] == "error"


@pytest.mark.parametrize("keep", [0, 100, -20])
def test_a_ledger_that_is_a_beginning_of_itself_is_completed_recorded_and_warned_of(
    builder: Builder, installed: Installed, keep: int
) -> None:
    ledger = builder.root / LEDGER
    builder.record()
    installed.watch()
    builder.starts().completes()
    assert installed.settles(1), installed.log
    whole = ledger.read_bytes()
    ledger.write_bytes(whole[:keep])
    works(builder, 1)
    assert until(lambda: installed.outcomes == ["PASS", "PASS"]), installed.log
    assert ledger.read_bytes().startswith(whole)
    assert f"W2: WARN — 1 entry, was shortened: W201 {LEDGER} (ended after {keep % len(whole)} of {len(whole)} bytes)" in installed.ledger
    journal = (folder_of(installed.top / "state", builder.root) / "journal.jsonl").read_text()
    assert journal.count('"is":"LedgerRepaired"') == 1
    assert lines(installed, "ledger.damaged") == []
