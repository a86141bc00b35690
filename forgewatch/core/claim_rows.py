"""Rows of a claim section to paths (checks.md section 0, Claim and Paths). A row gives paths, says `(none)`, or is named as no path.

No row may become a phantom: what is not written as one path is a defect, and `resolve_claim` looks whether it names a file after all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forgewatch.core.difflog import Claim, ClaimDefect
from forgewatch.core.markdown_body import QUOTED, Block, Kind
from forgewatch.core.values import Refused, RepoPath, parse_repo_path

BRACE_LIMIT = 256
"""Paths that one row may abbreviate with braces."""

_NONE = re.compile(r"[(*_\[]*(?:none|n/?a|nil|nothing|no (?:\w+ ){0,2}(?:files?|changes?)|[-–—]$)(?![\w/\\]|\.\w|-\w)", re.IGNORECASE)
_CHECKBOX = re.compile(r"\[[ xX]\]\s+")
_TICKS = re.compile(r"`+")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_STATE = re.compile(r"(?:[MADRCTU?!]{1,2}|[RC]\d{2,3})\s+(?=\S)")
_VERB = re.compile(
    r"\[?(?:new|modified|added|deleted|removed|created|renamed|updated|changed)\]?(?: file)?(?::\s+|\s+(?=\S*[/.]))", re.IGNORECASE
)
_SEPARATOR = re.compile(r" (?:—|–|--|-) | \(|:(?: |$)|\t")
_ARROW = re.compile(r" ?(?:->|→|=>) ?")
_AND = re.compile(r", (?:and )?|,| (?:and|&|\+) ")
_BRACES = re.compile(r"\{([^{}]*(?:,|=>)[^{}]*)\}")
_ROOT_NAME = re.compile(r"\.?[\w@+~-]+(?:\.[\w@+~-]+)*\.[A-Za-z]\w{0,9}|\.[A-Za-z][\w.-]*")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_OCTAL = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_NAMED_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_PATH_COLUMNS = frozenset({"file", "files", "path", "paths", "filename", "file name", "filenames", "file path", "file paths"})
_EXTENSIONLESS = re.compile(
    r"makefile|(?:docker|container|proc|gem|rake|just|vagrant|jenkins|brew|pip|caddy|tilt|snake)file|licen[cs]e|readme|codeowners|notice"
    r"|authors|changelog|contributing|copying|version|build|workspace",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Row:
    """What one row says: paths, or `why` it is none (`text` is what it says instead). Neither: `(none)` or a remark."""

    paths: tuple[RepoPath, ...] = ()
    text: str = ""
    why: str = ""


def read_row(text: str) -> Row:
    """Read the first line of a list item or a table cell."""
    line = _CHECKBOX.sub("", text.strip().split("\n")[0], count=1).replace("**", "").replace("~~", "").strip()
    if not line or _NONE.match(line):
        return Row()
    candidates = _candidates(line)
    paths: list[RepoPath] = []
    for candidate in (name for raw in candidates for name in _expand(raw)):
        parsed = _path(candidate)
        if isinstance(parsed, Refused):
            return Row(text=parsed.raw, why=parsed.why)
        paths.append(parsed)
    return Row(paths=tuple(paths))


def _candidates(line: str) -> tuple[str, ...]:
    """Return what the row names: its first code span, its link, or the text before the remark; several where it lists them."""
    code = _code_span(line, 0)
    before = line[: code.start] if code else line
    if code is None or (_SEPARATOR.search(before) and _is_name(_unescaped(_bare(before)))):
        link = _LINK.match(line)
        return (link.group(1),) if link else _listed(_bare(before))
    return _spans(line, code)


@dataclass(frozen=True, slots=True)
class _Code:
    start: int
    end: int
    text: str


def _code_span(line: str, place: int) -> _Code | None:
    """Return the first code span from `place` on: ticks, text, and as many ticks. Linear, whatever the ticks."""
    runs = list(_TICKS.finditer(line, place))
    last = {len(run.group()): at for at, run in enumerate(runs)}
    for at, run in enumerate(runs):
        ticks = len(run.group())
        if last[ticks] > at:
            close = next(other for other in runs[at + 1 :] if len(other.group()) == ticks)
            return _Code(run.start(), close.end(), line[run.end() : close.start()].strip())
    return None


def _spans(line: str, code: _Code) -> tuple[str, ...]:
    """Return the code span, and the ones after it when the row is nothing but a list of them."""
    spans, place = [code.text], code.end
    while gap := _ARROW.match(line, place) or _AND.match(line, place):
        following = _code_span(line, gap.end())
        if following is None or following.start != gap.end() or len(spans) > BRACE_LIMIT:
            break
        spans.append(following.text)
        place = following.end
    listed = not line[place:].strip(" .,;") or _SEPARATOR.match(line, place)
    return tuple(spans) if listed and all(map(_is_name, spans)) else (code.text,)


def _bare(text: str) -> str:
    """Return the text before the remark, without marks of its own: git's state letter, a verb, quotes, emphasis."""
    text = _BRACES.sub(lambda found: "{" + ",".join(_alternatives(found)) + "}", text)
    for mark in (_STATE, _VERB):
        found = mark.match(text)
        text = text[found.end() :] if found else text
    text = _SEPARATOR.split(text, maxsplit=1)[0].strip().rstrip(",;")
    if len(text) > 2 and text[0] == text[-1] and text[0] in "*_" and text[1] != text[0]:
        return text[1:-1]
    return text.removesuffix(".") if _is_name(text.removesuffix(".")) else text


def _listed(bare: str) -> tuple[str, ...]:
    if bare.startswith('"') and bare.endswith('"') and len(bare) > 2:
        return (_unquoted(bare[1:-1]),)
    text = _unescaped(bare)
    for separator in (_ARROW, _AND):
        names = separator.split(text) if not _BRACES.search(text) else [text]
        if len(names) > 1 and all(_is_name(name) for name in names):
            return tuple(names)
    return (text,)


def _unescaped(text: str) -> str:
    """Undo Markdown's backslashes where the row uses `/`; else a backslash is a separator of paths."""
    return _ESCAPE.sub(r"\1", text) if "/" in text else text


def _unquoted(text: str) -> str:
    """Undo git's quoting of unusual names (`"caf\\303\\251.py"`)."""
    raw = text.encode("utf-8", "surrogateescape")
    return _OCTAL.sub(_octal, raw).decode("utf-8", "surrogateescape")


def _octal(found: re.Match[bytes]) -> bytes:
    code = found.group(1)
    return bytes((int(code, 8) & 0xFF,)) if len(code) == 3 else _NAMED_ESCAPES.get(code, code)


def _alternatives(braces: re.Match[str]) -> list[str]:
    return [part.strip() for part in re.split(r",|=>", braces.group(1))]


def _expand(text: str) -> Iterator[str]:
    """Yield the names that braces abbreviate, the text itself when there are none or too many."""
    names = [text]
    while found := _BRACES.search(names[0]):
        parts = _alternatives(found)
        if len(names) * len(parts) > BRACE_LIMIT:
            names = [text]
            break
        names = [name.replace(found.group(), part, 1) for name in names for part in parts]
    yield from names


def _path(text: str) -> RepoPath | Refused:
    parsed = parse_repo_path(text)
    if isinstance(parsed, Refused):
        return parsed
    why = _doubt(text)
    return Refused(text, why) if why else parsed


def _doubt(text: str) -> str:
    """Say why a well-formed path is probably none; empty when it is written as one."""
    if text.endswith(("/", "\\")):
        return "names a directory, not a file"
    if "*" in text or "?" in text or _BRACES.search(text):
        return "is a pattern, not a path"
    if "..." in text or "…" in text:
        return "is cut off"
    if re.search(r":\d+(?:[-–:]\d+)?$", text):
        return "ends with a line number"
    return "" if _is_name(text) else "is text, not a path"


def _is_name(text: str) -> bool:
    """True for what is written like the path of a file: slashes or a file name's shape, and no words around it."""
    tail = text.rpartition("/")[2]
    if " " in text and not _is_spaced(text):
        return False
    if text.endswith(")") and "(" in tail:
        return False
    if "/" in text or "\\" in text:
        return True
    return _ROOT_NAME.fullmatch(text) is not None or _EXTENSIONLESS.fullmatch(text) is not None


def _is_spaced(text: str) -> bool:
    """True for `docs/my file.md`, not for `pytest tests/a.py` or `app/a.py to app/b.py`."""
    first, last = text.split(" ")[0], text.split(" ")[-1]
    return "/" in first and "." not in first.rpartition("/")[2] and _ROOT_NAME.fullmatch(last.rpartition("/")[2]) is not None


def read_rows(blocks: Sequence[Block]) -> Claim:
    """Return the claim that the blocks of the claim sections state, in order and without repeats (checks.md section 0, Claim)."""
    found: dict[RepoPath, int] = {}
    defects: list[ClaimDefect] = []
    for line, text, row in _rows(blocks):
        for path in row.paths:
            found.setdefault(path, line)
        if row.why:
            defects.append(ClaimDefect(text=row.text or text, line=line, why=row.why))
    quoted = next((block for block in blocks if block.kind in QUOTED and not _is_comment(block)), None)
    if quoted is not None and not found and not defects:
        defects.append(
            ClaimDefect(text="\n".join(quoted.lines[:1]), line=quoted.line, why=f"stands in a {quoted.kind} block, not in a list")
        )
    return Claim(paths=tuple(found), lines=tuple(found.values()), defects=tuple(defects))


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
    """Yield the lines of a paragraph that are paths; other lines are prose, not rows."""
    for offset, line in enumerate(block.lines):
        row = read_row(line)
        if row.paths and _is_name(line.strip("` ")):
            yield block.line + offset, line, row


def _path_column(header: Block) -> int:
    names = [re.sub(r"[*`_]", "", cell).strip().casefold() for cell in header.cells]
    return next((at for at, name in enumerate(names) if name in _PATH_COLUMNS), 0)


def _cell(block: Block, column: int) -> Iterator[tuple[int, str, Row]]:
    text = block.cells[column] if column < len(block.cells) else ""
    if text:
        yield block.line, text, read_row(text)
    elif any(block.cells):
        yield block.line, block.text, Row(text=block.text, why="has no path")
