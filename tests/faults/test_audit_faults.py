"""A machine that fails while an audit reads: whatever call fails, work that deserves a FAIL never passes (hostile.md, Cases).

Each cheat stands alone in its repository, so that hiding it is all that a fault has to do.
"""

from __future__ import annotations

import builtins
import errno
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support.builder import Builder
from tests.support.inside import Inside, inside_of
from tests.support.machine import Machine, is_pass, spread

# A process whose start was broken off in the middle is not waited for by the library that started it.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")

CALLS: dict[str, ModuleType] = {
    **dict.fromkeys(("open", "read", "fstat", "stat", "lstat", "scandir", "listdir", "readlink", "pipe"), os),
    **dict.fromkeys(("write", "fdopen", "replace", "mkdir", "chmod"), os),
    "builtin open": builtins,
}
"""The calls by which anything is read, and by which the audit keeps what is its own."""


@contextmanager
def failing(name: str, number: int, code: int, seen: Counter[str]) -> Iterator[None]:
    """Let call `number` (from 0) of a call in CALLS fail with `code`; `seen` counts the calls."""
    module, attribute = CALLS[name], name.rpartition(" ")[2]
    real: Callable[..., Any] = getattr(module, attribute)

    def call(*args: Any, **named: Any) -> Any:
        seen[name] += 1
        if seen[name] - 1 == number:
            raise OSError(code, os.strerror(code))
        return real(*args, **named)

    setattr(module, attribute, call)
    try:
        yield
    finally:
        setattr(module, attribute, real)


def hides_a_file(builder: Builder) -> None:
    builder.write("app/backdoor.py", "x = 1\n").write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()


def hides_a_link(builder: Builder) -> None:
    (builder.root / "app/link").symlink_to("/etc/passwd")
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()


def turns_a_link(builder: Builder) -> None:
    (builder.root / "link").unlink()
    (builder.root / "link").symlink_to("app/api")
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()


def fills_a_submodule(builder: Builder) -> None:
    builder.write("vendored/code.py", "x = 1\n").write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()


def softens_the_rules(builder: Builder) -> None:
    rules, code = "Forge/Contracts/boundaries.json", "app/api/routers/users.py"
    builder.write(rules, json.dumps({"layers": [{"name": "n", "glob": "app/api/*.py", "forbidden": [{"pattern": "zzz", "reason": "r"}]}]}))
    builder.write(code, (builder.root / code).read_text() + "\nimport asyncpg\n").write("requirements.txt", "fastapi==0.110\nasyncpg\n")
    builder.record().claims(rules, code, "requirements.txt").completes()


def takes_a_dependency(builder: Builder) -> None:
    builder.write("app/a.py", "import httpx\n\nx = 2\n").record().claims("app/a.py").completes()


CHEATS: dict[str, Callable[[Builder], None]] = {
    "hides a file": hides_a_file,
    "hides a link": hides_a_link,
    "turns a link": turns_a_link,
    "fills a submodule": fills_a_submodule,
    "softens the rules": softens_the_rules,
    "takes a dependency": takes_a_dependency,
}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Inside]:
    """A repository with a symlink and a submodule that was never fetched, and no work in it yet."""
    builder = Builder.with_repository(tmp_path / "repository")
    (builder.root / "link").symlink_to("app")
    (builder.root / "vendored").mkdir()
    builder.git("update-index", "--add", "--cacheinfo", f"160000,{builder.head},vendored")
    builder.git("add", "link")
    builder.git("commit", "-q", "-m", "link and submodule")
    with inside_of(tmp_path, builder) as made:
        yield made


def answered(machine: Machine, name: str, number: int, code: int) -> tuple[bool, int]:
    """Audit with that fault; return whether it passed and how many calls there were."""
    seen: Counter[str] = Counter()
    answer = machine.answer(failing(name, number, code, seen))
    return is_pass(answer), seen[name]


def check(machine: Machine, name: str, codes: tuple[int, ...], wanted: int | None) -> None:
    """Fail every call of that name, or `wanted` of them, once each: none gives a pass, and most of them were made.

    How many calls an audit needs is not the same each time: into how many reads a pipe's bytes fall is the kernel's choice, and a tree that
    was touched a moment ago is looked at twice.
    """
    passed, calls = answered(machine, name, -1, errno.EIO)
    assert not passed
    assert calls, f"an audit that never calls {name} proves nothing about it"
    for code in codes:
        planned = list(range(calls)) if wanted is None else list(spread(calls, wanted))
        reached = 0
        for number in planned:
            passed, made = answered(machine, name, number, code)
            reached += made > number
            assert not passed, (name, number, errno.errorcode[code])
        assert 3 * reached >= len(planned), (name, reached, len(planned))


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_honest_work_passes_where_nothing_fails(rig: Inside, warm: bool) -> None:
    rig.builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert answered(Machine(rig, warm=warm), "open", -1, errno.EIO)[0]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(("cheat", "warm"), [("hides a file", False), ("softens the rules", False), ("takes a dependency", True)])
def test_a_call_that_fails_makes_no_pass(rig: Inside, cheat: str, warm: bool, name: str) -> None:
    CHEATS[cheat](rig.builder)
    check(Machine(rig, warm=warm), name, (errno.EIO,), 8)


@pytest.mark.parametrize(
    ("cheat", "name"),
    [("hides a link", "readlink"), ("turns a link", "readlink"), ("fills a submodule", "listdir"), ("fills a submodule", "scandir")],
)
def test_the_call_that_would_see_the_cheat_makes_no_pass_when_it_fails(rig: Inside, cheat: str, name: str) -> None:
    CHEATS[cheat](rig.builder)
    check(Machine(rig), name, (errno.EIO, errno.ENOENT, errno.EACCES), None)


@pytest.mark.soak
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOENT, errno.EACCES, errno.ENOMEM, errno.EMFILE, errno.ELOOP, errno.EINTR])
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("cheat", CHEATS)
def test_any_call_that_fails_in_any_way_makes_no_pass(rig: Inside, cheat: str, name: str, code: int) -> None:
    CHEATS[cheat](rig.builder)
    check(Machine(rig, warm=code in (errno.ENOENT, errno.EMFILE)), name, (code,), None)
