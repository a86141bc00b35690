"""The state of a record in a form that a restart can take up, instead of folding ten thousand events again (ledger.md, Targets).

A memory is only ever a short cut: it names the journal's beginning and the ledger's beginning by digest, and is used when both are
still what it says. Losing it costs time and nothing else. Who controls it is who controls the journal: it stands in the same folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forgewatch.core.authority_state import AuthorityState
from forgewatch.core.events import ContractsRead, LedgerTampered, Trigger
from forgewatch.core.ledger_projection import Projection
from forgewatch.core.record_fold import remember_entries
from forgewatch.core.record_state import ApprovalGiven, ApprovalSeen, EntrySummary, RecordState
from forgewatch.core.snapshot import Attestation
from forgewatch.core.values import CommitId, Digest, RepoPath

FORM = 10
"""Rises whenever `fold`, the projection or this form changes, so that no memory outlives the rules it was made by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMemory:
    """A `RecordState` and a `Projection` after the first `size` lines of a journal, whose digest is `journal`."""

    form: int
    engine: str
    size: int
    journal: Digest
    ledger_size: int
    ledger: str
    ledger_ended: bool
    leaf: Digest | None
    adopted: bool
    anchor: CommitId | None
    authorized: tuple[CommitId, ...]
    legacy: Digest | None
    legacy_accepted: bool
    claims: tuple[Digest, ...]
    cycle: int
    cycle_document: Digest | None
    plan: tuple[RepoPath, ...]
    pending: tuple[Trigger, ...]
    settled: tuple[Trigger, ...]
    done: tuple[Trigger, ...]
    refused: tuple[Trigger, ...]
    last_trigger: Trigger | None
    entries: tuple[EntrySummary, ...]
    run: tuple[str, int] | None
    streaks: Mapping[str, int]
    tampered: LedgerTampered | None
    approvals: Mapping[str, ApprovalSeen]
    limit: int
    authority: AuthorityState
    given: Mapping[str, ApprovalGiven]
    read: ContractsRead | None
    attested: tuple[Attestation, ...] = ()
    authorized_tests: int | None = None
    failing: tuple[Digest, ...] = ()
    closed_log: Digest | None = None
    opened_at: int = 0


def memory_of(state: RecordState, projection: Projection, journal: Digest, engine: str) -> RecordMemory:
    """Return the memory of a state; `journal` digests the lines it was folded from."""
    return RecordMemory(
        form=FORM,
        engine=engine,
        size=state.size,
        journal=journal,
        ledger_size=projection.size,
        ledger=projection.digest,
        ledger_ended=projection.ended,
        leaf=state.leaf,
        adopted=state.adopted,
        anchor=state.anchor,
        authorized=state.authorized,
        legacy=state.legacy,
        legacy_accepted=state.legacy_accepted,
        claims=state.claims,
        cycle=state.cycle,
        cycle_document=state.cycle_document,
        plan=state.plan,
        pending=state.pending,
        settled=_sorted(state.settled),
        done=_sorted(state.done),
        refused=state.refused,
        last_trigger=state.last_trigger,
        entries=tuple(entry for entry in map(state.entries.get, state.entries) if entry is not None),
        run=state.run,
        streaks={name: state.streaks.get(name) or 0 for name in state.streaks},
        tampered=state.tampered,
        approvals={path: seen for path in state.approvals if (seen := state.approvals.get(path)) is not None},
        limit=state.limit,
        authority=state.authority,
        given={task: one for task in state.given if (one := state.given.get(task)) is not None},
        read=state.read,
        attested=state.attested,
        authorized_tests=state.authorized_tests,
        failing=state.failing,
        closed_log=state.closed_log,
        opened_at=state.opened_at,
    )


def state_of(memory: RecordMemory) -> RecordState:
    """Return the state that `memory_of` was given."""
    bare = RecordState(
        size=memory.size,
        leaf=memory.leaf,
        adopted=memory.adopted,
        anchor=memory.anchor,
        authorized=memory.authorized,
        legacy=memory.legacy,
        legacy_accepted=memory.legacy_accepted,
        claims=memory.claims,
        cycle=memory.cycle,
        cycle_document=memory.cycle_document,
        plan=memory.plan,
        pending=memory.pending,
        settled=frozenset(memory.settled),
        done=frozenset(memory.done),
        refused=memory.refused,
        last_trigger=memory.last_trigger,
        run=memory.run,
        streaks=RecordState().streaks.join(dict(memory.streaks)),
        tampered=memory.tampered,
        approvals=RecordState().approvals.join({RepoPath(path): seen for path, seen in memory.approvals.items()}),
        limit=memory.limit,
        authority=memory.authority,
        given=RecordState().given.join(dict(memory.given)),
        read=memory.read,
        attested=memory.attested,
        authorized_tests=memory.authorized_tests,
        failing=memory.failing,
        closed_log=memory.closed_log,
        opened_at=memory.opened_at,
    )
    return remember_entries(bare, memory.entries)


def projection_of(memory: RecordMemory, ledger: bytes) -> Projection | None:
    """Return the projection, None when `ledger` does not begin with it: only its bytes can carry the digest on."""
    running = hashlib.sha256(memoryview(ledger)[: memory.ledger_size])
    if len(ledger) < memory.ledger_size or running.hexdigest() != memory.ledger:
        return None
    return Projection(memory.ledger_size, memory.ledger_ended, running)


def _sorted(triggers: Iterable[Trigger]) -> tuple[Trigger, ...]:
    return tuple(sorted(triggers, key=lambda one: (one.cycle, one.document, one.record or "")))
