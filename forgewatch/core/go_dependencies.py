"""A9 for Go: every import of a changed file against the go.mod above it (checks.md A9).

No dot in the first element: the standard library, unless the path lies in a module of the repository. `internal` packages lie in their
module like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from forgewatch.core.defect import Defect
from forgewatch.core.first_party import ancestors
from forgewatch.core.go_modules import GoModule, read_go_module
from forgewatch.core.language_ruling import Answer, LanguageRuling, Trouble, unbelievable, unknown
from forgewatch.core.script_documents import GO_MOD, GO_WORK
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.tsconfig import inside
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable

_OF_A_HOST = {"golang.org": 3, "google.golang.org": 2, "gopkg.in": 2, "go.uber.org": 2, "k8s.io": 2, "cloud.google.com": 2}
_USUAL = 3

_Above = tuple[tuple[RepoPath, GoModule | Defect], ...]


def judge_go(paths: Iterable[RepoPath], snapshot: Snapshot) -> LanguageRuling:
    """Return the troubles of the changed files `paths`, whose facts must be in the snapshot."""
    documents = snapshot.documents
    above_of = cache(lambda folder: _above(folder, documents))
    answers: list[Answer] = []
    declared: set[str] = set()
    for path in paths:
        above = above_of(path.rpartition("/")[0])
        defects = [unbelievable(place, defect.why, defect.line) for place, defect in above if isinstance(defect, Defect)]
        # What a file may import is not known where one of its manifests cannot be read.
        answers += defects or _judge_file(path, above, snapshot, declared)
    return LanguageRuling(answers=tuple(dict.fromkeys(answers)), declared=frozenset(declared))


def _above(folder: str, documents: Mapping[RepoPath, Content]) -> _Above:
    """Return the go.mod that holds for a folder, and the modules that a go.work above it uses beside that."""
    mod, work = (_nearest(folder, name, documents) for name in (GO_MOD, GO_WORK))
    found = [] if mod is None else [(mod, _read(mod, documents[mod]))]
    if work is None:
        return tuple(found)
    plan = _read(work, documents[work])
    if isinstance(plan, Defect):
        return (*found, (work, plan))
    places = (inside(work.rpartition("/")[0], use) for use in plan.uses)
    used = [RepoPath(f"{place}/{GO_MOD}".lstrip("/")) for place in places if place is not None]
    return (*found, *((path, _read(path, documents[path])) for path in used if path in documents and path != mod))


def _nearest(folder: str, name: str, documents: Mapping[RepoPath, Content]) -> RepoPath | None:
    places = (RepoPath(f"{upper}/{name}".lstrip("/")) for upper in ancestors(folder))
    return next((place for place in places if not isinstance(documents.get(place, Absent()), Absent)), None)


def _read(path: RepoPath, content: Content) -> GoModule | Defect:
    return read_go_module(path, content) if isinstance(content, bytes) else Defect(getattr(content, "why", "is not there"))


def _judge_file(path: RepoPath, above: _Above, snapshot: Snapshot, declared: set[str]) -> Iterator[Answer]:
    facts = snapshot.sources[path]
    if isinstance(facts, Unreadable):
        yield unknown(path, facts.why, read=False)
        return
    if facts.defect is not None:
        yield unknown(path, facts.defect, read=True)
    modules = [module for _, module in above if isinstance(module, GoModule)]
    own = [module.module for module in modules]
    # Of the modules of a workspace only the nearest requires for the file; the others are there themselves.
    required = modules[0].required if modules else frozenset()
    for item in facts.imports:
        if item.module.startswith(".") or _lies_in(item.module, own) or "." not in item.module.split("/")[0]:
            continue
        found = _lies_in(item.module, required)
        if found:
            declared.add(found)
            continue
        wanted, manifest = _module_of(item.module), above[0][0] if above else GO_MOD
        trouble, expected = Trouble.UNDECLARED if above else Trouble.NO_MANIFEST, f"{wanted} in {manifest}"
        text = f'import "{item.module}" is not declared: expected {expected}'
        yield Answer(trouble=trouble, path=path, line=item.line, message=text, expected=expected, actual="not declared")


def _lies_in(package: str, modules: Iterable[str]) -> str:
    """Return the module that a package lies in, the longest one; empty when it lies in none."""
    # All of them begin the package, so the longest is the last in order.
    return max((module for module in modules if package == module or package.startswith(f"{module}/")), default="")


def _module_of(package: str) -> str:
    """Return the module that a package most likely lies in; only its server knows."""
    parts = package.split("/")
    return "/".join(parts[: _OF_A_HOST.get(parts[0], _USUAL)])
