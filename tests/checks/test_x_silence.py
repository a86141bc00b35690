"""X-SILENCE: what silences a tool is told once, where it is new; moved and mended lines, strings and honest conditions are not."""

from __future__ import annotations

import pytest

from forgewatch.checks.x_silence import judge
from forgewatch.core.verdict import Ruling
from tests.support.snapshots import snapshot, written


def audited(*files: tuple[str, str | None, str | None]) -> Ruling:
    """Judge (path, text at HEAD, text now)."""
    return judge(snapshot(**written(*files)))


def told(ruling: Ruling) -> list[str]:
    return [f"{found.code} {found.path}:{found.line} {found.actual}" for found in ruling.findings]


@pytest.mark.req("S000-P2-4")
@pytest.mark.parametrize(
    ("path", "line", "kind"),
    [
        ("a.py", "x: int = f()  # type: ignore", "type: ignore"),
        ("a.py", "x: int = f()  #type:ignore[misc]", "type: ignore"),
        ("a.py", "x: int = f()  # pyright: ignore", "type: ignore"),
        ("tests/test_a.py", "@pytest.mark.skip", "skip"),
        ("tests/test_a.py", "@unittest.skip('later')", "skip"),
        ("tests/test_a.py", "pytest.skip('later')", "skip"),
        ("tests/test_a.py", "@pytest.mark.skipif(True, reason='x')", "skip"),
        ("tests/test_a.py", "if True:\n    pytest.skip('x')", "skip"),
        ("web/a.test.ts", "it.skip('adds', () => {})", "skip"),
        ("web/a.test.js", "xit('adds', () => {})", "skip"),
        ("web/a.ts", "// eslint-disable-next-line", "eslint-disable"),
        ("web/a.tsx", "// @ts-ignore", "eslint-disable"),
        ("a_test.go", "\tt.Skip()", "skip"),
        ("run.sh", "pytest -q || true", "|| true"),
        ("run.sh", "cd app && npm test || :", "|| true"),
        ("Makefile", "\t-mypy app || true", "|| true"),
        (".github/workflows/ci.yml", "      - run: pytest || true", "|| true"),
        (".github/workflows/ci.yml", "        continue-on-error: true", "continue-on-error"),
        ("pytest.ini", 'addopts = -k "not bad"', "deselect"),
        ("pytest.ini", "addopts = -kgood", "deselect"),
        ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = [\n  "-q",\n  "--deselect=tests/test_a.py",', "deselect"),
        ("setup.cfg", "[tool:pytest]\naddopts =\n    --ignore tests/test_a.py", "deselect"),
        ("tox.ini", "[pytest]\naddopts = -m 'not bad'", "deselect"),
        ("tests/conftest.py", "collect_ignore = ['test_a.py']", "deselect"),
        ("conftest.py", "def pytest_ignore_collect(collection_path):", "deselect"),
        ("broken.py", "'''\nx  # type: ignore", "type: ignore"),
    ],
)
def test_a_new_silencer_is_told_with_its_place(path: str, line: str, kind: str) -> None:
    assert told(audited((path, None, f"{line}\n"))) == [f"XS01 {path}:{line.count(chr(10)) + 1} {kind}"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pytest.ini", "addopts = -q --strict-markers -m slow --import-mode=importlib"),
        ("pytest.ini", "addopts = -q\n# -k bad\ntestpaths = tests"),
        ("pyproject.toml", "[tool.ruff]\nignore = ['E501']\n[tool.x]\nrun = 'pytest -k a'"),
        ("tox.ini", "[pytest]\naddopts = -q\n[testenv]\ncommands = ruff --ignore E501"),
        ("tests/conftest.py", "import sys\nif sys.platform == 'win32':\n    collect_ignore = ['test_posix.py']"),
        ("tests/conftest.py", "x = 'collect_ignore'"),
        ("app/a.py", "collect_ignore = []"),
    ],
)
def test_options_that_leave_no_test_out_are_no_silencers(path: str, text: str) -> None:
    assert told(audited((path, None, f"{text}\n"))) == []


def test_a_finding_does_not_tell_what_stands_beside_the_silencer() -> None:
    (finding,) = audited(("a.py", None, "KEY = 'ghp_notforanyone'  # type: ignore\n")).findings
    assert finding.message == "silences a check: type: ignore"


@pytest.mark.parametrize(("asked", "found"), [(False, ["XS01 boot.sh:1 || true"]), (True, [])])
def test_a_boot_script_is_left_out_only_when_the_directive_asks_for_it(asked: bool, found: list[str]) -> None:
    assert told(judge(snapshot(**{**written(("boot.sh", None, "pytest || true\n")), "boot_script": asked}))) == found


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "WORDS = '# type: ignore'\n"),
        ("a.py", '"""Says\n# type: ignore\npytest.skip\n"""\n'),
        ("a.py", "# the type is ignored here\n"),
        ("tests/test_a.py", "@pytest.mark.skipif(sys.platform == 'win32', reason='posix')\n"),
        ("tests/test_a.py", "if shutil.which('git') is None:\n    pytest.skip('no git')\n"),
        ("tests/test_a.py", "try:\n    f()\nexcept OSError:\n\n    pytest.skip('no disk')\n"),
        ("a_test.go", "\tif testing.Short() {\n\t\tt.Skip()\n\t}\n"),
        ("run.sh", "# pytest || true\n"),
        ("run.sh", 'kill "$pid" || true\n'),
        ("run.sh", "count=$(grep -c x file || true)\n"),
        ("run.sh", "x || trueish\n"),
        (".github/workflows/ci.yml", "continue-on-error: false\n"),
        ("README.md", "Never write `pytest || true` or `# type: ignore`.\n"),
        ("a.rb", "x || true\n"),
        ("a.ts", "skip(3)\n"),
    ],
)
def test_honest_lines_are_not_told(path: str, text: str) -> None:
    assert told(audited((path, None, text))) == []


def test_what_was_there_before_is_not_told() -> None:
    old = "x = f()  # type: ignore\n"
    assert told(audited(("a.py", old, f"{old}y = 1\n"))) == []


def test_a_line_that_was_silenced_already_may_be_mended() -> None:
    assert told(audited(("a.py", "x = f()  # type: ignore\n", "x = g()  # type: ignore\n"))) == []


def test_code_that_moved_to_another_file_brings_no_new_silencer() -> None:
    line = "x = f()  # type: ignore\n"
    assert told(audited(("a.py", line, "\n"), ("b.py", None, line))) == []
    assert told(audited(("a.py", line, None), ("b.py", None, line))) == []


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("", "x  # type: ignore\ny  # type: ignore\n", [1, 2]),
        ("x  # type: ignore\n", "y  # type: ignore\nz  # type: ignore\n", [1]),
        ("x  # type: ignore\n", "x  # type: ignore\nx  # type: ignore\n", [2]),
        ("x  # type: ignore\nx  # type: ignore\n", "x  # type: ignore\nx  # type: ignore\n", []),
        ("x  # type: ignore\nx  # type: ignore\ny\n", "x  # type: ignore\nx  # type: ignore\nx  # type: ignore\n", [3]),
    ],
)
def test_each_silencer_of_before_pays_for_one_line(before: str, after: str, found: list[int]) -> None:
    assert [finding.line for finding in audited(("a.py", before, f"{after}# more\n")).findings] == found


def test_two_equal_lines_that_moved_to_another_file_are_not_told_and_a_third_is() -> None:
    line = "x = f()  # type: ignore\n"
    assert told(audited(("a.py", line * 2, None), ("b.py", None, line * 2))) == []
    assert told(audited(("a.py", line * 2, None), ("b.py", None, line * 3))) == ["XS01 b.py:3 type: ignore"]


def test_a_second_one_beside_a_moved_one_is_told() -> None:
    line = "x = f()  # type: ignore\n"
    ruling = audited(("a.py", line, None), ("b.py", None, f"{line}y = g()  # type: ignore\n"))
    assert told(ruling) == ["XS01 b.py:2 type: ignore"]
    assert ruling.basis == "1 in 1 changed file"


def test_mending_one_in_a_file_does_not_pay_for_one_in_another() -> None:
    ruling = audited(("a.py", "x = f()  # type: ignore\n", "x = 1\n"), ("b.py", None, "z = h()  # type: ignore\n"))
    assert told(ruling) == ["XS01 b.py:1 type: ignore"]


def test_nothing_changed_is_a_pass_that_says_so() -> None:
    assert audited().basis == "none in 0 changed files"


def test_a_changed_link_or_an_unreadable_file_is_none_of_its_business() -> None:
    parts = written(("a.py", None, "x  # type: ignore\n"))
    assert judge(snapshot(**{**parts, "contents": {}})).findings == ()
