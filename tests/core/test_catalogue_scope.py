"""The codes of A1, A2, A6 and W2 are documented, each once, and their templates can be filled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import forgewatch.checks
from forgewatch.core import catalogue_a1, catalogue_a2, catalogue_a6, catalogue_w2
from forgewatch.core.catalogue import CodeDoc

PARTS = {
    "a1_scope": catalogue_a1.CODES,
    "a2_minimal": catalogue_a2.CODES,
    "a6_authorization": catalogue_a6.CODES,
    "w2_ledger": catalogue_w2.CODES,
}
ALL = [doc for part in PARTS.values() for doc in part]


@pytest.mark.parametrize("module", PARTS)
def test_a_check_uses_exactly_the_codes_that_are_documented(module: str) -> None:
    source = (Path(forgewatch.checks.__path__[0]) / f"{module}.py").read_text("utf-8")
    used = set(re.findall(r'"([AW]\d{3})"', source))
    assert used == {doc.code for doc in PARTS[module]}


@pytest.mark.parametrize("doc", ALL, ids=lambda doc: doc.code)
def test_every_code_says_what_it_means_and_what_to_do(doc: CodeDoc) -> None:
    assert all((doc.title, doc.means, doc.good, doc.bad, doc.fix, doc.action))
    assert set(re.findall(r"\{(.*?)\}", doc.action)) <= {"path", "line", "expected", "actual"}
    assert set(doc.allows) <= {"path", "expected", "difflog", "record", "ledger", "manifest", "boundaries", "physics"}


def test_no_code_is_documented_twice() -> None:
    assert len({doc.code for doc in ALL}) == len(ALL)
