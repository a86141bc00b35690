"""A recorded audit once more: which entries can be, what is asked of the worker, and what is said about another answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from forgewatch import __version__
from forgewatch.app.replaying import Replayable, Replayed, find_entry, replay
from forgewatch.core.codes import DOCS
from forgewatch.core.errors import InputsGone, UsageError
from forgewatch.core.events import Adopted, Recorded
from forgewatch.core.journal_line import decode_line, encode_line
from forgewatch.core.places import FORGE
from forgewatch.core.record_entry import EntryRules, entry_of_failure, entry_of_report
from forgewatch.core.record_state import RecordState
from forgewatch.core.report import AuditAnswer, Committed, Failed, Report
from forgewatch.core.settings import RepositorySettings, Settings
from forgewatch.core.verdict import Audit, Outcome, StopReason
from tests.app.test_auditing import Desk, SmallAuditor
from tests.support.answers import HEAD, digest, envelope, failing, report, unclaimed

KEPT = digest("inputs")
RULES = EntryRules(places=FORGE, docs=DOCS, loopback_limit=3)


def recorded(told: Report, **parts: Any) -> Recorded:
    """The entry of a report, at place 1."""
    event = entry_of_report(RecordState(), told, None, replace(envelope(), engine=__version__), RULES)
    return Recorded(seq=1, leaf=digest("leaf"), event=replace(event, **parts))


def journal(entry: Recorded) -> Sequence[Recorded]:
    """A first contact, and the entry."""
    contact = Adopted(at="2026-11-20T12:00:00Z", commit=HEAD, legacy=None, actor="first contact")
    return (Recorded(seq=0, leaf=digest("contact"), event=contact), entry)


def found(told: Report, **parts: Any) -> Replayable:
    return find_entry(journal(recorded(told, **parts)), "1")


def replayed(entry: Replayable, answer: AuditAnswer) -> Replayed:
    return replay(Desk().governed, Settings(), SmallAuditor(answer), entry)


@pytest.mark.parametrize("name", ["1", "01", str(digest("leaf")), digest("leaf").removeprefix("sha256:")])
def test_an_entry_is_named_by_its_number_or_its_leaf(name: str) -> None:
    entry = find_entry(journal(recorded(report(inputs=KEPT))), name)
    assert (entry.recorded.seq, entry.inputs, entry.report) == (1, KEPT, report(inputs=KEPT))


@pytest.mark.parametrize("name", ["2", "-1", "", "1.0", "١", "1\n", "sha256:", "HEAD", "9" * 16, "\x1b[31m"])
def test_a_name_that_means_no_entry_is_a_wrong_question(name: str) -> None:
    with pytest.raises(UsageError, match="no entry") as raised:
        find_entry(journal(recorded(report(inputs=KEPT))), name)
    assert "\x1b" not in str(raised.value)


def test_an_entry_that_is_no_audit_is_named_by_what_it_is() -> None:
    with pytest.raises(UsageError, match="entry 0: expected an audit, found Adopted"):
        find_entry(journal(recorded(report(inputs=KEPT))), "0")


def test_an_audit_that_judged_nothing_has_nothing_to_replay() -> None:
    failed = entry_of_failure(RecordState(), Failed(StopReason.ENVIRONMENT_LIMITATION, "git is away"), None, envelope(), RULES)
    with pytest.raises(UsageError, match=r"nothing was judged.*git is away"):
        find_entry((Recorded(seq=0, leaf=digest("leaf"), event=failed),), "0")


def test_an_audit_without_stored_inputs_says_so() -> None:
    with pytest.raises(InputsGone, match="entry 1: its inputs were not stored"):
        found(report())


def test_the_same_report_is_the_same_audit() -> None:
    told = failing(inputs=KEPT)
    again = replayed(found(told), told)
    assert again.differs == ()
    assert again.recorded == recorded(told)


def test_the_outcome_that_people_gave_an_audit_stays_with_the_same_verdict() -> None:
    told = report(inputs=KEPT)
    again = replayed(found(told, outcome=Outcome.SIGNED_OFF), told)
    assert (again.differs, again.event.outcome) == ((), Outcome.SIGNED_OFF)


def test_the_worker_is_asked_for_the_stored_inputs_and_nothing_else() -> None:
    told, auditor = report(inputs=KEPT), SmallAuditor(report(inputs=KEPT))
    settings = Settings(repositories=(RepositorySettings(path="/r"),), sources=(("profile", "/etc/x"),))
    desk = Desk()
    before = list(desk.journal.lines)
    replay(desk.governed, settings, auditor, found(told))
    (asked,) = auditor.asked
    assert (asked.replay, asked.keep_inputs, asked.document, asked.given, asked.base) == (KEPT, False, None, None, None)
    assert (asked.settings.repositories, asked.settings.sources) == ((), ())
    assert desk.journal.lines == before


def test_another_verdict_is_shown_with_both_digests_and_its_own_outcome() -> None:
    again = replayed(found(report(inputs=KEPT)), failing(inputs=KEPT, verdict_digest=digest("other")))
    assert again.differs[0] == f"verdict digest: recorded {digest('verdict first')}, found {digest('other')}"
    assert again.differs[1].startswith("fix plan: recorded [], found ['A1:")
    assert again.differs[-1].startswith("inputs, table of checks and version are the recorded ones")
    assert (again.event.outcome, again.event.stop) == (Outcome.FAIL, StopReason.CONTRACT_CONFLICT)
    assert again.event.fix_plan


def test_a_third_failure_that_fails_otherwise_is_still_the_third() -> None:
    entry = found(failing(inputs=KEPT), stop=StopReason.RISK_EXCEEDS_SCOPE, loopback=3)
    assert replayed(entry, failing(inputs=KEPT, verdict_digest=digest("other"))).event.stop is StopReason.RISK_EXCEEDS_SCOPE


def test_another_fix_plan_under_the_same_verdict_is_a_difference() -> None:
    told = failing(inputs=KEPT)
    again = replayed(found(told, fix_plan=("A1: do nothing",)), told)
    assert [each.split(":")[0] for each in again.differs[:-1]] == ["fix plan"]


@pytest.mark.parametrize("name", ["nai\u0308ve.py", "\udcff.py", "a\nb", "\u202e.py"])
def test_an_odd_name_is_the_same_after_the_journal(name: str) -> None:
    told = failing("first", unclaimed(name), inputs=KEPT, builder_plan=(f"A1: {name}",))
    read = decode_line(1, encode_line(recorded(told).event)[:-1])
    assert isinstance(read, Recorded)
    assert replayed(find_entry(journal(read), "1"), told).differs == ()


def test_other_rules_are_named_as_the_cause() -> None:
    told = report(inputs=KEPT)
    again = replayed(found(told), replace(told, snapshot=digest("other"), policy=digest("others")))
    assert again.differs == (
        f"snapshot digest: recorded {told.snapshot}, found {digest('other')}",
        "the inputs are the recorded ones; the table of checks is another",
    )


def test_another_engine_is_named_as_the_cause() -> None:
    told = report(inputs=KEPT)
    entry = found(told, envelope=replace(envelope(), engine="0.0.9\x1b[31m"))
    again = replayed(entry, replace(told, verdict_digest=digest("other")))
    assert again.differs[-1] == f"engine: recorded by 0.0.9\\x1b[31m, this is {__version__}"


def test_another_engine_that_judges_the_same_is_no_difference() -> None:
    told = report(inputs=KEPT)
    assert replayed(found(told, envelope=replace(envelope(), engine="0.0.9")), told).differs == ()


@pytest.mark.parametrize("engine", [__version__, "0.0.9"])
def test_inputs_that_cannot_be_read_say_why_and_which_engine_stored_them(engine: str) -> None:
    entry = found(report(inputs=KEPT), envelope=replace(envelope(), engine=engine))
    with pytest.raises(InputsGone, match="entry 1 cannot be replayed: gone") as raised:
        replayed(entry, Failed(StopReason.ENVIRONMENT_LIMITATION, "gone", "look"))
    assert raised.value.hint == "look"
    assert ("recorded by 0.0.9" in str(raised.value)) == (engine != __version__)


@pytest.mark.parametrize("answer", [Committed(HEAD), report(audit=Audit(()))], ids=["committed", "no results"])
def test_an_answer_that_is_no_whole_report_is_no_replay(answer: AuditAnswer) -> None:
    with pytest.raises(InputsGone, match="cannot be replayed: expected"):
        replayed(found(report(inputs=KEPT)), answer)
