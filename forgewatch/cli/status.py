"""`status`: what is known about a repository, from the lock record and the end of the journal. Exit 0 running, 3 not running.

Light on purpose (60 ms from shell to exit): it reads raw JSON, imports no checks and no parser unless the diff log is one that the
journal does not know.
"""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path
from typing import Any

from forgewatch.adapters.journal_glance import newest_by_kind
from forgewatch.adapters.lock_record import LockRecord
from forgewatch.adapters.state_folder import JOURNAL, find_folder
from forgewatch.adapters.watcher_state import running_watcher
from forgewatch.cli import difflog_glance, directive_glance, ledger_glance, places, screen
from forgewatch.cli.status_text import status_text
from forgewatch.core.errors import TamperDetected
from forgewatch.core.places import Places, places_of

SCHEMA = "forgewatch/status/v1"
RUNNING, NOT_RUNNING = 0, 3


def run(args: Namespace) -> int:
    """Print the status as text or JSON; return 0 when a watcher runs, 3 when none does."""
    root = places.repository(args)
    governed = places_of(places.layout(args, root))
    folder = find_folder(root, os.environ)
    watcher = running_watcher(root, folder)
    try:
        document = _document(root, governed, folder, watcher)
    except (KeyError, TypeError, AttributeError) as error:
        # The journal is ours alone; a line of another shape was written by someone else, or by a newer version.
        raise TamperDetected(
            f"{folder}/{JOURNAL}: one of the newest lines is no event of this version", "forgewatch tail names the line"
        ) from error
    if args.json:
        screen.show_json(document)
    else:
        screen.show(status_text(document))
    return RUNNING if watcher else NOT_RUNNING


def _document(root: Path, governed: Places, folder: Path | None, watcher: LockRecord | None) -> dict[str, Any]:
    newest = newest_by_kind(folder)
    last = _last(newest.get("AuditRecorded"))
    return {
        "schema": SCHEMA,
        "repository": str(root),
        "watcher": _watcher(watcher),
        "state": difflog_glance.state_of(root, governed, newest),
        **last,
        "aem": directive_glance.aem_of(root, governed, last["aem"]),
        "ledger": ledger_glance.ledger_of(root, governed, newest),
        "state_folder": str(folder) if folder else None,
    }


def _watcher(record: LockRecord | None) -> dict[str, object]:
    if record is None:
        return {"running": False, "pid": None, "since": None, "host": None, "version": None}
    return {"running": True, "pid": record.pid, "since": record.started, "host": record.host, "version": record.version}


def _last(audit: dict[str, Any] | None) -> dict[str, Any]:
    if audit is None:
        nothing = ("phase", "iteration", "outcome", "stop", "iterations_left", "aem", "assurance", "at")
        return {**dict.fromkeys(nothing), "failed": [], "warned": []}
    report = audit["report"]
    results = report["audit"]["results"] if report else []
    return {
        "phase": audit["phase"],
        "iteration": audit["iteration"],
        "outcome": audit["outcome"],
        "stop": audit["stop"],
        "iterations_left": max(0, audit["loopback_limit"] - audit["loopback"]),
        "aem": report["aem"] if report else None,
        "assurance": audit["envelope"]["assurance"],
        "at": audit["envelope"]["at"],
        "failed": [result["code"] for result in results if result["severity"] == "blocking" and _found(result)],
        "warned": [result["code"] for result in results if result["severity"] == "warning" and _found(result)],
    }


def _found(result: dict[str, Any]) -> bool:
    # The recorded form of `CheckResult.verdict`: a fault, or a ruling with findings.
    return result["answer"]["is"] == "Fault" or bool(result["answer"]["findings"])
