"""The test record `test_runs_latest.md`: bytes to a value (checks.md A3 and A8). Bad builder input is a value, never an exception."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.document import Document, read_document
from forgewatch.core.limits import LIMITS
from forgewatch.core.testrecord import Blank, BrokenRecord, TestRecord, TestRecordReading
from forgewatch.core.testrecord_counts import tests_executed, tests_failed
from forgewatch.core.testrecord_exits import shown_failures, told_exits
from forgewatch.core.testrecord_lines import plain, told_and_shown
from forgewatch.core.values import Absent, Content, Unreadable

LINE_CHARS = 8192
"""Characters of one line that are looked at."""

_STATUS = re.compile(r"Status: (?P<status>PASS|FAIL)[ \t]*\Z")
_FIELD = re.compile(r"[ \t]*(?:[-*+] )?(?P<name>Start|End|HEAD|Branch|Tree):[ \t]*(?P<value>\S.*)")
_LEAD = r"(?:[\s>|#*_~+-]|[0-9]{1,3}[.)]\s|\[[ xX]\]\s)*"
_SET_OFF = r"[\s*_~]*(?:[:=|]|->|→)\s*(?P<value>[^\s:=|].*)"
_HEAD = re.compile(_LEAD + r"head(?:[ _-]?(?:commit|sha|hash|id|rev(?:ision)?))?" + _SET_OFF, re.IGNORECASE)
_TREE = re.compile(_LEAD + r"tree(?:[ _-]?(?:digest|sha|hash|id))?" + _SET_OFF, re.IGNORECASE)
_COMMIT = re.compile(r"(?<![\w/.^~-])(?:[\w.+-]{1,200}-g)?(?P<commit>[0-9a-f]{7,64})(?![\w/-]|\.\w)", re.IGNORECASE)
"""A word that names a commit, also as git describes it (`v1.2-3-g18bf41f`); no part of a branch or a path."""
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9](?:[0-9]{4}|[0-9]{6})?\Z")
_DIGEST = re.compile(r"[\W_]*(?P<digest>sha256:\w+|[0-9a-f]{7,64})(?!\w)", re.IGNORECASE)
_LATER_FAIL = re.compile(r"[ \t]*(?:[-*+] )?Status: FAIL[ \t]*\Z")


def parse_test_record(raw: Content) -> TestRecordReading:
    """Read a test record (checks.md A3, A8). BOM and CR LF are accepted. What stands in code fences is output, and counts only
    where nothing else names a commit, a tree or an exit.

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
    told, shown = told_and_shown(document.lines)
    written = tuple(document.lines[at][:LINE_CHARS] for at in told if at)
    spoken = {at + 1: plain(document.lines[at][:LINE_CHARS]) for at in told}
    lines = tuple(line for number, line in spoken.items() if number > 1)
    output = tuple(plain(document.lines[at][:LINE_CHARS]) for at in shown)
    line1 = document.lines[0][:LINE_CHARS]
    said = _STATUS.match(line1)
    heads, trees = _heads(lines, output), _trees(written, output)
    exits = tuple(told_exits(lines)) or tuple(shown_failures(output))
    later = (number for number, line in spoken.items() if number > 1 and _LATER_FAIL.match(line))
    flaws = (f"line {number} {why}" for number, why in document.flaws.items() if number in spoken)
    return TestRecord(
        line1=line1,
        status=said.group("status") if said else None,
        start=next(_values("Start", lines), None),
        end=next(_values("End", lines), None),
        head=next(iter(heads), None),
        branch=next(_values("Branch", lines), None),
        tree=next(iter(trees), None),
        exits=tuple((name, code) for name, code in exits if isinstance(code, int)),
        unclear_exits=tuple((name, code) for name, code in exits if isinstance(code, str)),
        executed=tests_executed(lines),
        failed=tests_failed(lines),
        later_fail=next(later, None),
        more_heads=heads[1:],
        more_trees=trees[1:],
        digest=digest_of_bytes(raw),
        encoding_defect=next(flaws, None),
    )


def _values(name: str, lines: Iterable[str]) -> Iterator[str]:
    found = filter(None, map(_FIELD.match, lines))
    yield from (field.group("value").strip() for field in found if field.group("name") == name)


def _heads(lines: Sequence[str], output: Sequence[str]) -> tuple[str, ...]:
    """Return what the `HEAD:` lines say, as commits where they name one. Shown output counts where no other line names a commit."""
    told = [field.group("value").strip() for field in map(_HEAD.match, lines) if field]
    named = tuple(_commit(value) or value for value in told)
    if any(map(_commit, told)):
        return named
    return named + tuple(commit for field in map(_HEAD.match, output) if field and (commit := _commit(field.group("value"))))


def _commit(value: str) -> str:
    """Return the commit that a value names (`main @ 18bf41f, dirty`); empty for words. A date, or letters alone, are one only in front."""
    for found in _COMMIT.finditer(value):
        commit = found.group("commit")
        if found.start() == 0 or (any(map(str.isdigit, commit)) and not _DATE.match(commit)):
            return commit
    return ""


def _trees(lines: Sequence[str], output: Sequence[str]) -> tuple[str, ...]:
    """Return what the `Tree:` lines say. Written in another way, or shown as output only, a line needs a digest to be one."""
    told: list[str] = []
    for line in lines:
        field, other = _FIELD.match(line), _TREE.match(plain(line))
        digest = _digest(other.group("value")) if other else ""
        words = field.group("value").strip() if field and field.group("name") == "Tree" else ""
        told += [digest or words] if digest or words else []
    shown = (_digest(other.group("value")) for other in map(_TREE.match, output) if other)
    return tuple(told or filter(None, shown))


def _digest(value: str) -> str:
    found = _DIGEST.match(value)
    return found.group("digest") if found else ""
