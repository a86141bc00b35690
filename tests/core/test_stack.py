"""What forge.json tells the runner of the tests, and what it may hold without telling anything (S002-0-4, contract §9.2)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from forgewatch.core.bench import Part, Step
from forgewatch.core.defect import Defect
from forgewatch.core.stack import LONGEST, MOST_COMMANDS, Side, Stack, read_stack
from forgewatch.core.values import Absent, RepoPath, Unreadable


def stack(**document: Any) -> Stack | Defect:
    return read_stack(json.dumps(document).encode())


def backend(**table: Any) -> Side:
    found = stack(backend=table)
    assert isinstance(found, Stack) and found.backend is not None, found
    return found.backend


def commands(*listed: Any) -> tuple[Step, ...]:
    return backend(test={"static": list(listed)}).commands[Part.STATIC]


def why(**document: Any) -> str:
    found = stack(**document)
    assert isinstance(found, Defect), found
    return found.why


@pytest.mark.req("S002-0-4")
def test_every_key_of_a_side_is_read() -> None:
    found = stack(
        project_name="shop",
        backend={
            "language": "python",
            "test_framework": "pytest",
            "test_dir": "./tests/",
            "dependency_file": "requirements.txt",
            "venv_path": ".venv",
            "entry_module": "app.main",
            "version": "3.12",
        },
        frontend={"enabled": True, "language": "typescript", "dependency_file": "web/package.json", "dir": "web/"},
    )
    assert isinstance(found, Stack)
    assert found.backend == Side(
        language="python",
        test_framework="pytest",
        venv_path=".venv",
        entry_module="app.main",
        test_dir=RepoPath("tests"),
        dependency_file=RepoPath("requirements.txt"),
        commands={},
    )
    assert found.frontend == Side(language="typescript", dependency_file=RepoPath("web/package.json"), dir=RepoPath("web"), commands={})
    assert not found.assumed


@pytest.mark.req("S002-0-4")
def test_a_side_that_is_not_enabled_is_none_whatever_else_is_said_of_it() -> None:
    off = {"enabled": False, "language": "typescript", "dir": 3, "test": {"behavior": ["vitest"]}}
    assert stack(backend={"language": "node"}, frontend=off) == Stack(backend=Side(language="node", commands={}), frontend=None)
    assert why(frontend={"enabled": True, "dir": 3}) == "expected frontend.dir as text, found int"


@pytest.mark.req("S002-0-4")
def test_without_forge_json_there_is_a_back_end_of_which_nothing_is_known() -> None:
    assert read_stack(Absent()) == Stack(backend=Side(commands={}), frontend=None, assumed=True)


@pytest.mark.parametrize("raw", [b"{}", b'{"backend": null, "frontend": null}', b'{"backend": {}, "test": null, "x": [1, {}]}'])
def test_nulls_and_unknown_keys_say_nothing(raw: bytes) -> None:
    assert read_stack(raw) == Stack(backend=Side(commands={}), frontend=None, assumed=True)
    nothing = dict.fromkeys(("language", "test_framework", "test_dir", "dependency_file", "venv_path", "entry_module", "test"))
    assert stack(backend=nothing) == Stack(backend=Side(commands={}), frontend=None)


def test_a_side_that_is_not_enabled_is_none() -> None:
    found = stack(backend={"language": "python", "enabled": None}, frontend={"enabled": False, "dir": "web"})
    assert isinstance(found, Stack) and found.backend is not None and found.frontend is None


@pytest.mark.req("S002-0-4")
def test_forge_json_of_real_repositories_is_read_for_the_runner(corpus: Path) -> None:
    found = [read_stack(path.read_bytes()) for path in sorted(corpus.glob("forge_json/*.json"))]
    sides = [(item.backend, item.frontend) for item in found if isinstance(item, Stack)]
    assert [(back.entry_module, back.venv_path, front.dir, front.build_cmd, front.test_cmd) for back, front in sides if back and front] == [
        ("app.main", ".venv", "web", "build", "test")
    ] * 2


def test_a_front_end_alone_needs_no_back_end() -> None:
    found = stack(frontend={"language": "typescript"})
    assert found == Stack(backend=None, frontend=Side(language="typescript", commands={}))


@pytest.mark.parametrize("root", ["", ".", "./"])
def test_the_root_as_a_folder_is_no_folder(root: str) -> None:
    assert backend(language="python", test_dir=root).test_dir is None


def test_a_command_is_text_that_is_split_like_words_of_a_shell_or_a_list_of_words() -> None:
    assert [step.argv for step in commands("ruff check 'my app'", ["ruff", "check", "my app"])] == [("ruff", "check", "my app")] * 2
    # No shell looks at it: what would be a pipe is a word.
    assert commands("cat a | wc && true $HOME")[0].argv == ("cat", "a", "|", "wc", "&&", "true", "$HOME")


def test_a_command_may_have_a_name_and_a_folder() -> None:
    (step,) = commands({"run": "npm test", "folder": "web/", "name": "web-tests"})
    assert step == Step(part=Part.STATIC, name="web-tests", argv=("npm", "test"), folder="web")
    assert commands({"run": ["make"], "folder": None, "comment": "x"})[0] == Step(part=Part.STATIC, name="make", argv=("make",))


def test_the_list_at_the_top_is_the_back_ends_and_each_side_may_have_its_own() -> None:
    found = stack(test={"behavior": ["a"]}, backend={"test": {"behavior": ["b"]}}, frontend={"test": {"contract": ["c"]}})
    assert isinstance(found, Stack) and found.backend and found.frontend
    assert found.backend.commands == {Part.BEHAVIOR: (Step(part=Part.BEHAVIOR, name="a", argv=("a",)),)}
    assert found.frontend.commands == {Part.CONTRACT: (Step(part=Part.CONTRACT, name="c", argv=("c",)),)}
    alone = stack(test={"runtime": []})
    assert isinstance(alone, Stack) and alone.backend and alone.backend.commands == {Part.RUNTIME: ()} and not alone.assumed


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"backend": []}, "expected backend as an object, found list"),
        ({"frontend": "typescript"}, "expected frontend as an object, found str"),
        ({"backend": {"language": 3}}, "expected backend.language as text, found int"),
        ({"frontend": {"venv_path": ["a"]}}, "expected frontend.venv_path as text, found list"),
        ({"frontend": {"enabled": "yes"}}, "expected frontend.enabled as true or false, found str"),
        ({"frontend": {"dir": "/web"}}, "expected frontend.dir as a path of the repository, found '/web', which is absolute"),
        ({"frontend": {"test_cmd": "npm run 'x"}}, "frontend.test_cmd: expected words, found 'npm run 'x': no closing quotation"),
        ({"frontend": {"package_manager": "cargo"}}, "expected frontend.package_manager as one of npm, pnpm, yarn, bun, found 'cargo'"),
        ({"backend": {"test_dir": 1}}, "expected backend.test_dir as text, found int"),
        ({"backend": {"test_dir": "../tests"}}, "expected backend.test_dir as a path of the repository, found '../tests', which climbs"),
        ({"test": ["pytest"]}, "expected test as an object of parts, found list"),
        ({"backend": {"test": 1}}, "expected backend.test as an object of parts, found int"),
        ({"test": {"static": "ruff"}}, f"expected test.static as a list of at most {MOST_COMMANDS} commands, found str"),
        ({"test": {"static": ["a"] * 33}}, f"expected test.static as a list of at most {MOST_COMMANDS} commands, found 33"),
        ({"test": {"static": ["a", 3]}}, "test.static, command 2: expected a command as text or as a list of words, found int"),
        ({"test": {"static": [["a", 3]]}}, "test.static, command 1: expected a command as text or as a list of words, found list"),
        ({"test": {"static": [{"folder": "web"}]}}, "command 1: expected a command as text or as a list of words, found NoneType"),
        ({"test": {"static": ["  "]}}, "expected a command, found none"),
        ({"test": {"static": [[]]}}, "expected a command, found none"),
        ({"test": {"static": [["", "a"]]}}, "expected a command, found none"),
        ({"test": {"static": ["echo 'a"]}}, "expected words, found 'echo 'a': no closing quotation"),
        ({"test": {"static": ["a" * (LONGEST + 1)]}}, f"expected at most {LONGEST} characters"),
        ({"test": {"static": [["a", "b\0"]]}}, "and no NUL"),
        ({"test": {"static": ["a" * 4000] * 5}}, "test: expected at most 16384 characters of commands, found 20000"),
        ({"test": {"static": [{"run": "a", "folder": "../up"}]}}, "expected folder as a path of the repository, found '../up'"),
        ({"test": {"static": [{"run": "a", "name": "exit: 0"}]}}, "expected name as one short word"),
        ({"test": {"static": [{"run": "a", "name": 7}]}}, "expected name as one short word"),
    ],
)
def test_a_key_of_the_wrong_type_is_told_with_both_sides(document: dict[str, Any], told: str) -> None:
    assert told in why(**document)


@pytest.mark.req("S002-0-4")
@pytest.mark.parametrize(
    ("raw", "told"), [(b"{", "expected"), (b"[]", "expected an object, found list"), (b'{"a":1,"a":2}', "a"), (b"\xff", "UTF-8")]
)
def test_a_file_that_is_no_object_is_a_defect(raw: bytes, told: str) -> None:
    found = read_stack(raw)
    assert isinstance(found, Defect) and told in str(found)


def test_a_file_that_cannot_be_read_is_a_defect() -> None:
    assert read_stack(Unreadable("is a symlink")) == Defect("is a symlink")


def test_a_byte_order_mark_and_crlf_are_no_matter() -> None:
    found = read_stack(b'\xef\xbb\xbf{"backend":\r\n {"language": "go"}}\r\n')
    assert isinstance(found, Stack) and found.backend and found.backend.language == "go"
