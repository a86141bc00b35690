"""In whose name we commit: what git was told of its user, and nothing that the repository says."""

from __future__ import annotations

from pathlib import Path

import pytest

from forgewatch.adapters.commit_author import author_of
from tests.support.builder import Builder
from tests.support.reading import GIT


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "person"
    made.mkdir()
    return made


def told(home: Path, **environ: str) -> str:
    return author_of(GIT, {"HOME": str(home), **environ}, "olga")


def test_without_any_word_it_is_the_user_on_this_machine(home: Path) -> None:
    assert told(home) == "olga <olga@localhost>"
    assert author_of(GIT, {}, "olga") == "olga <olga@localhost>"


def test_the_users_own_configuration_names_them(home: Path) -> None:
    (home / ".gitconfig").write_text("[user]\n\tname = Olga Ünal\n\temail = olga@example.org\n")
    assert told(home) == "Olga Ünal <olga@example.org>"


def test_the_other_place_of_the_users_configuration_fills_in_what_the_first_leaves_out(home: Path, tmp_path: Path) -> None:
    (home / ".config/git").mkdir(parents=True)
    (home / ".config/git/config").write_text("[user]\n\tname = Other\n\temail = other@example.org\n")
    (home / ".gitconfig").write_text("[user]\n\tname = Olga\n")
    assert told(home) == "Olga <other@example.org>"
    elsewhere = tmp_path / "xdg/git"
    elsewhere.mkdir(parents=True)
    (elsewhere / "config").write_text("[user]\n\temail = xdg@example.org\n")
    assert told(home, XDG_CONFIG_HOME=str(tmp_path / "xdg")) == "Olga <xdg@example.org>"


def test_the_environment_of_the_caller_comes_first(home: Path) -> None:
    (home / ".gitconfig").write_text("[user]\n\tname = Olga\n\temail = olga@example.org\n")
    assert told(home, GIT_AUTHOR_NAME="Ada") == "Ada <olga@example.org>"
    assert told(home, GIT_AUTHOR_NAME="Ada", GIT_AUTHOR_EMAIL="ada@example.org") == "Ada <ada@example.org>"


def test_the_repository_names_nobody(home: Path, builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    builder.git("config", "user.name", "The Operator")
    builder.git("config", "user.email", "operator@example.org")
    monkeypatch.chdir(builder.root)
    assert told(home) == "olga <olga@localhost>"
    assert told(home, GIT_DIR=str(builder.root / ".git"), GIT_CONFIG_GLOBAL=str(builder.root / ".git/config")) == "olga <olga@localhost>"


def test_an_include_of_the_users_configuration_is_not_followed(home: Path, builder: Builder) -> None:
    builder.write("evil", "[user]\n\tname = Evil\n")
    (home / ".gitconfig").write_text(f"[include]\n\tpath = {builder.root}/evil\n")
    assert told(home) == "olga <olga@localhost>"


@pytest.mark.parametrize(
    ("name", "mail", "author"),
    [
        ("Olga\nparent 0000", "o@x", "Olgaparent 0000 <o@x>"),
        ("Olga <fake@x>", "o@x\n", "Olga fake@x <o@x>"),
        ("\r\0<>", "<>", "forgewatch <>"),
        ("  Olga  ", " o@x ", "Olga <o@x>"),
    ],
)
def test_no_name_can_begin_another_line_or_another_address(home: Path, name: str, mail: str, author: str) -> None:
    assert told(home, GIT_AUTHOR_NAME=name, GIT_AUTHOR_EMAIL=mail) == author


@pytest.mark.parametrize("content", ["[user\n", "\xff", "[user]\n\tname\n", "[user]\n\tname =\n"])
def test_a_configuration_that_cannot_be_read_names_nobody(home: Path, content: str) -> None:
    (home / ".gitconfig").write_text(content, "latin-1")
    assert told(home) == "olga <olga@localhost>"


def test_a_folder_in_its_place_or_a_git_that_is_not_there_names_nobody(home: Path) -> None:
    (home / ".gitconfig").mkdir()
    assert told(home) == "olga <olga@localhost>"
    (home / ".gitconfig").rmdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Olga\n")
    assert author_of("/nonexistent/git", {"HOME": str(home)}, "olga") == "olga <olga@localhost>"


def test_a_git_that_never_answers_is_not_waited_for_for_ever(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forgewatch.adapters.commit_author._PATIENCE", 0.2)
    slow = tmp_path / "git"
    slow.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    slow.chmod(0o755)
    (home / ".gitconfig").write_text("[user]\n\tname = Olga\n")
    assert author_of(str(slow), {"HOME": str(home)}, "olga") == "olga <olga@localhost>"
