"""Layer rules as values (checks.md A4). `boundaries` makes them of a document, `layer_scan` holds a file against them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from forgewatch.core.defect import Defect
from forgewatch.core.globs import GlobSet
from forgewatch.core.patterns import TextPattern


class Scope(StrEnum):
    """What a pattern is compared with: code (Python without comments and docstrings) or the raw text."""

    CODE = "code"
    RAW = "raw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One forbidden pattern. `imports`: the dotted name that is forbidden as an import as well, None when the pattern is no bare name."""

    pattern: TextPattern
    reason: str
    scope: Scope = Scope.CODE
    imports: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The files a glob names, and what they may not hold."""

    name: str
    glob: GlobSet
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownViolation:
    """A violation that has been accepted. `file` is a path, or the end of one (`version_db.py`)."""

    layer: str
    file: str
    pattern: str

    def covers(self, layer: str, path: str, pattern: str) -> bool:
        """True for a hit of exactly this layer, file and pattern."""
        return (layer, pattern) == (self.layer, self.pattern) and (path == self.file or path.endswith(f"/{self.file}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternDefect:
    """A pattern of a layer that is not enforced because it cannot be compiled (A403)."""

    layer: str
    pattern: str
    defect: Defect


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundaries:
    """A well-formed rule file. `all_globs` asks for every layer at once."""

    layers: tuple[Layer, ...]
    known_violations: tuple[KnownViolation, ...] = ()
    pattern_defects: tuple[PatternDefect, ...] = ()
    all_globs: GlobSet
