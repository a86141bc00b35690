"""Which contracts still say what the templates of `init` say: they are there, and nobody has written them (contract §1). Pure.

What a template says that may stay as it is (`None yet`, the rules of the manifesto) is not among it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from forgewatch.core.text import counted
from forgewatch.core.values import Content, RepoPath
from forgewatch.core.verdict import Finding

TO_BE_REPLACED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "blueprint.md": (
            "One paragraph: the problem, who has it, and how this project solves it.",
            "What a user can do, one line each, in the order of importance.",
            "What this project leaves to others, so that no builder adds it.",
            "The parts and how they speak to each other. Code stands in layers; `boundaries.json` holds their rules.",
            "How the user is asked before data of theirs changes. `manifesto.md` says which operations need it.",
        ),
        "manifesto.md": ("One line per principle, in plain words.",),
        "stack.md": ("Dependencies: name the manifest here",),
        "ui.md": (
            "One line per page: its address, what it shows, what a user can do there.",
            "What is reused, and where it stands.",
            "Colours, fonts, spacing: name the system that is used, so that no builder invents one.",
        ),
        "directive.md": ("What is wanted, which files it may touch, and how it is recognised as done.",),
    }
)
"""Lines of each template, without the mark of a list, that stand for what a person has to write."""


def unfilled(contents: Iterable[tuple[RepoPath, Content]]) -> Iterator[Finding]:
    """Yield a note for each contract that still holds such lines, with the first of them."""
    for path, content in contents:
        wanted = TO_BE_REPLACED.get(path.rpartition("/")[2], ())
        found = [(number, line) for number, line in _lines(content) if line in wanted]
        if found:
            (number, line), more = found[0], len(found) - 1
            rest = f", and {counted(more, 'more line')}" if more else ""
            message = f"is not filled in: line {number} is the template's '{line}'{rest}"
            yield Finding(code="R103", path=path, line=number, message=message, expected="words of this project", actual=line)


def _lines(content: Content) -> Iterator[tuple[int, str]]:
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    yield from ((number, line.strip().removeprefix("- ")) for number, line in enumerate(text.splitlines(), 1))
