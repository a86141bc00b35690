"""Kill -9 at random moments of a process that appends to a signed journal, again and again: `python -m tests.support.killed_appends`.

Each trial forks a writer that was imported once, kills it, and opens the journal like any process that comes after a crash. Asserted of
each: all that was acknowledged is there, in its place; at most the one append that was under way is there as well; what is there is
believed by a fresh reader and by the examination of whoever knows the public key; nobody sees tampering. Prints one line of JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import shutil
import signal
import sys
import time
from pathlib import Path

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.journal_keys import KeyFolder, verifies
from forgewatch.adapters.journal_seal import JournalSeal
from forgewatch.adapters.journal_whole import read_whole
from forgewatch.app.rotation import rotate
from forgewatch.core.events import CycleOpened, KeyRotated
from forgewatch.core.journal_exam import Trust, examine
from tests.support.signed import opened

LONGEST = 8
"""So many appends a writer is let live, at most, at the pace that the disk had when its journal was begun."""

GROUP = 5
ROUNDS = 20
"""So many writers are killed over one journal, then another one is begun."""


def main(seed: int, trials: int, top: Path) -> dict[str, int]:
    """Run the trials and return how many there were, what they acknowledged, and what was there that nobody had been told of."""
    chance, counts = random.Random(seed), {"seed": seed, "trials": 0, "journals": 0, "acknowledged": 0, "untold": 0, "rotated": 0}
    folder = top / "journal"
    for trial in range(trials):
        if trial % ROUNDS == 0:
            shutil.rmtree(folder, ignore_errors=True)
            (folder / "keys").mkdir(parents=True, mode=0o700)
            counts["journals"] += 1
            known, longest = 0, LONGEST * pace(top / "paced")
        acknowledged = known + killed(folder, known, longest, chance)
        found, rotations = believed(folder)
        assert found >= acknowledged, f"trial {trial} of seed {seed}: {acknowledged} were acknowledged, {found} are there"
        assert found <= acknowledged + GROUP, f"trial {trial} of seed {seed}: {acknowledged} were acknowledged, {found} are there"
        counts["trials"] += 1
        counts["acknowledged"] += acknowledged - known
        counts["untold"] += found - acknowledged
        counts["rotated"] += rotations if trial % ROUNDS == ROUNDS - 1 else 0
        known = found
    return counts


def pace(folder: Path) -> float:
    """Return the seconds that an append takes now."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "keys").mkdir(parents=True, mode=0o700)
    journal = journal_of(folder)
    journal.append(opened(0))
    began = time.perf_counter()
    for number in range(4):
        journal.append(opened(number))
    return (time.perf_counter() - began) / 4


def killed(folder: Path, known: int, longest: float, chance: random.Random) -> int:
    """Let a writer go on behind `known` events until it is killed. Return how many further ones it acknowledged."""
    seed, seconds = chance.random(), chance.uniform(0, longest)
    reading, writing = os.pipe()
    writer = os.fork()
    if writer == 0:
        os.close(reading)
        with contextlib.suppress(BaseException):
            write_on(folder, known, random.Random(seed), writing)
        os._exit(1)
    os.close(writing)
    # From the first sign of life on: what comes before is the fork.
    assert os.read(reading, 1) == b"!"
    select.select([], [], [], seconds)
    os.kill(writer, signal.SIGKILL)
    _, status = os.waitpid(writer, 0)
    with os.fdopen(reading, "rb") as told:
        count = sum(told.read())
    assert os.WIFSIGNALED(status), "the writer ended by itself: it could not append"
    return count


def write_on(folder: Path, known: int, chance: random.Random, told: int) -> None:
    """Append single events and groups, change the key now and then, and acknowledge each append with one byte: how many it was."""
    journal, number = journal_of(folder), known
    os.write(told, b"!")
    while True:
        count = chance.choice((1, 1, 1, GROUP))
        if chance.random() < 0.1:
            rotate(journal, KeyFolder(folder), SystemClock(), "operator")
        journal.append_all([opened(number + one) for one in range(count)])
        os.write(told, bytes([count]))
        number += count


def journal_of(folder: Path) -> FileJournal:
    """Return the journal as the daemon opens it."""
    return FileJournal(folder, seal=JournalSeal(folder))


def believed(folder: Path) -> tuple[int, int]:
    """Return how many events a fresh process believes, and how many changes of key. Asserts that they are those that were written."""
    events = [one.event for one in journal_of(folder).read()]
    numbers = [event.cycle for event in events if isinstance(event, CycleOpened)]
    assert numbers == list(range(len(numbers)))
    assert all(isinstance(event, CycleOpened | KeyRotated) for event in events)
    whole, keys = read_whole(folder), KeyFolder(folder)
    if keys.exists() and whole.note is not None:
        examined = examine(whole.lines, whole.note, Trust(whole.origin, keys.root(), verifies))
        assert examined.flaws == ()
        assert examined.signed == len(events) == len(whole.lines)
    else:
        assert events == []
    return len(numbers), len(events) - len(numbers)


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))))
