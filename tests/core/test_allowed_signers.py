"""The operator's lists: who may sign what for and when, and which keys no longer count."""

from __future__ import annotations

import base64

import pytest

from forgewatch.core.allowed_signers import (
    NAME_LIMIT,
    SIGNERS_BYTES,
    AllowedSigners,
    Revoked,
    held_by,
    is_revoked,
    parse_allowed_signers,
    parse_revoked,
    principals_of,
)
from forgewatch.core.defect import Defect
from forgewatch.core.ssh_keys import fingerprint_of
from forgewatch.core.sshsig import NAMESPACE
from tests.support.ssh import hardware_public, software_public

AT = "2026-11-20T12:00:00Z"
ONE, TWO, HARD = software_public(1), software_public(2), hardware_public(3)


def line(blob: bytes) -> str:
    kind = blob[4 : 4 + int.from_bytes(blob[:4])].decode()
    return f"{kind} {base64.b64encode(blob).decode()}"


def signers(text: str) -> AllowedSigners:
    found = parse_allowed_signers(text.encode())
    assert isinstance(found, AllowedSigners), found
    return found


def names(text: str, public: bytes = ONE, at: str = AT, namespace: str = NAMESPACE) -> tuple[str, ...]:
    return principals_of(signers(text), public, namespace, at)


def test_an_empty_file_allows_nobody() -> None:
    assert names("") == ()
    assert names("# only a comment\n\n   \n") == ()


def test_a_line_gives_a_key_its_names() -> None:
    text = f"# signers\r\nalice@example.com,alice {line(ONE)} her laptop\r\n\t bob {line(TWO)}\n"
    assert names(text) == ("alice@example.com", "alice")
    assert names(text, TWO) == ("bob",)
    assert names(text, HARD) == ()


def test_a_key_of_several_lines_has_all_their_names_once() -> None:
    text = f"alice {line(HARD)}\nalice,root {line(HARD)}\nbob {line(ONE)}\n"
    assert names(text, HARD) == ("alice", "root")


def test_a_name_with_spaces_stands_in_quotes() -> None:
    assert names(f'"Alice A,alice" {line(ONE)}') == ("Alice A", "alice")


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert names(f"\ufeffalice {line(ONE)}") == ("alice",)


@pytest.mark.parametrize(
    ("options", "at", "allowed"),
    [
        ("", AT, True),
        ('namespaces="forgewatch@v1"', AT, True),
        ('NAMESPACES="git,forgewatch@*"', AT, True),
        ('namespaces="git"', AT, False),
        ('namespaces="*,!forgewatch@v1"', AT, False),
        ('valid-after="20261120Z"', AT, True),
        ('valid-after="202611201200Z"', AT, True),
        ('valid-after="20261120120001Z"', AT, False),
        ('valid-before="20261120120000Z"', AT, True),
        ('valid-before="20261120Z"', AT, False),
        ('valid-before="20261121Z",valid-after="20261119Z"', AT, True),
        ('valid-after="20261119Z",namespaces="git",valid-before="20261121Z"', AT, False),
    ],
)
def test_options_limit_what_for_and_when(options: str, at: str, allowed: bool) -> None:
    assert names(f"alice {options} {line(ONE)}", at=at) == (("alice",) if allowed else ())


def test_a_key_that_is_out_of_date_in_one_line_may_be_allowed_by_another() -> None:
    assert names(f'alice valid-before="20200101Z" {line(ONE)}\nalice2 {line(ONE)}') == ("alice2",)


@pytest.mark.parametrize(
    ("text", "number", "why"),
    [
        ("alice\n", 1, "expected principals, options and a key"),
        (f"# one\nalice {line(ONE)}\nbob\n", 3, "expected principals, options and a key"),
        (f'"alice {line(ONE)}', 1, "expected principals, options and a key"),
        (f"alice,,bob {line(ONE)}", 1, "expected principals of 1 to"),
        (f'"" {line(ONE)}', 1, "expected principals of 1 to"),
        (f"!bob {line(ONE)}", 1, "one of them without '!'"),
        (f"*,! {line(ONE)}", 1, "expected principals of 1 to"),
        (f"{'a' * (NAME_LIMIT + 1)} {line(ONE)}", 1, "expected principals of 1 to"),
        ("alice ssh-ed25519", 1, "expected a key type and a key in base64"),
        ("alice ssh-ed25519 AAAA", 1, "the type that the key holds"),
        ("alice ssh-ed25519 ?", 1, "not base64"),
        (f"alice {line(ONE)[:-4]}", 1, "no sequence of strings"),
        (f"alice {line(ONE).replace('ssh-ed25519', 'ssh-rsa', 1)}", 1, "found ssh-rsa"),
        (f"alice cert-authority {line(ONE)}", 1, "cert-authority is not supported"),
        (f'alice namespaces="git",cert-authority {line(ONE)}', 1, "cert-authority is not supported"),
        (f"alice namespaces=git {line(ONE)}", 1, "expected options as name="),
        (f'alice namespaces="" {line(ONE)}', 1, "found no value in quotes"),
        (f"alice namespaces {line(ONE)}", 1, "found no value in quotes"),
        (f'alice namespaces="a"x {line(ONE)}', 1, "expected options as name="),
        (f'alice namespaces="a", {line(ONE)}', 1, "expected options as name="),
        (f'alice namespaces="a\\"b" {line(ONE)}', 1, "expected a key type and a key in base64"),
        (f'alice namespaces="a\\b" {line(ONE)}', 1, "expected options as name="),
        (f'alice namespaces="a {line(ONE)}', 1, "expected a key type and a key in base64"),
        (f'alice namespaces="a",namespaces="b" {line(ONE)}', 1, "expected each option once, found namespaces again"),
        (f"alice no-touch-required {line(ONE)}", 1, "found the option no-touch-required"),
        (f'alice valid-after="20261120" {line(ONE)}', 1, "in UTC, found '20261120'"),
        (f'alice valid-after="20261320Z" {line(ONE)}', 1, "in UTC, found '20261320Z'"),
        (f'alice valid-after="2026112012Z" {line(ONE)}', 1, "in UTC"),
        (f'alice valid-after="٢٠٢٦١١٢٠Z" {line(ONE)}', 1, "in UTC"),
        (f'alice valid-after="20261120Z",valid-before="20261120Z" {line(ONE)}', 1, "later than valid-after"),
    ],
)
def test_a_line_that_cannot_be_read_refuses_the_whole_file(text: str, number: int, why: str) -> None:
    found = parse_allowed_signers(text.encode())
    assert isinstance(found, Defect)
    assert (found.line, why in found.why) == (number, True), found


def test_bytes_that_are_no_text_of_that_size_are_refused() -> None:
    for parse in (parse_allowed_signers, parse_revoked):
        for raw, why in ((b"alice \xff", "UTF-8"), (b"#" * (SIGNERS_BYTES + 1), "at most")):
            found = parse(raw)
            assert isinstance(found, Defect)
            assert why in found.why


@pytest.mark.parametrize(
    ("principals", "builders", "held"),
    [
        ("alice", ("bot",), ()),
        ("alice,bot", ("bot",), ("bot",)),
        ("*", ("bot", "ci"), ("bot", "ci")),
        ("*,!bot", ("bot", "ci"), ("ci",)),
    ],
)
def test_a_key_that_may_be_a_builders_is_told(principals: str, builders: tuple[str, ...], held: tuple[str, ...]) -> None:
    assert held_by(signers(f"{principals} {line(ONE)}\nbot {line(TWO)}"), ONE, frozenset(builders)) == held


def test_a_key_that_another_line_gives_to_a_builder_is_his_whatever_for() -> None:
    text = f'alice namespaces="forgewatch@v1" {line(ONE)}\nbot namespaces="git",valid-before="20200101Z" {line(ONE)}'
    assert held_by(signers(text), ONE, frozenset({"bot"})) == ("bot",)


def test_revoked_keys_are_named_by_themselves_or_by_their_fingerprint() -> None:
    found = parse_revoked(f"# lost\r\n{line(ONE)} alice's old laptop\r\n\n{fingerprint_of(TWO)} stolen\n".encode())
    assert isinstance(found, Revoked)
    assert [is_revoked(found, key) for key in (ONE, TWO, HARD)] == [True, True, False]
    assert parse_revoked(b"") == Revoked()


@pytest.mark.parametrize(
    ("raw", "number", "why"),
    [
        (b"SSHKRL\n\0\0\0\0\1", None, "a binary KRL: write the keys themselves"),
        (b"alice\n", 1, "found neither"),
        (b"\nSHA256:short\n", 2, "found neither"),
        (f"alice {line(ONE)}".encode(), 1, "not base64"),
        (b"ssh-ed25519 AAAA", 1, "the type that the key holds"),
    ],
)
def test_a_list_of_revoked_keys_that_cannot_be_read_is_refused(raw: bytes, number: int | None, why: str) -> None:
    found = parse_revoked(raw)
    assert isinstance(found, Defect)
    assert (found.line, why in found.why) == (number, True), found


@pytest.mark.parametrize("blank", [b"\x0b", b" \x0c\n", b"\xc2\xa0\n", b"\t\r\n"])
def test_a_line_of_any_white_space_is_blank(blank: bytes) -> None:
    assert parse_revoked(blank) == Revoked(frozenset())
    signers = parse_allowed_signers(b"name" + b" " + blank)
    assert isinstance(signers, Defect) and "line" not in signers.why
    assert isinstance(parse_allowed_signers(blank), AllowedSigners)
