"""Errors by who can mend them. Bad builder input is a value, never one of these.

`ForgewatchError` is what the outermost boundary prints: the message states both sides, `hint` says what to do next.
"""

from __future__ import annotations


class ForgewatchError(Exception):
    """Something forgewatch cannot do. Exit status 2 unless a subclass says otherwise."""

    exit_status = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(ForgewatchError):
    """The caller asked for something that does not exist or contradicts itself."""


class NoSuchRevision(UsageError):
    """`--base` names no commit that is here."""

    def __init__(self, name: str) -> None:
        super().__init__(f"--base {name}: expected a commit, branch or tag of this repository, found none", "look at the name, or fetch it")


class EnvironmentFault(ForgewatchError):
    """The machine does not let us work: git, disk, permission, deadline."""


class LedgerUnwritable(EnvironmentFault):
    """Journal or ledger could not be made durable: nothing was announced."""


class GitFailed(EnvironmentFault):
    """git is missing, too old, timed out or refused; its standard error is in no message, only its exit status."""


class PushFailed(EnvironmentFault):
    """Another repository did not take a commit, or did not answer. The message says what it said."""


class AnchorUnreachable(EnvironmentFault):
    """The other repository that keeps checkpoints cannot be read: nothing is known about the record by it."""


class TestsStopped(EnvironmentFault):
    """The tests could not be run at all; `stop` is the contract's reason (contract §8)."""

    __test__ = False

    def __init__(self, stop: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.stop = stop


class RepositoryUnavailable(EnvironmentFault):
    """The repository cannot be audited now: missing, not a git repository, bare, refused layout."""


class NotARepository(RepositoryUnavailable):
    """A folder that git knows nothing of."""


class ReadOnlyRoot(RepositoryUnavailable):
    """A root on a read-only mount. One that was writable, or came later than the process, is mended by a restart by the service manager:
    a bind mount whose directory was replaced. One that was so at the start is not named in the unit."""

    exit_status = 75


class InputsGone(EnvironmentFault):
    """What an audit was made of is not there any more as it was stored: it cannot be replayed."""


class Unstable(EnvironmentFault):
    """What was being read changed during the read, three times in a row."""


class TamperDetected(ForgewatchError):
    """The record was changed by someone else; nothing is repaired without the operator."""


class AlreadyRunning(ForgewatchError):
    """Another instance holds the lock. Not an error for the caller: exit status 0."""

    exit_status = 0


class LedgerFull(LedgerUnwritable):
    """No space for the record. The reserve has been released, so one short entry that says so may still fit."""
