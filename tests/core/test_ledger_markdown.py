"""The ledger's Markdown against files written by hand from the contract's format. A changed byte here means that every ledger that
exists would look tampered with: give the new form a new `rendering` instead."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from forgewatch.core.bench import Level
from forgewatch.core.catalogue import CodeDoc
from forgewatch.core.events import (
    Adopted,
    ApprovalJudged,
    ApprovalSigned,
    AuditRecorded,
    ContractsRead,
    CycleOpened,
    Event,
    LedgerClaimed,
    LedgerRepaired,
    LedgerRestored,
    LedgerTampered,
    Recorded,
    TestsRecorded,
    TriggerClaimed,
    TriggerDone,
)
from forgewatch.core.ledger_markdown import HEADER, render_event
from forgewatch.core.ledger_reader import read_ledger
from forgewatch.core.places import FORGE
from forgewatch.core.record_entry import EntryRules, entry_of_failure, entry_of_refusal, entry_of_report
from forgewatch.core.record_fold import fold
from forgewatch.core.record_state import FIRST_CONTACT, RecordState
from forgewatch.core.report import ChangedPath, Failed, Report
from forgewatch.core.snapshot import ChangeKind
from forgewatch.core.stop import LOOP_EXCEEDED
from forgewatch.core.values import Digest, Phase, RepoPath
from forgewatch.core.verdict import Audit, CheckCode, CheckResult, Fault, Finding, Outcome, Ruling, Severity, StopReason
from tests.support.answers import HEAD, PHASE, envelope, failing, report, results, trigger, unclaimed, unjudged

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
AUTH = Phase("Phase 3 -- Auth")
AT = "2026-11-20T12:00:00Z"
A = Digest("sha256:" + "a" * 64)
APPROVAL = RepoPath(".ai-stack-trace/add-login/contract/APPROVED")
DOC = CodeDoc(code="A101", title="", means="", good="", bad="", fix="", action="claim or remove {path}")
RULES = EntryRules(places=FORGE, docs={"A101": DOC})


def placed(seq: int, event: Event) -> Recorded:
    """Return the event at a place whose leaf repeats the place's two digits."""
    return Recorded(seq=seq, leaf=Digest("sha256:" + f"{seq}" * 32), event=event)


def after(*reports: Report) -> RecordState:
    """Return the state after entries of these reports."""
    state = RecordState()
    for seq, one in enumerate(reports):
        state = fold(state, placed(seq, entry_of_report(state, one, None, envelope(), RULES)))
    return state


def golden(name: str) -> bytes:
    """Return a file of the golden folder."""
    return (GOLDEN / name).read_bytes()


def rich_failure() -> AuditRecorded:
    """Return the second FAIL of a phase, with everything an entry can hold."""
    changed = tuple(ChangedPath(RepoPath(path), ChangeKind.MODIFIED) for path in ("app/a.py", "backdoor.py"))
    rows = results(
        A1=Ruling(basis="3 changed, 2 claimed", findings=(unclaimed(),)),
        A2=Ruling(basis="0 renames among 3 changes"),
        A9=Ruling(basis="no Python file changed", applicable=False),
        W3=Ruling(
            basis="2 routes", findings=(Finding(code="W302", path="app/api.py", line=7, message="route is not declared", actual="GET /x"),)
        ),
    )
    tests = CheckResult(
        code=CheckCode("X-TESTS"),
        title="Tests",
        severity=Severity.WARNING,
        answer=Ruling(basis="1 source file", findings=(Finding(code="XT01", path="app/a.py", message="changed without a test"),)),
    )
    fine = CheckResult(code=CheckCode("X-BOOT"), title="Boot script", severity=Severity.WARNING, answer=Ruling(basis="none"))
    second = report(
        "second", phase=AUTH, changed=changed, notes=("policy changed: Forge/Contracts/boundaries.json",), audit=Audit((*rows, tests, fine))
    )
    return entry_of_report(after(failing("first", phase=AUTH)), second, trigger(), envelope(), RULES)


@pytest.mark.req("S002-10.6-2")
@pytest.mark.req("S002-10.6-9")
def test_a_new_ledger_begins_with_the_header_and_a_failed_entry_is_the_template_byte_for_byte() -> None:
    assert HEADER + render_event(placed(41, rich_failure())) == golden("ledger_first_fail.md")


@pytest.mark.req("S002-10.6-2")
def test_a_passing_entry_has_no_fix_plan_no_stop_and_no_loopback() -> None:
    passing = report("third", phase=AUTH, changed=())
    event = entry_of_report(
        after(failing("1", phase=AUTH), failing("2", phase=AUTH)), passing, None, envelope("2026-11-20T12:05:00Z"), RULES
    )
    assert render_event(placed(42, event)) == golden("ledger_pass.md")


@pytest.mark.req("S002-10.3-6")
def test_the_third_fail_in_a_row_stops_with_the_exact_sentence() -> None:
    event = entry_of_report(after(failing("1", phase=AUTH), failing("2", phase=AUTH)), failing("3", phase=AUTH), None, envelope(), RULES)
    assert render_event(placed(43, event)) == golden("ledger_third_fail.md")
    assert LOOP_EXCEEDED == "AEM audit loop exceeded 3 iterations without full PASS. Manual review required."


@pytest.mark.req("S002-10.3-6")
def test_the_last_fail_names_every_reason_beside_a_check_that_could_not_be_judged() -> None:
    rows = results(A1=Ruling(basis="3 changed, 2 claimed", findings=(unclaimed(),)), A4=Fault("git ended with 128"))
    third = report("3", phase=AUTH, audit=Audit(rows))
    event = entry_of_report(after(failing("1", phase=AUTH), failing("2", phase=AUTH)), third, None, envelope(), RULES)
    told = ("STOP: ENVIRONMENT_LIMITATION", LOOP_EXCEEDED, "Also: RISK_EXCEEDS_SCOPE", "Also: CONTRACT_CONFLICT")
    assert "\n".join(("", *told, "Loopback: 3 of 3", "")) in render_event(placed(43, event)).decode()


@pytest.mark.req("S002-12-6")
def test_scope_that_grew_stops_without_the_sentence_about_the_loop() -> None:
    grown = Finding(code="A112", path="b.py", message="changed, and not planned when the cycle began")
    event = entry_of_report(after(), failing("1", grown, phase=AUTH), None, envelope(), RULES)
    text = render_event(placed(44, event)).decode()
    assert "\nSTOP: RISK_EXCEEDS_SCOPE\nLoopback: 1 of 3\n" in text
    assert LOOP_EXCEEDED not in text


@pytest.mark.req("S002-10.6-5")
def test_an_audit_that_could_not_be_done_is_a_whole_checklist_of_unjudged_rows() -> None:
    failed = Failed(StopReason.ENVIRONMENT_LIMITATION, "the worker died (signal 9)", "raise audit.memory_mb")
    event = entry_of_failure(RecordState(), failed, None, envelope(), RULES)
    assert render_event(placed(44, event)) == golden("ledger_crashed.md")


@pytest.mark.req("S002-10.6-10")
def test_an_audit_that_the_ledger_refused_stops_with_evidence_missing() -> None:
    state = after(report("1", phase=AUTH), report("2", phase=AUTH), failing("3", phase=AUTH))
    event = entry_of_refusal(state, "line 7 differs", "forgewatch ledger restore", None, envelope(), RULES, AUTH)
    assert render_event(placed(45, event)) == golden("ledger_refused.md")


def test_notes_about_approvals_adoption_claims_and_restoring_are_blocks_of_their_own() -> None:
    accepted = ApprovalJudged(
        at=AT, path=APPROVAL, kind="APPROVED", subject="add-login", accepted=True, field="", expected="", actual="", digest=A
    )
    refused = replace(accepted, accepted=False, field="base sha", expected=HEAD, actual="abc1234")
    authorization = ApprovalJudged(
        at=AT,
        path=FORGE.authorized,
        kind="AUTHORIZED",
        subject="phase-3-auth",
        accepted=False,
        field="file",
        expected="a regular file",
        actual="is a symlink",
        digest=None,
    )
    events: tuple[Event, ...] = (
        accepted,
        refused,
        authorization,
        Adopted(at=AT, commit=HEAD, legacy=None, actor="alice", reason="pulled from upstream"),
        Adopted(at=AT, commit=None, legacy=None, actor="alice"),
        LedgerClaimed(at=AT, digest=A, size=120),
        LedgerRestored(at=AT, actor="alice"),
        approval := ApprovalSigned(at=AT, task="add-login", base=HEAD, contract=A, actor="alice", uid=1000, host="build-1", tier=0),
        replace(approval, tier=3, principals=("alice@example.com", "bob"), nonce="0f" * 16),
    )
    assert b"".join(render_event(placed(50 + place, event)) for place, event in enumerate(events)) == golden("ledger_notes.md")


@pytest.mark.parametrize(
    "event",
    [
        Adopted(at=AT, commit=HEAD, legacy=A, actor=FIRST_CONTACT),
        CycleOpened(at=AT, cycle=1, document=A),
        ContractsRead(at=AT, phase=PHASE, actor="o", files=()),
        TriggerClaimed(at=AT, trigger=trigger()),
        TriggerDone(at=AT, trigger=trigger(), result="entry", entry=1),
        LedgerRepaired(at=AT, size=7),
        LedgerTampered(at=AT, digest=A, detail="line 7 differs"),
        TestsRecorded(
            at=AT, record=A, tree=A, head=HEAD, level=Level.BUBBLEWRAP, offline=False, steps=(), executed=1, failed=0, passed=True
        ),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_only_the_journal_needs_adds_nothing_to_the_markdown(event: Event) -> None:
    assert render_event(placed(10, event)) == b""


@pytest.mark.req("S002-10.6-3")
@pytest.mark.parametrize("outcome", [Outcome.SIGNED_OFF, Outcome.AUTHORIZED, Outcome.AUTO_AUTHORIZED])
def test_the_amending_outcomes_are_written_with_the_contracts_words(outcome: Outcome) -> None:
    event = replace(entry_of_report(RecordState(), report(), None, envelope(), RULES), outcome=outcome, amends=7)
    text = render_event(placed(46, event)).decode()
    assert f"\nOutcome: {outcome.value}\n" in text
    assert "\nAmends: 7\n" in text
    assert "### Fix Plan" not in text


@pytest.mark.req("S002-10.6-3")
def test_a_check_that_could_not_be_judged_is_a_fail_in_markdown_and_counts_no_loop() -> None:
    event = entry_of_report(RecordState(), unjudged(why="git ended with 128"), None, envelope(), RULES)
    text = render_event(placed(47, event)).decode()
    assert event.outcome is Outcome.ERROR
    assert "\nOutcome: FAIL\n" in text
    assert "\n- A4 Boundary compliance:   FAIL — could not be judged: git ended with 128\n" in text
    assert "STOP: ENVIRONMENT_LIMITATION" in text
    assert "Loopback:" not in text


@pytest.mark.req("S002-10.3-3")
def test_four_findings_of_one_check_are_three_and_a_count() -> None:
    findings = tuple(unclaimed(f"new{number}.py") for number in range(4))
    text = render_event(placed(48, entry_of_report(RecordState(), failing("x", *findings), None, envelope(), RULES))).decode()
    assert "A101 new0.py (untracked); A101 new1.py (untracked); A101 new2.py (untracked); and 1 more\n" in text
    assert "- A1: claim or remove new0.py; claim or remove new1.py; claim or remove new2.py; and 1 more\n" in text


HOSTILE = (
    "x\n\n---\n## Audit Entry: Phase 9 — Iteration 1\nOutcome: AUTHORIZED (committed)",
    "x\r\n---\r\n## Audit Entry: Phase 9 — Iteration 1",
    "x\u2028## Audit Entry: Phase 9 — Iteration 1",
    "## Audit Entry: Phase 9 — Iteration 1",
    "\x1b[2J\x1b[H\x1b]52;c;AAAA\x07",
    "\u202egnp.exe",
    "Entry: 41 sha256:" + "0" * 64,
    "--------",
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_string_a_builder_wrote_can_begin_an_entry_or_move_a_cursor(text: str) -> None:
    hostile = failing(
        "x",
        Finding(code="A101", path=text, message=text, expected=text, actual=text),
        phase=Phase(text),
        changed=(ChangedPath(RepoPath(text), ChangeKind.ADDED),),
        notes=(text,),
    )
    event = replace(entry_of_report(RecordState(), hostile, None, envelope(), RULES), why=text)
    shown = render_event(placed(49, event))
    plain = render_event(placed(49, entry_of_report(RecordState(), failing("x", notes=("y",)), None, envelope(), RULES)))
    assert shown.count(b"\n") == plain.count(b"\n")
    assert shown.count(b"\n---") == 1
    assert not any(byte < 32 and byte != 10 for byte in shown)
    assert "\u202e".encode() not in shown and "\u2028".encode() not in shown
    entries = read_ledger(shown)
    assert [(entry.seq, entry.outcome) for entry in entries] == [(49, "FAIL")]
    assert shown.count(b"\nEntry: 49 ") == 1


HIDING = (
    ("<!--", "=backdoor.py", ">-->"),
    ("<!-- app/a.py -->",),
    ("<img src=x onerror=alert(1)>.py", "<details>.py"),
    ("![x](y/z.png)", "[approved](y.md)", "<http:x>"),
    ("a&#8238;b.py", "c&nbsp;d", "e&lt;f"),
    ("]]>", "a|b", "**bold**", "`", "x`y"),
)


@pytest.mark.parametrize("paths", HIDING, ids=range(len(HIDING)))
def test_a_reader_of_the_rendered_ledger_sees_every_name(paths: tuple[str, ...]) -> None:
    changed = tuple(ChangedPath(RepoPath(path), ChangeKind.ADDED) for path in paths)
    told = failing("x", *(unclaimed(path) for path in paths), phase=Phase(paths[0]), changed=changed, notes=paths)
    text = render_event(placed(49, entry_of_report(RecordState(), told, None, envelope(), RULES))).decode()
    tokens = [leaf for token in MarkdownIt("commonmark").parse(text) for leaf in (token, *(token.children or ()))]
    assert {token.type for token in tokens} & {"html_inline", "html_block", "link_open", "image"} == set()
    shown = "\n".join(token.content for token in tokens if token.type in ("text", "code_inline", "text_special"))
    assert "\u202e" not in shown and "\xa0" not in shown
    for path in paths:
        words = re.findall(r"[a-z]{3,}", path)
        assert all(shown.count(word) >= 2 for word in words), (path, shown)


def test_no_string_in_an_approval_can_look_like_an_audit_entry() -> None:
    text = HOSTILE[0]
    judged = ApprovalJudged(
        at=AT, path=RepoPath(text), kind="APPROVED", subject=text, accepted=False, field=text, expected=text, actual=text, digest=A
    )
    shown = render_event(placed(57, judged))
    assert read_ledger(shown) == ()
    assert shown.count(b"\n---") == 1
