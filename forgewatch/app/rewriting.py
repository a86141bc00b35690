"""How often a lock record that others touch is put right again (watching.md, Lock)."""

from __future__ import annotations

from dataclasses import dataclass

REWRITE_PAUSE, LONGEST_REWRITE_PAUSE = 1.0, 60.0
"""Seconds between two rewritings of a lock record: somebody who deletes it in a loop must not keep us busy."""


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Not before `due` is the lock record put right again, and then, if it was touched meanwhile, not for twice `pause` seconds: two
    daemons of different users would otherwise write it in turns for ever."""

    due: float = float("-inf")
    pause: float = 0.0

    def after(self, now: float) -> Rewriting:
        """Return what holds after a rewriting: the pause doubles while one follows the other, and is short again after a rest."""
        busy = now < self.due + self.pause
        pause = min(2 * self.pause, LONGEST_REWRITE_PAUSE) if busy else REWRITE_PAUSE
        return Rewriting(now + pause, pause)
