"""The objects behind `test`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.config import load_settings
from forgewatch.adapters.evidence import RepositoryEvidence
from forgewatch.adapters.refs import read_head
from forgewatch.adapters.test_lock import one_at_a_time
from forgewatch.adapters.tool_places import RepositoryTools
from forgewatch.adapters.worker_process import WorkerProcesses
from forgewatch.app.auditing import Governed
from forgewatch.app.desk import Desk
from forgewatch.app.testing import Audience, TestRunner
from forgewatch.core.settings import RepositorySettings, Settings
from forgewatch.wiring.bench import open_benches
from forgewatch.wiring.commands import listed, owned, scratch
from forgewatch.wiring.repository import foreign_record, govern_foreign, govern_record


@dataclass(frozen=True, slots=True)
class OpenedTests:
    """What runs the tests, and what says why the newest entry has no checkpoint yet."""

    runner: TestRunner
    unsealed: Callable[[], str]


@contextlib.contextmanager
def open_tests(root: Path, config: str | None, audience: Audience, environ: Mapping[str, str] = os.environ) -> Iterator[OpenedTests]:
    """Open what a run of the tests needs. Where the record is another user's the files are written and the journal is not.

    Raises EnvironmentFault, also while another run of the tests is at work in this repository.
    """
    settings = load_settings(config, environ)
    repository = listed(root, settings)
    auditor = WorkerProcesses()
    with contextlib.ExitStack() as opened:
        opened.callback(auditor.close)
        governed, not_ours = opened.enter_context(_governed(repository, settings, environ))
        opened.enter_context(one_at_a_time(Path(governed.folder)))
        desk = Desk(governed=governed, settings=settings, auditor=auditor, clock=SystemClock())
        runner = TestRunner(
            desk=desk,
            benches=open_benches(governed, settings, auditor, environ, config),
            places=RepositoryTools(Path(governed.root), settings.tests.visible),
            evidence=RepositoryEvidence(Path(governed.root)),
            audience=audience,
            not_ours=not_ours,
        )
        yield OpenedTests(runner, governed.unsealed)


@contextlib.contextmanager
def _governed(repository: RepositorySettings, settings: Settings, environ: Mapping[str, str]) -> Iterator[tuple[Governed, str]]:
    foreign = foreign_record(repository, environ)
    if foreign is None:
        governed = govern_record(repository, settings, environ)
        governed.record.first_contact(read_head(governed.root))
        yield governed, ""
        return
    with scratch() as folder:
        yield govern_foreign(repository, settings, environ, foreign, folder), owned(foreign)
