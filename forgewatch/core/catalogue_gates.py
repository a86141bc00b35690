"""What the codes of the gates mean: R of `gate read`, E of `gate evidence` (contract §1, §2). They stand in no audit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from forgewatch.core.catalogue import ASK, CodeDoc
from forgewatch.core.evidence_bundle import GATE as EVIDENCE
from forgewatch.core.read_gate import GATE as READ

_LIST = "## Files to be edited\n- `app/a.py`\n- app/b.py (new)"
_TEMPLATE = "forgewatch gate evidence --template prints a bundle to be filled in."


def _absent(code: str, what: str, fix: str) -> tuple[CodeDoc, CodeDoc]:
    return (
        CodeDoc(
            code=f"{code}01",
            title=f"{what} is missing",
            means=f"The read gate needs this {what}, and there is none, or nothing is in it (contract §1).",
            good="blueprint.md  present  sha256:...",
            bad="blueprint.md  missing  is missing",
            fix=fix,
            action="have {path} written",
            ways=(ASK,),
        ),
        CodeDoc(
            code=f"{code}02",
            title=f"{what} cannot be read",
            means="Something is there that is no regular file, is too large, or that we may not read. Symlinks are not followed.",
            good="blueprint.md  present  sha256:...",
            bad="blueprint.md  unreadable  is a symlink",
            fix="Put the file itself there.",
            action="put the file itself at {path}",
            ways=(ASK,),
        ),
    )


def _heading(code: str, title: str) -> tuple[CodeDoc, CodeDoc]:
    return (
        CodeDoc(
            code=f"{code}01",
            title=f"no heading: {title}",
            means=f"The evidence bundle has no heading that says: {title} (contract §2). Other words for it are understood.",
            good=f"## {title}\nwhat is known",
            bad="a bundle without it",
            fix=f"Write it. {_TEMPLATE}",
            action="write the heading in {path}",
        ),
        CodeDoc(
            code=f"{code}02",
            title=f"nothing below the heading: {title}",
            means="Nothing stands there but blanks, comments or what is left of the template.",
            good=f"## {title}\nwhat is known",
            bad=f"## {title}\nTODO: what is known",
            fix="Say what is known; where there is nothing, say that, as: none, no runtime issue.",
            action="write what is known at {path}:{line}",
        ),
    )


def _files() -> Iterator[CodeDoc]:
    rows = (
        ("E203", "no file is listed", "- some of the routers", "List exact paths, one a line."),
        ("E204", "no exact path", "- app/*.py", "Write the path of each file below the repository's root."),
        ("E205", "listed and not there", "- app/gone.py", "Correct the path, or mark the file: (new), (deleted)."),
    )
    for code, title, bad, fix in rows:
        means = "The bundle lists the files to be edited by exact paths; a file is there, or is marked as new or deleted (contract §2)."
        yield CodeDoc(code=code, title=title, means=means, good=_LIST, bad=bad, fix=fix, action="correct the list at {path}:{line}")


_FURTHER = (
    CodeDoc(
        code="R103",
        title="contract that is not filled in",
        means="The contract still holds a line of the template that `forgewatch init` wrote, where a person has to write what holds in "
        "this project. It is there, so the gate stays open; a builder learns nothing from it.",
        good="## Purpose\n\nPeople keep notes, and find them again.",
        bad="## Purpose\n\nOne paragraph: the problem, who has it, and how this project solves it.",
        fix="Have the director write it, or take the line out where there is nothing to say.",
        action="have {path}:{line} written",
        allows=(),
        ways=(ASK,),
        note=True,
    ),
    CodeDoc(
        code="R203",
        title="the ledger is not what the journal says",
        means="The ledger file was changed or deleted after it was written; what it tells is no evidence (contract §10.6).",
        good="audit_ledger.md equals the journal",
        bad="audit_ledger.md  missing, after three entries",
        fix="The operator restores it: forgewatch ledger restore",
        action="have the operator restore {path}",
        ways=(ASK,),
    ),
    CodeDoc(
        code="R301",
        title="new work must not begin",
        means="A FAIL of another phase, a sign-off that awaits AUTHORIZED, an authorized tree that is not committed, or a phase that "
        "used up its loops holds new work (contract §1 item 10, §10.3, §10.4).",
        good="Phase 1 is AUTHORIZED (committed), and Phase 2 begins",
        bad="Phase 1 is SIGNED-OFF (awaiting AUTHORIZED), and Phase 2 begins",
        fix="Take one of the ways out that the gate names: go on with the phase that failed, or have the operator decide.",
        action="resolve the work that is open",
        allows=(),
        ways=(ASK,),
    ),
    CodeDoc(
        code="R401",
        title="table that no phase takes up",
        means="As XM01, noted in phase 0 where it costs nothing to mend (contract §9.6).",
        good="schema.md: ### trades; phases.md, Phase 2: implement TradeRepo",
        bad="schema.md: ### trades, and no phase says a word of it",
        fix="Ask the operator which phase creates the repository, or whether the table goes.",
        action="have the operator name the table {actual} in a phase of phases.md, or take it out of {path}",
        allows=(),
        ways=(ASK,),
    ),
)

GATES: Mapping[str, str] = MappingProxyType(
    {**{str(check.code): check.title for check in READ.checks}, **{str(check.code): check.title for check in EVIDENCE.checks}}
)
"""The checks of the gates and their titles, in order."""

GATE_DOCS: Mapping[str, CodeDoc] = MappingProxyType(
    {
        doc.code: doc
        for doc in sorted(
            (
                *_absent("R1", "contract", "Have the operator, or the director, put it there; `ui.md` only with a frontend."),
                *_absent("R2", "evidence", "Write the diff log of the last cycle; have a ledger that is gone restored."),
                *_FURTHER,
                *(doc for check in EVIDENCE.checks for doc in _heading(check.code, check.title)),
                *_files(),
            ),
            key=lambda doc: (doc.code[0] == "E", doc.code),
        )
    }
)
"""Every code of a gate with its documentation."""
