"""What `audit` and `wait` do with a result: show it in the wanted form, and leave with the status it means."""

from __future__ import annotations

import contextlib

from forgewatch.cli import render, screen
from forgewatch.core.audit_document import audit_document
from forgewatch.core.codes import DOCS
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.places import Places
from forgewatch.core.text import PATH_LIMIT, escape
from forgewatch.core.verdict import Outcome

PASSED, FAILED, NOT_JUDGED = 0, 1, 2


def show_result(result: Recorded | AuditRecorded, repository: str, places: Places, form: str, note: str = "") -> int:
    """Print the result as `text` or `json` and return the exit status of `audit` (architecture.md, Verdicts).

    The status says the verdict also when nobody reads the result. Raises OutputLost for another fault of standard output.
    """
    kept = kept_of(result)
    with contextlib.suppress(screen.ReaderGone):
        if form == "json":
            screen.show_json(audit_document(result, repository, DOCS, places), kept)
        else:
            screen.show(result_text(result, places, note), kept)
    return exit_status(audit_of(result))


def result_text(result: Recorded | AuditRecorded, places: Places, note: str = "") -> str:
    """Return the result as people read it: the block of contract §10.2, what follows from it, and where it is recorded."""
    return render.audit_text(audit_of(result), DOCS, places, _entry(result, note))


def kept_of(result: Recorded | AuditRecorded) -> str:
    """Return the hint for a result that cannot be shown: nothing for one that was not recorded."""
    return screen.KEPT if isinstance(result, Recorded) else ""


def audit_of(result: Recorded | AuditRecorded) -> AuditRecorded:
    """Return the audit of a journal place. Raises TypeError for another event: a bug of the caller."""
    event = result.event if isinstance(result, Recorded) else result
    if not isinstance(event, AuditRecorded):
        raise TypeError(f"expected an audit, found {type(event).__name__}")
    return event


def exit_status(event: AuditRecorded) -> int:
    """Return 0 when all blocking checks passed, 1 for a FAIL, 2 when the only faults are errors."""
    match event.outcome:
        case Outcome.FAIL:
            return FAILED
        case Outcome.ERROR:
            return NOT_JUDGED
        case _:
            return PASSED


def _entry(result: Recorded | AuditRecorded, note: str) -> str:
    place = f"Entry: {result.seq} {result.leaf}" if isinstance(result, Recorded) else "Entry: none (not recorded)"
    return f"{place}\n{escape(note, PATH_LIMIT)}" if note else place
