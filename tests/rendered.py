"""The files that are rendered: from the table of commands the pages of the command, from the catalogue the documents about checks and
codes. `python -m tests.rendered` writes them again."""

from __future__ import annotations

import re
from pathlib import Path

from forgewatch.cli.commands import VERSION, build_parser
from forgewatch.cli.completions import bash, fish, zsh
from forgewatch.cli.manual import man_page
from forgewatch.cli.pages import read_page
from forgewatch.core.catalogue_gates import GATE_DOCS, GATES
from forgewatch.core.checklist import CHECKLIST, QUESTIONS
from forgewatch.core.code_pages import code_markdown, code_title, prose
from forgewatch.core.codes import DOCS, check_of

TOP = Path(__file__).resolve().parents[1]
MAN = "docs/man/forgewatch.1"
BASH = "docs/completions/forgewatch.bash"
ZSH = "docs/completions/_forgewatch"
FISH = "docs/completions/forgewatch.fish"
CODES = "docs/codes.md"
README = "README.md"
CHECKS = re.compile(r"(?<=by python -m tests.rendered -->\n)(.*?)(?=<!-- end of checks -->\n)", re.DOTALL)
"""What stands between the two marks in the README."""


def rendered() -> dict[str, str]:
    """Return path -> text of every rendered file, as the tables want them now."""
    top = read_page(build_parser(), ("forgewatch",))
    readme = with_checks((TOP / README).read_text("utf-8"))
    return {MAN: man_page(top, VERSION), BASH: bash(top), ZSH: zsh(top), FISH: fish(top), CODES: codes_document(), README: readme}


def with_checks(readme: str) -> str:
    """Return the README with its table of checks as the registry wants it. Raises ValueError when its marks are gone."""
    text, count = CHECKS.subn(lambda _: checks_table(), readme)
    if count != 1:
        raise ValueError(f"{README}: expected the marks of the table of checks once, found them {count} times")
    return text


def checks_table() -> str:
    """Return one row per check: its name, what it asks, and its codes as a link to their pages."""
    rows = [
        f"| {check} {title} | {prose(QUESTIONS[check])} | [{codes[0]} to {codes[-1]}]({CODES}#{anchor(f'{check} {title}')}) |"
        for check, title in CHECKLIST
        if (codes := [code for code in DOCS if check_of(code) == check])
    ]
    return "\n".join(["", "| check | question | codes |", "|---|---|---|", *rows, "", ""])


def codes_document() -> str:
    """Return the page of every code, by check; those of the gates at the end."""
    parts = ["# Finding codes", "What `forgewatch explain` prints. Rendered from the catalogue: `python -m tests.rendered`."]
    for check, title in CHECKLIST:
        parts += [f"## {check} {title}", prose(QUESTIONS[check])]
        for code, doc in DOCS.items():
            parts += [f"### {prose(code_title(doc))}", code_markdown(doc)] if check_of(code) == check else []
    parts += ["## Gates", "What `forgewatch gate read` (R) and `forgewatch gate evidence` (E) say before the work. They stand in no audit."]
    for gate, title in GATES.items():
        parts.append(f"### {gate} {prose(title)}")
        for code, doc in GATE_DOCS.items():
            parts += [f"#### {prose(code_title(doc))}", code_markdown(doc)] if code.startswith(gate) else []
    return "\n\n".join(parts) + "\n"


def anchor(heading: str) -> str:
    """Return what a link to a heading is called on the code hosts."""
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    for name, text in rendered().items():
        (TOP / name).parent.mkdir(parents=True, exist_ok=True)
        (TOP / name).write_text(text, "utf-8")
