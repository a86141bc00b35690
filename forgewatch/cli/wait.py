"""`wait`: the result of the current diff log. Exits as `audit` would; 124 when there is none in time (contract §10.2, 2)."""

from __future__ import annotations

import contextlib
import os
import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forgewatch.adapters.files import RootFiles
from forgewatch.adapters.journal_glance import journal_stamp
from forgewatch.adapters.state_folder import find_folder
from forgewatch.adapters.watcher_state import foreign_watcher, running_watcher
from forgewatch.cli import places, screen
from forgewatch.cli.difflog_words import why_unaudited
from forgewatch.cli.results import show_result
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.difflog import Blocked, Complete, DiffLogReading, InProcess, Unknown
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.events import AuditRecorded, CycleOpened, Event, LedgerRestored, Recorded, Trigger, TriggerDone
from forgewatch.core.limits import LIMITS, OVERSIZE
from forgewatch.core.places import Places, places_of
from forgewatch.core.policy import settings_digest
from forgewatch.core.ports import Journal
from forgewatch.core.report import Report
from forgewatch.core.values import Content, Digest, RepoPath
from forgewatch.core.verdict import StopReason
from forgewatch.wiring.journals import open_to_read

TIMED_OUT = 124
SCHEMA = "forgewatch/wait/v1"
_LOOK_EVERY = 0.05
_DOCUMENT_BYTES = OVERSIZE * LIMITS.document_bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """The diff log and the test record as they are now, by digest (None: no readable file), what the diff log claims, and the digest of
    the settings that whoever waits goes by."""

    document: Digest | None
    record: Digest | None
    claimed: tuple[RepoPath, ...] = ()
    settings: Digest | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """The diff log needs no audit: HEAD already holds it."""


def run(args: Namespace) -> int:
    """Wait until the journal has the result of the diff log as it is, print it, and exit as the audit would."""
    root = places.repository(args)
    settings = places.settings(args)
    governed = places_of(places.layout_of(root, settings))
    found = _wait(root, governed, settings_digest(settings), time.monotonic() + args.timeout)
    match found:
        case Recorded():
            return show_result(found, str(root), governed, "json" if args.json else "text")
        case Settled():
            return _show_settled(root, args.json)
        case _:
            return _give_up(root, governed, args.timeout)


def answer_in(events: Sequence[Recorded], wanted: Wanted) -> Recorded | Settled | None:
    """Return the newest answer about exactly these documents, given in the cycle that is open now; None when there is none yet.

    Refusals for the ledger's sake are no answer any more once the operator restored it: the daemon audits again.
    """
    restored = False
    for place in range(len(events) - 1, -1, -1):
        recorded = events[place]
        match recorded.event:
            case LedgerRestored():
                restored = True
            case AuditRecorded(amends=int()):
                continue
            case AuditRecorded() as audit if restored and _is_refusal(audit):
                continue
            case TriggerDone(entry=int() as entry) if restored and _is_refusal(events[entry].event):
                continue
            case AuditRecorded(trigger=Trigger() as trigger) if _is_about(trigger, wanted):
                return recorded
            case AuditRecorded(trigger=None, report=Report() as report) if _is_by_hand(report, wanted):
                return recorded
            case AuditRecorded(trigger=None) as audit if not restored and _is_refusal(audit):
                # Whatever passed before it: the record itself is not believed any more.
                return recorded
            case TriggerDone(trigger=trigger, entry=int() as entry) if _is_about(trigger, wanted):
                return events[entry]
            case TriggerDone(trigger=trigger, result="committed") if _is_about(trigger, wanted):
                return Settled()
            case CycleOpened():
                return None
            case _:
                continue
    return None


def _is_refusal(event: Event) -> bool:
    return isinstance(event, AuditRecorded) and event.report is None and event.stop is StopReason.EVIDENCE_MISSING


def _is_about(trigger: Trigger, wanted: Wanted) -> bool:
    return (trigger.document, trigger.record) == (wanted.document, wanted.record)


def _is_by_hand(report: Report, wanted: Wanted) -> bool:
    # `audit --claimed-files` judges another claim than the diff log's, `--base` another change, `--config` by other rules: their results
    # say nothing about what the builder wrote there, to who goes by his own.
    same = (report.difflog.digest, report.record, report.claimed) == (wanted.document, wanted.record, wanted.claimed)
    return same and report.against is None and report.settings in (None, wanted.settings)


def _wait(root: Path, governed: Places, settings: Digest, deadline: float) -> Recorded | Settled | None:
    seen: object = None
    journal: Journal | None = None
    warned = False
    while True:
        folder = find_folder(root, os.environ)
        stamp = (folder and journal_stamp(folder), *(_stamp(root / path) for path in (governed.diff_log, governed.test_record)))
        if folder and stamp != seen:
            journal = journal or open_to_read(folder)
            found = answer_in(journal.read(), _wanted(root, governed, settings))
            if found is not None:
                return found
            seen = stamp
        if not warned and running_watcher(root, folder) is None:
            screen.note(_absence(root, folder))
            warned = True
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        time.sleep(min(_LOOK_EVERY, left))


def _absence(root: Path, folder: Path | None) -> str:
    stranger = foreign_watcher(root, folder)
    if stranger is not None:
        return f"{stranger}; its results are in a record of its own, not in the one that is read here"
    start = f"start one with: {places.watch_command(root)}\nor audit by hand with: forgewatch audit"
    return f"no watcher runs on this repository; {start}"


def _wanted(root: Path, governed: Places, settings: Digest) -> Wanted:
    files = RootFiles(str(root))
    document = files.read(governed.diff_log, _DOCUMENT_BYTES)
    record = files.read(governed.test_record, LIMITS.document_bytes)
    return Wanted(_digest(document), _digest(record), _claim(parse_difflog(document)), settings)


def _digest(content: Content) -> Digest | None:
    return digest_of_bytes(content) if isinstance(content, bytes) else None


def _claim(reading: DiffLogReading) -> tuple[RepoPath, ...]:
    match reading:
        case InProcess(log=log) | Blocked(log=log) | Unknown(log=log) | Complete(log=log):
            return log.claim.paths
        case _:
            return ()


def _stamp(path: Path) -> tuple[int, int, int, int]:
    try:
        found = os.lstat(path)
    except OSError:
        return (0, 0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _show_settled(root: Path, as_json: bool) -> int:
    why = "the work of this diff log is committed: nothing to audit until another cycle begins"
    with contextlib.suppress(screen.ReaderGone):
        if as_json:
            screen.show_json({"schema": SCHEMA, "repository": str(root), "result": "committed", "why": why})
        else:
            screen.show(why)
    return 0


def _give_up(root: Path, governed: Places, seconds: float) -> int:
    folder = find_folder(root, os.environ)
    watcher, stranger = running_watcher(root, folder), foreign_watcher(root, folder)
    who = f"a watcher runs (PID {watcher.pid})" if watcher else f"{stranger}, with a record of its own" if stranger else "no watcher runs"
    why = why_unaudited(parse_difflog(RootFiles(str(root)).read(governed.diff_log, _DOCUMENT_BYTES)))
    told = f"{seconds:g} s: {why}" if why else f"{seconds:g} s"
    screen.complain(f"{governed.diff_log} as it is now has no result after {told}; {who}", "forgewatch status says what it waits for")
    return TIMED_OUT
