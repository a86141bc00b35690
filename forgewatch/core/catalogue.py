"""The documentation of every finding code: what `explain` prints, and what a fix plan proposes.

Each check has a module `core/catalogue_<check>.py` with its own rows; this one only joins them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeDoc:
    """One finding code. `means`, `good`, `bad` and `fix` are for people.

    `action` is the smallest action as a template over `{path}`, `{line}`, `{expected}`, `{actual}`. `allows` are the files that a fix
    may touch: `path` (the finding's own), `expected` (a second path, stated there), `difflog`, `record`, `ledger`, `manifest`,
    `boundaries`, `physics`, `changed` (the changed files of the cycle). `note` marks codes that never fail.
    """

    code: str
    title: str
    means: str
    good: str
    bad: str
    fix: str
    action: str
    allows: tuple[str, ...] = ("path",)
    note: bool = False
