"""What holds for authority whatever is recorded in whatever order, and whatever anybody commits."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forgewatch.core.amendments import authorized, granted_alone, is_sign_off_due
from forgewatch.core.authority_events import (
    AuditDisputed,
    AuthorityEvent,
    AuthorityRefused,
    AuthorizationGranted,
    CommitPushed,
    CommitUnaudited,
    HaltBroken,
    Means,
    PhaseUnblocked,
    StandingGranted,
    TokenFile,
)
from forgewatch.core.authorization import entry_disagreement
from forgewatch.core.codec import decode, encode
from forgewatch.core.commit_ruling import AutoRules, ByDirective, ByGrant, Unaudited, rule_commits
from forgewatch.core.events import Adopted, AuditRecorded, Event, Recorded
from forgewatch.core.ledger_projection import Projection
from forgewatch.core.record_fold import fold
from forgewatch.core.record_memory import RecordMemory, memory_of, state_of
from forgewatch.core.record_state import RecordState
from forgewatch.core.report import Report
from forgewatch.core.repository_facts import CommitFacts, Facts
from forgewatch.core.snapshot import Ancestry
from forgewatch.core.values import CommitId, Digest, RepoPath
from forgewatch.core.verdict import CheckCode, Outcome
from tests.properties.test_record_properties import events as other_events
from tests.support.answers import PHASE, digest, envelope, failing, report, unjudged
from tests.support.authority import AT, LATER, OTHER_PHASE, Chronicle, commit_id, facts, work_report

FEW = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])

places = st.integers(0, 8)
counts = st.integers(1, 3)
commits = st.integers(1, 4).map(commit_id)
trees = st.sampled_from(["first", "second"]).map(lambda name: digest(f"tree {name}"))
phases = st.sampled_from([PHASE, OTHER_PHASE])
words = st.text(max_size=8)
names = st.lists(words, max_size=2).map(tuple)
nonces = st.sampled_from(["", "aa", "bb"])
ends = st.sampled_from(["", AT, LATER])
digests = st.sampled_from(["leaf", "directive"]).map(digest)
files = st.builds(TokenFile, st.just(RepoPath("Forge/evidence/AUTHORIZED")), digests)

authority_events: st.SearchStrategy[AuthorityEvent] = st.one_of(
    st.builds(
        AuthorizationGranted,
        at=words,
        entry=places,
        leaf=digests,
        phase=phases,
        tree=trees,
        head=st.none() | commits,
        actor=words,
        means=st.sampled_from(Means),
        auto=st.booleans(),
        tier=st.integers(0, 3),
        principals=names,
        nonce=nonces,
        expires=ends,
        standing=st.none() | places,
        file=st.none() | files,
    ),
    st.builds(AuthorityRefused, at=words, action=words, subject=words, actor=words, field=words, expected=words, actual=words),
    st.builds(
        StandingGranted,
        at=words,
        directive=digests,
        phases=names | st.just(("phase-1-things",)),
        uses=counts,
        expires=ends,
        actor=words,
        tier=st.integers(1, 3),
        principals=names,
        nonce=nonces,
    ),
    st.builds(
        CommitUnaudited,
        at=words,
        head=commits,
        anchor=st.none() | commits,
        commits=st.lists(commits, max_size=2).map(tuple),
        count=counts,
        why=words,
        halted=st.none() | places,
    ),
    st.builds(HaltBroken, at=words, entry=places, how=words, detail=words),
    st.builds(PhaseUnblocked, at=words, phase=phases, actor=words, reason=words),
    st.builds(
        AuditDisputed, at=words, entry=places, leaf=digests, phase=phases, codes=st.just((CheckCode("A4"),)), actor=words, reason=words
    ),
    st.builds(CommitPushed, at=words, commit=commits, remote=words, ref=words, why=words),
)


def audited(name: str, passed: str, head: CommitId | None, auto: bool, against: CommitId | None) -> AuditRecorded:
    told = {"passes": report, "fails": failing, "is unjudged": unjudged}[passed]
    made = Chronicle(head).audits(work_report(name, told, head=head, auto_authorize=auto, against=against, text_tree=digest("text")))
    return made.audit(1)


audits = st.builds(
    audited,
    st.sampled_from(["first", "second"]),
    st.sampled_from(["passes", "passes", "fails", "is unjudged"]),
    st.none() | commits,
    st.booleans(),
    st.none() | commits,
)
amendments = st.builds(
    lambda audit, amends, commit, outcome: replace(audit, amends=amends, commit=commit, outcome=outcome),
    audits,
    places,
    st.none() | commits,
    st.sampled_from([Outcome.SIGNED_OFF, Outcome.AUTHORIZED, Outcome.AUTO_AUTHORIZED]),
)
adoptions = st.builds(Adopted, at=words, commit=st.none() | commits, legacy=st.none(), actor=st.sampled_from(["first contact", "olga"]))
events: st.SearchStrategy[Event] = st.one_of(authority_events, authority_events, audits, amendments, adoptions, other_events)


def folded(many: list[Event]) -> list[RecordState]:
    """Return the state after each of these events."""
    states = [RecordState()]
    for seq, event in enumerate(many):
        states.append(fold(states[-1], Recorded(seq=seq, leaf=digest(f"leaf {seq}"), event=event)))
    return states


ROOT = commit_id(1)


def with_work(before: list[Event], name: str, expires: str, auto: bool, after: list[Event]) -> list[Event]:
    """Return events with an audit on ROOT among them, that passed and is authorized, or for whose phase there is a standing grant."""
    audit = audited(name, "passes", ROOT, auto, None)
    grant = Chronicle().works(name, head=ROOT).grants(entry=len(before), expires=expires).events[-1]
    standing = Chronicle().stands(tier=2, expires=expires).events[-1]
    return [*before, audit, standing if auto else grant, *after]


stories = st.builds(
    with_work, st.lists(events, max_size=5), st.sampled_from(["first", "second"]), ends, st.booleans(), st.lists(events, max_size=3)
)


def used(story: list[Event], after: list[Event]) -> list[Event]:
    """Return these events, and behind them that the newest audit of theirs was committed with authority."""
    seq = max(place for place, event in enumerate(story) if isinstance(event, AuditRecorded) and event.amends is None)
    audit = story[seq]
    assert isinstance(audit, AuditRecorded)
    return [*story, replace(audit, outcome=Outcome.AUTHORIZED, amends=seq, commit=commit_id(50)), *after]


@FEW
@given(st.lists(events, max_size=25) | st.builds(used, stories, st.lists(events, max_size=8)))
def test_whatever_is_recorded_nothing_that_was_used_comes_back_and_nothing_that_was_noted_is_forgotten(many: list[Event]) -> None:
    states = folded(many)
    gone: set[int] = set()
    for before, after, event in zip(states, states[1:], many, strict=False):
        for name in ("noted", "nonces"):
            kept = getattr(before.authority, name)
            assert getattr(after.authority, name)[: len(kept)] == kept
        assert after.authorized[: len(before.authorized)] == before.authorized
        was, now = ({grant.seq for grant in state.authority.grants} for state in (before, after))
        gone |= was - now
        assert not now & gone
        if isinstance(event, AuditRecorded) and event.amends is not None and after.anchor != before.anchor:
            assert after.authority.grant_of(event.amends) is None and after.authority.closed == event.amends
        uses, left = ({one.seq: one.uses for one in state.authority.standing} for state in (before, after))
        assert all(0 < left[seq] <= uses.get(seq, left[seq]) for seq in left)
        if is_sign_off_due(after):
            assert entry_disagreement(after) is None or after.tampered is not None


@FEW
@given(st.lists(events, max_size=25))
def test_a_state_comes_back_from_its_memory_as_it_was(many: list[Event]) -> None:
    state = folded(many)[-1]
    memory = memory_of(state, Projection(), digest("journal"), "0")
    back = state_of(decode(RecordMemory, encode(memory)))
    assert memory_of(back, Projection(), digest("journal"), "0") == memory
    assert (back.authority, back.authorized, back.work, back.anchor) == (state.authority, state.authorized, state.work, state.anchor)
    follow = Chronicle().works().events[-1]
    then = [fold(one, Recorded(seq=one.size, leaf=digest("next"), event=follow)) for one in (state, back)]
    assert then[0].authority == then[1].authority


some_commits = st.lists(
    st.builds(
        CommitFacts,
        oid=commits,
        parents=st.sampled_from([(ROOT,), (ROOT,), (ROOT,), (), (commit_id(2),), (ROOT, commit_id(3)), (commit_id(3),)]),
        subject=words,
        neutral=st.booleans(),
        tree=st.none() | trees,
        text=st.none() | st.just(digest("text")),
    ),
    max_size=5,
)
some_facts = st.builds(
    lambda found, ancestry, head, auto: facts(*found, ancestry=ancestry, head=head, auto_authorize=auto),
    some_commits,
    st.sampled_from([*[Ancestry.LINEAR] * 12, *Ancestry]),
    st.none() | commits,
    st.booleans(),
)


@settings(FEW, max_examples=500)
@given(stories, some_facts, st.integers(0, 3))
def test_whatever_stands_there_only_an_audited_tree_is_authorized(many: list[Event], found: Facts, tier: int) -> None:
    state = folded(many)[-1]
    ruling = rule_commits(state, found, AutoRules(tier=tier, at=AT))
    if isinstance(ruling, ByGrant | ByDirective):
        (held, *_) = [one for one in found.commits if one.oid == ruling.commit and not one.neutral]
        assert held.tree is not None and len(held.parents) < 2 and held.oid not in state.authorized
        assert held.tree == ruling.entry.tree or held.text == ruling.entry.text is not None
        assert found.ancestry in (Ancestry.LINEAR, Ancestry.NO_ANCHOR) or found.head is None
    if isinstance(ruling, ByGrant):
        assert ruling.grant in state.authority.grants and ruling.grant.entry == ruling.entry.seq
        assert not ruling.grant.expires or ruling.grant.expires > AT
    if isinstance(ruling, ByDirective):
        assert ruling.entry == state.work and ruling.entry.outcome is Outcome.PASS and found.auto_authorize
        assert not state.is_blocked(ruling.entry.phase)
        assert (ruling.standing is None) == (tier == 0)
        assert ruling.standing is None or (ruling.standing in state.authority.standing and ruling.standing.tier >= tier)
    if isinstance(ruling, Unaudited):
        assert ruling.commits and ruling.why
        assert found.head in ruling.commits or not set(ruling.commits) & set(state.authorized)


# ---- one repository, in which anybody does anything


class World:
    """A record, and a line of commits behind its anchor; each deed is what a builder, an operator or forgewatch may do at any time."""

    def __init__(self) -> None:
        self.told = Chronicle()
        self.line: list[CommitFacts] = []
        self.made = 100
        self.authorized: list[tuple[int, CommitId, Digest | None]] = []

    @property
    def head(self) -> CommitId | None:
        """The newest commit."""
        return self.line[-1].oid if self.line else self.told.state.anchor

    def do(self, deed: str, name: str) -> None:
        """Let one deed be done; what the rules of the commands refuse is not done."""
        state = self.told.state
        match deed:
            case "passes" | "fails" | "is unjudged":
                told = {"passes": report, "fails": failing, "is unjudged": unjudged}[deed]
                self.told.audits(self.report(name, told))
            case "grant" if entry_disagreement(state) is None and state.authority.grant_of(self.told.work.seq) is None:
                self.told.grants()
            case "stand":
                self.told.stands(uses=1)
            case "unblock" if state.work is not None:
                self.told.tell(PhaseUnblocked(at=AT, phase=state.work.phase, actor="olga", reason=""))
            case "commit" | "evidence":
                self.made += 1
                parents = (self.head,) if self.head else ()
                tree = digest(f"tree {name}") if deed == "commit" else None
                self.line.append(CommitFacts(oid=commit_id(self.made), parents=parents, subject="", neutral=deed == "evidence", tree=tree))
            case "adopt":
                self.told.adopts(self.head)
                self.line = []
            case "look":
                self.look()

    def report(self, name: str, told: object) -> Report:
        """Return the report of an audit of the tree `name` on HEAD."""
        return work_report(name, told, head=self.head, auto_authorize=True)

    def look(self) -> None:
        """Record what the commits mean, as `follow_head` does."""
        state = self.told.state
        ruling = rule_commits(state, facts(*self.line, head=self.head, auto_authorize=True), AutoRules(tier=1, at=AT))
        if isinstance(ruling, ByDirective):
            self.told.tell(granted_alone(ruling.entry, AT, ruling.standing))
            self.look()
        if isinstance(ruling, ByGrant):
            self.told.tell(authorized(self.told.audit(ruling.grant.entry), ruling.grant, ruling.commit, envelope()))
            held = next(one for one in self.line if one.oid == ruling.commit)
            self.authorized.append((ruling.grant.entry, held.oid, held.tree))
            self.line = self.line[self.line.index(held) + 1 :]


one_deed = st.tuples(
    st.sampled_from(["passes", "fails", "is unjudged", "grant", "stand", "unblock", "commit", "evidence", "adopt", "look"]),
    st.sampled_from(["first", "second"]),
)
ways = st.sampled_from(
    [
        ("passes", "grant", "commit", "look"),
        ("passes", "commit", "grant", "look"),
        ("passes", "commit", "look", "grant", "look"),
        ("passes", "evidence", "grant", "evidence", "commit", "commit", "look"),
        ("passes", "stand", "commit", "look", "look"),
        ("stand", "passes", "evidence", "commit", "commit", "look"),
        ("stand", "fails", "passes", "commit", "look"),
        ("fails", "fails", "fails", "passes", "stand", "commit", "look", "unblock", "look"),
        ("fails", "grant", "commit", "look"),
        ("passes", "grant", "fails", "commit", "look"),
    ]
)
stretches = st.builds(lambda way, name: [(deed, name) for deed in way], ways, st.sampled_from(["first", "second"]))
deeds = st.lists(stretches | one_deed.map(lambda one: [one]), max_size=8).map(lambda many: [deed for few in many for deed in few])


@settings(FEW, max_examples=300)
@given(deeds)
def test_no_audit_is_committed_with_authority_twice_and_no_commit_without_its_own_passed_audit(done: list[tuple[str, str]]) -> None:
    world = World()
    for deed, name in done:
        world.do(deed, name)
    entries = [entry for entry, _, _ in world.authorized]
    assert len(set(entries)) == len(entries)
    for entry, commit, tree in world.authorized:
        audit = world.told.audit(entry)
        assert audit.outcome is Outcome.PASS and audit.report is not None
        assert audit.report.tree == tree and commit in world.told.state.authorized
    grants = [event for event in world.told.events if isinstance(event, AuthorizationGranted)]
    assert len(world.authorized) <= len(grants)
    stood = [event for event in world.told.events if isinstance(event, StandingGranted)]
    assert len([grant for grant in grants if grant.auto]) <= len(stood)
