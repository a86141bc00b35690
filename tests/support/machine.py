"""Audits on a machine that fails: each begins with the same state folder, so that the same number is the same call or answer."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from forgewatch.core.report import AuditAnswer, Failed, Report
from forgewatch.core.verdict import Outcome
from tests.support.inside import Inside

CRASHES = (OSError,)
"""A worker that ends by one of these is an ERROR entry: the daemon hears of its end and not of a pass."""

_NOTHING = nullcontext()


def is_pass(answer: AuditAnswer) -> bool:
    """True when the answer is a verdict of PASS; also when it judges nothing because the work is committed."""
    return not isinstance(answer, Failed) and (not isinstance(answer, Report) or answer.audit.outcome is Outcome.PASS)


def spread(calls: int, wanted: int) -> list[int]:
    """Return `wanted` numbers of `calls`, from 0, the first and the last among them."""
    return sorted({round(step * (calls - 1) / max(1, wanted - 1)) for step in range(min(wanted, calls))})


class Machine:
    """Audits that begin with the same state folder each time: an empty one, or `warm` what an audit without a fault has left there."""

    def __init__(self, rig: Inside, *, warm: bool = False) -> None:
        self.rig = rig
        self.state = rig.state.with_name("state before")
        (self.state / "cache").mkdir(parents=True, mode=0o700)
        if warm:
            self.answer()
            rig.forget()
            shutil.rmtree(self.state)
            shutil.copytree(rig.state, self.state)

    def answer(self, during: AbstractContextManager[None] = _NOTHING, **parts: Any) -> AuditAnswer:
        """Audit. A crash of the worker is an ERROR entry."""
        self.rig.forget()
        shutil.rmtree(self.rig.state)
        shutil.copytree(self.state, self.rig.state)
        try:
            with during:
                return self.rig.answer(**parts)
        except CRASHES as error:
            return Failed("ENVIRONMENT_LIMITATION", str(error))
