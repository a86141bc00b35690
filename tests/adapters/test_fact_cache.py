"""The cache of facts may be lost, locked, damaged or foreign: that costs time and never an audit."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from forgewatch.adapters.fact_cache import SAVE_FACTS, SAVE_SECONDS, SqliteFacts
from forgewatch.core.codec import decode, encode
from forgewatch.core.facts import Import, SourceFacts
from forgewatch.core.values import Oid

OID = Oid("a" * 40)
FACTS = SourceFacts(imports=(Import(module="os", line=1),), defect="odd \udcff\u202e")


def keep(folder: Path, key: str = "r/1 a.py") -> None:
    with closing(SqliteFacts(folder)) as cache:
        cache.put(key, OID, FACTS)
        cache.save()


def found(folder: Path, key: str = "r/1 a.py", oid: Oid = OID) -> object | None:
    with closing(SqliteFacts(folder)) as cache:
        return cache.get(key, oid)


def recalled(folder: Path, key: str = "r/1 a.py") -> SourceFacts | None:
    raw = found(folder, key)
    return None if raw is None else decode(SourceFacts, raw)  # type: ignore[arg-type]


def works(folder: Path) -> bool:
    """True when a new cache takes a value and another one gives it back."""
    keep(folder, "r/1 probe.py")
    return recalled(folder, "r/1 probe.py") == FACTS


@pytest.mark.parametrize("key", ["r/1 a.py", "r/1 caf\udce9/\udcff.py", "r/1 名\n.py"])
def test_what_was_saved_is_there_for_the_next_worker(tmp_path: Path, key: str) -> None:
    keep(tmp_path, key)
    assert recalled(tmp_path, key) == FACTS
    assert found(tmp_path, key, Oid("b" * 40)) is None
    assert found(tmp_path, "r/2 a.py") is None


def test_what_was_not_saved_is_lost_and_a_newer_value_wins(tmp_path: Path) -> None:
    with closing(SqliteFacts(tmp_path)) as cache:
        cache.put("r", OID, FACTS)
        assert cache.get("r", OID) is FACTS
    assert recalled(tmp_path, "r") is None
    keep(tmp_path, "r")
    with closing(SqliteFacts(tmp_path)) as cache:
        cache.put("r", OID, SourceFacts(defect="newer"))
        cache.save()
        cache.save()
    assert recalled(tmp_path, "r") == SourceFacts(defect="newer")


def test_a_worker_that_is_killed_leaves_what_it_looked_at_for_the_next_one(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from forgewatch.adapters.fact_cache import SqliteFacts\n"
        f"cache = SqliteFacts(Path(sys.argv[1]))\nfor number in range({SAVE_FACTS * 2 + 10}):\n"
        "    cache.put(f'r/1 {number}.py', 'a' * 40, number)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    run = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert run.returncode == -signal.SIGKILL
    with closing(SqliteFacts(tmp_path)) as cache:
        kept = [number for number in range(SAVE_FACTS * 2 + 10) if cache.get(f"r/1 {number}.py", OID) == number]
    assert kept == list(range(SAVE_FACTS * 2))


def test_few_facts_that_take_long_are_saved_as_they_come(tmp_path: Path) -> None:
    now = [0.0]
    with closing(SqliteFacts(tmp_path, lambda: now[0])) as cache:
        for number in range(4):
            now[0] += SAVE_SECONDS / 2
            cache.put(f"r/1 {number}.py", OID, number)
    assert [found(tmp_path, f"r/1 {number}.py") for number in range(4)] == [0, 1, 2, 3]
    with closing(SqliteFacts(tmp_path, lambda: now[0])) as cache:
        cache.put("r/1 5.py", OID, 5)
    assert found(tmp_path, "r/1 5.py") is None


def damage(folder: Path, how: str) -> None:
    file = folder / "facts.sqlite"
    data = file.read_bytes()
    match how:
        case "empty":
            file.write_bytes(b"")
        case "garbage":
            file.write_bytes(os.urandom(5000))
        case "text":
            file.write_text("this is no database")
        case "torn":
            file.write_bytes(data[: len(data) // 2])
        case "flipped":
            file.write_bytes(data[:100] + bytes(byte ^ 0xFF for byte in data[100:]))
        case "gone":
            file.unlink()


@pytest.mark.parametrize("how", ["empty", "garbage", "text", "torn", "flipped", "gone"])
def test_a_damaged_file_is_begun_again(tmp_path: Path, how: str) -> None:
    keep(tmp_path)
    damage(tmp_path, how)
    assert recalled(tmp_path) in (None, FACTS)
    assert works(tmp_path)


FOREIGN = {
    "other columns": ["CREATE TABLE facts (a, b)"],
    "other types": ["CREATE TABLE facts (ruleset, oid, value)", "INSERT INTO facts VALUES ('text', 7, x'00')"],
    "an older version": [
        "CREATE TABLE facts (ruleset BLOB, oid TEXT, value TEXT, PRIMARY KEY (ruleset, oid)) WITHOUT ROWID",
        f"INSERT INTO facts VALUES (x'722f31', '{OID}', '{{}}')",
    ],
    "a newer version": ["PRAGMA user_version = 1"],
    "another table": ["CREATE TABLE other (a)"],
    "a view": ["CREATE VIEW facts AS SELECT 1 AS ruleset, 2 AS oid, 3 AS value"],
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_is_begun_again(tmp_path: Path, kind: str) -> None:
    with closing(sqlite3.connect(tmp_path / "facts.sqlite")) as database, database:
        for statement in FOREIGN[kind]:
            database.execute(statement)
    assert found(tmp_path, "r/1") is None
    assert works(tmp_path)


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "NaN{", ""])
def test_text_that_is_no_json_is_unknown(tmp_path: Path, text: str) -> None:
    keep(tmp_path)
    with closing(sqlite3.connect(tmp_path / "facts.sqlite")) as database, database:
        database.execute("UPDATE facts SET value = ?", (text,))
    assert found(tmp_path) is None


@pytest.mark.parametrize("value", [b"\xff", None, 7])
def test_a_row_that_is_no_text_is_no_row_of_ours(tmp_path: Path, value: object) -> None:
    keep(tmp_path)
    with closing(sqlite3.connect(tmp_path / "facts.sqlite")) as database, database:
        database.execute("UPDATE facts SET value = ?", (value,))
    assert found(tmp_path) in (None, 7)
    assert works(tmp_path)


def test_text_that_is_not_utf_8_is_begun_again(tmp_path: Path) -> None:
    keep(tmp_path)
    with closing(sqlite3.connect(tmp_path / "facts.sqlite")) as database, database:
        database.execute("UPDATE facts SET value = CAST(x'ff' AS TEXT)")
    assert found(tmp_path) is None
    assert works(tmp_path)


def test_a_locked_file_is_left_alone_and_the_audit_goes_on_without(tmp_path: Path) -> None:
    keep(tmp_path)
    with closing(sqlite3.connect(tmp_path / "facts.sqlite", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        cache = SqliteFacts(tmp_path)
        assert cache.get("r/1 a.py", OID) is None
        cache.put("r/1 a.py", OID, FACTS)
        cache.save()
        assert cache.get("r/1 a.py", OID) is FACTS
    assert recalled(tmp_path) == FACTS


def test_a_file_that_gets_locked_during_the_audit_loses_what_is_new(tmp_path: Path) -> None:
    keep(tmp_path)
    with closing(SqliteFacts(tmp_path)) as cache, closing(sqlite3.connect(tmp_path / "facts.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        cache.put("r/2", OID, FACTS)
        cache.save()
        assert cache.get("r/2", OID) is FACTS
    assert recalled(tmp_path) == FACTS
    assert recalled(tmp_path, "r/2") is None


@pytest.mark.parametrize("place", ["no folder", "a file", "a directory in its place", "a symlink to a device", "a fifo beside it"])
def test_a_place_that_cannot_hold_a_file_means_no_cache(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "cache"
    if place == "a file":
        folder.write_text("")
    elif place != "no folder":
        folder.mkdir()
    if place == "a directory in its place":
        (folder / "facts.sqlite").mkdir()
    elif place == "a symlink to a device":
        (folder / "facts.sqlite").symlink_to("/dev/full")
    elif place == "a fifo beside it":
        os.mkfifo(folder / "facts.sqlite-wal")
    with closing(SqliteFacts(folder)) as cache:
        cache.put("r", OID, FACTS)
        cache.save()
        assert cache.get("r", OID) == FACTS


def test_the_json_in_the_file_is_the_codecs(tmp_path: Path) -> None:
    keep(tmp_path)
    assert found(tmp_path) == encode(FACTS)


def test_a_file_over_the_limit_is_begun_again(tmp_path: Path) -> None:
    keep(tmp_path)
    os.truncate(tmp_path / "facts.sqlite", 300 * 1024 * 1024)
    assert found(tmp_path) is None
    assert (tmp_path / "facts.sqlite").stat().st_size < 1024 * 1024
    assert works(tmp_path)
