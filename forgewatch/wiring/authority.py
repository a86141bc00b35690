"""The objects behind `signoff`, `authorize`, `unblock` and `dispute`."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.commit_author import author_of
from forgewatch.adapters.commit_maker import WantedCommit, make_commit
from forgewatch.adapters.config import load_settings
from forgewatch.adapters.git_push import push
from forgewatch.adapters.new_file import write_new
from forgewatch.adapters.refs import read_head
from forgewatch.adapters.repository_layout import locate
from forgewatch.adapters.ssh_signatures import sign_with, verifies
from forgewatch.adapters.worker_process import WorkerProcesses
from forgewatch.app import authority
from forgewatch.app.approvals import authority_of, repository_name
from forgewatch.app.authority import Considered
from forgewatch.app.desk import Desk
from forgewatch.app.heads import follow_head
from forgewatch.core import authority_request
from forgewatch.core.approval import Disagreement, phase_slug
from forgewatch.core.authority import AuthorityRules
from forgewatch.core.authority_events import Means
from forgewatch.core.authority_request import SignedRequest, request_of
from forgewatch.core.authority_state import Grant
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.errors import PushFailed, UsageError
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.phase_words import parse_phase, phase_number
from forgewatch.core.readings import log_of
from forgewatch.core.signoff_block import signoff_block
from forgewatch.core.testrecord import TestRecord
from forgewatch.core.testrecord_parser import parse_test_record
from forgewatch.core.tiers import STANDING, request_about
from forgewatch.core.token_files import believed_rules
from forgewatch.core.values import CommitId, Phase
from forgewatch.core.verdict import CheckCode
from forgewatch.wiring.commands import listed, refuse_foreign
from forgewatch.wiring.repository import govern_record
from forgewatch.wiring.signing import read_signed

NOT_PUSHED = "not pushed"
"""How the word about a commit begins that is not on the remote."""

VALID_HOURS = 24
"""How long a request that we make may be signed and used."""


@dataclass(slots=True)
class Bureau:
    """One command of an operator or a builder about one repository. `consider` comes first."""

    desk: Desk
    name: str
    remote: str = ""
    _considered: Considered | None = field(default=None)

    @property
    def considered(self) -> Considered:
        """What was captured. Raises ValueError before `consider`."""
        if self._considered is None:
            raise ValueError("consider comes before anything that is said of it")
        return self._considered

    def consider(self) -> Considered:
        """Capture the facts and compare them with the newest audit. Raises EnvironmentFault."""
        self._considered = authority.consider(self.desk)
        return self._considered

    def block(self) -> str:
        """Return the sign-off block of the newest audit (contract §10.4)."""
        governed, limits = self.desk.governed, self.desk.settings.limits
        event = governed.record.event_at(self.considered.work.seq)
        log = log_of(parse_difflog(governed.files.read(governed.places.diff_log, 64 * limits.document_bytes)))
        record = parse_test_record(governed.files.read(governed.places.test_record, limits.document_bytes))
        if not isinstance(event, AuditRecorded):
            raise AssertionError("the newest audit is an audit")
        return signoff_block(event, log, record if isinstance(record, TestRecord) else None)

    def sign_off(self) -> Recorded | None:
        """Record the sign-off, None when it is recorded already."""
        return authority.sign_off_now(self.desk, self.considered)

    def authorize(self, actor: str, means: Means) -> Recorded | Disagreement:
        """Authorize by a word at the keyboard (T0)."""
        return authority.authorize(self.desk, self.considered, actor, means)

    def open_grant(self) -> Grant | None:
        """Return the authorization of the newest audit that was given and is not used yet."""
        return self.considered.state.authority.grant_of(self.considered.work.seq)

    def authorize_alone(self) -> Recorded | Disagreement | None:
        """Authorize by the directive's word, given in advance; None when that is recorded already."""
        return authority.authorize_alone(self.desk, self.considered)

    def authorize_signed(self, place: Path) -> Recorded | Disagreement:
        """Authorize by the signed request in a file."""
        return self._by(read_signed(place))

    def authorize_by_key(self, key: Path) -> Recorded | Disagreement:
        """Make a request, have it signed with `key` now, and authorize by it."""
        return self._by(self._signed(request_about(self.considered.work, self._repository), key))

    def write_request(self, place: Path) -> bytes:
        """Write the request to authorize the newest audit into a new file, without a signature yet, and return its canonical bytes."""
        return self._write(place, self._request(request_about(self.considered.work, self._repository)))

    def stand(self, phases: str, uses: int, days: int, *, key: str | None, signed: str | None) -> Recorded | Disagreement:
        """Record a standing grant for Auto-authorize that is signed with `key`, or in the file `signed`."""
        asked = self._standing(phases, uses)
        given = self._signed(asked, Path(str(key)), 24 * days) if key else read_signed(Path(str(signed)))
        rules = self._rules()
        return rules if isinstance(rules, Disagreement) else authority.stand(self.desk, given, asked, rules, verifies)

    def write_standing(self, place: Path, phases: str, uses: int, days: int) -> bytes:
        """Write the request for a standing grant into a new file, without a signature yet, and return its canonical bytes."""
        return self._write(place, self._request(self._standing(phases, uses), 24 * days))

    def refuse(self, action: str, against: Disagreement, actor: str = "") -> Recorded:
        """Record a refusal."""
        return authority.refuse(self.desk, action, self.considered, against, actor)

    def is_committed(self) -> bool:
        """True when the audited tree is committed already. Commits of the neutral set on its base do not hold it."""
        return any(not commit.neutral for commit in self.considered.facts.commits)

    def commit(self, message: str) -> CommitId:
        """Commit exactly the audited tree and the evidence, and record it. Raises EnvironmentFault: the authorization stays open."""
        governed, facts = self.desk.governed, self.considered.facts
        assert facts.work is not None
        places = governed.places
        mine = [change for change in facts.work.changes if change.before != change.after and not places.is_private(change.path)]
        wanted = WantedCommit(
            parent=facts.head,
            entries={change.path: change.after for change in mine if change.after is None or not places.is_neutral(change.path)},
            extra=tuple(change.path for change in mine if change.after is not None and places.is_neutral(change.path)),
            message=message,
            author=author_of(governed.git, os.environ, self.name),
            at=int(datetime.now(UTC).timestamp()),
        )
        made = make_commit(governed.root, governed.folder, governed.git, wanted)
        self.follow()
        return made.commit

    def follow(self) -> CommitId | None:
        """Record what HEAD means now; return the commit of the considered audit's tree where the record vouches for one, whoever saw it
        first: a daemon may have."""
        follow_head(self.desk)
        state, work = self.desk.governed.record.state(), self.considered.state.work
        return state.anchor if work is not None and state.authority.closed == work.seq else None

    def push(self, commit: CommitId | None) -> str:
        """Push the commit where the operator configured a remote, and record how that went; return what is to be said, empty where nothing
        is configured. Whatever keeps it from being pushed, it stays committed and recorded."""
        governed, branch = self.desk.governed, self.considered.facts.branch
        if not self.remote or commit is None:
            return ""
        if branch is None:
            return f"{NOT_PUSHED}: HEAD names no branch"
        ref = f"refs/heads/{branch}"
        try:
            push(governed.folder, governed.git, locate(governed.root).objects, self.remote, commit, ref, lease=None)
        except (PushFailed, UsageError) as error:
            authority.tell_push(self.desk, commit, self.remote, ref, str(error))
            return f"{NOT_PUSHED}: {error}"
        authority.tell_push(self.desk, commit, self.remote, ref)
        return f"pushed to {self.remote}, {branch}"

    def default_message(self) -> str:
        """Return a commit message that names the phase (contract §10.4)."""
        return str(self.considered.work.phase)

    def is_last(self) -> bool:
        """True when the plan has no further phase."""
        return authority.is_last(self.considered)

    def unblock(self, phase: Phase | None, actor: str, reason: str) -> tuple[Recorded, Recorded | None]:
        """Let a blocked phase go on."""
        return authority.unblock(self.desk, phase, actor, reason)

    def dispute(self, entry: int, codes: tuple[CheckCode, ...], actor: str, reason: str) -> Recorded:
        """Record that a FAIL is held to be wrong."""
        return authority.dispute(self.desk, entry, codes, actor, reason)

    @property
    def _repository(self) -> str:
        return repository_name(self.desk.governed)

    def _by(self, signed: SignedRequest) -> Recorded | Disagreement:
        rules = self._rules()
        if isinstance(rules, Disagreement):
            return rules
        return authority.authorize_signed(self.desk, self.considered, signed, rules, verifies)

    def _rules(self) -> AuthorityRules | Disagreement:
        return believed_rules(authority_of(self.desk.governed, self.desk.settings).rules)

    def _standing(self, phases: str, uses: int) -> authority_request.Wanted:
        directive = self.considered.facts.directive
        if directive is None:
            raise UsageError("there is no directive that a standing grant could be about", "write it and commit it first")
        slugs = ",".join(sorted(phase_slug(Phase(phase_number(parse_phase(name)))) for name in phases.split(",") if name.strip()))
        terms = (("directive", str(directive)), ("phases", slugs), ("uses", str(uses)))
        return authority_request.Wanted(action=STANDING, repository=self._repository, subject="auto-authorize", extra=terms)

    def _signed(self, asked: authority_request.Wanted, key: Path, hours: int = VALID_HOURS) -> SignedRequest:
        request = self._request(asked, hours)
        return SignedRequest(request, (sign_with(key, request, Path(self.desk.governed.root)),))

    def _write(self, place: Path, request: bytes) -> bytes:
        write_new(place, SignedRequest(request, ()).to_bytes())
        return request

    def _request(self, asked: authority_request.Wanted, hours: int = VALID_HOURS) -> bytes:
        now = datetime.now(UTC)
        begin, end = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (now, now + timedelta(hours=hours)))
        return request_of(asked, nonce=secrets.token_hex(16), not_before=begin, expires=end).to_bytes()


@contextlib.contextmanager
def open_bureau(root: Path, config: str | None) -> Iterator[Bureau]:
    """Open what a command of authority needs. Raises EnvironmentFault where the record is another user's."""
    settings = load_settings(config, os.environ)
    repository = listed(root, settings)
    refuse_foreign(repository, os.environ)
    governed = govern_record(repository, settings, os.environ)
    governed.record.first_contact(read_head(governed.root))
    auditor = WorkerProcesses()
    try:
        yield Bureau(Desk(governed=governed, settings=settings, auditor=auditor, clock=SystemClock()), _user(), repository.push)
    finally:
        auditor.close()


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"
