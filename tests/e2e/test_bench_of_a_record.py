"""A bench over a repository with a record: the tree that is tested is the tree that is audited."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.state_folder import folder_of
from forgewatch.adapters.worker_process import WorkerProcesses
from forgewatch.core.bench import Bench, Benches, Part, Step
from forgewatch.core.events import AuditRecorded
from forgewatch.core.report import Failed
from forgewatch.core.settings import BenchSettings, Sandbox, Settings
from forgewatch.core.values import RepoPath
from forgewatch.wiring.bench import open_benches
from forgewatch.wiring.commands import open_governed
from tests.support.benches import LEVELS, Ear, require_sandbox
from tests.support.builder import Builder
from tests.support.installed import Installed


@pytest.fixture(params=LEVELS)
def benches(request: pytest.FixtureRequest, builder: Builder, installed: Installed) -> Iterator[Benches]:
    """Benches as the command opens them, at both levels."""
    if request.param is Sandbox.BUBBLEWRAP:
        require_sandbox()
    settings = Settings(tests=BenchSettings(sandbox=request.param))
    workers = WorkerProcesses()
    yield open_benches(open_governed(builder.root, None, installed.environment), settings, workers, installed.environment)
    workers.close()


def cat(bench: Bench, *paths: str) -> bytes:
    run = bench.run(Step(part=Part.BEHAVIOR, name="cat", argv=("cat", *paths)), Ear())
    assert (run.exit, run.why) == (0, ""), run
    return run.tail


def test_what_is_tested_is_what_is_audited(builder: Builder, installed: Installed, benches: Benches) -> None:
    builder.write("app/a.py", "x = 2\r\n").write("app/new.py", "y = 1\n").record().claims("app/a.py", "app/new.py").completes()
    status, _ = installed.audit()
    state = folder_of(installed.top / "state", builder.root)
    (audit,) = (recorded.event for recorded in FileJournal(state).read() if isinstance(recorded.event, AuditRecorded))
    assert audit.report is not None
    with benches.open(offline=False) as bench:
        assert not isinstance(bench, Failed), bench
        assert bench.copied.tree == audit.report.tree
        assert (bench.copied.head, bench.copied.branch) == (builder.head, "main")
        assert bench.copied.status[:2] == ("## main", " M app/a.py")
        # What the builder does now, no step sees.
        builder.write("app/a.py", "x = 3\n")
        assert bench.files.read(RepoPath("app/a.py"), 100) == b"x = 2\r\n"
        assert cat(bench, "app/a.py", "app/new.py") == b"x = 2\r\ny = 1\n"
    assert os.listdir(state / "bench") == []
    assert status in (0, 1)


def test_a_tree_that_cannot_be_copied_is_told_and_leaves_nothing(builder: Builder, installed: Installed, benches: Benches) -> None:
    os.mkfifo(builder.root / "app/pipe")
    with benches.open(offline=False) as told:
        assert isinstance(told, Failed)
        assert told.why.startswith("app/pipe is a FIFO")
    assert os.listdir(folder_of(installed.top / "state", builder.root) / "bench") == []
    Path(builder.root, "app/pipe").unlink()
