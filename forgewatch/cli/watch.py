"""`watch`: the daemon in the foreground."""

from __future__ import annotations

import os
from argparse import Namespace

from forgewatch.wiring.daemon import run_daemon


def run(args: Namespace) -> int:
    """Watch until told to stop. Returns the daemon's exit status; a second instance says who runs and gives 0."""
    return run_daemon([os.path.abspath(path) for path in args.paths], args.config)
