"""The small values every layer shares, and the only functions that make them.

A value of one of these types has been checked: `parse_<type>` is its only maker, so nobody checks it twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from forgewatch.core.kinds import UNKNOWN_PHASE, CommitId, Digest, Oid, Phase, RepoPath

__all__ = [
    "UNKNOWN_PHASE",
    "Absent",
    "CommitId",
    "Content",
    "Digest",
    "Oid",
    "Phase",
    "Refused",
    "RepoPath",
    "Unreadable",
    "parse_commit_id",
    "parse_digest",
    "parse_oid",
    "parse_repo_path",
]

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
_OID = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Refused:
    """A raw string that is not a value of the wanted type, with the reason as a lower-case fact."""

    raw: str
    why: str


@dataclass(frozen=True, slots=True)
class Absent:
    """Nothing is there: the path names no file."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something is there and cannot be believed: `why` is a lower-case fact (`is a symlink`, `is over the limit of 1048576 bytes`)."""

    why: str


Content = bytes | Absent | Unreadable
"""What reading one file gives. Every reader has to say what it does with all three."""


def parse_repo_path(raw: str) -> RepoPath | Refused:
    """Make a RepoPath of a raw claim (checks.md section 0, Paths). A `\\` is read as `/`, a leading `./` is dropped."""
    text = raw.replace("\\", "/")
    while text.startswith("./"):
        text = text[2:]
    why = _path_defect(text)
    return Refused(raw, why) if why else RepoPath(text.rstrip("/"))


def _path_defect(text: str) -> str:
    if not text.strip("/ "):
        return "is empty"
    if text.startswith("/"):
        return "is absolute"
    if _DRIVE.match(text):
        return "starts with a drive letter"
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        return "holds a control character"
    parts = text.rstrip("/").split("/")
    if ".." in parts:
        return "climbs with '..'"
    if "" in parts or "." in parts:
        return "has an empty or '.' part"
    return ""


def parse_commit_id(raw: str) -> CommitId | Refused:
    """Accept a full lower-case object id only: a short one may name another commit tomorrow."""
    return CommitId(raw) if _OID.match(raw) else Refused(raw, "is not a full lower-case commit id")


def parse_oid(raw: str) -> Oid | Refused:
    """Accept a full lower-case object id of any type."""
    return Oid(raw) if _OID.match(raw) else Refused(raw, "is not a full lower-case object id")


def parse_digest(raw: str) -> Digest | Refused:
    """Accept `sha256:` followed by 64 lower-case hex digits."""
    return Digest(raw) if _DIGEST.match(raw) else Refused(raw, "is not sha256: and 64 lower-case hex digits")
