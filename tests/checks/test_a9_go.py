"""A9 for Go: the standard library, the modules of the repository, and what go.mod requires or replaces."""

from __future__ import annotations

from typing import Any

import pytest

from forgewatch.core.values import Absent, Unreadable
from tests.support.foreign import Workspace, wants_grammars

pytestmark = wants_grammars

MOD = """module example.org/shop // ours

go 1.24

require github.com/gorilla/mux v1.8.1
require (
	golang.org/x/sync v0.10.0
	"gopkg.in/yaml.v3" v3.0.1 // indirect
)

replace (
	example.org/old => ./old
)
"""


def go(*imports: str, mod: Any = MOD) -> Workspace:
    lines = "\n".join(f'\t"{name}"' for name in imports)
    return Workspace().has("go.mod", mod).changes("cmd/main.go", f"package main\n\nimport (\n{lines}\n)\n\nfunc main() {{}}\n")


def test_the_standard_library_the_module_and_what_it_requires_pass() -> None:
    names = [
        "fmt",
        "net/http",
        "C",
        "example.org/shop/internal/db",
        "github.com/gorilla/mux",
        "golang.org/x/sync/errgroup",
        "./near",
        "go/a.b",
    ]
    ruling = go(*names, "gopkg.in/yaml.v3", "example.org/old/a").ruled()
    assert (ruling.findings, ruling.basis) == ((), "4 imports declared, 1 Go file changed")


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("github.com/pkg/errors", "github.com/pkg/errors"),
        ("github.com/gorilla/muxer/sub/deep", "github.com/gorilla/muxer"),
        ("golang.org/x/text/width", "golang.org/x/text"),
        ("gopkg.in/yaml.v2", "gopkg.in/yaml.v2"),
        ("gopkg.in/yaml.v2/sub", "gopkg.in/yaml.v2"),
        ("go.uber.org/zap/zapcore", "go.uber.org/zap"),
        ("example.com", "example.com"),
        ("example.org/shopping/a", "example.org/shopping/a"),
    ],
)
def test_another_module_fails_and_names_the_manifest(name: str, module: str) -> None:
    (finding,) = go(name).ruled().findings
    assert (finding.code, finding.line, finding.expected, finding.actual) == ("A901", 4, f"{module} in go.mod", "not declared")


@pytest.mark.parametrize("folder", ["api", "services/shop/api", "Xorg"])
def test_the_go_mod_above_a_file_holds_however_deep_both_stand(folder: str) -> None:
    workspace = Workspace().has(f"{folder}/go.mod", MOD).has("go.mod", "module example.org/root\n")
    workspace.changes(f"{folder}/a.go", 'package a\nimport "github.com/gorilla/mux"\nimport "example.org/shop/db"\n')
    assert workspace.found() == []
    workspace.changes(f"{folder}/cmd/run/b.go", 'package b\nimport "github.com/gorilla/mux"\nimport "github.com/a/b"\n')
    assert workspace.found() == [("A901", f"github.com/a/b in {folder}/go.mod")]


@pytest.mark.parametrize("spec", ['m "github.com/a/b"', '_ "github.com/a/b"', '. "github.com/a/b"', "`github.com/a/b`"])
def test_every_way_to_import_is_seen_and_a_comment_is_none(spec: str) -> None:
    found = Workspace().has("go.mod", MOD).changes("a.go", f'package a\n\n// import "github.com/c/d"\nimport {spec}\n').found()
    assert found == [("A901", "github.com/a/b in go.mod")]


def test_a_text_that_reads_like_an_import_is_none() -> None:
    text = 'package a\nimport "fmt"\nvar near = "github.com/a/b"\nfunc f() { fmt.Println("github.com/c/d", `github.com/e/f`) }\n'
    assert Workspace().has("go.mod", MOD).changes("a.go", text).found() == []


def test_a_workspace_brings_its_modules_but_not_what_they_require() -> None:
    workspace = Workspace().has("go.work", "go 1.24\nuse (\n\t./api\n\t./lib\n\t../outside\n\t./gone\n)\n")
    workspace.has("api/go.mod", "module example.org/api\n").has("lib/go.mod", "module example.org/lib\nrequire github.com/a/b v1\n")
    workspace.changes("api/a.go", 'package a\nimport "example.org/lib/x"\nimport "github.com/a/b"\n')
    assert workspace.found() == [("A901", "github.com/a/b in api/go.mod")]


@pytest.mark.parametrize("folder", ["", "services/", "Xorg/"])
def test_a_workspace_uses_folders_below_its_own_and_its_own(folder: str) -> None:
    workspace = Workspace().has(f"{folder}go.work", "use (\n\t.\n\t./api\n\t./Xlib\n)\n").has(f"{folder}go.mod", "module example.org/all\n")
    workspace.has(f"{folder}api/go.mod", "module example.org/api\n").has(f"{folder}Xlib/go.mod", "module example.org/lib\n")
    workspace.changes(f"{folder}api/a.go", 'package a\nimport "example.org/all/x"\nimport "example.org/lib/y"\n')
    assert workspace.found() == []


def test_no_go_mod_fails_for_imports_that_need_one() -> None:
    assert Workspace().changes("a.go", 'package a\nimport "github.com/a/b"\n').found() == [("A902", "github.com/a/b in go.mod")]
    assert Workspace().changes("a.go", 'package a\nimport "os"\n').found() == []


@pytest.mark.parametrize(
    "mod",
    ["", "require x v1\n", "module\n", "module a\nrequire (\n", b"\xff", Unreadable("is a symlink"), b"module a\n" * 120_000],
)
def test_a_go_mod_that_cannot_be_believed_fails_by_its_name(mod: Any) -> None:
    (finding,) = go("github.com/a/b", mod=mod).ruled().findings
    assert (finding.code, finding.path) == ("A903", "go.mod")


def test_a_go_mod_that_cannot_be_believed_is_told_with_why_and_where() -> None:
    for mod, line, why in (
        ("module a\n\nrequire\n", 3, "expected a directive with a value, found 'require'"),
        (Unreadable("is a symlink"), None, "is a symlink"),
    ):
        (finding,) = go("github.com/a/b", mod=mod).ruled().findings
        assert (finding.line, finding.actual) == (line, why)


def test_a_module_of_a_workspace_that_is_gone_while_it_is_read_fails_by_its_name() -> None:
    (finding,) = go("fmt").has("go.work", "use ./lib\n").has("lib/go.mod", Absent()).ruled().findings
    assert (finding.code, finding.path, finding.actual) == ("A903", "lib/go.mod", "is not there")


def test_a_go_work_that_cannot_be_believed_fails_by_its_name() -> None:
    (finding,) = go("fmt").has("go.work", "use (\n").ruled().findings
    assert (finding.code, finding.path) == ("A903", "go.work")


def test_a_file_that_cannot_be_read_or_hides_imports_is_a_finding() -> None:
    unread = Workspace().has("go.mod", MOD).changes("a.go", Unreadable("is over the limit")).ruled().findings
    assert [finding.code for finding in unread] == ["A906"]
    assert [code for code, _ in Workspace().has("go.mod", MOD).changes("a.go", 'package a\nimport ( "os\n').found()] == ["A905"]
