"""The constant paths that source opens: what a program depends on beside its imports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.opened_paths import opened_paths


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("open('a/b')\n", [(1, "a/b")]),
        ("x = 1\nPath('a').read_text()\n", [(2, "a")]),
        ("pathlib.Path('a', 'b')\n", [(1, "a"), (1, "b")]),
        ("os.path.exists('a')\n", [(1, "a")]),
        ("subprocess.run(['sh', 'a.sh'], check=True)\n", [(1, "a.sh"), (1, "sh")]),
        ("importlib.import_module('a.b')\n", [(1, "a.b")]),
        ("open(\n    file='a',\n)\n", [(2, "a")]),
    ],
)
def test_calls_that_open_something_are_read_with_their_line(text: str, found: list[tuple[int, str]]) -> None:
    assert list(opened_paths("a.py", text.encode())) == found


@pytest.mark.parametrize(
    "text", ["print('a/b')\n", "open(name)\n", "open(b'a')\n", "x = 'open(\"a\")'\n", "f()('a')\n", "open(\n", "# open('a')\n", "open(1)\n"]
)
def test_other_texts_open_nothing(text: str) -> None:
    assert opened_paths("a.py", text.encode()) == opened_paths("a.pyw", text.encode()) == ()


@pytest.mark.parametrize(
    ("path", "line", "found"),
    [
        ("a.ts", "import x from './a'", "./a"),
        ("a.js", 'const a = require("b/c")', "b/c"),
        ("a.go", 'os.ReadFile("a.yaml")', "a.yaml"),
        ("a.ts", "path.join(`a`)", "a"),
    ],
)
def test_other_languages_are_read_line_by_line(path: str, line: str, found: str) -> None:
    assert opened_paths(path, f"\n{line}\n".encode()) == ((2, found),)


def test_a_text_that_nothing_opens_is_none_in_other_languages_either() -> None:
    assert opened_paths("a.ts", b"const text = 'a/b'\nconst reopened = 'c'\n") == ()


@given(st.sampled_from(["a.py", "a.ts"]), st.binary(max_size=200))
def test_any_bytes_have_an_answer(path: str, raw: bytes) -> None:
    assert isinstance(opened_paths(path, raw), tuple)
