"""What every command of an operator does: ask on a terminal, name the actor, tell what was recorded (ledger.md section 2)."""

from __future__ import annotations

import os
import pwd
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from forgewatch.cli import screen
from forgewatch.cli.ledger_glance import FIRST_CONTACT
from forgewatch.core.errors import UsageError
from forgewatch.core.events import Recorded
from forgewatch.core.text import PATH_LIMIT, escape


def ask(args: Namespace, question: str) -> None:
    """Have the question confirmed, or take `--yes` for it. Raises UsageError without a terminal and without consent."""
    if args.yes:
        return
    if not screen.on_a_terminal():
        raise UsageError("this is the operator's decision and there is no terminal to ask on", "add --yes, and --actor NAME")
    if not screen.confirmed(escape(question, PATH_LIMIT)):
        raise UsageError("not confirmed, nothing was done")


def actor(args: Namespace) -> str:
    """Return who decides: `--actor`, else the name of the user. Raises UsageError for the name that forgewatch itself bears in the record:
    what it adopts is not shown in the ledger, and what a person adopts has to be."""
    if str(args.actor or "").strip() == FIRST_CONTACT:
        raise UsageError(f"--actor: expected the name of a person, found {FIRST_CONTACT!r}, forgewatch's own", "name who decides")
    if args.actor:
        return str(args.actor)
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user id {os.getuid()}"


def tell(args: Namespace, root: Path, done: str, recorded: Recorded, facts: Mapping[str, object]) -> int:
    """Show what was recorded, as text or JSON, and return 0."""
    if args.json:
        screen.show_json({**facts, "repository": str(root), "entry": {"seq": recorded.seq, "leaf": recorded.leaf}}, screen.KEPT)
    else:
        screen.show(f"{done}; entry {recorded.seq} {recorded.leaf}", screen.KEPT)
    return 0
