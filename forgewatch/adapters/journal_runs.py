"""The runs of a long journal, looked at by one process for each processor (ledger.md, Targets: a million entries).

Each process is a fork of this one, takes every n-th run, and sends what it found through a pipe, in order. A run that does not come,
because its process died or none was to be had, is looked at here: what comes out is the same.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import signal
import threading
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, BinaryIO

from forgewatch.adapters.journal_whole import DiskLines
from forgewatch.core.journal_scan import RUN, Block, Run, scan
from forgewatch.core.merkle import Frontier
from forgewatch.core.tampering import Flaw, Tampering
from forgewatch.core.values import Digest

SHARED_FROM = 4
"""Runs from which on other processes are worth their beginning."""

MOST = 8


@dataclass(frozen=True, slots=True)
class _Helping:
    """A process that works for us, and the pipe it writes to."""

    pid: int
    pipe: BinaryIO


def scanned(lines: DiskLines, processes: int | None = None) -> Generator[Run, None, None]:
    """Yield the runs of the lines in order. `processes`: how many look at them, by default one for each processor we may use.

    Raises EnvironmentFault when the file cannot be read. The caller has no other thread, or only this process looks.
    """
    count = -(-len(lines) // RUN)
    wanted = min(processes or len(os.sched_getaffinity(0)), MOST, count)
    alone = count < SHARED_FROM or wanted < 2 or threading.active_count() > 1
    helping: list[_Helping] = []
    try:
        with contextlib.suppress(OSError):
            while not alone and len(helping) < wanted:
                helping.append(_fork(lines, len(helping), wanted, count))
        for number in range(count):
            found = _received(helping[number % wanted].pipe) if number % wanted < len(helping) else None
            yield _run_of(found) if found is not None else scan(number * RUN, lines.run(number))
    finally:
        for each in helping:
            each.pipe.close()
            # Whoever asked may have stopped before the end.
            with contextlib.suppress(ProcessLookupError):
                os.kill(each.pid, signal.SIGKILL)
            os.waitpid(each.pid, 0)


def _fork(lines: DiskLines, number: int, step: int, count: int) -> _Helping:
    reader, writer = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        raise
    if pid:
        os.close(writer)
        return _Helping(pid, os.fdopen(reader, "rb"))
    status = 1
    try:
        os.close(reader)
        with os.fdopen(writer, "wb") as pipe:
            for run in range(number, count, step):
                marshal.dump(_values_of(scan(run * RUN, lines.run(run))), pipe)
        status = 0
    finally:
        # Nothing of the caller may run twice, whatever happened here.
        os._exit(status)


def _received(pipe: BinaryIO) -> tuple[Any, ...] | None:
    try:
        found: tuple[Any, ...] = marshal.load(pipe)
    except (EOFError, ValueError, TypeError):
        # A process that died: what is missing is looked at by the caller.
        return None
    return found


def _values_of(run: Run) -> tuple[Any, ...]:
    flaw = run.flaw and (run.flaw.kind.name, run.flaw.line, run.flaw.detail)
    blocks = tuple((block.seq, block.foreign, block.size, block.digest) for block in run.blocks)
    return (run.first, run.tree.size, run.tree.peaks, flaw, run.rotations, run.signed, run.unsigned, run.lapsed, blocks)


def _run_of(values: tuple[Any, ...]) -> Run:
    first, size, peaks, flaw, rotations, signed, unsigned, lapsed, blocks = values
    return Run(
        first=first,
        tree=Frontier(size, peaks),
        flaw=flaw and Flaw(kind=Tampering[flaw[0]], line=flaw[1], detail=flaw[2]),
        rotations=rotations,
        signed=signed,
        unsigned=unsigned,
        lapsed=lapsed,
        blocks=tuple(Block(seq, foreign and Digest(foreign), size, digest) for seq, foreign, size, digest in blocks),
    )
