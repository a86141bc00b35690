"""Where the configuration is looked for: the first place that has one holds, alone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from forgewatch.adapters.config_place import find_config
from forgewatch.core.errors import UsageError
from tests.support.installed import COMMAND, Installed


@dataclass(frozen=True)
class Places:
    """A file in each of the four places, and the environment that names two of them."""

    given: Path
    named: Path
    system: Path
    own: Path
    home: Path

    def found(self, given: bool = False, named: bool = False) -> str | None:
        environ = {"XDG_CONFIG_HOME": str(self.own.parents[1]), "HOME": str(self.home)}
        environ |= {"FORGEWATCH_CONFIG": str(self.named)} if named else {}
        return find_config(str(self.given) if given else None, environ, str(self.system))


@pytest.fixture
def places(tmp_path: Path) -> Places:
    names = ("given.yaml", "named.yaml", "etc/forgewatch/forgewatch.yaml", "xdg/forgewatch/forgewatch.yaml")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("profile: dev\n")
    return Places(*(tmp_path / name for name in (*names, "home")))


def test_the_four_places_hold_in_their_order(places: Places) -> None:
    assert places.found(given=True, named=True) == str(places.given)
    assert places.found(named=True) == str(places.named)
    assert places.found() == str(places.system)
    places.system.unlink()
    assert places.found() == str(places.own)
    places.own.unlink()
    assert places.found() is None


def test_without_xdg_the_users_place_is_below_the_home(places: Places) -> None:
    own = places.home / ".config/forgewatch/forgewatch.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("")
    assert find_config(None, {"HOME": str(places.home)}, str(places.system)) == str(places.system)
    places.system.unlink()
    assert find_config(None, {"HOME": str(places.home)}, str(places.system)) == str(own)


@pytest.mark.parametrize(("given", "named", "how"), [(True, False, "--config"), (False, True, "$FORGEWATCH_CONFIG")])
def test_a_file_that_was_named_and_is_not_there_is_never_passed_over(places: Places, given: bool, named: bool, how: str) -> None:
    missing = places.given if given else places.named
    missing.unlink()
    with pytest.raises(UsageError) as refused:
        places.found(given, named)
    assert str(refused.value) == f"{how} names {missing}: no such file"


def test_a_folder_of_that_name_is_no_configuration(places: Places) -> None:
    places.system.unlink()
    places.system.mkdir()
    assert places.found() == str(places.own)


def test_the_installed_command_reads_the_systems_file_before_the_users(installed: Installed, tmp_path: Path) -> None:
    # In a mount namespace of its own the command sees another /etc.
    etc = tmp_path / "etc"
    (etc / "forgewatch").mkdir(parents=True)
    shutil.copy("/etc/passwd", etc)
    (etc / "forgewatch/forgewatch.yaml").write_text("# ours\nprofile: strict\n")
    own = tmp_path / ".config/forgewatch/forgewatch.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("profile: strict\n")
    inside = ["unshare", "-mr", "sh", "-c", 'mount --bind "$0" /etc && exec "$@"', str(etc)]
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us make mount namespaces")

    def profile() -> str:
        run = subprocess.run(
            [*inside, str(COMMAND), "doctor", str(installed.root), "--json"],
            env=installed.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.stdout, run.stderr
        (fact,) = [line["fact"] for line in json.loads(run.stdout)["lines"] if line["name"] == "profile"]
        return str(fact)

    assert profile() == "strict (/etc/forgewatch/forgewatch.yaml:2)"
    (etc / "forgewatch/forgewatch.yaml").unlink()
    assert profile() == f"strict ({own}:1)"


@pytest.mark.parametrize(
    ("kind", "said"), [("folder", "a directory"), ("fifo", "a FIFO"), ("device", "a device"), ("nothing", "no such file")]
)
def test_a_configuration_that_is_no_file_is_told_as_what_it_is(tmp_path: Path, kind: str, said: str) -> None:
    place = tmp_path / "odd"
    if kind == "folder":
        place.mkdir()
    elif kind == "fifo":
        os.mkfifo(place)
    elif kind == "device":
        place.symlink_to("/dev/null")
    for how, given, environ in (("--config", str(place), {}), ("$FORGEWATCH_CONFIG", None, {"FORGEWATCH_CONFIG": str(place)})):
        with pytest.raises(UsageError, match=re.escape(f"{how} names {place}: ") + f".*{said}"):
            find_config(given, environ)


def test_a_configuration_in_a_folder_that_cannot_be_entered_is_told_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be reached: Not a directory"):
        find_config(str(tmp_path / "file/forgewatch.yaml"), {})
    with pytest.raises(UsageError, match="cannot be reached: embedded null byte"):
        find_config("a\0b", {})
