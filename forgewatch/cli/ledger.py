"""`ledger show|adopt|restore|rotate`: the record for people, and what only the operator may do to it (ledger.md sections 1 and 2)."""

from __future__ import annotations

import os
import pwd
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from forgewatch.adapters.files import RootFiles
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.refs import named, read_head
from forgewatch.adapters.repository_layout import locate
from forgewatch.adapters.state_folder import find_folder
from forgewatch.app.record import Record
from forgewatch.cli import places, screen
from forgewatch.cli.commands import load
from forgewatch.cli.ledger_entries import Shown, entries_of, entry_json, entry_text
from forgewatch.core.errors import EnvironmentFault, UsageError
from forgewatch.core.events import Recorded
from forgewatch.core.ledger_reader import LEDGER_BYTES
from forgewatch.core.places import places_of
from forgewatch.core.text import PATH_LIMIT, escape
from forgewatch.core.values import Absent, CommitId, Content, Refused, Unreadable, parse_commit_id

SCHEMA = "forgewatch/ledger/v1"
ADOPTED = "forgewatch/ledger-adopt/v1"
RESTORED = "forgewatch/ledger-restore/v1"
ROTATED = "forgewatch/ledger-rotate/v1"


def run(args: Namespace) -> int:
    """Do the verb. Raises UsageError without the operator's consent, LedgerUnwritable, TamperDetected."""
    args.path = args.path or getattr(args, "place", None)
    root = places.repository(args)
    match args.verb:
        case "show":
            return _show(root, args)
        case "verify" | "proof" | "export":
            proved: int = load("forgewatch.cli.ledger_proofs").run(root, args)
            return proved
        case "adopt":
            return _adopt(root, args)
        case "rotate":
            return _rotate(root, args)
        case _:
            return _restore(root, args)


def _show(root: Path, args: Namespace) -> int:
    folder = find_folder(root, os.environ)
    shown = entries_of(FileJournal(folder).read()) if folder else ()
    condition = _condition(root, args) if folder else "no entries yet"
    if args.json:
        screen.show_json(
            {"schema": SCHEMA, "repository": str(root), "condition": condition, "entries": [entry_json(entry) for entry in shown]}
        )
    else:
        screen.show("\n".join(_lines(root, shown, condition)))
    return 0


def _lines(root: Path, shown: tuple[Shown, ...], condition: str) -> list[str]:
    count = {0: "no entries yet", 1: "1 entry"}.get(len(shown), f"{len(shown)} entries")
    told = count if condition == count else f"{count}; the file {escape(condition, PATH_LIMIT)}"
    return [f"ledger of {escape(str(root), PATH_LIMIT)}: {told}", *(entry_text(entry) for entry in shown)]


def _condition(root: Path, args: Namespace) -> str:
    """Return how the whole file compares with the journal, without mending anything."""
    governed = places_of(places.layout_of(root, places.settings(args)))
    found = RootFiles(str(root)).read(governed.ledger, LEDGER_BYTES)
    try:
        expected = _record(root, args).projection()
    except EnvironmentFault as fault:
        # Someone else's record: its owner alone has the older text that the projection may begin with.
        return f"was not compared: {fault}"
    return compared(found, expected)


def compared(found: Content, expected: bytes) -> str:
    """Return how what stands there compares with the projection `expected`."""
    match found:
        case Absent():
            return "is missing" if expected else "is not there yet"
        case Unreadable(why=why):
            return f"cannot be read: {why}"
        case _ if found == expected:
            return "equals the journal"
        case _ if expected.startswith(found):
            return f"ends after {len(found)} of {len(expected)} bytes"
        case _ if found.startswith(expected):
            return f"has {len(found) - len(expected)} foreign bytes at its end"
        case _:
            return "differs from the journal (forgewatch ledger restore)"


def _adopt(root: Path, args: Namespace) -> int:
    commit = _commit(root, args.commit)
    record = _record(root, args)
    before = record.state().anchor
    _ask(args, f"Adopt {commit or 'the empty tree'} as the state that needs no further authorization (now: {before or 'none'})?")
    actor = _actor(args)
    recorded = record.adopt(commit, actor, args.reason)
    facts = {"commit": commit, "before": before, "actor": actor, "reason": args.reason}
    return _tell(args, root, f"adopted {commit or 'the empty tree'}", recorded, {"schema": ADOPTED, **facts})


def _restore(root: Path, args: Namespace) -> int:
    _ask(args, f"Write the ledger file of {root} back from the journal? What stands there now is kept in the quarantine folder.")
    actor = _actor(args)
    recorded = _record(root, args).restore(actor)
    return _tell(args, root, "restored", recorded, {"schema": RESTORED, "actor": actor})


def _rotate(root: Path, args: Namespace) -> int:
    _ask(args, f"Sign the journal of {root} with a new key from now on? The old one is destroyed.")
    actor = _actor(args)
    recorded: Recorded = load("forgewatch.wiring.commands").rotate_key(root, args.config, actor)
    return _tell(args, root, "the journal is signed with a new key from the next entry on", recorded, {"schema": ROTATED, "actor": actor})


def _tell(args: Namespace, root: Path, done: str, recorded: Recorded, facts: Mapping[str, object]) -> int:
    if args.json:
        screen.show_json({**facts, "repository": str(root), "entry": {"seq": recorded.seq, "leaf": recorded.leaf}}, screen.KEPT)
    else:
        screen.show(f"{done}; entry {recorded.seq} {recorded.leaf}", screen.KEPT)
    return 0


def _record(root: Path, args: Namespace) -> Record:
    record: Record = load("forgewatch.wiring.commands").open_record(root, args.config)
    return record


def _commit(root: Path, name: str | None) -> CommitId | None:
    if name in (None, "HEAD"):
        return read_head(str(root))
    commit = parse_commit_id(name)
    if not isinstance(commit, Refused):
        return commit
    place = locate(str(root))
    found = named(place, f"refs/heads/{name}") or named(place, f"refs/remotes/{name}")
    if found is None:
        if os.path.isdir(str(name)):
            raise UsageError(f"{name!r} is a folder, and what is adopted is a commit", "forgewatch ledger adopt COMMIT PATH")
        raise UsageError(f"{name!r} is no full commit id and no branch", f"git rev-parse {name}^{{commit}} gives the full id")
    return CommitId(found)


def _ask(args: Namespace, question: str) -> None:
    if args.yes:
        return
    if not screen.on_a_terminal():
        raise UsageError("this is the operator's decision and there is no terminal to ask on", "add --yes, and --actor NAME")
    if not screen.confirmed(escape(question, PATH_LIMIT)):
        raise UsageError("not confirmed, nothing was done")


def _actor(args: Namespace) -> str:
    if args.actor:
        return str(args.actor)
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user id {os.getuid()}"
