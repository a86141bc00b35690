"""Which forbidden patterns one file of a layer holds (checks.md A4).

A pattern is compared with the code, so that a comment which explains why `SELECT` is forbidden is no violation. A bare dotted name is also
compared with every import: `from ..repos import users` reaches `app.repos` without spelling it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from forgewatch.core.defect import Defect
from forgewatch.core.dynamic_imports import may_import
from forgewatch.core.facts import Import, LayerFacts, LayerHit
from forgewatch.core.foreign_source import ForeignSource, dotted_paths
from forgewatch.core.layer_rules import Layer, Rule, Scope
from forgewatch.core.loose_prose import blank_loose_prose
from forgewatch.core.pattern_reach import may_import_below, may_match_code
from forgewatch.core.python_imports import absolute_names, imports_of
from forgewatch.core.python_source import blank_prose, decode_source, decode_text, parse_source, spelled
from forgewatch.core.source_kinds import grammar_of
from forgewatch.core.values import RepoPath

PYTHON_SUFFIXES = (".py", ".pyi", ".pyw")
ForeignReader = Callable[[RepoPath, str], ForeignSource]
_ESCAPED = re.compile(r"\\[xu]")
_MEDIA = (
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".webp",
    ".ico",
    ".bmp",
    ".woff",
    ".woff2",
    ".ttf",
    ".otf",
    ".eot",
    ".pdf",
    ".mp3",
    ".mp4",
    ".wav",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """One file as patterns see it: raw text, code, and, where it can be taken apart, the names of its imports with
    their lines.

    `folded` is the code as the parser reads identifiers (NFKC), empty where that is the same: `ａsyncpg` is the name `asyncpg`.
    """

    raw: bytes
    code: bytes
    folded: bytes = b""
    imports: tuple[tuple[Import, tuple[str, ...]], ...] = ()


def scan_layers(layers: tuple[Layer, ...], path: RepoPath, raw: bytes, foreign: ForeignReader | None = None) -> LayerFacts:
    """Return every hit of the layers' patterns in the file, one per layer, pattern and line, or the defect that hides its text (A405).

    Pictures and fonts below a wide glob are no text and hold no code: no hits. Never raises, whatever the bytes.
    """
    text = decode_source(raw) if path.endswith(PYTHON_SUFFIXES) else decode_text(raw)
    if isinstance(text, Defect):
        return LayerFacts() if path.lower().endswith(_MEDIA) else LayerFacts(defect=str(text))
    view = _view(path, text, foreign, [rule for layer in layers for rule in layer.rules])
    hits = [hit for layer in layers for rule in layer.rules for hit in _hits(layer, rule, view)]
    return LayerFacts(hits=tuple(hits))


def _view(path: RepoPath, text: str, foreign: ForeignReader | None, rules: list[Rule]) -> _View:
    raw = text.encode("utf-8")
    if foreign is not None and grammar_of(path):
        return _foreign_view(path, text, raw, foreign, rules)
    if not path.endswith(PYTHON_SUFFIXES):
        return _View(raw=raw, code=raw)
    code, imports = _in_code(rules, text, raw), _in_imports(rules, path, text)
    # What neither can hit is not taken apart: most files of most repositories. Its raw text then shows what its code would show.
    if not code and not imports:
        return _View(raw=raw, code=raw)
    tree = parse_source(text)
    if isinstance(tree, Defect):
        return _seen(raw, blank_loose_prose(text))
    names = tuple((entry, _reachable(path, entry)) for entry in imports_of(tree, text)) if imports else ()
    return _seen(raw, blank_prose(text, tree) if code else text, names)


def _foreign_view(path: RepoPath, text: str, raw: bytes, foreign: ForeignReader, rules: list[Rule]) -> _View:
    if not _in_code(rules, text, raw) and not (_in_imports(rules, path, text) or (_ESCAPED.search(text) and _name_imports(rules))):
        return _View(raw=raw, code=raw)
    source = foreign(path, text)
    return _View(raw=raw, code=source.code, imports=tuple((entry, dotted_paths(path, entry.module)) for entry in source.imports))


def _name_imports(rules: list[Rule]) -> bool:
    return any(rule.imports is not None for rule in rules)


def _seen(raw: bytes, code: str, names: tuple[tuple[Import, tuple[str, ...]], ...] = ()) -> _View:
    folded = b"" if code.isascii() else unicodedata.normalize("NFKC", code).encode("utf-8")
    return _View(raw=raw, code=code.encode("utf-8"), folded=folded, imports=names)


def _in_code(rules: list[Rule], text: str, raw: bytes) -> bool:
    """False when no pattern matches the code. In text that is not ASCII identifiers may be spelled otherwise."""
    return not text.isascii() or any(
        rule.scope is Scope.CODE and may_match_code(rule.pattern.text, raw, case=rule.pattern.case) for rule in rules
    )


def _in_imports(rules: list[Rule], path: RepoPath, text: str) -> bool:
    """False when no import reaches what is forbidden. Calls that import may spell it in any way."""
    names = [rule.imports for rule in rules if rule.imports is not None]
    if not names or may_import(text):
        return bool(names)
    # Other languages take identifiers as they are written, Python by NFKC: both are looked at.
    place, words = path.casefold(), (text if text.isascii() else f"{text}\n{spelled(text)}").casefold()
    return any(may_import_below(name, place, words) for name in names)


def _reachable(path: RepoPath, entry: Import) -> tuple[str, ...]:
    names = absolute_names(path, entry)
    if not entry.level:
        return names
    # Where the import root is (`backend/`, `src/`) is not known here: every folder above may be it.
    return tuple(name.split(".", drop)[drop] for name in names for drop in range(name.count(".") + 1))


def _hits(layer: Layer, rule: Rule, view: _View) -> Iterator[LayerHit]:
    lines = {*rule.pattern.lines(view.raw if rule.scope is Scope.RAW else view.code)}
    if view.folded:
        lines.update(rule.pattern.lines(view.folded))
    if rule.imports is not None:
        lines.update(entry.line for entry, names in view.imports if any(_below(name, rule) for name in names))
    for line in sorted(lines):
        yield LayerHit(layer=layer.name, pattern=rule.pattern.text, reason=rule.reason, line=line)


def hits_of_names(layers: tuple[Layer, ...], names: tuple[tuple[int, tuple[str, ...]], ...]) -> Iterator[LayerHit]:
    """Yield the hits of the rules that are names of modules: `names` are the lines of imports with what each reaches."""
    for layer in layers:
        for rule in layer.rules:
            lines = {line for line, told in names if rule.imports is not None and any(_below(name, rule) for name in told)}
            yield from (LayerHit(layer=layer.name, pattern=rule.pattern.text, reason=rule.reason, line=line) for line in sorted(lines))


def _below(name: str, rule: Rule) -> bool:
    forbidden = rule.imports or ""
    if not rule.pattern.case:
        name, forbidden = name.casefold(), forbidden.casefold()
    return name == forbidden or name.startswith(f"{forbidden}.")
