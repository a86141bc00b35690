"""What is shown beside the copy, and what a builder cannot get shown by the links that he makes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from forgewatch.adapters.surroundings import Place, Surroundings, look_around, path_of
from forgewatch.adapters.toolchains import LITERAL_PATH, Ground, interpreter_of, module_cache, tool_of
from forgewatch.core.settings import BenchSettings


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Somebody's home."""
    (tmp_path / "homes/anna").mkdir(parents=True)
    return tmp_path / "homes/anna"


@pytest.fixture
def place(home: Path, tmp_path: Path) -> Place:
    """A repository in that home, and its copy, which is empty."""
    for folder in (home / "shop", tmp_path / "copy", home / ".local/state/forgewatch"):
        folder.mkdir(parents=True)
    return Place(root=str(home / "shop"), copy=str(tmp_path / "copy"), kept=(str(home / ".local/state/forgewatch"),))


def python_in(prefix: Path) -> Path:
    """Install what looks like a Python."""
    (prefix / "bin").mkdir(parents=True, exist_ok=True)
    (prefix / "lib/python3.12").mkdir(parents=True)
    (prefix / "lib/python3.12/os.py").write_text("")
    (prefix / "bin/python3.12").write_text("")
    (prefix / "bin/python3").symlink_to("python3.12")
    return prefix


def environment_of(place: Place, target: Path | str, home: str = "/usr/bin") -> None:
    folder = Path(place.root, ".venv/bin")
    folder.mkdir(parents=True)
    (folder / "python").symlink_to(target)
    (folder.parent / "pyvenv.cfg").write_text(f"home = {home}\nversion = 3.12\n")


def around(place: Place, home: Path, path: str = "/usr/bin", **parts: tuple[str, ...]) -> Surroundings:
    return look_around(place, BenchSettings(**parts), {"HOME": str(home), "PATH": path})  # type: ignore[arg-type]


def test_the_python_that_an_environment_was_made_from_is_shown_by_every_name_on_the_way(place: Place, home: Path) -> None:
    real = python_in(home / ".local/share/uv/python/cpython-3.12.4")
    (real.parent / "cpython-3.12").symlink_to(real)
    environment_of(place, real.parent / "cpython-3.12/bin/python3", str(real / "bin"))
    found = around(place, home)
    assert found.inside == (".venv",)
    assert found.outside == (str(real.parent / "cpython-3.12"), str(real))
    assert found.path == (f"{place.root}/.venv/bin",)
    assert path_of(found).split(":") == [f"{place.root}/.venv/bin", *LITERAL_PATH]
    assert found.notes == (f"visible .venv, {real.parent / 'cpython-3.12'}, {real}",)


def test_an_environment_elsewhere_that_the_operator_lists_is_shown_with_its_python(place: Place, home: Path) -> None:
    real = python_in(home / ".pyenv/versions/3.12.4")
    (home / ".cache/venvs/shop/bin").mkdir(parents=True)
    (home / ".cache/venvs/shop/bin/python").symlink_to(real / "bin/python3")
    found = around(place, home, visible=(str(home / ".cache/venvs/shop"),))
    assert found.outside == (str(home / ".cache/venvs/shop"), str(real))


def test_a_link_that_leads_to_an_installation_is_made_again(place: Place, home: Path) -> None:
    real = python_in(home / ".local/share/uv/python/cpython-3.12.4")
    (home / ".local/bin").mkdir()
    (home / ".local/bin/python3.12").symlink_to(real / "bin/python3.12")
    environment_of(place, home / ".local/bin/python3.12")
    found = around(place, home)
    assert found.outside == (str(real),)
    assert found.aliases == ((str(home / ".local/bin/python3.12"), str(real / "bin/python3.12")),)


def into_home(place: Place, home: Path) -> None:
    python_in(home)
    environment_of(place, home / "bin/python3", str(home / "bin"))


def into_what_holds_homes(place: Place, home: Path) -> None:
    python_in(home.parent)
    environment_of(place, home.parent / "bin/python3", str(home.parent / "bin"))


def into_what_holds_the_record(place: Place, home: Path) -> None:
    python_in(home / ".local")
    environment_of(place, home / ".local/bin/python3", str(home / ".local/bin"))


def into_a_folder_without_python(place: Place, home: Path) -> None:
    (home / ".ssh/bin").mkdir(parents=True)
    (home / ".ssh/bin/python3").write_text("")
    environment_of(place, home / ".ssh/bin/python3", str(home / ".ssh/bin"))


def by_a_link_to_a_home(place: Place, home: Path) -> None:
    python_in(home)
    (home / "shop/link").symlink_to(home)
    environment_of(place, f"{place.root}/link/bin/python3", f"{place.root}/link/bin")


def into_the_root(place: Place, home: Path) -> None:
    environment_of(place, "/bin/../../x", "/bin")


def in_a_loop(place: Place, home: Path) -> None:
    environment_of(place, "python")


def by_odd_words(place: Place, home: Path) -> None:
    environment_of(place, "/*/[a-z]*/python", "/\n/*\0")


@pytest.mark.parametrize(
    "lead",
    [
        into_home,
        into_what_holds_homes,
        into_what_holds_the_record,
        into_a_folder_without_python,
        by_a_link_to_a_home,
        into_the_root,
        in_a_loop,
        by_odd_words,
    ],
)
def test_no_environment_leads_to_a_home_the_record_or_what_is_no_python(
    place: Place, home: Path, lead: Callable[[Place, Path], None]
) -> None:
    lead(place, home)
    found = around(place, home)
    assert found.inside == (".venv",)
    assert found.outside == ()


def test_a_pyvenv_cfg_that_is_a_pipe_or_far_too_large_is_not_waited_for(place: Place, home: Path) -> None:
    environment_of(place, "/usr/bin/python3")
    path = Path(place.root, ".venv/pyvenv.cfg")
    path.unlink()
    os.mkfifo(path)
    assert around(place, home).outside == ()
    path.unlink()
    path.write_text("x" * 10_000_000)
    assert around(place, home).outside == ()


def test_folders_of_the_copy_and_symlinks_are_not_shown_and_only_one_folder_down_is_looked(place: Place, home: Path) -> None:
    for path in (".venv", "vendor", "env", "web/node_modules", "api/venv", "a/b/node_modules", ".git/venv"):
        Path(place.root, path).mkdir(parents=True)
    Path(place.root, "node_modules").symlink_to(home)
    Path(place.root, "linked").symlink_to(Path(place.root, "a/b"))
    Path(place.copy, "vendor").mkdir()
    found = around(place, home)
    assert (found.inside, found.farms, found.links) == ((".venv", "env", "api/venv"), ("web/node_modules",), ())


def test_a_relative_path_of_the_operator_is_not_followed_through_a_symlink(place: Place, home: Path) -> None:
    (home / "outside").mkdir()
    (home / "outside/file").write_text("1")
    Path(place.root, "data").symlink_to(home / "outside")
    found = around(place, home, visible=("data/file", "data"))
    assert (found.inside, found.links) == ((), ())
    assert "not there: data/file" in found.notes
    assert "not shown, a symlink whose target tests: visible does not list: data" in found.notes


@pytest.mark.parametrize("ignored", [True, False])
def test_an_environment_elsewhere_that_is_not_listed_is_told_by_its_name(place: Place, home: Path, ignored: bool) -> None:
    (home / "outside/bin").mkdir(parents=True)
    for folder in (place.root, *(() if ignored else (place.copy,))):
        Path(folder, ".venv").symlink_to(home / "outside")
    told = "not shown, a symlink whose target tests: visible does not list: .venv"
    assert told in around(place, home).notes
    assert not [note for note in around(place, home, visible=(str(home / "outside"),)).notes if note.startswith("not shown")]


def test_node_below_a_home_is_shown_with_its_installation(place: Place, home: Path) -> None:
    prefix = home / ".nvm/versions/node/v20"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "lib/node_modules/npm/bin").mkdir(parents=True)
    (prefix / "lib/node_modules/npm/bin/npm-cli.js").write_text("")
    (prefix / "bin/node").write_text("")
    (prefix / "bin/npm").symlink_to("../lib/node_modules/npm/bin/npm-cli.js")
    for name in ("bin/node", "lib/node_modules/npm/bin/npm-cli.js"):
        (prefix / name).chmod(0o755)
    found = around(place, home, path=f"{prefix}/bin")
    assert (found.outside, found.path) == ((str(prefix),), (f"{prefix}/bin",))


def test_a_tool_that_is_a_shim_is_not_shown_and_the_note_says_what_to_do(place: Place, home: Path) -> None:
    (home / ".asdf/shims").mkdir(parents=True)
    (home / ".asdf/shims/node").write_text("")
    (home / ".asdf/shims/node").chmod(0o755)
    found = around(place, home, path=f"{home}/.asdf/shims")
    assert found.outside == ()
    assert found.notes == (f"node at {home}/.asdf/shims/node is not shown: list its folder under tests: visible",)


def test_a_tool_of_the_repository_is_none(place: Place, home: Path) -> None:
    folder = Path(place.root, "bin")
    folder.mkdir()
    (folder / "node").write_text("")
    (folder / "node").chmod(0o755)
    assert around(place, home, path=f"{folder}:relative").path == ()


def test_go_and_its_modules_are_shown_where_there_is_a_module(place: Place, home: Path, tmp_path: Path) -> None:
    prefix = home / "sdk/go1.22"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "src").mkdir()
    (prefix / "VERSION").write_text("go1.22")
    (prefix / "bin/go").write_text("")
    (prefix / "bin/go").chmod(0o755)
    (home / "go/pkg/mod").mkdir(parents=True)
    assert around(place, home, path=f"{prefix}/bin").outside == (str(prefix),)
    (tmp_path / "copy/service").mkdir()
    (tmp_path / "copy/service/go.mod").write_text("module x\n")
    found = around(place, home, path=f"{prefix}/bin")
    assert found.outside == (str(home / "go/pkg/mod"), str(prefix))
    assert found.variables == (("GOMODCACHE", str(home / "go/pkg/mod")),)


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, ""),
        ({"HOME": "{}"}, ""),
        ({"GOPATH": "{}/path:{}/other"}, "{}/path/pkg/mod"),
        ({"GOMODCACHE": "{}/cache", "HOME": "{}"}, "{}/cache"),
        ({"GOMODCACHE": "cache"}, ""),
        ({"GOMODCACHE": "{}/link"}, ""),
    ],
)
def test_the_cache_of_modules_is_where_go_has_it(tmp_path: Path, environ: dict[str, str], told: str) -> None:
    for path in ("path/pkg/mod", "cache"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "link").symlink_to("/etc")
    assert module_cache({name: value.replace("{}", str(tmp_path)) for name, value in environ.items()}) == told.replace("{}", str(tmp_path))


def test_tools_and_interpreters_of_the_system_need_nothing(place: Place, home: Path) -> None:
    environment_of(place, "/usr/bin/python3")
    ground = Ground([place.root], {"HOME": str(home)})
    assert interpreter_of(f"{place.root}/.venv", ground).folders == ()
    found = tool_of("env", {"PATH": "/usr/bin"}, place.root, ground)
    assert not isinstance(found, str)
    assert found.folders == found.path == ()


def test_only_the_outermost_of_what_is_shown_is_mounted_and_nothing_of_the_system(place: Place, home: Path, tmp_path: Path) -> None:
    (tmp_path / "data/below").mkdir(parents=True)
    (tmp_path / "data2").mkdir()
    shown = (str(tmp_path / "data/below"), str(tmp_path / "data2"), str(tmp_path / "data"), "/usr/share", "/absent")
    found = around(place, home, visible=shown)
    assert found.outside == (str(tmp_path / "data"), str(tmp_path / "data2"))
    assert "not there: /absent" in found.notes
