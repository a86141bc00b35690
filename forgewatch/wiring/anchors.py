"""The anchor of a journal: pushed to by a command, looked at by whoever wants to know whether the record was put back."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from forgewatch.adapters.anchor import opened_anchor
from forgewatch.adapters.anchor_note import AnchorNote, read_anchor_note, write_anchor_note
from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.git_program import find_git
from forgewatch.adapters.git_push import remote_of
from forgewatch.adapters.git_remote import Caller
from forgewatch.adapters.journal_keys import KeyFolder, verifies
from forgewatch.adapters.journal_seal import JournalSeal
from forgewatch.adapters.journal_whole import read_whole
from forgewatch.app.anchoring import disagreement, publish
from forgewatch.core.anchor import Anchored, anchor_flaw, size_of
from forgewatch.core.errors import AnchorUnreachable, EnvironmentFault
from forgewatch.core.journal_exam import Trust
from forgewatch.core.tampering import Flaw

LOOK_SECONDS = 15.0
"""How long a start or a check waits for the anchor to answer; each of its two questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorLook:
    """What a look at the anchor gave: so many entries there (0: none of this journal), and what is wrong with the journal by them; or why
    it could not be looked at. `last`: what was seen at this address before."""

    entries: int = 0
    flaw: Flaw | None = None
    unreachable: str = ""
    last: AnchorNote | None = None

    @property
    def doubt(self) -> str:
        """Why nothing, or less than before, is known by the anchor; empty when that is not so."""
        if self.unreachable or self.last is None or self.entries >= self.last.entries:
            return self.unreachable
        return f"{self.last.url} keeps {self.entries} entries, and {self.last.entries} were seen there at {self.last.at}"


def push_anchor(folder: Path, url: str, root: str, environ: Mapping[str, str] = os.environ) -> Anchored:
    """Let the anchor keep the newest checkpoint of the journal in `folder`, and note that for `status`.

    Raises TamperDetected when anchor and journal disagree, EnvironmentFault when it cannot be done.
    """
    remote, clock, trust = remote_of(url), SystemClock(), trust_of(folder)

    def read() -> tuple[bytes, Sequence[bytes]]:
        whole = read_whole(folder)
        if whole.note is None:
            raise EnvironmentFault("the journal has no checkpoint yet", "the next entry that forgewatch records makes one")
        return whole.note, whole.lines

    read()
    with opened_anchor(Caller(git=find_git(environ, [root]), directory="", environ=environ), remote) as branch:
        anchored = publish(read, trust, branch, clock)
    write_anchor_note(folder, AnchorNote(anchored.entries, clock.now(), remote.text))
    return anchored


def look_at_anchor(folder: Path, url: str, root: str, trust: Trust, environ: Mapping[str, str]) -> AnchorLook:
    """Compare the journal in `folder` with what the anchor keeps of it. Writes nothing. Raises GitFailed, UsageError, EnvironmentFault.

    A journal that is empty or gone disagrees with an anchor that has one.
    """
    caller = Caller(git=find_git(environ, [root]), directory="", environ=environ, seconds=LOOK_SECONDS)
    note = read_anchor_note(folder)
    last = note if note is not None and note.url == url else None
    try:
        with opened_anchor(caller, remote_of(url)) as branch:
            branch.newest()
            kept = branch.read(trust.origin)
    except AnchorUnreachable as fault:
        return AnchorLook(unreachable=str(fault), last=last)
    if kept is None:
        return AnchorLook(last=last)
    # Read after the anchor: somebody may have added lines, and anchored them, in between.
    return AnchorLook(entries=size_of(kept), flaw=anchor_flaw(kept, read_whole(folder).lines, trust), last=last)


def refuse_rollback(folder: Path, url: str, root: str, environ: Mapping[str, str]) -> str:
    """Return what the anchor leaves in doubt, empty when it agrees. Raises TamperDetected when it does not."""
    look = look_at_anchor(folder, url, root, trust_of(folder), environ)
    if look.flaw is not None:
        raise disagreement(look.flaw)
    return look.doubt


def trust_of(folder: Path) -> Trust:
    """Return what the state folder itself believes its journal by. Raises TamperDetected for a key that is none."""
    keys = KeyFolder(folder)
    # Without a key nothing at the anchor is ours, which is what the comparison says then.
    return Trust(JournalSeal(folder).origin, keys.root() if keys.exists() else b"", verifies)
