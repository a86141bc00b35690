"""The test record `test_runs_latest.md`: bytes to a value (checks.md A3 and A8). Bad builder input is a value, never an exception."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.document import Document, read_document
from forgewatch.core.limits import LIMITS
from forgewatch.core.testrecord import Blank, BrokenRecord, TestRecord, TestRecordReading
from forgewatch.core.values import Absent, Content, Unreadable

LINE_CHARS = 8192
"""Characters of one line that are looked at."""

_STATUS = re.compile(r"Status: (?P<status>PASS|FAIL)[ \t]*\Z")
_FIELD = re.compile(r"[ \t]*(?:[-*+] )?(?P<name>Start|End|HEAD|Branch|Tree):[ \t]*(?P<value>\S.*)")
_LATER_FAIL = re.compile(r"[ \t]*(?:[-*+] )?Status: FAIL[ \t]*\Z")
_EXIT = re.compile(
    r"\s*(?:[-*+] )?(?:(?P<name>\S[^:=]{0,200}?(?::[^\s:=]{1,100})?)\s)?exit(?: code| status)?\s*[:=](?!=)\s*(?P<value>.*)", re.IGNORECASE
)
_NUMBER = re.compile(r"""["']?(?P<code>[+-]?[0-9]{1,12})(?!\w|[./][0-9])""")
_SENTENCE = re.compile(
    r"\b(?:that|when|whether|if|which|where|returns?|returned|expect(?:s|ed)?|asserts?|handles?|covers?)\b", re.IGNORECASE
)
"""Words that no command has in its name: `test that exit code: 2 is returned` tells no exit."""
_MANNER = re.compile(r"(?:the|an?|no|on|at|upon|before|after|during|clean|graceful|early|normal|non-?zero|zero)\b", re.IGNORECASE)
"""First words of a remark about leaving a program (`clean exit: verified`). Beside a plain number they make no difference."""
_COUNT = re.compile(r"(?<![0-9.])(?P<count>[0-9]{1,9}) (?:tests? )?(?P<word>passed|failed|errors?|xfailed|xpassed)\b")
_BROKEN = frozenset({"failed", "error", "errors"})
_SKIPPED = re.compile(r"(?<![0-9.])[0-9]{1,9} (?:tests? )?skipped\b")
_SUMMARY = re.compile(r"summary\b|[0-9] passed|\bin [0-9.]+ ?s|[ \t]*(?:[-*+] )?(?:={3}|Tests?\b)", re.IGNORECASE)
_NO_TESTS = re.compile(r"\b(?:no tests ran|no tests (?:were )?(?:found|executed|collected)|collected 0 items)\b", re.IGNORECASE)
_FILES = re.compile(r"[ \t]*(?:[-*+] )?Test (?:Files|Suites)\b")
_RAN = re.compile(r"[ \t]*(?:[-*+] )?Ran (?P<count>[0-9]{1,9}) tests?\b")
_LEFT_OUT = re.compile(r"(?<![0-9.])[0-9]{1,9} deselected\b")
_UNITTEST = re.compile(r"[ \t]*(?:[-*+] )?FAILED \((?P<counts>[a-z ]{1,40}=[0-9]{1,9}(?:, [a-z ]{1,40}=[0-9]{1,9}){0,5})\)")
_UNITTEST_COUNT = re.compile(r"(?:failures|errors|unexpected successes)=(?P<count>[0-9]{1,9})")
_FAILURE = re.compile(r"[ \t]*(?:--- FAIL: |FAIL(?:\t|[ \t]*\Z)|FAILED \S{1,1000}::|[1-9][0-9]{0,8} failing[ \t]*\Z)")
"""What go, pytest and mocha write for a test that failed."""
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def parse_test_record(raw: Content) -> TestRecordReading:
    """Read a test record (checks.md A3, A8). BOM and CR LF are accepted; what stands in code fences is output, not a statement.

    BrokenRecord: over 1 MiB or 20,000 lines, or a NUL. Never raises.
    """
    match raw:
        case Absent() | Unreadable():
            return raw
        case bytes():
            return _parse(raw)
        case other:
            assert_never(other)


def _parse(raw: bytes) -> TestRecord | Blank | BrokenRecord:
    if len(raw) > LIMITS.document_bytes:
        return BrokenRecord(f"expected at most {LIMITS.document_bytes} bytes, found {len(raw)}")
    document = read_document(raw)
    if document.blank:
        return Blank()
    if len(document.lines) > LIMITS.document_lines:
        return BrokenRecord(f"expected at most {LIMITS.document_lines} lines, found {len(document.lines)}")
    nul = next((number for number, line in enumerate(document.lines, 1) if "\0" in line), None)
    return _record(raw, document) if nul is None else BrokenRecord(f"line {nul}: expected text, found a NUL character")


def _record(raw: bytes, document: Document) -> TestRecord:
    line1 = document.lines[0][:LINE_CHARS]
    said = _STATUS.match(line1)
    spoken = dict(_outside_fences(enumerate(document.lines, 1)))
    lines = tuple(line[:LINE_CHARS] for number, line in spoken.items() if number > 1)
    fields = {name: tuple(_values(name, lines)) for name in ("Start", "End", "HEAD", "Branch", "Tree")}
    exits = tuple(_exits(lines))
    later = (number for number, line in spoken.items() if number > 1 and _LATER_FAIL.match(line))
    flaws = (f"line {number} {why}" for number, why in document.flaws.items() if number in spoken)
    heads = tuple(map(_commit, fields["HEAD"]))
    return TestRecord(
        line1=line1,
        status=said.group("status") if said else None,
        start=next(iter(fields["Start"]), None),
        end=next(iter(fields["End"]), None),
        head=next(iter(heads), None),
        branch=next(iter(fields["Branch"]), None),
        tree=next(iter(fields["Tree"]), None),
        exits=tuple((name, code) for name, code in exits if isinstance(code, int)),
        unclear_exits=tuple((name, code) for name, code in exits if isinstance(code, str)),
        executed=_executed(lines),
        failed=_failed(lines),
        later_fail=next(later, None),
        more_heads=heads[1:],
        more_trees=fields["Tree"][1:],
        digest=digest_of_bytes(raw),
        encoding_defect=next(flaws, None),
    )


def _values(name: str, lines: Iterable[str]) -> Iterator[str]:
    found = filter(None, map(_FIELD.match, lines))
    yield from (field.group("value").strip() for field in found if field.group("name") == name)


def _commit(value: str) -> str:
    """Return the commit without a remark behind it (`18bf41f (staged: ...)`); other values as they are."""
    first = value.split()[0].strip("`")
    return first if re.fullmatch(r"[0-9a-fA-F]{7,64}", first) else value


def _outside_fences(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    fence = ""
    for number, line in lines:
        found = _FENCE.match(line)
        if found is None and not fence:
            yield number, line
        elif found is not None and not fence:
            fence = found.group(1)
        elif found is not None and found.group(1).startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""


def _exits(lines: Iterable[str]) -> Iterator[tuple[str, int | str]]:
    """Yield (name, code) of each exit line; the text instead of the code where it is no plain number: nothing says that it was 0."""
    for found in filter(None, (_EXIT.match(line.replace("**", "").replace("`", "")) for line in lines)):
        name, value = (found.group("name") or "").strip("* "), found.group("value").strip()
        number = _NUMBER.match(value)
        if _SENTENCE.search(name) or (number is None and (not name or _MANNER.match(name))):
            continue
        yield name or "run", int(number.group("code")) if number else value


def _executed(lines: Sequence[str]) -> int | None:
    """Return the tests that ran, summed over the summaries of all runners; None when no line counts tests. Skipped ones did not run."""
    nothing = [
        0 for line in lines if _NO_TESTS.search(line) or (_SUMMARY.search(line) and (_SKIPPED.search(line) or _LEFT_OUT.search(line)))
    ]
    ran = [int(found.group("count")) for found in map(_RAN.match, lines) if found]
    counts = nothing + ran + [count for line in lines if not _FILES.match(line) for count, _ in _counts(line)]
    return sum(counts) if counts else None


def _failed(lines: Sequence[str]) -> int:
    """Return the failed tests; where no line counts tests, the failed files, or the lines that name a test that failed."""
    tests: list[int] = []
    files: list[int] = []
    for line in filter(_SUMMARY.search, lines):
        (files if _FILES.match(line) else tests).extend(count for count, word in _counts(line) if word in _BROKEN)
    for found in filter(None, map(_UNITTEST.match, lines)):
        tests.extend(int(part.group("count")) for part in _UNITTEST_COUNT.finditer(found.group("counts")))
    return sum(tests) or sum(files) or sum(bool(_FAILURE.match(line)) for line in lines)


def _counts(line: str) -> Iterator[tuple[int, str]]:
    yield from ((int(found.group("count")), found.group("word")) for found in _COUNT.finditer(line))
