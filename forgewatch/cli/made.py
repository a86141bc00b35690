"""What a command created, kept or removed, and what is to be done next: `init` tells it as text and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from forgewatch.core.text import PATH_LIMIT, escape


class Deed(StrEnum):
    """What became of a file or folder. KEPT: something of that name was there and was not touched; CHANGED: it got what it lacked."""

    CREATED = "created"
    KEPT = "kept"
    CHANGED = "changed"
    REMOVED = "removed"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Made:
    """One file or folder, relative to the repository or absolute; `remark` says what is special about it, mostly nothing."""

    deed: Deed
    path: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Deeds:
    """What one step of `init` did: its files in order, remarks as lines, and what the caller has to do next."""

    files: tuple[Made, ...] = ()
    notes: tuple[str, ...] = ()
    next: tuple[str, ...] = ()


def made_text(made: Made) -> str:
    """Return one indented, escaped line."""
    return f"  {made.deed:<7} {_line(made.path)}" + (f" ({_line(made.remark)})" if made.remark else "")


def deeds_text(title: str, deeds: Deeds) -> str:
    """Return the block that a person reads, escaped line by line; commands to paste stand below each other."""
    lines = [_line(title), *map(made_text, deeds.files), *(f"  {_line(note)}" for note in deeds.notes)]
    return "\n".join([*lines, *(f"{'      ' if number else 'next: '}{_line(step)}" for number, step in enumerate(deeds.next))])


def _line(text: str) -> str:
    return escape(text, PATH_LIMIT)


def deeds_json(deeds: Deeds) -> dict[str, object]:
    """Return the JSON object of a step."""
    return {
        "files": [{"result": made.deed.value, "path": made.path, "remark": made.remark} for made in deeds.files],
        "notes": list(deeds.notes),
        "next": list(deeds.next),
    }
