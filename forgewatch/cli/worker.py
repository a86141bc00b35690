"""`worker`: the process that does audits. Started by forgewatch itself; hidden because people have no use for it."""

from __future__ import annotations

from argparse import Namespace

from forgewatch.adapters.signals import take_signals_again
from forgewatch.wiring.worker import run_worker


def run(_args: Namespace) -> int:
    """Serve audits on standard input and output until the other side closes."""
    take_signals_again()
    return run_worker()
