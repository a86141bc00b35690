"""Public keys of OpenSSH: one form each, everything else refused with the reason."""

from __future__ import annotations

import base64

import pytest

from forgewatch.core.ssh_keys import (
    KEY_BYTES,
    EcdsaKey,
    Ed25519Key,
    RsaKey,
    fingerprint_of,
    is_fingerprint,
    number_of,
    parse_key_fields,
    parse_public_key,
    ssh_number,
    ssh_string,
    strings_of,
)
from forgewatch.core.values import Refused
from tests.support.ssh import hardware_public, software, software_public

MODULUS = (1 << 2047) + 1
POINT = b"\x04" + b"\x01" * 64


def wire(*parts: bytes) -> bytes:
    return b"".join(map(ssh_string, parts))


RSA = wire(b"ssh-rsa", b"\x01\x00\x01", ssh_number(MODULUS))


@pytest.mark.parametrize(
    ("blob", "key"),
    [
        (software_public(1), Ed25519Key(software(1).public_key().public_bytes_raw())),
        (hardware_public(1), Ed25519Key(software(1).public_key().public_bytes_raw(), b"ssh:")),
        (wire(b"ecdsa-sha2-nistp256", b"nistp256", POINT), EcdsaKey("nistp256", POINT)),
        (wire(b"ecdsa-sha2-nistp384", b"nistp384", b"\x04" * 97), EcdsaKey("nistp384", b"\x04" * 97)),
        (wire(b"ecdsa-sha2-nistp521", b"nistp521", b"\x04" * 133), EcdsaKey("nistp521", b"\x04" * 133)),
        (wire(b"sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", POINT, b"ssh:"), EcdsaKey("nistp256", POINT, b"ssh:")),
        (RSA, RsaKey(65537, MODULUS)),
    ],
)
def test_each_supported_kind_is_read(blob: bytes, key: object) -> None:
    assert parse_public_key(blob) == key
    kind = blob[4 : 4 + int.from_bytes(blob[:4])].decode()
    assert parse_key_fields(kind, base64.b64encode(blob).decode()) == blob


@pytest.mark.parametrize(
    ("blob", "why"),
    [
        (b"", "keys of this type are not supported"),
        (b"\0\0", "no sequence of strings"),
        (software_public(1) + b"\0", "bytes follow it"),
        (software_public(1)[:-1], "no sequence of strings"),
        (wire(b"ssh-ed25519", b"\x01" * 31), "not of the form and size"),
        (wire(b"ssh-ed25519"), "not of the form and size"),
        (wire(b"ssh-ed25519", b"\x01" * 32, b"more"), "not of the form and size"),
        (wire(b"sk-ssh-ed25519@openssh.com", b"\x01" * 31, b"ssh:"), "not of the form and size"),
        (wire(b"ecdsa-sha2-nistp256", b"nistp384", POINT), "not of the form and size"),
        (wire(b"ecdsa-sha2-nistp256", b"nistp256", b"\x02" + b"\x01" * 32), "not of the form and size"),
        (wire(b"ecdsa-sha2-nistp256", b"nistp256", b"\x06" + b"\x01" * 64), "not of the form and size"),
        (wire(b"ecdsa-sha2-nistp999", b"nistp999", POINT), "keys of this type are not supported"),
        (wire(b"sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", POINT[:-1], b"ssh:"), "not of the form and size"),
        (wire(b"ssh-rsa", b"\x01\x00\x01", ssh_number(MODULUS >> 1)), "2048 bits or more"),
        (wire(b"ssh-rsa", b"\x01\x00\x01", ssh_number(1 << 16384)), "2048 bits or more"),
        (wire(b"ssh-rsa", b"\x00\x01\x00\x01", ssh_number(MODULUS)), "2048 bits or more"),
        (wire(b"ssh-rsa", b"\x01\x00\x01", b"\x80" + b"\x01" * 255), "2048 bits or more"),
        (wire(b"ssh-dss", b"\x01"), "keys of this type are not supported"),
        (wire(b"ssh-ed25519-cert-v01@openssh.com", b"\x01" * 32), "certificates are not supported"),
        (wire(*[b"x"] * 9), "no sequence of strings"),
        (b"x" * (KEY_BYTES + 1), f"at most {KEY_BYTES} bytes"),
    ],
)
def test_anything_else_is_no_key(blob: bytes, why: str) -> None:
    found = parse_public_key(blob)
    assert isinstance(found, Refused)
    assert why in found.why


@pytest.mark.parametrize(
    ("kind", "encoded", "why"),
    [
        ("ssh-ed25519", "AAAA!", "not base64"),
        ("sk-ssh-ed25519@openssh.com", base64.b64encode(hardware_public(1)).decode().rstrip("="), "not base64"),
        ("ssh-ed25519", base64.b64encode(hardware_public(1)).decode(), "found ssh-ed25519"),
        ("ssh-dss", base64.b64encode(wire(b"ssh-dss", b"1")).decode(), "not supported"),
        ("ssh-dss", "AAAA", "the type that the key holds, none"),
    ],
)
def test_a_line_whose_type_is_not_its_keys_is_refused(kind: str, encoded: str, why: str) -> None:
    found = parse_key_fields(kind, encoded)
    assert isinstance(found, Refused)
    assert why in found.why


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (b"\x01", 1),
        (b"\x7f", 127),
        (b"\x00\x80", 128),
        (b"", None),
        (b"\x00", None),
        (b"\x80", None),
        (b"\x00\x01", None),
        (b"\xff\xff", None),
    ],
)
def test_a_number_has_one_form(raw: bytes, number: int | None) -> None:
    assert number_of(raw) == number
    if number is not None:
        assert ssh_number(number) == raw


def test_strings_take_up_everything_or_there_are_none() -> None:
    assert strings_of(wire(b"a", b"", b"bc")) == (b"a", b"", b"bc")
    assert strings_of(b"") == ()
    assert strings_of(b"\xff\xff\xff\xffx") is None
    assert strings_of(wire(b"a") + b"\0\0\0") is None


def test_the_fingerprint_is_the_one_that_ssh_keygen_prints() -> None:
    # Of a key of zeros, taken from ssh-keygen -lf.
    blob = wire(b"ssh-ed25519", bytes(32))
    assert fingerprint_of(blob) == "SHA256:kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk"
    assert is_fingerprint(fingerprint_of(blob))
    for other in ("SHA256:", fingerprint_of(blob)[:-1], fingerprint_of(blob) + "=", "MD5:00", " " + fingerprint_of(blob)):
        assert not is_fingerprint(other)
