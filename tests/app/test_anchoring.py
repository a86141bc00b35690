"""When checkpoints are kept at the anchor, and what becomes of a push that somebody else was faster than."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from forgewatch.app.anchoring import LONGEST_PAUSE, PAUSE, Anchorer, publish
from forgewatch.core.anchor import Anchored, AnchorFault
from forgewatch.core.errors import AnchorUnreachable, PushFailed, TamperDetected
from forgewatch.core.ports import Stamp
from forgewatch.core.values import CommitId
from tests.support.signed import ORIGIN, Lines, journal_of, opened, trust


@dataclass
class Branch:
    """An anchor in memory. `meanwhile` happens before each push: what others do."""

    kept: bytes | None = None
    commits: int = 0
    pushes: int = 0
    refuses: bool = False
    meanwhile: Callable[[Branch], None] = lambda _branch: None
    _seen: int = 0

    def newest(self) -> CommitId | None:
        self._seen = self.commits
        return CommitId(f"{self.commits:040x}") if self.commits else None

    def read(self, origin: str) -> bytes | None:
        assert origin == ORIGIN
        return self.kept

    def keep(self, origin: str, note: bytes, at: str) -> None:
        self.pushes += 1
        self.meanwhile(self)
        if self.refuses or self._seen != self.commits:
            raise PushFailed("rejected (fetch first)")
        self.kept, self.commits = note, self.commits + 1


@dataclass
class Watch:
    """A clock that stands until it is turned."""

    seconds: float = 0.0

    def now(self) -> str:
        return "2026-11-20T12:00:00Z"

    def monotonic(self) -> float:
        return self.seconds


def published(journal: Lines, branch: Branch) -> Anchored:
    return publish(lambda: (journal.note(), journal.lines), trust(), branch, Watch())


def test_the_first_checkpoint_is_pushed_and_the_same_again_is_not() -> None:
    journal, branch = journal_of(3), Branch()
    assert published(journal, branch) == Anchored(3, pushed=True)
    assert published(journal, branch) == Anchored(3, pushed=False)
    assert published(journal.signed(opened(4)), branch) == Anchored(4, pushed=True)
    assert (branch.pushes, branch.kept) == (2, journal.note())


def test_who_was_slower_looks_again_and_pushes_over_the_other_ones_commit() -> None:
    others = [2]

    def another_journal_pushes(branch: Branch) -> None:
        if others[0]:
            others[0] -= 1
            branch.commits += 1

    branch = Branch(meanwhile=another_journal_pushes)
    assert published(journal_of(3), branch) == Anchored(3, pushed=True)
    assert branch.pushes == 3


def test_somebody_who_is_always_faster_is_given_up_on() -> None:
    def always(branch: Branch) -> None:
        branch.commits += 1

    branch = Branch(meanwhile=always)
    with pytest.raises(PushFailed):
        published(journal_of(3), branch)
    assert branch.pushes == 5


def test_a_push_that_is_refused_for_another_reason_is_not_tried_again() -> None:
    branch = Branch(refuses=True)
    with pytest.raises(PushFailed):
        published(journal_of(3), branch)
    assert branch.pushes == 1


def test_a_journal_that_was_put_back_is_never_pushed_over_what_is_kept() -> None:
    journal = journal_of(8)
    branch = Branch(kept=journal.note(), commits=1)
    older = Lines()
    older.lines = journal.lines[:5]
    with pytest.raises(TamperDetected, match="the anchor speaks of 8 lines, the journal holds 5") as refused:
        published(older, branch)
    assert "backup" in refused.value.hint
    assert (branch.pushes, branch.kept) == (0, journal.note())


def test_lines_that_another_process_anchored_while_we_looked_are_no_disagreement() -> None:
    """The journal is read after the anchor: read before it, it would be shorter than what is kept."""
    journal = journal_of(3)

    class Late(Branch):
        def newest(self) -> CommitId | None:
            journal.signed(opened(4))
            self.kept, self.commits = journal.note(), 1
            return super().newest()

    assert published(journal, Late()) == Anchored(4, pushed=False)


@dataclass
class Runs:
    """Pushes in memory: `started` in their order, `done` what the next look gives."""

    started: list[str] = field(default_factory=list)
    done: dict[str, Anchored | AnchorFault] = field(default_factory=dict)

    def start(self, root: str) -> None:
        self.started.append(root)

    def ended(self) -> dict[str, Anchored | AnchorFault]:
        done, self.done = self.done, {}
        return done


@dataclass
class Folders:
    """`ports.Directories` that knows stamps alone."""

    stamps: dict[str, Stamp | None] = field(default_factory=dict)

    def identity(self, path: str) -> tuple[int, int] | None:
        raise AssertionError(path)

    def stamp(self, path: str) -> Stamp | None:
        return self.stamps.get(path)

    def folders(self, path: str, limit: int) -> tuple[str, ...]:
        raise AssertionError(path, limit)


@dataclass
class Log:
    """`ports.EventLog`: what was said."""

    said: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)

    def info(self, event: str, **facts: object) -> None:
        self.said.append(("info", event, facts))

    def warning(self, event: str, **facts: object) -> None:
        self.said.append(("warning", event, facts))

    def error(self, event: str, **facts: object) -> None:
        self.said.append(("error", event, facts))


class Rig:
    """An Anchorer with everything in memory."""

    def __init__(self, *roots: str) -> None:
        self.runs, self.folders, self.watch, self.log = Runs(), Folders(), Watch(), Log()
        self.anchorer = Anchorer(self.runs, self.folders, self.watch, self.log)
        for root in roots:
            self.anchorer.serve(root, f"/state{root}")

    def signs(self, root: str, size: int) -> None:
        self.folders.stamps[f"/state{root}/checkpoint"] = (1, 1, size, size, size)

    def ends(self, root: str, run: Anchored | AnchorFault) -> None:
        self.runs.done[root] = run
        self.anchorer.tick()

    def after(self, seconds: float) -> int:
        """Return how many pushes are started so many seconds later."""
        before = len(self.runs.started)
        self.watch.seconds += seconds
        self.anchorer.tick()
        return len(self.runs.started) - before


def test_nothing_is_pushed_without_a_checkpoint() -> None:
    assert Rig("/a").after(0) == 0


def test_a_checkpoint_is_pushed_at_once_and_then_when_it_grew_and_a_minute_has_passed() -> None:
    rig = Rig("/a")
    rig.signs("/a", 1)
    assert rig.after(0) == 1
    assert rig.after(3600) == 0, "one push at a time"
    rig.ends("/a", Anchored(1, pushed=True))
    assert rig.log.said == [("info", "anchor.pushed", {"repository": "/a", "entries": 1})]
    assert rig.after(3600) == 0, "nothing grew"
    rig.signs("/a", 2)
    assert rig.after(0) == 1
    rig.ends("/a", Anchored(2, pushed=True))
    rig.signs("/a", 3)
    assert rig.after(PAUSE - 1) == 0
    assert rig.after(1) == 1


def test_what_was_signed_during_a_push_is_pushed_by_the_next_one() -> None:
    rig = Rig("/a")
    rig.signs("/a", 1)
    rig.after(0)
    rig.signs("/a", 2)
    rig.ends("/a", Anchored(1, pushed=True))
    assert rig.after(PAUSE) == 1


def test_what_the_anchor_had_already_is_no_news() -> None:
    rig = Rig("/a")
    rig.signs("/a", 1)
    rig.after(0)
    rig.ends("/a", Anchored(1, pushed=False))
    assert rig.log.said == []


def test_a_failure_is_told_once_for_each_reason_and_tried_again_ever_more_rarely() -> None:
    rig = Rig("/a")
    rig.signs("/a", 1)
    rig.after(0)
    for pause in (60, 120, 240, 480, 960, 1920, LONGEST_PAUSE, LONGEST_PAUSE):
        rig.ends("/a", AnchorFault("no answer within 60 s"))
        assert rig.after(pause - 1) == 0, pause
        assert rig.after(1) == 1, pause
    told = {"repository": "/a", "why": "no answer within 60 s", "instead": "it is tried again"}
    assert rig.log.said == [("warning", "anchor.failed", told)]
    rig.ends("/a", AnchorFault("refused"))
    assert [facts["why"] for _, _, facts in rig.log.said] == ["no answer within 60 s", "refused"]
    rig.after(LONGEST_PAUSE)
    rig.ends("/a", Anchored(1, pushed=True))
    rig.signs("/a", 2)
    assert rig.after(PAUSE) == 1, "after a success the pause is short again"


def test_an_anchor_that_disagrees_is_an_error() -> None:
    rig = Rig("/a")
    rig.signs("/a", 1)
    rig.after(0)
    rig.ends("/a", AnchorFault("the journal is not the one", tampered=True))
    assert rig.log.said == [("error", "anchor.disagrees", {"repository": "/a", "why": "the journal is not the one"})]


def test_two_pushes_at_a_time_and_each_journal_has_its_turn() -> None:
    roots = [f"/{number}" for number in range(5)]
    rig = Rig(*roots)
    for root in roots:
        rig.signs(root, 1)
    assert rig.after(0) == 2
    while len(rig.runs.started) < 5:
        rig.ends(rig.runs.started[-1], Anchored(1, pushed=True))
    assert sorted(rig.runs.started) == roots


def test_a_repository_that_is_served_no_longer_is_forgotten() -> None:
    rig = Rig("/a")
    rig.signs("/a", 1)
    rig.after(0)
    rig.anchorer.leave("/a")
    rig.anchorer.leave("/a")
    rig.ends("/a", Anchored(1, pushed=True))
    assert (rig.after(3600), rig.log.said) == (0, [])


def test_an_anchor_that_cannot_be_reached_is_no_disagreement() -> None:
    class Away(Branch):
        def newest(self) -> CommitId | None:
            raise AnchorUnreachable("no answer")

    with pytest.raises(AnchorUnreachable):
        published(journal_of(3), Away())
