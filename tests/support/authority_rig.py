"""A repository in memory whose HEAD moves, the record of it, and the desks where words of authority are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Barrier
from typing import Any

from forgewatch.app.auditing import Governed, Judged, record_judged
from forgewatch.app.authority import Considered, authorize, consider
from forgewatch.app.desk import Desk
from forgewatch.app.record import Record
from forgewatch.core.authority import AuthorityRules
from forgewatch.core.authority_events import AuthorizationGranted, Means
from forgewatch.core.checklist import CHECKLIST
from forgewatch.core.codes import DOCS
from forgewatch.core.events import AuditRecorded, Event, Recorded
from forgewatch.core.places import FORGE, Layout
from forgewatch.core.record_entry import EntryRules
from forgewatch.core.report import AuditAnswer, AuditRequest, Failed, Report
from forgewatch.core.repository_facts import CommitFacts, Facts, FactsRequest, WorkFacts
from forgewatch.core.settings import Settings
from forgewatch.core.snapshot import Ancestry
from forgewatch.core.sshsig import SshSignature
from forgewatch.core.values import CommitId, Digest
from forgewatch.core.verdict import Outcome
from tests.support.answers import HEAD, digest, envelope, report
from tests.support.ports import Faults, FixedClock, MemoryFiles, MemoryJournal, MemoryVault

LOG = "Forge/evidence/diff_log.md"
TOKEN = "Forge/evidence/AUTHORIZED"
FIRST = digest("tree first")
"""The tree that `report()` is about."""


@dataclass
class World:
    """`ports.Auditor` over commits in memory: every look is answered from what is there then, and counted.

    `meanwhile` is done once, after the facts were taken and before they are given; `fails` takes the place of every answer.
    `together`: so many who look wait for each other, so that all have the same facts.
    """

    head: CommitId | None = HEAD
    known: dict[CommitId, CommitFacts] = field(default_factory=dict)
    tree: Digest = FIRST
    parts: dict[str, Any] = field(default_factory=dict)
    looks: int = 0
    expected: int = 0
    meanwhile: Callable[[], object] | None = None
    fails: Failed | None = None
    answer: AuditAnswer | None = None
    asked: list[AuditRequest] = field(default_factory=list)
    together: Barrier | None = None

    def commit(self, holds: str = "", *, on: CommitId | str | None = "", neutral: bool = False, **parts: Any) -> CommitId:
        """Commit on HEAD (or on another commit) and move HEAD there. `holds` names the audited tree that is committed."""
        oid = CommitId(f"{len(self.known) + 10:040x}")
        base = self.head if on == "" else on
        given = {"parents": () if base is None else (CommitId(base),), "tree": None if neutral else digest(f"tree {holds or oid}"), **parts}
        self.known[oid] = CommitFacts(oid=oid, subject=f"commit {oid[-2:]}", neutral=neutral, **given)
        self.head = oid
        return oid

    def audit(self, request: AuditRequest) -> AuditAnswer:
        self.asked.append(request)
        assert self.answer is not None
        return self.answer

    def expect(self) -> None:
        self.expected += 1

    def look(self, request: FactsRequest) -> Facts | Failed:
        self.looks += 1
        found = self.fails or self.facts(request)
        if self.together is not None:
            self.together.wait(20)
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            happens()
        return found

    def facts(self, request: FactsRequest) -> Facts:
        """Return what stands in the repository now."""
        strays: list[CommitFacts] = []
        at = self.head
        while at is not None and at != request.anchor and at in self.known:
            strays += [] if at in request.authorized else [self.known[at]]
            at = self.known[at].parents[0] if self.known[at].parents else None
        ancestry = Ancestry.NO_ANCHOR if request.anchor is None else Ancestry.LINEAR if at == request.anchor else Ancestry.REWRITTEN
        work = WorkFacts(tree=self.tree, text=self.tree, changes=()) if request.work else None
        found = Facts(head=self.head, branch="main", ancestry=ancestry, commits=tuple(reversed(strays)), work=work)
        return replace(found, **self.parts)


@dataclass(frozen=True)
class Signers:
    """`ports.Authorities` with rules that a test gives."""

    given: AuthorityRules
    check: Callable[[SshSignature, bytes], bool]

    def rules(self, settings: Settings) -> AuthorityRules:
        return self.given

    def verifies(self, signature: SshSignature, message: bytes) -> bool:
        return self.check(signature, message)


class AuthorityRig:
    """One journal, one world, and as many desks as there are people looking at once."""

    def __init__(
        self,
        settings: Settings | None = None,
        anchor: CommitId | None = HEAD,
        signers: Signers | None = None,
        journal: Callable[[], Any] | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.world = World(head=anchor)
        self.clock = FixedClock()
        memory = MemoryJournal()
        # A journal on disk is opened anew for each desk, as each process does.
        self.opened = journal or (lambda: memory)
        self.journal = self.opened()
        self.files = MemoryFiles({LOG: b"log"})
        self.vault = MemoryVault()
        self.signers = signers
        self.desk = self.another()
        self.record = self.desk.governed.record
        self.record.first_contact(anchor)

    def another(self) -> Desk:
        """Return a desk of somebody else: what the record says is read anew."""
        rules = EntryRules(places=FORGE, docs=DOCS, loopback_limit=3)
        record = Record(journal=self.opened(), files=self.files, evidence=self.files, vault=self.vault, clock=self.clock, rules=rules)
        governed = Governed(
            root="/r",
            folder="/s/shop-0123456789abcdef",
            places=FORGE,
            layout=Layout.FORGE,
            files=self.files,
            record=record,
            rules=rules,
            git="/usr/bin/git",
            assurance="local",
            host="testhost",
            head=lambda: self.world.head,
            head_places=tuple,
            checklist=CHECKLIST,
            authority=self.signers,
        )
        return Desk(governed=governed, settings=self.settings, auditor=self.world, clock=self.clock)

    def audited(self, told: Report | None = None, **parts: Any) -> int:
        """Record an audit on HEAD as it is, and the sign-off that follows from it; return the audit's place."""
        given = told or report(**{"head": self.world.head, "aem": True, **parts})
        return record_judged(self.desk.governed, Judged(answer=given, envelope=envelope()), None).seq

    def grants(self, entry: int | None = None, **parts: Any) -> Recorded:
        """Record an authorization of the newest audit (or of another entry) without a look."""
        work = self.record.state().entries.get(entry) if entry is not None else self.record.state().work
        assert work is not None and work.tree is not None
        values: dict[str, Any] = {
            "at": self.clock.now(),
            "entry": work.seq,
            "leaf": work.leaf,
            "phase": work.phase,
            "tree": work.tree,
            "head": work.head,
            "actor": "olga",
            "means": Means.TERMINAL,
        }
        return self.record.tell(AuthorizationGranted(**{**values, **parts}))

    def considers(self, desk: Desk | None = None) -> Considered:
        """Capture the facts and compare them with the newest audit."""
        return consider(desk or self.desk)

    def authorizes(self, desk: Desk | None = None) -> object:
        """Give the word at the keyboard; return the place it was recorded at, or (field, expected, actual)."""
        at = desk or self.desk
        found = authorize(at, consider(at), "olga", Means.TERMINAL)
        return found.seq if isinstance(found, Recorded) else (found.field, found.expected, found.actual)

    def fail_at(self, call: int, error: Exception, *, after: bool = False) -> None:
        """Let the n-th append from now on fail, before or after it took effect."""
        faults: Any = {call: error}
        self.journal.faults = Faults(fail_after=faults) if after else Faults(fail_before=faults)

    def events(self, *kinds: type) -> list[Event]:
        """Return what was recorded, of these kinds only where any is named."""
        found = [recorded.event for recorded in self.journal.read()]
        return [event for event in found if not kinds or isinstance(event, kinds)]

    @property
    def outcomes(self) -> list[Outcome]:
        """The outcomes of all entries, amendments too."""
        return [event.outcome for event in self.events() if isinstance(event, AuditRecorded)]
