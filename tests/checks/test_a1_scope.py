"""A1: what changed is what is claimed, exactly; and how a builder might try to have it otherwise."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.checks.a1_scope import judge
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.difflog import Claim, ClaimDefect, DiffLogReading, Malformed
from forgewatch.core.finding_text import finding_text, first_findings
from forgewatch.core.places import ROOT
from forgewatch.core.snapshot import (
    Ancestry,
    Change,
    ChangeKind,
    Commit,
    Conversion,
    ConversionKind,
    Entry,
    History,
    IgnoredSummary,
    IndexFlag,
    Obstacle,
    PathTable,
    Snapshot,
)
from forgewatch.core.values import Absent, CommitId, RepoPath, Unreadable
from forgewatch.core.verdict import Finding
from tests.support.snapshots import HEAD, claim, deleted, entry, modified, oid, snapshot, untracked

EVIDENCE = ("diff_log.md", "audit_ledger.md", "test_runs.md", "test_runs_latest.md", "updatedifflog.md", "AUTHORIZED")


def told(judged: Snapshot) -> list[tuple[str, str | None, str]]:
    return [(finding.code, finding.path, finding.actual) for finding in judge(judged).findings]


def noted(judged: Snapshot) -> list[tuple[str, str | None, str]]:
    return [(note.code, note.path, note.actual) for note in judge(judged).notes]


def with_paths(judged: Snapshot, *paths: str, **parts: Any) -> Snapshot:
    """The same snapshot over a tree that also holds these unchanged files."""
    base = {**judged.paths.base, **{RepoPath(path): entry(path) for path in paths}}
    return replace(judged, paths=PathTable(base, judged.paths.overlay), **parts)


def changed(path: str, kind: ChangeKind, *, staged: bool = False) -> Change:
    return Change(path=RepoPath(path), kind=kind, before=entry(f"{path} 1"), after=entry(f"{path} 2"), staged=staged)


def committed(*paths: str, oid: str = "abcdef1" + "0" * 33) -> History:
    commit = Commit(oid=CommitId(oid), subject="sneaked in", paths=tuple(map(RepoPath, paths)))
    return History(head=HEAD, anchor=HEAD, ancestry=Ancestry.LINEAR, commits=(commit,))


@pytest.mark.req("S002-10.7-A1")
def test_what_changed_and_is_claimed_passes() -> None:
    ruling = judge(snapshot(modified("app/a.py"), untracked("app/b.py"), deleted("app/c.py")))
    assert ruling.findings == ruling.notes == ()
    assert ruling.basis == "3 changed, 3 claimed"
    assert ruling.applicable


@pytest.mark.req("S002-10.7-A1")
@pytest.mark.req("S002-10.1-5")
def test_an_untracked_file_that_nobody_claimed_is_found() -> None:
    judged = snapshot(modified("app/a.py"), modified("app/b.py"), untracked("backdoor.py"), claimed=claim("app/a.py", "app/b.py"))
    assert told(judged) == [("A101", "backdoor.py", "untracked")]
    assert judge(judged).basis == "3 changed, 2 claimed"
    assert finding_text(judge(judged).findings[0]) == "A101 backdoor.py (untracked)"


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_every_kind_of_change_must_be_claimed(kind: ChangeKind) -> None:
    empty = ("A107", "Forge/evidence/diff_log.md", "(none) claimed, 1 changed")
    assert told(snapshot(changed("x", kind), claimed=claim())) == [empty, ("A101", "x", kind.value)]
    assert told(snapshot(changed("x", kind))) == []


def test_what_only_the_index_holds_is_a_change() -> None:
    judged = snapshot(modified("a.py"), changed("b.py", ChangeKind.MODIFIED, staged=True), claimed=claim("a.py"))
    assert told(judged) == [("A101", "b.py", "modified, in the index only")]


def test_both_sides_of_a_rename_are_claimed() -> None:
    judged = snapshot(deleted("old.py"), untracked("new.py"), claimed=claim("new.py"))
    assert told(judged) == [("A101", "old.py", "deleted")]


def test_nothing_changed_and_nothing_claimed_is_honest() -> None:
    ruling = judge(snapshot())
    assert (ruling.findings, ruling.basis) == ((), "0 changed, 0 claimed")


def test_an_empty_claim_over_evidence_only_is_honest() -> None:
    assert told(snapshot(modified("Forge/evidence/test_runs_latest.md"), claimed=claim())) == []


def test_nothing_changed_and_something_claimed_is_a_phantom() -> None:
    assert told(with_paths(snapshot(claimed=claim("app/a.py")), "app/a.py")) == [("A102", "app/a.py", "clean")]


# A102 and its reasons


def test_an_absent_file_is_a_phantom() -> None:
    assert told(snapshot(claimed=claim("app/new.py"))) == [("A102", "app/new.py", "absent")]


def test_a_file_below_an_ignored_directory_is_a_phantom_and_says_so() -> None:
    ignored = IgnoredSummary(directories=(("build/", 3), ("INBOX/", 2), (".env", 1)))
    judged = snapshot(claimed=claim("build/x/out.js", "INBOX/a.txt", ".env", "builder.py"), ignored=ignored)
    assert [(path, why) for _, path, why in told(judged)] == [
        ("build/x/out.js", "ignored"),
        ("INBOX/a.txt", "ignored"),
        (".env", "ignored"),
        ("builder.py", "absent"),
    ]


@pytest.mark.req("S002-10.7-A6")
def test_a_file_committed_in_the_middle_of_the_cycle_names_the_commit() -> None:
    judged = with_paths(snapshot(claimed=claim("app/a.py"), history=committed("app/a.py")), "app/a.py")
    assert told(judged) == [("A102", "app/a.py", "committed in abcdef1")]


def test_of_several_commits_the_newest_is_named() -> None:
    newest = Commit(oid=CommitId("b" * 40), subject="2", paths=(RepoPath("a.py"),))
    oldest = Commit(oid=CommitId("c" * 40), subject="1", paths=(RepoPath("a.py"),))
    history = History(head=HEAD, anchor=HEAD, ancestry=Ancestry.LINEAR, commits=(newest, oldest))
    assert told(snapshot(claimed=claim("a.py"), history=history)) == [("A102", "a.py", "committed in bbbbbbb")]


def test_a_file_inside_a_submodule_names_the_submodule() -> None:
    judged = snapshot(claimed=claim("vendor/lib/src/x.c"))
    judged = replace(judged, paths=PathTable({RepoPath("vendor/lib"): Entry(0o160000, oid("commit"))}, {}))
    assert told(judged) == [("A102", "vendor/lib/src/x.c", "inside the submodule vendor/lib")]


def test_a_changed_submodule_is_claimed_by_its_own_path() -> None:
    module = Change(path=RepoPath("vendor/lib"), kind=ChangeKind.MODIFIED, before=entry("1", 0o160000), after=entry("2", 0o160000))
    assert told(snapshot(module)) == []


def test_another_case_is_named_and_not_matched() -> None:
    judged = snapshot(modified("app/Users.py"), claimed=claim("app/users.py"))
    assert told(judged) == [("A101", "app/Users.py", "modified"), ("A102", "app/users.py", "other case of app/Users.py")]
    assert judge(judged).findings[1].message == "claimed but not changed, did you mean 'app/Users.py'"


def test_another_case_of_a_clean_file_is_named_too() -> None:
    judged = with_paths(snapshot(claimed=claim("README.MD")), "README.md")
    assert told(judged) == [("A102", "README.MD", "other case of README.md")]


def test_a_clean_file_is_clean_even_where_another_case_of_it_exists() -> None:
    judged = with_paths(snapshot(claimed=claim("a.py")), "a.py", "A.py")
    assert told(judged) == [("A102", "a.py", "clean")]


def test_a_clean_file_that_is_claimed_for_another_case_of_it_that_changed_names_the_other() -> None:
    judged = with_paths(snapshot(modified("A.py"), claimed=claim("a.py")), "a.py")
    assert told(judged) == [("A101", "A.py", "modified"), ("A102", "a.py", "other case of A.py")]


@pytest.mark.parametrize("wrong", ["users.py", "routers/users.py", "b/app/routers/users.py", "repository/app/routers/users.py"])
def test_a_path_with_too_little_or_too_much_in_front_is_named(wrong: str) -> None:
    judged = snapshot(modified("app/routers/users.py"), modified("x.py"), claimed=claim(wrong, "x.py"))
    assert told(judged) == [("A101", "app/routers/users.py", "modified"), ("A102", wrong, "absent")]
    assert judge(judged).findings[1].expected == "app/routers/users.py"


def test_where_two_files_may_be_meant_none_is_named() -> None:
    judged = snapshot(modified("a/users.py"), modified("b/users.py"), claimed=claim("users.py"))
    assert judge(judged).findings[-1].expected == "changed, or not claimed"


def test_a_name_within_another_name_is_not_meant() -> None:
    judged = snapshot(modified("app/superusers.py"), claimed=claim("users.py"))
    assert judge(judged).findings[-1].expected == "changed, or not claimed"


# A103


def test_a_row_that_is_no_path_is_found_with_its_line() -> None:
    defect = ClaimDefect(text="../etc/passwd", line=27, why="climbs with '..'")
    judged = snapshot(modified("a.py"), claimed=replace(claim("a.py"), defects=(defect,)))
    assert told(judged) == [("A103", "Forge/evidence/diff_log.md", "../etc/passwd")]
    assert judge(judged).findings[0].line == 27
    assert judge(judged).findings[0].message == "'../etc/passwd' is no path of the repository: climbs with '..'"


def test_a_claimed_directory_claims_none_of_its_files() -> None:
    judged = snapshot(modified("app/a.py"), untracked("app/x/b.py"), modified("apple.py"), claimed=claim("app", "apple.py"))
    assert told(judged) == [
        ("A101", "app/a.py", "modified"),
        ("A101", "app/x/b.py", "untracked"),
        ("A103", "Forge/evidence/diff_log.md", "app/"),
    ]
    finding = judge(judged).findings[-1]
    assert finding.message == "'app/' is a directory with 2 changed files below it, and a claim names files"
    assert finding.line == 20


def test_a_claimed_directory_without_changes_and_a_deleted_one_are_directories() -> None:
    still = with_paths(snapshot(claimed=claim("docs")), "docs/x.md")
    assert judge(still).findings[0].message.startswith("'docs/' is a directory with 0 changed files")
    gone = snapshot(deleted("old/x.py"), claimed=claim("old/x.py", "old"))
    assert judge(gone).findings[0].message.startswith("'old/' is a directory with 1 changed file below")


def test_a_row_that_the_reader_took_for_a_directory_counts_what_lies_below() -> None:
    rows = replace(claim("x.py"), defects=(ClaimDefect(text="app/", line=33, why="names a directory, not a file"),))
    judged = snapshot(modified("app/a.py"), modified("x.py"), claimed=rows)
    finding = judge(judged).findings[-1]
    assert (finding.code, finding.line, finding.actual) == ("A103", 33, "app/")
    assert finding.message.startswith("'app/' is a directory with 1 changed file below")
    nowhere = replace(rows, defects=(ClaimDefect(text="lib/", line=33, why="names a directory, not a file"),))
    assert (
        judge(replace(judged, claim=nowhere)).findings[-1].message == "'lib/' is no path of the repository: names a directory, not a file"
    )


def test_the_whole_repository_cannot_be_claimed_by_a_governance_folder() -> None:
    judged = with_paths(snapshot(modified("Forge/scripts/run_audit.py"), claimed=claim("Forge")), "Forge/Contracts/physics.yaml")
    assert [code for code, _, _ in told(judged)] == ["A101", "A103"]


def test_a_claim_on_the_command_line_points_at_no_document() -> None:
    defect = ClaimDefect(text="/etc", line=2, why="is absolute")
    told_claim = replace(claim("app"), defects=(defect,))
    judged = with_paths(snapshot(claimed=told_claim, claim_given=True), "app/a.py")
    assert [(finding.path, finding.line) for finding in judge(judged).findings] == [(None, None), (None, None)]
    assert first_findings(judge(judged).findings).startswith("A103 'app/' is a directory")


# A104


@pytest.mark.parametrize(
    "why", ["is a FIFO", "is a socket", "is a nested repository", "permission denied", "over the limit of 200000 entries"]
)
def test_what_cannot_be_taken_in_is_found_even_when_it_is_claimed(why: str) -> None:
    obstacle = Obstacle(RepoPath("pipe"), why)
    assert told(snapshot(obstacles=(obstacle,))) == [("A104", "pipe", why)]
    assert told(snapshot(claimed=claim("pipe"), obstacles=(obstacle,))) == [("A104", "pipe", why)]


def test_an_obstacle_among_neutral_files_is_a_note() -> None:
    judged = snapshot(obstacles=(Obstacle(RepoPath(".ai-stack-trace/t/repo"), "is a nested repository"),))
    assert told(judged) == []
    assert noted(judged) == [("A104", ".ai-stack-trace/t/repo", "is a nested repository")]


def test_a_neutral_folder_that_cannot_be_read_is_found() -> None:
    assert told(snapshot(obstacles=(Obstacle(RepoPath("Forge/evidence"), "permission denied"),))) == [
        ("A104", "Forge/evidence", "permission denied")
    ]


def test_names_that_differ_in_case_and_a_name_that_is_gone_are_taken_for_none() -> None:
    assert noted(with_paths(snapshot(untracked("app/Users.py")), "app/users.py")) == []
    assert noted(with_paths(snapshot(deleted("app/us\u0435rs.py")), "app/users.py")) == []
    assert [code for code, _, _ in noted(with_paths(snapshot(untracked("app/us\u0435rs.py")), "app/users.py"))] == ["A106"]


# A105


def test_source_hidden_by_a_rule_of_this_cycle_is_found_although_the_rule_is_claimed() -> None:
    ignored = IgnoredSummary(
        newly=(("app/secret.py", 1),),
        newly_source=(RepoPath("app/x/secret.py"), RepoPath("secret.py")),
        changed_rules=(RepoPath(".gitignore"), RepoPath("app/.gitignore"), RepoPath("web/.gitignore")),
    )
    judged = snapshot(modified(".gitignore"), modified("app/.gitignore"), modified("web/.gitignore"), ignored=ignored)
    assert told(judged) == [("A105", "app/x/secret.py", "newly ignored"), ("A105", "secret.py", "newly ignored")]
    assert [finding.expected for finding in judge(judged).findings] == ["app/.gitignore", ".gitignore"]


def test_the_rule_that_hides_a_source_is_the_nearest_above_it() -> None:
    rules = ("a/!b/.gitignore", "a/.gitignore", "a/b/.gitignore", "a/b/c/.gitignore")
    for path, rule in (("a/!b/x.py", "a/!b/.gitignore"), ("a/bc/x.py", "a/.gitignore"), ("a/b/x.py", "a/b/.gitignore")):
        ignored = IgnoredSummary(newly_source=(RepoPath(path),), changed_rules=tuple(map(RepoPath, rules)))
        assert judge(snapshot(ignored=ignored)).findings[0].expected == rule


def test_hidden_source_without_a_known_rule_points_at_the_root() -> None:
    judged = snapshot(ignored=IgnoredSummary(newly_source=(RepoPath("a.py"),)))
    assert judge(judged).findings[0].expected == ".gitignore"


def test_a_changed_ignore_rule_is_a_change_like_any_other() -> None:
    assert told(snapshot(modified("a.py"), modified(".gitignore"), claimed=claim("a.py"))) == [("A101", ".gitignore", "modified")]


# A106

NFC, NFD = unicodedata.normalize("NFC", "app/café.py"), unicodedata.normalize("NFD", "app/café.py")


@pytest.mark.parametrize(
    ("written", "real", "how"),
    [
        (NFD, NFC, "other Unicode form"),
        (NFC, NFD, "other Unicode form"),
        ("app/pаyments.py", "app/payments.py", "look-alike characters"),
        ("app/pay\u200bments.py", "app/payments.py", "look-alike characters"),
        ("app/ｕsers.py", "app/users.py", "look-alike characters"),
        ("app/café.py", "app/caf\udce9.py", "look-alike characters"),
        ("app/users–list.py", "app/users-list.py", "look-alike characters"),
    ],
)
def test_a_name_that_only_looks_the_same_is_named_and_not_matched(written: str, real: str, how: str) -> None:
    judged = snapshot(untracked(real), claimed=claim(written))
    assert told(judged) == [("A101", real, "untracked"), ("A106", written, f"{how} of {real}")]
    assert judge(judged).findings[1].expected == real
    clean = with_paths(snapshot(claimed=claim(written)), real)
    assert told(clean) == [("A106", written, f"{how} of {real}")]


def test_a_look_alike_of_a_file_that_exists_is_noted_although_it_is_claimed() -> None:
    judged = with_paths(snapshot(untracked("app/pаyments.py")), "app/payments.py", "app/other.py")
    assert told(judged) == []
    assert noted(judged) == [("A106", "app/pаyments.py", "look-alike characters")]
    assert judge(judged).notes[0].message == "easily taken for 'app/payments.py'"


def test_names_outside_ascii_are_nothing_special() -> None:
    judged = with_paths(snapshot(untracked("docs/Übersicht.md"), deleted("docs/größe.md")), "docs/README.md")
    assert judge(judged).notes == judge(judged).findings == ()


# A107


@pytest.mark.req("S002-10.2-2")
def test_a_diff_log_without_a_claim_section_fails_even_when_nothing_changed() -> None:
    judged = snapshot(claimed=Claim(stated=False))
    assert told(judged) == [("A107", "Forge/evidence/diff_log.md", "no section lists the changed files")]
    assert judge(judged).findings[0].message == "no claimed files"


@pytest.mark.parametrize(
    ("reading", "why"),
    [
        (Absent(), "there is no diff log"),
        (Unreadable("is a symlink"), "the diff log is a symlink"),
        (
            Malformed(reason="two Status lines", line=9, digest=digest_of_bytes(b"x")),
            "the diff log is malformed: two Status lines",
        ),
    ],
)
def test_no_diff_log_is_no_claim(reading: DiffLogReading, why: str) -> None:
    judged = snapshot(modified("a.py"), claimed=Claim(stated=False), difflog=reading)
    assert told(judged) == [("A107", "Forge/evidence/diff_log.md", why), ("A101", "a.py", "modified")]


@pytest.mark.parametrize(
    "reading", [Absent(), Unreadable("is a symlink"), Malformed(reason="blank", line=None, digest=digest_of_bytes(b"x"))]
)
def test_where_nothing_changed_an_absent_diff_log_is_no_finding_about_the_scope(reading: DiffLogReading) -> None:
    # A3 says that it is missing, and the audit stops for missing evidence, not for a conflict with the contract.
    assert told(snapshot(claimed=Claim(stated=False), difflog=reading)) == []


def test_a_claim_on_the_command_line_needs_no_diff_log() -> None:
    assert told(snapshot(modified("a.py"), difflog=Absent(), claim_given=True)) == []
    empty = snapshot(modified("a.py"), claimed=claim(), difflog=Absent(), claim_given=True)
    assert told(empty) == [("A107", None, "(none) claimed, 1 changed"), ("A101", "a.py", "modified")]


def test_a_claim_of_nothing_but_rows_that_are_no_path_is_not_empty() -> None:
    rows = Claim(defects=(ClaimDefect(text="various files", line=20, why="holds a blank"),))
    assert [code for code, _, _ in told(snapshot(modified("a.py"), claimed=rows))] == ["A101", "A103"]


# A108


def test_a_flag_that_hides_a_change_is_found_although_the_change_is_claimed() -> None:
    flag = IndexFlag(RepoPath("app/a.py"), "assume-unchanged", hides=True)
    assert told(snapshot(modified("app/a.py"), flags=(flag,))) == [("A108", "app/a.py", "assume-unchanged")]


def test_a_flag_that_hides_nothing_or_hides_evidence_is_a_note() -> None:
    flags = (
        IndexFlag(RepoPath("app/a.py"), "skip-worktree", hides=False),
        IndexFlag(RepoPath("Forge/evidence/audit_ledger.md"), "assume-unchanged", hides=True),
    )
    judged = snapshot(flags=flags)
    assert told(judged) == []
    assert [code for code, _, _ in noted(judged)] == ["A108", "A108"]


# A109

CRLF = Conversion(RepoPath("app/a.py"), ConversionKind.LINE_ENDINGS)
EXECUTABLE = Conversion(RepoPath("run.sh"), ConversionKind.EXECUTE_BIT)


def test_a_windows_checkout_is_not_a_rewrite() -> None:
    both = Conversion(RepoPath("run.sh"), ConversionKind.LINE_ENDINGS)
    judged = with_paths(snapshot(conversions=(CRLF, both, EXECUTABLE)), "app/a.py", "run.sh")
    assert told(judged) == []
    assert noted(judged) == [("A109", "app/a.py", "line endings"), ("A109", "run.sh", "line endings"), ("A109", "run.sh", "execute bit")]
    assert judge(judged).basis == "0 changed, 0 claimed"


def test_a_conversion_may_be_claimed_and_need_not_be_counted() -> None:
    judged = with_paths(snapshot(claimed=claim("app/a.py"), conversions=(CRLF,)), "app/a.py")
    assert told(judged) == []
    listed = snapshot(modified("app/a.py"), claimed=claim(), conversions=(CRLF,))
    assert told(listed) == []


def test_with_raw_comparison_a_conversion_is_a_change() -> None:
    judged = with_paths(snapshot(modified("b.py"), conversions=(CRLF,), raw_compare=True), "app/a.py")
    assert told(judged) == [("A109", "app/a.py", "line endings")]
    assert judge(judged).basis == "2 changed, 1 claimed"
    assert told(replace(judged, claim=claim("b.py", "app/a.py"))) == []


def test_evidence_in_other_line_ends_is_nobodys_business() -> None:
    assert judge(snapshot(conversions=(Conversion(RepoPath("Forge/evidence/test_runs.md"), ConversionKind.LINE_ENDINGS),))).notes == ()


# A110


def test_an_object_store_that_lies_is_found_first() -> None:
    judged = snapshot(
        modified("a.py"), untracked("b.py"), claimed=claim("a.py"), store_faults=("blob 1234567 of app/a.py has other bytes",)
    )
    assert told(judged)[0] == ("A110", None, "blob 1234567 of app/a.py has other bytes")
    assert finding_text(judge(judged).findings[0]) == "A110 the object store lies: blob 1234567 of app/a.py has other bytes"


# The neutral set


@pytest.mark.parametrize("path", [*(f"Forge/evidence/{name}" for name in EVIDENCE), ".forge_watcher.lock", ".ai-stack-trace/task/log.txt"])
def test_neutral_files_may_change_unclaimed_and_be_claimed_unchanged(path: str) -> None:
    assert told(snapshot(modified("a.py"), modified(path), claimed=claim("a.py"))) == []
    assert told(snapshot(modified("a.py"), claimed=claim("a.py", path))) == []
    assert judge(snapshot(modified("a.py"), modified(path))).basis == "1 changed, 1 claimed"


@pytest.mark.parametrize(
    "path",
    ["Forge/evidence/notes.md", "Forge/Contracts/physics.yaml", "Forge/scripts/run_audit.py", "evidence/diff_log.md", ".ai-stack-trace"],
)
def test_everything_else_near_them_is_exact(path: str) -> None:
    assert told(snapshot(modified("a.py"), modified(path), claimed=claim("a.py"))) == [("A101", path, "modified")]


@pytest.mark.req("S002-9.8-3")
@pytest.mark.parametrize("name", ["boot.ps1", "boot.sh", "boot.bat"])
def test_a_boot_script_is_neutral_only_when_the_directive_asks_for_it(name: str) -> None:
    assert told(snapshot(modified("a.py"), untracked(name), claimed=claim("a.py"), boot_script=True)) == []
    assert told(snapshot(modified("a.py"), untracked(name), claimed=claim("a.py"))) == [("A101", name, "untracked")]
    assert told(snapshot(modified("a.py"), untracked(f"x/{name}"), claimed=claim("a.py"), boot_script=True)) != []


def test_a_governance_file_equal_to_head_is_no_phantom() -> None:
    judged = with_paths(snapshot(claimed=claim("Forge/Contracts/physics.yaml")), "Forge/Contracts/physics.yaml")
    assert told(judged) == []
    assert noted(judged) == [("A111", "Forge/Contracts/physics.yaml", "clean")]


def test_a_governance_file_that_does_not_exist_or_was_committed_is_a_phantom() -> None:
    assert told(snapshot(claimed=claim("Forge/Contracts/none.yaml"))) == [("A102", "Forge/Contracts/none.yaml", "absent")]
    history = committed("Forge/Contracts/physics.yaml")
    judged = with_paths(snapshot(claimed=claim("Forge/Contracts/physics.yaml"), history=history), "Forge/Contracts/physics.yaml")
    assert told(judged) == [("A102", "Forge/Contracts/physics.yaml", "committed in abcdef1")]


def test_in_the_root_layout_only_contracts_and_evidence_are_governance() -> None:
    judged = snapshot(claimed=claim("Contracts/physics.yaml", "scripts/deploy.py", "Contracts_old/x"), places=ROOT)
    judged = with_paths(judged, "Contracts/physics.yaml", "scripts/deploy.py", "Contracts_old/x")
    assert told(judged) == [("A102", "scripts/deploy.py", "clean"), ("A102", "Contracts_old/x", "clean")]


# Text and JSON


def test_many_findings_below_one_directory_are_all_in_the_ruling() -> None:
    judged = snapshot(modified("a.py"), *(untracked(f"web/{n}.js") for n in range(400)), claimed=claim("a.py"))
    findings = judge(judged).findings
    assert len(findings) == 400
    assert first_findings(findings) == "A101 web/ (400 untracked)"


def test_ten_thousand_wrong_rows_over_a_large_tree_are_judged_row_by_row() -> None:
    paths = [f"src/pkg{n % 100}/module{n}.py" for n in range(20_000)]
    judged = with_paths(snapshot(claimed=claim(*(f"SRC/{n}.py" for n in range(10_000)))), *paths)
    assert len(judge(judged).findings) == 10_000


# Properties

NAMES = st.sampled_from(
    [
        "a.py",
        "A.py",
        "app/a.py",
        "app/b.py",
        "app",
        "Forge/evidence/diff_log.md",
        "Forge/Contracts/physics.yaml",
        NFC,
        NFD,
        "x\ny",
        "\udcff",
    ]
)


def unnested(paths: set[str]) -> set[str]:
    return paths - {"app"} if paths & {"app/a.py", "app/b.py"} else paths


@given(st.sets(NAMES), st.sets(NAMES))
@settings(max_examples=100)
def test_it_passes_exactly_when_both_sides_are_equal_without_the_neutral_ones(changes: set[str], claims: set[str]) -> None:
    changes = unnested(changes)
    judged = snapshot(*(untracked(path) for path in sorted(changes)), claimed=claim(*sorted(claims)))
    neutral = {"Forge/evidence/diff_log.md"}
    ruling = judge(judged)
    assert (not ruling.findings) is (changes - neutral == claims - neutral)
    unclaimed = {finding.path for finding in ruling.findings if finding.code == "A101"}
    assert unclaimed == changes - claims - neutral
    assert ruling.basis == f"{len(changes - neutral)} changed, {len(claims - neutral)} claimed"


@given(st.sets(NAMES), st.sets(NAMES))
@settings(max_examples=50)
def test_the_same_snapshot_gives_the_same_ruling(changes: set[str], claims: set[str]) -> None:
    def fresh() -> Snapshot:
        return snapshot(*(untracked(path) for path in sorted(unnested(changes))), claimed=claim(*sorted(claims)))

    assert judge(fresh()) == judge(fresh())


def test_every_finding_states_both_sides() -> None:
    judged = snapshot(
        modified("a.py"),
        claimed=claim("b.py"),
        obstacles=(Obstacle(RepoPath("p"), "is a FIFO"),),
        flags=(IndexFlag(RepoPath("a.py"), "skip-worktree", hides=True),),
        store_faults=("blob",),
        ignored=IgnoredSummary(newly_source=(RepoPath("c.py"),)),
    )
    findings: tuple[Finding, ...] = judge(judged).findings
    assert len(findings) == 6
    assert all(finding.expected and finding.actual and finding.message for finding in findings)


@pytest.mark.req("S002-12-6")
@pytest.mark.parametrize(("planned", "strict", "beyond"), [(("a.py",), True, ["b.py"]), (("a.py",), False, []), ((), True, [])])
def test_scope_that_grew_beyond_the_plan_is_a_finding_in_strict_only(planned: tuple[str, ...], strict: bool, beyond: list[str]) -> None:
    changes = (modified("a.py"), modified("b.py"), modified("Forge/evidence/diff_log.md"))
    ruling = judge(snapshot(*changes, planned=tuple(map(RepoPath, planned)), attested_only=strict))
    assert [(found.code, found.path) for found in ruling.findings] == [("A112", path) for path in beyond]
    assert ruling.basis == "2 changed, 2 claimed" + (", 1 planned" if planned else "")
