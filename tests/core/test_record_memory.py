"""The memory of a state gives the state back."""

from __future__ import annotations

from forgewatch.core.events import CycleOpened, LedgerTampered, TriggerClaimed
from forgewatch.core.ledger_projection import Projection
from forgewatch.core.record_memory import memory_of, projection_of, state_of
from forgewatch.core.record_state import RecordState
from forgewatch.core.values import RepoPath
from tests.core.test_record_state import AT, Story, judged
from tests.support.answers import digest, failing, report, trigger, unjudged

TEXT = Projection().grown(b"text")


def test_an_empty_state_comes_back_empty() -> None:
    assert state_of(memory_of(RecordState(), Projection(), digest("journal"), "0")) == RecordState()


def test_a_state_comes_back_with_everything_it_knew() -> None:
    story = Story().event(CycleOpened(at=AT, cycle=1, document=digest("log"), planned=(RepoPath("app/a.py"),)))
    story.audit(failing("1"), trigger=trigger("a"))
    story.audit(unjudged("2"), trigger=trigger("b"))
    story.audit(report("3"))
    story.event(TriggerClaimed(at=AT, trigger=trigger("c"))).event(LedgerTampered(at=AT, digest=None, detail="gone")).event(judged())
    memory = memory_of(story.state, TEXT, digest("journal"), "0")
    back = state_of(memory)
    assert memory_of(back, TEXT, digest("journal"), "0") == memory
    assert back.pending == (trigger("c"),) and back.tampered is not None and back.has_answered(judged())
    assert [back.entry_of(digest(f"identity {name}")) for name in "123"] == [None, None, 3]
    assert back.record_trees == story.state.record_trees
    assert back.last_entry == story.state.last_entry


def test_a_projection_comes_back_from_the_ledgers_own_bytes_only() -> None:
    memory = memory_of(RecordState(), TEXT, digest("journal"), "0")
    back = projection_of(memory, b"text and more")
    assert back == TEXT and back.grown(b"!").digest == TEXT.grown(b"!").digest
    assert projection_of(memory, b"tex") is None
    assert projection_of(memory, b"test and more") is None
