"""One run of the tests at a time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from forgewatch.adapters.test_lock import LOCK_FILE, one_at_a_time
from forgewatch.core.errors import EnvironmentFault


def test_a_second_run_is_told_who_is_at_work_and_the_lock_is_free_afterwards(tmp_path: Path) -> None:
    with one_at_a_time(tmp_path), pytest.raises(EnvironmentFault, match=rf"run already \(PID {os.getpid()}\)"), one_at_a_time(tmp_path):
        pass
    with one_at_a_time(tmp_path):
        assert (tmp_path / LOCK_FILE).exists()


def test_another_repository_is_free(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with one_at_a_time(tmp_path / "a"), one_at_a_time(tmp_path / "b"):
        pass


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).mkdir()
    with pytest.raises(EnvironmentFault, match="the lock cannot be taken"), one_at_a_time(tmp_path):
        pass


def test_a_failure_inside_gives_the_lock_back(tmp_path: Path) -> None:
    with pytest.raises(KeyError), one_at_a_time(tmp_path):
        raise KeyError("a bug")
    with one_at_a_time(tmp_path):
        pass
