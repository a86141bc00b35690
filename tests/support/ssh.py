"""SSH keys and signatures of the test's own: real ones by ssh-keygen, and those of a hardware key that never was, whose bits we choose."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from forgewatch.core.ssh_keys import ssh_number, ssh_string
from forgewatch.core.sshsig import NAMESPACE

KEYGEN = Path("/usr/bin/ssh-keygen")
SOFTWARE = {
    "ed25519": ["-t", "ed25519"],
    "ecdsa 256": ["-t", "ecdsa", "-b", "256"],
    "ecdsa 384": ["-t", "ecdsa", "-b", "384"],
    "ecdsa 521": ["-t", "ecdsa", "-b", "521"],
    "rsa 2048": ["-t", "rsa", "-b", "2048"],
}
APPLICATION = b"ssh:"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def keygen(*args: str | Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run ssh-keygen; a test that needs it is skipped where it is not installed."""
    if not KEYGEN.exists():
        pytest.skip("ssh-keygen is not installed")
    return subprocess.run([str(KEYGEN), *map(str, args)], input=given, capture_output=True, env=ENVIRONMENT, timeout=60, check=False)


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    """Make a key pair at `path` and return it."""
    made = keygen("-q", *SOFTWARE[kind], "-N", passphrase, "-C", "", "-f", path)
    assert made.returncode == 0, made.stderr
    return path


def public_line(key: Path) -> str:
    """Return `type base64` of a key pair."""
    return " ".join(key.with_name(key.name + ".pub").read_text().split()[:2])


def public_blob(key: Path) -> bytes:
    """Return the public bytes of a key pair."""
    return base64.b64decode(public_line(key).split()[1])


def ssh_sign(key: Path, message: bytes, namespace: str = NAMESPACE, *options: str) -> bytes:
    """Return the armored signature that ssh-keygen makes."""
    made = keygen("-q", "-Y", "sign", "-n", namespace, *options, "-f", key, given=message)
    assert made.returncode == 0, made.stderr
    return made.stdout


@dataclass(frozen=True)
class Verifier:
    """`ssh-keygen -Y verify` over files in a folder of the test's own."""

    folder: Path

    def holds(self, signature: bytes, message: bytes, signers: str, principal: str, *options: str, namespace: str = NAMESPACE) -> bool:
        """True when ssh-keygen accepts the signature."""
        (self.folder / "signature").write_bytes(signature)
        (self.folder / "signers").write_text(signers)
        given = ("-f", self.folder / "signers", "-I", principal, "-n", namespace, "-s", self.folder / "signature")
        return keygen("-Y", "verify", *given, *options, given=message).returncode == 0

    def is_whole(self, signature: bytes, message: bytes) -> bool:
        """True when ssh-keygen finds the signature to be one over the message, whoever made it."""
        (self.folder / "signature").write_bytes(signature)
        return keygen("-Y", "check-novalidate", "-n", NAMESPACE, "-s", self.folder / "signature", given=message).returncode == 0


def armored(blob: bytes) -> bytes:
    """Return the armor around the bytes of a signature."""
    text = base64.b64encode(blob).decode()
    lines = [text[place : place + 70] for place in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""]).encode()


def signature_blob(
    public: bytes,
    inner: bytes,
    *,
    namespace: bytes = NAMESPACE.encode(),
    reserved: bytes = b"",
    hash_name: bytes = b"sha512",
    version: int = 1,
) -> bytes:
    """Return the bytes inside the armor."""
    parts = (public, namespace, reserved, hash_name, inner)
    return b"SSHSIG" + version.to_bytes(4) + b"".join(map(ssh_string, parts))


def to_sign(message: bytes, namespace: bytes = NAMESPACE.encode(), hash_name: str = "sha512") -> bytes:
    """Return what a key signs, spelled out here once more."""
    digest = hashlib.new(hash_name, message).digest()
    return b"SSHSIG" + b"".join(map(ssh_string, (namespace, b"", hash_name.encode(), digest)))


@cache
def software(number: int) -> Ed25519PrivateKey:
    """Return the same Ed25519 key for the same number."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


@cache
def curve() -> EllipticCurvePrivateKey:
    """Return one P-256 key."""
    return generate_private_key(SECP256R1())


def software_public(number: int) -> bytes:
    """Return the public bytes of an ssh-ed25519 key."""
    return ssh_string(b"ssh-ed25519") + ssh_string(software(number).public_key().public_bytes_raw())


def software_sign(number: int, message: bytes, namespace: bytes = NAMESPACE.encode()) -> bytes:
    """Return the armored signature of an ssh-ed25519 key, without a process."""
    inner = ssh_string(b"ssh-ed25519") + ssh_string(software(number).sign(to_sign(message, namespace)))
    return armored(signature_blob(software_public(number), inner, namespace=namespace))


def hardware_public(number: int, application: bytes = APPLICATION) -> bytes:
    """Return the public bytes of an Ed25519 hardware key whose private half we hold."""
    point = software(number).public_key().public_bytes_raw()
    return b"".join(map(ssh_string, (b"sk-ssh-ed25519@openssh.com", point, application)))


def hardware_sign(number: int, message: bytes, *, flags: int, counter: int = 7) -> bytes:
    """Return the armored signature of that key with these flags (0x01: somebody touched it)."""
    said = bytes([flags]) + counter.to_bytes(4)
    data = hashlib.sha256(APPLICATION).digest() + said + hashlib.sha256(to_sign(message)).digest()
    inner = ssh_string(b"sk-ssh-ed25519@openssh.com") + ssh_string(software(number).sign(data)) + said
    return armored(signature_blob(hardware_public(number), inner))


def hardware_curve_public() -> bytes:
    """Return the public bytes of a P-256 hardware key whose private half we hold."""
    point = curve().public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return b"".join(map(ssh_string, (b"sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", point, APPLICATION)))


def hardware_curve_sign(message: bytes, *, flags: int, counter: int = 7) -> bytes:
    """Return the armored signature of that key with these flags."""
    said = bytes([flags]) + counter.to_bytes(4)
    data = hashlib.sha256(APPLICATION).digest() + said + hashlib.sha256(to_sign(message)).digest()
    numbers = map(ssh_number, decode_dss_signature(curve().sign(data, ECDSA(SHA256()))))
    inner = ssh_string(b"sk-ecdsa-sha2-nistp256@openssh.com") + ssh_string(b"".join(map(ssh_string, numbers))) + said
    return armored(signature_blob(hardware_curve_public(), inner))


def allowed(lines: Mapping[str, bytes], options: str = "") -> str:
    """Return an allowed_signers file with one line for each principal."""
    kinds = {name: blob[4 : 4 + int.from_bytes(blob[:4])].decode() for name, blob in lines.items()}
    space = f" {options} " if options else " "
    return "".join(f"{name}{space}{kinds[name]} {base64.b64encode(blob).decode()}\n" for name, blob in lines.items())
