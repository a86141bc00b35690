"""Whatever the bytes, the readers of signatures, signers and requests answer with a value, and soon."""

from __future__ import annotations

import base64
import tempfile
import time
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.adapters.ssh_signatures import verifies
from forgewatch.core.allowed_signers import AllowedSigners, Revoked, parse_allowed_signers, parse_revoked, principals_of
from forgewatch.core.approval import Disagreement
from forgewatch.core.authority import AuthorityRules, judge_signed
from forgewatch.core.authority_request import Request, SignedRequest, Wanted, parse_request, parse_signed_request
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.defect import Defect
from forgewatch.core.places import ACTIONS
from forgewatch.core.ssh_keys import parse_public_key, ssh_string
from forgewatch.core.sshsig import NAMESPACE, SshSignature, parse_sshsig
from forgewatch.core.text import recordable
from forgewatch.core.values import CommitId, Digest, Refused
from tests.support.pace import seconds
from tests.support.ssh import Verifier, armored, hardware_sign, signature_blob, software_public, software_sign

PARTS = [
    b"ssh-ed25519",
    b"sk-ssh-ed25519@openssh.com",
    b"ssh-rsa",
    b"ecdsa-sha2-nistp256",
    b"nistp256",
    b"sha512",
    b"forgewatch@v1",
    b"",
    b"\x04" * 65,
    b"\x01" * 32,
    b"\x05" * 64,
]
wires = st.lists(st.sampled_from(PARTS) | st.binary(max_size=80), max_size=8).map(lambda parts: b"".join(map(ssh_string, parts)))
blobs = st.builds(signature_blob, wires | st.just(software_public(1)), wires | st.binary(max_size=120))
REAL = [software_sign(1, b"m"), hardware_sign(1, b"m", flags=1)]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A real signature with some bytes replaced inside the armor."""
    blob = bytearray(base64.b64decode("".join(draw(st.sampled_from(REAL)).decode().splitlines()[1:-1])))
    for place in draw(st.lists(st.integers(0, len(blob) - 1), max_size=4)):
        blob[place] = draw(st.integers(0, 255))
    return armored(bytes(blob[: draw(st.integers(0, len(blob)))]))


@given(st.binary(max_size=300) | blobs.map(armored) | damaged())
def test_any_bytes_are_a_signature_or_refused(raw: bytes) -> None:
    found = parse_sshsig(raw)
    assert isinstance(found, SshSignature | Refused)
    if isinstance(found, SshSignature):
        assert verifies(found, b"m") in (True, False)


@given(damaged())
def test_a_signature_that_verifies_says_what_it_was_made_with(raw: bytes) -> None:
    found = parse_sshsig(raw)
    if isinstance(found, SshSignature) and verifies(found, b"m"):
        assert raw in REAL


@given(wires | st.binary(max_size=200))
def test_any_bytes_are_a_key_or_refused(raw: bytes) -> None:
    assert parse_public_key(raw) is not None


WORDS = [
    "alice",
    "*",
    "!bob",
    '"a b"',
    'namespaces="a"',
    "namespaces=",
    "cert-authority",
    'valid-after="20260101Z"',
    "ssh-ed25519",
    base64.b64encode(software_public(1)).decode(),
    "#",
    '"',
    ",",
    "\\",
    "é",
    "\x00",
    "SHA256:x",
]
lines = st.lists(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join), max_size=4).map("\n".join)


@given(st.binary(max_size=200) | lines.map(str.encode))
def test_any_bytes_are_lists_of_keys_or_a_line_that_is_wrong(raw: bytes) -> None:
    signers = parse_allowed_signers(raw)
    assert isinstance(signers, AllowedSigners | Defect)
    assert isinstance(parse_revoked(raw), Revoked | Defect)
    if isinstance(signers, AllowedSigners):
        assert isinstance(principals_of(signers, software_public(1), "a", "2026-11-20T12:00:00Z"), tuple)


lists = st.lists(
    st.tuples(
        st.sampled_from(["alice", "alice,bob", '"alice"', "*,!alice", "bob", "a*", "!bob,alice", "#alice"]),
        st.sampled_from(
            ["", 'namespaces="forgewatch@v1"', 'namespaces="git"', 'NAMESPACES="f*"', 'valid-after="20200101Z"', 'valid-before="20200101Z"',
             'valid-before="20300101Z",namespaces="*"', 'namespaces=x', 'cert-authority', 'valid-after="x"',
             'namespaces="a",namespaces="b"']
        ),
        st.sampled_from([1, 2]),
    ),
    min_size=1,
    max_size=3,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(lists)
def test_whoever_we_allow_ssh_keygen_allows_too(lines: list[tuple[str, str, int]]) -> None:
    keys = {number: base64.b64encode(software_public(number)).decode() for number in (1, 2)}
    text = "".join(f"{who} {options} ssh-ed25519 {keys[number]} comment\n" for who, options, number in lines)
    signers = parse_allowed_signers(text.encode())
    names = principals_of(signers, software_public(1), NAMESPACE, "2026-11-20T12:00:00Z") if isinstance(signers, AllowedSigners) else ()
    with tempfile.TemporaryDirectory() as folder:
        verifier = Verifier(Path(folder))
        allowed_there = verifier.holds(software_sign(1, b"m"), b"m", text, "alice", "-O", "verify-time=20261120120000Z")
    assert allowed_there or "alice" not in names
    # Where every line can be read the answers are the same, except for names that only a pattern allows.
    if isinstance(signers, AllowedSigners) and not any("*" in who for who, _, _ in lines):
        assert allowed_there is ("alice" in names)


texts = st.text(st.characters(categories=["L", "N", "P", "S", "M"]), min_size=1, max_size=40).filter(
    lambda text: recordable(text) == text and text.isprintable()
)
digests = st.none() | st.binary(max_size=3).map(digest_of_bytes)
times = st.datetimes().map(lambda at: at.replace(microsecond=0).isoformat() + "Z")


@st.composite
def requests(draw: st.DrawFn) -> Request:
    begin, end = sorted(draw(st.lists(times, min_size=2, max_size=2, unique=True)))
    return Request(
        action=draw(st.sampled_from(ACTIONS)),
        repository=draw(texts),
        subject=draw(texts),
        base=draw(st.none() | st.sampled_from([CommitId("1" * 40), CommitId("a" * 64)])),
        tree=draw(digests),
        changes=draw(digests),
        entry=draw(digests),
        policy=draw(digests),
        nonce=draw(st.binary(min_size=16, max_size=16)).hex(),
        not_before=begin,
        expires=end,
        extra=tuple(sorted(draw(st.dictionaries(texts, texts, max_size=4)).items())),
    )


@given(requests())
def test_a_request_and_its_bytes_are_inverses(request: Request) -> None:
    assert parse_request(request.to_bytes()) == request


@given(requests(), st.data())
def test_other_bytes_are_another_request_or_none(request: Request, data: st.DataObject) -> None:
    raw = bytearray(request.to_bytes())
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    found = parse_request(bytes(raw))
    assert isinstance(found, Refused) or found.to_bytes() == bytes(raw)


@given(st.binary(max_size=100), st.lists(st.text(st.characters(max_codepoint=127), max_size=50).map(str.encode), max_size=3))
def test_a_signed_request_and_its_file_are_inverses(raw: bytes, signatures: list[bytes]) -> None:
    signed = SignedRequest(raw, tuple(signatures))
    assert parse_signed_request(signed.to_bytes()) == signed


@given(st.binary(max_size=200) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_a_signed_request_or_refused_and_grant_nothing(raw: bytes) -> None:
    found = parse_signed_request(raw)
    assert isinstance(found, SignedRequest | Refused)
    facts = Wanted(action="AUTHORIZED", repository="r", subject="s", tree=Digest("sha256:" + "0" * 64))
    for signed in (found, SignedRequest(raw, (raw,))):
        if isinstance(signed, SignedRequest):
            assert isinstance(judge_signed(signed, facts, AuthorityRules(), verifies, (), "2026-11-20T12:00:00Z"), Disagreement)


def test_the_largest_files_are_read_in_no_time() -> None:
    began = time.process_time()
    for raw in (
        b'"' * 262_144,
        b'a namespaces="' + b"a" * 262_000,
        (b"a " + b"b " * 20 + b"\n") * 6000,
        b"," * 262_144,
        b'a x="' + b'"x="' * 60_000,
    ):
        assert isinstance(parse_allowed_signers(raw), Defect)
    for raw in (b"-----BEGIN SSH SIGNATURE-----\n" + b"A" * 16_000, b"-----BEGIN SSH SIGNATURE-----\n" + b"\n" * 16_000):
        assert isinstance(parse_sshsig(raw), Refused)
    assert isinstance(parse_signed_request(b"{" * 65_536), Refused)
    assert time.process_time() - began < seconds(5)
