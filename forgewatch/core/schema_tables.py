"""The tables that `schema.md` defines, and whether a phase takes one up (contract §9.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from forgewatch.core.added_lines import text_of
from forgewatch.core.phases import PhaseText

_CREATE = re.compile(r"\s*CREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<name>[\w.\"`\[\]]+)", re.IGNORECASE)
_HEADING = re.compile(r"(?P<marks>#{1,6})[ \t]+(?P<title>.*?)[ \t]*#*\s*\Z")
_NAME = re.compile(
    r"(?:\d+[.)]?\d*[ \t]+)?(?:table:?[ \t]+)?[`*\"]*(?P<name>[A-Za-z_]\w*)[`*\"]*(?:[ \t]+table|[ \t]*[(:–—-].*)?\Z", re.IGNORECASE
)
_TABLES = re.compile(r"\btables?\b", re.IGNORECASE)
_LAYER = r"(?:[ _-]?(?:repo\w*|dao|stores?|tables?|models?|services?|gateway))?"

SENTENCE = "Table `{table_name}` is defined in schema.md but no phase creates a repository for it."
"""The contract's sentence, word for word (contract §9.6)."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table by its name, and the line of its definition from 1."""

    name: str
    line: int


def parse_tables(raw: bytes) -> tuple[Table, ...]:
    """Return the tables of a schema, each once: `CREATE TABLE x`, and headings of one name below a heading about tables."""
    found: dict[str, Table] = {}
    place = (0, 0)
    for number, line in enumerate(text_of(raw).splitlines(), 1):
        heading, created = _HEADING.match(line), _CREATE.match(line)
        name = _last(created.group("name")) if created else ""
        if heading:
            place, is_table = _step(place, len(heading.group("marks")), heading.group("title"))
            named = _NAME.match(heading.group("title")) if is_table else None
            name = named.group("name") if named else ""
        if name:
            found.setdefault(name.lower(), Table(name, number))
    return tuple(found.values())


def untaken(tables: tuple[Table, ...], phases: tuple[PhaseText, ...]) -> tuple[Table, ...]:
    """Return the tables that no phase takes up, in their order (contract §9.6)."""
    text = "\n".join(phase.text for phase in phases)
    return tuple(table for table in tables if not takes_up(table.name, text))


def takes_up(name: str, text: str) -> bool:
    """True when a text names a table, in the plural or singular, with or without the layer behind it: `order_items`, `OrderItemRepo`."""
    *first, last = [re.escape(part) for part in name.split("_") if part] or [re.escape(name)]
    stems = {last, re.sub(r"s\Z", "", last), re.sub(r"es\Z", "", last), re.sub(r"ies\Z", "y", last)}
    ends = "|".join(sorted(filter(None, stems)))
    pattern = "[ _-]?".join([*first, f"(?:{ends})(?:s|es)?"])
    return re.search(rf"(?<![A-Za-z0-9_]){pattern}{_LAYER}(?![A-Za-z0-9_])", text, re.IGNORECASE) is not None


def _last(name: str) -> str:
    return re.sub(r"[\"`\[\]]", "", name).split(".")[-1]


def _step(place: tuple[int, int], depth: int, title: str) -> tuple[tuple[int, int], bool]:
    """Return the depths of the heading about tables and of those below it, 0 for none yet, and whether this one is about one table.

    What stands deeper than the first heading below is a part of a table.
    """
    above, inner = place
    if above and depth > above:
        return (above, inner or depth), depth == (inner or depth)
    return (depth if _TABLES.search(title) else 0, 0), False
