"""Checkpoints as signed notes: the text byte for byte, and everything else refused."""

from __future__ import annotations

import base64

import pytest

from forgewatch.core.merkle import Frontier
from forgewatch.core.signed_note import (
    NOTE_BYTES,
    Checkpoint,
    SignedCheckpoint,
    checkpoint_of,
    key_id,
    parse_checkpoint,
    sign_checkpoint,
)
from forgewatch.core.values import Refused
from tests.support.signed import ORIGIN, journal_of, key, public

NOTE = journal_of(5).note()


def test_the_note_holds_origin_size_root_and_one_signature() -> None:
    tree = journal_of(5).tree
    signature = base64.b64encode(key_id(ORIGIN, public(1)) + key(1).sign(f"{ORIGIN}\n5\n{base64.b64encode(tree.root).decode()}\n".encode()))
    assert f"{ORIGIN}\n5\n{base64.b64encode(tree.root).decode()}\n\n— {ORIGIN} {signature.decode()}\n".encode() == NOTE


def test_the_key_is_named_as_the_standard_says() -> None:
    # The example key of golang.org/x/mod/sumdb/note: PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW
    raw = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    assert (raw[0], key_id("PeterNeumann", raw[1:]).hex()) == (1, "c74f20a3")


def test_what_was_signed_is_read_back() -> None:
    found = parse_checkpoint(NOTE)
    assert isinstance(found, SignedCheckpoint)
    assert found.checkpoint == checkpoint_of(ORIGIN, journal_of(5).tree)
    assert found.key == key_id(ORIGIN, public(1))
    key(1).public_key().verify(found.signature, found.checkpoint.text)


def test_a_tree_without_lines_has_a_checkpoint_too() -> None:
    found = parse_checkpoint(sign_checkpoint(checkpoint_of("o", Frontier()), public(1), key(1).sign))
    assert isinstance(found, SignedCheckpoint)
    assert found.checkpoint == Checkpoint("o", 0, Frontier().root)


LINES = NOTE.decode().split("\n")
SIGNED = LINES[4].split(" ")[2]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], "three lines"),
        (["x"], "three lines"),
        (LINES[:3], "three lines"),
        ([*LINES, ""], "three lines"),
        (LINES[:5], "three lines"),
        ([*LINES[:5], LINES[4], ""], "three lines"),
        ([*LINES[:3], "x", *LINES[4:]], "three lines"),
        (["", *LINES[1:]], "three lines"),
        ([LINES[0], "-1", *LINES[2:]], "three lines"),
        ([LINES[0], "05", *LINES[2:]], "three lines"),
        ([LINES[0], "٥", *LINES[2:]], "three lines"),
        ([LINES[0], "1" * 17, *LINES[2:]], "three lines"),
        ([*LINES[:2], LINES[2][:-4], *LINES[3:]], "another form"),
        ([*LINES[:2], "!" + LINES[2][1:], *LINES[3:]], "another form"),
        ([*LINES[:2], LINES[2][:-2] + "B=", *LINES[3:]], "another form"),
        ([*LINES[:4], LINES[4][:-4], ""], "another form"),
        ([*LINES[:4], f"— {ORIGIN} {SIGNED[:-8]}", ""], "another form"),
        ([*LINES[:4], f"- {ORIGIN} {SIGNED}", ""], "another name"),
        ([*LINES[:4], f"— other {SIGNED}", ""], "another name"),
        ([*LINES[:4], f"—  {ORIGIN} {SIGNED}", ""], "another name"),
        ([*LINES[:4], SIGNED, ""], "another name"),
    ],
)
def test_anything_else_is_refused(lines: list[str], why: str) -> None:
    found = parse_checkpoint("\n".join(lines).encode())
    assert isinstance(found, Refused)
    assert why in found.why


@pytest.mark.parametrize(
    ("raw", "why"), [(b"\xff", "UTF-8"), (b"x" * (NOTE_BYTES + 1), "larger"), (NOTE.replace(b"\n", b"\r\n"), "three lines")]
)
def test_bytes_that_are_no_text_of_ours_are_refused(raw: bytes, why: str) -> None:
    found = parse_checkpoint(raw)
    assert isinstance(found, Refused)
    assert why in found.why
