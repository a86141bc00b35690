"""What the builder wrote and what the directive says: the first things an audit reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from forgewatch.core.difflog import Claim, DiffLogReading
from forgewatch.core.difflog_parser import parse_claim_arguments, parse_difflog
from forgewatch.core.directive import Directive, parse_directive
from forgewatch.core.phase_words import parse_phase
from forgewatch.core.places import Places
from forgewatch.core.ports import WorkingTree
from forgewatch.core.readings import log_of
from forgewatch.core.report import AuditRequest
from forgewatch.core.values import UNKNOWN_PHASE, Absent, Content, Phase, RepoPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What the builder wrote: the diff log, the claim in force, and what the directive says."""

    raw_log: Content
    log: DiffLogReading
    claim: Claim
    given: bool
    phase: Phase
    directive: Directive


def read_papers(request: AuditRequest, tree: WorkingTree, places: Places) -> Papers:
    """Read diff log and directive. A claim given on the command line replaces the diff log's (contract §10.7)."""
    limit = request.settings.limits.document_bytes
    directive = directive_of(lambda path: tree.read(path, request.settings.limits.contract_bytes), places)
    raw: Content = request.document if request.document is not None else tree.read(places.diff_log, 64 * limit)
    log = parse_difflog(raw, directive.phase)
    named = parse_phase(request.given.phase) if request.given and request.given.phase else None
    if request.given is not None and request.given.raw is not None:
        claim = parse_claim_arguments(request.given.raw)
        return Papers(raw_log=raw, log=log, claim=claim, given=True, phase=named or UNKNOWN_PHASE, directive=directive)
    read = log_of(log)
    claim = read.claim if read else Claim(stated=False)
    phase = named or (read.phase if read else directive.phase or UNKNOWN_PHASE)
    return Papers(raw_log=raw, log=log, claim=claim, given=False, phase=phase, directive=directive)


def directive_of(read: Callable[[RepoPath], Content], places: Places) -> Directive:
    """Return what the directive says, by the first of its accepted names that is there; everything is off without one."""
    for path in places.directives:
        content = read(path)
        if not isinstance(content, Absent):
            return parse_directive(content)
    return parse_directive(Absent())
