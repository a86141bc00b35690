"""Entries that amend an audit, and the word that lets its tree be committed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from forgewatch.core.amendments import (
    assurance_line,
    authorized,
    given_by,
    granted,
    granted_alone,
    is_sign_off_due,
    sign_off,
    why_no_sign_off,
)
from forgewatch.core.authority_events import Means
from forgewatch.core.authority_state import Grant
from forgewatch.core.verdict import Outcome, StopReason
from tests.support.answers import digest, envelope, failing, trigger, unjudged
from tests.support.authority import AT, BASE, FIRST, LATER, TREE, Chronicle, signed_off_and_granted, work_report

BLOCKED = "Phase 1 -- Things is blocked: it used up its loops, and no operator has unblocked it"
NO_AUDIT = "no audit of this work is recorded"


def three_fails_and_a_pass() -> Chronicle:
    return Chronicle().audits(*[work_report(str(one), failing) for one in range(3)], work_report())


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (Chronicle, NO_AUDIT),
        (lambda: Chronicle().audits(None), NO_AUDIT),
        (lambda: Chronicle().audits(work_report("first", failing)), "entry 1 is FAIL"),
        (lambda: Chronicle().audits(work_report("first", unjudged)), "entry 1 is ERROR"),
        (lambda: Chronicle().works().audits(work_report("second", failing)), "entry 2 is FAIL"),
        (lambda: signed_off_and_granted().commits(), "entry 1 is authorized and committed"),
        (three_fails_and_a_pass, BLOCKED),
        (lambda: Chronicle().works().signs_off(), "entry 1 is signed off"),
        (lambda: Chronicle().works(), ""),
        (lambda: Chronicle().works().signs_off().works("second"), ""),
        (lambda: signed_off_and_granted().commits().works("second", head=FIRST), ""),
    ],
    ids=[
        "nothing was audited",
        "the audit died",
        "it failed",
        "it could not be judged",
        "a newer one failed",
        "it is committed",
        "its phase is blocked",
        "it is signed off",
        "it passed",
        "another one is signed off",
        "the one before is committed",
    ],
)
def test_a_sign_off_is_due_after_every_audit_under_aem_that_passed_once(told: Callable[[], Chronicle], why: str) -> None:
    state = told().state
    assert why_no_sign_off(state, state.work) == why
    assert is_sign_off_due(state) is (why == "")


def test_without_aem_a_sign_off_is_possible_and_not_due() -> None:
    state = Chronicle().works(aem=False).state
    assert why_no_sign_off(state, state.work) == ""
    assert not is_sign_off_due(state)


def test_a_sign_off_is_a_new_entry_that_repeats_the_audit_and_says_which() -> None:
    told = Chronicle().works()
    audit = replace(told.audit(1), trigger=trigger(), stop=StopReason.CONTRACT_CONFLICT, remarks=("Directive: AEM enabled",))
    entry = sign_off(audit, 1, envelope(LATER))
    assert (entry.outcome, entry.amends, entry.commit, entry.authority) == (Outcome.SIGNED_OFF, 1, None, ("Assurance: local",))
    assert (entry.trigger, entry.stop, entry.remarks, entry.envelope) == (None, None, (), envelope(LATER))
    assert (entry.report, entry.phase, entry.iteration, entry.loopback) == (audit.report, audit.phase, audit.iteration, audit.loopback)


def grant(**parts: Any) -> Grant:
    made = signed_off_and_granted().state.authority.grant_of(1)
    assert made is not None
    return replace(made, **parts)


@pytest.mark.parametrize(
    ("given", "outcome", "lines"),
    [
        (grant(), Outcome.AUTHORIZED, ("Assurance: unauthenticated (T0)", "Authorized by: olga, on a terminal (entry 3)")),
        (
            grant(auto=True, actor="", means=Means.DIRECTIVE),
            Outcome.AUTO_AUTHORIZED,
            ("Assurance: unauthenticated (T0)", "Authorized by: Auto-authorize of the directive (entry 3)"),
        ),
        (
            grant(actor="", means=Means.SIGNATURE, tier=3, principals=("olga", "piet\n---")),
            Outcome.AUTHORIZED,
            ("Assurance: signed by olga, piet\\n\\-\\-\\- (T3)", "Authorized by: signature (entry 3)"),
        ),
    ],
    ids=["a person", "the directive", "signatures"],
)
def test_an_authorized_entry_names_the_commit_and_on_whose_word(given: Grant, outcome: Outcome, lines: tuple[str, str]) -> None:
    entry = authorized(signed_off_and_granted().audit(1), given, FIRST, envelope(LATER))
    assert (entry.outcome, entry.amends, entry.commit) == (outcome, 1, FIRST)
    assert entry.authority == (f"Commit: {FIRST}", *lines)


@pytest.mark.parametrize("actor", ["x\n---\n## Audit Entry: Phase 9", "\x1b[2J", "\u202egnp"])
def test_no_name_of_an_actor_can_begin_a_line_or_move_a_cursor(actor: str) -> None:
    shown = given_by(grant(actor=actor)) + assurance_line(1, (actor,))
    assert shown.isascii() and shown.isprintable() and "---" not in shown


def test_a_word_is_about_the_tree_and_the_head_of_its_audit() -> None:
    work = Chronicle().works().work
    word = granted(work, at=AT, actor="olga", means=Means.COMMAND, tier=2)
    assert (word.entry, word.leaf, word.phase, word.tree, word.head) == (1, digest("leaf 1"), work.phase, TREE, BASE)
    assert (word.at, word.actor, word.means, word.auto, word.tier) == (AT, "olga", Means.COMMAND, False, 2)
    assert (word.principals, word.nonce, word.expires, word.standing, word.file) == ((), "", "", None, None)


def test_the_word_of_the_directive_bears_tier_names_and_end_of_who_signed_for_it_in_advance() -> None:
    told = Chronicle().stands(tier=3, principals=("olga", "piet"), expires=LATER).works()
    by_itself = granted_alone(told.work, AT, None)
    assert (by_itself.means, by_itself.auto, by_itself.actor, by_itself.tier) == (Means.DIRECTIVE, True, "", 0)
    assert (by_itself.standing, by_itself.principals, by_itself.entry, by_itself.at) == (None, (), 2, AT)
    standing = granted_alone(told.work, AT, told.state.authority.standing[0])
    assert (standing.means, standing.auto, standing.actor, standing.tier) == (Means.STANDING, True, "", 3)
    assert (standing.standing, standing.principals, standing.expires) == (1, ("olga", "piet"), LATER)
    told.tell(standing)
    lines = authorized(told.audit(2), told.state.authority.grants[0], FIRST, envelope()).authority
    assert "Assurance: signed by olga, piet (T3)" in lines


def test_an_audit_without_a_tree_cannot_be_authorized() -> None:
    with pytest.raises(ValueError, match="only an audited tree is authorized"):
        granted(Chronicle().audits(None).work, at=AT, actor="", means=Means.TERMINAL)
