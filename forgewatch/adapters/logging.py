"""The log: console on a terminal, else one JSON object per line; UTC, sorted keys, standard error (cli.md, Log)."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import threading
from collections.abc import Mapping
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from forgewatch.core.ports import EventLog
from forgewatch.core.text import escape

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_OURS = frozenset({"event", "level", "timestamp"})


def open_log(stream: TextIO, level: str = "info", form: str = "auto", *, color: bool = False) -> EventLog:
    """Return the log on `stream`. `form` is `console`, `json` or `auto` (console iff the stream is a terminal).

    Logging never raises because the stream is gone or its disk is full: the journal is the record, not the log.
    """
    console = form == "console" or (form == "auto" and stream.isatty())
    _quiet_libraries()
    processors: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%SZ" if console else "iso", utc=True),
        _escape_facts,
        *([_shorten_digests] if console else []),
        structlog.dev.ConsoleRenderer(colors=color and stream.isatty(), sort_keys=True) if console else _one_line,
    ]
    wrapper = structlog.make_filtering_bound_logger(LEVELS.get(level, logging.INFO))
    return cast("EventLog", structlog.wrap_logger(_Lines(stream), processors=processors, wrapper_class=wrapper))


class _Lines:
    """What structlog writes to: one whole line at a time, from any thread, and no fault of the stream comes back."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def msg(self, line: str) -> None:
        """Write one line."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._stream.write(line + "\n")
            self._stream.flush()

    debug = info = warning = error = msg


def _one_line(_logger: WrappedLogger, _method: str, facts: EventDict) -> str:
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def _escape_facts(_logger: WrappedLogger, _method: str, facts: EventDict) -> EventDict:
    """Every fact may hold what a builder wrote; our own three keys do not."""
    return {key: value if key in _OURS else _escaped(value) for key, value in facts.items()}


def _shorten_digests(_logger: WrappedLogger, _method: str, facts: EventDict) -> EventDict:
    # Nobody reads sixty-four digits on a terminal; the journal and the log of a service have them.
    return {key: f"{value[:19]}…" if isinstance(value, str) and _DIGEST.fullmatch(value) else value for key, value in facts.items()}


def _escaped(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _escaped(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(item) for item in value]
    return escape(str(value))


def _quiet_libraries() -> None:
    # Their messages would be lines of another shape; what matters in them reaches us as a callback.
    for name in ("watchdog", "filelock"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
