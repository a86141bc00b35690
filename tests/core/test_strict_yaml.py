"""The strict YAML reader takes plain documents and refuses everything that can mean more than it shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.defect import Defect
from forgewatch.core.limits import Limits
from forgewatch.core.strict_yaml import parse_yaml


def refusal(raw: bytes, limits: Limits | None = None) -> str:
    """Return how the reader refuses the bytes; reading them is a test failure."""
    found = parse_yaml(raw, limits) if limits else parse_yaml(raw)
    assert isinstance(found, Defect), found
    return str(found)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"", None),
        (b"plain", "plain"),
        (
            b"a: 1\nb: [x, 'y', -2]\nc: {d: ~, e: null, f: true}\ng:\n",
            {"a": 1, "b": ["x", "y", -2], "c": {"d": None, "e": None, "f": True}, "g": None},
        ),
        (b"- a\n- b: |\n    text\n    more\n", ["a", {"b": "text\nmore\n"}]),
        (b"\xef\xbb\xbf---\r\na: b\r\n", {"a": "b"}),
        (b"200: ok\ntrue: yes\n'<<': kept\n", {"200": "ok", "true": "yes", "<<": "kept"}),
        (b"- 999999999999999999\n- -999999999999999999\n", [999999999999999999, -999999999999999999]),
        (b"quoted: '1'\nhex: 0x10\nfloat: 1.5\n", {"quoted": "1", "hex": "0x10", "float": "1.5"}),
    ],
)
def test_plain_documents_are_read(raw: bytes, value: object) -> None:
    assert parse_yaml(raw) == value


def test_a_date_that_does_not_exist_is_text_and_no_fault() -> None:
    assert parse_yaml(b"day: 2026-99-99\n") == {"day": "2026-99-99"}


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"a: 1\nb: 2\na: 3\n", "line 3:1: expected each key once, found 'a' again"),
        (b"a: &x 1\n", "line 1:4: expected no anchor, found &x"),
        (b"a: &x [1]\n", "line 1:4: expected no anchor, found &x"),
        (b"a: *x\n", "line 1:4: expected no alias, found *x"),
        (b"<<: {a: 1}\n", "line 1:1: expected no merge key, found '<<'"),
        (b"a: !!python/object/apply:os.system ['true']\n", "line 1:4: expected no tag, found tag:yaml.org,2002:python/object/apply:o"),
        (b"a: !!str 1\n", "line 1:4: expected no tag, found tag:yaml.org,2002:str"),
        (b"%TAG ! tag:example.org,2026:\n---\na: 1\n", "line 1:1: expected no tag directive, found %TAG"),
        (b"--- a\n--- b\n", "line 2:1: expected one document, found a second one"),
        (b"? [a]\n: b\n", "line 1:3: expected a text as key, found a collection"),
        (b"a: 1234567890123456789\n", "line 1:4: expected at most 18 digits, found 19"),
        (b'status: "ok" | "down"\n', "line 1:16: is no YAML: did not find expected comment or line break"),
        (b"a: \xff\n", "line 1:4: expected UTF-8, found byte 0xff"),
    ],
)
def test_everything_else_is_a_defect_with_its_place(raw: bytes, why: str) -> None:
    assert refusal(raw).startswith(why)


def test_control_characters_are_refused() -> None:
    assert refusal(b'b: 1\na: "\x00"\n') == "line 2:5: expected text, found the control character 0x00"
    assert refusal('a: "\x80"\n'.encode()).startswith("is no YAML: unacceptable character #x0080: ")


def test_depth_events_and_size_are_bounded() -> None:
    assert isinstance(parse_yaml(b"[" * 32 + b"]" * 32), list)
    assert refusal(b"[" * 33) == "line 1:33: expected at most 32 levels, found one more"
    assert "expected at most 20000 events, found more" in refusal(b"- a\n" * 20_000)
    assert parse_yaml(b"- a", Limits(yaml_events=7)) == ["a"]
    assert "expected at most 6 events, found more" in refusal(b"- a", Limits(yaml_events=6))
    assert parse_yaml(b"a" * 10, Limits(contract_bytes=10)) == "a" * 10
    assert refusal(b"a" * 11, Limits(contract_bytes=10)) == "expected at most 10 bytes, found 11"


words = st.text("abcdefgh", min_size=1, max_size=6).filter(lambda word: word not in ("null", "true", "false"))
documents = st.recursive(
    words | st.integers(-999, 999), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=12
)


def flow(value: object) -> str:
    """Write a value in YAML's flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return str(value)


@given(documents)
def test_flow_documents_are_read_back(value: object) -> None:
    assert parse_yaml(f"--- {flow(value)}\n".encode()) == value
