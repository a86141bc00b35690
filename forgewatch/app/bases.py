"""Which commit a change is measured from, and whose rules hold (cli.md, `--base`; architecture.md, BASE)."""

from __future__ import annotations

from forgewatch.core.errors import GitFailed, NoSuchRevision
from forgewatch.core.ports import ObjectStore
from forgewatch.core.snapshot import Ancestry, History
from forgewatch.core.values import CommitId


def compared_with(name: str | None, store: ObjectStore, history: History) -> CommitId | None:
    """Return the commit that the caller's `name` stands for, None without one. Raises NoSuchRevision, and GitFailed
    unless it is HEAD or an ancestor of it."""
    if name is None:
        return None
    commit = store.resolve(name)
    if commit is None:
        raise NoSuchRevision(name)
    if history.head != commit and store.history(commit, frozenset()).ancestry is not Ancestry.LINEAR:
        # Any tree can be made a commit: measured from one that holds the work already, nothing would have changed.
        why = f"--base {name}: expected HEAD or an ancestor of it, found {commit}"
        raise GitFailed(why, f"give the merge base: git merge-base {name} HEAD")
    return commit


def policy_base(store: ObjectStore, history: History, against: CommitId | None) -> CommitId | None:
    """Return the commit whose rules hold: the anchor, or what the caller compares with where that is older still (a CI checkout adopts its
    HEAD). Nobody gets to milder rules by naming a commit behind the anchor."""
    anchor = _base(history)
    if against is None or anchor is None or against == anchor:
        return anchor
    older = against != history.head and anchor in {commit.oid for commit in store.history(against, frozenset()).commits}
    return against if older else anchor


def _base(history: History) -> CommitId | None:
    return history.anchor if history.ancestry is Ancestry.LINEAR else history.head
