"""X-SCHEMA: each table has a phase that takes it up, or the contract's sentence is told, where and when it can be mended."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.checks.x_schema import judge
from forgewatch.core.places import FORGE
from forgewatch.core.schema_tables import parse_tables, takes_up
from forgewatch.core.values import Content, Phase, RepoPath, Unreadable
from forgewatch.core.verdict import Ruling
from tests.support.snapshots import snapshot

SCHEMA = "# Schema\n\n## Tables\n\n### users\n- id\n\n### trades\n- id\n\n## Indexes\n### by_name\n"
PLAN = "# Plan\n\n## Phase 0 -- Genesis\n- frame\n\n## Phase 1 -- Things\n- UserRepo\n\n## Phase 2 -- Ship\n- docs\n"


def audited(phase: str, schema: str | Content = SCHEMA, plan: str | Content = PLAN, base: str | None = None) -> Ruling:
    """Judge both documents in a phase; `base` is another schema.md at BASE."""
    told = {place: text.encode() if isinstance(text, str) else text for place, text in ((FORGE.schema, schema), (FORGE.phases, plan))}
    earlier = {**told, **({FORGE.schema: base.encode()} if base is not None else {})}
    documents: dict[RepoPath, Content] = dict(told)
    return judge(snapshot(phase=Phase(phase), documents=documents, base_documents=earlier))


@pytest.mark.req("S002-9.6-1")
@pytest.mark.req("S002-9.6-2")
@pytest.mark.parametrize("phase", ["Phase 0", "Phase 2 -- Ship"])
def test_a_table_without_a_phase_is_told_with_the_sentence_of_the_contract(phase: str) -> None:
    (finding,) = audited(phase).findings
    assert (finding.code, finding.path, finding.line, finding.actual) == ("XM01", FORGE.schema, 8, "trades")
    assert finding.message == "Table `trades` is defined in schema.md but no phase creates a repository for it."


@pytest.mark.req("S002-9.6-2")
def test_each_table_has_a_finding_of_its_own() -> None:
    ruling = audited("Phase 0", plan="## Phase 0\n- frame\n")
    assert [found.actual for found in ruling.findings] == ["users", "trades"]
    assert ruling.basis == "2 tables, 2 without a phase"


def test_tables_with_phases_pass() -> None:
    ruling = audited("Phase 0", plan=PLAN + "- Implement `TradeRepo`\n")
    assert (ruling.findings, ruling.basis, ruling.applicable) == ((), "2 tables, none without a phase", True)


def test_a_table_that_is_the_last_word_or_the_first_of_a_phase_is_taken_up() -> None:
    assert audited("Phase 0", plan="## Phase 0\n- for users\n## Phase 1\ntrades\n- pages\n").findings == ()


def test_a_table_that_only_the_preamble_names_is_not_taken_up() -> None:
    assert len(audited("Phase 0", plan=f"Tables: trades\n{PLAN}").findings) == 1


def test_in_a_phase_between_it_is_judged_only_when_a_document_changes() -> None:
    ruling = audited("Phase 1")
    assert (ruling.applicable, ruling.basis) == (False, "schema.md and phases.md did not change in this cycle")
    assert [found.actual for found in audited("Phase 1", base="# Schema\n").findings] == ["trades"]


@pytest.mark.parametrize(
    ("schema", "plan"),
    [
        (Unreadable("is a symlink"), PLAN),
        (SCHEMA, Unreadable("is a symlink")),
        ("# Schema\nNo tables.\n", PLAN),
        (SCHEMA, "# Plan\n- later\n"),
    ],
)
def test_without_tables_or_phases_it_does_not_apply(schema: str | Content, plan: str | Content) -> None:
    assert not audited("Phase 0", schema, plan).applicable


def names(text: str) -> list[str]:
    return [table.name for table in parse_tables(text.encode())]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CREATE TABLE users (\n  id int\n);\n", ["users"]),
        ('```sql\ncreate table if not exists public."trades" (\n```\n', ["trades"]),
        ("  CREATE TABLE `a`(\n CREATE TABLE [b] (\n", ["a", "b"]),
        ("## Tables\n### `users`\n### trades — every trade\n### 3. orders\n### Table: items\n", ["users", "trades", "orders", "items"]),
        ("## Tables\n### users\n#### columns\n", ["users"]),
        ("# Database tables\n## users (accounts)\n# Notes\n## thing\n", ["users"]),
        ("## Tables\n### How names are made\n", []),
        ("### users\n", []),
        ("## Tables\n### users\nCREATE TABLE Users (\n", ["users"]),
        ("## Tables\n### a\n## More tables\n### b\n", ["a", "b"]),
        ("CREATE INDEX x\nCREATE TABLE_NAME y\n", []),
    ],
)
def test_tables_are_read_from_sql_and_from_headings(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("trades", "Implement `TradeRepo.insert_trade()`"),
        ("trades", "the trades table"),
        ("order_items", "OrderItemRepository"),
        ("order_items", "repository for order items"),
        ("categories", "category_repo"),
        ("users", "users/"),
        ("addresses", "AddressService"),
        ("audit", "audits"),
        ("_", "_"),
    ],
)
def test_a_phase_takes_a_table_up_in_any_of_its_usual_names(name: str, text: str) -> None:
    assert takes_up(name, text)


@pytest.mark.parametrize(("name", "text"), [("trades", "tradesman"), ("users", "superusers"), ("items", "order_items"), ("a.b", "axb")])
def test_a_word_that_only_holds_the_name_does_not(name: str, text: str) -> None:
    assert not takes_up(name, text)


@given(st.text(max_size=20), st.text(max_size=80))
def test_any_names_and_texts_have_an_answer(name: str, text: str) -> None:
    assert takes_up(name, text) in (True, False)
    assert isinstance(names(text), list)
