"""`gate evidence FILE`: is the evidence bundle of a change request whole (contract §2)."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from forgewatch.adapters.files import RootFiles
from forgewatch.app.engine import pass_gate
from forgewatch.cli import places, screen
from forgewatch.cli.gate_text import OPEN, SHUT, headline, results_json, stop_lines
from forgewatch.core.errors import UsageError
from forgewatch.core.evidence_bundle import GATE, TEMPLATE, ground_of
from forgewatch.core.places import places_of
from forgewatch.core.text import recordable
from forgewatch.core.values import RepoPath
from forgewatch.core.verdict import StopReason

SCHEMA = "forgewatch/gate-evidence/v1"


def run(args: Namespace) -> int:
    """Judge the bundle, or print the template. Returns 0 when it is whole, else 1. Raises UsageError, RepositoryUnavailable."""
    if args.template:
        screen.show(TEMPLATE)
        return OPEN
    if args.file is None:
        raise UsageError("gate evidence: expected FILE, the bundle", "forgewatch gate evidence --template > bundle.md makes one")
    root, settings = places.repository(args), places.settings(args)
    place = Path(os.path.abspath(args.file))
    # Whoever asks names the file; below its own folder it is read like everything else that a builder wrote.
    bundle = RootFiles(str(place.parent)).read(RepoPath(place.name), settings.limits.document_bytes)
    tree = RootFiles(str(root))
    ground = ground_of(args.file, bundle, lambda path: tree.read(path, 0), places_of(places.layout_of(root, settings)))
    audit = pass_gate(GATE, ground, settings.profile)
    stop = None if audit.passed else StopReason.EVIDENCE_MISSING
    if args.json:
        screen.show_json(
            {
                "schema": SCHEMA,
                "repository": str(root),
                "file": recordable(args.file),
                "passed": audit.passed,
                "stop": stop.value if stop else None,
                "files": [{"path": recordable(file.path), "line": file.line} for file in ground.files],
                "results": results_json(audit),
            }
        )
    else:
        screen.show("\n".join([headline("evidence", args.file, audit), *stop_lines(audit, stop)]))
    return OPEN if audit.passed else SHUT
