"""`tail`: one line per result, from the journal; with `-f` also those that come (contract §10.2; requirements.md S002-10.2-5)."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from forgewatch.adapters.journal_glance import journal_stamp
from forgewatch.adapters.state_folder import find_folder
from forgewatch.cli import places, screen
from forgewatch.cli.commands import load
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.places import places_of
from forgewatch.core.result_line import result_line
from forgewatch.wiring.journals import open_to_read

if TYPE_CHECKING:
    from forgewatch.core.ports import Journal

_LOOK_EVERY = 0.1


def run(args: Namespace) -> int:
    """Print the results there are; with `-f` go on until interrupted. Returns 0, also when there are none yet."""
    root = places.repository(args)
    governed = places_of(places.layout_of(root, places.settings(args)))
    for recorded in results(root, follow=args.follow):
        if args.json:
            documents = load("forgewatch.core.audit_document")
            screen.show_json(documents.audit_document(recorded, str(root), load("forgewatch.core.codes").DOCS, governed, fix_plan=False))
        else:
            screen.show(result_line(recorded, root.name))
    return 0


def results(root: Path, *, follow: bool) -> Iterator[Recorded]:
    """Yield every recorded audit, oldest first; a remark says when there is none at first.

    Raises TamperDetected when the journal loses or changes what was read.
    """
    journal: Journal | None = None
    taken, seen, silent = 0, None, True
    while True:
        folder = find_folder(root, os.environ)
        stamp = journal_stamp(folder) if folder else None
        if folder and stamp != seen:
            journal = journal or open_to_read(folder)
            events = journal.read()
            audits = [recorded for recorded in events[taken:] if isinstance(recorded.event, AuditRecorded)]
            silent = silent and not audits
            yield from audits
            taken, seen = len(events), stamp
        if silent:
            screen.note("no entries yet; those that come are shown" if follow else "no entries yet")
            silent = False
        if not follow:
            return
        time.sleep(_LOOK_EVERY)
