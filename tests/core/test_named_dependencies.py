"""The names in manifests of any stack, and those that a directive approves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.named_dependencies import approved_names, dependency_names, is_manifest, line_of
from forgewatch.core.values import RepoPath


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("requirements.txt", True),
        ("requirements-dev.txt", True),
        ("pyproject.toml", True),
        ("web/package.json", True),
        ("go.mod", True),
        ("constraints.txt", False),
        ("package-lock.json", False),
        ("README.md", False),
    ],
)
def test_manifests_are_known_by_name(path: str, known: bool) -> None:
    assert is_manifest(RepoPath(path)) is known


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        ("requirements.txt", "A_b>=1\nc[d]==2  # why\n-r more.txt\n", {"a-b", "c"}),
        ("package.json", '{"dependencies": {"a": "1"}, "devDependencies": {"@b/c": "1"}, "peerDependencies": []}', {"a", "@b/c"}),
        ("web/package.json", '{"optionalDependencies": {"a": "1"}}', {"a"}),
        ("api/go.mod", "module example.org/x\n\ngo 1.22\n\nrequire github.com/a/b v1.0.0\n", {"github.com/a/b"}),
        ("go.mod", "require (\n\tgithub.com/a/b v1.0.0\n\tgithub.com/c/d v0.1.0 // indirect\n)\n", {"github.com/a/b"}),
    ],
)
def test_names_are_read_from_each_kind(path: str, text: str, names: set[str]) -> None:
    assert dependency_names(RepoPath(path), text.encode()) == names


def test_the_line_of_a_name_is_the_first_that_holds_it_as_a_whole() -> None:
    raw = b"httpx-sse\nHTTPX>=0.27\nhttpx\n"
    assert line_of("httpx", raw) == 2
    assert line_of("http", raw) is None


@pytest.mark.parametrize(
    "line", ["- **httpx** (async)", "`httpx`.", "(httpx)", "httpx, uvicorn", "uvicorn/httpx", "HTTPX==0.27", "httpx[http2]"]
)
def test_a_directive_names_a_dependency_in_many_ways(line: str) -> None:
    assert "httpx" in approved_names(line.encode())


def test_what_stands_before_a_refusal_is_approved_and_what_stands_behind_is_not() -> None:
    names = approved_names(b"Use httpx instead of requests.\nNever aiohttp.\n")
    assert "httpx" in names
    assert not names & {"requests", "aiohttp"}


@given(st.sampled_from(["requirements.txt", "package.json", "go.mod", "pyproject.toml"]), st.binary(max_size=200))
def test_any_bytes_have_an_answer(path: str, raw: bytes) -> None:
    for name in dependency_names(RepoPath(path), raw):
        assert line_of(name, raw) is None or line_of(name, raw)
    assert isinstance(approved_names(raw), frozenset)
