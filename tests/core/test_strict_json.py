"""The strict JSON reader takes what is plain and names the place and both sides of everything else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.defect import Defect
from forgewatch.core.limits import Limits
from forgewatch.core.strict_json import parse_json


def refusal(raw: bytes, limits: Limits | None = None) -> str:
    """Return how the reader refuses the bytes; reading them is a test failure."""
    found = parse_json(raw, limits) if limits else parse_json(raw)
    assert isinstance(found, Defect), found
    return str(found)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"{}", {}),
        (b"[]", []),
        (b' {"a" : [1, -2, {"b": null}] , "c": true, "d": false}\r\n', {"a": [1, -2, {"b": None}], "c": True, "d": False}),
        (b'\xef\xbb\xbf{"bom": "\xc3\xa9"}', {"bom": "é"}),
        (b'"\\u00e9\\n\\"\\ud83d\\ude00"', 'é\n"😀'),
        (b"999999999999999999", 999999999999999999),
        (b"[1.5, 2e3, -0.25E-2]", ["1.5", "2e3", "-0.25E-2"]),
    ],
)
def test_plain_documents_are_read(raw: bytes, value: object) -> None:
    assert parse_json(raw) == value


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "line 1:1: expected a value, found the end"),
        (b'{"a": 1,\n "a": 2}', "line 2:2: expected each key once, found 'a' again"),
        (b"X]", "line 1:1: expected a value, found 'X]'"),
        (b"[NaN]", "line 1:2: expected a value, found 'NaN]'"),
        (b"[-Infinity]", "line 1:2: expected a value, found '-Infinity]'"),
        (b"1234567890123456789", "line 1:1: expected at most 18 digits, found 19"),
        (b"[01]", "line 1:2: expected a value, found '01]'"),
        (b"[1,]", "line 1:4: expected a value, found ']'"),
        (b"[1 2]", "line 1:4: expected ',' or ']', found '2]'"),
        (b'{"a": 1 "b": 2}', "line 1:9: expected ',' or '}', found '\"b\": 2}'"),
        (b'{"a" 1}', "line 1:6: expected ':', found '1}'"),
        (b"{a: 1}", "line 1:2: expected a key in double quotes, found 'a: 1}'"),
        (b"{} {}", "line 1:4: expected the end of the document, found '{}'"),
        (b'"a\nb"', "line 1:1: expected a string on one line with valid escapes, found none that ends"),
        (b'"\\x41"', "line 1:1: expected a string on one line with valid escapes, found none that ends"),
        (b'"\\ud800"', "line 1:1: expected whole characters, found half of a surrogate pair"),
        (b'{"a":\n "\xff"}', "line 2:3: expected UTF-8, found byte 0xff"),
        (b'{"a": 1,\n "b": 2,\n "\xff"}', "line 3:3: expected UTF-8, found byte 0xff"),
        (b"\n[1,]", "line 2:4: expected a value, found ']'"),
        (b'\n{"a": 1,\n "a": 2}', "line 3:2: expected each key once, found 'a' again"),
        (b"// comment\n{}", "line 1:1: expected a value, found '// comment\\n{'"),
    ],
)
def test_everything_else_is_a_defect_with_its_place(raw: bytes, why: str) -> None:
    assert refusal(raw) == why


def test_a_document_of_utf_16_is_refused() -> None:
    assert "expected UTF-8, found byte 0xff" in refusal('{"layers": []}'.encode("utf-16"))


def test_depth_ends_at_the_limit_and_not_before() -> None:
    assert isinstance(parse_json(b"[" * 32 + b"]" * 32), list)
    assert isinstance(parse_json(b'{"a":' * 32 + b"1" + b"}" * 32), dict)
    assert refusal(b"[" * 33 + b"]" * 33) == "line 1:33: expected at most 32 levels, found one more"
    assert refusal(b'{"a":' * 33 + b"1" + b"}" * 33) == "line 1:161: expected at most 32 levels, found one more"


def test_a_document_over_the_limit_is_refused_unread() -> None:
    assert parse_json(b"1234567890", Limits(contract_bytes=10)) == 1234567890
    assert refusal(b" " * 11, Limits(contract_bytes=10)) == "expected at most 10 bytes, found 11"


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    max_leaves=20,
)


@given(values, st.booleans())
def test_what_json_writes_is_read_back(value: object, ascii_only: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.text('{}[]":,0123456789.-+eEtrufalsn \n\\', max_size=40))
def test_what_is_read_is_what_the_usual_reader_reads(text: str) -> None:
    found = parse_json(text.encode())
    if not isinstance(found, Defect):
        assert json.loads(text, parse_float=str) == found
