"""The text of a diff log as the helper writes it (contract §11), in the shape of the real ones. Pure: our own reader reads it back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forgewatch.core.claim_text import claim_lines
from forgewatch.core.difflog import DiffLog, Label, Status
from forgewatch.core.document import read_document
from forgewatch.core.previous_cycle import KEY, TITLE
from forgewatch.core.titles import is_claim, is_verification, quotes_a_diff
from forgewatch.core.values import CommitId, Phase, RepoPath
from forgewatch.core.verification_text import shown

KEPT_CHARS = 64 * 1024
"""Characters of the sections that are taken over from the present log; a log with more has to be shortened first."""

STATUS_LINES = 200
"""Lines of `git status` that one log shows; the rest is counted."""

NONE = ("- None",)
_OWN = frozenset({"cycle metadata", "cycle status", "summary", "notes", "next steps", KEY})
_SECTION = re.compile(r" {0,3}##[ \t]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """When and where a log was written. `at` is UTC, `branch` None when HEAD names none, `base` the commit that changes are measured
    from as far as the record knows one."""

    at: str
    branch: str | None
    head: CommitId | None
    base: CommitId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Everything that goes into a log. Lines of `summary`, `verification`, `notes`, `next_steps`, `previous` and `kept` are Markdown;
    `status_lines` and `hunks` are raw lines that are quoted. `kept` are whole sections, headings included; `file_lines`, where there are
    any, stand in place of the files."""

    metadata: Metadata
    phase: Phase
    status: Status
    previous: tuple[str, ...]
    summary: tuple[str, ...]
    files: tuple[tuple[RepoPath, str], ...]
    file_lines: tuple[str, ...] = ()
    verification: tuple[str, ...]
    notes: tuple[str, ...] = NONE
    next_steps: tuple[str, ...] = NONE
    kept: tuple[str, ...] = ()
    status_lines: tuple[str, ...] = ()
    hunks: tuple[str, ...] = ()


def difflog_bytes(draft: Draft) -> bytes:
    """Return the log as UTF-8 with LF, ending in one line end."""
    sections = (
        ("Cycle Metadata", _metadata(draft.metadata)),
        ("Cycle Status", (f"- Status: {draft.status}",)),
        (TITLE, tuple(f"- {line}" for line in draft.previous)),
        ("Summary", draft.summary),
        ("Files Changed", draft.file_lines or claim_lines(draft.files)),
        ("Verification", draft.verification),
        ("Notes", draft.notes),
        ("Next Steps", draft.next_steps),
    )
    lines = ["# Diff Log (overwrite each cycle)", "", f"Phase: {draft.phase}", ""]
    for title, body in sections:
        lines += [f"## {title}", *body, ""]
    lines += [*draft.kept, *([""] if draft.kept else [])]
    lines += ["## git status -sb", *_code(draft.status_lines, STATUS_LINES), ""]
    lines += ["## Minimal Diff Hunks", *_code(draft.hunks)]
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def items(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the texts as a list, `None` for none: what is empty is said to be (contract §11)."""
    told = [line for line in map(shown, texts) if line]
    return tuple(f"- {line}" for line in told) or NONE


def not_run_yet() -> tuple[str, ...]:
    """Return the Verification of a cycle that has only begun."""
    return tuple(f"- {label}: not run yet" for label in Label)


def section_lines(raw: bytes, log: DiffLog, key: str) -> tuple[str, ...]:
    """Return the lines of the first section with this key as they stand in the log, without its heading and blank ends; empty without."""
    found = next((lines for name, lines in _slices(raw, log) if name == key), ())
    return tuple(_stripped(found[1:]))


def foreign_sections(raw: bytes, log: DiffLog) -> tuple[str, ...]:
    """Return the sections that the helper does not write itself (`## Fix Plan`), as they stand in the log, headings included."""
    kept: list[str] = []
    for key, lines in _slices(raw, log):
        if not (key in _OWN or is_claim(key) or is_verification(key) or quotes_a_diff(key)):
            kept += ["", *_stripped(lines)] if kept else _stripped(lines)
    return tuple(kept)


def previous_lines(log: DiffLog) -> tuple[str, ...]:
    """Return what the log says of the cycle before it, to be said again when it is planned anew; empty when it says nothing."""
    return tuple(text for section in log.sections if section.key == KEY for _, text in section.items)


def _slices(raw: bytes, log: DiffLog) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield key and lines of each section with a heading of the second level; deeper ones belong to it."""
    lines = read_document(raw).lines
    starts = [(section.line, section.key) for section in log.sections if _SECTION.match(lines[section.line - 1])]
    ends = [*(line for line, _ in starts[1:]), len(lines) + 1]
    for (start, key), end in zip(starts, ends, strict=True):
        yield key, lines[start - 1 : end - 1]


def _stripped(lines: Sequence[str]) -> list[str]:
    told = list(lines)
    while told and not told[-1].strip():
        told.pop()
    while told and not told[0].strip():
        told.pop(0)
    return told


def _metadata(metadata: Metadata) -> tuple[str, ...]:
    return (
        f"- Timestamp: {metadata.at}",
        f"- Branch: {shown(metadata.branch) if metadata.branch else 'none (detached HEAD)'}",
        f"- HEAD: {metadata.head or 'none (no commit yet)'}",
        f"- BASE_HEAD: {metadata.base or 'none (the empty tree)'}",
        "- Diff basis: working tree and index against HEAD",
    )


def _code(lines: Sequence[str], most: int | None = None) -> Iterator[str]:
    kept = lines if most is None else lines[:most]
    yield from (f"    {line}" for line in kept or ("(none)",))
    if len(lines) > len(kept):
        yield f"    (and {len(lines) - len(kept)} more lines)"
