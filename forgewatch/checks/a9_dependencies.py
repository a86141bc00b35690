"""A9 Dependency gate: every import of a new or changed file has an entry in the dependency manifest (checks.md A9; contract §9.4).

Python, step by step; the files of other languages go to the table LANGUAGES, where grammars have taken them apart.

1. The changed Python files are chosen by name, or by first line where the name has no suffix.
2. Manifests: what forge.json names, else those beside or above the file, else all; those of a part of the repository hold for that part,
   all others for development. Both versions of forge.json hold, BASE's and ours.
3. Each import is classified: standard library, first party, declared, missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial

from forgewatch.core.defect import Defect
from forgewatch.core.development_paths import is_build_script, is_for_development
from forgewatch.core.distributions import modules_of
from forgewatch.core.facts import Import
from forgewatch.core.first_party import python_tree, roots_of
from forgewatch.core.folder_links import FolderLinks
from forgewatch.core.forge_json import ForgeJson, read_forge_json
from forgewatch.core.governing_manifests import declared_for, left_out, manifests_of, own_name
from forgewatch.core.import_origin import Origin, Source, Surroundings, origin_of
from forgewatch.core.import_places import is_imported, unjudged_place
from forgewatch.core.import_words import counted_files, names_shown, needs_newer, places_shown, unjudged_languages
from forgewatch.core.language_ruling import Answer, LanguageRuling, Trouble, unknown
from forgewatch.core.languages import LANGUAGES, Language
from forgewatch.core.newer_syntax import needed_minor
from forgewatch.core.places import FORGE_JSON
from forgewatch.core.python_source import decode_source
from forgewatch.core.snapshot import Change, Entry, Snapshot
from forgewatch.core.source_kinds import grammar_of, is_python, language_of
from forgewatch.core.source_links import strayed_links
from forgewatch.core.standard_library import declared_minors
from forgewatch.core.text import counted, escape
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable
from forgewatch.core.verdict import Fault, Finding, Ruling

_SYMLINK, _GITLINK = 0o120000, 0o160000
_CONVENTION = "requirements.txt, pyproject.toml, setup.cfg or Pipfile"
_SHOWN = 3
_WITH_TYPE_CHECKERS = frozenset({"typing_extensions", "mypy_extensions"})
"""Modules that every type checker knows, whether they are installed or not."""

_CODES = {
    Trouble.UNDECLARED: "A901",
    Trouble.NO_MANIFEST: "A902",
    Trouble.UNBELIEVABLE: "A903",
    Trouble.UNPARSED: "A905",
    Trouble.UNREADABLE: "A906",
    Trouble.OPTIONAL: "A909",
    Trouble.TYPES: "A912",
    Trouble.BUNDLER: "A915",
}
_NOTES = frozenset({Trouble.OPTIONAL, Trouble.TYPES, Trouble.BUNDLER})


@dataclass(slots=True)
class _Tally:
    """What has been found so far; lives during one `judge` only."""

    links: FolderLinks
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    declared: set[tuple[str, ...]] = field(default_factory=set)
    undeclarable: dict[str, tuple[RepoPath, int]] = field(default_factory=dict)
    newer: dict[RepoPath, int] = field(default_factory=dict)


def judge(snapshot: Snapshot) -> Ruling | Fault:
    """Return a finding per import that no manifest declares (A901), for imports without any manifest (A902), a manifest (A903) or source
    file (A905, A906) that cannot be read, an import above the repository (A904), a local module under a famous name (A907), a link that
    leads to no judged source (A910), an import of a folder that is never judged (A916) or through a link that leads away (A918).

    Not applicable when only sources changed that nothing here can read. Guarded imports are notes. A Fault, where nothing was found,
    when a file needs a newer Python than this one to be read.
    """
    links, is_source = FolderLinks(snapshot.paths), partial(_is_source, snapshot)
    strayed = tuple(map(_strayed, strayed_links(snapshot.paths, snapshot.changes, is_source)))
    strayed += tuple(map(_led_away, links.replaced(snapshot.changes, is_source)))
    changed = [change for change in snapshot.changes if _has_source(change) and change.path not in snapshot.data]
    sources = [change.path for change in changed if is_python(change.path, _raw(change.after, snapshot))]
    foreign = {change.path: _raw(change.after, snapshot) for change in changed if change.path not in sources}
    grammars = {path: grammar_of(path, raw) for path, raw in foreign.items()}
    judged = {path: grammar for path, grammar in grammars.items() if grammar and path in snapshot.sources}
    unjudged = unjudged_languages((path, raw) for path, raw in foreign.items() if path not in judged)
    aside = tuple(_left_out(snapshot))
    if not sources and not judged and unjudged and not strayed:
        return Ruling(basis=unjudged, applicable=False)
    if not sources and not judged:
        return Ruling(basis="no imports to judge", findings=strayed, notes=aside)
    tally = _Tally(links=links, notes=[*aside])
    for forge in _versions(snapshot) if sources else ():
        _judge_by(forge, sources, snapshot, tally)
    others = [_judge_foreign(language, judged, snapshot, tally) for language in LANGUAGES]
    if unjudged:
        tally.notes.append(Finding(code="A908", message=unjudged))
    findings = tuple(dict.fromkeys((*strayed, *tally.findings)))
    if tally.newer and not findings:
        return Fault("; ".join(needs_newer(escape(path), minor) for path, minor in list(tally.newer.items())[:_SHOWN]))
    tally.notes.extend(Finding(code="A914", path=path, message=needs_newer(path, minor)) for path, minor in tally.newer.items())
    counts = [counted_files(len(sources), "Python file"), *filter(None, others)] if sources else [told for told in others if told]
    basis = f"{counted_files(len(tally.declared), 'import')} declared, {', '.join(counts)} changed"
    return Ruling(basis="; ".join(filter(None, (basis, unjudged))), findings=findings, notes=tuple(dict.fromkeys(tally.notes)))


def _judge_foreign(language: Language, judged: Mapping[RepoPath, str], snapshot: Snapshot, tally: _Tally) -> str:
    """Judge the changed files of one language, and say how many there are."""
    paths = sorted(path for path, grammar in judged.items() if grammar in language.grammars)
    ruling = language.judge(paths, snapshot) if paths else LanguageRuling()
    tally.declared.update((name,) for name in ruling.declared)
    for answer in ruling.answers:
        (tally.notes if answer.trouble in _NOTES else tally.findings).append(_finding(answer))
    return counted_files(len(paths), f"{language.name} file") if paths else ""


def _finding(answer: Answer) -> Finding:
    parts = {name: getattr(answer, name) for name in ("path", "line", "message", "expected", "actual")}
    return Finding(code=_CODES[answer.trouble], **parts)


def _has_source(change: Change) -> bool:
    return change.after is not None and change.after.mode not in (_SYMLINK, _GITLINK) and not change.staged


def _is_source(snapshot: Snapshot, path: RepoPath, entry: Entry) -> bool:
    return entry.mode not in (_SYMLINK, _GITLINK) and is_python(path, _raw(entry, snapshot))


def _left_out(snapshot: Snapshot) -> Iterator[Finding]:
    for path, why in left_out(snapshot.documents):
        yield Finding(code="A913", path=path, message=f"{path} {why}", actual=why)
    for path in snapshot.data:
        if is_python(path) or language_of(path):
            yield Finding(code="A917", path=path, message=f"{path} is data, as the operator says: its imports are not judged")


def _raw(entry: Entry | None, snapshot: Snapshot) -> bytes:
    raw = snapshot.contents.get(entry.oid) if entry else None
    return raw if isinstance(raw, bytes) else b""


def _versions(snapshot: Snapshot) -> tuple[Content, ...]:
    """Both versions of forge.json where they differ: policy changed in this cycle can tighten, never loosen (architecture.md)."""
    now, base = snapshot.document(FORGE_JSON), snapshot.base_document(FORGE_JSON)
    return (now,) if base in (now, Absent()) else (base,) if isinstance(now, Absent) else (base, now)


def _judge_by(content: Content, sources: list[RepoPath], snapshot: Snapshot, tally: _Tally) -> None:
    forge = read_forge_json(content)
    if isinstance(forge, Defect):
        tally.findings.append(_malformed(FORGE_JSON, forge))
        forge = ForgeJson()
    tree, own = cache(lambda: python_tree(snapshot.paths)), own_name(snapshot.base_documents)
    first_of = cache(lambda folder: manifests_of(forge, folder, snapshot.documents, snapshot.paths))
    known_by = cache(lambda first: declared_for(forge, first, snapshot.documents))
    tally.undeclarable.clear()
    for path in sources:
        known = known_by(first_of(path.rpartition("/")[0]))
        tally.findings.extend(_malformed(place, defect) for place, defect in known.faults if not _is_absent(place, forge, snapshot))
        sure, possible = roots_of(path, snapshot.paths, known.roots)
        around = Surroundings(
            path=path,
            paths=snapshot.paths,
            tree=tree,
            declared=known,
            minors=declared_minors((*known.pythons, forge.python) if forge.python else known.pythons),
            operator_map=snapshot.import_names,
            for_development=is_for_development(path, snapshot.paths, forge.test_dir, known.shipped),
            for_building=is_build_script(path, snapshot.paths),
            own_name=own,
            sure=sure,
            possible=possible,
        )
        _judge_file(around, snapshot, tally)
    if tally.undeclarable:
        tally.findings.append(_no_manifest(forge, tally.undeclarable))


def _is_absent(place: RepoPath, forge: ForgeJson, snapshot: Snapshot) -> bool:
    return place == forge.dependency_file and isinstance(snapshot.document(place), Absent)


def _judge_file(around: Surroundings, snapshot: Snapshot, tally: _Tally) -> None:
    path = around.path
    facts = snapshot.sources.get(path, Unreadable("was not read"))
    if isinstance(facts, Unreadable):
        tally.findings.append(_finding(unknown(path, facts.why, read=False)))
    elif facts.defect is not None:
        _judge_unparsed(around, facts.defect, snapshot, tally)
    else:
        inside = _with_own(around, facts.declared, snapshot)
        for item in facts.imports:
            _judge_import(item, inside, tally)


def _judge_unparsed(around: Surroundings, defect: str, snapshot: Snapshot, tally: _Tally) -> None:
    path, answer = around.path, unknown(around.path, defect, read=True)
    entry, line = snapshot.paths.get(path), answer.line
    text = decode_source(_raw(entry, snapshot))
    lines = text.split("\n") if isinstance(text, str) and line else []
    shown = lines[line - 1] if line and line <= len(lines) else None
    minor = None if shown is None else needed_minor(f"{shown} {defect}", around.minors)
    if minor is None:
        tally.findings.append(_finding(answer))
    else:
        tally.newer[path] = minor


def _with_own(around: Surroundings, own: tuple[str, ...], snapshot: Snapshot) -> Surroundings:
    # What a script declares in itself (PEP 723) is declared for that file alone. A module of a package is no script, nor is one that
    # another file imports: nobody who installs the product installs that.
    package = RepoPath(f"{around.path.rpartition('/')[0]}/__init__.py".lstrip("/"))
    if not own or package in around.paths or is_imported(around.path, snapshot.sources):
        return around
    return replace(around, declared=replace(around.declared, runtime=around.declared.runtime | frozenset(own)))


def _judge_import(item: Import, around: Surroundings, tally: _Tally) -> None:
    hidden = unjudged_place(around.path, item)
    if hidden is not None:
        text = f"import {hidden} leads into a folder that no audit looks into"
        tally.findings.append(Finding(code="A916", path=around.path, line=item.line, message=text, expected="a judged file", actual=hidden))
        return
    link = tally.links.strayed_on(around.path, item, (*around.sure, *around.possible))
    if link is not None:
        text = f"import {item.module or '.' * item.level} leads through the link {link} out of what is judged"
        tally.findings.append(Finding(code="A918", path=around.path, line=item.line, message=text, expected="a judged file", actual=link))
    if item.level:
        most = around.path.count("/") + 1
        if item.level > most:
            actual = f"relative import of {item.level} dots"
            text, wanted = f"the {actual} climbs out of the repository", f"at most {counted(most, 'dot')}"
            tally.findings.append(Finding(code="A904", path=around.path, line=item.line, message=text, expected=wanted, actual=actual))
        return
    if not any(item.since <= minor <= item.until for minor in around.minors):
        return
    for module in modules_of(item.module, item.names):
        origin = origin_of(module, around)
        if origin.source is Source.DECLARED or (origin.source is Source.MISSING and _is_for_types(item, around) and origin.development):
            tally.declared.add(origin.wanted)
        else:
            tally.findings.extend(_answer(module, origin, item, around, tally))


def _is_for_types(item: Import, around: Surroundings) -> bool:
    return item.type_only or around.path.endswith(".pyi")


def _answer(module: str, origin: Origin, item: Import, around: Surroundings, tally: _Tally) -> Iterator[Finding]:
    """Yield the finding of an import that no manifest explains; keep notes and imports without any manifest aside."""
    path, where = around.path, places_shown(around.declared.looked_in)
    wanted = " or ".join(origin.wanted)
    if origin.source is Source.SHADOWED:
        text = f"import {module} means the new {origin.place}, which takes the name of the distribution {wanted}"
        yield Finding(code="A907", path=path, line=item.line, message=text, expected=f"{wanted} declared, or another name")
    if origin.source is not Source.MISSING:
        return
    actual = "declared for development only" if origin.development else "not declared"
    if _is_for_types(item, around):
        if module.partition(".")[0] not in _WITH_TYPE_CHECKERS:
            text = f"type-only import {module} is {actual}"
            tally.notes.append(Finding(code="A912", path=path, line=item.line, message=text, expected=wanted, actual=actual))
    elif item.guarded:
        text = f"optional import {module} is {actual}"
        tally.notes.append(Finding(code="A909", path=path, line=item.line, message=text, expected=wanted, actual=actual))
    elif not where:
        tally.undeclarable.setdefault(module.partition(".")[0], (path, item.line))
    else:
        text = f"import {module} is {actual}: expected {wanted} in {where}"
        yield Finding(code="A901", path=path, line=item.line, message=text, expected=f"{wanted} in {where}", actual=actual)


def _malformed(path: RepoPath, defect: Defect) -> Finding:
    return Finding(code="A903", path=path, line=defect.line, message=f"{path} cannot be believed: {defect}", actual=defect.why)


def _strayed(path: RepoPath) -> Finding:
    expected, actual = "a Python file, or a link to one of this repository that is not ignored", "a link that leads elsewhere"
    return Finding(code="A910", path=path, message=f"{path}: expected {expected}, found {actual}", expected=expected, actual=actual)


def _led_away(link: RepoPath) -> Finding:
    text = f"{link} takes the place of a folder of sources and leads out of what is judged"
    return Finding(code="A918", path=link, message=text, expected="a folder of the repository", actual="a link that leads elsewhere")


def _no_manifest(forge: ForgeJson, undeclarable: Mapping[str, tuple[RepoPath, int]]) -> Finding:
    names = sorted(undeclarable)
    path, line = undeclarable[names[0]]
    expected = f"{forge.dependency_file}, which forge.json names" if forge.dependency_file else _CONVENTION
    text = f"no dependency manifest was found for the imports {names_shown(names)}: expected {expected}"
    return Finding(code="A902", path=path, line=line, message=text, expected=expected, actual="none")
