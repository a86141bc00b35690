"""The table of commands, and the dispatcher: the only place that imports by name, so that a light command stays light."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import NoReturn

from forgewatch import __version__
from forgewatch.cli import arguments, arguments_blocks, arguments_difflog, arguments_gate, arguments_test, screen
from forgewatch.core.errors import UsageError


class Command:
    """One row: the word, its help line (None: hidden), what its parser takes, the module whose `run(args)` does it, its exit statuses."""

    __slots__ = ("add_arguments", "exits", "help", "module", "name")

    # No named tuple: the first annotation that is compiled costs a light command three milliseconds.
    def __init__(
        self, name: str, help: str | None, add_arguments: Callable[[argparse.ArgumentParser], None], module: str, exits: str = ""
    ) -> None:
        self.name, self.help, self.add_arguments, self.module, self.exits = name, help, add_arguments, module, exits


_JUDGED = "0 passed, 1 failed, 2 could not be judged or could not run"
_AUDITED = f"{_JUDGED}, or a replay is another audit than the recorded one"
_WATCHED = (
    "0 after SIGTERM or when another instance serves everything, 70 when it could not go on, "
    "75 when a root is read-only where its lock record has to be written"
)
_WEIGHED = "0 done, 1 refused, the field that disagrees is told and recorded, or committed and not pushed"
EXITS = "0 done, 2 wrong usage or environment, 70 a bug in forgewatch, 130 interrupted"
"""The exit statuses that every command may have."""

COMMANDS = (
    Command(
        "init",
        "create what a governed repository needs; list drift; install the service; make a demo",
        arguments.init,
        "forgewatch.cli.init",
        "0 done, 1 --check found drift",
    ),
    Command("watch", "the daemon in the foreground", arguments.watch, "forgewatch.cli.watch", _WATCHED),
    Command("audit", "one audit now, recorded like the daemon's", arguments.audit, "forgewatch.cli.audit", _AUDITED),
    Command(
        "status",
        "watcher, phase, last outcome, ledger; exit 0 running, 3 not running",
        arguments.status,
        "forgewatch.cli.status",
        "0 a watcher runs, 3 none does; also after --watch",
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
        "test",
        "run the tests as evidence: static, runtime, behavior, contract; writes the test record",
        arguments_test.test,
        "forgewatch.cli.test",
        "0 every step passed, 1 one failed, no test ran or an outcome changed, 2 they could not be run",
    ),
    Command(
        "difflog",
        "the contract's helper: begin a cycle in the diff log, finish it, check it, finalize it",
        arguments_difflog.difflog,
        "forgewatch.cli.difflog_verbs",
        "0 done, 1 refused: out of order, not complete, or something that an audit would say",
    ),
    Command(
        "ledger",
        "show, prove or export the record; adopt a commit; restore the ledger file; change the key",
        arguments.ledger,
        "forgewatch.cli.ledger",
        "0 done, 1 ledger verify or anchor found that it does not hold, or ledger commits found one without an entry",
    ),
    Command(
        "signoff",
        "the block that ends a phase, and its entry; --auto commits where the directive says so",
        arguments.signoff,
        "forgewatch.cli.signoff",
        _WEIGHED,
    ),
    Command(
        "authorize",
        "(operator) let the audited tree be committed, once",
        arguments.authorize,
        "forgewatch.cli.authorize",
        _WEIGHED,
    ),
    Command("unblock", "(operator) let a phase go on that used up its loops", arguments.unblock, "forgewatch.cli.unblock"),
    Command("dispute", "say that a FAIL is wrong; a human has to look", arguments.dispute, "forgewatch.cli.dispute"),
    Command(
        "approve",
        "a task's approval before the work: write its contract, sign it, check it",
        arguments.approve,
        "forgewatch.cli.approve",
        "0 done or approved, 1 not approved, or not yet by enough people",
    ),
    Command(
        "gate",
        "what has to be there before work begins: contracts that were read, an evidence bundle that is whole",
        arguments_gate.gate,
        "forgewatch.cli.gate",
        "0 the gate is open, 1 it is shut",
    ),
    Command(
        "blocks",
        "the files and the plan in what a builder said: list them, write them, follow them while they come",
        arguments_blocks.blocks,
        "forgewatch.cli.blocks",
        "0 done, 1 blocks apply skipped or refused something, or could not write it",
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
