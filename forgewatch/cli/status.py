"""`status`: what is known about a repository, from the lock record and the end of the journal. Exit 0 running, 3 not running.

Light on purpose (60 ms from shell to exit): it reads raw JSON, imports no checks and no parser unless the diff log is one that the
journal does not know.
"""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forgewatch.adapters.journal_glance import newest_by_kind
from forgewatch.adapters.state_folder import ANCHOR, JOURNAL, PLAN, find_folder
from forgewatch.cli import difflog_glance, directive_glance, ledger_glance, places, screen, watcher_glance
from forgewatch.cli.commands import load
from forgewatch.cli.phase_state import iterations_left, phase_state
from forgewatch.cli.status_text import status_text
from forgewatch.core.errors import TamperDetected
from forgewatch.core.places import Places, places_of

if TYPE_CHECKING:
    from forgewatch.adapters.anchor_note import AnchorNote
    from forgewatch.adapters.lock_record import LockRecord

SCHEMA = "forgewatch/status/v1"
RUNNING, NOT_RUNNING = 0, 3


def run(args: Namespace) -> int:
    """Print the status as text or JSON; return 0 when a watcher runs, 3 when none does."""
    root = places.repository(args)
    if args.watch:
        watched: int = load("forgewatch.cli.status_watch").run(root, args)
        return watched
    document, _ = look(root, args)
    if args.json:
        screen.show_json(document)
    else:
        screen.show(status_text(document))
    return RUNNING if document["watcher"]["running"] else NOT_RUNNING


def look(root: Path, args: Namespace) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the document of `status --json`, and the newest event of each kind, of which it was made.

    Raises EnvironmentFault, TamperDetected.
    """
    layout, anchor = places.layout_and_anchor(args, root)
    governed = places_of(layout)
    folder = find_folder(root, os.environ)
    watcher = watcher_glance.running(root, folder)
    try:
        newest = newest_by_kind(folder)
        document = {
            **_document(root, governed, folder, watcher, newest),
            "anchor": _anchor(folder, anchor),
            "plan": _plan(folder),
        }
    except (KeyError, TypeError, AttributeError) as error:
        # The journal is ours alone; a line of another shape was written by someone else, or by a newer version.
        raise TamperDetected(
            f"{folder}/{JOURNAL}: one of the newest lines is no event of this version", "forgewatch tail names the line"
        ) from error
    return document, newest


def _document(
    root: Path, governed: Places, folder: Path | None, watcher: LockRecord | None, newest: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    last = _last(newest.get("AuditRecorded"), iterations_left(newest))
    state = difflog_glance.state_of(root, governed, newest)
    return {
        "schema": SCHEMA,
        "repository": str(root),
        "watcher": _watcher(watcher),
        "state": state,
        "working_on": difflog_glance.phase_under_work(root, governed, newest, state),
        **last,
        "phase_state": phase_state(newest),
        "aem": directive_glance.aem_of(root, governed, last["aem"]),
        "ledger": ledger_glance.ledger_of(root, governed, folder, newest),
        "state_folder": str(folder) if folder else None,
    }


def _watcher(record: LockRecord | None) -> dict[str, object]:
    if record is None:
        return {"running": False, "pid": None, "since": None, "host": None, "version": None}
    return {"running": True, "pid": record.pid, "since": record.started, "host": record.host, "version": record.version}


def _anchor(folder: Path | None, url: str) -> dict[str, object]:
    note: AnchorNote | None = None
    if folder is not None and os.path.lexists(folder / ANCHOR):
        # Few have an anchor: what reads the note is not loaded for the others.
        note = load("forgewatch.adapters.anchor_note").read_anchor_note(folder)
    # What was seen at another address says nothing about this one.
    seen = note if note is not None and note.url == url else None
    return {"url": url or None, "entry": seen.entries - 1 if seen and seen.entries else None, "at": seen.at if seen else None}


def _plan(folder: Path | None) -> dict[str, object] | None:
    if folder is None or not os.path.lexists(folder / PLAN):
        return None
    # Few builds have one: what reads it is not loaded for the others.
    plan = load("forgewatch.adapters.plan_note").read_plan_note(folder)
    found: dict[str, object] | None = plan and load("forgewatch.core.build_plan").plan_document(plan)
    return found


def _last(audit: dict[str, Any] | None, left: int | None) -> dict[str, Any]:
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
        "iterations_left": left,
        "aem": report["aem"] if report else None,
        "assurance": audit["envelope"]["assurance"],
        "at": audit["envelope"]["at"],
        "failed": [result["code"] for result in results if result["severity"] == "blocking" and _found(result)],
        "warned": [result["code"] for result in results if result["severity"] == "warning" and _found(result)],
    }


def _found(result: dict[str, Any]) -> bool:
    # The recorded form of `CheckResult.verdict`: a fault, or a ruling with findings.
    return result["answer"]["is"] == "Fault" or bool(result["answer"]["findings"])
