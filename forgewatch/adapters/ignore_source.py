"""Which ignore rules hold: those at BASE, the operator's, and a rules file of this cycle only if its change is claimed (checks.md A1)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forgewatch.adapters.file_hash import blob_id
from forgewatch.adapters.files import DIRECTORY, folder_of, read_below
from forgewatch.adapters.ignore_outputs import ToolOutput, is_source
from forgewatch.adapters.objects import VerifiedObjects
from forgewatch.adapters.trees import TreeTable
from forgewatch.core.ignore_rules import RULES_FILE, IgnoreRules, Rule, parse_patterns, parse_rules
from forgewatch.core.snapshot import IgnoredSummary
from forgewatch.core.survey import SurveyQuestion
from forgewatch.core.values import Absent, Oid, RepoPath, Unreadable

RULES_LIMIT = 1024 * 1024
_NEWLY_LIMIT = 100_000
_KEPT_PLACES = 8


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """`base` are the rules at BASE, `rules` those in force; `changed` the claimed rules files that differ; `epoch` names it all."""

    base: IgnoreRules
    rules: IgnoreRules
    changed: frozenset[str]
    epoch: str


class IgnoreSource:
    """Builds rules from verified blobs. Parsed files are kept by blob id."""

    def __init__(self, objects: VerifiedObjects) -> None:
        self._objects = objects
        self._parsed: dict[Oid, tuple[Rule, ...]] = {}
        self._places: list[tuple[TreeTable, Mapping[str, Oid]]] = []

    def in_force(self, root: int, table: TreeTable, question: SurveyQuestion, algorithm: str) -> RulesInForce:
        """Return the rules for a survey, reading claimed rules files below the open directory `root`. `table` is that of BASE."""
        files = self._files(table)
        operator = parse_patterns(question.ignore)
        base = IgnoreRules(operator, {path: self._parsed.get(oid, ()) for path, oid in files.items()})
        ids: dict[str, str] = dict(files)
        claimed = {
            path: raw for path in sorted(question.claimed) if _is_rules(path) and not isinstance(raw := _content(root, path), Unreadable)
        }
        for path, raw in claimed.items():
            ids[path[: -len(RULES_FILE)]] = blob_id(algorithm, raw) if isinstance(raw, bytes) else ""
        changed = frozenset(path for path in claimed if ids[path[: -len(RULES_FILE)]] != files.get(RepoPath(path[: -len(RULES_FILE)]), ""))
        epoch = hashlib.sha256(repr((question.ignore, sorted(files.items()), sorted(ids.items()))).encode("utf-8", "surrogateescape"))
        if not changed:
            return RulesInForce(base, base, changed, epoch.hexdigest())
        merged = {**base.files, **{path[: -len(RULES_FILE)]: parse_rules(claimed[path] or b"") for path in changed}}
        return RulesInForce(base, IgnoreRules(operator, merged), changed, epoch.hexdigest())

    def between(self, base: TreeTable, here: TreeTable, ignore: tuple[str, ...]) -> RulesInForce:
        """Return the rules for a submodule whose commit at BASE has the table `base`, and the one that is checked out `here`."""
        old, new = self._files(base), self._files(here)
        operator = parse_patterns(ignore)
        was, now = (IgnoreRules(operator, {path: self._parsed.get(oid, ()) for path, oid in files.items()}) for files in (old, new))
        changed = frozenset(path + RULES_FILE for path in old.keys() | new.keys() if old.get(path) != new.get(path))
        epoch = hashlib.sha256(repr((ignore, sorted(old.items()), sorted(new.items()))).encode("utf-8", "surrogateescape"))
        return RulesInForce(was, now if changed else was, changed, epoch.hexdigest())

    def _files(self, table: TreeTable) -> Mapping[str, Oid]:
        places = next((places for known, places in self._places if known is table), None)
        if places is None:
            found = (path for path in table.recorded if path.endswith(RULES_FILE) and _is_rules(path))
            places = {path[: -len(RULES_FILE)]: Oid(table.recorded[path][7:]) for path in found if table.recorded[path].startswith("100")}
            self._places = [*self._places, (table, places)][-_KEPT_PLACES:]
        wanted = [oid for oid in places.values() if oid not in self._parsed]
        for oid, raw in self._objects.blobs(wanted, RULES_LIMIT).items() if wanted else ():
            # A rules file that cannot be believed hides nothing; that it lies is in the store's faults.
            if isinstance(raw, bytes):
                self._parsed[oid] = parse_rules(raw)
        return places


def summarize(
    root: int, ignored: Mapping[str, int], newly: Iterable[tuple[str, bool]], in_force: RulesInForce, changed: Iterable[str]
) -> tuple[IgnoredSummary, list[tuple[str, str]]]:
    """Return the summary of what was left out, and obstacles (path, why) to it.

    Newly ignored directories are entered, to count their files and to name sources.
    """
    counts: dict[str, int] = {}
    sources: list[RepoPath] = []
    obstacles: list[tuple[str, str]] = []
    tools = ToolOutput(root)
    for path, is_folder in newly:
        files = list(_files_below(root, path, in_force.base, obstacles)) if is_folder else [path]
        counts[path] = len(files)
        sources += [RepoPath(file) for file in files if is_source(file) and not tools.wrote(file)]
    summary = IgnoredSummary(
        directories=tuple(ignored.items()),
        newly=tuple(sorted(counts.items())),
        newly_source=tuple(sorted(sources)),
        changed_rules=tuple(RepoPath(path) for path in sorted(set(changed))),
    )
    return summary, obstacles


def is_rules_file(path: str) -> bool:
    """True for the path of a rules file."""
    return _is_rules(path)


def _is_rules(path: str) -> bool:
    return path == RULES_FILE or path.endswith(f"/{RULES_FILE}")


def _content(root: int, path: str) -> bytes | Unreadable | None:
    raw = read_below(root, path, RULES_LIMIT)
    return None if isinstance(raw, Absent) else raw


def _files_below(root: int, path: str, base: IgnoreRules, obstacles: list[tuple[str, str]]) -> Iterable[str]:
    """Yield the files below an ignored directory that the rules at BASE would have shown."""
    waiting, count = [path], 0
    while waiting:
        folder = waiting.pop()
        try:
            listed = _listed(root, folder)
        except OSError:
            obstacles.append((folder, "is an unreadable directory that a rule of this cycle ignores"))
            continue
        for name, is_folder in listed:
            below = f"{folder}/{name}"
            if name == ".git" or base.ignores(below, is_folder):
                continue
            if is_folder:
                waiting.append(below)
                continue
            count += 1
            yield below
        if count > _NEWLY_LIMIT:
            obstacles.append((path, f"is over the limit of {_NEWLY_LIMIT} files that a rule of this cycle ignores"))
            return


def _listed(root: int, path: str) -> list[tuple[str, bool]]:
    with folder_of(root, path) as (above, name):
        handle = os.open(name, DIRECTORY, dir_fd=above)
        try:
            with os.scandir(handle) as entries:
                return sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
        finally:
            os.close(handle)
