"""The one escaper: every string that a builder wrote passes here before a person or a ledger sees it."""

from __future__ import annotations

import html
import re
import unicodedata

FIELD_LIMIT = 240
"""Characters a ledger or log field may have after escaping (hostile.md, Limits)."""

PATH_LIMIT = 16384
"""Characters a path may have that is to be read or pasted as a whole: the system's 4096 bytes, each of them escaped."""

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}
_PLAIN = re.compile(r"[\x20-\x5b\x5d-\x7e\u00a1-\u00ac\u00ae-\u02ff\u2013\u2014\u2018-\u201d\u2026]*\Z")
_RULE = re.compile(r"-{3,}")
_HEADING = re.compile(r"#+(?= )")
_MARKUP = re.compile(r"<(?=[A-Za-z/!?])|&(?=#?\w+;)|\](?=\()")
"""What begins a tag or comment, a character reference, the end of a link's text: a name between `<!--` and `-->` would not be shown."""
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAGS = re.compile(r"</?(?:br|hr|p|div|span|b|i|u|s|em|strong|code|pre|sub|sup|small|big|ul|ol|li|a|font|mark)(?:\s[^<>]{0,200})?/?>", re.I)
_EMPTY = re.compile(r"!\[\s*\]\(\s*\)|(?<!!)\[\s*\](?:\([^()\s]{0,200}\))?|`+\s+`+")
"""An image without a target, a link without a text, a checkbox that is not ticked, code of blanks."""
_POINTS = re.compile(r"[.:,;…·*_~`|\"']*\Z")
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a symbol that are drawn as nothing."""

_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Zl", "Zp"})


def escape(text: str, limit: int = FIELD_LIMIT) -> str:
    """Return `text` as one line that cannot move a cursor, reorder itself, or look like ledger structure.

    Control, format (bidi, zero-width) and unassigned characters become `\\xNN` or `\\uNNNN`, undecodable bytes `\\xNN`,
    a backslash is doubled, `---` and Markdown heading marks are broken by backslashes. Longer than `limit` characters: cut,
    with `…` as the last one (ledger.md section 1, tamper classes; hostile.md, Limits). What Markdown would read as HTML, a character
    reference or a link is broken likewise, so that a rendered ledger hides no name.
    """
    shown = text if _PLAIN.match(text) else "".join(map(_escape_char, text))
    shown = _RULE.sub(lambda found: "\\-" * len(found.group()), shown)
    shown = _HEADING.sub(lambda found: "\\#" * len(found.group()), shown)
    shown = _MARKUP.sub(r"\\\g<0>", shown)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _escape_char(char: str) -> str:
    named = _NAMED.get(char)
    if named is not None:
        return named
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    category = unicodedata.category(char)
    if category in _INVISIBLE or category == "Cs" or (category == "Zs" and char != " "):
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return char


def visible(text: str) -> str:
    """Return what a reader of the rendered text learns from it: no HTML comments and tags, no white space, no characters drawn as nothing.

    Empty links and boxes say nothing, and neither do points and colons alone: then the result is empty.
    """
    shown = _COMMENT.sub("", text) if "<!--" in text else text
    shown = html.unescape(_EMPTY.sub("", _TAGS.sub("", shown)))
    shown = "".join(
        char for char in shown if not char.isspace() and char not in _BLANK_LETTERS and unicodedata.category(char) not in _INVISIBLE
    )
    return "" if _POINTS.match(shown) else shown


def counted(number: int, noun: str) -> str:
    """Return `1 file`, `2 files`, `0 files`: a number with its regular noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def recordable(text: str) -> str:
    """Return `text` in a form the journal may keep: valid Unicode in NFC (ledger.md section 1, Journal).

    Undecodable bytes become `\\xNN`; a string that is not NFC keeps its exact characters as `\\uNNNN`, so two spellings of one
    name stay two names. Line breaks stay: canonical JSON escapes them itself.
    """
    if text.isascii():
        return text
    if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        text = "".join(
            f"\\x{ord(c) - 0xDC00:02x}" if 0xDC80 <= ord(c) <= 0xDCFF else f"\\u{ord(c):04x}" if 0xD800 <= ord(c) <= 0xDFFF else c
            for c in text
        )
    if unicodedata.is_normalized("NFC", text):
        return text
    return "".join(c if c.isascii() else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in text)
