"""Findings as text: short, complete in number, and never able to forge a line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.finding_text import Summed, finding_line, finding_lines, finding_text, first_findings, ledger_verdict, summed
from forgewatch.core.verdict import CheckCode, CheckResult, Fault, Finding, Ruling, Severity


def unclaimed(path: str, actual: str = "untracked") -> Finding:
    return Finding(code="A101", path=path, message="changed but not claimed", expected="claimed, or not changed", actual=actual)


def result(answer: Ruling | Fault, severity: Severity = Severity.BLOCKING) -> CheckResult:
    return CheckResult(code=CheckCode("A1"), title="Scope compliance", severity=severity, answer=answer)


def failed(*findings: Finding) -> CheckResult:
    return result(Ruling(basis="3 changed, 2 claimed", findings=findings))


def test_the_short_form_is_the_one_of_the_ledger() -> None:
    assert finding_text(unclaimed("backdoor.py")) == "A101 backdoor.py (untracked)"


def test_the_long_form_is_the_one_of_the_terminal() -> None:
    assert finding_line(unclaimed("backdoor.py")) == "A101 backdoor.py: changed but not claimed (untracked)"


def test_a_line_stands_behind_the_path() -> None:
    finding = Finding(code="A501", path="d.md", line=14, message="placeholder", actual="TODO")
    assert finding_text(finding) == "A501 d.md:14 (TODO)"
    assert finding_line(finding) == "A501 d.md:14: placeholder (TODO)"


def test_without_a_path_the_message_is_told() -> None:
    finding = Finding(code="A602", message="commit 1a2b3c4 is not authorized", actual="1a2b3c4 fix")
    assert finding_text(finding) == "A602 commit 1a2b3c4 is not authorized"
    assert finding_line(finding) == "A602 commit 1a2b3c4 is not authorized (1a2b3c4 fix)"


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        (Finding(code="A501", path="d.md", line=12, message="line 12: found 'TODO'", actual="TODO"), "A501 d.md:12: found 'TODO'"),
        (Finding(code="A404", path="a.py", line=1, message="[x] a.py:1 sql (why)", actual="sql"), "A404 [x] a.py:1 sql (why)"),
        (Finding(code="A401", path="b.json", message="b.json is absent", actual="absent"), "A401 b.json is absent"),
        (
            Finding(code="A101", path="claimed", message="changed but not claimed", actual="mode"),
            "A101 claimed: changed but not claimed (mode)",
        ),
    ],
)
def test_the_long_form_says_nothing_twice(finding: Finding, line: str) -> None:
    assert finding_line(finding) == line


def test_a_line_without_a_path_is_named() -> None:
    assert finding_text(Finding(code="A103", line=3, message="no path", actual="x")) == "A103 line 3 (x)"


def test_without_an_actual_the_message_stands_behind_the_path() -> None:
    finding = Finding(code="A700", path="d.md", message="no section Verification")
    assert finding_text(finding) == "A700 d.md: no section Verification"
    assert finding_line(finding) == "A700 d.md: no section Verification"


def test_a_failed_check_tells_its_basis_and_findings() -> None:
    assert ledger_verdict(failed(unclaimed("backdoor.py"))) == "FAIL — 3 changed, 2 claimed: A101 backdoor.py (untracked)"


def test_the_first_three_findings_and_a_count_are_shown() -> None:
    text = ledger_verdict(failed(*(unclaimed(f"{name}.py") for name in "abcde")))
    assert text == "FAIL — 3 changed, 2 claimed: A101 a.py (untracked); A101 b.py (untracked); A101 c.py (untracked); and 2 more"


@pytest.mark.parametrize(
    ("answer", "severity", "text"),
    [
        (Ruling(basis="2 changed, 2 claimed"), Severity.BLOCKING, "PASS — 2 changed, 2 claimed"),
        (Ruling(basis="no Python changed", applicable=False), Severity.BLOCKING, "PASS — not applicable: no Python changed"),
        (Fault("ValueError: x"), Severity.BLOCKING, "FAIL — could not be judged: ValueError: x"),
        (Fault("ValueError: x"), Severity.WARNING, "WARN — could not be judged: ValueError: x"),
        (Ruling(basis="b", findings=(unclaimed("x"),)), Severity.WARNING, "WARN — b: A101 x (untracked)"),
    ],
)
def test_each_verdict_has_its_words(answer: Ruling | Fault, severity: Severity, text: str) -> None:
    assert ledger_verdict(result(answer, severity)) == text


def test_twenty_findings_below_one_directory_are_listed_and_one_more_is_a_sum() -> None:
    twenty = [unclaimed(f"web/{n:02}.js") for n in range(20)]
    assert [one.count for one in summed(twenty)] == [1] * 20
    assert summed([*twenty, unclaimed("web/src/20.js")]) == (Summed(replace(twenty[0], path="web/", actual="21 untracked"), 21),)


def test_a_sum_names_the_deepest_common_directory() -> None:
    findings = [unclaimed(f"web/src/gen/{'ab'[n % 2]}/{n}.js") for n in range(30)]
    assert finding_lines(findings) == ("A101 web/src/gen/: changed but not claimed (30 untracked)",)


def test_a_sum_of_different_kinds_counts_findings() -> None:
    findings = [unclaimed(f"web/{n}.js", "modified" if n % 2 else "untracked") for n in range(30)]
    assert first_findings(findings) == "A101 web/ (30 findings)"


def test_a_sum_of_different_messages_names_what_is_expected_most_and_how_often() -> None:
    def missing(number: int, name: str) -> Finding:
        text = f"import {name} is not declared: expected {name} in pyproject.toml"
        return Finding(code="A901", path=f"django/{number}.py", line=number, message=text, expected=f"{name} in x", actual="not declared")

    names = ["numpy"] * 2 + ["selenium"] * 20 + ["jinja2"] * 3 + ["pytz"]
    sums = finding_lines(missing(number, name) for number, name in enumerate(names))
    assert sums == (
        "A901 django/: expected selenium in x (20), jinja2 in x (3), numpy in x (2) and 1 more, see --json for each (26 not declared)",
    )
    three = finding_lines(missing(number, name) for number, name in enumerate(names) if name != "pytz")
    assert three == ("A901 django/: expected selenium in x (20), jinja2 in x (3), numpy in x (2), see --json for each (25 not declared)",)
    one = finding_lines(missing(number, "rich") for number in range(1, 22))
    assert one == ("A901 django/: import rich is not declared: expected rich in pyproject.toml (21 not declared)",)


def test_the_ledger_tells_a_sum_by_place_and_number_alone() -> None:
    findings = [replace(unclaimed(f"web/{n}.js"), message=f"m{n}", expected=f"e{n}") for n in range(30)]
    assert first_findings(findings) == "A101 web/ (30 untracked)"


def test_a_sum_of_findings_without_actual_counts_findings() -> None:
    findings = [replace(unclaimed(f"web/{n}.js", ""), message=f"m{n}", expected="") for n in range(21)]
    assert finding_lines(findings) == ("A101 web/: see --json for each (21 findings)",)


def test_many_findings_of_one_file_are_summed_under_its_name() -> None:
    findings = [Finding(code="A501", path="Forge/evidence/diff_log.md", line=n, message="placeholder", actual="TODO") for n in range(1, 30)]
    assert first_findings(findings) == "A501 Forge/evidence/diff_log.md (29 TODO)"


def test_many_findings_at_the_root_are_summed_under_it() -> None:
    assert first_findings([unclaimed(f"{n}.js") for n in range(30)]) == "A101 ./ (30 untracked)"


def test_codes_are_never_summed_together_and_findings_without_a_path_never() -> None:
    findings = [Finding(code="A602", message=f"commit {n}") for n in range(30)]
    assert len(summed(findings)) == 30
    mixed = [replace(unclaimed(f"web/{n}"), code="A101" if n % 2 else "A102") for n in range(40)]
    assert len(summed(mixed)) == 40


def test_a_sum_stands_where_its_first_finding_stood() -> None:
    findings = [unclaimed("a.py"), *(unclaimed(f"web/{n}") for n in range(21)), unclaimed("z.py"), unclaimed("zz.py")]
    assert first_findings(findings) == "A101 a.py (untracked); A101 web/ (21 untracked); A101 z.py (untracked); and 1 more"


ATTACKS = ["a\n## Audit Entry: forged", "a\r\nOutcome: PASS", "\x1b[2J", "a\u202eyp.b", "---", "\udcff.py", "x" * 5000, "tab\there", "\x00"]


@pytest.mark.parametrize("text", ATTACKS)
def test_no_builder_string_can_break_out_of_its_line(text: str) -> None:
    finding = Finding(code="A101", path=text, message=text, actual=text)
    shown = [finding_text(finding), finding_line(finding), ledger_verdict(failed(finding)), ledger_verdict(result(Fault(text)))]
    shown += [ledger_verdict(result(Ruling(basis=text))), ledger_verdict(result(Ruling(basis=text, applicable=False)))]
    for line in shown:
        assert len(line.splitlines()) == 1
        assert line.isprintable()
        assert "---" not in line
        assert len(line) < 900


PATHS = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=20)


@given(st.lists(st.builds(unclaimed, PATHS), max_size=60))
def test_no_finding_is_lost_in_a_sum(findings: list[Finding]) -> None:
    assert sum(one.count for one in summed(findings)) == len(findings)


@given(st.lists(PATHS, min_size=1, max_size=5))
def test_a_verdict_is_one_printable_line(paths: list[str]) -> None:
    line = ledger_verdict(failed(*map(unclaimed, paths)))
    assert line.startswith("FAIL — 3 changed, 2 claimed: A101 ")
    assert line.isprintable()


def test_a_message_that_begins_with_its_place_tells_it_once() -> None:
    told = Finding(code="W303", path="a/physics.yaml", message="a/physics.yaml: is absent in spite of 2 handlers", actual="is absent")
    assert finding_line(told) == "W303 a/physics.yaml: is absent in spite of 2 handlers"
