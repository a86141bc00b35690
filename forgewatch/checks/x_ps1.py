"""X-PS1: PowerShell files are ASCII behind a byte order mark (contract §3.1). What a cycle did not write is not held against it."""

from __future__ import annotations

from collections.abc import Iterator

from forgewatch.core.added_lines import added_lines
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.text import counted
from forgewatch.core.values import RepoPath
from forgewatch.core.verdict import Finding, Ruling
from forgewatch.core.versions import written

_BOM = b"\xef\xbb\xbf"
_SHOWN = 5


def judge(snapshot: Snapshot) -> Ruling:
    """Return a finding per file without mark (XP01) and per new line beyond ASCII (XP02). Not applicable where no .ps1 changed."""
    files = [found for found in written(snapshot) if found[0].lower().endswith(".ps1") and found[1] != found[2]]
    rows = [row for path, before, after in files for row in (*_mark(path, before, after), *_characters(path, before, after))]
    findings = tuple(row for row in rows if row.code != "XP03")
    notes = tuple(row for row in rows if row.code == "XP03")
    basis = f"{counted(len(files), 'changed .ps1 file')}" if files else "no .ps1 file changed"
    return Ruling(basis=basis, findings=findings, notes=notes, applicable=bool(files))


def _mark(path: RepoPath, before: bytes | None, after: bytes) -> Iterator[Finding]:
    if not after or after.startswith(_BOM):
        return
    code = "XP03" if before and not before.startswith(_BOM) else "XP01"
    found = after[:3].hex(" ").upper()
    yield Finding(code=code, path=path, line=1, message=f"begins with {found}", expected="EF BB BF", actual=found)


def _characters(path: RepoPath, before: bytes | None, after: bytes) -> Iterator[Finding]:
    for number, line in added_lines(before, after):
        points = list(dict.fromkeys(f"U+{ord(char):04X}" for char in line if char > "\x7f"))
        if points:
            shown = ", ".join(points[:_SHOWN]) + (f" and {len(points) - _SHOWN} more" if len(points) > _SHOWN else "")
            yield Finding(code="XP02", path=path, line=number, message=f"holds {shown}", expected="ASCII", actual=shown)
