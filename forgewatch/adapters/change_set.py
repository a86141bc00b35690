"""From what a walk and an index say to changes, conversions and flags (checks.md A1, A108, A109)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forgewatch.adapters.staging import Staging
from forgewatch.adapters.stat_cache import Deviation
from forgewatch.adapters.trees import entry_of
from forgewatch.core.settings import Compare
from forgewatch.core.snapshot import Change, ChangeKind, Conversion, ConversionKind, Entry, IndexFlag
from forgewatch.core.values import RepoPath


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Sorted by path. `overlay` holds every path whose bytes differ from the tree, conversions included."""

    changes: tuple[Change, ...]
    conversions: tuple[Conversion, ...]
    flags: tuple[IndexFlag, ...]
    overlay: Mapping[RepoPath, Entry | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How entries are compared. `execute_bits` is False on a file system that keeps none; `kept` are paths a large-file pointer keeps."""

    compare: Compare
    execute_bits: bool
    kept: frozenset[str]


def change_set(deviations: Iterable[Deviation], base: Mapping[str, str], staging: Staging, comparison: Comparison) -> ChangeSet:
    """Return the change set of a walk over the tree table `base`, with what the index stages beyond it."""
    changes: dict[str, Change] = {}
    conversions: list[Conversion] = []
    found: dict[str, str] = {}
    for path, before, after, turned in deviations:
        found[path] = after
        kinds = () if path in comparison.kept else _conversions(before, after, turned, comparison)
        conversions += [Conversion(RepoPath(path), kind) for kind in kinds]
        if path not in comparison.kept and (not kinds or comparison.compare is Compare.RAW):
            changes[path] = _change(path, before, after, added=path in staging.added)
    for path, value in staging.staged.items():
        before = base.get(path, "")
        if path not in changes and value not in (found.get(path, before), before):
            changes[path] = _change(path, before, value, added=True, staged=True)
    flags = tuple(IndexFlag(RepoPath(path), flag, flag != "intent-to-add" and path in changes) for path, flag in staging.flags)
    overlay = {RepoPath(path): entry_of(after) if after else None for path, after in sorted(found.items())}
    ordered = tuple(change for _, change in sorted(changes.items()))
    return ChangeSet(ordered, tuple(conversions), flags, overlay)


def _change(path: str, before: str, after: str, *, added: bool, staged: bool = False) -> Change:
    old, new = entry_of(before) if before else None, entry_of(after) if after else None
    return Change(path=RepoPath(path), kind=_kind(old, new, added), before=old, after=new, staged=staged)


def _kind(before: Entry | None, after: Entry | None, added: bool) -> ChangeKind:
    if before is None:
        return ChangeKind.ADDED if added else ChangeKind.UNTRACKED
    if after is None:
        return ChangeKind.DELETED
    if before.mode >> 12 != after.mode >> 12:
        return ChangeKind.TYPE
    return ChangeKind.MODE if before.oid == after.oid else ChangeKind.MODIFIED


def _conversions(before: str, after: str, turned: str, comparison: Comparison) -> tuple[ConversionKind, ...]:
    """Return what explains a difference whole, nothing when its content differs. Compared raw, such a difference is a change as well."""
    if not (before.startswith("100") and after.startswith("100")):
        return ()
    same_bytes, same_lines, same_mode = before[7:] == after[7:], before[7:] == turned, before[:6] == after[:6]
    if not (same_bytes or same_lines) or not (same_mode or not comparison.execute_bits):
        return ()
    kinds = (ConversionKind.LINE_ENDINGS,) if same_lines else ()
    return kinds if same_mode else (*kinds, ConversionKind.EXECUTE_BIT)
