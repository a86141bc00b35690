"""A tool that a step needs and that is not there: how a step says so, and what is to be done about it (contract §8, §9.2). Pure.

Nothing is decided by it but words: a step that lacks its tool has failed as any other.
"""

from __future__ import annotations

import re

NOT_FOUND = 127
"""The exit status by which a shell says that there is no such command."""

_NO_MODULE = "not found: the interpreter has no module "
_WHY = re.compile(rf"(?:{_NO_MODULE}|not found: )(?!folder )(?P<tool>\S.*)\Z")
_SAID = re.compile(
    r"(?:\S*/)?(?:ba|da|k|z)?sh: (?:(?:line )?[0-9]+: )?(?P<tool>[\w@.+/-]{1,100}): (?:command )?not found"
    r"|(?:\S*/)?env: ['‘](?P<other>[\w@.+/-]{1,100})['’]: No such file or directory"
)
_LAST_LINES = 10
_OF_PYTHON = frozenset({"pytest", "ruff", "flake8", "mypy", "pyright", "pylint", "black", "coverage", "tox", "nox", "django", "hypothesis"})
_OF_NODE = frozenset(
    {"vitest", "jest", "mocha", "ava", "tsc", "eslint", "vite", "playwright", "cypress", "prettier", "ts-node", "tsx", "c8"}
)
_OF_MACHINE = frozenset({"python", "python3", "node", "npm", "npx", "pnpm", "yarn", "bun", "deno", "go", "cargo", "make", "bash"})


def no_module(name: str) -> str:
    """Return why a step failed whose interpreter has no such module."""
    return f"{_NO_MODULE}{name}"


def no_command(said: str) -> str:
    """Return why a step failed that ended as a shell ends which finds no command, by the end of its output; empty where it names none."""
    lines = [line.strip() for line in said.splitlines() if line.strip()][-_LAST_LINES:]
    found = next(filter(None, map(_SAID.fullmatch, reversed(lines))), None)
    return f"not found: {found.group('tool') or found.group('other')}" if found else ""


def lacked(why: str) -> str:
    """Return the tool that a step lacked by why it failed, raw; empty where it failed for another reason."""
    found = _WHY.match(why)
    return found.group("tool") if found else ""


def remedy(tool: str, *, of_base: bool = False) -> str:
    """Return how the tests come to have a tool, raw. `of_base`: the authorized version wants it, so that no edit of forge.json helps."""
    if of_base:
        return (
            f"the authorized forge.json wants {tool}: have it where the tests see it, as .venv or node_modules; or the operator commits "
            "the change of forge.json and says: forgewatch ledger adopt HEAD"
        )
    if tool in _OF_PYTHON:
        written = ', or say "test_framework": "unittest" in forge.json' if tool == "pytest" else ""
        return f"python3 -m venv .venv && .venv/bin/pip install {tool}, with .venv/ in .gitignore{written}; {_INSTEAD}"
    if tool in _OF_NODE:
        return f"npm install, with node_modules/ in .gitignore: the tests see {tool} there; {_INSTEAD}"
    if tool in _OF_MACHINE:
        return f"install {tool} on this machine; where it is not below /usr the operator lists its folder under tests: visible; {_INSTEAD}"
    return (
        "the tests see .venv/bin and node_modules/.bin where git ignores them, /usr, and what the operator lists under tests: visible; "
        f"install {tool} in one of these, {_INSTEAD}"
    )


_INSTEAD = "or list other commands in forge.json under test"
