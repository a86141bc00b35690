"""What the anchor keeps of a journal is compared with it: an older state of everything is seen, and an honest journal raises no alarm."""

from __future__ import annotations

import base64

import pytest

from forgewatch.adapters.journal_keys import verifies
from forgewatch.core.anchor import anchor_flaw, anchor_path, keys_of, size_of
from forgewatch.core.events import KeyRotated
from forgewatch.core.journal_exam import Trust
from forgewatch.core.tampering import Tampering
from tests.support.signed import AT, ORIGIN, journal_of, opened, public, trust


def rotated(number: int) -> KeyRotated:
    return KeyRotated(at=AT, public=base64.b64encode(public(number)).decode(), actor="operator")


@pytest.mark.parametrize("size", range(9))
def test_a_journal_that_only_grew_agrees_with_every_earlier_checkpoint(size: int) -> None:
    journal = journal_of(8)
    assert anchor_flaw(journal.note(size), journal.lines, trust()) is None


@pytest.mark.parametrize("size", range(8))
def test_a_journal_that_was_put_back_is_named_with_both_sizes(size: int) -> None:
    journal = journal_of(8)
    flaw = anchor_flaw(journal.note(), journal.lines[:size], trust())
    assert flaw is not None
    assert (flaw.kind, flaw.line) == (Tampering.STALE, None)
    assert flaw.detail == f"the anchor speaks of 8 lines, the journal holds {size}"


def test_a_journal_that_was_put_back_and_went_on_otherwise_is_named() -> None:
    anchored = journal_of(8)
    other = journal_of(5).signed(*(opened(100 + number) for number in range(6)))
    flaw = anchor_flaw(anchored.note(), other.lines, trust())
    assert flaw is not None
    assert (flaw.kind, flaw.detail) == (Tampering.FORK, "the anchor speaks of 8 lines, the journal holds 11, and its first 8 are others")


def test_a_journal_that_was_put_back_behind_a_change_of_its_key_is_named() -> None:
    journal = journal_of(3).signed(rotated(2)).signed(opened(4))
    assert anchor_flaw(journal.note(), journal.lines, trust()) is None
    flaw = anchor_flaw(journal.note(), journal.lines[:3], trust())
    assert flaw is not None
    assert flaw.kind is Tampering.OTHER_KEY
    assert flaw.detail == "the anchor speaks of 5 lines, the journal holds 3, and no key of it signed that"


@pytest.mark.parametrize("known", [b"", public(7)])
def test_a_journal_that_was_begun_anew_is_named(known: bytes) -> None:
    begun = journal_of(3, number=7).lines if known else []
    flaw = anchor_flaw(journal_of(8).note(), begun, Trust(ORIGIN, known, verifies))
    assert flaw is not None
    assert (flaw.kind, flaw.detail.partition(",")[0]) == (Tampering.OTHER_KEY, "the anchor speaks of 8 lines")


def test_what_is_no_checkpoint_of_this_journal_is_named() -> None:
    journal = journal_of(3)
    other = journal_of(3, origin="forgewatch/other-0000000000000000")
    garbage, foreign = anchor_flaw(b"hello\n", journal.lines, trust()), anchor_flaw(other.note(), journal.lines, trust())
    assert garbage is not None and foreign is not None
    assert (garbage.kind, garbage.detail) == (Tampering.NO_NOTE, "at the anchor: it is no checkpoint of three lines and one signature")
    assert (foreign.kind, foreign.detail) == (
        Tampering.ORIGIN,
        f"at the anchor: expected {ORIGIN}, found forgewatch/other-0000000000000000",
    )


def test_every_key_that_the_lines_name_is_one_of_the_journal() -> None:
    journal = journal_of(2).signed(rotated(2)).signed(opened(3), rotated(3))
    assert keys_of(journal.lines, public(1)) == (public(1), public(2), public(3))
    odd = journal_of(1).signed(KeyRotated(at=AT, public="a", actor="nobody"))
    assert keys_of(odd.lines, public(1)) == (public(1), b""), "a key of no bytes verifies nothing"
    assert keys_of((*journal.lines[:2], b'{"e":{"is":"KeyRotated"}}'), public(1)) == (public(1),), "a line that is none names no key"


def test_each_journal_has_a_file_of_its_own() -> None:
    assert anchor_path(ORIGIN) == f"{ORIGIN}/checkpoint"


def test_the_size_is_what_a_checkpoint_says() -> None:
    assert (size_of(journal_of(5).note(4)), size_of(b"")) == (4, 0)
