"""Finding codes are stable: what a check can say is documented, what is documented can be said, and each was said by some test."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from forgewatch.core.catalogue import CodeDoc
from forgewatch.core.catalogue_gates import GATE_DOCS, GATES
from forgewatch.core.checklist import CHECKLIST
from forgewatch.core.codes import DOCS, check_of
from forgewatch.core.facts import SourceFacts
from forgewatch.core.values import RepoPath
from forgewatch.wiring.checks import CHECKS
from tests.rendered import CODES, README, anchor, checks_table, codes_document, rendered, with_checks
from tests.support.installed import Installed
from tests.support.snapshots import modified, oid, snapshot

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent / "forgewatch"
CODE = re.compile(r"[AW]\d{3}|X[A-Z]\d{2}")


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
    return frozenset(codes_in(module_of(PACKAGE / "checks", check)))


def module_of(folder: Path, check: str, before: str = "") -> Path:
    """The module of a check: `a1_scope.py`, `x_silence.py`, with `test_` before it for its tests."""
    (module,) = folder.glob(f"{before}{check.lower().replace('-', '_')}{'' if check.startswith('X-') else '_*'}.py")
    return module


@pytest.mark.parametrize("check", [check.code for check in CHECKS])
def test_a_check_says_what_is_documented_under_its_name_and_nothing_else(check: str) -> None:
    assert said(check) == {code for code in DOCS if check_of(code) == check}


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
    return frozenset(code for text in texts for code in re.findall(rf"\b(?:{CODE.pattern})\b", text))


def names_in(node: ast.AST) -> set[str]:
    return {leaf.id for leaf in ast.walk(node) if isinstance(leaf, ast.Name)}


@pytest.mark.parametrize("code", DOCS)
def test_each_code_is_what_a_test_of_its_check_compares_a_ruling_with(code: str) -> None:
    # The tests of a check run its `judge` over snapshots; a code that no such test expects could be wrong without anybody seeing it.
    # A mention in a name, a comment or a list of the catalogue is not enough.
    name = check_of(code).lower().replace("-", "_")
    modules = sorted((HERE / "checks").glob(f"test_{name}*.py"))
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
    places = {"changed", "path", "expected", "difflog", "record", "ledger", "manifest", "boundaries", "physics", "test_of"}
    assert set(doc.allows) <= places


def test_the_page_of_all_codes_holds_those_of_the_gates_too() -> None:
    titles = re.findall(r"^####? ([A-Z]+\d+) ", (HERE.parent / CODES).read_text("utf-8"), re.MULTILINE)
    assert [code for code in titles if code not in GATES] == [*DOCS, *GATE_DOCS]


def test_the_readme_tells_of_every_check_and_its_codes() -> None:
    rows = [line for line in checks_table().splitlines() if re.match(r"\| (?:[AW]\d|X-)", line)]
    assert [row.split(" | ")[0] for row in rows] == [f"| {code} {title}" for code, title in CHECKLIST]
    assert "| [A101 to A112](docs/codes.md#a1-scope-compliance) |" in rows[0]
    assert checks_table() in (HERE.parent / README).read_text("utf-8")


def test_a_table_in_the_readme_that_was_edited_by_hand_is_put_right() -> None:
    readme = (HERE.parent / README).read_text("utf-8")
    assert with_checks(readme.replace("| A2 Minimal-diff |", "| A2 Something else |")) == readme == rendered()[README]


@pytest.mark.parametrize("times", [0, 2])
def test_a_readme_without_its_marks_once_is_refused_not_passed_over(times: int) -> None:
    marked = "<!-- by python -m tests.rendered -->\nold\n<!-- end of checks -->\n"
    with pytest.raises(ValueError, match=f"found them {times} times"):
        with_checks("text\n" + marked * times)


def test_every_link_of_the_readmes_table_leads_to_a_heading() -> None:
    headings = {anchor(line.lstrip("# ")) for line in codes_document().splitlines() if line.startswith("#")}
    links = re.findall(rf"{re.escape(CODES)}#([\w-]+)\)", checks_table())
    assert len(links) == len(CHECKLIST)
    assert set(links) <= headings


def test_every_code_has_a_heading_of_its_own_in_the_document() -> None:
    headed = re.findall(r"^### ([A-Z]\d{3}|X[A-Z]\d\d) ", codes_document(), re.MULTILINE)
    assert headed == list(DOCS)
