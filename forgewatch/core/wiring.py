"""Which components nothing calls: names that no other file of the product uses, and that nothing used leads to (contract §9.5).

Told with care: a word anywhere in code, in a text or in a setting is a use, because registries, containers and `getattr` know names as
texts. Tests, comments, docstrings, and imports that nothing follows are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from forgewatch.core.components import Component, ComponentFacts
from forgewatch.core.mentions import Mentions
from forgewatch.core.values import RepoPath
from forgewatch.core.wiring_plan import Plan


@dataclass(frozen=True, slots=True)
class Loose:
    """A component that nothing calls, by name, file and line. `whole`: nothing of its file is called."""

    name: str
    path: RepoPath
    line: int
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """The components that are due and that nothing calls, how many were due, and the languages whose components are not judged.

    `why` is not empty when nothing could be judged.
    """

    loose: tuple[Loose, ...] = ()
    judged: int = 0
    unjudged: tuple[str, ...] = ()
    why: str = ""


def due_components(
    older: Mapping[RepoPath, ComponentFacts], now: Mapping[RepoPath, ComponentFacts], plans: Sequence[Plan]
) -> Mapping[RepoPath, tuple[Component, ...]]:
    """Return by file the components that were there before this cycle, are there now, and are due by any of the plans."""
    found: dict[RepoPath, tuple[Component, ...]] = {}
    for path, facts in now.items():
        known = {component.name for component in older[path].components} if path in older else set()
        kept = [component for component in facts.components if component.name in known]
        due = tuple(one for one in kept if any(plan.is_due(one.name, path, by_file=is_class(one.name)) for plan in plans))
        if due:
            found[path] = due
    return found


def is_class(name: str) -> bool:
    """True for the name of a component that is a class: a plan that names its file means it."""
    return name[:1].isupper() and "." not in name


def words_of(facts: ComponentFacts) -> set[str]:
    """Return every name by which something of a file could be used, private ones left out."""
    names = {component.word for component in facts.components} | {name.rpartition(".")[2] for name, _ in facts.leads}
    return {name for name in names if not name.startswith("_")}


def loose_components(
    due: Mapping[RepoPath, tuple[Component, ...]],
    now: Mapping[RepoPath, ComponentFacts],
    mentions: Iterable[tuple[RepoPath, Mentions]],
    layers: Iterable[RepoPath],
) -> tuple[Loose, ...]:
    """Return the due components that nothing calls. A package outside of `layers` that offers a name offers it to the world."""
    inside = frozenset(layers)
    users: dict[str, set[RepoPath]] = {}
    for path, told in mentions:
        offered = told.offered if path.endswith("__init__.py") and path not in inside else ()
        for word in (*told.used, *offered):
            users.setdefault(word, set()).add(path)
    return tuple(loose for path, components in due.items() for loose in _loose(path, components, now[path], users))


def _loose(path: RepoPath, components: Sequence[Component], facts: ComponentFacts, users: Mapping[str, set[RepoPath]]) -> Iterator[Loose]:
    called = {word for word in words_of(facts) if users.get(word, set()) - {path}}
    reached = _reached(facts, called | {root.rpartition(".")[2] for root in facts.roots})
    missed = {component.name for component in facts.components if component.word not in reached}
    whole = len(missed) == len(facts.components)
    for component in components:
        # A class that nobody knows says it all; its methods are not told beside it.
        if component.name in missed and component.name.rpartition(".")[0] not in missed:
            yield Loose(component.name, path, component.line, whole)


def _reached(facts: ComponentFacts, words: set[str]) -> set[str]:
    leads: dict[str, set[str]] = {}
    for name, mentioned in facts.leads:
        leads.setdefault(name.rpartition(".")[2], set()).update(mentioned)
    reached, waiting = set(words), list(words)
    while waiting:
        more = leads.get(waiting.pop(), set()) - reached
        reached |= more
        waiting.extend(more)
    return reached
