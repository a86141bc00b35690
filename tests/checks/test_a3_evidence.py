from __future__ import annotations

import pytest

from forgewatch.checks.a3_evidence import judge
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.catalogue_a3 import CODES
from forgewatch.core.difflog import Blocked, DiffLogReading, InProcess, Malformed, Status, Unknown
from forgewatch.core.testrecord import Blank, BrokenRecord, TestRecordReading
from forgewatch.core.testrecord_parser import parse_test_record
from forgewatch.core.values import Absent, Unreadable
from tests.support.snapshots import difflog, record, snapshot

LOG, RECORD = "Forge/evidence/diff_log.md", "Forge/evidence/test_runs_latest.md"
MALFORMED = Malformed(reason="expected one status, found two", line=9, digest=digest_of_bytes(b""))


@pytest.mark.req("S002-10.7-A3")
def test_evidence_that_is_there_passes() -> None:
    ruling = judge(snapshot())
    assert (ruling.findings, ruling.basis) == ((), "test record PASS, diff log COMPLETE")


@pytest.mark.req("S002-10.7-A3")
@pytest.mark.parametrize(
    ("reading", "actual"),
    [
        (Absent(), "is missing"),
        (Blank(), "is blank"),
        (Unreadable("is a symlink"), "is a symlink"),
        (Unreadable("is a directory"), "is a directory"),
        (BrokenRecord("expected at most 1048576 bytes, found 10485760"), "expected at most 1048576 bytes, found 10485760"),
    ],
)
def test_no_usable_test_record_fails(reading: TestRecordReading, actual: str) -> None:
    (finding,) = judge(snapshot(test_record=reading)).findings
    assert (finding.code, finding.path, finding.actual) == ("A301", RECORD, actual)


@pytest.mark.req("S002-10.7-A3")
@pytest.mark.parametrize(
    ("reading", "actual", "line"),
    [(Absent(), "is missing", None), (Unreadable("is a FIFO"), "is a FIFO", None), (MALFORMED, "expected one status, found two", 9)],
)
def test_no_usable_diff_log_fails(reading: DiffLogReading, actual: str, line: int | None) -> None:
    (finding,) = judge(snapshot(difflog=reading)).findings
    assert (finding.code, finding.path, finding.actual, finding.line) == ("A302", LOG, actual, line)


@pytest.mark.parametrize("kind", [InProcess, Blocked, Unknown])
def test_a_log_of_any_status_is_evidence(kind: type) -> None:
    ruling = judge(snapshot(difflog=kind(difflog(status=Status.UNKNOWN))))
    assert (ruling.findings, ruling.basis) == ((), "test record PASS, diff log UNKNOWN")


@pytest.mark.req("S002-10.7-A3")
@pytest.mark.parametrize("raw", [b"Status: PASS\r\n", b"\xef\xbb\xbfStatus: PASS\n", b"Status: PASS (96 passed)\n", b"Status: PASSABLE\n"])
def test_line_1_that_begins_with_pass_is_enough_here(raw: bytes) -> None:
    assert judge(snapshot(test_record=parse_test_record(raw))).findings == ()


@pytest.mark.req("S002-10.7-A3")
@pytest.mark.parametrize("line", ["Status: FAIL", "status: PASS", "PASS", "## Test Run", "\u200bStatus: PASS"])
def test_line_1_that_does_not_say_pass_fails(line: str) -> None:
    (finding,) = judge(snapshot(test_record=parse_test_record(f"{line}\nStatus: PASS\n".encode()))).findings
    assert (finding.code, finding.line, finding.expected, finding.actual) == ("A303", 1, "Status: PASS", line)


def test_evidence_in_another_encoding_fails_and_names_the_line() -> None:
    defect = "line 2 is cp1252, not UTF-8"
    log, test_record = difflog(encoding_defect=defect), record(encoding_defect=defect)
    ruling = judge(snapshot(difflog=InProcess(log), test_record=test_record))
    assert [(found.code, found.path, found.message) for found in ruling.findings] == [
        ("A304", RECORD, f"expected UTF-8, {defect}"),
        ("A304", LOG, f"expected UTF-8, {defect}"),
    ]


def test_everything_missing_is_told_at_once() -> None:
    ruling = judge(snapshot(difflog=Absent(), test_record=Absent()))
    assert [found.code for found in ruling.findings] == ["A301", "A302"]
    assert ruling.basis == "test record is missing, diff log is missing"


def test_a_record_without_a_plain_status_is_called_so() -> None:
    assert judge(snapshot(test_record=record(status=None, line1="Status: PASS (1)"))).basis.startswith("test record without a plain status")


def test_every_code_is_explained() -> None:
    assert [doc.code for doc in CODES] == ["A301", "A302", "A303", "A304"]
