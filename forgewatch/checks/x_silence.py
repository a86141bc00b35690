"""X-SILENCE: no check was silenced in this cycle (contract §12 by way of requirements.md S000-P2-4, no runtime shortcuts).

A silencer is new when its line is not among the silencers that the changed files had before, and the file has more of its kind than
before: whoever moves code, or mends a line that was silenced already, silences nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from forgewatch.core.silencers import Silencer, silencers
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.text import counted
from forgewatch.core.values import RepoPath
from forgewatch.core.verdict import Finding, Ruling
from forgewatch.core.versions import Version, versions


def judge(snapshot: Snapshot) -> Ruling:
    """Return a finding per new silencer (XS01)."""
    changed = versions(snapshot)
    # What was silenced before matters only where something is silenced now.
    told = any(_of(version.path, version.after) for version in changed)
    left = Counter((found.kind, found.text) for version in changed if told for found in _of(version.path, version.before))
    findings = tuple(finding for version in changed for finding in _new(version, left))
    files = counted(sum(version.after is not None for version in changed), "changed file")
    return Ruling(basis=f"{len(findings) or 'none'} in {files}", findings=findings)


def _of(path: RepoPath, raw: bytes | None) -> tuple[Silencer, ...]:
    return silencers(path, raw) if raw is not None else ()


def _new(version: Version, left: Counter[tuple[str, str]]) -> Iterator[Finding]:
    """Yield what is new in one file. `left` are the silencers of all changed files at HEAD that no line was found for yet."""
    now, before = _of(version.path, version.after), _of(version.path, version.before)
    more = Counter(found.kind for found in now) - Counter(found.kind for found in before)
    for found in now:
        same = (found.kind, found.text)
        if left[same] > 0:
            left[same] -= 1
        elif more[found.kind] > 0:
            more[found.kind] -= 1
            yield _finding(version.path, found)


def _finding(path: RepoPath, found: Silencer) -> Finding:
    return Finding(
        code="XS01",
        path=path,
        line=found.line,
        # Not the line itself: a secret may stand beside the words, and a finding is published (W1).
        message=f"silences a check: {found.kind}",
        expected="no new silenced check",
        actual=found.kind,
    )
