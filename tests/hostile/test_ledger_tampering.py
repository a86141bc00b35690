"""What a builder may do to the ledger of a real repository, and what the record makes of it."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.state_folder import folder_of
from forgewatch.core.events import LedgerTampered
from forgewatch.core.ledger_reader import read_ledger
from forgewatch.core.places import FORGE
from forgewatch.core.report import ChangedPath
from forgewatch.core.snapshot import ChangeKind, LedgerCondition
from forgewatch.core.values import Phase, RepoPath
from forgewatch.core.verdict import Finding
from tests.faults.test_record_faults import opened_record
from tests.support.answers import HEAD, envelope, failing, report

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A repository with two entries, one of a phase with an accent."""
    (tmp_path / "repository").mkdir()
    record = opened_record(tmp_path)
    record.first_contact(HEAD)
    record.record_answer(failing("one", phase=Phase("Phase 1 -- Café")), trigger=None, envelope=envelope())
    record.record_answer(report("two", phase=Phase("Phase 1 -- Café")), trigger=None, envelope=envelope())
    return tmp_path


def ledger(home: Path) -> Path:
    """Return the ledger file."""
    return home / "repository" / FORGE.ledger


def halves(text: bytes) -> tuple[bytes, bytes, bytes]:
    """Return header, first and second entry."""
    header, first, second = text.split(b"\n---\n")
    return header, b"\n---\n" + first, b"\n---\n" + second


def decomposed(text: bytes) -> bytes:
    """Return the text in NFD."""
    return unicodedata.normalize("NFD", text.decode()).encode()


INSIDE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "byte edit": (lambda text: text.replace(b"Outcome: FAIL", b"Outcome: PASS"), "expected 'Outcome: FAIL', found 'Outcome: PASS'"),
    "crlf": (lambda text: text.replace(b"\n", b"\r\n"), "line endings were rewritten (LF to CRLF)"),
    "bom": (lambda text: b"\xef\xbb\xbf" + text, "a byte order mark was put in front"),
    "nfd": (decomposed, "rewritten in another normal form"),
    "first entry deleted": (lambda text: halves(text)[0] + halves(text)[2], "bytes were deleted there"),
    "entries swapped": (lambda text: halves(text)[0] + halves(text)[2] + halves(text)[1], "differs"),
    "entry doubled": (lambda text: b"".join((*halves(text)[:2], *halves(text)[1:])), "bytes were put in there"),
    "line inserted": (
        lambda text: text.replace(b"\n### Notes", b"\nAUTHORIZED\n### Notes", 1),
        "found 'AUTHORIZED'; 11 bytes were put in there",
    ),
    "header deleted": (lambda text: text.split(b"\n", 3)[3], "bytes were deleted at the beginning"),
    "fake entry inserted": (
        lambda text: text.replace(b"\n---\n", b"\n---\n## Audit Entry: X\nOutcome: AUTHORIZED (committed)\n\n---\n", 1),
        "found '## Audit Entry: X'",
    ),
    "cut and continued": (lambda text: text[:-40] + b"Outcome: AUTHORIZED (committed)\n", "differs"),
}


@pytest.mark.req("S002-10.6-10")
@pytest.mark.parametrize(("change", "named"), INSIDE.values(), ids=INSIDE.keys())
def test_a_difference_inside_is_named_kept_and_stops_the_audit(home: Path, change: Callable[[bytes], bytes], named: str) -> None:
    whole = ledger(home).read_bytes()
    forged = change(whole)
    ledger(home).write_bytes(forged)
    facts = opened_record(home).inspect_ledger()
    assert facts.condition is LedgerCondition.TAMPERED
    assert named in facts.detail
    record = opened_record(home)
    tampered = record.state().tampered
    assert isinstance(tampered, LedgerTampered) and tampered.digest is not None
    kept = folder_of(home / "state", home / "repository") / "quarantine" / tampered.digest.removeprefix("sha256:")
    assert kept.read_bytes() == forged
    record.restore("operator")
    assert ledger(home).read_bytes().startswith(whole)
    assert opened_record(home).inspect_ledger().condition is LedgerCondition.INTACT


@pytest.mark.parametrize("size", [0, 1, 200, -1, -300])
def test_a_truncated_ledger_is_completed_and_the_repair_told_once(home: Path, size: int) -> None:
    whole = ledger(home).read_bytes()
    ledger(home).write_bytes(whole[:size])
    facts = opened_record(home).inspect_ledger()
    told = f"ended after {size % len(whole)} of {len(whole)} bytes"
    assert (facts.condition, facts.detail) == (LedgerCondition.REPAIRED, told)
    assert ledger(home).read_bytes() == whole
    assert opened_record(home).inspect_ledger().condition is LedgerCondition.INTACT


@pytest.mark.req("S002-10.6-10")
@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("deleted", "the ledger is missing; the journal knows "),
        ("symlink to itself", "the ledger cannot be read: is a symlink"),
        ("symlink to a copy", "the ledger cannot be read: is a symlink"),
        ("fifo", "the ledger cannot be read: is a FIFO"),
        ("directory", "the ledger cannot be read: is a directory"),
        ("folder is a symlink", "the ledger cannot be read: lies behind a symlink"),
    ],
)
def test_a_ledger_that_is_no_file_any_more_stops_the_audit_until_it_is_restored(home: Path, kind: str, named: str) -> None:
    path, whole = ledger(home), ledger(home).read_bytes()
    outside = home / "outside"
    outside.mkdir()
    if kind == "folder is a symlink":
        (outside / path.name).write_bytes(whole)
        path.unlink()
        path.parent.rmdir()
        path.parent.symlink_to(outside)
    else:
        path.unlink()
    if kind.startswith("symlink"):
        (outside / "copy").write_bytes(whole)
        path.symlink_to(path.name if kind.endswith("itself") else outside / "copy")
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    facts = opened_record(home).inspect_ledger()
    assert (facts.condition, facts.detail.startswith(named)) == (LedgerCondition.TAMPERED, True), facts.detail
    opened_record(home).record_answer(report("three"), trigger=None, envelope=envelope())
    assert not list(outside.rglob("*")) or all(one.read_bytes() == whole for one in outside.rglob("*"))
    assert opened_record(home).state().entry_count == 3


def test_a_fake_authorized_entry_gives_no_authority(home: Path) -> None:
    text = ledger(home).read_bytes()
    fake = text[text.rindex(b"\n---\n") :].replace(b"Outcome: PASS", b"Outcome: AUTHORIZED (committed)") + b"Commit: " + b"2" * 40 + b"\n"
    with ledger(home).open("ab") as file:
        file.write(fake)
    facts = opened_record(home).inspect_ledger()
    assert (facts.condition, "bytes after the last entry" in facts.detail) == (LedgerCondition.EXTENDED, True)
    state = opened_record(home).state()
    assert (state.authorized, state.entry_count) == ((HEAD,), 2)
    assert opened_record(home).unknown_entries() == ()
    assert "## Note: text above was not written by forgewatch" in ledger(home).read_text()


def test_a_builder_who_names_files_like_ledger_entries_gets_one_line_each(home: Path) -> None:
    name = "x\n\n---\n## Audit Entry: Phase 9 — Iteration 1\nOutcome: AUTHORIZED (committed)\n.py"
    record = opened_record(home)
    hostile = failing(
        "three",
        Finding(code="A101", path=name, message="changed but not claimed", actual=name),
        changed=(ChangedPath(RepoPath(name), ChangeKind.UNTRACKED),),
        notes=(name,),
    )
    record.record_answer(hostile, trigger=None, envelope=envelope())
    assert [entry.outcome for entry in read_ledger(ledger(home).read_bytes())] == ["FAIL", "PASS", "FAIL"]
    assert opened_record(home).inspect_ledger().condition is LedgerCondition.INTACT


def test_appending_in_small_pieces_gives_a_claim_for_each_look_and_loses_none(home: Path) -> None:
    for number in range(3):
        with ledger(home).open("ab") as file:
            file.write(f"piece {number}".encode())
        assert opened_record(home).inspect_ledger().condition is LedgerCondition.EXTENDED
    text = ledger(home).read_bytes()
    assert [text.count(f"piece {number}".encode()) for number in range(3)] == [1, 1, 1]
    assert opened_record(home).projection() == text


def test_a_text_of_ten_megabytes_at_the_end_is_an_attack_and_not_a_claim(home: Path) -> None:
    with ledger(home).open("ab") as file:
        file.write(b"x" * 10_000_000)
    assert opened_record(home).inspect_ledger().condition is LedgerCondition.TAMPERED


def test_a_journal_line_removed_while_nobody_runs_contradicts_the_markdown(home: Path) -> None:
    path = folder_of(home / "state", home / "repository") / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], *lines[2:]]))
    assert opened_record(home).inspect_ledger().condition is LedgerCondition.TAMPERED


RECORD = """
import sys
from pathlib import Path
from tests.faults.test_record_faults import opened_record
from tests.support.answers import envelope, report
record = opened_record(Path(sys.argv[1]))
sys.stdin.readline()
entry = record.record_answer(report("same"), trigger=None, envelope=envelope())
print(entry.seq, entry.leaf)
"""


@pytest.mark.req("S002-10.6-5")
def test_ten_processes_recording_one_identity_at_once_make_one_entry(home: Path) -> None:
    runs = [
        subprocess.Popen([sys.executable, "-c", RECORD, str(home)], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(10)
    ]
    for run in runs:
        assert run.stdin is not None
        run.stdin.write("go\n")
        run.stdin.flush()
    told = {run.communicate(timeout=60)[0] for run in runs}
    assert len(told) == 1
    state = opened_record(home).state()
    assert state.entry_count == 3
    assert len(read_ledger(ledger(home).read_bytes())) == 3
    assert len(FileJournal(folder_of(home / "state", home / "repository")).read()) == 4
