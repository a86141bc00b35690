"""What the helper is told at the beginning and at the end of a cycle, and the drafts that follow from it (contract §11). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from forgewatch.core.difflog import DiffLog, Label, Status
from forgewatch.core.difflog_steps import Refusal
from forgewatch.core.difflog_text import (
    KEPT_CHARS,
    NONE,
    Draft,
    Metadata,
    foreign_sections,
    items,
    not_run_yet,
    previous_lines,
    section_lines,
)
from forgewatch.core.missing_tools import lacked, remedy
from forgewatch.core.step_names import is_of_base
from forgewatch.core.testrecord import Blank, BrokenRecord, TestRecord, TestRecordReading
from forgewatch.core.values import Absent, Phase, RepoPath, Unreadable
from forgewatch.core.verdict import StopReason
from forgewatch.core.verification_text import Stated, failed_steps, shown, verification_lines

MOST_STEPS = 5
"""Steps that failed which one refusal tells."""

_TOOK = re.compile(r" in [0-9.]{1,12}s\Z")

MOST_PREVIOUS = 5
"""Bullets about the previous cycle that one log carries (contract §11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What `start` is told. `skeleton`: what is not given is left as a TODO for the builder to fill in."""

    phase: Phase
    summary: tuple[str, ...] = ()
    files: tuple[RepoPath, ...] = ()
    notes: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    skeleton: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What `finish` is told. `notes` and `next_steps` None: what the present log says there stays. `words` are by part of the
    verification; `blocked`: the cycle is given up, and nothing is claimed to be done."""

    summary: tuple[str, ...]
    notes: tuple[str, ...] | None = None
    next_steps: tuple[str, ...] | None = None
    words: Mapping[Label, str]
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Present:
    """The log of the cycle that runs: its bytes and what they say."""

    raw: bytes
    log: DiffLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the facts put into a log beside what the caller says: changes with a word for each, raw lines of status and hunks."""

    metadata: Metadata
    files: tuple[tuple[RepoPath, str], ...] = ()
    status_lines: tuple[str, ...] = ()
    hunks: tuple[str, ...] = ()


def begun(plan: Plan, around: Circumstances, previous: tuple[str, ...], present: Present | None) -> Draft:
    """Return the log of a cycle that begins. `present` is the log of the same cycle where it is only planned anew: what it says of the
    cycle before stays, and so do sections of the builder's own."""
    kept = _previous(present.log) if present else ()
    todo = plan.skeleton
    return Draft(
        metadata=around.metadata,
        phase=plan.phase,
        status=Status.IN_PROCESS,
        previous=kept or previous,
        summary=_told(plan.summary, "planned summary", todo=todo),
        files=tuple((path, "planned") for path in plan.files),
        file_lines=_todo("planned files") if todo and not plan.files else (),
        verification=tuple(f"- {label}: TODO: result" for label in Label) if todo else not_run_yet(),
        notes=_told(plan.notes, "notes, or None", todo=todo),
        next_steps=_told(plan.next_steps, "next steps, or None", todo=todo),
        kept=foreign_sections(present.raw, present.log) if present else (),
        status_lines=around.status_lines,
    )


def ended(ending: Ending, parts: Sequence[Stated], around: Circumstances, present: Present) -> Draft | Refusal:
    """Return the log of a cycle that is over; a refusal where what is taken over is more than a log should hold."""
    kept = foreign_sections(present.raw, present.log)
    notes = _stated(ending.notes, "notes", present)
    next_steps = _stated(ending.next_steps, "next steps", present)
    size = sum(len(line) + 1 for line in (*kept, *notes, *next_steps))
    if size > KEPT_CHARS:
        return Refusal(
            step=7,
            stop=StopReason.CONTRACT_CONFLICT,
            expected=f"at most {KEPT_CHARS} characters of notes, next steps and sections of your own",
            found=f"{size}",
            exit="shorten them in the diff log, or give --notes and --next-steps",
        )
    return Draft(
        metadata=around.metadata,
        phase=present.log.phase,
        status=Status.BLOCKED if ending.blocked else Status.COMPLETE,
        previous=_previous(present.log) or ("Diff log: none was summarised when this cycle began",),
        summary=items(ending.summary),
        files=around.files,
        verification=verification_lines(parts),
        notes=notes,
        next_steps=next_steps,
        kept=kept,
        status_lines=around.status_lines,
        hunks=around.hunks,
    )


def unproven(parts: Sequence[Stated], record: TestRecordReading) -> Refusal | None:
    """Return what keeps a cycle from being COMPLETE: a test record that does not say PASS, a part that failed, or one about which nobody
    says anything. Nothing is passed for want of a word."""
    status = record.status if isinstance(record, TestRecord) else None
    if status != "PASS":
        steps = failed_steps(parts) if status else ()
        seen = "; ".join([_record_seen(record), *(f"{name}: {text}" for name, text in steps[:MOST_STEPS])])
        return _missing("a test record with 'Status: PASS' in line 1", seen, _way_out(status, steps))
    failed = [part.label.value for part in parts if part.said == "FAIL"]
    if failed:
        return _missing("parts that passed", f"FAIL of {', '.join(failed)} in the test record", "mend it, then forgewatch test")
    silent = [part.label.value for part in parts if not part.is_known]
    if silent:
        words = " ".join(f"{name.lower()}='PASS what was looked at'" for name in silent)
        return _missing("a result of each part", f"nothing about {', '.join(silent)}", f"--verification {words}, or 'n/a: why'")
    return None


def unlooked(parts: Sequence[Stated]) -> tuple[Stated, ...]:
    """Return the parts of a cycle that is given up: what nobody says anything about is said to be so."""
    return tuple(part if part.is_known else Stated(part.label, "", part.lines, "n/a: not looked at") for part in parts)


def _record_seen(record: TestRecordReading) -> str:
    match record:
        case TestRecord(line1=line1):
            return f"'{line1}'"
        case Unreadable(why=why) | BrokenRecord(why=why):
            return why
        case Absent():
            return "none"
        case Blank():
            return "a blank file"
        case other:
            assert_never(other)


def _way_out(status: str | None, steps: Sequence[tuple[str, str]]) -> str:
    """Return what to do about a record that does not say PASS; a tool that was not there is no matter of the code."""
    tools = ((lacked(_TOOK.sub("", text)), is_of_base(name)) for name, text in steps)
    remedies = (f"{remedy(tool, of_base=of_base)}; then " for tool, of_base in tools if tool)
    return f"{next(remedies, 'mend what failed, then ' if status else '')}forgewatch test; or --status blocked"


def _missing(expected: str, found: str, exits: str) -> Refusal:
    return Refusal(step=7, stop=StopReason.EVIDENCE_MISSING, expected=expected, found=found, exit=exits)


def _previous(log: DiffLog) -> tuple[str, ...]:
    return tuple(shown(line) for line in previous_lines(log)[:MOST_PREVIOUS])


def _told(texts: tuple[str, ...], what: str, *, todo: bool) -> tuple[str, ...]:
    return _todo(what) if todo and not texts else items(texts)


def _todo(what: str) -> tuple[str, ...]:
    return (f"- TODO: {what}",)


def _stated(texts: tuple[str, ...] | None, key: str, present: Present) -> tuple[str, ...]:
    return items(texts) if texts is not None else section_lines(present.raw, present.log, key) or NONE
