"""JSON that somebody else wrote, read so that two readers cannot see two documents (hostile.md, Limits: contracts).

Refused: more than 256 KiB, depth over 32, duplicate keys, NaN and Infinity, integers of more than 18 digits, bytes that are not UTF-8, lone
surrogates, anything after the value. The time is linear in the size.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from forgewatch.core.canonical import Json
from forgewatch.core.defect import Defect
from forgewatch.core.limits import LIMITS, Limits

_BOM = b"\xef\xbb\xbf"
_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)((?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)")
_WORD = re.compile(r"[A-Za-z_0-9.+-]{1,40}")
_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None}
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SHOWN = 40


class _Stop(Exception):
    """Carries a fault and its place out of the reader; it never leaves this module."""

    def __init__(self, why: str, place: int) -> None:
        super().__init__(why)
        self.why = why
        self.place = place


@dataclass(slots=True)
class _Reader:
    """The text and how far it has been read. Recursion is bounded by `limits.contract_depth`."""

    text: str
    limits: Limits
    place: int = 0

    def document(self) -> Json:
        """Read one value that takes up the whole text."""
        value = self.value(1)
        if self.peek():
            raise _Stop(f"expected the end of the document, found {self.shown()}", self.place)
        return value

    def value(self, depth: int) -> Json:
        """Read the value that starts here. `depth` counts open arrays and objects, this value included if it is one."""
        char = self.peek()
        if char and char in "{[":
            if depth > self.limits.contract_depth:
                raise _Stop(f"expected at most {self.limits.contract_depth} levels, found one more", self.place)
            self.place += 1
            return self.object(depth) if char == "{" else self.array(depth)
        if char == '"':
            return self.string()
        return self.scalar()

    def object(self, depth: int) -> dict[str, Json]:
        """Read the members of an object whose brace is already read."""
        members: dict[str, Json] = {}
        if self.took("}"):
            return members
        while True:
            if self.peek() != '"':
                raise _Stop(f"expected a key in double quotes, found {self.shown()}", self.place)
            start = self.place
            key = self.string()
            if key in members:
                raise _Stop(f"expected each key once, found {key[:_SHOWN]!r} again", start)
            self.expect(":")
            members[key] = self.value(depth + 1)
            if self.took("}"):
                return members
            self.expect(",", "',' or '}'")

    def array(self, depth: int) -> list[Json]:
        """Read the items of an array whose bracket is already read."""
        items: list[Json] = []
        if self.took("]"):
            return items
        while True:
            items.append(self.value(depth + 1))
            if self.took("]"):
                return items
            self.expect(",", "',' or ']'")

    def string(self) -> str:
        """Read the string that starts here."""
        found = _STRING.match(self.text, self.place)
        if found is None:
            raise _Stop("expected a string on one line with valid escapes, found none that ends", self.place)
        literal = found.group()
        text = json.loads(literal) if "\\" in literal else literal[1:-1]
        if _SURROGATE.search(text):
            raise _Stop("expected whole characters, found half of a surrogate pair", self.place)
        self.place = found.end()
        return str(text)

    def scalar(self) -> Json:
        """Read a number or one of the three words."""
        number = _NUMBER.match(self.text, self.place)
        word = _WORD.match(self.text, self.place)
        if number and word and number.end() == word.end():
            return self.number(number)
        if word is None or word.group() not in _WORDS:
            raise _Stop(f"expected a value, found {self.shown()}", self.place)
        self.place = word.end()
        return _WORDS[word.group()]

    def number(self, found: re.Match[str]) -> Json:
        """Return an integer, or the text of a number with a fraction or exponent: no check computes with those."""
        literal = found.group()
        digits = len(literal.lstrip("-"))
        if digits > self.limits.integer_digits:
            raise _Stop(f"expected at most {self.limits.integer_digits} digits, found {digits}", self.place)
        self.place = found.end()
        return literal if found.group(1) else int(literal)

    def peek(self) -> str:
        """Skip white space and return the next character, empty at the end."""
        space = _SPACE.match(self.text, self.place)
        self.place = space.end() if space else self.place
        return self.text[self.place : self.place + 1]

    def took(self, char: str) -> bool:
        """Read `char` if it comes next."""
        if self.peek() != char:
            return False
        self.place += 1
        return True

    def expect(self, char: str, wanted: str = "") -> None:
        """Read `char`, or stop and say what was found."""
        if not self.took(char):
            raise _Stop(f"expected {wanted or repr(char)}, found {self.shown()}", self.place)

    def shown(self) -> str:
        """Return what stands here, for people."""
        rest = self.text[self.place : self.place + 12]
        return repr(rest) if rest else "the end"


def parse_json(raw: bytes, limits: Limits = LIMITS) -> Json | Defect:
    """Return the value of JSON bytes, or a Defect with line, column and both sides. Never raises, whatever the bytes.

    Integers are `int`; a number with a fraction or exponent is returned as its text.
    """
    if len(raw) > limits.contract_bytes:
        return Defect(f"expected at most {limits.contract_bytes} bytes, found {len(raw)}")
    text = decode_document(raw)
    if isinstance(text, Defect):
        return text
    try:
        return _Reader(text, limits).document()
    except _Stop as stop:
        return defect_at(text, stop.place, stop.why)


def decode_document(raw: bytes) -> str | Defect:
    """Return the text of strict UTF-8 bytes, one byte order mark dropped."""
    try:
        return raw.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as fault:
        before = raw[: fault.start]
        column = fault.start - before.rfind(b"\n")
        return Defect(f"expected UTF-8, found byte 0x{raw[fault.start]:02x}", before.count(b"\n") + 1, column)


def defect_at(text: str, place: int, why: str) -> Defect:
    """Return the Defect of a character index, with line and column counted from 1."""
    return Defect(why, text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place))
