"""What `doctor` says about the journal and the keys that sign it: asked of what uses them, so that it says what they would. Only reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from forgewatch.adapters.journal_seal import JournalSeal
from forgewatch.adapters.state_folder import find_folder, refuse_inside
from forgewatch.cli.doctor_lines import Level, Line
from forgewatch.core.errors import ForgewatchError, UsageError
from forgewatch.core.settings import Settings
from forgewatch.wiring.journals import examined

JOURNAL, KEY, PLACE = "journal", "signing key", "place of the key"


def repository(root: Path, settings: Settings, environ: Mapping[str, str]) -> list[Line]:
    """One line about the journal of the repository and one about its key; none where there is no record, or it is another user's."""
    try:
        folder = find_folder(root, environ)
    except UsageError:
        # The line of the state directory says why there is none.
        folder = None
    if folder is None or os.stat(folder).st_uid != os.geteuid():
        return []
    return [*_record(folder), *_place(folder, root, settings)]


def _record(folder: Path) -> list[Line]:
    try:
        count, seal = examined(folder)
    except ForgewatchError as error:
        return [Line(Level.BAD, JOURNAL, str(error), error.hint)]
    told = f"{count} lines, each vouched for" if seal.begun else f"{count} lines, not signed yet: the next one vouches for them"
    return [Line(Level.FINE, JOURNAL, told), _key(seal)]


def _place(folder: Path, root: Path, settings: Settings) -> list[Line]:
    """One line for each other repository of the configuration that the record lies in, and the key with it: its builder works there."""
    found = []
    for each in settings.repositories:
        try:
            if not os.path.samestat(os.stat(each.path), os.stat(root)):
                refuse_inside(folder, Path(each.path))
        except OSError:
            # Not there, or closed to us: then nothing of ours is in it.
            continue
        except UsageError as error:
            found.append(Line(Level.BAD, PLACE, str(error), error.hint))
    return found


def _key(seal: JournalSeal) -> Line:
    try:
        there = seal.check_key()
    except ForgewatchError as error:
        return Line(Level.BAD, KEY, str(error), error.hint)
    return Line(Level.FINE, KEY, "there, closed to others" if there else "none yet; the next entry makes it")
