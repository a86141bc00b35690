"""The codes of the gates: what a gate can say is documented, and nothing else is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from forgewatch.core.catalogue_gates import GATE_DOCS, GATES
from forgewatch.core.codes import DOCS

CORE = Path(__file__).resolve().parents[2] / "forgewatch/core"
SUFFIXES = {"unfilled.py": (), "read_gate.py": ("R1", "R2"), "evidence_bundle.py": ("E1", "E2", "E3", "E4", "E5", "E6")}


def said(module: str) -> set[str]:
    """Every code that a gate's module writes out, and those that it makes of a check and `01` or `02`."""
    texts = [node.value for node in ast.walk(ast.parse((CORE / module).read_text("utf-8"))) if isinstance(node, ast.Constant)]
    plain = {text for text in texts if isinstance(text, str) and re.fullmatch(r"[RE]\d{3}", text)}
    made = {text for text in texts if text in ("01", "02")}
    return plain | {f"{check}{end}" for check in SUFFIXES[module] for end in made}


def test_what_a_gate_says_is_documented_and_nothing_else_is() -> None:
    assert said("read_gate.py") | said("evidence_bundle.py") | said("unfilled.py") == set(GATE_DOCS)
    assert list(GATE_DOCS) == sorted(GATE_DOCS, key=lambda code: (code[0] == "E", code))
    assert {code[:2] for code in GATE_DOCS} == set(GATES)
    assert not set(GATE_DOCS) & set(DOCS)


@pytest.mark.parametrize("code", GATE_DOCS)
def test_the_action_of_a_gates_code_fills_only_the_slots_there_are(code: str) -> None:
    assert set(re.findall(r"\{(\w+)\}", GATE_DOCS[code].action)) <= {"path", "line", "expected", "actual"}
