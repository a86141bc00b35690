"""The anchor in words, from the note in the state folder. Light: `status` uses it."""

from __future__ import annotations

import calendar
import time

from forgewatch.adapters.anchor_note import AnchorNote

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def anchored(note: AnchorNote | None) -> str:
    """Return which entry was seen at the anchor last, and how long ago; `never` for none."""
    return "never" if note is None or not note.entries else f"entry {note.entries - 1}, {age(note.at, time.time())}"


def age(at: str, now: float) -> str:
    """Return how long ago a time in UTC was, in the largest unit that gives at least 1."""
    try:
        seconds = max(int(now) - calendar.timegm(time.strptime(at, "%Y-%m-%dT%H:%M:%SZ")), 0)
    except ValueError:
        return "at an unknown time"
    size, unit = next((each for each in _UNITS if seconds >= each[0]), _UNITS[-1])
    return f"{seconds // size} {unit} ago"
