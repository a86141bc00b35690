"""Which documents tell what a changed TypeScript, JavaScript or Go file may import (checks.md A9), and how they are read in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from forgewatch.core.defect import Defect
from forgewatch.core.first_party import ancestors
from forgewatch.core.manifests import FOREIGN
from forgewatch.core.package_json import PACKAGE_JSON, PackageJson, read_package
from forgewatch.core.source_kinds import grammar_of, has_suffix
from forgewatch.core.tsconfig import CONFIGS, configs_of
from forgewatch.core.values import Content, RepoPath, Unreadable

MOST_PACKAGES = 1024
GO_MOD, GO_WORK = "go.mod", "go.work"
_MANIFESTS = {PACKAGE_JSON, GO_MOD, GO_WORK}


def foreign_manifests(paths: Iterable[RepoPath]) -> tuple[RepoPath, ...]:
    """Return every package.json, go.mod and go.work outside of folders of foreign code, nearest to the root first. One pass."""
    near = (path for path in paths if path.endswith((".json", GO_MOD, GO_WORK)) and path.rpartition("/")[2] in _MANIFESTS)
    return tuple(sorted((path for path in near if not FOREIGN & set(path.split("/")[:-1])), key=lambda path: (path.count("/"), path)))


def load_foreign(wanted: Iterable[RepoPath], changed: Iterable[RepoPath], read: Callable[[RepoPath], Content]) -> dict[RepoPath, Content]:
    """Read the wanted manifests, at most 1,024, those above a changed file first, and the configurations that hold for changed files.

    `read` never raises. Nothing is read while no file changed that a grammar may know.
    """
    folders = {folder for path in changed if grammar_of(path) or not has_suffix(path) for folder in ancestors(path.rpartition("/")[0])}
    if not folders:
        return {}
    ordered = sorted(wanted, key=lambda path: path.rpartition("/")[0] not in folders)
    found = {path: read(path) for path in ordered[:MOST_PACKAGES]}
    configs = [RepoPath(f"{folder}/{name}".lstrip("/")) for folder in sorted(folders) for name in CONFIGS]
    names = package_folders(found)
    asked: dict[RepoPath, Content] = {}

    def content(path: RepoPath) -> Content:
        if path not in asked:
            asked[path] = read(path)
        return asked[path]

    for config in configs:
        for _ in configs_of((config,), content, names):
            pass
    return {**found, **{path: text for path, text in asked.items() if isinstance(text, bytes)}}


def packages_in(documents: Mapping[RepoPath, Content]) -> dict[RepoPath, PackageJson | Defect]:
    """Return every package.json among the documents; what cannot be read is a Defect."""
    told = {path: content for path, content in documents.items() if path.rpartition("/")[2] == PACKAGE_JSON}
    read = {path: read_package(path, content) for path, content in told.items() if isinstance(content, bytes)}
    return {**read, **{path: Defect(content.why) for path, content in told.items() if isinstance(content, Unreadable)}}


def package_folders(documents: Mapping[RepoPath, Content]) -> dict[str, str]:
    """Return the folder of each package of the repository by its name."""
    return {
        package.name: package.folder for package in packages_in(documents).values() if isinstance(package, PackageJson) and package.name
    }
