"""SSH signatures over files (OpenSSH, PROTOCOL.sshsig), read by us: `ssh-keygen -Y verify` does not look at the user presence flag of a
hardware key (ledger.md section 2, T2). Nothing here verifies; `signed_data` is what the key has signed.

The armor holds, after the six bytes SSHSIG and version 1: public key, namespace, an empty string, hash algorithm, signature.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import assert_never

from forgewatch.core.ssh_keys import (
    SECURITY_KEYS,
    EcdsaKey,
    Ed25519Key,
    RsaKey,
    SshKey,
    exact_base64,
    number_of,
    parse_public_key,
    ssh_string,
    strings_of,
    type_of,
)
from forgewatch.core.values import Refused

NAMESPACE = "forgewatch@v1"
"""What a signature says it is for: one made for git or a mail is none for us."""

SIGNATURE_BYTES = 16 * 1024
"""Bytes of an armored signature."""

_MAGIC = b"SSHSIG"
_VERSION = (1).to_bytes(4)
_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_USER_PRESENT = 0x01
_NAME = re.compile(rb"[\x21-\x7e]{1,255}")
_TAIL = 5
"""Flags (one byte) and counter (four) behind the signature of a hardware key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SshSignature:
    """One signature as it was read, not verified. `public` is the key's blob, `algorithm` how it signed, `blob` the signature's own bytes
    (for ECDSA the two numbers on the wire). `flags` and `counter` are None for a key that is no hardware key."""

    public: bytes
    key: SshKey
    key_type: str
    namespace: str
    hash_name: str
    algorithm: str
    blob: bytes
    flags: int | None
    counter: int | None

    @property
    def user_present(self) -> bool:
        """True when the hardware key says that somebody touched it for this signature."""
        return self.flags is not None and bool(self.flags & _USER_PRESENT)


def signed_data(signature: SshSignature, message: bytes) -> bytes:
    """Return the bytes that were signed when `signature` is one over `message`."""
    digest = hashlib.new(signature.hash_name, message).digest()
    parts = (signature.namespace.encode(), b"", signature.hash_name.encode(), digest)
    return _MAGIC + b"".join(map(ssh_string, parts))


def ecdsa_numbers(blob: bytes) -> tuple[int, int] | None:
    """Return r and s of an ECDSA signature, None when these bytes are not two positive numbers."""
    parts = strings_of(blob)
    if parts is None or len(parts) != 2:
        return None
    first, second = number_of(parts[0]), number_of(parts[1])
    return None if first is None or second is None else (first, second)


def parse_sshsig(raw: bytes) -> SshSignature | Refused:
    """Return the signature of an armored file, or why these bytes are none. Never raises; linear in the size, which is bounded."""
    if len(raw) > SIGNATURE_BYTES:
        return Refused("", f"a signature of at most {SIGNATURE_BYTES} bytes is expected, found {len(raw)}")
    blob = _dearmored(raw)
    if blob is None:
        return Refused(raw[:40].decode("ascii", "replace"), f"expected base64 between '{_BEGIN}' and '{_END}' and nothing else")
    if not blob.startswith(_MAGIC):
        return Refused("", "expected SSHSIG at the beginning")
    version = blob[len(_MAGIC) : len(_MAGIC) + 4]
    if version != _VERSION:
        return Refused("", f"expected version 1, found {int.from_bytes(version)}")
    parts = strings_of(blob[len(_MAGIC) + 4 :])
    if parts is None or len(parts) != 5:
        return Refused("", "expected five strings after the version and nothing else")
    return _composed(*parts)


def _dearmored(raw: bytes) -> bytes | None:
    lines = raw.decode("ascii", "replace").replace("\r\n", "\n").removesuffix("\n").split("\n")
    if len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
        return None
    return exact_base64("".join(lines[1:-1]))


def _composed(public: bytes, namespace: bytes, reserved: bytes, hash_name: bytes, signature: bytes) -> SshSignature | Refused:
    key = parse_public_key(public)
    if isinstance(key, Refused):
        return key
    if not _NAME.fullmatch(namespace) or reserved:
        return Refused("", "expected a namespace of visible characters and an empty reserved field")
    if hash_name not in (b"sha256", b"sha512"):
        return Refused("", f"expected sha256 or sha512, found {hash_name[:20].decode('ascii', 'replace')}")
    kind = type_of(public)
    hardware = kind in SECURITY_KEYS
    inner = signature[:-_TAIL] if hardware else signature
    parts = strings_of(inner)
    if parts is None or len(parts) != 2 or (hardware and len(signature) < _TAIL):
        return Refused(kind, "the signature is not of the form of its key, or bytes follow it")
    algorithm = parts[0].decode("ascii", "replace")
    if algorithm not in _algorithms(kind) or not _fits(key, parts[1]):
        return Refused(algorithm, f"the signature is none of a key of type {kind}")
    return SshSignature(
        public=public,
        key=key,
        key_type=kind,
        namespace=namespace.decode("ascii"),
        hash_name=hash_name.decode("ascii"),
        algorithm=algorithm,
        blob=parts[1],
        flags=signature[-_TAIL] if hardware else None,
        counter=int.from_bytes(signature[1 - _TAIL :]) if hardware else None,
    )


def _algorithms(kind: str) -> tuple[str, ...]:
    # SHA-1 is what "ssh-rsa" as an algorithm means.
    return ("rsa-sha2-256", "rsa-sha2-512") if kind == "ssh-rsa" else (kind,)


def _fits(key: SshKey, blob: bytes) -> bool:
    match key:
        case Ed25519Key():
            return len(blob) == 64
        case EcdsaKey():
            return ecdsa_numbers(blob) is not None
        case RsaKey(modulus=modulus):
            return 0 < len(blob) <= (modulus.bit_length() + 7) // 8
        case other:
            assert_never(other)
