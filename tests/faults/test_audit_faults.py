"""A machine that fails while an audit reads: whatever call fails, work that deserves a FAIL never passes (hostile.md, Cases)."""

from __future__ import annotations

import errno
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from forgewatch.core.report import AuditAnswer, Failed, Report
from forgewatch.core.verdict import Outcome
from tests.support.builder import Builder
from tests.support.inside import Inside, inside_of
from tests.support.reading import GIT

# A process whose start was broken off in the middle is not waited for by the library that started it.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")

CALLS = (
    "open",
    "read",
    "pread",
    "fstat",
    "stat",
    "lstat",
    "scandir",
    "listdir",
    "readlink",
    "write",
    "rename",
    "replace",
    "mkdir",
    "unlink",
)
"""The calls by which anything is read, and by which the audit keeps what is its own."""


CRASHES = (OSError,)
"""A worker that ends by one of these is an ERROR entry: the daemon hears of its end and not of a pass."""


@contextmanager
def failing(name: str, number: int, code: int, seen: Counter[str]) -> Iterator[None]:
    """Let call `number` (from 0) of `os.<name>` fail with `code`; `seen` counts the calls."""
    real: Callable[..., Any] = getattr(os, name)

    def call(*args: Any, **named: Any) -> Any:
        seen[name] += 1
        if seen[name] - 1 == number:
            raise OSError(code, os.strerror(code))
        return real(*args, **named)

    setattr(os, name, call)
    try:
        yield
    finally:
        setattr(os, name, real)


def is_pass(answer: AuditAnswer) -> bool:
    return not isinstance(answer, Failed) and (not isinstance(answer, Report) or answer.audit.outcome is Outcome.PASS)


@pytest.fixture
def dishonest(tmp_path: Path) -> Iterator[Inside]:
    """A finished cycle with everything wrong that a failed reading could hide: a backdoor, a forbidden and an undeclared import."""
    builder = Builder.with_repository(tmp_path / "repository")
    with inside_of(tmp_path, builder) as rig:
        builder.write("backdoor.py", "x = 1\n").write("app/api/routers/users.py", "import asyncpg\n")
        builder.record().claims("app/api/routers/users.py").completes()
        yield rig


def answered(rig: Inside, name: str, number: int, code: int) -> tuple[bool, int]:
    """Audit with that fault; return whether it passed and how many calls there were. A crash of the worker is an ERROR entry."""
    rig.forget()
    seen: Counter[str] = Counter()
    try:
        with failing(name, number, code, seen):
            answer: AuditAnswer = rig.answer()
    except CRASHES as error:
        answer = Failed("ENVIRONMENT_LIMITATION", str(error))
    return is_pass(answer), seen[name]


def spread(calls: int, wanted: int) -> list[int]:
    return sorted({round(step * (calls - 1) / max(1, wanted - 1)) for step in range(min(wanted, calls))})


def test_without_a_fault_it_fails_and_every_kind_of_call_is_counted(dishonest: Inside) -> None:
    passed, calls = answered(dishonest, "open", -1, errno.EIO)
    assert not passed
    assert calls > 20


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_fails_makes_no_pass(dishonest: Inside, name: str) -> None:
    _, calls = answered(dishonest, name, -1, errno.EIO)
    told = {number: answered(dishonest, name, number, errno.EIO)[0] for number in spread(calls, 8)}
    assert not any(told.values()), told


@pytest.mark.slow
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOENT, errno.EACCES, errno.ENOMEM, errno.EMFILE, errno.ELOOP, errno.EINTR])
@pytest.mark.parametrize("name", CALLS)
def test_any_call_that_fails_in_any_way_makes_no_pass(dishonest: Inside, name: str, code: int) -> None:
    _, calls = answered(dishonest, name, -1, code)
    told = {number: answered(dishonest, name, number, code)[0] for number in range(calls)}
    assert not any(told.values()), told


@pytest.mark.parametrize("way", ["exit 128", "exit 0", "kill -9 $$", "head -c 100 /dev/urandom; exit 0", "sleep 0.01; exit 1"])
@pytest.mark.parametrize("number", range(1, 4))
def test_a_git_that_fails_makes_no_pass(dishonest: Inside, tmp_path: Path, way: str, number: int) -> None:
    count, broken = tmp_path / "count", tmp_path / "git"
    broken.write_text(f'#!/bin/sh\necho x >> {count}\n[ "$(wc -l < {count})" = {number} ] && {{ {way}; }}\nexec {GIT} "$@"\n')
    broken.chmod(0o755)
    try:
        answer: AuditAnswer = dishonest.answer(git=str(broken))
    except CRASHES as error:
        answer = Failed("ENVIRONMENT_LIMITATION", str(error))
    assert count.exists()
    assert not is_pass(answer)
