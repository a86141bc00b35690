"""Which manifests hold for the files of one folder, and what those declare (checks.md A9, Declared).

1. The manifest of the product: the one that forge.json names, else those above the file, else all there are.
2. The manifests of a part of the repository (`services/api/pyproject.toml`) hold for the files below their folder, beside the first.
3. Every other manifest declares for development only: `tests/requirements.txt`, `docs/requirements.txt`, tox.ini, the neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from forgewatch.core.distributions import normalised
from forgewatch.core.forge_json import ForgeJson
from forgewatch.core.manifests import Declarations, declarations, declared, is_left_out, is_python_manifest, place_of
from forgewatch.core.snapshot import PathTable
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable

_PYPROJECT = RepoPath("pyproject.toml")

_Documents = Mapping[RepoPath, Content]


def manifests_of(forge: ForgeJson, folder: str, documents: _Documents, paths: PathTable) -> tuple[RepoPath, ...]:
    """Return the manifests whose runtime declarations satisfy the files of `folder`, that of the product first."""
    there = _manifests_there(documents)
    above = tuple(path for path in there if _is_above(path, folder) and _declares(path, documents[path]))
    if forge.dependency_file is None:
        return above or there
    return (forge.dependency_file, *(path for path in above if _is_of_a_part(path, paths)))


def declared_for(forge: ForgeJson, first: tuple[RepoPath, ...], documents: _Documents) -> Declarations:
    """Return what the manifests `first` declare, and for development also what any other manifest of the repository declares."""
    known = declarations(documents, first, forge.dependency_file)
    others = declarations(documents, _manifests_there(documents))
    # The stack configuration says with what the tests are run: they cannot run without it.
    framework = {normalised(forge.test_framework)} if forge.test_framework else set()
    return replace(
        known,
        development=known.development | others.development | others.runtime | framework,
        build=known.build | others.build,
        pythons=known.pythons or others.pythons,
        roots=tuple(dict.fromkeys((*known.roots, *others.roots))),
        shipped=tuple(dict.fromkeys((*known.shipped, *others.shipped))),
    )


def own_name(documents: _Documents) -> str:
    """Return what the pyproject.toml at the root calls the project, by PEP 503; empty when it says nothing."""
    content = documents.get(_PYPROJECT)
    return declared(_PYPROJECT, content).name if isinstance(content, bytes) else ""


def left_out(documents: _Documents) -> tuple[tuple[RepoPath, str], ...]:
    """Return the manifest that stands for those beyond the limit of manifests, with the words for it."""
    return tuple((path, content.why) for path, content in documents.items() if isinstance(content, Unreadable) and is_left_out(content))


def _manifests_there(documents: _Documents) -> tuple[RepoPath, ...]:
    there = (path for path, content in documents.items() if not isinstance(content, Absent) and not is_left_out(content))
    return tuple(path for path in there if is_python_manifest(path))


def _is_above(path: RepoPath, folder: str) -> bool:
    place = place_of(path)
    return not place or folder == place or folder.startswith(place + "/")


def _is_of_a_part(path: RepoPath, paths: PathTable) -> bool:
    # A package is a piece of the product and is installed with it: a manifest inside of one is nobody's.
    place = place_of(path)
    return bool(place) and RepoPath(f"{place}/__init__.py") not in paths


@lru_cache(maxsize=128)
def _declares(path: RepoPath, content: Content) -> bool:
    return not isinstance(content, bytes) or declared(path, content).declares
