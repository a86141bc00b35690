"""The fence around a block's content is taken off when it is one (contract §0.1; S002-0.1-3)."""

from __future__ import annotations

import time

import pytest

from forgewatch.core.block_content import unfenced
from forgewatch.core.blocks import Flaw
from tests.support.blocks import block, files_of, flaws_of, only_file
from tests.support.pace import seconds

TREE = "# Title\n\n```\na/\n  b\n```\n"
TWO = "```bash\nmake\n```\n\nand\n\n```bash\nmake install\n```\n"


@pytest.mark.req("S002-0.1-3")
@pytest.mark.parametrize(
    ("path", "body", "content", "lang"),
    [
        ("a.py", "```python\nx = 1\n```\n", "x = 1\n", "python"),
        ("a.py", "```\nx = 1\n```\n", "x = 1\n", ""),
        ("a.py", "``` python title=x\nx = 1\n```  \n", "x = 1\n", "python"),
        ("a.py", "x = 1\n", "x = 1\n", None),
        ("a.py", "```python\n```\n", "", "python"),
        ("a.py", "~~~python\nx = 1\n~~~\n", "x = 1\n", "python"),
        ("a.py", "~~~~\n```\nx\n```\n~~~~\n", "```\nx\n```\n", ""),
        ("a.py", "````python\nx = 1\n````\n", "x = 1\n", "python"),
        ("a.py", "```python\nx = 1\n`````\n", "x = 1\n", "python"),
        ("a.py", "```python\n\nx = 1\n\n```\n", "\nx = 1\n\n", "python"),
        # A docstring of the file shows code of its own.
        ("a.py", '```python\n"""\n```\nx\n```\n"""\n```\n', '"""\n```\nx\n```\n"""\n', "python"),
        ("README.md", f"````markdown\n{TREE}````\n", TREE, "markdown"),
        ("README.md", f"```markdown\n{TREE}```\n", TREE, "markdown"),
        ("README.md", f"```md\n{TWO}```\n", TWO, "md"),
        ("README.md", f"````\n{TREE}````\n", TREE, ""),
        ("README.md", "```\n# Title\n```bash\nmake\n```\nend\n```\n", "# Title\n```bash\nmake\n```\nend\n", ""),
        ("README.md", "~~~\n# Title\n```\nmake\n```\n~~~\n", "# Title\n```\nmake\n```\n", ""),
        ("README.md", TREE, TREE, None),
        # Its own fences: the last one ends another than the first one begins.
        ("README.md", TWO, TWO, None),
        ("README.MD", TWO.replace("\n", "\r\n"), TWO.replace("\n", "\r\n"), None),
        ("a.py", "", "", None),
        ("a.py", "\n", "\n", None),
    ],
)  # fmt: skip
def test_the_outer_fence_is_taken_off_and_no_other(path: str, body: str, content: str, lang: str | None) -> None:
    file = only_file(block(path, body))
    assert (file.content.decode(), file.lang) == (content, lang)
    assert flaws_of(block(path, body)) == []


@pytest.mark.req("S002-0.1-3")
@pytest.mark.parametrize(
    "body",
    [
        "```python\nx = 1\n",
        "```python\nx = 1\n``\n",
        "````python\nx = 1\n```\n",
        "```python\nx = 1\n~~~\n",
        "```python\nx = 1\n```python\n",
        "```python\nx = 1\n```\n\n",
        "```python\nx = 1\n ```\n",
        "```\n",
    ],
)  # fmt: skip
def test_a_fence_that_does_not_end_in_the_last_line_stays_and_is_said(body: str) -> None:
    assert files_of(block("a.py", body)) == {"a.py": body.encode()}
    assert flaws_of(block("a.py", body)) == [(Flaw.FENCE_UNCLOSED, 1)]
    assert flaws_of(block("a.md", body)) == []


@pytest.mark.parametrize("body", ["``x``\ny\n``\n", "```a`b\nx\n```\n", " ```python\nx\n```\n", "\n```python\nx\n```\n"])
def test_what_is_no_fence_in_the_first_line_is_content(body: str) -> None:
    assert files_of(block("a.py", body)) == {"a.py": body.encode()}


@pytest.mark.parametrize(
    "body", [b"```" + b" " * 2_000_000 + b"`\n```\n", b"`" * 2_000_000 + b"x`\n```\n", b"```\n" + b"```" + b" " * 2_000_000 + b"`\n```\n"]
)
def test_a_long_line_of_fence_marks_costs_no_more_than_its_length(body: bytes) -> None:
    before = time.process_time()
    unfenced(body, "a.md")
    assert time.process_time() - before < seconds(2)


def test_the_language_has_an_end() -> None:
    assert unfenced(b"```" + b"x" * 100 + b" y\n```\n", "a").lang == "x" * 40
