"""The man page, as the formatters show it; and that every rendered file is what the table of commands says now."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

import pytest

from forgewatch.__main__ import BUG, INTERRUPTED
from forgewatch.cli import status, wait
from forgewatch.cli.commands import COMMANDS, EXITS, VERSION, build_parser
from forgewatch.cli.manual import man_page
from forgewatch.cli.pages import read_page
from tests.rendered import MAN, TOP, rendered
from tests.support.odd_table import ODD_CHOICES, ODD_HELP, odd_page
from tests.support.shells import needs

FORMATTERS = {
    "groff": ("-man", "-Tutf8", "-ww", "-P-cbou"),
    "man": ("--warnings", "--local-file"),
    "mandoc": ("-T", "utf8", "-W", "error"),
}
PAGES = read_page(build_parser(), ("forgewatch",)).all()


def shown(formatter: str, page: Path) -> str:
    """The page as text in which every gap is one space; asserts that the formatter has nothing to say about it."""
    needs(formatter)
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "80"}
    argv = [formatter, *FORMATTERS[formatter], str(page)]
    run = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    # mandoc prints a bold character twice, with a backspace between.
    return " ".join(re.sub(".\b", "", run.stdout).split())


@pytest.mark.parametrize("name", rendered())
def test_a_rendered_file_is_what_the_table_says(name: str) -> None:
    assert (TOP / name).read_text("utf-8") == rendered()[name], f"{name} is out of date: python -m tests.rendered writes it again"


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_the_man_page_has_every_command_and_option_and_no_hidden_one(formatter: str) -> None:
    text = shown(formatter, TOP / MAN)
    for page in PAGES:
        assert page.verbs or f" {page.place} " in text
        assert page.exits in text
        for argument in (*page.options, *page.operands):
            assert f"{', '.join(argument.words) or argument.value} " in text
            assert argument.help in text
    assert VERSION in text
    assert "forgewatch worker" not in text


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_no_word_of_the_table_is_taken_for_roff(formatter: str, tmp_path: Path) -> None:
    (tmp_path / "odd.1").write_text(man_page(odd_page(), "forgewatch 0 \\n(yr"), "utf-8")
    text = shown(formatter, tmp_path / "odd.1")
    assert text.count(ODD_HELP.replace("%%", "%")) == 4
    assert f"--pick {'|'.join(ODD_CHOICES)}" in text
    assert "left|right FILE..." in text
    assert "forgewatch 0 \\n(yr" in text
    assert "hidden" not in text


def test_nothing_that_is_hidden_has_a_page() -> None:
    top = PAGES[0]
    assert [verb.words[-1] for verb in top.verbs] == [command.name for command in COMMANDS if command.help]


def test_an_argument_of_a_new_shape_is_refused_not_rendered_wrongly() -> None:
    for words, nargs in (("--two", 2), ("--some", "*"), ("pair", 2)):
        parser = argparse.ArgumentParser("forgewatch")
        parser.add_argument(words, nargs=nargs)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="has no rendering"):
            read_page(parser, ("forgewatch",))


def test_the_manual_of_the_operator_has_the_exit_statuses_of_the_table() -> None:
    rows = (TOP / "docs/operating.md").read_text("utf-8").partition("## Exit statuses")[2].partition("\n## ")[0].strip().splitlines()[2:]
    assert rows == [*(f"| `{command.name}` | {command.exits} |" for command in COMMANDS if command.exits), f"| all | {EXITS} |"]


def test_the_exit_statuses_of_the_table_are_those_of_the_code() -> None:
    exits = {command.name: command.exits for command in COMMANDS}
    assert f"{status.RUNNING} a watcher runs, {status.NOT_RUNNING} none" in exits["status"]
    assert f"{wait.TIMED_OUT} no result in time" in exits["wait"]
    assert f"{BUG} a bug" in EXITS
    assert f"{INTERRUPTED} interrupted" in EXITS


def test_no_command_loads_what_renders_the_pages() -> None:
    code = (
        "import sys; from forgewatch.cli import commands, status; print({f'forgewatch.cli.{name}' for name in sys.argv} & {*sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", code, "pages", "manual", "completions"], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"
