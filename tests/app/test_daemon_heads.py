"""HEAD under the eyes of the daemon: real git moves it in every way there is, and each move is told without waiting for a sweep."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from forgewatch.adapters.refs import read_head
from forgewatch.core.authority_events import AuthorizationGranted, CommitUnaudited, HaltBroken, Means
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.events import AuditRecorded
from forgewatch.core.report import AuditAnswer, AuditRequest, DiffLogFacts, Failed, Report
from forgewatch.core.repository_facts import CommitFacts, Facts, FactsRequest, WorkFacts
from forgewatch.core.requests import Request
from forgewatch.core.settings import Backend
from forgewatch.core.snapshot import Ancestry
from forgewatch.core.values import CommitId, Digest
from forgewatch.core.verdict import Outcome, StopReason
from tests.support.answers import digest
from tests.support.builder import Builder
from tests.support.daemon_rig import QuickAuditor, Rig, govern
from tests.support.installed import until

NEVER = 3600
"""Seconds to the next sweep: what is told before was hinted."""


class FollowingAuditor(QuickAuditor):
    """A QuickAuditor under AEM whose facts are what git says; every commit holds `tree`. `looks` are the heads that were asked about;
    a look at the tree of halted work is none of them."""

    def __init__(self) -> None:
        super().__init__()
        self.looks: list[CommitId | None] = []
        self.tree: Digest | None = None
        self.fails = 0
        self.held: Event | None = None

    def audit(self, request: AuditRequest) -> AuditAnswer:
        answer = super().audit(request)
        assert isinstance(answer, Report)
        log = DiffLogFacts(status="COMPLETE", line=8, digest=digest_of_bytes(request.document or b""))
        return replace(answer, aem=True, head=read_head(request.root), tree=digest("audited"), difflog=log)

    def look(self, request: FactsRequest) -> Facts | Failed:
        head = read_head(request.root)
        if not request.work:
            self.looks.append(head)
        if self.held is not None:
            self.held.wait(20)
        if self.fails:
            self.fails -= 1
            return Failed(StopReason.ENVIRONMENT_LIMITATION, "no worker", again=True)
        commits = tuple(reversed(self._since(request, head))) if head else ()
        linear = Ancestry.NO_ANCHOR if request.anchor is None else Ancestry.LINEAR if self._is_ahead(request, head) else Ancestry.REWRITTEN
        work = WorkFacts(tree=digest("audited"), text=digest("audited"), changes=()) if request.work else None
        return Facts(head=head, branch="main", ancestry=linear, commits=commits, work=work)

    def _since(self, request: FactsRequest, head: CommitId) -> list[CommitFacts]:
        gone = [f"^{request.anchor}"] if request.anchor else []
        lines = Builder(Path(request.root)).git("rev-list", "--parents", head, *gone).splitlines()
        found = [tuple(map(CommitId, line.split())) for line in lines]
        return [
            CommitFacts(oid=oid, parents=parents, subject="", neutral=False, tree=self.tree)
            for oid, *parents_ in found
            for parents in [tuple(parents_)]
            if oid not in request.authorized
        ]

    @staticmethod
    def _is_ahead(request: FactsRequest, head: CommitId | None) -> bool:
        command = ["git", "-C", request.root, "merge-base", "--is-ancestor", str(request.anchor), str(head)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def rig_of(root: Path, state: Path, sweep: int = NEVER) -> Rig:
    return Rig(state=state, roots=[root], auditor=FollowingAuditor(), sweep_seconds=sweep)


@pytest.fixture
def rig(builder: Builder, tmp_path: Path) -> Iterator[Rig]:
    builder.record().starts()
    made = rig_of(builder.root, tmp_path / "state")
    yield made
    made.stop()


def auditor(rig: Rig) -> FollowingAuditor:
    assert isinstance(rig.auditor, FollowingAuditor)
    return rig.auditor


def told(rig: Rig) -> list[str]:
    """The heads that the log called unaudited, oldest first."""
    return [str(facts["head"]) for name, facts in rig.log.lines if name == "commit.unaudited"]


def at_rest(rig: Rig) -> bool:
    """True when the first look at HEAD is done and nothing waits."""
    assert rig.daemon is not None
    served = rig.daemon.served()[0]
    return rig.log.count("cycle.opened") == 1 and not served.waits and served.task is None and served.errand is None


def begun(rig: Rig) -> Rig:
    rig.start()
    assert until(lambda: at_rest(rig)), rig.log.lines
    assert told(rig) == []
    return rig


def two_commits(builder: Builder) -> None:
    """Make a second commit and a branch that stays behind on the first one, before the daemon starts."""
    builder.git("branch", "behind")
    builder.write("b.py", "y = 1\n").commit("second")


def in_detached(builder: Builder) -> None:
    builder.git("checkout", "-q", "--detach")
    builder.write("c.py", "z = 1\n").commit("detached")


def on_packed(builder: Builder) -> None:
    builder.git("pack-refs", "--all", "--prune")
    builder.write("c.py", "z = 1\n").commit("on a packed ref")


def packed_only(builder: Builder) -> None:
    """What moves is a line of packed-refs; the loose file was never there."""
    builder.git("pack-refs", "--all", "--prune")
    packed = builder.root / ".git/packed-refs"
    moved = packed.read_text().replace(f"{builder.head} refs/heads/main", f"{builder.git('rev-parse', 'HEAD^')} refs/heads/main")
    temp = packed.with_name("packed-refs.new")
    temp.write_text(moved)
    os.replace(temp, packed)


def on_slashes(builder: Builder) -> None:
    builder.git("checkout", "-q", "-b", "feature/very/deep")
    builder.write("c.py", "z = 1\n").commit("on a branch with slashes")


def on_orphan(builder: Builder) -> None:
    builder.git("checkout", "-q", "--orphan", "anew")
    builder.write("c.py", "z = 1\n").commit("without a past")


def by_hand(builder: Builder) -> None:
    """HEAD written in place, as no git does."""
    (builder.root / ".git/HEAD").write_text(builder.git("rev-parse", "HEAD^") + "\n")


MOVES: tuple[tuple[str, Callable[[Builder], object]], ...] = (
    ("commit", lambda builder: builder.write("c.py", "z = 1\n").commit("third")),
    ("amend", lambda builder: builder.git("commit", "-q", "--amend", "--allow-empty", "-m", "amended")),
    ("checkout", lambda builder: builder.git("checkout", "-q", "behind")),
    ("detached checkout", lambda builder: builder.git("checkout", "-q", "--detach", "HEAD^")),
    ("commit in detached", in_detached),
    ("hard reset", lambda builder: builder.git("reset", "-q", "--hard", "HEAD^")),
    ("soft reset", lambda builder: builder.git("reset", "-q", "--soft", "HEAD^")),
    ("symbolic-ref", lambda builder: builder.git("symbolic-ref", "HEAD", "refs/heads/behind")),
    ("update-ref", lambda builder: builder.git("update-ref", "refs/heads/main", "HEAD^")),
    ("commit on packed refs", on_packed),
    ("packed refs alone", packed_only),
    ("branch with slashes", on_slashes),
    ("orphan", on_orphan),
    ("HEAD written by hand", by_hand),
    (
        "merge",
        lambda builder: builder.git(
            "merge",
            "-q",
            "--no-ff",
            "-s",
            "ours",
            "-m",
            "merge",
            builder.git("commit-tree", "HEAD^{tree}", "-m", "x"),
            "--allow-unrelated-histories",
        ),
    ),
)


@pytest.mark.parametrize("moves", [move for _, move in MOVES], ids=[name for name, _ in MOVES])
def test_each_way_to_move_head_is_told_without_a_sweep(rig: Rig, builder: Builder, moves: Callable[[Builder], object]) -> None:
    two_commits(builder)
    begun(rig)
    moves(builder)
    assert until(lambda: told(rig)[-1:] == [builder.head]), (told(rig), rig.log.lines)
    assert rig.log.facts("commit.unaudited")["hint"] == "forgewatch authorize, or forgewatch ledger adopt COMMIT"
    assert [event.head for event in rig.events() if isinstance(event, CommitUnaudited)] == told(rig)
    assert len(told(rig)) == len(set(told(rig)))


def test_a_second_move_of_the_same_branch_is_told_too(rig: Rig, builder: Builder) -> None:
    begun(rig)
    on_slashes(builder)
    first = builder.head
    assert until(lambda: told(rig) == [first]), rig.log.lines
    builder.write("d.py", "").commit("once more")
    assert until(lambda: told(rig) == [first, builder.head]), rig.log.lines
    # Back to what was told already: nothing new.
    builder.git("reset", "-q", "--hard", first)
    assert until(lambda: len(set(auditor(rig).looks)) >= 2 and at_rest(rig))
    assert told(rig) == [first, told(rig)[-1]]


def test_a_linked_worktree_is_followed_where_its_own_head_is(builder: Builder, tmp_path: Path) -> None:
    linked = Builder(tmp_path / "linked")
    builder.git("worktree", "add", "-q", "-b", "side/branch", str(linked.root))
    linked.record().starts()
    rig = begun(rig_of(linked.root, tmp_path / "state"))
    try:
        linked.write("c.py", "z = 1\n").commit("in the worktree")
        assert until(lambda: told(rig) == [linked.head]), rig.log.lines
        # What the other worktree does is not ours.
        builder.write("d.py", "").commit("elsewhere")
        linked.git("checkout", "-q", "--detach", "HEAD^")
        linked.write("e.py", "").commit("detached")
        assert until(lambda: told(rig)[-1] == linked.head), rig.log.lines
        assert builder.head not in told(rig)
    finally:
        rig.stop()


def test_the_first_commit_of_an_unborn_repository_is_told(tmp_path: Path) -> None:
    builder = Builder(tmp_path / "new")
    builder.root.mkdir()
    builder.git("init", "-q")
    builder.record(head="none").starts()
    rig = begun(rig_of(builder.root, tmp_path / "state"))
    try:
        builder.write("a.py", "").commit("first")
        assert until(lambda: told(rig) == [builder.head]), rig.log.lines
    finally:
        rig.stop()


@pytest.mark.parametrize("how", ["away", "garbage"])
def test_a_head_that_cannot_be_read_for_a_moment_is_told_when_it_is_back(rig: Rig, builder: Builder, how: str) -> None:
    begun(rig)
    head = builder.root / ".git/HEAD"
    kept = head.read_bytes()
    if how == "away":
        head.unlink()
    else:
        head.write_bytes(b"not a ref\n")
    # The daemon has looked at everything by the time it answers what was asked after that.
    rig.ask(Request.SWEEP)
    builder.writes_log(builder.difflog("COMPLETELY"))
    assert until(lambda: rig.log.count("difflog.unknown") == 1), rig.log.lines
    assert not readable(builder.root)
    temp = head.with_name("HEAD.new")
    temp.write_bytes(kept)
    temp.replace(head)
    builder.write("c.py", "z = 1\n").commit("after it was back")
    assert until(lambda: told(rig) == [builder.head]), rig.log.lines


def readable(root: Path) -> bool:
    try:
        read_head(str(root))
    except EnvironmentFault:
        return False
    return True


def test_nothing_is_asked_of_a_worker_while_head_stands_still(builder: Builder, tmp_path: Path) -> None:
    builder.record().starts()
    rig = begun(rig_of(builder.root, tmp_path / "state", sweep=1))
    try:
        builder.write("app/a.py", "x = 2\n").git("add", "-A")
        builder.git("branch", "aside")
        builder.git("tag", "t")
        builder.git("pack-refs", "--all", "--prune")
        builder.git("gc", "-q")
        builder.git("update-ref", "refs/remotes/origin/main", "HEAD")
        for _ in range(3):
            rig.ask(Request.SWEEP)
        builder.completes()
        assert rig.await_entries(1)
        builder.starts(summary="- next")
        assert until(lambda: rig.log.count("cycle.opened") == 2), rig.log.lines
        assert auditor(rig).looks == []
    finally:
        rig.stop()


def test_a_stray_commit_is_looked_at_once_and_then_no_more(rig: Rig, builder: Builder) -> None:
    begun(rig)
    builder.write("c.py", "z = 1\n").commit("stray")
    assert until(lambda: told(rig) == [builder.head]), rig.log.lines
    looks = len(auditor(rig).looks)
    for number in range(3):
        rig.ask(Request.SWEEP)
        builder.write(f"Forge/evidence/note{number}.md", "x")
    builder.completes()
    assert rig.await_entries(1)
    assert len(auditor(rig).looks) == looks


def test_a_worker_that_cannot_look_now_is_asked_again(rig: Rig, builder: Builder) -> None:
    begun(rig)
    auditor(rig).fails = 1
    builder.write("c.py", "z = 1\n").commit("stray")
    assert until(lambda: told(rig) == [builder.head], 30), rig.log.lines
    assert rig.log.facts("repository.unavailable")["why"] == "no worker"
    assert until(lambda: rig.log.count("repository.available") == 1)


def authorized(rig: Rig) -> None:
    """Give the word for the newest audit from beside the daemon, as a command does."""
    governed = govern(rig.settings().repositories[0], rig.settings(), rig.environ)
    work = governed.record.state().work
    assert work is not None and work.tree is not None
    governed.record.tell(
        AuthorizationGranted(
            at="2026-11-20T12:00:00Z",
            entry=work.seq,
            leaf=work.leaf,
            phase=work.phase,
            tree=work.tree,
            head=work.head,
            actor="olga",
            means=Means.TERMINAL,
        )
    )


def test_the_authorized_commit_is_recorded_and_said_as_soon_as_it_is_there(rig: Rig, builder: Builder) -> None:
    begun(rig)
    builder.completes()
    assert rig.await_entries(1)
    assert until(lambda: rig.log.count("signoff.recorded") == 1)
    authorized(rig)
    auditor(rig).tree = digest("audited")
    builder.write("app/a.py", "x = 2\n").commit("phase 1")
    assert until(lambda: rig.log.count("commit.authorized") == 1), rig.log.lines
    facts = rig.log.facts("commit.authorized")
    assert (facts["commit"], facts["outcome"]) == (builder.head, Outcome.AUTHORIZED)
    assert [event.outcome for event in rig.entries()] == [Outcome.PASS, Outcome.SIGNED_OFF, Outcome.AUTHORIZED]
    assert told(rig) == []
    assert any(line.startswith("STATUS=AUTHORIZED (committed)") for line in rig.notifier.lines), rig.notifier.lines


@pytest.mark.req("S002-10.4-6")
def test_what_goes_on_while_work_is_halted_is_said(rig: Rig, builder: Builder) -> None:
    begun(rig)
    builder.completes()
    assert rig.await_entries(1)
    builder.write("app/a.py", "x = 2\n").commit("not authorized")
    assert until(lambda: told(rig) == [builder.head]), rig.log.lines
    signed = next(event.amends for event in rig.entries() if isinstance(event, AuditRecorded) and event.outcome is Outcome.SIGNED_OFF)
    assert rig.log.facts("commit.unaudited")["halted"] == signed
    builder.starts(summary="- next")
    assert until(lambda: rig.log.count("halt.broken") == 1), rig.log.lines
    assert rig.log.facts("halt.broken")["detail"] == "cycle 2 was opened"
    rig.stop()
    rig.start()
    rig.ask(Request.SWEEP)
    builder.completes(summary="- next")
    assert rig.await_entries(2)
    assert rig.log.count("halt.broken") == 1
    assert len([event for event in rig.events() if isinstance(event, HaltBroken)]) == 1


def test_what_was_committed_while_nobody_watched_is_told_at_the_start_and_only_once(rig: Rig, builder: Builder) -> None:
    begun(rig)
    rig.stop()
    builder.write("c.py", "z = 1\n").commit("while down")
    rig.start()
    assert until(lambda: told(rig) == [builder.head]), rig.log.lines
    rig.stop()
    rig.start()
    builder.writes_log(builder.difflog("COMPLETELY"))
    assert until(lambda: rig.log.count("difflog.unknown") == 1), rig.log.lines
    assert told(rig) == [builder.head]


def test_where_events_cannot_be_had_a_move_is_seen_by_looking_every_second(builder: Builder, tmp_path: Path) -> None:
    builder.record().starts()
    rig = rig_of(builder.root, tmp_path / "state")
    rig.backend = Backend.POLLING
    begun(rig)
    try:
        builder.write("c.py", "z = 1\n").commit("polled")
        assert until(lambda: told(rig) == [builder.head]), rig.log.lines
    finally:
        rig.stop()


def test_a_daemon_that_ends_while_a_worker_looks_records_nothing_of_it_and_the_next_one_does(rig: Rig, builder: Builder) -> None:
    rig.grace_seconds = 0.1
    begun(rig)
    held = auditor(rig).held = Event()
    builder.write("c.py", "z = 1\n").commit("stray")
    assert until(lambda: bool(auditor(rig).looks)), rig.log.lines
    rig.stop()
    auditor(rig).held = None
    held.set()
    assert told(rig) == []
    rig.start()
    assert until(lambda: told(rig) == [builder.head]), rig.log.lines
    assert [event.head for event in rig.events() if isinstance(event, CommitUnaudited)] == [builder.head]


TOKEN = "Forge/evidence/AUTHORIZED"


def line(rig: Rig) -> str:
    """The token for the newest audit."""
    work = govern(rig.settings().repositories[0], rig.settings(), rig.environ).record.state().work
    assert work is not None
    return f"AUTHORIZED:phase-1-things:{work.leaf.removeprefix('sha256:')}\n"


@pytest.mark.req("S002-10.4-7")
def test_a_token_written_in_pieces_is_read_whole_and_its_commit_recorded_with_it(rig: Rig, builder: Builder) -> None:
    begun(rig)
    builder.completes()
    assert rig.await_entries(1)
    token, path = line(rig), builder.root / TOKEN
    with path.open("w") as file:
        file.write(token[:30])
        file.flush()
        assert until(lambda: at_rest(rig))
        file.write(token[30:])
    assert until(lambda: rig.log.count("approval.accepted") == 1), rig.log.lines
    assert rig.log.count("approval.refused") == 0
    auditor(rig).tree = digest("audited")
    builder.write("app/a.py", "x = 2\n").commit("phase 1")
    assert until(lambda: rig.log.count("commit.authorized") == 1), rig.log.lines
    # A restart answers nothing again.
    rig.stop()
    rig.start()
    rig.ask(Request.SWEEP)
    builder.writes_log(builder.difflog("COMPLETELY"))
    assert until(lambda: rig.log.count("difflog.unknown") == 1), rig.log.lines
    assert (rig.log.count("approval.accepted"), rig.log.count("approval.refused")) == (1, 0)


@pytest.mark.parametrize(("kind", "why"), [("fifo", "FIFO"), ("link", "symlink"), ("directory", "directory"), ("sparse", "over the limit")])
def test_a_token_that_is_no_small_file_is_refused_once_and_the_daemon_goes_on(rig: Rig, builder: Builder, kind: str, why: str) -> None:
    begun(rig)
    builder.completes()
    assert rig.await_entries(1)
    path = builder.root / TOKEN
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "link":
            path.symlink_to("/dev/zero")
        case "directory":
            path.mkdir()
        case _:
            with path.open("wb") as file:
                file.truncate(6 * 1024**3)
    assert until(lambda: rig.log.count("approval.refused") == 1), rig.log.lines
    facts = rig.log.facts("approval.refused")
    assert (facts["kind"], facts["field"], facts["expected"]) == ("AUTHORIZED", "file", "a regular file")
    assert why in str(facts["actual"])
    builder.starts(summary="- next")
    builder.completes(summary="- next")
    assert rig.await_entries(2)
    assert rig.log.count("approval.refused") == 1
