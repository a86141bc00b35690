"""The facts of files that checks judge: imports of changed files, hits of layer rules, routes. Which extractor reads which file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from forgewatch.app.extraction import Extractor, Reading, extract, extract_held, extract_some
from forgewatch.core.boundaries import Boundaries, governed, parse_boundaries, ruleset, scan
from forgewatch.core.facts import LayerFacts, RouteFacts, SourceFacts
from forgewatch.core.foreign_routes import RouteWords, extract_foreign_routes, files_with_routes, route_words
from forgewatch.core.foreign_source import extract_foreign_imports, read_foreign
from forgewatch.core.python_imports import extract_imports
from forgewatch.core.routes import extract_routes
from forgewatch.core.source_kinds import NO_EXTRA, grammar_of, is_python
from forgewatch.core.survey import Survey
from forgewatch.core.values import Content, Oid, RepoPath, Unreadable


def source_facts(
    survey: Survey, contents: Mapping[Oid, bytes | Unreadable], reading: Reading
) -> Mapping[RepoPath, SourceFacts | Unreadable]:
    """Return the imports of every changed file that can be read: Python, and what grammars know where they are installed."""
    changed = [(change.path, contents.get(change.after.oid)) for change in survey.changes if change.after is not None]
    read = [(path, content if isinstance(content, bytes) else b"") for path, content in changed]
    python = [path for path, raw in read if is_python(path, raw)]
    extractor = Extractor(ruleset="imports/8", facts=SourceFacts, choose=tuple, extract=extract_imports)
    known_otherwise = set(python)
    foreign = [path for path, raw in read if grammar_of(path, raw) and path not in known_otherwise]
    known = extract_some(extractor, python, reading)
    return {**known, **_foreign(foreign, reading)}


def _foreign(paths: list[RepoPath], reading: Reading) -> Mapping[RepoPath, SourceFacts | Unreadable]:
    edition = reading.grammars.edition() if paths else ""
    if not edition:
        return {}
    read = partial(extract_foreign_imports, grammars=reading.grammars)
    extractor = Extractor(ruleset=f"foreign imports/4 {edition}", facts=SourceFacts, choose=tuple, extract=read)
    return extract_some(extractor, paths, reading)


def layer_facts(document: Content, reading: Reading) -> Mapping[RepoPath, LayerFacts | Unreadable]:
    """Return the hits of every governed file against the layer rules of a document; nothing when it has none."""
    rules = parse_boundaries(document) if isinstance(document, bytes) else None
    if not isinstance(rules, Boundaries):
        return {}
    name = f"layers/5 {ruleset(rules)}"
    foreign = reading.memory.chosen(reading.table, f"foreign {name}", partial(_governed, rules, foreign=True))
    edition = reading.grammars.edition() if foreign else ""
    if not edition:
        return extract(Extractor(ruleset=name, facts=LayerFacts, choose=partial(governed, rules), extract=partial(scan, rules)), reading)
    # A grammar belongs to the ruleset of the files that it reads, and to no other.
    read = partial(read_foreign, grammars=reading.grammars)
    extractors = (
        Extractor(ruleset=f"{name} rest", facts=LayerFacts, choose=partial(_governed, rules, foreign=False), extract=partial(scan, rules)),
        Extractor(
            ruleset=f"{name} foreign/4 {edition}",
            facts=LayerFacts,
            choose=partial(_governed, rules, foreign=True),
            extract=partial(scan, rules, foreign=read),
        ),
    )
    return {path: facts for extractor in extractors for path, facts in extract(extractor, reading).items()}


def _governed(rules: Boundaries, paths: Iterable[RepoPath], *, foreign: bool) -> list[RepoPath]:
    return [path for path in governed(rules, paths) if (grammar_of(path) is not None) is foreign]


def route_facts(reading: Reading) -> Mapping[RepoPath, RouteFacts | Unreadable]:
    """Return the routes of every file that has any: Python, and what grammars know.

    Without grammars, and as long as no file names a framework, files in other languages are searched for words only.
    """
    python = extract(
        Extractor(ruleset="routes/5", facts=RouteFacts, choose=_modules, extract=extract_routes, leave_out=RouteFacts()), reading
    )
    words = extract(
        Extractor(ruleset="route words/2", facts=RouteWords, choose=files_with_routes, extract=route_words, leave_out=RouteWords()), reading
    )
    framework = [path for path, facts in words.items() if isinstance(facts, RouteWords) and facts.framework]
    if not framework:
        return python
    edition = reading.grammars.edition()
    if not edition:
        return _ordered({**python, **dict.fromkeys(framework, RouteFacts(unread=NO_EXTRA))})
    # A file that changed may be another one at HEAD, which is remembered: it is looked at again when it has gone back.
    worth = {*words, *reading.table.overlay}
    foreign = extract(
        _foreign_routes(reading, edition, lambda paths: [path for path in files_with_routes(paths) if path in worth]), reading
    )
    return _ordered({**python, **foreign})


def _ordered(facts: Mapping[RepoPath, RouteFacts | Unreadable]) -> Mapping[RepoPath, RouteFacts | Unreadable]:
    return {path: facts[path] for path in sorted(facts)}


def base_route_facts(
    survey: Survey, contents: Mapping[Oid, bytes | Unreadable], now: Mapping[RepoPath, RouteFacts | Unreadable], reading: Reading
) -> Mapping[RepoPath, RouteFacts]:
    """Return the routes that changed files in other languages had before this cycle, where `now`, or one of them, names a framework."""
    entries = {change.path: change.before for change in survey.changes if change.before is not None}
    held = [
        (path, entries[path].oid, raw) for path in files_with_routes(entries) if isinstance(raw := contents.get(entries[path].oid), bytes)
    ]
    known = any(grammar_of(path) for path in now) or any(route_words(path, raw).framework for path, _, raw in held)
    edition = reading.grammars.edition() if held and known else ""
    return extract_held(_foreign_routes(reading, edition, tuple), held, reading) if edition else {}


def _foreign_routes(reading: Reading, edition: str, choose: Callable[[Iterable[RepoPath]], Iterable[RepoPath]]) -> Extractor[RouteFacts]:
    read = partial(extract_foreign_routes, grammars=reading.grammars)
    return Extractor(ruleset=f"foreign routes/3 {edition}", facts=RouteFacts, choose=choose, extract=read, leave_out=RouteFacts())


def _modules(paths: Iterable[RepoPath]) -> list[RepoPath]:
    return [path for path in paths if path.endswith(".py")]
