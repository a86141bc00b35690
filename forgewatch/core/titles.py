"""The titles of a diff log's sections: their keys, and which of them mean what (checks.md section 0, Body and Claim)."""

from __future__ import annotations

import re
from functools import lru_cache

_DONE = ("changed", "created", "modified", "deleted", "added", "removed", "renamed", "updated")
CLAIM_KEYS = frozenset({f"files {word}" for word in _DONE[:-1]} | {f"{word} files" for word in ("changed", "new", "modified", "deleted")})
"""Keys of the sections that state the claim, by one word; `is_claim` also knows the ways to join several."""

_JOINED = r"(?:{0})(?:(?: ?[/&,+] ?| and |, and | or )(?:{0}))+".format("|".join((*_DONE, "new")))
_CLAIM = re.compile(f"files {_JOINED}|{_JOINED} files")
_QUOTING = re.compile(r"(?:minimal diff hunks|full unified diff|git status|git diff)\b")
_KNOWN = frozenset(
    {
        "cycle metadata",
        "cycle status",
        "summary",
        "notes",
        "next steps",
    }
)
_PARENTHESIS = re.compile(r"\([^()]*\)")
_NUMBERING = re.compile(r"\A(?:\d+(?:\.\d+)*[.):]?|[a-z][.)])\s+(?=\S)")
_SUFFIX = re.compile(r":| (?:--|[-–—]) ")
_SYMBOLS = re.compile(r"\A[^\w(]+|[^\w)]+\Z")


@lru_cache(maxsize=1024)
def title_key(title: str) -> str:
    """Return a heading's text case folded, without emphasis, symbols, numbering, parentheses and what follows a colon or a dash."""
    text = re.sub(r"[*`]", "", title[:200]).casefold()
    while (bare := _PARENTHESIS.sub(" ", text)) != text:
        text = bare
    text = _NUMBERING.sub("", _SYMBOLS.sub("", text).strip(" _\t"))
    return " ".join(_SYMBOLS.sub("", _SUFFIX.split(text, maxsplit=1)[0]).split())


def quotes_a_diff(key: str) -> bool:
    """True for the sections that show diffs and states of git: what stands there is nobody's statement."""
    return _QUOTING.match(key) is not None


def is_claim(key: str) -> bool:
    """True for a section that states the claim: `files changed`, `files created/modified` (checks.md section 0, Claim)."""
    return key in CLAIM_KEYS or _CLAIM.fullmatch(key) is not None


def is_verification(key: str) -> bool:
    """True for a section that holds the verification (checks.md A7)."""
    return key.startswith("verification")


def is_known_title(key: str) -> bool:
    """True for a title the contract knows."""
    return key in _KNOWN or is_claim(key) or is_verification(key) or quotes_a_diff(key)
