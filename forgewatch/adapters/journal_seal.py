"""What makes a journal more than a file of lines: signatures, the tree over the lines, and the checkpoint (ledger.md section 1).

`checkpoint` is a signed note that says how many lines there were and their root hash. It is written after the lines it speaks of, so the
file may hold more: those are believed by their signatures, each of which covers the root over all lines before it.
  1. read the checkpoint, then the lines: whoever writes does it in the other order
  2. the lines that the checkpoint speaks of give its root hash; a change of key among them is signed by the key before it
  3. the lines behind them are signed, one by one
Before the first line is written through here a key is made, then the first checkpoint, which vouches for the lines that were there before,
then the root key is published. Where it stands, a checkpoint that is missing was taken away.
"""

from __future__ import annotations

import base64
import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from forgewatch.adapters.disk import FOLDER, READ, SYSTEM, Disk, again, read_exactly, replace_whole
from forgewatch.adapters.journal_keys import KeyFolder, SigningKey, verifies
from forgewatch.adapters.journal_lines import JournalLines
from forgewatch.adapters.state_folder import CHECKPOINT, LOST
from forgewatch.core.errors import EnvironmentFault, ForgewatchError, LedgerUnwritable, TamperDetected
from forgewatch.core.events import KeyRotated
from forgewatch.core.journal_line import decode_line, signature_of, signed_bytes, signed_line
from forgewatch.core.merkle import Frontier, leaf_hash
from forgewatch.core.signed_note import NOTE_BYTES, SignedCheckpoint, checkpoint_of, key_id, parse_checkpoint, sign_checkpoint
from forgewatch.core.values import Refused

_ROTATED = b'"is":"KeyRotated"'


class JournalSeal:
    """Signs and verifies the lines of the journal in `folder`. Not safe between threads; the journal that owns it is.

    All methods raise TamperDetected for what cannot be believed.
    """

    def __init__(self, folder: Path, disk: Disk = SYSTEM) -> None:
        self._folder = folder
        self._path = folder / CHECKPOINT
        self._disk = disk
        self._keys = KeyFolder(folder, disk)
        self.origin = f"forgewatch/{folder.name}"
        self._tree = Frontier()
        self._note: bytes | None = None
        self._noted = 0
        # Roots at the sizes from the newest checkpoint on: another writer's next one must equal one of them.
        self._roots: dict[int, bytes] = {}
        # (first line it is valid for, 32 public bytes), oldest first; empty while the journal is not signed.
        self._publics: list[tuple[int, bytes]] = []
        self._signing: SigningKey | None = None
        self._rooted = False
        self._sound = False

    def read(self) -> bytes | None:
        """Return the bytes of the checkpoint file, None when there is none. Raises EnvironmentFault when it cannot be read."""
        try:
            descriptor = again(lambda: self._disk.open(self._path, READ))
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise TamperDetected(f"{self._path} is a symlink", LOST) from error
            raise EnvironmentFault(f"{self._path} cannot be read: {error.strerror}", "check the disk") from error
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise TamperDetected(f"{self._path} is not a regular file", LOST)
            return read_exactly(self._disk, descriptor, NOTE_BYTES + 1, 0)
        except OSError as error:
            raise EnvironmentFault(f"{self._path} cannot be read: {error.strerror}", "check the disk") from error
        finally:
            os.close(descriptor)

    def take(self, note: bytes | None, lines: JournalLines) -> None:
        """Take in the lines that are new since the last look; `note` was read before they were."""
        # What is not believed must not be signed: no checkpoint is written while this is not done.
        self._sound = False
        self._take(note, lines)
        self._sound = True

    def _take(self, note: bytes | None, lines: JournalLines) -> None:
        if not self._publics and not self._is_begun(note, lines):
            return
        if note is None:
            raise TamperDetected(f"{self._path} is gone; the journal holds {len(lines)} lines", LOST)
        if note == self._note:
            self._take_signed(lines, len(lines))
            return
        claimed = self._parsed(note)
        size = claimed.checkpoint.size
        if size > len(lines):
            raise TamperDetected(f"the journal lost lines: the checkpoint speaks of {size}, found {len(lines)}", LOST)
        if size < self._noted:
            raise TamperDetected(f"{self._path} is an old one: it speaks of {size} lines, an earlier one of {self._noted}", LOST)
        if self._note is None:
            self._take_vouched(lines, size)
        self._take_signed(lines, len(lines))
        self._verify(claimed)
        self._remember(note, size)

    def begin(self) -> None:
        """Make key and first checkpoint, once, before the first line is signed. The caller holds the journal. Raises LedgerUnwritable.

        A crash before the root key leaves a key that signed nothing but perhaps that checkpoint; the next writer begins again.
        """
        if self._rooted:
            return
        key = self._keys.create()
        self._signing, self._publics, self._roots[self._tree.size] = key, [(0, key.public)], self._tree.root
        try:
            if why := self.settle():
                raise LedgerUnwritable(why, "check the disk and the owner of that folder")
            self._keys.publish(key)
        except LedgerUnwritable:
            # Whoever begins next, here or elsewhere, does it with another key.
            self._signing, self._publics, self._note, self._noted = None, [], None, 0
            raise
        self._rooted = True

    @property
    def begun(self) -> bool:
        """True when what was taken in is signed, or vouched for by a checkpoint."""
        return bool(self._publics)

    def check_key(self) -> bool:
        """True when there is a key and it can sign the next line, False while there is none. Raises what signing would; writes nothing."""
        self._keys.check_folder()
        return bool(self._publics) and bool(self._held())

    def lines_of(self, events: Sequence[bytes]) -> list[bytes]:
        """Return the signed lines, with their newlines, of events that follow what was taken in. Only the last may change the key."""
        key, tree, lines = self._key(), self._tree, []
        for event in events:
            line = signed_line(event, key.sign(signed_bytes(tree.size, tree.root, event)))
            tree = tree.grown((leaf_hash(line[:-1]),))
            lines.append(line)
        return lines

    def appended(self, lines: Sequence[bytes]) -> None:
        """Take in lines, with their newlines, that the caller has just made durable together: no checkpoint can be of some of them."""
        self._grow(*(line[:-1] for line in lines))
        if _ROTATED in lines[-1]:
            self._learn(self._tree.size - 1, lines[-1][:-1])

    def settle(self) -> str:
        """Write the checkpoint of what was taken in, when it is not there yet. Return why that failed, empty when it did not. Never raises.

        Nothing is lost by a failure: the lines are durable, and their signatures speak for them until the next checkpoint.
        """
        if not self._sound or not self._publics or (self._note is not None and self._noted == self._tree.size):
            return ""
        try:
            note = sign_checkpoint(checkpoint_of(self.origin, self._tree), self._key().public, self._key().sign)
            folder = self._disk.open(self._folder, FOLDER)
            try:
                # As readable as the journal: whoever may read the repository may verify its record.
                replace_whole(self._disk, folder, CHECKPOINT, note, stat.S_IMODE(os.fstat(folder).st_mode) & 0o666)
            finally:
                os.close(folder)
        except OSError as error:
            return f"{self._path} cannot be written: {error.strerror}"
        except ForgewatchError as error:
            # A key that cannot be used keeps nobody from reading.
            return str(error)
        self._remember(note, self._tree.size)
        return ""

    def _is_begun(self, note: bytes | None, lines: JournalLines) -> bool:
        """Learn the root key. Without one the lines are older than signing, and none of them is signed."""
        if self._keys.exists():
            self._publics, self._rooted = [(0, self._keys.root())], True
            return True
        if note is not None and not self._keys.is_drafted():
            raise TamperDetected(f"{self._folder / 'keys'} lost the key of this journal", LOST)
        for seq, line in lines.lines(self._tree.size, len(lines)):
            if signature_of(line) is not None:
                raise TamperDetected(f"{self._folder / 'keys'} lost the key of this journal; line {seq + 1} is signed", LOST)
            self._grow(line)
        return False

    def _take_vouched(self, lines: JournalLines, size: int) -> None:
        for first, batch in lines.batches(self._tree.size, size):
            if _ROTATED in b"\n".join(batch):
                for seq, line in enumerate(batch, first):
                    self._take_one(seq, line) if _ROTATED in line else self._grow(line)
            else:
                self._tree = self._tree.grown(map(leaf_hash, batch))
        self._roots = {self._tree.size: self._tree.root}

    def _take_signed(self, lines: JournalLines, size: int) -> None:
        for seq, line in lines.lines(self._tree.size, size):
            self._take_one(seq, line)

    def _take_one(self, seq: int, line: bytes) -> None:
        parts = signature_of(line)
        if parts is None:
            raise TamperDetected(f"journal line {seq + 1} is not signed, and lines before it are", LOST)
        event, signature = parts
        if not verifies(self._public_at(seq), signature, signed_bytes(seq, self._tree.root, event)):
            raise TamperDetected(f"the signature of journal line {seq + 1} does not fit its place, its text or the key", LOST)
        self._grow(line)
        if _ROTATED in line:
            self._learn(seq, line)

    def _public_at(self, size: int) -> bytes:
        """Return the key that signs line `size`, and a checkpoint of so many lines."""
        return next(public for first, public in reversed(self._publics) if first <= size)

    def _grow(self, *lines: bytes) -> None:
        self._tree = self._tree.grown(map(leaf_hash, lines))
        self._roots[self._tree.size] = self._tree.root

    def _learn(self, seq: int, line: bytes) -> None:
        recorded = decode_line(seq, line)
        if not isinstance(recorded, Refused) and isinstance(recorded.event, KeyRotated):
            self._publics.append((seq + 1, base64.b64decode(recorded.event.public)))
            self._signing = None

    def _parsed(self, note: bytes) -> SignedCheckpoint:
        claimed = parse_checkpoint(note)
        if isinstance(claimed, Refused):
            raise TamperDetected(f"{self._path} {claimed.why}", LOST)
        if claimed.checkpoint.origin != self.origin:
            raise TamperDetected(f"{self._path} is of another journal: expected {self.origin}, found {claimed.checkpoint.origin}", LOST)
        return claimed

    def _verify(self, claimed: SignedCheckpoint) -> None:
        checkpoint = claimed.checkpoint
        public = self._public_at(checkpoint.size)
        if claimed.key != key_id(self.origin, public) or not verifies(public, claimed.signature, checkpoint.text):
            raise TamperDetected(f"{self._path} is not signed by the key of this journal", LOST)
        if self._roots.get(checkpoint.size) != checkpoint.root:
            raise TamperDetected(f"the first {checkpoint.size} lines of the journal are not those that the checkpoint speaks of", LOST)

    def _remember(self, note: bytes, size: int) -> None:
        self._note, self._noted = note, size
        self._roots = {at: root for at, root in self._roots.items() if at >= size}

    def _key(self) -> SigningKey:
        if self._signing is not None:
            # Whoever holds the key for long asks each time whether it is still nobody else's.
            self._keys.check_signing()
        else:
            found, late = self._held()
            if late:
                # We, or another writer, died between the event and the turn.
                self._keys.turn()
            self._signing = found
        return self._signing

    def _held(self) -> tuple[SigningKey, bool]:
        """Return the key that signs next, and whether it has yet to take the place of the one before it."""
        found, public = self._keys.signing(), self._public_at(self._tree.size)
        if found.public == public:
            return found, False
        prepared = self._keys.next()
        if prepared is None or prepared.public != public:
            raise TamperDetected(f"{self._folder / 'keys'} holds another key than the journal's", LOST)
        return prepared, True
