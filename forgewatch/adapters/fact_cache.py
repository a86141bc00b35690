"""Facts per (ruleset, blob) across audits: in memory while the worker is warm, in a SQLite file between workers.

The file lies in the state folder's `cache` (0700) and may be lost or deleted at any time: that costs time only.
Whoever can write it can also write the journal's folder, so it is no weaker than the record (architecture.md, Where things are kept).
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from forgewatch.core.codec import encode
from forgewatch.core.values import Oid

_LIMIT = 2_000_000
_MAKE = "CREATE TABLE IF NOT EXISTS facts (ruleset BLOB, oid TEXT, value TEXT, PRIMARY KEY (ruleset, oid)) WITHOUT ROWID"


class SqliteFacts:
    """Fulfils ports.FactCache. `get` gives the value put earlier in this process, or its JSON from an earlier one."""

    def __init__(self, folder: Path) -> None:
        self._known: dict[tuple[str, Oid], object] = {}
        self._fresh: list[tuple[str, Oid, object]] = []
        self._database = _open(folder / "facts.sqlite")
        if self._database is not None:
            for ruleset, oid, value in self._database.execute("SELECT ruleset, oid, value FROM facts"):
                self._known[(_text(ruleset), Oid(oid))] = json.loads(value)

    def get(self, ruleset: str, oid: Oid) -> object | None:
        """Return what is known, None when nothing is."""
        return self._known.get((ruleset, oid))

    def put(self, ruleset: str, oid: Oid, facts: object) -> None:
        """Remember a value; `save` makes it last."""
        if len(self._known) >= _LIMIT:
            self._known.clear()
        self._known[(ruleset, oid)] = facts
        self._fresh.append((ruleset, oid, facts))

    def save(self) -> None:
        """Write what is new. A failure loses the cache and nothing else."""
        fresh, self._fresh = self._fresh, []
        if self._database is None or not fresh:
            return
        rows = [(_bytes(ruleset), oid, json.dumps(encode(value), separators=(",", ":"))) for ruleset, oid, value in fresh]
        try:
            with self._database:
                self._database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", rows)
        except sqlite3.Error:
            self._database = None


def _bytes(key: str) -> bytes:
    # The key holds a path, and a path need not be UTF-8.
    return key.encode("utf-8", "surrogateescape")


def _text(key: bytes) -> str:
    return key.decode("utf-8", "surrogateescape")


def _open(path: Path) -> sqlite3.Connection | None:
    try:
        return _connect(path)
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)
    try:
        return _connect(path)
    except sqlite3.DatabaseError:
        return None


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(_MAKE)
    database.execute("PRAGMA quick_check(1)")
    return database
