"""A4 for TypeScript: a name that tsconfig.json or package.json gives to a file is the file, whatever the name is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forgewatch.checks.a4_boundaries import judge
from forgewatch.core.boundaries import Boundaries, parse_boundaries, scan
from forgewatch.core.facts import Import, SourceFacts
from forgewatch.core.places import FORGE
from forgewatch.core.snapshot import PathTable
from forgewatch.core.values import RepoPath, Unreadable
from forgewatch.core.verdict import Ruling
from tests.support.snapshots import entry, snapshot, untracked

RULES = json.dumps({"layers": [{"name": "ui", "glob": "**/ui/*", "forbidden": [{"pattern": "src.repos", "reason": "no"}]}]}).encode()
HERE, REPOSITORY = RepoPath("src/ui/a.ts"), RepoPath("src/repos/r.ts")


def audited(name: str, path: RepoPath = HERE, sources: Any = None, **documents: Any) -> Ruling:
    """Judge a new file of the layer that imports `name`; `documents` by their names without suffix, at the root."""
    rules = parse_boundaries(RULES)
    assert isinstance(rules, Boundaries)
    facts = {path: scan(rules, path, f"import '{name}'\n".encode())}
    told = {RepoPath(f"{stem}.json"): json.dumps(document).encode() for stem, document in documents.items()}
    change = untracked(path)
    ruling = judge(
        snapshot(
            change,
            paths=PathTable(
                {place: entry(place) for place in (REPOSITORY, RepoPath("web/src/repos/own.ts"))} | {place: entry(place) for place in told},
                {path: change.after},
            ),
            documents={FORGE.boundaries: RULES, **told},
            base_documents={FORGE.boundaries: RULES},
            layers=facts,
            base_layers=facts,
            sources={path: SourceFacts(imports=(Import(module=name, line=3),)) if sources is None else sources},
        )
    )
    assert isinstance(ruling, Ruling)
    return ruling


def paths(pattern: str, target: str) -> dict[str, Any]:
    return {"compilerOptions": {"paths": {pattern: [target]}}}


@pytest.mark.parametrize(
    ("name", "documents"),
    [
        ("@/repos/r", {"tsconfig": paths("@/*", "./src/*")}),
        ("db", {"tsconfig": paths("db", "src/repos/r.ts")}),
        ("repos/r", {"tsconfig": {"compilerOptions": {"baseUrl": "src"}}}),
        ("db", {"jsconfig": paths("db", "src/repos/r")}),
        ("#db", {"package": {"imports": {"#db": "./src/repos/r.ts"}}}),
        ("#db/r", {"package": {"imports": {"#db/*": "./src/repos/*.ts"}}}),
    ],
)
def test_another_name_for_a_forbidden_file_is_forbidden(name: str, documents: dict[str, Any]) -> None:
    (finding,) = audited(name, **documents).findings
    assert (finding.code, finding.path, finding.line, finding.actual) == ("A404", HERE, 3, "src.repos")


@pytest.mark.parametrize(
    ("name", "documents"),
    [
        ("db", {}),
        ("@/repos/none", {"tsconfig": paths("@/*", "./src/*")}),
        ("@/repos/r", {"tsconfig": paths("@/*", "../src/*")}),
        ("./b", {"tsconfig": paths("*", "src/repos/r.ts")}),
        ("#other", {"package": {"imports": {"#db": "./src/repos/r.ts"}}}),
        ("/db", {"tsconfig": paths("/*", "src/repos/r.ts")}),
        ("db", {"package": {"imports": {"db": "./src/repos/r.ts"}}}),
        ("db", {"tsconfig": [1]}),
        ("#db", {"package": [1]}),
    ],
)
def test_a_name_that_means_no_file_or_another_is_none(name: str, documents: dict[str, Any]) -> None:
    assert audited(name, **documents).findings == ()


@pytest.mark.parametrize(
    ("name", "place", "document"),
    [
        ("db", "web/src/tsconfig", paths("db", "../../src/repos/r.ts")),
        ("repos/r", "web/src/jsconfig", {"compilerOptions": {"baseUrl": "../../src"}}),
        ("#db", "web/package", {"imports": {"#db": "./src/repos/own.ts"}}),
    ],
)
def test_the_names_of_a_folder_hold_for_the_files_below_it(name: str, place: str, document: dict[str, Any]) -> None:
    (finding,) = audited(name, RepoPath("web/src/ui/a.ts"), **{place: document}).findings
    assert finding.actual == "src.repos"
    assert audited(name, **{place: document}).findings == ()


def test_the_imports_of_another_package_say_nothing() -> None:
    package = {RepoPath("web/package"): {"imports": {"#db": "../src/repos/r.ts"}}}
    assert audited("#db", **package).findings == ()


def test_only_what_grammars_have_read_has_other_names() -> None:
    config = paths("db", "src/repos/r.ts")
    assert audited("db", sources=Unreadable("too large"), tsconfig=config).findings == ()
    assert audited("db", RepoPath("src/ui/a.go"), tsconfig=config).findings == ()
