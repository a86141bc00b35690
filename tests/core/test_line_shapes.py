"""The shape of a line: never of one that decoding would refuse, and always of the frequent ones."""

from __future__ import annotations

import json
from dataclasses import is_dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.canonical import canonical_json
from forgewatch.core.events import (
    CycleOpened,
    Event,
    KeyRotated,
    LedgerRepaired,
    LedgerTampered,
    Recorded,
    Trigger,
    TriggerClaimed,
    TriggerDone,
)
from forgewatch.core.journal_line import decode_line, encode_event, encode_line, leaf_of, signed_line
from forgewatch.core.ledger_markdown import render_event
from forgewatch.core.line_shapes import QUIET, has_quiet_shape
from forgewatch.core.values import Refused
from tests.support.answers import digest
from tests.support.signed import AT, opened

TRIGGER = Trigger(cycle=3, document=digest("a"), record=digest("b"))
EVENTS: dict[str, Event] = {
    "cycle": opened(3),
    "cycle with a plan": CycleOpened(at=AT, cycle=1, document=digest("x"), planned=("app/a.py", "b c.py")),  # type: ignore[arg-type]
    "claimed": TriggerClaimed(at=AT, trigger=TRIGGER),
    "claimed without a record": TriggerClaimed(at=AT, trigger=Trigger(cycle=0, document=digest("a"), record=None)),
    "done": TriggerDone(at=AT, trigger=TRIGGER, result="entry", entry=12),
    "done without an entry": TriggerDone(at=AT, trigger=TRIGGER, result="repeat"),
    "repaired": LedgerRepaired(at=AT, size=2**49),
    "tampered": LedgerTampered(at=AT, digest=None, detail="line 3 differs: expected 'x', found 'y'"),
}


def line_of(event: Event) -> bytes:
    return signed_line(encode_event(event), bytes(64))[:-1]


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_a_frequent_event_has_its_shape_and_adds_nothing_to_the_markdown(event: Event) -> None:
    line = line_of(event)
    assert has_quiet_shape(line)
    assert render_event(Recorded(seq=0, leaf=leaf_of(line), event=event)) == b""


def test_every_kind_that_has_a_shape_is_shown_above() -> None:
    assert {type(event) for event in EVENTS.values()} == set(QUIET)
    # A value that checks itself when it is made would be refused by decoding, and not by its shape.
    assert [kind for kind in (*QUIET, Trigger) if hasattr(kind, "__post_init__") or not is_dataclass(kind)] == []


LINE = line_of(EVENTS["done"])
FORMS: dict[str, bytes] = {
    "unsigned": encode_line(opened(1))[:-1],
    "a change of key": line_of(KeyRotated(at=AT, public="A" * 43 + "=", actor="me")),
    "with a space": LINE.replace(b'"e":', b'"e": '),
    "CRLF": LINE + b"\r",
    "with its newline": LINE + b"\n",
    "BOM": b"\xef\xbb\xbf" + LINE,
    "unknown key": LINE.replace(b'"is":"TriggerDone"', b'"is":"TriggerDone","more":1'),
    "keys in another order": LINE.replace(b'"at":"2026-11-20T12:00:00Z","entry":12', b'"entry":12,"at":"2026-11-20T12:00:00Z"'),
    "a key twice": LINE.replace(b'"entry":12', b'"entry":12,"entry":12'),
    "leading zero": LINE.replace(b'"entry":12', b'"entry":012'),
    "minus nothing": LINE.replace(b'"entry":12', b'"entry":-0'),
    "float": LINE.replace(b'"entry":12', b'"entry":12.0'),
    "large number": LINE.replace(b'"entry":12', b'"entry":9007199254740993'),
    "escape": LINE.replace(b'"result":"entry"', b'"result":"\\u0065ntry"'),
    "raw control character": LINE.replace(b'"result":"entry"', b'"result":"en\x01try"'),
    "raw newline": LINE.replace(b'"result":"entry"', b'"result":"en\ntry"'),
    "no UTF-8": LINE.replace(b'"result":"entry"', b'"result":"en\xfftry"'),
    "not NFC": LINE.replace(b'"result":"entry"', '"result":"e\u0301"'.encode()),
    "text for a number": LINE.replace(b'"cycle":3', b'"cycle":"3"'),
    "nothing for a number": LINE.replace(b'"cycle":3', b'"cycle":null'),
    "another kind": LINE.replace(b"TriggerDone", b"TriggerGone"),
    "short signature": LINE.replace(b'AAAA=="}', b'AA=="}'),
    "cut": LINE[:-1],
    "empty": b"",
}


@pytest.mark.parametrize("line", FORMS.values(), ids=FORMS)
def test_what_is_no_canonical_signed_line_has_no_shape(line: bytes) -> None:
    assert not has_quiet_shape(line)


def test_text_that_needs_an_escape_or_is_not_ascii_has_no_shape_and_is_decoded() -> None:
    for detail in ('"', "\\", "\t", "é", "\x7f"):
        line = line_of(LedgerTampered(at=AT, digest=None, detail=detail))
        assert not has_quiet_shape(line)
        assert not isinstance(decode_line(0, line), Refused)


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(1 - 2**53, 2**53 - 1), st.text(max_size=6), st.lists(st.text(max_size=3), max_size=3)
)


@given(st.sampled_from(sorted(EVENTS)), st.data())
def test_a_shape_is_only_of_what_decodes_to_the_same_bytes(name: str, data: st.DataObject) -> None:
    body = json.loads(encode_event(EVENTS[name]))
    target = body["trigger"] if "trigger" in body and data.draw(st.booleans()) else body
    target[data.draw(st.sampled_from([*target, "more"]))] = data.draw(scalars)
    line = signed_line(canonical_json(body), bytes(64))[:-1]
    if has_quiet_shape(line):
        recorded = decode_line(0, line)
        assert not isinstance(recorded, Refused)
        assert line_of(recorded.event) == line


@given(st.sampled_from(sorted(EVENTS)), st.integers(0, 400), st.binary(max_size=3), st.integers(0, 3))
def test_no_changed_byte_makes_a_shape_that_does_not_decode(name: str, place: int, put: bytes, gone: int) -> None:
    line = line_of(EVENTS[name])
    changed = line[:place] + put + line[place + gone :]
    assert not has_quiet_shape(changed) or not isinstance(decode_line(0, changed), Refused)
