"""What a person who reads a rendered text learns from it: a section of nothing but comments and boxes says nothing."""

from __future__ import annotations

import html
import re
import unicodedata

from forgewatch.core.text import INVISIBLE

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAGS = re.compile(r"</?(?:br|hr|p|div|span|b|i|u|s|em|strong|code|pre|sub|sup|small|big|ul|ol|li|a|font|mark)(?:\s[^<>]{0,200})?/?>", re.I)
_EMPTY = re.compile(r"!\[\s*\]\(\s*\)|(?<!!)\[\s*\](?:\([^()\s]{0,200}\))?|`+\s+`+")
"""An image without a target, a link without a text, a checkbox that is not ticked, code of blanks."""
_POINTS = re.compile(r"[.:,;…·*_~`|\"']*\Z")
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a symbol that are drawn as nothing."""


def visible(text: str) -> str:
    """Return what a reader of the rendered text learns from it: no HTML comments and tags, no white space, no characters drawn as nothing.

    Empty links and boxes say nothing, and neither do points and colons alone: then the result is empty.
    """
    shown = _COMMENT.sub("", text) if "<!--" in text else text
    shown = html.unescape(_EMPTY.sub("", _TAGS.sub("", shown)))
    shown = "".join(
        char for char in shown if not char.isspace() and char not in _BLANK_LETTERS and unicodedata.category(char) not in INVISIBLE
    )
    return "" if _POINTS.match(shown) else shown
