"""`gate read`: the ten items of the contract read gate, the summary of the ledger, and whether new work may begin (contract §1, §10.1)."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.state_folder import find_folder
from forgewatch.adapters.vault import FolderVault
from forgewatch.app.read_gate import GateRead, acknowledge, read_gate
from forgewatch.cli import operator, screen
from forgewatch.cli.gate_text import OPEN, SHUT, headline, notes_of, results_json, stop_lines
from forgewatch.cli.ledger_entries import adopted_text, entries_of, entry_json, older_json
from forgewatch.cli.ledger_summary import NONE_YET, Summary, summary_lines, summary_of
from forgewatch.core.events import ContractsRead, Recorded
from forgewatch.core.ledger_reader import OlderEntries, ReadEntry, older_entries
from forgewatch.core.read_gate import NO_LEDGER, Item, State, stop_of_gate
from forgewatch.core.record_state import RecordState
from forgewatch.core.text import escape, recordable
from forgewatch.core.verdict import Verdict
from forgewatch.wiring.commands import look_at, open_governed
from forgewatch.wiring.journals import open_to_read

SCHEMA = "forgewatch/gate-read/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What is shown: the gate, the ledger's summary, the newest word that it was read, and the word of now."""

    root: Path
    gate: GateRead
    summary: Summary
    older: OlderEntries | None
    before: ContractsRead | None
    now: Recorded | None = None


def run(root: Path, args: Namespace) -> int:
    """Show the gate, and with `--ack` record that it was read when nothing of it is missing. Returns 0 when it is open, else 1."""
    told = _look(root, args)
    readable = all(result.verdict is Verdict.PASS for result in told.gate.audit.results[:2])
    if args.ack and readable:
        governed = open_governed(root, args.config)
        now = acknowledge(governed, told.gate, SystemClock(), operator.actor(args))
        screen.unsealed(governed.unsealed())
        told = replace(told, now=now)
    kept = screen.KEPT if told.now else ""
    if args.json:
        screen.show_json(_document(told), kept)
    else:
        screen.show("\n".join(_lines(told, asked=args.ack)), kept)
    return OPEN if told.gate.audit.passed else SHUT


def _look(root: Path, args: Namespace) -> _Told:
    governed, settings, state, ledger = look_at(root, args.config)
    gate = read_gate(governed.files, governed.places, state, ledger, phase=args.phase, profile=settings.profile, limits=settings.limits)
    summary, older = _summary(root, state, gate)
    return _Told(root=root, gate=gate, summary=summary, older=older, before=state.read)


def _summary(root: Path, state: RecordState, gate: GateRead) -> tuple[Summary, OlderEntries | None]:
    """Return the summary of the entries, and what text tells that nobody vouches for: that of before the record, or all without one."""
    text = gate.contents[gate.ground.items[-1].path]
    there = older_entries(text) if isinstance(text, bytes) else None
    folder = find_folder(root, os.environ) if state.size else None
    if folder is None:
        return summary_of(()), there
    events = list(open_to_read(folder).read())
    summary, digest = summary_of(entries_of(events)), adopted_text(events)
    if digest and os.stat(folder).st_uid == os.geteuid():
        return summary, older_entries(FolderVault(folder).fetch(digest))
    # What another user keeps of it is closed to us; without entries of the record, the file tells the same.
    return summary, there if summary.last is None else None


def _lines(told: _Told, *, asked: bool) -> Iterator[str]:
    gate, ground = told.gate, told.gate.ground
    yield headline("read", str(told.root), gate.audit)
    exempt = "; evidence of work may be missing, none was done yet" if ground.exempt else ""
    yield f"phase: {escape(ground.phase)} ({gate.phase_from}){exempt}"
    yield from map(_item, ground.items)
    yield f"ui.md is {'' if ground.frontend.needed else 'not '}needed: {escape(ground.frontend.why)}"
    yield from _ledger(told)
    yield from _reading(told, asked=asked)
    yield from (f"note: {finding.path} {escape(finding.message)}" for finding in notes_of(gate.audit))
    yield from (f"note: {escape(finding.message)}" for finding in gate.audit.results[3].findings)
    if ground.hold is not None:
        yield f"{screen.paint('FAIL', 'no new work')}: {escape(ground.hold.why)}"
        yield from (f"  {'or' if number else 'way out'}: {escape(way)}" for number, way in enumerate(ground.hold.ways))
    yield from stop_lines(gate.audit, stop_of_gate(gate.audit, ground.hold))


def _item(item: Item) -> str:
    found = item.digest if item.state is State.PRESENT else escape(item.why)
    return f"{item.number:>3}  {item.state:<10}  {item.path:<32}  {found}"


def _ledger(told: _Told) -> Iterator[str]:
    if told.summary.last is not None:
        yield from summary_lines(told.summary, told.older)
    elif told.older is not None:
        yield from _unvouched(told.older)
    else:
        yield NONE_YET if told.gate.directive.aem else NO_LEDGER


def _unvouched(older: OlderEntries) -> Iterator[str]:
    yield f"the ledger is text that nothing vouches for: {older.count} audit {'entry' if older.count == 1 else 'entries'}"
    yield f"last signed off:  {_named(older.signed) if older.signed else 'nothing yet'}"
    yield f"last outcome:     {_named(older.last) if older.last else 'none yet'}"
    yield from (f"still failing:    {_named(entry)}" for entry in older.failing)


def _named(entry: ReadEntry) -> str:
    return escape(f"{entry.phase}, {entry.outcome or 'no outcome'} (line {entry.line})")


def _reading(told: _Told, *, asked: bool) -> Iterator[str]:
    before = told.before
    if before is not None:
        names = ", ".join(path.rpartition("/")[2] for path in told.gate.changed)
        since = f"; changed since: {names}" if names else "; nothing changed since"
        yield f"last read: {escape(before.at)} by {escape(before.actor)} for {escape(before.phase)}{since}"
    if told.now is not None:
        yield f"recorded that it was read; entry {told.now.seq} {told.now.leaf}"
    elif asked:
        yield "not recorded as read: what is missing cannot have been read"


def _document(told: _Told) -> dict[str, object]:
    gate, ground = told.gate, told.gate.ground
    stop = stop_of_gate(gate.audit, ground.hold)
    return {
        "schema": SCHEMA,
        "repository": str(told.root),
        "passed": gate.audit.passed,
        "stop": stop.value if stop else None,
        "phase": recordable(ground.phase),
        "phase_from": gate.phase_from,
        "exempt": ground.exempt,
        "items": [
            {"number": item.number, "path": item.path, "state": item.state.value, "why": recordable(item.why), "digest": item.digest}
            for item in ground.items
        ],
        "frontend": {"needed": ground.frontend.needed, "why": recordable(ground.frontend.why)},
        "ledger": _ledger_json(told),
        "hold": {"why": recordable(ground.hold.why), "ways": list(ground.hold.ways)} if ground.hold else None,
        "tables": [recordable(table.name) for table in ground.tables],
        "results": results_json(gate.audit),
        "read": {"at": told.before.at, "actor": told.before.actor, "changed": list(gate.changed)} if told.before else None,
        "entry": {"seq": told.now.seq, "leaf": told.now.leaf} if told.now else None,
    }


def _ledger_json(told: _Told) -> dict[str, object]:
    summary = told.summary
    nothing = summary.last is None and told.older is None
    return {
        "note": (NONE_YET if told.gate.directive.aem else NO_LEDGER) if nothing else None,
        "older": older_json(told.older),
        "signed_off": entry_json(summary.signed) if summary.signed else None,
        "last": entry_json(summary.last) if summary.last else None,
        "failing": [{"entry": entry_json(entry), "failed": list(codes)} for entry, codes in summary.failing],
    }
