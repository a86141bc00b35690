"""Where governed files are, relative to the repository root (cli.md, Configuration: layout)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from forgewatch.core.kinds import RepoPath

FORGE_JSON = RepoPath("forge.json")
USER_INSTRUCTIONS = RepoPath("USER_INSTRUCTIONS.md")
LOCK_RECORD = RepoPath(".forge_watcher.lock")
TRACE = RepoPath(".ai-stack-trace")
TOKENS = ("AUTHORIZED", "OVERWRITE", "RELEASE", "ROLLBACK", "DECISION")
ACTIONS = ("APPROVED", *TOKENS, "STANDING")
"""What a person can be asked for: the tokens, and a standing grant."""

_EVIDENCE = ("diff_log.md", "audit_ledger.md", "test_runs.md", "test_runs_latest.md", "updatedifflog.md", *TOKENS)
_BOOT = frozenset({"boot.ps1", "boot.sh", "boot.bat"})


class Layout(StrEnum):
    """Where the governance folders are: below `Forge/`, or at the root."""

    FORGE = "forge"
    ROOT = "root"


@dataclass(frozen=True, slots=True)
class Places:
    """The governed paths of one repository. `base` is `Forge/` in the forge layout, empty in the root layout."""

    base: str

    @property
    def evidence(self) -> RepoPath:
        """The folder of diff log, test records and ledger."""
        return RepoPath(self.base + "evidence")

    @property
    def contracts(self) -> RepoPath:
        """The folder of the contracts."""
        return RepoPath(self.base + "Contracts")

    @property
    def diff_log(self) -> RepoPath:
        """The builder's claim."""
        return self._evidence("diff_log.md")

    @property
    def legacy_diff_log(self) -> RepoPath:
        """The name older projects used; detected and named, not watched."""
        return self._evidence("updatedifflog.md")

    @property
    def ledger(self) -> RepoPath:
        """The Markdown projection of the journal."""
        return self._evidence("audit_ledger.md")

    @property
    def test_record(self) -> RepoPath:
        """The newest test record; line 1 is its status."""
        return self._evidence("test_runs_latest.md")

    @property
    def test_runs(self) -> RepoPath:
        """The log of all test runs, which only grows (contract §9.2)."""
        return self._evidence("test_runs.md")

    @property
    def authorized(self) -> RepoPath:
        """The token file that follows an audit."""
        return self._evidence("AUTHORIZED")

    @property
    def boundaries(self) -> RepoPath:
        """Layer rules (A4)."""
        return RepoPath(self.base + "Contracts/boundaries.json")

    @property
    def physics(self) -> RepoPath:
        """Declared routes (W3)."""
        return RepoPath(self.base + "Contracts/physics.yaml")

    @property
    def phases(self) -> RepoPath:
        """The plan of the build (contract §9.5)."""
        return RepoPath(self.base + "Contracts/phases.md")

    @property
    def schema(self) -> RepoPath:
        """The tables of the project (contract §9.6)."""
        return RepoPath(self.base + "Contracts/schema.md")

    @property
    def directives(self) -> tuple[RepoPath, ...]:
        """The directive's two accepted names, in order of preference."""
        return (RepoPath(self.base + "Contracts/directive.md"), RepoPath(self.base + "Contracts/builder_directive.md"))

    def is_neutral(self, path: str, *, boot_script: bool = False) -> bool:
        """True for the closed set that may change unclaimed and may be claimed unchanged (checks.md A1, Neutral set)."""
        if path.startswith(f"{TRACE}/") or path == LOCK_RECORD:
            return True
        if boot_script and path in _BOOT:
            return True
        return path in _neutral(self.base)

    def is_private(self, path: str) -> bool:
        """True for what no commit of ours takes along: the lock record and token files, which are about this moment and this machine."""
        return path == LOCK_RECORD or path in {self._evidence(name) for name in TOKENS}

    def _evidence(self, name: str) -> RepoPath:
        return RepoPath(f"{self.base}evidence/{name}")


@cache
def _neutral(base: str) -> frozenset[str]:
    return frozenset(f"{base}evidence/{name}" for name in _EVIDENCE)


FORGE = Places("Forge/")
ROOT = Places("")


def places_of(layout: Layout) -> Places:
    """Return the places of a layout."""
    return FORGE if layout is Layout.FORGE else ROOT
