"""Armored SSH signatures: what they say, the presence flag of hardware keys, and everything else refused."""

from __future__ import annotations

import base64

import pytest

from forgewatch.core.ssh_keys import ssh_string
from forgewatch.core.sshsig import NAMESPACE, SIGNATURE_BYTES, SshSignature, ecdsa_numbers, parse_sshsig, signed_data
from forgewatch.core.values import Refused
from tests.support.ssh import (
    armored,
    hardware_curve_public,
    hardware_curve_sign,
    hardware_public,
    hardware_sign,
    signature_blob,
    software_public,
    software_sign,
    to_sign,
)

MESSAGE = b"what is signed"
PLAIN = software_sign(1, MESSAGE)
INNER = ssh_string(b"ssh-ed25519") + ssh_string(b"\x05" * 64)
BODY = PLAIN.decode().splitlines()[1:-1]


def read(raw: bytes) -> SshSignature:
    found = parse_sshsig(raw)
    assert isinstance(found, SshSignature), found
    return found


def test_a_signature_says_key_namespace_and_hash() -> None:
    found = read(PLAIN)
    assert (found.public, found.key_type, found.algorithm) == (software_public(1), "ssh-ed25519", "ssh-ed25519")
    assert (found.namespace, found.hash_name, len(found.blob)) == (NAMESPACE, "sha512", 64)
    assert (found.flags, found.counter, found.user_present) == (None, None, False)


@pytest.mark.parametrize("hash_name", ["sha256", "sha512"])
def test_what_was_signed_is_the_preamble_around_the_digest(hash_name: str) -> None:
    found = read(armored(signature_blob(software_public(1), INNER, hash_name=hash_name.encode(), namespace=b"git")))
    assert signed_data(found, MESSAGE) == to_sign(MESSAGE, b"git", hash_name)


@pytest.mark.parametrize(("flags", "present"), [(0x00, False), (0x01, True), (0x04, False), (0x05, True), (0xFE, False), (0xFF, True)])
def test_a_hardware_key_says_whether_somebody_touched_it(flags: int, present: bool) -> None:
    for raw, public in (
        (hardware_sign(1, MESSAGE, flags=flags, counter=0x01020304), hardware_public(1)),
        (hardware_curve_sign(MESSAGE, flags=flags, counter=0x01020304), hardware_curve_public()),
    ):
        found = read(raw)
        assert (found.public, found.flags, found.counter, found.user_present) == (public, flags, 0x01020304, present)


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.rstrip(b"\n"),
        ("\n".join(["-----BEGIN SSH SIGNATURE-----", "".join(BODY), "-----END SSH SIGNATURE-----"])).encode(),
    ],
    ids=["with line ends of Windows", "without the last line end", "in one long line"],
)
def test_an_honest_copy_is_read_all_the_same(raw: bytes) -> None:
    assert read(raw) == read(PLAIN)


SK = b"sk-ssh-ed25519@openssh.com"
CURVE = b"sk-ecdsa-sha2-nistp256@openssh.com"
NUMBERS = ssh_string(b"\x01") + ssh_string(b"\x02")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "expected base64 between"),
        (b"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n", "expected base64 between"),
        (PLAIN + PLAIN, "expected base64 between"),
        (PLAIN + b"x", "expected base64 between"),
        (b" " + PLAIN, "expected base64 between"),
        (PLAIN.replace(b"BEGIN SSH", b"BEGIN PGP"), "expected base64 between"),
        (PLAIN.replace(BODY[0].encode(), BODY[0].encode() + b" "), "expected base64 between"),
        (PLAIN.replace(b"\n-----END", b"=\n-----END"), "expected base64 between"),
        (b"\xff" + PLAIN, "expected base64 between"),
        (armored(b"SSHGIS" + signature_blob(software_public(1), INNER)[6:]), "expected SSHSIG"),
        (armored(b"SSHSIG"), "expected version 1, found 0"),
        (armored(signature_blob(software_public(1), INNER, version=2)), "expected version 1, found 2"),
        (armored(signature_blob(software_public(1), INNER) + b"\0"), "five strings"),
        (armored(signature_blob(software_public(1), INNER)[:-1]), "five strings"),
        (armored(signature_blob(software_public(1), INNER) + ssh_string(b"")), "five strings"),
        (armored(signature_blob(b"", INNER)), "keys of this type"),
        (armored(signature_blob(ssh_string(b"ssh-ed25519-cert-v01@openssh.com"), INNER)), "certificates"),
        (armored(signature_blob(software_public(1), INNER, namespace=b"")), "a namespace of visible characters"),
        (armored(signature_blob(software_public(1), INNER, namespace=b"a\nb")), "a namespace of visible characters"),
        (armored(signature_blob(software_public(1), INNER, reserved=b"x")), "an empty reserved field"),
        (armored(signature_blob(software_public(1), INNER, hash_name=b"sha1")), "expected sha256 or sha512, found sha1"),
        (armored(signature_blob(software_public(1), b"")), "not of the form of its key"),
        (armored(signature_blob(software_public(1), INNER + b"\0")), "not of the form of its key"),
        (armored(signature_blob(software_public(1), INNER + ssh_string(b""))), "not of the form of its key"),
        (armored(signature_blob(software_public(1), INNER + b"\x01\0\0\0\7")), "not of the form of its key"),
        (armored(signature_blob(software_public(1), ssh_string(b"ssh-ed25519") + ssh_string(b"\x05" * 63))), "none of a key of type"),
        (armored(signature_blob(software_public(1), ssh_string(b"ssh-ed448") + ssh_string(b"\x05" * 64))), "none of a key of type"),
        (armored(signature_blob(hardware_public(1), b"\0\0\0")), "not of the form of its key"),
        (armored(signature_blob(hardware_public(1), ssh_string(SK) + ssh_string(b"\x05" * 64))), "not of the form of its key"),
        (
            armored(signature_blob(hardware_public(1), ssh_string(SK) + ssh_string(b"\x05" * 64) + b"\1\0\0\0\7\0")),
            "not of the form of its key",
        ),
        (armored(signature_blob(hardware_public(1), INNER + b"\1\0\0\0\7")), "none of a key of type"),
        (armored(signature_blob(hardware_curve_public(), ssh_string(CURVE) + ssh_string(b"x") + b"\1\0\0\0\7")), "none of a key of type"),
        (
            armored(signature_blob(hardware_curve_public(), ssh_string(b"webauthn-" + CURVE) + ssh_string(NUMBERS) + b"\1\0\0\0\7")),
            "none of a key of type",
        ),
        (b"x" * (SIGNATURE_BYTES + 1), f"at most {SIGNATURE_BYTES} bytes"),
    ],
)
def test_anything_else_is_no_signature(raw: bytes, why: str) -> None:
    found = parse_sshsig(raw)
    assert isinstance(found, Refused)
    assert why in found.why


def test_the_five_bytes_of_a_hardware_key_cannot_be_borrowed_from_the_signature() -> None:
    # Without its tail the last five bytes of the signature itself would be read as flags and counter.
    raw = hardware_sign(1, MESSAGE, flags=1)
    blob = base64.b64decode("".join(raw.decode().splitlines()[1:-1]))
    cut = blob.replace(b"\x01\0\0\0\x07", b"")
    assert isinstance(parse_sshsig(armored(cut)), Refused)


RSA_MODULUS = b"\x00\x80" + b"\x01" * 255
RSA_PUBLIC = b"".join(map(ssh_string, (b"ssh-rsa", b"\x01\x00\x01", RSA_MODULUS)))


@pytest.mark.parametrize(
    ("algorithm", "size", "read_"),
    [
        (b"rsa-sha2-256", 256, True),
        (b"rsa-sha2-512", 255, True),
        (b"rsa-sha2-512", 257, False),
        (b"rsa-sha2-512", 0, False),
        (b"ssh-rsa", 256, False),
    ],
)
def test_rsa_signs_with_sha_2_and_in_its_own_size(algorithm: bytes, size: int, read_: bool) -> None:
    found = parse_sshsig(armored(signature_blob(RSA_PUBLIC, ssh_string(algorithm) + ssh_string(b"\x05" * size))))
    assert isinstance(found, SshSignature) is read_


@pytest.mark.parametrize(
    ("raw", "numbers"),
    [
        (NUMBERS, (1, 2)),
        (NUMBERS + ssh_string(b"\x03"), None),
        (ssh_string(b"\x01"), None),
        (ssh_string(b"\x01") + ssh_string(b""), None),
        (ssh_string(b"\x80") + ssh_string(b"\x01"), None),
        (b"x", None),
    ],
)
def test_an_ecdsa_signature_is_two_positive_numbers(raw: bytes, numbers: tuple[int, int] | None) -> None:
    assert ecdsa_numbers(raw) == numbers
