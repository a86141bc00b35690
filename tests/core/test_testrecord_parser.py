from __future__ import annotations

import pytest

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.testrecord import Blank, BrokenRecord, TestRecord
from forgewatch.core.testrecord_parser import parse_test_record
from forgewatch.core.values import Absent, Unreadable

TREE = "sha256:" + "a" * 64
FULL = f"""Status: PASS
Start: 2026-11-20T10:00:00Z
End: 2026-11-20T10:00:02Z
Branch: main
HEAD: 18bf41f86e1d (staged: more)
Tree: {TREE}
Runtime: python
compileall exit: 0
import app.main exit: 0
playwright test:e2e exit: 1
pytest summary: 56 passed, 1 warning in 2.64s
git status -sb:
```
## main
lint exit: 3
9 passed
HEAD: 0000000
```
"""


def record(text: str | bytes) -> TestRecord:
    found = parse_test_record(text if isinstance(text, bytes) else text.encode())
    assert isinstance(found, TestRecord), found
    return found


def test_all_fields_of_a_record_are_read_and_quoted_output_is_not() -> None:
    assert record(FULL) == TestRecord(
        line1="Status: PASS",
        status="PASS",
        start="2026-11-20T10:00:00Z",
        end="2026-11-20T10:00:02Z",
        head="18bf41f86e1d",
        branch="main",
        tree=TREE,
        exits=(("compileall", 0), ("import app.main", 0), ("playwright test:e2e", 1)),
        executed=56,
        digest=digest_of_bytes(FULL.encode()),
    )


@pytest.mark.parametrize(
    "form", [lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\r\n"), lambda text: text.replace("\n", "\r")]
)
def test_mark_and_line_ends_do_not_matter(form: object) -> None:
    assert callable(form)
    changed = record(form(FULL))
    assert (changed.line1, changed.exits, changed.executed, changed.head) == (record(FULL).line1, record(FULL).exits, 56, "18bf41f86e1d")


@pytest.mark.req("S002-10.7-A8")
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("Status: PASS", "PASS"),
        ("Status: PASS \t", "PASS"),
        ("Status: FAIL", "FAIL"),
        ("Status: PASS (96 passed, 2 pre-existing failures)", None),
        ("Status: PASSABLE", None),
        ("Status: PASSED", None),
        ("Status: PASS|FAIL", None),
        ("Status: pass", None),
        ("status: PASS", None),
        ("Status:PASS", None),
        (" Status: PASS", None),
        ("**Status: PASS**", None),
        ("## Test Run", None),
        ("Status: PASS\u200b", None),
        ("Status: ＰＡＳＳ", None),
        ("\ufeffStatus: PASS", None),
    ],
)
def test_line_1_is_exact_or_says_nothing(line: str, status: str | None) -> None:
    found = record(b"\xef\xbb\xbf" + f"{line}\nStatus: PASS\n".encode())
    assert (found.status, found.line1) == (status, line)


@pytest.mark.parametrize(
    ("line", "exits"),
    [
        ("pytest exit: 0", (("pytest", 0),)),
        ("- pytest exit: 0", (("pytest", 0),)),
        ("- **`pytest`** exit: 2", (("pytest", 2),)),
        ("pytest exit code: 5", (("pytest", 5),)),
        ("pytest exit=-1", (("pytest", -1),)),
        ("python -m pytest -q exit: 00", (("python -m pytest -q", 0),)),
        ("pytest exit: 0 (was exit: 1)", (("pytest", 0),)),
        ("Test that exit code: 2 is returned on bad input passed", ()),
        ("- CLI returns exit code: 3 when the lock is taken", ()),
        ("pytest exit status: 1", (("pytest", 1),)),
        ('pytest exit: "0"', (("pytest", 0),)),
        ("pytest exit: `1`", (("pytest", 1),)),
        ("npm test exit code: 1 as before", (("npm test", 1),)),
        ("exit: 1", (("run", 1),)),
        ("- Exit code: 1", (("run", 1),)),
        ("- **pytest exit**: 1", (("pytest", 1),)),
        ("pytest EXIT: 1", (("pytest", 1),)),
        ("\x0cpytest exit: 1", (("pytest", 1),)),
        ("pytest\u00a0exit: 1", (("pytest", 1),)),
        ("nonexit: 1", ()),
        ("pytest exited: 1", ()),
        ("Note: the exit: 1", (("Note: the", 1),)),
        ("pytest --cov=app exit: 1", (("pytest --cov=app", 1),)),
        ("PYTHONPATH=. pytest exit: 1", (("PYTHONPATH=. pytest", 1),)),
        ("npm run test:unit -- --ci exit: 1", (("npm run test:unit -- --ci", 1),)),
        ("Step 2: pytest unit exit: 1", (("Step 2: pytest unit", 1),)),
        (f"pytest {'a' * 300} exit: 1", ((f"pytest {'a' * 300}", 1),)),
        ("pytest -k returns exit: 1", (("pytest -k returns", 1),)),
        ("pytest -k if exit: 1 when run twice", (("pytest -k if", 1),)),
        ("test covers exit: 1", (("test covers", 1),)),
        ("pytest -k returns exit: 0", ()),
        ("pytest exit：1", (("pytest", 1),)),
        ("pytest exit＝1", (("pytest", 1),)),
        ("| pytest exit: 1 |", (("pytest", 1),)),
        ("| pytest exit | 1 |", (("pytest", 1),)),
        ("> pytest exit: 1", (("pytest", 1),)),
        ("compileall exit: 0, pytest exit: 1", (("compileall", 0), ("pytest", 1))),
        ("pytest exit_code=1", (("pytest", 1),)),
        ("pytest exit-code: 1", (("pytest", 1),)),
        ("git diff --exit-code=1", ()),
        ("sys.exit = 1", ()),
        ("Covers the exit: 3rd party tools are closed", ()),
        ("exit: 3rd party tools are closed", ()),
        ("Clean exit: 2nd run too", ()),
        ("    pytest exit: 1", (("pytest", 1),)),
    ],
)
def test_exit_lines(line: str, exits: tuple[tuple[str, int], ...]) -> None:
    assert record(f"Status: PASS\n{line}\n").exits == exits


@pytest.mark.req("S002-10.7-A8")
@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("pytest exit: 0x1", ("pytest", "0x1")),
        ("pytest exit: 0.5", ("pytest", "0.5")),
        ("pytest exit: 0/1", ("pytest", "0/1")),
        ("pytest exit: 0１", ("pytest", "0１")),
        ("pytest exit: １", ("pytest", "１")),
        ("- **pytest exit:** timeout after 600 s", ("pytest", "timeout after 600 s")),
        ("pytest exit: None", ("pytest", "None")),
        ("pytest exit: n/a", ("pytest", "n/a")),
        ("pytest exit:", ("pytest", "")),
    ],
)
def test_an_exit_that_is_no_plain_number_is_kept_as_it_is_told(line: str, told: tuple[str, str]) -> None:
    found = record(f"Status: PASS\n{line}\n")
    assert (found.exits, found.unclear_exits) == ((), (told,))


@pytest.mark.parametrize(
    "line",
    [
        "exit:",
        "Clean exit: verified by hand",
        "On exit: the lock is released",
        "assert exit == 0",
        "test that exit: 0x1 is reached",
        "On exit: 0x1 handlers run",
        "test that exit: is reached",
        "exit: yes",
    ],
)
def test_a_remark_about_leaving_a_program_is_no_exit(line: str) -> None:
    found = record(f"Status: PASS\n{line}\n")
    assert (found.exits, found.unclear_exits) == ((), ())


@pytest.mark.req("S002-10.7-A8")
@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("Status: FAIL", 2),
        ("pytest exit: 0\n\n- Status: FAIL \t\nStatus: FAIL", 4),
        ("Status: PASS", None),
        ("Status: FAILING is a word of the API", None),
        ("the response says Status: FAIL", None),
        ("```\nStatus: FAIL\n```", None),
    ],
)
def test_a_second_status_that_says_fail_is_found(body: str, line: int | None) -> None:
    assert record(f"Status: PASS\n{body}\n").later_fail == line


def test_line_1_is_the_status_and_nothing_else() -> None:
    assert record("Status: FAIL\n").later_fail is None
    found = record("HEAD: 18bf41f\nStatus: PASS\n")
    assert (found.head, found.status) == (None, None)


def test_every_commit_and_tree_that_is_named_is_kept() -> None:
    found = record(f"Status: PASS\nHEAD: 18bf41f (dirty)\nTree: {TREE}\nHEAD: 1f952d6 (x)\nTree: other\n")
    assert (found.head, found.more_heads, found.tree, found.more_trees) == ("18bf41f", ("1f952d6",), TREE, ("other",))


@pytest.mark.parametrize(
    ("body", "executed"),
    [
        ("", None),
        ("pytest summary: (see run_tests.ps1) ok", None),
        ("pytest summary: 28 passed, 1 warning in 0.65s", 28),
        ("2 failed, 26 passed, 1 skipped, 1 error in 2s", 29),
        ("1 xfailed, 1 xpassed, 3 skipped", 2),
        ("5 skipped in 0.1s", 0),
        ("pytest summary: 3 skipped", 0),
        ("Note: 1 skipped, docker is missing", None),
        ("no tests ran in 0.01s", 0),
        ("collected 0 items", 0),
        ("No tests found", 0),
        ("0 passed", 0),
        ("Ran 0 tests in 0.000s\n\nOK", 0),
        ("Ran 12 tests in 0.100s\n\nOK", 12),
        ("Ran 1 test in 0.1s", 1),
        ("5 deselected in 0.1s", 0),
        ("=== 3 passed, 5 deselected in 0.1s ===", 3),
        ("Note: 5 deselected by hand", None),
        ("collected 0 items\n12 passed in 1s", 12),
        ("## Backend\n- 240 passed, 0 failed\n## Frontend\n- 49 passed", 289),
        (" Test Files  3 passed (3)\n      Tests  49 passed (49)", 49),
        ("Test Files  3 passed (3)\nTests: 49 passed, 49 total", 49),
        ("12 tests passed", 12),
        ("version 1.2 passed review", None),
        ("```\n12 passed\n```", None),
    ],
)
def test_counts_of_the_usual_runners(body: str, executed: int | None) -> None:
    assert record(f"Status: PASS\n{body}\n").executed == executed


@pytest.mark.parametrize(
    ("body", "failed"),
    [
        ("pytest summary: 3 failed, 5 passed in 1s", 3),
        ("=== 1 error in 0.2s ===", 1),
        ("      Tests  2 failed | 47 passed (49)", 2),
        ("Test Files  1 failed (3)\n     Tests  2 failed | 47 passed (49)", 2),
        ("Test Suites: 1 failed, 1 total\nTests:       0 total", 1),
        ("FAILED (failures=1)", 1),
        ("Ran 9 tests in 1s\n\nFAILED (failures=1, errors=2, skipped=3)", 3),
        ("FAILED (unexpected successes=1)", 1),
        ("FAILED (skipped=3)", 0),
        ("--- FAIL: TestLock (0.00s)", 1),
        ("FAIL\texample/lock\t0.01s", 1),
        ("FAIL", 1),
        ("FAILED tests/test_a.py::test_lock - AssertionError", 1),
        ("  2 failing", 1),
        ("FAILED attempts are counted: see tests/test_a.py::test_lock", 0),
        ("FAIL is written to line 1 by the runner", 0),
        ("0 failing", 0),
        ("12 passed, 0 failed", 0),
        ("Note: 2 failed logins lock the account", 0),
        ("pytest summary: 1 xfailed, 3 passed", 0),
        ("```\n3 failed, 5 passed\n```", 0),
        ("```\n3 failed, 5 passed", 3),
        ("2 failed", 2),
        ("- **2 tests failed.**", 2),
        ("2 failed, 1 skipped", 2),
        ("Failed: 2", 2),
        ("| Failed | 2 |", 2),
        ("     Failed: 2", 2),
        ("Failed!  - Failed:     2, Passed:    10, Skipped:     0, Total:    12, Duration: 1 s - app.dll (net8.0)", 2),
        ("Passed!  - Failed:     0, Passed:    12, Skipped:     0, Total:    12, Duration: 1 s - app.dll (net8.0)", 0),
        ("Test summary: total: 12, failed: 2, succeeded: 10, skipped: 0, duration: 1.2s", 2),
        ("Tests: 12, Assertions: 30, Errors: 1, Failures: 2.", 3),
        ("Tests: 12, Assertions: 30, Skipped: 1.", 0),
        ("FAILURES!", 1),
        ("OK (12 tests, 30 assertions)", 0),
        ("Tests run: 12, Failures: 2, Errors: 0, Skipped: 0", 2),
        ("ok 1 - opens\nnot ok 2 - locks\nnot ok 3 - waits # TODO later", 1),
        ("# tests 12\n# pass 10\n# fail  2", 2),
        ("# tests 12\n# pass 12\n# fail  0", 0),
        ("12 examples, 2 failures", 2),
        ("12 examples, 0 failures", 0),
        ("12 tests completed, 2 failed", 2),
        ("83% tests passed, 2 tests failed out of 12", 2),
        ("Failed: 0", 0),
        ("Errors: 404 answers are counted", 0),
        ("2 errors of the old parser are gone", 0),
        ("Backend: 804 passed, 1 pre-existing failure (test_cors_allows_valid_origin)", 0),
        ("The server is not ok 2 seconds after the start", 0),
    ],
)
def test_failed_tests_of_the_summaries(body: str, failed: int) -> None:
    assert record(f"Status: PASS\n{body}\n").failed == failed


@pytest.mark.parametrize(
    ("value", "head"),
    [
        ("1f952d62df1eb9dc5be9f1cb02e1984d6ace9911", "1f952d62df1eb9dc5be9f1cb02e1984d6ace9911"),
        ("`3A575F8`", "3A575F8"),
        ("git unavailable", "git unavailable"),
        ("post-phase-e", "post-phase-e"),
        ("abc", "abc"),
        ("abcdefa, dirty", "abcdefa"),
        ("on abcdefa", "on abcdefa"),
    ],
)
def test_the_commit_a_record_names(value: str, head: str) -> None:
    assert record(f"Status: PASS\nHEAD: {value}\nHEAD: 0000000\n").head == head


def test_a_record_that_says_nothing_more() -> None:
    found = record("Status: PASS")
    assert (found.start, found.end, found.head, found.branch, found.tree, found.exits, found.executed) == (
        None,
        None,
        None,
        None,
        None,
        (),
        None,
    )


def test_fields_without_a_value_are_not_there() -> None:
    assert record("Status: PASS\nHEAD:\nTree:  \n").head is None


def test_fences_need_their_own_closing() -> None:
    assert record("Status: PASS\n````\n```\na exit: 1\n````\nb exit: 2\n~~~\n```\nc exit: 3\n").exits == (("b", 2), ("c", 3))


def test_an_encoding_defect_is_named_outside_of_output_only() -> None:
    assert record("Status: PASS\nPhase 38 — Seal\n".encode("cp1252")).encoding_defect == "line 2 is cp1252, not UTF-8"
    assert record("Status: PASS\n```\né\n```\n".encode("cp1252")).encoding_defect is None
    found = record(b"\xff\xfe" + "Status: PASS\r\n".encode("utf-16-le"))
    assert (found.status, found.encoding_defect) == ("PASS", "line 1 is UTF-16, not UTF-8")


@pytest.mark.parametrize("raw", [b"", b" \r\n\t\n", b"\xef\xbb\xbf"])
def test_white_space_is_blank(raw: bytes) -> None:
    assert parse_test_record(raw) == Blank()


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"Status: PASS\na\0b\n", "line 2: expected text, found a NUL character"),
        (b"a" * 1048577, "expected at most 1048576 bytes, found 1048577"),
        (b"a\n" * 20_001, "expected at most 20000 lines, found 20001"),
    ],
)
def test_bytes_that_are_no_text_are_broken(raw: bytes, why: str) -> None:
    assert parse_test_record(raw) == BrokenRecord(why)


def test_absent_and_unreadable_stay_what_they_are() -> None:
    assert parse_test_record(Absent()) == Absent()
    assert parse_test_record(Unreadable("is a FIFO")) == Unreadable("is a FIFO")


@pytest.mark.req("S002-10.7-A8")
@pytest.mark.parametrize(
    ("rows", "exits", "unclear"),
    [
        ("| Step | Exit |\n|---|---|\n| pytest | 1 |\n| lint | `0` |", (("pytest", 1), ("lint", 0)), ()),
        ("| Exit code | Step |\n|---|---|\n| ❌ 2 | pytest |", (("pytest", 2),), ()),
        ("Step | Exit status\n---|---\npytest | code 1", (("pytest", 1),), ()),
        ("| Step | Exit |\n| pytest | timeout |", (), (("pytest", "timeout"),)),
        ("| Step | Exit |\n|---|---|\n| docs | n/a |\n| lint | — |\n| e2e | skipped |\n| more |", (), ()),
        ("| Exit |\n|---|\n| 1 |", (), ()),
        ("| Step | Exit |\n|---|---|\n| pytest | 0 |\n\n| Time | Runs |\n|---|---|\n| 2 s | 3 |", (("pytest", 0),), ()),
        ("| Step | Seconds |\n|---|---|\n| pytest | 1 |", (), ()),
        ("| Step | Exit |\n|---|---|\n| | 1 |", (("run", 1),), ()),
        ("| Step | Exit |\n|---|---|\n| **pytest** | 1 |\n| X | 2 |", (("pytest", 1), ("X", 2)), ()),
        ("Step | Exit\n---|---\nX | 1", (("X", 1),), ()),
        ("| Exit | 1 |\n| Time | 2 s |", (("run", 1),), ()),
    ],
)
def test_the_exit_column_of_a_table_is_read(rows: str, exits: tuple[tuple[str, int], ...], unclear: tuple[tuple[str, str], ...]) -> None:
    found = record(f"Status: PASS\n{rows}\n")
    assert (found.exits, found.unclear_exits) == (exits, unclear)


@pytest.mark.req("S002-10.7-A8")
def test_a_fence_that_is_never_closed_hides_nothing() -> None:
    assert record("Status: PASS\n```\n$ pytest\npytest exit: 1\n").exits == (("pytest", 1),)
    assert record("Status: PASS\n```a\n~~~\nlint exit: 3\n~~~\npytest exit: 1\n").exits == (("pytest", 1),)


@pytest.mark.req("S002-10.7-A8")
def test_an_exit_in_shown_output_counts_when_nothing_outside_tells_one() -> None:
    assert record("Status: PASS\n```\nlint exit: 0\npytest exit: 1\n```\n").exits == (("pytest", 1),)
    assert record("Status: PASS\npytest exit: 0\n```\nlint exit: 1\n```\n").exits == (("pytest", 0),)
    assert record("Status: PASS\n```\nCLI returns exit code: 3 when the lock is taken\n```\n").exits == ()


def test_many_fences_that_are_never_closed_cost_no_more_than_their_lines() -> None:
    assert record("Status: PASS\n" + "```a\n" * 19_000 + "pytest exit: 1\n").exits == (("pytest", 1),)


SHA, OLD = "1f952d62df1eb9dc5be9f1cb02e1984d6ace9911", "18bf41f"


@pytest.mark.req("S002-9.2-5")
@pytest.mark.parametrize(
    "line",
    [
        f"**HEAD**: {OLD}",
        f"**HEAD:** `{OLD}`",
        f"`HEAD`: {OLD}",
        f"HEAD : {OLD}",
        f"HEAD: main @ {OLD}",
        f"HEAD: main@{OLD}",
        f"| HEAD | {OLD} |",
        f"Head: {OLD}",
        f"HEAD = {OLD}",
        f"HEAD -> {OLD}",
        f"HEAD：{OLD}",
        f"> HEAD: {OLD}",
        f"1. HEAD: {OLD}",
        f"- [x] HEAD commit: {OLD}",
        f"## HEAD: {OLD}",
        f"HEAD: {OLD}...",
        f"HEAD: {OLD}, dirty",
        f"HEAD: commit {OLD}",
        f"HEAD: ({OLD})",
        f"HEAD: v1.2-14-g{OLD}",
        f"HEAD: built 20260208 of {OLD}",
        f"```\nHEAD: {OLD}\n```",
        f"HEAD: see below\n```\nHEAD: {OLD}\n```",
    ],
)
def test_a_commit_is_found_however_its_line_is_decorated(line: str) -> None:
    found = record(f"Status: PASS\n{line}\n")
    assert OLD in (found.head, *found.more_heads)


@pytest.mark.parametrize(
    "line",
    [
        "HEAD: see git log",
        "HEAD: recovery/evidence-20260208",
        "HEAD: refs/heads/1234567",
        "HEAD: the decade was defaced, effaced",
        "HEAD: built on 20260208",
        "HEAD: built on 202602081230",
        "Head of the branch: 1234567",
        "Header: 1234567",
        "The HEAD: 1234567",
    ],
)
def test_words_of_a_head_line_name_no_commit(line: str) -> None:
    found = record(f"Status: PASS\n{line}\n```\n## main\n```\n")
    assert found.head in (None, line.partition(": ")[2])


@pytest.mark.req("S002-9.2-5")
@pytest.mark.parametrize(
    ("line", "trees"),
    [
        ("**Tree**: sha256:000", ("sha256:000",)),
        (f"Tree: `{TREE}` (clean)", (TREE,)),
        (f"| tree | {TREE} |", (TREE,)),
        (f"TREE = {TREE}", (TREE,)),
        (f"```\nTree: {TREE}\n```", (TREE,)),
        (f"Tree: {TREE}\n```\nTree: sha256:000\n```", (TREE,)),
        ("- **Tree**: rebuilt the index", ()),
        ("tree: rebuilt the index", ()),
        ("```\nTree: built in 3 s\n```", ()),
        ("Tree: the present one", ("the present one",)),
    ],
)
def test_a_tree_is_found_however_its_line_is_decorated_and_prose_about_trees_is_none(line: str, trees: tuple[str, ...]) -> None:
    found = record(f"Status: PASS\n{line}\n")
    assert tuple(filter(None, (found.tree, *found.more_trees))) == trees
