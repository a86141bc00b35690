"""A3 Evidence completeness (checks.md A3, contract §10.7): test record and diff log exist, can be read, and line 1 says PASS."""

from __future__ import annotations

from typing import assert_never

from forgewatch.core.difflog import DiffLogReading, Malformed
from forgewatch.core.readings import log_of, seen_in
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.testrecord import Blank, BrokenRecord, TestRecord, TestRecordReading
from forgewatch.core.values import Absent, Unreadable
from forgewatch.core.verdict import Finding, Ruling

_PASS = "Status: PASS"


def judge(snapshot: Snapshot) -> Ruling:
    """Rule whether the evidence is there. Findings: A301 and A302 no usable document, A303 line 1, A304 encoding."""
    record, log = snapshot.test_record, snapshot.difflog
    findings = (*_of_record(record, snapshot.places.test_record), *_of_log(log, snapshot.places.diff_log))
    return Ruling(basis=f"test record {_seen_record(record)}, diff log {seen_in(log)}", findings=findings)


def _of_record(record: TestRecordReading, path: str) -> tuple[Finding, ...]:
    if not isinstance(record, TestRecord):
        seen = _seen_record(record)
        return (Finding(code="A301", path=path, message=f"test record {seen}", expected="a test record", actual=seen),)
    found: tuple[Finding, ...] = ()
    if not record.line1.startswith(_PASS):
        message = f"line 1: expected '{_PASS}', found '{record.line1}'"
        found = (Finding(code="A303", path=path, line=1, message=message, expected=_PASS, actual=record.line1),)
    return (*found, *_encoding(record.encoding_defect, path))


def _of_log(reading: DiffLogReading, path: str) -> tuple[Finding, ...]:
    log = log_of(reading)
    if log is not None:
        return _encoding(log.encoding_defect, path)
    seen, line = seen_in(reading), reading.line if isinstance(reading, Malformed) else None
    return (Finding(code="A302", path=path, line=line, message=f"diff log {seen}", expected="a diff log", actual=seen),)


def _encoding(defect: str | None, path: str) -> tuple[Finding, ...]:
    if defect is None:
        return ()
    return (Finding(code="A304", path=path, message=f"expected UTF-8, {defect}", expected="UTF-8", actual=defect),)


def _seen_record(record: TestRecordReading) -> str:
    match record:
        case Absent():
            return "is missing"
        case Unreadable(why=why) | BrokenRecord(why=why):
            return why
        case Blank():
            return "is blank"
        case TestRecord(status=status):
            return status or "without a plain status"
        case other:
            assert_never(other)
