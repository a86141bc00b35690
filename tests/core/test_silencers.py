"""What silences a tool, by language; the check that uses it has the cases of whole cycles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.silencers import Silencer, silencers
from forgewatch.core.values import RepoPath


def found(path: str, text: str | bytes) -> list[tuple[str, int]]:
    raw = text if isinstance(text, bytes) else text.encode()
    return [(one.kind, one.line) for one in silencers(RepoPath(path), raw)]


def test_each_place_has_its_line_and_its_text() -> None:
    text = "import a\n\nx = a.f()  # type: ignore[attr]\n"
    assert silencers(RepoPath("a.py"), text.encode()) == (Silencer("type: ignore", 3, "x = a.f()  # type: ignore[attr]"),)


def test_a_line_may_silence_two_tools() -> None:
    assert found("tests/test_a.py", "@pytest.mark.skip  # type: ignore\n") == [("type: ignore", 1), ("skip", 1)]
    assert found("a.test.ts", "it.skip('a') // eslint-disable-line\n") == [("eslint-disable", 1), ("skip", 1)]
    assert found("ci.yml", "continue-on-error: true # x || true\n") == [("continue-on-error", 1), ("|| true", 1)]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(ends: str) -> None:
    assert found("run.sh", ends.join(["a", "b", "pytest || true", ""])) == [("|| true", 3)]


def test_a_string_over_several_lines_is_no_code() -> None:
    text = "a = '''\n@pytest.mark.skip\n# type: ignore\n'''\n@pytest.mark.skip\n"
    assert found("tests/test_a.py", text) == [("skip", 5)]
    assert found("tests/test_a.py", "            a = '''x\npytest.skip\nunittest.skip'''\n") == []


@pytest.mark.parametrize(
    ("line", "skips"),
    [
        ("a = '@pytest.mark.skip'", 0),
        ("a = 'first', 'unittest.skip'", 0),
        ("a = f('first') or pytest.skip('no')", 1),
        ("a = 'pytest.skip'; unittest.skip(a)", 1),
    ],
)
def test_only_the_strings_of_a_line_are_no_code(line: str, skips: int) -> None:
    assert found("tests/test_a.py", f"{line}\n") == [("skip", 1)] * skips


def test_a_line_before_the_skip_that_holds_no_block_excuses_nothing() -> None:
    assert found("tests/test_a.py", "def test_a():\n    if x: f()\n    pytest.skip('x')\n") == [("skip", 3)]


def test_a_comment_of_a_shell_silences_nothing_and_hides_nothing_below() -> None:
    assert found("run.sh", "#!/bin/sh\n  # pytest || true\nmypy || true\n") == [("|| true", 3)]


@pytest.mark.parametrize(
    "command", ["kill 1", "sudo rm -r x", "x; rm y", "a && grep b", "n=$(grep -c a f", "- run: docker rm x", "RUN umount /x", "\t-rm x"]
)
def test_a_command_that_cleans_up_may_fail(command: str) -> None:
    assert found("run.sh", f"{command} || true\n") == []


@pytest.mark.parametrize("command", ["pytest", "npm run build", "cd x && mypy .", "grep x; pytest", "removed.sh", "./grepper", ""])
def test_a_command_that_checks_may_not_fail_unseen(command: str) -> None:
    assert found("run.sh", f"{command} || true\n") == [("|| true", 1)]


def test_a_script_of_python_without_suffix_is_python() -> None:
    assert found("tool", "#!/usr/bin/env python3\nx = f()  # type: ignore\n") == [("type: ignore", 2)]


@pytest.mark.parametrize(
    ("before", "conditional"),
    [
        ("if x:", True),
        ("elif x:", True),
        ("else:", True),
        ("except ImportError:", True),
        ("    case 3:", True),
        ("if True:", False),
        ("if 1:", False),
        ("for x in y:", False),
        ("def test_a():", False),
        ("with x:", False),
    ],
)
def test_only_a_condition_of_its_own_excuses_a_skip(before: str, conditional: bool) -> None:
    indent = " " * (len(before) - len(before.lstrip()) + 4)
    assert (found("tests/test_a.py", f"{before}\n\n{indent}pytest.skip('x')\n") == []) is conditional


def test_names_that_only_look_alike_are_not_told() -> None:
    assert found("a.py", "skip = 1\nmark.skipping()\npytest.skipped\nx.skipTests()\nskipif(True_)\n") == []
    assert found("a.ts", "exit('x')\nunit.skipped\nfit.skipper()\n// @ts-ignored-not\n") == []


def test_utf_16_is_read_too() -> None:
    assert found("a.ts", "\ufeff// eslint-disable\n".encode("utf-16-le")) == [("eslint-disable", 1)]


@given(st.sampled_from(["a.py", "a.ts", "a_test.go", "run.sh", "README.md"]), st.binary(max_size=300))
def test_any_bytes_have_an_answer(path: str, raw: bytes) -> None:
    lines = len(raw.splitlines()) + 1
    assert all(1 <= one.line <= max(lines, raw.count(b"\n") + raw.count(b"\r") + 1, len(raw)) for one in silencers(RepoPath(path), raw))


@given(
    st.lists(st.sampled_from(["x = 1", "# type: ignore", "'''", "@pytest.mark.skip", "if x:", "    pytest.skip()", "\\", "("]), max_size=12)
)
def test_python_in_pieces_never_raises_and_tells_places_in_order(lines: list[str]) -> None:
    places = [one.line for one in silencers(RepoPath("a.py"), "\n".join(lines).encode())]
    assert places == sorted(places)
