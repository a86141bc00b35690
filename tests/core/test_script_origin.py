"""Which files of a front end are there for development, and where bundlers are set up."""

from __future__ import annotations

import pytest

from forgewatch.core.node_modules import is_builtin, package_of, types_of
from forgewatch.core.package_json import PackageJson
from forgewatch.core.script_origin import Known, ScriptOrigin, ScriptSurroundings, script_origin
from forgewatch.core.script_paths import has_bundler, is_script_for_development
from forgewatch.core.snapshot import PathTable
from forgewatch.core.tsconfig import Alias
from forgewatch.core.values import RepoPath
from tests.support.snapshots import entry


def folder_of(path: str) -> str:
    return "web" if path.startswith("web/") else ""


@pytest.mark.parametrize(
    "path",
    [
        "src/a.test.ts",
        "src/a.spec.tsx",
        "src/a.cy.js",
        "e2e/a.ts",
        "src/__mocks__/a.js",
        "src/mocks/handlers.ts",
        "cypress/a.js",
        ".storybook/main.ts",
        "src/a.stories.tsx",
        "jest.config.js",
        "vitest.setup.ts",
        "gulpfile.js",
        "Gruntfile.cjs",
        "setupTests.ts",
        ".eslintrc.cjs",
        "scripts/build.mjs",
        "docs/a.js",
        "src/a.bench.ts",
        "test/a.mts",
        "tests/deep/a.ts",
        "karma.conf.js",
        "web/scripts/a.js",
        "web/qa/a.ts",
    ],
)
def test_tests_stories_configuration_and_scripts_are_for_development(path: str) -> None:
    assert is_script_for_development(RepoPath(path), folder_of(path), "web/qa")


@pytest.mark.parametrize(
    "path",
    [
        "src/a.ts",
        "src/contest.ts",
        "src/testing.ts",
        "lib/docs/a.js",
        "src/scripts/a.ts",
        "src/latest/a.ts",
        "src/specs.ts",
        "config.ts",
        "src/config/a.ts",
        "app/api/route.ts",
        "web/src/docs/a.ts",
        "web/qasim/a.ts",
    ],
)
def test_what_only_sounds_like_that_is_the_product(path: str) -> None:
    assert not is_script_for_development(RepoPath(path), folder_of(path), "web/qa")


@pytest.mark.parametrize(
    ("specifier", "name"),
    [
        (
            "react",
            "react",
        ),
        (
            "react/jsx-runtime",
            "react",
        ),
        (
            "@a/b",
            "@a/b",
        ),
        (
            "@a/b/c/d",
            "@a/b",
        ),
        (
            "lodash.get",
            "lodash.get",
        ),
        (
            "a.svg?url",
            "a.svg",
        ),
        (
            "JSONStream",
            "JSONStream",
        ),
        (
            "@/x",
            None,
        ),
        (
            "~/x",
            None,
        ),
        (
            "@scope",
            None,
        ),
        (
            "$lib/x",
            None,
        ),
        (
            "!!raw!x",
            None,
        ),
        (
            "a b",
            None,
        ),
        (
            "",
            None,
        ),
        (
            "..",
            None,
        ),
    ],
)
def test_the_name_of_a_package_is_cut_from_what_an_import_says(specifier: str, name: str | None) -> None:
    assert package_of(specifier) == name


@pytest.mark.parametrize(
    ("specifier", "builtin", "remote"),
    [
        (
            "fs",
            True,
            False,
        ),
        (
            "fs/promises",
            True,
            False,
        ),
        (
            "node:sqlite",
            True,
            False,
        ),
        (
            "sqlite",
            False,
            False,
        ),
        (
            "virtual:x",
            True,
            False,
        ),
        (
            "astro:content",
            True,
            False,
        ),
        (
            "cloudflare:workers",
            True,
            False,
        ),
        (
            "fsevents",
            False,
            False,
        ),
        (
            "https://x.example/y.js",
            False,
            True,
        ),
        (
            "npm:chalk",
            False,
            True,
        ),
        (
            "jsr:@std/fs",
            False,
            True,
        ),
        (
            "react",
            False,
            False,
        ),
        (
            "file:///x.js",
            True,
            False,
        ),
    ],
)
def test_schemes_and_builtin_modules_are_told_apart(specifier: str, builtin: bool, remote: bool) -> None:
    assert is_builtin(specifier) is builtin
    assert not remote or package_of(specifier) is None


def test_types_of_a_scoped_package_are_in_a_package_of_its_own() -> None:
    assert types_of("@acme/ui") == "@types/acme__ui"
    assert types_of("react") == "@types/react"


def table_of(*paths: str) -> PathTable:
    return PathTable({RepoPath(path): entry(path) for path in paths}, {})


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (
            ("vite.config.ts",),
            True,
        ),
        (
            ("web/vite.config.mjs",),
            True,
        ),
        (
            ("web/src/webpack.config.js",),
            False,
        ),
        (
            ("svelte.config.js",),
            True,
        ),
        (
            ("deno.json",),
            True,
        ),
        (
            ("web/deno.jsonc",),
            True,
        ),
        (
            ("vite.config.py",),
            False,
        ),
        (
            (),
            False,
        ),
    ],
)
def test_a_bundler_is_set_up_in_a_folder_above(paths: tuple[str, ...], found: bool) -> None:
    assert has_bundler(("web", ""), table_of(*paths)) is found


PACKAGE = PackageJson(
    path=RepoPath("package.json"),
    name="web",
    runtime=frozenset({"react", "@types/node"}),
    development=frozenset({"vitest", "@types/estree", "electron"}),
    imports=(("#own/*", ("./src/*",)), ("#dev", ("vitest",))),
)


def origin(
    specifier: str, *files: str, aliases: tuple[Alias, ...] = (), types: bool = False, development: bool = False, bundled: bool = False
) -> ScriptOrigin:
    around = ScriptSurroundings(
        path=RepoPath("src/a.ts"),
        paths=table_of(*files),
        packages=(PACKAGE,),
        siblings=frozenset({"@acme/ui"}),
        aliases=aliases,
        bases=("src",),
        bundled=bundled,
        for_development=development,
    )
    return script_origin(specifier, around, types=types)


@pytest.mark.parametrize(
    ("specifier", "known"),
    [
        (
            "react",
            Known.DECLARED,
        ),
        (
            "react/x",
            Known.DECLARED,
        ),
        (
            "./x",
            Known.OURS,
        ),
        (
            "",
            Known.OURS,
        ),
        (
            "node:os",
            Known.OURS,
        ),
        (
            "@acme/ui/y",
            Known.OURS,
        ),
        (
            "vitest",
            Known.DEVELOPMENT,
        ),
        (
            "estree",
            Known.DECLARED,
        ),
        (
            "electron",
            Known.DECLARED,
        ),
        (
            "left-pad",
            Known.NOBODY,
        ),
        (
            "#own/a",
            Known.OURS,
        ),
        (
            "#dev",
            Known.DEVELOPMENT,
        ),
        (
            "#none",
            Known.NOBODY,
        ),
        (
            "@/a",
            Known.NOBODY,
        ),
        (
            "https://x.example/a.js",
            Known.NOBODY,
        ),
    ],
)
def test_an_import_comes_from_the_first_that_explains_it(specifier: str, known: Known) -> None:
    assert origin(specifier).known is known


@pytest.mark.parametrize(
    "file",
    [
        "src/shared/x.ts",
        "src/shared/x.tsx",
        "src/shared/x.d.ts",
        "src/shared/x.js",
        "src/shared/x.vue",
        "src/shared/x/index.ts",
        "src/shared/x/package.json",
    ],
)
def test_a_bare_name_below_the_base_is_a_file_that_is_there(file: str) -> None:
    assert origin("shared/x", file).known is Known.OURS
    assert origin("shared/y", file).known is Known.NOBODY


@pytest.mark.parametrize(
    ("written", "file"),
    [
        ("lib/x.js", "lib/x.ts"),
        ("lib/x.js", "lib/x.tsx"),
        ("lib/x.jsx", "lib/x.tsx"),
        ("lib/x.mjs", "lib/x.mts"),
        ("lib/x.cjs", "lib/x.cts"),
    ],
)
def test_a_name_with_the_suffix_of_the_built_file_means_its_source(written: str, file: str) -> None:
    aliases = (Alias("lib/*", ("lib/*",)),)
    assert origin(written, file, aliases=aliases).known is Known.OURS
    assert origin(written, aliases=aliases).known is Known.NOBODY


@pytest.mark.parametrize(
    ("alias", "specifier", "known"),
    [
        (Alias("@/*", ("src/*",)), "@/gone", Known.OURS),
        (Alias("~*", ("src/*",)), "~gone", Known.OURS),
        (Alias("exact", ("src/a.ts",)), "exact", Known.OURS),
        (Alias("exact", ("src/a.ts",)), "exactly", Known.NOBODY),
        (Alias("@/*", ()), "@/gone", Known.NOBODY),
        (Alias("left-pad", ("node_modules/left-pad",)), "left-pad", Known.NOBODY),
        (Alias("@/*", ("web/node_modules/*",)), "@/left-pad", Known.NOBODY),
        (Alias("a*b", ("src/*",)), "ab", Known.NOBODY),
        (Alias("*", ("../*",)), "left-pad", Known.NOBODY),
        (Alias("x/*", ("*",)), "x/../../out", Known.NOBODY),
        (Alias("ui*", ("src/a*",)), "ui", Known.OURS),
        (Alias("lib/*/x", ("src/*",)), "lib/a/x", Known.OURS),
        (Alias("lib*b", ("src/a*",)), "lib", Known.NOBODY),
    ],
)
def test_an_alias_explains_what_leads_into_the_repository(alias: Alias, specifier: str, known: Known) -> None:
    assert origin(specifier, "src/a.ts", aliases=(alias,)).known is known


def test_types_development_and_bundlers_widen_what_is_explained() -> None:
    assert origin("vitest", types=True).known is Known.DECLARED
    assert origin("vitest", development=True).known is Known.DECLARED
    assert origin("@/a", bundled=True) == ScriptOrigin(Known.BUNDLER, "@/a")
    assert origin("#none", bundled=True) == ScriptOrigin(Known.BUNDLER, "#none")
    assert origin("left-pad", bundled=True) == ScriptOrigin(Known.NOBODY, "left-pad")
