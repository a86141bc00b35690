"""Rows of a claim section to paths (checks.md section 0, Claim and Paths). A row gives paths, says `(none)`, or is named as no path.

No row may become a phantom: what is not written as one path is a defect, and `resolve_claim` looks whether it names a file after all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from forgewatch.core.claim_remarks import FILE, SEPARATOR, NoneSaid, means_deleted, says_none, says_unchanged
from forgewatch.core.code_spans import Code, Joint, code_spans, is_list_mark, joined
from forgewatch.core.values import Refused, RepoPath, parse_repo_path

BRACE_LIMIT = 256
"""Paths that one row may abbreviate with braces."""

_STRUCK = re.compile(r"~~(?P<name>[^~]+)~~")
_UNDONE = re.compile(r"\b(?:revert|restor|undone|withdrawn|dropped|unchanged|not changed)", re.IGNORECASE)
_TOTAL = re.compile(r"(?:total\b[:\s]*)?(?:\d+ (?:changed |new |modified )?files?\b[^/\\(]*(?:\([^()]*\))?)?", re.IGNORECASE)
_CHECKBOX = re.compile(r"\[[ xX]\]\s+")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_SYMBOLS = r"(?:(?:[\u2190-\u24ff\u25a0-\u2bff\U0001f000-\U0001faff\ufe0f\u200d]|[0-9#*]\ufe0f?\u20e3)+|[+~])\s+"
_STATE = r"(?:[MADRCTU?!]{1,2}|[RC]\d{2,3})"
_TAGGED = rf"(?:{_STATE}|NEW|ADD(?:ED)?|MOD(?:IFIED)?|DEL(?:ETED)?|CREATED|CHANGED|UPDATED|REMOVED|RENAMED)"
_LEAD = re.compile(rf"(?:{_SYMBOLS})?(?:`{_TAGGED}`:?\s+(?!(?:and|or)\b)(?=[\w.`\"@<])|(?:\[{_STATE}\]|\({_STATE}\)|{_STATE}):?\s+(?=\S))?")
_VERB = re.compile(
    r"[\[(]?(?:new|modified|added|deleted|removed|created|renamed|updated|changed)[\])]?(?: file)?(?::\s+|\s+(?=\S*[/.]))", re.IGNORECASE
)
_ARROW = re.compile(r" ?(?:->|→|=>) ?")
_AND = re.compile(r", (?:and )?|,|; | (?:and|&|\+|/) | ?<br ?/?> ?")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)+)"')
_WORD = re.compile(r"[\w.@+~-]+")
_BRACES = re.compile(r"\{([^{}]*)\}")
_EITHER = re.compile(r",|=>")
_ROOT_NAME = re.compile(r"\.?[\w@+~-]+(?:\.[\w@+~-]+)*\.[A-Za-z]\w{0,9}|\.[A-Za-z][\w.-]*")
_WRAPS = {"*": "*", "_": "_", "'": "'", "[": "]", "<": ">", "“": "”", "‘": "’"}
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_OCTAL = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_NAMED_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_EXTENSIONLESS = re.compile(
    r"makefile|(?:docker|container|proc|gem|rake|just|vagrant|jenkins|brew|pip|caddy|tilt|snake)file|licen[cs]e|readme|codeowners|notice"
    r"|authors|changelog|contributing|copying|version|build|workspace",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one row says: paths, and what it says instead of a path (`refused`). Neither: `(none)` or a remark.

    `hints` are names in running text: each is a claim if it is a known path, else nothing. `open`: the list of names goes on in the
    next line if that is one. `bare`: nothing but paths in code spans stands in the row.
    """

    paths: tuple[RepoPath, ...] = ()
    refused: tuple[Refused, ...] = ()
    hints: tuple[str, ...] = ()
    open: bool = False
    bare: bool = False

    @property
    def text(self) -> str:
        """What the row says instead of its first path; empty when it says nothing else."""
        return self.refused[0].raw if self.refused else ""

    @property
    def why(self) -> str:
        """Why that is no path; empty when all of the row is."""
        return self.refused[0].why if self.refused else ""


def read_row(text: str, *, goes_on: bool = False, gone: bool = False) -> Row:
    """Read the first line of a list item or a table cell; `goes_on`: a further line of an item whose list of names is open.

    A path that is struck through was deleted where the row, or the section (`gone`), says so; else nobody can tell what it means.
    """
    line = _CHECKBOX.sub("", text.strip().split("\n")[0], count=1).replace("**", "").strip()
    withdrawn = None if gone else _withdrawn(line)
    if withdrawn is not None:
        return withdrawn
    line = line.replace("~~", "").strip()
    lead = _LEAD.match(line)
    line = line[lead.end() :] if lead else line
    none = says_none(line)
    if none is NoneSaid.WITH_A_FILE:
        return Row(refused=(Refused(line, "says that there is none, and names a file"),))
    if not line or none is NoneSaid.PLAINLY or _TOTAL.fullmatch(line) or says_unchanged(line):
        return Row()
    codes = code_spans(line)
    before = line[: codes[0].start] if codes else line
    if codes and not (SEPARATOR.search(before) and is_name(_unescaped(_bare(before)))):
        return _in_code(line, codes, goes_on=goes_on)
    link = _LINK.match(line)
    names = (link.group(1),) if link else _listed(before)
    return Row() if goes_on and not all(map(is_name, names)) else _row(names, goes_on=line.endswith((",", ";")))


def _withdrawn(line: str) -> Row | None:
    """Return what a struck-through path says; None when nothing is struck, or the row says that the file was deleted."""
    struck = _STRUCK.search(line)
    if struck is None or not is_name(struck.group("name").strip("` ")):
        return None
    around = f"{line[: struck.start()]} {line[struck.end() :]}".strip()
    if means_deleted(around):
        return None
    return Row() if _UNDONE.search(around) else Row(refused=(Refused(line, "is struck through, and does not say that it was deleted"),))


def continues(line: str, following: str) -> bool:
    """True when `following` may go on with the list of names that `line` left open: a mark stands between, or code follows code."""
    return following.startswith("`") or line.endswith((",", ";", "/", "&", "+", " and"))


def _row(names: Iterable[str], hints: tuple[str, ...] = (), *, goes_on: bool, bare: bool = False) -> Row:
    paths: list[RepoPath] = []
    refused: list[Refused] = []
    for raw in names:
        parsed = [_path(name) for name in _expand(raw)]
        wrong = next((name for name in parsed if isinstance(name, Refused)), None)
        refused += [wrong] if wrong else []
        paths += [] if wrong else [name for name in parsed if not isinstance(name, Refused)]
    return Row(paths=tuple(paths), refused=tuple(refused), hints=hints, open=goes_on, bare=bare)


def _in_code(line: str, codes: Sequence[Code], *, goes_on: bool) -> Row:
    """Read the first code span and the ones listed after it. A code span of a sentence is no claim, at most a hint."""
    if goes_on and not is_list_mark(line[: codes[0].start]):
        return Row()
    run = list(joined(line, codes))
    end = run[-1][0].end
    ends = not line[end:].strip(" .,;")
    whole = ends or SEPARATOR.match(line, end) is not None
    names: list[str] = []
    hints: list[str] = []
    for code, joint in run:
        follows = Joint.LIST if goes_on and joint is Joint.FIRST else joint
        (names if _is_listed(code.text, follows, whole=whole) else hints).append(code.text)
    every = len(run) == len(codes)
    bare = ends and every and codes[0].start == 0 and all(is_name(code.text) for code in codes)
    return _row(names, tuple(hints), goes_on=every and is_list_mark(line[end:]), bare=bare)


def _is_listed(text: str, joint: Joint, *, whole: bool) -> bool:
    """Tell a name of the list from a word of the remark. `whole`: the row is nothing but a list, and perhaps a remark after it."""
    sure = FILE.fullmatch(text) is not None
    match joint:
        case Joint.FIRST:
            return True
        case Joint.LIST:
            return sure or (whole and (is_name(text) or _WORD.fullmatch(text) is not None))
        case Joint.ARROW:
            return whole and is_name(text)
        case Joint.REMARK:
            return whole and sure
        case other:
            assert_never(other)


def _bare(text: str) -> str:
    """Return the text before the remark, without marks of its own: a verb, quotes, emphasis."""
    text = _BRACES.sub(lambda found: "{" + ",".join(_alternatives(found)) + "}", text)
    text = SEPARATOR.split(_without_verb(text), maxsplit=1)[0].strip().rstrip(",;")
    if len(text) > 2 and _WRAPS.get(text[0]) == text[-1] and text[1] != text[0] and (text[0] == text[-1] or text.count(text[0]) == 1):
        return text[1:-1]
    return text.removesuffix(".") if is_name(text.removesuffix(".")) else text


def _without_verb(text: str) -> str:
    found = _VERB.match(text)
    return text[found.end() :] if found else text


def _listed(before: str) -> tuple[str, ...]:
    quoted = _quoted(_without_verb(before))
    if quoted:
        return quoted
    text = _unescaped(_bare(before))
    for separator in (_ARROW, _AND):
        names = separator.split(text) if _braces(text) is None else [text]
        if len(names) > 1 and all(is_name(name) for name in names):
            return tuple(names)
    return (text,)


def _quoted(text: str) -> tuple[str, ...]:
    """Return the names that git quoted, as far as the row is a list of them; what stands in quotes is no remark."""
    found = _QUOTED.match(text)
    names: list[str] = []
    end = 0
    while found:
        names.append(_unquoted(found.group(1)))
        end = found.end()
        gap = _ARROW.match(text, end) or _AND.match(text, end)
        found = _QUOTED.match(text, gap.end()) if gap else None
    ends = not text[end:].strip(" .,;") or SEPARATOR.match(text, end) is not None
    return tuple(names) if ends else ()


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
