"""`ledger show|adopt|restore|rotate`: the record for people, and what only the operator may do to it (ledger.md sections 1 and 2)."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from forgewatch.adapters.files import RootFiles
from forgewatch.adapters.refs import named, read_head
from forgewatch.adapters.repository_layout import locate
from forgewatch.adapters.state_folder import find_folder
from forgewatch.adapters.vault import FolderVault
from forgewatch.app.auditing import Governed
from forgewatch.cli import operator, places, screen
from forgewatch.cli.commands import load
from forgewatch.cli.ledger_entries import Shown, adopted_text, entries_of, entry_json, entry_text, older_json, older_text
from forgewatch.core.errors import EnvironmentFault, UsageError
from forgewatch.core.events import Recorded
from forgewatch.core.ledger_reader import LEDGER_BYTES, OlderEntries, older_entries
from forgewatch.core.places import places_of
from forgewatch.core.text import PATH_LIMIT, escape
from forgewatch.core.values import Absent, CommitId, Content, Refused, Unreadable, parse_commit_id
from forgewatch.wiring.journals import open_to_read

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
        case "summary":
            return _summarize(root, args)
        case "commits":
            listed: int = load("forgewatch.cli.ledger_commits").run(root, args)
            return listed
        case "verify" | "proof" | "export":
            proved: int = load("forgewatch.cli.ledger_proofs").run(root, args)
            return proved
        case "anchor":
            anchored: int = load("forgewatch.cli.ledger_anchor").run(root, args)
            return anchored
        case "adopt":
            return _adopt(root, args)
        case "rotate":
            return _rotate(root, args)
        case _:
            return _restore(root, args)


def _show(root: Path, args: Namespace) -> int:
    folder = find_folder(root, os.environ)
    events = list(open_to_read(folder).read()) if folder else []
    shown, older = entries_of(events), _older(folder, events)
    condition = _condition(root, args) if folder else "no entries yet"
    if args.json:
        screen.show_json(
            {
                "schema": SCHEMA,
                "repository": str(root),
                "condition": condition,
                "older": older_json(older),
                "entries": [entry_json(entry) for entry in shown],
            }
        )
    else:
        screen.show("\n".join(_lines(root, shown, condition, older)))
    return 0


def _summarize(root: Path, args: Namespace) -> int:
    folder = find_folder(root, os.environ)
    events = list(open_to_read(folder).read()) if folder else []
    shown, older = entries_of(events), _older(folder, events)
    told: int = load("forgewatch.cli.ledger_summary").show(root, shown, older, as_json=args.json)
    return told


def _older(folder: Path | None, events: Sequence[Recorded]) -> OlderEntries | None:
    """Return what the adopted text tells, None without one. Another user's is closed to us."""
    digest = adopted_text(events)
    if folder is None or digest is None or os.stat(folder).st_uid != os.geteuid():
        return None
    return older_entries(FolderVault(folder).fetch(digest))


def _lines(root: Path, shown: tuple[Shown, ...], condition: str, older: OlderEntries | None) -> list[str]:
    count = {0: "no entries yet", 1: "1 entry"}.get(len(shown), f"{len(shown)} entries")
    told = count if condition == count else f"{count}; the file {escape(condition, PATH_LIMIT)}"
    before = [older_text(older)] if older else []
    return [f"ledger of {escape(str(root), PATH_LIMIT)}: {told}", *before, *(entry_text(entry) for entry in shown)]


def _condition(root: Path, args: Namespace) -> str:
    """Return how the whole file compares with the journal, without mending anything."""
    ledger = places_of(places.layout_of(root, places.settings(args))).ledger
    try:
        record = _governed(root, args).record
        # An entry that is in the journal and not yet in the file would look like one that was cut off.
        with record.undisturbed():
            return compared(RootFiles(str(root)).read(ledger, LEDGER_BYTES), record.projection())
    except EnvironmentFault as fault:
        # Someone else's record: its owner alone has the older text that the projection may begin with.
        return f"was not compared: {fault}"


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
    governed = _governed(root, args)
    before = governed.record.state().anchor
    operator.ask(args, f"Adopt {commit or 'the empty tree'} as the state that needs no further authorization (now: {before or 'none'})?")
    actor = operator.actor(args)
    recorded = governed.record.adopt(commit, actor, args.reason)
    screen.unsealed(governed.unsealed())
    facts = {"commit": commit, "before": before, "actor": actor, "reason": args.reason}
    return operator.tell(args, root, f"adopted {commit or 'the empty tree'}", recorded, {"schema": ADOPTED, **facts})


def _restore(root: Path, args: Namespace) -> int:
    operator.ask(args, f"Write the ledger file of {root} back from the journal? What stands there now is kept in the quarantine folder.")
    actor = operator.actor(args)
    governed = _governed(root, args)
    recorded = governed.record.restore(actor)
    screen.unsealed(governed.unsealed())
    return operator.tell(args, root, "restored", recorded, {"schema": RESTORED, "actor": actor})


def _rotate(root: Path, args: Namespace) -> int:
    operator.ask(args, f"Sign the journal of {root} with a new key from now on? The old one is destroyed.")
    actor = operator.actor(args)
    rotated: tuple[Recorded, str] = load("forgewatch.wiring.commands").rotate_key(root, args.config, actor)
    recorded, unsealed = rotated
    screen.unsealed(unsealed)
    return operator.tell(
        args, root, "the journal is signed with a new key from the next entry on", recorded, {"schema": ROTATED, "actor": actor}
    )


def _governed(root: Path, args: Namespace) -> Governed:
    governed: Governed = load("forgewatch.wiring.commands").open_governed(root, args.config)
    return governed


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
