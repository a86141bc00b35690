"""Layer rules as values: `boundaries.json` in, layers with compiled patterns out, or what is wrong with it (checks.md A4).

Keys that are not ours (`_notice`, `description`, ...) are left alone: real files carry them. A pattern that cannot be compiled does not
take the other rules with it: it is kept as a Defect (A403), and the rest is enforced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from forgewatch.core.canonical import Json, digest_of_json
from forgewatch.core.defect import Defect
from forgewatch.core.facts import LayerFacts
from forgewatch.core.globs import compile_globs
from forgewatch.core.layer_rules import Boundaries, KnownViolation, Layer, PatternDefect, Rule, Scope
from forgewatch.core.layer_scan import ForeignReader, scan_layers
from forgewatch.core.limits import LIMITS, Limits
from forgewatch.core.patterns import TextPattern, bare_name, compile_pattern
from forgewatch.core.strict_json import parse_json
from forgewatch.core.values import Digest, RepoPath

__all__ = ["Boundaries", "governed", "governing", "parse_boundaries", "ruleset", "scan"]

_VERSION = 1


class _Stop(Exception):
    """Carries a Defect out of the reader; it never leaves this module."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.defect = Defect(why)


def parse_boundaries(raw: bytes, limits: Limits = LIMITS) -> Boundaries | Defect:
    """Return the rules of a `boundaries.json`, or the Defect that makes it none (A401): no strict JSON, wrong shapes, no layers.

    Every fault names its place in the document and both sides. Never raises, whatever the bytes.
    """
    document = parse_json(raw, limits)
    if isinstance(document, Defect):
        return document
    try:
        return _boundaries(_object(document, "the document"), limits)
    except _Stop as stop:
        return stop.defect


def ruleset(rules: Boundaries) -> Digest:
    """Return the digest of everything `scan` depends on besides path and bytes. Facts are cached under it."""
    layers: Json = [[layer.name, list(layer.glob.globs), [_rule_key(rule) for rule in layer.rules]] for layer in rules.layers]
    return digest_of_json({"version": _VERSION, "layers": layers})


def governing(rules: Boundaries, path: RepoPath) -> tuple[Layer, ...]:
    """Return the layers whose glob names the path, in the order of the file."""
    if not rules.all_globs.matches(path):
        return ()
    return tuple(layer for layer in rules.layers if layer.glob.matches(path))


def governed(rules: Boundaries, paths: Iterable[RepoPath]) -> tuple[RepoPath, ...]:
    """Return the paths that any layer governs, in their order: `governing` for a whole tree in one pass."""
    return rules.all_globs.select(paths)


def scan(rules: Boundaries, path: RepoPath, raw: bytes, foreign: ForeignReader | None = None) -> LayerFacts:
    """Return the hits of one file against the layers that govern it (checks.md A4). Never raises, whatever the bytes.

    `foreign` takes files of other languages apart; without it their text is looked at as it is.
    """
    return scan_layers(governing(rules, path), path, raw, foreign)


def _rule_key(rule: Rule) -> Json:
    return [rule.pattern.text, rule.pattern.case, rule.scope, rule.reason]


def _boundaries(document: Mapping[str, Json], limits: Limits) -> Boundaries:
    entries = _array(document.get("layers"), "layers")
    if not entries:
        raise _Stop("layers: expected at least one layer, found none")
    count = sum(len(_array(_object(entry, "layer").get("forbidden", []), "forbidden")) for entry in entries)
    if count > limits.pattern_count:
        raise _Stop(f"expected at most {limits.pattern_count} patterns, found {count}")
    read = [_layer(_object(entry, f"layers[{index}]"), f"layers[{index}]", limits) for index, entry in enumerate(entries)]
    known = _array([] if document.get("known_violations") is None else document["known_violations"], "known_violations")
    globs = compile_globs(glob for layer, _ in read for glob in layer.glob.globs)
    if isinstance(globs, Defect):
        raise _Stop(f"layers: {globs}")
    return Boundaries(
        layers=tuple(layer for layer, _ in read),
        known_violations=tuple(_known(_object(entry, f"known_violations[{index}]"), index) for index, entry in enumerate(known)),
        pattern_defects=tuple(defect for _, defects in read for defect in defects),
        all_globs=globs,
    )


def _layer(entry: Mapping[str, Json], place: str, limits: Limits) -> tuple[Layer, list[PatternDefect]]:
    name = _text(entry.get("name"), f"{place}.name")
    glob = compile_globs([_text(entry.get("glob"), f"{place}.glob")])
    if isinstance(glob, Defect):
        raise _Stop(f"{place}.glob: {glob}")
    rules: list[Rule] = []
    defects: list[PatternDefect] = []
    for index, item in enumerate(_array(entry.get("forbidden"), f"{place}.forbidden")):
        where = f"{place}.forbidden[{index}]"
        body = _object(item, where)
        compiled = compile_pattern(_text(body.get("pattern"), f"{where}.pattern", empty=True), case=_case(body, where), limits=limits)
        if isinstance(compiled, Defect):
            defects.append(PatternDefect(layer=name, pattern=str(body["pattern"]), defect=compiled))
        else:
            rules.append(_rule(body, compiled, where))
    return Layer(name=name, glob=glob, rules=tuple(rules)), defects


def _rule(body: Mapping[str, Json], pattern: TextPattern, place: str) -> Rule:
    scope = body.get("scope", Scope.CODE)
    if scope not in tuple(Scope):
        raise _Stop(f"{place}.scope: expected 'code' or 'raw', found {scope!r:.40}")
    reason = _text(body.get("reason", ""), f"{place}.reason", empty=True)
    return Rule(pattern=pattern, reason=reason, scope=Scope(str(scope)), imports=bare_name(pattern.text))


def _case(body: Mapping[str, Json], place: str) -> bool:
    """Return True when letters are to match in their own case only."""
    case = body.get("case", False)
    if case in (True, False):
        return bool(case)
    if case in ("sensitive", "insensitive"):
        return case == "sensitive"
    raise _Stop(f"{place}.case: expected 'sensitive' or 'insensitive', found {case!r:.40}")


def _known(entry: Mapping[str, Json], index: int) -> KnownViolation:
    place = f"known_violations[{index}]"
    file = _text(entry.get("file"), f"{place}.file").replace("\\", "/").removeprefix("./")
    return KnownViolation(
        layer=_text(entry.get("layer"), f"{place}.layer"), file=file, pattern=_text(entry.get("pattern"), f"{place}.pattern")
    )


def _object(value: Json, place: str) -> Mapping[str, Json]:
    if isinstance(value, Mapping):
        return value
    raise _Stop(f"{place}: expected an object, found {_kind(value)}")


def _array(value: Json, place: str) -> Sequence[Json]:
    if isinstance(value, list):
        return value
    raise _Stop(f"{place}: expected an array, found {_kind(value)}")


def _text(value: Json, place: str, *, empty: bool = False) -> str:
    if not isinstance(value, str):
        raise _Stop(f"{place}: expected text, found {_kind(value)}")
    if not value.strip() and not empty:
        raise _Stop(f"{place}: expected text, found an empty one")
    return value


def _kind(value: Json) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int():
            return "a number"
        case str():
            return "text"
        case Mapping():
            return "an object"
        case _:
            return "an array"
