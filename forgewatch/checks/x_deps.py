"""X-DEPS: a dependency that is new since BASE is named by the directive (contract §7.1).

Not applicable without directive, without manifests, and for the first manifest of a repository, which is the stack itself. A directive
that was removed or made unreadable in this cycle counts as it was at BASE.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from forgewatch.core.named_dependencies import approved_names, dependency_names, is_manifest, line_of
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.text import counted
from forgewatch.core.values import Content, RepoPath
from forgewatch.core.verdict import Finding, Ruling
from forgewatch.core.versions import versions


def judge(snapshot: Snapshot) -> Ruling:
    """Return a finding per new dependency that the directive does not name (XD01); a note where only this cycle's does (XD02)."""
    directive = _directive(snapshot)
    if directive is None:
        return Ruling(basis="there is no directive", applicable=False)
    place, work, base = directive
    now, before = _manifests(snapshot.documents), _before(snapshot)
    if not before:
        return Ruling(basis="no manifest at BASE: the first one is the stack itself", applicable=False)
    known = frozenset(name for path, raw in before.items() for name in dependency_names(path, raw))
    # A manifest that is as it was brings nothing new.
    changed = {path: raw for path, raw in now.items() if before.get(path) != raw}
    new = [(path, raw, name) for path, raw in changed.items() for name in sorted(dependency_names(path, raw) - known)]
    approved, earlier = approved_names(work), approved_names(base or b"")
    findings = tuple(_rows("XD01", place, [one for one in new if one[2] not in approved]))
    notes = tuple(_rows("XD02", place, [one for one in new if one[2] in approved - earlier]))
    names = counted(len({name for _, _, name in new}), "new name")
    return Ruling(basis=f"{names} in {counted(len(changed), 'changed manifest')}", findings=findings, notes=notes)


def _directive(snapshot: Snapshot) -> tuple[RepoPath, bytes, bytes | None] | None:
    """Return place, version in force and version of BASE (None: there was none) of the directive; None where there is no directive."""
    for place in snapshot.places.directives:
        work, base = snapshot.document(place), snapshot.base_document(place)
        earlier = base if isinstance(base, bytes) else None
        in_force = work if isinstance(work, bytes) else earlier
        if in_force is not None:
            return place, in_force, earlier
    return None


def _manifests(documents: Mapping[RepoPath, Content]) -> dict[RepoPath, bytes]:
    return {path: raw for path, raw in documents.items() if isinstance(raw, bytes) and is_manifest(path)}


def _before(snapshot: Snapshot) -> dict[RepoPath, bytes]:
    """Return all manifests of BASE, those that this cycle removed too."""
    removed = {version.path: version.before for version in versions(snapshot) if version.before is not None and is_manifest(version.path)}
    return {**removed, **_manifests(snapshot.base_documents)}


def _rows(code: str, place: RepoPath, new: list[tuple[RepoPath, bytes, str]]) -> Iterator[Finding]:
    told = "is new and not named by the directive" if code == "XD01" else "is new and named by a directive of this cycle"
    for path, raw, name in new:
        yield Finding(code=code, path=path, line=line_of(name, raw), message=f"{name} {told}", expected=place, actual=name)
