"""The processes that this one has begun and not waited for."""

from __future__ import annotations

import os
from pathlib import Path


def children() -> dict[int, str]:
    """Return our child processes and their states; `Z` is a zombie."""
    found = {}
    for name in os.listdir("/proc"):
        try:
            text = Path(f"/proc/{name}/stat").read_text() if name.isdigit() else ""
        except OSError:
            continue
        state, parent = text.rpartition(")")[2].split()[:2] if text else ("", "")
        if parent == str(os.getpid()):
            found[int(name)] = state
    return found
