"""`explain`: every code has a page, and a wrong code a suggestion."""

from __future__ import annotations

import re

import pytest

from forgewatch.cli.commands import COMMANDS
from forgewatch.core.catalogue_gates import GATE_DOCS, GATES
from forgewatch.core.checklist import CHECKLIST
from forgewatch.core.codes import DOCS
from tests.cli.conftest import valid
from tests.support.installed import Installed

ALL = {**DOCS, **GATE_DOCS}


@pytest.mark.parametrize("code", ALL)
def test_a_page_has_meaning_examples_and_a_fix(code: str) -> None:
    doc = ALL[code]
    assert all(text.strip() for text in (doc.title, doc.means, doc.good, doc.bad, doc.fix, doc.action))
    assert doc.good != doc.bad


def test_one_code_is_explained_whatever_its_case(installed: Installed) -> None:
    run = installed.run("explain", "a101")
    assert run.returncode == 0
    assert run.stdout.startswith(f"A101 {DOCS['A101'].title}")
    parts = ["means:", "good:", "bad:", "fix:"]
    assert [line.strip() for line in run.stdout.splitlines() if line.strip() in parts] == parts


def test_a_check_explains_all_its_codes(installed: Installed) -> None:
    documents = valid("explain-v1", installed.run("explain", "A1", "--json").stdout)["codes"]
    assert {document["check"] for document in documents} == {"A1"}
    assert {document["code"] for document in documents} == {code for code in DOCS if code.startswith("A1")}


def test_without_a_code_all_are_listed_by_check(installed: Installed) -> None:
    run = installed.run("explain")
    lines = run.stdout.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [f"{code} {title}" for code, title in (*CHECKLIST, *GATES.items())]
    assert {line.split()[0] for line in lines if line.startswith(" ")} == set(ALL)


def test_all_codes_as_json_fit_the_schema(installed: Installed) -> None:
    assert len(valid("explain-v1", installed.run("explain", "--json").stdout)["codes"]) == len(ALL)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("A1O1", "did you mean A1"),
        ("A199", "did you mean A112?"),
        ("W199", "did you mean W10"),
        ("A805", "did you mean A804?"),
        ("A1" + "9" * 5000, "forgewatch explain lists all"),
        ("zebra", "forgewatch explain lists all"),
    ],
)
def test_a_code_that_does_not_exist_is_an_error(installed: Installed, wrong: str, hint: str) -> None:
    run = installed.run("explain", wrong)
    assert (run.returncode, run.stdout) == (2, "")
    assert f"no code {wrong!r}" in run.stderr
    assert hint in run.stderr


def test_no_page_sends_anybody_to_a_command_that_is_not_there() -> None:
    known = {command.name for command in COMMANDS if command.help}
    named = {
        (code, word)
        for code, doc in DOCS.items()
        for text in (doc.means, doc.good, doc.bad, doc.fix, doc.action)
        for word in re.findall(r"[`']forgewatch ([a-z]+)", text)
    }
    assert {word for _, word in named} <= known, named


def test_the_page_of_an_unattested_record_says_what_attests_one(installed: Installed) -> None:
    page = installed.run("explain", "A807").stdout
    assert "Run `forgewatch test`" in page or "run forgewatch test" in page
