"""A journal written the way the daemon writes it, for tests of the commands that only read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.lock_record import LockRecord, boot_id, find_process, write_lock_record
from forgewatch.adapters.state_folder import create_folder
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.events import (
    Adopted,
    AuditRecorded,
    CycleOpened,
    Event,
    LedgerRestored,
    LedgerTampered,
    Recorded,
    Trigger,
    TriggerClaimed,
    TriggerDone,
)
from forgewatch.core.ledger_markdown import HEADER, render_event
from forgewatch.core.record_state import FIRST_CONTACT
from forgewatch.core.report import Report
from forgewatch.core.values import Phase
from forgewatch.core.verdict import Outcome
from tests.support.answers import PHASE, envelope, report

AT = "2026-11-20T12:00:00Z"


@dataclass
class Keeper:
    """Keeps the journal of the repository at `root` below `state`, and its Markdown beside it."""

    root: Path
    state: Path

    def __post_init__(self) -> None:
        self.folder = create_folder(self.state, self.root)
        self.journal = FileJournal(self.folder)

    def append(self, event: Event) -> Recorded:
        """Record an event and bring the Markdown up to date."""
        recorded = self.journal.append(event)
        block = render_event(recorded)
        ledger = self.root / "Forge/evidence/audit_ledger.md"
        if block:
            ledger.parent.mkdir(parents=True, exist_ok=True)
            with ledger.open("ab") as file:
                file.write(block if file.tell() else HEADER + block)
        return recorded

    def contact(self) -> Recorded:
        """Record the first contact, as every real journal begins: nothing adopted, no older ledger."""
        return self.append(Adopted(at=AT, commit=None, legacy=None, actor=FIRST_CONTACT))

    def trigger(self, cycle: int = 1) -> Trigger:
        """The trigger of the diff log and test record as they are now."""
        evidence = self.root / "Forge/evidence"
        record = evidence / "test_runs_latest.md"
        return Trigger(
            cycle=cycle,
            document=digest_of_bytes((evidence / "diff_log.md").read_bytes()),
            record=digest_of_bytes(record.read_bytes()) if record.exists() else None,
        )

    def audit(self, told: Report | None = None, outcome: Outcome | None = None, **parts: Any) -> Recorded:
        """Record an audit; by default a pass without a trigger."""
        told = report() if told is None and outcome is None else told
        values: dict[str, Any] = {
            "outcome": outcome or (told.audit.outcome if told else Outcome.ERROR),
            "phase": PHASE,
            "iteration": 1,
            "loopback": 0,
            "loopback_limit": 3,
            "stop": None,
            "trigger": None,
            "envelope": envelope(),
        }
        return self.append(AuditRecorded(report=told, **{**values, **parts}))

    def opens(self, cycle: int = 1, phase: str = "unknown") -> Recorded:
        """Record that the diff log as it is now opened a cycle of that phase."""
        return self.append(CycleOpened(at=AT, cycle=cycle, document=self.trigger().document, phase=Phase(phase)))

    def claims(self, cycle: int = 1) -> Recorded:
        """Record that an audit of what is there now is about to run."""
        return self.append(TriggerClaimed(at=AT, trigger=self.trigger(cycle)))

    def done(self, result: str, entry: int | None = None, cycle: int = 1) -> Recorded:
        """Record that what is there now needs no further audit."""
        return self.append(TriggerDone(at=AT, trigger=self.trigger(cycle), result=result, entry=entry))

    def tampered(self, detail: str = "byte 17 differs") -> Recorded:
        """Record that the ledger file was found changed."""
        return self.append(LedgerTampered(at=AT, digest=None, detail=detail))

    def restored(self) -> Recorded:
        """Record that the operator had it restored."""
        return self.append(LedgerRestored(at=AT, actor="operator"))


def advertise(root: Path, pid: int, **parts: str) -> LockRecord:
    """Write the lock record a daemon with this process id would write, varied by `parts`."""
    process = find_process(pid)
    ticks = process.start_ticks if process else "1"
    values = {"started": AT, "host": os.uname().nodename, "boot_id": boot_id(), "start_ticks": ticks, "instance": "abc", "version": "0.1.0"}
    record = LockRecord(pid=pid, **{**values, **parts})
    write_lock_record(str(root), record)
    return record
