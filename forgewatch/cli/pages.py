"""What the parsers say, as plain values: a page for each command. Man page and completion files are rendered from them (cli.md)."""

from __future__ import annotations

import argparse
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """An option (it has words, as `-f` and `--follow`) or an operand (it has none).

    `value` names what it takes, as the help text does: `PATH` is a folder, `FILE` a file; empty for a flag. Where there are `choices`
    the value is one of them. `rivals` are the options that it excludes. `many`: the operand may be repeated, or the
    option takes several values.
    """

    words: tuple[str, ...]
    value: str
    choices: tuple[str, ...]
    help: str
    rivals: tuple[str, ...]
    optional: bool
    many: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One command: how it is called (`forgewatch ledger show`), what it takes, and its verbs, which are pages again."""

    words: tuple[str, ...]
    help: str
    exits: str
    options: tuple[Argument, ...]
    operands: tuple[Argument, ...]
    verbs: tuple[Page, ...]

    @property
    def place(self) -> str:
        """The words in one string."""
        return " ".join(self.words)

    def all(self) -> tuple[Page, ...]:
        """Return this page and every page below it, in the order of the help text."""
        return (self, *(page for verb in self.verbs for page in verb.all()))


def read_page(parser: argparse.ArgumentParser, words: tuple[str, ...], help: str = "") -> Page:
    """Return the page of `parser` and of all parsers below it. Hidden commands have none.

    Raises TypeError for an argument of a shape that no command has yet: a wrong completion is worse than none.
    """
    arguments = [action for action in parser._actions if not isinstance(action, argparse._SubParsersAction)]
    return Page(
        words=words,
        help=_folded(help or parser.description or ""),
        exits=_folded(parser.epilog or ""),
        options=tuple(_argument(parser, action) for action in arguments if action.option_strings),
        operands=tuple(_argument(parser, action) for action in arguments if not action.option_strings),
        verbs=tuple(page for action in parser._actions if isinstance(action, argparse._SubParsersAction) for page in _verbs(action, words)),
    )


def _verbs(nouns: argparse._SubParsersAction[argparse.ArgumentParser], words: tuple[str, ...]) -> list[Page]:
    # `choices` holds the hidden commands too; a row of `_choices_actions` is what the help text lists.
    return [read_page(nouns.choices[row.dest], (*words, row.dest), row.help or "") for row in nouns._choices_actions]


def _argument(parser: argparse.ArgumentParser, action: argparse.Action) -> Argument:
    words = tuple(action.option_strings)
    if action.nargs not in ((0, None, "+") if words else (None, "?", "*", "+")):
        raise TypeError(f"{parser.prog}: {action.dest} with nargs={action.nargs!r} has no rendering")
    groups = [group._group_actions for group in parser._mutually_exclusive_groups if action in group._group_actions]
    return Argument(
        words=words,
        value="" if action.nargs == 0 else str(action.metavar or action.dest.upper()),
        choices=tuple(map(str, action.choices or ())),
        help=_folded((action.help or "") % vars(action)),
        rivals=tuple(word for group in groups for rival in group if rival is not action for word in rival.option_strings),
        optional=bool(words) or action.nargs in ("?", "*"),
        many=action.nargs in ("*", "+"),
    )


def _folded(text: str) -> str:
    return " ".join(text.split())
