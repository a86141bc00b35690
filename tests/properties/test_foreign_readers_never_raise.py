"""Whatever the bytes, every reader of another language's sources and manifests answers with a value."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.codec import decode, encode
from forgewatch.core.defect import Defect
from forgewatch.core.facts import RouteFacts, SourceFacts
from forgewatch.core.foreign_routes import extract_foreign_routes
from forgewatch.core.foreign_source import dotted_paths, extract_foreign_imports
from forgewatch.core.go_modules import GoModule, read_go_module
from forgewatch.core.jsonc import parse_jsonc
from forgewatch.core.package_json import PackageJson, read_package
from forgewatch.core.route_graph import resolve_routes
from forgewatch.core.script_origin import ScriptOrigin, ScriptSurroundings, script_origin
from forgewatch.core.snapshot import PathTable
from forgewatch.core.tsconfig import Alias, TsConfig, read_tsconfig
from forgewatch.core.values import RepoPath
from tests.support.foreign import GRAMMARS, wants_grammars

WORDS = [
    "import", "from", "'a'", '"b"', "require(", "`c`", "`${", "export", "*", "{", "}", "(", ")", "type", "try", "catch", "typeof exports",
    "?", ":", ";", "//", "/*", "*/", "\\u{d800}", "\\x61", "\n", "\r", "=>", "<a>", "</a>", "é", "\x00", "package a", "import (",
    "module a",
    "use (", "go 1", "[", "]", ",", "null", "1", '"dependencies"', '"workspaces"', '"imports"', '"compilerOptions"', '"paths"', '"extends"',
]  # fmt: skip
texts = st.lists(st.sampled_from(WORDS), max_size=25).flatmap(
    lambda parts: st.sampled_from(["", " ", "\n"]).map(lambda glue: glue.join(parts))
)
raws = st.binary(max_size=200) | texts.map(str.encode)
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "a", "./b", "../..", "#c", "*/*", "/"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["dependencies", "imports", "workspaces", "paths", "baseUrl", "extends", "#a", "*"]), inner)
    ),
    max_leaves=5,
)
keys = st.sampled_from(["name", "dependencies", "devDependencies", "workspaces", "imports", "compilerOptions", "extends", "references"])


@wants_grammars
@given(raws, st.sampled_from(["a.ts", "b/a.tsx", "a.js", "b/a.go"]))
def test_sources_become_facts_and_facts_survive_the_cache(raw: bytes, path: str) -> None:
    facts = extract_foreign_imports(RepoPath(path), raw, GRAMMARS)
    assert decode(SourceFacts, json.loads(json.dumps(encode(facts), ensure_ascii=False).encode())) == facts
    assert all(isinstance(dotted_paths(RepoPath(path), item.module), tuple) for item in facts.imports)


ROUTE_WORDS = [
    "import express, { Router as R } from 'express'\n", "const app = express()", "const", "x", "=", "app", ".get(", ".use(", ".route('/a')",
    "'/a/:b'", "`/c/${x}`", ",", ")", "(", "{", "}", "function f(app)", "=>",
    "return", "class A", "this.r", "module.exports", "export default",
    "export { x as y }", "export * from './a'", "require('./a')", "as any", "new Hono()", "[", "]", "package a\n",
    "func f(r chi.Router)",
    'import "github.com/go-chi/chi"\n', 'import "net/http"\n', ":=", "chi.NewRouter()", "http.NewServeMux()", ".HandleFunc(",
    '"GET /a/{b}"',
    ".Methods(", ".PathPrefix(", ".Subrouter()", ".Route(", ".Mount(", "http.StripPrefix(", "type T struct", "r *mux.Router",
    "&T{r: x}", "\n",
]  # fmt: skip
route_texts = st.lists(st.sampled_from(ROUTE_WORDS), max_size=25).map(" ".join).map(str.encode)


@wants_grammars
@given(raws | route_texts, st.sampled_from(["a.ts", "app/x/route.tsx", "pages/api/[a].js", "b/a.go"]))
def test_sources_become_routes_and_routes_survive_the_cache(raw: bytes, path: str) -> None:
    facts = extract_foreign_routes(RepoPath(path), raw, GRAMMARS)
    assert decode(RouteFacts, json.loads(json.dumps(encode(facts), ensure_ascii=False).encode())) == facts
    assert all(route.path is None or route.path.startswith("/") for route in resolve_routes({RepoPath(path): facts}))


@given(raws)
def test_manifests_of_any_bytes_become_values_or_defects(raw: bytes) -> None:
    assert isinstance(parse_jsonc(raw), type(None) | bool | int | str | list | dict | Defect)
    assert isinstance(read_package(RepoPath("package.json"), raw), PackageJson | Defect)
    assert isinstance(read_tsconfig(RepoPath("tsconfig.json"), raw), TsConfig | Defect)
    assert isinstance(read_go_module(RepoPath("go.mod"), raw), GoModule | Defect)


@given(st.dictionaries(keys, documents, max_size=4))
def test_manifests_of_any_shape_become_values_or_defects(value: dict[str, object]) -> None:
    raw = json.dumps(value).encode()
    assert isinstance(read_package(RepoPath("a/package.json"), raw), PackageJson | Defect)
    assert isinstance(read_tsconfig(RepoPath("a/tsconfig.json"), raw), TsConfig | Defect)


NAMES = st.lists(st.sampled_from(["a", "@", "/", "*", "..", ".", "#", "~", ":", "node", "?", "é", "\x00"]), max_size=6).map("".join)


@given(NAMES, NAMES, NAMES)
def test_any_name_has_an_origin(specifier: str, pattern: str, target: str) -> None:
    aliases = (Alias(pattern, (target,)),)
    around = ScriptSurroundings(path=RepoPath("a.ts"), paths=PathTable({}, {}), aliases=aliases, bases=("", "a"))
    assert isinstance(script_origin(specifier, around, types=False), ScriptOrigin)
