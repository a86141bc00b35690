"""One line of the journal: bytes out, the same value in, and nothing else in."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
import rfc8785

from forgewatch.core.events import CycleOpened, LedgerTampered, Recorded, TriggerDone
from forgewatch.core.journal_line import decode_line, encode_line, leaf_of
from forgewatch.core.places import FORGE
from forgewatch.core.record_entry import EntryRules, entry_of_report
from forgewatch.core.record_state import RecordState
from forgewatch.core.values import Refused, RepoPath
from tests.support.answers import digest, envelope, failing, trigger

AT = "2026-11-20T12:00:00Z"
OPENED = CycleOpened(at=AT, cycle=1, document=digest("log"))
LINE = encode_line(OPENED)[:-1]


def test_a_line_is_the_canonical_json_of_one_event_under_e_and_a_newline() -> None:
    line = encode_line(OPENED)
    assert line.endswith(b"}\n") and line.count(b"\n") == 1
    assert line[:-1] == rfc8785.dumps(json.loads(line))
    assert list(json.loads(line)) == ["e"]


def test_the_leaf_is_the_rfc_6962_leaf_hash_of_the_line_without_its_newline() -> None:
    assert leaf_of(LINE) == "sha256:" + hashlib.sha256(b"\x00" + LINE).hexdigest()
    assert decode_line(3, LINE) == Recorded(seq=3, leaf=leaf_of(LINE), event=OPENED)


def test_a_whole_entry_comes_back_as_it_was() -> None:
    event = entry_of_report(RecordState(), failing(), trigger(), envelope(), EntryRules(places=FORGE, docs={}))
    decoded = decode_line(0, encode_line(event)[:-1])
    assert isinstance(decoded, Recorded)
    assert decoded.event == event


@pytest.mark.parametrize(
    ("name", "kept"),
    [("bad\udcff.py", "bad\\xff.py"), ("cafe\u0301.py", "cafe\\u0301.py"), ("\ud800", "\\ud800"), ("caf\u00e9", "caf\u00e9")],
)
def test_strings_are_kept_as_valid_unicode_in_nfc(name: str, kept: str) -> None:
    event = LedgerTampered(at=AT, digest=None, detail=name)
    decoded = decode_line(0, encode_line(event)[:-1])
    assert isinstance(decoded, Recorded)
    assert decoded.event == replace(event, detail=kept)


def test_strings_inside_lists_are_kept_the_same_way() -> None:
    event = entry_of_report(
        RecordState(), failing(claimed=(RepoPath("bad\udcff.py"),)), None, envelope(), EntryRules(places=FORGE, docs={})
    )
    decoded = decode_line(0, encode_line(event)[:-1])
    assert isinstance(decoded, Recorded)
    assert "bad\\\\xff.py" in encode_line(event).decode()


REFUSED = {
    "no json": b"hello",
    "empty": b"",
    "cut short": LINE[:-1],
    "trailing space": LINE + b" ",
    "carriage return": LINE + b"\r",
    "white space inside": LINE.replace(b'"e":', b'"e": '),
    "byte order mark": b"\xef\xbb\xbf" + LINE,
    "keys out of order": json.dumps({"e": dict(reversed(json.loads(LINE)["e"].items()))}, separators=(",", ":")).encode(),
    "escaped where it need not be": LINE.replace(b"CycleOpened", b"\\u0043ycleOpened"),
    "upper-case escape": encode_line(LedgerTampered(at=AT, digest=None, detail="\x1f"))[:-1].replace(b"001f", b"001F"),
    "a key twice": LINE.replace(b'"cycle":1', b'"cycle":1,"cycle":1'),
    "a float": LINE.replace(b'"cycle":1', b'"cycle":1.0'),
    "an exponent": LINE.replace(b'"cycle":1', b'"cycle":1e0'),
    "minus zero": LINE.replace(b'"cycle":1', b'"cycle":-0'),
    "not a number": LINE.replace(b'"cycle":1', b'"cycle":NaN'),
    "too large a number": LINE.replace(b'"cycle":1', b'"cycle":9007199254740992'),
    "ten thousand digits": LINE.replace(b'"cycle":1', b'"cycle":' + b"9" * 10_000),
    "a lone surrogate": LINE.replace(b"12:00:00Z", b"\\ud800"),
    "not utf-8": LINE.replace(b"12:00:00Z", b"\xff"),
    "not nfc": LINE.replace(b"12:00:00Z", "e\u0301".encode()),
    "no event": rfc8785.dumps({"e": {"is": "Nothing"}}),
    "a field of the wrong type": rfc8785.dumps({"e": {"is": "CycleOpened", "at": AT, "cycle": "1", "document": digest("x")}}),
    "an unknown field": rfc8785.dumps({"e": {"is": "CycleOpened", "at": AT, "cycle": 1, "document": digest("x"), "z": 1}}),
    "another key beside e": rfc8785.dumps({"e": json.loads(LINE)["e"], "x": 1}),
    "a list": b"[]",
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("line", REFUSED.values(), ids=REFUSED.keys())
def test_bytes_that_are_not_exactly_ours_are_refused_with_a_reason(line: bytes) -> None:
    refused = decode_line(0, line)
    assert isinstance(refused, Refused), refused
    assert refused.why
    assert len(refused.raw) <= 400


def test_the_largest_exact_integer_is_accepted() -> None:
    event = TriggerDone(at=AT, trigger=trigger(), result="entry", entry=2**53 - 1)
    decoded = decode_line(0, encode_line(event)[:-1])
    assert isinstance(decoded, Recorded) and decoded.event == event


def test_why_a_line_is_refused_is_told_with_its_beginning() -> None:
    shown = LINE.decode()[:80]
    told = {
        "no json": ("hello", "is no canonical JSON: JSONDecodeError"),
        "a float": (shown.replace('"cycle":1', '"cycle":1.0')[:80], "is no canonical JSON: ValueError"),
        "not a number": (shown.replace('"cycle":1', '"cycle":NaN')[:80], "is no canonical JSON: ValueError"),
        "white space inside": (shown.replace('"e":', '"e": ')[:80], "is not in canonical form"),
    }
    assert {name: decode_line(0, REFUSED[name]) for name in told} == {name: Refused(*parts) for name, parts in told.items()}
    assert decode_line(0, b'{"f":1}') == Refused('{"f":1}', "is not an object with the key 'e', and 's' where it is signed")
