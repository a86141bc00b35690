"""The folder of a bench: private, gone after use, and no other run's is touched."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from forgewatch.adapters.bench_folder import bench_folder
from forgewatch.core.errors import EnvironmentFault


def left(state: Path) -> list[str]:
    return sorted(os.listdir(state / "bench"))


def test_a_bench_has_a_private_folder_that_is_gone_afterwards(tmp_path: Path) -> None:
    with bench_folder(str(tmp_path)) as made:
        assert stat.S_IMODE(os.stat(tmp_path / "bench").st_mode) == stat.S_IMODE(os.stat(made.path).st_mode) == 0o700
        for folder in (made.tree, made.temporary, f"{made.temporary}/home", made.reports):
            assert os.listdir(folder) in ([], ["home"])
        Path(made.tree, "x").write_text("1")
    assert left(tmp_path) == []


def test_it_is_gone_after_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), bench_folder(str(tmp_path)):
        raise KeyboardInterrupt
    assert left(tmp_path) == []


def test_what_a_killed_run_left_is_removed_and_what_another_one_uses_is_not(tmp_path: Path) -> None:
    (tmp_path / "bench/dead/tree/deep").mkdir(parents=True)
    (tmp_path / "bench/dead.lock").write_text("")
    (tmp_path / "bench/gone.lock").write_text("")
    with bench_folder(str(tmp_path)) as first:
        assert len(left(tmp_path)) == 2
        with bench_folder(str(tmp_path)) as second:
            assert os.path.isdir(first.tree) and os.path.isdir(second.tree)
        assert os.path.isdir(first.tree)
    assert left(tmp_path) == []


def test_a_symlink_in_the_place_of_a_lock_or_folder_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").write_text("1")
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench/a.lock").symlink_to(tmp_path / "kept/file")
    (tmp_path / "bench/b").symlink_to(tmp_path / "kept")
    (tmp_path / "bench/b.lock").write_text("")
    with bench_folder(str(tmp_path)):
        pass
    assert (tmp_path / "kept/file").read_text() == "1"


@pytest.mark.parametrize("kind", ["file", "symlink", "absent state"])
def test_a_place_that_is_no_folder_of_ours_is_a_fault_with_a_hint(tmp_path: Path, kind: str) -> None:
    state = tmp_path / "state"
    if kind != "absent state":
        state.mkdir()
        (tmp_path / "elsewhere").mkdir()
    if kind == "file":
        (state / "bench").write_text("")
    if kind == "symlink":
        (state / "bench").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EnvironmentFault) as fault, bench_folder(str(state)):
        pass
    assert fault.value.hint
    assert str(state / "bench") in str(fault.value)
