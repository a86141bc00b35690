"""The policy digest moves with every rule and with nothing else; the notes name what moved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forgewatch.core.places import FORGE, FORGE_JSON, ROOT
from forgewatch.core.policy import policy_digest, policy_notes, settings_digest, settings_notes, table_digest
from forgewatch.core.settings import DEFAULT_IGNORE, AuditSettings, Compare, Profile, ScopeSettings, Settings
from forgewatch.core.snapshot import IgnoredSummary, Snapshot
from forgewatch.core.values import Absent, RepoPath, Unreadable
from forgewatch.core.verdict import Check, CheckCode, Ruling, Severity
from tests.support.snapshots import modified, snapshot, untracked

TABLE = (Check(code=CheckCode("A1"), title="Scope", severity=Severity.BLOCKING, judge=lambda _: Ruling(basis="b")),)
BASE = snapshot(base_documents={FORGE.boundaries: b"{}"}, documents={FORGE.boundaries: b"{}"})


def digest(of: Snapshot = BASE, table: tuple[Check, ...] = TABLE, settings: Settings | None = None) -> str:
    return policy_digest(of, table, settings or Settings())


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, documents={FORGE.boundaries: b"{ }"}),
        replace(BASE, base_documents={FORGE.boundaries: b"{ }"}),
        replace(BASE, base_documents={FORGE.boundaries: Absent()}),
        replace(BASE, documents={FORGE.boundaries: Unreadable("is a symlink")}),
        replace(BASE, documents={FORGE.boundaries: b"{}", FORGE_JSON: b"{}"}),
        replace(BASE, profile=Profile.CI),
        replace(BASE, ignored=IgnoredSummary(changed_rules=(RepoPath(".gitignore"),))),
    ],
)
def test_every_rule_counts(other: Snapshot) -> None:
    assert digest(other) != digest()


def test_the_table_and_the_operators_scope_count() -> None:
    assert digest(table=(replace(TABLE[0], severity=Severity.WARNING),)) != digest()
    assert table_digest(TABLE) != table_digest(())
    assert digest(settings=Settings(scope=ScopeSettings(compare=Compare.RAW))) != digest()


OPERATORS = (
    Settings(scope=ScopeSettings(compare=Compare.RAW)),
    Settings(limits=replace(Settings().limits, source_bytes=1)),
    Settings(import_names=(("yaml", "PyYAML"),)),
    Settings(fingerprints=("0123456789abcdef",)),
)


@pytest.mark.parametrize("others", OPERATORS)
def test_all_that_the_operator_can_set_counts(others: Settings) -> None:
    assert digest(settings=others) != digest()
    assert settings_digest(others) != settings_digest(Settings())


def test_profile_and_severities_of_the_operator_count() -> None:
    others = (*OPERATORS, Settings(profile=Profile.CI), Settings(audit=AuditSettings(severities=(("W1", "fail"),))), Settings())
    assert len({settings_digest(settings) for settings in others}) == len(others)


def test_a_document_that_cannot_be_read_is_not_one_that_is_absent() -> None:
    sides = (Absent(), Unreadable("is a symlink"), Unreadable("is a FIFO"), b"absent")
    assert len({digest(replace(BASE, documents={FORGE.boundaries: side})) for side in sides}) == len(sides)


def test_the_work_itself_does_not_count() -> None:
    assert digest(replace(BASE, changes=(modified("app/a.py"),))) == digest()


def test_the_notes_name_changed_policy_and_what_is_ignored() -> None:
    told = policy_notes(
        replace(
            BASE,
            documents={FORGE.boundaries: b"{ }"},
            ignored=IgnoredSummary(
                directories=tuple((f"d{n}/", 1) for n in range(10)), newly=(("dist/\n", 3),), changed_rules=(RepoPath(".gitignore"),)
            ),
        )
    )
    assert told == (
        "Policy changed since BASE: Forge/Contracts/boundaries.json; judged by both versions",
        "Policy changed since BASE: .gitignore; judged by both versions",
        "Ignored: 10 untracked below d0/ (1), d1/ (1), d2/ (1), d3/ (1), d4/ (1), d5/ (1), d6/ (1), d7/ (1) and 2 more",
        "Newly ignored in this cycle: dist/\\n (3)",
    )


def test_nothing_moved_gives_no_notes() -> None:
    assert policy_notes(BASE) == ()


@pytest.mark.req("S002-11-1")
def test_a_diff_log_under_its_older_name_is_noted_in_either_layout() -> None:
    assert policy_notes(snapshot(untracked("Forge/evidence/updatedifflog.md"))) == (
        "Not read: Forge/evidence/updatedifflog.md is an older name; the diff log is Forge/evidence/diff_log.md",
    )
    assert policy_notes(snapshot(untracked("evidence/updatedifflog.md"))) == ()
    (note,) = policy_notes(snapshot(untracked("evidence/updatedifflog.md"), places=ROOT))
    assert note.endswith("the diff log is evidence/diff_log.md")


@pytest.mark.req("S002-9.8-3")
def test_a_boot_script_that_the_directive_takes_out_of_scope_is_noted() -> None:
    assert policy_notes(snapshot(boot_script=True)) == ("Directive: boot_script: true; boot.ps1, boot.sh and boot.bat are neutral",)


def test_settings_that_are_not_the_defaults_stand_in_every_entry_that_was_made_by_them() -> None:
    assert settings_notes(Settings(), Profile.DEV) == ()
    others = Settings(
        scope=ScopeSettings(ignore=(*DEFAULT_IGNORE[1:], "*.py\n"), data=("a/", "b/"), compare=Compare.RAW),
        limits=replace(Settings().limits, source_bytes=1),
        audit=AuditSettings(severities=(("W1", "fail"), ("W3", "fail"))),
        fingerprints=("a", "b"),
        import_names=(("x", "y"),),
    )
    (line,) = settings_notes(others, Profile.CI)
    assert line == (
        "Settings: scope.ignore + *.py\\n; scope.ignore - __pycache__/; profile ci; scope.data a/, b/; scope.compare raw; limits others; "
        "audit.severities W1: fail, W3: fail; audit.fingerprints 2; audit.import_names 1"
    )
