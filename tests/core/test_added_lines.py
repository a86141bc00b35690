"""Which lines are new, whatever the bytes."""

from __future__ import annotations

import codecs
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.core.added_lines import added_lines, is_binary, text_of


def test_every_line_of_a_new_file_is_added() -> None:
    assert added_lines(None, b"a\nb\n") == ((1, "a"), (2, "b"))
    assert added_lines(None, b"") == ()


def test_only_new_lines_of_a_changed_file_are_added_with_their_new_numbers() -> None:
    assert added_lines(b"a\nc\n", b"a\nb\nc\nd") == ((2, "b"), (4, "d"))


def test_moving_a_line_adds_nothing_and_doubling_one_adds_one() -> None:
    assert added_lines(b"a\nb\nc\n", b"c\na\nb\n") == ()
    assert added_lines(b"a\n", b"a\na\n") == ((2, "a"),)


@pytest.mark.parametrize("before", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("after", [b"\n", b"\r\n", b"\r"])
def test_another_line_end_is_no_new_line(before: bytes, after: bytes) -> None:
    assert added_lines(before.join((b"a", b"b", b"")), after.join((b"a", b"b", b""))) == ()
    assert added_lines(before.join((b"a", b"b")), after.join((b"a", b"new", b"b"))) == ((2, "new"),)


def test_wide_text_is_read_with_and_without_a_mark() -> None:
    assert text_of(codecs.BOM_UTF16_LE + "token é".encode("utf-16-le")) == "token é"
    assert text_of("password and more".encode("utf-16-le")) == "password and more"
    assert text_of("password and more".encode("utf-16-be")) == "password and more"
    assert text_of(codecs.BOM_UTF32_LE + "ab".encode("utf-32-le")) == "ab"
    assert text_of(codecs.BOM_UTF8 + b"a") == "a"


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text", ["ab=1", "tok\u4e2d\u6587", "\u0100 tenletter", "a password of more letters"], ids=["short", "partly", "one other", "long"]
)
def test_wide_text_without_a_mark_is_known_by_its_nulls_also_where_it_is_cut_off(order: str, text: str) -> None:
    assert text_of(text.encode(order)) == text
    assert text_of(text.encode(order) + b"\x30") == f"{text}\ufffd"


@pytest.mark.parametrize(
    ("raw", "runs"),
    [
        (b"key=value\0other=1", ["key=value", "other=1"]),
        (b"key=valu\0other=12", ["key=valu", "other=12"]),
        (b"a\0b\0keyval", ["a", "b", "keyval"]),
        (b"\0a\0bkeyval", ["a", "bkeyval"]),
        (struct.pack("<12I", *[1] * 12) + b"token=abc", ["token=abc"]),
        (struct.pack(">12I", *[1] * 12) + b"token=abc", ["token=abc"]),
        (b"\0" * 40 + b"token=abc", ["token=abc"]),
    ],
)
def test_nulls_in_other_places_make_no_wide_text(raw: bytes, runs: list[str]) -> None:
    assert text_of(raw).split() == runs


def test_of_a_binary_file_the_printable_runs_remain() -> None:
    raw = b"\x7fELF\0\0\1\2hello\0\xff\xfeworld\n\0tail and more text"
    assert is_binary(raw)
    assert text_of(raw).split() == ["ELF", "hello", "world", "tail", "and", "more", "text"]
    assert not is_binary(codecs.BOM_UTF16_LE + "ab".encode("utf-16-le"))


def test_a_key_put_into_an_old_frame_comes_with_the_frame() -> None:
    frame = b"x\n-----BEGIN " + b"PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\ny\n"
    lines = added_lines(frame % b"TODO", frame % b"QUJD\nREVG")
    assert [number for number, _ in lines] == [2, 3, 4, 5]


def test_a_line_changed_inside_a_key_brings_all_lines_of_the_key() -> None:
    frame = b"x\n-----BEGIN " + b"PRIVATE KEY-----\nQUJD\n%s\nSElK\n-----END PRIVATE KEY-----\ny\n"
    assert [number for number, _ in added_lines(frame % b"REVG", frame % b"TODO")] == [2, 3, 4, 5, 6]
    endless = b"-----BEGIN " + b"PRIVATE KEY-----\nQUJD\n%s\ny\n"
    assert [number for number, _ in added_lines(endless % b"REVG", endless % b"TODO")] == [1, 2, 3]


def test_a_key_comes_as_a_whole_wherever_it_stands_and_whichever_of_its_lines_is_new() -> None:
    frame = b"-----BEGIN " + b"%sPRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n"
    assert [number for number, _ in added_lines(frame % b"RSA ", frame % b"")] == [1, 2, 3]
    above = b"".join(b"%d\n" % number for number in range(150))
    assert [number for number, _ in added_lines(above + frame % b"RSA ", above + frame % b"")] == [151, 152, 153]
    inner = frame % b""
    assert [number for number, _ in added_lines(above + inner, above + inner.replace(b"QUJD", b"QUJE"))] == [151, 152, 153]


def test_a_key_block_that_did_not_change_is_not_added_again() -> None:
    frame = b"-----BEGIN " + b"PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n"
    assert added_lines(frame, frame + b"new\n") == ((4, "new"),)
    assert added_lines(b"a\nb\nc\nd\n" + frame, b"a\nb\nc\nnew\nd\n" + frame) == ((4, "new"),)


def test_many_equal_lines_and_a_long_one_take_linear_time() -> None:
    many = b"x\n" * 200_000
    assert added_lines(many, many + b"y\n") == ((200_001, "y"),)
    assert len(added_lines(None, b"z" * 10_000_000)) == 1


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_no_bytes_make_it_raise_and_nothing_is_added_by_the_same_bytes(before: bytes, after: bytes) -> None:
    lines = added_lines(before, after)
    assert [number for number, _ in lines] == sorted({number for number, _ in lines})
    assert added_lines(after, after) == ()
