"""X-DEPS: what a manifest newly declares is named by the directive; moves between manifests, versions and first manifests are not told."""

from __future__ import annotations

import json

import pytest

from forgewatch.checks.x_deps import judge
from forgewatch.core.places import FORGE
from forgewatch.core.values import Content, RepoPath, Unreadable
from forgewatch.core.verdict import Ruling
from tests.support.snapshots import snapshot, written

DIRECTIVE = FORGE.directives[0]
OLD = "fastapi==0.110\n"


def audited(
    directive: str | None, *files: tuple[str, str | None, str | None], earlier: str | None = "same", place: RepoPath = DIRECTIVE
) -> Ruling:
    """Judge manifests (path, text at BASE, text now) under a directive, the same at BASE unless given."""
    base_directive = directive if earlier == "same" else earlier
    documents: dict[RepoPath, Content] = {RepoPath(path): after.encode() for path, _, after in files if after is not None}
    base: dict[RepoPath, Content] = {
        RepoPath(path): before.encode() for path, before, after in files if before is not None and after is not None
    }
    for side, text in ((documents, directive), (base, base_directive)):
        if text is not None:
            side[place] = text.encode()
    return judge(snapshot(**{**written(*files), "documents": documents, "base_documents": base}))


def told(ruling: Ruling) -> list[str]:
    return [f"{found.code} {found.path}:{found.line} {found.actual}" for found in ruling.findings]


@pytest.mark.req("S002-7.1-1")
def test_a_new_dependency_that_the_directive_does_not_name_is_told_with_its_line() -> None:
    ruling = audited("# Directive\n\nBuild the importer.\n", ("requirements.txt", OLD, f"{OLD}httpx==0.27\n"))
    assert told(ruling) == ["XD01 requirements.txt:2 httpx"]
    assert (ruling.findings[0].expected, ruling.basis) == (DIRECTIVE, "1 new name in 1 changed manifest")


def test_a_manifest_that_did_not_change_is_not_counted() -> None:
    ruling = audited("Build.\n", ("requirements.txt", OLD, f"{OLD}httpx\n"), ("requirements-dev.txt", "pytest\n", "pytest\n"))
    assert (told(ruling), ruling.basis) == (["XD01 requirements.txt:2 httpx"], "1 new name in 1 changed manifest")


@pytest.mark.req("S002-7.1-1")
@pytest.mark.parametrize(
    "directive",
    [
        "Dependencies: httpx (async; requests cannot)\n",
        "## Dependencies\n- `httpx>=0.27`: async client\n",
        "Use HTTPX for the importer.\n",
        "| httpx | async |\n",
        "httpx, instead of requests\n",
    ],
)
def test_a_new_dependency_that_the_directive_names_is_not_told(directive: str) -> None:
    ruling = audited(directive, ("requirements.txt", OLD, f"{OLD}httpx==0.27\n"))
    assert (ruling.findings, ruling.notes) == ((), ())


@pytest.mark.parametrize(
    "directive",
    [
        "Do not use httpx.\n",
        "Never add httpx\n",
        "Use the standard library instead of httpx.\n",
        "Use httpx2.\n",
        "Use httpx-sse.\n",
        "Use my_httpx.\n",
    ],
)
def test_a_directive_that_refuses_it_or_names_another_one_does_not_approve_it(directive: str) -> None:
    assert told(audited(directive, ("requirements.txt", OLD, f"{OLD}httpx==0.27\n"))) == ["XD01 requirements.txt:2 httpx"]


@pytest.mark.parametrize(
    ("path", "before", "after", "name"),
    [
        (
            "pyproject.toml",
            "[project]\nname = 'a'\n",
            "[project]\nname = 'a'\ndependencies = ['Typing_Extensions>=4']\n",
            "typing-extensions",
        ),
        ("requirements-dev.txt", "pytest\n", "pytest\nruff\n", "ruff"),
        ("package.json", json.dumps({"dependencies": {"a": "1"}}), json.dumps({"devDependencies": {"@types/node": "1"}}), "@types/node"),
        (
            "go.mod",
            "module x\n",
            "require (\n\tgithub.com/a/b v1.2.3\n\tgithub.com/c/d v1.0.0 // indirect\n)\n",
            "github.com/a/b",
        ),
        ("go.mod", "module x\n", "module x\nrequire gopkg.in/yaml.v3 v3.0.1\n", "gopkg.in/yaml.v3"),
    ],
)
def test_manifests_of_other_kinds_are_read_too(path: str, before: str, after: str, name: str) -> None:
    ruling = audited("Build.\n", (path, before, after))
    assert [found.actual for found in ruling.findings] == [name]
    assert audited(f"Dependencies:\n- {name}\n", (path, before, after)).findings == ()


@pytest.mark.parametrize(
    "files",
    [
        [("requirements.txt", OLD, "fastapi==0.115\n")],
        [("requirements.txt", OLD, "FastAPI[all]>=0.115  # newer\n")],
        [("requirements.txt", f"{OLD}httpx\n", OLD)],
        [("requirements.txt", f"{OLD}httpx\n", OLD), ("requirements-dev.txt", None, "httpx\n")],
        [("requirements.txt", OLD, None), ("pyproject.toml", None, "[project]\nname = 'a'\ndependencies = ['fastapi']\n")],
        [("requirements.txt", OLD, OLD)],
        [("package.json", "{}", "[]")],
        [("package.json", "{}", '{"dependencies": ["a"]}')],
        [("package.json", "{}", "{")],
    ],
)
def test_versions_moves_and_removals_bring_nothing_new(files: list[tuple[str, str | None, str | None]]) -> None:
    ruling = audited("Build.\n", *files)
    assert told(ruling) == []
    assert ruling.basis.startswith("0 new names in ")


def test_a_directive_that_names_it_only_since_this_cycle_is_a_note() -> None:
    ruling = audited("Use httpx.\n", ("requirements.txt", OLD, f"{OLD}httpx\n"), earlier="Build.\n")
    assert (told(ruling), [(note.code, note.actual) for note in ruling.notes]) == ([], [("XD02", "httpx")])
    fresh = audited("Use httpx.\n", ("requirements.txt", OLD, f"{OLD}httpx\n"), earlier=None)
    assert [note.code for note in fresh.notes] == ["XD02"]


@pytest.mark.parametrize("place", FORGE.directives)
def test_both_names_of_the_directive_are_read(place: RepoPath) -> None:
    assert audited("Use httpx.\n", ("requirements.txt", OLD, f"{OLD}httpx\n"), place=place).findings == ()
    assert told(audited("Build.\n", ("requirements.txt", OLD, f"{OLD}httpx\n"), place=place)) != []


def test_removing_the_directive_does_not_silence_it() -> None:
    assert told(audited(None, ("requirements.txt", OLD, f"{OLD}httpx\n"), earlier="Build.\n")) == ["XD01 requirements.txt:2 httpx"]


def test_without_a_directive_it_does_not_apply() -> None:
    ruling = audited(None, ("requirements.txt", OLD, f"{OLD}httpx\n"))
    assert (ruling.applicable, ruling.basis) == (False, "there is no directive")
    parts = {**written(), "documents": {DIRECTIVE: Unreadable("is a symlink")}}
    assert not judge(snapshot(**parts)).applicable


def test_the_first_manifest_is_the_stack_itself() -> None:
    ruling = audited("Build.\n", ("requirements.txt", None, OLD))
    assert (ruling.applicable, told(ruling)) == (False, [])


def test_a_dependency_that_stands_in_no_line_of_its_own_has_no_line() -> None:
    ruling = audited("Build.\n", ("requirements.txt", OLD, f"{OLD}git+https://example.org/some%20thing.git#egg=odd_name\n"))
    assert all(found.line in (2, None) for found in ruling.findings)
    assert [found.actual for found in ruling.findings] == ["odd-name"]
