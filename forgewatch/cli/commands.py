"""The table of commands, and the dispatcher: the only place that imports by name, so that a light command stays light."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import NamedTuple, NoReturn

from forgewatch import __version__
from forgewatch.cli import arguments, screen
from forgewatch.core.errors import UsageError


class Command(NamedTuple):
    """One row: the word, its help line (None: hidden), what its parser takes, the module whose `run(args)` does it, its exit statuses."""

    name: str
    help: str | None
    add_arguments: Callable[[argparse.ArgumentParser], None]
    module: str
    exits: str = ""


_JUDGED = "0 passed, 1 failed, 2 could not be judged or could not run"
_AUDITED = f"{_JUDGED}, or a replay is another audit than the recorded one"
_WATCHED = (
    "0 after SIGTERM or when another instance serves everything, 70 when it could not go on, "
    "75 when a root is read-only where its lock record has to be written"
)
EXITS = "0 done, 2 wrong usage or environment, 70 a bug in forgewatch, 130 interrupted"
"""The exit statuses that every command may have."""

COMMANDS = (
    Command("init", "create what a governed repository needs; install the service; make a demo", arguments.init, "forgewatch.cli.init"),
    Command("watch", "the daemon in the foreground", arguments.watch, "forgewatch.cli.watch", _WATCHED),
    Command("audit", "one audit now, recorded like the daemon's", arguments.audit, "forgewatch.cli.audit", _AUDITED),
    Command(
        "status",
        "watcher, phase, last outcome, ledger; exit 0 running, 3 not running",
        arguments.status,
        "forgewatch.cli.status",
        "0 a watcher runs, 3 none does",
    ),
    Command(
        "wait", "wait for the result of the current diff log", arguments.wait, "forgewatch.cli.wait", f"{_JUDGED}, 124 no result in time"
    ),
    Command("tail", "one line per result", arguments.tail, "forgewatch.cli.tail"),
    Command("explain", "what a finding code means and how to mend it", arguments.explain, "forgewatch.cli.explain"),
    Command(
        "doctor",
        "environment, limits, configuration, locks; each line with a remedy",
        arguments.doctor,
        "forgewatch.cli.doctor",
        "0 no line is bad, 1 one is",
    ),
    Command(
        "ledger",
        "show, prove or export the record; adopt a commit; restore the ledger file; change the key",
        arguments.ledger,
        "forgewatch.cli.ledger",
        "0 done, 1 ledger verify found that it does not hold",
    ),
    Command("worker", None, arguments.worker, "forgewatch.cli.worker"),
)
"""Every command there is, in the order of the help text (cli.md)."""

VERSION = f"forgewatch {__version__}"


def run(argv: Sequence[str]) -> int:
    """Parse `argv` and run the command. Returns its exit status; argparse leaves with 2 on wrong usage, 0 after `--help`."""
    if list(argv) == ["--version"]:
        screen.show(VERSION)
        return 0
    command = next((command for command in COMMANDS if [command.name] == list(argv[:1])), None)
    if command is None:
        if argv and not argv[0].startswith("-"):
            raise UsageError(f"no command '{argv[0]}'", _nearest(argv[0]))
        # Help or an option: the parser of the whole table answers, and leaves.
        build_parser().parse_args(list(argv) or ["--help"])
        return 2
    # Only the parser of this command is built: the whole table costs ten milliseconds that `status` does not have.
    parser = _Parser(prog=f"forgewatch {command.name}", description=command.help, epilog=_epilog(command.exits))
    command.add_arguments(parser)
    args, unknown = parser.parse_known_args(list(argv[1:]))
    if unknown:
        words = " ".join([command.name, *([args.verb] if "verb" in args else [])])
        raise UsageError(f"{words}: unrecognized arguments: {' '.join(unknown)}", f"forgewatch {words} --help says what it takes")
    status: int = load(command.module).run(args)
    return status


def load(module: str) -> ModuleType:
    """Import a module when it is needed. Only for commands and for what a light command rarely needs."""
    return import_module(module)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole table."""
    parser = _Parser(
        prog="forgewatch",
        description="Watches repositories where builders work, audits every finished cycle, keeps a record nobody can quietly change.",
        epilog=f"Exit status of every command: {EXITS}.",
    )
    parser.add_argument("--version", action="version", version=VERSION)
    nouns = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    for command in COMMANDS:
        noun = (
            nouns.add_parser(command.name, description=command.help, help=command.help, epilog=_epilog(command.exits))
            if command.help
            else nouns.add_parser(command.name)  # argparse lists a row with help=None, and leaves out one without help
        )
        command.add_arguments(noun)
    return parser


def _epilog(exits: str) -> str | None:
    return f"Exit status: {exits}." if exits else None


def _nearest(word: str) -> str:
    shown = [command.name for command in COMMANDS if command.help]
    near = load("difflib").get_close_matches(word, shown, n=1)
    return f"did you mean '{near[0]}'?" if near else "forgewatch --help lists them"


class _Help(argparse.HelpFormatter):
    # With a width of its own it need not load the compression libraries to ask for the terminal's.
    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=100)


class _Parser(argparse.ArgumentParser):
    def __init__(self, **options: object) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_Help, **options)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        """Raise UsageError: wrong usage is told like every other error."""
        words = self.prog.removeprefix("forgewatch").strip()
        raise UsageError(f"{words}: {message}" if words else message, f"{self.prog} --help says what it takes")
