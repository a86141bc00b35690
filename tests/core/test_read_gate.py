"""The contract read gate: ten items in order, and what keeps it shut (contract §1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from forgewatch.app.engine import pass_gate
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.events import ReadFile
from forgewatch.core.frontend_switch import FrontendSaid
from forgewatch.core.new_work import Hold
from forgewatch.core.places import FORGE, ROOT
from forgewatch.core.read_gate import (
    GATE,
    Item,
    ReadGround,
    State,
    changed_note,
    changed_since,
    contracts_in,
    gate_paths,
    is_exempt,
    items_of,
    read_files,
    stop_of_gate,
    untaken_tables,
)
from forgewatch.core.schema_tables import Table
from forgewatch.core.settings import Profile
from forgewatch.core.values import UNKNOWN_PHASE, Absent, Content, Phase, RepoPath, Unreadable
from forgewatch.core.verdict import Audit, StopReason, Verdict

PATHS = gate_paths(FORGE, lambda path: path.endswith("/directive.md"))
WITHOUT = FrontendSaid(needed=False, why="stack.md says that the frontend is not enabled")
WITH = FrontendSaid(needed=True, why="stack.md says that the frontend is enabled")
ZERO, ONE = Phase("Phase 0"), Phase("Phase 1 -- Things")
ALL: Mapping[RepoPath, Content] = {path: f"{path}\n".encode() for path in PATHS}


def found(changes: Mapping[int, Content] | None = None, frontend: FrontendSaid = WITH, *, recorded: bool = True) -> tuple[Item, ...]:
    contents = {path: (changes or {}).get(number, ALL[path]) for number, path in enumerate(PATHS, 1)}
    return items_of(PATHS, contents, frontend, recorded=recorded)


def ground(items: tuple[Item, ...], phase: Phase = ONE, **parts: object) -> ReadGround:
    made = ReadGround(items=items, frontend=WITH, phase=phase, exempt=is_exempt(phase, recorded=True), hold=None)
    return replace(made, **parts)  # type: ignore[arg-type]


def judged(items: tuple[Item, ...], phase: Phase = ONE, profile: Profile = Profile.DEV, **parts: object) -> Audit:
    return pass_gate(GATE, ground(items, phase, **parts), profile)


def told(audit: Audit) -> list[tuple[str, str | None, str]]:
    return [(one.code, one.path, one.message) for result in audit.results if result.blocks for one in result.findings]


@pytest.mark.req("S002-1-1")
def test_the_ten_items_stand_in_the_order_of_the_contract_in_both_layouts() -> None:
    assert (
        tuple(
            f"Forge/{name}"
            for name in (
                "Contracts/blueprint.md",
                "Contracts/manifesto.md",
                "Contracts/stack.md",
                "Contracts/schema.md",
                "Contracts/physics.yaml",
                "Contracts/boundaries.json",
                "Contracts/ui.md",
                "Contracts/directive.md",
                "evidence/diff_log.md",
                "evidence/audit_ledger.md",
            )
        )
        == PATHS
    )
    assert gate_paths(FORGE, lambda path: "builder" in path)[7] == "Forge/Contracts/builder_directive.md"
    assert gate_paths(ROOT, lambda path: False)[6:9] == ("Contracts/ui.md", "Contracts/directive.md", "evidence/diff_log.md")


@pytest.mark.req("S002-1-1")
def test_what_is_there_has_its_digest_and_opens_the_gate() -> None:
    items = found()
    assert {item.state for item in items} == {State.PRESENT}
    assert [item.digest for item in items] == [digest_of_bytes(f"{path}\n".encode()) for path in PATHS]
    audit = judged(items)
    assert (audit.passed, stop_of_gate(audit)) == (True, None)


@pytest.mark.req("S002-1-2")
@pytest.mark.parametrize("number", range(1, 8))
def test_each_contract_that_is_missing_stops_by_its_name(number: int) -> None:
    audit = judged(found({number: Absent()}))
    assert told(audit) == [("R101", PATHS[number - 1], "is missing")]
    assert stop_of_gate(audit) is StopReason.EVIDENCE_MISSING


@pytest.mark.req("S002-1-2")
def test_all_that_is_missing_or_cannot_be_read_is_named_in_its_order() -> None:
    audit = judged(found({6: Absent(), 1: Unreadable("is a FIFO"), 3: b"\xef\xbb\xbf \r\n\t", 2: Absent()}))
    assert told(audit) == [
        ("R102", "Forge/Contracts/blueprint.md", "is a FIFO"),
        ("R101", "Forge/Contracts/manifesto.md", "is missing"),
        ("R101", "Forge/Contracts/stack.md", "is empty"),
        ("R101", "Forge/Contracts/boundaries.json", "is missing"),
    ]


@pytest.mark.req("S002-1-3")
@pytest.mark.parametrize("content", [Absent(), Unreadable("is a symlink"), b""], ids=["absent", "unreadable", "empty"])
def test_ui_md_is_needed_with_a_frontend_only(content: Content) -> None:
    with_one, without = judged(found({7: content})), judged(found({7: content}, WITHOUT))
    assert (with_one.passed, without.passed) == (False, True)
    item = found({7: content}, WITHOUT)[6]
    assert (item.state, item.why) == ((State.PRESENT, "") if content == b"" else (State.NOT_APPLICABLE, WITHOUT.why))


@pytest.mark.req("S002-1-4")
def test_a_directive_and_a_ledger_that_do_not_exist_are_no_stop_and_the_diff_log_is_canonical() -> None:
    items = found({8: Absent(), 10: Absent()}, recorded=False)
    assert [(item.state, item.why) for item in items[7:]] == [
        (State.NOT_APPLICABLE, "there is no directive"),
        (State.PRESENT, ""),
        (State.NOT_APPLICABLE, "No audit ledger found"),
    ]
    assert judged(items).passed
    assert told(judged(found({9: Absent()}))) == [("R201", "Forge/evidence/diff_log.md", "is missing")]
    assert told(judged(found({8: Unreadable("is a symlink")}))) == [("R202", "Forge/Contracts/directive.md", "is a symlink")]


def test_a_ledger_that_is_gone_although_it_has_entries_is_missing() -> None:
    audit = judged(found({10: Absent()}))
    assert told(audit) == [("R201", "Forge/evidence/audit_ledger.md", "is missing")]
    assert stop_of_gate(audit) is StopReason.EVIDENCE_MISSING
    # Said once, however many say so.
    assert told(judged(found({10: Absent()}), ledger="the file is missing")) == told(audit)


def test_a_ledger_that_cannot_be_believed_is_no_evidence() -> None:
    audit = judged(found(), ledger="byte 17 differs")
    assert told(audit) == [("R203", "Forge/evidence/audit_ledger.md", "byte 17 differs")]
    assert stop_of_gate(audit) is StopReason.EVIDENCE_MISSING


@pytest.mark.req("S002-1-7")
def test_in_phase_0_evidence_may_be_missing_and_contracts_may_not() -> None:
    items = found({9: Absent()})
    assert (judged(items, ZERO).passed, judged(items, ONE).passed) == (True, False)
    assert not judged(found({1: Absent()}), ZERO).passed
    assert not judged(found({9: Unreadable("is a FIFO")}), ZERO).passed


@pytest.mark.req("S002-1-7")
@pytest.mark.parametrize(
    ("phase", "recorded", "exempt"),
    [
        (ZERO, True, True),
        (Phase("Phase 0 -- Genesis"), False, True),
        (ONE, False, False),
        (UNKNOWN_PHASE, True, False),
        (UNKNOWN_PHASE, False, True),
    ],
)
def test_the_exemption_ends_with_phase_0_or_the_first_entry(phase: Phase, recorded: bool, exempt: bool) -> None:
    assert is_exempt(phase, recorded=recorded) is exempt


@pytest.mark.req("S002-1-6")
def test_what_holds_new_work_shuts_the_gate_and_missing_evidence_is_told_first() -> None:
    hold = Hold("entry 3 is FAIL", ("mend it",))
    audit = judged(found(), hold=hold)
    assert (told(audit), stop_of_gate(audit, hold)) == ([("R301", None, "entry 3 is FAIL")], StopReason.CONTRACT_CONFLICT)
    used_up = Hold("Phase 1 is blocked", ("the operator looks at it",), StopReason.RISK_EXCEEDS_SCOPE)
    assert stop_of_gate(judged(found(), hold=used_up), used_up) is StopReason.RISK_EXCEEDS_SCOPE
    assert stop_of_gate(judged(found({1: Absent()}), hold=used_up), used_up) is StopReason.EVIDENCE_MISSING


@pytest.mark.req("S002-9.6-3")
def test_phase_0_notes_the_tables_without_a_phase_in_the_contracts_words() -> None:
    schema, phases = b"CREATE TABLE trades (id int);\nCREATE TABLE users (id int);\n", b"## Phase 1\nImplement UserRepo\n"
    tables = untaken_tables(ZERO, schema, phases)
    assert tables == (Table("trades", 1),)
    audit = judged(found(), ZERO, tables=tables)
    (finding,) = audit.results[3].findings
    assert finding.message == "Table `trades` is defined in schema.md but no phase creates a repository for it."
    assert (audit.passed, audit.results[3].verdict) == (True, Verdict.WARN)
    release = judged(found(), ZERO, Profile.RELEASE, tables=tables)
    assert (release.passed, stop_of_gate(release)) == (False, StopReason.AMBIGUOUS_INTENT)
    assert judged(found(), ONE, tables=tables).results[3].verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("phase", "schema", "phases"),
    [
        (ONE, b"CREATE TABLE trades (id int);\n", b"## Phase 1\nx\n"),
        (ZERO, Absent(), b"## Phase 1\nx\n"),
        (ZERO, b"CREATE TABLE trades (id int);\n", Unreadable("is a FIFO")),
        (ZERO, b"CREATE TABLE trades (id int);\n", b"no phases yet\n"),
    ],
)
def test_without_both_documents_or_in_a_later_phase_no_table_is_noted(phase: Phase, schema: Content, phases: Content) -> None:
    assert untaken_tables(phase, schema, phases) == ()


@pytest.mark.req("S002-1-8")
def test_a_contract_that_changed_came_or_went_since_it_was_read_is_noted_by_its_name() -> None:
    read = read_files(found({7: Absent(), 8: Absent()}, WITHOUT))
    assert read[0] == ReadFile(PATHS[0], digest_of_bytes(b"Forge/Contracts/blueprint.md\n"))
    contracts = contracts_in(read, FORGE)
    assert [path for path, _ in contracts] == list(PATHS[:8])
    now: dict[RepoPath, Content] = {**ALL, PATHS[6]: Absent(), PATHS[7]: Absent()}
    assert changed_note(changed_since(contracts, now.__getitem__)) == ()
    now |= {PATHS[4]: b"paths: {}\n", PATHS[6]: b"new\n", PATHS[0]: Absent(), PATHS[1]: Unreadable("is a FIFO")}
    assert changed_note(changed_since(contracts, now.__getitem__)) == (
        "contracts changed since they were read: blueprint.md, manifesto.md, physics.yaml, ui.md",
    )
