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
    `boundaries`, `physics`, `changed` (the changed files of the cycle). `ways` are the action for programs: each way is enough, its
    operations are done in their order (core/fix_ways.py); none given: what follows from `allows`. `note` marks codes that never fail.
    """

    code: str
    title: str
    means: str
    good: str
    bad: str
    fix: str
    action: str
    allows: tuple[str, ...] = ("path",)
    ways: tuple[tuple[str, ...], ...] = ()
    note: bool = False


CLAIM = ("claim path",)
EDIT = ("edit path", "sync path", "test")
BACK = ("restore path", "sync path", "test")
MEND = ("edit any", "sync changed", "test")
ASK = ("ask",)
STEPS = ("state Verification: Static", "state Verification: Runtime", "state Verification: Behavior", "state Verification: Contract")
WHOLE_LOG = (
    *("write difflog", "state Cycle Status: Status", "state Summary", "state Files Changed"),
    *(*STEPS, "state Notes", "state Next Steps"),
)
"""The ways that several codes have."""
