"""What the dependency gate finds out about one language, before it has codes (checks.md A9). The check gives each trouble its code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from forgewatch.core.values import RepoPath


class Trouble(StrEnum):
    """What can be wrong with an import, a manifest or a file. The last three change no verdict."""

    UNDECLARED = "no manifest declares the import"
    NO_MANIFEST = "there is no manifest"
    UNBELIEVABLE = "the manifest cannot be believed"
    UNPARSED = "an import cannot be read"
    UNREADABLE = "the file cannot be read"
    OPTIONAL = "an optional import is not declared"
    TYPES = "a type-only import is not declared"
    BUNDLER = "only a bundler could explain the import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One trouble with its place and both sides."""

    trouble: Trouble
    path: RepoPath
    line: int | None = None
    message: str
    expected: str = ""
    actual: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageRuling:
    """All troubles of the changed files of one language, and how many names its manifests declare of those that were imported."""

    answers: tuple[Answer, ...] = ()
    declared: frozenset[str] = frozenset()


def unbelievable(path: RepoPath, why: str, line: int | None = None) -> Answer:
    """Return the answer for a manifest that cannot be believed."""
    return Answer(trouble=Trouble.UNBELIEVABLE, path=path, line=line, message=f"{path} cannot be believed: {why}", actual=why)


def unknown(path: RepoPath, why: str, *, read: bool) -> Answer:
    """Return the answer for a file whose imports are not known: it was `read`, and hides some, or it could not be."""
    line = why.removeprefix("line ").partition(":")[0]
    text = f"{path} does not parse: {why}" if read else f"the imports of {path} are unknown: the file {why}"
    trouble, wanted = (Trouble.UNPARSED, "a file that parses") if read else (Trouble.UNREADABLE, "a file that can be read")
    return Answer(trouble=trouble, path=path, line=int(line) if line.isdecimal() else None, message=text, expected=wanted, actual=why)
