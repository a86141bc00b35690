"""The components that nothing calls, from facts per file. What HEAD has is looked at once; a cycle costs what it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from forgewatch.app.extraction import Extractor, Reading, extract, extract_some
from forgewatch.core.boundaries import Boundaries, parse_boundaries
from forgewatch.core.canonical import digest_of_json
from forgewatch.core.components import ComponentFacts, extract_components, holds_components, is_layer_name
from forgewatch.core.globs import GlobSet
from forgewatch.core.mentions import Mentions, ask, find_mentions, may_use
from forgewatch.core.paths_of_tests import is_test
from forgewatch.core.places import Places
from forgewatch.core.source_kinds import language_of
from forgewatch.core.survey import Survey
from forgewatch.core.values import Content, Oid, RepoPath, Unreadable
from forgewatch.core.wiring import Wiring, due_components, loose_components, words_of
from forgewatch.core.wiring_plan import Plan


def wiring_facts(
    plans: Sequence[Plan],
    boundaries: Content,
    places: Places,
    survey: Survey,
    contents: Mapping[Oid, bytes | Unreadable],
    reading: Reading,
) -> Wiring:
    """Return the components of earlier phases that nothing calls; nothing is read where no plan says that anything is due."""
    if not plans:
        return Wiring()
    layers = _layers(boundaries)
    choose = partial(_component_files, layers)
    named = digest_of_json([list(layer.globs) for layer in layers])
    extractor = Extractor(
        ruleset=f"components/1 {named}", facts=ComponentFacts, choose=choose, extract=extract_components, leave_out=ComponentFacts()
    )
    now = {path: facts for path, facts in extract(extractor, reading).items() if isinstance(facts, ComponentFacts)}
    # 1. What is new in this cycle is not due yet; that is also why new names are looked for in changed files only.
    before = _before(choose, survey, contents)
    changed = {change.path for change in survey.changes}
    older = {**{path: facts for path, facts in now.items() if path not in changed}, **before}
    due = due_components(older, now, plans)
    unjudged = _unjudged(reading)
    if not due:
        return Wiring(unjudged=unjudged)
    # 2. Who uses what.
    known = {word for path in due for word in words_of(older[path])}
    fresh = {word for path in due for word in words_of(now[path])} - known
    mentions = _mentions(known, places, reading)
    if mentions is None:
        return Wiring(unjudged=unjudged, why="the components have too many names")
    told = [*mentions.items(), *_fresh_mentions(fresh, places, reading).items()]
    # 3. What is left.
    loose = loose_components(due, now, [(path, one) for path, one in told if isinstance(one, Mentions)], now)
    return Wiring(loose=loose, judged=sum(map(len, due.values())), unjudged=unjudged)


def _layers(document: Content) -> tuple[GlobSet, ...]:
    rules = parse_boundaries(document) if isinstance(document, bytes) else None
    return tuple(layer.glob for layer in rules.layers if is_layer_name(layer.name)) if isinstance(rules, Boundaries) else ()


def _component_files(layers: Sequence[GlobSet], paths: Iterable[RepoPath]) -> list[RepoPath]:
    python = [path for path in paths if path.endswith(".py")]
    named = {path for layer in layers for path in layer.select(python) if not is_test(path)}
    return [path for path in python if path in named or holds_components(path)]


def _before(choose: partial[list[RepoPath]], survey: Survey, contents: Mapping[Oid, bytes | Unreadable]) -> dict[RepoPath, ComponentFacts]:
    sides = {change.path: contents.get(change.before.oid) for change in survey.changes if change.before is not None}
    return {path: extract_components(path, raw) for path in choose(sides) if isinstance(raw := sides[path], bytes)}


def _mentions(names: set[str], places: Places, reading: Reading) -> Mapping[RepoPath, Mentions | Unreadable] | None:
    extractor = _extractor(names, places)
    if extractor is None:
        return None
    return extract(extractor, reading)


def _fresh_mentions(names: set[str], places: Places, reading: Reading) -> Mapping[RepoPath, Mentions | Unreadable]:
    extractor = _extractor(names, places)
    if extractor is None:
        return {}
    return extract_some(extractor, reading.table.overlay, reading)


def _extractor(names: set[str], places: Places) -> Extractor[Mentions] | None:
    asked = ask(names)
    if asked is None:
        return None
    ruleset = f"mentions/1 {digest_of_json(sorted(asked.names))}"
    return Extractor(
        ruleset=ruleset, facts=Mentions, choose=partial(_users, places), extract=partial(find_mentions, asked), leave_out=Mentions()
    )


def _users(places: Places, paths: Iterable[RepoPath]) -> list[RepoPath]:
    return [path for path in paths if may_use(path, places)]


def _unjudged(reading: Reading) -> tuple[str, ...]:
    paths = reading.memory.chosen(reading.table, "components of other languages", _foreign)
    return tuple(sorted({named[1] for path in paths if (named := language_of(path)) is not None}))


def _foreign(paths: Iterable[RepoPath]) -> list[RepoPath]:
    return [path for path in paths if language_of(path) is not None and holds_components(path)]
