"""Recording the sign-off that follows a PASS under AEM (contract §10.4, default behaviour)."""

from __future__ import annotations

import contextlib

from forgewatch.app.record import Record
from forgewatch.core.amendments import is_sign_off_due, sign_off
from forgewatch.core.errors import LedgerUnwritable
from forgewatch.core.events import AuditRecorded, Envelope, Recorded


def sign_off_if_due(record: Record, envelope: Envelope) -> Recorded | None:
    """Record the sign-off of the newest audit when it is due, once. None: it is not, or the disk does not take it now.

    If we crash between the audit's entry and this one, the next look at the record makes it.
    """
    with contextlib.suppress(LedgerUnwritable), record.exclusive():
        state = record.state()
        audit = record.event_at(state.work.seq) if state.work is not None and is_sign_off_due(state) else None
        if state.work is not None and isinstance(audit, AuditRecorded):
            return record.tell(sign_off(audit, state.work.seq, envelope))
    return None
