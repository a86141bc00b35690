"""The fix plan: failed checks only, closed lists of files, builder text never a template."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forgewatch.core import catalogue_a1, catalogue_a2, catalogue_a6, catalogue_w2
from forgewatch.core.catalogue import CodeDoc
from forgewatch.core.catalogue_a4 import CODES as A4
from forgewatch.core.catalogue_a5 import CODES as A5
from forgewatch.core.catalogue_a8 import CODES as A8
from forgewatch.core.catalogue_a9 import CODES as A9
from forgewatch.core.fix_plan import FixStep, fix_lines, fix_plan
from forgewatch.core.fix_ways import Op, Verb
from forgewatch.core.places import FORGE, ROOT
from forgewatch.core.verdict import Audit, CheckCode, CheckResult, Fault, Finding, Ruling, Severity, StopReason

DOCS = {doc.code: doc for part in (catalogue_a1, catalogue_a2, catalogue_a6, catalogue_w2) for doc in part.CODES}
LOG, RECORD, HEAD = "Forge/evidence/diff_log.md", "Forge/evidence/test_runs_latest.md", "1" * 40
BACKDOOR = Finding(
    code="A101", path="backdoor.py", message="changed but not claimed", expected="claimed, or not changed", actual="untracked"
)


def doc(**parts: object) -> CodeDoc:
    values = {"code": "T1", "title": "t", "means": "m", "good": "g", "bad": "b", "fix": "f", "action": "do it"}
    return CodeDoc(**{**values, **parts})  # type: ignore[arg-type]


def result(code: str, *findings: Finding, severity: Severity = Severity.BLOCKING) -> CheckResult:
    return CheckResult(code=CheckCode(code), title=code, severity=severity, answer=Ruling(basis="b", findings=findings))


def broken(code: str, why: str) -> CheckResult:
    return CheckResult(code=CheckCode(code), title=code, severity=Severity.BLOCKING, answer=Fault(why))


def steps(*results: CheckResult, docs: dict[str, CodeDoc] | None = None) -> tuple[FixStep, ...]:
    return fix_plan(
        Audit(results), docs or DOCS, FORGE, [finding.path for one in results for finding in one.findings if finding.path], HEAD
    )


def told(*results: CheckResult) -> tuple[str, ...]:
    return fix_lines(Audit(results), DOCS, FORGE)


@pytest.mark.req("S002-10.3-2")
def test_an_unclaimed_file_is_claimed_or_removed() -> None:
    assert steps(result("A1", BACKDOOR)) == (
        FixStep(
            check=CheckCode("A1"),
            code="A101",
            path="backdoor.py",
            line=None,
            expected="claimed, or not changed",
            actual="untracked",
            action="claim or remove backdoor.py",
            files_allowed=("backdoor.py", LOG, RECORD),
            stop=StopReason.CONTRACT_CONFLICT,
            ways=(
                (Op(op=Verb.CLAIM, path="backdoor.py", file=LOG, section="Files Changed", text="- `backdoor.py`"),),
                (
                    Op(op=Verb.RESTORE, path="backdoor.py", commit=HEAD),
                    Op(op=Verb.SYNC, path="backdoor.py", file=LOG, section="Files Changed", commit=HEAD, text="- `backdoor.py`"),
                    Op(op=Verb.TEST, path=RECORD),
                ),
            ),
        ),
    )
    assert told(result("A1", BACKDOOR)) == ("A1: claim or remove backdoor.py",)


def test_a_step_knows_its_line_and_allows_the_file_of_a_code_that_nobody_documents() -> None:
    (step,) = steps(result("A1", replace(BACKDOOR, code="A999", line=7)))
    assert (step.line, step.files_allowed) == (7, ("backdoor.py", LOG, RECORD))


def test_a_passed_audit_needs_no_plan_and_warnings_get_none() -> None:
    warned = result("W2", replace(BACKDOOR, code="W201"), severity=Severity.WARNING)
    assert steps(result("A1"), warned) == ()
    assert told(result("A1"), warned) == ()


def test_each_finding_has_a_step_and_each_check_a_line_in_the_order_of_the_checklist() -> None:
    rename = Finding(code="A201", path="b.py", message="renamed", expected="a.py", actual="renamed from a.py, 87 %")
    results = (result("A2", rename), result("A1", BACKDOOR, replace(BACKDOOR, path="z.py")))
    assert [(step.check, step.path) for step in steps(*results)] == [("A1", "backdoor.py"), ("A1", "z.py"), ("A2", "b.py")]
    assert told(*results) == (
        "A1: claim or remove backdoor.py; claim or remove z.py",
        "A2: undo the rename of b.py (renamed from a.py, 87 %)",
    )
    assert steps(*results)[2].files_allowed == ("b.py", "a.py", LOG, RECORD)


def test_a_check_that_could_not_be_judged_has_a_line_and_no_step() -> None:
    assert told(broken("A4", "bad pattern\nx")) == ("A4: could not be judged: bad pattern\\nx",)
    assert steps(broken("A4", "bad pattern")) == ()


def test_many_findings_are_three_actions_and_a_count() -> None:
    findings = [replace(BACKDOOR, path=f"{name}.py") for name in "abcdef"]
    assert told(result("A1", *findings)) == ("A1: claim or remove a.py; claim or remove b.py; claim or remove c.py; and 3 more",)
    assert len(steps(result("A1", *findings))) == 6


def test_a_directory_of_findings_is_one_action() -> None:
    findings = [replace(BACKDOOR, path=f"web/{n}.js") for n in range(40)]
    assert told(result("A1", *findings)) == ("A1: claim or remove the 40 files below web/",)
    assert len(steps(result("A1", *findings))) == 40


def undeclared(path: str, line: int, distribution: str) -> Finding:
    wanted = f"{distribution} in pyproject.toml"
    return Finding(code="A901", path=path, line=line, message=f"{path} {line}", expected=wanted, actual="not declared")


def told_by(part: tuple[CodeDoc, ...], code: str, *findings: Finding) -> str:
    (line,) = fix_lines(Audit((result(code, *findings),)), {doc.code: doc for doc in part}, FORGE)
    return line.removeprefix(f"{code}: ")


def test_each_distribution_is_declared_once_whatever_number_of_files_imports_it() -> None:
    selenium = [undeclared(f"django/test/{n}.py", 3, "selenium") for n in range(30)]
    jinja = [undeclared(f"django/tpl/{n % 4}.py", n, "jinja2") for n in range(8)]
    few = [undeclared("django/a.py", 4, "numpy"), undeclared("django/b.py", 5, "numpy"), undeclared("django/c.py", 6, "pytz")]
    assert told_by(A9, "A9", *selenium, *jinja, *few) == (
        "declare selenium in pyproject.toml, or remove the import in the 30 files below django/test/; "
        "declare jinja2 in pyproject.toml, or remove the import in the 4 files below django/tpl/; "
        "declare numpy in pyproject.toml, or remove the import in django/a.py:4, django/b.py:5; "
        "and 1 more"
    )
    assert told_by(A9, "A9", *few) == (
        "declare numpy in pyproject.toml, or remove the import in django/a.py:4, django/b.py:5; "
        "declare pytz in pyproject.toml, or remove the import in django/c.py:6"
    )
    three = [undeclared(f"django/{name}.py", 1, "numpy") for name in "abc"]
    assert told_by(A9, "A9", *three) == (
        "declare numpy in pyproject.toml, or remove the import in django/a.py:1, django/b.py:1, django/c.py:1"
    )


def test_an_action_on_a_sum_leaves_no_colon_behind_and_counts_files_and_not_findings() -> None:
    twice = [undeclared("app/a.py", line, "rich") for line in range(1, 30)]
    assert told_by(A9, "A9", *twice) == "declare rich in pyproject.toml, or remove the import in app/a.py"
    broken = [Finding(code="A905", path=f"app/{n}.py", line=n, message=f"m{n}") for n in range(1, 25)]
    assert told_by(A9, "A9", *broken) == "correct the syntax of the 24 files below app/"
    other = Finding(code="A905", path="lib/x.py", line=1, message="m")
    assert told_by(A9, "A9", *broken, other) == "correct the syntax of the 24 files below app/; correct the syntax of lib/x.py:1"
    assert told_by(A9, "A9", *broken[:20]).endswith("of app/3.py:3; and 17 more")
    few = [replace(finding, path=f"app/{number % 3}.py") for number, finding in enumerate(broken)]
    assert told_by(A9, "A9", *few) == "correct the syntax of app/0.py, app/1.py, app/2.py"
    assert told_by(A9, "A9", Finding(code="A905", path="app/a.py", message="m")) == "correct the syntax of app/a.py"


def test_a_sum_of_different_patterns_is_an_action_for_each() -> None:
    hits = [Finding(code="A404", path=f"app/{n}.py", line=n, message=f"m{n}", actual="sql" if n % 2 else "orm") for n in range(1, 31)]
    assert told_by(A4, "A4", *hits) == (
        "take out of the 15 files below app/ what is forbidden there: sql; take out of the 15 files below app/ what is forbidden there: orm"
    )


def test_many_lines_of_one_file_are_three_lines_and_a_count() -> None:
    marks = [Finding(code="A501", path="d/log.md", line=n, message=f"m{n}", actual="TODO") for n in range(1, 31)]
    assert told_by(A5, "A5", *marks) == "replace the placeholder in line 1, 2, 3 and 27 more of d/log.md: TODO"
    kinds = [replace(mark, actual="TODO" if n < 4 else "TBD" if n < 7 else "XXX") for n, mark in enumerate(marks)]
    assert told_by(A5, "A5", *kinds).startswith(
        "replace the placeholder in line 1, 2, 3 and 1 more of d/log.md: TODO; replace the placeholder in line 5, 6, 7 of d/log.md: TBD; "
    )


def test_findings_that_one_action_mends_are_one_action() -> None:
    rewritten = Finding(code="A601", message="history was rewritten", expected="reset to the anchor", actual="x")
    assert told(result("A6", rewritten, rewritten)) == ("A6: reset to the anchor",)
    assert steps(result("A6", rewritten))[0].files_allowed == ()


def test_a_builder_string_is_escaped_in_lines_and_raw_in_steps() -> None:
    finding = replace(BACKDOOR, path="a\n### Notes\nSTOP: none")
    assert told(result("A1", finding)) == ("A1: claim or remove a\\n\\#\\#\\# Notes\\nSTOP: none",)
    assert steps(result("A1", finding))[0].action == "claim or remove a\n### Notes\nSTOP: none"


def test_a_builder_string_is_never_a_template() -> None:
    finding = replace(BACKDOOR, path="{actual}{0}{path.__class__}", actual="{path}")
    assert steps(result("A1", finding))[0].action == "claim or remove {actual}{0}{path.__class__}"


def test_a_template_may_hold_other_braces_and_all_four_slots() -> None:
    docs = {"A101": doc(action="{line} {path} {expected} {actual} {other}")}
    assert steps(result("A1", replace(BACKDOOR, line=3)), docs=docs)[0].action == "3 backdoor.py claimed, or not changed untracked {other}"
    empty = Finding(code="A101", message="m")
    assert steps(result("A1", empty), docs=docs)[0].action == "    {other}"


def test_a_code_without_documentation_still_has_a_step() -> None:
    assert steps(result("A1", Finding(code="A199", path="x.py", message="odd")))[0].action == "x.py: odd"
    step = steps(result("A1", Finding(code="A199", message="odd")))[0]
    assert (step.action, step.files_allowed) == ("odd", ())


@pytest.mark.parametrize(
    ("path", "expected", "manifests"),
    [
        ("app/a.py", "", ("requirements.txt", "pyproject.toml")),
        ("app/a.pyi", "", ("requirements.txt", "pyproject.toml")),
        ("web/a.ts", "", ("package.json",)),
        ("cmd/main.go", "", ("go.mod",)),
        ("app/a.py", "declared in services/api/requirements-dev.txt", ("services/api/requirements-dev.txt",)),
        ("app/a.py", "declared in Pipfile or setup.cfg", ("Pipfile", "setup.cfg")),
        ("app/a.py", "declared in notrequirements.txtual", ("requirements.txt", "pyproject.toml")),
    ],
)
def test_a_manifest_is_the_one_that_was_asked_else_the_usual_one(path: str, expected: str, manifests: tuple[str, ...]) -> None:
    finding = Finding(code="T1", path=path, message="m", expected=expected)
    assert steps(result("A9", finding), docs={"T1": doc(allows=("manifest",))})[0].files_allowed == (*manifests, LOG, RECORD)


def test_every_token_of_the_closed_list_names_files_of_the_layout() -> None:
    tokens = ("difflog", "record", "ledger", "boundaries", "physics", "nobody knows this")
    finding = Finding(code="T1", message="m")
    allowed = fix_plan(Audit((result("A1", finding),)), {"T1": doc(allows=tokens)}, ROOT)[0].files_allowed
    assert allowed == (
        "evidence/diff_log.md",
        "evidence/test_runs_latest.md",
        "evidence/audit_ledger.md",
        "Contracts/boundaries.json",
        "Contracts/physics.yaml",
    )


def test_failed_tests_may_be_mended_in_the_files_of_the_cycle() -> None:
    finding = Finding(code="A803", path="evidence/test_runs_latest.md", message="m", actual="pytest exit: 1")
    docs = {doc.code: doc for doc in A8}
    (step,) = fix_plan(Audit((result("A8", finding),)), docs, ROOT, ["app/a.py", "tests/test_a.py"])
    assert step.files_allowed == ("evidence/test_runs_latest.md", "app/a.py", "tests/test_a.py", "evidence/diff_log.md")
