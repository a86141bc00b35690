"""Which files declare dependencies, and what all of them together say (checks.md A9, Declared).

`setup.py` is not executed: it declares what stands in it as constants. A lock file repeats what others declare; conda environments are
not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from forgewatch.core.defect import Defect
from forgewatch.core.first_party import ancestors
from forgewatch.core.forge_json import ForgeJson, read_forge_json
from forgewatch.core.ini_manifests import read_pytest_ini, read_setup_cfg, read_tox_ini
from forgewatch.core.limits import LIMITS
from forgewatch.core.manifest import Declared, Group, Include, Manifest, group_of
from forgewatch.core.project_tables import read_pipfile, read_pyproject
from forgewatch.core.requirements_text import read_requirements
from forgewatch.core.setup_script import read_setup_py
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable

MOST_MANIFESTS = 64
_ALONE = f"manifests beyond the first {MOST_MANIFESTS}, which alone are read"
_BELOW = re.compile(r"(?:^|/)requirements(?:/[^/]+){0,2}\Z")
_NO_CONSTANTS = "expected dependencies as constants, found setup.py, which would have to be executed"
_SUFFIXES = (".txt", ".in", ".toml", ".cfg", ".ini", "setup.py", "Pipfile", "package.json", "go.mod")
_REQUIREMENTS = re.compile(
    r"(?:.*/)?(?:[a-z0-9._-]*requirements[a-z0-9._-]*|requirements/(?:[a-z0-9._-]+/){0,2}[a-z0-9._-]+)\.(?:txt|in)\Z", re.IGNORECASE
)
_TABLES: dict[str, Callable[[RepoPath, bytes], Manifest]] = {
    "pyproject.toml": read_pyproject,
    "setup.cfg": read_setup_cfg,
    "setup.py": read_setup_py,
    "tox.ini": read_tox_ini,
    "pytest.ini": read_pytest_ini,
    ".pytest.ini": read_pytest_ini,
    "Pipfile": read_pipfile,
}
_OTHER_LANGUAGES = frozenset({"package.json", "go.mod"})
FOREIGN = frozenset({"node_modules", "site-packages", ".venv", "venv", "env", "vendor", "third_party", "dist", "build", "target", ".tox"})
"""Folders of foreign or made code: what stands below them declares nothing for this repository."""
_READ_BY_NAME_ONLY = {
    "environment.yml": "expected a Python manifest, found a conda environment",
    "environment.yaml": "expected a Python manifest, found a conda environment",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """What a set of manifests declares, all names by PEP 503. `looked_in` are the files that were read, in order.

    `faults`: manifests that cannot be believed, with the reason. `pythons`, `roots` and `shipped` as in `Manifest`.
    """

    runtime: frozenset[str] = frozenset()
    development: frozenset[str] = frozenset()
    build: frozenset[str] = frozenset()
    looked_in: tuple[RepoPath, ...] = ()
    faults: tuple[tuple[RepoPath, Defect], ...] = ()
    pythons: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    shipped: tuple[str, ...] = ()


def is_left_out(content: Content) -> bool:
    """True for what `load_manifests` puts in the place of the manifests beyond the limit."""
    return isinstance(content, Unreadable) and content.why.endswith(_ALONE)


def is_python_manifest(path: str) -> bool:
    """True for a name that declares Python dependencies by convention."""
    return path.rpartition("/")[2] in _TABLES or bool(_REQUIREMENTS.match(path) and "constraints" not in path.rpartition("/")[2])


def wanted_manifests(paths: Iterable[RepoPath], forge_json: Content) -> tuple[RepoPath, ...]:
    """Return every manifest that may have to be loaded, nearest to the root first: `nearest` chooses among many.

    The file that forge.json names comes first and is wanted even where it is not there. Then names by convention, outside of folders
    of foreign code. One pass over `paths`.
    """
    near = (path for path in paths if path.endswith(_SUFFIXES) and _is_wanted(path))
    ordered = sorted(near, key=lambda path: (path.count("/"), path))
    match read_forge_json(forge_json):
        case ForgeJson(dependency_file=named) if named is not None:
            ordered.insert(0, named)
        case _:
            pass
    return tuple(dict.fromkeys(ordered))


def nearest(wanted: Iterable[RepoPath], changed: Iterable[RepoPath]) -> tuple[RepoPath, ...]:
    """Return the manifests in the order in which they matter to the changed files: those above one of them first, the rest as it was."""
    folders = {folder for path in changed for folder in ancestors(path.rpartition("/")[0])}
    return tuple(sorted(wanted, key=lambda path: place_of(path) not in folders))


def place_of(path: RepoPath) -> str:
    """Return the folder for whose files a manifest holds: what is below a folder `requirements` holds for the folder above that."""
    folder = path.rpartition("/")[0]
    found = _BELOW.search(folder)
    return folder[: found.start()] if found else folder


def _is_wanted(path: RepoPath) -> bool:
    return not FOREIGN & set(path.split("/")[:-1]) and (is_python_manifest(path) or path in _OTHER_LANGUAGES)


def referenced_manifests(path: RepoPath, raw: bytes) -> tuple[RepoPath, ...]:
    """Return the files of the repository that a manifest takes in by `-r`, `-c` or `file:`, in order. Never raises."""
    return tuple(dict.fromkeys(include.path for include in declared(path, raw).includes))


def load_manifests(wanted: Iterable[RepoPath], read: Callable[[RepoPath], Content]) -> dict[RepoPath, Content]:
    """Read the wanted manifests and everything they refer to, each once, at most 64 files. `read` never raises.

    Of those beyond the limit the first stands for all, as Unreadable with their number: nobody takes a part for the whole.
    """
    found: dict[RepoPath, Content] = {}
    waiting = list(dict.fromkeys(wanted))
    while waiting and len(found) < MOST_MANIFESTS:
        path = waiting.pop(0)
        if path in found:
            continue
        content = found[path] = read(path)
        if isinstance(content, bytes):
            waiting = [*referenced_manifests(path, content), *waiting]
    left = [path for path in dict.fromkeys(waiting) if path not in found]
    if left:
        found[left[0]] = Unreadable(f"is one of {len(left)} {_ALONE}")
    return found


def declared(path: RepoPath, raw: bytes, group: Group | None = None) -> Manifest:
    """Return what one manifest declares. `group` is that of the file which takes it in; None: what its own name tells. Never raises.

    A name that no convention knows is read as a requirements file, because forge.json may name any.
    """
    name = path.rpartition("/")[2]
    if len(raw) > LIMITS.document_bytes:
        return Manifest(path=path, defects=(Defect(f"expected at most {LIMITS.document_bytes} bytes, found {len(raw)}"),))
    if name in _READ_BY_NAME_ONLY:
        return Manifest(path=path, defects=(Defect(_READ_BY_NAME_ONLY[name]),))
    if name in _OTHER_LANGUAGES:
        return Manifest(path=path, declares=False)
    if name in _TABLES:
        manifest = _TABLES[name](path, raw)
        # A setup.py that somebody names has to say something; one that is just there may compute what it likes.
        is_named = name == "setup.py" and group is not None and not manifest.declares
        return replace(manifest, defects=(Defect(_NO_CONSTANTS),)) if is_named else manifest
    told = group or (Group.DEVELOPMENT if group_of(name) is Group.DEVELOPMENT else Group.RUNTIME)
    return read_requirements(path, raw, told)


def declarations(documents: Mapping[RepoPath, Content], first: Iterable[RepoPath], named: RepoPath | None = None) -> Declarations:
    """Return what the manifests `first`, and all they take in, declare together. What cannot be read is a fault, never an omission.

    `named` is the manifest of the product because forge.json says so, whatever its name tells.
    """
    manifests: list[Manifest] = []
    faults: list[tuple[RepoPath, Defect]] = []
    for item in _closure(documents, first, named):
        if isinstance(item, Manifest):
            manifests.append(item)
            faults.extend((item.path, defect) for defect in item.defects)
        else:
            faults.append(item)
    names = [entry for manifest in manifests for entry in manifest.declared]
    return Declarations(
        runtime=_names(names, Group.RUNTIME, Group.OPTIONAL),
        development=_names(names, Group.DEVELOPMENT),
        build=frozenset(name for manifest in manifests for name in manifest.build),
        looked_in=tuple(dict.fromkeys(manifest.path for manifest in manifests if manifest.declares or manifest.defects)),
        faults=tuple(dict.fromkeys(faults)),
        pythons=tuple(text for manifest in manifests for text in manifest.pythons),
        roots=tuple(dict.fromkeys(root for manifest in manifests for root in manifest.roots)),
        shipped=tuple(dict.fromkeys(root for manifest in manifests for root in manifest.shipped)),
    )


def _names(entries: Iterable[Declared], *groups: Group) -> frozenset[str]:
    return frozenset(entry.name for entry in entries if entry.group in groups)


def _closure(
    documents: Mapping[RepoPath, Content], first: Iterable[RepoPath], named: RepoPath | None
) -> Iterator[Manifest | tuple[RepoPath, Defect]]:
    """Yield each manifest once per group, and a fault of the including file for each one that cannot be read."""
    waiting: list[tuple[Include, RepoPath | None]] = [(Include(path, Group.RUNTIME), None) for path in first]
    seen: set[tuple[RepoPath, Group, bool]] = set()
    while waiting:
        include, source = waiting.pop(0)
        key = (include.path, include.group, include.constrains)
        if key in seen:
            continue
        seen.add(key)
        content = documents.get(include.path, Absent())
        if not isinstance(content, bytes):
            yield _missing(include, source, content)
            continue
        if include.constrains:
            continue
        manifest = declared(include.path, content, include.group if source is not None or include.path == named else None)
        yield manifest
        waiting.extend((inner, include.path) for inner in (*manifest.includes, *_installed(manifest, include.group, documents)))


def _installed(manifest: Manifest, group: Group, documents: Mapping[RepoPath, Content]) -> Iterator[Include]:
    """Yield the manifests of the folders that a requirements file installs (`-e .`): what they declare is installed with them."""
    roots = manifest.roots if manifest.path.endswith((".txt", ".in")) else ()
    for root, name in product(roots, ("pyproject.toml", "setup.cfg", "setup.py")):
        path = RepoPath(f"{root}/{name}" if root else name)
        content = documents.get(path)
        # A setup.py that computes what it needs says nothing here; nobody named it as the manifest.
        if isinstance(content, bytes) and (name != "setup.py" or declared(path, content).declares):
            yield Include(path, group)


def _missing(include: Include, source: RepoPath | None, content: Absent | Unreadable) -> tuple[RepoPath, Defect]:
    why = "which is not there" if isinstance(content, Absent) else f"which {content.why}"
    if source is None:
        return include.path, Defect(f"expected a manifest, found a path {why}")
    return source, Defect(f"expected a file to take in, found '{include.path}', {why}", include.line)
