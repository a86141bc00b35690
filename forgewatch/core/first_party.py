"""Which import names the repository itself brings (checks.md A9, first party).

A folder counts only when it holds Python files. Most questions are answered by looking up a few paths; the table of all paths is read at
most once per audit, and only for a name that no look-up and no declaration explains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from forgewatch.core.snapshot import PathTable
from forgewatch.core.values import RepoPath

SUFFIXES = (".py", ".pyi", ".pyx")
_FOREIGN = frozenset({"node_modules", "site-packages", ".venv", "venv", "vendor", "third_party"})
_GENERATED = ("_pb2_grpc", "_pb2")
_INIT = "/__init__.py"
_SAME_NAME = 15
_PROTO = ".proto"
_READ = (*SUFFIXES, _PROTO)
_STUB = ".pyi"
COMPILED = (".pyx", ".c", ".cc", ".cpp", ".cxx", ".rs", ".f90", ".so", ".pyd")


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonTree:
    """What one pass over all paths tells: `folders` that hold Python files at any depth, `direct` those that do themselves, `roots`
    above the packages of the repository (the first folder without `__init__.py`), the `stems` of protocol files, whose modules are
    generated, and by name the `modules` that stand in folders which are no packages.
    """

    folders: frozenset[str]
    direct: frozenset[str]
    roots: frozenset[str]
    stems: frozenset[str]
    modules: Mapping[str, tuple[RepoPath, ...]]


def python_tree(paths: Iterable[RepoPath]) -> PythonTree:
    """Read the table of paths once. Folders of foreign code (`vendor`, `site-packages`, ...) bring nothing."""
    near = [path for path in paths if path.endswith(_READ)]
    direct = {path.rpartition("/")[0] for path in near if not path.endswith(_PROTO)}
    packages = {path[: -len(_INIT)] for path in near if path.endswith(_INIT)}
    stems = {path.rpartition("/")[2].removesuffix(_PROTO) for path in near if path.endswith(_PROTO)}
    own = {folder for folder in direct if not _FOREIGN & set(folder.split("/"))}
    folders = frozenset(upper for folder in own for upper in ancestors(folder))
    roots = frozenset(_above(folder, packages) for folder in packages & own)
    return PythonTree(folders=folders, direct=frozenset(own), roots=roots, stems=frozenset(stems), modules=_modules(near, own - packages))


def _modules(near: Iterable[RepoPath], plain: set[str]) -> Mapping[str, tuple[RepoPath, ...]]:
    found: dict[str, tuple[RepoPath, ...]] = {}
    for path in near:
        folder, _, name = path.rpartition("/")
        stem, _, suffix = name.rpartition(".")
        if suffix == "py" and folder in plain:
            found[stem] = (*found.get(stem, ())[:_SAME_NAME], path)
    return found


def _above(folder: str, packages: set[str]) -> str:
    while folder in packages:
        folder = folder.rpartition("/")[0]
    return folder


def ancestors(folder: str) -> tuple[str, ...]:
    """Return the folder and those above it, the repository root (empty) last."""
    parts = folder.split("/") if folder else []
    return tuple("/".join(parts[:count]) for count in range(len(parts), -1, -1))


def roots_of(path: RepoPath, paths: PathTable, told: Iterable[str] = ()) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the folders from which `path` may import: (those that are on the import path, those that may be).

    On it: the repository, `src/`, what manifests name, and each folder above the file that is no package, with its `src/`. May be:
    the packages above the file, whose modules are top-level only when a program is started inside of them.
    """
    above = ancestors(path.rpartition("/")[0])
    packages = {folder for folder in above if folder and RepoPath(folder + _INIT) in paths}
    plain = [folder for folder in above if folder not in packages]
    sure = dict.fromkeys((*plain, *(_join(folder, "src") for folder in plain), *told))
    return tuple(sure), tuple(folder for folder in above if folder in packages)


def find_module(top: str, roots: Iterable[str], paths: PathTable, importer: RepoPath) -> RepoPath | None:
    """Return the file that `import top` would take from one of `roots`, by look-up alone: a module or a regular package.

    The importing file itself is no answer: `redis.py` that imports redis means the distribution. Nor is a stub of this cycle that
    describes nothing: without a source to compile beside it, and with a name that a distribution could have.
    """
    places = (place for root in roots for place in _places(root, top) if place != importer and place in paths)
    return next((place for place in places if not place.endswith(_STUB) or _describes(place, top, paths)), None)


def _describes(stub: RepoPath, top: str, paths: PathTable) -> bool:
    stem = stub.removesuffix(_STUB)
    return top.startswith("_") or stub in paths.base or any(RepoPath(stem + suffix) in paths for suffix in COMPILED)


def _places(root: str, top: str) -> Iterator[RepoPath]:
    base = _join(root, top)
    yield from (RepoPath(base + suffix) for suffix in SUFFIXES)
    yield RepoPath(base + _INIT)


def find_folder(name: str, roots: Iterable[str], tree: PythonTree) -> str | None:
    """Return the folder `name` (parts joined by `/`) below one of `roots` that holds Python files: a namespace package."""
    return next((place for place in (_join(root, name) for root in roots) if place in tree.folders), None)


def is_generated(top: str, tree: PythonTree) -> bool:
    """True for the module that a protocol compiler writes from a `.proto` file of the repository."""
    return any(top.endswith(suffix) and top.removesuffix(suffix) in tree.stems for suffix in _GENERATED)


def _join(root: str, name: str) -> str:
    return f"{root}/{name}" if root else name
