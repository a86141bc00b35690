"""Every import that a constant names is found, with what surrounds it."""

from __future__ import annotations

import pytest

from forgewatch.core.facts import Import, SourceFacts
from forgewatch.core.limits import LIMITS
from forgewatch.core.python_imports import absolute_names, extract_imports
from forgewatch.core.values import RepoPath

HERE = RepoPath("app/api/routers/users.py")


def imports(text: str | bytes) -> tuple[Import, ...]:
    """Return the imports of a file; a defect fails the test."""
    facts = extract_imports(HERE, text.encode() if isinstance(text, str) else text)
    assert facts.defect is None, facts.defect
    return facts.imports


def modules(text: str | bytes) -> list[str]:
    """Return the imported modules in order."""
    return [entry.module for entry in imports(text)]


@pytest.mark.req("S002-10.7-A9")
def test_imports_are_found_at_any_depth_and_in_any_form() -> None:
    text = (
        "import a, b.c as d\nfrom e.f import g, h as i\ndef f():\n    class X:\n        if 1:\n            import j\n"
        "for x in y:\n    import k\nelse:\n    import m\n"
    )
    found = imports(text)
    assert [entry.module for entry in found] == ["a", "b.c", "e.f", "j", "k", "m"]
    assert next(entry for entry in found if entry.module == "e.f") == Import(module="e.f", line=2, names=("g", "h"))


@pytest.mark.parametrize(
    "text",
    [
        "import importlib\nimportlib.import_module('asyncpg')\n",
        "import importlib as il\nx = il.import_module(name='asyncpg')\n",
        "from importlib import import_module\nimport_module('async' 'pg')\n",
        "from importlib import import_module as load\nload('asyncpg')\n",
        "__import__('asyncpg')\n",
        "__import__('async' + 'pg')\n",
        "__import__(f'{\"async\"}pg')\n",
        "__import__('\\x61syncpg')\n",
        "import builtins\nbuiltins.__import__('asyncpg')\n",
        "load = __import__\nload('asyncpg')\n",
        "if (load := __import__):\n    load('asyncpg')\n",
        "import importlib\nself.load = importlib.import_module\nself.load('asyncpg')\n",
        "getattr(importlib, 'import_module')('asyncpg')\n",
        "importlib.__import__('asyncpg')\n",
        "importlib.ｉmport_module('asyncpg')\n",
        "z: Any = __import__\nz('asyncpg')\n",
        "(z := __import__)('asyncpg')\n",
        "z, y = __import__, 1\nz('asyncpg')\n",
        "a = __import__\nb = a\nb('asyncpg')\n",
        "b = a\na = __import__\nb('asyncpg')\n",
        "from builtins import __import__ as a\nb = a\nb('asyncpg')\n",
        "builtins.__dict__['__import__']('asyncpg')\n",
        "__builtins__['__imp' + 'ort__']('asyncpg')\n",
        "z = functools.partial(importlib.import_module, 'asyncpg')\nz()\n",
        "import runpy as r\nr.run_module('asyncpg')\n",
        "from runpy import run_module\nrun_module(mod_name='asyncpg')\n",
        "import pkgutil\npkgutil.resolve_name('asyncpg:connect')\n",
        "N = 'asyncpg'\nimport_module(N)\n",
        "A: str = 'async'\nB = 'pg'\n__import__(A + B)\n",
        "exec('import asyncpg')\n",
        "exec ('import async' + 'pg')\n",
        "builtins.eval(' __import__(\"asyncpg\")')\n",
        "exec('exec(\"import asyncpg\")')\n",
        "exec(compile('import asyncpg', 'x', 'exec'))\n",
        "A = 'async'\nB = A + 'pg'\n__import__(B)\n",
        "C = 'import ' + B\nB = 'asyncpg'\nexec(C)\n",
        "importlib._bootstrap._gcd_import('asyncpg')\n",
        "for n in ('asyncpg', 'json'):\n    __import__(n)\n",
        "NAMES = ['json', 'asyncpg']\nfound = [import_module(n) for n in NAMES]\n",
        "for n in {'pg', 'json', x}:\n    import_module(f'async{n}')\n",
        "P = 'asyncpg'\nfor n in (P, 'json'):\n    __import__(n)\n",
        "z, *y = __import__, 1, 2\nz('asyncpg')\n",
        "import importlib\nbuiltins.getattr(importlib, 'import_module')('asyncpg')\n",
    ],
)
def test_a_dynamic_import_of_a_constant_is_an_import(text: str) -> None:
    found = [entry for entry in imports(text) if entry.module == "asyncpg"]
    assert [entry.dynamic for entry in found] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "__import__(name)\n",
        "__import__('\\ud800')\n",
        "__import__('a' + name)\n",
        "__import__(f'{name}')\n",
        "__import__()\n",
        "__import__('.')\n",
        "import_module(3)\n",
        "getattr(x)('a') or import_module\n",
        "N = 'a'\nN = 'b'\n__import__(N)\n",
        "def f(N):\n    return __import__(N)\nN = 'a'\n",
        "N = 'a'\nN = 'b'\ndef f(N):\n    __import__(N)\n",
        "table[i] = __import__\nother[j]('a')\n",
        "N: str\n__import__(N)\n",
        "partial(f, 'a') or import_module\n",
        "self.run_module('a')\n",
        "util.resolve_name('a', None)\n",
        "eval(x) or exec('import')\n",
        "frame.eval('a + b')\n",
        "exec()\n",
        "exec(compile(x, 'x', 'exec'))\n",
        "exec(compile())\n",
        "for n in names:\n    __import__(n)\n",
        "for n in (x, y):\n    __import__(n)\n",
        "for n, m in (('a', 'b'),):\n    __import__(n)\n",
        "for n in ('a', 'b'):\n    n = x\n    __import__(n)\n",
        "NAMES = ['a']\nNAMES = x\nfor n in NAMES:\n    __import__(n)\n",
    ],
)
def test_a_name_that_exists_only_at_run_time_is_not_decided(text: str) -> None:
    assert imports(text) == ()


@pytest.mark.parametrize("text", ["N = 'a'\nfrom x import N\n", "N = 'a'\nN = 'b'\nfrom x import N\n"])
def test_a_name_that_an_import_binds_too_is_not_decided(text: str) -> None:
    assert modules(f"{text}__import__(N)\n") == ["x"]


@pytest.mark.parametrize("name", ["X", "Xlib", "x"])
def test_a_dynamic_import_keeps_the_letters_of_its_name(name: str) -> None:
    assert modules(f"__import__('{name}')\n") == [name]


def test_code_in_code_is_followed_a_few_times_and_no_more() -> None:
    code = "import asyncpg"
    found = []
    for _ in range(6):
        code = f"exec({code!r})"
        found.append(modules(code))
    assert found == [["asyncpg"]] * 4 + [[]] * 2


def test_code_in_a_constant_stands_on_the_line_and_under_the_guard_of_its_call() -> None:
    text = "\ntry:\n    exec('x = 1\\nimport asyncpg')\nexcept ImportError:\n    pass\n"
    assert imports(text) == (Import(module="asyncpg", line=3, guarded=True, dynamic=True),)


@pytest.mark.parametrize(
    "text",
    [
        "import ａsyncpg\n",
        "import \\\n    asyncpg\n",
        "x = 1; import asyncpg\n",
        "\x0cimport asyncpg\n",
        "\ufeffimport asyncpg\n",
        "x = 1 #\rimport asyncpg\n",
    ],
)
def test_no_spelling_hides_an_import(text: str) -> None:
    assert modules(text) == ["asyncpg"]


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        ("try:\n    import a\nexcept ImportError:\n    pass\n", True),
        ("try:\n    import a\nexcept (ValueError, ModuleNotFoundError) as e:\n    a = None\n", True),
        ("try:\n    if x:\n        import a\nexcept ImportError:\n    pass\n", True),
        ("from contextlib import suppress\nwith suppress(ImportError):\n    import a\n", True),
        ("try:\n    __import__('a')\nexcept ImportError:\n    pass\n", True),
        ("try:\n    pass\nexcept ImportError:\n    import a\n", False),
        ("try:\n    import tomllib\nexcept ImportError:\n    import a\n", True),
        ("try:\n    from importlib import metadata\nexcept ModuleNotFoundError:\n    import a as metadata\n", False),
        ("try:\n    import tomllib, orjson\nexcept ImportError:\n    import a\n", False),
        ("try:\n    import a\nexcept ImportError:\n    raise\n", False),
        ("try:\n    import a\nexcept ImportError as e:\n    raise SystemExit('no a') from e\n", False),
        ("try:\n    import a\nexcept ImportError as e:\n    print(e)\n    raise e\n", False),
        ("try:\n    import a\nexcept ImportError:\n    sys.exit(1)\n", False),
        ("try:\n    import a\nexcept ImportError:\n    if x:\n        raise\n    else:\n        exit()\n", False),
        ("try:\n    import a\nexcept ImportError:\n    if x:\n        raise\n", True),
        ("try:\n    import a\nexcept ImportError:\n    if x:\n        raise\n    else:\n        a = None\n", True),
        ("def f():\n    try:\n        import a\n    except ImportError:\n        if x:\n            return None\n        raise\n", True),
        ("try:\n    import a\nexcept ImportError:\n    raise\nexcept (ImportError, ValueError):\n    pass\n", False),
        ("try:\n    import a\nexcept Exception:\n    raise\nexcept ImportError:\n    pass\n", False),
        ("try:\n    import a\nexcept OSError:\n    raise\nexcept builtins.ImportError:\n    pass\n", True),
        ("try:\n    import a\nexcept* ImportError:\n    pass\n", True),
        ("class ImportError(Exception): pass\ntry:\n    import a\nexcept ImportError:\n    pass\n", False),
        ("from mine import Oops as ImportError\ntry:\n    import a\nexcept ImportError:\n    pass\n", False),
        ("ImportError = KeyError\ntry:\n    import a\nexcept ImportError:\n    pass\n", False),
        ("def f(ImportError):\n    try:\n        import a\n    except ImportError:\n        pass\n", False),
        ("import b as ImportError, contextlib\nwith contextlib.suppress(ImportError):\n    import a\n", False),
        ("import contextlib as c\nwith c.suppress(OSError, ImportError):\n    import a\n", True),
        ("from contextlib import suppress as ignoring\nwith ignoring(ModuleNotFoundError):\n    import a\n", True),
        ("class suppress: ...\nwith suppress(ImportError):\n    import a\n", False),
        ("from contextlib import suppress\ndef suppress(x): ...\nwith suppress(ImportError):\n    import a\n", False),
        ("from .contextlib import suppress\nwith suppress(ImportError):\n    import a\n", False),
        ("import ImportError.x.y\ntry:\n    import a\nexcept ImportError:\n    pass\n", False),
        ("x = (ModuleNotFoundError, 'importorskip', 'version_info')\ntry:\n    import a\nexcept ImportError:\n    pass\n", True),
        ("try:\n    from json import nope\nexcept ImportError:\n    import a\n", False),
        ("try:\n    import tomllib\n    raise ImportError\nexcept ImportError:\n    import a\n", False),
        ("try:\n    import json\nexcept ValueError:\n    import a\n", False),
        ("try:\n    from .json import x\nexcept ImportError:\n    import a\n", False),
        ("match x:\n    case 1:\n        import a\n", False),
        ("try:\n    pass\nexcept ImportError:\n    pass\nelse:\n    import a\n", False),
        ("try:\n    import a\nexcept ValueError:\n    pass\n", False),
        ("try:\n    import a\nexcept:\n    pass\n", True),
        ("try:\n    import a\nexcept:\n    raise\n", False),
        ("try:\n    import a\n    b: int = 1\n    c = b\nexcept Exception:\n    a = None\n", True),
        ("try:\n    import a\n    a.run()\nexcept Exception:\n    pass\n", False),
        ("try:\n    if x:\n        import a\nexcept (OSError, BaseException):\n    pass\n", False),
        ("Exception = KeyError\ntry:\n    import a\nexcept Exception:\n    pass\n", False),
        ("try:\n    import a\nfinally:\n    pass\n", False),
        ("try:\n    def f():\n        import a\nexcept ImportError:\n    pass\n", False),
        ("with open(x):\n    import a\n", False),
        ("with suppress:\n    import a\n", False),
    ],
)
def test_only_an_import_that_may_fail_is_guarded(text: str, guarded: bool) -> None:
    assert [entry.guarded for entry in imports(text) if entry.module == "a"] == [guarded]


RAISES = "    try:\n        import a\n    except ImportError as e:\n        {}\n"


def test_a_function_may_tell_its_caller_what_to_install() -> None:
    told = RAISES.format("raise ImportError('pip install a') from e")
    assert [entry.guarded for entry in imports(f"def f():\n{told}")] == [True]
    assert [entry.guarded for entry in imports(f"class C:\n{told}")] == [False]
    for silent in ("raise", "raise e", "raise ImportError", "raise ImportError()", "sys.exit('pip install a')"):
        assert [entry.guarded for entry in imports(f"def f():\n{RAISES.format(silent)}")] == [False], silent


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        ("import pytest\npytest.importorskip('a')\nimport a\n", True),
        ("import pytest as p\nx = p.importorskip('a.b')\ndef f():\n    from a.c import d\n", True),
        ("from pytest import importorskip as need\nneed('a')\nimport a\n", True),
        ("import pytest\ndef f():\n    pytest.importorskip('a')\n    if x:\n        import a\n", True),
        ("import pytest\ndef f():\n    pytest.importorskip('a')\ndef g():\n    import a\n", False),
        ("import pytest\nimport a\npytest.importorskip('a')\n", False),
        ("import pytest\npytest.importorskip('b')\nimport a\n", False),
        ("import pytest\npytest.importorskip('a')\nfrom .a import b as a\nimport a\n", True),
        ("import pytest\nif False:\n    pytest.importorskip('a')\nimport a\n", False),
        ("import pytest\npytest.importorskip(name)\npytest.importorskip()\nimport a\n", False),
        ("def importorskip(x): ...\nimportorskip('a')\nimport a\n", False),
        ("import pytest\npytest = mine\npytest.importorskip('a')\nimport a\n", False),
        ("from pytest import importorskip\ndef importorskip(x): ...\nimportorskip('a')\nimport a\n", False),
        ("import pytest\nwith pytest.raises(ImportError):\n    import a\n", True),
        ("from pytest import raises\nwith raises((ImportError, OSError)):\n    import a\n", True),
        ("import pytest, importlib\nwith pytest.raises(ModuleNotFoundError):\n    importlib.import_module('a')\n", True),
        ("import pytest\nwith pytest.raises(ValueError):\n    import a\n", False),
        ("import pytest\nwith pytest.warns(ImportError):\n    import a\n", False),
        ("import pytest\nwith pytest.importorskip('b', ImportError):\n    import a\n", False),
        ("import pytest  # not importorskip\npytest.raises('a')\nimport a\n", False),
        ("def raises(x): ...\nwith raises(ImportError):\n    import a\n", False),
    ],
)
def test_a_test_that_is_skipped_or_expects_the_fault_needs_no_module(text: str, guarded: bool) -> None:
    assert [entry.guarded for entry in imports(text) if entry.module.partition(".")[0] == "a" and not entry.level] == [guarded]


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        ("try:\n    from http.server import x\nexcept ImportError:\n    from BaseHTTPServer import x\n", True),
        ("try:\n    import acme\nexcept ImportError:\n    import urllib2\n", True),
        ("try:\n    import setuptools\nexcept ImportError:\n    from distutils.core import setup\n", True),
        ("try:\n    import json\nexcept ImportError:\n    import imp\n", True),
        ("try:\n    import acme\nexcept ImportError:\n    import sha, md5, dummy_thread\n", True),
        ("try:\n    import json\nexcept ImportError:\n    import requests\n", False),
        ("try:\n    import json\nexcept ImportError:\n    import urllib2, requests\n", False),
        ("import urllib2\n", False),
    ],
)
def test_what_only_another_python_has_is_a_fallback(text: str, guarded: bool) -> None:
    assert {entry.guarded for entry in imports(text) if entry.module.split(".")[0] not in ("http", "json", "acme", "setuptools")} == {
        guarded
    }


@pytest.mark.parametrize(
    ("test", "body", "other"),
    [
        ("sys.version_info >= (3, 11)", (11, 99), (0, 10)),
        ("sys.version_info < (3, 8)", (0, 7), (8, 99)),
        ("sys.version_info > (3, 8)", (8, 99), (0, 7)),
        ("sys.version_info <= (3, 8, 5)", (0, 8), (8, 99)),
        ("sys.version_info[:2] == (3, 9)", (9, 9), (0, 99)),
        ("sys.version_info[:2] != (3, 9)", (0, 99), (9, 9)),
        ("sys.version_info[0] < 3", (1, 0), (0, 99)),
        ("sys.version_info[0] == 2", (1, 0), (0, 99)),
        ("sys.version_info.major >= 3", (0, 99), (1, 0)),
        ("sys.version_info.minor >= 12", (12, 99), (0, 11)),
        ("sys.version_info[1] >= 12", (12, 99), (0, 11)),
        ("sys.version_info > (3,)", (0, 99), (1, 0)),
        ("sys.version_info[:1] == (2,)", (1, 0), (0, 99)),
        ("sys.version_info < (3, 8, 1)", (0, 8), (8, 99)),
    ],
)
def test_a_test_of_the_version_says_where_its_branches_run(test: str, body: tuple[int, int], other: tuple[int, int]) -> None:
    found = imports(f"import sys\nif {test}:\n    import a\nelse:\n    import b\n")
    assert {entry.module: (entry.since, entry.until) for entry in found[1:]} == {"a": body, "b": other}


@pytest.mark.parametrize(
    "test",
    [
        *(
            "version_info >= (3, 99)",
            "sys.version_info",
            "sys.version_info >= x",
            "sys.version_info >= (3, x)",
            "sys.version_info in (3, 9)",
        ),
        *("sys.version_info >= 3", "sys.version_info[0] >= (3,)", "sys.version_info[2] > 3", "sys.version_info[-1] > 3", "sys.version > 3"),
        *("(3, 8) > sys.version_info", "sys.version_info > (3, 8) > x", "sys.version_info[1:] > (3,)", "sys.version_info[:n] > (3,)"),
        *("sys.version_info.micro > 3", "mine.version_info > (3, 99)", "sys.version_info > (3, True)", "sys.version_info[0:2] > (3, 9)"),
    ],
)
def test_any_other_test_of_the_version_decides_nothing(test: str) -> None:
    found = imports(f"import sys\nif {test}:\n    import a\n")
    assert [(entry.since, entry.until) for entry in found] == [(0, 99)] * 2


@pytest.mark.parametrize("text", ["sys = mine", "sys.version_info = (4,)", "def f(sys): ...", "import sys as s\ns.version_info = (4,)"])
def test_a_version_that_the_file_makes_up_decides_nothing(text: str) -> None:
    found = imports(f"import sys\n{text}\nif sys.version_info > (3, 99):\n    import a\n")
    assert [(entry.since, entry.until) for entry in found if entry.module == "a"] == [(0, 99)]


@pytest.mark.parametrize(
    ("brought", "name"),
    [
        ("import sys as s\ns.version_info = (4,)", "s.version_info"),
        ("import sys\nsys.version_info = (4,)\nfrom sys import version_info", "version_info"),
    ],
)
def test_a_made_up_version_is_known_under_each_of_its_names(brought: str, name: str) -> None:
    found = imports(f"{brought}\nif {name} > (3, 99):\n    import a\n")
    assert [(entry.since, entry.until) for entry in found if entry.module == "a"] == [(0, 99)]


def test_branches_of_versions_are_joined() -> None:
    text = "from sys import version_info\nif version_info >= (3, 9):\n    if version_info < (3, 11):\n        import a\n"
    text += "    elif version_info < (3, 13):\n        def f():\n            import b\n"
    assert [(entry.since, entry.until) for entry in imports(text)[1:]] == [(9, 10), (11, 12)]


@pytest.mark.parametrize(
    ("text", "module"),
    [
        ("try:\n    from typing import Self\nexcept ImportError:\n    from typing_extensions import Self\n", "typing_extensions"),
        (
            "try:\n    from importlib import metadata\nexcept ImportError:\n    import importlib_metadata as metadata\n",
            "importlib_metadata",
        ),
        ("try:\n    import importlib.metadata\nexcept ImportError:\n    import backports.x\n", "backports.x"),
    ],
)
def test_a_backport_beside_the_standard_library_is_for_older_pythons(text: str, module: str) -> None:
    assert [entry.guarded for entry in imports(text) if entry.module == module] == [True]


@pytest.mark.parametrize(
    ("text", "type_only"),
    [
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\n", True),
        ("import typing as t\nif t.TYPE_CHECKING:\n    import a\n", True),
        ("from typing_extensions import TYPE_CHECKING as TC\nif TC:\n    import a\n", True),
        ("TYPE_CHECKING = False\nif TYPE_CHECKING:\n    import a\n", True),
        ("TYPE_CHECKING: bool = False\nif TYPE_CHECKING:\n    import a\n", True),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    pass\nelse:\n    import a\n", False),
        ("from typing import TYPE_CHECKING\nif not TYPE_CHECKING:\n    import a\n", False),
        ("from typing import TYPE_CHECKING\nTYPE_CHECKING = True\nif TYPE_CHECKING:\n    import a\n", False),
        ("import typing\ntyping.TYPE_CHECKING = 1\nif typing.TYPE_CHECKING:\n    import a\n", False),
        ("from typing import TYPE_CHECKING\nfor TYPE_CHECKING in [1]:\n    if TYPE_CHECKING:\n        import a\n", False),
        ("from mine import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\n", False),
        ("from .typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\n", False),
        ("TYPE_CHECKING: bool\nif TYPE_CHECKING:\n    import a\n", False),
        ("if False:\n    import a\n", False),
    ],
)
def test_only_an_import_for_the_type_checker_is_type_only(text: str, type_only: bool) -> None:
    assert [entry.type_only for entry in imports(text) if entry.module == "a"] == [type_only]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import a.b\n", ("a.b",)),
        ("from a import b, c\n", ("a", "a.b", "a.c")),
        ("from a import *\n", ("a",)),
        ("from . import x\n", ("app.api.routers", "app.api.routers.x")),
        ("from ..deps import y\n", ("app.api.deps", "app.api.deps.y")),
        ("from ... import repos\n", ("app", "app.repos")),
        ("from ..... import far\n", ("far",)),
        ("__import__('z', level=1)\n", ("app.api.routers.z",)),
        ("__import__('z', None, None, [], 2)\n", ("app.api.z",)),
        ("__import__('z', level=True and 1)\n", ("z",)),
        ("__import__('z', None, None, [])\n", ("z",)),
        ("import_module('..repos.x', package='app.api')\n", ("app.repos.x",)),
        ("import_module('.x', 'a.b')\n", ("a.b.x",)),
        ("import_module('...x', 'a')\n", ("x",)),
        ("P = 'app.api'\nimport_module('..repos.x', P)\n", ("app.repos.x",)),
        ("import_module('.x', __package__)\n", ("app.api.routers.x",)),
    ],
)
def test_absolute_names_are_resolved_with_the_place_of_the_file(text: str, names: tuple[str, ...]) -> None:
    (entry,) = imports(text)
    assert absolute_names(HERE, entry) == names


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"\nx = (\n", "line 2: '(' was never closed"),
        (b"# coding: utf-7\n", "line 1: expected a coding cookie of utf-8, ascii or a code page, found utf-7"),
        (b"x = 1\n\xff\n", "line 2: expected utf-8, found byte 0xff"),
        (b"#" * (LIMITS.source_bytes + 1), "expected at most 8388608 bytes, found 8388609"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(raw: bytes, why: str) -> None:
    assert extract_imports(HERE, raw) == SourceFacts(defect=why)
