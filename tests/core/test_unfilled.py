"""Contracts that nobody has written yet are noted; what may stay as the template has it is not (contract §1)."""

from __future__ import annotations

from importlib.resources import files

import pytest

from forgewatch.core.unfilled import TO_BE_REPLACED, unfilled
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable

BLUEPRINT = RepoPath("Contracts/blueprint.md")


def told(path: RepoPath, content: Content) -> list[tuple[str, int | None, str]]:
    return [(str(note.path), note.line, note.message) for note in unfilled([(path, content)])]


@pytest.mark.parametrize("name", TO_BE_REPLACED)
def test_every_line_that_is_to_be_replaced_stands_in_the_template_as_a_line_of_its_own(name: str) -> None:
    text = (files("forgewatch") / "templates" / name).read_text("utf-8").replace("$manifest", "name the manifest here")
    lines = [line.strip().removeprefix("- ") for line in text.splitlines()]
    assert [line for line in TO_BE_REPLACED[name] if line not in lines] == []
    assert len(told(RepoPath(f"Forge/Contracts/{name}"), text.encode())) == 1


def test_the_first_line_is_shown_and_the_others_are_counted() -> None:
    text = (files("forgewatch") / "templates/blueprint.md").read_bytes()
    (note,) = told(BLUEPRINT, text)
    assert note == (
        "Contracts/blueprint.md",
        7,
        "is not filled in: line 7 is the template's 'One paragraph: the problem, who has it, and how this project solves it.', "
        "and 4 more lines",
    )
    assert told(BLUEPRINT, text.replace(b"\n", b"\r\n")) == [note]


@pytest.mark.parametrize(
    "content",
    [
        b"## Purpose\n\nPeople keep notes.\n",
        b"What a user can do, one line each, in the order of importance, stands in phases.md.\n",
        b"\xff\xfe\0",
        Absent(),
        Unreadable("is a FIFO"),
    ],
)
def test_what_somebody_wrote_and_what_cannot_be_read_is_not_noted(content: Content) -> None:
    assert told(BLUEPRINT, content) == []


def test_a_document_of_another_name_is_nobodys_template() -> None:
    assert told(RepoPath("Contracts/schema.md"), b"One line per principle, in plain words.\n") == []
