"""What an operator or the machine may ask of the running daemon."""

from __future__ import annotations

from enum import Enum, auto


class Request(Enum):
    """STOP: end cleanly. RELOAD: read the configuration again. SWEEP: look at everything, hints may have been lost."""

    STOP = auto()
    RELOAD = auto()
    SWEEP = auto()
