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
_EXIT = re.compile(
    r"\s*(?:[-*+] )?(?:(?P<name>\S[^:=]{0,200}?(?::[^\s:=]{1,100})?)\s)?exit(?: code)?\s*[:=]\s*(?P<code>-?[0-9]{1,12})(?![0-9])",
    re.IGNORECASE,
)
_COUNT = re.compile(r"(?<![0-9.])(?P<count>[0-9]{1,9}) (?:tests? )?(?P<word>passed|failed|errors?|xfailed|xpassed)\b")
_BROKEN = frozenset({"failed", "error", "errors"})
_SKIPPED = re.compile(r"(?<![0-9.])[0-9]{1,9} (?:tests? )?skipped\b")
_SUMMARY = re.compile(r"summary\b|[0-9] passed|\bin [0-9.]+ ?s|[ \t]*(?:[-*+] )?(?:={3}|Tests?\b)", re.IGNORECASE)
_NO_TESTS = re.compile(r"\b(?:no tests ran|no tests (?:were )?(?:found|executed|collected)|collected 0 items)\b", re.IGNORECASE)
_FILES = re.compile(r"[ \t]*(?:[-*+] )?Test (?:Files|Suites)\b")
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
    fields: dict[str, str] = {}
    for found in filter(None, map(_FIELD.match, lines)):
        fields.setdefault(found.group("name"), found.group("value").strip())
    return TestRecord(
        line1=line1,
        status=said.group("status") if said else None,
        start=fields.get("Start"),
        end=fields.get("End"),
        head=_commit(fields.get("HEAD")),
        branch=fields.get("Branch"),
        tree=fields.get("Tree"),
        exits=tuple(_exits(lines)),
        executed=_executed(lines),
        failed=sum(count for count, word in _counts(filter(_SUMMARY.search, lines)) if word in _BROKEN),
        digest=digest_of_bytes(raw),
        encoding_defect=next((f"line {number} {why}" for number, why in document.flaws.items() if number in spoken), None),
    )


def _commit(value: str | None) -> str | None:
    """Return the commit without a remark behind it (`18bf41f (staged: ...)`); other values as they are."""
    first = value.split()[0].strip("`") if value else ""
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


def _exits(lines: Iterable[str]) -> Iterator[tuple[str, int]]:
    for found in filter(None, (_EXIT.match(line.replace("**", "")) for line in lines)):
        yield (found.group("name") or "run").strip("`* "), int(found.group("code"))


def _executed(lines: Sequence[str]) -> int | None:
    """Return the tests that ran, summed over the summaries of all runners; None when no line counts tests. Skipped ones did not run."""
    nothing = [0 for line in lines if _NO_TESTS.search(line) or (_SKIPPED.search(line) and _SUMMARY.search(line))]
    counts = nothing + [count for count, _ in _counts(lines)]
    return sum(counts) if counts else None


def _counts(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    for line in lines:
        if not _FILES.match(line):
            yield from ((int(found.group("count")), found.group("word")) for found in _COUNT.finditer(line))
