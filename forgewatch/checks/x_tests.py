"""X-TESTS: what is new has a test, the runner finds it, and the log of test runs only grew (contract §9.1, §9.2).

Not applicable where nothing of it is touched: no source with new behaviour, no new test, no log of runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from forgewatch.core.behaviour import adding_behaviour, holds_own_tests, is_product, says_something
from forgewatch.core.forge_json import ForgeJson, read_forge_json
from forgewatch.core.paths_of_tests import is_test
from forgewatch.core.phase_words import phase_number
from forgewatch.core.places import FORGE_JSON
from forgewatch.core.pytest_settings import PYTEST_FILES, pytest_settings
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.text import counted
from forgewatch.core.values import RepoPath
from forgewatch.core.verdict import Finding, Ruling
from forgewatch.core.versions import Version, version_of, versions

_GLOB = frozenset("*?[")


def judge(snapshot: Snapshot) -> Ruling:
    """Return findings XT01 (source without a test), XT02 (test nobody collects), XT03 (shortened log of runs), XT04 (no tests at all)."""
    changed = versions(snapshot)
    test_dir = _test_dir(snapshot)
    tests = [version for version in changed if is_test(version.path, test_dir)]
    source = [version for version in changed if _is_source(snapshot, version.path, test_dir)]
    untested = () if _is_excused(snapshot, source, tests) else adding_behaviour(source)
    findings = (*_untested(snapshot, untested, test_dir), *_uncollected(snapshot, tests), *_shortened(snapshot))
    basis = f"{counted(len(source), 'source file')}, {counted(len(tests), 'test file')} changed"
    return Ruling(basis=basis, findings=findings, applicable=bool(source or tests or findings))


def _is_source(snapshot: Snapshot, path: RepoPath, test_dir: str | None) -> bool:
    # What stands in the governance folder is no product; X-LAYOUT tells source that strayed there.
    governed = bool(snapshot.places.base) and path.startswith(snapshot.places.base)
    return not governed and is_product(path, snapshot.paths, test_dir)


def _is_excused(snapshot: Snapshot, source: list[Version], tests: list[Version]) -> bool:
    """True in phase 0, which builds the frame, and where a test says something new; source is looked into only where neither holds."""
    return phase_number(snapshot.phase) == "Phase 0" or any(map(says_something, tests)) or any(map(holds_own_tests, source))


def _test_dir(snapshot: Snapshot) -> str | None:
    told = read_forge_json(snapshot.document(FORGE_JSON))
    return told.test_dir if isinstance(told, ForgeJson) else None


def _untested(snapshot: Snapshot, source: tuple[RepoPath, ...], test_dir: str | None) -> Iterator[Finding]:
    if not source:
        return
    none_at_all = not any(is_test(path, test_dir) for path in snapshot.paths)
    for path in source:
        if none_at_all:
            message = "changed, and the repository has no test at all"
            yield Finding(code="XT04", path=path, message=message, expected=test_dir or "tests/", actual="no test file")
        else:
            yield Finding(code="XT01", path=path, message="changed without a test", expected="a test added or updated")


def _uncollected(snapshot: Snapshot, tests: list[Version]) -> Iterator[Finding]:
    """Yield the new Python tests outside of every configured place. Where a folder has test settings of its own, they say it."""
    places = _collected(snapshot)
    for version in tests:
        name = version.path.rpartition("/")[2]
        is_new = version.before is None and version.after is not None
        if not (places and is_new and name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))):
            continue
        if not any(not place or f"{version.path}/".startswith(f"{place}/") for place in places) and not _is_apart(snapshot, version.path):
            wanted = ", ".join(places)
            message = f"is outside of what the runner collects ({wanted})"
            yield Finding(code="XT02", path=version.path, message=message, expected=wanted, actual="not collected")


def _collected(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the folders and files that forge.json and pytest name, empty for the whole repository; none where a name is a pattern or
    nothing is named.
    """
    told = [pytest_settings(RepoPath(name), raw).testpaths for name in PYTEST_FILES if isinstance(raw := snapshot.document(name), bytes)]
    named = [*(path for paths in told for path in paths), *filter(None, [_test_dir(snapshot)])]
    return () if any(_GLOB.intersection(path) for path in named) else tuple(dict.fromkeys(named))


def _is_apart(snapshot: Snapshot, path: RepoPath) -> bool:
    parts = path.split("/")[:-1]
    folders = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    return any(RepoPath(f"{folder}/{name}") in snapshot.paths for folder in folders for name in PYTEST_FILES)


def _shortened(snapshot: Snapshot) -> Iterator[Finding]:
    place = snapshot.places.test_runs
    for change in snapshot.changes:
        if change.path != place or change.before is None:
            continue
        version = version_of(snapshot, change)
        before, after = _plain(version.before), _plain(version.after)
        if not after.startswith(before):
            actual = (
                "removed" if change.after is None else f"{len(after.splitlines())} lines, other than the {len(before.splitlines())} of HEAD"
            )
            message = f"{place} does not begin with what it held at HEAD"
            yield Finding(code="XT03", path=place, message=message, expected="only appended to", actual=actual)


def _plain(raw: bytes | None) -> bytes:
    return (raw or b"").replace(b"\r\n", b"\n").rstrip()
