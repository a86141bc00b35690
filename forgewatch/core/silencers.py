"""Where a file silences what would have told of a fault: `type: ignore`, a skipped test, `|| true` (requirements.md S000-P2-4).

A string that quotes such words silences nothing, and neither does a test that is skipped under a condition of its own.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forgewatch.core.added_lines import text_of
from forgewatch.core.python_source import ParseFault
from forgewatch.core.source_kinds import is_python
from forgewatch.core.values import RepoPath

_IGNORED_TYPE = re.compile(r"#\s*(?:type|pyright):\s*ignore\b")
_PYTHON_SKIP = re.compile(r"\b(?:mark\.skip|unittest\.skip|pytest\.skip|skipTest)\b(?![\w.])|\bskip[iI]f\(\s*(?:True|1)\b")
_SCRIPT_SKIP = re.compile(r"\b(?:it|test|describe|context|suite)\.skip\b|\bx(?:it|describe|test)\s*\(")
_GO_SKIP = re.compile(r"\bt\.Skip(?:f|Now)?\(")
_LINT = re.compile(r"\beslint-disable\b|@ts-(?:ignore|nocheck)\b")
_OR_TRUE = re.compile(r"\|\|\s*(?:true|:)(?![\w-])")
_GOES_ON = re.compile(r"^\s*(?:-\s+)?continue-on-error:\s*true\b")
_CONDITION = re.compile(r"(?:\}?\s*else\b|elif\b|if\b(?!\s+(?:True|1)\s*:)|except\b|case\b)")
_COMMAND = re.compile(
    r"(?:.*(?:;|&&|\$\(|`|(?<!\|)\|(?!\|)|\brun:|\bRUN\b|^[@\s-]+))?\s*(?:sudo\s+|-\s+|@)?(?P<command>[\w./-]+(?:\s+[\w-]+)?)"
)
_CLEANING = re.compile(r"(?:(?:kill|pkill|killall|rm|rmdir|grep|wait|which|umount|read)\b|command -v|docker (?:rm|stop|kill)\b)")

_SCRIPTS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte")
_SHELLS = (".sh", ".bash", ".zsh", ".yml", ".yaml", "Makefile", "Dockerfile", ".mk", "package.json")


_PYTEST = ("pytest.ini", ".pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini")
_ADDED_OPTIONS = re.compile(r"\s*addopts\s*=")
_GOES_ON_BELOW = re.compile(r"[\s\"'\]]|\Z")
_DESELECTS = re.compile(r"(?<![\w-])(?:-k|--deselect\b|--ignore(?:-glob)?(?![\w-])|--co(?:llect-only)?(?![\w-])|-m[\s=\"',(]*not\b)")
_IGNORED_COLLECTION = re.compile(r"\bcollect_ignore(?:_glob)?\b|\bdef pytest_ignore_collect\b")

_WORDS = re.compile(rb"ignore|addopts|[sS]kip|eslint-disable|@ts-|\|\||continue-on-error|\bx(?:it|describe|test)\b|\0")
"""No file without one of these silences anything; most files have none, and need not be taken apart. A NUL: the text may be UTF-16."""


@dataclass(frozen=True, slots=True)
class Silencer:
    """One place: its kind (`type: ignore`, `skip`, `deselect`, `eslint-disable`, `|| true`,
    `continue-on-error`), the line from 1 and its text."""

    kind: str
    line: int
    text: str


def silencers(path: RepoPath, raw: bytes) -> tuple[Silencer, ...]:
    """Return the silencers of a file in the order of its lines. Files of other kinds have none. Never raises; linear in the size."""
    if _WORDS.search(raw) is None:
        return ()
    lines = text_of(raw).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if is_python(path, raw):
        return (*_of_python(lines), *(_of_collection(lines) if path.endswith("conftest.py") else ()))
    if path.endswith(_SCRIPTS):
        return tuple(_of_script(lines))
    if path.endswith("_test.go"):
        return tuple(Silencer("skip", number, line.strip()) for number, line in _skips(_GO_SKIP, lines))
    if path.rpartition("/")[2] in _PYTEST:
        return tuple(_of_options(lines))
    return tuple(_of_shell(lines)) if path.endswith(_SHELLS) else ()


def _of_python(lines: Sequence[str]) -> Iterator[Silencer]:
    code, comments = _divided(lines)
    skipped = {number for number, _ in _skips(_PYTHON_SKIP, code)}
    for number, line in enumerate(lines, 1):
        if _IGNORED_TYPE.search(comments[number - 1]):
            yield Silencer("type: ignore", number, line.strip())
        if number in skipped:
            yield Silencer("skip", number, line.strip())


def _of_collection(lines: Sequence[str]) -> Iterator[Silencer]:
    for number, line in _skips(_IGNORED_COLLECTION, _divided(lines)[0]):
        yield Silencer("deselect", number, line.strip())


def _of_options(lines: Sequence[str]) -> Iterator[Silencer]:
    """Options that every run of pytest gets, and that leave tests out: nobody who runs the tests says them."""
    inside = False
    for number, line in enumerate(lines, 1):
        inside = bool(_ADDED_OPTIONS.match(line) or (inside and _GOES_ON_BELOW.match(line)))
        if inside and not line.lstrip().startswith("#") and _DESELECTS.search(line):
            yield Silencer("deselect", number, line.strip())


def _divided(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the lines as code without strings, and as comments. Of text that does not tokenise each line is both."""
    code, comments = list(lines), [""] * len(lines)
    source = iter([line + "\n" for line in lines])
    try:
        for token in tokenize.generate_tokens(source.__next__):
            (first, start), (last, end) = token.start, token.end
            if token.type == tokenize.COMMENT:
                comments[first - 1] = token.string
                code[first - 1] = code[first - 1][:start]
            elif token.type == tokenize.STRING:
                _blank(code, first - 1, start, last - 1, end)
    except (tokenize.TokenError, *ParseFault):
        return list(lines), list(lines)
    return code, comments


def _blank(code: list[str], first: int, start: int, last: int, end: int) -> None:
    for number in range(first, last + 1):
        line = code[number]
        left = start if number == first else 0
        right = end if number == last else len(line)
        code[number] = line[:left] + " " * (right - left) + line[right:]


def _of_script(lines: Sequence[str]) -> Iterator[Silencer]:
    skipped = {number for number, _ in _skips(_SCRIPT_SKIP, lines)}
    for number, line in enumerate(lines, 1):
        if _LINT.search(line):
            yield Silencer("eslint-disable", number, line.strip())
        if number in skipped:
            yield Silencer("skip", number, line.strip())


def _of_shell(lines: Sequence[str]) -> Iterator[Silencer]:
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("#"):
            continue
        if _GOES_ON.match(line):
            yield Silencer("continue-on-error", number, line.strip())
        found = _OR_TRUE.search(line)
        if found and not _cleans_up(line[: found.start()]):
            yield Silencer("|| true", number, line.strip())


def _cleans_up(before: str) -> bool:
    """True for a command whose failure says nothing: `kill "$pid" || true`, `grep -c x file || true`."""
    found = _COMMAND.match(before)
    return found is not None and _CLEANING.match(found.group("command")) is not None


def _skips(pattern: re.Pattern[str], lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        if pattern.search(line) and not _under_condition(lines, number - 1):
            yield number, line


def _under_condition(lines: Sequence[str], index: int) -> bool:
    """True when the block around the line begins with a condition: the test runs wherever it can."""
    indent = _indent(lines[index])
    for line in reversed(lines[:index]):
        if line.strip() and _indent(line) < indent:
            return _CONDITION.match(line.lstrip()) is not None
    return False


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
