"""SSH signatures verified with `cryptography`, and made by `ssh-keygen -Y sign` as a child (ledger.md section 2, T1 to T3).

We verify ourselves: what a hardware key says of the hand that touched it is asked of the same bytes that the signature covers.
"""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import assert_never

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, SECP384R1, SECP521R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from forgewatch.adapters.files import RootFiles
from forgewatch.core.errors import EnvironmentFault, UsageError
from forgewatch.core.ssh_keys import EcdsaKey, Ed25519Key, RsaKey
from forgewatch.core.sshsig import NAMESPACE, SIGNATURE_BYTES, SshSignature, ecdsa_numbers, parse_sshsig, signed_data
from forgewatch.core.values import Refused, RepoPath

PROGRAMS = ("/usr/bin/ssh-keygen", "/usr/local/bin/ssh-keygen", "/opt/homebrew/bin/ssh-keygen")
"""Where ssh-keygen is looked for: never on PATH, which the builder may have set."""

PATIENCE = 180
"""Seconds for a passphrase and a touch."""

_CURVES = {"nistp256": (SECP256R1(), SHA256()), "nistp384": (SECP384R1(), SHA384()), "nistp521": (SECP521R1(), SHA512())}
_HASHES = {"rsa-sha2-256": SHA256(), "rsa-sha2-512": SHA512()}


def verifies(signature: SshSignature, message: bytes) -> bool:
    """True when `signature` is one over `message` by the key it names. Whether that key counts is another question. Never raises."""
    data = _covered(signature, signed_data(signature, message))
    try:
        match signature.key:
            case Ed25519Key(point=point):
                Ed25519PublicKey.from_public_bytes(point).verify(signature.blob, data)
            case EcdsaKey(curve=curve, point=point):
                numbers, (kind, digest) = ecdsa_numbers(signature.blob), _CURVES[curve]
                encoded = encode_dss_signature(*numbers) if numbers else b""
                EllipticCurvePublicKey.from_encoded_point(kind, point).verify(encoded, data, ECDSA(digest))
            case RsaKey(exponent=exponent, modulus=modulus):
                # A signature that begins with zero bytes may be written without them.
                blob = signature.blob.rjust((modulus.bit_length() + 7) // 8, b"\0")
                RSAPublicNumbers(exponent, modulus).public_key().verify(blob, data, PKCS1v15(), _HASHES[signature.algorithm])
            case other:
                assert_never(other)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _covered(signature: SshSignature, data: bytes) -> bytes:
    """Return what the key has put its signature to: a hardware key binds application, flags and counter (PROTOCOL.u2f)."""
    match signature.key:
        case Ed25519Key(application=bytes() as application) | EcdsaKey(application=bytes() as application):
            said = bytes([signature.flags or 0]) + (signature.counter or 0).to_bytes(4)
            return hashlib.sha256(application).digest() + said + hashlib.sha256(data).digest()
        case _:
            return data


def sign_with(key: Path, message: bytes, root: Path, environ: Mapping[str, str] = os.environ) -> bytes:
    """Return the armored signature of the key file `key` over `message` in our namespace.

    ssh-keygen asks for passphrase, PIN and touch on the terminal; a public key file stands for a private one in the agent. `root` is the
    repository, where no key may be. What comes back is verified. Raises UsageError for a key that must not be used, EnvironmentFault.
    """
    refuse_key(key, root)
    with tempfile.TemporaryDirectory(prefix="forgewatch-sign-") as folder:
        request = Path(folder, "request.json")
        request.write_bytes(message)
        # Not through standard input: ssh-keygen asks there for the passphrase.
        _run([_program(), "-q", "-Y", "sign", "-n", NAMESPACE, "-f", os.path.abspath(key), str(request)], environ)
        raw = RootFiles(folder).read(RepoPath("request.json.sig"), SIGNATURE_BYTES)
    signature = parse_sshsig(raw) if isinstance(raw, bytes) else Refused("", "no file was written")
    if isinstance(signature, Refused):
        raise EnvironmentFault(f"{key}: expected a signature that counts, found that {signature.why}", "use an ed25519 key")
    if signature.namespace != NAMESPACE or not verifies(signature, message):
        raise EnvironmentFault(f"{key}: expected a signature over the request, found one over something else", "try again")
    return raw if isinstance(raw, bytes) else b""


def refuse_key(key: Path, root: Path) -> None:
    """Raise UsageError for a key inside the repository, that is no file, or that others than its owner can read.

    Of a public key the private one beside it is looked at too, where there is one: ssh-keygen takes it.
    """
    _refuse_one(key, root)
    private = key.with_name(key.name.removesuffix(".pub").removesuffix("-cert"))
    if private != key and os.path.lexists(private):
        _refuse_one(private, root)


def _refuse_one(key: Path, root: Path) -> None:
    for place in {os.path.abspath(key), os.path.realpath(key)}:
        if os.path.commonpath([place, os.path.realpath(root)]) == os.path.realpath(root):
            raise UsageError(f"{key} is inside the repository {root}: the builder can use it", "move it to ~/.ssh, and make a new one")
    try:
        found = os.stat(key)
        first = key.read_bytes()[:64] if stat.S_ISREG(found.st_mode) else b""
    except OSError as error:
        raise UsageError(f"{key}: expected a key file, found that it cannot be read: {error.strerror}", "name your private key") from error
    if not stat.S_ISREG(found.st_mode):
        raise UsageError(f"{key}: expected a key file, found something else", "name your private key")
    if first.startswith(b"-----BEGIN") and found.st_mode & 0o077:
        mode = f"{stat.S_IMODE(found.st_mode):04o}"
        raise UsageError(f"{key}: expected mode 0600, found {mode}: others may have read it", f"chmod 600 {key}, better: make a new key")


def _program() -> str:
    found = next((program for program in PROGRAMS if os.access(program, os.X_OK)), None)
    if found is None:
        raise EnvironmentFault(f"expected ssh-keygen in {', '.join(PROGRAMS)}, found none", "install the OpenSSH client")
    return found


def _run(command: list[str], environ: Mapping[str, str]) -> None:
    terminal = sys.stdin is not None and sys.stdin.isatty()
    kept = {name: environ[name] for name in ("HOME", "SSH_AUTH_SOCK", "TERM") if name in environ}
    try:
        done = subprocess.run(
            command,
            stdin=None if terminal else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=None if terminal else subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", **kept},
            cwd="/",
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EnvironmentFault(f"ssh-keygen did not sign: {error}", "try again; a hardware key waits for a touch") from error
    if done.returncode != 0:
        told = (done.stderr or b"").decode("utf-8", "replace").strip().splitlines()
        why = f": {told[-1]}" if told else ""
        raise EnvironmentFault(
            f"ssh-keygen did not sign, exit status {done.returncode}{why}", "a key with a passphrase needs a terminal or an agent"
        )
