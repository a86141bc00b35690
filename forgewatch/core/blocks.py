"""What a builder's output may say (contract §0.1, §0.2): files, a plan, tasks done; and the remarks about what it says badly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from forgewatch.core.build_plan import BuildPlan
from forgewatch.core.limits import MIB
from forgewatch.core.values import RepoPath

LARGE = MIB
"""A file of more bytes is written with a warning (S002-0.1-8)."""

BLOCK_BYTES = 8 * MIB
"""A block of more bytes is not kept, and skipped with a warning."""

MARKS = 50_000
"""A text with more delimiters is no answer of a builder; what follows them is not read."""

REMARKS = 1000
"""So many remarks about one text are told."""


class Flaw(StrEnum):
    """What a remark is about."""

    BLOCK_UNENDED = "block_unended"
    BLOCK_TOO_LARGE = "block_too_large"
    TOO_MANY_MARKS = "too_many_delimiters"
    END_WITHOUT_BLOCK = "end_without_block"
    DELIMITER_MALFORMED = "delimiter_malformed"
    PATH_EMPTY = "path_empty"
    LARGE_FILE = "large_file"
    DUPLICATE = "duplicate"
    LOOKS_LIKE_DIFF = "looks_like_diff"
    FENCE_UNCLOSED = "fence_unclosed"
    PLAN_MISSING = "plan_missing"
    PLAN_LATE = "plan_late"
    PLAN_REPEATED = "plan_repeated"
    PLAN_UNENDED = "plan_unended"
    PLAN_EMPTY = "plan_empty"
    PLAN_TOO_LONG = "plan_too_long"
    PLAN_RENUMBERED = "plan_renumbered"
    TASK_UNKNOWN = "task_unknown"
    TASK_REPEATED = "task_repeated"
    TOO_MANY_REMARKS = "too_many_remarks"


SKIPS = frozenset({Flaw.BLOCK_UNENDED, Flaw.BLOCK_TOO_LARGE, Flaw.TOO_MANY_MARKS, Flaw.END_WITHOUT_BLOCK, Flaw.PATH_EMPTY})
"""The flaws by which something that was to be a file is none."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning: what is wrong, the line of the text (from 1), and both sides as one line that is fit to be shown."""

    flaw: Flaw
    line: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDefined:
    """A whole block: the file it asks for. `raw` is the path as it was written, `path` the file that this means, None for a path that is
    refused for the reason `why`. `lang` is the language of the fence that was taken off, None without. `line` is that of the header."""

    raw: str
    path: RepoPath | None
    why: str
    content: bytes
    lang: str | None
    line: int


@dataclass(frozen=True, slots=True)
class PlanDefined:
    """A plan, from now on the one that counts."""

    plan: BuildPlan
    line: int


@dataclass(frozen=True, slots=True)
class TaskDone:
    """Task `number` is done; `plan` is the plan with that."""

    number: int
    plan: BuildPlan
    line: int


OutputEvent = FileDefined | PlanDefined | TaskDone | Remark
"""What arriving text tells, in the order of its lines."""


class Remarks:
    """Makes the remarks about one text and counts what is skipped. After REMARKS of them one says so, and no more are made."""

    def __init__(self) -> None:
        self.skipped = 0
        self._made = 0

    def about(self, flaw: Flaw, line: int, message: str) -> Sequence[Remark]:
        """Return the remark, or nothing when there were too many."""
        self.skipped += flaw in SKIPS
        self._made += 1
        if self._made < REMARKS:
            return (Remark(flaw, line, message),)
        if self._made == REMARKS:
            return (Remark(Flaw.TOO_MANY_REMARKS, line, f"expected at most {REMARKS} warnings, found more; the rest is not told"),)
        return ()
