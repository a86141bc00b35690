"""A6 Authorization gate: HEAD is the anchor, or descends from it through authorized commits only (contract §10.7; checks.md A6).

Which commits are authorized comes from the journal alone, by way of the snapshot's history. Ledger text, commit messages and refs of
the repository authorize nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from forgewatch.core.snapshot import Ancestry, Commit, History, Snapshot
from forgewatch.core.verdict import Finding, Ruling

_SHORT = 7
_ADOPT = "an operator runs: forgewatch ledger adopt COMMIT"

_BROKEN = {
    Ancestry.UNRESOLVABLE: ("the anchor {anchor} is not in the object store", f"git fetch the commit, or {_ADOPT}"),
    Ancestry.REWRITTEN: ("the anchor {anchor} is no ancestor of HEAD {head}: history was rewritten", f"reset to the anchor, or {_ADOPT}"),
    Ancestry.SHALLOW: ("the clone is shallow and ends before the anchor {anchor}", "git fetch --unshallow"),
    Ancestry.UNTRUSTED: ("commits between the anchor {anchor} and HEAD {head} do not match their ids", "clone the repository anew"),
}


def judge(snapshot: Snapshot) -> Ruling:
    """Return a ruling over every commit since the anchor. Without a record there is nothing to measure by: the first cycle passes."""
    history = snapshot.history
    strays = _strays(snapshot)
    findings = (*_unknown_entries(history), *_anchor(snapshot), *(_unauthorized(commit, history) for commit in strays))
    return Ruling(basis=_basis(snapshot, len(strays)), findings=findings)


def _basis(snapshot: Snapshot, strays: int) -> str:
    history = snapshot.history
    if history.unknown_entries:
        entries = "1 ledger entry" if len(history.unknown_entries) == 1 else f"{len(history.unknown_entries)} ledger entries"
        return f"{entries} that this record does not know"
    if _is_first(snapshot):
        return "first AEM cycle"
    if history.ancestry in _BROKEN:
        return f"HEAD {_short(history.head)}, anchor {_short(history.anchor)}: {history.ancestry.value}"
    if history.ancestry is Ancestry.NO_ANCHOR and not strays:
        return f"HEAD {_short(history.head)}, and the record began before the first commit"
    if strays:
        return f"{strays} unauthorized commit{'' if strays == 1 else 's'} since {_short(history.anchor)}"
    if history.head == history.anchor:
        return f"HEAD {_short(history.head)} is the anchor"
    authorized = sum(commit.authorized for commit in history.commits)
    exempt = len(history.commits) - authorized
    neutral = f", {exempt} of evidence only" if exempt else ""
    plural = "" if authorized == 1 else "s"
    return f"HEAD {_short(history.head)} descends from {_short(history.anchor)} by {authorized} authorized commit{plural}{neutral}"


def _is_first(snapshot: Snapshot) -> bool:
    # A record that began on an unborn HEAD has the empty tree as its anchor, and each commit since then needs authorization.
    history = snapshot.history
    recorded = history.adopted or snapshot.ledger.entries > 0
    return history.ancestry is Ancestry.NO_ANCHOR and not (recorded and history.head is not None)


def _strays(snapshot: Snapshot) -> tuple[Commit, ...]:
    history = snapshot.history
    if history.ancestry in _BROKEN or _is_first(snapshot):
        return ()
    return tuple(commit for commit in history.commits if not commit.authorized and not _is_exempt(snapshot, commit))


def _is_exempt(snapshot: Snapshot, commit: Commit) -> bool:
    # A commit that touches nothing (empty, or a merge that took one side as it was) is not "the neutral set only".
    return bool(commit.paths) and all(snapshot.places.is_neutral(path, boot_script=snapshot.boot_script) for path in commit.paths)


def _anchor(snapshot: Snapshot) -> Iterator[Finding]:
    history = snapshot.history
    if history.ancestry in _BROKEN:
        message, remedy = _BROKEN[history.ancestry]
        told = message.format(anchor=_short(history.anchor), head=_short(history.head))
        yield Finding(code="A601", message=told, expected=remedy, actual=history.ancestry.value)
    elif history.ancestry is Ancestry.LINEAR and history.head != history.anchor and not history.commits:
        told = f"no commit is known between the anchor {_short(history.anchor)} and HEAD {_short(history.head)}"
        yield Finding(code="A601", message=told, expected=_ADOPT, actual="an incomplete history")
    elif history.ancestry is Ancestry.NO_ANCHOR and not _is_first(snapshot) and not history.commits:
        told = f"the record began before the first commit, and nothing authorized HEAD {_short(history.head)}"
        yield Finding(code="A601", message=told, expected=_ADOPT, actual=history.ancestry.value)


def _unknown_entries(history: History) -> Iterator[Finding]:
    for entry in history.unknown_entries:
        told = f"the ledger names an entry that this record does not know: {entry}"
        yield Finding(code="A601", message=told, expected=_ADOPT, actual=entry)


def _unauthorized(commit: Commit, history: History) -> Finding:
    short = commit.oid[:_SHORT]
    # Behind an authorized commit there is no one commit that HEAD should be.
    plain = history.anchor is not None and not any(one.authorized for one in history.commits)
    return Finding(
        code="A602",
        message=f"commit {short} '{commit.subject}' is not authorized",
        expected=f"HEAD at {history.anchor}" if plain else "no commit, or one whose audited tree was authorized",
        actual=f"{short} {commit.subject}",
    )


def _short(commit: str | None) -> str:
    return commit[:_SHORT] if commit else "(none)"
