"""Which file an import means, among the files that hold routes: by names alone, so that no configuration has to be read (checks.md W3).

Import roots may be any folder, as sources are often below `src` or `backend`: of several files that fit, the one nearest to the importer.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from itertools import islice, takewhile

from forgewatch.core.facts import RouteFacts
from forgewatch.core.go_names import OWN_PACKAGE
from forgewatch.core.known_names import beginnings
from forgewatch.core.script_origin import file_names
from forgewatch.core.tsconfig import inside
from forgewatch.core.values import RepoPath

_ALIAS = "@~#$/"
_MOST = 256


def is_python(path: str) -> bool:
    """True for a file whose routes are read by Python's own syntax tree."""
    return path.endswith(".py")


class Modules:
    """The files with routes, under every name that an import could have for them."""

    def __init__(self, facts: Mapping[RepoPath, RouteFacts]) -> None:
        self._facts = facts
        self._python: dict[str, list[RepoPath]] = {}
        self._scripts: dict[str, list[RepoPath]] = {}
        self._folders: dict[str, list[RepoPath]] = {}
        self._declaring: dict[tuple[str, str], RepoPath] = {}
        for path, fact in facts.items():
            if is_python(path):
                _enter(self._python, path.removesuffix(".py").removesuffix("/__init__"), path, ".")
            elif path.endswith(".go"):
                self._enter_go(path, fact)
            else:
                _enter(self._scripts, posixpath.splitext(path)[0].removesuffix("/index"), path, "/")

    def locate(self, module: str, importer: RepoPath, name: str) -> RepoPath | None:
        """Return the file of a module that is to give `name`, None when no file with routes is one."""
        if is_python(importer):
            return _nearest(self._python.get(module, ()), importer)
        if importer.endswith(".go"):
            return self._in_package(module, importer, name)
        if not module.startswith("."):
            return _nearest(self._scripts.get(posixpath.splitext(module.lstrip(_ALIAS))[0], ()), importer)
        place = inside(posixpath.dirname(importer), module)
        # The index of the root stands in no folder: `/index.js` is a name that no file has.
        files = () if place is None else (RepoPath(name.lstrip("/")) for name in file_names(place))
        return next((file for file in files if file in self._facts), None)

    def _enter_go(self, path: RepoPath, fact: RouteFacts) -> None:
        folder = posixpath.dirname(path)
        _enter(self._folders, folder, path, "/")
        for name in (*(name for name, _ in fact.routers), *(local for local, module, _ in fact.imports if not module)):
            for part in beginnings(name):
                self._declaring.setdefault((folder, part), path)

    def _in_package(self, module: str, importer: RepoPath, name: str) -> RepoPath | None:
        if module == OWN_PACKAGE:
            return self._declared_in(posixpath.dirname(importer), name)
        parts = module.split("/")
        for drop in range(len(parts)):
            files = self._folders.get("/".join(parts[drop:]))
            if files:
                return self._declared_in(posixpath.dirname(_nearest(files, importer) or ""), name)
        return None

    def _declared_in(self, folder: str, name: str) -> RepoPath | None:
        """Return the file of a folder that declares the longest part of a dotted name."""
        found = (self._declaring.get((folder, part)) for part in reversed(tuple(beginnings(name))))
        return next(filter(None, found), None)


def _enter(names: dict[str, list[RepoPath]], module: str, path: RepoPath, between: str) -> None:
    parts = module.split("/")
    for drop in range(len(parts)):
        names.setdefault(between.join(parts[drop:]), []).append(path)


def _nearest(options: Iterable[RepoPath], importer: RepoPath) -> RepoPath | None:
    """Return the file that shares most folders with the importer, of the first 256."""
    return max(islice(options, _MOST), key=lambda path: (_shared(path, importer), -len(path), path), default=None)


def _shared(one: str, other: str) -> int:
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
