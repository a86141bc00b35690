"""What one-shot commands use: one audit, and the record of one repository."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.config import load_settings
from forgewatch.adapters.refs import read_head
from forgewatch.adapters.worker_process import WorkerProcesses
from forgewatch.app.auditing import Governed, Question, judge_once, preview, record_judged
from forgewatch.app.record import Record
from forgewatch.core.errors import LedgerUnwritable
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.report import Committed, GivenClaim
from forgewatch.core.settings import Profile, RepositorySettings, Settings
from forgewatch.wiring.repository import govern


@dataclass(frozen=True, slots=True, kw_only=True)
class OneShot:
    """The result of one audit. `recorded` None: it was not recorded, and `note` says why (dry run, no write access)."""

    recorded: Recorded | None
    event: AuditRecorded
    repository: str
    note: str = ""


def audit_once(
    root: Path, *, given: GivenClaim | None, profile: Profile | None, base: str | None, dry_run: bool, config: str | None
) -> OneShot:
    """Audit now and record like the daemon does. Raises ForgewatchError when no audit could be done at all."""
    settings = load_settings(config, os.environ)
    governed = govern(_listed(root, settings), settings, os.environ)
    auditor = WorkerProcesses()
    try:
        return _audit(governed, settings, auditor, Question(given=given, profile=profile, base=base), dry_run=dry_run)
    finally:
        auditor.close()


def open_governed(root: Path, config: str | None, environ: Mapping[str, str] = os.environ) -> Governed:
    """Return the live objects of one repository, first contact made."""
    settings = load_settings(config, environ)
    governed = govern(_listed(root, settings), settings, environ)
    governed.record.first_contact(read_head(governed.root))
    return governed


def open_record(root: Path, config: str | None) -> Record:
    """Return the record of one repository, first contact made."""
    return open_governed(root, config).record


def _audit(governed: Governed, settings: Settings, auditor: WorkerProcesses, question: Question, *, dry_run: bool) -> OneShot:
    governed.record.first_contact(read_head(governed.root))
    judged = judge_once(governed, settings, auditor, SystemClock(), question)
    if isinstance(judged, Committed):
        raise AssertionError("a command asks for an audit, never whether the log is committed")
    if dry_run:
        return OneShot(recorded=None, event=preview(governed, judged), repository=governed.root, note="dry run: nothing was recorded")
    try:
        recorded = record_judged(governed, judged, None)
    except LedgerUnwritable as error:
        return OneShot(
            recorded=None, event=preview(governed, judged), repository=governed.root, note=f"{error} ({_owner(governed.folder)})"
        )
    if not isinstance(recorded.event, AuditRecorded):
        raise AssertionError("recording an audit gives an audit")
    return OneShot(recorded=recorded, event=recorded.event, repository=governed.root, note=governed.record.unpublished)


def _listed(root: Path, settings: Settings) -> RepositorySettings:
    real = os.path.realpath(root)
    return next((each for each in settings.repositories if os.path.realpath(each.path) == real), RepositorySettings(path=real))


def _owner(folder: str) -> str:
    uid = os.stat(folder).st_uid
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    return f"the record belongs to {name}"
