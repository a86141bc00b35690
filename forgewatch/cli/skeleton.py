"""The skeleton of a governed repository: what of it is missing is made, what is there is kept (contract §0)."""

from __future__ import annotations

import os
from pathlib import Path

from forgewatch.adapters.ignore_line import NAME, Ignoring, ignore
from forgewatch.adapters.scaffold import make_file, make_folder, refuse_obstacles
from forgewatch.cli.made import Deed, Made
from forgewatch.cli.starter import FOLDERS, documents, lines_to_ignore, scripts
from forgewatch.core.places import LOCK_RECORD, Places


def create_missing(root: Path, governed: Places, framework: str = "") -> tuple[Made, ...]:
    """Create folders, documents and scripts where they are missing, and have git ignore what is ours; return each with its deed.

    Nothing is made when a symlink or a file stands in the place of a folder (UsageError). What was made before a fault (EnvironmentFault)
    is whole, and the next run makes the rest.
    """
    wanted, shims = documents(root, governed, framework), scripts(governed)
    refuse_obstacles(root, (*wanted, *shims))
    made = [_made(make_folder(root, governed.base + name), f"{governed.base}{name}/") for name in FOLDERS]
    for path, content in wanted.items():
        if os.path.lexists(root / path):
            made.append(Made(Deed.KEPT, path))
            continue
        data, remark = content()
        made.append(_made(make_file(root, path, data), path, remark))
    made += [_made(make_file(root, path, data, 0o755), path) for path, data in shims.items()]
    return (*made, _ignored(*ignore(root, lines_to_ignore(governed))))


def _ignored(became: Ignoring, added: tuple[str, ...]) -> Made:
    told = f"ignores {', '.join(added)}"
    match became:
        case Ignoring.BEGUN:
            return Made(Deed.CREATED, NAME, told)
        case Ignoring.ADDED:
            return Made(Deed.CHANGED, NAME, f"now {told}")
        case Ignoring.THERE:
            return Made(Deed.KEPT, NAME)
        case Ignoring.ODD:
            return Made(Deed.KEPT, NAME, f"is no regular file: have git ignore {LOCK_RECORD} in another way")


def _made(created: bool, path: str, remark: str = "") -> Made:
    return Made(Deed.CREATED, path, remark) if created else Made(Deed.KEPT, path)
