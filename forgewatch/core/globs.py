"""Layer globs over repository paths, gitignore-style, compiled to google-re2 so that no glob can be slow (checks.md A4, Globs).

`*` and `?` stay inside one path part, `**` crosses parts, `{a,b}` means either, `[a-z]` and `[!a-z]` one ASCII character. A glob
without `/` matches at any depth; one with `/` is anchored at the root. A trailing `/`, or no wildcard at all, means the folder and
everything in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import re2

from forgewatch.core.defect import Defect
from forgewatch.core.limits import LIMITS
from forgewatch.core.values import RepoPath

# Paths are matched as bytes, because git's are. One character is an ASCII byte, a UTF-8 sequence, or a stray byte.
_WIDE = r"[\xc0-\xff][\x80-\xbf]*|[\x80-\xbf]"
_ONE = rf"(?:[^/\x00\x80-\xff]|{_WIDE})"
_MANY = r"[^/\x00]*"
_ANY = r"[^\x00]*"
_CLASS = re.compile(r"\[([!^]?)(\]?[^\]/]*)\]")
_BRACES = 16


@dataclass(frozen=True, slots=True)
class GlobSet:
    """Some globs as one expression, to be asked of one path or of all paths at once."""

    globs: tuple[str, ...]
    compiled: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GlobSet) and self.globs == other.globs

    def __hash__(self) -> int:
        return hash(self.globs)

    def matches(self, path: str) -> bool:
        """True when any of the globs names the path."""
        return self.compiled.search(_framed(path)) is not None

    def select(self, paths: Iterable[RepoPath]) -> tuple[RepoPath, ...]:
        """Return those of the paths that any of the globs names, in their order; one pass for all of them."""
        text = b"".join(map(_framed, paths))
        return tuple(RepoPath(found.group()[2:-1].decode("utf-8", "surrogateescape")) for found in self.compiled.finditer(text))


def compile_globs(globs: Iterable[str]) -> GlobSet | Defect:
    """Compile layer globs. The Defect names the glob and what is wrong with it."""
    kept = tuple(globs)
    bodies = []
    for glob in kept:
        body = _translate(glob)
        if isinstance(body, Defect):
            return body
        bodies.append(body)
    options = re2.Options()
    options.max_mem = LIMITS.pattern_memory
    options.log_errors = False
    options.encoding = re2.Options.Encoding.LATIN1
    try:
        compiled = re2.compile(rf"\x00/(?:{'|'.join(bodies)})\x00".encode("latin-1"), options)
    except re2.error:
        return Defect(f"expected a glob of bounded size, found {kept[0]!r}")
    return GlobSet(kept, compiled)


def _framed(path: str) -> bytes:
    # The slash keeps a glob that the empty text fits, as `/*`, from taking the end of one path and the start of the next for a path.
    return b"\0/" + path.encode("utf-8", "surrogateescape") + b"\0"


def _translate(glob: str) -> str | Defect:
    text = glob.replace("\\", "/")
    while text.startswith("./"):
        text = text[2:]
    why = _glob_defect(text)
    if why:
        return Defect(f"{why}: {glob[:60]!r}")
    anchored = "/" in text.rstrip("/")
    folder = text.endswith("/") or not any(sign in text for sign in "*?[{")
    body = _parts(text.strip("/"))
    return ("" if anchored else "(?:[^\\x00]*/)?") + body + ("(?:/[^\\x00]*)?" if folder else "")


def _glob_defect(text: str) -> str:
    if not text.strip("/"):
        return "expected a glob, found an empty one"
    if len(text) > LIMITS.pattern_chars:
        return f"expected at most {LIMITS.pattern_chars} characters, found {len(text)}"
    if text.startswith("!"):
        return "expected a glob that selects, found one that excludes"
    if ".." in text.split("/"):
        return "expected a glob inside the repository, found '..'"
    if any(ord(char) < 32 or 0xD800 <= ord(char) <= 0xDFFF for char in text):
        return "expected plain text, found a control character"
    return "expected braces at most 16 deep, found more" if text.count("{") > _BRACES else ""


def _parts(text: str) -> str:
    found: list[str] = []
    place, depth = 0, 0
    closing = _closed_braces(text)
    while place < len(text):
        piece, length = _piece(text, place)
        char = text[place]
        if char in "{}" and place in closing:
            depth += 1 if char == "{" else -1
            piece = "(?:" if char == "{" else ")"
        elif char == "," and depth:
            piece = "|"
        found.append(piece)
        place += length
    return "".join(found)


def _piece(text: str, place: int) -> tuple[str, int]:
    if text.startswith("**/", place) and (place == 0 or text[place - 1] in "/{,"):
        return f"(?:{_ANY}/)?", 3
    if text.startswith("**", place):
        length = len(text[place:]) - len(text[place:].lstrip("*"))
        return _ANY, length
    if text[place] == "*":
        return _MANY, 1
    if text[place] == "?":
        return _ONE, 1
    if text[place] == "[" and (found := _CLASS.match(text, place)) and found.group(2) and found.group(2).isascii():
        return _class(found), len(found.group())
    return _literal(text[place]), 1


def _class(found: re.Match[str]) -> str:
    body = "".join(char if char.isalnum() or char == "-" else f"\\x{ord(char):02x}" for char in found.group(2))
    return rf"(?:[^{body}/\x00\x80-\xff]|{_WIDE})" if found.group(1) else f"[{body}]"


def _literal(char: str) -> str:
    return char if char.isalnum() and char.isascii() else "".join(f"\\x{byte:02x}" for byte in char.encode())


def _closed_braces(text: str) -> frozenset[int]:
    """Return the places of braces that have a partner and a comma between them; the others are literal."""
    waiting: list[int] = []
    commas: list[bool] = []
    closed: set[int] = set()
    for place, char in enumerate(text):
        if char == "{":
            waiting.append(place)
            commas.append(False)
        elif char == "," and waiting:
            commas[-1] = True
        elif char == "}" and waiting:
            start = waiting.pop()
            if commas.pop():
                closed |= {start, place}
    return frozenset(closed)
