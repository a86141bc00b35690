"""What `audit --format` can write besides text and JSON. A literal table, loaded by `audit` alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from forgewatch.cli.results import audit_of
from forgewatch.core.audit_annotations import audit_annotations
from forgewatch.core.audit_junit import audit_junit
from forgewatch.core.audit_sarif import audit_sarif
from forgewatch.core.codes import DOCS
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.ledger_markdown import render_event
from forgewatch.core.places import Places
from forgewatch.core.values import Digest


@dataclass(frozen=True, slots=True)
class Shown:
    """A result to be written, with the repository and its places."""

    result: Recorded | AuditRecorded
    repository: str
    places: Places

    @property
    def entry(self) -> str | None:
        """The place in the journal, None for a result that was not recorded."""
        return f"{self.result.seq} {self.result.leaf}" if isinstance(self.result, Recorded) else None


def markdown(shown: Shown) -> str:
    """Return the entry as the ledger shows it; one that was not recorded has no `Entry:` line."""
    if isinstance(shown.result, Recorded):
        return render_event(shown.result).decode()
    unplaced = Recorded(seq=0, leaf=Digest("none"), event=shown.result)
    return render_event(unplaced).decode().removesuffix("Entry: 0 none\n")


def sarif(shown: Shown) -> str:
    """Return the SARIF log on one line, ASCII only."""
    log = audit_sarif(audit_of(shown.result), DOCS, shown.places, shown.entry, shown.repository)
    return json.dumps(log, separators=(",", ":"))


def junit(shown: Shown) -> str:
    """Return the JUnit document."""
    return audit_junit(audit_of(shown.result), f"Entry: {shown.entry}" if shown.entry else "Entry: none (not recorded)")


def github(shown: Shown) -> str:
    """Return the workflow commands and the result line."""
    return audit_annotations(audit_of(shown.result), DOCS, f"entry {shown.entry}" if shown.entry else "not recorded")


FORMS: Mapping[str, Callable[[Shown], str]] = MappingProxyType({"sarif": sarif, "junit": junit, "github": github, "markdown": markdown})
"""The word after `--format`, and what writes it."""
