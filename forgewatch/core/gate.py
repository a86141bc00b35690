"""A gate: a named list of checks that has to be passed before something may begin (architecture.md, One mechanism each).

Its checks are rows like those of an audit and give the same rulings; `app.engine.pass_gate` judges them by a severity profile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from forgewatch.core.verdict import Check, S


@dataclass(frozen=True, slots=True)
class Gate(Generic[S]):
    """The checks of one gate in the order in which their results are told."""

    name: str
    checks: tuple[Check[S], ...]
