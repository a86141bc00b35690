"""What the journal keeps of authority: who authorized what, what was refused, and commits that nobody authorized (ledger.md section 2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from forgewatch.core.values import CommitId, Digest, Phase, RepoPath
from forgewatch.core.verdict import CheckCode


class Means(StrEnum):
    """How a word of authority was given."""

    TERMINAL = "on a terminal"
    COMMAND = "without a terminal, by --yes"
    TOKEN = "token file"
    SIGNATURE = "signature"
    DIRECTIVE = "Auto-authorize of the directive"
    STANDING = "standing grant"


@dataclass(frozen=True, slots=True)
class TokenFile:
    """The file that a word came from, and the digest of its bytes."""

    path: RepoPath
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationGranted:
    """The audited tree of `entry` may be committed on `head` (None: as the first commit), once. Recorded before anybody acts on it.

    `auto`: no human looked at this tree; the directive or a standing grant said so before. `tier` 0 to 3; `principals` who signed.
    `nonce` of the signed request, used up by this; `expires` empty: never. `file` is the token file it came from.
    """

    at: str
    entry: int
    leaf: Digest
    phase: Phase
    tree: Digest
    head: CommitId | None
    actor: str
    means: Means
    auto: bool = False
    tier: int = 0
    principals: tuple[str, ...] = ()
    nonce: str = ""
    expires: str = ""
    standing: int | None = None
    file: TokenFile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRefused:
    """A word of authority was refused: the first field that disagreed, with both sides. `action` as in a token, or the verb."""

    at: str
    action: str
    subject: str
    actor: str
    field: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingGranted:
    """Signed in advance: `uses` commits of these phases (`phase-3`) may go without a human, while the directive is this one and no
    audit fails. Covers no deploy, release, rollback or decision."""

    at: str
    directive: Digest
    phases: tuple[str, ...]
    uses: int
    expires: str
    actor: str
    tier: int
    principals: tuple[str, ...]
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitUnaudited:
    """HEAD moved to commits that nobody authorized: the first few, the oldest first, of `count`. `halted`: the audit entry that was signed
    off and awaited AUTHORIZED meanwhile, None without one."""

    at: str
    head: CommitId
    anchor: CommitId | None
    commits: tuple[CommitId, ...]
    count: int
    why: str
    halted: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltBroken:
    """After the sign-off of `entry` and before its authorization something went on (contract §10.4): `how` in a word, and the detail."""

    at: str
    entry: int
    how: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseUnblocked:
    """The operator looked at a phase that had used up its loops, and it may go on (C-06)."""

    at: str
    phase: Phase
    actor: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditDisputed:
    """Somebody holds that a FAIL is wrong (contract §10.5). It changes no verdict: a human has to look."""

    at: str
    entry: int
    leaf: Digest
    phase: Phase
    codes: tuple[CheckCode, ...]
    actor: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitPushed:
    """An authorized commit was sent to the operator's remote, or could not be: then `why` is not empty."""

    at: str
    commit: CommitId
    remote: str
    ref: str
    why: str = ""


AuthorityEvent = (
    AuthorizationGranted | AuthorityRefused | StandingGranted | CommitUnaudited | HaltBroken | PhaseUnblocked | AuditDisputed | CommitPushed
)
