"""The scope of an approval contract: what its ticked sections name in backticks (requirements.md section 1, Approval scope reader).

- [x] Runtime code changes:
  - `app/login.py`: accept a second factor
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum, auto

from forgewatch.core.defect import Defect
from forgewatch.core.globs import compile_globs

_BOX = re.compile(r"\s*(?:[-*+]\s+)?\[(?P<box>[^\]]{0,3})\](?!\()\s*(?P<text>.*)")
_ITEM = re.compile(r"\s*(?:[-*+]\s+)?(?P<text>.*)")
_TITLE = re.compile(r"[#\s*]*(?P<title>[A-Za-z][A-Za-z -]*?)\**(?::\**(?P<rest>.*))?")
_TOKEN = re.compile(r"`([^`\s]+)`")
_NONE = re.compile(r"[\s\-*+.()_]*(?:none|n/a)[\s.()*_]*", re.IGNORECASE)
_SHOWN = 60
_PATHS, _DISPUTES, _SECTIONS = 1000, 100, 40
"""Paths that one contract may name, faults that are told, and sections that are read: the time of reading is bounded."""


class Section(StrEnum):
    """The four parts of a scope, by their titles."""

    SCHEMA = "Schema changes"
    RUNTIME = "Runtime code changes"
    BACKFILL = "Backfill scripts"
    DOCS = "Documentation-only changes"


class Tick(StrEnum):
    """The box before a section or an item. Only TICKED is a yes; MISSING is one where no section has a box."""

    TICKED = auto()
    OPEN = auto()
    ODD = auto()
    MISSING = auto()


@dataclass(frozen=True, slots=True)
class Disputed:
    """A field of a contract that is not as it must be, with both sides and its line (None: it is not there)."""

    field: str
    expected: str
    actual: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One section as it was written. `paths` are the paths and globs it names; `none`: it says NONE."""

    section: Section
    line: int
    tick: Tick
    paths: tuple[str, ...] = ()
    none: bool = False


@dataclass(frozen=True, slots=True)
class Scopes:
    """All sections of a contract in their order, and what in them cannot be read."""

    scopes: tuple[Scope, ...] = ()
    disputes: tuple[Disputed, ...] = ()

    def approved(self, section: Section) -> tuple[str, ...]:
        """Return the paths and globs that a section approves: none where it, or a second one of its title, has no tick.

        Boxes may be missing only from all sections: then what is listed is approved.
        """
        wanted = Tick.MISSING if all(scope.tick is Tick.MISSING for scope in self.scopes) else Tick.TICKED
        mine = [scope for scope in self.scopes if scope.section is section]
        return tuple(path for scope in mine for path in scope.paths) if all(scope.tick is wanted for scope in mine) else ()


def read_scopes(lines: Iterable[tuple[int, str]]) -> Scopes:
    """Return the sections of the numbered lines below APPROVED SCOPE. Never raises; linear in the text."""
    found = Scopes()
    for number, line in lines:
        tick, text = _box(line)
        if tick is Tick.ODD:
            found = _disputed(found, Disputed("box", "[ ] or [x]", line.strip()[:_SHOWN], number))
        if len(found.scopes) == _SECTIONS:
            return _disputed(found, Disputed("section", f"each of {len(Section)} sections once", "more", number))
        section, rest = _section(text)
        if section is not None:
            found = _with_item(_begun(found, Scope(section=section, line=number, tick=tick)), rest, number)
        elif found.scopes and tick in (Tick.TICKED, Tick.MISSING):
            found = _with_item(found, text, number)
        elif tick is Tick.TICKED:
            found = _disputed(found, Disputed("box", f"one of the sections {', '.join(Section)}", line.strip()[:_SHOWN], number))
    return found


def _box(line: str) -> tuple[Tick, str]:
    found = _BOX.fullmatch(line)
    if found is None:
        plain = _ITEM.fullmatch(line)
        return Tick.MISSING, plain["text"] if plain else line
    state = found["box"].strip().lower()
    return {"x": Tick.TICKED, "": Tick.OPEN}.get(state, Tick.ODD), found["text"]


def _section(text: str) -> tuple[Section | None, str]:
    found = _TITLE.fullmatch(text.strip())
    name = found["title"].strip().lower() if found else ""
    section = next((section for section in Section if section.lower() == name), None)
    return section, found["rest"] or "" if found else ""


def _begun(found: Scopes, scope: Scope) -> Scopes:
    if any(other.section is scope.section for other in found.scopes):
        found = _disputed(found, Disputed(scope.section, "the section once", "a second one", scope.line))
    return replace(found, scopes=(*found.scopes, scope))


def _with_item(found: Scopes, text: str, number: int) -> Scopes:
    """Add what one line names to the newest section: backticked words with `/` or `.` in them, and `*` or `**` alone."""
    scope = found.scopes[-1]
    room = _PATHS - sum(len(other.paths) for other in found.scopes)
    tokens = [token for token in _TOKEN.findall(text) if "/" in token or "." in token or not token.strip("*")]
    if len(tokens) > room:
        return _disputed(found, Disputed(scope.section, f"at most {_PATHS} paths in all", "more", number))
    flawed = [(token, why) for token in tokens if (why := _flaw(token))]
    for token, why in flawed:
        actual = f"`{token[:_SHOWN]}`: {why}"
        found = _disputed(found, Disputed(scope.section, "a path or glob inside the repository", actual, number))
    bad = {token for token, _ in flawed}
    grown = replace(
        scope,
        paths=(*scope.paths, *(token for token in tokens if token not in bad)),
        none=scope.none or _NONE.fullmatch(text) is not None,
    )
    return replace(found, scopes=(*found.scopes[:-1], grown))


def _flaw(token: str) -> str:
    compiled = compile_globs([anchored(token)])
    return "is absolute" if token.startswith("/") else compiled.why if isinstance(compiled, Defect) else ""


def anchored(path: str) -> str:
    """Return the glob of a path that stands in a scope: `README.md` is the one at the root, not one of that name in every folder."""
    return f"/{path}"


def _disputed(found: Scopes, dispute: Disputed) -> Scopes:
    return found if len(found.disputes) == _DISPUTES else replace(found, disputes=(*found.disputes, dispute))
