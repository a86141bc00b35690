"""The memory of a state gives the state back."""

from __future__ import annotations

from dataclasses import fields, replace

from forgewatch.core.authority_events import Means
from forgewatch.core.authority_state import AuthorityState, Grant, SignedOff, Standing
from forgewatch.core.events import ContractsRead, CycleOpened, LedgerTampered, ReadFile, TriggerClaimed
from forgewatch.core.growing import Growing
from forgewatch.core.ledger_projection import Projection
from forgewatch.core.record_memory import memory_of, projection_of, state_of
from forgewatch.core.record_state import ApprovalGiven, ApprovalSeen, RecordState
from forgewatch.core.snapshot import Attestation
from forgewatch.core.values import RepoPath
from tests.core.test_record_state import AT, Story, judged
from tests.support.answers import HEAD, PHASE, digest, failing, report, trigger, unjudged

AUTHORITY = AuthorityState(
    work=3,
    closed=2,
    signed=SignedOff(3, PHASE, digest("tree"), ("new cycle: cycle 2 was opened",)),
    grants=(
        Grant(
            seq=5,
            entry=3,
            tree=digest("tree"),
            head=HEAD,
            auto=False,
            tier=1,
            actor="o",
            means=Means.SIGNATURE,
            principals=("o",),
            expires="",
        ),
    ),
    standing=(Standing(seq=6, directive=digest("directive"), phases=("phase-1",), uses=2, expires="", tier=1, principals=("o",)),),
    nonces=("ab",),
    noted=(HEAD,),
)
TEXT = Projection().grown(b"text")


def test_an_empty_state_comes_back_empty() -> None:
    assert state_of(memory_of(RecordState(), Projection(), digest("journal"), "0")) == RecordState()


def test_a_state_comes_back_with_everything_it_knew() -> None:
    story = Story().event(CycleOpened(at=AT, cycle=1, document=digest("log"), planned=(RepoPath("app/a.py"),)))
    story.audit(failing("1"), trigger=trigger("a"))
    story.audit(unjudged("2"), trigger=trigger("b"))
    story.audit(report("3"))
    story.event(TriggerClaimed(at=AT, trigger=trigger("c"))).event(LedgerTampered(at=AT, digest=None, detail="gone")).event(judged())
    memory = memory_of(story.state, TEXT, digest("journal"), "0")
    back = state_of(memory)
    assert memory_of(back, TEXT, digest("journal"), "0") == memory
    assert back.pending == (trigger("c"),) and back.tampered is not None and back.has_answered(judged())
    assert [back.entry_of(digest(f"identity {name}")) for name in "123"] == [None, None, 3]
    assert back.record_trees == story.state.record_trees
    assert back.last_entry == story.state.last_entry


def test_every_field_of_a_state_comes_back() -> None:
    seen = ApprovalSeen(digest("file"), "yes", accepted=True, seq=4)
    state = RecordState(
        size=7,
        leaf=digest("leaf"),
        adopted=True,
        anchor=HEAD,
        authorized=(HEAD,),
        legacy=digest("legacy"),
        legacy_accepted=True,
        claims=(digest("claim"),),
        cycle=3,
        cycle_document=digest("document"),
        plan=(RepoPath("app/a.py"),),
        pending=(trigger("p"), trigger("o")),
        settled=frozenset({trigger("s")}),
        done=frozenset({trigger("d"), trigger("e")}),
        refused=(trigger("r"),),
        last_trigger=trigger("l"),
        run=("Phase 1", 2),
        streaks=RecordState().streaks.put("Phase 1", 2).put("Phase 2", 0),
        tampered=LedgerTampered(at=AT, digest=None, detail="gone"),
        approvals=RecordState().approvals.put(RepoPath("Forge/AUTHORIZED"), seen),
        limit=5,
        authority=AUTHORITY,
        given=RecordState().given.put("add-login", ApprovalGiven(HEAD, digest("contract"), tier=1, seq=5)),
        read=ContractsRead(at=AT, phase=PHASE, actor="o", files=(ReadFile(RepoPath("Forge/Contracts/ui.md"), None),)),
        failing=(digest("broken"),),
        attested=(
            Attestation(record=digest("record"), tree=digest("tree"), tests=None, level="bubblewrap", surroundings=("a",), before=3),
        ),
        authorized_tests=7,
        closed_log=digest("log"),
        opened_at=3,
    )
    memory = memory_of(state, TEXT, digest("journal"), "0")
    back = state_of(memory)
    plain = [one.name for one in fields(RecordState) if not isinstance(getattr(state, one.name), Growing)]
    assert {name: getattr(back, name) for name in plain} == {name: getattr(state, name) for name in plain}
    assert (memory.streaks, memory.approvals) == ({"Phase 1": 2, "Phase 2": 0}, {"Forge/AUTHORIZED": seen})
    assert back.streaks.get("Phase 1") == 2 and back.approvals.get(RepoPath("Forge/AUTHORIZED")) == seen
    assert all(getattr(state, name) != getattr(RecordState(), name) for name in plain if name not in ("entry_count", "last_entry"))


def test_triggers_that_differ_in_their_record_alone_have_one_order() -> None:
    records = sorted(digest(name) for name in "abcdef")
    triggers = [replace(trigger("x"), record=record) for record in (None, *records)]
    memory = memory_of(replace(RecordState(), settled=frozenset(triggers)), TEXT, digest("journal"), "0")
    assert list(memory.settled) == triggers


def test_a_projection_comes_back_from_the_ledgers_own_bytes_only() -> None:
    memory = memory_of(RecordState(), TEXT, digest("journal"), "0")
    back = projection_of(memory, b"text and more")
    assert back == TEXT and back.grown(b"!").digest == TEXT.grown(b"!").digest
    assert projection_of(memory, b"text") == TEXT
    assert projection_of(memory, b"tex") is None
    assert projection_of(memory, b"test and more") is None
