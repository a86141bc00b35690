"""Token files compared with the facts (ledger.md section 2; requirements.md section 1, APPROVED). Nothing is authorized here.

A token file is one line, `APPROVED:<task>:<base sha>` or `AUTHORIZED:<phase slug>:<entry>`, where `<entry>` is the leaf of the audit
entry in hex. The last line end may be missing. The first field that disagrees is named, with both sides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import assert_never

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.events import ApprovalJudged
from forgewatch.core.places import TRACE
from forgewatch.core.record_state import EntrySummary
from forgewatch.core.values import Absent, CommitId, Content, Phase, RepoPath, Unreadable, parse_commit_id
from forgewatch.core.verdict import Outcome

APPROVED = "APPROVED"
AUTHORIZED = "AUTHORIZED"
TOKEN_LIMIT = 4096
"""Bytes of a token file: a line of that length is no token."""

TASK_LIMIT = 20_000
"""Task folders whose approvals are looked at, in the order of their names. That there are more is answered as a refusal of their folder."""

_TASK = re.compile(r"[a-z0-9][a-z0-9._-]*", re.IGNORECASE)
_APPROVED_PATH = re.compile(rf"{re.escape(TRACE)}/(?P<task>[^/]+)/contract/APPROVED")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFacts:
    """What a token must agree with: HEAD (None: no commit yet) and the newest audit entry (None: no audit yet)."""

    head: CommitId | None
    newest: EntrySummary | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The first field of a token file that is not as it must be."""

    field: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Token:
    """A line of the right form: what it is about, and the hex that binds it."""

    subject: str
    bound: str


def task_of(path: RepoPath) -> str | None:
    """Return the task whose approval file `path` is, None for another file."""
    found = _APPROVED_PATH.fullmatch(path)
    return found["task"] if found else None


def phase_slug(phase: Phase) -> str:
    """Return the form a phase has in a token: `Phase 3 -- Auth` is `phase-3-auth`."""
    return _NOT_SLUG.sub("-", phase.lower()).strip("-")


def judge_approval(path: RepoPath, raw: Content, facts: ApprovalFacts, at: str) -> ApprovalJudged | None:
    """Return the answer about a token file, None when it is not there. `path` decides which kind it must be.

    The folder of all tasks stands for those beyond the limit: none of them is looked at, and this answer says so.
    """
    if isinstance(raw, Absent):
        return None
    task = task_of(path)
    against: Disagreement | None
    if path == TRACE:
        against = Disagreement("task folders", f"at most {TASK_LIMIT}", "more; those that come later by name are not looked at")
        kind, subject = APPROVED, "every further task"
    elif task is not None:
        kind, subject, against = APPROVED, task, _approved_disagreement(raw, task, facts)
    else:
        kind, subject, against = AUTHORIZED, _newest_slug(facts), _authorized_disagreement(raw, facts)
    return ApprovalJudged(
        at=at,
        path=path,
        kind=kind,
        subject=subject,
        accepted=against is None,
        field=against.field if against else "",
        expected=against.expected if against else "",
        actual=against.actual if against else "",
        digest=digest_of_bytes(raw) if isinstance(raw, bytes) else None,
    )


def parse_token(kind: str, form: str, raw: bytes | Unreadable) -> Token | Disagreement:
    """Read a token file of `kind`; `form` is how its line must look, for the answer."""
    match raw:
        case Unreadable(why=why):
            return Disagreement("file", "a regular file", why)
        case bytes():
            return _parse_line(kind, form, raw)
        case other:
            assert_never(other)


def _parse_line(kind: str, form: str, raw: bytes) -> Token | Disagreement:
    if raw.startswith(_BOM):
        return Disagreement("encoding", "no byte order mark", "a byte order mark")
    if b"\r" in raw:
        return Disagreement("line end", "LF", "CR LF" if b"\r\n" in raw else "CR")
    line = raw.removesuffix(b"\n").decode("utf-8", "backslashreplace")
    if "\n" in line:
        return Disagreement("lines", "1", str(line.count("\n") + 1))
    parts = line.split(":")
    if len(parts) != 3 or parts[0] != kind or not parts[1] or not parts[2]:
        return Disagreement("form", form, line or "an empty file")
    return Token(parts[1], parts[2])


def _approved_disagreement(raw: bytes | Unreadable, task: str, facts: ApprovalFacts) -> Disagreement | None:
    token = parse_token(APPROVED, "APPROVED:<task>:<base sha>", raw)
    if isinstance(token, Disagreement):
        return token
    if not _TASK.fullmatch(task):
        return Disagreement("task", "a folder named with letters, digits, '.', '_' and '-'", task)
    if token.subject != task:
        return Disagreement("task", task, token.subject)
    return _base_disagreement(token.bound, facts.head)


def _base_disagreement(base: str, head: CommitId | None) -> Disagreement | None:
    if head is None:
        return Disagreement("base sha", "a commit, and the repository has none", base)
    # Hex digits are the same number in either case.
    if parse_commit_id(base.lower()) != base.lower():
        return Disagreement("base sha", f"the full id of HEAD, {head}", base)
    return None if base.lower() == head else Disagreement("base sha", head, base)


def _authorized_disagreement(raw: bytes | Unreadable, facts: ApprovalFacts) -> Disagreement | None:
    token = parse_token(AUTHORIZED, "AUTHORIZED:<phase slug>:<entry>", raw)
    newest = facts.newest
    if isinstance(token, Disagreement):
        return token
    if newest is None:
        return Disagreement("entry", "an audit entry, and the journal has none", token.bound)
    if token.subject != phase_slug(newest.phase):
        return Disagreement("phase", phase_slug(newest.phase), token.subject)
    leaf = newest.leaf.removeprefix("sha256:")
    if token.bound != leaf:
        return Disagreement("entry", f"{leaf} (entry {newest.seq})", token.bound)
    if newest.outcome not in (Outcome.PASS, Outcome.SIGNED_OFF):
        return Disagreement("outcome", "PASS", newest.outcome.value)
    return None if newest.head == facts.head else Disagreement("base commit", facts.head or "no commit", newest.head or "no commit")


def _newest_slug(facts: ApprovalFacts) -> str:
    return phase_slug(facts.newest.phase) if facts.newest else "no phase"
