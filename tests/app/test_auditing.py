"""From the state of the record to the recorded entry: what the worker is told, and what is believed of its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from forgewatch.app.auditing import Governed, Judged, Question, judge_once, phase_of, preview, record_judged, request_for
from forgewatch.app.record import Record
from forgewatch.core.checklist import CHECKLIST
from forgewatch.core.codes import DOCS
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.places import FORGE, Layout
from forgewatch.core.record_entry import EntryRules
from forgewatch.core.report import AuditAnswer, AuditRequest, Committed, Failed, GivenClaim, Report
from forgewatch.core.settings import Profile, RepositorySettings, Settings
from forgewatch.core.snapshot import LedgerCondition
from forgewatch.core.verdict import Audit, Fault, Outcome, Ruling, StopReason
from tests.support.answers import HEAD, PHASE, Unmoved, report, results, trigger, unclaimed
from tests.support.ports import FixedClock, MemoryFiles, MemoryJournal, MemoryVault

LEDGER = "Forge/evidence/audit_ledger.md"


class SmallAuditor(Unmoved):
    """`ports.Auditor` that gives one answer, remembers what it was asked, and may let time pass."""

    def __init__(self, answer: AuditAnswer, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.answer = answer
        self.meanwhile = meanwhile
        self.asked: list[AuditRequest] = []

    def audit(self, request: AuditRequest) -> AuditAnswer:
        self.asked.append(request)
        self.meanwhile()
        return self.answer


class Desk:
    """One repository in memory."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.files = MemoryFiles()
        self.journal = MemoryJournal()
        rules = EntryRules(places=FORGE, docs=DOCS, loopback_limit=3)
        self.record = Record(
            journal=self.journal, files=self.files, evidence=self.files, vault=MemoryVault(), clock=self.clock, rules=rules
        )
        self.record.first_contact(HEAD)
        self.governed = Governed(
            root="/r",
            folder="/s",
            places=FORGE,
            layout=Layout.FORGE,
            files=self.files,
            record=self.record,
            rules=rules,
            git="/usr/bin/git",
            assurance="local",
            host="testhost",
            head=lambda: HEAD,
            head_places=tuple,
            checklist=CHECKLIST,
        )

    def judge(self, auditor: SmallAuditor, settings: Settings | None = None, **asked: object) -> Judged | Committed:
        return judge_once(self.governed, settings or Settings(), auditor, self.clock, Question(**asked))  # type: ignore[arg-type]

    def cycle(self, auditor: SmallAuditor, *, skip_committed: bool = False, claimed: bool = True) -> Recorded | Committed:
        judged = self.judge(auditor, document=b"log", cycle=0 if claimed else None, skip_committed=skip_committed)
        return judged if isinstance(judged, Committed) else record_judged(self.governed, judged, trigger(cycle=0) if claimed else None)

    @property
    def entries(self) -> list[AuditRecorded]:
        return [event for event in self.journal.events if isinstance(event, AuditRecorded)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def entry_of(answer: Recorded | Committed) -> AuditRecorded:
    assert isinstance(answer, Recorded)
    assert isinstance(answer.event, AuditRecorded)
    return answer.event


def judged_of(answer: Judged | Committed) -> Judged:
    assert isinstance(answer, Judged)
    return answer


def test_a_report_becomes_an_entry_in_journal_and_ledger(desk: Desk) -> None:
    def works() -> None:
        desk.clock.seconds += 2

    entry = entry_of(desk.cycle(SmallAuditor(report(), works)))
    assert entry.outcome is Outcome.PASS
    assert (entry.envelope.duration_ms, entry.envelope.at, entry.envelope.host) == (2000, "2026-11-20T12:00:02Z", "testhost")
    assert entry.trigger == trigger(cycle=0)
    assert desk.entries == [entry]
    assert b"Outcome: PASS" in bytes(desk.files.files[LEDGER])  # type: ignore[arg-type]


def test_the_worker_is_told_what_only_the_record_knows(desk: Desk) -> None:
    auditor = SmallAuditor(report())
    desk.cycle(auditor)
    desk.judge(auditor, Settings(profile=Profile.CI, repositories=(RepositorySettings(path="/r"),), sources=(("profile", "here"),)))
    first, second = auditor.asked
    assert (first.root, first.state, first.git, first.layout) == ("/r", "/s", "/usr/bin/git", Layout.FORGE)
    assert (first.document, first.anchor, first.adopted, first.authorized) == (b"log", HEAD, True, (HEAD,))
    assert (first.ledger.condition, first.ledger.entries) == (LedgerCondition.NEW, 0)
    assert first.record_history.seen == ()
    assert second.profile is Profile.CI
    assert (second.settings.repositories, second.settings.sources) == ((), ())
    assert (second.ledger.condition, second.ledger.entries) == (LedgerCondition.INTACT, 1)
    assert second.record_history.seen == ((report().record, report().tree),)


def test_a_question_overrules_the_settings_and_the_records_cycle(desk: Desk) -> None:
    number = desk.record.open_cycle(report().policy)
    ledger = desk.record.inspect_ledger()
    plain = request_for(desk.governed, Settings(), Question(), ledger)
    asked = request_for(desk.governed, Settings(), Question(profile=Profile.RELEASE, cycle=9, base="main"), ledger)
    assert (plain.profile, plain.cycle, plain.base) == (Profile.DEV, number, None)
    assert (asked.profile, asked.cycle, asked.base) == (Profile.RELEASE, 9, "main")


def test_the_same_identity_again_is_the_entry_that_exists(desk: Desk) -> None:
    first = desk.cycle(SmallAuditor(report()), claimed=False)
    assert desk.cycle(SmallAuditor(report()), claimed=False) == first
    assert len(desk.entries) == 1


def test_a_committed_diff_log_is_told_and_not_recorded(desk: Desk) -> None:
    assert desk.cycle(SmallAuditor(Committed(HEAD)), skip_committed=True) == Committed(HEAD)
    assert desk.entries == []


def test_the_word_committed_that_nobody_asked_for_is_an_error(desk: Desk) -> None:
    entry = entry_of(desk.cycle(SmallAuditor(Committed(HEAD))))
    assert (entry.outcome, entry.stop) == (Outcome.ERROR, StopReason.ENVIRONMENT_LIMITATION)


@pytest.mark.parametrize("kept", [(), tuple(range(11)), tuple(range(1, 12)), (1, 0, *range(2, 12)), (*range(12), 11)])
def test_an_answer_that_leaves_checks_out_or_moves_them_is_no_pass(desk: Desk, kept: tuple[int, ...]) -> None:
    told = results()
    entry = entry_of(desk.cycle(SmallAuditor(report(results=tuple(told[place] for place in kept)))))
    assert (entry.outcome, entry.report) == (Outcome.ERROR, None)


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"A1": Ruling(basis="b", findings=(unclaimed(),))}, Outcome.FAIL),
        ({"A4": Fault("broke")}, Outcome.ERROR),
        ({"A4": Fault("broke"), "A1": Ruling(basis="b", findings=(unclaimed(),))}, Outcome.FAIL),
        ({"W1": Fault("broke")}, Outcome.PASS),
    ],
)
def test_the_outcome_follows_from_the_results(desk: Desk, answers: dict[str, Ruling | Fault], outcome: Outcome) -> None:
    assert entry_of(desk.cycle(SmallAuditor(report(results=results(**answers))))).outcome is outcome


def test_a_report_without_results_has_not_passed() -> None:
    assert not Audit(()).passed


def test_a_failed_audit_is_an_error_entry_with_reason_and_phase(desk: Desk) -> None:
    failed = Failed(StopReason.NON_DETERMINISTIC_BEHAVIOR, "it moved", "let it rest")
    judged = judged_of(desk.judge(SmallAuditor(failed), given=GivenClaim(raw=("a",), phase="3")))
    entry = entry_of(record_judged(desk.governed, judged, None))
    assert (entry.outcome, entry.stop) == (Outcome.ERROR, StopReason.NON_DETERMINISTIC_BEHAVIOR)
    assert entry.phase.startswith("Phase 3")
    assert entry.report is None


def test_a_tampered_ledger_stops_the_audit_before_the_worker_is_asked(desk: Desk) -> None:
    desk.cycle(SmallAuditor(report()))
    desk.files.files[LEDGER] = bytes(desk.files.files[LEDGER]).replace(b"Outcome: PASS", b"Outcome: pass")  # type: ignore[arg-type]
    auditor = SmallAuditor(report("second"))
    judged = judged_of(desk.judge(auditor))
    assert auditor.asked == []
    assert judged.refused
    entry = entry_of(record_judged(desk.governed, judged, None))
    assert (entry.outcome, entry.stop) == (Outcome.FAIL, StopReason.EVIDENCE_MISSING)


@pytest.mark.parametrize(
    ("change", "condition", "detail"),
    [
        (lambda text: text, LedgerCondition.INTACT, ""),
        (lambda text: text[:40], LedgerCondition.REPAIRED, "ended after 40 of "),
        (lambda text: text + b"Outcome: AUTHORIZED\n", LedgerCondition.EXTENDED, "20 bytes after the last entry"),
    ],
    ids=["whole", "shortened", "extended"],
)
def test_an_audit_that_records_nothing_compares_the_ledger_and_leaves_it(
    desk: Desk, change: Callable[[bytes], bytes], condition: LedgerCondition, detail: str
) -> None:
    desk.cycle(SmallAuditor(report()))
    found = desk.files.files[LEDGER] = change(bytes(desk.files.files[LEDGER]))  # type: ignore[arg-type]
    before = list(desk.journal.lines)
    auditor = SmallAuditor(report("second"))
    judged = judged_of(desk.judge(auditor, recordable=False))
    facts = auditor.asked[0].ledger
    assert (facts.condition, facts.entries) == (condition, 1)
    assert facts.detail.startswith(detail)
    assert preview(desk.governed, judged).outcome is Outcome.PASS
    assert desk.journal.lines == before
    assert desk.files.files[LEDGER] == found


def test_an_audit_that_records_nothing_is_refused_over_a_forged_ledger_like_any_other(desk: Desk) -> None:
    desk.cycle(SmallAuditor(report()))
    desk.files.files[LEDGER] = bytes(desk.files.files[LEDGER]).replace(b"Outcome: PASS", b"Outcome: AUTHORIZED")  # type: ignore[arg-type]
    before, auditor = list(desk.journal.lines), SmallAuditor(report("second"))
    entry = preview(desk.governed, judged_of(desk.judge(auditor, recordable=False)))
    assert (auditor.asked, entry.outcome, entry.stop) == ([], Outcome.FAIL, StopReason.EVIDENCE_MISSING)
    assert desk.journal.lines == before


@pytest.mark.parametrize(
    "answer",
    [report(), report(results=results(A1=Ruling(basis="b", findings=(unclaimed(),)))), Failed(StopReason.ENVIRONMENT_LIMITATION, "w", "h")],
)
def test_the_preview_is_the_entry_that_recording_makes(desk: Desk, answer: Report | Failed) -> None:
    judged = judged_of(desk.judge(SmallAuditor(answer)))
    assert preview(desk.governed, judged) == entry_of(record_judged(desk.governed, judged, None))


def test_the_preview_of_a_refused_audit_is_the_refusal(desk: Desk) -> None:
    judged = judged_of(desk.judge(SmallAuditor(report())))
    refused = replace(judged, answer=Failed(StopReason.EVIDENCE_MISSING, "w"), refused="byte 3 differs")
    shown = preview(desk.governed, refused)
    assert (shown.outcome, shown.stop, shown.report) == (Outcome.FAIL, StopReason.EVIDENCE_MISSING, None)


@pytest.mark.parametrize(
    ("question", "phase"),
    [
        (Question(), "unknown"),
        (Question(given=GivenClaim(raw=(), phase=None)), "unknown"),
        (Question(given=GivenClaim(raw=(), phase="2.1")), "Phase 2.1"),
        (Question(document=b"nothing"), "unknown"),
        (Question(document=b"## Cycle Status\n- Status: COMPLETE\n\n## Summary\n- Phase 1 -- Things\n"), PHASE),
    ],
)
def test_an_audit_without_a_report_is_about_the_phase_that_was_claimed(question: Question, phase: str) -> None:
    assert phase_of(question) == phase


def test_an_auditor_that_cannot_begin_leaves_no_entry(desk: Desk) -> None:
    def refuse() -> None:
        raise EnvironmentFault("no process")

    with pytest.raises(EnvironmentFault, match="no process"):
        desk.cycle(SmallAuditor(report(), refuse))
    assert desk.entries == []
