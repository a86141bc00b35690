"""The claim sections of a diff log to one claim: which blocks are rows, and what each row says (checks.md section 0, Claim)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forgewatch.core.claim_rows import Row, is_name, read_row
from forgewatch.core.difflog import Claim, ClaimDefect
from forgewatch.core.markdown_body import QUOTED, Block, Kind
from forgewatch.core.values import RepoPath

_PATH_COLUMNS = frozenset({"file", "files", "path", "paths", "filename", "file name", "filenames", "file path", "file paths"})


def read_rows(blocks: Sequence[Block]) -> Claim:
    """Return the claim that the blocks of the claim sections state, in order and without repeats (checks.md section 0, Claim)."""
    found: dict[RepoPath, int] = {}
    defects: list[ClaimDefect] = []
    rows = list(_rows(blocks))
    for line, text, row in rows:
        for path in row.paths:
            found.setdefault(path, line)
        if row.why:
            defects.append(ClaimDefect(text=row.text or text, line=line, why=row.why))
    defects += [] if rows else _shown(blocks)
    return Claim(paths=tuple(found), lines=tuple(found.values()), defects=tuple(defects))


def _shown(blocks: Sequence[Block]) -> Iterator[ClaimDefect]:
    """Yield what a section without rows shows in code, quotes or HTML: no claim, unless it is exactly the path of a file."""
    shown = [block for block in blocks if block.kind in QUOTED and not _is_comment(block)]
    named = [(block, str(row.paths[0])) for block in shown for row in map(read_row, block.lines) if len(row.paths) == 1]
    told = named or [(block, "\n".join(block.lines[:1])) for block in shown[:1]]
    for block, text in told:
        yield ClaimDefect(text=text, line=block.line, why=f"stands in a {block.kind} block, not in a list")


def _is_comment(block: Block) -> bool:
    return block.kind is Kind.HTML and block.text.startswith("<!--") and block.text.endswith("-->")


def _rows(blocks: Sequence[Block]) -> Iterator[tuple[int, str, Row]]:
    """Yield line, text and reading of each row."""
    column = 0
    outline: list[_Level] = []
    for at, block in enumerate(blocks):
        if block.kind is Kind.ROW and block.header:
            column = _path_column(block)
        elif block.kind is Kind.ROW:
            yield from _cell(block, column)
        elif block.kind is Kind.ITEM:
            below = at + 1 < len(blocks) and blocks[at + 1].kind is Kind.ITEM and blocks[at + 1].depth > block.depth
            yield from _item(block, outline, group=below)
        elif block.kind is Kind.PARAGRAPH and not block.depth:
            yield from _lines(block)


@dataclass(frozen=True, slots=True)
class _Level:
    """An item with others below it: they explain its path, or it is a group, perhaps of files in `folder`."""

    depth: int
    explained: bool
    folder: str


def _item(block: Block, outline: list[_Level], *, group: bool) -> Iterator[tuple[int, str, Row]]:
    while outline and outline[-1].depth >= block.depth:
        outline.pop()
    above = outline[-1] if outline else _Level(0, False, "")
    text = block.lines[0]
    row = read_row(text)
    if above.folder:
        row = _inside(above.folder, row)
    heads = group and bool(row.why) and not above.explained
    if not heads and (not above.explained or _stands_alone(text, row)):
        yield block.line, text, row
    folder = row.text.replace("\\", "/") if heads and row.text.endswith(("/", "\\")) else ""
    outline.append(_Level(block.depth, above.explained or bool(row.paths), folder))


def _inside(folder: str, row: Row) -> Row:
    """Return the row with bare names put into the folder that the item above names."""
    return Row(paths=tuple(path if "/" in path else RepoPath(folder + path) for path in row.paths), text=row.text, why=row.why)


def _stands_alone(text: str, row: Row) -> bool:
    """True for an explaining item that is a path and nothing else: then it is a row that was indented."""
    return len(row.paths) == 1 and "/" in row.paths[0] and text.strip(" `") == row.paths[0]


def _lines(block: Block) -> Iterator[tuple[int, str, Row]]:
    """Yield the lines of a paragraph that are paths or say `None`; other lines are prose, not rows."""
    for offset, text in enumerate(block.lines):
        line = text.lstrip("-•▪◦· ")
        row = read_row(line)
        if line.startswith("|"):
            yield block.line + offset, text, Row(text=text, why="stands in a table without its second line")
        elif not row.why and (not row.paths or is_name(line.strip("` "))):
            yield block.line + offset, text, row


def _path_column(header: Block) -> int:
    names = [cell.strip(" *`_").casefold() for cell in header.cells]
    return next((at for at, name in enumerate(names) if name in _PATH_COLUMNS), 0)


def _cell(block: Block, column: int) -> Iterator[tuple[int, str, Row]]:
    text = block.cells[column] if column < len(block.cells) else ""
    if text:
        yield block.line, text, read_row(text)
    elif any(block.cells):
        yield block.line, block.text, Row(text=block.text, why="has no path")
