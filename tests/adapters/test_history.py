"""The way from HEAD to the anchor: exactly the commits that came since, whatever their dates and merges (checks.md A6)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.adapters.commit_walk import Link, parse_commit, walk_history
from forgewatch.adapters.object_batch import ObjectBatch
from forgewatch.adapters.trees import TreeStore
from forgewatch.core.snapshot import Ancestry
from forgewatch.core.values import CommitId, Oid, RepoPath
from tests.support.reading import Reading

CHANGED = "app/a.py"


def subjects(reading: Reading, *authorized: str) -> list[tuple[str, bool]]:
    """The commits since BASE with their authorization, newest first."""
    history = reading.store.history(reading.base, frozenset(map(CommitId, authorized)))
    assert history.ancestry is Ancestry.LINEAR
    return [(commit.subject, commit.authorized) for commit in history.commits]


def test_the_anchor_itself_is_no_commit_since(reading: Reading) -> None:
    assert subjects(reading) == []


def test_commits_since_the_anchor_are_told_newest_first(reading: Reading) -> None:
    first = reading.builder.write(CHANGED, "1").commit("first").head
    reading.builder.write("Forge/evidence/diff_log.md", "x").write("b.py", "").commit("second")
    assert subjects(reading, first) == [("second", False), ("first", True)]
    (second, _) = reading.store.history(reading.base, frozenset()).commits
    assert second.paths == (RepoPath("Forge/evidence/diff_log.md"), RepoPath("b.py"))


def test_without_an_anchor_nothing_is_walked(reading: Reading) -> None:
    history = reading.store.history(None, frozenset())
    assert (history.ancestry, history.commits, history.head) == (Ancestry.NO_ANCHOR, (), reading.base)


def test_a_rewritten_history_does_not_reach_the_anchor(reading: Reading) -> None:
    reading.builder.write(CHANGED, "1").commit("first")
    anchor = CommitId(reading.builder.head)
    reading.git("commit", "-q", "--amend", "-m", "as if")
    assert reading.store.history(anchor, frozenset()).ancestry is Ancestry.REWRITTEN


def test_a_reset_below_the_anchor_does_not_reach_it(reading: Reading) -> None:
    anchor = CommitId(reading.builder.write(CHANGED, "1").commit("first").head)
    reading.git("reset", "-q", "--hard", "HEAD~1")
    assert reading.store.history(anchor, frozenset()).ancestry is Ancestry.REWRITTEN


def test_an_unborn_head_has_lost_its_anchor(reading: Reading) -> None:
    reading.git("checkout", "-q", "--orphan", "fresh")
    history = reading.store.history(reading.base, frozenset())
    assert (history.head, history.ancestry) == (None, Ancestry.REWRITTEN)


def test_an_anchor_that_is_nowhere_is_unresolvable(reading: Reading) -> None:
    reading.builder.write(CHANGED, "1").commit("first")
    assert reading.store.history(CommitId("1" * 40), frozenset()).ancestry is Ancestry.UNRESOLVABLE


def test_a_merge_brings_every_commit_of_its_side(reading: Reading) -> None:
    reading.git("checkout", "-q", "-b", "side")
    reading.builder.write("side.py", "").commit("side 1")
    reading.builder.write("side.py", "2").commit("side 2")
    reading.git("checkout", "-q", "main")
    reading.builder.write("main.py", "").commit("main 1")
    reading.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    assert {subject for subject, _ in subjects(reading)} == {"merge", "side 1", "side 2", "main 1"}
    merge = reading.store.history(reading.base, frozenset()).commits[0]
    assert merge.subject == "merge" and set(merge.paths) == {"side.py", "main.py"}


def test_a_branch_from_before_the_anchor_brings_only_its_own_commits(reading: Reading) -> None:
    """Dates are forged so that a walk by date would stop too early or count old commits as new."""
    old = [reading.builder.write(CHANGED, str(number)).commit(f"old {number}").head for number in range(3)]
    reading.git("checkout", "-q", "-b", "side", old[0])
    reading.builder.write("side.py", "").commit("side")
    reading.git("checkout", "-q", "main")
    reading.base = CommitId(old[2])
    reading.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    assert [subject for subject, _ in subjects(reading)] == ["merge", "side"]


def test_a_merge_that_takes_an_old_side_says_what_it_undid(reading: Reading) -> None:
    """An evil merge: first parent is an old commit, the tree is the old one, so against its first parent nothing changed."""
    old = reading.base
    reading.builder.write(CHANGED, "audited\n").commit("audited")
    reading.base = CommitId(reading.builder.head)
    evil = reading.git("commit-tree", f"{old}^{{tree}}", "-p", str(old), "-p", "HEAD", "-m", "evil")
    reading.git("reset", "-q", "--hard", evil)
    (commit,) = reading.store.history(reading.base, frozenset()).commits
    assert commit.paths == (RepoPath(CHANGED),)


def test_an_unrelated_history_that_is_merged_in_is_new(reading: Reading) -> None:
    reading.git("checkout", "-q", "--orphan", "other")
    reading.git("rm", "-rfq", ".")
    reading.builder.write("other.py", "").commit("root of another")
    reading.git("checkout", "-q", "main")
    reading.git("merge", "-q", "--allow-unrelated-histories", "-m", "merge", "other")
    assert {subject for subject, _ in subjects(reading)} == {"merge", "root of another"}


@pytest.mark.parametrize(
    "body",
    [b"", b"tree xyz\n\nm", b"parent " + b"a" * 40 + b"\n\nm", b"tree " + b"a" * 40, b"\n\ntree " + b"a" * 40 + b"\n"],
)
def test_bytes_that_are_no_commit_are_none(body: bytes) -> None:
    assert parse_commit(body) is None or body == b"tree " + b"a" * 40


def test_a_parent_line_in_the_message_is_no_parent() -> None:
    tree, parent = "a" * 40, "b" * 40
    link = parse_commit(f"tree {tree}\nauthor a\n\nsubject\n\nparent {parent}\n".encode())
    assert link == Link(Oid(tree), (), "subject")


class Graph:
    """Commits of a made-up graph: fulfils commit_walk.Commits without git. Commit n has parents among those below it."""

    def __init__(self, parents: list[list[int]]) -> None:
        self.trees = TreeStore(ObjectBatch(_no_process, 1.0), 10, 10)
        self._links = {name(n): Link(Oid("0" * 40), tuple(map(name, above)), str(n)) for n, above in enumerate(parents)}
        self.trees.bodies[Oid("0" * 40)] = b""
        self._parents = parents

    def links(self, oids: object) -> dict[Oid, Link | None]:
        return {oid: self._links.get(oid) for oid in oids}  # type: ignore[attr-defined]

    def is_lying(self, oid: Oid) -> bool:
        return False

    def notes(self) -> tuple[str, ...]:
        return ()

    def reachable(self, start: int) -> set[int]:
        """Everything that `start` descends from, itself included."""
        seen, waiting = set(), [start]
        while waiting:
            number = waiting.pop()
            if number not in seen:
                seen.add(number)
                waiting += self._parents[number]
        return seen


def name(number: int) -> Oid:
    return Oid(f"{number + 1:040x}")


def _no_process() -> object:
    raise AssertionError("no object is fetched")


GRAPHS = st.integers(2, 14).flatmap(
    lambda size: st.tuples(*(st.lists(st.integers(0, max(0, n - 1)), max_size=min(n, 3), unique=True) for n in range(size)))
)


@settings(max_examples=100, deadline=None)
@given(parents=GRAPHS, picks=st.tuples(st.integers(0, 1000), st.integers(0, 1000)))
def test_the_walk_is_exact_on_any_graph(parents: tuple[list[int], ...], picks: tuple[int, int]) -> None:
    graph = Graph(list(parents))
    head, anchor = (pick % len(parents) for pick in picks)
    history = walk_history(graph, CommitId(name(head)), CommitId(name(anchor)), frozenset())  # type: ignore[arg-type]
    if anchor not in graph.reachable(head):
        assert history.ancestry is Ancestry.REWRITTEN and history.commits == ()
    else:
        assert history.ancestry is Ancestry.LINEAR
        assert {int(commit.subject) for commit in history.commits} == graph.reachable(head) - graph.reachable(anchor)
