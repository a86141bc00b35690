"""JSON with comments and trailing commas, as the configuration of TypeScript is written. Everything else is as strict as elsewhere."""

from __future__ import annotations

import re

from forgewatch.core.canonical import Json
from forgewatch.core.defect import Defect
from forgewatch.core.strict_json import decode_document, parse_json

# What is not closed is taken to its end: to try again at each quote would take time in the square of the size.
_STRING = r'"(?:[^"\\\n]|\\.)*+"?'
_COMMENT = re.compile(rf"({_STRING})|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?")
_COMMA = re.compile(rf"({_STRING})|,(?=\s*+[}}\]])")
_VISIBLE = re.compile(r"[^\n]")


def parse_jsonc(raw: bytes) -> Json | Defect:
    """Return the value of the bytes, or a Defect with line, column and both sides. Never raises; linear in the size."""
    text = decode_document(raw)
    if isinstance(text, Defect):
        return text
    for pattern in (_COMMENT, _COMMA):
        text = pattern.sub(lambda found: found.group(1) or _VISIBLE.sub(" ", found.group()), text)
    return parse_json(text.encode("utf-8"))
