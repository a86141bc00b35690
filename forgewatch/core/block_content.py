"""The content of a block: without the fence around it, and whether it is a whole file (contract §0.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(rb"(`{3,100}|~{3,100})[ \t]*([^\r\n]*)")
_MARKDOWN = (".md", ".mdx", ".markdown")
_MARKDOWN_LANGUAGES = frozenset({"markdown", "md", "mdx", "gfm"})
_PATCHES = (".diff", ".patch")
_PATCH_LANGUAGES = frozenset({"diff", "patch"})
_HUNK = re.compile(rb"^@@ -[0-9]+(?:,[0-9]+)? \+[0-9]+(?:,[0-9]+)? @@[^\n]*(?:\n[ +\-\\\r\n]|\n?\Z)", re.MULTILINE)
_PATCH_BEGINS = re.compile(rb"\s*(?:diff --git |--- [^\n]*\n\+\+\+ |@@ -[0-9])")
_LANGUAGE_CHARS = 40


@dataclass(frozen=True, slots=True)
class Unfenced:
    """What the file is to hold. `lang` is the first word of the fence that was taken off, empty for a bare one, None without a fence.
    `unclosed`: the first line is a fence, and stays because the last one is not its end."""

    content: bytes
    lang: str | None
    unclosed: bool = False


def unfenced(body: bytes, path: str) -> Unfenced:
    """Take the outer fence off: the first line is a fence, and the last one its bare closer of the same character, as long or longer
    (S002-0.1-3). A Markdown file may begin with one fence of its own and end with another; there the closer has to be that of the
    first line, unless this one says that what it holds is Markdown."""
    opening = _fence(body[: body.find(b"\n") + 1])
    if opening is None:
        return Unfenced(body, None)
    mark, lang = opening
    begin, end = body.find(b"\n") + 1, body.removesuffix(b"\n").rfind(b"\n") + 1
    closed = end >= begin and _closes(body[end:], mark)
    own = path.lower().endswith(_MARKDOWN) and lang.lower() not in _MARKDOWN_LANGUAGES
    if closed and not (own and _ends_within(body[begin:end], mark)):
        return Unfenced(body[begin:end], lang[:_LANGUAGE_CHARS])
    return Unfenced(body, None, unclosed=not path.lower().endswith(_MARKDOWN))


def looks_like_diff(content: bytes, path: str, lang: str | None) -> bool:
    """True for a unified diff where a whole file is wanted (S002-0.1-5): a hunk header at the left margin with lines of a hunk below it, or
    a fence that says so. A Markdown file may show a diff; there the whole content has to be one."""
    low = path.lower()
    if low.endswith(_PATCHES):
        return False
    if (lang or "").lower() in _PATCH_LANGUAGES:
        return True
    if low.endswith(_MARKDOWN) and not _PATCH_BEGINS.match(content):
        return False
    return _HUNK.search(content) is not None


def _fence(line: bytes) -> tuple[bytes, str] | None:
    found = _FENCE.match(line)
    if found is None or (found[1].startswith(b"`") and b"`" in found[2]):
        return None
    words = found[2].decode("utf-8", "replace").split()
    return found[1], words[0] if words else ""


def _closes(line: bytes, mark: bytes) -> bool:
    bare = line.rstrip(b" \t\r\n")
    return len(bare) >= len(mark) and bare == mark[:1] * len(bare)


def _ends_within(lines: bytes, mark: bytes) -> bool:
    """True when the fence of the first line ends before the last line: each fence with a word opens one inside, each bare one ends one."""
    fences = re.compile(rb"^%b{%d,}([^`\r\n]*)\r?$" % (mark[:1], len(mark)), re.MULTILINE)
    depth = 1
    for found in fences.finditer(lines):
        depth += 1 if found[1].strip() else -1
        if depth == 0:
            return True
    return False
