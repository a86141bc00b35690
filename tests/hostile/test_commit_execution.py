"""A commit runs nothing that the repository names (hostile.md, Cases): each trap is shown to work on an ordinary git first."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.committing import assert_sound, make, wanted_of
from tests.support.plain_git import plain_git
from tests.support.reading import Reading

CHANGED = "app/a.py"
COMMITS = "git add -A; git commit -m work"
Trap = Callable[[Reading], None]

HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-index-change", "reference-transaction")


def hook(name: str, place: str) -> Trap:
    def set_up(reading: Reading) -> None:
        hooks = reading.root / ".git/hooks" if place == "here" else reading.canary.parent / "hooks"
        hooks.mkdir(exist_ok=True)
        reading.script("hook").rename(hooks / name)
        if place != "here":
            reading.git("config", "core.hooksPath", str(hooks))

    return set_up


def setting(name: str, body: str = "", value: str = "{}") -> Trap:
    return lambda reading: (reading.git("config", name, value.format(reading.script("program", body))), None)[1]


def filtering(name: str, body: str) -> Trap:
    def set_up(reading: Reading) -> None:
        reading.git("config", f"filter.f.{name}", str(reading.script("filter", body)))
        reading.builder.write(".git/info/attributes", "* filter=f\n")

    return set_up


def signing(reading: Reading) -> None:
    reading.git("config", "gpg.program", str(reading.script("gpg", "exit 1")))
    reading.git("config", "commit.gpgSign", "true")


def signing_with_ssh(reading: Reading) -> None:
    reading.git("config", "gpg.format", "ssh")
    reading.git("config", "user.signingKey", "key::ssh-ed25519 AAAA")
    reading.git("config", "gpg.ssh.program", str(reading.script("ssh-keygen", "exit 1")))
    reading.git("config", "commit.gpgSign", "true")


def included(reading: Reading) -> None:
    (reading.root / ".git/more").write_text(f"[core]\n\tfsmonitor = {reading.script('fsmonitor')}\n")
    reading.git("config", "include.path", "more")


TRAPS: dict[str, tuple[Trap, str]] = {
    **{f"{name} in .git/hooks": (hook(name, "here"), COMMITS) for name in HOOKS},
    **{f"{name} in core.hooksPath": (hook(name, "elsewhere"), COMMITS) for name in HOOKS},
    "a clean filter": (filtering("clean", "cat"), COMMITS),
    "a filter process": (filtering("process", "exit 1"), COMMITS),
    "a signing program": (signing, COMMITS),
    "a signing program of ssh": (signing_with_ssh, COMMITS),
    "a file system monitor": (setting("core.fsmonitor", "printf 'token\\0'"), COMMITS),
    "an editor": (setting("core.editor"), "git add -A; git commit"),
    "an alias": (setting("alias.work", value="!{}"), "git work"),
    "a file that is included": (included, COMMITS),
}


@pytest.mark.parametrize("what", TRAPS)
def test_nothing_that_the_repository_names_is_run(reading: Reading, what: str) -> None:
    trap, control = TRAPS[what]
    trap(reading)
    reading.builder.write(CHANGED, "x = 2\n").write("new.py", "y = 1\n")
    wanted = wanted_of(reading)
    reading.canary.unlink(missing_ok=True)
    said = plain_git(reading.root, control)
    assert reading.canary.exists(), f"no trap: git did not run the program; it said {said}"
    reading.canary.unlink()
    made = make(reading, wanted)
    assert not reading.canary.exists(), "the repository ran a program"
    settled(reading)
    assert reading.git("rev-parse", "HEAD") == made.commit
    assert reading.git("show", f"HEAD:{CHANGED}") == "x = 2"


def settled(reading: Reading) -> None:
    """Take the traps away, for the ordinary git that looks at the result."""
    config = reading.root / ".git/config"
    config.write_text("[core]\n\trepositoryformatversion = 0\n")
    (reading.root / ".git/info/attributes").unlink(missing_ok=True)
    for name in HOOKS:
        (reading.root / ".git/hooks" / name).unlink(missing_ok=True)
    assert_sound(reading)


def test_a_configuration_that_sends_git_elsewhere_sends_us_nowhere(reading: Reading, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    reading.git("config", "core.worktree", str(tmp_path / "elsewhere"))
    reading.builder.write(CHANGED, "x = 2\n")
    make(reading, wanted_of(reading))
    assert os.listdir(tmp_path / "elsewhere") == []
    reading.git("config", "--unset", "core.worktree")
    assert_sound(reading)


def test_what_the_caller_wants_git_to_do_it_does_not_do(reading: Reading, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading.builder.write(CHANGED, "x = 2\n")
    wanted = wanted_of(reading)
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_TRACE", "GIT_ALTERNATE_OBJECT_DIRECTORIES"):
        monkeypatch.setenv(name, str(tmp_path / "other"))
    make(reading, wanted)
    assert not (tmp_path / "other").exists()
    assert_sound(reading)


def test_replacements_and_grafts_are_not_believed(reading: Reading) -> None:
    """The parent looks empty to a git that believes them."""
    empty = reading.git("commit-tree", "-m", "empty", reading.git("hash-object", "-t", "tree", "-w", "/dev/null"))
    reading.git("replace", reading.builder.head, empty)
    reading.builder.write(CHANGED, "x = 2\n")
    made = make(reading, wanted_of(reading))
    reading.git("replace", "-d", reading.base or "")
    assert reading.git("diff", "--name-only", f"{made.commit}^", made.commit) == CHANGED
