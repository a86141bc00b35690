"""Why a document or pattern could not be taken as it is. Bad input is a value with a place, never an exception."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """A lower-case fact that states both sides. `line` and `column` are 1-based; None where the fault has no place."""

    why: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Return `line 3:7: expected ..., found ...`, or the fact alone when it has no place."""
        if self.line is None:
            return self.why
        place = f"line {self.line}" if self.column is None else f"line {self.line}:{self.column}"
        return f"{place}: {self.why}"
