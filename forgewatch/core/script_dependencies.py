"""A9 for TypeScript and JavaScript: every import of a changed file against the manifests above it (checks.md A9).

1. Manifests: each package.json from the file's folder up to the root of its workspace. 2. Names that tsconfig.json gives to files.
3. Each import: the runtime, the repository, declared, or missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from forgewatch.core.defect import Defect
from forgewatch.core.facts import Import
from forgewatch.core.first_party import ancestors
from forgewatch.core.forge_json import Frontend, read_frontend
from forgewatch.core.globs import compile_globs
from forgewatch.core.language_ruling import Answer, LanguageRuling, Trouble, unbelievable, unknown
from forgewatch.core.node_modules import package_of
from forgewatch.core.package_json import PACKAGE_JSON, PackageJson
from forgewatch.core.places import FORGE_JSON
from forgewatch.core.script_documents import package_folders, packages_in
from forgewatch.core.script_origin import Known, ScriptSurroundings, script_origin
from forgewatch.core.script_paths import has_bundler, is_script_for_development
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.tsconfig import CONFIGS, Alias, TsConfig, configs_of
from forgewatch.core.values import RepoPath, Unreadable

_PNPM = "pnpm-workspace.yaml"
_Packages = Mapping[RepoPath, PackageJson | Defect]


def judge_scripts(paths: Iterable[RepoPath], snapshot: Snapshot) -> LanguageRuling:
    """Return the troubles of the changed files `paths`, whose facts must be in the snapshot."""
    packages, folders = packages_in(snapshot.documents), package_folders(snapshot.documents)
    frontends = tuple(_frontends(snapshot))
    answers: list[Answer] = []
    declared: set[str] = set()
    above_of = cache(lambda folder: _above(folder, packages, frontends, snapshot))
    named_by = cache(lambda folder: configs_above(folder, snapshot, folders))
    siblings_of = cache(lambda root: _siblings(root, packages))
    for path in paths:
        above, root = above_of(path.rpartition("/")[0])
        configs = named_by(path.rpartition("/")[0])
        defects = [unbelievable(place, defect.why, defect.line) for place, defect in (*above, *configs) if isinstance(defect, Defect)]
        known = tuple(package for _, package in above if isinstance(package, PackageJson))
        around = ScriptSurroundings(
            path=path,
            paths=snapshot.paths,
            packages=known,
            siblings=siblings_of(root) | {package.name for package in known},
            aliases=aliases_in(configs),
            bases=tuple(config.base for _, config in configs if isinstance(config, TsConfig) and config.base is not None),
            bundled=has_bundler(ancestors(path.rpartition("/")[0]), snapshot.paths),
            for_development=all(is_script_for_development(path, known[0].folder if known else "", each.test_dir) for each in frontends),
        )
        # What a file may import is not known where one of its manifests cannot be read.
        answers += defects or _judge_file(around, snapshot, declared)
    return LanguageRuling(answers=tuple(dict.fromkeys(answers)), declared=frozenset(declared))


def _frontends(snapshot: Snapshot) -> Iterator[Frontend]:
    # Both versions hold: policy changed in this cycle can tighten, never loosen.
    yield read_frontend(snapshot.document(FORGE_JSON))
    if snapshot.base_documents:
        yield read_frontend(snapshot.base_document(FORGE_JSON))


def _above(
    folder: str, packages: _Packages, frontends: tuple[Frontend, ...], snapshot: Snapshot
) -> tuple[tuple[tuple[RepoPath, PackageJson | Defect], ...], RepoPath | None]:
    """Return the manifests above a folder, nearest first, and the one at the root of the workspace, where there is any."""
    found: list[tuple[RepoPath, PackageJson | Defect]] = []
    for upper in ancestors(folder):
        place = RepoPath(f"{upper}/{PACKAGE_JSON}".lstrip("/"))
        package = packages.get(place)
        if package is None:
            continue
        found.append((place, package))
        pnpm = RepoPath(f"{upper}/{_PNPM}".lstrip("/")) in snapshot.paths
        if isinstance(package, PackageJson) and (package.workspaces is not None or pnpm):
            return tuple(found), place
    named = (frontend.dependency_file for frontend in frontends)
    others = [(place, packages[place]) for place in named if place is not None and place in packages]
    return tuple(found or others), None


def _siblings(root: RepoPath | None, packages: _Packages) -> frozenset[str]:
    top = packages.get(root) if root is not None else None
    if not isinstance(top, PackageJson):
        return frozenset()
    prefix = f"{top.folder}/" if top.folder else ""
    globs = None if top.workspaces is None else compile_globs(f"{prefix}{glob}/{PACKAGE_JSON}" for glob in top.workspaces)
    if isinstance(globs, Defect):
        return frozenset()
    members = (package for package in packages.values() if isinstance(package, PackageJson) and package.path.startswith(prefix))
    return frozenset(package.name for package in members if globs is None or globs.matches(package.path))


def configs_above(folder: str, snapshot: Snapshot, folders: Mapping[str, str]) -> tuple[tuple[RepoPath, TsConfig | Defect], ...]:
    """Return the configurations that hold for the files of a folder: the nearest above, and what it takes in. None is read anew."""
    for upper in ancestors(folder):
        places = [RepoPath(f"{upper}/{name}".lstrip("/")) for name in CONFIGS]
        found = tuple(configs_of(places, lambda path: snapshot.document(path), folders))
        if found:
            return found
    return ()


def aliases_in(configs: Iterable[tuple[RepoPath, TsConfig | Defect]]) -> tuple[Alias, ...]:
    """Return the aliases of those configurations that can be read."""
    return tuple(alias for _, config in configs if isinstance(config, TsConfig) for alias in config.aliases)


def _judge_file(around: ScriptSurroundings, snapshot: Snapshot, declared: set[str]) -> Iterator[Answer]:
    facts = snapshot.sources[around.path]
    if isinstance(facts, Unreadable):
        yield unknown(around.path, facts.why, read=False)
        return
    if facts.defect is not None:
        yield unknown(around.path, facts.defect, read=True)
    for item in facts.imports:
        yield from _judge_import(item, around, declared)


def _judge_import(item: Import, around: ScriptSurroundings, declared: set[str]) -> Iterator[Answer]:
    types = item.type_only or around.path.endswith((".d.ts", ".d.mts", ".d.cts"))
    origin = script_origin(item.module, around, types=types)
    if origin.known is Known.DECLARED:
        declared.add(origin.wanted)
    if origin.known in (Known.OURS, Known.DECLARED):
        return
    actual = "not declared" if origin.known in (Known.NOBODY, Known.BUNDLER) else origin.known.value
    expected = _expected(origin.wanted, around)
    trouble = _trouble(origin.known, item, around, types=types)
    kind = {Trouble.TYPES: "type-only import", Trouble.OPTIONAL: "optional import"}.get(trouble, "import")
    text = f'{kind} "{item.module}" is {actual}: expected {expected}{_alias(origin.wanted, around)}'
    yield Answer(trouble=trouble, path=around.path, line=item.line, message=text, expected=expected, actual=actual)


def _expected(wanted: str, around: ScriptSurroundings) -> str:
    manifest = around.packages[0].path if around.packages else PACKAGE_JSON
    if package_of(wanted) is not None:
        return f"{wanted} in {manifest}"
    return f"{wanted} in imports of {manifest}" if wanted.startswith("#") else f"{wanted} in paths of tsconfig.json"


def _alias(wanted: str, around: ScriptSurroundings) -> str:
    # The name that a bundler's configuration gives to files may look like that of a package; that program is not run.
    named = around.bundled and package_of(wanted) is not None
    return ", or in paths of tsconfig.json where it is a name for files" if named else ""


def _trouble(known: Known, item: Import, around: ScriptSurroundings, *, types: bool) -> Trouble:
    if known is Known.BUNDLER:
        return Trouble.BUNDLER
    if types:
        return Trouble.TYPES
    if item.guarded:
        return Trouble.OPTIONAL
    return Trouble.UNDECLARED if around.packages else Trouble.NO_MANIFEST
