"""May new work begin: four outcomes, the same phase and another one."""

from __future__ import annotations

import pytest

from forgewatch.core.authority_events import PhaseUnblocked
from forgewatch.core.events import Adopted, LedgerTampered
from forgewatch.core.new_work import Hold, failed_work, hold_on
from forgewatch.core.values import UNKNOWN_PHASE, Phase
from forgewatch.core.verdict import StopReason
from tests.support.answers import PHASE, failing, unjudged
from tests.support.authority import AT, BASE, OTHER_PHASE, Chronicle, signed_off_and_granted, work_report

RETITLED = Phase("Phase 1 -- By another title")
ADOPT = "the operator takes over what is there: forgewatch ledger adopt"
SIGNED_OFF = Hold(
    "entry 1, Phase 1 -- Things, is SIGNED-OFF (awaiting AUTHORIZED)",
    ("the operator: forgewatch authorize", ADOPT),
)
GRANTED = Hold(
    "entry 1, Phase 1 -- Things, is authorized by entry 3 and not committed yet",
    ("commit the audited tree with git", "the operator: forgewatch authorize --commit MESSAGE", ADOPT),
)


def failed(told: object = failing) -> Chronicle:
    return Chronicle().audits(work_report("first", told))


@pytest.mark.req("S002-1-6")
@pytest.mark.parametrize(
    ("record", "same", "other"),
    [
        (Chronicle(), None, None),
        (Chronicle().works(), None, None),
        (Chronicle().works().signs_off(), SIGNED_OFF, SIGNED_OFF),
        (signed_off_and_granted(), GRANTED, GRANTED),
        (signed_off_and_granted().commits(), None, None),
    ],
    ids=["nothing is audited", "it passed", "it is signed off", "it is authorized", "it is committed"],
)
def test_what_is_signed_off_holds_every_phase_until_it_is_committed(record: Chronicle, same: Hold | None, other: Hold | None) -> None:
    assert (hold_on(record.state, PHASE), hold_on(record.state, OTHER_PHASE)) == (same, other)


@pytest.mark.req("S002-1-6")
def test_after_a_fail_its_own_phase_goes_on_under_any_title_and_no_other_begins() -> None:
    record = failed()
    assert [hold_on(record.state, phase) for phase in (PHASE, RETITLED, UNKNOWN_PHASE)] == [None, None, None]
    held = hold_on(record.state, OTHER_PHASE)
    assert held is not None and held.why == "entry 1, Phase 1 -- Things, is FAIL (A1), and Phase 2 is other work"
    assert held.ways == ("go on with Phase 1 until its audit passes: mend what failed, complete the cycle again", ADOPT)
    assert hold_on(record.works("second").state, OTHER_PHASE) is None


def test_what_could_not_be_judged_has_not_passed_either() -> None:
    held = hold_on(failed(unjudged).state, OTHER_PHASE)
    assert held is not None and held.why.startswith("entry 1, Phase 1 -- Things, is not judged")
    died = Chronicle().audits(None)
    assert (hold_on(died.state, PHASE), failed_work(died.state)) == (None, died.work)
    told = hold_on(died.state, OTHER_PHASE)
    assert told is not None and "is not judged, and Phase 2" in told.why


def test_a_fail_whose_phase_nobody_knows_holds_no_phase() -> None:
    record = Chronicle().audits(work_report("first", failing, phase=UNKNOWN_PHASE))
    assert hold_on(record.state, OTHER_PHASE) is None
    assert failed_work(record.state) == record.work


def test_a_phase_that_used_up_its_loops_holds_every_phase_until_the_operator_unblocks_it() -> None:
    record = Chronicle().audits(*[work_report(str(one), failing) for one in range(3)])
    held = hold_on(record.state, PHASE)
    assert held == hold_on(record.state, OTHER_PHASE)
    assert held is not None and held.why == "Phase 1 is blocked: it used up its loops, and no operator has unblocked it"
    assert held.stop is StopReason.RISK_EXCEEDS_SCOPE
    record.tell(PhaseUnblocked(at=AT, phase=PHASE, actor="o", reason="r"))
    assert hold_on(record.state, PHASE) is None
    assert hold_on(record.state, OTHER_PHASE) is not None


@pytest.mark.parametrize("record", [failed(), Chronicle().works().signs_off()], ids=["it failed", "it is signed off"])
def test_what_the_operator_takes_over_holds_nothing(record: Chronicle) -> None:
    record.tell(Adopted(at=AT, commit=BASE, legacy=None, actor="operator"))
    assert (hold_on(record.state, OTHER_PHASE), failed_work(record.state)) == (None, None)


def test_a_ledger_that_cannot_be_believed_holds_all_work() -> None:
    record = Chronicle().works().tell(LedgerTampered(at=AT, digest=None, detail="it is missing"))
    assert hold_on(record.state, PHASE) == Hold(
        "the ledger cannot be believed: it is missing", ("the operator: forgewatch ledger restore",), StopReason.EVIDENCE_MISSING
    )


def test_an_audit_that_passed_is_no_failed_work() -> None:
    assert failed_work(Chronicle().works().state) is None
