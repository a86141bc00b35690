"""What A9 says in words about files, manifests and languages; the codes stand in the check."""

from __future__ import annotations

from collections.abc import Iterable

from forgewatch.core.newer_syntax import RUNNING
from forgewatch.core.source_kinds import NO_EXTRA, grammar_of, language_of
from forgewatch.core.values import RepoPath

_SHOWN = 3


def unjudged_languages(files: Iterable[tuple[RepoPath, bytes]]) -> str:
    """Say what keeps the imports of the files from being judged; nothing when there are none."""
    kinds = sorted({(grammar_of(*file) is None, *kind) for file in files if (kind := language_of(*file))})
    readable, unreadable = (", ".join(f"{suffix} ({name})" for later, suffix, name in kinds if later is which) for which in (False, True))
    told = f"imports of {readable} files are not judged: {NO_EXTRA}" if readable else ""
    return "; ".join(filter(None, (told, f"imports of {unreadable} files are not judged yet" if unreadable else "")))


def needs_newer(path: str, minor: int) -> str:
    """Say that a file needs a newer Python than this one, 3.`minor`."""
    return f"the imports of {path} are unknown: its syntax needs Python >= 3.{minor}, and forgewatch runs on 3.{RUNNING}"


def counted_files(number: int, noun: str) -> str:
    """Return `1 Python file`, `2 Python files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def places_shown(places: tuple[RepoPath, ...]) -> str:
    """Return the first places, and how many more there are."""
    more = f" (and {len(places) - _SHOWN} more)" if len(places) > _SHOWN else ""
    return " or ".join(places[:_SHOWN]) + more


def names_shown(names: list[str]) -> str:
    """Return the first ten names, and how many more there are."""
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
