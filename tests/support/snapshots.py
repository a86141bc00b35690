"""Snapshots for tests of checks: a clean one, to be varied with `dataclasses.replace` or keyword arguments."""

from __future__ import annotations

from typing import Any

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.difflog import Claim, Complete, DiffLog, Label, Section, Status, Verification, Verified
from forgewatch.core.places import FORGE
from forgewatch.core.settings import Profile
from forgewatch.core.snapshot import Ancestry, Change, ChangeKind, Entry, History, LedgerCondition, LedgerFacts, PathTable, Snapshot
from forgewatch.core.testrecord import TestRecord
from forgewatch.core.values import CommitId, Oid, Phase, RepoPath

HEAD = CommitId("1" * 40)


def oid(name: str) -> Oid:
    """Return a made-up object id that depends on `name` only."""
    return Oid(digest_of_bytes(name.encode("utf-8", "surrogateescape"))[7:47])


def entry(name: str, mode: int = 0o100644) -> Entry:
    """Return a tree entry whose blob id depends on `name` only."""
    return Entry(mode, oid(name))


def modified(path: str) -> Change:
    """Return the change of a tracked file's content."""
    return Change(path=RepoPath(path), kind=ChangeKind.MODIFIED, before=entry(f"{path} before"), after=entry(f"{path} after"))


def untracked(path: str) -> Change:
    """Return the change of a new file that git does not track."""
    return Change(path=RepoPath(path), kind=ChangeKind.UNTRACKED, before=None, after=entry(f"{path} after"))


def deleted(path: str) -> Change:
    """Return the change of a tracked file that is gone."""
    return Change(path=RepoPath(path), kind=ChangeKind.DELETED, before=entry(f"{path} before"), after=None)


def claim(*paths: str) -> Claim:
    """Return a claim of these paths, on lines 20, 21, ..."""
    return Claim(paths=tuple(RepoPath(path) for path in paths), lines=tuple(range(20, 20 + len(paths))))


def verification(*labels: Label) -> Verification:
    """Return a Verification section whose items all say PASS."""
    return Verification(
        stated=True, line=30, items=tuple(Verified(label=label, text="PASS fine", line=31 + n) for n, label in enumerate(labels))
    )


def difflog(claimed: Claim | None = None, **parts: Any) -> DiffLog:
    """Return a complete, honest diff log."""
    titles = ("Cycle Status", "Summary", "Files Changed", "Verification", "Notes", "Next Steps")
    sections = tuple(
        Section(title=title, key=title.casefold(), line=10 * n, items=((10 * n + 1, "None"),)) for n, title in enumerate(titles, 1)
    )
    values: dict[str, Any] = {
        "status": Status.COMPLETE,
        "status_text": "COMPLETE",
        "status_line": 8,
        "phase": Phase("Phase 1 -- Things"),
        "claim": claimed or claim(),
        "sections": sections,
        "verification": verification(*Label),
        "placeholders": (),
        "digest": digest_of_bytes(b"diff log"),
    }
    return DiffLog(**{**values, **parts})


def record(**parts: Any) -> TestRecord:
    """Return a passing test record of HEAD."""
    values: dict[str, Any] = {
        "line1": "Status: PASS",
        "status": "PASS",
        "head": HEAD,
        "exits": (("pytest", 0),),
        "digest": digest_of_bytes(b"record"),
    }
    return TestRecord(**{**values, **parts})


def snapshot(*changes: Change, claimed: Claim | None = None, **parts: Any) -> Snapshot:
    """Return a snapshot of honest work: what changed is what is claimed, unless the test says otherwise."""
    told = claimed if claimed is not None else claim(*(change.path for change in changes))
    base = {change.path: change.before for change in changes if change.before is not None}
    overlay = {change.path: change.after for change in changes}
    values: dict[str, Any] = {
        "places": FORGE,
        "phase": Phase("Phase 1 -- Things"),
        "profile": Profile.DEV,
        "difflog": Complete(difflog(told)),
        "claim": told,
        "test_record": record(),
        "tree": digest_of_bytes(b"tree"),
        "paths": PathTable(base, overlay),
        "changes": tuple(sorted(changes, key=lambda change: change.path)),
        "history": History(head=HEAD, anchor=HEAD, ancestry=Ancestry.LINEAR),
        "ledger": LedgerFacts(LedgerCondition.INTACT),
    }
    return Snapshot(**{**values, **parts})


def written(*files: tuple[str, str | bytes | None, str | bytes | None]) -> dict[str, Any]:
    """Return `changes`, `claimed`, `paths` and `contents` of files given as (path, content at HEAD, content now); None: not there."""
    base: dict[RepoPath, Entry] = {}
    overlay: dict[RepoPath, Entry | None] = {}
    contents: dict[Oid, bytes] = {}
    changes = []
    for name, *sides in files:
        path = RepoPath(name)
        raws = [side.encode() if isinstance(side, str) else side for side in sides]
        before, after = (None if raw is None else Entry(0o100644, oid(f"{name} {digest_of_bytes(raw)}")) for raw in raws)
        for side, raw in ((before, raws[0]), (after, raws[1])):
            if side is not None and raw is not None:
                contents[side.oid] = raw
        if before is not None:
            base[path] = before
        if before != after:
            overlay[path] = after
            kind = ChangeKind.UNTRACKED if before is None else ChangeKind.DELETED if after is None else ChangeKind.MODIFIED
            changes.append(Change(path=path, kind=kind, before=before, after=after))
    claimed = claim(*(change.path for change in changes))
    return {
        "changes": tuple(sorted(changes, key=lambda change: change.path)),
        "claim": claimed,
        "paths": PathTable(base, overlay),
        "contents": contents,
    }
