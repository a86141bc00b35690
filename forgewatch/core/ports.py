"""What use cases need from the outside, as Protocols of at most four methods. Adapters fulfil them; tests have in-memory ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from forgewatch.core.authority import AuthorityRules
from forgewatch.core.defect import Defect
from forgewatch.core.events import Event, Recorded
from forgewatch.core.record_memory import RecordMemory
from forgewatch.core.report import AuditAnswer, AuditRequest, Failed
from forgewatch.core.repository_facts import Facts, FactsRequest
from forgewatch.core.settings import Settings
from forgewatch.core.snapshot import Entry, History
from forgewatch.core.source_pieces import Piece
from forgewatch.core.sshsig import SshSignature
from forgewatch.core.survey import Survey, SurveyQuestion
from forgewatch.core.values import CommitId, Content, Digest, Oid, RepoPath, Unreadable


class Clock(Protocol):
    """Wall clock and monotonic clock."""

    def now(self) -> str:
        """Return UTC as `YYYY-MM-DDTHH:MM:SSZ`."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""


class Journal(Protocol):
    """The durable record of one repository. Narrow on purpose: signing comes behind it."""

    def read(self) -> Sequence[Recorded]:
        """Return all events, oldest first. Raises TamperDetected when the bytes cannot be believed."""

    def append(self, event: Event) -> Recorded:
        """Make the event durable and return it as it will be read. Raises LedgerUnwritable: then nothing was recorded."""

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep every other writer out for several steps; may be nested. Raises LedgerUnwritable."""

    def undisturbed(self) -> AbstractContextManager[bool]:
        """Keep every other writer out for several readings where that may be, and tell whether it could; may be nested."""

    def fingerprint(self, size: int) -> Digest | None:
        """Return the digest of the first `size` lines as they were read, None when there are fewer."""


class Memory(Protocol):
    """A short cut for restarts; losing it costs time only."""

    def recall(self) -> RecordMemory | None:
        """Return what was kept last, None when there is nothing usable."""

    def keep(self, memory: RecordMemory) -> None:
        """Keep it in place of what was kept before; may be lost."""


class KeyMaker(Protocol):
    """The keys of a journal, for the one thing that is done to them from outside."""

    def prepare(self) -> str:
        """Make the next key durable and return its public half, 32 bytes in base64. It signs once the journal says so."""


class Authorities(Protocol):
    """Who may allow something in one repository, by the operator's word."""

    def rules(self, settings: Settings) -> AuthorityRules:
        """Return the rules as these settings and their files are now. Raises EnvironmentFault when the files cannot be believed."""

    def verifies(self, signature: SshSignature, message: bytes) -> bool:
        """Return True when the signature is one over the message. Whether its key counts, the rules say."""


class TreeFiles(Protocol):
    """Reading regular files below one root, never through a symlink, never blocking, never over the limit."""

    def read(self, path: RepoPath, limit: int) -> Content:
        """Return the bytes, stable across the read, or what kept us from them."""


class EvidenceFiles(Protocol):
    """Writing what forgewatch owns in the repository: the ledger and the lock record."""

    def append(self, path: RepoPath, data: bytes) -> int:
        """Append durably, read back, and return the offset where the bytes begin. Raises LedgerUnwritable."""

    def replace(self, path: RepoPath, data: bytes) -> None:
        """Replace atomically and durably (temp, fdatasync, rename, fsync of the directory). Raises LedgerUnwritable."""


class Vault(Protocol):
    """Bytes kept by digest in the state folder's `quarantine` (0700)."""

    def keep(self, data: bytes) -> Digest:
        """Store the bytes durably under their digest."""

    def fetch(self, digest: Digest) -> bytes:
        """Return bytes kept earlier. Raises TamperDetected when they are gone or changed."""


class WorkingTree(Protocol):
    """The repository that the audited party owns, read once."""

    def survey(self, question: SurveyQuestion) -> Survey:
        """Take the change set. Raises RepositoryUnavailable, GitFailed, Unstable."""

    def read(self, path: RepoPath, limit: int) -> Content:
        """Return the bytes of a working-tree file."""

    def fingerprint(self, paths: Iterable[RepoPath]) -> Digest:
        """Return a digest of HEAD, index and the bytes at `paths`, to be compared before and after the checks."""


class ObjectStore(Protocol):
    """Verified objects: everything is re-hashed before it is believed."""

    def blob(self, oid: Oid, limit: int) -> bytes | Unreadable:
        """Return the bytes of a blob."""

    def file_at(self, commit: CommitId, path: RepoPath, limit: int) -> Content:
        """Return a file of a commit's tree."""

    def history(self, anchor: CommitId | None, authorized: frozenset[CommitId]) -> History:
        """Walk from HEAD to the anchor over re-hashed commits."""

    def resolve(self, name: str) -> CommitId | None:
        """Return the commit that HEAD, a branch, a tag or a full id names, read by us; None when there is none."""


class Lineage(Protocol):
    """Commits of the repository as what they stand on and what they hold; all verified."""

    def parents(self, commits: Sequence[CommitId]) -> Mapping[CommitId, tuple[CommitId, ...]]:
        """Return the parents of each commit. Raises GitFailed for one that is missing or lies."""

    def subject(self, commit: CommitId) -> str:
        """Return the first line of its message, raw. Raises GitFailed."""

    def whole_table(self, commit: CommitId | None) -> Mapping[RepoPath, Entry] | None:
        """Return the table of a commit's tree, empty for no commit; None when the store lies or the tree is over the limits, so that no
        part is taken for the whole. Raises GitFailed."""

    def branch(self) -> str | None:
        """Return the branch that HEAD names, None when it is detached."""


class Trees(Protocol):
    """Tables of verified trees."""

    def table_at(self, root: Oid | None) -> Mapping[RepoPath, Entry]:
        """Return the table of a root tree (None: of the empty tree). Raises GitFailed when it is gone, lies or is over the limits."""


class InputStore(Protocol):
    """What audits judged, by digest, for a replay; bounded, and losing it costs the replay only."""

    def keep(self, packed: bytes) -> Digest | None:
        """Store the bytes under their digest, None when they cannot be stored."""

    def fetch(self, digest: Digest) -> bytes:
        """Return bytes kept earlier. Raises InputsGone when they are gone or changed."""


class FactCache(Protocol):
    """Facts by (extractor and ruleset, blob id); losing it costs time only. Facts are in the codec's JSON form."""

    def get(self, ruleset: str, oid: Oid) -> object | None:
        """Return the cached JSON, None when unknown."""

    def put(self, ruleset: str, oid: Oid, facts: object) -> None:
        """Remember facts; may be lost."""


class Grammars(Protocol):
    """Grammars of languages other than Python, where the extra is installed."""

    def edition(self) -> str:
        """Return the versions of parser and grammars, on which every answer depends; empty when they are not installed."""

    def pieces(self, grammar: str, raw: bytes) -> tuple[Piece, ...] | Defect:
        """Return the pieces of source that `source_pieces.KINDS` names, in the order in which they start."""


class Auditor(Protocol):
    """The worker: does one audit in a process of its own."""

    def audit(self, request: AuditRequest) -> AuditAnswer:
        """Return the answer; a crash, an overrun or a broken frame is `Failed`."""

    def look(self, request: FactsRequest) -> Facts | Failed:
        """Return what stands in the repository now; faults as in `audit`."""

    def expect(self) -> None:
        """Make ready for an audit that is going to be asked for soon. Never raises: what keeps it from that, the audit will say."""


class Spot(NamedTuple):
    """A watched directory as one repository sees it: two repositories may wait in the same directory."""

    repository: int
    path: str


class WatchSink(Protocol):
    """Where a directory watch puts its hints. Called from any thread; only notes and wakes, and never raises."""

    def stirred(self, spot: Spot, name: str, closed: bool) -> None:
        """Something happened to `name` in the directory (empty: to the directory itself). `closed`: closed after writing, or renamed in."""

    def overflowed(self) -> None:
        """Hints were lost: everything has to be looked at."""

    def died(self) -> None:
        """The reader ended: there will be no more hints."""


class DirectoryWatch(Protocol):
    """Hints about single directories, never recursive. A watch follows the directory that it was added for, not the path."""

    def add(self, spot: Spot, names: frozenset[str]) -> str:
        """Watch `spot.path` for these names (none: for all). Return why that cannot be done, empty when it is done."""

    def remove(self, spot: Spot) -> None:
        """End the watch of the spot; unknown spots and directories that are gone are no error."""

    def alive(self) -> bool:
        """True while hints can be delivered."""

    def close(self) -> None:
        """End all watches and the reader."""


Stamp = tuple[int, int, int, int, int]
"""Device, inode, size, mtime_ns, ctime_ns: equal stamps mean that a file need not be read again (watching.md, Settle)."""


class Directories(Protocol):
    """Cheap looks at names on the disk. Symlinks are not followed in the last part of a path."""

    def identity(self, path: str) -> tuple[int, int] | None:
        """Return device and inode of the directory at `path`; None when no directory is there."""

    def stamp(self, path: str) -> Stamp | None:
        """Return the stamp of whatever is at `path`; None when nothing is there."""

    def folders(self, path: str, limit: int) -> tuple[str, ...]:
        """Return the names of at most `limit` directories in `path`, sorted."""


class Guard(Protocol):
    """The locks on one repository, held by this process."""

    def tend(self) -> str:
        """Write the lock record again when someone changed it. Return what was found, empty when all is well."""

    def release(self) -> None:
        """Remove the record if it is still ours and give the locks back."""


class ServiceNotifier(Protocol):
    """The service manager, if there is one."""

    def send(self, *lines: str) -> None:
        """Send `KEY=VALUE` lines; without a service manager nothing happens."""

    def keepalive_seconds(self) -> float | None:
        """Return how often the service manager wants to hear from us, None when it does not."""


class WatchClock(Clock, Protocol):
    """A clock that shows when time jumped."""

    def offset(self) -> float:
        """Return wall clock minus monotonic clock, in seconds: it changes when the wall clock jumps or the machine was suspended."""


class EventLog(Protocol):
    """The log: an event name of `core.log_events` and facts."""

    def info(self, event: str, **facts: object) -> object:
        """Say what happened."""

    def warning(self, event: str, **facts: object) -> object:
        """Say what somebody has to look at."""

    def error(self, event: str, **facts: object) -> object:
        """Say what does not work."""
