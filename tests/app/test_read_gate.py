"""Reading the ten items: which phase it is about, and what an audit notes when a contract is not what was read."""

from __future__ import annotations

from typing import Any

import pytest

from forgewatch.app.read_gate import GateRead, read_gate
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.events import ContractsRead, ReadFile
from forgewatch.core.limits import LIMITS
from forgewatch.core.places import FORGE
from forgewatch.core.record_state import RecordState
from forgewatch.core.settings import Profile
from forgewatch.core.snapshot import LedgerCondition, LedgerFacts
from forgewatch.core.values import UNKNOWN_PHASE, RepoPath, Unreadable
from tests.support.inside import Inside
from tests.support.ports import MemoryFiles

LOG = b"# Diff Log\n\n## Cycle Status\n- Status: IN_PROCESS\n\n## Summary\n- Phase 3 -- Logged\n"
CONTRACTS = {f"Forge/Contracts/{name}": b"x\n" for name in ("blueprint.md", "manifesto.md", "stack.md", "schema.md", "physics.yaml")}
WHOLE: dict[str, bytes | Unreadable] = {**CONTRACTS, "Forge/Contracts/boundaries.json": b"{}", "Forge/evidence/diff_log.md": LOG}


def gate(files: dict[str, bytes | Unreadable], state: RecordState | None = None, **parts: Any) -> GateRead:
    values: dict[str, Any] = {"phase": None, "profile": Profile.DEV, "limits": LIMITS, **parts}
    return read_gate(MemoryFiles(files), FORGE, state or RecordState(), LedgerFacts(LedgerCondition.NEW), **values)


@pytest.mark.parametrize(
    ("more", "named", "phase", "source"),
    [
        ({}, "2", "Phase 2", "as named"),
        ({"Forge/Contracts/directive.md": b"Phase: 4\n"}, None, "Phase 4", "by the directive"),
        ({"Forge/Contracts/builder_directive.md": b"Phase: 5\n"}, None, "Phase 5", "by the directive"),
        ({"Forge/Contracts/directive.md": b"Do it.\n"}, None, "Phase 3 -- Logged", "by the diff log"),
        ({"Forge/evidence/diff_log.md": b"nothing\n"}, None, UNKNOWN_PHASE, "named by nobody"),
        ({"Forge/evidence/diff_log.md": Unreadable("is a FIFO")}, None, UNKNOWN_PHASE, "named by nobody"),
        ({"Forge/evidence/diff_log.md": LOG.replace(b"Phase 3 -- Logged", b"work")}, None, UNKNOWN_PHASE, "named by nobody"),
    ],
)
def test_the_phase_is_the_named_one_else_that_of_the_directive_else_that_of_the_diff_log(
    more: dict[str, bytes | Unreadable], named: str | None, phase: str, source: str
) -> None:
    told = gate({**WHOLE, **more}, phase=named)
    assert (told.ground.phase, told.phase_from) == (phase, source)


def test_what_is_over_the_limit_is_unreadable_and_a_ledger_that_deviates_shuts_the_gate() -> None:
    assert gate(WHOLE).audit.passed
    lost = read_gate(
        MemoryFiles(WHOLE),
        FORGE,
        RecordState(entry_count=1),
        LedgerFacts(LedgerCondition.TAMPERED, 1, "the file is missing"),
        phase=None,
        profile=Profile.DEV,
        limits=LIMITS,
    )
    assert (lost.audit.passed, lost.ground.ledger, lost.ground.exempt) == (False, "the file is missing", False)


@pytest.mark.req("S002-1-8")
def test_what_changed_since_it_was_read_is_told_and_the_diff_log_is_no_contract() -> None:
    files = tuple(ReadFile(RepoPath(path), digest_of_bytes(bytes(raw))) for path, raw in WHOLE.items() if isinstance(raw, bytes))
    state = RecordState(read=ContractsRead(at="t", phase=UNKNOWN_PHASE, actor="o", files=files))
    assert gate(WHOLE, state).changed == ()
    moved = {**WHOLE, "Forge/Contracts/stack.md": b"y\n", "Forge/evidence/diff_log.md": b"other\n"}
    assert gate(moved, state).changed == ("Forge/Contracts/stack.md",)


@pytest.mark.req("S002-1-8")
def test_an_audit_notes_a_contract_that_is_not_what_was_read_and_judges_as_before(inside: Inside) -> None:
    inside.builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    physics, ui = FORGE.physics, RepoPath("Forge/Contracts/ui.md")
    as_it_is = digest_of_bytes((inside.builder.root / physics).read_bytes())
    plain = inside.report()
    same = inside.report(contracts_read=((physics, as_it_is), (ui, None)))
    other = inside.report(contracts_read=((physics, digest_of_bytes(b"another")), (ui, digest_of_bytes(b"it was there"))))
    assert (plain.notes, plain.identity) == (same.notes, same.identity)
    assert [note for note in other.notes if note not in plain.notes] == ["contracts changed since they were read: physics.yaml, ui.md"]
    assert (other.identity, other.verdict_digest) == (plain.identity, plain.verdict_digest)


def test_a_contract_that_is_the_template_is_noted_and_shuts_nothing() -> None:
    told = gate({**WHOLE, "Forge/Contracts/manifesto.md": b"## Principles\n\n- One line per principle, in plain words.\n"})
    (note,) = told.ground.unfilled
    assert (note.code, note.path, note.line) == ("R103", "Forge/Contracts/manifesto.md", 3)
    assert told.audit.passed
    assert gate({**WHOLE, "Forge/Contracts/manifesto.md": b"x\n"}, profile=Profile.STRICT).ground.unfilled == ()
