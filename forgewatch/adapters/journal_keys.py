"""The Ed25519 key of one journal, in `<folder>/keys` (0700): `journal.pem` signs (PKCS 8, 0600), `root.pub` is the first public key, which
every later one is traced back to (ledger.md section 1, Rotation of keys).

A key is made once, under the journal's lock. It is read without following links. What others could have read is not signed with, and
what others could have put there is not believed: `doctor` asks here what is wrong.
"""

from __future__ import annotations

import base64
import contextlib
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
_CLOSED, _SHOWN = 0o077, 0o022
"""Bits that must not be set: nothing for others at all, and nothing that lets them write."""

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
    """The keys of one journal. `root`, `signing` and `next` raise TamperDetected for what is no key of ours, EnvironmentFault for keys that
    others may read or replace."""

    def __init__(self, folder: Path, disk: Disk = SYSTEM) -> None:
        self._state = folder
        self._folder = folder / KEYS
        self._disk = disk

    def exists(self) -> bool:
        """True when there is a root key: this journal is signed, and has a checkpoint."""
        return os.path.lexists(self._folder / ROOT)

    def is_drafted(self) -> bool:
        """True when there is a key that signs."""
        return os.path.lexists(self._folder / SIGNING)

    def check_folder(self) -> None:
        """Raise EnvironmentFault when the folder is open to others or cannot be entered: no key may be made in it."""
        try:
            os.close(self._enter())
        except OSError as error:
            raise self._unwritable(error) from error

    def root(self) -> bytes:
        """Return the first public key, 32 bytes."""
        public = public_of(self._read(ROOT))
        if public is None:
            raise TamperDetected(f"{self._folder / ROOT} is no Ed25519 public key", _LOST)
        return public

    def signing(self) -> SigningKey:
        """Return the key that signs now."""
        return self._private(SIGNING)

    def check_signing(self) -> None:
        """Raise what `signing` would for a file that is open to others or gone."""
        os.close(self._open(SIGNING))

    def create(self) -> SigningKey:
        """Make the first key durable. Raises LedgerUnwritable.

        A crash before it is published leaves a key that signed nothing but perhaps a checkpoint; it is replaced.
        """
        key = SigningKey(Ed25519PrivateKey.generate())
        self._write(SIGNING, key.pem)
        return key

    def publish(self, key: SigningKey) -> None:
        """Make the root key durable: from then on there is a checkpoint, or it was taken away. Raises LedgerUnwritable."""
        self._write(ROOT, public_pem(key.public))

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
            folder = self._enter()
            try:
                self._disk.rename(NEXT, SIGNING, folder)
                self._disk.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise self._unwritable(error) from error

    def _private(self, name: str) -> SigningKey:
        raw = self._read(name)
        try:
            found = serialization.load_pem_private_key(raw, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise TamperDetected(f"{self._folder / name} is no private key: {type(error).__name__}", _LOST) from error
        if not isinstance(found, Ed25519PrivateKey):
            raise TamperDetected(f"{self._folder / name} is no Ed25519 key", _LOST)
        return SigningKey(found)

    def _enter(self) -> int:
        """Open the folder. Raises OSError, and EnvironmentFault when it is open to others than the owner of the record."""
        folder = again(lambda: self._disk.open(self._folder, FOLDER))
        try:
            self._refuse_open(self._folder, os.fstat(folder), 0o700, _CLOSED)
        except EnvironmentFault:
            os.close(folder)
            raise
        return folder

    def _refuse_open(self, path: Path, found: os.stat_result, wanted: int, forbidden: int) -> None:
        mode, owner = stat.S_IMODE(found.st_mode), os.stat(self._state).st_uid
        if mode & forbidden or found.st_uid != owner:
            raise EnvironmentFault(
                f"{path}: expected mode {wanted:04o} and user id {owner}, found {mode:04o} and {found.st_uid}",
                f"others may have copied or replaced the key: forgewatch ledger verify; chown {owner} {path}; chmod {wanted:o} {path}; "
                "then forgewatch ledger rotate",
            )

    def _open(self, name: str) -> int:
        """Open a key that nobody else could have put there. Raises TamperDetected, EnvironmentFault."""
        path = self._folder / name
        try:
            folder = self._enter()
            try:
                descriptor = again(lambda: self._disk.open(name, READ, folder=folder))
            finally:
                os.close(folder)
        except OSError as error:
            if error.errno in _GONE:
                raise TamperDetected(f"{path} cannot be read: {error.strerror}", _LOST) from error
            raise EnvironmentFault(f"{path} cannot be read: {error.strerror}", "check the disk and the owner of that folder") from error
        with contextlib.ExitStack() as unless_ours:
            unless_ours.callback(os.close, descriptor)
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise TamperDetected(f"{path} is no file", _LOST)
            self._refuse_open(path, found, 0o600, _SHOWN if name == ROOT else _CLOSED)
            unless_ours.pop_all()
        return descriptor

    def _read(self, name: str) -> bytes:
        descriptor = self._open(name)
        try:
            return read_exactly(self._disk, descriptor, _KEY_BYTES, 0)
        except OSError as error:
            raise EnvironmentFault(f"{self._folder / name} cannot be read: {error.strerror}", "check the disk") from error
        finally:
            os.close(descriptor)

    def _write(self, name: str, pem: bytes) -> None:
        try:
            folder = self._enter()
            try:
                replace_whole(self._disk, folder, name, pem)
            finally:
                os.close(folder)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> LedgerUnwritable:
        return LedgerUnwritable(f"{self._folder} cannot be written: {error.strerror}", remedy(error, "check its owner and the disk"))
