"""`difflog check [FILE]` and `difflog finalize`: what an audit would say of the log by itself. Reads only, and needs no record."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from forgewatch.adapters.files import RootFiles
from forgewatch.app.difflog_rules import Judged, findings_refusal, judge_log
from forgewatch.cli import places
from forgewatch.cli.difflog_told import Told
from forgewatch.cli.regular_file import open_regular
from forgewatch.core.difflog import Complete, DiffLogReading, InProcess
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.difflog_steps import FINISH, Refusal, may_finalize
from forgewatch.core.errors import UsageError
from forgewatch.core.limits import LIMITS, OVERSIZE
from forgewatch.core.places import Places, places_of
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable
from forgewatch.wiring.detached import watching

_LIMIT = OVERSIZE * LIMITS.document_bytes


def run(root: Path, args: Namespace) -> int:
    """Do the verb. Raises UsageError for a FILE that cannot be read."""
    governed, files = places_of(places.layout_of(root, places.settings(args))), RootFiles(str(root))
    told = Told(root, args.verb, as_json=args.json)
    if args.verb == "finalize":
        reading = parse_difflog(files.read(governed.diff_log, _LIMIT))
        decided = may_finalize(reading)
        if isinstance(decided, Refusal):
            return told.refused(decided)
        judged = _judged(reading, governed, files)
        # By the audit's own function: it cannot say another thing later (C-09).
        refusal = findings_refusal(judged.gate, 8, f"replace what is told above, or {FINISH} again")
        return told.judged(judged, refusal, "\n".join(["finalized: nothing is left to be filled in", *_next(root, reading)]))
    raw = files.read(governed.diff_log, _LIMIT) if args.file is None else _read(Path(args.file))
    return told.judged(_judged(parse_difflog(raw), governed, files), None, "nothing to say against this log by itself")


def _next(root: Path, reading: DiffLogReading) -> list[str]:
    """Return what a builder does now: a cycle that was given up has no audit to wait for."""
    if not isinstance(reading, Complete):
        return []
    return ["next: forgewatch wait" if watching(root) else f"next: forgewatch audit; no watcher runs ({places.watch_command(root)})"]


def _judged(reading: DiffLogReading, governed: Places, files: RootFiles) -> Judged:
    def is_there(path: RepoPath) -> bool:
        # A plan may name what is not there yet, and folders.
        return isinstance(reading, InProcess) or not isinstance(files.read(path, LIMITS.document_bytes), Absent)

    return judge_log(reading, governed, is_there)


def _read(path: Path) -> Content:
    try:
        descriptor = open_regular(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "name a regular file") from error
    with os.fdopen(descriptor, "rb") as file:
        raw = file.read(_LIMIT + 1)
    return raw if len(raw) <= _LIMIT else Unreadable(f"is over the limit of {_LIMIT} bytes")
