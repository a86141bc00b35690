"""`init`: what a governed repository needs and does not have yet (contract §0; cli.md). Never overwrites, never follows a symlink."""

from __future__ import annotations

import os
import shlex
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from forgewatch.adapters.governed_root import refuse_nested
from forgewatch.adapters.repository_layout import locate
from forgewatch.adapters.repository_root import find_root
from forgewatch.adapters.service_manager import Systemctl
from forgewatch.adapters.state_folder import find_folder
from forgewatch.cli import demo, drift, places, screen, service
from forgewatch.cli.made import Deed, Deeds, Made, deeds_json, deeds_text
from forgewatch.cli.skeleton import create_missing
from forgewatch.core.errors import UsageError
from forgewatch.core.places import FORGE, Places, places_of

SCHEMA = "forgewatch/init/v1"


def run(args: Namespace) -> int:
    """Do one of the four: look for drift, make a demo, (un)install the service, or create what is missing. Returns 0, of drift 1."""
    _refuse_mixtures(args)
    if args.uninstall:
        # What was installed is the machine's or the user's: no repository is needed, and none is looked for.
        return _tell(args, None, "", service=service.uninstall(args.service, os.environ, Systemctl(args.service)))
    if args.demo:
        root, made = demo.make(Path(args.path or "forgewatch-demo"))
        return _tell(args, root, f"sample project in {root}", made if args.json else replace(made, files=()))
    # A repository that no audit would accept gets no files either, unless it is named: then it is meant.
    root = find_root(Path(args.path or os.getcwd()))
    if args.path is None or root != Path(args.path).resolve():
        refuse_nested(root, Path(args.path or os.getcwd()))
    locate(str(root))
    governed = places_of(places.layout_of(root, places.settings(args)))
    if args.check:
        return drift.show(root, governed, as_json=args.json)
    if args.service:
        service.require_rights(args.service)
    files = create_missing(root, governed, args.boundaries or "")
    if args.service:
        installed = service.install(args.service, root, places.executable(), os.environ, Systemctl(args.service), governed)
        # Its first contact takes HEAD as the anchor.
        commit = " && ".join(tuple(_next(root, files))[:-1])
        return _tell(args, root, f"repository {root}", Deeds(files, (f"before the service starts: {commit}",) if commit else ()), installed)
    return _tell(args, root, f"repository {root}", Deeds(files, tuple(_notes(root, governed)), tuple(_next(root, files))))


def _refuse_mixtures(args: Namespace) -> None:
    if args.demo and args.service:
        raise UsageError("--demo and --service cannot be one step", "make the demo, then: forgewatch init --service user, in its folder")
    if args.uninstall and not args.service:
        raise UsageError("--uninstall needs --service user or --service system")
    if args.check and (args.demo or args.service or args.boundaries):
        raise UsageError("--check looks and writes nothing: it is a step of its own", "forgewatch init --check")


def _notes(root: Path, governed: Places) -> Iterator[str]:
    yield f"{governed.contracts}/BUILDER.md is for builders; the other contracts wait for you"
    if governed == FORGE and all((root / name).is_dir() for name in ("Contracts", "evidence")):
        yield "Contracts/ and evidence/ at the root are not looked at; if they are what governs:"
        yield "list this repository with layout: root in the configuration, and remove Forge/"


def _next(root: Path, files: tuple[Made, ...]) -> Iterator[str]:
    """Yield the steps of a newcomer: what to commit, by names of ours only, and how to have it watched; the operator's between them."""
    added = _added(files)
    if added:
        names = " ".join(map(shlex.quote, added))
        yield f"git add {names}"
        # By name again: what somebody had staged is no governance file, and would be adopted with them.
        yield f"git commit -m 'Governance files' -- {names}"
    if added and find_folder(root, os.environ) is not None:
        # Seen before, so its anchor is an earlier commit, and this one would be nobody's (A602).
        yield "forgewatch ledger adopt HEAD --reason 'governance files'"
    yield f"forgewatch watch {shlex.quote(str(root))}"


def _added(files: tuple[Made, ...]) -> list[str]:
    """Return what is new, a folder for all that is in it: what the user had in a folder of ours is not named."""
    new = [made.path for made in files if made.deed in (Deed.CREATED, Deed.CHANGED)]
    folders = tuple(path for path in new if path.endswith("/"))
    return [*(path.rstrip("/") for path in folders), *(path for path in new if not path.startswith(folders or "/"))]


def _tell(args: Namespace, root: Path | None, title: str, made: Deeds | None = None, service: Deeds | None = None) -> int:
    if args.json:
        parts = {"service": deeds_json(service) if service else None}
        screen.show_json({"schema": SCHEMA, "repository": str(root) if root else None, **deeds_json(made or Deeds()), **parts})
        return 0
    blocks = [deeds_text(title, made)] if made else []
    screen.show("\n".join([*blocks, *([deeds_text(f"service ({args.service})", service)] if service else [])]))
    return 0
