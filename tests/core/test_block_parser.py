"""File blocks in what a builder said: which there are, where one ends, what is skipped and said (contract §0.1)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forgewatch.core.block_lines import HEAD
from forgewatch.core.blocks import BLOCK_BYTES, LARGE, MARKS, REMARKS, FileDefined, Flaw, Remark
from forgewatch.core.builder_output import BuilderOutput
from forgewatch.core.places import FORGE
from tests.support.blocks import PLAN, block, events_of, files_of, flaws_of, only_file, ordered, told

CONTRACT = Path(__file__).resolve().parents[3] / "shared/spec/documents/builder_contract.md"

THREE = """\
Here is the service:

=== FILE: src/clock.py ===
```python
from datetime import datetime

NOW = datetime.now

@route("/time")
async def time():
    return {"time": "now"}
```
=== END FILE ===

=== FILE: requirements.txt ===
starlette>=0.37
httpx[http2]>=0.27
=== END FILE ===

=== FILE: tests/test_clock.py ===
```python
from src.clock import NOW

def test_now():
    assert NOW()
```
=== END FILE ===
That is all.
"""


@pytest.mark.req("S002-0.1-1")
def test_three_blocks_with_and_without_a_fence_are_three_files() -> None:
    assert files_of(THREE) == {
        "src/clock.py": b"from datetime import datetime\n\nNOW = datetime.now\n\n"
        b'@route("/time")\nasync def time():\n    return {"time": "now"}\n',
        "requirements.txt": b"starlette>=0.37\nhttpx[http2]>=0.27\n",
        "tests/test_clock.py": b"from src.clock import NOW\n\ndef test_now():\n    assert NOW()\n",
    }
    langs = [(event.lang, event.line) for event in events_of(THREE) if isinstance(event, FileDefined)]
    assert langs == [("python", 3), (None, 15), ("python", 20)]
    assert flaws_of(THREE) == []


@pytest.mark.req("S002-0.1-1")
@pytest.mark.skipif(not CONTRACT.exists(), reason="the documents are not beside the repository")
def test_the_examples_of_the_contract_are_what_the_contract_says() -> None:
    text = CONTRACT.read_text("utf-8")
    examples = text[text.index("**Examples of correct file blocks") : text.index("**Common mistakes")]
    files = files_of(examples)
    assert list(files) == ["app/main.py", "requirements.txt", "tests/test_health.py"]
    assert files["requirements.txt"] == b"fastapi>=0.100\nuvicorn[standard]>=0.20\n"
    assert files["app/main.py"].startswith(b"from fastapi import FastAPI\n") and files["app/main.py"].endswith(b'{"status": "ok"}\n')
    assert flaws_of(examples) == []
    plan = re.search(r"```\n(=== PLAN ===.*?)```", text, re.DOTALL)
    assert plan is not None
    assert [event.plan.tasks[-1].text for event in events_of(plan[1])] == ["Third task description"]  # type: ignore[union-attr]


@pytest.mark.req("S002-0.1-6")
def test_a_block_without_end_is_skipped_and_the_next_one_is_read() -> None:
    text = "=== FILE: one.py ===\nx = 1\n" + block("two.py", "y = 2\n")
    assert files_of(text) == {"two.py": b"y = 2\n"}
    assert flaws_of(text) == [(Flaw.BLOCK_UNENDED, 1)]
    (remark,) = (event for event in events_of(text) if isinstance(event, Remark) and event.flaw is Flaw.BLOCK_UNENDED)
    assert remark.message == "one.py: expected '=== END FILE ===' on its own line before line 3, found none; the block is skipped"


@pytest.mark.req("S002-0.1-6")
@pytest.mark.parametrize(
    "rest", ["x = 1\n", "x = 1\n=== END FILE\n", "x = 1 === END FILE ===\n", " === END FILE ===\n", "=== end file ===\n", ""]
)
def test_a_block_that_the_text_ends_in_is_skipped(rest: str) -> None:
    assert files_of("=== FILE: one.py ===\n" + rest) == {}
    assert flaws_of("=== FILE: one.py ===\n" + rest) == [(Flaw.BLOCK_UNENDED, 1)]


@pytest.mark.req("S002-0.1-7")
@pytest.mark.parametrize("header", ["=== FILE:  ===", "=== FILE: ===", "=== FILE:===", "=== FILE:\t ===  "])
def test_a_block_without_a_path_is_skipped_with_its_line_and_the_next_one_is_read(header: str) -> None:
    text = f"prose\n{header}\nx\n=== END FILE ===\n" + block("a", "")
    assert files_of(text) == {"a": b""}
    assert flaws_of(text) == [(Flaw.PATH_EMPTY, 2)]
    assert flaws_of(f"{header}\nx\n" + block("a", "")) == [(Flaw.PATH_EMPTY, 1)]


@pytest.mark.req("S002-0.1-8")
def test_a_file_of_a_mebibyte_is_written_and_one_byte_more_with_a_warning() -> None:
    for size, flaws in ((LARGE, []), (LARGE + 1, [(Flaw.LARGE_FILE, 1)])):
        text = block("big.txt", "x" * (size - 1) + "\n")
        assert len(files_of(text)["big.txt"]) == size
        assert flaws_of(text) == flaws


def test_a_block_over_the_limit_is_skipped_with_its_size_and_the_next_one_is_read() -> None:
    exact = block("a", "x" * (BLOCK_BYTES - 1) + "\n")
    assert (len(files_of(exact)["a"]), flaws_of(exact)) == (BLOCK_BYTES, [(Flaw.LARGE_FILE, 1)])
    text = block("a", "x" * BLOCK_BYTES + "\n" + "y\n" * 10) + block("b", "b\n")
    assert files_of(text) == {"b": b"b\n"}
    (remark,) = (event for event in events_of(text) if isinstance(event, Remark) and event.flaw is Flaw.BLOCK_TOO_LARGE)
    assert (remark.line, f"found {BLOCK_BYTES + 21};" in remark.message) == (1, True)


@pytest.mark.req("S002-0.1-9")
def test_the_last_block_of_a_file_counts_with_a_warning_however_the_path_is_spelled() -> None:
    text = block("a.py", "1\n") + block("b.py", "b\n") + block("./a.py", "2\n")
    assert flaws_of(text) == [(Flaw.DUPLICATE, 7)]
    assert [(each.file.path, each.file.content) for each in ordered(text).files] == [("b.py", b"b\n"), ("a.py", b"2\n")]


def test_carriage_returns_end_delimiters_and_stay_in_the_content() -> None:
    text = (PLAN + block("a.py", "```python\nx = 1\n\n```\n") + "=== TASK DONE: 1 ===\n").replace("\n", "\r\n")
    assert files_of(text) == {"a.py": b"x = 1\r\n\r\n"}
    assert [type(event).__name__ for event in events_of(text)] == ["PlanDefined", "FileDefined", "TaskDone"]


def test_a_byte_order_mark_before_the_first_line_is_no_part_of_it_and_one_in_a_file_is() -> None:
    assert files_of("\ufeff" + block("a.py", "\ufeffx\n")) == {"a.py": "\ufeffx\n".encode()}
    assert files_of("\n\ufeff" + block("a.py", "x\n")) == {}


def test_bytes_that_are_no_text_are_kept_in_content_and_path() -> None:
    raw = b"\xff\xfe\x00=== FILE: x\n=== FILE: caf\xe9.py ===\n\x00\xff\x80\r\r\n\x1b[2J\n=== END FILE ===\n"
    file = only_file(raw)
    assert (file.path, file.content) == ("caf\udce9.py", b"\x00\xff\x80\r\r\n\x1b[2J\n")


def test_the_last_line_needs_no_line_end() -> None:
    assert files_of(block("a", "x\n").rstrip("\n")) == {"a": b"x\n"}
    assert [type(event).__name__ for event in events_of(PLAN.rstrip("\n"))] == ["PlanDefined"]


def test_blanks_after_a_delimiter_do_not_matter_and_before_it_they_do() -> None:
    assert files_of("=== FILE:   a b.py   === \t\nx\n=== END FILE ===  \t\n") == {"a b.py": b"x\n"}
    inside = " === END FILE ===\n\t=== FILE: b ===\n> === END FILE ===\n"
    assert files_of(block("a", inside)) == {"a": inside.encode()}


def test_only_the_end_and_another_header_are_delimiters_inside_a_block() -> None:
    inside = "=== PLAN ===\n1. x\n=== END PLAN ===\n=== TASK DONE: 1 ===\n=== FILE: x\n=== FILES ===\n===\n=== FILE x ===\n=== END FILE\n"
    assert files_of(block("a", inside)) == {"a": inside.encode()}
    assert flaws_of(block("a", inside)) == []


def test_a_document_about_blocks_cannot_hold_one_at_the_left_margin() -> None:
    text = block("docs/format.md", "# Format\n```\n" + block("path/to/file", "content\n") + "```\n")
    assert files_of(text) == {"path/to/file": b"content\n"}
    assert flaws_of(text) == [(Flaw.BLOCK_UNENDED, 1), (Flaw.END_WITHOUT_BLOCK, 8)]


@pytest.mark.parametrize(
    "line",
    [
        "=== FILE: a.py", "=== file: a.py ===", " === FILE: a.py ===", "**=== FILE: a.py ===**", "==== FILE: a.py ====", "===FILE: a.py===",
        "=== END FILE", "=== TASK DONE 1 ===", "=== Plan ===", "# === PLAN ===", "=== TASK DONE: ===",
    ],
)  # fmt: skip
def test_what_was_meant_as_a_delimiter_and_is_none_is_said(line: str) -> None:
    assert flaws_of(f"hello\n{line}\nx\n") == [(Flaw.DELIMITER_MALFORMED if "DONE: =" not in line else Flaw.TASK_UNKNOWN, 2)]


@pytest.mark.parametrize(
    "line", ["== File ==", "======", "=== 3 passed in 1 s ===", "the file: a.py", "=== FILES: 3 ===", "Plan:", "=== planning ==="]
)
def test_prose_is_passed_over(line: str) -> None:
    assert flaws_of(f"{line}\n" * 3) == []


def test_an_end_without_a_block_says_that_something_was_skipped() -> None:
    output = BuilderOutput(FORGE)
    events = [*output.feed(b"=== FILE a.py ===\nx\n=== END FILE ===\n=== END PLAN ===\n")]
    assert [event.flaw for event in events if isinstance(event, Remark)] == [
        Flaw.DELIMITER_MALFORMED, Flaw.END_WITHOUT_BLOCK, Flaw.DELIMITER_MALFORMED,
    ]  # fmt: skip
    assert output.skipped == 1


@pytest.mark.parametrize("size", [HEAD - 1, HEAD, HEAD + 1, 10 * 1024 * 1024])
def test_a_line_that_is_longer_than_any_path_is_text_wherever_it_stands(size: int) -> None:
    header = "=== FILE: " + "a" * (size - 15) + " ===\n"
    long = len(header) > HEAD
    assert len(header) == size
    assert (files_of(header + "=== END FILE ===\n") == {}) is long
    kept = {} if size > BLOCK_BYTES else {"b": (header + "x\n").encode()} if long else {header[10:-5]: b"x\n"}
    assert files_of(block("b", header + "x\n")) == kept
    blanks = "=== END FILE ===" + " " * (size - 17) + "\n"
    assert flaws_of("=== FILE: a ===\n" + blanks) == ([(Flaw.BLOCK_UNENDED, 1)] if long else [])
    assert bool(flaws_of(" " + header)) is (size < HEAD)
    tasks = events_of(f"=== PLAN ===\n1. a\n2. {'b' * (size - 4)}\n=== END PLAN ===\n")[0].plan.tasks  # type: ignore[union-attr]
    assert len(tasks) == (1 if size > HEAD else 2)


def test_a_line_that_begins_like_a_delimiter_and_never_ends_is_text_to_the_end() -> None:
    piece = b"=== FILE: " + b"x" * 9000
    assert [event for event in told([piece, piece, piece]) if not isinstance(event, Remark)] == []
    content = told([b"=== FILE: a ===\n", piece, piece, b"y", b"\n=== END FILE ===", b"\n"])[0]
    assert isinstance(content, FileDefined) and content.content == piece + piece + b"y\n"
    assert told([b"=== FILE: a ===\n", piece, piece, b"y"])[0].flaw is Flaw.BLOCK_UNENDED  # type: ignore[union-attr]


def test_after_too_many_remarks_one_says_so_and_what_is_skipped_is_still_counted() -> None:
    output = BuilderOutput(FORGE)
    remarks = [*output.feed(b"=== FILE: ===\n" * (REMARKS + 10)), *output.close()]
    assert (len(remarks), output.skipped) == (REMARKS, REMARKS + 10)
    assert remarks[-1] == Remark(Flaw.TOO_MANY_REMARKS, REMARKS, f"expected at most {REMARKS} warnings, found more; the rest is not told")


def test_a_text_with_too_many_delimiters_is_not_read_further() -> None:
    output = BuilderOutput(FORGE)
    pairs = MARKS // 2
    text = b"".join(b"=== FILE: a%d ===\n=== END FILE ===\n" % number for number in range(pairs))
    assert sum(isinstance(event, FileDefined) for event in output.feed(text)) == pairs
    after = [
        *output.feed(b"x\n=== FILE: b ===\n=== END FILE ===\n"),
        *output.feed(b"=== FILE: c ===\n=== END FILE ===\nx"),
        *output.close(),
    ]
    assert [(event.flaw, event.line) for event in after if isinstance(event, Remark)] == [
        (Flaw.TOO_MANY_MARKS, MARKS + 2), (Flaw.PLAN_MISSING, 1),
    ]  # fmt: skip
    assert (len(after), output.skipped) == (2, 1)


@pytest.mark.parametrize(
    ("path", "content", "diff"),
    [
        ("a.py", "@@ -1,2 +1,3 @@\n x\n+y\n", True),
        ("a.py", "import os\n@@ -1 +1 @@ def f():\n-x\n+y\n", True),
        ("a.py", "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,3 @@\n", True),
        ("a.py", "```diff\n-x\n+y\n```\n", True),
        ("a.diff", "@@ -1,2 +1,3 @@\n x\n", False),
        ("fix.PATCH", "@@ -1,2 +1,3 @@\n x\n", False),
        ("a.py", "text = '''\n    @@ -1,2 +1,3 @@\n'''\n", False),
        ("a.py", "# see @@ -1,2 +1,3 @@\n", False),
        ("a.txt", "@@ -1,2 +1,3 @@\nplain\n", False),
        ("docs/a.md", "# How\n```diff\n@@ -1,2 +1,3 @@\n x\n```\n", False),
        ("docs/a.md", "\n--- a\n+++ b\n@@ -1,2 +1,3 @@\n x\n", True),
        ("a.yaml", "---\nkey: value\n--- \n+++ x\n", False),
    ],
)  # fmt: skip
@pytest.mark.req("S002-0.1-5")
def test_a_diff_in_place_of_a_whole_file_is_said_and_written_as_it_is(path: str, content: str, diff: bool) -> None:
    assert flaws_of(block(path, content)) == ([(Flaw.LOOKS_LIKE_DIFF, 1)] if diff else [])
    assert list(files_of(block(path, content))) == [path]
