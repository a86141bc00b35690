"""tsconfig.json: comments and trailing commas are read, names lead to places, circles end, nothing leads out of the repository."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from forgewatch.core.defect import Defect
from forgewatch.core.jsonc import parse_jsonc
from forgewatch.core.limits import LIMITS
from forgewatch.core.package_json import PackageJson, read_package
from forgewatch.core.script_documents import MOST_PACKAGES, foreign_manifests, load_foreign
from forgewatch.core.tsconfig import MOST_CONFIGS, Alias, TsConfig, configs_of, inside, read_tsconfig
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable

HERE = RepoPath("web/tsconfig.json")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, // x\n "b": [1, 2,],}', {"a": 1, "b": [1, 2]}),
        ('{"a": "// no, ]", /* , */ "b": "\\",}"}', {"a": "// no, ]", "b": '",}'}),
        ('\ufeff{"a": [1, /* x */ ], // y\n}', {"a": [1]}),
        ('{"paths": {"@/*": ["./*"]}}', {"paths": {"@/*": ["./*"]}}),
    ],
)
def test_comments_and_trailing_commas_are_nothing(text: str, value: Any) -> None:
    assert parse_jsonc(text.encode()) == value


@pytest.mark.parametrize("text", ["[1,,]", '{"a": 1 "b": 2}', "/*", '{"a": 1, "a": 2}', "{'a': 1}"])
def test_what_is_wrong_beside_that_stays_wrong(text: str) -> None:
    assert isinstance(parse_jsonc(text.encode()), Defect)


def test_a_defect_keeps_its_place_and_bytes_that_are_no_text_are_one() -> None:
    assert parse_jsonc(b'/* a\n */ {"a": x}') == Defect("expected a value, found 'x}'", 2, 11)
    assert isinstance(parse_jsonc(b"\xff"), Defect)


@pytest.mark.parametrize("part", ['"', "/*", "//", ",", "/**/", "[", ",]", '"\\'])
def test_hostile_text_takes_no_time(part: str) -> None:
    raw = (part * (LIMITS.contract_bytes // len(part))).encode()
    began = time.process_time()
    parse_jsonc(raw)
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize(
    ("folder", "path", "place"),
    [
        ("a/b", "../c", "a/c"),
        ("", ".", ""),
        ("a", "..", ""),
        ("a", "../..", None),
        ("", "../x", None),
        ("a", "/etc", None),
        ("a", "./b/", "a/b"),
    ],
)
def test_a_place_is_inside_of_the_repository_or_none(folder: str, path: str, place: str | None) -> None:
    assert inside(folder, path) == place


def test_names_are_relative_to_the_base_or_to_the_file() -> None:
    text = json.dumps({"compilerOptions": {"paths": {"@/*": ["src/*", "../../out/*", 1]}}})
    assert read_tsconfig(HERE, text.encode()) == TsConfig(aliases=(Alias("@/*", ("web/src/*",)),))
    text = json.dumps({"compilerOptions": {"baseUrl": "..", "paths": {"x": ["src/x"]}}})
    assert read_tsconfig(HERE, text.encode()) == TsConfig(aliases=(Alias("x", ("src/x",)),), base="")


def test_what_is_no_object_is_a_defect_that_says_what_it_is() -> None:
    assert read_tsconfig(HERE, b"[]") == Defect("expected an object, found list")


def test_a_circle_and_a_chain_without_end_are_read_once_and_end() -> None:
    asked: list[RepoPath] = []

    def content(path: RepoPath) -> Content:
        asked.append(path)
        number = int(path.removeprefix("c").removesuffix(".json") or 0) if path.startswith("c") else 0
        return json.dumps({"extends": ["./c0.json", f"./c{number + 1}.json"]}).encode()

    found = list(configs_of((RepoPath("c0.json"),), content, {}))
    assert len(found) == len(asked) == len(set(asked)) == MOST_CONFIGS


def test_what_is_taken_from_a_package_is_found_in_its_folder_only() -> None:
    files = {
        "t.json": b'{"extends": "@a/c/base.json", "references": [{"path": "@x"}]}',
        "libs/c/base.json": b"{}",
        "@x/tsconfig.json": b"{}",
    }
    found = configs_of((RepoPath("t.json"),), lambda path: files.get(path, Absent()), {"@a/c": "libs/c"})
    assert [path for path, _ in found] == ["t.json", "libs/c/base.json", "@x/tsconfig.json"]
    plain = {"t.json": b'{"extends": "ui/base/x.json"}', "libs/ui/base/x.json": b"{}"}
    found = configs_of((RepoPath("t.json"),), lambda path: plain.get(path, Absent()), {"ui": "libs/ui"})
    assert [path for path, _ in found] == ["t.json", "libs/ui/base/x.json"]
    other = configs_of((RepoPath("u.json"),), lambda _: b'{"extends": "@tsconfig/node22"}', {})
    assert [path for path, _ in other] == ["u.json"]


def test_a_package_tells_sections_members_and_private_names() -> None:
    raw = json.dumps({"name": "a", "dependencies": {"x": "1"}, "devDependencies": {"y": "1"}, "workspaces": ["./p/*/", "FIX/", 1]}).encode()
    assert read_package(RepoPath("w/package.json"), raw) == PackageJson(
        path=RepoPath("w/package.json"), name="a", runtime=frozenset("x"), development=frozenset("y"), workspaces=("p/*", "FIX")
    )
    assert read_package(RepoPath("package.json"), b'{"name": 1, "workspaces": {}, "imports": []}') == PackageJson(
        path=RepoPath("package.json")
    )
    deep = {"a": {"b": {"c": {"d": {"e": {"f": "./x"}}}}}}
    read = read_package(RepoPath("package.json"), json.dumps({"imports": {"#x": deep, "#y": [{"a": "./y"}]}}).encode())
    assert isinstance(read, PackageJson) and (read.imports, read.folder) == ((("#x", ()), ("#y", ("./y",))), "")


def test_conditions_of_a_private_name_stand_inside_of_each_other_four_deep_and_no_deeper() -> None:
    raw = b'{"imports": {"#4": {"a": {"b": {"c": {"d": "./x"}}}}, "#5": {"a": {"b": {"c": {"d": {"e": "./x"}}}}}}}'
    read = read_package(RepoPath("package.json"), raw)
    assert isinstance(read, PackageJson) and read.imports == (("#4", ("./x",)), ("#5", ()))


def test_a_package_may_be_as_long_as_a_document() -> None:
    assert isinstance(read_package(RepoPath("package.json"), b"{" + b" " * LIMITS.contract_bytes + b"}"), PackageJson)
    assert isinstance(read_package(RepoPath("package.json"), b"{" + b" " * LIMITS.document_bytes + b"}"), Defect)


def test_documents_are_read_only_where_such_files_changed_and_those_above_them_first() -> None:
    paths = [RepoPath(f"web/p{number:04}/package.json") for number in range(MOST_PACKAGES + 5)]
    wanted = foreign_manifests([*paths, RepoPath("node_modules/a/package.json"), RepoPath("go.mod"), RepoPath("a.json")])
    assert (wanted[0], len(wanted)) == ("go.mod", len(paths) + 1)
    assert load_foreign(wanted, [RepoPath("app/a.py")], lambda _: b"{}") == {}
    last = paths[-1]
    found = load_foreign(
        wanted, [RepoPath(f"{last.rpartition('/')[0]}/src/a.ts")], lambda path: b"{}" if path == last else Unreadable("no")
    )
    assert (found[last], len(found)) == (b"{}", MOST_PACKAGES)


def test_manifests_of_foreign_code_are_left_out_and_those_near_to_the_root_come_first() -> None:
    foreign = ("node_modules/package.json", "node_modules/a/package.json", "web/node_modules/a/b/package.json", "vendor/go.mod")
    paths = map(RepoPath, (*foreign, "a/b/package.json", "package.json", "z/go.work"))
    assert foreign_manifests(paths) == ("package.json", "z/go.work", "a/b/package.json")


def test_a_configuration_that_many_folders_take_in_is_read_once() -> None:
    asked: list[RepoPath] = []

    def read(path: RepoPath) -> Content:
        asked.append(path)
        return b'{"extends": "/../base.json"}' if path == "tsconfig.json" else b'{"extends": "../base.json"}'

    found = load_foreign((), [RepoPath("a/x.ts"), RepoPath("b/y.ts")], read)
    assert asked.count(RepoPath("base.json")) == 1
    assert {"a/tsconfig.json", "b/tsconfig.json", "base.json"} <= set(found)
