"""How the ledger file looks next to the end of the journal. A glance at its last lines: light, and no proof. Audits compare it all."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from forgewatch.adapters.journal_glance import AUDIT_OF_BASE, newest_by_kind
from forgewatch.cli.commands import load
from forgewatch.cli.regular_file import open_regular
from forgewatch.core.places import Places

_TAIL = 64 * 1024
_ENTRY = re.compile(rb"^Entry: (\d+) (sha256:[0-9a-f]{64})$", re.MULTILINE)
FIRST_CONTACT = "first contact"
"""The actor of an adoption that the ledger does not show, as `core.record_state` has it, which is too heavy for a glance."""

LOCK_SECONDS = 2.0
"""How long a second look waits for whoever writes."""

_MISSING, _BEHIND, _OTHERS = "missing", "behind or changed at its end", "holds entries of another record"
_PASSING = (_MISSING, _BEHIND, _OTHERS)
"""What the moment between an entry in the journal and the same in the file looks like."""

_RENDERED = (
    "AuditRecorded",
    AUDIT_OF_BASE,
    "Adopted",
    "ApprovalJudged",
    "ApprovalSigned",
    "LedgerClaimed",
    "LedgerRestored",
    "AuthorizationGranted",
    "AuthorityRefused",
    "StandingGranted",
    "CommitUnaudited",
    "HaltBroken",
    "PhaseUnblocked",
    "AuditDisputed",
    "CommitPushed",
)


def ledger_of(root: Path, governed: Places, folder: Path | None, newest: dict[str, dict[str, Any]]) -> dict[str, object]:
    """Return `state`, and `seq` and `leaf` of the last entry the file shows (None when there is none).

    States: `none yet`, `last entry matches`, `missing`, `behind or changed at its end`, `holds entries of another record`, `unreadable`,
    `tampered: <detail>`. Raises what `newest_by_kind` raises.
    """
    told = _compared(root / governed.ledger, newest)
    if folder is None or told["state"] not in _PASSING:
        return told
    # Perhaps an entry was recorded since `newest` was read, or it is in one of the two places and not yet in the other.
    with load("forgewatch.adapters.journal").FileJournal(folder, lock_seconds=LOCK_SECONDS).undisturbed():
        return _compared(root / governed.ledger, newest_by_kind(folder))


def _compared(path: Path, newest: dict[str, dict[str, Any]]) -> dict[str, object]:
    found = _last_entry(path)
    seq, leaf = found if isinstance(found, tuple) else (None, None)
    return {"state": _state(found, leaf, newest), "seq": seq, "leaf": leaf}


def _state(found: tuple[int, str] | str | None, leaf: str | None, newest: dict[str, dict[str, Any]]) -> str:
    tampered, restored = newest.get("LedgerTampered"), newest.get("LedgerRestored")
    if tampered and not (restored and restored["age"] < tampered["age"]):
        return f"tampered: {tampered['detail']}"
    shown = [newest[kind] for kind in _RENDERED if kind in newest and newest[kind].get("actor") != FIRST_CONTACT]
    if isinstance(found, str):
        return found if shown or found != _MISSING else "none yet"
    if not shown:
        return "none yet" if found is None else _OTHERS
    last = min(shown, key=lambda event: int(event["age"]))
    return "last entry matches" if leaf == last["leaf"] else _BEHIND


def _last_entry(path: Path) -> tuple[int, str] | str | None:
    try:
        descriptor = open_regular(path)
    except FileNotFoundError:
        return _MISSING
    except OSError:
        return "unreadable"
    with open(descriptor, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL))
        entries = _ENTRY.findall(file.read(_TAIL))
    return (int(entries[-1][0]), entries[-1][1].decode("ascii")) if entries else None
