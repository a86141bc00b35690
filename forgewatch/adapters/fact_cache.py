"""Facts per (ruleset, blob) across audits: in memory while the worker is warm, in a SQLite file between workers.

The file lies in the state folder's `cache` (0700) and may be lost, locked, damaged or foreign at any time: that costs time only.
Whoever can write it can also write the journal's folder, so it is no weaker than the record (architecture.md, Where things are kept).
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
import zlib
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path

from forgewatch import __version__
from forgewatch.core.codec import encode
from forgewatch.core.values import Oid

_LIMIT = 2_000_000
_FILE_LIMIT = 256 * 1024 * 1024
_WAIT_SECONDS = 0.2
SAVE_FACTS, SAVE_SECONDS = 500, 5.0
"""New facts, and seconds, after which what is new is written: an audit that is killed at its deadline has less to do the next time."""

_MARK = zlib.crc32(f"{__version__} {sys.version}".encode()) >> 1
"""Facts come from our extractors and from this Python's parser: those of another pair are not ours."""

_MAKE = "CREATE TABLE facts (ruleset BLOB, oid TEXT, value TEXT, PRIMARY KEY (ruleset, oid)) WITHOUT ROWID"
_Rows = dict[tuple[str, Oid], object]


@dataclass(frozen=True, slots=True)
class _Stored:
    """JSON text as it lies in the file; taken apart only when somebody asks for it."""

    text: str


class SqliteFacts:
    """Fulfils ports.FactCache. `get` gives the value put earlier in this process, or its JSON from an earlier one. Never raises."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = folder / "facts.sqlite"
        self._clock = clock
        self._saved = clock()
        self._fresh: list[tuple[str, Oid, object]] = []
        self._database, self._known = self._open()

    def get(self, ruleset: str, oid: Oid) -> object | None:
        """Return what is known, None when nothing is."""
        known = self._known.get((ruleset, oid))
        return _parsed(known.text) if isinstance(known, _Stored) else known

    def put(self, ruleset: str, oid: Oid, facts: object) -> None:
        """Remember a value; `save` makes it last, and so does every `SAVE_FACTS`th value and the first one after `SAVE_SECONDS`."""
        if len(self._known) >= _LIMIT:
            self._known.clear()
        self._known[(ruleset, oid)] = facts
        self._fresh.append((ruleset, oid, facts))
        if len(self._fresh) >= SAVE_FACTS or self._clock() - self._saved >= SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Write what is new. A failure loses the cache and nothing else."""
        fresh, self._fresh, self._saved = self._fresh, [], self._clock()
        if self._database is None or not fresh:
            return
        rows = [(_bytes(ruleset), oid, json.dumps(encode(value), separators=(",", ":"))) for ruleset, oid, value in fresh]
        try:
            with self._database:
                self._database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", rows)
        except sqlite3.Error:
            self.close()

    def close(self) -> None:
        """Let the file go; what is known stays known. A connection that is only forgotten would keep it until somebody collects garbage."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _open(self) -> tuple[sqlite3.Connection | None, _Rows]:
        for _ in range(2):
            try:
                return self._load()
            except sqlite3.OperationalError as error:
                if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    # Another worker is at it: what it writes is not ours to remove.
                    return None, {}
            except (sqlite3.Error, OSError, ValueError):
                pass
            self._remove()
        return None, {}

    def _load(self) -> tuple[sqlite3.Connection, _Rows]:
        """Open the file and read all of it. Raises sqlite3.Error, OSError, ValueError when it is not a file of ours, or too large."""
        if self._path.exists() and self._path.stat().st_size > _FILE_LIMIT:
            raise ValueError("over the limit")
        with ExitStack() as undo:
            database = undo.enter_context(closing(sqlite3.connect(self._path, timeout=_WAIT_SECONDS)))
            database.execute("PRAGMA synchronous = OFF")
            database.execute("PRAGMA journal_mode = WAL")
            _make_ours(database)
            rows: _Rows = {}
            for ruleset, oid, text in database.execute("SELECT ruleset, oid, value FROM facts"):
                if not (isinstance(ruleset, bytes) and isinstance(oid, str) and isinstance(text, str)):
                    raise ValueError("not as we write it")
                rows[(_text(ruleset), Oid(oid))] = _Stored(text)
            undo.pop_all()
            return database, rows

    def _remove(self) -> None:
        # Its log goes with it: SQLite would play an old log into the new file.
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                Path(f"{self._path}{suffix}").unlink()


def _make_ours(database: sqlite3.Connection) -> None:
    """Make the table in an empty file. Raises ValueError when the file has tables of another version."""
    (mark,) = database.execute("PRAGMA user_version").fetchone()
    if mark == _MARK:
        return
    if database.execute("SELECT 1 FROM sqlite_master").fetchone() is not None:
        raise ValueError("of another version")
    with database:
        database.execute(_MAKE)
        database.execute(f"PRAGMA user_version = {_MARK}")


def _parsed(text: str) -> object | None:
    try:
        return json.loads(text)  # type: ignore[no-any-return]
    except (ValueError, RecursionError):
        return None


def _bytes(key: str) -> bytes:
    # The key holds a path, and a path need not be UTF-8.
    return key.encode("utf-8", "surrogateescape")


def _text(key: bytes) -> str:
    return key.decode("utf-8", "surrogateescape")
