"""A builder that tries it from other sides: Markdown, evidence, policy of this cycle, links, names. Each ends in FAIL and says why."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed, codes

Attack = Callable[[Builder], object]

BODY = "".join(f"def f{number}():\n    return {number}\n" for number in range(20))


def finished(builder: Builder, *claimed: str, **parts: str) -> None:
    builder.record().claims(*claimed).completes(**parts)


def adopted(builder: Builder, installed: Installed) -> None:
    """Make what is committed the anchor, as an operator does."""
    assert installed.run("ledger", "adopt", "--yes", "--reason", "the project so far").returncode == 0


@pytest.mark.req("S002-10.7-A5")
@pytest.mark.parametrize(
    "text",
    [
        "- done\nTODO: lazily continued",
        "> TODO: quoted",
        "- [ ] TODO: unchecked",
        "<p>\nTODO: in HTML\n</p>",
        "- \u200bTODO: behind an invisible character",
        "### TODO: as a heading",
        "| a |\n|---|\n| TODO: in a table |",
    ],
)
def test_markdown_hides_no_placeholder(builder: Builder, installed: Installed, text: str) -> None:
    builder.write("app/a.py", "x = 2\n")
    finished(builder, "app/a.py", summary=f"- did it\n\n{text}")
    status, document = installed.audit()
    assert (status, codes(document)) == (1, {"A501"})


@pytest.mark.req("S002-10.7-A7")
@pytest.mark.parametrize("line", ["- Runtime (FAIL): boots", "- Runtime: ❌ crashed", "- Runtime: <result>"])
def test_a_failed_step_is_seen_however_it_is_written(builder: Builder, installed: Installed, line: str) -> None:
    builder.write("app/a.py", "x = 2\n")
    finished(builder, "app/a.py", verification=f"- Static: PASS\n{line}\n- Behavior: PASS\n- Contract: PASS")
    status, document = installed.audit()
    assert status == 1
    assert codes(document) <= {"A701", "A703"}


@pytest.mark.req("S002-10.7-A8")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("pytest exit: 0\npytest summary: 3 failed, 5 passed in 1s\n", "A803"),
        ("- **pytest exit**: 1\n", "A803"),
        ("Exit code: 1\n", "A803"),
        ("pytest summary: 12 skipped in 0.1s\n", "A806"),
    ],
)
def test_a_record_that_tells_of_failure_is_no_pass(builder: Builder, installed: Installed, body: str, code: str) -> None:
    builder.write("app/a.py", "x = 2\n").record(body=body).claims("app/a.py").completes()
    status, document = installed.audit()
    assert (status, codes(document)) == (1, {code})


def test_a_boot_script_is_in_scope_when_only_this_cycles_directive_takes_it_out(builder: Builder, installed: Installed) -> None:
    builder.write("Forge/Contracts/directive.md", "boot_script: false\n").commit("directive")
    adopted(builder, installed)
    builder.write("Forge/Contracts/directive.md", "boot_script: true\n").write("boot.sh", "rm -rf /\n")
    finished(builder, "Forge/Contracts/directive.md")
    status, document = installed.audit()
    assert (status, codes(document)) == (1, {"A101"})


def test_a_linked_folder_brings_no_foreign_code_into_a_layer(builder: Builder, installed: Installed) -> None:
    layer = {"name": "routers", "glob": "app/api/routers/**/*.py", "forbidden": [{"pattern": "asyncpg", "reason": "repos"}]}
    builder.write("Forge/Contracts/boundaries.json", json.dumps({"layers": [layer]})).commit("rules")
    adopted(builder, installed)
    builder.write("app/hidden/u.py", "import asyncpg\n").write("requirements.txt", "fastapi\nasyncpg\n")
    (builder.root / "app/api/routers/v1").symlink_to("../../hidden")
    finished(builder, "app/hidden/u.py", "requirements.txt", "app/api/routers/v1")
    status, document = installed.audit()
    assert (status, codes(document)) == (1, {"A405"})


@pytest.mark.req("S002-10.7-A9")
@pytest.mark.parametrize(
    ("code", "extra"),
    [
        ("import docker\n", "docker/build.py"),
        ("try:\n    import requests\nexcept ImportError:\n    raise\n", ""),
        ("import importlib\nimportlib.import_module('req' + 'uests')\n", ""),
    ],
)
def test_a_missing_dependency_is_not_explained_away(builder: Builder, installed: Installed, code: str, extra: str) -> None:
    builder.write("app/b.py", code)
    if extra:
        builder.write(extra, "x = 1\n")
    finished(builder, *filter(None, ("app/b.py", extra)))
    status, document = installed.audit()
    # Some of them are new behaviour without a test, too.
    assert (status, codes(document) - {"XT01"}) == (1, {"A901"})


def other_case(b: Builder) -> None:
    b.delete("app/old.py").write("app/Old.py", BODY)


def other_line_ends(b: Builder) -> None:
    b.delete("app/old.py").write("app/new.py", BODY.replace("\n", "\r\n"))


def into_the_toolkit(b: Builder) -> None:
    b.delete("app/old.py").write("Forge/scripts/new.py", BODY)


def file_becomes_package(b: Builder) -> None:
    b.delete("app/old.py").write("app/old.py/__init__.py", BODY)


@pytest.mark.req("S002-10.7-A2")
@pytest.mark.parametrize("move", [other_case, other_line_ends, into_the_toolkit, file_becomes_package], ids=lambda move: move.__name__)
def test_a_moved_file_is_a_rename_by_any_way(builder: Builder, installed: Installed, move: Attack) -> None:
    builder.write("app/old.py", BODY).commit("old")
    adopted(builder, installed)
    move(builder)
    finished(builder, "app/old.py", "app/Old.py", "app/new.py", "Forge/scripts/new.py", "app/old.py/__init__.py")
    assert "A201" in codes(installed.audit()[1])


def rules_as_a_link(b: Builder) -> None:
    b.write("rules", "backdoor.py\n").write("backdoor.py", "x = 1\n")
    (b.root / ".gitignore").symlink_to("rules")


def rules_as_a_folder(b: Builder) -> None:
    b.write(".gitignore/backdoor.py", "x = 1\n")


def everything_but(b: Builder) -> None:
    b.write(".gitignore", "*\n!/app\n").write("backdoor.sh", "x\n")


def name_with_a_line_end(b: Builder) -> None:
    b.write("app/a.py\nb", "x = 1\n")


def name_that_ends_with_a_space(b: Builder) -> None:
    b.write("app/b.py ", "x = 1\n")


def staged_and_removed(b: Builder) -> None:
    b.write("backdoor.py", "x = 1\n").git("add", "backdoor.py")
    b.delete("backdoor.py")


def split_index(b: Builder) -> None:
    b.git("update-index", "--split-index")
    b.write("app/a.py", "x = 'evil'\n")


def tracked_inside_of_what_is_ignored(b: Builder) -> None:
    b.write("node_modules/x.py", "import os\n").git("add", "-f", "node_modules/x.py")


@pytest.mark.req("S002-10.7-A1")
@pytest.mark.parametrize(
    "attack",
    [
        rules_as_a_link,
        rules_as_a_folder,
        everything_but,
        name_with_a_line_end,
        name_that_ends_with_a_space,
        staged_and_removed,
        split_index,
        tracked_inside_of_what_is_ignored,
    ],
    ids=lambda attack: attack.__name__,
)
def test_a_file_that_hides_by_rules_names_or_the_index_is_seen(builder: Builder, installed: Installed, attack: Attack) -> None:
    attack(builder)
    finished(builder, ".gitignore", "app/b.py")
    status, document = installed.audit()
    assert (status, "FAIL") == (1, next(result["verdict"] for result in document["results"] if result["code"] == "A1"))
    assert codes(document) & {"A101", "A104", "A105"}


def verdict_of(document: dict[str, Any], check: str) -> str:
    return next(str(result["verdict"]) for result in document["results"] if result["code"] == check)


@pytest.mark.req("S002-10.7-A6")
def test_a_journal_cut_short_is_found_by_its_checkpoint_and_an_older_state_by_the_ledger_that_still_names_its_entries(
    builder: Builder, installed: Installed
) -> None:
    adopted(builder, installed)
    journal = next((installed.top / "state").rglob("journal.jsonl"))
    checkpoint = journal.with_name("checkpoint")
    older, vouched = journal.read_bytes(), checkpoint.read_bytes()
    builder.write("backdoor.py", "y = 1\n").write("app/a.py", "x = 2\n")
    finished(builder, "app/a.py")
    assert installed.audit()[0] == 1
    journal.write_bytes(older)
    run = installed.run("audit")
    assert (run.returncode, "the journal lost lines" in run.stderr) == (2, True)
    checkpoint.write_bytes(vouched)
    (builder.root / "backdoor.py").unlink()
    finished(builder, "app/a.py", summary="- honest from now on")
    status, document = installed.audit()
    assert (status, verdict_of(document, "A6"), "A601" in codes(document)) == (1, "FAIL", True)
    adopted(builder, installed)
    assert installed.audit()[0] == 0


@pytest.mark.req("S002-10.7-A6")
@pytest.mark.parametrize("left", [None, b"", b"# Audit Ledger \xe2\x80\x94 Forge AEM\n"])
def test_a_record_and_a_ledger_that_are_both_gone_are_missed_where_head_holds_the_ledger(
    builder: Builder, installed: Installed, left: bytes | None
) -> None:
    builder.write("app/a.py", "x = 2\n")
    finished(builder, "app/a.py")
    assert installed.audit()[0] == 0
    builder.commit("cycle")
    shutil.rmtree(installed.top / "state")
    ledger = builder.root / "Forge/evidence/audit_ledger.md"
    ledger.unlink()
    if left is not None:
        ledger.write_bytes(left)
    for number in range(2):
        finished(builder, summary=f"- nothing, {number}")
        status, document = installed.audit()
        assert (status, verdict_of(document, "A6"), "A601" in codes(document)) == (1, "FAIL", True)
    adopted(builder, installed)
    assert verdict_of(installed.audit()[1], "A6") == "PASS"
