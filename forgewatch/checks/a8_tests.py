"""A8 Test gate (checks.md A8, contract §10.7): line 1 is exactly `Status: PASS`, nothing exited with an error, and the record is fresh."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import assert_never

from forgewatch.core.settings import Profile
from forgewatch.core.snapshot import Attestation, Snapshot
from forgewatch.core.testrecord import Blank, BrokenRecord, TestRecord
from forgewatch.core.text import counted, escape
from forgewatch.core.values import Absent, Unreadable
from forgewatch.core.verdict import Finding, Ruling

_COMMIT = re.compile(r"[0-9a-f]{7,64}\Z", re.IGNORECASE)

_LEVELS = {"bubblewrap": "in bubblewrap", "unsandboxed": "without a sandbox"}


def judge(snapshot: Snapshot) -> Ruling:
    """Rule over the test record. Findings: A801 no record, A802 line 1, A803 exit, A804 stale, A806 no test ran, A807 unattested, A808 the
    journal knows better.

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
    by = snapshot.record_history.attestation(record.digest, snapshot.tree)
    findings = (
        *_results(snapshot, record),
        *_freshness(snapshot, record),
        *_attestation(snapshot, attested=by is not None),
        *_denial(snapshot, record),
    )
    exits = tuple(f"{name} exit {code}" for name, code in record.exits)
    executed = () if record.executed is None else (f"{counted(record.executed, 'test')} ran",)
    facts = (f"Status: {record.status or 'not plain'}", *exits, *executed, _attested(by) if by else "unattested")
    return Ruling(basis=", ".join(facts), findings=findings)


def _attested(by: Attestation) -> str:
    """Return what the journal vouches for: how many tests, what kept them from the machine, and what of the builder's they ran with."""
    network = next((fact for fact in by.surroundings if fact.startswith("network ")), "")
    # An interpreter or a package that nobody audits can make any result: whoever reads the verdict has to know that there was one.
    visible = next((escape(fact) for fact in by.surroundings if fact.startswith("visible ")), "")
    tests = "uncounted tests" if by.tests is None else counted(by.tests, "test")
    # Fewer tests than before may be honest work; whoever authorizes has to see it (hostile.md, Sandbox for running tests as evidence).
    fewer = f"{by.before} in the last authorized run" if by.before is not None and (by.tests or 0) < by.before else ""
    return ", ".join(filter(None, (f"attested: {tests} {_LEVELS.get(by.level, by.level)}", network, visible, fewer)))


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


def _denial(snapshot: Snapshot, record: TestRecord) -> Iterator[Finding]:
    """A record that says PASS over a tree whose tests failed when forgewatch itself ran them last: the claim is contradicted by a fact."""
    if record.status != "PASS" or snapshot.tree not in snapshot.record_history.failing:
        return
    expected, actual = "the result of the newest run over this tree, FAIL", "Status: PASS"
    message = f"expected {expected} (`forgewatch test` recorded it), found '{actual}'"
    yield Finding(code="A808", path=snapshot.places.test_record, line=1, message=message, expected=expected, actual=actual)
