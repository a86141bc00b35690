"""What the record knows of authority, event by event: signed off, granted, used up, void."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest

from forgewatch.core.authority_events import (
    AuditDisputed,
    AuthorityEvent,
    AuthorityRefused,
    CommitPushed,
    CommitUnaudited,
    HaltBroken,
    Means,
    PhaseUnblocked,
    TokenFile,
)
from forgewatch.core.authority_state import AuthorityState, SignedOff, after_authority, after_commit, after_word, after_work
from forgewatch.core.codec import decode, encode
from forgewatch.core.events import Adopted, AuditRecorded
from forgewatch.core.journal_line import decode_line, encode_line
from forgewatch.core.record_state import FIRST_CONTACT, ApprovalSeen, RecordState
from forgewatch.core.values import Phase, RepoPath
from forgewatch.core.verdict import CheckCode, Outcome
from tests.support.answers import PHASE, digest, failing, unjudged
from tests.support.authority import (
    AT,
    BASE,
    DIRECTIVE,
    ELSEWHERE,
    FIRST,
    LATER,
    OTHER_PHASE,
    SECOND,
    TREE,
    Chronicle,
    signed_off_and_granted,
    work_report,
)

STRAY = CommitUnaudited(at=AT, head=FIRST, anchor=BASE, commits=(FIRST,), count=1, why="nobody authorized it")
BROKEN = HaltBroken(at=AT, entry=1, how="new cycle", detail="cycle 2 was opened")
REFUSED = AuthorityRefused(at=AT, action="AUTHORIZED", subject="phase-1", actor="x", field="tree", expected="a", actual="b")
UNBLOCKED = PhaseUnblocked(at=AT, phase=PHASE, actor="olga", reason="looked at it")
DISPUTED = AuditDisputed(at=AT, entry=1, leaf=digest("leaf 1"), phase=PHASE, codes=(CheckCode("A4"),), actor="b", reason="a comment")
PUSHED = CommitPushed(at=AT, commit=FIRST, remote="origin", ref="refs/heads/main")
FILE = TokenFile(RepoPath("Forge/evidence/AUTHORIZED"), digest("token"))


def authority(told: Chronicle) -> AuthorityState:
    return told.state.authority


# ---- signing off


def test_a_sign_off_waits_until_its_tree_is_committed_with_authority() -> None:
    told = Chronicle().works().signs_off()
    assert authority(told).signed == SignedOff(1, PHASE, TREE)
    assert authority(told.grants()).signed == SignedOff(1, PHASE, TREE)
    assert authority(told.commits(FIRST)).signed is None


@pytest.mark.parametrize(
    "then",
    [
        lambda told: told.works("second"),
        lambda told: told.audits(work_report("second", failing)),
        lambda told: told.audits(None),
        lambda told: told.adopts(BASE),
    ],
    ids=["an audit", "an audit that failed", "an audit that died", "the operator's adoption"],
)
def test_what_comes_after_a_sign_off_takes_its_place(then: Callable[[Chronicle], Chronicle]) -> None:
    assert authority(then(Chronicle().works().signs_off())).signed is None


def test_an_audit_from_a_base_of_the_callers_is_no_work_of_the_cycle_and_takes_nothings_place() -> None:
    told = signed_off_and_granted()
    before = authority(told)
    assert authority(told.stands().audits(work_report("x", failing, against=ELSEWHERE))).standing != ()
    assert replace(authority(told), standing=()) == before
    assert told.state.work is not None and told.state.work.seq == 1


def test_a_first_contact_is_no_word_of_the_operators() -> None:
    told = signed_off_and_granted()
    before = authority(told)
    assert authority(told.adopts(ELSEWHERE, actor=FIRST_CONTACT)) == before


def test_what_goes_on_after_a_sign_off_is_kept_beside_it() -> None:
    told = Chronicle().works().signs_off().tell(BROKEN, replace(BROKEN, how="files", detail="a.py changed"))
    signed = authority(told).signed
    assert signed is not None
    assert signed.broken == ("new cycle: cycle 2 was opened", "files: a.py changed")
    assert authority(Chronicle().tell(BROKEN)) == AuthorityState()


# ---- a word and its use


def test_a_word_holds_what_it_is_about_and_who_gave_it() -> None:
    told = Chronicle().works().grants(tier=2, principals=("olga", "piet"), nonce="0f", expires=LATER, means=Means.SIGNATURE, actor="")
    (grant,) = authority(told).grants
    assert (grant.seq, grant.entry, grant.tree, grant.head, grant.auto) == (2, 1, TREE, BASE, False)
    assert (grant.tier, grant.actor, grant.means, grant.principals, grant.expires) == (2, "", Means.SIGNATURE, ("olga", "piet"), LATER)
    assert authority(told).nonces == ("0f",)


def test_an_entry_has_the_newest_word_about_it() -> None:
    told = Chronicle().works().grants().works("second").grants().grants()
    assert [grant.seq for grant in authority(told).grants] == [2, 4, 5]
    assert [grant and grant.seq for grant in map(authority(told).grant_of, (1, 3, 2))] == [2, 5, None]


def test_a_commit_uses_up_all_words_about_its_entry_and_those_before_and_leaves_the_newer() -> None:
    told = Chronicle().works().grants().works("second").grants().grants().works("third").grants()
    done = after_commit(authority(told), 3)
    assert ([grant.entry for grant in done.grants], done.closed, done.work) == ([6], 3, 6)
    assert after_commit(done, 6).grants == ()


def test_a_word_outlives_newer_audits_and_ends_with_the_operators_adoption() -> None:
    told = signed_off_and_granted().audits(work_report("2", failing), work_report("3", unjudged), None, work_report("4"))
    assert authority(told).grant_of(1) is not None
    after = authority(told.stands().adopts(BASE))
    assert (after.grants, after.standing, after.signed, after.work) == ((), (), None, None)


def test_after_the_operators_word_used_nonces_and_unaudited_heads_are_still_known() -> None:
    told = signed_off_and_granted().tell(STRAY).grants(nonce="0f").commits(FIRST).adopts(SECOND)
    assert (authority(told).nonces, authority(told).noted, authority(told).closed) == (("0f",), (FIRST,), 1)
    assert after_word(AuthorityState(nonces=("0f",), noted=(FIRST,), closed=1)) == AuthorityState(nonces=("0f",), noted=(FIRST,), closed=1)


# ---- standing grants


def uses(told: Chronicle) -> dict[int, int]:
    return {one.seq: one.uses for one in authority(told).standing}


def test_each_use_of_a_standing_grant_is_counted_and_the_last_one_ends_it() -> None:
    told = Chronicle().stands(uses=2, nonce="aa").stands(uses=1, nonce="bb").works()
    assert uses(told) == {1: 2, 2: 1}
    assert uses(told.grants(standing=1)) == {1: 1, 2: 1}
    assert uses(told.grants(standing=2)) == {1: 1}
    assert uses(told.grants(standing=2)) == uses(told.grants()) == {1: 1}
    assert uses(told.grants(standing=1)) == {}
    assert authority(told).nonces == ("aa", "bb")


@pytest.mark.parametrize("count", [0, -1])
def test_a_standing_grant_for_no_commit_covers_none_and_its_nonce_is_used_up(count: int) -> None:
    told = Chronicle().stands(uses=count, nonce="aa").works()
    assert (uses(told), authority(told).nonces) == ({}, ("aa",))


def test_a_standing_grant_is_kept_as_it_was_signed() -> None:
    (one,) = authority(Chronicle().stands(expires=LATER, tier=3, principals=("olga", "piet"))).standing
    assert (one.seq, one.directive, one.phases, one.uses) == (1, DIRECTIVE, ("phase-1-things",), 2)
    assert (one.expires, one.tier, one.principals) == (LATER, 3, ("olga", "piet"))


@pytest.mark.parametrize(
    ("audit", "left"),
    [
        (work_report("2", failing), False),
        (work_report("2", failing, phase=OTHER_PHASE), False),
        (work_report("2", unjudged), True),
        (None, True),
        (work_report("2"), True),
        (work_report("2", failing, against=ELSEWHERE), True),
    ],
    ids=["a fail", "a fail of another phase", "what could not be judged", "one that died", "a pass", "a fail from another base"],
)
def test_any_fail_of_the_cycles_own_work_voids_every_standing_grant(audit: Any, left: bool) -> None:
    assert bool(uses(Chronicle().stands().stands().audits(audit))) is left
    assert after_work(AuthorityState(), 4, failed=True) == AuthorityState(work=4)


# ---- what is noted, and what changes nothing


def test_heads_that_nobody_authorized_are_noted_in_their_order() -> None:
    assert authority(Chronicle().tell(STRAY, replace(STRAY, head=SECOND))).noted == (FIRST, SECOND)


@pytest.mark.parametrize("event", [REFUSED, UNBLOCKED, DISPUTED, PUSHED], ids=lambda event: type(event).__name__)
def test_other_words_leave_what_is_signed_off_and_granted_as_it_is(event: AuthorityEvent) -> None:
    told = signed_off_and_granted().stands().tell(STRAY)
    before = told.state
    after = told.tell(event).state
    assert after_authority(before.authority, event, 9) == after.authority == before.authority
    assert (after.size, after.entry_count, after.anchor, after.authorized) == (
        before.size + 1,
        before.entry_count,
        before.anchor,
        before.authorized,
    )


# ---- the same in the record


def blocked() -> Chronicle:
    return Chronicle().audits(*[work_report(str(one), failing) for one in range(3)])


@pytest.mark.parametrize(
    ("phase", "left"),
    [(PHASE, False), (Phase("Phase 1"), False), (Phase("Phase 1 -- Renamed"), False), (OTHER_PHASE, True)],
)
def test_an_operator_unblocks_a_phase_by_its_number_and_no_other_one(phase: Phase, left: bool) -> None:
    told = blocked()
    assert told.state.is_blocked(PHASE)
    told.tell(replace(UNBLOCKED, phase=phase))
    assert told.state.is_blocked(PHASE) is left
    assert told.audits(work_report("4", failing)).state.streak(PHASE) == (4 if left else 1)


def test_a_phase_is_blocked_by_the_limit_of_its_newest_audit() -> None:
    told = Chronicle().audits(work_report("1", failing), work_report("2", failing))
    assert not told.state.is_blocked(PHASE)
    told.tell(replace(told.audit(2), loopback_limit=2))
    assert told.state.limit == 2 and told.state.is_blocked(PHASE)


def test_an_authorized_commit_is_the_anchor_and_the_loop_begins_anew() -> None:
    told = Chronicle().audits(work_report("1", failing)).works().grants().commits(FIRST)
    state = told.state
    assert (state.anchor, state.authorized, state.run, state.streak(PHASE)) == (FIRST, (BASE, FIRST), None, 0)
    assert state.next_iteration(PHASE) == 1
    assert (state.entry_count, state.last_entry and state.last_entry.seq) == (2, 2)


@pytest.mark.parametrize("outcome", [Outcome.AUTHORIZED, Outcome.SIGNED_OFF])
def test_an_amendment_that_names_neither_commit_nor_report_changes_nothing(outcome: Outcome) -> None:
    told = signed_off_and_granted()
    before = told.state
    amendment = replace(told.audit(1), outcome=outcome, amends=1, report=None if outcome is Outcome.SIGNED_OFF else told.audit(1).report)
    after = told.tell(amendment).state
    assert replace(after, size=before.size, leaf=before.leaf) == before


def test_a_token_file_that_was_used_has_its_answer() -> None:
    told = Chronicle().works().grants(file=FILE, means=Means.TOKEN)
    assert told.state.approvals.get(FILE.path) == ApprovalSeen(FILE.digest, "", accepted=True, seq=2)
    assert authority(told).grant_of(1) is not None


def test_an_entry_remembers_what_authority_needs_of_its_report() -> None:
    report = work_report(text_tree=digest("text"), changes=digest("changes"), auto_authorize=True)
    work = Chronicle().audits(report).work
    assert (work.text, work.document, work.changes, work.policy) == (digest("text"), digest("log"), digest("changes"), digest("policy"))
    assert (work.aem, work.auto, work.against, work.tree, work.head) == (True, True, False, TREE, BASE)
    died = Chronicle().audits(None).work
    assert (died.text, died.document, died.changes, died.policy, died.aem, died.auto, died.against) == (None,) * 4 + (False,) * 3


# ---- in the journal


@pytest.mark.parametrize(
    "event",
    [
        *(
            told
            for told in signed_off_and_granted().stands().grants(file=FILE, nonce="0f", standing=1).events
            if isinstance(told, AuthorityEvent)
        ),
        REFUSED,
        STRAY,
        replace(STRAY, anchor=None, halted=3),
        BROKEN,
        UNBLOCKED,
        DISPUTED,
        PUSHED,
        replace(PUSHED, why="no route to host"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_every_event_of_authority_comes_back_from_the_journal(event: AuthorityEvent) -> None:
    line = encode_line(event)[:-1]
    decoded = decode_line(4, line)
    assert getattr(decoded, "event", decoded) == event
    assert decode(type(event), encode(event)) == event


def test_every_kind_of_event_is_among_these() -> None:
    told = {type(one) for one in (*signed_off_and_granted().stands().events, REFUSED, STRAY, BROKEN, UNBLOCKED, DISPUTED, PUSHED)}
    assert told - {Adopted, AuditRecorded} == set(get_args(AuthorityEvent))


def test_an_entry_of_a_journal_from_before_authority_has_neither_commit_nor_words() -> None:
    old = encode(Chronicle().works().audit(1))
    assert isinstance(old, dict)
    for name in ("commit", "authority"):
        old.pop(name, None)
    read = decode(AuditRecorded, old)
    assert (read.commit, read.authority, read.amends) == (None, (), None)
    assert RecordState().authority == AuthorityState()
