"""Receipts: the text byte for byte, and what they prove."""

from __future__ import annotations

import base64

import pytest

from forgewatch.core.merkle import inclusion_proof, leaf_hash
from forgewatch.core.signed_note import SignedCheckpoint
from forgewatch.core.tlog_proof import Proof, parse_proof, proven, render_proof
from forgewatch.core.values import Refused
from tests.support.signed import journal_of

JOURNAL = journal_of(6)
LEAVES = [leaf_hash(line) for line in JOURNAL.lines]


def receipt(index: int) -> Proof:
    return Proof(index, inclusion_proof(LEAVES, index), JOURNAL.note())


def test_the_text_is_the_one_of_the_standard() -> None:
    one, two, three = (base64.b64encode(each).decode() for each in inclusion_proof(LEAVES, 1))
    assert render_proof(receipt(1)) == f"c2sp.org/tlog-proof@v1\nindex 1\n{one}\n{two}\n{three}\n\n".encode() + JOURNAL.note()


@pytest.mark.parametrize("index", range(6))
def test_a_receipt_is_read_back_and_leads_to_its_checkpoint(index: int) -> None:
    found = parse_proof(render_proof(receipt(index)))
    assert found == receipt(index)
    checkpoint = proven(found, LEAVES[index])
    assert isinstance(checkpoint, SignedCheckpoint)
    assert checkpoint.checkpoint.size == 6
    assert isinstance(proven(found, LEAVES[(index + 1) % 6]), Refused)


def test_a_single_line_needs_no_hashes() -> None:
    journal = journal_of(1)
    raw = render_proof(Proof(0, (), journal.note()))
    assert raw == b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + journal.note()
    assert parse_proof(raw) == Proof(0, (), journal.note())


def test_a_receipt_without_a_checkpoint_proves_nothing() -> None:
    found = proven(Proof(0, (), b"no note"), LEAVES[0])
    assert isinstance(found, Refused)
    assert "no checkpoint" in found.why


RAW = render_proof(receipt(1))


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "is no receipt"),
        (RAW.replace(b"@v1", b"@v2"), "is no receipt"),
        (RAW.replace(b"index 1", b"index 01"), "is no receipt"),
        (RAW.replace(b"index 1\n", b""), "is no receipt"),
        (RAW.partition(b"\n\n")[0], "is no receipt"),
        (b"c2sp.org/tlog-proof@v1\n\nx", "is no receipt"),
        (b"c2sp.org/tlog-proof@v1\nindex 0\n" + b"AAAA\n" * 65 + b"\nx", "is no receipt"),
        (b"c2sp.org/tlog-proof@v1\nindex 0\nA\n\nx", "no hash"),
        (b"c2sp.org/tlog-proof@v1\nindex 0\n\xff\n\nx", "no hash"),
    ],
)
def test_other_bytes_are_refused(raw: bytes, why: str) -> None:
    found = parse_proof(raw)
    assert isinstance(found, Refused)
    assert why in found.why
