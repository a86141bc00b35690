"""Running the tests as evidence: what is recorded and in which order, and what is left behind when it breaks (contract §9.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forgewatch.app.testing import Tested, TestRunner, Wanted
from forgewatch.core.bench import Level, Part, Step
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import EnvironmentFault, ForgewatchError, LedgerUnwritable, TestsStopped, UsageError
from forgewatch.core.events import StepRecorded, TestsRecorded
from forgewatch.core.report import Failed
from forgewatch.core.testrecord import TestRecord
from forgewatch.core.testrecord_parser import parse_test_record
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable
from tests.support.authority_rig import AuthorityRig
from tests.support.memory_bench import HEAD, TREE, MemoryBenches, MemoryTools, Onlooker, junit, ran
from tests.support.ports import Faults, MemoryFiles

RUNS = "Forge/evidence/test_runs.md"
LATEST = "Forge/evidence/test_runs_latest.md"
FORGE = RepoPath("forge.json")
PYTHON = {"backend": {"language": "python"}}
BEGUN = "\n## Test Run 2026-11-20T12:00:00Z\n- Started: 2026-11-20T12:00:00Z\n- Command: forgewatch test\n"
OTHER = digest_of_bytes(b"another tree")


class Rig:
    """A runner over a copy in memory, and everything that it leaves. `evidence` are the files of the repository."""

    def __init__(self, forge: Any = PYTHON, **benches: Any) -> None:
        self.desks = AuthorityRig()
        self.copy = MemoryFiles({FORGE: forge if isinstance(forge, bytes | Unreadable) else json.dumps(forge).encode()})
        self.benches = MemoryBenches(self.copy, **benches)
        self.tools = MemoryTools({"python": "/r/.venv/bin/python"})
        self.evidence = MemoryFiles()
        self.onlooker = Onlooker()

    def base(self, document: Any, **files: Content) -> Rig:
        """Let BASE say this to the runner."""
        raw = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.desks.world.parts["stack"] = {FORGE: raw, **{RepoPath(name): content for name, content in files.items()}}
        return self

    def runner(self, **parts: Any) -> TestRunner:
        values: dict[str, Any] = {
            "desk": self.desks.desk,
            "benches": self.benches,
            "places": self.tools,
            "evidence": self.evidence,
            "audience": self.onlooker,
        }
        return TestRunner(**{**values, **parts})

    def run(self, **wanted: Any) -> Tested:
        return self.runner().run(Wanted(**wanted))

    @property
    def runs(self) -> str:
        """The log of all runs."""
        found = self.evidence.files.get(RUNS, b"")
        assert isinstance(found, bytes)
        return found.decode()

    @property
    def latest(self) -> bytes | None:
        """The newest record, None when there is none."""
        found = self.evidence.files.get(LATEST)
        assert not isinstance(found, Unreadable)
        return found

    @property
    def events(self) -> list[TestsRecorded]:
        """What the journal knows of runs."""
        return [event for event in self.desks.journal.events if isinstance(event, TestsRecorded)]

    @property
    def ran(self) -> list[str]:
        """The steps that ran, in order."""
        return [step.name for step in self.benches.ran]


def record_of(rig: Rig) -> TestRecord:
    found = parse_test_record(rig.latest or b"")
    assert isinstance(found, TestRecord), found
    return found


@pytest.mark.req("S002-9.2-6")
def test_a_run_is_recorded_in_the_journal_and_both_files() -> None:
    rig = Rig()
    tested = rig.run()
    assert tested.run.passed and tested.note == ""
    (event,) = rig.events
    assert event == TestsRecorded(
        at="2026-11-20T12:00:00Z",
        record=digest_of_bytes(rig.latest or b""),
        tree=TREE,
        head=HEAD,
        level=Level.BUBBLEWRAP,
        offline=False,
        steps=(
            StepRecorded(
                part=Part.STATIC,
                name="compileall",
                argv=event.steps[0].argv,
                exit=0,
                output=digest_of_bytes(b""),
            ),
            StepRecorded(part=Part.BEHAVIOR, name="pytest", argv=event.steps[1].argv, exit=0, output=digest_of_bytes(b"")),
        ),
        executed=1,
        failed=0,
        passed=True,
        surroundings=("network none", "visible .venv"),
    )
    assert tested.record == event.record and tested.recorded is not None and tested.recorded.event == event
    record = record_of(rig)
    assert (record.status, record.tree, record.head, record.executed, record.failed) == ("PASS", TREE, HEAD, 1, 0)
    assert rig.runs.startswith(f"{BEGUN}- Status: PASS\n")
    assert "Runtime path: .venv/bin/python\n" in rig.runs
    assert [(one.record, one.tree) for one in rig.desks.record.state().attested] == [(event.record, TREE)]
    assert rig.desks.files.files == {"Forge/evidence/diff_log.md": b"log"}, "no entry in the ledger"


@pytest.mark.parametrize("before", [b"", Absent()])
def test_a_folder_of_unittests_that_becomes_a_package_or_ceases_to_be_one_has_no_other_commands(before: bytes | Absent) -> None:
    forge = {"backend": {"language": "python", "test_framework": "unittest", "test_dir": "tests"}}
    rig = Rig(forge).base(forge, **{"tests/__init__.py": before})
    if isinstance(before, Absent):
        rig.copy.files[RepoPath("tests/__init__.py")] = b""
    assert rig.run().run.authorized == ()
    assert rig.ran == ["compileall", "unittest"]


@pytest.mark.req("S002-9.2-3")
def test_every_step_runs_also_after_one_that_failed() -> None:
    listed = {part: [f"{part}-check"] for part in ("static", "runtime", "behavior", "contract")}
    rig = Rig({"test": listed}, answers={name: ran(1) for name in ("static-check", "runtime-check", "behavior-check")})
    tested = rig.run()
    assert rig.ran == ["static-check", "runtime-check", "behavior-check", "contract-check"]
    assert not tested.run.passed
    assert rig.onlooker.seen[:3] == ["static static-check", "static-check FAIL", "runtime runtime-check"]
    assert rig.onlooker.seen[-1] == "contract-check PASS"
    (event,) = rig.events
    assert ([step.exit for step in event.steps], event.passed) == ([1, 1, 1, 0], False)
    assert (record_of(rig).status, rig.desks.record.state().attested) == ("FAIL", ())


@pytest.mark.req("S002-9.2-4")
def test_the_log_of_runs_only_grows_whatever_stands_at_its_end() -> None:
    rig = Rig()
    rig.evidence.files[RUNS] = b"# Runs\n## Test Run of before, torn of"
    rig.run()
    rig.benches.answers = {"pytest": ran(1, report=junit(a="failed"))}
    before = rig.runs
    rig.run()
    assert before.startswith("# Runs\n## Test Run of before, torn of\n## Test Run 2026")
    assert rig.runs.startswith(before)
    assert (rig.runs.count("\n## Test Run 2026"), rig.runs.count("- Status: PASS"), rig.runs.count("- Status: FAIL")) == (2, 1, 1)


@pytest.mark.req("S002-9.2-4")
def test_the_beginning_of_the_entry_is_there_while_the_steps_run() -> None:
    rig = Rig()
    seen: list[str] = []
    rig.benches.before = lambda _: seen.append(rig.runs)
    rig.run()
    assert seen == [BEGUN] * 2


def interrupt(_: Step) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_run_says_so_and_leaves_the_old_record() -> None:
    rig = Rig()
    rig.benches.before = interrupt
    rig.evidence.files[LATEST] = b"Status: PASS\n"
    with pytest.raises(KeyboardInterrupt):
        rig.run()
    assert rig.runs.endswith(f"- Branch: main\n- HEAD: {rig.desks.world.head}\n- Status: FAIL, interrupted\n")
    assert (rig.latest, rig.events) == (b"Status: PASS\n", [])


@pytest.mark.parametrize(
    "answer",
    [
        Failed("ENVIRONMENT_LIMITATION", "b.py is a FIFO", "move it away"),
        Failed("NON_DETERMINISTIC_BEHAVIOR", "the tree moved"),
    ],
)
def test_without_a_copy_there_is_no_result_and_the_reason_is_told(answer: Failed) -> None:
    rig = Rig(failed=answer)
    with pytest.raises(TestsStopped, match=answer.why) as raised:
        rig.run()
    assert (raised.value.stop, raised.value.hint) == (answer.stop, answer.hint)
    assert rig.runs.endswith(f"- Status: FAIL, {answer.why}\n")
    assert (rig.ran, rig.latest, rig.events) == ([], None, [])


def test_a_sandbox_that_is_missing_ends_the_run() -> None:
    def without(_: Step) -> None:
        raise EnvironmentFault("bubblewrap is not installed", "install it")

    rig = Rig()
    rig.benches.before = without
    with pytest.raises(EnvironmentFault, match="bubblewrap is not installed"):
        rig.run()
    assert "- Status: FAIL, bubblewrap is not installed\n" in rig.runs


@pytest.mark.parametrize(
    ("forge", "told"),
    [
        (b"{", "forge.json: "),
        ({"backend": {"language": 3}}, "forge.json: expected backend.language as text, found int"),
        (Unreadable("is a symlink"), "forge.json: is a symlink"),
    ],
)
def test_a_forge_json_that_cannot_be_believed_runs_nothing(forge: Any, told: str) -> None:
    rig = Rig(forge)
    with pytest.raises(TestsStopped, match=told) as raised:
        rig.run()
    assert (raised.value.stop, rig.ran, rig.latest) == ("CONTRACT_CONFLICT", [], None)


def test_a_repository_without_forge_json_has_the_defaults_and_a_note() -> None:
    rig = Rig()
    rig.copy.files.clear()
    tested = rig.run()
    assert rig.ran == ["compileall", "pytest"]
    assert tested.run.notes == ("there is no stack in forge.json: its defaults hold",)


def test_what_the_change_takes_out_of_forge_json_runs_and_can_fail() -> None:
    rig = Rig({"test": {"static": [], "behavior": ["true"]}}, answers={"pytest-base": ran(1, report=junit(a="failed"))}).base(PYTHON)
    tested = rig.run()
    assert rig.ran == ["true", "compileall-base", "pytest-base"]
    assert (tested.run.passed, tested.run.failing) == (False, ("tests/test_a.py::a",))
    assert len(rig.benches.opened) == 2, "on a copy that no new command has touched"
    assert [step.name for step in rig.events[0].steps] == rig.ran
    assert rig.events[0].executed is None, "the authorized commands count for themselves"


def test_the_tests_of_a_base_that_has_none_are_not_asked_for() -> None:
    rig = Rig({"test": {"static": [], "behavior": ["suite"]}}).base(PYTHON)
    rig.desks.world.parts["tested"] = False
    assert rig.run().run.passed
    assert rig.ran == ["suite", "compileall-base"]


def test_a_base_that_says_nothing_or_cannot_be_read_has_no_commands() -> None:
    rig = Rig({"test": {"behavior": ["suite"], "static": []}})
    assert rig.run().run.notes == ()
    tested = rig.base(b"{").run()
    assert rig.ran == ["suite"] * 2
    assert len(tested.run.notes) == 1 and "forge.json of the authorized version cannot be read" in tested.run.notes[0]


def test_a_manifest_of_base_is_a_stack_even_without_forge_json() -> None:
    rig = Rig({"test": {"behavior": ["true"], "static": []}})
    rig.desks.world.parts["stack"] = {RepoPath("requirements.txt"): b""}
    rig.run()
    assert rig.ran == ["true", "compileall-base", "pytest-base"]


def test_a_word_of_a_command_is_the_projects_own_program_and_recorded_as_it_was_written() -> None:
    rig = Rig()
    rig.run()
    assert [step.argv[0] for step in rig.benches.ran] == ["/r/.venv/bin/python"] * 2
    assert [step.argv[0] for step in rig.events[0].steps] == ["python"] * 2
    bare = Rig()
    bare.tools.programs = {}
    bare.run()
    assert "Runtime path: python3\n" in bare.runs


def test_the_environment_that_forge_json_names_is_asked_for() -> None:
    rig = Rig({"backend": {"language": "python", "venv_path": "env"}})
    rig.run()
    front = Rig({"frontend": {"language": "ts", "test_framework": "vitest"}})
    front.run()
    assert (rig.tools.asked, front.tools.asked) == (["env"], [""])


BOTH = {**PYTHON, "frontend": {"language": "typescript", "test_framework": "vitest"}}


def test_one_side_can_be_run_and_then_attests_nothing() -> None:
    rig = Rig(BOTH)
    tested = rig.run(scope="frontend")
    assert (rig.ran, tested.run.passed, rig.events[0].scope) == (["vitest"], True, "frontend")
    assert "Scope: frontend only\n" in (rig.latest or b"").decode()
    assert rig.desks.record.state().attested == ()


def test_a_side_that_is_all_there_is_is_the_whole_suite() -> None:
    rig = Rig()
    rig.run(scope="backend")
    assert rig.events[0].scope == ""
    # The change took the front end away; the authorized version has one.
    loosened = Rig().base({**PYTHON, "frontend": {"language": "typescript", "test_framework": "vitest"}})
    loosened.run(scope="backend")
    assert loosened.events[0].scope == "backend"


def test_a_side_that_is_not_there_cannot_be_run() -> None:
    rig = Rig()
    with pytest.raises(UsageError, match=r"--scope frontend: forge\.json has no frontend that could be tested"):
        rig.run(scope="frontend")
    assert (rig.ran, rig.latest) == ([], None)


@pytest.mark.req("S002-9.1-3")
def test_tests_that_are_repeated_run_on_fresh_copies_and_have_to_end_the_same() -> None:
    rig = Rig()
    tested = rig.run(repeat=3, offline=True)
    assert (rig.ran, rig.benches.opened) == (["compileall", "pytest"] * 3, [True] * 3)
    assert tested.run.passed and rig.events[0].repeat == 3 and rig.events[0].offline


@pytest.mark.req("S002-9.1-3")
def test_a_test_that_ends_otherwise_the_second_time_fails_the_run() -> None:
    flaky = [ran(report=junit(a="passed", b="passed")), ran(1, report=junit(a="passed", b="failed"))]
    rig = Rig(answers={"pytest": flaky})
    tested = rig.run(repeat=2)
    assert (tested.run.passed, tested.run.unsteady) == (False, ("tests/test_a.py::b: passed, failed",))
    assert "- not the same every time: tests/test_a.py::b: passed, failed\n" in (rig.latest or b"").decode()
    assert (record_of(rig).status, rig.events[0].passed) == ("FAIL", False)


def test_a_tree_that_changes_between_the_repeats_gives_no_result() -> None:
    rig = Rig(trees=(TREE, OTHER))
    with pytest.raises(TestsStopped, match="the tree changed between two runs") as raised:
        rig.run(repeat=2)
    assert (raised.value.stop, rig.latest) == ("NON_DETERMINISTIC_BEHAVIOR", None)


def test_a_copy_that_cannot_be_made_again_gives_no_result() -> None:
    rig = Rig()

    def breaks(_: Step) -> None:
        rig.benches.failed = Failed("ENVIRONMENT_LIMITATION", "the disk is full")

    rig.benches.before = breaks
    with pytest.raises(TestsStopped, match="the disk is full"):
        rig.run(repeat=2)


def test_where_the_record_is_another_users_the_files_are_written_and_nothing_is_attested() -> None:
    rig = Rig()
    tested = rig.runner(not_ours="the record in /s belongs to forge").run(Wanted())
    assert (tested.recorded, tested.note) == (None, "not attested: the record in /s belongs to forge")
    assert (rig.events, record_of(rig).status) == ([], "PASS")


def test_a_journal_that_cannot_be_written_leaves_the_old_record_and_says_why() -> None:
    rig = Rig()
    rig.desks.journal.faults = Faults(fail_before={1: LedgerUnwritable("the disk is full")})
    rig.evidence.files[LATEST] = b"old"
    with pytest.raises(LedgerUnwritable):
        rig.run()
    assert (rig.latest, rig.runs[-40:]) == (b"old", rig.runs[-40:])
    assert "- Status: FAIL, the disk is full\n" in rig.runs


@pytest.mark.parametrize(("number", "left"), [(1, 0), (2, 1), (3, 2)])
def test_a_file_that_cannot_be_written_ends_the_run_and_the_journal_claims_no_more_than_is_true(number: int, left: int) -> None:
    """Calls on the files: the beginning, the record, the rest. What the journal attests by then is about bytes nobody can change."""
    rig = Rig()
    rig.evidence.faults = Faults(fail_before={call: LedgerUnwritable("full") for call in range(number, 9)})
    with pytest.raises(ForgewatchError):
        rig.run()
    assert len(rig.evidence.files) == left
    assert len(rig.events) == (number > 1)
    assert rig.latest is None or rig.events[0].record == digest_of_bytes(rig.latest)


def test_the_worker_that_cannot_say_what_base_holds_ends_the_run() -> None:
    rig = Rig()
    rig.desks.world.fails = Failed("ENVIRONMENT_LIMITATION", "git is missing", "install git")
    with pytest.raises(EnvironmentFault, match="git is missing"):
        rig.run()
    assert "- HEAD: git unavailable\n- Status: FAIL, git is missing\n" in rig.runs
    assert rig.ran == []


def test_the_last_line_of_a_step_is_passed_on_and_counts_without_a_report() -> None:
    rig = Rig({"test": {"static": [], "behavior": ["npm test"]}}, answers={"npm": ran(0, b"one\n  3 passing\n")})
    tested = rig.run()
    assert (rig.onlooker.lines, tested.run.counts) == (["  3 passing"], (3, 0))
    silent = Rig({"test": {"static": [], "behavior": ["npm test"]}}, answers={"npm": ran(0, b"")})
    silent.run()
    assert (silent.onlooker.lines, silent.events[0].executed) == ([], None)
