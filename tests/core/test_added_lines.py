"""Which lines are new, whatever the bytes."""

from __future__ import annotations

import codecs

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


def test_another_line_end_is_no_new_line() -> None:
    assert added_lines(b"a\nb\n", b"a\r\nb\r\n") == ()


def test_wide_text_is_read_with_and_without_a_mark() -> None:
    assert text_of(codecs.BOM_UTF16_LE + "token é".encode("utf-16-le")) == "token é"
    assert text_of("password and more".encode("utf-16-le")) == "password and more"
    assert text_of("password and more".encode("utf-16-be")) == "password and more"
    assert text_of(codecs.BOM_UTF32_LE + "ab".encode("utf-32-le")) == "ab"
    assert text_of(codecs.BOM_UTF8 + b"a") == "a"


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


def test_a_key_block_that_did_not_change_is_not_added_again() -> None:
    frame = b"-----BEGIN " + b"PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n"
    assert added_lines(frame, frame + b"new\n") == ((4, "new"),)


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
