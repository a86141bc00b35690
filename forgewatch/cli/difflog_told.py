"""How the verbs of `difflog` tell what they did: lines as they come, or one document at the end in which null is what there is none of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from forgewatch.cli import screen
from forgewatch.core.difflog_steps import STEPS, Refusal
from forgewatch.core.repository_facts import Facts, staged_lines, status_lines
from forgewatch.core.text import PATH_LIMIT, escape, recordable
from forgewatch.core.verdict import Finding

if TYPE_CHECKING:
    from forgewatch.app.difflog_cycle import Written
    from forgewatch.app.difflog_rules import Judged
    from forgewatch.wiring.detached import Watcher

SCHEMA = "forgewatch/difflog/v1"
REFUSED = 1
"""Exit status of a verb that is refused."""

_NOTHING = ("refused", "log", "placeholders", "previous", "status", "staged", "watcher", "findings", "notes")
_WRITTEN = "the log is written; forgewatch difflog check reads it"


@dataclass(slots=True)
class Told:
    """What is told of one verb about one repository."""

    root: Path
    verb: str
    as_json: bool
    facts: dict[str, object] = field(default_factory=dict)

    def previous(self, lines: Sequence[str]) -> None:
        """Tell what the cycle before was, in its bullets, escaped already."""
        self.facts["previous"] = list(lines)
        self._show(["previous cycle:", *(f"  - {line}" for line in lines)])

    def dirty(self, facts: Facts) -> None:
        """Tell what `git status -sb` and `git diff --staged --name-only` say, before a word is asked for (contract §12)."""
        status, staged = status_lines(facts), staged_lines(facts)
        self.facts |= {"status": list(map(recordable, status)), "staged": list(map(recordable, staged))}
        # What stands before branch and path is ours.
        shown = [line[:3] + escape(line[3:], PATH_LIMIT) for line in status]
        self._show([*shown, "staged:", *([f"  {escape(path, PATH_LIMIT)}" for path in staged] or ["  (nothing)"])])

    def refused(self, refusal: Refusal) -> int:
        """Tell why nothing was written, by the contract's word and the step that is missing; return the exit status."""
        self.facts["refused"] = {
            "step": refusal.step,
            "missing": STEPS[refusal.step],
            "stop": refusal.stop.value,
            "expected": recordable(refusal.expected),
            "found": recordable(refusal.found),
            "exit": recordable(refusal.exit),
        }
        self._show(
            [
                f"STOP: {refusal.stop}",
                f"step {refusal.step} is missing: {STEPS[refusal.step]}",
                f"  expected {escape(refusal.expected, PATH_LIMIT)}",
                f"  found    {escape(refusal.found, PATH_LIMIT)}",
                f"  hint: {escape(refusal.exit, PATH_LIMIT)}",
            ]
        )
        return self._end(REFUSED)

    def written(self, written: Written, then: Sequence[str], watcher: Watcher | None) -> int:
        """Tell what stands in the log now, and what comes next."""
        self.facts |= {
            "log": {
                "status": written.status.value,
                "phase": recordable(written.phase),
                "digest": written.digest,
                "files": [recordable(path) for path in written.files],
                "unplanned": [recordable(path) for path in written.unplanned],
            },
            "placeholders": written.placeholders,
            "watcher": {"pid": watcher.pid, "started": watcher.started} if watcher else None,
        }
        beyond = frozenset(written.unplanned)
        files = [f"  {escape(path, PATH_LIMIT)}{'   (not planned)' if path in beyond else ''}" for path in written.files] or ["  (none)"]
        named = f"{written.status}, {escape(written.phase)}, {written.digest}"
        self._show([f"diff log written: {named}", "files:", *files, *then], _WRITTEN)
        return self._end(0, _WRITTEN)

    def judged(self, judged: Judged, refusal: Refusal | None, good: str) -> int:
        """Tell what an audit would say of the log; with a refusal that is what is told first."""
        self.facts |= {"findings": [_finding(one) for one in judged.findings], "notes": [_finding(one) for one in judged.notes]}
        lines = [f"{one.code} {escape(one.message, PATH_LIMIT)}" for one in judged.findings]
        noted = [f"note: {one.code} {escape(one.message, PATH_LIMIT)}" for one in judged.notes]
        if refusal is not None:
            self._show(noted)
            return self.refused(refusal)
        self._show([*lines, *noted, *([] if lines else [good])])
        return self._end(REFUSED if lines else 0)

    def _show(self, lines: Sequence[str], kept: str = "") -> None:
        if lines and not self.as_json:
            screen.show("\n".join(lines), kept)

    def _end(self, status: int, kept: str = "") -> int:
        if self.as_json:
            document: Mapping[str, object] = {**dict.fromkeys(_NOTHING), **self.facts}
            screen.show_json({"schema": SCHEMA, "repository": str(self.root), "verb": self.verb, **document}, kept)
        return status


def _finding(finding: Finding) -> dict[str, object]:
    return {"code": finding.code, "line": finding.line, "message": recordable(finding.message)}
