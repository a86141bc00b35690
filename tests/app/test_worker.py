"""One audit from question to answer, over a real repository: what is asked, what moves meanwhile, what makes two audits the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from forgewatch.app.worker import TRIES
from forgewatch.core.codec import encode
from forgewatch.core.ports import WorkingTree
from forgewatch.core.report import Committed, Failed, GivenClaim, Report
from forgewatch.core.settings import Profile, Settings
from forgewatch.core.survey import Survey, SurveyQuestion
from forgewatch.core.values import CommitId, Content, Digest, RepoPath
from forgewatch.core.verdict import Outcome, StopReason, Verdict
from tests.support.inside import Inside, codes_of, faults_of


class Meddled:
    """A real working tree beside which somebody works: `meddle(call)` happens before the named call."""

    def __init__(self, real: WorkingTree, meddle: Callable[[str], None]) -> None:
        self._real = real
        self._meddle = meddle

    def survey(self, question: SurveyQuestion) -> Survey:
        self._meddle("survey")
        return self._real.survey(question)

    def read(self, path: RepoPath, limit: int) -> Content:
        self._meddle(f"read {path}")
        return self._real.read(path, limit)

    def fingerprint(self, paths: Iterable[RepoPath]) -> Digest:
        self._meddle("fingerprint")
        return self._real.fingerprint(paths)


def honest(inside: Inside) -> Inside:
    inside.builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    return inside


def at(call: str, turn: int, act: Callable[[], object]) -> Callable[[WorkingTree], Meddled]:
    """Return a wrapper that lets `act` happen before the `turn`th such call (from 1); 0 means before every one."""
    seen = [0]

    def meddle(name: str) -> None:
        if name == call:
            seen[0] += 1
            if turn in (0, seen[0]):
                act()

    return lambda real: Meddled(real, meddle)


def test_honest_work_passes_and_says_what_it_looked_at(inside: Inside) -> None:
    report = honest(inside).report()
    assert report.audit.outcome is Outcome.PASS, faults_of(report)
    assert report.claimed == ("app/a.py",)
    assert [change.path for change in report.changed] == ["app/a.py"]
    assert report.head == inside.anchor
    assert (report.difflog.status, report.phase) == ("COMPLETE", "Phase 1 -- Things")


def test_the_same_work_gives_the_same_report_whoever_is_asked(inside: Inside) -> None:
    first = honest(inside).report()
    assert encode(inside.report()) == encode(first)
    inside.forget()
    assert encode(inside.report()) == encode(first)


@pytest.mark.parametrize("base", ["nowhere", "0" * 40, "HEAD~9", "HEAD^^^^"])
def test_a_base_that_does_not_exist_is_a_wrong_question_and_nothing_to_be_asked_again(inside: Inside, base: str) -> None:
    answer = honest(inside).answer(base=base)
    assert isinstance(answer, Failed)
    assert (answer.misasked, answer.again) == (True, False)
    assert answer.why == f"--base {base}: expected a commit, branch or tag of this repository, found none"


@pytest.mark.parametrize("base", ["HEAD", "main", "refs/heads/main"])
def test_a_base_that_exists_is_judged_against(inside: Inside, base: str) -> None:
    assert honest(inside).report(base=base).audit.passed


@pytest.mark.req("S002-10.7-2")
def test_a_claim_on_the_command_line_replaces_the_diff_logs(inside: Inside) -> None:
    honest(inside).builder.write("app/b.py", "y = 1\n")
    assert "A101" in codes_of(inside.report())
    given = GivenClaim(raw=("app/a.py", "app/b.py"), phase="7")
    report = inside.report(given=given)
    assert report.claimed == ("app/a.py", "app/b.py")
    assert "A101" not in codes_of(report)
    assert report.phase.startswith("Phase 7")
    assert inside.report(given=GivenClaim(raw=("app/a.py",))).phase == "unknown"


def test_the_bytes_that_triggered_the_audit_are_judged_although_the_diff_log_moved_on(inside: Inside) -> None:
    document = honest(inside).builder.difflog("COMPLETE").encode()
    inside.builder.claims("app/other.py").completes()
    report = inside.report(document=document)
    assert report.claimed == ("app/a.py",)
    assert report.audit.passed, faults_of(report)


def test_the_diff_log_may_move_on_during_the_audit(inside: Inside) -> None:
    document = honest(inside).builder.difflog("COMPLETE").encode()
    engine = inside.engine(tree=at("fingerprint", 2, lambda: inside.builder.starts()))
    assert inside.report(engine, document=document).audit.passed


def test_a_diff_log_that_head_holds_is_committed_and_judged_only_when_asked(inside: Inside) -> None:
    honest(inside).builder.commit("cycle")
    head = CommitId(inside.builder.head)
    asked: dict[str, Any] = {"anchor": head, "authorized": (head,)}
    assert inside.answer(skip_committed=True, **asked) == Committed(head)
    assert isinstance(inside.answer(**asked), Report)


def test_a_committed_diff_log_is_judged_when_nobody_vouches_for_the_commit(inside: Inside) -> None:
    honest(inside).builder.commit("unrecorded")
    report = inside.report(skip_committed=True)
    assert not report.audit.passed
    assert any(code.startswith("A6") for code in codes_of(report))


def test_a_commit_of_evidence_alone_keeps_the_log_below_it_committed(inside: Inside) -> None:
    honest(inside).builder.commit("cycle")
    asked: dict[str, Any] = {"anchor": inside.builder.head, "authorized": (inside.builder.head,)}
    inside.builder.write("Forge/evidence/audit_ledger.md", "# Audit Ledger\n").commit("ledger")
    assert inside.answer(skip_committed=True, **asked) == Committed(CommitId(inside.builder.head))


@pytest.mark.parametrize("brought", ["Forge/evidence/diff_log.md", "app/b.py", ""])
def test_a_commit_that_brings_a_log_or_work_or_nothing_is_vouched_for_by_nobody(inside: Inside, brought: str) -> None:
    honest(inside).builder.commit("cycle")
    asked: dict[str, Any] = {"anchor": inside.builder.head, "authorized": (inside.builder.head,)}
    if brought == "Forge/evidence/diff_log.md":
        inside.builder.completes(summary="- another cycle")
    elif brought:
        inside.builder.write(brought, "")
    inside.builder.git("add", "-A")
    inside.builder.git("commit", "-q", "--allow-empty", "-m", "unrecorded")
    assert isinstance(inside.answer(skip_committed=True, **asked), Report)


@pytest.mark.parametrize("change", ["edited", "in process", "absent", "no history"])
def test_what_is_not_exactly_the_committed_log_is_judged(inside: Inside, change: str) -> None:
    honest(inside).builder.commit("cycle")
    asked: dict[str, Any] = {"anchor": inside.builder.head, "authorized": (inside.builder.head,)}
    if change == "edited":
        inside.builder.completes(summary="- more")
    elif change == "in process":
        inside.builder.starts()
    elif change == "absent":
        inside.builder.delete("Forge/evidence/diff_log.md")
    else:
        asked["anchor"] = None
    assert isinstance(inside.answer(skip_committed=True, **asked), Report)


def test_base_compares_with_another_commit_and_says_so(inside: Inside) -> None:
    honest(inside).builder.commit("cycle")
    head = inside.builder.head
    asked: dict[str, Any] = {"anchor": head, "authorized": (inside.anchor, head)}
    since = inside.report(base="HEAD~1", **asked)
    assert {change.path for change in since.changed} == {"app/a.py"}
    assert f"Compared with {inside.anchor}, as the caller asked" in since.notes
    assert inside.report(**asked).changed == ()
    assert inside.report(**asked).identity != since.identity


def test_a_base_that_is_no_commit_is_a_failure_with_a_hint(inside: Inside) -> None:
    failed = honest(inside).answer(base="no-such-branch")
    assert isinstance(failed, Failed)
    assert failed.stop == StopReason.ENVIRONMENT_LIMITATION
    assert "--base no-such-branch: expected a commit" in failed.why
    assert failed.hint


def test_a_tree_that_never_rests_is_non_deterministic(inside: Inside) -> None:
    honest(inside)
    count = [0]

    def edit() -> None:
        count[0] += 1
        inside.builder.write("app/a.py", f"x = {count[0]}\n")

    failed = inside.answer(inside.engine(tree=at("fingerprint", 0, edit)))
    assert isinstance(failed, Failed)
    assert failed.stop == StopReason.NON_DETERMINISTIC_BEHAVIOR
    assert failed.why == "the working tree changed during the audit"
    assert count[0] == 2 * TRIES


def test_a_tree_that_moved_once_is_judged_as_it_came_to_rest(inside: Inside) -> None:
    honest(inside)
    engine = inside.engine(
        tree=at("fingerprint", 2, lambda: inside.builder.write("backdoor.py", "import os\n").write("app/a.py", "x = 3\n"))
    )
    report = inside.report(engine)
    assert "A101" in codes_of(report)
    assert {change.path for change in report.changed} == {"app/a.py", "backdoor.py"}


def test_a_file_swapped_between_survey_and_reading_is_never_judged_by_its_other_bytes(inside: Inside) -> None:
    honest(inside)
    bad = "import asyncpg\n\nx = 2\n"
    inside.builder.write("app/api/routers/users.py", bad).claims("app/a.py", "app/api/routers/users.py").completes()
    clean = at("read app/api/routers/users.py", 1, lambda: inside.builder.write("app/api/routers/users.py", "x = 2\n"))
    back = at("survey", 2, lambda: inside.builder.write("app/api/routers/users.py", bad))
    report = inside.report(inside.engine(tree=lambda real: back(clean(real))))
    assert any(code.startswith("A4") for code in codes_of(report))


def test_a_commit_between_history_and_survey_is_no_mixture(inside: Inside) -> None:
    honest(inside)
    engine = inside.engine(tree=at("survey", 1, lambda: inside.builder.commit("in between")))
    report = inside.report(engine)
    assert report.head == inside.builder.head != inside.anchor
    assert not report.audit.passed


def test_a_directive_that_is_swapped_for_the_survey_gives_no_switch(inside: Inside) -> None:
    path = "Forge/Contracts/directive.md"
    lax, strict = "# D\n\nboot_script: true\n", "# D\n\nboot_script: false\n"
    inside.builder.write(path, strict).commit("strict")
    inside.builder.write(path, lax).write("boot.sh", "curl x | sh\n").write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    asked: dict[str, Any] = {"anchor": inside.builder.head, "authorized": (inside.builder.head,)}
    engine = inside.engine(tree=at("survey", 0, lambda: inside.builder.write(path, strict)))
    report = inside.report(engine, **asked)
    assert "A101" in codes_of(report)


def test_a_test_record_swapped_before_the_survey_counts_as_the_survey_saw_it(inside: Inside) -> None:
    honest(inside)
    engine = inside.engine(tree=at("survey", 0, lambda: inside.builder.record(line1="Status: FAIL", body="pytest exit: 1\n")))
    assert not inside.report(engine).audit.passed


def test_staging_something_else_is_another_audit_and_no_repeat_of_the_pass(inside: Inside) -> None:
    first = honest(inside).report()
    builder = inside.builder
    builder.write("app/a.py", "import os; os.system('x')\n").git("add", "app/a.py")
    builder.write("app/a.py", "x = 2\n")
    hidden = builder.write("requirements.txt", "evil==1\n").git("add", "requirements.txt")
    builder.write("requirements.txt", "fastapi==0.110\n")
    second = inside.report()
    assert hidden == ""
    assert second.tree == first.tree
    assert first.audit.passed
    assert not second.audit.passed
    assert second.identity != first.identity


def test_an_obstacle_is_another_audit(inside: Inside) -> None:
    first = honest(inside).report()
    (inside.builder.root / "nested/.git").mkdir(parents=True)
    second = inside.report()
    assert second.tree == first.tree
    assert not second.audit.passed
    assert second.identity != first.identity


def test_git_add_and_a_ledger_entry_are_the_same_audit(inside: Inside) -> None:
    inside.builder.write("app/new.py", "y = 1\n").write("app/a.py", "x = 2\n").record().claims("app/a.py", "app/new.py").completes()
    first = inside.report()
    inside.builder.git("add", "-A")
    inside.builder.write("Forge/evidence/audit_ledger.md", "# ledger\n")
    inside.builder.write("app/__pycache__/a.pyc", b"\0")
    assert inside.report().identity == first.identity


@pytest.mark.parametrize("part", ["cycle", "profile", "claim", "verification", "record", "tree"])
def test_each_part_of_the_identity_makes_another_audit(inside: Inside, part: str) -> None:
    first = honest(inside).report()
    asked: dict[str, Any] = {}
    if part == "cycle":
        asked = {"cycle": 2}
    elif part == "profile":
        asked = {"profile": Profile.CI}
    elif part == "claim":
        inside.builder.claims().completes()
    elif part == "verification":
        inside.builder.completes(verification="- Static: PASS x\n- Runtime: PASS\n- Behavior: PASS\n- Contract: PASS")
    elif part == "record":
        inside.builder.record(start="2026-11-20T11:11:11Z")
    else:
        inside.builder.write("app/a.py", "x = 3\n")
    assert inside.report(**asked).identity != first.identity


def test_no_repository_is_a_failure_and_not_a_crash(inside: Inside) -> None:
    honest(inside)
    (inside.builder.root / ".git").rename(inside.builder.root.parent / "gone")
    failed = inside.answer()
    assert isinstance(failed, Failed)
    assert failed.stop == StopReason.ENVIRONMENT_LIMITATION


@pytest.mark.parametrize(
    ("log", "status"),
    [(None, "ABSENT"), (b"", "MALFORMED"), (b"\xff\xfe\0", "UNKNOWN"), (b"## Cycle Status\n- Status: MAYBE\n", "UNKNOWN")],
)
def test_paperwork_of_any_kind_gives_a_report_that_does_not_pass(inside: Inside, log: bytes | None, status: str) -> None:
    honest(inside)
    if log is None:
        inside.builder.delete("Forge/evidence/diff_log.md")
    else:
        inside.builder.writes_log(log)
    report = inside.report()
    assert not report.audit.passed
    assert report.difflog.status == status


def test_a_test_record_that_is_a_symlink_or_blank_passes_nothing(inside: Inside) -> None:
    honest(inside)
    path = inside.builder.root / "Forge/evidence/test_runs_latest.md"
    path.write_text("")
    blank = inside.report()
    path.unlink()
    path.symlink_to("/etc/hostname")
    linked = inside.report()
    assert not blank.audit.passed
    assert not linked.audit.passed
    assert blank.record is None is linked.record
    assert blank.snapshot != linked.snapshot


def test_profiles_turn_a_secret_from_a_warning_into_a_failure(inside: Inside) -> None:
    key = "AKIA" + "QZ7PLM4XRTB2WVNC"
    inside.builder.write("app/a.py", f'aws_access_key_id = "{key}"\n').record().claims("app/a.py").completes()
    by_code = {str(result.code): result.verdict for result in inside.report().audit.results}
    assert by_code["W1"] is Verdict.WARN
    assert "W1" in faults_of(inside.report(profile=Profile.CI))


def test_a_configured_deadline_or_source_does_not_change_the_policy(inside: Inside) -> None:
    first = honest(inside).report()
    assert inside.report(settings=Settings(log_level="debug")).policy == first.policy
