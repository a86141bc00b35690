"""Source is decoded the way the interpreter would, or refused; comments and docstrings are blanked and nothing else is."""

from __future__ import annotations

import ast
import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.defect import Defect
from forgewatch.core.loose_prose import blank_loose_prose
from forgewatch.core.newer_syntax import needed_minor
from forgewatch.core.python_source import _ONE_BYTE, blank_prose, decode_source, decode_text, parse_source, spelled


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
        (b"# coding: utf-7\n+AGkAbQBwAG8AcgB0- asyncpg\n", "line 1: expected a coding cookie of utf-8, ascii or a code page, found utf-7"),
        (b"#!python\n# coding: rot13\nvzcbeg nflapct\n", "found rot13"),
        (b"# \r# coding: utf-7\n", "found utf-7"),
        (b"# a\r# b\r# coding: utf-7\n", "found utf-7"),
        (b"# a\r# b\n# coding: utf-7\nx = 1\ny = 2\nz = 3\n", "found utf-7"),
        (b" \r\r\n# coding: utf-7\n", "found utf-7"),
        (b"\x0c # coding=unicode_escape\n", "found unicode_escape"),
        (b"# " + b"x" * 9000 + b" coding: utf-16\n", "found utf-16"),
        (b"# coding: cp1252\nx = '\x81'\n", "line 2: expected cp1252, found byte 0x81"),
        (b"# coding: cp864\n", "found cp864"),
        (b"# coding: cp037\n", "found cp037"),
        (b"# coding: gbk\n", "found gbk"),
        (b"# coding: shift_jis\n", "found shift_jis"),
        (b"# coding: hz\n", "found hz"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "line 1: expected a utf-8 cookie after the byte order mark, found latin-1"),
        (b"# coding: ascii\nx = '\xc3\xa9'\n", "line 2: expected ascii, found byte 0xc3"),
        (b"\nx = 1\ny = '\xe9'\n", "line 3: expected utf-8, found byte 0xe9"),
        ("import asyncpg\n".encode("utf-16"), "line 1: expected utf-8, found byte 0xff"),
    ],
)
def test_an_encoding_that_hides_code_is_refused(raw: bytes, why: str) -> None:
    found = decode_source(raw)
    assert isinstance(found, Defect)
    assert why in str(found)


@pytest.mark.parametrize("cookie", ["cp1251", "windows-1251", "koi8-r", "KOI8_U", "iso-8859-5", "mac_cyrillic", "cp866"])
def test_an_encoding_of_one_byte_a_character_is_read_as_the_interpreter_reads_it(cookie: str) -> None:
    raw = f"# -*- coding: {cookie} -*-\nx = 'привет'\n".encode(cookie)
    text = decode_source(raw)
    assert isinstance(text, str)
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(raw))


def test_in_every_encoding_that_is_read_ascii_is_ascii_and_nothing_else_is() -> None:
    for codec in sorted(set(_ONE_BYTE.values())):
        table = [bytes([byte]).decode(codec, "replace") for byte in range(256)]
        assert "".join(table[:128]) == bytes(range(128)).decode("ascii"), codec
        assert not any(character.isascii() for character in table[128:]), codec
        assert all(len(character) == 1 for character in table), codec


def test_a_cookie_after_code_on_the_first_line_is_no_cookie() -> None:
    assert decode_source(b"x = 1\n# coding: utf-7\n") == "x = 1\n# coding: utf-7\n"


def test_line_ends_are_those_of_the_interpreter() -> None:
    assert decode_source(b"a\r\nb\rc\n") == "a\nb\nc\n"
    assert decode_source(b"\xef\xbb\xbfa\r\nb\rc\n") == "a\nb\nc\n"
    assert decode_text(b"\xef\xbb\xbfa\r\nb\rc\n") == "a\nb\nc\n"


def test_other_languages_are_utf_8_or_refused() -> None:
    assert str(decode_text(b"\na\nb\xff\n")) == "line 3: expected utf-8, found byte 0xff"


def test_a_word_is_looked_for_as_the_interpreter_spells_it() -> None:
    assert (spelled("ｉmport_module"), spelled("import_module")) == ("import_module", "import_module")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x = (\n", "line 1: '(' was never closed"),
        ("x = 1\n  y = 2\n", "line 2: unexpected indent"),
        ("x = '\0'\n", "line 1: source code string cannot contain null bytes"),
        ("-" * 100_000 + "1\n", "is nested too deeply to be parsed"),
        ("+".join(["1"] * 100_000), "is nested too deeply to be parsed"),
        ("(" * 10_000, "too many nested parentheses"),
        ("\n1\nimport " + ".".join(["a"] * 1000) + "\n1\n", "line 3: a name has more than 400 dotted parts"),
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
        ("for x in y:\n    x()\nelse:\n    'b'\n", "for x in y:\n    x()\nelse:\n       \n"),
        ("try:\n    x()\nfinally:\n    'b'\n", "try:\n    x()\nfinally:\n       \n"),
        ("def f():\n    '''one\nSELECT 1\n  two'''\n    x()\n", "def f():\n          \n        \n        \n    x()\n"),
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


BROKEN = "def f(x):\n    return x x\n"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("# asyncpg\n", ""),
        ("x = 1  # asyncpg\n", "x = 1"),
        ("'asyncpg'\n", ""),
        ("def g():\n    ''' asyncpg\n    more '''\n    # asyncpg\n    return 1\n", "def g(): return 1"),
        ("def g():\n    '''\nasyncpg\n'''\n    return 1\n", "def g(): return 1"),
        ("x = 'asyncpg'\n", "x = 'asyncpg'"),
        ("x = (\n    'asyncpg'\n)\n", "x = ( 'asyncpg' )"),
        ("'asyncpg'; import asyncpg\n", "'asyncpg'; import asyncpg"),
        ("x = f'{a} {{b}} {{{c!r}}}'  # asyncpg\n", "x = f'{a} {{b}} {{{c!r}}}'"),
        ("x = t'{a}'  # asyncpg\n", "x = t'{a}'"),
        ("x = '{'  # asyncpg\n", "x = '{'"),
        ("x='{'  # asyncpg\n", "x='{'"),
        ("def g():\n    return '{'  # asyncpg\n", "def g(): return '{'"),
    ],
)
def test_prose_that_does_not_parse_is_blanked_where_it_is_sure_to_be_prose(text: str, kept: str) -> None:
    assert isinstance(parse_source(text + BROKEN), Defect)
    blanked = blank_loose_prose(text + BROKEN)
    assert " ".join(blanked.removesuffix(BROKEN).split()) == kept
    assert [len(line) for line in blanked.split("\n")] == [len(line) for line in (text + BROKEN).split("\n")]


@pytest.mark.parametrize(
    "text",
    [
        "x = f\"{d['#']}\"; import asyncpg\n# asyncpg\n",
        'x = f"{d["# "]}"; import asyncpg\n',
        'x = f"""{d["""\n# """]}""" ; import asyncpg\n',
        'x = t"{d["# "]}"; import asyncpg\n',
        "x = rt'{d}}'  # asyncpg\n",
        "x = $  # asyncpg\n",
        "x = (  # asyncpg\n",
        "    x\n  y  # asyncpg\n",
        "'unfinished # asyncpg\n",
    ],
)
def test_what_tokenizers_may_read_differently_is_no_prose(text: str) -> None:
    whole = text + BROKEN
    assert blank_loose_prose(whole).count("asyncpg") == whole.count("asyncpg")


def test_a_docstring_of_broken_code_that_names_docstrings_stays() -> None:
    assert blank_loose_prose("'asyncpg'  # asyncpg\nrun(__doc__)\n" + BROKEN).count("asyncpg") == 1


@given(st.text(alphabet="abf'\"#{}\\\n() t"))
def test_blanking_broken_code_moves_nothing_and_never_raises(text: str) -> None:
    assert [len(line) for line in blank_loose_prose(text).split("\n")] == [len(line) for line in text.split("\n")]


@pytest.mark.parametrize(
    ("shown", "minors", "needed"),
    [
        ("def f(:", range(13, 16), 13),
        ("def f(:", range(9, 16), None),
        ("type X = int", range(9, 16), 12),
        ("    type X[T] = int", range(9, 16), 12),
        ("type(X", range(9, 16), None),
        ("async def f[T](x): ...", range(9, 16), 12),
        ("class A[T]:", range(9, 16), 12),
        ('x = f"{d["a"]}"', range(9, 16), 12),
        ("x = rf'{", range(9, 16), 12),
        ("except A, B:", range(9, 16), 14),
        ("x = t'{a}'", range(9, 16), 14),
        ("lazy import x", range(9, 16), 15),
        ("type X = int", range(9, 12), None),
        ("lazy import x", range(9, 15), None),
        ("x = 'a' 'b", range(9, 16), None),
        ("print 'x'", range(9, 16), None),
    ],
)
def test_a_line_that_does_not_parse_shows_which_python_it_needs(shown: str, minors: range, needed: int | None) -> None:
    assert needed_minor(shown, frozenset(minors), running=11) == needed
    assert needed_minor(shown, frozenset(minors), running=15) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('f"' + "{a}" * 20_000 + '"', 1),
        ("y = '\\''\nz = \"#\"  # f'\nx = Rf'''" + '{a}"\n' * 15_000 + "'''", 3),
        ("\n" + ("f'" + "{a}" * 9_000 + "'\n") * 3, 4),
        ('f"' + "{{{a}" * 20_000 + '"', 1),
    ],
)
def test_fields_that_cost_more_than_their_length_allows_are_a_defect_with_a_line(text: str, line: int) -> None:
    assert parse_source(text) == Defect("f-strings have too many fields for their length", line)


@pytest.mark.parametrize(
    "text",
    [
        '"' + "{a}" * 20_000 + '"',
        "# f'" + "{a}" * 20_000,
        "f'''" + "a {{ b }}\n" * 9_000 + "{c}'''",
        "f'{a}'\n" * 9_000,
        "x = [" + "{1: 2}," * 20_000 + "]",
    ],
    ids=["no f-string", "comment", "style sheet", "many small ones", "no string"],
)
def test_braces_that_are_no_fields_or_few_are_parsed(text: str) -> None:
    assert isinstance(parse_source(text), ast.Module)
