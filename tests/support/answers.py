"""Answers of audits for tests of the record: a clean report, to be varied by keyword."""

from __future__ import annotations

from typing import Any

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.checklist import CHECKLIST
from forgewatch.core.events import Envelope, Trigger
from forgewatch.core.report import ChangedPath, DiffLogFacts, Failed, Report
from forgewatch.core.repository_facts import Facts, FactsRequest
from forgewatch.core.snapshot import Ancestry, ChangeKind
from forgewatch.core.values import CommitId, Digest, Phase, RepoPath
from forgewatch.core.verdict import Audit, CheckResult, Fault, Finding, Ruling, Severity

HEAD = CommitId("1" * 40)
PHASE = Phase("Phase 1 -- Things")


def digest(name: str) -> Digest:
    """Return a digest that depends on `name` only."""
    return digest_of_bytes(name.encode())


def envelope(at: str = "2026-11-20T12:00:00Z") -> Envelope:
    """Return circumstances with a fixed time."""
    return Envelope(at=at, duration_ms=112, host="testhost", assurance="local", engine="0.1.0")


def trigger(name: str = "log", cycle: int = 1) -> Trigger:
    """Return a trigger that depends on its arguments only."""
    return Trigger(cycle=cycle, document=digest(name), record=digest("record"))


def unclaimed(path: str = "backdoor.py") -> Finding:
    """Return the finding of a change nobody claimed."""
    return Finding(code="A101", path=path, message="changed but not claimed", expected="claimed", actual="untracked")


def results(**answers: Ruling | Fault) -> tuple[CheckResult, ...]:
    """Return the twelve results, all passing except those given by code."""
    return tuple(
        CheckResult(
            code=code,
            title=title,
            severity=Severity.BLOCKING if code.startswith("A") else Severity.WARNING,
            answer=answers.get(code, Ruling(basis=f"{code} looked at")),
        )
        for code, title in CHECKLIST
    )


def report(name: str = "first", *, results: tuple[CheckResult, ...] = results(), **parts: Any) -> Report:
    """Return a passing report whose identity depends on `name`."""
    values: dict[str, Any] = {
        "audit": Audit(results),
        "phase": PHASE,
        "difflog": DiffLogFacts(status="COMPLETE", line=8, digest=digest("log")),
        "claimed": (RepoPath("app/a.py"),),
        "changed": (ChangedPath(RepoPath("app/a.py"), ChangeKind.MODIFIED),),
        "head": HEAD,
        "tree": digest(f"tree {name}"),
        "record": digest(f"record {name}"),
        "policy": digest("policy"),
        "snapshot": digest(f"snapshot {name}"),
        "verdict_digest": digest(f"verdict {name}"),
        "identity": digest(f"identity {name}"),
    }
    return Report(**{**values, **parts})


def failing(name: str = "first", *findings: Finding, **parts: Any) -> Report:
    """Return a report that fails A1."""
    ruling = Ruling(basis="3 changed, 2 claimed", findings=findings or (unclaimed(),))
    return report(name, results=results(A1=ruling), **parts)


def unjudged(name: str = "first", why: str = "no such object", **parts: Any) -> Report:
    """Return a report whose only fault is a check that could not be judged."""
    return report(name, results=results(A4=Fault(why)), **parts)


class Unmoved:
    """The part of `ports.Auditor` that looks at HEAD and makes ready: HEAD stands where the record has it, whatever is there."""

    def look(self, request: FactsRequest) -> Facts | Failed:
        return Facts(head=request.anchor, branch="main", ancestry=Ancestry.LINEAR)

    def expect(self) -> None:
        """Nothing has to be made ready."""
