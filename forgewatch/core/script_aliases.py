"""Which files an import of a TypeScript or JavaScript file means by a name that tsconfig.json or package.json gives them (checks.md A4)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import cache, cached_property

from forgewatch.core.package_json import PackageJson
from forgewatch.core.script_dependencies import aliases_in, configs_above
from forgewatch.core.script_documents import package_folders, packages_in
from forgewatch.core.script_origin import is_there, starred
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.tsconfig import TsConfig, inside
from forgewatch.core.values import RepoPath


class NamesOfFiles:
    """The names of one snapshot; documents are read once and only when a file is asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._configs = cache(lambda folder: configs_above(folder, snapshot, self._folders))

    @cached_property
    def _folders(self) -> dict[str, str]:
        return package_folders(self._snapshot.documents)

    @cached_property
    def _packages(self) -> dict[str, PackageJson]:
        read = packages_in(self._snapshot.documents).values()
        return {package.folder: package for package in read if isinstance(package, PackageJson)}

    def meant(self, path: RepoPath, specifier: str) -> tuple[RepoPath, ...]:
        """Return the places of files that `specifier` stands for in `path`. Relative names stand for themselves and give none."""
        if specifier.startswith((".", "/")):
            return ()
        told = (inside("", place) for place in self._places(path, specifier))
        return tuple(dict.fromkeys(RepoPath(place) for place in told if place is not None and is_there(place, self._snapshot.paths)))

    def _places(self, path: RepoPath, specifier: str) -> Iterator[str]:
        configs = self._configs(path.rpartition("/")[0])
        for alias in aliases_in(configs):
            part = starred(alias.pattern, specifier)
            yield from (target.replace("*", part) for target in alias.targets if part is not None)
        yield from (
            posixpath.join(config.base, specifier) for _, config in configs if isinstance(config, TsConfig) and config.base is not None
        )
        for package in self._packages.values() if specifier.startswith("#") else ():
            for pattern, targets in package.imports if path.startswith(f"{package.folder}/" if package.folder else "") else ():
                part = starred(pattern, specifier)
                yield from (posixpath.join(package.folder, target.replace("*", part)) for target in targets if part is not None)
