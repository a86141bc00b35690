"""Reading the ten items of the read gate, and recording that somebody read them (contract §1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forgewatch.app.auditing import Governed
from forgewatch.app.engine import pass_gate
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.directive import Directive, parse_directive
from forgewatch.core.events import ContractsRead, Recorded
from forgewatch.core.frontend_switch import frontend_of
from forgewatch.core.ledger_reader import LEDGER_BYTES
from forgewatch.core.limits import Limits
from forgewatch.core.new_work import hold_on
from forgewatch.core.phase_words import parse_phase
from forgewatch.core.places import FORGE_JSON, Places
from forgewatch.core.ports import Clock, TreeFiles
from forgewatch.core.read_gate import (
    GATE,
    ReadGround,
    changed_since,
    contracts_in,
    gate_paths,
    is_exempt,
    items_of,
    read_files,
    untaken_tables,
)
from forgewatch.core.readings import log_of
from forgewatch.core.record_state import RecordState
from forgewatch.core.settings import Profile
from forgewatch.core.snapshot import LedgerCondition, LedgerFacts
from forgewatch.core.unfilled import unfilled
from forgewatch.core.values import UNKNOWN_PHASE, Absent, Content, Phase, RepoPath
from forgewatch.core.verdict import Audit

_LOG_FACTOR = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRead:
    """The gate as it was found: its ground, the results, the directive. `phase_from` says who names the phase; `changed` are the contracts
    that are not what was read last, none without a word that they were read; `contents` are the bytes of the ten."""

    ground: ReadGround
    audit: Audit
    directive: Directive
    phase_from: str
    changed: tuple[RepoPath, ...]
    contents: Mapping[RepoPath, Content]


def read_gate(
    files: TreeFiles, places: Places, state: RecordState, ledger: LedgerFacts, *, phase: str | None, profile: Profile, limits: Limits
) -> GateRead:
    """Read the ten items and judge the gate by `state`, which may be empty. `phase` None: the one that the directive names, else that
    of the diff log. Bad builder input is in the values."""
    paths = gate_paths(places, lambda path: not isinstance(files.read(path, limits.document_bytes), Absent))
    contents = {path: files.read(path, _limit(path, places, limits)) for path in paths}
    directive = parse_directive(contents[paths[7]])
    named, source = _phase(phase, directive, contents[places.diff_log])
    recorded = state.entry_count > 0
    frontend = frontend_of(contents[paths[2]], files.read(FORGE_JSON, limits.contract_bytes))
    ground = ReadGround(
        items=items_of(paths, contents, frontend, recorded=recorded),
        frontend=frontend,
        phase=named,
        exempt=is_exempt(named, recorded=recorded),
        hold=hold_on(state, named),
        ledger=ledger.detail if ledger.condition is LedgerCondition.TAMPERED else "",
        tables=untaken_tables(named, contents[places.schema], files.read(places.phases, limits.contract_bytes)),
        unfilled=tuple(unfilled(contents.items())),
    )
    read = contracts_in(state.read.files, places) if state.read else ()
    return GateRead(
        ground=ground,
        audit=pass_gate(GATE, ground, profile),
        directive=directive,
        phase_from=source,
        changed=changed_since(read, lambda path: contents[path] if path in contents else files.read(path, limits.document_bytes)),
        contents=contents,
    )


def acknowledge(governed: Governed, gate: GateRead, clock: Clock, actor: str) -> Recorded:
    """Record that the ten items were read as they are. Raises LedgerUnwritable, TamperDetected."""
    files = read_files(gate.ground.items)
    return governed.record.tell(ContractsRead(at=clock.now(), phase=gate.ground.phase, actor=actor, files=files))


def _limit(path: RepoPath, places: Places, limits: Limits) -> int:
    return {places.diff_log: _LOG_FACTOR * limits.document_bytes, places.ledger: LEDGER_BYTES}.get(path, limits.document_bytes)


def _phase(named: str | None, directive: Directive, diff_log: Content) -> tuple[Phase, str]:
    if named is not None:
        return parse_phase(named), "as named"
    if directive.phase is not None:
        return directive.phase, "by the directive"
    log = log_of(parse_difflog(diff_log))
    return (log.phase, "by the diff log") if log and log.phase != UNKNOWN_PHASE else (UNKNOWN_PHASE, "named by nobody")
