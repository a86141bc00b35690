"""The languages beside Python whose imports are judged. A literal table, like the table of checks (architecture.md, Core types)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from forgewatch.core.go_dependencies import judge_go
from forgewatch.core.language_ruling import LanguageRuling
from forgewatch.core.script_dependencies import judge_scripts
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.values import RepoPath


@dataclass(frozen=True, slots=True)
class Language:
    """A language whose files `grammars` take apart, with the rules for its imports. `judge` is given files with facts only."""

    name: str
    grammars: frozenset[str]
    judge: Callable[[Iterable[RepoPath], Snapshot], LanguageRuling]


LANGUAGES = (
    Language("TypeScript or JavaScript", frozenset({"typescript", "tsx", "javascript"}), judge_scripts),
    Language("Go", frozenset({"go"}), judge_go),
)
