"""The closed list of log event names, `noun.past_participle` (cli.md, Log). Facts are keys beside the name, never part of it."""

from __future__ import annotations

from enum import StrEnum


class LogEvent(StrEnum):
    """Every event that forgewatch may log."""

    DAEMON_STARTED = "daemon.started"
    DAEMON_STOPPED = "daemon.stopped"
    DAEMON_FAILED = "daemon.failed"
    SIGNAL_RECEIVED = "signal.received"
    AUDIT_DISPATCHED = "audit.dispatched"
    AUDIT_FINISHED = "audit.finished"
    AUDIT_REPEATED = "audit.repeated"
    AUDIT_SUPERSEDED = "audit.superseded"
    AUDIT_ABANDONED = "audit.abandoned"
    CYCLE_OPENED = "cycle.opened"
    DIFFLOG_REMOVED = "difflog.removed"
    DIFFLOG_REFUSED = "difflog.refused"
    DIFFLOG_BLOCKED = "difflog.blocked"
    DIFFLOG_UNKNOWN = "difflog.unknown"
    DIFFLOG_MALFORMED = "difflog.malformed"
    DIFFLOG_INCOMPLETE = "difflog.incomplete"
    DIFFLOG_COMMITTED = "difflog.committed"
    WATCH_DEGRADED = "watch.degraded"
    WATCH_OVERFLOWED = "watch.overflowed"
    WATCH_REBUILT = "watch.rebuilt"
    CLOCK_JUMPED = "clock.jumped"
    LOCK_REPLACED = "lock.replaced"
    LOCK_REWRITTEN = "lock.rewritten"
    LOCK_CONTESTED = "lock.contested"
    LOCK_UNADVERTISED = "lock.unadvertised"
    REPOSITORY_HELD = "repository.held"
    REPOSITORY_UNAVAILABLE = "repository.unavailable"
    REPOSITORY_AVAILABLE = "repository.available"
    WORKSPACE_GONE = "workspace.gone"
    CONFIGURATION_RELOADED = "configuration.reloaded"
    CONFIGURATION_REFUSED = "configuration.refused"
    LEDGER_UNPUBLISHED = "ledger.unpublished"
    APPROVAL_ACCEPTED = "approval.accepted"
    APPROVAL_REFUSED = "approval.refused"
