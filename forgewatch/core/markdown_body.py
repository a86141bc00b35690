"""The body of a builder's document as blocks and sections (checks.md section 0).

CommonMark with tables, block structure only: no inline parsing, so no bracket or backtick can cost more than its line. What the
builder says is told apart from what the builder quotes: code, block quotes, HTML and the sections that hold diffs are no body.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from markdown_it import MarkdownIt
from markdown_it.token import Token

from forgewatch.core.document import Document
from forgewatch.core.titles import is_known_title, quotes_a_diff, title_key

LINE_CHARS = 8192
"""Characters of one line that are looked at: no path and no statement is longer, and a rule of the parser may read a line often."""


_PARSER = MarkdownIt("commonmark").enable("table").disable("reference")
"""Holds rules and no state of a document: every parse makes its own."""


class Kind(StrEnum):
    """What a block is. ITEM is the first paragraph of a list item, ROW a table row; CODE, QUOTE and HTML are not body."""

    HEADING = "heading"
    ITEM = "item"
    PARAGRAPH = "paragraph"
    ROW = "row"
    CODE = "code"
    QUOTE = "quote"
    HTML = "html"


QUOTED = frozenset({Kind.CODE, Kind.QUOTE, Kind.HTML})
"""Kinds that show something and state nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block. `lines` are its stripped lines, `line` the 1-based number of the first; they stand on consecutive lines.

    `depth`: level of a heading, else the number of lists around the block. `cells`: of a row, `header` for a table's first row.
    """

    kind: Kind
    line: int
    lines: tuple[str, ...]
    depth: int = 0
    cells: tuple[str, ...] = ()
    header: bool = False

    @property
    def text(self) -> str:
        """The lines joined by line ends."""
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A heading and what stands under it. `own` ends before the first deeper heading, `blocks` includes deeper ones."""

    title: str
    key: str
    line: int
    level: int
    own: tuple[Block, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A document without what it quotes. `preamble` stands before the first heading below the title, `open_fence`: a fence never closed."""

    title: str
    preamble: tuple[Block, ...]
    parts: tuple[Part, ...]
    blocks: tuple[Block, ...]
    open_fence: bool


def parse_body(document: Document, numbers: Sequence[int]) -> Body:
    """Return the blocks and sections of a bounded document. Never fails; time grows with its size only."""
    walk = _Walk(lines=document.lines, numbers=numbers)
    for token in _tokens(document.lines):
        walk.take(token)
    return _assemble(walk)


def _tokens(lines: Sequence[str]) -> list[Token]:
    tokens: list[Token] = []
    _PARSER.block.parse("\n".join(line[:LINE_CHARS] for line in lines) + "\n", _PARSER, {}, tokens)
    return tokens


@dataclass(slots=True, kw_only=True)
class _Walk:
    """Turns tokens into blocks; lives for one document."""

    lines: Sequence[str]
    numbers: Sequence[int]
    blocks: list[Block] = field(default_factory=list)
    lists: int = 0
    quotes: int = 0
    fresh: bool = False
    header: bool = False
    heading: str = ""
    cells: list[str] | None = None
    row_line: int = 1
    open_fence: bool = False

    def take(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._inline(token)
            case "fence" | "code_block" | "html_block":
                self._quoted(token)
            case "tr_open":
                self.cells = []
            case "tr_close":
                self._row(token)
            case _:
                self._structure(token)

    def _structure(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open" | "bullet_list_close" | "ordered_list_close":
                self.lists += token.nesting
            case "blockquote_open" | "blockquote_close":
                self.quotes += token.nesting
            case "list_item_open" | "list_item_close":
                self.fresh = token.nesting == 1
            case "thead_open" | "thead_close":
                self.header = token.nesting == 1
            case "heading_open":
                self.heading = token.markup + token.tag[1:] if token.level == 0 else ""
            case "heading_close":
                self.heading = ""

    def _inline(self, token: Token) -> None:
        if self.cells is not None:
            self.cells.append(token.content)
            self._place(token)
            return
        lines = tuple(line.strip() for line in token.content.split("\n"))
        kind = self._kind(lines)
        self.fresh = False
        depth = int(self.heading[-1]) if kind is Kind.HEADING else self.lists
        self.blocks.append(Block(kind=kind, line=self._place(token), lines=lines, depth=depth))

    def _kind(self, lines: tuple[str, ...]) -> Kind:
        if self.quotes:
            return Kind.QUOTE
        if self.heading and _is_title(self.heading, lines):
            return Kind.HEADING
        return Kind.ITEM if self.fresh else Kind.PARAGRAPH

    def _quoted(self, token: Token) -> None:
        lines = tuple(line.strip() for line in token.content.split("\n") if line.strip())
        kind = Kind.QUOTE if self.quotes else Kind.HTML if token.type == "html_block" else Kind.CODE
        self.blocks.append(Block(kind=kind, line=self._place(token), lines=lines, depth=self.lists))
        self.fresh = False
        if token.type == "fence" and token.map is not None and token.map[1] >= len(self.lines):
            self.open_fence = not _closes(self.lines[token.map[1] - 1], token, token.map[1] - token.map[0])

    def _row(self, token: Token) -> None:
        cells = tuple(self.cells or ())
        self.cells = None
        kind = Kind.QUOTE if self.quotes else Kind.ROW
        row = Block(kind=kind, line=self.row_line, lines=(" | ".join(cells),), depth=self.lists, cells=cells, header=self.header)
        self.blocks.append(row)

    def _place(self, token: Token) -> int:
        start = token.map[0] if token.map else 0
        self.row_line = self.numbers[start]
        return self.row_line


def _is_title(heading: str, lines: tuple[str, ...]) -> bool:
    """Tell a heading from a paragraph that a ruler below turned into one: `---` after text is meant as a ruler."""
    if heading.startswith("#"):
        return True
    return len(lines) == 1 and (heading.startswith("=") or is_known_title(title_key(lines[0])))


def _closes(last: str, token: Token, height: int) -> bool:
    return height > 1 and last.strip(" \t>").startswith(token.markup) and not last.strip(" \t>" + token.markup[0])


def _assemble(walk: _Walk) -> Body:
    blocks = _without_hunks(walk)
    heads = [at for at, block in enumerate(blocks) if block.kind is Kind.HEADING]
    ends = _ends(blocks, heads)
    parts = tuple(
        Part(
            title=blocks[at].text,
            key=title_key(blocks[at].text),
            line=blocks[at].line,
            level=blocks[at].depth,
            own=tuple(blocks[at + 1 : own_end]),
            blocks=tuple(blocks[at + 1 : end]),
        )
        for at, own_end, end in zip(heads, [*heads, len(blocks)][1:], ends, strict=True)
    )
    title = next((part.title for part in parts if part.level == 1), "")
    below = next((at for at in heads if blocks[at].depth > 1), len(blocks))
    preamble = tuple(block for block in blocks[:below] if block.kind is not Kind.HEADING)
    return Body(title=title, preamble=preamble, parts=parts, blocks=tuple(blocks), open_fence=walk.open_fence)


def _without_hunks(walk: _Walk) -> list[Block]:
    kept: list[Block] = []
    quoting = 0
    for block in walk.blocks:
        ends = block.kind is Kind.HEADING and (not quoting or _ends_quoting(block, quoting, walk))
        if ends:
            quoting = max(block.depth, 2) if quotes_a_diff(title_key(block.text)) else 0
        if ends or not quoting:
            kept.append(block)
    return kept


def _ends_quoting(block: Block, level: int, walk: _Walk) -> bool:
    """A quoted diff has headings too, but never in the first column: there stands the diff's own mark."""
    source = walk.lines[bisect_left(walk.numbers, block.line)]
    return source.startswith("#") and block.depth <= level


def _ends(blocks: Sequence[Block], heads: Sequence[int]) -> list[int]:
    """Return where each heading's section ends. The title counts as a heading of the second level, so it does not hold everything."""
    ends = [len(blocks)] * len(heads)
    open_heads: list[int] = []
    for order, at in enumerate(heads):
        level = max(blocks[at].depth, 2)
        while open_heads and max(blocks[heads[open_heads[-1]]].depth, 2) >= level:
            ends[open_heads.pop()] = at
        open_heads.append(order)
    return ends
