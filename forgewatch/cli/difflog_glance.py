"""What state the diff log is in. Light as long as the journal knows its bytes; the parser is loaded only when it does not."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from forgewatch.cli.commands import load
from forgewatch.cli.regular_file import open_regular
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.places import Places

_UNKNOWN = "unknown status"
_LIMIT = 64 * 1024 * 1024
_WORDS = {"InProcess": "in process", "Blocked": "blocked", "Unknown": _UNKNOWN, "Complete": "complete", "Malformed": "malformed"}
_STATUSES = {"IN_PROCESS": "in process", "BLOCKED": "blocked", "UNKNOWN": _UNKNOWN, "MALFORMED": "malformed"}


def state_of(root: Path, governed: Places, newest: dict[str, dict[str, Any]]) -> str:
    """Return `absent`, `unreadable`, `in process`, `blocked`, `unknown status`, `malformed` or `complete`, the last five with
    `, audited` when these bytes were judged; `complete, committed`; or `being audited` with an audit claimed and not recorded.

    An unknown status is named with its line where it has one: `unknown status 'DONE' (line 3)`. `newest` are the newest events of the
    journal by kind.
    """
    try:
        digest, raw = _read(root / governed.diff_log)
    except FileNotFoundError:
        return "absent"
    except (OSError, EnvironmentFault):
        return "unreadable"
    if _is_open(newest, digest):
        return "being audited"
    done = newest.get("TriggerDone")
    if done and done["result"] == "committed" and digest in _documents(done):
        return "complete, committed"
    judged = newest.get("AuditRecorded")
    if digest in _documents(judged, done):
        word = _judged_as(judged, digest)
        return f"{_named(raw) if word == _UNKNOWN else word}, audited"
    if digest in _documents(newest.get("CycleOpened")):
        return _WORDS["InProcess"]
    reading = load("forgewatch.core.difflog_parser").parse_difflog(raw)
    word = _WORDS.get(type(reading).__name__, "unreadable")
    return _named(raw) if word == _UNKNOWN else word


def phase_under_work(root: Path, governed: Places, newest: dict[str, dict[str, Any]], state: str) -> str | None:
    """Return the phase that a diff log in process names, None in any other state: the newest audit is about another one then."""
    if state != _WORDS["InProcess"]:
        return None
    try:
        digest, raw = _read(root / governed.diff_log)
    except (OSError, EnvironmentFault):
        return None
    opened = newest.get("CycleOpened")
    if opened is not None and digest == opened.get("document") and "phase" in opened:
        return str(opened["phase"])
    reading = load("forgewatch.core.difflog_parser").parse_difflog(raw)
    return str(reading.log.phase) if type(reading).__name__ == "InProcess" else None


def _named(raw: bytes) -> str:
    """Return `unknown status` with the word and the line, which only the parser knows."""
    reading = load("forgewatch.core.difflog_parser").parse_difflog(raw)
    return str(load("forgewatch.cli.difflog_words").unknown(reading.log))


def _judged_as(judged: dict[str, Any] | None, digest: str) -> str:
    # The daemon judges what is COMPLETE; `forgewatch audit` judges whatever the status is.
    found = ((judged or {}).get("report") or {}).get("difflog") or {}
    return _STATUSES.get(found.get("status", ""), "complete") if found.get("digest") == digest else "complete"


def _read(path: Path) -> tuple[str, bytes]:
    descriptor = open_regular(path)
    with open(descriptor, "rb") as file:
        raw = file.read(_LIMIT + 1)
    if len(raw) > _LIMIT:
        raise EnvironmentFault(f"{path}: expected at most {_LIMIT} bytes, found more")
    return "sha256:" + hashlib.sha256(raw).hexdigest(), raw


def _is_open(newest: dict[str, dict[str, Any]], digest: str) -> bool:
    claimed = newest.get("TriggerClaimed")
    if claimed is None or digest not in _documents(claimed):
        return False
    ends = [newest[kind]["age"] for kind in ("AuditRecorded", "TriggerDone") if kind in newest]
    return all(claimed["age"] < age for age in ends)


def _documents(*events: dict[str, Any] | None) -> set[str]:
    known = set()
    for event in events:
        if event is not None:
            known |= {event.get("document"), (event.get("trigger") or {}).get("document")}
            known.add(((event.get("report") or {}).get("difflog") or {}).get("digest"))
    return {digest for digest in known if digest}
