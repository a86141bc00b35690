"""The objects behind `difflog start` and `difflog finish`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.config import load_settings
from forgewatch.adapters.evidence import RepositoryEvidence
from forgewatch.adapters.refs import read_head
from forgewatch.adapters.worker_process import WorkerProcesses
from forgewatch.app import difflog_cycle
from forgewatch.app.desk import Desk
from forgewatch.app.difflog_cycle import Seen, Written
from forgewatch.core.difflog_plan import Ending, Plan
from forgewatch.core.difflog_steps import Refusal
from forgewatch.core.ports import EvidenceFiles
from forgewatch.core.values import Phase
from forgewatch.wiring.commands import listed, scratch
from forgewatch.wiring.repository import foreign_record, govern_foreign, govern_record


@dataclass(frozen=True, slots=True)
class Scribe:
    """What writes the diff log of one repository. `recordable` False: the record is another user's, and is only read."""

    desk: Desk
    evidence: EvidenceFiles
    recordable: bool

    def see(self, *, hunks: bool = False) -> Seen:
        """Look at log, record and repository. Raises EnvironmentFault."""
        return difflog_cycle.see(self.desk, recordable=self.recordable, hunks=hunks)

    def is_dirty(self, seen: Seen) -> bool:
        """True when what git says of the tree is to be shown first."""
        return difflog_cycle.is_dirty(self.desk, seen)

    def needs_word(self, seen: Seen, phase: Phase) -> bool:
        """True when a person has to say OVERWRITE first."""
        return difflog_cycle.needs_word(self.desk, seen, phase)

    def start(self, seen: Seen, plan: Plan) -> Written | Refusal:
        """Write the log of a cycle that begins. Raises EnvironmentFault."""
        return difflog_cycle.start(self.desk, self.evidence, seen, plan)

    def finish(self, seen: Seen, ending: Ending) -> Written | Refusal:
        """Write the log of a cycle that is over. Raises EnvironmentFault."""
        return difflog_cycle.finish(self.desk, self.evidence, seen, ending)


@contextlib.contextmanager
def open_scribe(root: Path, config: str | None) -> Iterator[Scribe]:
    """Open what the helper needs. A builder whose record another user keeps writes its log all the same, and nothing else."""
    settings = load_settings(config, os.environ)
    repository = listed(root, settings)
    foreign = foreign_record(repository, os.environ)
    with contextlib.ExitStack() as opened:
        auditor = WorkerProcesses()
        opened.callback(auditor.close)
        if foreign is not None:
            governed = govern_foreign(repository, settings, os.environ, foreign, opened.enter_context(scratch()))
        else:
            governed = govern_record(repository, settings, os.environ)
            governed.record.first_contact(read_head(governed.root))
        desk = Desk(governed=governed, settings=settings, auditor=auditor, clock=SystemClock())
        yield Scribe(desk, RepositoryEvidence(Path(governed.root)), foreign is None)
