"""A4, boundary compliance: no file of a layer holds what the layer forbids (contract §4; checks.md A4).

Rules come from BASE and, where they changed, from the working tree too: a violation of either one fails. So a change of the rules can
tighten at once, and loosens only when it has been authorized. Nothing that stands in the working tree excuses a violation.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forgewatch.core.boundaries import governing, parse_boundaries
from forgewatch.core.defect import Defect
from forgewatch.core.facts import LayerFacts, LayerHit, SourceFacts
from forgewatch.core.foreign_source import dotted_paths
from forgewatch.core.layer_rules import Boundaries, KnownViolation
from forgewatch.core.layer_scan import hits_of_names
from forgewatch.core.script_aliases import NamesOfFiles
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.source_kinds import NO_EXTRA, grammar_of
from forgewatch.core.source_links import link_ends
from forgewatch.core.text import counted
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable
from forgewatch.core.verdict import Finding, Ruling

_PHASE_0 = re.compile(r"Phase 0\b")
_SYMLINK = 0o120000
_ALTERNATIVES = re.compile(r"\{([^{},]*)[^{}]*\}")

_Rules = Boundaries | Defect | Absent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    """One version of the rules with the facts they gave. `origin` is named in findings when both versions are judged.

    `excused` are the known violations that count: those of BASE that this version still lists.
    """

    rules: Boundaries
    facts: Mapping[RepoPath, LayerFacts | Unreadable]
    excused: tuple[KnownViolation, ...] = ()
    origin: str = ""


def judge(snapshot: Snapshot) -> Ruling:
    """Judge the layers of the snapshot (A401-A405; notes A406-A410).

    Not configured passes in phase 0 only, and only while BASE has no rules either.
    """
    place = snapshot.places.boundaries
    base_raw, work_raw = snapshot.base_document(place), snapshot.document(place)
    base, work = _read(base_raw), _read(work_raw)
    if isinstance(base, Absent) and isinstance(work, Absent) and _PHASE_0.match(snapshot.phase):
        return Ruling(basis="not configured (phase 0)")
    changed = base_raw != work_raw
    versions = tuple(_versions(snapshot, base, work, changed=changed))
    findings = (
        *_document_findings(snapshot, base, work),
        *_lost_rules(place, base_raw, changed=changed),
        *_added_exceptions(snapshot, base, work),
        *_pattern_findings(snapshot, base, work),
        *_unjudged(snapshot, versions),
        *(finding for version in versions for finding in _forbidden(snapshot, version)),
    )
    notes = (
        *_policy_note(snapshot, base, work, changed=changed),
        *_vacuous(snapshot, versions),
        *(note for version in versions for note in _exceptions(snapshot, version)),
    )
    as_text = tuple(_read_as_text(snapshot, versions))
    basis = "; ".join((_basis(versions), *(note.message for note in as_text)))
    return Ruling(basis=basis, findings=_once(findings), notes=_once((*notes, *as_text)))


def _read(content: Content) -> _Rules:
    if isinstance(content, bytes):
        return parse_boundaries(content)
    return Defect(content.why) if isinstance(content, Unreadable) else content


def _versions(snapshot: Snapshot, base: _Rules, work: _Rules, *, changed: bool) -> Iterator[_Version]:
    """Yield the versions to enforce: one when nothing changed, else each that is well-formed."""
    known = base.known_violations if isinstance(base, Boundaries) else ()
    if isinstance(work, Boundaries):
        kept = tuple(entry for entry in known if entry in work.known_violations)
        yield _Version(rules=work, facts=snapshot.layers, excused=kept, origin="rules of the working tree" if changed else "")
    if changed and isinstance(base, Boundaries):
        yield _Version(rules=base, facts=snapshot.base_layers, excused=known, origin="rules of BASE")


def _basis(versions: tuple[_Version, ...]) -> str:
    if not versions:
        return "no layer rules could be enforced"
    first = versions[0]
    rules = sum(len(layer.rules) for layer in first.rules.layers)
    also = ", and the rules of BASE" if len(versions) > 1 else f", {first.origin} only" if first.origin else ""
    return f"{counted(len(first.rules.layers), 'layer')} with {counted(rules, 'pattern')} over {counted(len(first.facts), 'file')}{also}"


def _document_findings(snapshot: Snapshot, base: _Rules, work: _Rules) -> Iterator[Finding]:
    place = snapshot.places.boundaries
    wanted = "a rule file with at least one layer"
    if isinstance(work, Absent):
        actual = "absent" if isinstance(base, Absent) else "removed in this cycle"
        yield Finding(code="A401", path=place, message=f"{place} is {actual}: expected {wanted}", expected=wanted, actual=actual)
    elif isinstance(work, Defect):
        yield Finding(code="A401", path=place, line=work.line, message=f"{place}: {work}", expected=wanted, actual=str(work))


def _lost_rules(place: RepoPath, base_raw: Content, *, changed: bool) -> Iterator[Finding]:
    # Rules that cannot be read cannot be enforced beside the ones that took their place.
    if changed and isinstance(base_raw, Unreadable):
        told = f"{place} was replaced, and the rules at BASE cannot be read: {base_raw.why}"
        yield Finding(code="A401", path=place, message=told, expected="rules at BASE that can be read", actual=base_raw.why)


def _added_exceptions(snapshot: Snapshot, base: _Rules, work: _Rules) -> Iterator[Finding]:
    if not isinstance(work, Boundaries):
        return
    known = base.known_violations if isinstance(base, Boundaries) else ()
    for added in work.known_violations:
        if added not in known:
            shown = f"[{added.layer}] {added.file} {added.pattern}"
            yield Finding(
                code="A402",
                path=snapshot.places.boundaries,
                message=f"known violation added in this cycle: {shown}",
                expected="only known violations of BASE",
                actual=shown,
            )


def _pattern_findings(snapshot: Snapshot, base: _Rules, work: _Rules) -> Iterator[Finding]:
    """A pattern of BASE that could never be enforced may be rewritten in this cycle, but not dropped."""
    told = list(work.pattern_defects) if isinstance(work, Boundaries) else []
    if isinstance(base, Boundaries):
        kept = _sizes(work) if isinstance(work, Boundaries) else {}
        told += [row for row in base.pattern_defects if kept.get(row.layer, 0) < _sizes(base)[row.layer]]
    for row in told:
        yield Finding(
            code="A403",
            path=snapshot.places.boundaries,
            message=f"[{row.layer}] {row.defect}",
            expected="a pattern that google-re2 can read",
            actual=str(row.defect),
        )


def _sizes(rules: Boundaries) -> Counter[str]:
    """Return the number of patterns of each layer, those that cannot be enforced included."""
    sizes = Counter(row.layer for row in rules.pattern_defects)
    for layer in rules.layers:
        sizes[layer.name] += len(layer.rules)
    return sizes


def _unjudged(snapshot: Snapshot, versions: tuple[_Version, ...]) -> Iterator[Finding]:
    for version in versions:
        for path, facts in sorted(version.facts.items()):
            why = facts.why if isinstance(facts, Unreadable) else facts.defect
            if why:
                yield _unjudged_file(path, why)
        yield from _links(snapshot, version)


def _links(snapshot: Snapshot, version: _Version) -> Iterator[Finding]:
    changed = {change.path: change.after for change in snapshot.changes if change.after is not None}
    links = {path: entry for path, entry in changed.items() if entry.mode == _SYMLINK and _brings_code(version.rules, path)}
    ends = link_ends(snapshot.paths, links, lambda path, _: version.facts.get(path) == LayerFacts()) if links else {}
    for path in links:
        if not _is_alias(version.rules, path, ends.get(path)):
            yield _unjudged_file(path, "is a symlink to code that the layer does not see")


def _is_alias(rules: Boundaries, path: RepoPath, end: RepoPath | None) -> bool:
    """True for a second name, in the same folder and layers, of a file that keeps their rules: what runs under it has been judged."""
    if end is None or path.rpartition("/")[0] != end.rpartition("/")[0]:
        return False
    return bool(governing(rules, path)) and governing(rules, path) == governing(rules, end)


def _brings_code(rules: Boundaries, path: RepoPath) -> bool:
    """True when the layers govern a link, or files below it were it a folder: a name without a suffix may be one."""
    if governing(rules, path) or "." in path.rpartition("/")[2]:
        return bool(governing(rules, path))
    # A wildcard matches itself.
    names = {_ALTERNATIVES.sub(r"\1", glob.rpartition("/")[2]) for layer in rules.layers for glob in layer.glob.globs}
    return any(governing(rules, RepoPath(f"{path}/{name or 'x'}")) for name in names)


def _unjudged_file(path: RepoPath, why: str) -> Finding:
    return Finding(code="A405", path=path, message=f"{path} cannot be judged: {why}", expected="UTF-8 text", actual=why)


def _hits(snapshot: Snapshot, version: _Version) -> Iterator[tuple[RepoPath, LayerHit]]:
    named, changed = NamesOfFiles(snapshot), {change.path for change in snapshot.changes}
    for path, facts in sorted(version.facts.items()):
        if isinstance(facts, LayerFacts):
            others = _by_other_names(snapshot, version, named, path) if path in changed else ()
            yield from ((path, hit) for hit in dict.fromkeys((*facts.hits, *others)))


def _by_other_names(snapshot: Snapshot, version: _Version, named: NamesOfFiles, path: RepoPath) -> Iterator[LayerHit]:
    """Yield what a changed file imports under a name that tsconfig.json or package.json gives to a file of the repository."""
    facts = snapshot.sources.get(path)
    if grammar_of(path) not in (None, "go") and isinstance(facts, SourceFacts):
        told = ((entry.line, named.meant(path, entry.module)) for entry in facts.imports)
        names = tuple((line, tuple(name for place in places for name in dotted_paths(path, place))) for line, places in told if places)
        yield from hits_of_names(governing(version.rules, path), names)


def _covers(snapshot: Snapshot, known: KnownViolation, path: RepoPath, hit: LayerHit) -> bool:
    """A known violation was there before: it excuses no file that this cycle brought."""
    return path in snapshot.paths.base and known.covers(hit.layer, path, hit.pattern)


def _forbidden(snapshot: Snapshot, version: _Version) -> Iterator[Finding]:
    for path, hit in _hits(snapshot, version):
        if not any(_covers(snapshot, known, path, hit) for known in version.excused):
            yield _forbidden_line(path, hit, version)


def _forbidden_line(path: RepoPath, hit: LayerHit, version: _Version) -> Finding:
    reason = f" ({hit.reason})" if hit.reason else ""
    return Finding(
        code="A404",
        path=path,
        line=hit.line,
        message=f"[{hit.layer}] {path}:{hit.line} {hit.pattern}{reason}",
        expected=f"no {hit.pattern}",
        actual=f"{hit.pattern}, by the {version.origin}" if version.origin else hit.pattern,
    )


def _policy_note(snapshot: Snapshot, base: _Rules, work: _Rules, *, changed: bool) -> Iterator[Finding]:
    if not changed:
        return
    place = snapshot.places.boundaries
    if isinstance(base, Boundaries):
        told = "both versions are enforced" if isinstance(work, Boundaries) else "the rules of BASE are enforced"
    else:
        told = "BASE has no rules that could be enforced" if isinstance(base, Absent) else f"BASE could not be enforced: {base}"
    yield Finding(code="A409", path=place, message=f"{place} changed in this cycle: {told}")


def _vacuous(snapshot: Snapshot, versions: tuple[_Version, ...]) -> Iterator[Finding]:
    """Yield one note for all layers without a file, and one of its own for each that lost its files in this cycle.

    A repository that grows into its layers has empty ones for long: a line for each would hide what else an entry notes.
    """
    place, gone = snapshot.places.boundaries, [change.path for change in snapshot.changes if change.before and not change.after]
    for version in versions:
        governed = {layer.name for path in version.facts for layer in governing(version.rules, path)}
        left = {layer.name for path in gone for layer in governing(version.rules, path)}
        empty = [layer for layer in version.rules.layers if layer.name not in governed]
        others = [layer for layer in empty if layer.name not in left]
        told = [(layer, " any more") for layer in empty if layer.name in left]
        for layer, since in (*told, *((layer, "") for layer in others if len(others) == 1)):
            message = f"[{layer.name}] {layer.glob.globs[0]} names no file{since}: its rules judge nothing"
            yield Finding(code="A406", path=place, message=message)
        if len(others) > 1:
            names = ", ".join(layer.name for layer in others)
            yield Finding(code="A406", path=place, message=f"{len(others)} layers name no file, their rules judge nothing: {names}")


def _read_as_text(snapshot: Snapshot, versions: tuple[_Version, ...]) -> Iterator[Finding]:
    """Where grammars are installed, every changed file that one can read has been taken apart, and its facts are there."""
    governed = {change.path for change in snapshot.changes if any(change.path in version.facts for version in versions)}
    told = sorted(path for path in governed if grammar_of(path) and path not in snapshot.sources)
    if told:
        files = told[0] if len(told) == 1 else f"{told[0]} and {counted(len(told) - 1, 'other file')}"
        text = f"{files} read as plain text, comments included: {NO_EXTRA}"
        yield Finding(code="A410", path=told[0], message=text)


def _exceptions(snapshot: Snapshot, version: _Version) -> Iterator[Finding]:
    hits = tuple(_hits(snapshot, version)) if version.excused else ()
    for known in version.excused:
        lines = sorted({(path, hit.line) for path, hit in hits if _covers(snapshot, known, path, hit)})
        shown = f"[{known.layer}] {known.file} {known.pattern}"
        if not lines:
            yield Finding(code="A408", path=snapshot.places.boundaries, message=f"known violation matches nothing: {shown}")
            continue
        paths = ", ".join(sorted({path for path, _ in lines}))
        yield Finding(code="A407", path=lines[0][0], message=f"known violation honoured: {shown}, {len(lines)} lines in {paths}")


def _once(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Keep the first of findings that say the same: both versions of the rules see most violations."""
    kept: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        kept.setdefault((finding.code, finding.message), finding)
    return tuple(kept.values())
