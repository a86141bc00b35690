"""Python source as text: decoded the way the interpreter would, or refused; and with everything blanked that never runs.

A builder chooses the encoding cookie and the line ends. Only encodings in which the bytes are what they look like are read. Line ends
become `\\n`, as the interpreter makes them, so line numbers here are those of the interpreter (checks.md A4).
"""

from __future__ import annotations

import ast
import re
import tokenize
import unicodedata
import warnings
from collections.abc import Iterator

import re2

from forgewatch.core.defect import Defect

_UTF8 = frozenset({"utf-8", "utf8", "utf-8-sig", "u8", "utf", "cp65001"})
_ASCII = frozenset({"ascii", "us-ascii", "646"})
_LATIN1 = frozenset({"latin-1", "latin1", "iso-8859-1", "iso8859-1", "8859", "cp819", "l1"})
_PAGES = (437, 737, 775, 850, 852, 855, 858, 862, 866, *range(1250, 1259))
_ONE_BYTE = {
    **{alias.format(page): f"cp{page}" for page in _PAGES for alias in ("cp{}", "windows-{}", "ibm{}", "{}")},
    **{f"{iso}-{part}": f"iso8859-{part}" for part in (*range(2, 12), *range(13, 17)) for iso in ("iso-8859", "iso8859")},
    **{f"latin-{number}": f"iso8859-{part}" for number, part in ((2, 2), (3, 3), (4, 4), (5, 9), (6, 10), (9, 15))},
    **{name: name for name in ("koi8-r", "koi8-u", "mac-roman", "mac-cyrillic")},
}
"""Encodings with one byte a character in which ASCII is ASCII: what looks like code in them is that code."""
_BOM = b"\xef\xbb\xbf"
_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"[ \t\f]*(?:#|\Z)")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_FALLBACK_LINES = 2
_SHOWN = 200
# CPython joins the parts of a dotted name in time quadratic to their number; honest names have a dozen parts.
_CHAIN = re2.compile(rb"(?:\.[\s\\]*[^\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]+[\s\\]*){400}")

# CPython looks for each field of an f-string from the start of the literal: fields times length is what that costs.
_LITERAL = re.compile(
    rb"#[^\n]*+|(?P<prefix>[A-Za-z]*+)(?P<text>\"\"\"(?:[^\\\"]|\\.|\"(?!\"\"))*+|'''(?:[^\\']|\\.|'(?!''))*+"
    rb"|\"(?:[^\\\"\n]|\\.)*+\"?|'(?:[^\\'\n]|\\.)*+'?)",
    re.DOTALL,
)
_MOST_FIELDS = 1 << 29
_FEW_FIELDS = 2000

ParseFault = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)
"""Everything that parsing text that somebody made up can raise."""


def decode_source(raw: bytes) -> str | Defect:
    """Return the text of Python bytes with `\\n` line ends, or why it is none.

    UTF-8 (one BOM allowed), or the ASCII, Latin-1 or other encoding of one byte a character that a cookie of PEP 263 in the first two
    lines names. Any other cookie is a Defect: codecs such as utf-7 make code out of bytes in which nobody can read it.
    """
    named = _cookie(raw)
    if isinstance(named, Defect):
        return named
    if raw.startswith(_BOM) and named != "utf-8":
        return Defect(f"expected a utf-8 cookie after the byte order mark, found {named}", 1)
    try:
        text = raw.removeprefix(_BOM).decode(named)
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        return Defect(f"expected {named}, found byte 0x{raw[fault.start]:02x}", line)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode_text(raw: bytes) -> str | Defect:
    """Return the text of a file in another language: strict UTF-8, one BOM dropped, `\\n` line ends."""
    try:
        text = raw.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as fault:
        return Defect(f"expected utf-8, found byte 0x{raw[fault.start]:02x}", raw.count(b"\n", 0, fault.start) + 1)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse_source(text: str) -> ast.Module | Defect:
    """Return the syntax tree of decoded source; whatever keeps the parser from one is a Defect with its line. Nothing is printed."""
    data = text.encode()
    if chain := _CHAIN.search(data):
        return Defect("a name has more than 400 dotted parts", data.count(b"\n", 0, chain.start()) + 1)
    if fields := _costly_fields(data):
        return Defect("f-strings have too many fields for their length", data.count(b"\n", 0, fields) + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as fault:
        return Defect((fault.msg or "invalid syntax")[:_SHOWN], fault.lineno or 1)
    except (RecursionError, MemoryError, ValueError, OverflowError) as fault:
        return Defect(f"is nested too deeply to be parsed ({type(fault).__name__})")


def _costly_fields(data: bytes) -> int:
    """Return the offset of the f-string at which reading the fields of all of them takes too long, 0 where there is none."""
    cost = 0
    for found in _LITERAL.finditer(data) if data.count(b"{") > _FEW_FIELDS else ():
        if b"f" in (found["prefix"] or b"").lower():
            text = found["text"]
            cost += (text.count(b"{") - 2 * text.count(b"{{")) * len(text)
            if cost > _MOST_FIELDS:
                return found.start("text")
    return 0


def blank_prose(text: str, tree: ast.Module) -> str:
    """Return `text` with comments and docstrings as spaces, every other character and every line end at its place.

    Bare strings of any statement count: they have no effect. Where the code names `__doc__` a docstring is a value that can be run,
    and all of them stay. Text that does not tokenise comes back as it is, never emptied.
    """
    lines = text.split("\n")
    spans = _comments(lines)
    if spans is None:
        return text
    if "__doc__" not in text:
        spans.extend(span for node in _bare_strings(tree) for span in _spans_of(lines, node))
    # Every span was measured on the untouched lines; blanking keeps lengths, so their order does not matter.
    for number, start, end in spans:
        line = lines[number]
        lines[number] = line[:start] + " " * (end - start) + line[end:]
    return "\n".join(lines)


def spelled(text: str) -> str:
    """Return source with identifiers as the interpreter spells them: NFKC. What looks for a word looks here."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield every statement at any depth, without recursion and without looking into expressions."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt):
            yield node
        waiting.extend(inner_statements(node))


def inner_statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements, handlers and cases directly inside `node`."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        block = getattr(node, field, None)
        if isinstance(block, list):
            yield from block


def _cookie(raw: bytes) -> str | Defect:
    named = "utf-8"
    head = raw.removeprefix(_BOM)
    # The interpreter and the tokenizer disagree whether a lone CR ends the first line: both readings have to be harmless.
    for lines in (_LINE_END.split(head, _FALLBACK_LINES), head.split(b"\n", _FALLBACK_LINES)):
        found = _cookie_of(lines[:_FALLBACK_LINES])
        if found is None:
            continue
        known = _known_encoding(found)
        if known is None:
            return Defect(f"expected a coding cookie of utf-8, ascii or a code page, found {found}", 1)
        named = known
    return named


def _cookie_of(lines: list[bytes]) -> str | None:
    for line in lines:
        found = _COOKIE.match(line)
        if found:
            return found.group(1).decode("ascii")
        if not _BLANK.match(line.rstrip(b"\r")):
            return None
    return None


def _known_encoding(name: str) -> str | None:
    plain = name.lower().replace("_", "-")
    for names, known in ((_UTF8, "utf-8"), (_LATIN1, "latin-1"), (_ASCII, "ascii")):
        if plain in names or plain.startswith(f"{known}-"):
            return known
    return _ONE_BYTE.get(plain)


def _comments(lines: list[str]) -> list[tuple[int, int, int]] | None:
    """Return (line index, start, end) of every comment, None when the text does not tokenise."""
    source = iter([line + "\n" for line in lines])
    found = []
    try:
        for token in tokenize.generate_tokens(source.__next__):
            if token.type == tokenize.ERRORTOKEN and not token.string.isspace():
                return None
            if token.type == tokenize.COMMENT:
                found.append((token.start[0] - 1, token.start[1], token.end[1]))
    except (tokenize.TokenError, *ParseFault):
        return None
    return found


def _bare_strings(tree: ast.Module) -> Iterator[ast.expr]:
    for node in statements(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value


def _spans_of(lines: list[str], node: ast.expr) -> Iterator[tuple[int, int, int]]:
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    for number in range(first, last + 1):
        line = lines[number]
        start = _column(line, node.col_offset) if number == first else 0
        end = _column(line, node.end_col_offset or 0) if number == last else len(line)
        yield number, start, end


def _column(line: str, offset: int) -> int:
    """Return the character index of a UTF-8 byte offset."""
    return offset if line.isascii() else len(line.encode()[:offset].decode("utf-8", "ignore"))
