"""The bytes of a commit object: nothing in them that git would read otherwise than it was meant."""

from __future__ import annotations

import re

from forgewatch.core.errors import UsageError
from forgewatch.core.text import escape
from forgewatch.core.values import CommitId, Oid

_AUTHOR = re.compile(r"[^<>\x00-\x1f\x7f]*[^<>\x00-\x20\x7f] <[^<>\x00-\x20\x7f]+>")
_LATEST = 2**40
_MESSAGE_BYTES = 64 * 1024


def commit_body(tree: Oid, parent: CommitId | None, who: str, at: int, message: str) -> bytes:
    """Return the bytes of a commit. `who` is `Name <mail>`, author and committer; `at` seconds since the epoch, told in UTC.

    Raises UsageError for a name, time or message that cannot stand in a commit.
    """
    if _AUTHOR.fullmatch(who) is None or not _is_text(who):
        raise UsageError(f"expected an author as 'Name <mail>', found '{escape(who)}'", "name the author")
    if not 0 <= at < _LATEST:
        raise UsageError(f"expected seconds since 1970, found {at}", "set the clock")
    text = message.strip()
    if not text:
        raise UsageError("expected a message, found none", "say what the commit does")
    if "\0" in text or not _is_text(text) or len(text.encode()) > _MESSAGE_BYTES:
        raise UsageError(f"expected a message of at most {_MESSAGE_BYTES} bytes of text, found '{escape(text, 60)}'", "write it in UTF-8")
    parents = "" if parent is None else f"parent {parent}\n"
    return f"tree {tree}\n{parents}author {who} {at} +0000\ncommitter {who} {at} +0000\n\n{text}\n".encode()


def subject_of(message: str) -> str:
    """Return the first line of a message."""
    return message.strip().partition("\n")[0].strip()


def _is_text(text: str) -> bool:
    return not any(0xD800 <= ord(char) <= 0xDFFF for char in text)
