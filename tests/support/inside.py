"""One audit done in this process, over a real repository: what the worker does, with its parts within reach of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from forgewatch.adapters.fact_cache import SqliteFacts
from forgewatch.adapters.input_store import FolderInputs
from forgewatch.adapters.repository import close_repositories, open_repository
from forgewatch.app.capture import Sources, capture
from forgewatch.app.extraction import Memory
from forgewatch.app.papers import read_papers
from forgewatch.app.worker import Engine, answer
from forgewatch.core.places import Layout, places_of
from forgewatch.core.report import AuditAnswer, AuditRequest, Report
from forgewatch.core.settings import Profile, Settings
from forgewatch.core.snapshot import LedgerCondition, LedgerFacts, RecordHistory, Snapshot
from forgewatch.core.values import CommitId
from forgewatch.wiring.checks import CHECKS
from forgewatch.wiring.languages import LazyGrammars
from tests.support.builder import Builder
from tests.support.reading import GIT


@dataclass
class Inside:
    """`anchor` is the commit that was HEAD when the audits began."""

    builder: Builder
    state: Path
    anchor: CommitId
    memory: Memory = field(default_factory=Memory)
    cached: SqliteFacts | None = None

    def request(self, **parts: Any) -> AuditRequest:
        """Return what the daemon would ask."""
        values: dict[str, Any] = {
            "root": str(self.builder.root),
            "state": str(self.state),
            "git": GIT,
            "layout": Layout.FORGE,
            "settings": Settings(),
            "profile": Profile.DEV,
            "adopted": True,
            "anchor": self.anchor,
            "authorized": (self.anchor,),
            "ledger": LedgerFacts(LedgerCondition.NEW),
            "record_history": RecordHistory(),
            "cycle": 1,
        }
        return AuditRequest(**{**values, **parts})

    @property
    def cache(self) -> SqliteFacts:
        """The cache of facts in the state folder."""
        if self.cached is None:
            self.cached = SqliteFacts(self.state / "cache")
        return self.cached

    def sources(self, request: AuditRequest) -> Sources:
        """Open what the worker opens."""
        tree, store = open_repository(request.root, request.state, request.git, places_of(request.layout), request.settings.limits)
        inputs, grammars = FolderInputs(self.state), LazyGrammars()
        return Sources(tree=tree, store=store, cache=self.cache, memory=self.memory, grammars=grammars, trees=store, inputs=inputs)

    def engine(self, **swapped: Any) -> Engine:
        """Return the worker's engine, with some of the sources swapped: `tree=wrap` takes the real tree and returns another."""

        def opened(request: AuditRequest) -> Sources:
            real = self.sources(request)
            return replace(real, **{name: wrap(getattr(real, name)) for name, wrap in swapped.items()})

        return Engine(checks=CHECKS, open_sources=opened)

    def answer(self, engine: Engine | None = None, **parts: Any) -> AuditAnswer:
        """Do one audit and keep its facts."""
        told = answer(self.request(**parts), engine or self.engine())
        self.cache.save()
        return told

    def report(self, engine: Engine | None = None, **parts: Any) -> Report:
        """Do one audit that gives a report."""
        told = self.answer(engine, **parts)
        assert isinstance(told, Report), told
        return told

    def snapshot(self, **parts: Any) -> Snapshot:
        """Take the snapshot of one audit."""
        request = self.request(**parts)
        sources = self.sources(request)
        return capture(request, read_papers(request, sources.tree, places_of(request.layout)), sources)

    def forget(self) -> None:
        """Let the worker end: nothing stays in memory, the state folder stays."""
        close_repositories()
        if self.cached is not None:
            self.cached.close()
        self.memory, self.cached = Memory(), None


@contextmanager
def inside_of(folder: Path, builder: Builder | None = None) -> Iterator[Inside]:
    """Yield audits of a small governed repository below `folder`, and close everything after."""
    made = builder or Builder.with_repository(folder / "repository")
    for name in ("cache", "replay"):
        (folder / "state" / name).mkdir(parents=True, mode=0o700)
    rig = Inside(made, folder / "state", CommitId(made.head))
    try:
        yield rig
    finally:
        rig.forget()


def codes_of(report: Report) -> set[str]:
    """Return all finding codes of a report."""
    return {finding.code for result in report.audit.results for finding in result.findings}


def faults_of(report: Report) -> dict[str, str]:
    """Return the checks that did not pass and how, for the message of a failing test."""
    return {result.code: f"{result.verdict} {result.answer}" for result in report.audit.results if result.blocks}
