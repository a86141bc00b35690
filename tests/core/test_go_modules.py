"""go.mod and go.work: directives, blocks, comments and quotes are read; what does not end is a defect with its line."""

from __future__ import annotations

import time

import pytest

from forgewatch.core.defect import Defect
from forgewatch.core.go_modules import GoModule, read_go_module
from forgewatch.core.limits import LIMITS
from forgewatch.core.values import RepoPath

MOD = RepoPath("go.mod")
WORK = RepoPath("go.work")


@pytest.mark.parametrize(
    ("text", "module", "required"),
    [
        (
            "module a.example/b\n",
            "a.example/b",
            set(),
        ),
        (
            'module "a.example/b"\r\nrequire x.example/y v1 // indirect\r\n',
            "a.example/b",
            {"x.example/y"},
        ),
        (
            "module a // require no v1\n// require no v1\nrequire (\n\n\tx v1\n\t// no v1\n\ty v2\n)\nrequire z v3\n",
            "a",
            {"x", "y", "z"},
        ),
        (
            "module a\nreplace old => ../old\nreplace (\n  b v1 => c v2\n)\nexclude d v1\nretract [v1, v2]\n",
            "a",
            {"old", "b"},
        ),
        (
            "module a\ngo 1.24\ntoolchain go1.24.1\ntool (\n\tx/cmd\n)\n",
            "a",
            set(),
        ),
        (
            "module `a`\nrequire https://x v1\n",
            "a",
            {"https://x"},
        ),
    ],
)
def test_directives_and_blocks_say_what_is_required(text: str, module: str, required: set[str]) -> None:
    assert read_go_module(MOD, text.encode()) == GoModule(path=MOD, module=module, required=frozenset(required))


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("go 1.24\nuse ./a\nuse (\n\t./b\n\t../c\n)\n", ("./a", "./b", "../c")),
        ("go 1.24\n", ()),
        ("", ()),
    ],
)
def test_a_workspace_says_what_it_uses_and_needs_no_module(text: str, uses: tuple[str, ...]) -> None:
    assert read_go_module(WORK, text.encode()) == GoModule(path=WORK, uses=uses)


@pytest.mark.parametrize(
    ("text", "defect"),
    [
        ("", Defect("expected a line 'module', found none")),
        ('module ""\n', Defect("expected a line 'module', found none")),
        ("module a\nrequire (\n", Defect("expected ')' after 'require (', found the end")),
        ("module a\nrequire\n", Defect("expected a directive with a value, found 'require'", 2)),
    ],
)
def test_what_does_not_say_it_is_a_defect(text: str, defect: Defect) -> None:
    assert read_go_module(MOD, text.encode()) == defect


@pytest.mark.parametrize("part", ["(", '"', "// ", "a ", "`", " ", "x\n"])
def test_hostile_text_takes_no_time(part: str) -> None:
    raw = ("module a\nrequire b " + part * ((LIMITS.document_bytes - 50) // len(part))).encode()
    began = time.process_time()
    read_go_module(MOD, raw)
    assert time.process_time() - began < 4.0
    assert isinstance(read_go_module(MOD, raw + b" " * 100), Defect)
