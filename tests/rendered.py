"""The files that are rendered from the table of commands. `python -m tests.rendered` writes them again."""

from __future__ import annotations

from pathlib import Path

from forgewatch.cli.commands import VERSION, build_parser
from forgewatch.cli.completions import bash, fish, zsh
from forgewatch.cli.manual import man_page
from forgewatch.cli.pages import read_page

TOP = Path(__file__).resolve().parents[1]
MAN = "docs/man/forgewatch.1"
BASH = "docs/completions/forgewatch.bash"
ZSH = "docs/completions/_forgewatch"
FISH = "docs/completions/forgewatch.fish"


def rendered() -> dict[str, str]:
    """Return path -> text of every rendered file, as the table wants them now."""
    top = read_page(build_parser(), ("forgewatch",))
    return {MAN: man_page(top, VERSION), BASH: bash(top), ZSH: zsh(top), FISH: fish(top)}


if __name__ == "__main__":
    for name, text in rendered().items():
        (TOP / name).parent.mkdir(parents=True, exist_ok=True)
        (TOP / name).write_text(text, "utf-8")
