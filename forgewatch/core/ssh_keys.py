"""Public keys as OpenSSH writes them (RFC 4253 section 6.6, RFC 5656, RFC 8709; PROTOCOL.u2f), and the strings they are made of.

One key has one form here: a number with superfluous zeros, or a point in its short form, is refused. So two keys are equal when their
bytes are, and a revoked one cannot come back in other clothes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from forgewatch.core.values import Refused

KEY_BYTES = 8 * 1024
"""A longer public key is refused: RSA of 16384 bits needs 2 KiB."""

RSA_BITS = range(2048, 16385)
SECURITY_KEYS = ("sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com")
"""Types whose private half stays in a hardware key, which says in each signature whether somebody touched it."""

_POINTS = {"nistp256": 65, "nistp384": 97, "nistp521": 133}
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_STRINGS = 8


@dataclass(frozen=True, slots=True)
class Ed25519Key:
    """32 bytes; `application` None for a key that is no hardware key."""

    point: bytes
    application: bytes | None = None


@dataclass(frozen=True, slots=True)
class EcdsaKey:
    """A point of `nistp256`, `nistp384` or `nistp521`, not compressed; `application` None for a key that is no hardware key."""

    curve: str
    point: bytes
    application: bytes | None = None


@dataclass(frozen=True, slots=True)
class RsaKey:
    """A modulus of 2048 to 16384 bits."""

    exponent: int
    modulus: int


SshKey = Ed25519Key | EcdsaKey | RsaKey


def ssh_string(raw: bytes) -> bytes:
    """Return `raw` as a string on the wire: its length in four bytes, then itself."""
    return len(raw).to_bytes(4) + raw


def strings_of(raw: bytes) -> tuple[bytes, ...] | None:
    """Return the strings (at most eight) that make up the whole of `raw`, None when it is anything else."""
    found: list[bytes] = []
    place = 0
    while place < len(raw):
        size = int.from_bytes(raw[place : place + 4])
        end = place + 4 + size
        if place + 4 > len(raw) or end > len(raw) or len(found) == _STRINGS:
            return None
        found.append(raw[place + 4 : end])
        place = end
    return tuple(found)


def number_of(raw: bytes) -> int | None:
    """Return the positive number of a multiple precision integer, None when it is negative, zero, or longer than it needs to be."""
    if not raw or raw[0] & 0x80 or (raw[0] == 0 and (len(raw) == 1 or not raw[1] & 0x80)):
        return None
    return int.from_bytes(raw)


def ssh_number(value: int) -> bytes:
    """Return a positive number as `number_of` reads it."""
    return value.to_bytes(value.bit_length() // 8 + 1)


def type_of(blob: bytes) -> str:
    """Return the type a key says it has, for an answer; empty where it says none."""
    size = int.from_bytes(blob[:4])
    return blob[4 : 4 + size].decode("ascii", "replace") if 0 < size <= 64 else ""


def parse_public_key(blob: bytes) -> SshKey | Refused:
    """Return the key of these bytes, or why it is not one that may sign."""
    if len(blob) > KEY_BYTES:
        return Refused("", f"a key of at most {KEY_BYTES} bytes is expected, found {len(blob)}")
    kind = type_of(blob)
    parts = strings_of(blob)
    if parts is None:
        return Refused(kind, "the key is no sequence of strings, or bytes follow it")
    key = _key(kind, parts[1:])
    return key if key is not None else Refused(kind, _why(kind))


def _key(kind: str, parts: tuple[bytes, ...]) -> SshKey | None:
    match kind, parts:
        case "ssh-ed25519", (point,):
            return Ed25519Key(point) if len(point) == 32 else None
        case "sk-ssh-ed25519@openssh.com", (point, application):
            return Ed25519Key(point, application) if len(point) == 32 else None
        case "ssh-rsa", (exponent, modulus):
            return _rsa(number_of(exponent), number_of(modulus))
        case "sk-ecdsa-sha2-nistp256@openssh.com", (b"nistp256", point, application):
            return EcdsaKey("nistp256", point, application) if _is_point("nistp256", point) else None
        case _, (curve, point) if kind.startswith("ecdsa-sha2-"):
            name = curve.decode("ascii", "replace")
            return EcdsaKey(name, point) if kind == f"ecdsa-sha2-{name}" and _is_point(name, point) else None
        case _:
            return None


def _rsa(exponent: int | None, modulus: int | None) -> RsaKey | None:
    if exponent is None or modulus is None or modulus.bit_length() not in RSA_BITS:
        return None
    return RsaKey(exponent, modulus)


def _is_point(curve: str, point: bytes) -> bool:
    return len(point) == _POINTS.get(curve) and point[0] == 4


def _why(kind: str) -> str:
    if "-cert-v" in kind:
        return "certificates are not supported: name the key itself"
    known = kind in ("ssh-ed25519", "ssh-rsa", *SECURITY_KEYS) or kind.removeprefix("ecdsa-sha2-") in _POINTS
    if known:
        return f"the {kind} key is not of the form and size that is expected ({RSA_BITS.start} bits or more for RSA)"
    return "keys of this type are not supported: expected ed25519, ecdsa, rsa, or their hardware kinds"


def fingerprint_of(blob: bytes) -> str:
    """Return `SHA256:` and the digest of a public key in base64 without padding, as ssh-keygen -l prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def is_fingerprint(text: str) -> bool:
    """True for the form that `fingerprint_of` returns."""
    return _FINGERPRINT.fullmatch(text) is not None


def parse_key_fields(kind: str, encoded: str) -> bytes | Refused:
    """Return the bytes of a key written as `ssh-ed25519 AAAA...`, or why it is none."""
    blob = exact_base64(encoded)
    if blob is None:
        return Refused(encoded[:40], "the key is not base64")
    if type_of(blob) != kind:
        return Refused(kind, f"expected the type that the key holds, {type_of(blob) or 'none'}, found {kind}")
    key = parse_public_key(blob)
    return key if isinstance(key, Refused) else blob


def exact_base64(text: str) -> bytes | None:
    """Return the bytes of base64 in its one form, None for any other text."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None
