"""Twice the text is twice the work for every reader of builder text: counted in calls, so that no machine and no load matters.

Each unit is what once was, or could be, compared with all others of its kind.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

import pytest

from forgewatch.core.boundaries import Boundaries, parse_boundaries, scan
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.directive import parse_directive
from forgewatch.core.go_modules import read_go_module
from forgewatch.core.jsonc import parse_jsonc
from forgewatch.core.manifests import declared
from forgewatch.core.package_json import read_package
from forgewatch.core.phases import parse_phases
from forgewatch.core.physics import parse_physics
from forgewatch.core.python_imports import extract_imports
from forgewatch.core.routes import extract_routes
from forgewatch.core.schema_tables import parse_tables
from forgewatch.core.testrecord_parser import parse_test_record
from forgewatch.core.tsconfig import read_tsconfig
from forgewatch.core.values import RepoPath
from tests.support.logs import log_text

FEW = 60
RULES = parse_boundaries(b'{"layers": [{"name": "a", "glob": "**", "forbidden": [{"pattern": "asyncpg"}, {"pattern": "a.b"}]}]}')
HERE = RepoPath("app/x.py")


def work(call: Callable[[], object]) -> int:
    """Return how many calls one call makes, those of built-in functions included."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        call()
    finally:
        sys.setprofile(before)
    return calls


def layers(raw: bytes) -> object:
    assert isinstance(RULES, Boundaries)
    return scan(RULES, HERE, raw)


def logged(raw: bytes) -> object:
    return parse_difflog(log_text(claim=f"## Files Changed\n{raw.decode()}").encode())


def repeated(unit: str, count: int) -> str:
    return "".join(unit.replace("{n}", str(number)).replace("{{", "{").replace("}}", "}") for number in range(count))


PYTHON = (
    "import a\n", "from .a import b\n", "__import__('a')\n", "exec('import a')\n", "asyncpg = 1\n", "'''a'''\n",
    "try:\n import a\nexcept ImportError:\n a = None\n", "pytest.importorskip('a')\nimport a\n",
    "if sys.version_info >= (3, 9):\n import a\n",
    "if TYPE_CHECKING:\n import a\n", "with suppress(ImportError):\n import a\n", "def f():\n import a\n", "A = 'a'\n__import__(A)\n",
    "a = APIRouter()\na.include_router(a)\n", "@a.get('/b')\ndef f(): pass\n", "# /// script\n# dependencies = ['a']\n# ///\n", "f'{a}'\n",
)  # fmt: skip
START = "import sys, pytest, importlib\nfrom contextlib import suppress\nfrom typing import TYPE_CHECKING\n"
READERS: dict[str, tuple[Callable[[bytes], object], str, tuple[str, ...], str]] = {
    "imports": (partial(extract_imports, HERE), START, PYTHON, ""),
    "routes": (partial(extract_routes, HERE), START, PYTHON, ""),
    "layers": (layers, START, PYTHON, ""),
    "diff log": (
        logged,
        "",
        ("- a{n}.py\n", "- `a{n}.py` -> `b{n}.py`\n", "### New Files\n", "| a{n}.py | b |\n", "> a\n", "- {{a,b}}/c{n}.py\n"),
        "",
    ),
    "record": (parse_test_record, "Status: PASS\n", ("pytest exit: 0\n", "3 passed\n", "Start: x\n"), ""),
    "directive": (parse_directive, "", ("AEM: enabled\n", "## Phase {n}\n", "- a{n}\n"), ""),
    "phases": (parse_phases, "", ("## Phase {n} - A\n\n- a\n", "| {n} | a |\n", "text\n"), ""),
    "schema": (
        parse_tables,
        "## Tables\n",
        ("### t{n}\n\n| a | b |\n|---|---|\n| c | d |\n", "CREATE TABLE t{n} (a int);\n", "- `t{n}`\n"),
        "",
    ),
    "physics": (parse_physics, "paths:\n", ("  /a{n}:\n    get: {{}}\n",), ""),
    "rules": (
        parse_boundaries,
        '{"layers": [',
        ('{{"name": "a{n}", "glob": "a{n}/**", "forbidden": []}},'),
        '{"name": "z", "glob": "z"}]}',
    ),
    "requirements.txt": (
        partial(declared, RepoPath("requirements.txt")),
        "",
        ("a{n}==1\n", "-r b{n}.txt\n", "-e ./a{n}\n", "a{n} \\\n"),
        "b\n",
    ),
    "pyproject.toml": (partial(declared, RepoPath("pyproject.toml")), "[project]\nname = 'a'\n", ("[tool.a{n}]\nb = 1\n", "# a\n"), ""),
    "setup.cfg": (partial(declared, RepoPath("setup.cfg")), "[options]\ninstall_requires =\n", ("  a{n}\n", "[a{n}]\nb = 1\n"), ""),
    "setup.py": (partial(declared, RepoPath("setup.py")), "", ("A{n} = ['a']\n", "setup(install_requires=['a{n}'])\n"), ""),
    "Pipfile": (partial(declared, RepoPath("Pipfile")), "[packages]\n", ("a{n} = '*'\n",), ""),
    "package.json": (partial(read_package, RepoPath("package.json")), '{"dependencies": {', ('"a{n}": "1",',), '"z": "1"}}'),
    "tsconfig.json": (
        partial(read_tsconfig, RepoPath("tsconfig.json")),
        '{"compilerOptions": {"paths": {',
        ('"a{n}/*": ["./*"],', "/* a */\n"),
        '"z": []}}}',
    ),
    "JSON with comments": (parse_jsonc, "[", ("1, // a\n", '"a{n}",'), "0]"),
    "go.mod": (partial(read_go_module, RepoPath("go.mod")), "module a/b\n", ("require a/b{n} v1\n", "use ./a{n}\n", "// a\n"), ""),
}


@pytest.mark.parametrize("name", READERS)
def test_twice_the_text_is_twice_the_work(name: str) -> None:
    read, head, units, tail = READERS[name]
    for unit in units:
        few, many = (f"{head}{repeated(unit, count)}{tail}".encode() for count in (FEW, 2 * FEW))
        read(few)  # What is made once is made here.
        assert work(lambda raw=many: read(raw + b" ")) < 2.6 * work(lambda raw=few: read(raw + b" ")) + 500, unit
