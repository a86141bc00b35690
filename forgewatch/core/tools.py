"""Which program the first word of a command means: one of the project's own, before any of the machine's (contract §9.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from forgewatch.core.bench import Step

PYTHON = "python"
SYSTEM_PYTHON = "python3"


class Tools(Protocol):
    """The programs that the project keeps beside its source: a virtual environment, `node_modules/.bin`."""

    def find(self, word: str, folder: str) -> str | None:
        """Return the absolute path of the project's own program of this name for a command in `folder`, None when it has none."""


class ToolPlaces(Protocol):
    """Knows the working tree, where git ignores what the tools live in."""

    def tools(self, venv_path: str) -> Tools:
        """Return the tools with the virtual environment that forge.json names (empty: the usual places). Raises UsageError for one outside
        of the repository that the operator has not listed."""


def resolved(step: Step, tools: Tools) -> Step:
    """Return the step as it is to be run: a bare word is looked for among the project's tools, as in an activated environment."""
    word = step.argv[0]
    if "/" in word:
        return step
    found = tools.find(word, step.folder) or (SYSTEM_PYTHON if word == PYTHON else word)
    return step if found == word else replace(step, argv=(found, *step.argv[1:]))
