"""`ledger anchor`: the newest checkpoint to the operator's other repository (ledger.md section 1, Anchors). Exit 1 when they disagree."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from forgewatch.adapters.state_folder import find_folder
from forgewatch.cli import places, screen
from forgewatch.core.errors import TamperDetected, UsageError
from forgewatch.wiring.anchors import push_anchor
from forgewatch.wiring.commands import listed, refuse_foreign

SCHEMA = "forgewatch/ledger-anchor/v1"
_OFF = "no anchor is configured for this repository"


def run(root: Path, args: Namespace) -> int:
    """Push, and say so. Raises UsageError without an anchor, EnvironmentFault when it cannot be reached."""
    repository = listed(root, places.settings(args))
    if not repository.anchor:
        raise UsageError(_OFF, "repositories: [{path: ..., anchor: ssh://...}] in the operator's configuration")
    refuse_foreign(repository, os.environ)
    folder = find_folder(root, os.environ)
    if folder is None:
        raise UsageError("there is no record of this repository yet", "the first audit begins it")
    try:
        anchored = push_anchor(folder, repository.anchor, str(root))
    except TamperDetected as error:
        screen.complain(f"the anchor and the journal disagree: {error}", error.hint)
        return 1
    if args.json:
        screen.show_json(
            {
                "schema": SCHEMA,
                "repository": str(root),
                "entries": anchored.entries,
                "pushed": anchored.pushed,
                "anchor": repository.anchor,
            }
        )
    else:
        done = "pushed" if anchored.pushed else "was there already"
        screen.show(f"the checkpoint of {anchored.entries} entries {done}: {repository.anchor}")
    return 0
