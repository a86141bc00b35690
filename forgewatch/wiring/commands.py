"""What one-shot commands use: one audit, and the record of one repository."""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.config import load_settings
from forgewatch.adapters.journal_keys import KeyFolder
from forgewatch.adapters.refs import may_be_ref, named, read_head
from forgewatch.adapters.repository_layout import locate
from forgewatch.adapters.worker_process import WorkerProcesses
from forgewatch.app.auditing import Governed, Judged, Question, judge_once, preview, record_judged
from forgewatch.app.record import Record
from forgewatch.app.rotation import rotate
from forgewatch.core.errors import EnvironmentFault, NoSuchRevision
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.ports import Auditor
from forgewatch.core.report import Committed, Failed, GivenClaim
from forgewatch.core.settings import Profile, RepositorySettings, Settings
from forgewatch.wiring.repository import foreign_record, govern_foreign, govern_record, open_journal


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
    """Audit now and record like the daemon does. Raises ForgewatchError when no audit could be done at all,
    NoSuchRevision before anything is recorded when there is no such base."""
    settings = load_settings(config, os.environ)
    if base is not None and may_be_ref(base) and named(locate(str(root)), base) is None:
        # Known before anything is opened; of an id, and of steps back, only the worker knows.
        raise NoSuchRevision(base)
    question = Question(given=given, profile=profile, base=base)
    auditor = WorkerProcesses()
    try:
        repository = listed(root, settings)
        foreign = foreign_record(repository, os.environ)
        if foreign is not None:
            with _scratch() as scratch:
                governed = govern_foreign(repository, settings, os.environ, foreign, scratch)
                note = f"not recorded: {_owned(foreign)}"
                return _audit_unrecorded(governed, settings, auditor, replace(question, recordable=False), note)
        governed = govern_record(repository, settings, os.environ)
        if dry_run:
            return _audit_unrecorded(governed, settings, auditor, replace(question, recordable=False), "dry run: nothing was recorded")
        governed.record.first_contact(read_head(governed.root))
        return _audit_recorded(governed, settings, auditor, question)
    finally:
        auditor.close()


def open_governed(root: Path, config: str | None, environ: Mapping[str, str] = os.environ) -> Governed:
    """Return the live objects of one repository, first contact made. Raises EnvironmentFault where the record is another user's."""
    settings = load_settings(config, environ)
    repository = listed(root, settings)
    refuse_foreign(repository, environ)
    governed = govern_record(repository, settings, environ)
    governed.record.first_contact(read_head(governed.root))
    return governed


def refuse_foreign(repository: RepositorySettings, environ: Mapping[str, str]) -> None:
    """Raise EnvironmentFault where the record is another user's."""
    foreign = foreign_record(repository, environ)
    if foreign is not None:
        raise EnvironmentFault(_owned(foreign), f"run it as that user: runuser -u {_owner(foreign)} -- forgewatch ...")


def open_record(root: Path, config: str | None) -> Record:
    """Return the record of one repository, first contact made."""
    return open_governed(root, config).record


def rotate_key(root: Path, config: str | None, actor: str) -> Recorded:
    """Sign the journal of one repository with a new key from the next event on."""
    folder = Path(open_governed(root, config).folder)
    return rotate(open_journal(folder), KeyFolder(folder), SystemClock(), actor)


def _audit_unrecorded(governed: Governed, settings: Settings, auditor: Auditor, question: Question, note: str) -> OneShot:
    event = preview(governed, _judge(governed, settings, auditor, question))
    return OneShot(recorded=None, event=event, repository=governed.root, note=note)


def _audit_recorded(governed: Governed, settings: Settings, auditor: Auditor, question: Question) -> OneShot:
    recorded = record_judged(governed, _judge(governed, settings, auditor, question), None)
    if not isinstance(recorded.event, AuditRecorded):
        raise AssertionError("recording an audit gives an audit")
    return OneShot(recorded=recorded, event=recorded.event, repository=governed.root, note=governed.record.unpublished)


def _judge(governed: Governed, settings: Settings, auditor: Auditor, question: Question) -> Judged:
    judged = judge_once(governed, settings, auditor, SystemClock(), question)
    if isinstance(judged, Committed):
        raise AssertionError("a command asks for an audit, never whether the log is committed")
    if isinstance(judged.answer, Failed) and judged.answer.misasked:
        raise NoSuchRevision(question.base or "")
    return judged


def listed(root: Path, settings: Settings) -> RepositorySettings:
    """Return what the configuration says about the repository, the defaults for one it does not list."""
    real = os.path.realpath(root)
    return next((each for each in settings.repositories if os.path.realpath(each.path) == real), RepositorySettings(path=real))


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    with contextlib.ExitStack() as made:
        try:
            folder = made.enter_context(TemporaryDirectory(prefix="forgewatch-", ignore_cleanup_errors=True))
        except OSError as error:
            why = "no temporary folder can be made, which an audit beside another user's record needs"
            raise EnvironmentFault(f"{why}: {error.strerror}", "set TMPDIR to a folder you can write") from error
        yield Path(folder)


def _owned(folder: Path) -> str:
    return f"the record in {folder} belongs to {_owner(folder)}"


def _owner(folder: Path) -> str:
    uid = os.stat(folder).st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"
