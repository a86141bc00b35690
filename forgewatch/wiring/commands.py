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
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.journal_keys import KeyFolder
from forgewatch.adapters.refs import may_be_ref, named, read_head
from forgewatch.adapters.repository_layout import locate
from forgewatch.adapters.state_folder import find_folder
from forgewatch.adapters.worker_process import WorkerProcesses
from forgewatch.app import heads
from forgewatch.app.auditing import Governed, Judged, Question, judge_once, preview, record_judged
from forgewatch.app.desk import Desk
from forgewatch.app.judging import authorized_work, judge_followed
from forgewatch.app.rotation import rotate
from forgewatch.core.errors import EnvironmentFault, NoSuchRevision
from forgewatch.core.events import ApprovalSigned, AuditRecorded, Recorded
from forgewatch.core.ports import Auditor
from forgewatch.core.record_state import RecordState
from forgewatch.core.report import Committed, Failed, GivenClaim
from forgewatch.core.settings import Profile, RepositorySettings, Settings
from forgewatch.core.snapshot import LedgerCondition, LedgerFacts
from forgewatch.wiring.journals import open_journal
from forgewatch.wiring.repository import foreign_record, govern_foreign, govern_record, view_only


@dataclass(frozen=True, slots=True, kw_only=True)
class OneShot:
    """The result of one audit. `recorded` None: it was not recorded, and `note` says why (dry run, no write access). `unsealed` says
    why the entry has no checkpoint yet; empty when it has."""

    recorded: Recorded | None
    event: AuditRecorded
    repository: str
    note: str = ""
    unsealed: str = ""


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
        # It starts while the record is read.
        auditor.expect()
        repository = listed(root, settings)
        foreign = foreign_record(repository, os.environ)
        if foreign is not None:
            with scratch() as folder:
                governed = govern_foreign(repository, settings, os.environ, foreign, folder)
                note = f"not recorded: {owned(foreign)}"
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
        raise EnvironmentFault(owned(foreign), f"run it as that user: runuser -u {_owner(foreign)} -- forgewatch ...")


def look_at(root: Path, config: str | None, environ: Mapping[str, str] = os.environ) -> tuple[Governed, Settings, RecordState, LedgerFacts]:
    """Return the objects of one repository for looking only, and what its record and ledger say: nothing, where there is no record.

    Nothing is created and nobody's record is written. Raises EnvironmentFault, TamperDetected.
    """
    settings = load_settings(config, environ)
    found = find_folder(root, environ)
    governed = view_only(listed(root, settings), settings, environ, found)
    if found is None:
        return governed, settings, RecordState(), LedgerFacts(LedgerCondition.NEW)
    return governed, settings, governed.record.state(), governed.record.look()


def view_governed(
    root: Path, config: str | None, task: str, environ: Mapping[str, str] = os.environ
) -> tuple[Governed, ApprovalSigned | None]:
    """Return the objects of one repository for looking only, and the newest approval of `task` that its journal knows.

    Nothing is created and nobody's record is written. Raises EnvironmentFault, TamperDetected.
    """
    settings = load_settings(config, environ)
    found = find_folder(root, environ)
    governed = view_only(listed(root, settings), settings, environ, found)
    if found is None:
        return governed, None
    journal = open_journal(found) if os.stat(found).st_uid == os.geteuid() else FileJournal(found)
    events = (recorded.event for recorded in reversed(journal.read()))
    return governed, next((event for event in events if isinstance(event, ApprovalSigned) and event.task == task), None)


def rotate_key(root: Path, config: str | None, actor: str) -> tuple[Recorded, str]:
    """Sign the journal of one repository with a new key from the next event on. Return the event, and why it has no checkpoint yet."""
    folder = Path(open_governed(root, config).folder)
    journal = open_journal(folder)
    return rotate(journal, KeyFolder(folder), SystemClock(), actor), journal.unsealed


def _audit_unrecorded(governed: Governed, settings: Settings, auditor: Auditor, question: Question, note: str) -> OneShot:
    foreseen = None
    with contextlib.suppress(EnvironmentFault):
        foreseen = heads.foreseen(Desk(governed=governed, settings=settings, auditor=auditor, clock=SystemClock()))
    judged = _asked(judge_once(governed, settings, auditor, SystemClock(), replace(question, foreseen=foreseen)), question)
    state = foreseen or governed.record.state()
    done = None if judged.refused else authorized_work(governed.record, state, judged.answer, question)
    if done is not None:
        return _told_again(governed, done, state)
    event = preview(governed, judged, foreseen)
    return OneShot(recorded=None, event=event, repository=governed.root, note=note)


def _audit_recorded(governed: Governed, settings: Settings, auditor: Auditor, question: Question) -> OneShot:
    desk = Desk(governed=governed, settings=settings, auditor=auditor, clock=SystemClock())
    answer, _ = judge_followed(desk, question)
    judged = _asked(answer, question)
    with governed.record.exclusive():
        state = governed.record.state()
        done = None if judged.refused else authorized_work(governed.record, state, judged.answer, question)
        recorded = done or record_judged(governed, judged, None)
    if done is not None:
        return _told_again(governed, done, state)
    note, unsealed = governed.record.unpublished, governed.unsealed()
    return OneShot(recorded=recorded, event=_audit(recorded), repository=governed.root, note=note, unsealed=unsealed)


def _audit(recorded: Recorded) -> AuditRecorded:
    if not isinstance(recorded.event, AuditRecorded):
        raise AssertionError("recording an audit gives an audit")
    return recorded.event


def _told_again(governed: Governed, done: Recorded, state: RecordState) -> OneShot:
    note = f"nothing was audited: this work is committed with authority in {state.anchor}, and nothing is changed since"
    return OneShot(recorded=done, event=_audit(done), repository=governed.root, note=note)


def _asked(judged: Judged | Committed, question: Question) -> Judged:
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
def scratch() -> Iterator[Path]:
    """Give a folder of our own that is gone afterwards. Raises EnvironmentFault."""
    with contextlib.ExitStack() as made:
        try:
            folder = made.enter_context(TemporaryDirectory(prefix="forgewatch-", ignore_cleanup_errors=True))
        except OSError as error:
            why = "no temporary folder can be made, which an audit beside another user's record needs"
            raise EnvironmentFault(f"{why}: {error.strerror}", "set TMPDIR to a folder you can write") from error
        yield Path(folder)


def owned(folder: Path) -> str:
    """Return whose the record in a folder is."""
    return f"the record in {folder} belongs to {_owner(folder)}"


def _owner(folder: Path) -> str:
    uid = os.stat(folder).st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"
