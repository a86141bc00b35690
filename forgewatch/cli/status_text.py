"""The text form of `status`, from its JSON document. Light."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from forgewatch.cli import watcher_glance
from forgewatch.cli.commands import load
from forgewatch.cli.places import watch_command
from forgewatch.cli.screen import paint
from forgewatch.core.text import PATH_LIMIT, escape


def status_text(document: dict[str, Any]) -> str:
    """Return one aligned line per fact; builder strings are escaped."""
    rows = [
        ("repository", escape(document["repository"], PATH_LIMIT)),
        ("watcher", watcher_word(document)),
        ("diff log", difflog_word(document)),
        ("phase", _phase(document)),
        ("phase state", document["phase_state"]),
        ("last outcome", _outcome(document)),
        ("iterations left", _text(document["iterations_left"])),
        ("AEM", {True: "on", False: "off"}.get(document["aem"], "unknown")),
        ("assurance", _text(document["assurance"])),
        ("ledger", escape(document["ledger"]["state"])),
        ("anchor", anchor_word(document["anchor"])),
    ]
    if document["plan"] is not None:
        # Only automatic builds announce one (contract §0.2).
        plans = load("forgewatch.core.build_plan")
        rows.append(("plan", plans.plan_words(plans.plan_of(document["plan"]))))
    return "\n".join(f"{name + ':':<17}{value}" for name, value in rows)


def watcher_word(document: dict[str, Any]) -> str:
    """Return whether a watcher runs, since when, and how to start one; escaped."""
    watcher = document["watcher"]
    if not watcher["running"]:
        folder = document["state_folder"]
        stranger = watcher_glance.stranger(Path(document["repository"]), Path(folder) if folder else None)
        if stranger is not None:
            return f"none with this record; {escape(str(stranger))}"
        return f"not running (start it: {watch_command(document['repository'])})"
    return f"running, pid {watcher['pid']} since {escape(watcher['since'])}"


def difflog_word(document: dict[str, Any]) -> str:
    """Return the state of the diff log, with the phase that it works on while it is in process; escaped."""
    phase = document["working_on"]
    return escape(document["state"]) + ("" if phase is None else f", {escape(phase)}")


def _phase(document: dict[str, Any]) -> str:
    return "none yet" if document["phase"] is None else f"{escape(document['phase'])}, iteration {document['iteration']}"


def _outcome(document: dict[str, Any]) -> str:
    if document["outcome"] is None:
        return "none yet"
    failed = f": {', '.join(document['failed'])}" if document["failed"] else ""
    warned = f", warnings {', '.join(document['warned'])}" if document["warned"] else ""
    stop = f", STOP {document['stop']}" if document["stop"] else ""
    return f"{paint(document['outcome'])}{failed}{warned}{stop} at {document['at']}"


def anchor_word(anchor: dict[str, Any]) -> str:
    """Return how old the newest checkpoint in the anchor is, as far as this machine knows."""
    if anchor["url"] is None:
        return "off"
    if anchor["entry"] is None:
        return "never"
    # Reading a date loads a calendar, which `status` has no time for where there is no anchor.
    ago: str = load("forgewatch.cli.anchor_words").age(anchor["at"], time.time())
    return f"entry {anchor['entry']}, {ago}"


def _text(value: object) -> str:
    return "unknown" if value is None else str(value)
