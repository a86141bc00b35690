"""The exits that a test record tells: `<name> exit: N` anywhere in a line, and the exit column of a table (checks.md A8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

Exit = tuple[str, int | str]
"""Name and code of an exit; the text instead of the code where it is no plain number: nothing says that it was 0."""

_WORD = r"(?<![^\W_])(?<!--)(?<!\.)exit(?:[ _-]?(?:code|status))?"
_TOLD = re.compile(rf"{_WORD}\s*(?:[:=](?!=)|\|)\s*(?P<value>[\"']?[+-]?[0-9].{{0,200}})", re.IGNORECASE)
_OPEN = re.compile(
    rf"\s*(?:[-*+] )?(?:(?P<name>\S[^:=]{{0,200}}?(?::[^\s:=]{{1,100}})?)\s)?{_WORD}\s*[:=](?!=)\s*(?P<value>.*)", re.IGNORECASE
)
_NUMBER = re.compile(r"""["']?(?P<code>[+-]?[0-9]{1,12})(?!\w|[./][0-9])""")
_SENTENCE = re.compile(
    r"\b(?:that|when|whether|if|which|where|returns?|returned|expect(?:s|ed)?|asserts?|handles?|covers?)\b", re.IGNORECASE
)
"""Words that few commands have in their name: `test that exit code: 2 is returned` tells no exit."""
_GOES_ON = re.compile(r"""["']?[+-]?[0-9]+["']?\s+(?:is|are|was|when|if|on|for|unless|means|instead)\b""", re.IGNORECASE)
_OPTION = re.compile(r"(?:^|\s)--?[A-Za-z]")
_MANNER = re.compile(r"(?:the|an?|no|on|at|upon|before|after|during|clean|graceful|early|normal|non-?zero|zero)\b", re.IGNORECASE)
"""First words of a remark about leaving a program (`clean exit: verified`). Beside a plain number they make no difference."""
_HISTORY = re.compile(r"\b(?:was|were|before|earlier|previous(?:ly)?|first|formerly|initial(?:ly)?|old)\b", re.IGNORECASE)
_HEADER = re.compile(r"exit(?:[ _-]?(?:codes?|status|value))?\Z", re.IGNORECASE)
_RULER = re.compile(r"[\s|:-]*\Z")
_CELL = re.compile(r"\A[^\w\"'+-]*(?:(?:exit )?code\b\W*)?", re.IGNORECASE)
_FINE = re.compile(r"\W*(?:(?:n/?a|none|ok|pass(?:ed)?|success|skipped)\W*)?\Z", re.IGNORECASE)
"""What a cell of the exit column may say instead of a number without telling a failure."""


def told_exits(lines: Iterable[str]) -> Iterator[Exit]:
    """Yield the exits of plain lines in order. A number counts wherever it stands; other text only in a line that is an exit line.

    A sentence about exits is none as long as its number is 0 or it goes on after the number (`returns exit code: 3 when locked`).
    """
    column: int | None = None
    for line in lines:
        cells = _cells(line)
        if column is not None and cells:
            yield from _in_row(line, cells, column)
            continue
        column = _exit_column(line, cells)
        if column is None:
            yield from _in_line(line)


def shown_failures(lines: Iterable[str]) -> Iterator[Exit]:
    """Yield the exits other than 0 in shown output, which count where nothing outside of it tells an exit."""
    yield from ((name, code) for line in lines for name, code in _numbers(line) if code != 0)


def _in_line(line: str) -> Iterator[Exit]:
    numbers = list(_numbers(line))
    if numbers or _TOLD.search(line):
        yield from numbers
        return
    found = _OPEN.match(line)
    name = (found.group("name") or "").strip("* ") if found else ""
    if found and name and not _SENTENCE.search(name) and not _MANNER.match(name):
        yield name, found.group("value").strip()


def _numbers(line: str) -> Iterator[Exit]:
    """Yield each exit of a line that is told by a number. What was before, in a second number of the line, is history."""
    start = 0
    while found := _TOLD.search(line, start):
        before, value = line[start : found.start()], found.group("value").strip()
        name, number = before.strip().strip(" *_~#>|+(,;-"), _NUMBER.match(value)
        if not ((start and _HISTORY.search(before)) or _is_sentence(name, value, number)):
            yield name or "run", int(number.group("code")) if number else value
        start = found.start("value") + (number.end() if number else 1)


def _is_sentence(name: str, value: str, number: re.Match[str] | None) -> bool:
    if number is None:
        return not name or _SENTENCE.search(name) is not None or _MANNER.match(name) is not None
    if not _SENTENCE.search(name):
        return False
    return not int(number.group("code")) or (_GOES_ON.match(value) is not None and _OPTION.search(name) is None)


def _cells(line: str) -> list[str]:
    """Return the cells of a line that is written like the row of a table."""
    return [cell.strip(" \t*_") for cell in line.strip().strip("|").split("|")] if "|" in line else []


def _exit_column(line: str, cells: list[str]) -> int | None:
    headed = len(cells) > 1 and not _TOLD.search(line)
    return next((at for at, cell in enumerate(cells) if _HEADER.match(cell)), None) if headed else None


def _in_row(line: str, cells: list[str], column: int) -> Iterator[Exit]:
    told = cells[column] if column < len(cells) else ""
    name = next((cell for at, cell in enumerate(cells) if at != column and cell), "run")
    number = _NUMBER.match(_CELL.sub("", told))
    if number is not None:
        yield name, int(number.group("code"))
    elif not _FINE.match(told) and not _RULER.match(line):
        yield name, told
