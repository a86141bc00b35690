"""Names that some file system takes for `.git`, so that nothing of a builder's is written there."""

from __future__ import annotations

import unicodedata

_NO_NAMES = frozenset({"", ".", ".."})
_GIT = frozenset({".git", "git~1"})


def looks_like_git(name: str) -> bool:
    """True for what some file system takes for `.git`: other case, trailing points and blanks, a stream, characters drawn as nothing.

    True also for a name that is none: empty, `.` and `..`.
    """
    seen = "".join(char for char in name if unicodedata.category(char) != "Cf").lower()
    return name in _NO_NAMES or seen.partition(":")[0].rstrip(" .") in _GIT
