"""The objects that serve one repository, for daemon and commands alike."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.evidence import RepositoryEvidence
from forgewatch.adapters.files import RootFiles
from forgewatch.adapters.git_program import find_git
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.state_folder import create_folder, state_directory
from forgewatch.adapters.vault import FolderVault
from forgewatch.app.auditing import Governed
from forgewatch.app.record import Record
from forgewatch.core.checklist import CHECKLIST
from forgewatch.core.codes import DOCS
from forgewatch.core.places import places_of
from forgewatch.core.record_entry import EntryRules
from forgewatch.core.settings import RepositorySettings, Settings
from forgewatch.core.text import escape


def govern(repository: RepositorySettings, settings: Settings, environ: Mapping[str, str]) -> Governed:
    """Return the live objects of one repository; makes its state folder. Raises EnvironmentFault. Nothing is read from git here."""
    root = os.path.realpath(repository.path)
    folder = create_folder(state_directory(environ), Path(root))
    places = places_of(repository.layout)
    rules = EntryRules(places=places, docs=DOCS, loopback_limit=settings.loopback_limit)
    files = RootFiles(root)
    record = Record(
        journal=FileJournal(folder),
        files=files,
        evidence=RepositoryEvidence(Path(root)),
        vault=FolderVault(folder / "quarantine"),
        clock=SystemClock(),
        rules=rules,
    )
    return Governed(
        root=root,
        folder=str(folder),
        places=places,
        layout=repository.layout,
        files=files,
        record=record,
        rules=rules,
        git=find_git(environ, [root]),
        assurance=assurance_of(root),
        host=escape(socket.gethostname()),
        checklist=CHECKLIST,
    )


def assurance_of(root: str) -> str:
    """Return `isolated` when the repository belongs to another user than the one we run as, else `local` (architecture.md)."""
    return "local" if os.stat(root).st_uid == os.geteuid() else "isolated"
