"""The contract read gate: ten items in their order, and what keeps it shut (contract §1).

Items 1 to 7 have to be there, 7 only with a frontend, 8 and 10 count when they exist. The diff log may be missing as long as nothing was
done yet: in phase 0, or before anything is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.events import ReadFile
from forgewatch.core.frontend_switch import FrontendSaid
from forgewatch.core.gate import Gate
from forgewatch.core.new_work import Hold
from forgewatch.core.phase_words import phase_number
from forgewatch.core.phases import parse_phases
from forgewatch.core.places import Places
from forgewatch.core.schema_tables import SENTENCE, Table, parse_tables, untaken
from forgewatch.core.text import counted
from forgewatch.core.values import UNKNOWN_PHASE, Absent, Content, Digest, Phase, RepoPath
from forgewatch.core.verdict import Audit, Check, CheckCode, Finding, Ruling, Severity, StopReason

NO_LEDGER = "No audit ledger found"
"""What is noted where there is no ledger: the contract's words (contract §1, item 10)."""

_NAMES = ("blueprint.md", "manifesto.md", "stack.md", "schema.md", "physics.yaml", "boundaries.json", "ui.md")
_UI, _DIRECTIVE, _DIFF_LOG = 7, 8, 9
_BLANK = b" \t\r\n\f\v\0\xef\xbb\xbf"


class State(StrEnum):
    """How an item of the gate was found."""

    PRESENT = "present"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    NOT_APPLICABLE = "n.a."


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One of the ten. `why` says more than the state, raw; `digest` is of its bytes, None where there are none."""

    number: int
    path: RepoPath
    state: State
    why: str = ""
    digest: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadGround:
    """What the gate looks at. `exempt`: nothing was done yet, so evidence of it may be missing. `hold` keeps new work from beginning.
    `ledger` says why the ledger cannot be believed, empty when it can. `tables` are those that no phase takes up, in phase 0. `unfilled`
    are notes about contracts that nobody has written yet."""

    items: tuple[Item, ...]
    frontend: FrontendSaid
    phase: Phase
    exempt: bool
    hold: Hold | None
    ledger: str = ""
    tables: tuple[Table, ...] = ()
    unfilled: tuple[Finding, ...] = ()


def gate_paths(places: Places, exists: Callable[[RepoPath], bool]) -> tuple[RepoPath, ...]:
    """Return the paths of the ten items in their order; the directive by the name that is there (contract §1)."""
    directive = next((path for path in places.directives if exists(path)), places.directives[0])
    contracts = (RepoPath(f"{places.contracts}/{name}") for name in _NAMES)
    return (*contracts, directive, places.diff_log, places.ledger)


def is_exempt(phase: Phase, *, recorded: bool) -> bool:
    """True in phase 0, and where no phase is known and nothing is recorded: the gate is fully active once phase 0 is done (S002-1-7)."""
    return phase_number(phase) == "Phase 0" or (phase == UNKNOWN_PHASE and not recorded)


def items_of(
    paths: tuple[RepoPath, ...], contents: Mapping[RepoPath, Content], frontend: FrontendSaid, *, recorded: bool
) -> tuple[Item, ...]:
    """Return the ten items as they were found. `recorded`: the ledger has entries, so it cannot be one that does not exist yet."""
    return tuple(_item(number, path, contents[path], frontend, recorded=recorded) for number, path in enumerate(paths, 1))


def _item(number: int, path: RepoPath, content: Content, frontend: FrontendSaid, *, recorded: bool) -> Item:
    optional = _why_optional(number, frontend, recorded=recorded)
    if isinstance(content, bytes):
        blank = number < _DIRECTIVE and not optional and not content.strip(_BLANK)
        return Item(
            number=number,
            path=path,
            state=State.MISSING if blank else State.PRESENT,
            why="is empty" if blank else "",
            digest=digest_of_bytes(content),
        )
    if optional and (isinstance(content, Absent) or number == _UI):
        return Item(number=number, path=path, state=State.NOT_APPLICABLE, why=optional)
    if isinstance(content, Absent):
        return Item(number=number, path=path, state=State.MISSING, why="is missing")
    return Item(number=number, path=path, state=State.UNREADABLE, why=content.why)


def _why_optional(number: int, frontend: FrontendSaid, *, recorded: bool) -> str:
    """Return why an item need not be there, empty when it has to be."""
    match number:
        case 7 if not frontend.needed:
            return frontend.why
        case 8:
            return "there is no directive"
        case 10 if not recorded:
            return NO_LEDGER
        case _:
            return ""


def untaken_tables(phase: Phase, schema: Content, phases: Content) -> tuple[Table, ...]:
    """Return the tables that no phase takes up, as phase 0 notes them; none in a later phase or without both documents (contract §9.6)."""
    if phase_number(phase) != "Phase 0" or not isinstance(schema, bytes) or not isinstance(phases, bytes):
        return ()
    planned = parse_phases(phases)
    return untaken(parse_tables(schema), planned) if planned else ()


def read_files(items: Iterable[Item]) -> tuple[ReadFile, ...]:
    """Return what `gate read --ack` states to have read."""
    return tuple(ReadFile(item.path, item.digest) for item in items)


def contracts_in(files: Iterable[ReadFile], places: Places) -> tuple[tuple[RepoPath, Digest | None], ...]:
    """Return the contracts among the files that were read: the diff log and the ledger change with every cycle."""
    return tuple((file.path, file.digest) for file in files if file.path.startswith(f"{places.contracts}/"))


def changed_since(read: Iterable[tuple[RepoPath, Digest | None]], look: Callable[[RepoPath], Content]) -> tuple[RepoPath, ...]:
    """Return the contracts that are not what was read; one that cannot be read now is another one too."""
    return tuple(path for path, digest in read if _digest_of(look(path)) != digest)


def _digest_of(content: Content) -> Digest | str | None:
    if isinstance(content, bytes):
        return digest_of_bytes(content)
    return None if isinstance(content, Absent) else content.why


def changed_note(changed: Iterable[RepoPath]) -> tuple[str, ...]:
    """Return the line of an entry's Notes about contracts that changed since they were read, none when none did (S002-1-8)."""
    names = ", ".join(path.rpartition("/")[2] for path in changed)
    return (f"contracts changed since they were read: {names}",) if names else ()


def stop_of_gate(audit: Audit, hold: Hold | None = None) -> StopReason | None:
    """Return the STOP of a gate that is shut, None for an open one; `hold` is that of its ground.

    Missing evidence is told first: without it nobody knows the rest."""
    for result in audit.results:
        if result.blocks:
            held = hold.stop if hold is not None and result.code == _NEW_WORK else None
            return held or _STOPS.get(result.code, StopReason.EVIDENCE_MISSING)
    return None


def _are_there(ground: ReadGround) -> Ruling:
    # A template is a contract that is there: the contract stops for a file that is missing, and for nothing else (§1).
    return replace(_ruling("R1", [item for item in ground.items if item.number < _DIRECTIVE]), notes=ground.unfilled)


def _evidence(ground: ReadGround) -> Ruling:
    told = [item for item in ground.items if item.number >= _DIRECTIVE]
    ruling = _ruling("R2", [item for item in told if not (ground.exempt and item.number == _DIFF_LOG and item.state is State.MISSING)])
    if not ground.ledger or any(found.path == ground.items[-1].path for found in ruling.findings):
        return ruling
    lost = Finding(
        code="R203", path=ground.items[-1].path, message=ground.ledger, expected="the ledger as the journal has it", actual=ground.ledger
    )
    return Ruling(basis=ruling.basis, findings=(*ruling.findings, lost))


def _ruling(code: str, items: list[Item]) -> Ruling:
    missing = [item for item in items if item.state is State.MISSING]
    unreadable = [item for item in items if item.state is State.UNREADABLE]
    findings = [Finding(code=f"{code}01", path=item.path, message=item.why, expected="the file", actual=item.why) for item in missing]
    findings += [
        Finding(code=f"{code}02", path=item.path, message=item.why, expected="a file that can be read", actual=item.why)
        for item in unreadable
    ]
    findings.sort(key=lambda found: [item.path for item in items].index(RepoPath(str(found.path))))
    there = sum(item.state is State.PRESENT for item in items)
    return Ruling(basis=f"{there} of {counted(len(items), 'item')} there", findings=tuple(findings))


def _may_begin(ground: ReadGround) -> Ruling:
    if ground.hold is None:
        return Ruling(basis="nothing holds new work")
    held = Finding(code="R301", message=ground.hold.why, expected="no work that is open", actual=ground.hold.why)
    return Ruling(basis="new work must not begin", findings=(held,))


def _taken_up(ground: ReadGround) -> Ruling:
    if phase_number(ground.phase) != "Phase 0":
        return Ruling(basis="noted in phase 0", applicable=False)
    schema = ground.items[3].path
    findings = tuple(
        Finding(
            code="R401",
            path=schema,
            line=table.line,
            message=SENTENCE.format(table_name=table.name),
            expected="a phase that creates its repository",
            actual=table.name,
        )
        for table in ground.tables
    )
    return Ruling(basis=f"{counted(len(findings), 'table')} without a phase", findings=findings)


_BLOCKING, _WARNING = Severity.BLOCKING, Severity.WARNING
_NEW_WORK = CheckCode("R3")
_STOPS = {CheckCode("R4"): StopReason.AMBIGUOUS_INTENT}

GATE: Gate[ReadGround] = Gate(
    "read",
    (
        Check(code=CheckCode("R1"), title="Contracts are there", severity=_BLOCKING, judge=_are_there),
        Check(code=CheckCode("R2"), title="Evidence is there", severity=_BLOCKING, judge=_evidence),
        Check(code=_NEW_WORK, title="New work may begin", severity=_BLOCKING, judge=_may_begin),
        Check(code=CheckCode("R4"), title="Tables taken up by phases", severity=_WARNING, judge=_taken_up),
    ),
)
"""The read gate. A table without a phase is noted, and blocks in the release profile (`app.engine.table_for`)."""
