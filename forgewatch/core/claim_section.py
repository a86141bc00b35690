"""The claim sections of a diff log to one claim: which blocks are rows, and what each row says (checks.md section 0, Claim)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from forgewatch.core.claim_remarks import means_deleted, means_unchanged
from forgewatch.core.claim_rows import Row, continues, is_name, read_row
from forgewatch.core.difflog import Claim, ClaimDefect, ClaimHint
from forgewatch.core.markdown_body import QUOTED, Block, Kind
from forgewatch.core.values import Refused, RepoPath

_PATH_COLUMNS = frozenset(
    {"file", "files", "path", "paths", "filename", "file name", "filenames", "filepath", "file path", "file paths", "file/path"}
    | {f"{word} {noun}" for word in ("changed", "modified", "new", "affected", "touched") for noun in ("file", "files", "path", "paths")}
    | {"file changed", "files changed"}
)
_BOLD = re.compile(r"\*\*([^*]+)\*\*:?")


def read_rows(blocks: Sequence[Block]) -> Claim:
    """Return the claim that the blocks of the claim sections state, in order and without repeats (checks.md section 0, Claim)."""
    found: dict[RepoPath, int] = {}
    defects: list[ClaimDefect] = []
    hints: list[ClaimHint] = []
    told = list(_rows(blocks))
    below = {line for one in told for line in one.below}
    # What perhaps only explains a file comes last: a path that is also stated by itself is claimed there.
    for one in sorted(told, key=lambda one: one.line in below):
        for path in one.row.paths:
            found.setdefault(path, one.line)
        defects += (ClaimDefect(text=refused.raw or one.text, line=one.line, why=refused.why) for refused in one.row.refused)
        hints += (ClaimHint(text=text, line=one.line, below=tuple(one.below)) for text in one.row.hints)
    defects += () if any(one.row == Row() or one.row.paths or one.row.refused for one in told) else _shown(blocks)
    paths = sorted(found, key=found.__getitem__)
    return Claim(
        paths=tuple(paths),
        lines=tuple(found[path] for path in paths),
        defects=tuple(sorted(defects, key=lambda defect: defect.line)),
        hints=tuple(hints),
    )


def _shown(blocks: Sequence[Block]) -> Iterator[ClaimDefect]:
    """Yield what a section without rows shows in code, quotes or HTML: no claim, unless it is exactly the path of a file."""
    shown = [block for block in blocks if block.kind in QUOTED and not _is_comment(block)]
    named = [(block, str(row.paths[0])) for block in shown for row in map(read_row, block.lines) if len(row.paths) == 1]
    told = named or [(block, "".join(block.lines[:1])) for block in shown[:1]]
    for block, text in told:
        yield ClaimDefect(text=text, line=block.line, why=f"stands in a {block.kind} block, not in a list")


def _is_comment(block: Block) -> bool:
    return block.kind is Kind.HTML and block.text.startswith("<!--") and block.text.endswith("-->")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """One row: where it stands, how it is written, what it says. `below`: the lines of the rows that it heads, when it is a heading."""

    line: int
    text: str
    row: Row
    below: Sequence[int] = ()


def _rows(blocks: Sequence[Block]) -> Iterator[_Told]:
    """Yield each row; the lines below a heading are known only after the last one."""
    column = 0
    outline: list[_Level] = []
    for at, block, gone in _claiming(blocks):
        if block.kind is Kind.ROW and block.header:
            column = _path_column(block)
        elif block.kind is Kind.ROW:
            yield from _cell(block, column, gone=gone)
        elif block.kind is Kind.ITEM:
            below = at + 1 < len(blocks) and blocks[at + 1].kind is Kind.ITEM and blocks[at + 1].depth > block.depth
            yield from _item(block, outline, group=below, gone=gone)
        elif block.kind is Kind.PARAGRAPH and not block.depth:
            yield from _lines(block)


def _claiming(blocks: Sequence[Block]) -> Iterator[tuple[int, Block, bool]]:
    """Yield the blocks that claim something, with their places and whether their headings speak of deleted files.

    What stands below the heading `Not changed`, or after the line `Unchanged:`, claims nothing.
    """
    headings: list[Block] = []
    labelled = False
    for at, block in enumerate(blocks):
        if block.kind is Kind.HEADING:
            headings = [*(above for above in headings if above.depth < block.depth), block]
            labelled = False
        kept = any(means_unchanged(heading.text) for heading in headings)
        if block.kind is Kind.PARAGRAPH and not block.depth:
            labelled = means_unchanged(block.lines[-1])
            kept = kept or (labelled and len(block.lines) == 1)
        elif labelled or kept:
            continue
        if not kept:
            yield at, block, any(means_deleted(heading.text) for heading in headings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    """An item with others below it: they explain its path, or it is a heading, perhaps of files in `folder`.

    `kept`: it says that the files below it are not changed.
    `doubts`: for it and the headings above it, the lines of the rows that explain that heading should it name a file after all.
    """

    depth: int = 0
    explained: bool = False
    folder: str = ""
    kept: bool = False
    doubts: tuple[list[int], ...] = ()


def _item(block: Block, outline: list[_Level], *, group: bool, gone: bool) -> Iterator[_Told]:
    while outline and outline[-1].depth >= block.depth:
        outline.pop()
    above = outline[-1] if outline else _Level()
    if above.kept or (group and means_unchanged(block.lines[0])):
        outline.append(_Level(depth=block.depth, kept=True))
        return
    told = list(_own_lines(block, above.folder, gone=gone))
    text, row = told[0].text, told[0].row
    heads = group and bool(row.refused) and not row.paths and not above.explained
    alone = _stands_alone(text, row)
    if not heads and (not above.explained or alone):
        yield from told
        for doubt in () if alone else above.doubts:
            doubt.extend(one.line for one in told)
    doubts = above.doubts
    if heads:
        # A heading is no row, unless a file has exactly this name; then what stands below explains it.
        doubts = (*doubts, [])
        yield _Told(line=block.line, text=text, row=Row(hints=(row.text,)), below=doubts[-1])
    folder = row.text.replace("\\", "/") if heads and row.text.endswith(("/", "\\")) else ""
    outline.append(_Level(depth=block.depth, explained=above.explained or bool(row.paths), folder=folder, doubts=doubts))


def _own_lines(block: Block, folder: str, *, gone: bool) -> Iterator[_Told]:
    """Yield the first line of an item, and the ones after it as long as they go on with its list of names."""
    row = read_row(block.lines[0], gone=gone)
    yield _Told(line=block.line, text=block.lines[0], row=_inside(folder, row))
    for offset, (line, following) in enumerate(pairwise(block.lines), 1):
        if not (row.open and continues(line, following)):
            return
        row = read_row(following, goes_on=True, gone=gone)
        yield _Told(line=block.line + offset, text=following, row=_inside(folder, row))


def _inside(folder: str, row: Row) -> Row:
    """Return the row with bare names put into the folder that the item above names."""
    if not folder:
        return row
    paths = tuple(path if "/" in path else RepoPath(folder + path) for path in row.paths)
    # A name without extension, or with a blank, may be a file there: `bin/` and below it `run`.
    refused = tuple(Refused(folder + one.raw, one.why) if is_name(folder + one.raw) and "/" not in one.raw else one for one in row.refused)
    return replace(row, paths=paths, refused=refused)


def _stands_alone(text: str, row: Row) -> bool:
    """True for an explaining item that is a path and nothing else: then it is a row that was indented."""
    return len(row.paths) == 1 and "/" in row.paths[0] and text.strip(" `") == row.paths[0]


def _lines(block: Block) -> Iterator[_Told]:
    """Yield the lines of a paragraph that are paths or say `None`; other lines are prose, not rows. A word alone may be a file's name."""
    for offset, text in enumerate(block.lines):
        if means_unchanged(text):
            return
        line = text.lstrip("-•▪◦· ")
        row, plain = read_row(line), line.strip("` ")
        if line.startswith("|"):
            row = Row(refused=(Refused(text, "stands in a table without its second line"),))
        elif row.refused or (row.paths and not (row.bare or is_name(plain))):
            row = Row(hints=(plain,))
        if row.hints != (plain,) or " " not in plain:
            yield _Told(line=block.line + offset, text=text, row=row)


def _path_column(header: Block) -> int:
    names = [cell.strip(" *`_").casefold() for cell in header.cells]
    return next((at for at, name in enumerate(names) if name in _PATH_COLUMNS), 0)


def _cell(block: Block, column: int, *, gone: bool) -> Iterator[_Told]:
    text = block.cells[column] if column < len(block.cells) else ""
    others = " ".join(cell for at, cell in enumerate(block.cells) if at != column)
    if any(map(means_unchanged, block.cells)):
        yield _Told(line=block.line, text=text, row=Row())
    elif text or any(block.cells):
        gone = gone or means_deleted(others)
        row = read_row(text, gone=gone) if text else Row(refused=(Refused(block.text, "has no path"),))
        yield _Told(line=block.line, text=text, row=_heading_of(block) or row)


def _heading_of(block: Block) -> Row | None:
    """Return the bold text that stands alone in the first cell of a row and is no path: it heads the rows that follow it."""
    first, *others = block.cells
    bold = _BOLD.fullmatch(first)
    if bold is None or not others or any(others):
        return None
    row = read_row(bold.group(1))
    return Row(hints=(row.text,)) if row.refused and not row.paths else None
