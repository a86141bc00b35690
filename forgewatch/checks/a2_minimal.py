"""A2 Minimal-diff: no file moved to another name (contract §10.7; checks.md A2).

Renames are judged over deleted and added paths, staged or not, tracked or not: `mv` and `git mv` are the same deed. What a file is
called, what git prints and what the repository configures have no part in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forgewatch.core.limits import LIMITS, MIB
from forgewatch.core.pieces import is_text
from forgewatch.core.similarity import Leaf, Relation, relate
from forgewatch.core.snapshot import Change, ChangeKind, Entry, Snapshot
from forgewatch.core.values import RepoPath, Unreadable
from forgewatch.core.verdict import Finding, Ruling

_CROWDED = 128 * MIB
"""Where so many bytes of changed files are at hand, small ones may have been left out for lack of room."""

_COPY_WORK = 400_000
"""Copies are notes: no more work than this goes into finding them."""

_COPIES_TOLD = 20
"""Copies of unchanged files that are named one by one; the others are counted."""

_BLANKS = b" \t\r\n\v\f"


def judge(snapshot: Snapshot) -> Ruling:
    """Return a ruling over the rename relation of the change set. Copies and changes of form are notes."""
    changes = [change for change in snapshot.changes if not snapshot.places.is_neutral(change.path, boot_script=snapshot.boot_script)]
    deleted = sorted(_leaves(snapshot, ((change.path, change.before) for change in changes if change.after is None)), key=_path)
    added = sorted(_leaves(snapshot, ((change.path, change.after) for change in changes if change.before is None)), key=_path)
    relation = relate(deleted, added, hidden_size=_hidden_size(snapshot))
    renames = len(relation.renames)
    return Ruling(
        basis=f"{renames} rename{'' if renames == 1 else 's'} among {len(changes)} change{'' if len(changes) == 1 else 's'}",
        findings=(*_renames(relation), *_unmeasured(relation)),
        notes=(*_copies(snapshot, changes, added, relation), *_forms(snapshot, changes)),
    )


def _leaves(snapshot: Snapshot, entries: Iterable[tuple[RepoPath, Entry | None]]) -> Iterator[Leaf]:
    for path, entry in entries:
        if entry is not None:
            content = snapshot.contents.get(entry.oid, Unreadable("was not captured"))
            yield Leaf(path=path, mode=entry.mode, oid=entry.oid, content=content)


def _path(leaf: Leaf) -> str:
    return leaf.path


def _hidden_size(snapshot: Snapshot) -> int:
    held = sum(len(content) for content in snapshot.contents.values() if isinstance(content, bytes))
    return 0 if held >= _CROWDED else LIMITS.source_bytes


def _renames(relation: Relation) -> Iterator[Finding]:
    for one in relation.renames:
        yield Finding(
            code="A201",
            path=one.new,
            message=f"renamed from {one.old}, {one.percent} % alike",
            expected=one.old,
            actual=f"renamed from {one.old}, {one.percent} %",
        )


def _unmeasured(relation: Relation) -> Iterator[Finding]:
    for one in relation.unmeasured:
        yield Finding(
            code="A202",
            path=one.new,
            message=f"may be a rename of '{one.old}': {one.why}",
            expected=one.old,
            actual=f"not compared with {one.old}: {one.why}",
        )


def _copies(snapshot: Snapshot, changes: list[Change], added: list[Leaf], relation: Relation) -> Iterator[Finding]:
    # As `git diff -C`: originals are looked for among the files of this change, such as one that was split.
    renamed = {one.new for one in relation.renames}
    fresh = [leaf for leaf in added if leaf.path not in renamed]
    edited = _leaves(snapshot, ((change.path, change.before) for change in changes if change.after is not None))
    found = relate(sorted(edited, key=_path), fresh, work=_COPY_WORK).renames
    for one in found:
        yield _copy(one.new, one.old, one.percent)
    told = {one.new for one in found}
    yield from _copies_of_unchanged(snapshot, [leaf for leaf in fresh if leaf.path not in told and leaf.regular and not leaf.empty])


def _copies_of_unchanged(snapshot: Snapshot, fresh: list[Leaf]) -> Iterator[Finding]:
    # Only the same bytes count here: all of HEAD is looked at, and by nothing but the ids of its blobs.
    originals = snapshot.paths.unchanged_with(frozenset(leaf.oid for leaf in fresh)) if fresh else {}
    copies = [leaf for leaf in fresh if leaf.oid in originals]
    for leaf in copies[:_COPIES_TOLD]:
        yield _copy(leaf.path, originals[leaf.oid], 100)
    if len(copies) > _COPIES_TOLD:
        yield Finding(code="A203", message=f"{len(copies) - _COPIES_TOLD} more files are copies of unchanged ones", actual="copy")


def _copy(new: RepoPath, old: RepoPath, percent: int) -> Finding:
    return Finding(code="A203", path=new, message=f"copied from '{old}', {percent} % alike", expected=old, actual="copy")


def _forms(snapshot: Snapshot, changes: list[Change]) -> Iterator[Finding]:
    for change in changes:
        if change.kind is ChangeKind.MODE:
            yield Finding(code="A206", path=change.path, message="only its mode changed", actual="mode")
            continue
        before, after = _text(snapshot, change.before), _text(snapshot, change.after)
        if before is None or after is None:
            continue
        if _joined(before) == _joined(after):
            yield Finding(code="A205", path=change.path, message="only its line ends changed", actual="line ends")
        elif before.translate(None, _BLANKS) == after.translate(None, _BLANKS):
            yield Finding(code="A204", path=change.path, message="only white space changed", actual="white space")


def _text(snapshot: Snapshot, entry: Entry | None) -> bytes | None:
    content = snapshot.contents.get(entry.oid) if entry else None
    return content if isinstance(content, bytes) and is_text(content) else None


def _joined(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
