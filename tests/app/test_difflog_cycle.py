"""The helper's verbs over a repository in memory: what is written, what is refused before anything is, and what may change meanwhile."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from forgewatch.app.difflog_cycle import (
    OVERWRITE,
    Written,
    finish,
    is_dirty,
    needs_word,
    permit,
    see,
    start,
    summary,
    without_word,
)
from forgewatch.app.difflog_rules import judge_log
from forgewatch.core.difflog import Label, Status
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.difflog_plan import Ending, Plan
from forgewatch.core.difflog_steps import Refusal, may_finalize
from forgewatch.core.errors import LedgerUnwritable, Unstable
from forgewatch.core.events import LedgerTampered
from forgewatch.core.new_work import hold_on
from forgewatch.core.places import FORGE
from forgewatch.core.readings import log_of
from forgewatch.core.report import DiffLogFacts
from forgewatch.core.repository_facts import WorkChange, WorkFacts
from forgewatch.core.snapshot import ChangeKind
from forgewatch.core.values import Phase, RepoPath, Unreadable
from forgewatch.core.verdict import StopReason
from tests.support.answers import failing, unjudged
from tests.support.authority import AT, OTHER_PHASE, Chronicle, signed_off_and_granted, work_report
from tests.support.authority_rig import FIRST, LOG, AuthorityRig
from tests.support.ports import Faults
from tests.support.snapshots import entry

RECORD = "Status: PASS\nStatic: PASS\nBehavior: PASS\nbehavior pytest command: python -m pytest\nbehavior pytest exit: 0\n"
WORDS = {Label.RUNTIME: "PASS boots", Label.CONTRACT: "PASS physics matches"}
PLAN = Plan(phase=Phase("Phase 1 -- Things"), summary=("add things",), files=(RepoPath("app/a.py"),))
ENDING = Ending(summary=("added things",), words=WORDS)


class Helper(AuthorityRig):
    """A builder that calls the helper."""

    def __init__(self) -> None:
        super().__init__()
        del self.files.files[LOG]
        self.files.files[FORGE.test_record] = RECORD.encode()

    def changes(self, *paths: str) -> None:
        """Let these files be new in the working tree, and shown in the hunks."""
        found = (
            WorkChange(path=RepoPath(path), kind=ChangeKind.UNTRACKED, before=None, after=entry(path))
            for path in (LOG, "Forge/evidence/OVERWRITE", *paths)
        )
        self.world.parts["work"] = WorkFacts(tree=FIRST, text=FIRST, changes=tuple(found), hunks=("+x",))

    def starts(self, plan: Plan = PLAN) -> Written | Refusal:
        return start(self.desk, self.files, see(self.desk, recordable=True), plan)

    def finishes(self, ending: Ending = ENDING) -> Written | Refusal:
        return finish(self.desk, self.files, see(self.desk, recordable=True, hunks=True), ending)

    @property
    def log(self) -> str:
        found = self.files.files[LOG]
        assert isinstance(found, bytes)
        return found.decode()


@pytest.fixture
def helper() -> Helper:
    return Helper()


def refused(answer: object) -> Refusal:
    assert isinstance(answer, Refusal), answer
    return answer


def test_a_cycle_is_begun_and_finished(helper: Helper) -> None:
    begun = helper.starts()
    assert isinstance(begun, Written)
    assert (begun.status, begun.files, begun.placeholders) == (Status.IN_PROCESS, ("app/a.py",), 0)
    helper.changes("app/a.py", "b.py")
    done = helper.finishes()
    assert isinstance(done, Written)
    assert (done.status, done.files) == (Status.COMPLETE, ("app/a.py", "b.py"))
    log = log_of(parse_difflog(helper.log.encode()))
    assert log is not None
    assert (log.claim.paths[-2:], "    +x\n" in helper.log) == (("app/a.py", "b.py"), True)
    assert summary(see(helper.desk, recordable=True))[0] == f"Diff log: {done.digest} (COMPLETE, Phase 1 -- Things)"


def test_a_file_that_was_not_planned_is_told_apart(helper: Helper) -> None:
    helper.starts()
    helper.changes("app/a.py", "app/debug.py")
    done = helper.finishes()
    assert isinstance(done, Written)
    assert (done.files, done.unplanned) == (("app/a.py", "app/debug.py"), ("app/debug.py",))
    assert "| `app/debug.py` | untracked, not planned |" in helper.log
    assert "| `app/a.py` | untracked |" in helper.log


@pytest.mark.parametrize("folder", ["app", "app/api"])
def test_what_lies_in_a_planned_folder_was_planned(helper: Helper, folder: str) -> None:
    helper.starts(replace(PLAN, files=(RepoPath(folder), RepoPath("README.md"))))
    helper.changes("app/api/a.py", "b.py")
    done = helper.finishes()
    assert isinstance(done, Written)
    assert done.unplanned == ("b.py",)


def test_a_log_that_was_completed_too_early_is_completed_once_more_until_it_is_judged(helper: Helper) -> None:
    helper.starts()
    helper.changes("app/a.py")
    helper.finishes()
    helper.changes("app/a.py", "app/more.py")
    done = helper.finishes(replace(ENDING, summary=("added more",)))
    assert isinstance(done, Written)
    assert (done.status, done.files, done.unplanned) == (Status.COMPLETE, ("app/a.py", "app/more.py"), ("app/more.py",))
    assert "- added more\n" in helper.log and "there was no diff log before this one" in helper.log
    seen = see(helper.desk, recordable=True, hunks=True)
    passed = Chronicle().works(difflog=DiffLogFacts(status="COMPLETE", line=8, digest=seen.digest)).state
    assert refused(finish(helper.desk, helper.files, replace(seen, state=passed), ENDING)).step == 4


def test_a_row_that_names_no_path_is_told_as_an_audit_tells_it() -> None:
    log = b"# Diff Log\n\n## Cycle Status\n- Status: COMPLETE\n\n## Files Changed\n| File | Change |\n|---|---|\n"
    log += b"| `../x.py` | modified |\n| `a.py` | new |\n"
    judged = judge_log(parse_difflog(log), FORGE, lambda path: True)
    assert [(found.line, found.message) for found in judged.claim] == [(9, "'../x.py' is no path of the repository: climbs with '..'")]
    assert set(judged.claim) <= set(judged.findings)


def test_what_is_there_already_is_kept_until_it_can_be_summarised(helper: Helper) -> None:
    helper.files.files[LOG] = Unreadable("is a symlink")
    assert refused(helper.starts()).step == 1
    helper.files.files[LOG] = b"# Diff Log\n\n## Cycle Status\n- Status: COMPLETE\n"
    assert refused(helper.starts()).step == 8
    assert permit(see(helper.desk, recordable=True), PLAN.phase) == helper.starts()


@pytest.mark.parametrize(
    "record",
    [
        Chronicle().audits(work_report("first", unjudged)),
        Chronicle().audits(*[work_report(str(number), failing) for number in range(3)]),
        signed_off_and_granted(),
        Chronicle().works().tell(LedgerTampered(at=AT, digest=None, detail="it is missing")),
    ],
    ids=["it was not judged", "its loops are used up", "it is not committed yet", "the ledger is gone"],
)
def test_what_shuts_the_read_gate_refuses_a_start_in_the_same_words(helper: Helper, record: Chronicle) -> None:
    hold = hold_on(record.state, OTHER_PHASE)
    assert hold is not None
    found = refused(permit(replace(see(helper.desk, recordable=True), state=record.state), OTHER_PHASE))
    assert (found.step, found.stop, found.found, found.exit) == (2, hold.stop, hold.why, "; or ".join(hold.ways))


def test_the_log_of_somebody_elses_record_is_written_by_what_that_record_says(helper: Helper) -> None:
    helper.audited(head=helper.world.head)
    seen = see(helper.desk, recordable=False)
    size = len(helper.events())
    assert refused(start(helper.desk, helper.files, seen, PLAN)).step == 2
    assert len(helper.events()) == size


def asks(helper: Helper, phase: str = "Phase 1") -> bool:
    """Is the word asked for before a cycle of this phase begins?"""
    return needs_word(helper.desk, see(helper.desk, recordable=True), Phase(phase))


@pytest.mark.req("S002-12-1")
def test_a_word_is_needed_on_a_dirty_tree_without_aem(helper: Helper) -> None:
    helper.changes()
    helper.world.parts["work"] = replace(helper.world.parts["work"], changes=helper.world.parts["work"].changes[:1])
    assert not asks(helper), "the evidence itself is always dirty"
    helper.changes("app/a.py")
    assert asks(helper)
    helper.world.parts["aem"] = True
    assert not asks(helper)


def test_the_first_log_of_phase_0_overwrites_nothing_and_needs_no_word(helper: Helper) -> None:
    helper.changes("forge.json", "app/a.py")
    assert not asks(helper, "Phase 0 -- Genesis")
    assert is_dirty(helper.desk, see(helper.desk, recordable=True)), "what git says is shown all the same"
    assert asks(helper, "Phase 1") and asks(helper, "Phase 0.1")


def test_a_log_that_is_or_was_there_or_a_file_of_head_that_changed_needs_the_word_in_phase_0_too(helper: Helper) -> None:
    helper.changes("app/a.py")
    found = helper.world.parts["work"].changes
    helper.world.parts["work"] = replace(helper.world.parts["work"], changes=(*found[:-1], replace(found[-1], before=entry("old"))))
    assert asks(helper, "Phase 0")
    helper.changes("app/a.py")
    helper.world.parts["log_at_head"] = FIRST
    assert asks(helper, "Phase 0"), "the log of HEAD was taken away"
    helper.world.parts["log_at_head"] = None
    assert not asks(helper, "Phase 0")
    helper.files.files[LOG] = b""
    assert asks(helper, "Phase 0"), "an empty log is one"
    del helper.files.files[LOG]
    helper.audited()
    assert asks(helper, "Phase 0"), "one was audited, and is gone"


def test_a_name_that_no_log_can_hold_is_told_raw_and_escaped_once_by_whoever_shows_it(helper: Helper) -> None:
    helper.starts()
    helper.changes("app/new\nline.py")
    found = refused(helper.finishes())
    assert (found.expected, found.found) == ("names of files that a diff log can hold", "app/new\nline.py")


def test_only_the_word_overwrite_is_the_word() -> None:
    assert without_word(OVERWRITE) is None
    for word in (None, "AUTHORIZED", "overwrite", ""):
        found = refused(without_word(word))
        assert (found.step, found.stop) == (3, StopReason.CONTRACT_CONFLICT)


@pytest.mark.req("S002-11-7")
def test_a_placeholder_in_what_is_said_or_kept_is_refused_and_nothing_is_written(helper: Helper) -> None:
    found = refused(helper.starts(replace(PLAN, summary=("TODO: think",))))
    assert (found.step, LOG in helper.files.files) == (4, False)
    helper.starts()
    before = helper.log
    for ending in (replace(ENDING, summary=("TODO: say it",)), replace(ENDING, notes=("TBD",), blocked=True)):
        assert "A501" in refused(helper.finishes(ending)).found
    helper.files.files[LOG] = before.replace("## Notes", "## Mine\n- TODO: x\n\n## Notes").encode()
    assert "A501" in refused(helper.finishes()).found
    # Twenty are told, the rest is counted.
    helper.files.files[LOG] = before.encode()
    many = refused(helper.finishes(replace(ENDING, summary=("TODO",) * 23)))
    assert (many.found.count("A501"), many.found.endswith("; and 3 more")) == (20, True)
    assert helper.log == before


def test_every_todo_of_a_skeleton_is_counted(helper: Helper) -> None:
    begun = helper.starts(replace(PLAN, summary=(), files=(), notes=(), next_steps=(), skeleton=True))
    assert isinstance(begun, Written)
    assert begun.placeholders == helper.log.count("TODO") == 8


def test_nothing_known_about_a_part_or_no_passed_record_is_missing_evidence(helper: Helper) -> None:
    helper.starts()
    assert refused(helper.finishes(replace(ENDING, words={}))).stop is StopReason.EVIDENCE_MISSING
    helper.files.files[FORGE.test_record] = b"Status: FAIL\n"
    assert refused(helper.finishes()).stop is StopReason.EVIDENCE_MISSING
    given_up = helper.finishes(replace(ENDING, words={}, blocked=True))
    assert isinstance(given_up, Written)
    assert given_up.status is Status.BLOCKED


@pytest.mark.parametrize(
    ("line", "code"),
    [(f"HEAD: {'9' * 40}", "A804"), (f"Tree: sha256:{'9' * 64}", "A804"), ("pytest exit: 1", "A803"), ("0 passed", "A806")],
)
def test_a_record_that_is_stale_or_ran_nothing_is_told_before_the_audit_does(helper: Helper, line: str, code: str) -> None:
    helper.starts()
    helper.changes("app/a.py")
    helper.files.files[FORGE.test_record] = f"{RECORD}{line}\n".encode()
    found = refused(helper.finishes())
    assert (found.stop, code in found.found) == (StopReason.EVIDENCE_MISSING, True), found


def test_a_failed_word_of_the_caller_is_no_pass(helper: Helper) -> None:
    helper.starts()
    assert "A703" in refused(helper.finishes(replace(ENDING, words={**WORDS, Label.BEHAVIOR: "FAIL not fixed"}))).found
    failed = refused(helper.finishes(replace(ENDING, words={**WORDS, Label.RUNTIME: "FAIL does not boot"})))
    assert "A703" in failed.found
    assert failed.exit == "mend what failed, then say how it ended: --verification PART='PASS what was looked at'; or --status blocked"


def test_the_way_out_is_that_of_what_was_found(helper: Helper) -> None:
    helper.starts()
    unseen = refused(helper.finishes(replace(ENDING, notes=("<!-- nobody reads this -->",))))
    assert ("A503" in unseen.found, unseen.exit.partition(":")[0]) == (True, "say it so that it can be read")
    both = refused(helper.finishes(replace(ENDING, summary=("TODO: say it",), notes=("<!-- nobody reads this -->",))))
    assert ("say it without a placeholder: " in both.exit, "say it so that it can be read: " in both.exit) == (True, True)


def test_a_file_that_no_row_can_name_is_told_by_its_name(helper: Helper) -> None:
    helper.starts()
    helper.changes("{a,b}.py")
    assert "{a,b}.py" in refused(helper.finishes()).found


def test_a_section_that_would_swallow_the_rest_is_refused(helper: Helper) -> None:
    helper.starts()
    helper.files.files[LOG] = helper.log.replace("## git status -sb", "## Mine\n```\nnever closed").encode()
    assert "cannot be read back" in refused(helper.finishes()).found


def test_a_phase_that_would_be_read_as_another_is_refused(helper: Helper) -> None:
    found = refused(helper.starts(replace(PLAN, phase=Phase("Phase 1 -- `x`"))))
    assert "when it is read back" in found.found


def test_a_summary_that_makes_the_log_unreadable_is_refused(helper: Helper) -> None:
    huge = replace(PLAN, summary=("x " * 600_000,))
    assert refused(helper.starts(huge)).step == 4


def test_a_log_that_changed_meanwhile_is_not_overwritten(helper: Helper) -> None:
    seen = see(helper.desk, recordable=True)
    helper.files.files[LOG] = b"mine\n"
    with pytest.raises(Unstable):
        start(helper.desk, helper.files, seen, PLAN)
    assert helper.log == "mine\n"


def test_a_full_disk_leaves_the_old_log(helper: Helper) -> None:
    helper.starts()
    before = helper.log
    helper.files.faults = Faults(fail_before={1: LedgerUnwritable("no space")})
    with pytest.raises(LedgerUnwritable):
        helper.finishes()
    assert helper.log == before


@pytest.mark.req("S002-11-8")
@pytest.mark.parametrize("order", list(permutations(("start", "finish", "finalize"))), ids=" ".join)
def test_in_every_order_the_first_verb_without_the_one_before_it_is_refused(helper: Helper, order: tuple[str, ...]) -> None:
    done: list[str] = []
    for verb in order:
        seen = see(helper.desk, recordable=True)
        answers = {"start": helper.starts, "finish": helper.finishes, "finalize": lambda seen=seen: may_finalize(seen.reading)}
        answer = answers[verb]()
        allowed = {"start": "finish" not in done, "finish": done[-1:] == ["start"], "finalize": done[-1:] == ["finish"]}[verb]
        assert isinstance(answer, Refusal) is not allowed, (done, verb, answer)
        done += [verb] if allowed else []
    assert (done == ["start", "finish", "finalize"]) is (order == ("start", "finish", "finalize"))
