"""A record in which work is audited, signed off, authorized and committed, and facts about its repository, for tests of authority."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from forgewatch.core.amendments import authorized, granted, sign_off
from forgewatch.core.authority_events import AuthorizationGranted, Means, StandingGranted
from forgewatch.core.events import Adopted, AuditRecorded, Event, Recorded
from forgewatch.core.places import FORGE
from forgewatch.core.record_entry import EntryRules, entry_of_failure, entry_of_report
from forgewatch.core.record_fold import fold
from forgewatch.core.record_state import FIRST_CONTACT, EntrySummary, RecordState
from forgewatch.core.report import Failed, Report
from forgewatch.core.repository_facts import CommitFacts, Facts, WorkFacts
from forgewatch.core.snapshot import Ancestry
from forgewatch.core.values import CommitId, Digest, Phase
from tests.support.answers import PHASE, digest, envelope, report

AT = "2026-11-20T12:00:00Z"
LATER = "2026-11-20T13:00:00Z"
RULES = EntryRules(places=FORGE, docs={})


def commit_id(number: int) -> CommitId:
    """Return a commit's id that depends on the number only."""
    return CommitId(f"{number:040x}")


BASE, FIRST, SECOND, THIRD, ELSEWHERE = map(commit_id, (1, 2, 3, 4, 99))
TREE = digest("tree first")
OTHER_PHASE = Phase("Phase 2 -- More")
DIRECTIVE = digest("directive")


def work_report(name: str = "first", told: Any = report, **parts: Any) -> Report:
    """Return the report of an audit on BASE, under AEM; `told` makes it (`report`, `failing`, `unjudged`)."""
    made: Report = told(name, **{"head": BASE, "aem": True, **parts})
    return made


class Chronicle:
    """Events one after the other, as the record appends them, beginning with the first contact at `base`."""

    def __init__(self, base: CommitId | None = BASE) -> None:
        self.state = RecordState()
        self.events: list[Event] = []
        self.tell(Adopted(at=AT, commit=base, legacy=None, actor=FIRST_CONTACT))

    def tell(self, *events: Event) -> Chronicle:
        """Append events."""
        for event in events:
            seq = self.state.size
            self.state = fold(self.state, Recorded(seq=seq, leaf=digest(f"leaf {seq}"), event=event))
            self.events.append(event)
        return self

    def audits(self, *reports: Report | None) -> Chronicle:
        """Append the entries of these reports; None is an audit that could not be done."""
        for one in reports:
            if one is None:
                failed = Failed("ENVIRONMENT_LIMITATION", "died")
                self.tell(entry_of_failure(self.state, failed, None, envelope(), RULES, PHASE))
            else:
                self.tell(entry_of_report(self.state, one, None, envelope(), RULES))
        return self

    def works(self, name: str = "first", **parts: Any) -> Chronicle:
        """Append the entry of an audit that passed."""
        return self.audits(work_report(name, **parts))

    @property
    def work(self) -> EntrySummary:
        """The newest audit of the cycle's own change."""
        assert self.state.work is not None
        return self.state.work

    def audit(self, seq: int) -> AuditRecorded:
        """Return the audit at a place."""
        found = self.events[seq]
        assert isinstance(found, AuditRecorded)
        return found

    def signs_off(self) -> Chronicle:
        """Append the sign-off of the newest audit."""
        return self.tell(sign_off(self.audit(self.work.seq), self.work.seq, envelope()))

    def grants(self, **parts: Any) -> Chronicle:
        """Append an authorization of the newest audit, by somebody on a terminal unless `parts` say otherwise."""
        word: AuthorizationGranted = granted(self.work, at=AT, actor="olga", means=Means.TERMINAL)
        return self.tell(replace(word, **parts))

    def stands(self, **parts: Any) -> Chronicle:
        """Append a standing grant for the first phase, for two commits, at tier 1."""
        values: dict[str, Any] = {
            "at": AT,
            "directive": DIRECTIVE,
            "phases": ("phase-1-things",),
            "uses": 2,
            "expires": "",
            "actor": "",
            "tier": 1,
            "principals": ("olga",),
            "nonce": "",
        }
        return self.tell(StandingGranted(**{**values, **parts}))

    def commits(self, commit: CommitId = FIRST) -> Chronicle:
        """Append that the tree of the newest open authorization was committed."""
        grant = self.state.authority.grants[-1]
        return self.tell(authorized(self.audit(grant.entry), grant, commit, envelope()))

    def adopts(self, commit: CommitId | None, actor: str = "olga") -> Chronicle:
        """Append that the operator adopted a commit."""
        return self.tell(Adopted(at=AT, commit=commit, legacy=None, actor=actor))


def signed_off_and_granted(**parts: Any) -> Chronicle:
    """Return a record whose newest audit passed, is signed off and authorized."""
    return Chronicle().works(**parts).signs_off().grants()


def commit(oid: CommitId, *parents: CommitId, tree: Digest | None = TREE, **parts: Any) -> CommitFacts:
    """Return a commit that holds the audited tree, unless `tree` says otherwise."""
    return CommitFacts(**{"oid": oid, "parents": parents, "subject": "work", "neutral": False, "tree": tree, **parts})


def neutral(oid: CommitId, *parents: CommitId) -> CommitFacts:
    """Return a commit that touches the neutral set only."""
    return CommitFacts(oid=oid, parents=parents, subject="evidence", neutral=True)


def facts(*commits: CommitFacts, **parts: Any) -> Facts:
    """Return facts in which HEAD is the last of these commits, else BASE, and the tree is the audited one."""
    values: dict[str, Any] = {
        "head": commits[-1].oid if commits else BASE,
        "branch": "main",
        "ancestry": Ancestry.LINEAR,
        "commits": commits,
        "work": WorkFacts(tree=TREE, text=TREE, changes=()),
        "directive": DIRECTIVE,
    }
    return Facts(**{**values, **parts})
