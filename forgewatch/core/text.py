"""The one escaper: every string that a builder wrote passes here before a person or a ledger sees it."""

from __future__ import annotations

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

INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Zl", "Zp"})
"""The categories of characters that nobody sees where they stand."""


def escape(text: str, limit: int = FIELD_LIMIT) -> str:
    """Return `text` as one line that cannot move a cursor, reorder itself, or look like ledger structure.

    Control, format (bidi, zero-width) and unassigned characters become `\\xNN` or `\\uNNNN`, undecodable bytes `\\xNN`,
    a backslash is doubled, `---` and Markdown heading marks are broken by backslashes. Longer than `limit` characters: cut,
    with `…` as the last one (ledger.md section 1, tamper classes; hostile.md, Limits). What Markdown would read as HTML, a character
    reference or a link is broken likewise, so that a rendered ledger hides no name.
    """
    shown = text if _PLAIN.match(text) else "".join(map(_escape_char, text))
    # Most text has none of it, and a ledger of thousands of entries is rendered to be compared.
    shown = _RULE.sub(lambda found: "\\-" * len(found.group()), shown) if "---" in shown else shown
    shown = _HEADING.sub(lambda found: "\\#" * len(found.group()), shown) if "# " in shown else shown
    shown = _MARKUP.sub(r"\\\g<0>", shown) if "<" in shown or "&" in shown or "](" in shown else shown
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def quoted(text: str) -> str:
    """Return `text` as one line that shows what somebody wrote as it is, to be quoted as code: only what nobody would see is escaped.

    Tabs and backslashes stay. Not for a ledger: there `escape` is the one.
    """
    return text if _PLAIN.match(text) else "".join(char if char in "\t\\" else _escape_char(char) for char in text)


def _escape_char(char: str) -> str:
    named = _NAMED.get(char)
    if named is not None:
        return named
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    category = unicodedata.category(char)
    if category in INVISIBLE or category == "Cs" or (category == "Zs" and char != " "):
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return char


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
