"""The objects that serve one repository, for daemon and commands alike."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from forgewatch.adapters.authority_files import OperatorAuthority
from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.evidence import RepositoryEvidence
from forgewatch.adapters.files import RootFiles
from forgewatch.adapters.git_program import find_git
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.record_memory import FileMemory
from forgewatch.adapters.refs import head_places, read_head
from forgewatch.adapters.state_folder import create_folder, find_folder, folder_of, state_directory
from forgewatch.adapters.vault import FolderVault, LedgerPrefix
from forgewatch.app.auditing import Governed
from forgewatch.app.record import Record
from forgewatch.core.checklist import CHECKLIST
from forgewatch.core.codes import DOCS
from forgewatch.core.places import places_of
from forgewatch.core.ports import Vault
from forgewatch.core.record_entry import EntryRules
from forgewatch.core.settings import RepositorySettings, Settings
from forgewatch.core.text import escape
from forgewatch.wiring.journals import open_journal


def govern(repository: RepositorySettings, settings: Settings, environ: Mapping[str, str], state: Path | None = None) -> Governed:
    """Return the live objects of one repository; makes its folder in `state`, by default the state directory of the environment.

    Raises EnvironmentFault. Nothing is read from git here.
    """
    root = os.path.realpath(repository.path)
    return _governed(root, repository, settings, environ, create_folder(state or state_directory(environ), Path(root)))


def govern_record(repository: RepositorySettings, settings: Settings, environ: Mapping[str, str]) -> Governed:
    """Return the live objects of one repository over the record that is there already, wherever it is: a command must not begin a second
    one beside it. Raises EnvironmentFault; the caller has asked `foreign_record` before.
    """
    found = find_folder(Path(os.path.realpath(repository.path)), environ)
    return govern(repository, settings, environ, found.parent if found else None)


def foreign_record(repository: RepositorySettings, environ: Mapping[str, str]) -> Path | None:
    """Return the folder of a record that belongs to another user; None when the record is ours to write, or there is none.

    It is not root's either: what root wrote there its owner could not read.
    """
    found = find_folder(Path(os.path.realpath(repository.path)), environ)
    return None if found is None or os.stat(found).st_uid == os.geteuid() else found


def govern_foreign(repository: RepositorySettings, settings: Settings, environ: Mapping[str, str], found: Path, scratch: Path) -> Governed:
    """Return objects that read another user's record in `found`, with `scratch` for the worker's own files.

    Whoever asks for an audit beside a daemon of another user gets its result and no entry (architecture.md, Where things are kept).
    """
    root = os.path.realpath(repository.path)
    ledger = LedgerPrefix(RootFiles(root), places_of(repository.layout).ledger)
    governed = _governed(root, repository, settings, environ, found, vault=ledger)
    return replace(governed, folder=str(create_folder(scratch, Path(root))))


def view_only(repository: RepositorySettings, settings: Settings, environ: Mapping[str, str], found: Path | None) -> Governed:
    """Return objects for looking at a repository whose record, if there is one, is in `found`. Nothing is created."""
    root = os.path.realpath(repository.path)
    folder = found or folder_of(state_directory(environ), Path(root))
    ledger = LedgerPrefix(RootFiles(root), places_of(repository.layout).ledger)
    return _governed(root, repository, settings, environ, folder, vault=ledger)


def _governed(
    root: str, repository: RepositorySettings, settings: Settings, environ: Mapping[str, str], folder: Path, *, vault: Vault | None = None
) -> Governed:
    places = places_of(repository.layout)
    rules = EntryRules(places=places, docs=DOCS, loopback_limit=settings.loopback_limit)
    files = RootFiles(root)
    journal = FileJournal(folder) if vault else open_journal(folder)
    record = Record(
        journal=journal,
        files=files,
        evidence=RepositoryEvidence(Path(root)),
        vault=vault or FolderVault(folder),
        clock=SystemClock(),
        rules=rules,
        memory=FileMemory(folder),
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
        head=lambda: read_head(root),
        head_places=lambda: head_places(root),
        checklist=CHECKLIST,
        unsealed=lambda: journal.unsealed,
        authority=OperatorAuthority(Path(root)),
    )


def assurance_of(root: str) -> str:
    """Return `isolated` when the repository belongs to another user than the one we run as, else `local` (architecture.md)."""
    return "local" if os.stat(root).st_uid == os.geteuid() else "isolated"
