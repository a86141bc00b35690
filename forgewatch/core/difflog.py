"""The diff log as values (checks.md section 0). Reading one gives a closed union; bad builder input is never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from forgewatch.core.values import Absent, Digest, Phase, RepoPath, Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDefect:
    """A row of a claim section that is no path (A103). `line` is 1-based."""

    text: str
    line: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimHint:
    """A heading, or a name in running text. It is a claim if `text` is exactly a known path, else it is nothing.

    `below`: the lines of the rows that then explain it instead of claiming something themselves.
    """

    text: str
    line: int
    below: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the diff log says changed: paths in order without repeats, the line of each, and rows that are no path.

    `hints` are names that claim only what exists; `resolve_claim` settles them. `stated` is False when the log has no claim section
    at all (A107).
    """

    paths: tuple[RepoPath, ...] = ()
    lines: tuple[int, ...] = ()
    defects: tuple[ClaimDefect, ...] = ()
    stated: bool = True
    hints: tuple[ClaimHint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One `##` section of the body. `title` as written; `key` is it without numbering and parenthesis, case folded.

    `items` are the body's texts: list items, paragraphs, table cells, deeper headings, with 1-based lines. `quoted`: it also shows
    code, quotes or HTML, which are no body but are something.
    """

    title: str
    key: str
    line: int
    items: tuple[tuple[int, str], ...] = ()
    quoted: bool = False


class Label(StrEnum):
    """The four labels of the verification hierarchy, in the contract's order (contract §9)."""

    STATIC = "Static"
    RUNTIME = "Runtime"
    BEHAVIOR = "Behavior"
    CONTRACT = "Contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """One labelled statement of the Verification section, in document order. `text` is what follows the label."""

    label: Label
    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The Verification section: `stated` is False when there is none (A700)."""

    stated: bool = False
    line: int | None = None
    items: tuple[Verified, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """A `TODO`, `TBD`, `FIXME` or `<placeholder>` that stands as a whole item of the body (A501)."""

    text: str
    line: int


class Status(StrEnum):
    """The authoritative status value; UNKNOWN is any other word, or none."""

    COMPLETE = "COMPLETE"
    IN_PROCESS = "IN_PROCESS"
    BLOCKED = "BLOCKED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What a diff log announces: the part of it that the daemon acts upon, before anybody judges the rest.

    `whole`: the document is structurally complete, that is, it ends with a line end, no fence is open, status, Summary, a claim section,
    Verification and Next Steps are there and say something, and the last of them is not one that is still being filled (watching.md,
    Settle without delay). A torn write is not whole.
    """

    status: Status
    status_text: str
    status_line: int | None
    digest: Digest
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLog:
    """A diff log that could be read. `status_text` and `status_line` are what was found (empty and None when there is none).

    `encoding_defect` names a block that is not UTF-8 (a finding).
    """

    status: Status
    status_text: str
    status_line: int | None
    phase: Phase
    claim: Claim
    sections: tuple[Section, ...]
    verification: Verification
    placeholders: tuple[Placeholder, ...]
    digest: Digest
    encoding_defect: str | None = None


@dataclass(frozen=True, slots=True)
class InProcess:
    """The builder is at work: never audited by the daemon."""

    log: DiffLog


@dataclass(frozen=True, slots=True)
class Blocked:
    """The builder stopped; shown, not audited."""

    log: DiffLog


@dataclass(frozen=True, slots=True)
class Unknown:
    """No status, or one outside the closed set: no audit, a visible notice with the line."""

    log: DiffLog


@dataclass(frozen=True, slots=True)
class Complete:
    """The builder says it is done: audit."""

    log: DiffLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """The document contradicts itself or is no document. `line` is 1-based or None. `reason` states both sides."""

    reason: str
    line: int | None
    digest: Digest


Announced = Announcement | Malformed | Absent | Unreadable
"""Everything that a glance at the diff log can give."""

DiffLogReading = InProcess | Blocked | Unknown | Complete | Malformed | Absent | Unreadable
"""Everything that looking at the diff log can give."""
