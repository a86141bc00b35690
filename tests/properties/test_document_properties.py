"""What holds for every document, written by no builder in particular."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.difflog import Announcement, Blocked, Complete, DiffLogReading, InProcess, Malformed, Unknown
from forgewatch.core.difflog_parser import parse_announcement, parse_difflog
from forgewatch.core.directive import parse_directive
from forgewatch.core.document import read_document
from forgewatch.core.testrecord import TestRecord
from forgewatch.core.testrecord_parser import parse_test_record
from tests.support.logs import log_text

LINES = st.sampled_from(
    [
        "# Diff Log", "## Cycle Status", "## Cycle Status: COMPLETE", "- Status: COMPLETE", "- Status: IN_PROCESS", "Status = BLOCKED",
        "## Files Changed (staged)", "### New Files", "- app/a.py", "- `b.py` — x", "  - nested", "- (none)", "| File | Why |", "|---|---|",
        "| a.py | b |", "## Verification", "- Static: PASS", "Runtime: FAIL", "- Behavior", "## Minimal Diff Hunks", "    +x",
        "```", "~~~~",
        "> quoted", "<!--", "-->", "<div>", "---", "===", "", "", "- TODO: x", "## Summary", "Phase 3: x", "\t- tab", "1. one", "text",
        "HEAD: 1234567", "pytest exit: 0", "Status: PASS", "3 passed", "AEM: enabled", "a\0b", "\u2028", "é", "- {a,b}/c.py -> d.py, e.py",
    ]
)  # fmt: skip
DOCUMENTS = st.lists(LINES | st.text(max_size=12), max_size=30).map(lambda lines: "\n".join(lines) + "\n")
BYTES = st.binary(max_size=300) | st.lists(st.binary(max_size=20) | LINES.map(str.encode), max_size=20).map(b"\n".join)


def same(reading: DiffLogReading) -> object:
    """The reading without the digest of its bytes."""
    none = digest_of_bytes(b"")
    match reading:
        case Complete(log=log) | InProcess(log=log) | Blocked(log=log) | Unknown(log=log):
            return type(reading), replace(log, digest=none)
        case Malformed():
            return replace(reading, digest=none)
        case _:
            return reading


def numbers(reading: DiffLogReading) -> list[int]:
    match reading:
        case Complete(log=log) | InProcess(log=log) | Blocked(log=log) | Unknown(log=log):
            told = [log.status_line or 1, log.verification.line or 1, *log.claim.lines, *(defect.line for defect in log.claim.defects)]
            told += [item.line for item in (*log.verification.items, *log.placeholders)]
            return told + [line for section in log.sections for line in (section.line, *(number for number, _ in section.items))]
        case Malformed(line=line):
            return [line or 1]
        case _:
            return []


@settings(max_examples=100)
@given(BYTES)
def test_every_byte_string_has_a_reading_and_always_the_same(raw: bytes) -> None:
    assert parse_difflog(raw) == parse_difflog(raw)
    assert parse_test_record(raw) == parse_test_record(raw)
    assert parse_directive(raw) == parse_directive(raw)


@settings(max_examples=100)
@given(DOCUMENTS)
def test_line_numbers_are_within_the_document(text: str) -> None:
    raw = text.encode()
    count = max(len(read_document(raw).lines), 1)
    assert all(1 <= number <= count for number in numbers(parse_difflog(raw)))


@settings(max_examples=100)
@given(DOCUMENTS.filter(lambda text: "\r" not in text))
def test_line_ends_make_no_difference(text: str) -> None:
    forms = [text.encode(), text.replace("\n", "\r\n").encode(), text.replace("\n", "\r").encode(), b"\xef\xbb\xbf" + text.encode()]
    if text.startswith("\ufeff"):
        return
    assert len({repr(same(parse_difflog(raw))) for raw in forms}) == 1
    records = [parse_test_record(raw) for raw in forms]
    assert len({repr(replace(found, digest=digest_of_bytes(b"")) if isinstance(found, TestRecord) else found) for found in records}) == 1


@settings(max_examples=100)
@given(
    st.lists(LINES.filter(lambda line: not line.startswith(("```", "~~~"))), max_size=15),
    st.sampled_from(["```", "~~~~", "    ", "> ", "hunks"]),
)
def test_what_is_quoted_never_finishes_a_cycle(lines: list[str], how: str) -> None:
    shown = ["## Cycle Status", "- Status: COMPLETE", *lines]
    if how == "hunks":
        text = log_text(status="- Status: IN_PROCESS", hunks="\n".join(f"+{line}" for line in shown).replace("\0", ""))
    elif how in ("    ", "> "):
        text = log_text(status="- Status: IN_PROCESS", notes="words\n\n" + "\n".join(how + line for line in shown))
    else:
        text = log_text(status="- Status: IN_PROCESS", notes="\n".join([how, *shown, how]))
    assert isinstance(parse_difflog(text.encode()), InProcess)


@given(BYTES)
def test_a_glance_says_what_the_whole_reading_says(raw: bytes) -> None:
    glance, reading = parse_announcement(raw), parse_difflog(raw)
    if isinstance(glance, Announcement):
        assert isinstance(reading, Complete | InProcess | Blocked | Unknown)
        log = reading.log
        told = (glance.status, glance.status_text, glance.status_line, glance.digest)
        assert told == (log.status, log.status_text, log.status_line, log.digest)
    else:
        assert glance == reading
