"""What stands in a repository now, asked of the worker beside audits: new commits, the tree, what is staged (ledger.md section 2).

An authorization is about a tree: whether a commit is the authorized one is decided from these facts alone, never from what its message or
the ledger's text says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from forgewatch.core.places import Layout
from forgewatch.core.settings import Settings
from forgewatch.core.snapshot import Ancestry, ChangeKind, Entry
from forgewatch.core.values import CommitId, Content, Digest, Oid, RepoPath

GONE = Entry(0, Oid("0" * 40))
"""Stands for the entry of a path that is not there any more."""

COMMITS_LIMIT = 256
"""Commits whose facts one answer carries, the oldest first; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsRequest:
    """A question about the repository at `root`; `state` and `git` as in an audit. `work`: look at the working tree too.

    `bases` are the commits on which an audited tree was measured (None among them: the empty tree): only a commit on one of these, or on
    commits of the neutral set behind it, can be an authorized one, and only such a commit's tree is looked at as a whole.
    `claimed` are the files of ignore rules that the newest audit's claim named: what they hide now was left out of its tree.
    `hunks`, with `work`: show what changed, for a diff log. `stack`: say what the authorized version tells the runner of the
    tests.
    """

    root: str
    state: str
    git: str
    layout: Layout
    settings: Settings
    adopted: bool
    anchor: CommitId | None
    authorized: tuple[CommitId, ...]
    bases: tuple[CommitId | None, ...] = ()
    claimed: tuple[RepoPath, ...] = ()
    work: bool = False
    hunks: bool = False
    stack: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitFacts:
    """A commit that the record does not vouch for. `neutral`: it touches the neutral set only. `tree` is its tree's digest as an audit
    would give it, `text` the same with the line endings of what it changed made alike; both None where nobody needs them."""

    oid: CommitId
    parents: tuple[CommitId, ...]
    subject: str
    neutral: bool
    tree: Digest | None = None
    text: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkChange:
    """A path that differs from HEAD in the working tree or the index. `after` is its entry in the working tree, `staged` the one in the
    index where that differs from HEAD (None: not there; `is_staged` tells a staged removal from nothing staged)."""

    path: RepoPath
    kind: ChangeKind
    before: Entry | None
    after: Entry | None
    is_staged: bool = False
    staged: Entry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFacts:
    """The working tree: digests as in `CommitFacts`, changes sorted by path (neutral ones too), and what could not be looked at. `hunks`
    are lines of a bounded diff against HEAD without the evidence, empty where nobody asked."""

    tree: Digest
    text: Digest
    changes: tuple[WorkChange, ...]
    obstacles: tuple[str, ...] = ()
    hunks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The answer. `branch` is what HEAD names, None when it is detached. `commits` are those since the anchor that are not authorized,
    the oldest first, and `more` how many are left out. `auto_authorize`: the directive says so, in BASE's version too.
    `directive` digests it as the oldest of these commits holds it, else as it lies there. `final`: the phase
    with the highest number, empty without a plan. `raised` are tiers that the repository asks for, by action. `behind`: the anchor descends
    from HEAD, so somebody looks at what was there before. `aem`: the directive says so, in BASE's version too. `log_at_head` digests the
    diff log that HEAD holds, None where it holds none. `stack` are forge.json and the files that its plan of the tests looks at, as BASE
    has them; empty where nobody asked, or there is no BASE. `tested` is False where BASE is known to have no test at all."""

    head: CommitId | None
    branch: str | None
    ancestry: Ancestry
    commits: tuple[CommitFacts, ...] = ()
    more: int = 0
    work: WorkFacts | None = None
    auto_authorize: bool = False
    directive: Digest | None = None
    final: str = ""
    raised: tuple[tuple[str, int], ...] = ()
    behind: bool = False
    aem: bool = False
    log_at_head: Digest | None = None
    stack: Mapping[RepoPath, Content] = field(default_factory=dict)
    tested: bool = True


def tree_digest(entries: Mapping[RepoPath, Entry], is_neutral: Callable[[str], bool]) -> Digest:
    """Return the digest of a table: SHA-256 over sorted `mode SP blob TAB path NUL`, without neutral paths (architecture.md)."""
    lines = sorted(_line(entry, path) for path, entry in entries.items() if not is_neutral(path))
    return Digest(f"sha256:{sha256(b''.join(lines)).hexdigest()}")


def changes_digest(changes: Iterable[tuple[RepoPath, Entry | None]]) -> Digest:
    """Return the digest of a change set: SHA-256 over sorted `mode SP blob TAB path NUL`, zeros for what is deleted (ledger.md 2)."""
    lines = sorted(_line(entry or GONE, path) for path, entry in changes)
    return Digest(f"sha256:{sha256(b''.join(lines)).hexdigest()}")


def _line(entry: Entry, path: RepoPath) -> bytes:
    return f"{entry.mode:06o} {entry.oid}\t{path}\0".encode("utf-8", "surrogateescape")


def status_lines(facts: Facts) -> tuple[str, ...]:
    """Return what `git status -sb -uall --no-renames` says, from captured facts (contract §12): the branch, `XY path` of what git knows,
    then what it does not, raw. What the branch follows is not told: that stands in a configuration nobody believes."""
    changes = facts.work.changes if facts.work else ()
    known = (f"{_letters(change)} {change.path}" for change in changes if _is_known(change))
    unknown = (
        f"?? {change.path}" for change in changes if _index(change) is None and change.after is not None and not _is_intended(change)
    )
    return (_branch(facts), *known, *unknown)


def staged_lines(facts: Facts) -> tuple[str, ...]:
    """Return what `git diff --staged --name-only` says, from captured facts (contract §12), raw."""
    return tuple(change.path for change in (facts.work.changes if facts.work else ()) if change.is_staged)


def _branch(facts: Facts) -> str:
    if facts.branch is None:
        return "## HEAD (no branch)"
    return f"## {facts.branch}" if facts.head else f"## No commits yet on {facts.branch}"


def _index(change: WorkChange) -> Entry | None:
    return change.staged if change.is_staged else change.before


def _is_intended(change: WorkChange) -> bool:
    """True after `git add --intent-to-add`: the index knows the name and no bytes."""
    return change.kind is ChangeKind.ADDED and not change.is_staged


def _is_known(change: WorkChange) -> bool:
    return change.before is not None or _index(change) is not None or _is_intended(change)


def _letters(change: WorkChange) -> str:
    index = _index(change)
    # What the index lost is no change of the file that lies there: that one is unknown to git, on a line of its own.
    below = " " if index is None and change.before is not None else _letter(index, change.after)
    return _letter(change.before, index) + below


def _letter(before: Entry | None, after: Entry | None) -> str:
    if before == after:
        return " "
    if before is None:
        return "A"
    if after is None:
        return "D"
    return "T" if before.mode >> 12 != after.mode >> 12 else "M"
