"""Words of authority: each is compared with the facts, recorded before anything follows, and refused by the field that disagrees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from forgewatch.adapters.ssh_signatures import verifies
from forgewatch.app import authority
from forgewatch.app.authority import Considered, authorize, authorize_alone, authorize_signed, refuse, sign_off_now
from forgewatch.app.heads import follow_head
from forgewatch.core.allowed_signers import AllowedSigners, parse_allowed_signers
from forgewatch.core.approval import Disagreement
from forgewatch.core.authority import AuthorityRules, Tier
from forgewatch.core.authority_events import (
    AuditDisputed,
    AuthorityRefused,
    AuthorizationGranted,
    CommitPushed,
    Means,
    PhaseUnblocked,
    StandingGranted,
)
from forgewatch.core.authority_request import SignedRequest, Wanted, request_of
from forgewatch.core.errors import EnvironmentFault, LedgerUnwritable, UsageError
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.policy import settings_digest
from forgewatch.core.record_entry import entry_of_report
from forgewatch.core.report import Failed
from forgewatch.core.settings import AuthoritySettings, Settings
from forgewatch.core.snapshot import Ancestry
from forgewatch.core.tiers import STANDING, request_about
from forgewatch.core.values import CommitId, Digest, Phase, Unreadable
from forgewatch.core.verdict import CheckCode, Outcome, StopReason
from tests.support.answers import HEAD, PHASE, digest, envelope, failing, report, unjudged
from tests.support.authority_rig import LOG, AuthorityRig
from tests.support.ssh import allowed, software_public, software_sign

LEDGER = "Forge/evidence/audit_ledger.md"
SIGNED_TIER = Settings(authority=AuthoritySettings(tiers=(("AUTHORIZED", 1),)))


def rules(**parts: Any) -> AuthorityRules:
    """Return rules by which alice and bob may sign, and the bot is a builder."""
    lines = {"alice": software_public(1), "bob": software_public(2), "bot": software_public(4)}
    signers = parse_allowed_signers(allowed(lines).encode())
    assert isinstance(signers, AllowedSigners)
    return replace(AuthorityRules(signers=signers, builders=frozenset({"bot"})), **parts)


@pytest.fixture
def rig() -> AuthorityRig:
    return AuthorityRig()


def field_of(found: object) -> tuple[str, str]:
    """Return the field that disagreed and what was found; two empty strings when nothing did."""
    if isinstance(found, Considered):
        found = found.against
    return (found.field, found.actual) if isinstance(found, Disagreement) else ("", "")


def granted_by(found: object) -> AuthorizationGranted:
    assert isinstance(found, Recorded), found
    assert isinstance(found.event, AuthorizationGranted)
    return found.event


def test_an_audited_tree_that_is_still_there_has_nothing_against_it(rig: AuthorityRig) -> None:
    audit = rig.audited()
    considered = rig.considers()
    assert considered.against is None
    assert (considered.work.seq, considered.subject) == (audit, "phase-1-things")


def test_without_an_audit_there_is_nothing_to_speak_of(rig: AuthorityRig) -> None:
    considered = rig.considers()
    assert (field_of(considered), considered.subject) == (("entry", "none is recorded"), "no phase")
    with pytest.raises(ValueError, match="no audit"):
        assert considered.work


def forges(rig: AuthorityRig) -> None:
    rig.audited()
    rig.files.files[LEDGER] = bytes(rig.files.files[LEDGER]).replace(b"Outcome: PASS", b"Outcome: FAIL")  # type: ignore[arg-type]


def tampers(rig: AuthorityRig) -> None:
    forges(rig)
    rig.record.inspect_ledger()


def blocks(rig: AuthorityRig) -> None:
    for number in range(3):
        rig.audited(failing(f"f{number}", head=HEAD, aem=True))
    rig.audited()


def commits(rig: AuthorityRig) -> None:
    rig.audited()
    rig.grants()
    rig.world.commit("first")


def changes_log(rig: AuthorityRig, raw: bytes | Unreadable | None) -> None:
    rig.audited()
    if raw is None:
        del rig.files.files[LOG]
    else:
        rig.files.files[LOG] = raw


def moves(rig: AuthorityRig, **commit: Any) -> None:
    rig.audited()
    rig.world.commit(**commit)


def touches(rig: AuthorityRig) -> None:
    rig.audited()
    rig.world.tree = digest("something else")


def rewrites(rig: AuthorityRig) -> None:
    rig.audited()
    rig.world.parts["ancestry"] = Ancestry.REWRITTEN


def leaves_many(rig: AuthorityRig) -> None:
    moves(rig, holds="first")
    rig.world.parts["more"] = 1


REFUSALS: tuple[tuple[str, Callable[[AuthorityRig], object], str, str], ...] = (
    ("it failed", lambda rig: rig.audited(failing(head=HEAD, aem=True)), "outcome", "FAIL in entry 1"),
    ("it could not be judged", lambda rig: rig.audited(unjudged(head=HEAD, aem=True)), "outcome", "ERROR in entry 1"),
    ("it is committed", commits, "entry", "entry 1, which is authorized and committed"),
    ("its phase is blocked", blocks, "phase", f"{PHASE} is blocked: it used up its loops, and no operator has unblocked it"),
    ("the ledger is forged", tampers, "ledger", ""),
    ("the ledger was forged and nobody has looked since", forges, "ledger", ""),
    ("the diff log was written again", lambda rig: changes_log(rig, b"another"), "diff log", digest("another")),
    ("the diff log is gone", lambda rig: changes_log(rig, None), "diff log", "none that can be read"),
    ("the diff log is a symlink", lambda rig: changes_log(rig, Unreadable("is a symlink")), "diff log", "none that can be read"),
    ("something else was committed", lambda rig: moves(rig, holds="other"), "HEAD", f"{10:040x}"),
    ("the audited tree was committed elsewhere", lambda rig: moves(rig, holds="first", on=CommitId("8" * 40)), "HEAD", f"{10:040x}"),
    ("the audited tree was merged", lambda rig: moves(rig, holds="first", parents=(HEAD, CommitId("8" * 40))), "HEAD", f"{10:040x}"),
    ("more was committed than anybody looked at", leaves_many, "HEAD", f"{10:040x}"),
    ("history was rewritten", rewrites, "HEAD", HEAD),
    ("a file was touched", touches, "tree", digest("something else")),
)


@pytest.mark.req("S002-10.4-6")
@pytest.mark.req("S002-12-4")
@pytest.mark.parametrize(("happens", "field", "actual"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_what_keeps_an_audit_from_being_signed_off_and_authorized_is_named(
    rig: AuthorityRig, happens: Callable[[AuthorityRig], object], field: str, actual: str
) -> None:
    happens(rig)
    considered = rig.considers()
    found = field_of(considered)
    assert found[0] == field
    assert found[1] == actual or (actual == "" and found[1])
    # Nobody's word gets past it, whoever gives it.
    given = request_about(considered.work, "shop-0123456789abcdef")
    answers = (
        authorize(rig.desk, considered, "olga", Means.TERMINAL),
        authorize_alone(rig.desk, considered),
        authorize_signed(rig.desk, considered, signed(given), rules(), verifies),
    )
    assert [field_of(answer) for answer in answers] == [found] * 3
    assert len(rig.events(AuthorizationGranted)) == (1 if happens is commits else 0)


def test_the_audited_tree_committed_before_the_word_is_still_the_audited_one(rig: AuthorityRig) -> None:
    audit = rig.audited()
    commit = rig.world.commit("first")
    assert rig.authorizes() == 4
    follow_head(rig.desk)
    assert (rig.record.state().anchor, rig.outcomes[-1], rig.record.state().authority.closed) == (commit, Outcome.AUTHORIZED, audit)


def test_facts_that_cannot_be_had_refuse_nothing_and_grant_nothing(rig: AuthorityRig) -> None:
    rig.audited()
    rig.world.fails = Failed(StopReason.ENVIRONMENT_LIMITATION, "git is not there", "install git", again=True)
    before = list(rig.journal.lines)
    with pytest.raises(EnvironmentFault, match="git is not there"):
        rig.considers()
    assert rig.journal.lines == before


def test_a_word_at_the_keyboard_is_recorded_once_and_names_who_and_what(rig: AuthorityRig) -> None:
    audit = rig.audited()
    event = granted_by(authorize(rig.desk, rig.considers(), "olga", Means.COMMAND))
    summary = rig.record.state().entries.get(audit)
    assert summary is not None
    assert (event.entry, event.leaf, event.tree, event.head, event.phase) == (audit, summary.leaf, digest("tree first"), HEAD, PHASE)
    assert (event.actor, event.means, event.tier, event.auto, event.nonce) == ("olga", Means.COMMAND, 0, False, "")
    assert field_of(authorize(rig.desk, rig.considers(), "olga", Means.COMMAND)) == (
        "authorization",
        "one that was given in entry 3 and is not used yet",
    )


def test_two_people_who_authorize_at_once_give_one_authorization(rig: AuthorityRig) -> None:
    rig.audited()
    other = rig.another()
    both = (rig.considers(), rig.considers(other))
    found = [authorize(rig.desk, both[0], "olga", Means.TERMINAL), authorize(other, both[1], "oleg", Means.TERMINAL)]
    assert [field_of(one)[0] for one in found] == ["", "authorization"]
    assert len(rig.events(AuthorizationGranted)) == 1


@pytest.mark.parametrize("meanwhile", ["another audit", "a commit with authority", "an adoption"])
def test_facts_older_than_the_record_authorize_nothing(rig: AuthorityRig, meanwhile: str) -> None:
    rig.audited()
    considered = rig.considers()
    if meanwhile == "another audit":
        rig.audited(report("second", head=HEAD))
    elif meanwhile == "an adoption":
        rig.record.adopt(HEAD, "oleg")
    else:
        rig.grants()
        rig.world.commit("first")
        follow_head(rig.another())
    found = authorize(rig.desk, considered, "olga", Means.TERMINAL)
    assert field_of(found)[0] == "entry"
    assert field_of(found)[1].endswith(", recorded meanwhile")
    assert field_of(authorize_alone(rig.desk, considered))[0] == "entry"
    assert field_of(authorize_signed(rig.desk, considered, signed(), rules(), verifies))[0] == "entry"


@pytest.mark.parametrize("where", ["the operator's settings", "the repository's"])
def test_a_word_at_the_keyboard_is_too_little_where_a_signature_is_wanted(where: str) -> None:
    rig = AuthorityRig(SIGNED_TIER) if where == "the operator's settings" else AuthorityRig()
    if where == "the repository's":
        rig.world.parts["raised"] = (("AUTHORIZED", 1),)
    rig.audited()
    found = authorize(rig.desk, rig.considers(), "olga", Means.TERMINAL)
    assert found == Disagreement("tier", "T1: a signature over the request", "T0: a word at the keyboard")


def test_the_repository_cannot_lower_what_the_operator_wants() -> None:
    rig = AuthorityRig(SIGNED_TIER)
    rig.world.parts["raised"] = (("AUTHORIZED", 0),)
    rig.audited()
    assert field_of(authorize(rig.desk, rig.considers(), "olga", Means.TERMINAL))[0] == "tier"


def test_a_refusal_is_an_entry_of_its_own_with_both_sides(rig: AuthorityRig) -> None:
    rig.audited(failing(head=HEAD, aem=True))
    considered = rig.considers()
    assert considered.against is not None
    refuse(rig.desk, "AUTHORIZED", considered, considered.against, "olga\n=== forged ===\x1b[2J")
    (event,) = rig.events(AuthorityRefused)
    assert isinstance(event, AuthorityRefused)
    assert (event.action, event.subject, event.field, event.expected) == ("AUTHORIZED", "phase-1-things", "outcome", "PASS")
    text = bytes(rig.files.files[LEDGER]).decode()  # type: ignore[arg-type]
    assert "\x1b" not in text
    assert "\n=== forged" not in text


# Sign-off.


@pytest.mark.req("S002-10.6-7")
@pytest.mark.req("S002-10.4-5")
def test_a_pass_under_aem_is_signed_off_at_once_and_only_once(rig: AuthorityRig) -> None:
    audit = rig.audited()
    assert rig.outcomes == [Outcome.PASS, Outcome.SIGNED_OFF]
    assert sign_off_now(rig.desk, rig.considers()) is None
    assert rig.outcomes == [Outcome.PASS, Outcome.SIGNED_OFF]
    signed_off = rig.events(AuditRecorded)[-1]
    assert isinstance(signed_off, AuditRecorded)
    assert (signed_off.amends, signed_off.trigger, signed_off.authority) == (audit, None, ("Assurance: local",))


def test_a_pass_without_aem_is_signed_off_by_a_command_only(rig: AuthorityRig) -> None:
    rig.audited(aem=False)
    assert rig.outcomes == [Outcome.PASS]
    assert sign_off_now(rig.desk, rig.considers()) is not None
    assert rig.outcomes == [Outcome.PASS, Outcome.SIGNED_OFF]


def test_two_who_sign_off_at_once_make_one_entry(rig: AuthorityRig) -> None:
    rig.audited(aem=False)
    other = rig.another()
    both = (rig.considers(), rig.considers(other))
    assert [sign_off_now(rig.desk, both[0]) is None, sign_off_now(other, both[1]) is None] == [False, True]
    assert rig.outcomes.count(Outcome.SIGNED_OFF) == 1


# Auto-authorize.


@pytest.mark.parametrize(
    ("told", "base", "expected", "actual"),
    [
        ({"aem": False, "auto_authorize": True}, True, "AEM: enabled", "AEM is off"),
        ({"auto_authorize": False}, True, "Auto-authorize: enabled", "it was not when this tree was audited"),
        ({"auto_authorize": True}, False, "Auto-authorize: enabled in the last authorized commit too", "it is new in this cycle, or off"),
    ],
)
def test_the_directives_word_counts_when_it_was_given_before(
    rig: AuthorityRig, told: dict[str, Any], base: bool, expected: str, actual: str
) -> None:
    rig.audited(**told)
    rig.world.parts["auto_authorize"] = base
    assert authorize_alone(rig.desk, rig.considers()) == Disagreement("directive", expected, actual)
    assert rig.events(AuthorizationGranted) == []


def test_while_any_phase_is_blocked_nothing_goes_without_a_human(rig: AuthorityRig) -> None:
    for number in range(3):
        rig.audited(failing(f"f{number}", head=HEAD, aem=True, phase=Phase("Phase 2")))
    rig.audited(auto_authorize=True)
    rig.world.parts["auto_authorize"] = True
    found = authorize_alone(rig.desk, rig.considers())
    assert field_of(found) == ("phase", "Phase 2 is blocked: it used up its loops, and no operator has unblocked it")


OURS = settings_digest(Settings())


@pytest.mark.parametrize(
    ("settings", "limit", "found"),
    [
        (OURS, 3, ""),
        (None, 2, ""),
        (digest("another"), 3, f"{digest('another')} in the newest audit"),
        (OURS, 4, "4 in the newest audit"),
    ],
    ids=["ours", "from before settings were told, and stricter", "others", "more loops than are allowed"],
)
def test_an_audit_by_other_settings_is_authorized_by_nobody(rig: AuthorityRig, settings: Digest | None, limit: int, found: str) -> None:
    governed = rig.desk.governed
    mild = replace(governed, rules=replace(governed.rules, loopback_limit=limit))
    answer = report(head=HEAD, aem=True, auto_authorize=True, settings=settings)
    rig.world.parts["auto_authorize"] = True
    rig.record.tell(entry_of_report(rig.record.state(), answer, None, envelope(), mild.rules))
    assert field_of(rig.considers()) == (("settings" if found else "", found))
    rig.world.commit("first")
    outcome = Outcome.AUTO_AUTHORIZED in [one.event.outcome for one in follow_head(rig.desk) if isinstance(one.event, AuditRecorded)]
    assert outcome is not bool(found)


def test_the_directives_word_is_recorded_as_nobodys(rig: AuthorityRig) -> None:
    rig.audited(auto_authorize=True)
    rig.world.parts["auto_authorize"] = True
    event = granted_by(authorize_alone(rig.desk, rig.considers()))
    assert (event.actor, event.means, event.auto, event.tier, event.standing) == ("", Means.DIRECTIVE, True, 0, None)


def stands(rig: AuthorityRig, terms: tuple[tuple[str, str], ...] = (), **parts: Any) -> object:
    """Give a standing grant signed by alice, with other terms than asked for where they are given."""
    wanted = (("directive", str(digest("directive"))), ("phases", "phase-1-things"), ("uses", "2"))
    asked = Wanted(action=STANDING, repository="shop-0123456789abcdef", subject="auto-authorize", extra=wanted)
    given = signed(replace(asked, extra=terms or wanted), **parts)
    rig.world.parts |= {"directive": digest("directive"), "auto_authorize": True}
    return authority.stand(rig.desk, given, asked, rules(tiers={STANDING: Tier.T1}), verifies)


def test_above_t0_the_directives_word_needs_a_standing_grant_and_uses_it_up() -> None:
    rig = AuthorityRig(SIGNED_TIER)
    rig.audited(auto_authorize=True)
    rig.world.parts["auto_authorize"] = True
    assert field_of(authorize_alone(rig.desk, rig.considers())) == ("tier", "none that holds for this directive and phase")
    given = stands(rig)
    assert isinstance(given, Recorded)
    event = granted_by(authorize_alone(rig.desk, rig.considers()))
    assert (event.means, event.tier, event.standing, event.auto, event.principals) == (Means.STANDING, 1, given.seq, True, ("alice",))
    assert [one.uses for one in rig.record.state().authority.standing] == [1]


def test_a_commit_that_failed_is_tried_again_by_the_same_word_and_uses_a_standing_grant_once() -> None:
    rig = AuthorityRig(SIGNED_TIER)
    rig.audited(auto_authorize=True)
    stands(rig)
    granted_by(authorize_alone(rig.desk, rig.considers()))
    assert authorize_alone(rig.desk, rig.considers()) is None
    assert authorize_alone(rig.another(), rig.considers()) is None
    assert len(rig.events(AuthorizationGranted)) == 1
    assert [one.uses for one in rig.record.state().authority.standing] == [1]


def test_the_directives_word_joins_that_of_a_person(rig: AuthorityRig) -> None:
    rig.audited(auto_authorize=True)
    rig.world.parts["auto_authorize"] = True
    rig.grants(expires="2026-11-20T11:00:00Z")
    # What a person signed may have run out.
    assert granted_by(authorize_alone(rig.desk, rig.considers())).auto


def test_a_fail_voids_every_standing_grant() -> None:
    rig = AuthorityRig(SIGNED_TIER)
    assert isinstance(stands(rig), Recorded)
    rig.audited(failing("second", head=HEAD, aem=True, auto_authorize=True))
    rig.audited(report(head=HEAD, aem=True, auto_authorize=True))
    assert field_of(authorize_alone(rig.desk, rig.considers()))[0] == "tier"


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ((("directive", str(digest("other"))), ("phases", "phase-1-things"), ("uses", "2")), "directive"),
        ((("directive", str(digest("directive"))), ("phases", "phase-2-more"), ("uses", "2")), "phases"),
        ((("directive", str(digest("directive"))), ("phases", "phase-1-things"), ("uses", "99")), "uses"),
    ],
)
def test_a_standing_grant_that_was_signed_for_other_terms_is_refused(
    rig: AuthorityRig, terms: tuple[tuple[str, str], ...], field: str
) -> None:
    assert field_of(stands(rig, terms))[0] == field
    assert rig.events(StandingGranted) == []


def test_a_standing_grant_is_recorded_with_its_terms_and_its_nonce_is_used_up(rig: AuthorityRig) -> None:
    assert isinstance(stands(rig), Recorded)
    (event,) = rig.events(StandingGranted)
    assert isinstance(event, StandingGranted)
    assert (event.directive, event.phases, event.uses, event.tier) == (digest("directive"), ("phase-1-things",), 2, 1)
    assert (event.principals, event.nonce, event.expires) == (("alice",), "0f" * 16, "2026-11-20T13:00:00Z")
    assert field_of(stands(rig)) == ("nonce", f"{'0f' * 16}, used before")


# Signatures.


def signed(asked: Wanted | None = None, *numbers: int, nonce: str = "0f" * 16, expires: str = "2026-11-20T13:00:00Z") -> SignedRequest:
    """Return a request signed by these people, alice where none is named."""
    given = asked or Wanted(action="AUTHORIZED", repository="shop-0123456789abcdef", subject="phase-1-things", base=HEAD)
    raw = request_of(given, nonce=nonce, not_before="2026-11-20T11:00:00Z", expires=expires).to_bytes()
    return SignedRequest(raw, tuple(software_sign(number, raw) for number in numbers or (1,)))


def wanted(rig: AuthorityRig) -> Wanted:
    work = rig.record.state().work
    assert work is not None
    return request_about(work, "shop-0123456789abcdef")


def by_signature(rig: AuthorityRig, given: SignedRequest, using: AuthorityRules | None = None) -> object:
    return authorize_signed(rig.desk, rig.considers(), given, using or rules(), verifies)


def test_a_signed_request_authorizes_in_the_names_of_who_signed_and_is_used_up_with_the_record_of_it(rig: AuthorityRig) -> None:
    rig.audited(changes=digest("changes"))
    event = granted_by(by_signature(rig, signed(wanted(rig), 1, 2)))
    assert (event.means, event.tier, event.principals, event.actor) == (Means.SIGNATURE, 3, ("alice", "bob"), "")
    assert (event.nonce, event.expires) == ("0f" * 16, "2026-11-20T13:00:00Z")
    assert field_of(by_signature(rig, signed(wanted(rig), 1, 2)))[0] == "nonce"
    assert len(rig.events(AuthorizationGranted)) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"action": "RELEASE"}, "action"),
        ({"action": STANDING}, "action"),
        ({"repository": "other-0123456789abcdef"}, "repository"),
        ({"subject": "phase-2-more"}, "subject"),
        ({"base": CommitId("9" * 40)}, "base"),
        ({"base": None}, "base"),
        ({"tree": digest("another")}, "tree"),
        ({"changes": digest("another")}, "changes"),
        ({"entry": digest("another")}, "entry"),
        ({"policy": digest("another")}, "policy"),
    ],
)
def test_a_signed_request_about_anything_else_names_what_disagrees(rig: AuthorityRig, change: dict[str, Any], field: str) -> None:
    rig.audited(changes=digest("changes"))
    assert field_of(by_signature(rig, signed(replace(wanted(rig), **change))))[0] == field
    assert rig.events(AuthorizationGranted) == []


@pytest.mark.parametrize(
    ("numbers", "parts", "using", "field"),
    [
        ((1,), {"expires": "2026-11-20T12:00:00Z"}, {}, "expiry"),
        ((9,), {}, {}, "key"),
        ((4,), {}, {}, "principal"),
        ((1,), {}, {"tiers": {"AUTHORIZED": Tier.T3}}, "threshold"),
        ((1,), {}, {"tiers": {"AUTHORIZED": Tier.T2}}, "user presence"),
        ((1,), {}, {"signers": None}, "allowed signers"),
    ],
    ids=["too late", "a stranger", "the builder", "one of two", "no touch", "nobody may sign"],
)
def test_a_signature_that_is_not_enough_is_refused(
    rig: AuthorityRig, numbers: tuple[int, ...], parts: dict[str, Any], using: dict[str, Any], field: str
) -> None:
    rig.audited()
    assert field_of(by_signature(rig, signed(wanted(rig), *numbers, **parts), rules(**using)))[0] == field


def test_a_tier_that_the_repository_raises_holds_for_signatures_too(rig: AuthorityRig) -> None:
    rig.audited()
    rig.world.parts["raised"] = (("AUTHORIZED", 3),)
    assert field_of(by_signature(rig, signed(wanted(rig), 1)))[0] == "threshold"
    assert granted_by(by_signature(rig, signed(wanted(rig), 1, 2))).tier == 3


@pytest.mark.parametrize("after", [False, True], ids=["before it is durable", "after it is durable"])
def test_a_crash_at_the_record_of_a_signature_uses_it_up_exactly_when_it_was_recorded(rig: AuthorityRig, after: bool) -> None:
    rig.audited()
    given, considered = signed(wanted(rig)), rig.considers()
    rig.fail_at(1, LedgerUnwritable("no space"), after=after)
    with pytest.raises(LedgerUnwritable):
        authorize_signed(rig.desk, considered, given, rules(), verifies)
    again = by_signature(rig, given)
    assert (field_of(again)[0] == "nonce") is after
    assert len(rig.events(AuthorizationGranted)) == 1


# Unblocking and disputing.


@pytest.mark.req("S002-10.3-6")
def test_a_blocked_phase_goes_on_by_the_operators_word_and_what_passed_is_signed_off(rig: AuthorityRig) -> None:
    blocks(rig)
    assert Outcome.SIGNED_OFF not in rig.outcomes
    recorded, signed_off = authority.unblock(rig.desk, None, "olga", "looked at it")
    assert isinstance(recorded.event, PhaseUnblocked)
    assert (recorded.event.phase, recorded.event.actor, recorded.event.reason) == (PHASE, "olga", "looked at it")
    assert signed_off is not None and rig.outcomes[-1] is Outcome.SIGNED_OFF
    assert rig.considers().against is None


@pytest.mark.parametrize(
    ("fails", "phase", "told"),
    [
        (0, None, "no phase is blocked"),
        (2, None, f"{PHASE} is not blocked; no phase is"),
        (3, Phase("Phase 7 -- Other"), "Phase 7 -- Other is not blocked; blocked: Phase 1"),
    ],
)
def test_a_phase_that_is_not_blocked_is_not_unblocked(rig: AuthorityRig, fails: int, phase: Phase | None, told: str) -> None:
    for number in range(fails):
        rig.audited(failing(f"f{number}", head=HEAD))
    with pytest.raises(UsageError) as raised:
        authority.unblock(rig.desk, phase, "olga", "why not")
    assert str(raised.value) == told
    assert rig.events(PhaseUnblocked) == []


def test_a_phase_is_named_however_its_title_is_spelled(rig: AuthorityRig) -> None:
    blocks(rig)
    recorded, _ = authority.unblock(rig.desk, Phase("Phase 1"), "olga", "looked at it")
    assert not rig.record.state().is_blocked(PHASE)
    assert isinstance(recorded.event, PhaseUnblocked)


def test_unblocking_twice_is_refused_the_second_time(rig: AuthorityRig) -> None:
    blocks(rig)
    authority.unblock(rig.desk, None, "olga", "looked at it")
    with pytest.raises(UsageError, match="is not blocked"):
        authority.unblock(rig.another(), None, "oleg", "me too")


def test_a_dispute_changes_no_verdict_and_names_the_checks(rig: AuthorityRig) -> None:
    entry = rig.audited(failing(head=HEAD, aem=True))
    recorded = authority.dispute(rig.desk, entry, (), "bot", "it is mine")
    assert isinstance(recorded.event, AuditDisputed)
    summary = rig.record.state().entries.get(entry)
    assert summary is not None
    assert (recorded.event.codes, recorded.event.leaf, recorded.event.phase) == (("A1",), summary.leaf, PHASE)
    assert rig.outcomes == [Outcome.FAIL]
    assert field_of(rig.considers())[0] == "outcome"


@pytest.mark.parametrize(
    ("entry", "codes", "told"),
    [
        (0, (), "entry 0 is no audit that failed"),
        (1, (), "entry 1 is no audit that failed"),
        (99, (), "entry 99 is no audit that failed"),
        (2, (CheckCode("A1"), CheckCode("A4")), "entry 2 did not fail for A4"),
    ],
    ids=["no audit", "it passed", "no entry", "another check"],
)
def test_what_did_not_fail_cannot_be_disputed(rig: AuthorityRig, entry: int, codes: tuple[CheckCode, ...], told: str) -> None:
    rig.audited(aem=False)
    rig.audited(failing("second", head=HEAD))
    with pytest.raises(UsageError, match=told):
        authority.dispute(rig.desk, entry, codes, "bot", "no")
    assert rig.events(AuditDisputed) == []


def test_how_a_push_went_is_recorded_either_way(rig: AuthorityRig) -> None:
    authority.tell_push(rig.desk, HEAD, "https://example.org/r.git", "refs/heads/main")
    authority.tell_push(rig.desk, HEAD, "https://example.org/r.git", "refs/heads/main", "the remote has other commits")
    told = rig.events(CommitPushed)
    assert [event.why for event in told if isinstance(event, CommitPushed)] == ["", "the remote has other commits"]


@pytest.mark.parametrize(("final", "last"), [("", False), ("Phase 1", True), ("Phase 2", False)])
def test_the_last_phase_is_the_one_with_the_plans_highest_number(rig: AuthorityRig, final: str, last: bool) -> None:
    rig.world.parts["final"] = final
    rig.audited()
    assert authority.is_last(rig.considers()) is last
