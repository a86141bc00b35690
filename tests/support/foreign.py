"""Repositories with TypeScript, JavaScript and Go, told as texts, with the facts and documents that capture would bring."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from forgewatch.checks.a9_dependencies import judge
from forgewatch.core.foreign_routes import extract_foreign_routes
from forgewatch.core.foreign_source import extract_foreign_imports
from forgewatch.core.route_graph import resolve_routes
from forgewatch.core.script_documents import foreign_manifests, load_foreign
from forgewatch.core.snapshot import PathTable, Snapshot
from forgewatch.core.source_kinds import grammar_of
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable
from forgewatch.core.verdict import Ruling
from forgewatch.wiring.languages import LazyGrammars
from tests.support.snapshots import entry, oid, snapshot, untracked

GRAMMARS = LazyGrammars()
"""Loaded once for all tests."""
wants_grammars = pytest.mark.skipif(not GRAMMARS.edition(), reason="forgewatch[polyglot] is not installed")
"""Skips tests where the wheels are absent."""


class Workspace:
    """What stands in HEAD (`has`) and what changed (`changes`)."""

    def __init__(self) -> None:
        self.files: dict[str, str | bytes | Unreadable | Absent] = {}
        self.changed: dict[str, str | bytes | Unreadable] = {}
        self.base: dict[str, bytes] = {}

    def has(self, path: str, content: Any = "") -> Workspace:
        self.files[path] = content if isinstance(content, str | bytes | Unreadable | Absent) else json.dumps(content)
        return self

    def changes(self, path: str, source: str | bytes | Unreadable) -> Workspace:
        self.changed[path] = source
        return self

    def read(self, path: RepoPath) -> Content:
        content = self.files.get(path, Absent())
        return content.encode() if isinstance(content, str) else content

    def snapshot(self) -> Snapshot:
        changes = [untracked(path) for path in self.changed]
        base = {RepoPath(path): entry(f"{path} before") for path in self.files}
        table = PathTable(base, {change.path: change.after for change in changes})
        documents = load_foreign(foreign_manifests(table), table.overlay, self.read)
        forge = self.read(RepoPath("forge.json"))
        sources = {
            RepoPath(path): text if isinstance(text, Unreadable) else extract_foreign_imports(RepoPath(path), as_bytes(text), GRAMMARS)
            for path, text in self.changed.items()
            if grammar_of(path, as_bytes(text))
        }
        return snapshot(
            *changes,
            paths=table,
            documents={**documents, RepoPath("forge.json"): forge},
            base_documents={RepoPath(path): content for path, content in self.base.items()},
            sources=sources,
            contents={oid(f"{path} after"): as_bytes(text) for path, text in self.changed.items()},
        )

    def ruled(self) -> Ruling:
        ruling = judge(self.snapshot())
        assert isinstance(ruling, Ruling)
        return ruling

    def found(self) -> list[tuple[str, str]]:
        """The codes of the findings with what each expected."""
        return [(finding.code, finding.expected) for finding in self.ruled().findings]

    def noted(self) -> list[str]:
        """The codes of the notes."""
        return [note.code for note in self.ruled().notes]


def as_bytes(text: str | bytes | Unreadable) -> bytes:
    """The bytes of a source, none where it cannot be read."""
    return text.encode() if isinstance(text, str) else text if isinstance(text, bytes) else b""


def routes_of(files: Mapping[str, str]) -> list[str]:
    """The handlers of the files as `METHOD /path`; `?` stands for what is not a constant."""
    facts = {RepoPath(path): extract_foreign_routes(RepoPath(path), text.encode(), GRAMMARS) for path, text in files.items()}
    return sorted(f"{route.method} {'' if route.whole else '?'}{route.path or ''}" for route in resolve_routes(facts))
