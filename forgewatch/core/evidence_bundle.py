"""The evidence bundle of a change request: six headings that say something, and files that are there (contract §2).

Who writes one may name a heading in other words, quote the tree as code, and split a heading into smaller ones; what is left of the
template says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from forgewatch.core.claim_remarks import means_deleted
from forgewatch.core.claim_resolution import resolve_claim
from forgewatch.core.claim_section import read_rows
from forgewatch.core.difflog import Claim
from forgewatch.core.document import bounded, read_document
from forgewatch.core.gate import Gate
from forgewatch.core.markdown_body import QUOTED, Block, Body, Kind, Part, parse_body
from forgewatch.core.placeholders import find_placeholders
from forgewatch.core.places import Places
from forgewatch.core.text import counted
from forgewatch.core.titles import title_key
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable
from forgewatch.core.verdict import Check, CheckCode, Finding, Ruling, Severity
from forgewatch.core.visible_text import visible

TEMPLATE = """\
# Evidence bundle

## Repo tree
TODO: the tree, or the paths of the files this is about

## Files to be edited
- TODO: exact paths, one a line; write (new) behind a file that is not there yet

## Current behavior + expected behavior
TODO: what happens now, and what has to happen

## Logs/errors
TODO: what was logged (if runtime issue); else: none, no runtime issue

## Minimal diff plan
- TODO: the smallest change that does it

## Verification steps + results
- TODO: the commands, and what each said
"""
"""An evidence bundle to be filled in; as it is, it says nothing and passes no gate (contract §2)."""

_NEW = re.compile(r"\b(?:new|created?|to be (?:created|added)|add(?:ed)?|does not exist yet)\b", re.IGNORECASE)
_MARKING = re.compile(r"(?:new|created|added|deleted|removed)(?: files?)?|files? (?:to )?(?:be )?(?:created?|add(?:ed)?|deleted?|removed?)")
_WANTED = r".*\b(?:expected|desired|wanted|intended)\b.*"
_NOW = r".*\b(?:current|actual|present|observed|now|today)\b.*"
_TITLES: Mapping[str, tuple[str, ...]] = {
    "E1": (r"(?:(?:repo\w*|file|project|folder|directory) (?:tree|structure|layout)|tree|(?:confirmed |existing )?(?:file )?paths)\b.*",),
    "E2": (r"files?(?: (?:to|that|which|i|being|affected|touched|edited|planned|changed|list)\b.*)?|\w+ files|edits",),
    "E3": (_NOW, _WANTED),
    "E4": (r"(?:relevant |runtime )?(?:logs?|errors?|stack ?traces?|tracebacks?)\b.*",),
    "E5": (r"(?:minimal[ -])?(?:diff|change|fix|implementation)[ -]plan\b.*|plan",),
    "E6": (r"verification\b.*|verify\b.*|(?:test|validation) (?:steps|results|plan)\b.*|steps (?:and|\+|&) results",),
}
"""How the headings are told by their keys (core/titles.py). Each of a code's patterns needs one; one heading may fit several."""
_BEHAVIOR = re.compile(r"behaviou?rs?\b.*")
_NAMES = {
    "E1": "Repository tree",
    "E2": "Files to be edited",
    "E3": "Current and expected behavior",
    "E4": "Logs and errors",
    "E5": "Minimal diff plan",
    "E6": "Verification steps and results",
}


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file that a bundle lists: the 1-based line, and whether it is marked as one that need not be there: new, or deleted."""

    path: RepoPath
    line: int
    marked: bool


@dataclass(frozen=True, slots=True)
class Bundle:
    """An evidence bundle as it was read: its sections in order, none when it is too large to be parsed."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleGround:
    """What the evidence gate looks at: the bundle, or why there is none; and what is at the path of each file that it lists.

    `name` is what the bundle is called where it is told about.
    """

    name: str
    bundle: Bundle | Absent | Unreadable
    files: tuple[ListedFile, ...] = ()
    claim: Claim = field(default_factory=Claim)
    found: Mapping[RepoPath, Content]


def parse_bundle(content: Content) -> Bundle | Absent | Unreadable:
    """Read an evidence bundle. Never raises."""
    if not isinstance(content, bytes):
        return content
    limited = bounded(read_document(content))
    return Unreadable("is larger than what is parsed") if limited is None else Bundle(_below_title(parse_body(*limited)))


def ground_of(name: str, content: Content, look: Callable[[RepoPath], Content], places: Places) -> BundleGround:
    """Return what the gate looks at; `look` says what is at a path (contract §2)."""
    bundle = parse_bundle(content)
    if not isinstance(bundle, Bundle):
        return BundleGround(name=name, bundle=bundle, found={})
    parts = _parts_of(bundle, "E2")
    blocks = tuple(block for part in parts for block in part.blocks)
    found: dict[RepoPath, Content] = {}

    def exists(path: RepoPath) -> bool:
        if path not in found:
            found[path] = look(path)
        return not isinstance(found[path], Absent)

    claim = resolve_claim(read_rows(blocks), exists, places)
    marked = dict(_marked(parts))
    files = tuple(ListedFile(path, line, marked.get(line, False)) for path, line in zip(claim.paths, claim.lines, strict=True))
    for file in files:
        exists(file.path)
    return BundleGround(name=name, bundle=bundle, files=files, claim=claim, found=found)


def _below_title(body: Body) -> tuple[Part, ...]:
    # A title that holds all the others is no section of its own.
    first = [part for part in body.parts[:1] if part.level == 1 and len(body.parts) > 1 and not part.own]
    return tuple(part for part in body.parts if part not in first)


def _parts_of(bundle: Bundle, code: str, wanted: int = 0) -> tuple[Part, ...]:
    pattern = re.compile(_TITLES[code][wanted])
    fitting = [part for part in bundle.parts if pattern.fullmatch(part.key)]
    # A deeper heading that fits as well is a part of what is there already.
    inner = {block.line for part in fitting for block in part.blocks}
    return tuple(part for part in fitting if part.line not in inner)


def _stated(bundle: Bundle, code: str) -> tuple[Part, ...]:
    """Return the sections that state a heading, one for each of its patterns; none when one of them has no section."""
    found = [_parts_of(bundle, code, number) for number in range(len(_TITLES[code]))]
    if all(found):
        # Of several sections that fit, the first one that says something counts.
        chosen = [next(filter(_says_something, parts), parts[0]) for parts in found]
        return tuple(part for at, part in enumerate(chosen) if part not in chosen[:at])
    return tuple(part for part in bundle.parts if code == "E3" and _BEHAVIOR.fullmatch(part.key) and _tells_both(part))[:1]


def _tells_both(part: Part) -> bool:
    text = " ".join(block.text for block in part.blocks).casefold().replace("\n", " ")
    return all(re.fullmatch(pattern, text) for pattern in _TITLES["E3"])


def _says_something(part: Part) -> bool:
    left = {placeholder.line for placeholder in find_placeholders(part.blocks)}
    return any(_is_told(block, left) for block in part.blocks if block.kind is not Kind.HEADING)


def _is_told(block: Block, left: set[int]) -> bool:
    if block.kind in QUOTED:
        return bool(visible(block.text))
    lines = (line for number, line in enumerate(block.lines, block.line) if number not in left)
    return not block.header and any(map(visible, lines))


def _marked(parts: tuple[Part, ...]) -> Iterator[tuple[int, bool]]:
    for part in parts:
        below = _MARKING.fullmatch(part.key) is not None
        for block in part.blocks:
            if block.kind is Kind.HEADING or (block.kind is Kind.PARAGRAPH and block.text.rstrip("* ").endswith(":")):
                below = _MARKING.fullmatch(title_key(block.text)) is not None
            yield from ((block.line + offset, below or _is_marked(line)) for offset, line in enumerate(block.lines))


def _is_marked(line: str) -> bool:
    # The name itself may hold the word: `app/new.py` is marked by what stands around it.
    words = " ".join(word for word in line.split() if "/" not in word and not re.search(r"\w\.\w", word))
    return _NEW.search(words) is not None or means_deleted(words)


def _heading(code: str, ground: BundleGround) -> Ruling:
    """Return what is missing of one heading (contract §2)."""
    name = _NAMES[code]
    if not isinstance(ground.bundle, Bundle):
        why = "is missing" if isinstance(ground.bundle, Absent) else ground.bundle.why
        missing = Finding(code=f"{code}01", path=ground.name, message=f"{name}: no evidence, the bundle {why}", expected=name, actual=why)
        return Ruling(basis=f"{ground.name} {why}", findings=(missing,))
    found = _stated(ground.bundle, code)
    if not found:
        missing = Finding(code=f"{code}01", path=ground.name, message=f"{name}: no such heading", expected=f"## {name}", actual="none")
        return Ruling(basis="no such heading", findings=(missing,))
    blank = [part for part in found if not _says_something(part)]
    findings = tuple(
        Finding(
            code=f"{code}02",
            path=ground.name,
            line=part.line,
            message=f"{name}: nothing stands below the heading",
            expected="evidence",
            actual="blank, or the template",
        )
        for part in blank
    )
    more = tuple(_file_findings(ground)) if code == "E2" and not findings else ()
    return Ruling(basis=_basis(code, found[0], ground), findings=(*findings, *more))


def _basis(code: str, part: Part, ground: BundleGround) -> str:
    return f"{counted(len(ground.files), 'file')} listed" if code == "E2" else f"line {part.line}"


def _file_findings(ground: BundleGround) -> Iterator[Finding]:
    if not ground.files and not ground.claim.defects:
        yield Finding(code="E203", path=ground.name, message="no file is listed", expected="exact paths, one a line", actual="none")
    for defect in ground.claim.defects:
        yield Finding(
            code="E204",
            path=ground.name,
            line=defect.line,
            message=f"no exact path: it {defect.why}",
            expected="a path of the repository",
            actual=defect.text,
        )
    for file in ground.files:
        match ground.found.get(file.path, Absent()):
            case Absent() if not file.marked:
                message, actual = f"{file.path} is listed, is not there, and is not marked as new", "no such file"
            case Unreadable(why="is a directory" as why):
                message, actual = f"{file.path} is listed as a file and {why}", why
            case _:
                continue
        yield Finding(
            code="E205", path=ground.name, line=file.line, message=message, expected="a file, or (new) behind its path", actual=actual
        )


GATE: Gate[BundleGround] = Gate(
    "evidence",
    tuple(
        Check(code=CheckCode(code), title=title, severity=Severity.BLOCKING, judge=partial(_heading, code))
        for code, title in _NAMES.items()
    ),
)
"""The evidence bundle gate (contract §2): one check per heading; E2 also looks at the files that are listed."""
