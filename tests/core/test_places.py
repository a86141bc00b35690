"""The governed paths of both layouts, and the closed set that is neutral."""

from __future__ import annotations

import pytest

from forgewatch.core.places import FORGE, LOCK_RECORD, ROOT, TOKENS, Layout, places_of


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


@pytest.mark.parametrize(
    ("path", "private"),
    [
        (".forge_watcher.lock", True),
        ("Forge/evidence/AUTHORIZED", True),
        ("Forge/evidence/OVERWRITE", True),
        ("Forge/evidence/RELEASE", True),
        ("Forge/evidence/ROLLBACK", True),
        ("Forge/evidence/DECISION", True),
        ("Forge/evidence/APPROVED", False),
        ("Forge/evidence/authorized", False),
        ("Forge/evidence/AUTHORIZED/inside", False),
        ("evidence/AUTHORIZED", False),
        ("sub/.forge_watcher.lock", False),
        ("Forge/evidence/diff_log.md", False),
        ("Forge/evidence/audit_ledger.md", False),
        (".ai-stack-trace/task/contract/APPROVED", False),
        ("app/a.py", False),
    ],
)
def test_a_commit_of_ours_takes_no_lock_record_and_no_token_along_and_leaves_nothing_else_out(path: str, private: bool) -> None:
    assert FORGE.is_private(path) is private


def test_what_is_private_is_neutral_too_in_each_layout() -> None:
    for places in (FORGE, ROOT):
        tokens = [f"{places.evidence}/{name}" for name in TOKENS]
        assert all(places.is_private(path) and places.is_neutral(path) for path in [*tokens, LOCK_RECORD])
    assert not ROOT.is_private("Forge/evidence/AUTHORIZED")
