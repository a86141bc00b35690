"""The worker's side of the pipes: take a request, answer it, end when idle or when the daemon is gone."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable

from forgewatch import __version__
from forgewatch.adapters.frames import FrameBroken, read_frame, write_frame
from forgewatch.core.codec import decode, encode
from forgewatch.core.copying import Copied, CopyRequest
from forgewatch.core.report import Answered, Asked, AuditAnswer, AuditRequest
from forgewatch.core.repository_facts import Facts, FactsRequest
from forgewatch.core.settings import AuditSettings

IDLE_SECONDS = 60.0
"""How long a worker without work stays warm."""

OTHER_ENGINE = 76
"""Exit status of a worker that is another version of forgewatch than the process that asks: it judges nothing in that one's name."""

_MIB = 1024 * 1024


def serve(answer: Callable[[AuditRequest | FactsRequest | CopyRequest], AuditAnswer | Facts | Copied]) -> int:
    """Answer requests from standard input until it ends or nothing came for IDLE_SECONDS.

    Returns 0, or OTHER_ENGINE when forgewatch was upgraded under the daemon that asks.

    Limits are set before the first byte of a repository is read. Whatever prints to standard output by mistake cannot break a frame:
    the real one is moved away first.
    """
    out = os.dup(1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)
    while True:
        try:
            raw = read_frame(0, seconds=IDLE_SECONDS)
        except FrameBroken:
            return 0
        # Before anything else is understood: the form of a request may differ, too.
        if not isinstance(raw, dict) or raw.get("engine") != __version__:
            return OTHER_ENGINE
        asked = decode(Asked, raw)
        limit_resources(asked.request.settings.audit)
        write_frame(out, encode(Answered(asked.token, answer(asked.request))))


def limit_resources(settings: AuditSettings) -> None:
    """Bound memory and processor time of this process; no core files. The next request may not widen them."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _bound(resource.RLIMIT_AS, settings.memory_mb * _MIB)
    used = resource.getrusage(resource.RUSAGE_SELF)
    _bound_soft(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + settings.deadline_seconds + 1)


def _bound(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (ceiling, ceiling))


def _bound_soft(kind: int, value: int) -> None:
    # Processor time adds up over the audits of a warm worker, so only the soft limit moves.
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
