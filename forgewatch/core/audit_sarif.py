"""One audit as SARIF 2.1.0 (OASIS standard, errata 01). Pure: the same recorded audit gives the same object; it does not name the host.

What a reader may rely on:
1. A finding is a result of the kind `fail`, with the level of what it does to the audit: `error`, `warning`, or `note` for a note.
2. A check that found nothing is one result of the kind `pass` or `notApplicable`, under the code of the check.
3. A check that could not be judged is `open` and a notification, and `executionSuccessful` is false: what is missing then was not mended.
4. Every result has a location, for a reader may refuse a log over one without; what is about no file is located at the diff log.
5. Messages are escaped: a builder's text in them is neither a link nor a placeholder (sections 3.11.5, 3.11.6).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from forgewatch.core.audit_document import audit_id, results_of, why_unjudged
from forgewatch.core.canonical import Json, digest_of_json
from forgewatch.core.catalogue import CodeDoc
from forgewatch.core.events import AuditRecorded
from forgewatch.core.finding_text import finding_line
from forgewatch.core.places import Places
from forgewatch.core.sarif_rules import sarif_rules
from forgewatch.core.text import escape, recordable
from forgewatch.core.verdict import CheckResult, Fault, Finding, Severity, Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
LISTED = 20_000
"""So many findings and notes have a result each; the others are counted. GitHub refuses a run of more than 25,000."""

_KINDS = {Verdict.PASS: "pass", Verdict.NOT_APPLICABLE: "notApplicable", Verdict.ERROR: "open"}
_MOVING = re.compile(r"\b(?:line|column)s? \d+|\bHEAD:? [0-9a-f]{7,64}\b|\b\d+ (?:%|changed\b)")


@dataclass(frozen=True, slots=True)
class _Frame:
    """What every result needs: rule -> its place among the rules, the uri of the diff log, the root that no text may name."""

    rules: Mapping[str, int]
    difflog: str
    root: str

    def result(self, rule: str, kind: str, level: str, text: str, place: Mapping[str, Json] | None = None) -> dict[str, Json]:
        """Return a result; one without a place of its own is at the diff log."""
        index: dict[str, Json] = {"ruleIndex": self.rules[rule]} if rule in self.rules else {}
        located = place or _artifact(self.difflog)
        return {
            "ruleId": rule,
            **index,
            "kind": kind,
            "level": level,
            "message": {"text": _message(text)},
            "locations": [{"physicalLocation": located}],
        }

    def rule(self, code: str) -> dict[str, Json]:
        """Return the reference to a rule, nothing for a code that no rule is about."""
        return {"associatedRule": {"id": code, "index": self.rules[code]}} if code in self.rules else {}

    def local(self, text: str) -> str:
        """Return a text about the machine without the folder that the repository is in, escaped."""
        return escape(text if self.root in ("", "/") else text.replace(f"{self.root}/", "").replace(self.root, "the repository"))


def audit_sarif(event: AuditRecorded, docs: Mapping[str, CodeDoc], places: Places, entry: str | None, repository: str) -> dict[str, Json]:
    """Return the SARIF log of one audit, one run. `entry` says where it is recorded, None: nowhere. `repository` is the folder whose
    name is kept out of the texts."""
    rules = sarif_rules(docs)
    frame = _Frame({rule: number for number, rule in enumerate(rules)}, quote(places.diff_log), repository)
    results = results_of(event)
    run: dict[str, Json] = {
        "tool": {"driver": {"name": "forgewatch", "version": event.envelope.engine, "rules": list(rules.values())}},
        # Up to the last slash it names what is compared from run to run, after it this run (3.17.2).
        "automationDetails": {"id": f"forgewatch/audit/{audit_id(event)}"},
        "invocations": [_invocation(event, results, frame)],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [*_whole(results, frame), *_listed(results, frame)],
        "properties": _circumstances(event, entry),
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _invocation(event: AuditRecorded, results: tuple[CheckResult, ...], frame: _Frame) -> Json:
    if event.report is None:
        # One reason for all twelve, told once.
        told = [_notification("error", f"not judged: {frame.local(why_unjudged(event))}", {})]
    else:
        told = [
            _notification(_level(one), f"{one.code} {one.title} {_unjudged(one.answer, frame)}", frame.rule(one.code))
            for one in results
            if isinstance(one.answer, Fault)
        ]
    return {"executionSuccessful": not told, "toolExecutionNotifications": told}


def _notification(level: str, text: str, rule: Mapping[str, Json]) -> Json:
    return {**rule, "level": level, "message": {"text": _message(text)}}


def _circumstances(event: AuditRecorded, entry: str | None) -> Json:
    return {
        "outcome": event.outcome.value,
        "stop": event.stop.value if event.stop else None,
        "phase": recordable(event.phase),
        "iteration": event.iteration,
        "head": event.report.head if event.report else None,
        "at": event.envelope.at,
        "assurance": event.envelope.assurance,
        "entry": entry,
    }


def _whole(results: tuple[CheckResult, ...], frame: _Frame) -> Iterator[Json]:
    """Yield one result for each check that is told as a whole: it found nothing, or could not be judged."""
    for result in results:
        if result.verdict in _KINDS:
            text = _unjudged(result.answer, frame) if isinstance(result.answer, Fault) else escape(result.answer.basis)
            yield frame.result(result.code, _KINDS[result.verdict], "none", text)


def _unjudged(fault: Fault, frame: _Frame) -> str:
    return f"could not be judged: {frame.local(fault.why)}"


def _level(result: CheckResult) -> str:
    return "error" if result.severity is Severity.BLOCKING else "warning"


def _listed(results: tuple[CheckResult, ...], frame: _Frame) -> Iterator[Json]:
    """Yield a result per finding, then per note, and for what is over the limit one per check that says how many."""
    told = [(result, _level(result), finding) for result in results for finding in result.findings]
    told += [(result, "note", note) for result in results if not isinstance(result.answer, Fault) for note in result.answer.notes]
    seen: Counter[str] = Counter()
    for result, level, finding in told[:LISTED]:
        name = _fingerprint(finding)
        seen[name] += 1
        # The same thing twice in one file (two equal lines) is two results, told apart by their order.
        same = {"forgewatch/v1": f"{name}:{seen[name]}"}
        text = finding_line(finding).removeprefix(f"{finding.code} ")
        found = frame.result(finding.code, "fail", level, text, _place(finding))
        yield {**found, "partialFingerprints": same, "properties": {"check": result.code}}
    rest = Counter((result.code, level) for result, level, _ in told[LISTED:])
    for (check, level), count in rest.items():
        yield frame.result(check, "fail", level, f"and {count} more: forgewatch audit --json lists each")


def _fingerprint(finding: Finding) -> str:
    about = (_MOVING.sub("", _placeless(text, finding)) for text in (finding.message, finding.expected, finding.actual))
    return digest_of_json([finding.code, finding.path, *about]).removeprefix("sha256:")


def _placeless(text: str, finding: Finding) -> str:
    # Only the finding's own place is taken out, not every number after a colon: a finding that was once dismissed must not excuse another.
    here = f"{finding.path}:{finding.line}"
    return re.sub(rf"{re.escape(here)}(?::\d+)?\b", "", text) if here in text else text


def _place(finding: Finding) -> Mapping[str, Json] | None:
    path = finding.path or ""
    if not path or path.startswith("/") or ".." in path.split("/"):
        return None
    region: dict[str, Json] = {"region": {"startLine": finding.line}} if (finding.line or 0) > 0 else {}
    return {**_artifact(quote(recordable(path))), **region}


def _artifact(uri: str) -> dict[str, Json]:
    return {"artifactLocation": {"uri": uri, "uriBaseId": ROOT}}


def _message(text: str) -> str:
    # Links are broken already, by `escape`, in the standard's own way.
    return text.replace("{", "{{").replace("}", "}}")
