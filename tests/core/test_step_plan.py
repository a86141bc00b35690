"""The plan of a run: which commands the three stacks have, and that BASE's run beside those of a change (contract §9, §9.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forgewatch.core.bench import Part
from forgewatch.core.stack import Stack, read_stack
from forgewatch.core.step_plan import Plan, has_stack, plan_files, plan_of, with_base
from forgewatch.core.steps_of_python import NOT_COMPILED
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable

PYTEST = "python -m pytest -p no:cacheprovider -ra -o junit_family=xunit1 --junitxml {report}"
COMPILED = f"python -m compileall -q -x {NOT_COMPILED} ."
VITEST = "vitest run --reporter=default --reporter=junit --outputFile={report}"
JEST = "jest --ci --json --outputFile={report}"


def read(document: dict[str, Any] | None) -> Stack:
    found = read_stack(Absent() if document is None else json.dumps(document).encode())
    assert isinstance(found, Stack), found
    return found


def files_of(**files: str) -> dict[RepoPath, Content]:
    """Files by path; `__` stands for a slash and `_dot_` for a point."""
    return {RepoPath(name.replace("__", "/").replace("_dot_", ".")): text.encode() for name, text in files.items()}


def planned(document: dict[str, Any] | None, scope: str = "", files: dict[RepoPath, Content] | None = None, **named: str) -> Plan:
    return plan_of(read(document), files if files is not None else files_of(**named), scope)


def told(plan: Plan) -> list[str]:
    return [f"{step.part} {step.name}: {step.folder + ' ' if step.folder else ''}{' '.join(step.argv)}" for step in plan.steps]


def package(**parts: Any) -> str:
    return json.dumps(parts)


@pytest.mark.req("S002-9.2-1")
@pytest.mark.req("S002-9-2")
def test_python_is_compiled_and_tested_and_the_other_parts_are_not_configured() -> None:
    plan = planned({"backend": {"language": "python"}})
    assert told(plan) == [f"static compileall: {COMPILED}", f"behavior pytest: {PYTEST}"]
    assert (plan.parts, plan.notes) == ({Part.STATIC, Part.BEHAVIOR}, ())


def test_the_suite_is_never_stopped_at_its_first_failure() -> None:
    words = {word for step in planned({"backend": {"language": "python"}}).steps for word in step.argv if step.name == "pytest"}
    assert words.isdisjoint({"-x", "--exitfirst", "--maxfail"})


@pytest.mark.parametrize(
    ("entry", "program"),
    [
        ("app.main", "import app.main"),
        ("app.main:app", "import app.main"),
        ("app/main.py", "import app.main"),
        ("app/__init__.py", "import app"),
        ("src/app/main.py", "import sys; sys.path.insert(0, 'src'); import app.main"),
        ("os'); evil('", "import importlib; importlib.import_module(\"os'); evil('\")"),
    ],
)
def test_the_entry_module_is_imported_and_never_run_as_code(entry: str, program: str) -> None:
    (step,) = [step for step in planned({"backend": {"entry_module": entry}}).steps if step.name == "import"]
    assert (step.part, step.argv) == (Part.STATIC, ("python", "-c", program))


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("ruff.toml", "", "ruff"),
        (".ruff.toml", "", "ruff"),
        ("pyproject.toml", "[tool.ruff]\nline-length = 100\n", "ruff"),
        ("pyproject.toml", "[tool.ruff.lint]\nselect = ['E']\n", "ruff"),
        ("pyproject.toml", "[tool.ruff\nbroken", "ruff"),
        (".flake8", "[flake8]\nmax-line-length = 100\n", "flake8"),
        ("setup.cfg", "[metadata]\n[flake8]\n", "flake8"),
        ("tox.ini", "[flake8]\n", "flake8"),
    ],
)
def test_a_linter_runs_where_it_is_configured(path: str, text: str, name: str) -> None:
    plan = planned({"backend": {"language": "python"}}, files={RepoPath(path): text.encode()})
    assert [step.name for step in plan.steps] == ["compileall", name, "pytest"]


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ("pyproject.toml", b"[tool.black]\n"),
        ("pyproject.toml", b"tool = 3\n"),
        ("pyproject.toml", b"[broken\n"),
        ("pyproject.toml", b"\xff\xfe\x00"),
        ("setup.cfg", b"[metadata]\n"),
        ("setup.cfg", b"no section"),
        (".flake8", b"\xff"),
    ],
)
def test_a_linter_that_nobody_configured_does_not_run(path: str, raw: bytes) -> None:
    plan = planned({"backend": {"language": "python"}}, files={RepoPath(path): raw})
    assert [step.name for step in plan.steps] == ["compileall", "pytest"]


def test_settings_that_cannot_be_read_configure_nothing() -> None:
    unreadable: dict[RepoPath, Content] = {
        RepoPath(name): Unreadable("is a symlink") for name in ("ruff.toml", "setup.cfg", "package.json")
    }
    assert [step.name for step in planned({"backend": {"language": "python"}}, files=unreadable).steps] == ["compileall", "pytest"]


def test_the_folder_of_the_tests_is_named_unless_pytest_is_told_by_its_own_settings() -> None:
    side = {"backend": {"language": "python", "test_dir": "checks"}}
    assert planned(side).steps[-1].argv[-1] == "checks"
    assert planned(side, pytest_dot_ini="[pytest]\ntestpaths = tests integration\n").steps[-1].argv[-1] == "{report}"
    assert planned(side, pytest_dot_ini="[pytest]\naddopts = -q\n").steps[-1].argv[-1] == "checks"


def test_unittest_discovers_in_the_folder_of_the_tests() -> None:
    side = {"language": "python", "test_framework": "unittest"}
    assert told(planned({"backend": side}))[-1] == "behavior unittest: python -m unittest discover -v"
    assert told(planned({"backend": {**side, "test_dir": "t"}}))[-1] == "behavior unittest: python -m unittest discover -v -s t"


def test_a_folder_of_unittests_that_is_a_package_is_imported_as_one() -> None:
    side = {"backend": {"language": "python", "test_framework": "unittest", "test_dir": "a/t"}}
    assert RepoPath("a/t/__init__.py") in plan_files(read(side))
    for content in (b"", Unreadable("is a symlink")):
        plan = planned(side, files={RepoPath("a/t/__init__.py"): content})
        assert told(plan)[-1] == "behavior unittest: python -m unittest discover -v -s a/t -t ."
    assert told(planned(side, files={RepoPath("a/t/__init__.py"): Absent()}))[-1].endswith("discover -v -s a/t")


HOME = {"language": "python", "dir": "backend", "test_dir": "backend/tests"}


def test_a_project_that_lives_in_a_folder_is_imported_linted_and_tested_from_there() -> None:
    plan = planned({"backend": {**HOME, "entry_module": "app.main"}}, backend__pyproject_dot_toml="[tool.ruff]\n")
    assert told(plan) == [
        f"static compileall: {COMPILED}",
        "static import: backend python -c import app.main",
        "static ruff: backend ruff check --no-cache .",
        f"behavior pytest: backend {PYTEST} tests",
    ]
    assert RepoPath("backend/pyproject.toml") in plan_files(read({"backend": HOME}))
    named = planned({"backend": HOME}, backend__pytest_dot_ini="[pytest]\ntestpaths = tests more\n", ruff_dot_toml="")
    assert told(named)[1:] == ["static ruff: ruff check --no-cache .", f"behavior pytest: backend {PYTEST}"]


def test_unittests_of_a_project_in_a_folder_are_found_by_their_package_there() -> None:
    side = {**HOME, "test_framework": "unittest"}
    plan = planned({"backend": side}, files={RepoPath("backend/tests/__init__.py"): b""})
    assert told(plan)[-1] == "behavior unittest: backend python -m unittest discover -v -s tests -t ."


@pytest.mark.parametrize("test_dir", ["tests", "", "backendtests"])
def test_a_folder_that_does_not_hold_the_tests_moves_nothing(test_dir: str) -> None:
    plan = planned({"backend": {**HOME, "test_dir": test_dir}})
    assert {step.folder for step in plan.steps} == {""}


def test_a_framework_that_nobody_knows_gives_no_behavior_step_and_says_what_to_do() -> None:
    plan = planned({"backend": {"language": "python", "test_framework": "nose"}})
    assert plan.parts == {Part.STATIC}
    assert plan.notes == (
        "nothing tests the backend: name pytest, unittest, vitest or jest as its test_framework, or list commands under test",
    )


@pytest.mark.req("S002-9.2-1")
def test_node_is_checked_by_what_its_package_configures_and_tested_by_its_script() -> None:
    plan = planned(
        {"frontend": {"language": "typescript", "dependency_file": "web/package.json"}},
        web__package_dot_json=package(scripts={"test": "vitest run"}),
        web__tsconfig_dot_json="{}",
        web__eslint_dot_config_dot_mjs="",
    )
    assert told(plan) == ["static tsc: web tsc --noEmit -p .", "static eslint: web eslint .", "behavior npm: web npm test"]


@pytest.mark.parametrize(
    ("side", "commands"),
    [
        ({"build_cmd": "build", "test_cmd": "test"}, ["static npm-build: web npm run build", "behavior npm: web npm test"]),
        ({"test_cmd": "test:e2e", "package_manager": "pnpm"}, ["behavior pnpm-test-e2e: web pnpm run test:e2e"]),
        ({"test_cmd": "odd name"}, ["behavior npm-odd-name: web npm run odd name"]),
        ({"test_cmd": "npx playwright test"}, ["behavior npx-playwright: web npx playwright test"]),
        ({"test_cmd": "missing"}, ["behavior npm-missing: web npm run missing"]),
        ({}, ["behavior npm: web npm test"]),
    ],
)
def test_a_front_end_in_a_folder_of_its_own_names_scripts_or_commands(side: dict[str, str], commands: list[str]) -> None:
    scripts = {"test": "vitest run", "build": "tsc && vite build", "test:e2e": "playwright test", "odd name": "x"}
    plan = planned({"frontend": {"enabled": True, "dir": "web", **side}}, web__package_dot_json=package(scripts=scripts))
    assert told(plan) == commands


def test_a_build_script_that_changed_is_spelled_out_too() -> None:
    side = {"frontend": {"dir": "web", "build_cmd": "build", "test_cmd": "npx suite"}}
    there, here = (files_of(web__package_dot_json=package(scripts={"build": script})) for script in ("tsc", "true"))
    assert [" ".join(step.argv) for step in beside(side, side, here, there).authorized] == ["npm exec --offline -c tsc", "npx suite"]


@pytest.mark.parametrize(
    ("language", "framework", "first"),
    [("fastapi", "pytest", "python"), ("Vite", "vitest 2", "vitest"), ("gin", "go test", "go"), ("Next.js", "", ""), ("cobol", "x", None)],
)
def test_a_word_that_is_no_language_is_told_by_the_framework(language: str, framework: str, first: str | None) -> None:
    steps = planned({"backend": {"language": language, "test_framework": framework}}).steps
    assert (steps[0].argv[0] if steps else first or None) == (first or None)


@pytest.mark.parametrize(
    ("side", "manifest", "command"),
    [
        ({}, {"devDependencies": {"vitest": "1"}}, VITEST),
        ({}, {"dependencies": {"jest": "29"}}, JEST),
        ({"test_framework": "jest"}, {"devDependencies": {"vitest": "1"}}, JEST),
        ({"test_framework": "vitest"}, {}, VITEST),
        ({}, {"scripts": {"test": 'echo "Error: no test specified" && exit 1'}, "devDependencies": {"vitest": "1"}}, VITEST),
        ({}, {"scripts": {"test": " "}, "devDependencies": []}, ""),
        ({}, {"scripts": ["test"]}, ""),
        ({}, {"eslintConfig": {}}, ""),
        ({"test_framework": "mocha"}, {"scripts": {"test": "mocha"}}, "npm test"),
    ],
)
def test_without_a_script_the_framework_is_run_and_asked_for_a_report(side: dict[str, str], manifest: dict[str, Any], command: str) -> None:
    plan = planned({"backend": {"language": "javascript", **side}}, package_dot_json=package(**manifest))
    assert [" ".join(step.argv) for step in plan.steps if step.part is Part.BEHAVIOR] == ([command] if command else [])
    assert ("eslint" in [step.name for step in plan.steps]) == ("eslintConfig" in manifest)


def test_a_package_that_is_no_json_has_no_script() -> None:
    assert planned({"backend": {"language": "node"}}, package_dot_json="{").steps == ()
    assert planned({"backend": {"language": "node"}}, package_dot_json="[]").steps == ()


@pytest.mark.req("S002-9.2-1")
def test_go_is_vetted_and_tested_in_the_folder_of_its_module() -> None:
    plan = planned({"backend": {"language": "Go", "dependency_file": "svc/go.mod"}})
    assert told(plan) == ["static vet: svc go vet ./...", "behavior go-test: svc go test -count=1 -v ./..."]


def test_a_front_end_is_looked_for_in_its_usual_folder_and_else_at_the_root() -> None:
    side = {"frontend": {"language": "react"}}
    script = package(scripts={"test": "vitest"})
    assert told(planned(side, frontend__package_dot_json=script)) == ["behavior npm: frontend npm test"]
    assert told(planned(side, package_dot_json=script)) == ["behavior npm: npm test"]
    assert planned(side).steps == ()


def test_a_front_end_is_tested_in_the_folder_that_forge_json_names_as_init_does() -> None:
    script = package(scripts={"test": "vitest"})
    sides = {"backend": {"language": "go"}, "frontend": {"enabled": True, "dir": "web"}}
    plan = planned(sides, web__package_dot_json=script, frontend__package_dot_json=script)
    assert [f"{step.folder} {step.name}" for step in plan.steps if step.name == "npm"] == ["web npm"]
    lost = planned({**sides, "frontend": {"enabled": True, "dir": "client"}}, web__package_dot_json=script)
    assert "npm" not in [step.name for step in lost.steps]
    assert lost.notes[-1].startswith("nothing tests the frontend: name its folder as frontend.dir in forge.json")
    asked = {**sides, "frontend": {"enabled": True, "dir": "client"}}
    assert plan_of(read(asked), {}, tested=False).notes == ()
    off = planned({**sides, "frontend": {"enabled": False, "dir": "web"}}, web__package_dot_json=script)
    assert ("npm" in [step.name for step in off.steps], off.notes) == (False, ())


def test_two_sides_that_are_one_package_are_tested_once() -> None:
    sides = {"backend": {"language": "typescript"}, "frontend": {"enabled": True, "dir": "."}}
    assert told(planned(sides, package_dot_json=package(scripts={"test": "vitest"}))) == ["behavior npm: npm test"]


@pytest.mark.parametrize(
    ("document", "files", "first"),
    [
        (None, {}, "python"),
        ({"backend": {"dependency_file": "package.json"}}, {"package_dot_json": package(scripts={"test": "x"})}, "npm"),
        (None, {"package_dot_json": package(scripts={"test": "x"})}, "npm"),
        (None, {"go_dot_mod": "module x\n"}, "go"),
        ({"backend": {"dependency_file": "go.mod"}}, {"go_dot_mod": "module x\n", "pyproject_dot_toml": ""}, "go"),
        (None, {"go_dot_mod": "module x\n", "requirements_dot_txt": ""}, "python"),
        ({"backend": {"dependency_file": "requirements.txt"}}, {"package_dot_json": "{}"}, "python"),
        ({"frontend": {"test_framework": "vitest"}}, {}, "vitest"),
    ],
)
def test_a_language_that_is_not_named_is_told_by_the_manifest(document: dict[str, Any] | None, files: dict[str, str], first: str) -> None:
    assert planned(document, **files).steps[0].argv[0] == first


def test_defaults_that_hold_for_want_of_a_stack_are_told() -> None:
    assert planned(None).notes == ("there is no stack in forge.json: its defaults hold",)


def test_a_language_nobody_knows_has_no_commands_and_says_what_to_do() -> None:
    plan = planned({"backend": {"language": "cobol"}})
    assert plan.steps == () and plan.notes == ("no commands are known for the language of the backend: list them in forge.json under test",)
    listed = planned({"backend": {"language": "cobol"}, "test": {"behavior": ["cobcheck"]}})
    assert told(listed) == ["behavior cobcheck: cobcheck"] and listed.notes == ()


@pytest.mark.parametrize("side", [None, "backend", "frontend"])
def test_a_key_that_names_no_part_is_told_with_those_that_do(side: str | None) -> None:
    """`behaviour` is a word of the contract too, and its commands would be missed by nobody."""
    lists = {"test": {"behaviour": ["make test"], "static": ["mypy ."], "note": None}}
    plan = planned({"backend": {"language": "python"}, **({side: {"language": "python", **lists}} if side else lists)})
    key = f"{side}.test.behaviour" if side else "test.behaviour"
    assert f"nothing runs for {key} of forge.json: the parts are static, runtime, behavior, contract" in plan.notes
    assert not any("nothing runs for" in note for note in planned({"test": {"behavior": ["make test"]}}).notes)


def test_a_listed_part_has_its_commands_only_and_the_others_have_the_usual_ones_in_the_contracts_order() -> None:
    plan = planned({"backend": {"language": "python"}, "test": {"contract": ["make contract"], "static": ["mypy ."], "runtime": ["boot"]}})
    assert told(plan) == ["static mypy: mypy .", "runtime boot: boot", f"behavior pytest: {PYTEST}", "contract make: make contract"]
    assert planned({"backend": {"language": "python"}, "test": {"static": []}}).parts == {Part.BEHAVIOR}


def test_one_side_can_be_asked_for() -> None:
    both = {"backend": {"language": "python"}, "frontend": {"language": "typescript", "test_framework": "vitest"}}
    assert [step.name for step in planned(both).steps] == ["compileall", "pytest", "vitest"]
    assert [step.name for step in planned(both, "backend").steps] == ["compileall", "pytest"]
    assert [step.name for step in planned(both, "frontend").steps] == ["vitest"]


def beside(
    now: dict[str, Any],
    base: dict[str, Any],
    files: dict[RepoPath, Content] | None = None,
    base_files: dict[RepoPath, Content] | None = None,
) -> Plan:
    here, there = files or {}, base_files or {}
    return with_base(plan_of(read(now), here), plan_of(read(base), there), here, there)


def names(plan: Plan) -> tuple[list[str], list[str]]:
    return [step.name for step in plan.steps], [step.name for step in plan.authorized]


def test_a_command_that_the_change_takes_away_runs_all_the_same() -> None:
    loosened = beside({"backend": {"language": "python"}, "test": {"behavior": ["true"]}}, {"backend": {"language": "python"}})
    assert names(loosened) == (["compileall", "true"], ["compileall-base", "pytest-base"])
    assert loosened.authorized[1].argv == tuple(PYTEST.split())
    assert loosened.notes == (
        "the commands are not those of the authorized version, which run too, on a copy of their own, until the change is authorized or "
        "adopted: they are named -base",
    )


def test_a_command_that_the_change_adds_cannot_prepare_the_ground_for_the_authorized_ones() -> None:
    base = {"backend": {"language": "python"}}
    tightened = beside({**base, "test": {"contract": ["check"]}}, base)
    assert names(tightened) == (["compileall", "pytest", "check"], ["compileall-base", "pytest-base"])


def test_commands_that_both_versions_have_run_once() -> None:
    base = {"backend": {"language": "python"}}
    assert names(beside(base, base)) == (["compileall", "pytest"], [])
    assert beside(base, base).notes == ()
    assert names(beside(base, {"test": {"static": [], "behavior": []}})) == (["compileall", "pytest"], [])


def test_a_base_without_any_test_does_not_keep_a_project_from_another_language() -> None:
    node, python = read({"backend": {"language": "node", "test_framework": "vitest"}}), read({"backend": {"language": "python"}})

    def untested(now: Stack, base: Stack) -> tuple[list[str], list[str]]:
        return names(with_base(plan_of(now, {}), plan_of(base, {}, tested=False), {}, {}, plan_of(now, {}, tested=False)))

    assert untested(node, python) == (["vitest"], ["compileall-base"])
    assert untested(python, python) == (["compileall", "pytest"], [])
    # A list made by hand is somebody's word: it runs whatever its tests are called.
    assert untested(node, read({"test": {"static": [], "behavior": ["./check"]}})) == (["vitest"], ["check-base"])


def test_a_command_that_moved_to_another_part_is_another_command() -> None:
    moved = beside({"test": {"static": ["suite"], "behavior": ["true"]}}, {"test": {"static": [], "behavior": ["suite"]}})
    assert [(step.part, step.name) for step in moved.authorized] == [("behavior", "suite-base")]


def test_a_command_of_base_whose_folder_is_gone_is_dropped_and_told() -> None:
    base = {"backend": {"language": "python"}, "frontend": {"language": "node", "dependency_file": "web/package.json"}}
    there = files_of(web__package_dot_json=package(scripts={"test": "x"}))
    now = {"backend": {"language": "python"}}
    gone = beside(now, base, {RepoPath("web/package.json"): Absent()}, there)
    assert names(gone) == (["compileall", "pytest"], [])
    assert gone.notes == ("the commands of the authorized version in web are dropped: it is gone",)
    still = beside(now, base, files_of(web__package_dot_json="{}"), there)
    assert [step.name for step in still.authorized if step.folder] == ["npm-base"]


def test_a_listed_command_of_base_in_a_folder_of_which_nothing_is_known_runs() -> None:
    base = {"test": {"behavior": [{"run": "suite", "folder": "deep"}]}}
    assert names(beside({"test": {"behavior": ["true"]}}, base))[1] == ["compileall-base", "suite-base"]


def test_a_test_script_that_changed_runs_beside_the_one_of_base() -> None:
    side = {"backend": {"language": "node"}}
    there, here = (files_of(package_dot_json=package(scripts={"test": script})) for script in ("jest --coverage", "true"))
    changed = beside(side, side, here, there)
    assert told(changed) == ["behavior npm: npm test"]
    assert [" ".join(step.argv) for step in changed.authorized] == ["npm exec --offline -c jest --coverage"]
    assert names(beside(side, side, there, there)) == (["npm"], [])


@pytest.mark.parametrize(
    ("document", "files", "says"),
    [
        ({"backend": {"language": "python"}}, {}, True),
        (None, {}, False),
        (None, {"pyproject_dot_toml": ""}, True),
        ({}, {"go_dot_mod": "module x"}, True),
    ],
)
def test_a_version_that_says_nothing_of_itself_has_no_commands_that_could_be_missed(
    document: dict[str, Any] | None, files: dict[str, str], says: bool
) -> None:
    assert has_stack(read(document), files_of(**files)) is says
    assert not has_stack(read(None), {RepoPath("package.json"): Absent()})


def test_the_files_that_are_looked_at_are_those_of_each_sides_folder() -> None:
    wanted = plan_files(read({"backend": {"language": "python"}, "frontend": {"dependency_file": "web/package.json"}}))
    assert {"pyproject.toml", "package.json", "web/package.json", "web/tsconfig.json", "frontend/package.json"} <= set(wanted)
    assert len(wanted) == len(set(wanted))
    assert plan_files(read({"frontend": {"language": "ts"}})) == plan_files(read(None))
