"""The text form of `status`, from its JSON document. Light."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from forgewatch.adapters.watcher_state import foreign_watcher
from forgewatch.cli.places import watch_command
from forgewatch.cli.screen import paint
from forgewatch.core.text import PATH_LIMIT, escape


def status_text(document: dict[str, Any]) -> str:
    """Return one aligned line per fact; builder strings are escaped."""
    rows = [
        ("repository", escape(document["repository"], PATH_LIMIT)),
        ("watcher", _watcher(document)),
        ("diff log", escape(document["state"])),
        ("phase", _phase(document)),
        ("last outcome", _outcome(document)),
        ("iterations left", _text(document["iterations_left"])),
        ("AEM", {True: "on", False: "off"}.get(document["aem"], "unknown")),
        ("assurance", _text(document["assurance"])),
        ("ledger", escape(document["ledger"]["state"])),
    ]
    return "\n".join(f"{name + ':':<17}{value}" for name, value in rows)


def _watcher(document: dict[str, Any]) -> str:
    watcher = document["watcher"]
    if not watcher["running"]:
        folder = document["state_folder"]
        stranger = foreign_watcher(Path(document["repository"]), Path(folder) if folder else None)
        if stranger is not None:
            return f"none with this record; {escape(str(stranger))}"
        return f"not running (start it: {watch_command(document['repository'])})"
    return f"running, pid {watcher['pid']} since {escape(watcher['since'])}"


def _phase(document: dict[str, Any]) -> str:
    return "none yet" if document["phase"] is None else f"{escape(document['phase'])}, iteration {document['iteration']}"


def _outcome(document: dict[str, Any]) -> str:
    if document["outcome"] is None:
        return "none yet"
    failed = f": {', '.join(document['failed'])}" if document["failed"] else ""
    warned = f", warnings {', '.join(document['warned'])}" if document["warned"] else ""
    stop = f", STOP {document['stop']}" if document["stop"] else ""
    return f"{paint(document['outcome'])}{failed}{warned}{stop} at {document['at']}"


def _text(value: object) -> str:
    return "unknown" if value is None else str(value)
