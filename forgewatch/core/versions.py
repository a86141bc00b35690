"""Both versions of each changed file as bytes: what the further checks compare (checks.md, Further checks)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from forgewatch.core.snapshot import REGULAR, Change, Entry, Snapshot
from forgewatch.core.values import RepoPath


@dataclass(frozen=True, slots=True)
class Version:
    """A changed path with its bytes at HEAD and now. None: there is no such plain file, or its bytes could not be read."""

    path: RepoPath
    before: bytes | None
    after: bytes | None


def versions(snapshot: Snapshot) -> tuple[Version, ...]:
    """Return the changes that are judged (the neutral set is left out), in their order. Unreadable bytes are told by W1, not here."""
    return tuple(version_of(snapshot, change) for change in snapshot.changes if not _is_neutral(snapshot, change))


def version_of(snapshot: Snapshot, change: Change) -> Version:
    """Return both versions of one change."""
    return Version(change.path, _bytes(snapshot, change.before), _bytes(snapshot, change.after))


def written(snapshot: Snapshot) -> Iterator[tuple[RepoPath, bytes | None, bytes]]:
    """Yield path, bytes at HEAD and bytes now of each changed file that is there, of the neutral set too."""
    for version in (version_of(snapshot, change) for change in snapshot.changes):
        if version.after is not None:
            yield version.path, version.before, version.after


def _is_neutral(snapshot: Snapshot, change: Change) -> bool:
    return snapshot.places.is_neutral(change.path, boot_script=snapshot.boot_script)


def _bytes(snapshot: Snapshot, entry: Entry | None) -> bytes | None:
    if entry is None or entry.mode not in REGULAR:
        return None
    content = snapshot.contents.get(entry.oid)
    return content if isinstance(content, bytes) else None
