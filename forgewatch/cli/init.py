"""`init`: what a governed repository needs and does not have yet (contract §0; cli.md). Never overwrites, never follows a symlink."""

from __future__ import annotations

import json
import os
import shlex
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from forgewatch.adapters.ignore_line import NAME, Ignoring, ignore
from forgewatch.adapters.repository_layout import find_root
from forgewatch.adapters.scaffold import make_file, make_folder
from forgewatch.cli import demo, places, screen, service
from forgewatch.cli.made import Deed, Deeds, Made, deeds_json, deeds_text
from forgewatch.cli.shims import SHIMS
from forgewatch.cli.stack import backend_of
from forgewatch.core.errors import UsageError
from forgewatch.core.places import LOCK_RECORD, Places, places_of

SCHEMA = "forgewatch/init/v1"
_NEXT = "commit these files, write the contracts, then start the watcher: forgewatch watch {}"
FOLDERS = ("Contracts", "evidence", "scripts")


def run(args: Namespace) -> int:
    """Do one of the three: make a demo, (un)install the service, or create what is missing. Returns 0."""
    if args.uninstall and not args.service:
        raise UsageError("--uninstall needs --service user or --service system")
    if args.demo and args.service:
        raise UsageError("--demo and --service cannot be one step", "make the demo, then: forgewatch init --service user, in its folder")
    if args.uninstall:
        # What was installed is the machine's or the user's: no repository is needed, and none is looked for.
        return _tell(args, None, "", service=service.uninstall(args.service, os.environ))
    if args.demo:
        root, made = demo.make(Path(args.path or "forgewatch-demo"))
        return _tell(args, root, f"sample project in {root}", made if args.json else replace(made, files=()))
    root = find_root(Path(args.path or os.getcwd()))
    if args.service:
        service.require_rights(args.service)
    files = create_missing(root, places_of(places.layout_of(root, places.settings(args))))
    if args.service:
        return _tell(args, root, f"repository {root}", Deeds(files), service.install(args.service, root, places.executable(), os.environ))
    return _tell(args, root, f"repository {root}", Deeds(files, next=(_NEXT.format(shlex.quote(str(root))),)))


def create_missing(root: Path, governed: Places) -> tuple[Made, ...]:
    """Create folders, forge.json and shims where they are missing, and have git ignore the lock record; return each with its deed."""
    folders = [governed.base + name for name in FOLDERS]
    made = [_made(make_folder(root, path), path + "/") for path in folders]
    made.append(_made(make_file(root, "forge.json", forge_json(root)), "forge.json"))
    made.append(_ignored(ignore(root, LOCK_RECORD)))
    shims = {f"{governed.base}scripts/{name}": data for name, data in SHIMS}
    return (*made, *(_made(make_file(root, path, data, 0o755), path) for path, data in shims.items()))


def _tell(args: Namespace, root: Path | None, title: str, made: Deeds | None = None, service: Deeds | None = None) -> int:
    if args.json:
        parts = {"service": deeds_json(service) if service else None}
        screen.show_json({"schema": SCHEMA, "repository": str(root) if root else None, **deeds_json(made or Deeds()), **parts})
        return 0
    blocks = [deeds_text(title, made)] if made else []
    screen.show("\n".join([*blocks, *([deeds_text(f"service ({args.service})", service)] if service else [])]))
    return 0


def forge_json(root: Path) -> bytes:
    """Return a forge.json for the stack whose manifest is there, Python when there is none (contract §0).

    It names what is certain: the only manifest, and the folder that holds the tests. What it leaves out is found by convention.
    """
    return (json.dumps({"project_name": root.name, "backend": backend_of(root)}, indent=2) + "\n").encode()


def _ignored(became: Ignoring) -> Made:
    match became:
        case Ignoring.BEGUN:
            return Made(Deed.CREATED, NAME, f"with the line {LOCK_RECORD}")
        case Ignoring.ADDED:
            return Made(Deed.CHANGED, NAME, f"the line {LOCK_RECORD} was added")
        case Ignoring.THERE:
            return Made(Deed.KEPT, NAME)
        case Ignoring.ODD:
            return Made(Deed.KEPT, NAME, f"is no regular file: have git ignore {LOCK_RECORD} in another way")


def _made(created: bool, path: str) -> Made:
    return Made(Deed.CREATED if created else Deed.KEPT, path)
