"""Source is decoded the way the interpreter would, or refused; comments and docstrings are blanked and nothing else is."""

from __future__ import annotations

import ast
import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.defect import Defect
from forgewatch.core.python_source import blank_prose, decode_source, decode_text, parse_source


def blanked(text: str) -> str:
    """Return the text without prose; source that does not parse fails the test."""
    tree = parse_source(text)
    assert isinstance(tree, ast.Module), tree
    return blank_prose(text, tree)


@pytest.mark.parametrize(
    "raw",
    [
        "é = 1\n".encode(),
        codecs.BOM_UTF8 + "é = 1\n".encode(),
        codecs.BOM_UTF8 + "# coding: utf-8\né = 1\n".encode(),
        "#!/usr/bin/python\n# -*- coding: UTF-8 -*-\né = 1\n".encode(),
        "# vim: set fileencoding=utf_8_sig :\né = 1\n".encode(),
        "# coding: latin-1\né = 1\n".encode("latin-1"),
        "\n# coding: iso-8859-1\né = 1\n".encode("latin-1"),
        "# coding: latin-1-unix\né = 1\n".encode("latin-1"),
        "é = 1\n# coding: utf-7\n".encode(),
        "\n\n# coding: utf-7\né = 1\n".encode(),
    ],
)
def test_an_encoding_that_shows_what_it_says_is_read(raw: bytes) -> None:
    text = decode_source(raw)
    assert isinstance(text, str)
    assert "é = 1" in text


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"# coding: utf-7\n+AGkAbQBwAG8AcgB0- asyncpg\n", "line 1: expected a utf-8, ascii or latin-1 coding cookie, found utf-7"),
        (b"#!python\n# coding: rot13\nvzcbeg nflapct\n", "found rot13"),
        (b"# \r# coding: utf-7\n", "found utf-7"),
        (b"\x0c # coding=unicode_escape\n", "found unicode_escape"),
        (b"# " + b"x" * 9000 + b" coding: utf-16\n", "found utf-16"),
        (b"# coding: cp1252\n", "found cp1252"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "line 1: expected a utf-8 cookie after the byte order mark, found latin-1"),
        (b"# coding: ascii\nx = '\xc3\xa9'\n", "line 2: expected ascii, found byte 0xc3"),
        (b"x = 1\ny = '\xe9'\n", "line 2: expected utf-8, found byte 0xe9"),
        ("import asyncpg\n".encode("utf-16"), "line 1: expected utf-8, found byte 0xff"),
    ],
)
def test_an_encoding_that_hides_code_is_refused(raw: bytes, why: str) -> None:
    found = decode_source(raw)
    assert isinstance(found, Defect)
    assert why in str(found)


def test_a_cookie_after_code_on_the_first_line_is_no_cookie() -> None:
    assert decode_source(b"x = 1\n# coding: utf-7\n") == "x = 1\n# coding: utf-7\n"


def test_line_ends_are_those_of_the_interpreter() -> None:
    assert decode_source(b"a\r\nb\rc\n") == "a\nb\nc\n"
    assert decode_text(b"\xef\xbb\xbfa\r\nb\rc\n") == "a\nb\nc\n"


def test_other_languages_are_utf_8_or_refused() -> None:
    assert str(decode_text(b"a\nb\xff")) == "line 2: expected utf-8, found byte 0xff"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x = (\n", "line 1: '(' was never closed"),
        ("x = 1\n  y = 2\n", "line 2: unexpected indent"),
        ("x = '\0'\n", "null bytes"),
        ("-" * 100_000 + "1\n", "is nested too deeply to be parsed"),
        ("+".join(["1"] * 100_000), "is nested too deeply to be parsed"),
        ("(" * 10_000, "too many nested parentheses"),
        ("1\nimport " + ".".join(["a"] * 1000), "line 2: a name has more than 400 dotted parts"),
    ],
)
def test_what_does_not_parse_is_a_defect_with_its_line(text: str, why: str) -> None:
    found = parse_source(text)
    assert isinstance(found, Defect)
    assert why in str(found)


def test_parsing_warns_nobody(recwarn: pytest.WarningsRecorder) -> None:
    assert isinstance(parse_source("x = '\\d'\nassert (1, 2)\n"), ast.Module)
    assert not recwarn.list


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("x = 1  # SELECT\n", "x = 1          \n"),
        ('"""SELECT\nFROM"""\nx = 1\n', "         \n       \nx = 1\n"),
        ('def f():\n    "doc é"  # é\n    return "kept"\n', 'def f():\n                \n    return "kept"\n'),
        ("class A:\n    'doc' 'more'\n    x = 1\n", "class A:\n                \n    x = 1\n"),
        ("'é'; 'b'; x = 'c'\n", "   ;    ; x = 'c'\n"),
        ("if x:\n    'no effect'\n    y()\n", "if x:\n               \n    y()\n"),
        (
            "try:\n    'a'\nexcept E:\n    'b'\nmatch x:\n    case 1:\n        'c'\n",
            "try:\n       \nexcept E:\n       \nmatch x:\n    case 1:\n           \n",
        ),
        ("x = '# no comment'\n", "x = '# no comment'\n"),
        ("f'{run()}'\n", "f'{run()}'\n"),
        ("b'bytes'\n", "b'bytes'\n"),
        ("'text'.upper()\n", "'text'.upper()\n"),
        ("\x0cx = 1 # a\n", "\x0cx = 1    \n"),
        ("if 1:\n\tx = 1\t# a\n", "if 1:\n\tx = 1\t   \n"),
        ("x = 1 \\\n  + 2  # a\n", "x = 1 \\\n  + 2     \n"),
        ("x = ('a'  # one\n     'b')\n", "x = ('a'       \n     'b')\n"),
        ("# only", "      "),
    ],
)
def test_comments_and_docstrings_are_blanked_in_place(text: str, kept: str) -> None:
    assert blanked(text) == kept


@pytest.mark.parametrize("text", ["def f():\n    'SELECT 1'\nrun(f.__doc__)\n", "'SELECT 1'\nrun(__doc__)\n"])
def test_a_docstring_that_the_code_can_run_is_no_prose(text: str) -> None:
    assert blanked(text) == text


def test_text_that_does_not_tokenise_comes_back_as_it_is() -> None:
    text = "x = ( # open\n"
    assert blank_prose(text, ast.Module(body=[], type_ignores=[])) == text
    # A later Python makes a token of the stray sign, and then the comment is one, too.
    assert blank_prose("x = $ # a\n", ast.Module(body=[], type_ignores=[])) in ("x = $ # a\n", "x = $    \n")


pieces = st.lists(
    st.sampled_from(["x = 1", "# é", "'doc'", '"""a\nb"""', "\n", "if x:\n  ", "é = 'é' ", ";", "\x0c", "\t", "f('''y\n#''')", "\\\n"]),
    max_size=12,
)


@given(pieces)
def test_blanking_moves_nothing(parts: list[str]) -> None:
    text = "".join(parts)
    tree = parse_source(text)
    if isinstance(tree, ast.Module):
        assert [len(line) for line in blank_prose(text, tree).split("\n")] == [len(line) for line in text.split("\n")]
