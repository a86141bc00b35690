"""Finding codes are stable: what a check can say is documented, what is documented can be said, and each was said by some test."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from forgewatch.checks import CHECKS
from forgewatch.core.catalogue import CodeDoc
from forgewatch.core.codes import DOCS
from forgewatch.core.facts import SourceFacts
from forgewatch.core.values import RepoPath
from tests.support.installed import Installed
from tests.support.snapshots import modified, oid, snapshot

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent / "forgewatch"
CODE = re.compile(r"[A-Z]\d{3}")


def codes_in(path: Path) -> set[str]:
    """Every string of a module that is a finding code."""
    tree = ast.parse(path.read_text("utf-8"))
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
    }


@cache
def said(check: str) -> frozenset[str]:
    """The codes that the module of a check names: it can say these and no others, for it has no other way to a code."""
    (module,) = (PACKAGE / "checks").glob(f"{check.lower()}_*.py")
    return frozenset(codes_in(module))


@pytest.mark.parametrize("check", [check.code for check in CHECKS])
def test_a_check_says_what_is_documented_under_its_name_and_nothing_else(check: str) -> None:
    assert said(check) == {code for code in DOCS if code.startswith(check)}


def test_no_code_is_made_up_outside_of_the_checks() -> None:
    elsewhere = [path for path in PACKAGE.rglob("*.py") if path.parent.name != "checks" and not path.name.startswith("catalogue_")]
    assert {str(path): codes for path in elsewhere if (codes := codes_in(path))} == {}


@cache
def expected_in(module: Path) -> frozenset[str]:
    """The codes that the tests of a module compare something with: in an assertion that is not about the catalogue, or in a case table."""
    told: list[ast.AST] = []
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            told += node.decorator_list
        elif isinstance(node, ast.Assert) and not names_in(node) & {"CODES", "DOCS"}:
            told.append(node)
    texts = (leaf.value for node in told for leaf in ast.walk(node) if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str))
    return frozenset(code for text in texts for code in re.findall(r"\b[A-Z]\d{3}\b", text))


def names_in(node: ast.AST) -> set[str]:
    return {leaf.id for leaf in ast.walk(node) if isinstance(leaf, ast.Name)}


@pytest.mark.parametrize("code", DOCS)
def test_each_code_is_what_a_test_of_its_check_compares_a_ruling_with(code: str) -> None:
    # The tests of a check run its `judge` over snapshots; a code that no such test expects could be wrong without anybody seeing it.
    # A mention in a name, a comment or a list of the catalogue is not enough.
    modules = sorted((HERE / "checks").glob(f"test_{code[:2].lower()}_*.py"))
    assert any(code in expected_in(module) for module in modules), f"no assertion of {[module.name for module in modules]} expects {code}"


def test_a_mention_of_a_code_is_no_expectation(tmp_path: Path) -> None:
    module = tmp_path / "test_x.py"
    module.write_text("# A101\nX = 'A102'\ndef test_a103():\n    'A104'\n    assert CODES == ['A105']\n    assert told == 'A106 x'\n")
    assert expected_in(module) == {"A106"}


def test_every_limit_is_told_under_a_code_that_is_documented() -> None:
    decision = HERE.parent / "docs/decisions/0006-a-limit-is-named-by-the-check-that-meets-it.md"
    named = set(re.findall(r"\b[AW]\d{3}\b", decision.read_text("utf-8")))
    assert {"A104", "A301", "A302", "A401", "A403", "A405", "W303", "A903", "A906", "W103", "A202"} <= named <= set(DOCS)


def test_honest_work_makes_no_check_say_any_code() -> None:
    work = snapshot(modified("app/a.py"))
    rules = b'{"layers": [{"name": "app", "glob": "app/*.py", "forbidden": [{"pattern": "asyncpg", "reason": "repos only"}]}]}'
    governed = {work.places.boundaries: rules}
    work = replace(
        work, documents=governed, base_documents=governed, contents={oid(f"app/a.py {side}"): b"x = 1\n" for side in ("before", "after")}
    )
    told = {check.code: check.judge(replace(work, sources={RepoPath("app/a.py"): SourceFacts()})) for check in CHECKS}
    assert {code: ruling.findings for code, ruling in told.items() if ruling.findings} == {}


def test_every_code_is_printed_by_explain(installed: Installed) -> None:
    shown = installed.run("explain").stdout
    missing = [code for code in DOCS if not re.search(rf"^ +{code}\b", shown, re.MULTILINE)]
    assert missing == []


@pytest.mark.parametrize("doc", DOCS.values(), ids=list(DOCS))
def test_a_template_of_an_action_fills_only_the_slots_there_are(doc: CodeDoc) -> None:
    slots = set(re.findall(r"\{(\w+)\}", doc.action))
    assert slots <= {"path", "line", "expected", "actual"}
    assert set(doc.allows) <= {"changed", "path", "expected", "difflog", "record", "ledger", "manifest", "boundaries", "physics"}
