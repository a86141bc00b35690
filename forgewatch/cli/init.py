"""`init`: what a governed repository needs and does not have yet (contract §0; cli.md). Never overwrites, never follows a symlink."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from pathlib import Path

from forgewatch.adapters.repository_layout import find_root
from forgewatch.adapters.scaffold import make_file, make_folder
from forgewatch.cli import demo, places, screen, service
from forgewatch.cli.shims import SHIMS
from forgewatch.core.errors import UsageError
from forgewatch.core.places import Places, places_of

FOLDERS = ("Contracts", "evidence", "scripts")
_STACKS = (
    (("requirements.txt", "pyproject.toml", "setup.cfg", "Pipfile"), "python", "pytest"),
    (("package.json",), "typescript", "vitest"),
    (("go.mod",), "go", "go test"),
)


def run(args: Namespace) -> int:
    """Do one of the three: make a demo, (un)install the service, or create what is missing. Returns 0."""
    if args.uninstall and not args.service:
        raise UsageError("--uninstall needs --service user or --service system")
    if args.demo:
        return demo.run(Path(args.path or "forgewatch-demo"))
    root = find_root(Path(args.path or os.getcwd()))
    if args.uninstall:
        return service.uninstall(args.service, os.environ)
    created = create_missing(root, places_of(places.layout_of(root, places.settings(args))))
    screen.show("\n".join([f"repository {root}", *created]))
    if args.service:
        return service.install(args.service, root, places.executable(), os.environ)
    screen.show("next: commit these files, write the contracts, then start the watcher: forgewatch watch")
    return 0


def create_missing(root: Path, governed: Places) -> list[str]:
    """Create folders, forge.json and shims where they are missing; return one line for each, `created` or `kept`."""
    lines = []
    for name in FOLDERS:
        path = governed.base + name
        lines.append(_line(make_folder(root, path), path + "/"))
    lines.append(_line(make_file(root, "forge.json", forge_json(root)), "forge.json"))
    for name, data in SHIMS:
        path = f"{governed.base}scripts/{name}"
        lines.append(_line(make_file(root, path, data, 0o755), path))
    return lines


def forge_json(root: Path) -> bytes:
    """Return a forge.json for the stack whose manifest is there, Python when there is none (contract §0)."""
    manifest, language, tests = _stack(root)
    backend = {"language": language, "test_framework": tests, "test_dir": "tests", "dependency_file": manifest}
    return (json.dumps({"project_name": root.name, "backend": backend}, indent=2) + "\n").encode()


def _stack(root: Path) -> tuple[str, str, str]:
    for manifests, language, tests in _STACKS:
        for manifest in manifests:
            if (root / manifest).is_file():
                return manifest, language, tests
    return _STACKS[0][0][0], _STACKS[0][1], _STACKS[0][2]


def _line(created: bool, path: str) -> str:
    return f"  {'created' if created else 'kept   '} {path}"
