"""X-LAYOUT: project files, imports and opened paths inside the governance folder are told where they are new."""

from __future__ import annotations

import pytest

from forgewatch.checks.x_layout import judge
from forgewatch.core.places import FORGE, ROOT, Places
from forgewatch.core.python_imports import extract_imports
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable
from forgewatch.core.verdict import Ruling
from tests.support.snapshots import snapshot, written


def audited(path: str, before: str | None, after: str | None, **parts: object) -> Ruling:
    facts = {} if after is None or not path.endswith(".py") else {RepoPath(path): extract_imports(RepoPath(path), after.encode())}
    return judge(snapshot(**{**written((path, before, after)), "sources": facts, **parts}))


def told(ruling: Ruling) -> list[str]:
    return [f"{found.code} {found.path} {found.actual}" for found in ruling.findings]


@pytest.mark.req("S002-0-3")
@pytest.mark.parametrize(
    "path",
    [
        "Forge/app.py",
        "Forge/app/main.ts",
        "Forge/tests/test_a.py",
        "Forge/requirements.txt",
        "Forge/package.json",
        "Forge/web/package.json",
        "Forge/Contracts/x.go",
    ],
)
def test_a_project_file_inside_the_governance_folder_is_told(path: str) -> None:
    (finding,) = audited(path, None, "x\n").findings
    assert (finding.code, finding.path, finding.expected) == ("XL01", path, "outside of Forge/")


@pytest.mark.req("S002-0-3")
@pytest.mark.parametrize(
    "path",
    [
        "Forge/scripts/run_tests.ps1",
        "Forge/scripts/run_tests.py",
        "Forge/Contracts/phases.md",
        "Forge/Contracts/boundaries.json",
        "Forge/Contracts/physics.yaml",
        "Forge/evidence/notes.txt",
        "app.py",
        "requirements.txt",
        "Forgery/app.py",
    ],
)
def test_a_governance_file_or_one_outside_is_not_told(path: str) -> None:
    assert told(audited(path, None, "x = 1\n")) == []


@pytest.mark.parametrize(("before", "after"), [("x = 1\n", "x = 2\n"), ("x = 1\n", None)])
def test_a_file_that_was_there_before_or_goes_is_not_told(before: str, after: str | None) -> None:
    assert told(audited("Forge/app.py", before, after)) == []


@pytest.mark.req("S002-0-5")
@pytest.mark.parametrize(
    "text", ["from Forge import x\n", "import Forge.scripts.tools\n", "def f():\n    from Forge.scripts import tools\n"]
)
def test_an_import_from_the_governance_folder_is_told_with_its_line(text: str) -> None:
    (finding,) = audited("app/a.py", None, text).findings
    assert (finding.code, finding.path, finding.line) == ("XL02", "app/a.py", text.count("\n"))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/a.py", "from forge import x\n"),
        ("app/a.py", "from .Forge import x\n"),
        ("app/a.py", "from Forgery import x\n"),
        ("Forge/scripts/a.py", "from Forge.scripts import tools\n"),
        ("app/a.py", "NAME = 'from Forge import x'\n"),
    ],
)
def test_other_imports_are_not_told(path: str, text: str) -> None:
    assert told(audited(path, None, text)) == []


def test_an_import_that_was_there_before_is_not_told_again() -> None:
    old = "from Forge.scripts import tools\n"
    assert told(audited("app/a.py", old, f"{old}x = 1\n")) == []
    assert told(audited("app/a.py", old, f"{old}import Forge.more\n")) == ["XL02 app/a.py Forge.more"]


@pytest.mark.req("S002-0-5")
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/a.py", "open('Forge/Contracts/physics.yaml')\n"),
        ("app/a.py", "open('Forge/forge.db')\n"),
        ("app/a.py", "x = Path('./Forge/Contracts/physics.yaml').read_text()\n"),
        ("app/a.py", "subprocess.run(['python', 'Forge/scripts/run_tests.py'])\n"),
        ("app/a.py", "f = open(file='Forge\\\\evidence\\\\diff_log.md')\n"),
        ("web/a.ts", "import rules from '../Forge/Contracts/boundaries.json'\n"),
        ("web/a.js", "const x = fs.readFileSync('Forge/Contracts/x.md')\n"),
        ("main.go", 'raw, err := os.ReadFile("Forge/Contracts/physics.yaml")\n'),
    ],
)
def test_a_path_inside_the_governance_folder_that_the_product_opens_is_told(path: str, text: str) -> None:
    (finding,) = audited(path, None, text).findings
    assert (finding.code, finding.path, finding.line) == ("XL03", path, 1)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/a.py", "HELP = 'see Forge/Contracts/physics.yaml'\n"),
        ("app/a.py", '"""Reads Forge/Contracts."""\nprint("Forge/Contracts/x")\n'),
        ("app/a.py", "place = root / 'Forge/Contracts'\n"),
        ("app/a.py", "open('Forge')\n"),
        ("app/a.py", "open('Forgery/x')\nopen(name)\n(lambda: Forge)()\n"),
        ("app/a.py", "open('Forge/Contracts/x'\n"),
        ("tests/test_a.py", "open('Forge/Contracts/physics.yaml')\n"),
        ("scripts/check.py", "open('Forge/Contracts/physics.yaml')\n"),
        ("web/a.ts", "// see Forge/Contracts/x\nconst text = 'Forge/Contracts/x'\n"),
        ("README.md", "open('Forge/Contracts/x')\n"),
    ],
)
def test_naming_the_folder_is_no_dependency(path: str, text: str) -> None:
    assert told(audited(path, None, text)) == []


def test_a_path_that_was_opened_before_is_not_told_again() -> None:
    old = "open('Forge/Contracts/a.md')\n"
    assert told(audited("app/a.py", old, f"{old}open('Forge/Contracts/b.md')\n")) == ["XL03 app/a.py Forge/Contracts/b.md"]
    assert told(audited("app/a.py", old, None)) == []


def test_of_a_long_path_the_beginning_is_told() -> None:
    (finding,) = audited("app/a.py", None, f"open('Forge/{'a' * 300}')\n").findings
    assert (finding.message, finding.actual) == (f"opens Forge/{'a' * 194} inside Forge/", f"Forge/{'a' * 194}")


def test_a_file_whose_imports_could_not_be_read_says_nothing() -> None:
    assert told(audited("app/a.py", None, "x = 1\n", sources={RepoPath("app/a.py"): Unreadable("over the limit")})) == []


def test_contracts_at_the_root_have_no_folder_to_keep_out_of() -> None:
    assert not audited("Forge/app.py", None, "x = 1\n", places=ROOT).applicable


@pytest.mark.parametrize(
    ("content", "line", "told"),
    [
        (Unreadable("is a FIFO"), None, "is not read: is a FIFO"),
        (b"a\n" * 300_000, None, "is not read: is larger than what is parsed"),
        (b"a\nb \xe9\n", 2, "is not read whole: is cp1252, not UTF-8"),
        ("# x\n".encode("utf-16"), 1, "is not read whole: is UTF-16, not UTF-8"),
        (b"# x\n\0\n", 2, "is not read whole: holds a NUL character"),
        (b"# x\n\0\nb \xe9\n\0", 2, "is not read whole: holds a NUL character"),
        (b"b \xe9\n\0", 1, "is not read whole: is cp1252, not UTF-8"),
    ],
)
@pytest.mark.parametrize("places", [FORGE, ROOT])
def test_a_directive_plan_or_schema_that_says_less_than_it_could_is_told(
    content: Content, line: int | None, told: str, places: Places
) -> None:
    for path in (*places.directives, places.phases, places.schema):
        ruling = judge(snapshot(documents={path: content}, places=places))
        (found,) = ruling.findings
        assert ruling.applicable
        assert (found.code, found.path, found.line, found.message) == ("XL04", path, line, told)


@pytest.mark.parametrize("content", [b"# x\n", b"", Absent()])
def test_a_directive_plan_or_schema_that_is_whole_empty_or_absent_is_not_told(content: Content) -> None:
    assert judge(snapshot(documents=dict.fromkeys((*FORGE.directives, FORGE.phases, FORGE.schema), content))).findings == ()
