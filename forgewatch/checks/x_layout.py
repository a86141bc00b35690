"""X-LAYOUT: the project stands outside of the governance folder and does not depend on it (contract §0).

Judged is what this cycle brought: new files, and imports and opened paths that the file did not have before. Where the repository keeps
its contracts at the root there is no such folder. In both layouts directive, plan and schema have to be readable, whoever spoiled them:
what cannot be read switches nothing on and gives other checks nothing to compare with.
"""

from __future__ import annotations

from collections.abc import Iterator

from forgewatch.core.behaviour import is_product
from forgewatch.core.document import first_flaw
from forgewatch.core.facts import SourceFacts
from forgewatch.core.manifests import is_python_manifest
from forgewatch.core.opened_paths import opened_paths
from forgewatch.core.python_imports import extract_imports
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.source_kinds import is_python, language_of
from forgewatch.core.text import counted
from forgewatch.core.values import RepoPath, Unreadable
from forgewatch.core.verdict import Finding, Ruling
from forgewatch.core.versions import Version, versions

_MANIFESTS = frozenset({"package.json", "go.mod", "Cargo.toml", "pom.xml", "Gemfile", "composer.json"})


def judge(snapshot: Snapshot) -> Ruling:
    """Return findings XL01 (project file under Forge/), XL02 (import of it), XL03 (path in it opened), XL04 (document that is not read)."""
    base, unread = snapshot.places.base, tuple(_unread(snapshot))
    if not base:
        return Ruling(basis="there is no governance folder: the contracts are at the root", findings=unread, applicable=bool(unread))
    changed = versions(snapshot)
    outside = [version for version in changed if not version.path.startswith(base)]
    findings = (
        *unread,
        *(_misplaced(version, base) for version in changed if _is_misplaced(version, base)),
        *(finding for version in outside for finding in _imports(snapshot, version, base)),
        *(finding for version in outside if is_product(version.path, snapshot.paths) for finding in _opened(version, base)),
    )
    return Ruling(basis=f"{counted(len(changed), 'changed file')} looked at", findings=findings)


def _unread(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield directive, plan and schema that are there and cannot be read, or from some line on only in part."""
    places = snapshot.places
    for path in (*places.directives, places.phases, places.schema):
        content = snapshot.document(path)
        if isinstance(content, Unreadable):
            yield _unreadable(path, None, content.why)
        elif isinstance(content, bytes) and (flaw := first_flaw(content)) is not None:
            yield _unreadable(path, *flaw)


def _unreadable(path: RepoPath, line: int | None, why: str) -> Finding:
    message = f"is not read{' whole' if line else ''}: {why}"
    return Finding(code="XL04", path=path, line=line, message=message, expected="UTF-8 text", actual=why)


def _is_misplaced(version: Version, base: str) -> bool:
    path = version.path
    if version.before is not None or version.after is None or not path.startswith(base) or path.startswith(f"{base}scripts/"):
        return False
    name = path.rpartition("/")[2]
    return is_python(path) or language_of(path) is not None or is_python_manifest(path) or name in _MANIFESTS


def _misplaced(version: Version, base: str) -> Finding:
    message = f"is a file of the project inside {base}"
    return Finding(code="XL01", path=version.path, message=message, expected=f"outside of {base}", actual="new file")


def _imports(snapshot: Snapshot, version: Version, base: str) -> Iterator[Finding]:
    facts = snapshot.sources.get(version.path)
    top = base.removesuffix("/")
    found = [one for one in facts.imports if _is_inside(one.module, one.level, top)] if isinstance(facts, SourceFacts) else []
    old = extract_imports(version.path, version.before).imports if found and version.before is not None else ()
    known = {one.module for one in old}
    for one in found:
        if one.module not in known:
            yield Finding(
                code="XL02",
                path=version.path,
                line=one.line,
                message=f"imports {one.module} from inside {base}",
                expected=f"no import from {base}",
                actual=one.module,
            )


def _is_inside(module: str, level: int, top: str) -> bool:
    return level == 0 and module.split(".")[0] == top


def _opened(version: Version, base: str) -> Iterator[Finding]:
    # Most files do not name the folder at all and need not be parsed.
    if version.after is None or base.encode().removesuffix(b"/") not in version.after:
        return
    known = {text for _, text in opened_paths(version.path, version.before)} if version.before is not None else set()
    for line, text in opened_paths(version.path, version.after):
        if text not in known and _names(text, base):
            message = f"opens {text[:200]} inside {base}"
            yield Finding(code="XL03", path=version.path, line=line, message=message, expected=f"no file of {base}", actual=text[:200])


def _names(text: str, base: str) -> bool:
    parts = [part for part in text.replace("\\", "/").split("/") if part not in (".", "..")]
    return len(parts) > 1 and parts[0] == RepoPath(base.removesuffix("/"))
