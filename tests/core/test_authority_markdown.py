"""What the ledger says of authority, against a file written by hand; no string of anybody's can look like more than it is."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from forgewatch.core.amendments import authorized, granted, sign_off
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
from forgewatch.core.events import AuditRecorded, Event, Recorded
from forgewatch.core.ledger_markdown import render_event
from forgewatch.core.ledger_reader import read_ledger
from forgewatch.core.values import CommitId, Digest, Phase, RepoPath
from forgewatch.core.verdict import CheckCode, Outcome
from tests.core.test_ledger_markdown import HOSTILE, placed
from tests.support.answers import envelope
from tests.support.authority import AT, FIRST, LATER, Chronicle, commit_id, work_report

GOLDEN = Path(__file__).resolve().parents[1] / "golden/ledger_authority.md"
AUTH = Phase("Phase 3 -- Auth")
A, B, C, D = (Digest("sha256:" + char * 64) for char in "abcd")
HEAD, DONE = CommitId("1" * 40), CommitId("2" * 40)
SIGNED = envelope("2026-11-20T13:00:00Z")


def granted_now(**parts: Any) -> AuthorizationGranted:
    values: dict[str, Any] = {
        "at": AT,
        "entry": 41,
        "leaf": A,
        "phase": AUTH,
        "tree": B,
        "head": HEAD,
        "actor": "olga",
        "means": Means.TERMINAL,
    }
    return AuthorizationGranted(**{**values, **parts})


REFUSED = AuthorityRefused(
    at=AT, action="AUTHORIZED", subject="phase-3-auth", actor="olga", field="tree", expected=f"{B} (entry 41)", actual=C
)
STANDING = StandingGranted(
    at=AT,
    directive=D,
    phases=("phase-3-auth", "phase-4-shop"),
    uses=2,
    expires=LATER,
    actor="",
    tier=1,
    principals=("olga@example.org",),
    nonce="0f" * 16,
)
STRAY = CommitUnaudited(at=AT, head=DONE, anchor=HEAD, commits=(DONE,), count=1, why="no audit passed before it")
MANY = tuple(commit_id(number) for number in range(20))
BROKEN = HaltBroken(at=AT, entry=41, how="new cycle", detail="cycle 5 was opened")
UNBLOCKED = PhaseUnblocked(at=AT, phase=AUTH, actor="olga", reason="looked at it; go on")
DISPUTED = AuditDisputed(
    at=AT, entry=41, leaf=A, phase=AUTH, codes=(CheckCode("A4"), CheckCode("A9")), actor="builder", reason="the word is in a comment"
)
PUSHED = CommitPushed(at=AT, commit=DONE, remote="origin", ref="refs/heads/main")

NOTES: tuple[AuthorityEvent, ...] = (
    granted_now(),
    granted_now(head=None, actor="", means=Means.DIRECTIVE, auto=True),
    granted_now(actor="", means=Means.STANDING, auto=True, tier=1, standing=53, principals=("olga@example.org",), expires=LATER),
    granted_now(
        actor="",
        means=Means.SIGNATURE,
        tier=3,
        principals=("olga@example.org", "piet"),
        nonce="0f" * 16,
        expires=LATER,
        file=TokenFile(RepoPath("Forge/evidence/AUTHORIZED"), C),
    ),
    REFUSED,
    replace(
        REFUSED, action="sign-off", subject="no phase", actor="", field="entry", expected="an audit that passed", actual="none is recorded"
    ),
    STANDING,
    STRAY,
    replace(STRAY, anchor=None, commits=MANY, count=25, halted=41),
    BROKEN,
    UNBLOCKED,
    DISPUTED,
    PUSHED,
    replace(PUSHED, why="no route to host"),
)


def audited() -> AuditRecorded:
    told = Chronicle(HEAD).works(phase=AUTH, head=HEAD)
    return replace(told.audit(1), remarks=("Directive: AEM enabled, Auto-authorize off",))


def amendments() -> list[AuditRecorded]:
    """Return the entries that amend one audit: signed off, authorized by a person, authorized by the directive."""
    told = Chronicle(HEAD).works(phase=AUTH, head=HEAD)
    told.tell(granted(told.work, at=AT, actor="olga", means=Means.TERMINAL))
    (grant,) = told.state.authority.grants
    alone = replace(grant, seq=70, actor="", means=Means.STANDING, auto=True, tier=1, principals=("olga@example.org",))
    return [sign_off(audited(), 1, SIGNED), authorized(audited(), grant, DONE, SIGNED), authorized(audited(), alone, DONE, SIGNED)]


def rendered(*events: Event) -> bytes:
    return b"".join(render_event(placed(50 + place, event)) for place, event in enumerate(events))


def test_every_event_of_authority_and_every_amendment_is_written_byte_for_byte() -> None:
    assert rendered(*NOTES, *amendments()).decode() == GOLDEN.read_text(encoding="utf-8")


def test_every_kind_of_event_is_in_the_file() -> None:
    assert {type(one) for one in NOTES} == set(AuthorityEvent.__args__)


def test_amendments_are_read_back_as_what_they_say() -> None:
    entries = read_ledger(rendered(*NOTES, *amendments()))
    assert [(entry.seq, entry.outcome) for entry in entries] == [
        (64, Outcome.SIGNED_OFF),
        (65, Outcome.AUTHORIZED),
        (66, Outcome.AUTO_AUTHORIZED),
    ]


def test_an_entry_from_before_authority_is_written_as_ever() -> None:
    plain = audited()
    text = render_event(Recorded(seq=41, leaf=A, event=plain)).decode()
    assert not any(line.startswith(("Amends:", "Commit:", "Assurance:", "Authorized by:")) for line in text.split("\n"))
    assert "Directive: AEM enabled, Auto-authorize off" in text


def hostile_in_every_field(event: AuthorityEvent, text: str) -> AuthorityEvent:
    """Return the event with `text` in each field that holds free text of somebody's."""
    bound = {"leaf", "tree", "head", "anchor", "commit", "directive", "means"}
    parts: dict[str, Any] = {}
    for name in (field.name for field in fields(event) if field.name not in bound):
        value = getattr(event, name)
        if isinstance(value, str):
            parts[name] = text
        elif isinstance(value, TokenFile):
            parts[name] = TokenFile(RepoPath(text), value.digest)
        elif isinstance(value, tuple) and name != "commits":
            parts[name] = (text, text)
    return replace(event, **parts)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("event", NOTES, ids=lambda event: type(event).__name__)
def test_no_string_in_an_event_can_begin_an_entry_or_move_a_cursor(event: AuthorityEvent, text: str) -> None:
    full = {"principals": ("o", "p"), "nonce": "n", "expires": "e", "actor": "a"}
    filled = replace(event, **{name: value for name, value in full.items() if hasattr(event, name)})
    shown = rendered(hostile_in_every_field(filled, text))
    plain = rendered(hostile_in_every_field(filled, "x"))
    assert shown.count(b"\n") == plain.count(b"\n")
    assert shown.count(b"\n---") == 1 and shown.count(b"\n## ") == 1
    assert shown.count(b"\nEntry: 50 ") == 1
    assert not any(byte < 32 and byte != 10 for byte in shown)
    assert "\u202e".encode() not in shown and "\u2028".encode() not in shown
    assert read_ledger(shown) == ()


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_string_in_an_amendment_can_begin_an_entry_or_name_another_commit(text: str) -> None:
    told = Chronicle(HEAD).audits(work_report(phase=Phase(text), notes=(text,)))
    told.grants(actor=text, principals=(text, text), tier=3, expires=text)
    entry = authorized(told.audit(1), told.state.authority.grants[0], DONE, envelope())
    shown = render_event(placed(49, entry))
    assert [(one.seq, one.outcome) for one in read_ledger(shown)] == [(49, Outcome.AUTHORIZED)]
    assert [line for line in shown.decode().split("\n") if line.startswith("Commit: ")] == [f"Commit: {DONE}"]
    assert shown.count(b"\nEntry: 49 ") == 1 and shown.count(b"\nAmends: 1\n") == 1
    assert FIRST.encode() not in shown
