"""Approvals of more tasks than directories are watched: every one is answered, and what is not looked at is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from forgewatch.app.watch_set import WATCHED_TASKS as WATCHED
from forgewatch.core.approval import TASK_LIMIT
from forgewatch.core.events import ApprovalJudged
from forgewatch.core.requests import Request
from tests.support.builder import Builder
from tests.support.daemon_rig import Rig
from tests.support.installed import until

pytestmark = pytest.mark.req("S005-2")


@pytest.fixture
def rig(builder: Builder, tmp_path: Path) -> Iterator[Rig]:
    """A daemon on the builder's repository, in this process."""
    builder.record().starts()
    made = Rig(state=tmp_path / "state", roots=[builder.root])
    yield made
    made.stop()


def judged(rig: Rig) -> list[ApprovalJudged]:
    return [event for event in rig.events() if isinstance(event, ApprovalJudged)]


def test_an_approval_beyond_the_folders_that_are_watched_is_answered_by_the_sweep(rig: Rig, builder: Builder) -> None:
    tasks = [f"t{number:03}" for number in range(WATCHED + 44)]
    for task in tasks[:WATCHED]:
        (builder.root / ".ai-stack-trace" / task).mkdir(parents=True)
    for task in tasks[WATCHED:]:
        builder.write(f".ai-stack-trace/{task}/contract/APPROVED", f"APPROVED:{task}:{builder.head}\n")
    rig.start()
    assert until(lambda: rig.log.count("approval.accepted") == 44)
    # One that comes later lies in no watched directory.
    builder.write(f".ai-stack-trace/{tasks[-1]}/contract/APPROVED", "APPROVED::\n")

    def swept() -> bool:
        rig.ask(Request.SWEEP)
        return rig.log.count("approval.refused") == 1

    assert until(swept)
    assert sorted(event.subject for event in judged(rig) if event.accepted) == tasks[WATCHED:]
    assert [(event.path, event.field) for event in judged(rig) if not event.accepted] == [
        (f".ai-stack-trace/{tasks[-1]}/contract/APPROVED", "form")
    ]


def test_more_task_folders_than_are_looked_at_are_refused_once_in_the_record_and_the_log(rig: Rig, builder: Builder) -> None:
    trace = builder.root / ".ai-stack-trace"
    trace.mkdir()
    for number in range(TASK_LIMIT):
        (trace / f"t{number:06}").mkdir()
    rig.start()
    builder.write(".ai-stack-trace/t000000/contract/APPROVED", f"APPROVED:t000000:{builder.head}\n")
    assert until(lambda: rig.log.count("approval.accepted") == 1)
    assert [event.path for event in judged(rig)] == [".ai-stack-trace/t000000/contract/APPROVED"]
    (trace / "zz").mkdir()
    assert until(lambda: rig.log.count("approval.refused") == 1)
    told = judged(rig)[-1]
    assert (told.path, told.field, told.expected) == (".ai-stack-trace", "task folders", "at most 20000")
    assert told.actual == "more; those that come later by name are not looked at"
    # The others are answered as before, and the flood is told once.
    builder.write(".ai-stack-trace/t000001/contract/APPROVED", f"APPROVED:t000001:{builder.head}\n")
    assert until(lambda: rig.log.count("approval.accepted") == 2)
    assert rig.log.count("approval.refused") == 1
    assert "Field: task folders" in (builder.root / "Forge/evidence/audit_ledger.md").read_text()
