"""Whatever commands, tests and output say, a record says what happened, and reports and output are read without an exception."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forgewatch.core.bench import Level, Part, Step
from forgewatch.core.run_record import latest_record, run_ended
from forgewatch.core.step_report import Counts, read_report
from forgewatch.core.step_result import Surroundings, TestsRun, judge_step
from forgewatch.core.step_tally import Tally
from forgewatch.core.testrecord import TestRecord
from forgewatch.core.testrecord_parser import parse_test_record
from tests.support.memory_bench import HEAD, TREE, ran

FEW = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FENCES = ("```", "~~~", "|", "- ", "#", "\n", "\r\n", "\u2028", "\x1b[2J", "\u202e", "\ud800", "\0", "é", " ")
WORDS = ("Status: PASS", "Status: FAIL", "Tree: sha256:" + "0" * 64, "HEAD: " + "1" * 40, "x exit: 0", "exit: 1", "exit", ":", "=")
COUNTS = ("3 failed", "no tests ran", "12 passed", "FAILED (failures=1)", "Ran 0 tests")
hostile = st.sampled_from((*FENCES, *WORDS, *COUNTS))
text = st.lists(hostile | st.text(max_size=6), max_size=8).map("".join)
steps = st.builds(
    Step,
    part=st.sampled_from([Part.STATIC, Part.BEHAVIOR]),
    name=st.sampled_from(["pytest", "npm", "x", "a.b-c"]),
    argv=st.lists(text, min_size=1, max_size=3).map(tuple),
    folder=st.sampled_from(["", "web"]),
)


def record_of(run: TestsRun) -> TestRecord:
    found = parse_test_record(latest_record(run))
    assert isinstance(found, TestRecord), found
    return found


@FEW
@given(
    st.lists(st.tuples(steps, st.sampled_from([0, 0, 0, 1, None]), text, st.integers(0, 9)), min_size=1, max_size=4),
    st.lists(text, max_size=3),
    text,
)
def test_the_gate_reads_from_a_record_what_happened_whatever_was_written(
    told: list[tuple[Step, int | None, str, int]], notes: list[str], branch: str
) -> None:
    results = []
    for step, exit, output, tests in told:
        counts = Counts(passed=tests, failed=0, skipped=0, outcomes={output: "passed"})
        results.append(judge_step(step, ran(exit, output.encode("utf-8", "surrogatepass"), why=output if exit is None else ""), counts))
    where = Surroundings(
        head=HEAD,
        branch="main",
        tree=TREE,
        status=(f"?? {branch}",),
        stat=(f"{branch} | +1 -0",),
        level=Level.BUBBLEWRAP,
        notes=tuple(notes),
        runtime=branch or "python3",
        offline=False,
        scope="",
        repeat=1,
    )
    run = TestsRun(start="2026-11-29T12:00:00Z", end="2026-11-29T12:00:01Z", where=where, results=tuple(results), notes=tuple(notes))
    record = record_of(run)
    assert (record.status, record.tree, record.more_trees, record.head, record.more_heads) == (
        "PASS" if run.passed else "FAIL",
        TREE,
        (),
        HEAD,
        (),
    )
    assert (record.start, record.end, record.branch) == (run.start, run.end, "main")
    if run.passed:
        assert [code for _, code in record.exits] == [0] * len(results)
        assert (record.unclear_exits, record.later_fail, record.failed) == ((), None, 0)
        assert record.executed == sum(result.counts.executed for result in results if result.counts)
    assert all(char == "\n" or char.isprintable() for char in (latest_record(run) + run_ended(run)).decode())


@FEW
@given(
    st.binary(max_size=300)
    | text.map(lambda told: f'<testsuite><testcase name="a">{told}</testcase></testsuite>'.encode("utf-8", "replace"))
)
def test_no_report_raises(raw: bytes) -> None:
    found = read_report(raw)
    assert found is None or found.executed + found.skipped == len(found.outcomes)


@FEW
@given(st.lists(st.binary(max_size=80) | text.map(lambda told: told.encode("utf-8", "replace")), max_size=8))
def test_no_output_raises_and_its_pieces_do_not_matter(pieces: list[bytes]) -> None:
    whole, parts = Tally(), Tally()
    whole.heard(b"".join(pieces))
    for piece in pieces:
        parts.heard(piece)
    assert (whole.last, whole.counts()) == (parts.last, parts.counts())
