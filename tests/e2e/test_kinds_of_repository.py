"""The places where audits run: a CI's checkout, another object format, many worktrees, many callers at once, a project in a subfolder."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli.conftest import valid
from tests.support.builder import Builder
from tests.support.installed import Installed, codes, until, verdicts


@pytest.fixture
def pushed(builder: Builder, tmp_path: Path) -> Builder:
    """A clean clone, HEAD detached, of a project whose last commit holds a finished cycle: what a CI checks out."""
    builder.git("branch", "-q", "base")
    builder.write("app/a.py", "x = 2\n").record(head="not told").claims("app/a.py").completes()
    builder.commit("phase 1")
    clone = tmp_path / "ci"
    builder.git("clone", "-q", str(builder.root), str(clone))
    there = Builder(clone)
    there.git("checkout", "-q", "--detach", "origin/main")
    return there


def ci(pushed: Builder, tmp_path: Path) -> Installed:
    """The command in the CI's checkout, with a state directory that nothing is in."""
    return Installed(pushed.root, tmp_path / "ci-home")


@pytest.mark.parametrize("name", ["HEAD~1", ""])
def test_a_ci_judges_the_change_since_a_revision(pushed: Builder, tmp_path: Path, name: str) -> None:
    (tmp_path / "ci-home").mkdir()
    base = name or pushed.git("rev-parse", "origin/base")
    status, document = ci(pushed, tmp_path).audit("--base", base)
    assert status == 0, [finding for result in document["results"] for finding in result["findings"]]
    assert [change["path"] for change in document["changed"]] == ["app/a.py"]
    assert document["difflog"]["status"] == "COMPLETE"


def test_a_ci_finds_what_the_pushed_log_does_not_claim(pushed: Builder, tmp_path: Path) -> None:
    (tmp_path / "ci-home").mkdir()
    base = pushed.git("rev-parse", "origin/base")
    pushed.write("backdoor.py", "").commit("one more")
    status, document = ci(pushed, tmp_path).audit("--base", base)
    assert (status, codes(document)) == (1, {"A101"})


def test_without_a_base_the_clean_checkout_has_no_change_and_the_claim_is_a_phantom(pushed: Builder, tmp_path: Path) -> None:
    (tmp_path / "ci-home").mkdir()
    status, document = ci(pushed, tmp_path).audit()
    assert (status, verdicts(document)["A1"], document["changed"]) == (1, "FAIL", [])
    assert "A102" in codes(document)


@pytest.mark.parametrize("base", ["no-such-branch", "0" * 40, "HEAD~9"])
def test_a_base_that_is_no_commit_here_ends_with_two_and_says_so(pushed: Builder, tmp_path: Path, base: str) -> None:
    (tmp_path / "ci-home").mkdir()
    run = ci(pushed, tmp_path).run("audit", f"--base={base}")
    assert (run.returncode, run.stdout) == (2, "")
    said = f"forgewatch: --base {base}: expected a commit, branch or tag of this repository, found none"
    assert run.stderr.splitlines() == [said, "  hint: look at the name, or fetch it"]
    assert "no entries yet" in ci(pushed, tmp_path).run("ledger", "show").stdout
    assert (tmp_path / "ci-home/state").exists() is (base != "no-such-branch")


def test_a_repository_of_sha256_passes_and_fails_like_any_other(tmp_path: Path) -> None:
    root = tmp_path / "wide"
    root.mkdir()
    builder = Builder(root)
    builder.git("init", "-q", "--object-format=sha256")
    builder.write("app/a.py", "x = 1\n").write("forge.json", "{}").write(
        "Forge/Contracts/boundaries.json", '{"layers": [{"name": "app", "glob": "app/*.py", "forbidden": [{"pattern": "asyncpg"}]}]}'
    ).commit("base")
    assert len(builder.head) == 64
    installed = Installed(root, tmp_path)
    installed.watch()
    try:
        builder.starts()
        builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
        assert installed.settles(1), installed.log
        builder.starts()
        builder.write("backdoor.py", "").record(start="2026-11-20T11:00:00Z").completes()
        assert installed.settles(2), installed.log
        builder.commit("unaudited")
        assert "A602" in codes(installed.audit()[1])
    finally:
        installed.stop()
    assert installed.outcomes[:2] == ["PASS", "FAIL"], installed.ledger


def test_worktrees_of_one_repository_are_watched_at_once_and_keep_apart(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    linked = [Builder(tmp_path / name) for name in ("one", "two")]
    for each in linked:
        builder.git("worktree", "add", "-q", "-b", each.root.name, str(each.root))
    everyone = [builder, *linked]
    installed.watch(*(str(each.root) for each in everyone))
    for number, each in enumerate(everyone):
        each.write("app/a.py", f"x = {number + 2}\n").record().claims("app/a.py").completes(phase=f"Phase {number} -- Things")
    ledgers = [each.root / "Forge/evidence/audit_ledger.md" for each in everyone]
    assert until(lambda: all(ledger.exists() and "Outcome: " in ledger.read_text() for ledger in ledgers)), installed.log
    for number, ledger in enumerate(ledgers):
        text = ledger.read_text("utf-8")
        assert f"## Audit Entry: Phase {number} -- Things — Iteration 1\n" in text
        assert (text.count("## Audit Entry:"), text.count("Outcome: PASS")) == (1, 1), text


@pytest.mark.req("S002-10.5-4")
def test_ten_audits_at_once_are_one_entry_and_say_the_same(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x = 2\n").write("b.py", "").record().claims("app/a.py").completes()
    with ThreadPoolExecutor(10) as pool:
        runs = list(pool.map(lambda _: installed.audit(), range(10)))
    assert {status for status, _ in runs} == {1}
    assert len({json.dumps(document["entry"]) for _, document in runs}) == 1
    assert len({document["verdict_digest"] for _, document in runs}) == 1
    assert installed.entries == 1
    assert installed.run("ledger", "show").returncode == 0


@pytest.mark.req("S002-10.7-1")
def test_the_same_work_gives_the_same_document_but_for_its_envelope(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "import json\nimport requests\n").write("b.py", "").record().claims("app/a.py", "gone.py").completes()
    documents = [valid("audit-v1", installed.run("audit", "--dry-run", "--json").stdout) for _ in range(2)]
    for document in documents:
        document.pop("envelope")
        document.pop("audit_id", None)
    assert documents[0] == documents[1]


def test_every_json_that_is_printed_fits_its_schema(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x = 2\n").write("b\x1b[31m.py", "").record().claims("app/a.py", "../x").completes()
    assert valid("audit-v1", installed.run("audit", "--json").stdout)["outcome"] == "FAIL"
    assert valid("audit-v1", installed.run("wait", "--json").stdout)["outcome"] == "FAIL"
    assert valid("audit-v1", installed.run("tail", "--json").stdout)["outcome"] == "FAIL"
    assert valid("status-v1", installed.run("status", "--json").stdout)["outcome"] == "FAIL"
    assert valid("ledger-v1", installed.run("ledger", "show", "--json").stdout)
    assert valid("doctor-v1", installed.run("doctor", "--json").stdout)
    assert valid("explain-v1", installed.run("explain", "A101", "--json").stdout)
    builder.delete("Forge/evidence/audit_ledger.md")
    refused = valid("audit-v1", installed.run("audit", "--json").stdout)
    assert (refused["outcome"], refused["stop"]) == ("FAIL", "EVIDENCE_MISSING")
