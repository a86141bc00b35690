"""What stands in a diff log where a statement is due (checks.md A5, contract §11): `TODO`, `TBD`, `FIXME`, `<placeholder>`.

An item that begins with one is a placeholder. `TODO:` with its colon is one at the start of any line outside of code, so that a lazy
continuation, a checkbox, a quote, an HTML tag, a heading or an invisible character hides none.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence

from forgewatch.core.difflog import Placeholder
from forgewatch.core.markdown_body import QUOTED, Block, Kind

_ITEM = re.compile(r"(?:TBD|FIXME)[.:]?$|<(?!/)[A-Za-z][^<>]*>$")
_TODO = re.compile(r"TODO(?:s?[\s*_]*(?::|$)|(?!\w)|_(?!\w))(?!-\w+(?!\w|:))")
"""`TODO` as a word of its own. A compound (`TODO-list`) and a name (`TODO_ITEMS`) are other words."""
_NAME = re.compile(r"TODO(?:[/\\][\w.@+-]{1,100})*\.[A-Za-z]\w{0,3}(?!\w)|TODO(?:[/\\][\w@+-]{1,100})*[/\\](?=\s|\Z)")
"""A file or folder called so: `TODO.md`, `TODO/list.md`."""
_OPENING = re.compile(
    r"(?:[\s*_]|\[[ xX]\]\s|!?\[(?=[^\]]{1,200}\]\()|</?(?:b|i|u|em|strong|span|mark|font|p|div)(?:\s[^<>]{0,200})?>)+", re.IGNORECASE
)
"""What may stand before the first word of an item and changes nothing: emphasis, a checkbox, a link, a tag."""
_HEADING = re.compile(r"(TODO|TBD|FIXME)\W*\Z")
_POINTS = re.compile(r"<(?:[A-Za-z][\w+.-]*://[^\s<>]+|[^\s<>@]+@[^\s<>@]+|(?:[^\s<>/]+/)*[^\s<>/]*\.[A-Za-z]\w{0,9})>\Z")
_ELEMENT = re.compile(
    r"</?(?:br|hr|p|div|span|details|summary|table|t[rdh]|thead|tbody|ul|ol|li|pre|code|img|a|b|i|em|strong|sub|sup)(?![\w-])", re.I
)
_VERBATIM = re.compile(r"<(?:!--|pre\b|script\b|style\b|textarea\b)", re.I)
_TAG = re.compile(r"\A\s*<[A-Za-z][^<>]{0,200}>")
_MARK = re.compile(r"\A\s*(?:\[[ xX]\]|\[\^[\w-]{1,40}\]:)\s*")
_LEAD = re.compile(r"\A[^\w<`]+")
_LINE = re.compile(r"TODO(?:s|[/&+](?:TBD|FIXME|XXX))?[\s*_\])]*:|TODO[\])]")


def find_placeholders(blocks: Sequence[Block]) -> Iterator[Placeholder]:
    """Yield the placeholders of the body with the lines they stand in. Code, and names in backticks, are nothing."""
    for block in blocks:
        whole = [text for text in _statements(block) if _is_placeholder(_shown(text).replace("*", "").strip(" _"))]
        if whole:
            yield from (Placeholder(text=text, line=block.line) for text in whole)
        else:
            yield from (Placeholder(text=line, line=block.line + offset) for offset, line in _lines(block) if _is_left(line))


def _statements(block: Block) -> Sequence[str]:
    """Return the texts of a block that are whole items: its cells, or all of it."""
    if block.kind is Kind.HTML:
        return block.lines if len(block.lines) == 1 and _ELEMENT.match(block.text) is None else ()
    if block.kind is Kind.HEADING:
        found = _HEADING.match(_LEAD.sub("", _shown(block.text)))
        return (found.group(1),) if found else ()
    if block.kind in QUOTED:
        return ()
    return [cell for cell in block.cells if cell] if block.kind is Kind.ROW else (block.text,)


def _lines(block: Block) -> Iterator[tuple[int, str]]:
    if block.kind is Kind.ROW:
        yield from ((0, cell) for cell in block.cells)
    elif block.kind is not Kind.CODE and not (block.kind is Kind.HTML and _VERBATIM.match(block.text)):
        yield from enumerate(block.lines)


def _is_placeholder(text: str) -> bool:
    """An address or a file in angle brackets is a link, and says something."""
    if _ITEM.match(text) is not None and _POINTS.match(text) is None:
        return True
    text = _OPENING.sub("", text, count=1) if _OPENING.match(text) else text
    return _TODO.match(text) is not None and _NAME.match(text) is None


def _shown(text: str) -> str:
    """Return what a reader sees of a text: entities decoded, nothing invisible."""
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return text


def _is_left(line: str) -> bool:
    line = _shown(line)
    if "TODO" not in line:
        return False
    for mark in (_TAG, _MARK, _LEAD):
        line = mark.sub("", line)
    return _LINE.match(line) is not None
