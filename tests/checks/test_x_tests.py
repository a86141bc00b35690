"""X-TESTS: new behaviour has a test, the runner finds it, the log of runs only grows; honest changes of other kinds are not told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forgewatch.checks.x_tests import judge
from forgewatch.core import behaviour
from forgewatch.core.places import ROOT
from forgewatch.core.snapshot import PathTable
from forgewatch.core.values import Phase, RepoPath
from forgewatch.core.verdict import Ruling
from tests.support.snapshots import entry, snapshot, written

NEW = "def price():\n    return 1\n"
TEST = "def test_price():\n    assert price() == 1\n"
OLD_TEST = {RepoPath("tests/test_old.py"): entry("old")}


def audited(*files: tuple[str, str | bytes | None, str | bytes | None], **parts: object) -> Ruling:
    """Judge (path, text at HEAD, text now) in a repository that has a test already."""
    made = written(*files)
    paths = made["paths"]
    return judge(snapshot(**{**made, "paths": PathTable({**OLD_TEST, **paths.base}, paths.overlay), **parts}))


def told(ruling: Ruling) -> list[str]:
    return [f"{found.code} {found.path}" for found in ruling.findings]


@pytest.mark.req("S002-9.1-2")
@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("app/a.py", None, NEW),
        ("app/a.py", "def price():\n    return 2\n", NEW),
        ("app/a.py", "class A:\n    x = 1\n", "class A:\n    x = 1\n\n    def f(self):\n        return 2\n"),
        ("app/a.py", "RATE = 1\n", "RATE = read()\n"),
        ("app/a.py", "x = 1\n", "x = (\n"),
        ("web/a.ts", "export const a = 1\n", "export const a = 1\nexport const b = f(a)\n"),
        ("main.go", None, "package main\n\nfunc main() {\n\trun()\n}\n"),
        ("src/lib.rs", None, "pub fn f() -> u8 { 1 }\n"),
    ],
)
def test_new_behaviour_without_a_test_is_told(path: str, before: str | None, after: str) -> None:
    ruling = audited((path, before, after))
    assert told(ruling) == [f"XT01 {path}"]
    assert ruling.findings[0].message == "changed without a test"
    assert ruling.basis == "1 source file, 0 test files changed"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("app/a.py", "x = 1\n", "x = 2\n"),
        ("app/a.py", NEW, f"# why\n{NEW}"),
        ("app/a.py", NEW, 'def price():\n    """Say what it costs."""\n    return 1\n'),
        ("app/a.py", NEW, f"import os\nfrom a import b\n\n\n{NEW}"),
        ("app/a.py", f"{NEW}\n\ndef gone():\n    return 2\n", NEW),
        ("app/a.py", "f(1, 2)\n", "f(\n    1,\n    2,\n)\n"),
        ("app/a.py", NEW, None),
        ("app/a.py", NEW, "x: int\n"),
        ("app/__init__.py", None, '"""The application."""\n\nfrom app.a import price\n\n__all__ = ["price"]\n'),
        ("app/a.py", None, "LIMIT: int = -1\nNAMES = {'a': (1, 2)}\npass\n"),
        ("web/a.ts", "f()\n", "// says why\nimport x from 'x'\n\nf()\n"),
        ("web/vite.config.ts", None, "export default defineConfig({})\n"),
        ("web/a.d.ts", None, "declare const a: number\n"),
        ("setup.py", None, "setup()\n"),
        ("scripts/load.py", None, NEW),
        ("docs/conf.py", None, NEW),
        ("README.md", "a\n", "b\n"),
        ("data/rates.csv", None, "1,2\n"),
        ("Forge/scripts/run_tests.py", None, NEW),
        ("Forge/app/a.py", None, NEW),
    ],
)
def test_an_honest_change_that_needs_no_test_is_not_told(path: str, before: str | None, after: str | None) -> None:
    assert told(audited((path, before, after))) == []


@pytest.mark.req("S002-9.1-2")
@pytest.mark.parametrize(
    ("test", "before", "after"),
    [
        ("tests/test_a.py", None, TEST),
        ("tests/test_a.py", "def test_price():\n    assert price() == 2\n", TEST),
        ("app/test_a.py", None, TEST),
        ("tests/data/cases.json", None, '{"price": 1}\n'),
        ("web/a.test.ts", None, "it('costs', () => {})\n"),
        ("a_test.go", None, "func TestA(t *testing.T) {}\n"),
        ("checks/price.py", None, TEST),
    ],
)
def test_a_test_added_or_updated_in_the_cycle_is_enough(test: str, before: str | None, after: str) -> None:
    ruling = audited(
        ("app/a.py", None, NEW), (test, before, after), documents={RepoPath("forge.json"): b'{"backend": {"test_dir": "checks"}}'}
    )
    assert [word for word in told(ruling) if word.startswith("XT01")] == []


def test_below_the_folder_that_forge_json_names_every_file_is_a_test_and_no_source() -> None:
    forge = {RepoPath("forge.json"): b'{"backend": {"test_dir": "checks"}}'}
    assert audited(("checks/price.py", None, TEST), documents=forge).basis == "0 source files, 1 test file changed"
    made = written(("app/a.py", None, NEW), ("checks/price.py", TEST, TEST))
    assert told(judge(snapshot(**{**made, "documents": forge}))) == ["XT01 app/a.py"]


def test_rust_source_with_tests_of_its_own_is_enough() -> None:
    assert told(audited(("src/lib.rs", None, "pub fn f() {}\n#[cfg(test)]\nmod tests {}\n"))) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [(TEST, None), (TEST, f"# reworded\n{TEST}"), (f"{TEST}\n\n{NEW}", TEST)],
    ids=["removed", "a comment", "shortened"],
)
def test_a_test_that_says_nothing_new_is_not_enough(before: str, after: str | None) -> None:
    assert told(audited(("app/a.py", None, NEW), ("tests/test_a.py", before, after))) == ["XT01 app/a.py"]


def test_code_that_moved_is_no_new_behaviour() -> None:
    assert told(audited(("app/a.py", NEW, None), ("app/b.py", None, NEW))) == []
    assert told(audited(("app/a.py", NEW, "x = 1\n"), ("app/b.py", None, f"import os\n{NEW}"))) == []


def test_a_second_equal_function_is_new_behaviour() -> None:
    assert told(audited(("app/a.py", NEW, f"{NEW}\n\n{NEW}"))) == ["XT01 app/a.py"]


def test_of_a_very_large_change_the_lines_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(behaviour, "PARSED_BYTES", 10)
    assert told(audited(("app/a.py", "f(1, 2)\n", "f(\n    1,\n    2,\n)\n"))) == ["XT01 app/a.py"]
    assert told(audited(("app/a.py", f"{NEW}x = 1\n", f"# why\n{NEW}"))) == []


@pytest.mark.req("S002-9.1-1")
def test_a_repository_without_any_test_is_told_after_phase_0() -> None:
    made = snapshot(**written(("app/a.py", None, NEW)))
    (finding,) = judge(made).findings
    assert (finding.code, finding.path, finding.expected) == ("XT04", "app/a.py", "tests/")
    named = judge(replace(made, documents={RepoPath("forge.json"): b'{"backend": {"test_dir": "checks"}}'}))
    assert [found.expected for found in named.findings] == ["checks"]
    assert judge(replace(made, phase=Phase("Phase 0 -- Genesis"))).findings == ()


def test_in_the_layout_without_a_governance_folder_every_source_counts() -> None:
    assert told(audited(("Forge/a.py", None, NEW), places=ROOT)) == ["XT01 Forge/a.py"]


def test_a_stack_configuration_that_cannot_be_read_names_no_folder() -> None:
    ruling = audited(("tests/test_a.py", None, TEST), documents={RepoPath("forge.json"): b"{"})
    assert (told(ruling), ruling.applicable) == ([], True)


@pytest.mark.req("S002-9.2-2")
@pytest.mark.parametrize(
    ("documents", "collected"),
    [
        ({"forge.json": b'{"backend": {"test_dir": "tests"}}'}, "tests"),
        ({"pyproject.toml": b"[tool.pytest.ini_options]\ntestpaths = ['tests', 'more/']\n"}, "tests, more"),
        ({"pytest.ini": b"[pytest]\ntestpaths = tests\n", "forge.json": b'{"backend": {"test_dir": "./tests/"}}'}, "tests"),
    ],
)
@pytest.mark.parametrize("path", ["odd/test_a.py", "odd/deep/test_a.py", "odd/a_test.py", "test_a.py", "tests_of_old/test_a.py"])
def test_a_new_test_that_the_runner_does_not_collect_is_told(path: str, documents: dict[str, bytes], collected: str) -> None:
    ruling = audited((path, None, TEST), documents={RepoPath(path): raw for path, raw in documents.items()})
    assert told(ruling) == [f"XT02 {path}"]
    assert ruling.findings[0].expected == collected


@pytest.mark.req("S002-9.2-2")
def test_each_test_that_is_not_collected_is_told_whatever_stands_before_it() -> None:
    files = [("odd/builders_test.json", None, "{}\n"), ("odd/test_a.py", None, TEST), ("odd/test_b.py", TEST, f"{TEST}# more\n")]
    ruling = audited(*files, ("odd/test_c.py", None, TEST), documents={RepoPath("pytest.ini"): b"[pytest]\ntestpaths = tests\n"})
    assert told(ruling) == ["XT02 odd/test_a.py", "XT02 odd/test_c.py"]


@pytest.mark.parametrize(
    ("path", "documents"),
    [
        ("odd/test_a.py", {}),
        ("tests/unit/test_a.py", {"forge.json": b'{"backend": {"test_dir": "tests"}}'}),
        ("odd/test_a.py", {"forge.json": b'{"backend": {"test_dir": "."}}'}),
        ("odd/test_a.py", {"pytest.ini": b"[pytest]\ntestpaths = */\n"}),
        ("odd/test_a.py", {"pytest.ini": b"[pytest]\ntestpaths = .\n"}),
        ("odd/test_a.py", {"pytest.ini": b"[pytest]\ntestpaths = tests odd/\n"}),
        ("odd/test_a.py", {"pytest.ini": b"[pytest]\ntestpaths = tests odd/test_a.py\n"}),
        ("odd/tests/builders.py", {"forge.json": b'{"backend": {"test_dir": "tests"}}'}),
        ("web/a.test.ts", {"forge.json": b'{"backend": {"test_dir": "tests"}}'}),
    ],
)
def test_a_test_that_is_collected_or_is_none_of_pytest_is_not_told(path: str, documents: dict[str, bytes]) -> None:
    assert told(audited((path, None, TEST), documents={RepoPath(name): raw for name, raw in documents.items()})) == []


def test_an_old_test_outside_of_what_is_collected_is_not_told_again() -> None:
    forge = {RepoPath("forge.json"): b'{"backend": {"test_dir": "tests"}}'}
    assert told(audited(("odd/test_a.py", "x = 1\n", TEST), documents=forge)) == []
    assert told(audited(("odd/test_a.py", TEST, None), documents=forge)) == []


@pytest.mark.parametrize(
    ("settings", "test"),
    [
        ("part/pyproject.toml", "part/odd/test_a.py"),
        ("part/pytest.ini", "part/test_a.py"),
        ("parts/one/tox.ini", "parts/one/odd/deep/test_a.py"),
        ("parts/one/odd/setup.cfg", "parts/one/odd/test_a.py"),
    ],
)
def test_a_part_with_test_settings_of_its_own_collects_its_own(settings: str, test: str) -> None:
    forge = {RepoPath("forge.json"): b'{"backend": {"test_dir": "tests"}}'}
    assert told(audited((test, None, TEST), (settings, None, "x = 1\n"), documents=forge)) == []


@pytest.mark.parametrize(
    ("after", "actual"),
    [
        (None, "removed"),
        ("", "0 lines, other than the 2 of HEAD"),
        ("run 2\n", "1 lines, other than the 2 of HEAD"),
        ("run 0\nrun 1\nrun 2\n", "3 lines"),
    ],
)
def test_a_log_of_runs_that_lost_lines_is_told(after: str | None, actual: str) -> None:
    (finding,) = audited(("Forge/evidence/test_runs.md", "run 1\nrun 2\n", after)).findings
    assert (finding.code, finding.path) == ("XT03", "Forge/evidence/test_runs.md")
    assert finding.actual.startswith(actual)


def test_a_log_of_runs_is_looked_at_behind_other_changed_files() -> None:
    files = [("Forge/Contracts/phases.md", "a\n", "b\n"), ("Forge/evidence/test_runs.md", "run 1\n", "run 2\n")]
    assert told(audited(*files)) == ["XT03 Forge/evidence/test_runs.md"]


@pytest.mark.parametrize("before", [None, "run 1\n", "run 1\r\n", "run 1", "run 1\n\n\n", "run 1\r\nrun 2\r\n"])
def test_a_log_of_runs_that_grew_is_not_told(before: str | None) -> None:
    ruling = audited(("Forge/evidence/test_runs.md", before, "run 1\nrun 2\nrun 3\n"))
    assert (told(ruling), ruling.applicable) == ([], False)


def test_nothing_to_test_is_not_applicable() -> None:
    assert not audited(("README.md", "a\n", "b\n")).applicable
