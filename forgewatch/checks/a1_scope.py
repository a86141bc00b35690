"""A1 Scope compliance: what changed is what is claimed, exactly (contract §10.7; checks.md A1).

Both sides are sets of paths without the neutral ones. A path of one side only is a finding, and so is whatever keeps us from knowing
the change set: an obstacle in the tree, a rule or an index flag that hides a change, an object store that lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forgewatch.core.difflog import Malformed
from forgewatch.core.lookalikes import Kinship
from forgewatch.core.plan_scope import beyond
from forgewatch.core.readings import log_of
from forgewatch.core.snapshot import Change, Conversion, Snapshot
from forgewatch.core.text import counted
from forgewatch.core.values import Absent, Refused, RepoPath, Unreadable, parse_repo_path
from forgewatch.core.verdict import Finding, Ruling
from forgewatch.core.whereabouts import Whereabouts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """Both sides: the kind of each changed path, the line of each claimed one (None: unknown). Neutral paths are in neither.

    `conversions` are differences to HEAD that are notes (A109); `converted` paths count as unchanged, and may be claimed.
    """

    changed: Mapping[RepoPath, str]
    claimed: Mapping[RepoPath, int | None]
    conversions: tuple[Conversion, ...]

    @property
    def converted(self) -> frozenset[RepoPath]:
        """The paths of the conversions."""
        return frozenset(one.path for one in self.conversions)

    @property
    def unclaimed(self) -> tuple[RepoPath, ...]:
        """Changed, not claimed; sorted."""
        return tuple(sorted(self.changed.keys() - self.claimed.keys()))

    @property
    def phantoms(self) -> tuple[RepoPath, ...]:
        """Claimed, not changed; in the order of the claim."""
        converted = self.converted
        return tuple(path for path in self.claimed if path not in self.changed and path not in converted)


def judge(snapshot: Snapshot) -> Ruling:
    """Return a ruling over claim and change set. PASS iff they are equal and nothing kept us from seeing the change set."""
    scope = _scope(snapshot)
    known = Whereabouts(snapshot, scope.changed, scope.unclaimed)
    findings = (
        *_lies(snapshot),
        *_empty_claim(snapshot, scope),
        *_unclaimed(snapshot, scope),
        *_phantoms(snapshot, scope, known),
        *_rows_without_a_path(snapshot, known),
        *_obstacles(snapshot, neutral=False),
        *_hidden_by_rules(snapshot),
        *_hidden_by_flags(snapshot),
        *_grown(snapshot, scope),
    )
    notes = (
        *_conversions(scope),
        *_obstacles(snapshot, neutral=True),
        *_idle_flags(snapshot),
        *_untouched_governance(snapshot, scope, known),
        *_doubles(snapshot, scope, known),
    )
    planned = f", {len(snapshot.planned)} planned" if snapshot.planned else ""
    return Ruling(basis=f"{len(scope.changed)} changed, {len(scope.claimed)} claimed{planned}", findings=findings, notes=notes)


def _scope(snapshot: Snapshot) -> _Scope:
    claim = snapshot.claim
    lines: dict[RepoPath, int] = dict(zip(claim.paths, claim.lines, strict=False))
    conversions = tuple(one for one in snapshot.conversions if not _neutral(snapshot, one.path))
    changed = {change.path: _kind_of(change) for change in snapshot.changes if not _neutral(snapshot, change.path)}
    if snapshot.raw_compare:
        changed.update({one.path: one.kind.value for one in conversions})
        conversions = ()
    converted = {one.path for one in conversions}
    return _Scope(
        changed={path: kind for path, kind in changed.items() if path not in converted},
        claimed={path: lines.get(path) for path in claim.paths if not _neutral(snapshot, path)},
        conversions=conversions,
    )


def _kind_of(change: Change) -> str:
    return f"{change.kind.value}, in the index only" if change.staged else change.kind.value


def _neutral(snapshot: Snapshot, path: str) -> bool:
    return snapshot.places.is_neutral(path, boot_script=snapshot.boot_script)


def _lies(snapshot: Snapshot) -> Iterator[Finding]:
    for fault in snapshot.store_faults:
        yield Finding(code="A110", message=f"the object store lies: {fault}", expected="objects that match their ids", actual=fault)


def _empty_claim(snapshot: Snapshot, scope: _Scope) -> Iterator[Finding]:
    claim = snapshot.claim
    if claim.stated and (claim.paths or claim.defects or not scope.changed):
        return
    if not scope.changed and log_of(snapshot.difflog) is None and not snapshot.claim_given:
        # Nothing was to be claimed, and that there is no diff log is another check's finding (A301).
        return
    yield Finding(
        code="A107",
        path=None if snapshot.claim_given else snapshot.places.diff_log,
        message="no claimed files",
        expected="each changed file in a 'Files Changed' section, or (none) where nothing changed",
        actual=f"(none) claimed, {len(scope.changed)} changed" if claim.stated else _no_section(snapshot),
    )


def _no_section(snapshot: Snapshot) -> str:
    match snapshot.difflog:
        case Absent():
            return "there is no diff log"
        case Unreadable(why=why):
            return f"the diff log {why}"
        case Malformed(reason=reason):
            return f"the diff log is malformed: {reason}"
        case _:
            return "no section lists the changed files"


def _unclaimed(snapshot: Snapshot, scope: _Scope) -> Iterator[Finding]:
    # Where bytes are not compared as they are, none of these counts as changed.
    raw = {one.path for one in snapshot.conversions}
    for path in scope.unclaimed:
        code, kind = ("A109" if path in raw else "A101"), scope.changed[path]
        yield Finding(code=code, path=path, message="changed but not claimed", expected="claimed, or not changed", actual=kind)


def _phantoms(snapshot: Snapshot, scope: _Scope, known: Whereabouts) -> Iterator[Finding]:
    blocked = {obstacle.path for obstacle in snapshot.obstacles}
    for path in scope.phantoms:
        # An obstacle at the path is told as A104.
        if path not in blocked and not _restored(snapshot, known, path):
            yield _phantom(snapshot, scope, known, path)


def _phantom(snapshot: Snapshot, scope: _Scope, known: Whereabouts, path: RepoPath) -> Finding:
    below = known.directory(path)
    if below is not None:
        return _directory(snapshot, path, scope.claimed[path], below)
    kin = known.kin(path)
    if kin is not None:
        return _near_miss(path, *kin)
    meant = known.shortened(path)
    return Finding(
        code="A102",
        path=path,
        message="claimed but not changed" + (f", did you mean '{meant}'" if meant else ""),
        expected=meant or "changed, or not claimed",
        actual=known.why_unchanged(path),
    )


def _near_miss(path: RepoPath, other: RepoPath, kind: Kinship) -> Finding:
    code = "A102" if kind is Kinship.CASE else "A106"
    return Finding(
        code=code, path=path, message=f"claimed but not changed, did you mean '{other}'", expected=other, actual=f"{kind.value} of {other}"
    )


def _directory(snapshot: Snapshot, path: RepoPath, line: int | None, below: int) -> Finding:
    return Finding(
        code="A103",
        path=None if snapshot.claim_given else snapshot.places.diff_log,
        line=None if snapshot.claim_given else line,
        message=f"'{path}/' is a directory with {counted(below, 'changed file')} below it, and a claim names files",
        expected="one row per changed file",
        actual=f"{path}/",
    )


def _rows_without_a_path(snapshot: Snapshot, known: Whereabouts) -> Iterator[Finding]:
    given = snapshot.claim_given
    for defect in snapshot.claim.defects:
        path = parse_repo_path(defect.text)
        below = None if isinstance(path, Refused) else known.directory(path)
        if below is not None and not isinstance(path, Refused):
            yield _directory(snapshot, path, defect.line, below)
            continue
        yield Finding(
            code="A103",
            path=None if given else snapshot.places.diff_log,
            line=None if given else defect.line,
            message=f"'{defect.text}' is no path of the repository: {defect.why}",
            expected="a path of the repository",
            actual=defect.text,
        )


def _obstacles(snapshot: Snapshot, *, neutral: bool) -> Iterator[Finding]:
    for obstacle in snapshot.obstacles:
        if _neutral(snapshot, obstacle.path) is neutral:
            path, why = obstacle.path, obstacle.why
            yield Finding(code="A104", path=path, message="cannot be audited", expected="a readable file, link or folder", actual=why)


def _hidden_by_rules(snapshot: Snapshot) -> Iterator[Finding]:
    for path in snapshot.ignored.newly_source:
        rule = _nearest(path, snapshot.ignored.changed_rules)
        yield Finding(
            code="A105", path=path, message="source hidden by an ignore rule of this cycle", expected=rule, actual="newly ignored"
        )


def _nearest(path: RepoPath, rules: tuple[RepoPath, ...]) -> str:
    governing = [rule for rule in rules if path.startswith(rule[: rule.rfind("/") + 1])]
    return max(governing, key=len, default=RepoPath(".gitignore"))


def _hidden_by_flags(snapshot: Snapshot) -> Iterator[Finding]:
    for flag in snapshot.flags:
        if flag.hides and not _neutral(snapshot, flag.path):
            path, name = flag.path, flag.flag
            yield Finding(code="A108", path=path, message="an index flag hides a change", expected="no flag on a changed file", actual=name)


def _grown(snapshot: Snapshot, scope: _Scope) -> Iterator[Finding]:
    # In other profiles the entry's Notes tell it (`cycle_remarks`).
    if snapshot.attested_only:
        wanted = f"one of {len(snapshot.planned)} planned"
        for path in beyond(snapshot.planned, sorted(scope.changed)):
            message = "changed, and not planned when the cycle began"
            yield Finding(code="A112", path=path, message=message, expected=wanted, actual=scope.changed[path])


def _idle_flags(snapshot: Snapshot) -> Iterator[Finding]:
    for flag in snapshot.flags:
        if not flag.hides or _neutral(snapshot, flag.path):
            yield Finding(code="A108", path=flag.path, message="an index flag that hides nothing", actual=flag.flag)


def _conversions(scope: _Scope) -> Iterator[Finding]:
    for one in scope.conversions:
        yield Finding(code="A109", path=one.path, message="no change of content", actual=one.kind.value)


def _restored(snapshot: Snapshot, known: Whereabouts, path: RepoPath) -> bool:
    # No file time is a fact: a governance file written again with the same bytes cannot be told from one that was left alone.
    places = snapshot.places
    folders = (places.base,) if places.base else (f"{places.contracts}/", f"{places.evidence}/")
    return path.startswith(folders) and path in snapshot.paths and not known.committed(path)


def _untouched_governance(snapshot: Snapshot, scope: _Scope, known: Whereabouts) -> Iterator[Finding]:
    for path in scope.phantoms:
        if _restored(snapshot, known, path):
            yield Finding(code="A111", path=path, message="governance file claimed, and equal to HEAD", actual="clean")


def _doubles(snapshot: Snapshot, scope: _Scope, known: Whereabouts) -> Iterator[Finding]:
    # ASCII names can only be mistaken for one another by case, which a builder on Linux may mean.
    for path in scope.changed:
        kin = None if path.isascii() or path not in snapshot.paths else known.double(path)
        if kin is not None:
            other, kind = kin
            yield Finding(code="A106", path=path, message=f"easily taken for '{other}'", expected=other, actual=kind.value)
