"""Names of steps: one short word by which records and people call a command (contract §9.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from forgewatch.core.bench import Step

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,38}[A-Za-z0-9])?")
"""What a name may look like: it stands between the part and `exit:` in a line of the record."""

_RUNNERS = frozenset({"npm", "npx", "pnpm", "yarn", "bun"})
_FILLERS = frozenset({"run", "exec", "-m"})


_OF_BASE = re.compile(r"-base(?:-[0-9]+)?\Z")


def name_of(argv: Sequence[str]) -> str:
    """Return the name of a command: its program, the module behind `python -m`, the script behind `npm run`."""
    program = _last(argv[0])
    words = [word for word in argv[1:3] if word not in _FILLERS]
    if program.startswith("python") and argv[1:2] == ("-m",) and len(argv) > 2:
        program = argv[2]
    elif program in _RUNNERS and words and words[0] != "test":
        program = f"{program}-{_last(words[0])}"
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "-", program)[:40].strip("-._")
    return cleaned or "command"


def is_of_base(name: str) -> bool:
    """True for the name of a step that runs because the authorized version has it (`pytest-base`, `pytest-base-2`)."""
    return _OF_BASE.search(name) is not None


def told_apart(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return the steps, each with a name that no other step of its part has."""
    used: set[tuple[str, str]] = set()
    told: list[Step] = []
    for step in steps:
        name, number = step.name, 1
        while (step.part, name) in used:
            number += 1
            name = f"{step.name}-{number}"
        used.add((step.part, name))
        told.append(step if name == step.name else replace(step, name=name))
    return tuple(told)


def _last(word: str) -> str:
    return word.rstrip("/").rpartition("/")[2]
