"""The daemon's parts by themselves: watch set, observer, turns, timers, intake."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from forgewatch.adapters.directories import LocalDirectories
from forgewatch.adapters.files import RootFiles
from forgewatch.app.fairness import Turns
from forgewatch.app.intake import Ended, Intake
from forgewatch.app.observe import RACY_SECONDS, Observer, Reader, Sighting
from forgewatch.app.rewriting import LONGEST_REWRITE_PAUSE, REWRITE_PAUSE, Rewriting
from forgewatch.app.roster import came_and_gone, named
from forgewatch.app.timers import Due, Timers
from forgewatch.app.watch_set import WatchSet
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.difflog import Announcement, Status
from forgewatch.core.limits import Limits
from forgewatch.core.places import FORGE, ROOT, Layout
from forgewatch.core.ports import Spot
from forgewatch.core.requests import Request
from forgewatch.core.settings import RepositorySettings
from forgewatch.core.values import Absent, Unreadable
from tests.support.builder import Builder
from tests.support.ports import MemoryFiles


class ListWatch:
    """`ports.DirectoryWatch` that remembers; `full` makes it decline."""

    def __init__(self) -> None:
        self.spots: dict[Spot, frozenset[str]] = {}
        self.added = 0
        self.full = ""

    def add(self, spot: Spot, names: frozenset[str]) -> str:
        if not self.full:
            self.spots[spot] = names
            self.added += 1
        return self.full

    def remove(self, spot: Spot) -> None:
        self.spots.pop(spot, None)

    def alive(self) -> bool:
        return True

    def close(self) -> None:
        self.spots.clear()

    def names_of(self, root: Path) -> set[str]:
        return {os.path.relpath(spot.path, root) for spot in self.spots}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "top/root").mkdir(parents=True)
    return tmp_path / "top/root"


@pytest.fixture
def watch() -> ListWatch:
    return ListWatch()


def watch_set(root: Path, watch: ListWatch, *, places: object = FORGE) -> WatchSet:
    return WatchSet(1, str(root), places, watch, LocalDirectories())  # type: ignore[arg-type]


class OneInode(LocalDirectories):
    """A file system that gives a new directory the number of the one that was just deleted, as ext4 does."""

    def identity(self, path: str) -> tuple[int, int] | None:
        return (1, 1) if super().identity(path) else None


def test_a_directory_made_again_under_the_same_number_is_watched_anew(root: Path, watch: ListWatch) -> None:
    evidence = root / "Forge/evidence"
    evidence.mkdir(parents=True)
    made = WatchSet(1, str(root), FORGE, watch, OneInode())
    assert made.arm()
    evidence.rmdir()
    evidence.mkdir()
    added = watch.added
    assert not made.arm([str(evidence / "diff_log.md")])
    for told in (f"{evidence}/", str(evidence)):
        assert made.arm([told])
    assert (watch.added, watch.names_of(root)) == (added + 2, {".", "Forge", "Forge/evidence"})


def test_what_is_not_there_is_waited_for_in_what_is(root: Path, watch: ListWatch) -> None:
    made = watch_set(root, watch)
    for folder, watched in (
        (None, {"."}),
        ("Forge", {".", "Forge"}),
        ("Forge/evidence", {".", "Forge", "Forge/evidence"}),
        (".ai-stack-trace/fix", {".", "Forge", "Forge/evidence", ".ai-stack-trace", ".ai-stack-trace/fix"}),
    ):
        if folder:
            (root / folder).mkdir(parents=True)
        assert made.arm()
        assert watch.names_of(root) == watched
        assert not made.arm()
    (root / ".ai-stack-trace/fix/contract").mkdir()
    made.arm()
    assert ".ai-stack-trace/fix/contract" in watch.names_of(root)
    shutil.rmtree(root / "Forge")
    made.arm()
    assert watch.names_of(root) == {".", ".ai-stack-trace", ".ai-stack-trace/fix", ".ai-stack-trace/fix/contract"}
    made.disarm()
    assert not watch.spots


def test_a_head_that_cannot_be_read_is_waited_for_where_it_was(root: Path, watch: ListWatch) -> None:
    (root / ".git/refs/heads/feature").mkdir(parents=True)
    git, heads = str(root / ".git"), str(root / ".git/refs/heads")
    places = [(git, "HEAD"), (git, "packed-refs"), (heads, "feature"), (f"{heads}/feature", "x"), (f"{heads}/feature/x", "y")]
    made = WatchSet(1, str(root), FORGE, watch, LocalDirectories(), lambda: places)
    made.arm()
    assert {spot.path: names for spot, names in watch.spots.items() if spot.path.startswith(git)} == {
        git: {"HEAD", "packed-refs"},
        heads: {"feature"},
        f"{heads}/feature": {"x"},
    }
    # A folder of the branch's name that comes later is watched then.
    (root / ".git/refs/heads/feature/x").mkdir()
    assert made.arm()
    assert f"{heads}/feature/x" in made.watched
    before = made.watched
    places.clear()
    assert not made.arm()
    assert made.watched == before
    places.append((git, "HEAD"))
    assert made.arm()
    assert made.watched == {str(root), git}


def test_a_missing_root_is_waited_for_in_its_nearest_ancestor(root: Path, watch: ListWatch) -> None:
    made = watch_set(root, watch)
    made.arm()
    assert made.is_there(str(root))
    shutil.rmtree(root.parent)
    made.arm()
    assert watch.spots == {Spot(1, str(root.parent.parent)): frozenset({"top"})}
    assert not made.is_there(str(root))
    root.parent.mkdir()
    made.arm()
    assert watch.spots == {Spot(1, str(root.parent)): frozenset({"root"})}
    root.mkdir()
    made.arm()
    assert watch.names_of(root) == {"."}


def test_a_directory_of_the_same_name_and_another_identity_is_added_again(root: Path, watch: ListWatch) -> None:
    (root / "Forge").mkdir()
    made = watch_set(root, watch)
    made.arm()
    before = watch.added
    os.rename(root / "Forge", root / "away")
    (root / "Forge").mkdir()
    assert made.arm()
    assert watch.added == before + 1


def test_symlinks_are_no_directories(root: Path, watch: ListWatch, tmp_path: Path) -> None:
    (tmp_path / "elsewhere/evidence").mkdir(parents=True)
    (root / "Forge").symlink_to(tmp_path / "elsewhere")
    watch_set(root, watch).arm()
    assert watch.names_of(root) == {"."}


def test_a_declined_directory_is_named_and_tried_again(root: Path, watch: ListWatch) -> None:
    watch.full = "inotify watches are used up"
    made = watch_set(root, watch)
    assert not made.arm()
    assert made.refusal == "inotify watches are used up"
    watch.full = ""
    assert made.arm()
    assert made.refusal == ""
    assert made.watched == {str(root)}


def test_the_root_layout_watches_its_own_places(root: Path, watch: ListWatch) -> None:
    (root / "evidence").mkdir()
    watch_set(root, watch, places=ROOT).arm()
    assert watch.names_of(root) == {".", "evidence"}
    assert watch.spots[Spot(1, str(root))] == {"evidence", ".ai-stack-trace", ".forge_watcher.lock", ".git"}
    assert watch.spots[Spot(1, str(root / "evidence"))] == {"diff_log.md", "test_runs_latest.md", "AUTHORIZED", "audit_ledger.md"}


def test_another_backend_gets_everything_anew(root: Path, watch: ListWatch) -> None:
    made = watch_set(root, watch)
    made.arm()
    other = ListWatch()
    made.forget(other)
    made.arm()
    assert other.names_of(root) == {"."}


# --- the observer


def observer(root: Path) -> Observer:
    return Observer(str(root), FORGE, RootFiles(str(root)), LocalDirectories(), Limits())


def test_a_look_at_what_has_not_changed_gives_nothing(builder: Builder) -> None:
    builder.record().completes()
    made = observer(builder.root)
    first = made.look(0.0)
    assert first is not None
    assert first.document == digest_of_bytes(builder.difflog("COMPLETE").encode())
    assert made.look(0.1) is None
    again = made.look(0.2, again=True)
    assert again is not None
    assert again.document == first.document


def test_a_hint_without_a_change_gives_nothing(builder: Builder) -> None:
    builder.record().completes()
    made = observer(builder.root)
    made.look(0.0)
    os.utime(builder.root / FORGE.diff_log)
    assert made.look(0.1, hinted=[FORGE.diff_log], closed=[FORGE.diff_log]) is None


def test_a_restored_time_of_modification_hides_no_change(builder: Builder) -> None:
    builder.record().completes(summary="- one")
    path = builder.root / FORGE.diff_log
    made = observer(builder.root)
    made.look(0.0)
    before = os.stat(path)
    builder.writes_log(builder.difflog("COMPLETE", summary="- two"), atomic=False)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert os.stat(path).st_size == before.st_size
    assert made.look(0.1) is not None


def test_a_change_that_kept_its_stamp_is_found_once_the_clock_moved_on(builder: Builder) -> None:
    class Sticky(LocalDirectories):
        def stamp(self, path: str) -> tuple[int, int, int, int, int] | None:
            return (1, 1, 1, 1, 1)

    builder.record().completes(summary="- one")
    made = Observer(str(builder.root), FORGE, RootFiles(str(builder.root)), Sticky(), Limits())
    made.look(0.0)
    builder.completes(summary="- two")
    assert made.look(0.5) is None
    assert made.look(RACY_SECONDS) is not None
    builder.completes(summary="- six")
    assert made.look(RACY_SECONDS + 0.1) is None


def test_closed_means_that_every_changed_file_was_closed(builder: Builder) -> None:
    builder.record().starts()
    made = observer(builder.root)
    first = made.look(0.0)
    assert first is not None
    assert not first.closed
    builder.completes().record(body="newer\n")
    both = [FORGE.diff_log, FORGE.test_record]
    second = made.look(10.0, hinted=both, closed=[FORGE.diff_log])
    assert second is not None
    assert not second.closed
    third = made.look(10.1, hinted=[FORGE.test_record], closed=[FORGE.test_record], again=True)
    assert third is not None
    assert third.closed


def test_what_is_no_file_and_what_is_gone_are_values(builder: Builder) -> None:
    builder.record().starts()
    made = observer(builder.root)
    made.look(0.0)
    path = builder.root / FORGE.diff_log
    path.unlink()
    gone = made.look(1.0)
    assert gone is not None
    assert (gone.log, gone.document) == (Absent(), None)
    os.mkfifo(path)
    fifo = made.look(2.0)
    assert fifo is not None
    assert isinstance(fifo.log, Unreadable)


def test_the_reader_reads_a_document_once(builder: Builder) -> None:
    builder.record().completes()
    made, reader = observer(builder.root), Reader()
    sighting = made.look(0.0)
    assert sighting is not None
    first = reader.observation(sighting)
    assert isinstance(first.reading, Announcement) and first.reading.status is Status.COMPLETE
    assert first.whole
    later = made.look(0.1, again=True)
    assert later is not None
    assert reader.observation(later).reading is first.reading
    builder.starts()
    changed = made.look(0.2)
    assert changed is not None
    later = reader.observation(changed).reading
    assert isinstance(later, Announcement) and later.status is Status.IN_PROCESS


def test_what_is_no_text_is_not_being_written_and_a_torn_text_may_be() -> None:
    raw = Builder(Path("/nowhere"), ["app/a.py"]).difflog("COMPLETE").encode()
    told = {
        content: Reader().observation(Sighting(log=content, document=None, record=None, closed=True, at=0.0)).whole
        for content in (raw, raw[:-1], b"", Absent(), Unreadable("is a FIFO"))
    }
    assert list(told.values()) == [True, False, False, True, True]


# --- turns, timers, intake


def test_turns_go_round_one_at_a_time_and_no_more_than_the_limit() -> None:
    turns = Turns(2)
    for repository in (1, 1, 2, 3):
        turns.ask(repository)
    assert [turns.take(), turns.take(), turns.take()] == [1, 2, None]
    turns.ask(1)
    turns.done(2)
    assert turns.take() == 3
    turns.done(3)
    assert turns.take() is None
    assert turns.running == 1
    turns.done(1)
    assert turns.take() == 1
    assert turns.is_running(1)


def test_a_timer_replaces_the_one_before_and_may_be_cancelled() -> None:
    timers = Timers()
    timers.set(1, Due.SETTLE, 5.0)
    timers.set(1, Due.SETTLE, 3.0)
    timers.set(1, Due.TASK, 4.0)
    timers.set(2, Due.SETTLE, 1.0)
    timers.cancel(2, Due.SETTLE)
    timers.cancel(2, Due.SETTLE)
    assert timers.next() == 3.0
    assert timers.pop(2.0) is None
    assert timers.pop(9.0) == (1, Due.SETTLE)
    assert timers.pop(9.0) == (1, Due.TASK)
    assert timers.pop(9.0) is None
    assert timers.next() is None


def test_the_intake_merges_hints_and_keeps_the_last_of_each_file() -> None:
    intake = Intake()
    spot = Spot(7, "/r/Forge/evidence")
    intake.stirred(spot, "diff_log.md", True)
    intake.stirred(spot, "diff_log.md", False)
    intake.stirred(spot, "test_runs_latest.md", True)
    intake.overflowed()
    intake.overflowed()
    intake.died()
    intake.ended(7, "outcome")
    intake.ask(Request.RELOAD)
    batch = intake.gather(1.0)
    assert batch.hints == {7: {"/r/Forge/evidence/diff_log.md": False, "/r/Forge/evidence/test_runs_latest.md": True}}
    assert (batch.overflowed, batch.died, batch.requests) == (True, True, [Request.RELOAD])
    assert batch.ended == [Ended(7, "outcome")]
    empty = intake.gather(0.0)
    assert not (empty.hints or empty.overflowed or empty.died)
    intake.overflowed()
    assert intake.gather(0.01).overflowed


def test_a_log_out_of_reach_is_unreadable_and_not_absent() -> None:
    class Shut(LocalDirectories):
        def stamp(self, path: str) -> tuple[int, int, int, int, int] | None:
            return None

    files = MemoryFiles({FORGE.diff_log: Unreadable("cannot be read: permission denied")})
    sighting = Observer("/shut", FORGE, files, Shut(), Limits()).look(0.0)
    assert sighting is not None
    assert sighting.log == Unreadable("cannot be read: permission denied")


def test_a_log_line_names_ten_repositories_and_counts_the_others() -> None:
    assert named(f"/{number}" for number in range(10)) == [f"/{number}" for number in range(10)]
    assert named(f"/{number}" for number in range(500))[9:] == ["/9", "and 490 more"]


def test_a_repository_with_another_layout_comes_and_goes() -> None:
    kept, old, new = RepositorySettings(path="/a"), RepositorySettings(path="/b"), RepositorySettings(path="/b", layout=Layout.ROOT)
    assert came_and_gone((kept, old), (kept, new)) == {"came": ["/b"], "gone": ["/b"]}
    assert came_and_gone((kept,), (kept,)) == {"came": [], "gone": []}


def test_a_lock_record_that_somebody_keeps_changing_is_rewritten_ever_more_rarely_until_it_had_a_rest() -> None:
    rewriting, at, pauses = Rewriting(), 100.0, []
    for _ in range(9):
        rewriting = rewriting.after(at)
        pauses.append(rewriting.pause)
        at = rewriting.due
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert rewriting.after(at + LONGEST_REWRITE_PAUSE).pause == REWRITE_PAUSE
