"""Comments and docstrings of Python source that does not parse here (checks.md A4).

It may be valid under a newer Python, or broken. Nothing may hide behind either: what an older tokenizer could take for a comment, and a
newer one for code, is never blanked.
"""

from __future__ import annotations

import re
import tokenize
from itertools import pairwise

from forgewatch.core.python_source import ParseFault

_FIELD = re.compile(r"\{\{|\}\}|\{[^{}'\"#\\]*\}")
_BRACES = re.compile(r"[{}]")
_LETTERS = re.compile(r"[A-Za-z]*")
_BETWEEN = frozenset({tokenize.NL, tokenize.COMMENT})
_BEFORE_A_STATEMENT = frozenset({tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})
_START = tokenize.TokenInfo(tokenize.NEWLINE, "", (0, 0), (0, 0), "")
"""Stands before the first token, so that a string at the beginning is a statement."""

_Tokens = list[tokenize.TokenInfo]


def blank_loose_prose(text: str) -> str:
    """Return `text` with comments and strings that are whole statements as spaces, everything else at its place.

    As it is where it does not tokenise, or where a formatted string holds a field that tokenizers read differently. Where the code
    names `__doc__` all strings stay. Never raises.
    """
    tokens = _tokens(text)
    if tokens is None or any(_is_unsure(before, token) for before, token in pairwise(tokens)):
        return text
    spans = [token for token in tokens if token.type == tokenize.COMMENT]
    if "__doc__" not in text:
        spans += _bare_strings([token for token in tokens if token.type not in _BETWEEN])
    lines = text.split("\n")
    for token in spans:
        for number in range(token.start[0] - 1, token.end[0]):
            line = lines[number]
            # Behind a comment and behind a string that is a statement nothing but blanks and comments is left on the line.
            start = token.start[1] if number == token.start[0] - 1 else 0
            lines[number] = line[:start] + " " * (len(line) - start)
    return "\n".join(lines)


def _tokens(text: str) -> _Tokens | None:
    source = iter([line + "\n" for line in text.split("\n")])
    try:
        found = list(tokenize.generate_tokens(source.__next__))
    except (tokenize.TokenError, *ParseFault):
        return None
    odd = any(token.type == tokenize.ERRORTOKEN and not token.string.isspace() for token in found)
    return None if odd else [_START, *found]


def _is_unsure(before: tokenize.TokenInfo, token: tokenize.TokenInfo) -> bool:
    """True for a string that is, or to a newer Python may be, formatted, and has a field with quotes, comments or braces inside."""
    if token.type != tokenize.STRING:
        return False
    prefix = (_LETTERS.match(token.string) or token.string)[0].lower()
    touches = before.type == tokenize.NAME and before.end == token.start
    return ("f" in prefix or touches) and _BRACES.search(_FIELD.sub("", token.string)) is not None


def _bare_strings(tokens: _Tokens) -> _Tokens:
    around = zip(tokens, tokens[1:], tokens[2:], strict=False)
    return [
        token
        for before, token, after in around
        if token.type == tokenize.STRING and before.type in _BEFORE_A_STATEMENT and after.type == tokenize.NEWLINE
    ]
