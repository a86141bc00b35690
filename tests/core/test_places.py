"""The governed paths of both layouts, and the closed set that is neutral."""

from __future__ import annotations

import pytest

from forgewatch.core.places import FORGE, ROOT, Layout, places_of


def test_each_layout_has_its_own_paths() -> None:
    assert places_of(Layout.FORGE) is FORGE
    assert places_of(Layout.ROOT) is ROOT
    assert (FORGE.diff_log, ROOT.diff_log) == ("Forge/evidence/diff_log.md", "evidence/diff_log.md")
    assert (FORGE.contracts, FORGE.evidence, FORGE.ledger) == ("Forge/Contracts", "Forge/evidence", "Forge/evidence/audit_ledger.md")
    assert (FORGE.boundaries, FORGE.physics) == ("Forge/Contracts/boundaries.json", "Forge/Contracts/physics.yaml")
    assert (FORGE.test_record, FORGE.authorized) == ("Forge/evidence/test_runs_latest.md", "Forge/evidence/AUTHORIZED")
    assert FORGE.directives == ("Forge/Contracts/directive.md", "Forge/Contracts/builder_directive.md")
    assert (FORGE.test_runs, FORGE.phases) == ("Forge/evidence/test_runs.md", "Forge/Contracts/phases.md")
    assert (FORGE.schema, ROOT.schema) == ("Forge/Contracts/schema.md", "Contracts/schema.md")
    assert FORGE.legacy_diff_log == "Forge/evidence/updatedifflog.md"


@pytest.mark.req("S002-9.8-3")
@pytest.mark.parametrize(
    ("path", "neutral"),
    [
        ("Forge/evidence/diff_log.md", True),
        ("Forge/evidence/audit_ledger.md", True),
        ("Forge/evidence/test_runs.md", True),
        ("Forge/evidence/updatedifflog.md", True),
        ("Forge/evidence/AUTHORIZED", True),
        (".forge_watcher.lock", True),
        (".ai-stack-trace/task/contract/APPROVED", True),
        ("Forge/evidence/other.md", False),
        ("evidence/diff_log.md", False),
        ("Forge/Contracts/boundaries.json", False),
        (".ai-stack-trace", False),
        ("sub/.forge_watcher.lock", False),
        ("boot.ps1", False),
    ],
)
def test_only_the_closed_set_is_neutral(path: str, neutral: bool) -> None:
    assert FORGE.is_neutral(path) is neutral


def test_the_boot_script_is_neutral_only_when_the_directive_asks_for_it() -> None:
    assert FORGE.is_neutral("boot.ps1", boot_script=True)
    assert not FORGE.is_neutral("sub/boot.ps1", boot_script=True)
