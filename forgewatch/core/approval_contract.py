"""The approval contract of a task: what a person allows before the work begins (gated_apply, Standard Approval Contract Template).

A section without its tick, NONE, and whatever stands in a comment that a reader of the page would not see, approve nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from forgewatch.core.approval_scope import Disputed, Scopes, Section, anchored, read_scopes
from forgewatch.core.defect import Defect
from forgewatch.core.globs import GlobSet, compile_globs
from forgewatch.core.limits import LIMITS
from forgewatch.core.places import TRACE
from forgewatch.core.strict_json import decode_document
from forgewatch.core.values import CommitId, RepoPath
from forgewatch.core.visible_text import visible

SCHEMA_GLOBS = ("**/schema/**", "**/schemas/**", "**/migrations/**", "schema.*", "*.schema.*", "*.sql", "*.prisma")
"""What counts as a schema where nothing else is named."""

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FIELD = re.compile(r"\s*(?:[-*]\s+)?\**(?P<name>Task|Repository|Base SHA|Date|Name|Signature)\**\s*:\**(?P<value>.*)", re.IGNORECASE)
_BLANK = re.compile(r"[_\s.]*|yyyy-mm-dd|<[^>]*>", re.IGNORECASE)
_TASK = re.compile(r"[a-z0-9][a-z0-9._-]*", re.IGNORECASE)
_TASK_LIMIT = 100
_SCOPE, _HUMAN = "approved scope", "human approval"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalContract:
    """A contract as it was read: its fields (empty: blank or missing), `signed` being the date of the approval. `disputes` are what cannot
    be read as a contract at all."""

    task: str
    repository: str
    base: str
    date: str
    name: str
    signature: str
    signed: str
    scopes: Scopes
    disputes: tuple[Disputed, ...] = ()


@dataclass(frozen=True, slots=True)
class OutOfScope:
    """A path that the contract does not approve, and why as a lower-case fact."""

    path: RepoPath
    why: str


def contract_path(task: str) -> RepoPath:
    """Return where the contract of a task is."""
    return RepoPath(f"{TRACE}/{task}/contract/approval.md")


def token_path(task: str) -> RepoPath:
    """Return where the machine gate file of a task is."""
    return RepoPath(f"{TRACE}/{task}/contract/APPROVED")


def is_task(name: str) -> bool:
    """True for a name that a task may have: letters, digits, `.`, `_` and `-`, at most 100 characters."""
    return len(name) <= _TASK_LIMIT and _TASK.fullmatch(name) is not None


def parse_contract(raw: bytes) -> ApprovalContract | Defect:
    """Return the contract of these bytes, or why they are no text of the allowed size. Never raises; linear in the size."""
    if len(raw) > LIMITS.document_bytes:
        return Defect(f"expected at most {LIMITS.document_bytes} bytes, found {len(raw)}")
    text = decode_document(raw)
    if isinstance(text, Defect):
        return text
    seen = _COMMENT.sub(lambda found: "\n" * found.group().count("\n"), text)
    lines = [line.rstrip("\r") for line in seen.split("\n")]
    if len(lines) > LIMITS.document_lines:
        return Defect(f"expected at most {LIMITS.document_lines} lines, found {len(lines)}")
    parts = _parts(lines)
    head, head_twice = _fields(parts[""])
    human, human_twice = _fields(parts.get(_HUMAN, ()))
    scopes = read_scopes(parts.get(_SCOPE, ()))
    missing = [Disputed("section", f"## {title.upper()}", "none") for title in (_SCOPE, _HUMAN) if title not in parts]
    return ApprovalContract(
        task=head.get("task", ""),
        repository=head.get("repository", ""),
        base=head.get("base sha", "").lower(),
        date=head.get("date", ""),
        name=human.get("name", ""),
        signature=human.get("signature", ""),
        signed=human.get("date", ""),
        scopes=scopes,
        disputes=(*missing, *head_twice, *human_twice, *scopes.disputes),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a contract beside what it must be; `actual` is empty for one that is blank."""

    field: str
    expected: str
    actual: str
    agrees: bool


def compared(contract: ApprovalContract, *, task: str, repository: str, head: CommitId | None) -> tuple[Row, ...]:
    """Return each field beside the facts, in the order of the page. `repository` is the name of its folder."""
    named = contract.repository.rstrip("/").rpartition("/")[2].removesuffix(".git")
    return (
        Row("Task", task, contract.task, contract.task == task),
        Row("Repository", repository, contract.repository, named == repository),
        Row("Base SHA", f"HEAD, {head}" if head else "a commit, and the repository has none", contract.base, contract.base == head),
        Row("Date", "a date", contract.date, bool(contract.date)),
        Row("Name", "the name of who approves", contract.name, bool(contract.name)),
        Row("Date of the approval", "a date", contract.signed, bool(contract.signed)),
        Row("Approved scope", "a ticked section that names a path in backticks", *_scope_said(contract)),
    )


def _scope_said(contract: ApprovalContract) -> tuple[str, bool]:
    count = sum(len(contract.scopes.approved(section)) for section in Section)
    return f"{count} approved" if count else "nothing is approved", bool(count)


def disputes_of(contract: ApprovalContract, rows: Sequence[Row]) -> tuple[Disputed, ...]:
    """Return everything that keeps a contract from being approved."""
    return (*contract.disputes, *(Disputed(row.field, row.expected, row.actual or "blank") for row in rows if not row.agrees))


def out_of_scope(
    contract: ApprovalContract, paths: Iterable[RepoPath], schema_globs: Iterable[str] = SCHEMA_GLOBS
) -> tuple[OutOfScope, ...]:
    """Return those of `paths` that may not be changed: named by no ticked section, or a schema that the section for schemas does not name.

    Of globs that cannot be read nobody knows what is a schema: then everything is one.
    """
    approved = {section: _globs(contract.scopes.approved(section)) for section in Section}
    schema = compile_globs(schema_globs)
    found = []
    for path in paths:
        is_schema = isinstance(schema, Defect) or schema.matches(path)
        wanted = (Section.SCHEMA,) if is_schema else tuple(Section)
        if not any(globs.matches(path) for section in wanted if (globs := approved[section])):
            why = f"a schema, and '{Section.SCHEMA}' does not approve it" if is_schema else "no ticked section names it"
            found.append(OutOfScope(path, why))
    return tuple(found)


def _globs(paths: tuple[str, ...]) -> GlobSet | None:
    compiled = compile_globs(map(anchored, paths)) if paths else None
    # All of them together may be more than one expression can hold: then they approve nothing.
    return compiled if isinstance(compiled, GlobSet) else None


def _parts(lines: list[str]) -> dict[str, list[tuple[int, str]]]:
    """Return the numbered lines by the title of their section in lower case, empty for those before the first one."""
    parts: dict[str, list[tuple[int, str]]] = {"": []}
    title = ""
    for number, line in enumerate(lines, 1):
        if line.startswith(("## ", "##\t")):
            title = line.strip("# \t").lower()
            parts.setdefault(title, [])
        else:
            parts[title].append((number, line))
    return parts


def _fields(lines: Iterable[tuple[int, str]]) -> tuple[dict[str, str], list[Disputed]]:
    values: dict[str, str] = {}
    twice = []
    for number, line in lines:
        found = _FIELD.fullmatch(line)
        if found is None:
            continue
        name, value = found["name"].lower(), found["value"].strip()
        if name in values:
            twice.append(Disputed(found["name"], "the field once", "a second one", number))
        else:
            values[name] = "" if _BLANK.fullmatch(value) or not visible(value) else value
    return values, twice
