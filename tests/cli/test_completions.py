"""The completion files, in the shells themselves: the line is typed, completed, and what stands there then is what is tested."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from forgewatch.cli.commands import COMMANDS, build_parser
from forgewatch.cli.completions import bash, fish, zsh
from forgewatch.cli.pages import read_page
from tests.rendered import BASH, FISH, TOP, ZSH
from tests.support.odd_table import ODD_CHOICES, odd_page
from tests.support.shells import Completions, needs, shell

PAGES = read_page(build_parser(), ("forgewatch",)).all()
SHOWN = {command.name for command in COMMANDS if command.help}
SHELLS = ("bash", "zsh", "fish")
CASES = {
    "forgewatch ": SHOWN,
    "forgewatch le": {"ledger"},
    "forgewatch worke": set(),
    "forgewatch bogus l": set(),
    "forgewatch ledger ": {"show", "summary", "commits", "verify", "proof", "export", "anchor", "adopt", "restore", "rotate"},
    "forgewatch ledger re": {"restore"},
    "forgewatch gate ": {"read", "evidence"},
    "forgewatch ledger show --js": {"--json"},
    "forgewatch audit --pro": {"--profile"},
    "forgewatch audit --vers": set(),
    "forgewatch audit --profile ": {"dev", "strict", "ci", "release"},
    "forgewatch audit --profile=re": {"--profile=release"},
    "forgewatch audit --profile dev --format m": {"markdown"},
    "forgewatch audit --format ": {"text", "json", "sarif", "junit", "github", "markdown"},
    "forgewatch audit my": {"my folder"},
    "forgewatch audit my\\ folder/d": {"my folder/deep"},
    "forgewatch audit --config my": {"my folder", "my file.yaml"},
    "forgewatch audit --config=my\\ fi": {"--config=my file.yaml"},
    "forgewatch audit mine m": set(),
    "forgewatch watch mine m": {"mine", "my folder"},
    "forgewatch tail --config ledger m": {"mine", "my folder"},
    "forgewatch ledger adopt m": set(),
    "forgewatch ledger adopt main --repository m": {"mine", "my folder"},
    "forgewatch wait --timeout m": set(),
    "forgewatch difflog ": {"start", "finish", "check", "finalize"},
    "forgewatch difflog start --files m": {"mine", "my folder", "my file.yaml"},
    "forgewatch difflog start --files mine m": set(),
    "forgewatch difflog finish --summary m": set(),
    "forgewatch audit -- -": set(),
    "forgewatch audit -- m": {"mine", "my folder"},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all shells of this module: zsh keeps what it found there."""
    return tmp_path_factory.mktemp("shells")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with folders and a file."""
    (tmp_path / "place" / "my folder" / "deep").mkdir(parents=True)
    (tmp_path / "place" / "mine").mkdir()
    (tmp_path / "place" / "my file.yaml").touch()
    return tmp_path / "place"


@pytest.fixture
def ours(place: Path, home: Path) -> Completions:
    """The committed files."""
    return Completions(TOP / "docs/completions", place, home)


@pytest.fixture
def odd(place: Path, home: Path, tmp_path: Path) -> Completions:
    """The files of a command with odd words."""
    for name, text in ((BASH, bash(odd_page())), (ZSH, zsh(odd_page())), (FISH, fish(odd_page()))):
        (tmp_path / Path(name).name).write_text(text, "utf-8")
    return Completions(tmp_path, place, home)


@pytest.mark.parametrize("line", CASES)
@pytest.mark.parametrize("name", SHELLS)
def test_a_line_is_completed_to_what_may_stand_there(name: str, line: str, ours: Completions) -> None:
    assert shell(name)(ours, line) == CASES[line]


@pytest.mark.parametrize("name", SHELLS)
def test_at_every_place_exactly_the_options_of_its_parser_are_offered(name: str, ours: Completions) -> None:
    complete = shell(name)
    wanted = {page.place: {word for option in page.options for word in option.words if word.startswith("--")} for page in PAGES}
    assert {place: complete(ours, f"{place} --") for place in wanted} == wanted


@pytest.mark.parametrize("name", SHELLS)
def test_no_word_of_the_table_is_taken_for_shell_code(name: str, odd: Completions) -> None:
    complete = shell(name)
    assert complete(odd, "forgewatch o") == {"odd"}
    assert complete(odd, "forgewatch odd --pick ") == set(ODD_CHOICES)
    assert complete(odd, "forgewatch odd ") >= {"left", "right"}
    assert complete(odd, "forgewatch odd -x my") == {"my folder", "my file.yaml"}
    for operands in ("left my", "left mine my"):
        assert complete(odd, f"forgewatch odd {operands}") == {"my folder", "my file.yaml"}
    assert not list(odd.place.parent.rglob("pwned"))


@pytest.mark.parametrize("name", SHELLS)
def test_no_name_of_a_file_is_taken_for_shell_code(name: str, ours: Completions) -> None:
    # The builder names the folders; the completed line is run, and so is everything that was not quoted in it.
    complete = shell(name)
    for folder in ("odd$(touch pwned)", "odd;touch pwned", "odd`touch pwned`", "odd'\""):
        (ours.place / folder).mkdir()
        for line in ("audit", "audit --config", "ledger restore --repository"):
            assert complete(ours, f"forgewatch {line} odd") == {folder}
        (ours.place / folder).rmdir()
    assert not list(ours.place.rglob("pwned"))


def test_zsh_does_not_offer_what_excludes_another_option(ours: Completions) -> None:
    complete = shell("zsh")
    assert complete(ours, "forgewatch audit --json --form") == set()
    assert complete(ours, "forgewatch audit --format text --js") == set()


@pytest.mark.parametrize(("checker", "name"), [(("bash", "-n"), BASH), (("zsh", "-n"), ZSH), (("fish", "-n"), FISH)])
def test_the_shell_finds_no_fault_in_the_file(checker: tuple[str, ...], name: str) -> None:
    needs(checker[0])
    run = subprocess.run([*checker, str(TOP / name)], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_shellcheck_finds_no_fault_in_the_file_of_bash() -> None:
    needs("shellcheck")
    run = subprocess.run([str(shutil.which("shellcheck")), "--shell=bash", str(TOP / BASH)], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "")
