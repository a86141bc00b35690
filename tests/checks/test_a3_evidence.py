from __future__ import annotations

from pathlib import Path

import pytest

from forgewatch.checks.a3_evidence import judge
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.catalogue_a3 import CODES
from forgewatch.core.difflog import Blocked, Complete, DiffLogReading, InProcess, Malformed, Status, Unknown
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.testrecord import Blank, BrokenRecord, TestRecordReading
from forgewatch.core.testrecord_parser import parse_test_record
from forgewatch.core.values import Absent, Unreadable
from tests.support.builder import Builder
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


@pytest.mark.parametrize(
    "raw",
    [
        b"Status: PASS\npytest exit: 0\nnote: \x93fine\x94\n",
        b"Status: PASS\npytest exit: 0\n\xed\xa0\x80\xc0\xaf\n",
        "Status: PASS\npytest exit: 0\n".encode("utf-16"),
        "Status: PASS\npytest exit: 0\n".encode("utf-16-le"),
        b"Status: PASS\npytest exit: 0\n" + "worker exit: 1\n".encode("utf-16"),
    ],
    ids=[
        "cp1252 below a plain line 1",
        "surrogates and overlong forms",
        "UTF-16 with its mark",
        "UTF-16 without",
        "a UTF-16 block appended",
    ],
)
def test_a_record_whose_bytes_another_reader_would_read_otherwise_is_no_plain_pass(raw: bytes) -> None:
    (finding,) = judge(snapshot(test_record=parse_test_record(raw))).findings
    assert (finding.code, finding.path, finding.expected) == ("A304", RECORD, "UTF-8")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_whole_diff_log_in_another_encoding_is_read_and_still_told(encoding: str) -> None:
    text = Builder(Path("/nowhere"), ["a.py"]).difflog("COMPLETE")
    reading = parse_difflog(text.encode(encoding))
    (finding,) = judge(snapshot(difflog=reading)).findings
    assert isinstance(reading, Complete) and reading.log.claim.paths == ("a.py",)
    assert (finding.code, finding.path, finding.actual) == ("A304", LOG, "line 1 is UTF-16, not UTF-8")


def test_one_cp1252_quote_in_the_summary_is_told_and_one_in_a_quoted_hunk_is_not() -> None:
    text = Builder(Path("/nowhere"), ["a.py"]).difflog("COMPLETE").encode()
    told = judge(snapshot(difflog=parse_difflog(text.replace(b"did it", b"did \x93it\x94")))).findings
    assert [(finding.code, finding.path) for finding in told] == [("A304", LOG)]
    # A hunk quotes files of any encoding: honest work.
    assert judge(snapshot(difflog=parse_difflog(text + b"    +\x93quoted\x94\n"))).findings == ()


def test_everything_missing_is_told_at_once() -> None:
    ruling = judge(snapshot(difflog=Absent(), test_record=Absent()))
    assert [found.code for found in ruling.findings] == ["A301", "A302"]
    assert ruling.basis == "test record is missing, diff log is missing"


def test_a_record_without_a_plain_status_is_called_so() -> None:
    assert judge(snapshot(test_record=record(status=None, line1="Status: PASS (1)"))).basis.startswith("test record without a plain status")


def test_every_code_is_explained() -> None:
    assert [doc.code for doc in CODES] == ["A301", "A302", "A303", "A304"]
