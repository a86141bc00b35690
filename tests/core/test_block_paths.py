"""Where a block may write (contract §0.1; S002-0.1-2)."""

from __future__ import annotations

import pytest

from forgewatch.core.block_paths import parse_target
from forgewatch.core.places import FORGE, ROOT
from forgewatch.core.values import Refused
from tests.support.blocks import block, events_of


@pytest.mark.req("S002-0.1-2")
@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("/etc/passwd", "is absolute"),
        ("//server/share", "is absolute"),
        ("../x", "climbs with '..'"),
        ("a/../../x", "climbs with '..'"),
        ("./../x", "climbs with '..'"),
        ("a/..", "climbs with '..'"),
        ("C:/x", "starts with a drive letter"),
        ("c:x", "starts with a drive letter"),
        ("a\\b", "backslash"),
        ("..\\x", "backslash"),
        ("\\\\server\\x", "backslash"),
        ("a\0b", "control character"),
        ("a\rb", "control character"),
        ("a\tb", "control character"),
        ("a\x1b[2Jb", "control character"),
        ("a\x7f", "control character"),
        ("a\x85b", "control character"),
        ("a//b", "empty or '.' part"),
        ("a/./b", "empty or '.' part"),
        (".", "empty or '.' part"),
        ("..", "climbs"),
        ("./", "names a folder"),
        ("app/", "names a folder"),
        ("`app/a.py`", "quotes"),
        ('"a.py"', "quotes"),
        ("'a.py'", "quotes"),
        (".git/config", "folder of git"),
        (".git", "folder of git"),
        (".GIT/hooks/pre-commit", "folder of git"),
        ("sub/.git/config", "folder of git"),
        (".git /config", "folder of git"),
        (".git./config", "folder of git"),
        (".git. ./config", "folder of git"),
        ("git~1/config", "folder of git"),
        ("GIT~1/config", "folder of git"),
        (".git::$INDEX_ALLOCATION/config", "folder of git"),
        (".g\u200bit/config", "folder of git"),
        ("Forge/evidence/diff_log.md", "is evidence"),
        ("Forge/evidence/AUTHORIZED", "is evidence"),
        ("forge/EVIDENCE/audit_ledger.md", "is evidence"),
        ("Forge/evidence", "is evidence"),
        ("Forge/evidence./x", "is evidence"),
        ("Forge/evidence ", "is evidence"),
        ("Forge/evi\u200bdence/x", "is evidence"),
        (".forge_watcher.lock", "record of the watcher"),
        (".Forge_Watcher.lock", "record of the watcher"),
        (".forge_watcher.lock.0a.swp", "record of the watcher"),
        (".ai-stack-trace/t1/contract/APPROVED", "is an approval"),
        (".ai-stack-trace/t1/Contract/approved", "is an approval"),
    ],
)  # fmt: skip
def test_a_path_that_a_block_must_not_write_is_refused_with_its_reason(raw: str, why: str) -> None:
    found = parse_target(raw, FORGE)
    assert isinstance(found, Refused) and why in found.why, found


@pytest.mark.req("S002-0.1-2")
@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("app/main.py", "app/main.py"),
        ("./app/main.py", "app/main.py"),
        ("Makefile", "Makefile"),
        (".gitignore", ".gitignore"),
        (".github/workflows/ci.yml", ".github/workflows/ci.yml"),
        ("app/[id]/page.tsx", "app/[id]/page.tsx"),
        ("a b.py", "a b.py"),
        ("ä/ß.py", "ä/ß.py"),
        ("caf\udce9.py", "caf\udce9.py"),
        ("...", "..."),
        ("a..b/c", "a..b/c"),
        ("it's.py", "it's.py"),
        ("`", None),
        ("evidence/x", "evidence/x"),
        ("app/evidence/x", "app/evidence/x"),
        ("Forge/evidence_of_life.md", "Forge/evidence_of_life.md"),
        ("Forge/Contracts/phases.md", "Forge/Contracts/phases.md"),
        (".ai-stack-trace/t1/contract/approval.md", ".ai-stack-trace/t1/contract/approval.md"),
        (".ai-stack-trace/t1/notes.md", ".ai-stack-trace/t1/notes.md"),
        ("docs/APPROVED", "docs/APPROVED"),
    ],
)  # fmt: skip
def test_a_path_of_honest_work_is_taken(raw: str, path: str | None) -> None:
    found = parse_target(raw, FORGE)
    assert (None if isinstance(found, Refused) else found) == path


def test_a_project_with_its_governance_at_the_root_has_its_evidence_there() -> None:
    assert isinstance(parse_target("evidence/x", ROOT), Refused)
    assert isinstance(parse_target("Forge/evidence/x", ROOT), Refused)
    assert parse_target("app/evidence/x", ROOT) == "app/evidence/x"


def test_a_refused_block_is_told_with_the_path_as_it_was_written_and_no_other_warning() -> None:
    events = events_of(block("../x", "@@ -1 +1 @@\n+x\n") + block("../x", ""), plan=None)
    assert [(getattr(event, "raw", ""), getattr(event, "path", ""), getattr(event, "why", "")) for event in events[:2]] == [
        ("../x", None, "climbs with '..'")
    ] * 2
    assert len(events) == 3
