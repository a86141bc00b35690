"""Audits by the installed command, for tests that look at the record they leave."""

from __future__ import annotations

from pathlib import Path

from forgewatch.adapters.state_folder import folder_of
from tests.support.builder import Builder
from tests.support.installed import Installed


def audited(builder: Builder, installed: Installed, count: int = 3) -> Path:
    """Audit different work so many times, whatever comes of it. Return the state folder."""
    for number in range(count):
        path = builder.root / "app/a.py"
        builder.write("app/a.py", path.read_text() + f"y{number} = {number}\n")
        builder.record().claims("app/a.py").completes()
        assert installed.audit()[0] in (0, 1)
    return folder_of(installed.top / "state", builder.root)
