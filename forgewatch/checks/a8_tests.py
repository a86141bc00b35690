"""A8 Test gate (checks.md A8, contract §10.7): line 1 is exactly `Status: PASS`, nothing exited with an error, and the record is fresh."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import assert_never

from forgewatch.core.settings import Profile
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.testrecord import Blank, BrokenRecord, TestRecord
from forgewatch.core.values import Absent, Unreadable
from forgewatch.core.verdict import Finding, Ruling

_COMMIT = re.compile(r"[0-9a-f]{7,64}\Z", re.IGNORECASE)


def judge(snapshot: Snapshot) -> Ruling:
    """Rule over the test record. Findings: A801 no record, A802 line 1, A803 exit, A804 stale, A806 no test ran, A807 unattested.

    Unattested records fail where the operator or the caller asks for the profile `strict`. File times are no facts and are not looked at.
    """
    record = snapshot.test_record
    match record:
        case Absent():
            return _without(snapshot, "is missing")
        case Blank():
            return _without(snapshot, "is blank")
        case Unreadable(why=why) | BrokenRecord(why=why):
            return _without(snapshot, why)
        case TestRecord():
            return _rule(snapshot, record)
        case other:
            assert_never(other)


def _without(snapshot: Snapshot, seen: str) -> Ruling:
    path = snapshot.places.test_record
    finding = Finding(code="A801", path=path, message=f"test record {seen}", expected="a test record", actual=seen)
    return Ruling(basis="no readable test record", findings=(finding,))


def _rule(snapshot: Snapshot, record: TestRecord) -> Ruling:
    attested = record.digest in snapshot.record_history.attested
    findings = (*_results(snapshot, record), *_freshness(snapshot, record), *_attestation(snapshot, attested=attested))
    exits = tuple(f"{name} exit {code}" for name, code in record.exits)
    executed = () if record.executed is None else (f"{record.executed} tests ran",)
    facts = (f"Status: {record.status or 'not plain'}", *exits, *executed, "attested" if attested else "unattested")
    return Ruling(basis=", ".join(facts), findings=findings)


def _results(snapshot: Snapshot, record: TestRecord) -> Iterator[Finding]:
    path = snapshot.places.test_record
    if record.status != "PASS":
        message = f"line 1: expected exactly 'Status: PASS', found '{record.line1}'"
        yield Finding(code="A802", path=path, line=1, message=message, expected="Status: PASS", actual=record.line1)
    for name, code in record.exits:
        if code:
            message = f"{name}: expected exit 0, found exit {code}"
            yield Finding(code="A803", path=path, message=message, expected=f"{name} exit: 0", actual=f"{name} exit: {code}")
    for name, text in record.unclear_exits:
        actual = f"{name} exit: {text}"
        yield Finding(code="A803", path=path, message=f"{name}: expected exit 0, found '{text}'", expected=f"{name} exit: 0", actual=actual)
    if record.later_fail is not None and record.status == "PASS":
        message = f"line {record.later_fail}: expected no other status than that of line 1, found 'Status: FAIL'"
        yield Finding(code="A803", path=path, line=record.later_fail, message=message, expected="one status", actual="Status: FAIL")
    if record.failed and not any(code for _, code in record.exits):
        message = f"expected 0 failed tests, found {record.failed}"
        yield Finding(code="A803", path=path, message=message, expected="0 failed", actual=f"{record.failed} failed")
    if record.executed == 0:
        yield Finding(
            code="A806", path=path, message="expected at least one test that ran, found 0", expected="1 test or more", actual="0 tests"
        )


def _freshness(snapshot: Snapshot, record: TestRecord) -> Iterator[Finding]:
    """A record is fresh when it names the audited tree; without one, when nothing known speaks against it (S002-9.2-5)."""
    stale = _other_tree(snapshot, record) if record.tree is not None else _other_commit(snapshot, record) or _seen_before(snapshot, record)
    if stale:
        expected, actual = stale
        message = f"the record is stale: expected {expected}, found {actual}"
        yield Finding(code="A804", path=snapshot.places.test_record, message=message, expected=expected, actual=actual)


def _other_tree(snapshot: Snapshot, record: TestRecord) -> tuple[str, str] | None:
    other = next((tree for tree in (record.tree, *record.more_trees) if tree != snapshot.tree), None)
    return None if other is None else (f"Tree: {snapshot.tree}", f"Tree: {other}")


def _other_commit(snapshot: Snapshot, record: TestRecord) -> tuple[str, str] | None:
    """A record written by hand may shorten HEAD: seven digits or more that begin its id name it. Other words name no commit.

    Every `HEAD:` line counts: a record that names two commits is of one of them only.
    """
    head = snapshot.history.head
    for named in (record.head or "", *record.more_heads):
        if _COMMIT.match(named) and (head is None or not head.startswith(named.lower())):
            return f"HEAD: {head or 'no commit yet'}", f"HEAD: {named}"
    return None


def _seen_before(snapshot: Snapshot, record: TestRecord) -> tuple[str, str] | None:
    trees = [tree for digest, tree in snapshot.record_history.seen if digest == record.digest and tree != snapshot.tree]
    return ("a run of the tests over this tree", f"the same record that an earlier audit saw with tree {trees[0]}") if trees else None


def _attestation(snapshot: Snapshot, *, attested: bool) -> Iterator[Finding]:
    if attested or not snapshot.attested_only:
        return
    expected, actual = "a record written by `forgewatch test`", f"an unattested record in profile {Profile.STRICT}"
    yield Finding(
        code="A807", path=snapshot.places.test_record, message=f"expected {expected}, found {actual}", expected=expected, actual=actual
    )
