"""The stack of a repository as forge.json tells it to the runner of the tests (requirements S002-0-4; contract §9.2).

Nulls and unknown keys say nothing; a key that names no part, where parts are listed, is told. A key of the wrong type is a Defect: what
would run then is anybody's guess.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forgewatch.core.bench import Part, Step
from forgewatch.core.defect import Defect
from forgewatch.core.limits import LIMITS
from forgewatch.core.step_names import NAME, name_of
from forgewatch.core.strict_json import parse_json
from forgewatch.core.values import Absent, Content, Refused, RepoPath, Unreadable, parse_repo_path

MOST_COMMANDS = 32
"""Commands that one part may list."""
LONGEST = 4096
"""Characters of one command."""
MOST_CHARACTERS = 16_384
"""Characters of all commands of a side: each run is kept in the journal with what it ran."""

_WORDS = ("language", "test_framework", "venv_path", "entry_module", "build_cmd", "test_cmd", "package_manager")
_PATHS = ("test_dir", "dependency_file", "dir")
_MANAGERS = ("", "npm", "pnpm", "yarn", "bun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Back end or front end: what forge.json says of it, empty or None where it says nothing. `dir` is its folder, `build_cmd` and
    `test_cmd` are scripts of its package.json, or commands. `commands` holds the steps of the parts that are listed by hand; a part that is
    not in it gets those of the language."""

    language: str = ""
    test_framework: str = ""
    venv_path: str = ""
    entry_module: str = ""
    build_cmd: str = ""
    test_cmd: str = ""
    package_manager: str = ""
    test_dir: RepoPath | None = None
    dependency_file: RepoPath | None = None
    dir: RepoPath | None = None
    commands: Mapping[Part, tuple[Step, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Both sides, None where there is none or it is not `enabled`. `assumed`: there is no forge.json, so the defaults hold. `unheard` are
    the keys among the parts that name none, raw: what is listed there runs never."""

    backend: Side | None
    frontend: Side | None
    assumed: bool = False
    unheard: tuple[str, ...] = ()


def read_stack(content: Content) -> Stack | Defect:
    """Return the stack; an absent file gives a back end of which nothing is known. Never raises."""
    match content:
        case Absent():
            return Stack(backend=Side(commands={}), frontend=None, assumed=True)
        case Unreadable(why):
            return Defect(why)
        case raw:
            value = parse_json(raw, LIMITS)
    if isinstance(value, Defect):
        return value
    if not isinstance(value, Mapping):
        return Defect(f"expected an object, found {type(value).__name__}")
    sides = {name: _side(name, value) for name in ("backend", "frontend")}
    for side in sides.values():
        if isinstance(side, Defect):
            return side
    backend, frontend = (side if isinstance(side, Side) else None for side in sides.values())
    # A file that speaks of no side at all says as much as no file.
    return Stack(
        backend=backend or (None if frontend else Side(commands={})),
        frontend=frontend,
        assumed=not (backend or frontend),
        unheard=tuple(_unheard(value)),
    )


def _unheard(document: Mapping[str, object]) -> Iterator[str]:
    for name in ("", "backend", "frontend"):
        table = document.get(name) if name else document
        listed = table.get("test") if isinstance(table, Mapping) else None
        if isinstance(listed, Mapping):
            yield from (f"{name}.test.{key}".lstrip(".") for key, value in listed.items() if key not in set(Part) and value)


def _side(name: str, document: Mapping[str, object]) -> Side | Defect | None:
    told = document.get(name)
    if told is not None and not isinstance(told, Mapping):
        return Defect(f"expected {name} as an object, found {type(told).__name__}")
    table: Mapping[str, object] = told or {}
    enabled = table.get("enabled")
    if enabled is not None and not isinstance(enabled, bool):
        return Defect(f"expected {name}.enabled as true or false, found {type(enabled).__name__}")
    if enabled is False:
        return None
    # What stands at the top is the back end's: most repositories have one side.
    place, listed = f"{name}.test", table.get("test")
    if name == "backend" and document.get("test") is not None:
        place, listed = "test", document["test"]
    commands = _commands(place, listed)
    if isinstance(commands, Defect):
        return commands
    if not table and not commands:
        return None
    words = _words(name, table)
    if isinstance(words, Defect):
        return words
    paths = _paths(name, table)
    if isinstance(paths, Defect):
        return paths
    return Side(**words, **paths, commands=commands)  # type: ignore[arg-type]


def _words(name: str, table: Mapping[str, object]) -> dict[str, str] | Defect:
    words: dict[str, str] = {}
    for key in _WORDS:
        word = table.get(key)
        if word is not None and not isinstance(word, str):
            return Defect(f"expected {name}.{key} as text, found {type(word).__name__}")
        words[key] = (word or "").strip()
        command = _argv(words[key]) if words[key] and key.endswith("_cmd") else ()
        if isinstance(command, Defect):
            return Defect(f"{name}.{key}: {command.why}")
    if words["package_manager"] not in _MANAGERS:
        return Defect(f"expected {name}.package_manager as one of npm, pnpm, yarn, bun, found '{words['package_manager'][:40]}'")
    return words


def _paths(name: str, table: Mapping[str, object]) -> dict[str, RepoPath | None] | Defect:
    paths: dict[str, RepoPath | None] = {}
    for key in _PATHS:
        path = _path(f"{name}.{key}", table.get(key))
        if isinstance(path, Defect):
            return path
        paths[key] = path
    return paths


def _path(place: str, value: object) -> RepoPath | Defect | None:
    if value is None or value in ("", ".", "./"):
        return None
    if not isinstance(value, str):
        return Defect(f"expected {place} as text, found {type(value).__name__}")
    path = parse_repo_path(value.rstrip("/"))
    return (
        Defect(f"expected {place} as a path of the repository, found '{path.raw[:80]}', which {path.why}")
        if isinstance(path, Refused)
        else path
    )


def _commands(place: str, value: object) -> Mapping[Part, tuple[Step, ...]] | Defect:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        return Defect(f"expected {place} as an object of parts, found {type(value).__name__}")
    found: dict[Part, tuple[Step, ...]] = {}
    for part in Part:
        listed = value.get(part)
        if listed is None:
            continue
        if not isinstance(listed, list) or len(listed) > MOST_COMMANDS:
            seen = len(listed) if isinstance(listed, list) else type(listed).__name__
            return Defect(f"expected {place}.{part} as a list of at most {MOST_COMMANDS} commands, found {seen}")
        steps: list[Step] = []
        for number, item in enumerate(listed, 1):
            step = _step(part, item)
            if isinstance(step, Defect):
                return Defect(f"{place}.{part}, command {number}: {step.why}")
            steps.append(step)
        found[part] = tuple(steps)
    size = sum(len(word) for steps_of in found.values() for step in steps_of for word in step.argv)
    return found if size <= MOST_CHARACTERS else Defect(f"{place}: expected at most {MOST_CHARACTERS} characters of commands, found {size}")


def _step(part: Part, item: object) -> Step | Defect:
    """Return a step from text, a list of words, or an object of `run` with `name` and `folder`."""
    table: Mapping[str, object] = item if isinstance(item, Mapping) else {"run": item}
    argv = _argv(table.get("run"))
    if isinstance(argv, Defect):
        return argv
    folder = _path("folder", table.get("folder"))
    if isinstance(folder, Defect):
        return folder
    name = table.get("name")
    if name is not None and not (isinstance(name, str) and NAME.fullmatch(name)):
        return Defect("expected name as one short word of letters, digits, '.', '_' and '-'")
    return Step(part=part, name=name or name_of(argv), argv=argv, folder=folder or "")


def _argv(value: object) -> tuple[str, ...] | Defect:
    """Return the words of a command, or why it is none."""
    if isinstance(value, str):
        # Split like the words of a shell, and run without one: no variables, no pipes, no `&&`.
        try:
            words = shlex.split(value)
        except ValueError as error:
            return Defect(f"expected words, found '{value[:80]}': {str(error).lower()}")
    elif isinstance(value, list) and all(isinstance(word, str) for word in value):
        words = [str(word) for word in value]
    else:
        return Defect(f"expected a command as text or as a list of words, found {type(value).__name__}")
    if not words or not words[0]:
        return Defect("expected a command, found none")
    if sum(map(len, words)) > LONGEST or any("\0" in word for word in words):
        return Defect(f"expected at most {LONGEST} characters and no NUL")
    return tuple(words)
