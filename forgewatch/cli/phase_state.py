"""Where a phase stands: OPEN, LOOPING(n), BLOCKED, SIGNED_OFF, AUTHORIZED (contract §10.3, §10.4). From raw events: `status` is light."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forgewatch.cli.ledger_glance import FIRST_CONTACT

Newest = Mapping[str, Mapping[str, Any]]
"""The newest event of each kind, with its `age`: 0 is the newest line."""


def phase_state(newest: Newest) -> str:
    """Return the state of the phase that the newest audit is about, OPEN without one."""
    audit = newest.get("AuditRecorded")
    if audit is None:
        return "OPEN"
    outcome, loopback = str(audit["outcome"]), int(audit["loopback"])
    if outcome.startswith(("AUTHORIZED", "AUTO-AUTHORIZED")):
        return "AUTHORIZED"
    if outcome.startswith("SIGNED-OFF"):
        return "SIGNED_OFF"
    if _is_forgiven(newest, audit):
        return "OPEN"
    if loopback >= int(audit["loopback_limit"]):
        return "BLOCKED"
    return f"LOOPING({loopback})" if loopback else "OPEN"


def iterations_left(newest: Newest) -> int | None:
    """Return how often the phase of the newest audit may fail before it is blocked, None without an audit."""
    audit = newest.get("AuditRecorded")
    if audit is None:
        return None
    loopback = 0 if _is_forgiven(newest, audit) else int(audit["loopback"])
    return max(0, int(audit["loopback_limit"]) - loopback)


def _is_forgiven(newest: Newest, audit: Mapping[str, Any]) -> bool:
    """True when the operator said since that the phase may go on, by unblocking this one or by adopting a commit."""
    unblocked, adopted = newest.get("PhaseUnblocked"), newest.get("Adopted")
    if unblocked is not None and _number(unblocked) != _number(audit):
        unblocked = None
    words = [word for word in (unblocked, adopted) if word is not None and word.get("actor") != FIRST_CONTACT]
    return any(int(word["age"]) < int(audit["age"]) for word in words)


def _number(event: Mapping[str, Any]) -> str:
    """Return `Phase N` without the title: an event's phase is in that form."""
    return str(event.get("phase")).partition(" -- ")[0]
