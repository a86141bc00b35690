"""Rows of a claim section to paths (checks.md section 0, Claim and Paths). A row gives paths, says `(none)`, or is named as no path.

No row may become a phantom: what is not written as one path is a defect, and `resolve_claim` looks whether it names a file after all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forgewatch.core.values import Refused, RepoPath, parse_repo_path

BRACE_LIMIT = 256
"""Paths that one row may abbreviate with braces."""

_NONE = re.compile(r"[(*_\[]*(?:none|n/?a|nil|nothing|no (?:\w+ ){0,2}(?:files?|changes?)|[-–—]$)(?![\w/\\]|\.\w|-\w)", re.IGNORECASE)
_TOTAL = re.compile(r"(?:total\b[:\s]*)?(?:\d+ (?:changed |new |modified )?files?\b[^/\\(]*(?:\([^()]*\))?)?", re.IGNORECASE)
_CHECKBOX = re.compile(r"\[[ xX]\]\s+")
_TICKS = re.compile(r"`+")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_STATE = re.compile(r"(?:[MADRCTU?!]{1,2}|[RC]\d{2,3})\s+(?=\S)")
_VERB = re.compile(
    r"\[?(?:new|modified|added|deleted|removed|created|renamed|updated|changed)\]?(?: file)?(?::\s+|\s+(?=\S*[/.]))", re.IGNORECASE
)
_SEPARATOR = re.compile(r" (?:—|–|--|-) | [(\[|✅✓✔]|:(?: |$)|\t")
_ARROW = re.compile(r" ?(?:->|→|=>) ?")
_AND = re.compile(r", (?:and )?|,| (?:and|&|\+) ")
_BRACES = re.compile(r"\{([^{}]*)\}")
_EITHER = re.compile(r",|=>")
_ROOT_NAME = re.compile(r"\.?[\w@+~-]+(?:\.[\w@+~-]+)*\.[A-Za-z]\w{0,9}|\.[A-Za-z][\w.-]*")
_WRAPS = {"*": "*", "_": "_", "'": "'", "[": "]", "<": ">"}
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_OCTAL = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_NAMED_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
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
    if not line or _NONE.match(line) or _TOTAL.fullmatch(line):
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
    codes = _code_spans(line)
    before = line[: codes[0].start] if codes else line
    if not codes or (_SEPARATOR.search(before) and is_name(_unescaped(_bare(before)))):
        link = _LINK.match(line)
        return (link.group(1),) if link else _listed(_bare(before))
    return _spans(line, codes)


@dataclass(frozen=True, slots=True)
class _Code:
    start: int
    end: int
    text: str


def _code_spans(line: str) -> list[_Code]:
    """Return the code spans of a line: ticks, text, and as many ticks. Linear, whatever the ticks."""
    runs = list(_TICKS.finditer(line))
    last = {len(run.group()): at for at, run in enumerate(runs)}
    spans: list[_Code] = []
    at = 0
    while at < len(runs):
        ticks = len(runs[at].group())
        if last[ticks] > at:
            close = next(other for other in range(at + 1, len(runs)) if len(runs[other].group()) == ticks)
            spans.append(_Code(runs[at].start(), runs[close].end(), line[runs[at].end() : runs[close].start()].strip()))
            at = close
        at += 1
    return spans


def _spans(line: str, codes: Sequence[_Code]) -> tuple[str, ...]:
    """Return the first code span, and the ones after it when the row is nothing but a list of them."""
    names, place = [codes[0].text], codes[0].end
    for code in codes[1:]:
        gap = line[place : code.start]
        if not (_ARROW.fullmatch(gap) or _AND.fullmatch(gap)):
            break
        names.append(code.text)
        place = code.end
    listed = not line[place:].strip(" .,;") or _SEPARATOR.match(line, place)
    return tuple(names) if listed and all(map(is_name, names)) else (codes[0].text,)


def _bare(text: str) -> str:
    """Return the text before the remark, without marks of its own: git's state letter, a verb, quotes, emphasis."""
    text = _BRACES.sub(lambda found: "{" + ",".join(_alternatives(found)) + "}", text)
    for mark in (_STATE, _VERB):
        found = mark.match(text)
        text = text[found.end() :] if found else text
    text = _SEPARATOR.split(text, maxsplit=1)[0].strip().rstrip(",;")
    if len(text) > 2 and _WRAPS.get(text[0]) == text[-1] and text[1] != text[0] and (text[0] == text[-1] or text.count(text[0]) == 1):
        return text[1:-1]
    return text.removesuffix(".") if is_name(text.removesuffix(".")) else text


def _listed(bare: str) -> tuple[str, ...]:
    if bare.startswith('"') and bare.endswith('"') and len(bare) > 2:
        return (_unquoted(bare[1:-1]),)
    text = _unescaped(bare)
    for separator in (_ARROW, _AND):
        names = separator.split(text) if _braces(text) is None else [text]
        if len(names) > 1 and all(is_name(name) for name in names):
            return tuple(names)
    return (text,)


def _unescaped(text: str) -> str:
    """Undo Markdown's backslashes where the row uses `/`; else a backslash is a separator of paths."""
    return _ESCAPE.sub(r"\1", text) if "/" in text else text.replace("\\\\", "\\")


def _unquoted(text: str) -> str:
    """Undo git's quoting of unusual names (`"caf\\303\\251.py"`)."""
    raw = text.encode("utf-8", "surrogateescape")
    return _OCTAL.sub(_octal, raw).decode("utf-8", "surrogateescape")


def _octal(found: re.Match[bytes]) -> bytes:
    code = found.group(1)
    return bytes((int(code, 8) & 0xFF,)) if len(code) == 3 else _NAMED_ESCAPES.get(code, code)


def _braces(text: str) -> re.Match[str] | None:
    """Return the first braces that hold alternatives; `{id}` is a name."""
    return next((found for found in _BRACES.finditer(text) if _EITHER.search(found.group(1))), None)


def _alternatives(braces: re.Match[str]) -> list[str]:
    return [part.strip() for part in _EITHER.split(braces.group(1))]


def _expand(text: str) -> Iterator[str]:
    """Yield the names that braces abbreviate, the text itself when there are none or too many."""
    names = [text]
    while found := _braces(names[0]):
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
    if "`" in text:
        return "holds a backtick"
    if re.search(r"<[A-Za-z/]|&#?\w+;", text):
        return "holds HTML"
    if "*" in text or "?" in text or _braces(text):
        return "is a pattern, not a path"
    if "..." in text or "…" in text:
        return "is cut off"
    if re.search(r"(?::|#L)\d+(?:[-–:]L?\d+)?$", text):
        return "ends with a line number"
    return "" if is_name(text) else "is text, not a path"


def is_name(text: str) -> bool:
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
