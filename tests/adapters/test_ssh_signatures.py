"""Signatures against ssh-keygen, both ways: what it makes we accept, what it refuses we refuse, and where we ask for more."""

from __future__ import annotations

import base64
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA512

from forgewatch.adapters.ssh_signatures import refuse_key, sign_with, verifies
from forgewatch.core.allowed_signers import AllowedSigners, is_revoked, parse_allowed_signers, parse_revoked, principals_of
from forgewatch.core.authority import AuthorityRules, Granted, Tier, judge_signed
from forgewatch.core.authority_request import SignedRequest, Wanted, request_of
from forgewatch.core.defect import Defect
from forgewatch.core.errors import EnvironmentFault, UsageError
from forgewatch.core.ssh_keys import RsaKey, ssh_number, ssh_string
from forgewatch.core.sshsig import NAMESPACE, SshSignature, parse_sshsig
from tests.support.ssh import (
    SOFTWARE,
    Verifier,
    allowed,
    armored,
    hardware_curve_public,
    hardware_curve_sign,
    hardware_public,
    hardware_sign,
    keygen,
    make_key,
    public_blob,
    public_line,
    signature_blob,
    software_public,
    software_sign,
    ssh_sign,
    to_sign,
)

MESSAGE = b'{"action":"AUTHORIZED"}'
AT = "2026-11-20T12:00:00Z"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    return {kind: make_key(folder / kind.replace(" ", "-"), kind) for kind in SOFTWARE}


@pytest.fixture
def verifier(tmp_path: Path) -> Verifier:
    return Verifier(tmp_path)


def accepted(signature: bytes, message: bytes, text: str, *, revoked: str = "", at: str = AT) -> tuple[str, ...]:
    """Return the names under which we accept a signature, none where we do not."""
    read, lines, gone = parse_sshsig(signature), parse_allowed_signers(text.encode()), parse_revoked(revoked.encode())
    if not isinstance(read, SshSignature) or isinstance(lines, Defect) or isinstance(gone, Defect):
        return ()
    if not verifies(read, message) or is_revoked(gone, read.public) or read.namespace != NAMESPACE:
        return ()
    return principals_of(lines, read.public, NAMESPACE, at)


@pytest.mark.parametrize("kind", SOFTWARE)
def test_what_ssh_keygen_signs_with_each_kind_of_key_we_accept(keys: dict[str, Path], verifier: Verifier, kind: str) -> None:
    signature = ssh_sign(keys[kind], MESSAGE)
    text = allowed({"alice": public_blob(keys[kind])}, 'namespaces="forgewatch@v1"')
    assert verifier.holds(signature, MESSAGE, text, "alice")
    assert accepted(signature, MESSAGE, text) == ("alice",)


@pytest.mark.parametrize("hash_name", ["sha256", "sha512"])
def test_either_hash_isread_back(keys: dict[str, Path], hash_name: str) -> None:
    signature = ssh_sign(keys["ed25519"], MESSAGE, NAMESPACE, "-O", f"hashalg={hash_name}")
    read = parse_sshsig(signature)
    assert isinstance(read, SshSignature)
    assert (read.hash_name, verifies(read, MESSAGE)) == (hash_name, True)


@pytest.mark.parametrize("kind", SOFTWARE)
def test_another_message_is_refused_by_both(keys: dict[str, Path], verifier: Verifier, kind: str) -> None:
    signature, text = ssh_sign(keys[kind], MESSAGE), allowed({"alice": public_blob(keys[kind])})
    for message in (MESSAGE + b"\n", MESSAGE[:-1], b"", MESSAGE.replace(b"A", b"a", 1)):
        assert not verifier.holds(signature, message, text, "alice")
        assert accepted(signature, message, text) == ()


@pytest.mark.parametrize("kind", SOFTWARE)
def test_a_flipped_bit_anywhere_in_the_signature_is_refused(keys: dict[str, Path], kind: str) -> None:
    read = parse_sshsig(ssh_sign(keys[kind], MESSAGE))
    assert isinstance(read, SshSignature)
    for place in range(0, len(read.blob), 5):
        flipped = bytearray(read.blob)
        flipped[place] ^= 1
        assert not verifies(replace(read, blob=bytes(flipped)), MESSAGE)


def test_another_namespace_is_refused_by_both(keys: dict[str, Path], verifier: Verifier) -> None:
    text = allowed({"alice": public_blob(keys["ed25519"])})
    for namespace in ("git", "file", "forgewatch@v2"):
        signature = ssh_sign(keys["ed25519"], MESSAGE, namespace)
        assert not verifier.holds(signature, MESSAGE, text, "alice")
        assert accepted(signature, MESSAGE, text) == ()


def test_a_namespace_that_was_written_over_is_refused(keys: dict[str, Path]) -> None:
    read = parse_sshsig(ssh_sign(keys["ed25519"], MESSAGE, "git"))
    assert isinstance(read, SshSignature)
    assert verifies(read, MESSAGE)
    assert not verifies(replace(read, namespace=NAMESPACE), MESSAGE)
    assert not verifies(replace(read, hash_name="sha256"), MESSAGE)


def test_a_revoked_key_is_refused_by_both(keys: dict[str, Path], verifier: Verifier, tmp_path: Path) -> None:
    key = keys["ed25519"]
    signature, text = ssh_sign(key, MESSAGE), allowed({"alice": public_blob(key)})
    (tmp_path / "revoked").write_text(public_line(key) + "\n")
    assert not verifier.holds(signature, MESSAGE, text, "alice", "-r", str(tmp_path / "revoked"))
    assert accepted(signature, MESSAGE, text, revoked=public_line(key)) == ()
    other = public_line(keys["rsa 2048"])
    (tmp_path / "revoked").write_text(other + "\n")
    assert verifier.holds(signature, MESSAGE, text, "alice", "-r", str(tmp_path / "revoked"))
    assert accepted(signature, MESSAGE, text, revoked=other) == ("alice",)


@pytest.mark.parametrize(
    ("options", "holds"),
    [
        ("", True),
        ('valid-before="20261120Z"', False),
        ('valid-before="20261121Z"', True),
        ('valid-after="202611201200Z"', True),
        ('valid-after="202611201201Z"', False),
        ('namespaces="git,forgewatch@*"', True),
        ('namespaces="git"', False),
        ('namespaces="*,!forgewatch@v1"', False),
        ('valid-after="20261121Z",valid-before="20261120Z"', False),
        ('valid-before="20261121Z",valid-before="20261121Z"', False),
        ("namespaces=forgewatch@v1", False),
        ("no-touch-required", False),
    ],
)
def test_options_mean_the_same_to_both(keys: dict[str, Path], verifier: Verifier, options: str, holds: bool) -> None:
    signature, text = ssh_sign(keys["ed25519"], MESSAGE), allowed({"alice": public_blob(keys["ed25519"])}, options)
    assert verifier.holds(signature, MESSAGE, text, "alice", "-O", "verify-time=20261120120000Z") is holds
    assert bool(accepted(signature, MESSAGE, text)) is holds


def test_somebody_who_is_not_in_the_file_is_refused_by_both(keys: dict[str, Path], verifier: Verifier) -> None:
    signature, text = ssh_sign(keys["ed25519"], MESSAGE), allowed({"alice": public_blob(keys["ecdsa 256"])})
    assert not verifier.holds(signature, MESSAGE, text, "alice")
    assert verifier.is_whole(signature, MESSAGE)
    assert accepted(signature, MESSAGE, text) == ()


def test_signatures_made_by_other_code_are_accepted_by_both(verifier: Verifier) -> None:
    signature, text = software_sign(1, MESSAGE), allowed({"alice": software_public(1)})
    assert verifier.holds(signature, MESSAGE, text, "alice")
    assert accepted(signature, MESSAGE, text) == ("alice",)


@pytest.mark.parametrize("flags", [0x00, 0x01, 0x05])
def test_ssh_keygen_does_not_ask_whether_a_hardware_key_was_touched_and_we_do(verifier: Verifier, flags: int) -> None:
    facts = Wanted(action="AUTHORIZED", repository="shop", subject="phase-3")
    request = request_of(facts, nonce="0f" * 16, not_before="2026-11-20T11:00:00Z", expires="2026-11-20T13:00:00Z")
    raw = request.to_bytes()
    for signature, public in (
        (hardware_sign(1, raw, flags=flags), hardware_public(1)),
        (hardware_curve_sign(raw, flags=flags), hardware_curve_public()),
    ):
        text = allowed({"alice": public})
        assert verifier.holds(signature, raw, text, "alice")
        lines = parse_allowed_signers(text.encode())
        assert isinstance(lines, AllowedSigners)
        rules = AuthorityRules(signers=lines, tiers={"AUTHORIZED": Tier.T2})
        found = judge_signed(SignedRequest(raw, (signature,)), facts, rules, verifies, (), AT)
        assert isinstance(found, Granted) is bool(flags & 1)
        assert isinstance(found, Granted) or found.field == "user presence"


def test_flags_and_counter_of_a_hardware_key_cannot_be_written_over(verifier: Verifier) -> None:
    read = parse_sshsig(hardware_sign(1, MESSAGE, flags=0))
    assert isinstance(read, SshSignature)
    assert verifies(read, MESSAGE)
    assert not verifies(replace(read, flags=1), MESSAGE)
    assert not verifies(replace(read, counter=8), MESSAGE)
    blob = base64.b64decode("".join(hardware_sign(1, MESSAGE, flags=0).decode().splitlines()[1:-1]))
    turned = armored(blob.removesuffix(b"\0\0\0\0\7") + b"\1\0\0\0\7")
    touched = read_back(turned)
    assert touched.user_present
    assert not verifies(touched, MESSAGE)
    assert not verifier.holds(turned, MESSAGE, allowed({"alice": hardware_public(1)}), "alice")


def test_a_key_that_is_no_point_or_no_modulus_verifies_nothing() -> None:
    inner = ssh_string(b"ecdsa-sha2-nistp256") + ssh_string(ssh_string(b"\x01") + ssh_string(b"\x01"))
    public = b"".join(map(ssh_string, (b"ecdsa-sha2-nistp256", b"nistp256", b"\x04" + b"\x01" * 64)))
    off_the_curve = parse_sshsig(armored(signature_blob(public, inner)))
    assert isinstance(off_the_curve, SshSignature)
    assert not verifies(off_the_curve, MESSAGE)
    assert not verifies(replace(off_the_curve, blob=b""), MESSAGE)
    even = replace(off_the_curve, key=RsaKey(2, 1 << 2047), algorithm="rsa-sha2-512", blob=b"\x01")
    assert not verifies(even, MESSAGE)


def test_an_rsa_signature_without_its_leading_zeros_is_the_same_number(verifier: Verifier) -> None:
    key = generate_private_key(65537, 2048)
    numbers = key.public_key().public_numbers()
    public = b"".join(map(ssh_string, (b"ssh-rsa", ssh_number(numbers.e), ssh_number(numbers.n))))
    # One signature in 256 begins with a zero byte.
    messages = (f"message {number}".encode() for number in range(10_000))
    message, made = next((m, made) for m in messages if (made := key.sign(to_sign(m), PKCS1v15(), SHA512()))[0] == 0)
    for blob in (made, made.lstrip(b"\0")):
        raw = armored(signature_blob(public, ssh_string(b"rsa-sha2-512") + ssh_string(blob)))
        assert verifier.holds(raw, message, allowed({"alice": public}), "alice")
        assert accepted(raw, message, allowed({"alice": public})) == ("alice",)


def read_back(raw: bytes) -> SshSignature:
    read = parse_sshsig(raw)
    assert isinstance(read, SshSignature)
    return read


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    return root


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa 256", "rsa 2048"])
def test_we_have_a_request_signed_by_a_key_file(keys: dict[str, Path], repository: Path, verifier: Verifier, kind: str) -> None:
    signature = sign_with(keys[kind], MESSAGE, repository)
    text = allowed({"alice": public_blob(keys[kind])})
    assert verifier.holds(signature, MESSAGE, text, "alice")
    assert accepted(signature, MESSAGE, text) == ("alice",)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[str]:
    """Yield the socket of an agent of the test's own."""
    socket = str(tmp_path / "agent")
    running = subprocess.Popen(["/usr/bin/ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        yield socket
    finally:
        running.terminate()
        running.wait()


def test_a_key_in_an_agent_signs_by_its_public_half(agent: str, repository: Path, tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    environment = {"SSH_AUTH_SOCK": agent, "HOME": str(tmp_path)}
    for _ in range(200):
        added = subprocess.run(["/usr/bin/ssh-add", "-q", str(key)], env=environment, capture_output=True, check=False)
        if added.returncode == 0:
            break
    else:
        pytest.fail("the agent did not come up")
    key.unlink()
    signature = sign_with(Path(f"{key}.pub"), MESSAGE, repository, environment)
    assert accepted(signature, MESSAGE, allowed({"alice": public_blob(key)})) == ("alice",)


def test_a_passphrase_without_a_terminal_is_an_error_that_says_what_to_do(repository: Path, tmp_path: Path) -> None:
    key = make_key(tmp_path / "key", passphrase="secret")
    with pytest.raises(EnvironmentFault, match="did not sign, exit status 255") as caught:
        sign_with(key, MESSAGE, repository, {})
    assert "needs a terminal" in caught.value.hint


SIGNING = """
import sys
from pathlib import Path
from forgewatch.adapters.ssh_signatures import sign_with
Path(sys.argv[3]).write_bytes(sign_with(Path(sys.argv[1]), b'{"action":"AUTHORIZED"}', Path(sys.argv[2])))
"""


def test_a_passphrase_is_asked_for_on_the_terminal(repository: Path, tmp_path: Path) -> None:
    key, made = make_key(tmp_path / "key", passphrase="secret"), tmp_path / "made"
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover
        os.execv(sys.executable, [sys.executable, "-c", SIGNING, str(key), str(repository), str(made)])
    said = b""
    while b"passphrase" not in said:
        said += os.read(terminal, 1024)
    os.write(terminal, b"secret\n")
    while True:
        try:
            if not os.read(terminal, 1024):
                break
        except OSError:
            break
    assert os.waitpid(child, 0)[1] == 0
    assert accepted(made.read_bytes(), MESSAGE, allowed({"alice": public_blob(key)})) == ("alice",)


def test_a_key_that_is_too_weak_to_count_is_not_signed_with(repository: Path, tmp_path: Path) -> None:
    made = keygen("-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", tmp_path / "weak")
    if made.returncode != 0:
        pytest.skip("this ssh-keygen makes no weak keys")
    with pytest.raises(EnvironmentFault, match="2048 bits or more"):
        sign_with(tmp_path / "weak", MESSAGE, repository)


def test_a_key_inside_the_repository_is_refused(repository: Path, tmp_path: Path) -> None:
    inside = make_key(repository / "key")
    outside = make_key(tmp_path / "key")
    (tmp_path / "link").symlink_to(inside)
    (repository / "link").symlink_to(outside)
    for key in (inside, repository / "key.pub", tmp_path / "link", repository / "link", repository / "gone"):
        with pytest.raises(UsageError, match="is inside the repository") as caught:
            sign_with(key, MESSAGE, repository)
        assert "move it" in caught.value.hint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o666])
def test_a_private_key_that_others_can_reach_is_refused(repository: Path, tmp_path: Path, mode: int) -> None:
    key = make_key(tmp_path / "key")
    key.chmod(mode)
    with pytest.raises(UsageError, match=f"expected mode 0600, found {mode:04o}") as caught:
        sign_with(key, MESSAGE, repository)
    assert f"chmod 600 {key}" in caught.value.hint
    with pytest.raises(UsageError, match="expected mode 0600"):
        sign_with(Path(f"{key}.pub"), MESSAGE, repository)
    key.unlink()
    refuse_key(Path(f"{key}.pub"), repository)


def test_what_is_no_key_file_is_refused(repository: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, why in (("gone", "No such file"), ("", "found something else"), ("pipe", "found something else")):
        with pytest.raises(UsageError, match=why):
            sign_with(tmp_path / name, MESSAGE, repository)
    (tmp_path / "text").write_text("no key\n")
    with pytest.raises(EnvironmentFault, match="ssh-keygen did not sign"):
        sign_with(tmp_path / "text", MESSAGE, repository)


def test_a_machine_without_ssh_keygen_says_so(keys: dict[str, Path], repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forgewatch.adapters.ssh_signatures.PROGRAMS", ("/nonexistent/ssh-keygen",))
    with pytest.raises(EnvironmentFault, match="expected ssh-keygen in /nonexistent/ssh-keygen, found none"):
        sign_with(keys["ed25519"], MESSAGE, repository)


def test_the_program_gets_nothing_of_our_environment(
    keys: dict[str, Path], repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\n/usr/bin/env > {tmp_path}/seen\npwd >> {tmp_path}/seen\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr("forgewatch.adapters.ssh_signatures.PROGRAMS", (str(program),))
    given = {"HOME": "/home/alice", "SSH_AUTH_SOCK": "/run/agent", "LD_PRELOAD": "/x.so", "SSH_ASKPASS": "/evil", "PATH": str(repository)}
    with pytest.raises(EnvironmentFault):
        sign_with(keys["ed25519"], MESSAGE, repository, given)
    seen = set((tmp_path / "seen").read_text().splitlines())
    assert {"HOME=/home/alice", "SSH_AUTH_SOCK=/run/agent", "PATH=/usr/bin:/bin", "LC_ALL=C", "/"} <= seen
    assert not any(line.startswith(("LD_PRELOAD", "SSH_ASKPASS")) for line in seen)


def test_a_program_that_signs_something_else_is_not_believed(
    keys: dict[str, Path], repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "program"
    monkeypatch.setattr("forgewatch.adapters.ssh_signatures.PROGRAMS", (str(program),))
    for signature, why in (
        (ssh_sign(keys["ed25519"], b"another"), "something else"),
        (ssh_sign(keys["ed25519"], MESSAGE, "git"), "something else"),
        (b"", "no file|expected base64"),
    ):
        (tmp_path / "signature").write_bytes(signature)
        program.write_text(f'#!/bin/sh\nfor last; do :; done\ncp {tmp_path}/signature "$last.sig"\n')
        program.chmod(0o755)
        with pytest.raises(EnvironmentFault, match=why):
            sign_with(keys["ed25519"], MESSAGE, repository)
