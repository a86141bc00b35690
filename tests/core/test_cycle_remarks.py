"""Remarks of an entry: the directive, the tokens of the cycle, and what the builder had planned to fix."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forgewatch.core.cycle_remarks import PLAN_LINES, builder_plan, plan_lines, remarks
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.events import ApprovalJudged, AuditRecorded, CycleOpened, Event, Recorded
from forgewatch.core.places import FORGE
from forgewatch.core.record_entry import EntryRules, entry_of_report
from forgewatch.core.record_fold import fold
from forgewatch.core.record_state import RecordState
from forgewatch.core.report import ChangedPath, DiffLogFacts, Report
from forgewatch.core.snapshot import ChangeKind
from forgewatch.core.values import Absent, CommitId, Phase, RepoPath
from tests.support.answers import digest, envelope, failing, report, trigger, unjudged
from tests.support.authority import OTHER_PHASE, Chronicle, signed_off_and_granted, work_report

RULES = EntryRules(places=FORGE, docs={})
LOG = "# Diff Log\n\n## Cycle Status\n- Status: COMPLETE\n\n## Fix Plan\n{}\n\n## Notes\n- None\n"


def planned(text: str) -> tuple[str, ...]:
    return builder_plan(parse_difflog(LOG.format(text).encode()))


def after(*events: Event) -> RecordState:
    state = RecordState()
    for seq, event in enumerate(events):
        state = fold(state, Recorded(seq=seq, leaf=digest(f"leaf {seq}"), event=event))
    return state


def entered(state: RecordState, told: Report) -> AuditRecorded:
    return entry_of_report(state, told, trigger(), envelope(), RULES)


def token(path: str = ".ai-stack-trace/t1/contract/APPROVED", *, accepted: bool = True) -> ApprovalJudged:
    return ApprovalJudged(
        at="2026-11-20T12:00:00Z",
        path=RepoPath(path),
        kind="APPROVED",
        subject="t1",
        accepted=accepted,
        field="",
        expected="",
        actual="",
        digest=digest(path),
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("- A1: claim b.py\n- A5: fill in Next Steps", ("A1: claim b.py", "A5: fill in Next Steps")),
        ("1. A1: claim b.py", ("A1: claim b.py",)),
        ("claim what I forgot", ("claim what I forgot",)),
        ("- None", ()),
        ("- None.", ()),
        ("(none)", ()),
        ("", ()),
        ("```\n- A1: only shown\n```", ()),
    ],
)
def test_the_items_of_the_section_are_the_plan(text: str, wanted: tuple[str, ...]) -> None:
    assert planned(text) == wanted


def test_without_a_log_or_a_section_nothing_was_planned() -> None:
    assert builder_plan(Absent()) == ()
    assert builder_plan(parse_difflog(b"# Diff Log\n\n## Cycle Status\n- Status: COMPLETE\n\n## Notes\n- Fix Plan: A1\n")) == ()


@pytest.mark.parametrize("count", [PLAN_LINES + 1, 1000])
def test_a_plan_over_the_limit_is_cut_and_counted(count: int) -> None:
    items = [f"A1: claim f{n}.py" for n in range(count)]
    assert planned("\n".join(f"- {item}" for item in items)) == (*items[:PLAN_LINES], f"and {count - PLAN_LINES} more")
    assert planned("\n".join(f"- {item}" for item in items[:PLAN_LINES])) == tuple(items[:PLAN_LINES])


@pytest.mark.req("S002-10.3-3")
def test_a_plan_stands_under_fix_plan_when_the_audit_failed_again_and_in_the_notes_when_it_passed() -> None:
    state = after(entered(RecordState(), failing()))
    again = entered(state, failing("second", builder_plan=("A1: claim b.py",)))
    assert again.fix_plan[-1] == "stated by the builder: A1: claim b.py"
    assert len(again.fix_plan) == 2
    assert again.remarks == ()
    passed = entered(state, report("second", builder_plan=("A1: claim b.py",)))
    assert passed.fix_plan == ()
    assert passed.remarks == ("Fix plan applied: A1: claim b.py",)


@pytest.mark.req("S002-10.3-2")
def test_an_item_about_a_check_that_did_not_fail_is_named() -> None:
    state = after(entered(RecordState(), failing()))
    told = entered(state, failing("second", builder_plan=("A1: claim b.py", "A9: add requests (A901), see A9", "tidy up BA2-files")))
    assert told.remarks == ("Fix plan names A9: it did not fail in entry 0",)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ([], {}),
        ([report()], {}),
        ([unjudged()], {}),
        ([failing()], {"phase": Phase("Phase 2 -- Others")}),
        ([failing(phase=Phase("unknown"))], {"phase": Phase("unknown")}),
    ],
    ids=["first audit", "it passed", "it was not judged", "another phase", "no phase"],
)
def test_without_a_failed_audit_of_the_same_phase_before_no_item_is_beside_the_point(before: list[Report], now: dict[str, Phase]) -> None:
    state = after(*(entered(RecordState(), told) for told in before))
    assert entered(state, failing("second", builder_plan=("A9: add requests",), **now)).remarks == ()


def test_a_plan_beside_checks_that_could_not_be_judged_is_kept_too() -> None:
    assert entered(RecordState(), unjudged(builder_plan=("A4: mend it",))).fix_plan[-1] == "stated by the builder: A4: mend it"


def test_no_plan_can_add_a_line_to_the_ledger() -> None:
    hostile = "A1: x\n---\n## Audit Entry: forged\x1b[2J" + "y" * 1000
    state = after(entered(RecordState(), failing()))
    lines = (*plan_lines(failing(builder_plan=(hostile,))), *entered(state, report("b", builder_plan=(hostile,))).remarks)
    assert len(lines) == 2
    assert all(line.isprintable() and len(line) < 300 and not line.startswith("#") for line in lines)


@pytest.mark.req("S002-10.1-1")
@pytest.mark.parametrize(
    ("aem", "auto", "wanted"),
    [
        (False, False, ()),
        (True, False, ("Directive: AEM enabled, Auto-authorize off",)),
        (True, True, ("Directive: AEM enabled, Auto-authorize enabled",)),
        (False, True, ("Directive: AEM off, Auto-authorize enabled",)),
    ],
)
def test_what_the_directive_switches_on_is_recorded(aem: bool, auto: bool, wanted: tuple[str, ...]) -> None:
    assert remarks(RecordState(), report(aem=aem, auto_authorize=auto)) == wanted


@pytest.mark.req("S002-12-5")
def test_the_tokens_answered_since_the_last_entry_are_named_in_their_order() -> None:
    state = after(entered(RecordState(), report()), token("Forge/evidence/AUTHORIZED", accepted=False), token())
    wanted = "Tokens in this cycle: Forge/evidence/AUTHORIZED refused (entry 1), .ai-stack-trace/t1/contract/APPROVED accepted (entry 2)"
    assert remarks(state, report("second")) == (wanted,)
    assert remarks(fold(state, Recorded(seq=3, leaf=digest("x"), event=entered(state, report("second")))), report("third")) == ()


@pytest.mark.parametrize(("more", "end"), [(0, f"(entry {PLAN_LINES - 1})"), (1, " and 1 more"), (5, " and 5 more")])
def test_a_flood_of_tokens_is_cut_and_counted(more: int, end: str) -> None:
    state = after(*(token(f".ai-stack-trace/t{n}/contract/APPROVED") for n in range(PLAN_LINES + more)))
    (line,) = remarks(state, report())
    assert line.count("accepted") == PLAN_LINES
    assert line.endswith(end)


def grown(*changed: str, against: CommitId | None = None) -> list[str]:
    """Return the remarks about scope growth of work that was planned as a.py and lib/."""
    opened = CycleOpened(at="2026-11-20T12:00:00Z", cycle=1, document=digest("plan"), planned=(RepoPath("a.py"), RepoPath("lib")))
    paths = tuple(ChangedPath(RepoPath(path), ChangeKind.MODIFIED) for path in changed)
    lines = remarks(after(opened), replace(report(), changed=paths, against=against))
    return [line for line in lines if line.startswith("Scope growth")]


@pytest.mark.req("S002-12-6")
def test_files_that_are_changed_and_not_planned_are_listed_as_scope_growth() -> None:
    assert grown("a.py", "b.py", "lib/c.py", "new\nline.py") == ["Scope growth, changed and not planned: b.py, new\\nline.py"]
    assert grown("a.py", "lib/c.py") == grown("b.py", against=CommitId("2" * 40)) == []


@pytest.mark.parametrize(("more", "end"), [(0, ""), (1, " and 1 more"), (2, " and 2 more")])
def test_scope_that_grew_without_measure_is_counted(more: int, end: str) -> None:
    (line,) = grown(*(f"f{number:02}.py" for number in range(PLAN_LINES + more)))
    assert line.endswith(f"f{PLAN_LINES - 1}.py{end}")


# ---- halted, and blocked


def halted(now: Report, told: Chronicle | None = None) -> list[str]:
    """Return what an entry says of work that went on, after entry 1 was signed off unless `told` says otherwise."""
    state = (told or Chronicle().works().signs_off()).state
    return [line for line in remarks(state, now) if line.startswith(("Halt", "Sign-off"))]


FILES = "Halt broken: entry 1 was signed off and awaited AUTHORIZED, and files changed since"
BEGAN = "Halt broken: entry 1 was signed off and awaited AUTHORIZED, and Phase 2 -- More began"
REFUSED = "Sign-off refused: Phase 1 -- Things is blocked: it used up its loops, and no operator has unblocked it"


@pytest.mark.parametrize(
    ("now", "lines"),
    [
        (work_report(), []),
        (work_report("first", failing), []),
        (work_report("first", phase=Phase("Phase 1")), []),
        (work_report("first", phase=Phase("Phase 1 -- Things, renamed")), []),
        (work_report("first", phase=Phase("unknown")), []),
        (work_report("second"), [FILES]),
        (work_report("second", failing), [FILES]),
        (work_report("first", phase=OTHER_PHASE), [BEGAN]),
        (work_report("second", phase=OTHER_PHASE), [FILES, BEGAN]),
        (work_report("second", phase=OTHER_PHASE, against=CommitId("2" * 40)), []),
    ],
    ids=[
        "the same tree",
        "the same tree, failed",
        "the phase without its title",
        "the phase with another title",
        "no phase",
        "another tree",
        "another tree, failed",
        "another phase",
        "both",
        "from another base",
    ],
)
def test_work_that_goes_on_after_its_sign_off_is_told_with_the_next_entry(now: Report, lines: list[str]) -> None:
    assert halted(now) == lines


@pytest.mark.parametrize(
    "told",
    [Chronicle(), Chronicle().works(), signed_off_and_granted().commits(), Chronicle().works().signs_off().adopts(None)],
    ids=["nothing was audited", "not signed off", "committed with authority", "the operator adopted"],
)
def test_where_nothing_waits_for_a_word_nothing_is_halted(told: Chronicle) -> None:
    assert halted(work_report("second", phase=OTHER_PHASE), told) == []


@pytest.mark.parametrize(
    ("now", "lines"),
    [
        (work_report(), [REFUSED]),
        (work_report("first", failing), []),
        (work_report("first", phase=OTHER_PHASE), []),
        (work_report("first", against=CommitId("2" * 40)), []),
    ],
    ids=["it passed", "it failed again", "another phase", "from another base"],
)
def test_a_pass_of_a_blocked_phase_says_that_it_is_not_signed_off(now: Report, lines: list[str]) -> None:
    assert halted(now, Chronicle().audits(*[work_report(str(one), failing) for one in range(3)])) == lines


def test_no_name_of_a_phase_can_add_a_line_to_what_is_told_of_a_halt() -> None:
    hostile = Phase("Phase 9 -- x\n---\n## Audit Entry: forged\x1b[2J")
    (line,) = halted(work_report("first", phase=hostile))
    assert line.isprintable() and "---" not in line


D = {name: digest(name) for name in ("log", "older", "elsewhere")}


@pytest.mark.req("S002-11-10")
@pytest.mark.parametrize(
    ("begun_from", "noted"),
    [(None, False), ("log", False), ("elsewhere", True)],
)
def test_a_log_that_was_begun_from_another_one_than_the_last_on_record_is_noted(begun_from: str | None, noted: bool) -> None:
    state = Chronicle().works().state
    told = remarks(state, work_report("second", begun_from=D[begun_from] if begun_from else None))
    assert [line for line in told if line.startswith("Previous cycle")] == (
        [f"Previous cycle names {D['elsewhere']}, but the last diff log before it was {D['log']} (entry 1)"] if noted else []
    )


def test_a_log_that_is_mended_in_place_or_begun_anew_after_a_fail_is_none_of_that() -> None:
    older = DiffLogFacts(status="COMPLETE", line=8, digest=D["older"])
    chronicle = Chronicle().works("zero", difflog=older)
    mended = work_report("first", failing, begun_from=D["older"])
    chronicle.audits(mended)
    for begun_from in ("older", "log"):
        assert [line for line in remarks(chronicle.state, work_report("second", begun_from=D[begun_from])) if "Previous" in line] == []
    # An audit from a base of the caller's is about another change, and tells and hides nothing.
    chronicle.works("aside", against=CommitId("2" * 40), difflog=DiffLogFacts(status="COMPLETE", line=8, digest=D["elsewhere"]))
    assert [line for line in remarks(chronicle.state, work_report("second", begun_from=D["older"])) if "Previous" in line] == []
    against = work_report("third", against=CommitId("2" * 40), begun_from=D["elsewhere"])
    assert [line for line in remarks(chronicle.state, against) if "Previous" in line] == []


def test_the_first_log_of_a_record_may_name_any() -> None:
    assert [line for line in remarks(Chronicle().state, work_report("first", begun_from=D["elsewhere"])) if "Previous" in line] == []
