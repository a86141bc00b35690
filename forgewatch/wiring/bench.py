"""The benches of one repository: the worker copies, bubblewrap keeps the steps from the machine (core/bench.py)."""

from __future__ import annotations

import os
from collections.abc import Mapping

from forgewatch.adapters.bench import FolderBenches
from forgewatch.adapters.config_place import find_config
from forgewatch.adapters.state_folder import SYSTEM_STATE, state_directory
from forgewatch.adapters.worker_process import WorkerProcesses
from forgewatch.app.auditing import Governed
from forgewatch.app.heads import facts_request
from forgewatch.core.bench import Benches
from forgewatch.core.copying import Copied, CopyRequest
from forgewatch.core.report import Failed
from forgewatch.core.settings import Settings


def open_benches(
    governed: Governed, settings: Settings, auditor: WorkerProcesses, environ: Mapping[str, str] = os.environ, config: str | None = None
) -> Benches:
    """Return what opens benches for a repository; `config` is --config. Its copies are in the repository's state folder.

    What is copied is what an audit by the record's present state would see. Raises UsageError for a relative state directory.
    """

    def copy(folder: str) -> Copied | Failed:
        facts = facts_request(governed, settings, governed.record.state(), work=True)
        return auditor.copy(CopyRequest(facts, folder))

    configured = find_config(config, environ)
    kept = [str(state_directory(environ)), str(SYSTEM_STATE), governed.folder, "/etc/forgewatch"]
    kept += [os.path.realpath(configured)] if configured else []
    return FolderBenches(
        root=governed.root,
        state=governed.folder,
        settings=settings.tests,
        copy=copy,
        kept=tuple(dict.fromkeys(kept)),
        environ=environ,
    )
