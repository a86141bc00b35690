"""The Ed25519 key of one journal, in `<folder>/keys` (0700): `journal.pem` signs (PKCS 8, 0600), `root.pub` is the first public key, which
every later one is traced back to (ledger.md section 1, Rotation of keys).

A key is made once, under the journal's lock. It is read without following links; one that others can read is not used.
"""

from __future__ import annotations

import base64
import errno
import os
import stat
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from forgewatch.adapters.disk import FOLDER, READ, SYSTEM, Disk, again, read_exactly, remedy, replace_whole
from forgewatch.core.errors import EnvironmentFault, LedgerUnwritable, TamperDetected

KEYS = "keys"
SIGNING = "journal.pem"
NEXT = "next.pem"
ROOT = "root.pub"
_KEY_BYTES = 4096
_GONE = frozenset({errno.ENOENT, errno.ELOOP, errno.ENOTDIR})
"""What somebody did to the file, unlike a disk that does not answer."""

_LOST = "restore the folder from a backup, or move the state folder away and run forgewatch ledger adopt"


class SigningKey:
    """A private key: `public` are its 32 public bytes."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return 64 bytes."""
        return self._private.sign(message)

    @property
    def pem(self) -> bytes:
        """The key as PKCS 8."""
        return self._private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """True when `signature` over `message` is by the key with these 32 public bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_pem(public: bytes) -> bytes:
    """Return 32 public bytes as the PEM file that openssl reads."""
    return Ed25519PublicKey.from_public_bytes(public).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def public_of(pem: bytes) -> bytes | None:
    """Return the 32 public bytes of a PEM file, None when it is no Ed25519 public key."""
    try:
        found = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return found.public_bytes_raw() if isinstance(found, Ed25519PublicKey) else None


class KeyFolder:
    """The keys of one journal. `root` and `signing` raise TamperDetected for what is no key of ours, EnvironmentFault for a key that
    others may read."""

    def __init__(self, folder: Path, disk: Disk = SYSTEM) -> None:
        self._folder = folder / KEYS
        self._disk = disk

    def exists(self) -> bool:
        """True when there is a root key: this journal is, or is about to be, signed."""
        return os.path.lexists(self._folder / ROOT)

    def root(self) -> bytes:
        """Return the first public key, 32 bytes."""
        public = public_of(self._read(ROOT, private=False))
        if public is None:
            raise TamperDetected(f"{self._folder / ROOT} is no Ed25519 public key", _LOST)
        return public

    def signing(self) -> SigningKey:
        """Return the key that signs now."""
        return self._private(SIGNING)

    def create(self) -> SigningKey:
        """Make the first key durable: the private one, then the public one that says that there is a key. Raises LedgerUnwritable.

        A crash between the two leaves a private key that never signed anything; it is replaced.
        """
        key = SigningKey(Ed25519PrivateKey.generate())
        self._write(SIGNING, key.pem)
        self._write(ROOT, public_pem(key.public))
        return key

    def prepare(self) -> str:
        """Make the next key durable beside the one that signs, and return its public half in base64. Raises LedgerUnwritable."""
        key = SigningKey(Ed25519PrivateKey.generate())
        self._write(NEXT, key.pem)
        return base64.b64encode(key.public).decode()

    def next(self) -> SigningKey | None:
        """Return the key that was prepared, None when there is none."""
        return self._private(NEXT) if os.path.lexists(self._folder / NEXT) else None

    def turn(self) -> None:
        """Let the prepared key take the place of the one that signs, which is gone then. Raises LedgerUnwritable."""
        try:
            folder = self._disk.open(self._folder, FOLDER)
            try:
                self._disk.rename(NEXT, SIGNING, folder)
                self._disk.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise self._unwritable(error) from error

    def _private(self, name: str) -> SigningKey:
        raw = self._read(name, private=True)
        try:
            found = serialization.load_pem_private_key(raw, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise TamperDetected(f"{self._folder / name} is no private key: {type(error).__name__}", _LOST) from error
        if not isinstance(found, Ed25519PrivateKey):
            raise TamperDetected(f"{self._folder / name} is no Ed25519 key", _LOST)
        return SigningKey(found)

    def _read(self, name: str, *, private: bool) -> bytes:
        path = self._folder / name
        try:
            descriptor = again(lambda: self._disk.open(path, READ))
        except OSError as error:
            if error.errno in _GONE:
                raise TamperDetected(f"{path} cannot be read: {error.strerror}", _LOST) from error
            raise EnvironmentFault(f"{path} cannot be read: {error.strerror}", "check the disk and the owner of that folder") from error
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise TamperDetected(f"{path} is no file", _LOST)
            if private and (found.st_mode & 0o077 or found.st_uid != os.geteuid()):
                raise EnvironmentFault(
                    f"{path}: expected mode 0600 and our own user id {os.geteuid()}, "
                    f"found {stat.S_IMODE(found.st_mode):04o} and {found.st_uid}",
                    f"whoever could read it may have copied it: forgewatch ledger rotate, after chmod 600 {path}",
                )
            return read_exactly(self._disk, descriptor, _KEY_BYTES, 0)
        except OSError as error:
            raise EnvironmentFault(f"{path} cannot be read: {error.strerror}", "check the disk") from error
        finally:
            os.close(descriptor)

    def _write(self, name: str, pem: bytes) -> None:
        try:
            folder = self._disk.open(self._folder, FOLDER)
            try:
                replace_whole(self._disk, folder, name, pem)
            finally:
                os.close(folder)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> LedgerUnwritable:
        return LedgerUnwritable(f"{self._folder} cannot be written: {error.strerror}", remedy(error, "check its owner and the disk"))
