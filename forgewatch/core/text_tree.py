"""A tree in which line endings are made alike, so that `core.autocrlf` turns no authorized commit into a stranger (checks.md A109).

git may turn CR LF into LF on the way into a commit; the audit saw the bytes before that. Both sides are read by one rule: what a change
changed counts with LF, and what differs from before in line endings only counts as unchanged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

from forgewatch.core.repository_facts import tree_digest
from forgewatch.core.snapshot import REGULAR, Change, Conversion, Entry, PathTable
from forgewatch.core.values import Digest, Oid, RepoPath, Unreadable

Blobs = Mapping[Oid, bytes | Unreadable]
_LOOKED_AT = 8000
"""Bytes in which a NUL makes a file binary, as git looks at it."""


def text_of_work(
    paths: PathTable, changes: Iterable[Change], conversions: Sequence[Conversion], blobs: Blobs, is_neutral: Callable[[str], bool]
) -> Digest | None:
    """Return the digest of a working tree with line endings made alike; None where that is the raw tree: nothing was converted as a
    whole, and no changed text has CR LF."""
    changed = {change.path: change.after for change in changes if not change.staged}
    if not conversions and all(entry is None or plain_oid(entry.oid, blobs) == entry.oid for entry in changed.values()):
        return None
    # What differs and is no change was converted as a whole, or is kept by a large-file pointer: the commit holds what was there before.
    over = {path: entry for path, entry in paths.overlay.items() if path in changed}
    return text_tree(paths.base, over, blobs, is_neutral)


def text_tree(
    before: Mapping[RepoPath, Entry],
    after: Mapping[RepoPath, Entry | None],
    blobs: Blobs,
    is_neutral: Callable[[str], bool],
) -> Digest:
    """Return the digest of `before` with the entries `after` laid over it, line endings made alike. `blobs` are the bytes on both sides."""
    entries = dict(before)
    for path, entry in after.items():
        kept = None if entry is None else _entry(before.get(path), entry, blobs)
        if kept is None:
            entries.pop(path, None)
        else:
            entries[path] = kept
    return tree_digest(entries, is_neutral)


def plain_oid(oid: Oid, blobs: Blobs) -> Oid:
    """Return the id that the blob has with LF for CR LF; its own for what is no text or cannot be read."""
    raw = blobs.get(oid)
    if not isinstance(raw, bytes) or b"\r\n" not in raw or b"\0" in raw[:_LOOKED_AT]:
        return oid
    text = raw.replace(b"\r\n", b"\n")
    hasher = hashlib.sha1(usedforsecurity=False) if len(oid) == 40 else hashlib.sha256()
    hasher.update(b"blob %d\0" % len(text))
    hasher.update(text)
    return Oid(hasher.hexdigest())


def _entry(before: Entry | None, after: Entry, blobs: Blobs) -> Entry:
    if after.mode not in REGULAR:
        return after
    plain = plain_oid(after.oid, blobs)
    if before is not None and before.mode == after.mode and plain_oid(before.oid, blobs) == plain:
        return before
    return Entry(after.mode, plain)
