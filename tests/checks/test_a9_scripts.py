"""A9 for TypeScript and JavaScript: what the runtime, the repository or a manifest above the file explains passes, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from forgewatch.core.source_kinds import language_of
from forgewatch.core.values import Unreadable
from tests.support.foreign import Workspace, wants_grammars

pytestmark = wants_grammars


def web(source: str, path: str = "src/a.ts", **manifest: Any) -> Workspace:
    return Workspace().has("package.json", {"name": "web", **manifest}).changes(path, source)


def test_an_import_without_a_declaration_fails_and_states_both_sides() -> None:
    (finding,) = web("\nimport pad from 'left-pad';\n", dependencies={}).ruled().findings
    assert (finding.code, finding.path, finding.line) == ("A901", "src/a.ts", 2)
    assert finding.message == 'import "left-pad" is not declared: expected left-pad in package.json'
    assert (finding.expected, finding.actual) == ("left-pad in package.json", "not declared")


@pytest.mark.parametrize(
    "source",
    [
        "import a from 'dep'",
        "import 'dep/sub/path.css'",
        "export * from 'dep'",
        "export { a } from 'dep/x'",
        "const a = require('dep')",
        "require.resolve('dep/package.json')",
        "const a = await import('dep')",
        "import a = require('dep')",
        "import.meta.resolve('dep')",
        "import type A from 'dep'",
        "export type { A } from 'dep'",
        "let a: import('dep').A",
        "import a from 'd\\x65p'",
    ],
)
@pytest.mark.parametrize("section", ["dependencies", "peerDependencies", "optionalDependencies"])
def test_every_way_to_import_is_declared_by_each_section_of_the_product(source: str, section: str) -> None:
    ruling = web(source, **{section: {"dep": "1"}}).ruled()
    assert (ruling.findings, ruling.notes) == ((), ())
    assert ruling.basis == "1 import declared, 1 TypeScript or JavaScript file changed"


@pytest.mark.parametrize(
    "source",
    [
        "import a from 'other'",
        "export * from 'other'",
        "const a = require('other')",
        "require?.('other')",
        "module.require('other')",
        "const a = await import(/* webpackChunkName: 'x' */ `other`)",
        "import a = require('other')",
        "import { a, type B } from 'other'",
        "import type, { a } from 'other'",
        "import type from 'other'",
        "if (x) { require('other') }",
        "try { f() } catch { require('other') }",
        "try { require('dep') } finally { require('other') }",
        "import { \"a}b\" as c } from 'other'",
        "import data from 'other' with { type: 'json' }",
        "import a from 'oth\\u{65}r'",
        "import a from 'ot\\\nher'",
        "const load = require; load('other')",
        "const load = require\nload.resolve('other/x')",
        "import { createRequire } from 'module'; const load = createRequire(import.meta.url); load('other')",
        "import module from 'node:module'; let load = module.createRequire(__filename), a = load('other')",
        "const load: NodeJS.Require = require; load('other')",
        "(0, require)('other')",
        "require(('other'))",
        "const load = require; load('dep'); print('nothing'); require('other')",
        "if (typeof require === 'undefined') { f() } require('other')",
        "if (x) { require('other') } const y = typeof window",
    ],
)
def test_no_way_to_import_hides_what_is_not_declared(source: str) -> None:
    assert web(source, dependencies={"dep": "1"}).found() == [("A901", "other in package.json")]


@pytest.mark.parametrize(
    "source",
    [
        "// import a from 'other'",
        "/* require('other') */",
        "const a = \"import b from 'other'\"",
        "const a = `require('other')`",
        "loader.require('other')",
        "const load = require('./dep'); load('other')",
        "const load = required; load('other')",
        "const load = require; x.load('other'); load(name)",
        "const a = /require('other')/",
        "import './missing'",
        "import '../up'",
        "import a from '/absolute.js'",
        "import('./' + name); require(name); require(`a${b}`)",
        "export const from = 'other'",
        "declare module '*.svg' { const x: string; export default x }",
    ],
)
def test_what_is_no_import_of_a_package_is_nothing(source: str) -> None:
    assert web(source).ruled().findings == ()


@pytest.mark.parametrize("source", ["fs", "node:fs", "node:test", "fs/promises", "path", "virtual:pwa", "data:text/javascript,1"])
def test_what_the_runtime_brings_needs_no_declaration(source: str) -> None:
    assert web(f"import x from '{source}'").ruled().basis == "0 imports declared, 1 TypeScript or JavaScript file changed"


@pytest.mark.parametrize(
    ("first", "codes"),
    [
        ("#!/usr/bin/env node", ["A901"]),
        ("#!/usr/bin/env -S tsx --no-cache", ["A901"]),
        ("#!/bin/sh", []),
        ("", []),
    ],
)
def test_a_program_without_suffix_is_known_by_what_runs_it(first: str, codes: list[str]) -> None:
    assert [code for code, _ in web(f"{first}\nrequire('other')\n", path="bin/tool").found()] == codes


@pytest.mark.parametrize(
    ("first", "told"),
    [(b"#!/usr/bin/env node", ("#!node", "JavaScript")), (b"#!/usr/bin/env -S deno run", ("#!deno", "TypeScript")), (b"#!/bin/sh", None)],
)
def test_what_is_not_judged_without_the_extra_is_named_by_what_runs_it(first: bytes, told: tuple[str, str] | None) -> None:
    assert language_of("bin/tool", first) == told


@pytest.mark.parametrize(("framework", "codes"), [("next", []), ("react", ["A901"])])
def test_what_marks_a_file_of_next_for_one_side_needs_no_declaration(framework: str, codes: list[str]) -> None:
    workspace = web("import 'server-only'; import 'client-only'", dependencies={framework: "1"})
    assert sorted({code for code, _ in workspace.found()}) == codes


@pytest.mark.parametrize("source", ["https://esm.example.org/x.js", "npm:left-pad", "jsr:@std/path", "@/x", "~/x", "$lib/x", "#x"])
def test_what_is_fetched_or_named_by_nobody_fails_and_is_a_note_where_a_bundler_may_name_it(source: str) -> None:
    workspace = web(f"import x from '{source}'")
    assert [code for code, _ in workspace.found()] == ["A901"]
    workspace.has("vite.config.ts")
    assert (workspace.found(), workspace.noted()) == ([], ["A915"])


@pytest.mark.parametrize("place", ["vite.config.ts", "web/vite.config.ts", "web/app/vite.config.ts", "web/app/src/vite.config.ts"])
def test_a_bundler_gives_names_to_all_files_below_its_configuration(place: str) -> None:
    assert web("import '@/x'", "web/app/src/a.ts").has(place).noted() == ["A915"]
    assert web("import '@/x'", "other/a.ts").has(place).noted() == ([] if "/" in place else ["A915"])


def test_a_name_that_is_no_packages_is_expected_where_such_names_are_given() -> None:
    assert web("import '@/x'; import '#y'").found() == [
        ("A901", "@/x in paths of tsconfig.json"),
        ("A901", "#y in imports of package.json"),
    ]


def test_below_a_bundler_the_message_says_where_a_name_for_files_is_read_from() -> None:
    (finding,) = web("import '@store/index'", dependencies={}).has("vite.config.ts").ruled().findings
    told = "expected @store/index in package.json, or in paths of tsconfig.json where it is a name for files"
    assert (finding.message.partition(": ")[2], finding.expected) == (told, "@store/index in package.json")


@pytest.mark.parametrize("name", ["left", "left-pads", "@x/left-pad", "@types/left-pad", "LEFT-PAD"])
def test_a_name_that_only_resembles_the_package_declares_nothing(name: str) -> None:
    assert web("import 'left-pad'", dependencies={name: "1"}).found() == [("A901", "left-pad in package.json")]


def test_a_scoped_package_is_its_scope_and_its_name() -> None:
    source = "import '@acme/a/deep'; import '@acme/b'"
    assert web(source, dependencies={"@acme/a": "1"}).found() == [("A901", "@acme/b in package.json")]


@pytest.mark.parametrize(
    "path",
    ["src/a.test.ts", "src/__tests__/a.ts", "tests/a.js", "vite.config.ts", ".eslintrc.cjs", "src/a.stories.tsx", "scripts/a.mjs"],
)
def test_what_is_declared_for_development_satisfies_tests_and_configuration(path: str) -> None:
    assert web("import 'vitest'", path, dependencies={}, devDependencies={"vitest": "3"}).found() == []
    inner = Workspace().has("web/app/package.json", {"dependencies": {}, "devDependencies": {"vitest": "3"}})
    assert inner.changes(f"web/app/{path}", "import 'vitest'").found() == []
    product = web("import 'vitest'", "src/a.ts", dependencies={}, devDependencies={"vitest": "3"}).ruled().findings
    assert [(finding.code, finding.actual) for finding in product] == [("A901", "declared for development only")]


def test_a_private_package_that_is_bundled_is_made_of_what_it_declares_for_development() -> None:
    assert web("import 'svelte'", private=True, devDependencies={"svelte": "5"}).found() == []
    assert web("import 'svelte'", private=False, devDependencies={"svelte": "5"}).found() == [("A901", "svelte in package.json")]


def test_types_alone_are_a_note_and_declared_by_their_package() -> None:
    undeclared = web("import type A from '@a/b'; import { type C } from '@a/b'")
    assert (undeclared.found(), undeclared.noted()) == ([], ["A912"])
    assert web("import type A from '@a/b'", devDependencies={"@types/a__b": "1"}).noted() == []
    (note,) = undeclared.ruled().notes
    assert note.message.startswith('type-only import "@a/b" is not declared')
    for path in ("src/a.d.ts", "src/a.d.mts", "src/a.d.cts"):
        assert web("import A from 'x'", path).noted() == ["A912"]
    assert web("import { Point } from 'geojson'", dependencies={}, devDependencies={"@types/geojson": "1"}).found() == []
    assert web("import x from 'express'", dependencies={"@types/express": "1"}).found() == [("A901", "express in package.json")]


def test_the_host_of_a_program_is_declared_for_development() -> None:
    assert web("import { app } from 'electron'", dependencies={}, devDependencies={"electron": "40"}).found() == []


@pytest.mark.parametrize(
    "source",
    [
        "try { require('maybe') } catch { }",
        "typeof exports === 'object' ? factory(require('maybe')) : 0",
        "try { try { f() } catch { } require('maybe') } catch { }",
        "try { require('maybe'); try { f() } finally { } } catch { }",
        "try { try { require('maybe'); try { f() } finally { } } catch { } } finally { }",
        "if (typeof module !== 'undefined') { module.exports = require('maybe') }",
    ],
)
def test_an_optional_import_is_a_note(source: str) -> None:
    workspace = web(source, "src/a.js")
    assert (workspace.found(), workspace.noted()) == ([], ["A909"])
    assert workspace.ruled().notes[0].message.startswith('optional import "maybe" is not declared')


def test_the_nearest_manifest_and_those_up_to_the_workspace_root_declare() -> None:
    workspace = Workspace().has("package.json", {"dependencies": {"outside": "1"}})
    workspace.has("web/package.json", {"workspaces": {"packages": ["./packages/*/"]}, "dependencies": {"shared": "1"}})
    workspace.has("web/packages/ui/package.json", {"name": "@acme/ui", "dependencies": {"react": "19"}})
    workspace.has("web/packages/model/package.json", {"name": "@acme/model"}).has("web/other/package.json", {"name": "@acme/other"})
    source = "import 'react'; import 'shared'; import '@acme/ui/x'; import '@acme/model'; import '@acme/other'; import 'outside'"
    workspace.changes("web/packages/ui/src/a.ts", source)
    wanted = "in web/packages/ui/package.json"
    assert workspace.found() == [("A901", f"@acme/other {wanted}"), ("A901", f"outside {wanted}")]


def test_pnpm_takes_in_every_package_below_its_file() -> None:
    workspace = Workspace().has("package.json", {"name": "top"}).has("pnpm-workspace.yaml", "packages: ['libs/*']\n")
    workspace.has("libs/a/package.json", {"name": "a"}).has("libs/b/package.json", {"name": "b"})
    assert workspace.changes("libs/a/x.ts", "import 'b'; import 'c'").found() == [("A901", "c in libs/a/package.json")]


@pytest.mark.parametrize("folder", ["web/app", "X", "X/X"])
def test_what_stands_in_a_folder_of_any_name_holds_for_the_files_below_it(folder: str) -> None:
    workspace = (
        Workspace().has(f"{folder}/package.json", {"name": "top", "dependencies": {"dep": "1"}}).has(f"{folder}/pnpm-workspace.yaml")
    )
    workspace.has(f"{folder}/libs/b/package.json", {"name": "b"})
    workspace.has(f"{folder}/tsconfig.json", {"compilerOptions": {"paths": {"@/*": ["src/*"]}}})
    workspace.changes(f"{folder}/src/a.ts", "import 'dep'; import 'b'; import '@/x'; import 'other'")
    assert workspace.found() == [("A901", f"other in {folder}/package.json")]


def test_without_a_workspace_a_package_elsewhere_in_the_repository_declares_nothing() -> None:
    workspace = web("import 'left-pad'").has("decoy/package.json", {"name": "left-pad"})
    assert workspace.found() == [("A901", "left-pad in package.json")]
    assert web("import 'left-pad'", workspaces=["{bad"]).has("decoy/package.json", {"name": "left-pad"}).found() != []


def test_the_names_of_tsconfig_lead_into_the_repository() -> None:
    workspace = (
        web("import '@/x'; import 'lib/y'; import 'left-pad'; import 'z'", dependencies={}).has("src/lib/y.ts").has("src/z/index.ts")
    )
    workspace.has("config/base.json", '{"compilerOptions": {"paths": {"@/*": ["../src/*"], "left-pad": ["../node_modules/left-pad"]}}}')
    workspace.has("tsconfig.json", '// ours\n{"extends": ["./config/base"], "compilerOptions": {"baseUrl": "./src", /* x */},}')
    assert workspace.found() == [("A901", "left-pad in package.json")]


def test_a_name_that_may_be_a_package_needs_a_file_behind_its_alias() -> None:
    workspace = web("import '@app/a'; import '@app/b.js'").has("src/app/b.ts")
    workspace.has("tsconfig.json", {"compilerOptions": {"paths": {"@app/*": ["src/app/*"], "*": ["types/*"], "@app/a": "no list"}}})
    assert workspace.found() == [("A901", "@app/a in package.json")]


def test_references_and_packages_of_the_workspace_bring_names_and_circles_end() -> None:
    workspace = Workspace().has("package.json", {"workspaces": ["*"]}).has("config/package.json", {"name": "@acme/config"})
    workspace.has("config/ts/base.json", {"extends": "./base.json", "compilerOptions": {"paths": {"~/*": ["../../app/*"]}}})
    workspace.has("app/tsconfig.json", {"files": [], "references": [{"path": "tsconfig.app.json"}, {"path": "./lib"}, {}, 1]})
    workspace.has("app/tsconfig.app.json", {"extends": "@acme/config/ts/base", "references": [{"path": "tsconfig.json"}]})
    workspace.has("app/lib/tsconfig.json", {"extends": "../../../outside", "compilerOptions": {"paths": {"#l/*": ["./*"]}}})
    assert workspace.changes("app/a.ts", "import '~/x'; import '#l/y'").found() == []


def test_imports_of_the_package_lead_to_its_files_or_to_declared_packages() -> None:
    names = {"#a": "./src/a.js", "#b/*": {"node": ["dep/*"], "default": "./src/b/*"}, "#c": "left-pad", "#d": "fs/promises", "#e": None}
    source = "import '#a'; import '#b/x'; import '#d'; import '#c'; import '#e'"
    found = web(source, imports=names, dependencies={"dep": "1"}).found()
    assert found == [("A901", "left-pad in package.json"), ("A901", "#e in imports of package.json")]


def test_no_manifest_at_all_fails_unless_the_stack_configuration_names_one() -> None:
    workspace = Workspace().changes("web/a.ts", "import 'react'")
    assert workspace.found() == [("A902", "react in package.json")]
    workspace.has("config/package.json", {"dependencies": {"react": "19"}})
    workspace.has("forge.json", {"frontend": {"dependency_file": "config/package.json", "test_dir": "../x"}})
    assert workspace.found() == []


@pytest.mark.parametrize("side", [{"frontend": {"test_dir": "qa"}}, {"backend": {"language": "TypeScript", "test_dir": "qa"}}])
def test_the_stack_configuration_says_where_tests_are_and_no_cycle_says_otherwise(side: dict[str, Any]) -> None:
    workspace = web("import 'vitest'", "qa/a.ts", dependencies={}, devDependencies={"vitest": "3"}).has("forge.json", side)
    assert workspace.found() == []
    workspace.base["forge.json"] = b'{"frontend": {}}'
    assert workspace.found() == [("A901", "vitest in package.json")]


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        ('{\n"name": "a",\n"name": "b"}', "line 3:1: expected each key once, found 'name' again"),
        ("[]", "expected an object, found list"),
        ('{"dependencies": ["react"]}', "expected dependencies as an object, found list"),
        (b"\xff", "line 1:1: expected UTF-8, found byte 0xff"),
        (Unreadable("cannot be read"), "cannot be read"),
        ("{" + '"a":{' * 40, "line 1:157: expected at most 32 levels, found one more"),
    ],
)
def test_a_manifest_that_cannot_be_believed_fails_by_its_name(manifest: Any, why: str) -> None:
    (finding,) = Workspace().has("package.json", manifest).changes("a.js", "import 'x'").ruled().findings
    place, _, told = why.rpartition(": ")
    assert (finding.code, finding.path, finding.line) == ("A903", "package.json", int(place[5:].partition(":")[0]) if place else None)
    assert (finding.message, finding.actual) == (f"package.json cannot be believed: {told}", told)


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 1, "a": 2}'])
def test_a_tsconfig_that_cannot_be_believed_fails_by_its_name(text: str) -> None:
    (finding,) = web("import 'x'").has("tsconfig.json", text).ruled().findings
    assert (finding.code, finding.path) == ("A903", "tsconfig.json")
    assert web("import './x'").has("tsconfig.json", "  \n").found() == []
    assert web("import './x'").has("tsconfig.json", '{"compilerOptions": 1, "extends": 2, "references": 3}').found() == []


def test_a_file_that_cannot_be_read_or_hides_imports_is_a_finding() -> None:
    assert [code for code, _ in web("import { from 'x'").found()] == ["A905"]
    broken = web("const a = 1;\nfoo(import {\n").ruled().findings
    assert [(finding.code, finding.line) for finding in broken] == [("A905", 2)]
    unread = Workspace().changes("a.ts", Unreadable("is over the limit")).ruled().findings
    assert [(finding.code, finding.actual) for finding in unread] == [("A906", "is over the limit")]
    assert [code for code, _ in web("", path="a.js").changes("b.js", b"\xff").found()] == ["A905"]


def test_syntax_that_a_grammar_does_not_understand_hides_nothing_while_no_import_stands_in_it() -> None:
    assert web("import 'dep';\nconst = ;\n", dependencies={"dep": "1"}).found() == []


def test_manifests_in_folders_of_foreign_code_declare_nothing() -> None:
    workspace = web("import 'x'", "node_modules/y/a.js").has("node_modules/y/package.json", {"dependencies": {"x": "1"}})
    assert workspace.found() == [("A901", "x in package.json")]


def test_a_workspace_whose_root_cannot_be_believed_is_named_for_every_file_below() -> None:
    workspace = Workspace().has("package.json", "{").has("libs/a/package.json", {"name": "a", "dependencies": {"x": "1"}})
    assert [(finding.code, finding.path) for finding in workspace.changes("libs/a/b.ts", "import 'x'").ruled().findings] == [
        ("A903", "package.json")
    ]


def test_members_whose_globs_cannot_be_read_are_none() -> None:
    workspace = web("import 'b'", workspaces=["x" * 5_000 + "{" * 600]).has("b/package.json", {"name": "b"})
    assert workspace.found() == [("A901", "b in package.json")]


def test_a_stack_configuration_that_cannot_be_read_says_nothing_of_the_front_end() -> None:
    workspace = web("import 'vitest'", "qa/a.ts", dependencies={}, devDependencies={"vitest": "3"})
    for text in ("[]", "{", '{"frontend": 1, "backend": {"language": "python", "test_dir": "qa"}}', '{"frontend": {"dependency_file": 1}}'):
        assert workspace.has("forge.json", text).found() == [("A901", "vitest in package.json")]
