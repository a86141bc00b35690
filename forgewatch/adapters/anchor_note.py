"""`anchor.json` in the state folder: what was seen at the anchor last, for `status`. Proves nothing; imports little."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from pathlib import Path
from typing import Any, NamedTuple

from forgewatch.adapters.disk import FOLDER, READ, SYSTEM, read_exactly, remedy, replace_whole
from forgewatch.adapters.state_folder import ANCHOR
from forgewatch.core.errors import EnvironmentFault

_BYTES = 4096


class AnchorNote(NamedTuple):
    """A checkpoint of `entries` lines was seen at the anchor `url`, at the time `at` (UTC)."""

    entries: int
    at: str
    url: str


def write_anchor_note(folder: Path, note: AnchorNote) -> None:
    """Put the note in place of the last one. Raises EnvironmentFault."""
    raw = json.dumps({"entries": note.entries, "at": note.at, "url": note.url}).encode() + b"\n"
    try:
        handle = os.open(folder, FOLDER)
        try:
            replace_whole(SYSTEM, handle, ANCHOR, raw, stat.S_IMODE(os.fstat(handle).st_mode) & 0o666)
        finally:
            os.close(handle)
    except OSError as error:
        raise EnvironmentFault(
            f"{folder / ANCHOR} cannot be written: {error.strerror}", remedy(error, "check the owner of that folder")
        ) from error


def read_anchor_note(folder: Path | None) -> AnchorNote | None:
    """Return the note; None when there is none, or what stands there is none."""
    if folder is None:
        return None
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
        handle = os.open(folder / ANCHOR, READ)
        try:
            found: Any = json.loads(read_exactly(SYSTEM, handle, _BYTES, 0))
        finally:
            os.close(handle)
        return AnchorNote(int(found["entries"]), str(found["at"]), str(found["url"]))
    return None
