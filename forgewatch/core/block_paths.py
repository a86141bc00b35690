"""Where a block may write (S002-0.1-2): inside the repository, and nowhere that decides about the audit of it.

Refused are forms of a path that mean another place on some machine, what belongs to git, and what a builder's output is no way to make:
evidence, approvals, tokens, the lock record. Names are compared as a file system does that knows no case.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from forgewatch.core.git_names import looks_like_git
from forgewatch.core.places import FORGE, LOCK_RECORD, TRACE, Places
from forgewatch.core.values import Refused, RepoPath, parse_repo_path

_QUOTES = ("`", "'", '"')


def parse_target(raw: str, governed: Places) -> RepoPath | Refused:
    """Return the file that a header names, or why nothing is written there. Symlinks are refused where it is written."""
    why = _form_defect(raw)
    if why:
        return Refused(raw, why)
    path = parse_repo_path(raw)
    if isinstance(path, Refused):
        return path
    why = _place_defect(path, governed)
    return Refused(raw, why) if why else path


def _form_defect(raw: str) -> str:
    if "\\" in raw:
        return "holds a backslash: expected '/' between folders"
    if raw[:1] in _QUOTES and raw[-1:] == raw[:1]:
        return "stands in quotes: expected the bare path"
    if raw.endswith("/"):
        return "names a folder: expected a file"
    if any(unicodedata.category(char) == "Cc" for char in raw):
        return "holds a control character"
    return ""


def _place_defect(path: RepoPath, governed: Places) -> str:
    parts = path.split("/")
    if any(looks_like_git(part) for part in parts):
        return "is in the folder of git"
    seen = [_folded(part) for part in parts]
    if any(_is_below(seen, place.evidence) for place in (governed, FORGE)):
        return "is evidence, which no block writes: test records, diff log, ledger and tokens have commands of their own"
    if seen[0].startswith(LOCK_RECORD):
        return "is the record of the watcher"
    # The contract beside the token is a builder's to draft: `approve sign` asks a person about it.
    if seen[:1] == [TRACE] and seen[2:] == ["contract", "approved"]:
        return "is an approval, which a person gives"
    return ""


def _is_below(seen: Sequence[str], folder: str) -> bool:
    place = [_folded(part) for part in folder.split("/")]
    return list(seen[: len(place)]) == place


def _folded(name: str) -> str:
    """Return the name as a file system sees it that knows no case, no stream and no points or blanks at an end."""
    plain = "".join(char for char in unicodedata.normalize("NFKC", name) if unicodedata.category(char) != "Cf")
    return plain.partition(":")[0].rstrip(" .").casefold() or name
