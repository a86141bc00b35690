"""Which commits are authorized ones: by a word, by the directive, or by nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from forgewatch.core.authority_state import Standing
from forgewatch.core.commit_ruling import AutoRules, ByDirective, ByGrant, CommitRuling, Unaudited, bases_of, rule_commits
from forgewatch.core.report import Report
from forgewatch.core.repository_facts import CommitFacts
from forgewatch.core.snapshot import Ancestry
from forgewatch.core.values import CommitId, Digest, Phase
from tests.support.answers import digest, failing, unjudged
from tests.support.authority import (
    AT,
    BASE,
    ELSEWHERE,
    FIRST,
    LATER,
    OTHER_PHASE,
    SECOND,
    THIRD,
    TREE,
    Chronicle,
    commit,
    facts,
    neutral,
    signed_off_and_granted,
    work_report,
)

OTHER, TURNED = digest("another tree"), digest("the tree with LF")


def ruled(told: Chronicle, *commits: CommitFacts, tier: int = 0, at: str = AT, **parts: Any) -> CommitRuling:
    return rule_commits(told.state, facts(*commits, **parts), AutoRules(tier=tier, at=at))


def failed(name: str = "first", **parts: Any) -> Report:
    return work_report(name, failing, **parts)


# ---- by a word


def an_older_entry_and_a_newer_fail() -> Chronicle:
    return signed_off_and_granted().audits(failed("second"))


def two_grants_of_two_entries() -> Chronicle:
    return signed_off_and_granted().works("second").grants()


def an_unborn_repository() -> Chronicle:
    return Chronicle(None).works(head=None).grants()


def text_was_turned(entry: Digest | None = TURNED) -> Chronicle:
    return signed_off_and_granted(text_tree=entry)


@pytest.mark.parametrize(
    ("told", "commits", "authorized", "entry"),
    [
        (signed_off_and_granted, (commit(FIRST, BASE),), FIRST, 1),
        (signed_off_and_granted, (commit(ELSEWHERE, BASE, subject="AUTHORIZED by nobody\n\nhonestly"),), ELSEWHERE, 1),
        (signed_off_and_granted, (neutral(FIRST, BASE), commit(SECOND, FIRST)), SECOND, 1),
        (signed_off_and_granted, (neutral(FIRST, BASE), neutral(SECOND, FIRST), commit(THIRD, SECOND)), THIRD, 1),
        (signed_off_and_granted, (commit(FIRST, BASE), neutral(SECOND, FIRST)), FIRST, 1),
        (signed_off_and_granted, (neutral(FIRST, BASE), commit(SECOND, FIRST), neutral(THIRD, SECOND)), SECOND, 1),
        (signed_off_and_granted, (commit(FIRST, BASE), commit(SECOND, FIRST, tree=OTHER)), FIRST, 1),
        (signed_off_and_granted, (commit(FIRST, BASE), commit(SECOND, FIRST)), FIRST, 1),
        (signed_off_and_granted, (commit(FIRST, BASE), commit(SECOND, FIRST, ELSEWHERE)), FIRST, 1),
        (an_older_entry_and_a_newer_fail, (commit(FIRST, BASE),), FIRST, 1),
        (two_grants_of_two_entries, (commit(FIRST, BASE),), FIRST, 1),
        (two_grants_of_two_entries, (commit(FIRST, BASE, tree=digest("tree second")),), FIRST, 4),
        (an_unborn_repository, (commit(FIRST),), FIRST, 1),
        (an_unborn_repository, (neutral(FIRST), commit(SECOND, FIRST)), SECOND, 1),
        (text_was_turned, (commit(FIRST, BASE, tree=OTHER, text=TURNED),), FIRST, 1),
        (text_was_turned, (commit(FIRST, BASE, text=OTHER),), FIRST, 1),
        (lambda: Chronicle().works().grants(expires=LATER), (commit(FIRST, BASE),), FIRST, 1),
    ],
    ids=[
        "on the HEAD of the audit",
        "with another message, as after an amend",
        "behind a commit of evidence",
        "behind two commits of evidence",
        "before a commit of evidence",
        "between commits of evidence",
        "before a commit of something else",
        "before a commit of the same tree",
        "before a merge",
        "of an older entry, though a newer audit failed",
        "of the older of two authorized entries",
        "of the newer of two authorized entries",
        "as the first commit of all",
        "as the second commit of all, behind evidence",
        "with line endings turned by git",
        "without, where git could have turned them",
        "before the authorization ends",
    ],
)
def test_a_commit_of_the_audited_tree_is_authorized_by_the_word_that_was_given(
    told: Callable[[], Chronicle], commits: tuple[CommitFacts, ...], authorized: CommitId, entry: int
) -> None:
    ruling = ruled(told(), *commits)
    assert isinstance(ruling, ByGrant), ruling
    assert (ruling.commit, ruling.entry.seq, ruling.grant.entry) == (authorized, entry, entry)


def test_of_two_words_about_one_entry_the_newest_is_used() -> None:
    ruling = ruled(Chronicle().works().grants().grants(), commit(FIRST, BASE))
    assert isinstance(ruling, ByGrant)
    assert ruling.grant.seq == 3


# ---- by nobody

NOT_ON_BASE = f"it does not stand on {BASE}, on which entry 1 was audited"
NOT_ITS_TREE = "its tree is not the one that entry 1 audited"
USED = "entry 1 is authorized and committed, and nothing was audited since"
NOBODY = "entry 1 audited its tree, and nobody authorized it"


@dataclass(frozen=True)
class Stray:
    """What is recorded, the commits that stand there, and why nobody authorized the first of those that are no evidence."""

    told: Callable[[], Chronicle]
    commits: tuple[CommitFacts, ...]
    why: str
    named: tuple[CommitId, ...] = (FIRST,)


STRAYS = {
    "another base": Stray(signed_off_and_granted, (commit(FIRST, ELSEWHERE),), NOT_ON_BASE),
    "a root commit of its own": Stray(signed_off_and_granted, (commit(FIRST),), NOT_ON_BASE),
    "a second commit of the tree, on one of another": Stray(
        signed_off_and_granted, (commit(FIRST, BASE, tree=OTHER), commit(SECOND, FIRST)), NOT_ITS_TREE, (FIRST, SECOND)
    ),
    "a merge of the audited tree": Stray(
        signed_off_and_granted, (commit(FIRST, BASE, ELSEWHERE),), "a merge holds what no audit saw as one change"
    ),
    "a side branch before its merge": Stray(
        signed_off_and_granted, (commit(FIRST, BASE, tree=None), commit(SECOND, BASE, FIRST)), NOT_ITS_TREE, (FIRST, SECOND)
    ),
    "another tree": Stray(signed_off_and_granted, (commit(FIRST, BASE, tree=OTHER),), NOT_ITS_TREE),
    "a tree that nobody could look at": Stray(signed_off_and_granted, (commit(FIRST, BASE, tree=None),), NOT_ITS_TREE),
    "line endings turned where bytes count": Stray(
        lambda: text_was_turned(None), (commit(FIRST, BASE, tree=OTHER, text=TREE),), NOT_ITS_TREE
    ),
    "other text": Stray(text_was_turned, (commit(FIRST, BASE, tree=OTHER, text=OTHER),), NOT_ITS_TREE),
    "text that nobody could look at": Stray(text_was_turned, (commit(FIRST, BASE, tree=OTHER),), NOT_ITS_TREE),
    "evidence before it that stands elsewhere": Stray(
        signed_off_and_granted, (neutral(FIRST, ELSEWHERE), commit(SECOND, FIRST)), NOT_ON_BASE, (SECOND,)
    ),
    "nobody said a word": Stray(lambda: Chronicle().works().signs_off(), (commit(FIRST, BASE),), NOBODY),
    "no audit at all": Stray(Chronicle, (commit(FIRST, BASE),), "no audit passed before it"),
    "an audit that died": Stray(lambda: Chronicle().audits(None), (commit(FIRST, BASE),), "no audit passed before it"),
    "an audit that failed": Stray(
        lambda: Chronicle().audits(failed()), (commit(FIRST, BASE),), "entry 1 audited its tree, and its outcome is FAIL"
    ),
    "an audit that could not be judged": Stray(
        lambda: Chronicle().audits(work_report("first", unjudged)),
        (commit(FIRST, BASE),),
        "entry 1 audited its tree, and its outcome is ERROR",
    ),
    "the word is over": Stray(lambda: Chronicle().works().grants(expires="2026-11-20T11:59:59Z"), (commit(FIRST, BASE),), NOBODY),
    "the word ends now": Stray(lambda: Chronicle().works().grants(expires=AT), (commit(FIRST, BASE),), NOBODY),
    "the word was used": Stray(lambda: signed_off_and_granted().commits(FIRST), (commit(SECOND, FIRST),), USED, (SECOND,)),
    "the word was used, and the commit done again": Stray(
        lambda: signed_off_and_granted().commits(FIRST), (commit(SECOND, BASE),), USED, (SECOND,)
    ),
    "the operator adopted another commit meanwhile": Stray(
        lambda: signed_off_and_granted().adopts(ELSEWHERE), (commit(FIRST, BASE),), "no audit passed before it"
    ),
    "a word about what is no audit": Stray(lambda: Chronicle().works().grants(entry=0), (commit(FIRST, BASE),), NOBODY),
    "a first commit, audited on another": Stray(
        an_unborn_repository, (commit(SECOND, ELSEWHERE),), NOT_ON_BASE.replace(BASE, "no commit"), (SECOND,)
    ),
}


@pytest.mark.parametrize("stray", STRAYS.values(), ids=STRAYS)
def test_a_commit_that_nobody_authorized_is_named_with_the_reason(stray: Stray) -> None:
    assert ruled(stray.told(), *stray.commits) == Unaudited(stray.named, stray.why)


def test_all_commits_that_nobody_authorized_are_named_and_those_of_evidence_are_not() -> None:
    many = [commit(CommitId(f"{number + 2:040x}"), CommitId(f"{number + 1:040x}"), tree=OTHER) for number in range(25)]
    evidence = neutral(ELSEWHERE, many[-1].oid)
    assert ruled(Chronicle(), *many, evidence) == Unaudited(tuple(one.oid for one in many), "no audit passed before it")


@pytest.mark.parametrize("ancestry", [one for one in Ancestry if one not in (Ancestry.LINEAR, Ancestry.NO_ANCHOR)])
def test_a_head_that_does_not_descend_from_the_anchor_is_unaudited_whatever_its_tree(ancestry: Ancestry) -> None:
    ruling = ruled(signed_off_and_granted(), commit(FIRST, BASE), ancestry=ancestry)
    assert ruling == Unaudited((FIRST,), f"HEAD does not descend from the anchor: {ancestry.value}")
    assert ruled(signed_off_and_granted(), ancestry=ancestry, head=None) is None


@pytest.mark.parametrize(
    ("told", "commits"),
    [
        (signed_off_and_granted(), ()),
        (signed_off_and_granted(), (neutral(FIRST, BASE), neutral(SECOND, FIRST))),
        (signed_off_and_granted().commits(FIRST), (commit(FIRST, BASE),)),
        (signed_off_and_granted().commits(FIRST), (commit(FIRST, BASE), neutral(SECOND, FIRST))),
    ],
    ids=["no commit", "evidence only", "facts from before it was recorded", "the same and evidence"],
)
def test_what_is_no_question_any_more_is_not_answered(told: Chronicle, commits: tuple[CommitFacts, ...]) -> None:
    assert ruled(told, *commits) is None


def test_a_circle_of_evidence_that_only_a_lying_store_can_hold_ends() -> None:
    circle = (neutral(FIRST, SECOND), neutral(SECOND, FIRST), commit(THIRD, SECOND))
    assert ruled(signed_off_and_granted(), *circle) == Unaudited((THIRD,), NOT_ON_BASE)


# ---- by the directive


def automatic(**parts: Any) -> Chronicle:
    """Return a record whose newest audit passed with Auto-authorize on."""
    return Chronicle().works(auto_authorize=True, **parts)


@pytest.mark.req("S002-10.4-8")
@pytest.mark.parametrize(
    ("told", "auto"),
    [
        (automatic, False),
        (lambda: automatic(aem=False), True),
        (lambda: Chronicle().works(), True),
        (lambda: Chronicle().audits(failed(auto_authorize=True)), True),
        (lambda: Chronicle().audits(work_report("first", unjudged, auto_authorize=True)), True),
        (lambda: Chronicle().audits(*[failed(str(one)) for one in range(3)], work_report(auto_authorize=True)), True),
        (lambda: Chronicle().audits(*[failed(str(one), phase=OTHER_PHASE) for one in range(3)], work_report(auto_authorize=True)), True),
        (lambda: automatic().adopts(BASE), True),
        (lambda: automatic().audits(failed("second", auto_authorize=True)), True),
        (lambda: automatic().audits(None), True),
        (lambda: automatic().grants().commits(ELSEWHERE), True),
    ],
    ids=[
        "BASE's directive does not say so",
        "without AEM",
        "the audited directive did not say so",
        "the audit failed",
        "the audit could not be judged",
        "the phase is blocked",
        "another phase is blocked",
        "the operator adopted since",
        "a newer audit failed",
        "a newer audit died",
        "its tree was committed before",
    ],
)
def test_no_tree_goes_without_a_human_unless_all_that_is_asked_for_holds(told: Callable[[], Chronicle], auto: bool) -> None:
    assert isinstance(ruled(told(), commit(FIRST, BASE), auto_authorize=auto), Unaudited)


def test_no_tree_goes_without_a_human_that_was_judged_by_the_settings_of_another() -> None:
    rules = AutoRules(tier=0, at=AT, ours=False)
    assert isinstance(rule_commits(automatic().state, facts(commit(FIRST, BASE), auto_authorize=True), rules), Unaudited)


@pytest.mark.parametrize("title", ["1", "1 -", "1.", "01"])
def test_a_title_that_reads_like_a_number_is_not_the_phase_of_that_number(title: str) -> None:
    told = (
        Chronicle().stands(phases=("phase-2-1", "phase-2-01")).audits(work_report(auto_authorize=True, phase=Phase(f"Phase 2 -- {title}")))
    )
    assert isinstance(ruled(told, commit(FIRST, BASE), tier=1, auto_authorize=True), Unaudited)
    asked = Chronicle().stands(phases=("phase-2-1",)).audits(work_report(auto_authorize=True, phase=Phase("Phase 2.1 -- Things")))
    assert isinstance(ruled(asked, commit(FIRST, BASE), tier=1, auto_authorize=True), ByDirective)


@pytest.mark.parametrize("standing", [False, True])
def test_the_directive_lets_the_newest_tree_that_passed_go_and_uses_up_no_standing_grant_that_nobody_asks_for(standing: bool) -> None:
    told = automatic().stands() if standing else automatic()
    ruling = ruled(told, neutral(FIRST, BASE), commit(SECOND, FIRST), auto_authorize=True)
    assert isinstance(ruling, ByDirective)
    assert (ruling.commit, ruling.entry.seq, ruling.standing) == (SECOND, 1, None)


def test_a_word_that_is_over_leaves_the_directive_to_decide() -> None:
    told = automatic().grants(expires="2026-11-20T11:00:00Z")
    assert isinstance(ruled(told, commit(FIRST, BASE), auto_authorize=True), ByDirective)


def test_where_a_human_said_so_too_it_is_the_humans_word_that_is_used() -> None:
    assert isinstance(ruled(automatic().grants(), commit(FIRST, BASE), auto_authorize=True), ByGrant)


def test_a_head_that_the_anchor_descends_from_is_no_new_commit() -> None:
    told = signed_off_and_granted()
    assert ruled(told, head=ELSEWHERE, ancestry=Ancestry.REWRITTEN, behind=True) is None
    assert isinstance(ruled(told, head=ELSEWHERE, ancestry=Ancestry.REWRITTEN), Unaudited)


@pytest.mark.parametrize(
    ("before", "parts", "tier"),
    [
        (Chronicle(), {"directive": digest("another directive")}, 1),
        (Chronicle(), {"phases": ("phase-2-more", "phase-10", "phase-1-things-and-more", "phase")}, 1),
        (Chronicle(), {"phases": ()}, 1),
        (Chronicle(), {"expires": "2026-11-20T11:59:59Z"}, 1),
        (Chronicle(), {"tier": 1}, 2),
    ],
    ids=["another directive", "other phases", "no phase", "it is over", "a lower tier"],
)
def test_a_standing_grant_covers_only_what_was_signed(before: Chronicle, parts: dict[str, Any], tier: int) -> None:
    told = before.stands(**parts).audits(work_report(auto_authorize=True))
    assert isinstance(ruled(told, commit(FIRST, BASE), tier=tier, auto_authorize=True), Unaudited)


def standing_of(ruling: CommitRuling) -> Standing:
    assert isinstance(ruling, ByDirective) and ruling.standing is not None, ruling
    return ruling.standing


def test_above_the_lowest_tier_it_takes_a_standing_grant_and_no_human_is_asked_while_it_has_uses() -> None:
    told = Chronicle().stands(uses=1, expires=LATER).works(auto_authorize=True)
    ruling = ruled(told, commit(FIRST, BASE), tier=1, auto_authorize=True)
    assert (standing_of(ruling).seq, standing_of(ruling).uses) == (1, 1)
    told.grants(standing=1, auto=True).commits(FIRST).works("second", head=FIRST, auto_authorize=True)
    again = ruled(told, commit(SECOND, FIRST, tree=digest("tree second")), tier=1, auto_authorize=True)
    assert again == Unaudited((SECOND,), "entry 5 audited its tree, and nobody authorized it")


@pytest.mark.parametrize("phases", [("phase-1-things",), ("phase-1",), ("phase-2-more", "phase-1")])
def test_a_standing_grant_names_a_phase_with_its_title_or_by_its_number(phases: tuple[str, ...]) -> None:
    told = Chronicle().stands(phases=phases).works(auto_authorize=True)
    assert standing_of(ruled(told, commit(FIRST, BASE), tier=1, auto_authorize=True)).seq == 1


def test_without_a_standing_grant_the_directive_alone_is_not_enough_above_the_lowest_tier() -> None:
    assert isinstance(ruled(automatic(), commit(FIRST, BASE), tier=1, auto_authorize=True), Unaudited)


def test_a_fail_voids_a_standing_grant_and_an_error_does_not() -> None:
    died = Chronicle().stands().audits(None, work_report(auto_authorize=True))
    assert standing_of(ruled(died, commit(FIRST, BASE), tier=1, auto_authorize=True)).seq == 1
    lost = Chronicle().stands().audits(failed("second", phase=OTHER_PHASE), work_report(auto_authorize=True))
    assert isinstance(ruled(lost, commit(FIRST, BASE), tier=1, auto_authorize=True), Unaudited)


def test_the_oldest_standing_grant_that_covers_is_used_first() -> None:
    told = Chronicle().stands(tier=1).stands(tier=3).stands(tier=2).works(auto_authorize=True)
    assert standing_of(ruled(told, commit(FIRST, BASE), tier=2, auto_authorize=True)).seq == 2


# ---- on what an authorized tree may stand


def test_an_authorized_tree_may_stand_on_the_commits_of_what_was_authorized_and_of_the_newest_audit() -> None:
    assert bases_of(Chronicle().state) == ()
    assert bases_of(Chronicle().works().state) == (BASE,)
    assert bases_of(an_unborn_repository().state) == (None,)
    assert bases_of(signed_off_and_granted().works("second", head=ELSEWHERE).state) == (BASE, ELSEWHERE)
    assert bases_of(signed_off_and_granted().audits(replace(work_report("second"), against=ELSEWHERE)).state) == (BASE,)
    assert bases_of(signed_off_and_granted().commits(FIRST).state) == (BASE,)
