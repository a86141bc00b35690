"""Where one import of one file comes from: standard library, the repository, a declared distribution, or nowhere (checks.md A9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from forgewatch.core.development_paths import is_named_for_development
from forgewatch.core.distributions import FAMOUS, candidates, is_known, is_namespace
from forgewatch.core.first_party import COMPILED, PythonTree, find_folder, find_module, is_generated
from forgewatch.core.manifests import Declarations
from forgewatch.core.paths_of_tests import is_test
from forgewatch.core.snapshot import PathTable
from forgewatch.core.standard_library import is_standard
from forgewatch.core.values import RepoPath

_COMPILERS = frozenset(
    {"maturin", "setuptools-rust", "cython", "cffi", "pybind11", "nanobind", "scikit-build-core", "meson-python", "mypy"}
)
"""Build requirements of projects whose modules are compiled."""


_RUN_BY = {"noxfile.py": "nox", "fabfile.py": "fabric", "dodo.py": "doit", "conanfile.py": "conan", "locustfile.py": "locust"}
"""Files that a tool runs, which brings its own module: nobody declares it to run it."""


class Source(StrEnum):
    """Where an import comes from. SHADOWED: from a local module of this cycle that takes a famous distribution's name."""

    STANDARD = "standard library"
    FIRST_PARTY = "first party"
    DECLARED = "declared"
    SHADOWED = "shadowed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Origin:
    """`wanted` are the distributions that would do, `place` the local file that takes their name (SHADOWED), `development` true if only
    declared for that.
    """

    source: Source
    wanted: tuple[str, ...] = ()
    place: str = ""
    development: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is the same for all imports of one file. `tree` reads the table of paths when it is first asked.

    `sure` and `possible` are the folders it may import from, as `roots_of` tells them. `for_development` and `for_building`: what is
    declared for that satisfies the file. `own_name` is what the project called itself before this cycle, by PEP 503.
    """

    path: RepoPath
    paths: PathTable
    tree: Callable[[], PythonTree]
    declared: Declarations
    minors: frozenset[int]
    operator_map: tuple[tuple[str, str], ...] = ()
    for_development: bool = False
    for_building: bool = False
    own_name: str = ""
    sure: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()


def origin_of(module: str, around: Surroundings) -> Origin:
    """Return where the absolute dotted `module` comes from, in the order of checks.md A9.

    A name of the table of facts is first party only when a folder surely on the import path holds it; other names also when a package
    above the file does, any package root of the repository, or a module in any folder that is no package: programs put such folders
    on the import path while they run. A module of a test explains nothing to the product.
    """
    top = module.partition(".")[0]
    if is_standard(top, around.minors) or _RUN_BY.get(around.path.rpartition("/")[2]) == top:
        return Origin(Source.STANDARD)
    sure, possible = around.sure, around.possible
    known = is_known(top)
    local = None if is_namespace(top) else find_module(top, sure if known else (*sure, *possible), around.paths, around.path)
    local = local or _package_itself(top, around)
    wanted = candidates(module, around.operator_map)
    if _is_declared(wanted, around):
        return Origin(Source.FIRST_PARTY) if local else Origin(Source.DECLARED, wanted)
    if local:
        shadow = top in FAMOUS and local not in around.paths.base and around.own_name not in wanted
        return Origin(Source.SHADOWED, wanted, local) if shadow else Origin(Source.FIRST_PARTY)
    development = not around.declared.development.isdisjoint(wanted)
    folder = _folder(module, sure, possible, around, known=known) or (None if known or development else _plain_module(top, around))
    if folder is not None:
        return Origin(Source.FIRST_PARTY)
    return Origin(Source.MISSING, wanted, development=development)


def _package_itself(top: str, around: Surroundings) -> RepoPath | None:
    # `import celery` in celery/__init__.py means that package, where a manifest or the layout puts it on the import path.
    roots = ("", "src", *around.declared.roots)
    return around.path if around.path in {f"{root}/{top}/__init__.py".lstrip("/") for root in roots} else None


def _plain_module(top: str, around: Surroundings) -> RepoPath | None:
    places = (path for path in around.tree().modules.get(top, ()) if path != around.path)
    return next((path for path in places if around.for_development or not is_named_for_development(path)), None)


def _is_declared(wanted: tuple[str, ...], around: Surroundings) -> bool:
    names = around.declared.runtime
    if around.for_development:
        names = names | around.declared.development
    if around.for_building:
        names = names | around.declared.build | {"setuptools"}
    return not names.isdisjoint(wanted)


def _folder(module: str, sure: tuple[str, ...], possible: tuple[str, ...], around: Surroundings, *, known: bool) -> str | None:
    tree = around.tree()
    top = module.partition(".")[0]
    if is_namespace(top):
        return find_folder("/".join(module.split(".")[:2]), sure, tree) if "." in module else None
    if is_generated(top, tree):
        return f"{top}.proto"
    if top in FAMOUS:
        return _below_famous(module, sure, around) if "." in module else None
    # A package of a test explains nothing to the product, no more than a module of one.
    others = [root for root in sorted(tree.roots) if around.for_development or not _is_of_tests(root)]
    roots = sure if known else (*sure, *possible, *others)
    remote = None if known else find_module(top, others, around.paths, around.path)
    found = remote or find_folder(top, roots, tree)
    return None if found and found in tree.folders and _is_pretext(found, module, around) else found


@lru_cache(maxsize=4096)
def _is_of_tests(root: str) -> bool:
    return is_test(RepoPath(f"{root}/x"))


def _is_pretext(folder: str, module: str, around: Surroundings) -> bool:
    """True for a folder that came in this cycle and in which there is nothing to import: none of its modules for a bare import, and
    nothing but stubs for any, unless the project builds what they describe. The distribution goes before such a folder.
    """
    if any(path.startswith(f"{folder}/") for path in around.paths.base):
        return False
    if "." not in module and folder not in around.tree().direct:
        return True
    inside = (path for path in around.paths.overlay if path.startswith(f"{folder}/") and path in around.paths)
    return around.declared.build.isdisjoint(_COMPILERS) and not any(path.endswith((*COMPILED, ".py")) for path in inside)


def _below_famous(module: str, sure: tuple[str, ...], around: Surroundings) -> str | None:
    """Return what `docker.build` means here. A folder `docker` without `__init__.py` explains no `import docker`: the distribution,
    wherever it is on the import path, goes before the folder.
    """
    top, below = module.split(".")[:2]
    folders = [f"{root}/{top}" if root else top for root in sure]
    return find_folder(below, folders, around.tree()) or find_module(below, folders, around.paths, around.path)
