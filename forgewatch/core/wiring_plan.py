"""When components are due to be called, by the plan: which phases name them, and the items that wire them (contract §9.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from forgewatch.core.phase_items import Item, items_of
from forgewatch.core.phase_words import phase_number
from forgewatch.core.phases import PhaseText, is_final, parse_phases, rank_of
from forgewatch.core.values import UNKNOWN_PHASE, Content, Phase

_WORD = re.compile(r"[A-Za-z_]\w*")
_CODE = re.compile(r"`([^`\n]{1,200})`|([A-Za-z_][\w.]*)\(")
_FILE = re.compile(r"[\w./-]+\.pyi?\b")
_SQUEEZED = re.compile(r"[\s_-]+|sitory(?=\W|\Z)|sitories(?=\W|\Z)")
_MANY_PARTS = re.compile(r"\w*[a-z0-9][A-Z]|\w*[^_\W]_[^_\W]")
_WIRE = re.compile(
    r"wire[ \t]+(?:up[ \t]+)?(?P<caller>\S.{0,120}?)[ \t]+to[ \t]+(?:call|use|invoke)[ \t]+(?P<callee>\S.{0,200})", re.IGNORECASE
)
_PHASES = 256
_ARTICLES = frozenset({"the", "and", "its", "new"})


@dataclass(frozen=True, slots=True)
class _Names:
    """The names in a text: words, words that are marked as code or called, Python files by their last part, and the text in small letters
    without spaces, so that `trade repository` is `TradeRepo`."""

    words: frozenset[str]
    code: frozenset[str]
    files: Mapping[str, list[str]]
    squeezed: str


@lru_cache(maxsize=_PHASES)
def _names_of(text: str) -> _Names:
    # A plan has as many texts as phases, and they are the same from audit to audit.
    marked = (word for shown, called in _CODE.findall(text) for word in _WORD.findall(shown or called))
    files: dict[str, list[str]] = {}
    for file in dict.fromkeys(_FILE.findall(text)):
        files.setdefault(file.rpartition("/")[2], []).append(file)
    return _Names(frozenset(_WORD.findall(text)), frozenset(marked), files, _squeezed(text))


def names_component(phase: PhaseText, component: str, path: str, *, by_file: bool) -> bool:
    """True when a phase names a component: by its own name, a class in prose too, or, where `by_file`, by its file."""
    names, word = _names_of(phase.text), component.rpartition(".")[2]
    same = names.files.get(path.rpartition("/")[2], []) if by_file else []
    if any(path == file or path.endswith(f"/{file}") or file.endswith(f"/{path}") for file in same):
        return True
    if not _MANY_PARTS.match(word):
        return word in names.code
    return word in names.words or (word[:1].isupper() and _squeezed(word) in names.squeezed)


@dataclass(frozen=True, slots=True)
class Plan:
    """The phases of one version of phases.md in the order of their numbers, and where the work is: `now` is what phases are ordered by.
    `final`: no phase is left."""

    phases: tuple[PhaseText, ...]
    now: tuple[list[int], str]
    final: bool

    def naming(self, component: str, path: str, *, by_file: bool) -> tuple[PhaseText, ...]:
        """Return the phases that name a component, the one that creates it first."""
        return tuple(phase for phase in self.phases if names_component(phase, component, path, by_file=by_file))

    def is_past(self, phase: PhaseText) -> bool:
        """True for a phase before this one."""
        return rank_of(phase.name) < self.now

    def is_ahead(self, phase: PhaseText) -> bool:
        """True for a phase that is still to come."""
        return rank_of(phase.name) > self.now

    def is_due(self, component: str, path: str, *, by_file: bool) -> bool:
        """True when the component is of an earlier phase and no phase to come names it; in the last phase every component is.

        A phase that is under way may name what it goes on building: it owes a caller where an item of it says so, or when it is over.
        """
        named = self.naming(component, path, by_file=by_file)
        if not named:
            return self.final
        if not self.is_past(named[0]) or self.is_ahead(named[-1]):
            return False
        return self.is_past(named[-1]) or self.final or not wired_words(named[-1]).isdisjoint(component.split("."))


def plan_of(raw: Content, phase: Phase) -> Plan | None:
    """Return the plan as it looks from a phase; None without phases, with more than anybody plans, or where the phase is not known."""
    phases = parse_phases(raw) if isinstance(raw, bytes) else ()
    if not 0 < len(phases) <= _PHASES or phase == UNKNOWN_PHASE:
        return None
    ordered = sorted(phases, key=lambda one: rank_of(one.name))
    return Plan(tuple(ordered), rank_of(phase_number(phase)), is_final(phase, phases))


def plans_of(work: Content, base: Content, phase: Phase) -> list[Plan]:
    """Return the plans of both versions of phases.md, one where they are the same; those of the working tree first."""
    return [plan for raw in dict.fromkeys((work, base)) if (plan := plan_of(raw, phase)) is not None]


@dataclass(frozen=True, slots=True)
class WireItem:
    """An item of a phase's scope that wires a caller: `Wire A to call B`."""

    phase: PhaseText
    item: Item
    caller: str
    accepted: bool


def wire_items(phase: PhaseText) -> Iterator[WireItem]:
    """Yield the wiring items of a phase. `accepted`: one of its criteria begins with the caller, by any of its names."""
    items = items_of(phase)
    criteria = [_words(item.text) for item in items if item.accepts]
    for item in items:
        found = None if item.accepts else _WIRE.match(item.text)
        if found:
            caller = found.group("caller")
            yield WireItem(phase, item, caller, any(_words(caller) & told for told in criteria))


@lru_cache(maxsize=_PHASES)
def wired_words(phase: PhaseText) -> frozenset[str]:
    """Return the words of what a phase wires its callers to."""
    return frozenset(word for one in wire_items(phase) for word in _WORD.findall(one.item.text))


def _words(text: str) -> set[str]:
    """Return what a name is known by: its identifiers, and what classes are called in short (`engine` for `TradingEngine`)."""
    words = [word for word in _WORD.findall(text) if len(word) > 2 and word.lower() not in _ARTICLES]
    short = [humps[-1] for word in words if word[:1].isupper() and len(humps := re.findall(r"[A-Z][a-z0-9]+", word)) > 1]
    return {word.lower() for word in (*words, *short)}


def _squeezed(text: str) -> str:
    return _SQUEEZED.sub("", text).lower()
