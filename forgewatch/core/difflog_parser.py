"""The diff log: bytes to a closed union (checks.md section 0). Bad builder input is a value, never an exception.

1. decode, 2. bound, 3. blocks and sections, 4. status, phase, claim, verification, placeholders, 5. the reading that the status names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.claim_section import read_rows
from forgewatch.core.difflog import (
    Announced,
    Announcement,
    Blocked,
    Claim,
    ClaimDefect,
    Complete,
    DiffLog,
    DiffLogReading,
    InProcess,
    Label,
    Malformed,
    Section,
    Status,
    Unknown,
)
from forgewatch.core.document import Document, bounded, read_document
from forgewatch.core.limits import LIMITS
from forgewatch.core.markdown_body import QUOTED, Block, Body, Kind, Part, parse_body
from forgewatch.core.phase_words import find_phase
from forgewatch.core.placeholders import find_placeholders
from forgewatch.core.titles import is_claim, is_verification
from forgewatch.core.values import UNKNOWN_PHASE, Absent, Content, Phase, Refused, RepoPath, Unreadable, parse_repo_path
from forgewatch.core.verification import read_verification
from forgewatch.core.visible_text import visible

_STATUS = re.compile(r"(?:cycle\s+)?status\s*[:=](?P<value>.*)", re.IGNORECASE)
_MARKS = re.compile(r"[*`]+")
_REMARK = re.compile(r" \(.*\)$")
_ALIASES = {
    "COMPLETE": Status.COMPLETE,
    "IN_PROCESS": Status.IN_PROCESS,
    "IN_PROGRESS": Status.IN_PROCESS,
    "IN PROGRESS": Status.IN_PROCESS,
    "BLOCKED": Status.BLOCKED,
}
_NOTHING = frozenset({"", "(none)", "none"})


def parse_difflog(raw: Content, directive_phase: Phase | None = None) -> DiffLogReading:
    """Read a diff log (checks.md section 0). `directive_phase` is used when the log names no phase.

    Malformed: blank, a NUL in the body, a body over the cap, or two different values of the status. Never raises.
    """
    match raw:
        case Absent() | Unreadable():
            return raw
        case bytes():
            return _parse(raw, directive_phase)
        case other:
            assert_never(other)


def parse_announcement(raw: Content) -> Announced:
    """Read only what the daemon acts upon: status and wholeness. Malformed exactly where `parse_difflog` is. Never raises."""
    match raw:
        case Absent() | Unreadable():
            return raw
        case bytes():
            opened = _open(raw)
        case other:
            assert_never(other)
    if isinstance(opened, Malformed):
        return opened
    document, body, statuses = opened.document, opened.body, opened.statuses
    line, text = statuses[0] if statuses else (None, "")
    whole = document.ended and not body.open_fence and bool(statuses) and _says_all(body)
    return Announcement(status=_status(text), status_text=text, status_line=line, digest=digest_of_bytes(raw), whole=whole)


def _parse(raw: bytes, directive_phase: Phase | None) -> DiffLogReading:
    opened = _open(raw)
    return opened if isinstance(opened, Malformed) else _reading(_difflog(raw, opened, directive_phase))


@dataclass(frozen=True, slots=True)
class _Opened:
    """A document taken apart, and the status values of its most authoritative place."""

    document: Document
    body: Body
    statuses: Sequence[tuple[int, str]]


def _open(raw: bytes) -> _Opened | Malformed:
    document = read_document(raw)
    limited = bounded(document)
    if document.blank or limited is None:
        reason = "holds nothing but white space" if document.blank else _too_large(document)
        return Malformed(reason=reason, line=None, digest=digest_of_bytes(raw))
    body = parse_body(*limited)
    statuses = _statuses(body)
    defect = _nul(document, body) or _contradiction(statuses)
    if defect is not None:
        line, reason = defect
        return Malformed(reason=reason, line=line, digest=digest_of_bytes(raw))
    return _Opened(document, body, statuses)


def _too_large(document: Document) -> str:
    return (
        f"expected at most {LIMITS.document_bytes} characters and {LIMITS.document_lines} lines without the quoted diffs,"
        f" found {sum(map(len, document.lines))} and {len(document.lines)} in all"
    )


def _reading(log: DiffLog) -> DiffLogReading:
    match log.status:
        case Status.COMPLETE:
            return Complete(log)
        case Status.IN_PROCESS:
            return InProcess(log)
        case Status.BLOCKED:
            return Blocked(log)
        case Status.UNKNOWN:
            return Unknown(log)
        case other:
            assert_never(other)


def _difflog(raw: bytes, opened: _Opened, directive_phase: Phase | None) -> DiffLog:
    body = opened.body
    line, text = opened.statuses[0] if opened.statuses else (None, "")
    return DiffLog(
        status=_status(text),
        status_text=text,
        status_line=line,
        phase=find_phase(_phase_places(body)) or directive_phase or UNKNOWN_PHASE,
        claim=_claim(body),
        sections=tuple(map(_section, body.parts)),
        verification=read_verification(body.parts),
        placeholders=tuple(find_placeholders(body.blocks)),
        digest=digest_of_bytes(raw),
        encoding_defect=_flaw(opened.document, body),
    )


def _says_all(body: Body) -> bool:
    """True when every section says something and nothing is likely to follow: a log that is written line by line ends with its list of
    files, or with the first of its verification steps, for a moment."""
    filled = [part.key for part in body.parts if part.blocks]
    if not (any(map(is_claim, filled)) and any(map(is_verification, filled)) and {"summary", "next steps"} <= set(filled)):
        return False
    last = filled[-1]
    return not is_claim(last) and (not is_verification(last) or _has_all_labels(body))


def _has_all_labels(body: Body) -> bool:
    return {item.label for item in read_verification(body.parts).items if item.text} == set(Label)


def _stated(blocks: Iterable[Block]) -> Iterator[tuple[int, str]]:
    """Yield the lines of paragraphs and of outermost list items."""
    for block in blocks:
        if (block.kind is Kind.PARAGRAPH and block.depth <= 1) or (block.kind is Kind.ITEM and block.depth == 1):
            yield from ((block.line + offset, line) for offset, line in enumerate(block.lines))


def _statuses(body: Body) -> list[tuple[int, str]]:
    """Return the status values at the most authoritative place: under `Cycle Status`, in its heading, before the first `##`."""
    cycle = [part for part in body.parts if part.key == "cycle status"]
    found = list(_values((line, text) for part in cycle for line, text in _stated(part.own)))
    found += _values((part.line, part.title) for part in cycle)
    return found or list(_values(_stated(body.preamble)))


def _values(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    for line, text in lines:
        found = _STATUS.match(_MARKS.sub("", text).strip(" _"))
        value = _REMARK.sub("", found.group("value").strip(), count=1).strip(" _") if found else ""
        if value:
            yield line, value


def _status(text: str) -> Status:
    return _ALIASES.get(text.upper(), Status.UNKNOWN) if text.isascii() else Status.UNKNOWN


def _contradiction(statuses: Sequence[tuple[int, str]]) -> tuple[int, str] | None:
    for line, text in statuses[1:]:
        first = statuses[0][1]
        if (_status(text), text.casefold()) != (_status(first), first.casefold()) and not (
            _status(text) == _status(first) != Status.UNKNOWN
        ):
            return line, f"expected one status, found '{first}' in line {statuses[0][0]} and '{text}' in line {line}"
    return None


def _phase_places(body: Body) -> list[list[str]]:
    title = [body.title, *(text for _, text in _stated(body.preamble))]
    named = [
        [text for _, text in _stated(part.own)]
        for key in ("cycle metadata", "cycle status", "summary")
        for part in body.parts
        if part.key == key
    ]
    return [title, *named]


def _claim(body: Body) -> Claim:
    parts: list[Part] = []
    for part in body.parts:
        inside = parts and parts[-1].blocks and part.line <= parts[-1].blocks[-1].line
        if is_claim(part.key) and not inside:
            parts.append(part)
    return read_rows([block for part in parts for block in (_heading(part), *part.blocks)]) if parts else Claim(stated=False)


def _heading(part: Part) -> Block:
    return Block(kind=Kind.HEADING, line=part.line, lines=(part.title,), depth=part.level)


def _section(part: Part) -> Section:
    items = tuple((block.line, text) for block in part.blocks if block.kind not in QUOTED for text in _texts(block))
    return Section(
        title=part.title,
        key=part.key,
        line=part.line,
        items=items,
        quoted=any(block.kind in QUOTED and bool(visible(block.text)) for block in part.blocks),
    )


def _texts(block: Block) -> tuple[str, ...]:
    return tuple(cell for cell in block.cells if cell) if block.kind is Kind.ROW else (block.text,)


def _body_lines(body: Body) -> Iterator[int]:
    for block in body.blocks:
        if block.kind not in QUOTED:
            yield from range(block.line, block.line + len(block.lines))


def _nul(document: Document, body: Body) -> tuple[int, str] | None:
    line = next((line for line in _body_lines(body) if "\0" in document.lines[line - 1]), None)
    return None if line is None else (line, "expected text, found a NUL character")


def _flaw(document: Document, body: Body) -> str | None:
    """Return the first encoding defect of the body: what a quoted diff holds was not written here."""
    line = next((line for line in _body_lines(body) if line in document.flaws), None) if document.flaws else None
    return None if line is None else f"line {line} {document.flaws[line]}"


def parse_claim_arguments(raw: tuple[str, ...]) -> Claim:
    """Return the claim of `--claimed-files a,b` (contract §10.2): commas separate, `(none)` is empty, `line` is the 1-based place."""
    names = [name.strip() for argument in raw for name in argument.split(",")]
    found: dict[RepoPath, int] = {}
    defects: list[ClaimDefect] = []
    for place, name in enumerate((name for name in names if name.casefold() not in _NOTHING), 1):
        parsed = parse_repo_path(name)
        if isinstance(parsed, Refused):
            defects.append(ClaimDefect(text=name, line=place, why=parsed.why))
        else:
            found.setdefault(parsed, place)
    return Claim(paths=tuple(found), lines=tuple(found.values()), defects=tuple(defects))


def verification_text(log: DiffLog) -> str:
    """Return the Verification sections as one text without line numbers, for the audit's identity (C-05)."""
    return "\n".join(text for section in log.sections if is_verification(section.key) for _, text in (*section.items, (0, "\0")))
