"""Forbidden patterns as google-re2 expressions: linear time on every text, or a Defect that says how to rewrite them (checks.md A4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import re2

from forgewatch.core.defect import Defect
from forgewatch.core.limits import LIMITS, Limits

HITS_SHOWN = 200
"""Lines one pattern is reported on in one file; the file has failed long before."""

# Time is size of the text times size of the program: nested repetitions make a large one out of few characters.
_PROGRAM = 10_000

_GLOB = re.compile(r"(?:\*\*|[\w.{},*/-]*/\*(?:\.\w+)?\Z|[\w.{},*/-]*/\*/|\*\.\w)")
_BARE = re.compile(r"[^\W\d]\w*(?:\\?\.[^\W\d]\w*)*\Z")
_REWRITES = (
    ("(?=", "a look-ahead is not supported: forbid what stands before it, or make two patterns"),
    ("(?!", "a negative look-ahead is not supported: forbid the longer text and list exceptions as known_violations"),
    ("(?<=", "a look-behind is not supported: write the text before it into the pattern"),
    ("(?<!", "a negative look-behind is not supported: use \\b or write the characters that may stand before"),
    ("(?>", "an atomic group is not supported: write (?:...)"),
    ("(?x", "verbose patterns are not supported: write the pattern without white space"),
    ("(?#", "comments are not supported in patterns: use the reason"),
    ("(?P=", "a back reference is not supported: write the alternatives out"),
    ("\\Z", "write \\z for the end of the text, or $ for the end of a line"),
    ("\\u", "write \\x{....} for a code point"),
)
_REFERENCE = re.compile(r"\\[1-9]")


@dataclass(frozen=True, slots=True)
class TextPattern:
    """A compiled pattern. Equal when text and case are equal."""

    text: str
    case: bool
    compiled: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TextPattern) and (self.text, self.case) == (other.text, other.case)

    def __hash__(self) -> int:
        return hash((self.text, self.case))

    def lines(self, data: bytes) -> tuple[int, ...]:
        """Return the 1-based lines on which a match starts, each once, at most HITS_SHOWN. `data` is UTF-8 with `\\n` line ends."""
        return tuple(self._lines(data))

    def _lines(self, data: bytes) -> Iterator[int]:
        line, counted, place = 1, 0, 0
        for _ in range(HITS_SHOWN):
            found = self.compiled.search(data, place)
            if found is None:
                return
            start = found.start()
            line += data.count(b"\n", counted, start)
            counted = start
            yield line
            # Go on at the next line: one hit per line is told, and a pattern with many matches costs no more than the text has lines.
            place = data.find(b"\n", start) + 1
            if place == 0:
                return


def compile_pattern(text: str, *, case: bool = False, limits: Limits = LIMITS) -> TextPattern | Defect:
    """Compile a pattern: `^` and `$` stand for line ends, letters match in both cases unless `case`.

    Bounded by 512 characters and 8 MiB. Unsupported syntax, or a path glob where a regular expression belongs, is a Defect that names the
    pattern and the rewrite (A403).
    """
    if not text:
        return Defect("expected a regular expression, found an empty pattern, which would match every line")
    if len(text) > limits.pattern_chars:
        return Defect(
            f"expected at most {limits.pattern_chars} characters, found {len(text)}: {text[:40]!r}...; make several patterns of it"
        )
    if _is_glob(text):
        return Defect(f"expected a regular expression, found the glob {text!r}; {_rewrite_of_glob(text)}")
    options = re2.Options()
    options.max_mem = limits.pattern_memory
    options.log_errors = False
    options.case_sensitive = case
    try:
        compiled = re2.compile(b"(?m)" + text.encode("utf-8"), options)
    except (re2.error, UnicodeEncodeError) as fault:
        return Defect(f"expected a pattern that google-re2 can read, found {text!r}: {_reason(fault)}; {_rewrite(text)}")
    if compiled.programsize > _PROGRAM:
        return Defect(
            f"expected a pattern of at most {_PROGRAM} steps, found {compiled.programsize}: {text[:40]!r}...; use fewer repetitions"
        )
    return TextPattern(text, case, compiled)


def bare_name(text: str) -> str | None:
    """Return the dotted name when a pattern is nothing else (`asyncpg`, `app.repos`, `app\\.repos`): it is an import rule too."""
    return text.replace("\\", "") if _BARE.match(text) else None


def _is_glob(text: str) -> bool:
    found = _GLOB.match(text) is not None or "/**" in text
    return found and "\\" not in text


def _rewrite_of_glob(text: str) -> str:
    words = [re.escape(part).replace("\\-", "-") for part in text.split("/") if part and "*" not in part]
    if words:
        return f"write {'/'.join(words)!r} for the path, or {(chr(92) + '.').join(words)!r} for the import"
    ending = text.rpartition(".")[2]
    return f"write {f'{chr(92)}.{ending}{chr(92)}b'!r} for the file name" if ending.isalnum() else "write the text that is forbidden"


def _rewrite(text: str) -> str:
    for sign, advice in _REWRITES:
        if sign in text:
            return advice
    if _REFERENCE.search(text):
        return "a back reference is not supported: write the alternatives out"
    return "escape the characters that are meant literally with a backslash"


def _reason(fault: Exception) -> str:
    found = fault.args[0]
    return (found.decode("utf-8", "replace") if isinstance(found, bytes) else str(fault)).replace("(?m)", "")[:120]
