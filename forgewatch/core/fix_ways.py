"""The ways to mend a finding, for programs: what `action` says in words, as operations on files (contract §10.3; checks.md, Fix plan).

One way is enough, and its operations are done in their order. A catalogue row writes an operation as a verb and what it is done on:

    claim path      name the file in the claim                     unclaim path   take the row that names it out
    sync path       claim the file iff it differs from the commit  restore path   put it back as the commit has it, or remove it
    clear path      the same, whatever stands there                move path X    give the content of `path` the name X
    edit path       change the file until `action` is done         edit any       the same, in any file that is allowed
    declare         the manifest names the distribution            unflag path    take the flags of the index off
    write difflog   begin the diff log anew, before all else       state S: L     under heading S say what is true of L
    uncommit        HEAD is the commit that is expected again, the files stay
    test            run the tests, whose runner writes the record  ask            a person has to act

Whoever edits, restores or moves a file that is judged has to run the tests again: a record is of one tree (checks.md A8).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from forgewatch.core.catalogue import ASK, CodeDoc
from forgewatch.core.claim_rows import read_row
from forgewatch.core.places import Places
from forgewatch.core.text import recordable
from forgewatch.core.values import Refused, parse_repo_path
from forgewatch.core.verdict import Finding

_SECTION = "Files Changed"
_PLAIN = re.compile(r"(?:[A-Za-z_][\w-]*/)+[A-Za-z_][\w-]*\.[a-z]{1,9}", re.ASCII)
"""Most names: there may be tens of thousands of them."""


_COMMIT = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b")


class Verb(StrEnum):
    """What is to be done. Closed; the schema of the audit's JSON lists the same words and says what each means."""

    CLAIM = "claim"
    UNCLAIM = "unclaim"
    SYNC = "sync_claim"
    RESTORE = "restore"
    MOVE = "move"
    EDIT = "edit"
    DECLARE = "declare"
    UNFLAG = "unflag"
    UNCOMMIT = "uncommit"
    WRITE = "write"
    STATE = "state"
    TEST = "test"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """One operation. `path` is the file that changes, but for the verbs of the claim: there it is the file that is claimed, and `file`
    changes. `text` is written word for word (claim, declare, state), or says what is to be done (edit, ask). Strings are raw."""

    op: Verb
    path: str | None = None
    file: str | None = None
    section: str | None = None
    label: str | None = None
    line: int | None = None
    to: str | None = None
    commit: str | None = None
    text: str | None = None

    @property
    def touches(self) -> tuple[str, ...]:
        """The files that the operation changes."""
        return tuple(place for place in (self.file or self.path, self.to) if place and self.op is not Verb.UNFLAG)


Way = tuple[Op, ...]
"""Operations that together mend a finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One finding, and what its ways are made of. `files` are the paths that a token of the catalogue stands for; `action` is the words
    for people; `changed` are all changed paths, `commit` is what they are changed from, None before the first. `secret`: what looks like
    a secret is in the file, and a claim would only record it. `row` is the line of the diff log that claims the finding's path."""

    finding: Finding
    action: str
    places: Places
    files: Mapping[str, tuple[str, ...]]
    changed: frozenset[str] = frozenset()
    commit: str | None = None
    secret: bool = False
    row: int | None = None


def is_for_operator(doc: CodeDoc) -> bool:
    """True for a code that no builder can mend: the only way is to ask a person."""
    return doc.ways == (ASK,)


def ways_of(doc: CodeDoc, spot: Spot) -> tuple[Way, ...]:
    """Return the ways to mend one finding, the smallest first; never empty: where no other is open a person is asked."""
    templates = doc.ways or _usual(doc.allows)
    ways = [way for template in templates if _is_open(template, spot) for way in _spread(template, spot)]
    return tuple(dict.fromkeys(way for way in ways if way)) or ((_asked(spot),),)


def _usual(allows: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Return the way of a row that states none: to edit the first of its files. Evidence is no part of the tree that is tested."""
    first = allows[0]
    if first == "record":
        return (("test",),)
    return ((f"edit {first}",),) if first == "difflog" else ((f"edit {first}", f"sync {first}", "test"),)


def _is_open(template: tuple[str, ...], spot: Spot) -> bool:
    """True for a way that mends this finding: some are for another file than its own, or for files that it does not name."""
    record, paths = spot.places.test_record, spot.files["path"]
    named = {token for step in template for token in step.split(" ")[1:] if token in spot.files and token != "changed"}
    sayable = all(spot.files[token] and all(map(_can_be_said, spot.files[token])) for token in named)
    if not sayable and not template[0].startswith("unclaim"):
        return False
    if template == ("test",) or "edit path" in template:
        # The record is what the tests wrote; nobody edits it (S002-9.2-5).
        return (template == ("test",)) is (paths == (record,))
    if template[0] == "uncommit":
        return _COMMIT.search(spot.finding.expected) is not None
    if "claim path" in template:
        return not spot.secret and all(map(_can_be_claimed, paths))
    # What this cycle did not change is what the commit has: to put it back mends nothing.
    back = [path for step in template if step.startswith("restore ") for path in spot.files[step.removeprefix("restore ")]]
    return all(path in spot.changed for path in back)


def _can_be_said(path: str) -> bool:
    """True for a name that the document says in its own characters: a program finds the file by it."""
    return "\\" not in path and recordable(path) == path


def _can_be_claimed(path: str) -> bool:
    """True for a name that a row of a diff log, which is text of one line, can say."""
    if _PLAIN.fullmatch(path):
        return True
    parsed = parse_repo_path(path)
    if isinstance(parsed, Refused) or parsed != path or "`" in path or not path.isprintable():
        return False
    row = read_row(f"`{path}`")
    # A row that reads as words is held against the tree later, where the file is.
    return row.paths == (path,) or [one.raw for one in row.refused] == [path]


def _spread(template: tuple[str, ...], spot: Spot) -> Iterator[Way]:
    """Yield the way; where a manifest is to be changed, which is claimed then, one for each that may be it."""
    if not any(step.endswith(" manifest") for step in template):
        yield _way(template, spot)
        return
    for manifest in spot.files["manifest"]:
        yield _way(template, replace(spot, files={**spot.files, "manifest": (manifest,)}))


def _way(template: tuple[str, ...], spot: Spot) -> Way:
    steps = [step.partition(" ") for step in template]
    return tuple(op for verb, _, on in steps for op in _MAKERS[verb](on, spot))


def _claim(token: str, spot: Spot) -> Iterator[Op]:
    for path in spot.files[token]:
        yield Op(op=Verb.CLAIM, path=path, file=spot.places.diff_log, section=_SECTION, text=f"- `{path}`")


def _unclaim(token: str, spot: Spot) -> Iterator[Op]:
    log, finding = spot.places.diff_log, spot.finding
    if token == "row":
        yield Op(op=Verb.UNCLAIM, path=finding.actual, file=log, section=_SECTION, line=finding.line)
        return
    for path in spot.files[token]:
        yield Op(op=Verb.UNCLAIM, path=path, file=log, section=_SECTION, line=spot.row)


def _sync(token: str, spot: Spot) -> Iterator[Op]:
    for path in spot.files[token]:
        yield Op(op=Verb.SYNC, path=path, file=spot.places.diff_log, section=_SECTION, commit=spot.commit, text=f"- `{path}`")


def _restore(token: str, spot: Spot) -> Iterator[Op]:
    for path in spot.files[token]:
        yield Op(op=Verb.RESTORE, path=path, commit=spot.commit)


def _move(tokens: str, spot: Spot) -> Iterator[Op]:
    old, _, new = tokens.partition(" ")
    for path, to in zip(spot.files[old], spot.files[new], strict=False):
        yield Op(op=Verb.MOVE, path=path, to=to, commit=spot.commit)


def _edit(token: str, spot: Spot) -> Iterator[Op]:
    if token == "any":
        yield Op(op=Verb.EDIT, text=spot.action)
        return
    for path in spot.files[token]:
        line = spot.finding.line if path == spot.finding.path else None
        yield Op(op=Verb.EDIT, path=path, line=line, text=spot.action)


def _declare(_: str, spot: Spot) -> Iterator[Op]:
    # `A or B in requirements.txt`: any of the distributions brings the module.
    wanted = spot.finding.expected.partition(" in ")[0].partition(" or ")[0].removesuffix(" declared,")
    for path in spot.files["manifest"]:
        yield Op(op=Verb.DECLARE, path=path, text=wanted)


def _unflag(token: str, spot: Spot) -> Iterator[Op]:
    for path in spot.files[token]:
        yield Op(op=Verb.UNFLAG, path=path)


def _uncommit(_: str, spot: Spot) -> Iterator[Op]:
    yield from (Op(op=Verb.UNCOMMIT, commit=found) for found in _COMMIT.findall(spot.finding.expected))


def _write(token: str, spot: Spot) -> Iterator[Op]:
    for path in spot.files[token]:
        yield Op(op=Verb.WRITE, path=path)


def _state(where: str, spot: Spot) -> Iterator[Op]:
    # A finding about a section expects `section 'Summary' with text`, one about a label `Runtime: PASS`.
    told = spot.finding.expected
    section, _, label = where.replace("{expected}", told.split("'")[1] if "'" in told else told.partition(":")[0]).partition(": ")
    status = "COMPLETE" if label == "Status" else None
    yield Op(op=Verb.STATE, file=spot.places.diff_log, section=section, label=label or None, text=status)


def _test(_: str, spot: Spot) -> Iterator[Op]:
    yield Op(op=Verb.TEST, path=spot.places.test_record)


def _ask(_: str, spot: Spot) -> Iterator[Op]:
    yield _asked(spot)


def _asked(spot: Spot) -> Op:
    return Op(op=Verb.ASK, text=spot.action)


_MAKERS: Mapping[str, Callable[[str, Spot], Iterator[Op]]] = MappingProxyType(
    {
        "claim": _claim,
        "unclaim": _unclaim,
        "sync": _sync,
        "restore": _restore,
        "clear": _restore,
        "move": _move,
        "edit": _edit,
        "declare": _declare,
        "unflag": _unflag,
        "uncommit": _uncommit,
        "write": _write,
        "state": _state,
        "test": _test,
        "ask": _ask,
    }
)
