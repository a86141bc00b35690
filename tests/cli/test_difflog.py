"""`difflog` as the caller meets it: usage, one document for programs, a question on a terminal, and harmless text."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from forgewatch.cli.arguments_difflog import TEXT_LIMIT
from forgewatch.cli.commands import build_parser
from forgewatch.core.errors import UsageError
from tests.cli.conftest import valid
from tests.support.builder import Builder
from tests.support.installed import COMMAND, Installed

LOG = "Forge/evidence/diff_log.md"
START = ("difflog", "start", "--phase", "Phase 1", "--summary", "s", "--files", "app/a.py")
RECORD = "Static: PASS\nRuntime: PASS\nBehavior: PASS\nContract: PASS\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("finish", "--verification", "lint=x"), "PART=TEXT"),
        (("finish", "--verification", "static="), "PART=TEXT"),
        (("finish", "--verification", "static"), "PART=TEXT"),
        (("finish", "--notes", "x" * (TEXT_LIMIT + 1)), "at most 4000 characters"),
        (("finish", "--status", "done"), "complete"),
        (("overwrite",), "overwrite"),
        ((), "VERB"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_looked_at(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError) as error:
        build_parser().parse_args(["difflog", *words])
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("start", "--phase", "later", "--summary", "s", "--files", "a.py"), "expected a phase with its number"),
        (("start", "--summary", "s", "--files", "a.py"), "--phase: expected a phase with its number"),
        (("start", "--phase", "1", "--summary", "s"), "--skeleton"),
        (("start", "--phase", "1", "--summary", "s", "--files", "../a.py"), "climbs with '..'"),
        (("start", "--phase", "1", "--summary", "s", "--files", "a.py", "--no-summary"), "--no-summary"),
        (("finish",), "expected --summary"),
        (("check", "no/such/file"), "cannot be read"),
        (("check", "Forge"), "name a regular file"),
    ],
)
@pytest.mark.req("S002-11-2")
def test_what_cannot_be_done_ends_with_2_and_writes_nothing(
    builder: Builder, installed: Installed, words: tuple[str, ...], said: str
) -> None:
    run = installed.run("difflog", *words)
    assert (run.returncode, run.stdout, said in run.stderr) == (2, "", True), run.stderr
    assert not (builder.root / LOG).exists()


def test_every_verb_gives_one_document_of_its_schema(builder: Builder, installed: Installed) -> None:
    told = [installed.run("difflog", "finalize", "--json")]
    told.append(installed.run(*START, "--json"))
    told.append(installed.run("difflog", "check", "--json"))
    builder.write("app/a.py", "x = 2\n").write("odd \x1b[2J.py", "").record(body=RECORD)
    told.append(installed.run(*START, "--json"))
    told.append(installed.run("difflog", "finish", "--summary", "s", "--json"))
    told.append(installed.run("difflog", "finalize", "--json"))
    documents = [valid("difflog-v1", run.stdout) for run in told]
    # Dirty, and no word; then a name that no row can state, so nothing was finished.
    assert [(run.returncode, run.stderr) for run in told] == [(status, "") for status in (1, 0, 0, 1, 1, 1)]
    assert [document["verb"] for document in documents] == ["finalize", "start", "check", "start", "finish", "finalize"]
    assert documents[3]["status"][0] == "## main"
    assert valid("ledger-commits-v1", installed.run("ledger", "commits", "--json").stdout)["commits"] == []


def test_a_skeleton_is_of_the_phase_that_the_log_names(builder: Builder, installed: Installed) -> None:
    unnamed = installed.run("difflog", "start", "--skeleton")
    assert (unnamed.returncode, "no log that names one" in unnamed.stderr, (builder.root / LOG).exists()) == (2, True, False)
    assert installed.run(*START).returncode == 0
    assert installed.run("difflog", "start", "--skeleton").returncode == 0
    log = (builder.root / LOG).read_text("utf-8")
    assert "\nPhase: Phase 1\n" in log
    assert "TODO" in log


def asked_on_a_terminal(installed: Installed, cwd: Path, typed: bytes) -> tuple[int, bytes]:
    """Run `difflog start` with a terminal as all of its streams, type when it asks, and return status and output."""
    ours, theirs = pty.openpty()
    written, asked = b"", False
    try:
        run = subprocess.Popen([str(COMMAND), *START], cwd=cwd, env=installed.environment, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        while run.poll() is None:
            try:
                written += os.read(ours, 65536)
            except OSError:
                break
            if b"to go on." in written and not asked:
                asked = True
                os.write(ours, typed)
        return run.wait(60), written
    finally:
        os.close(ours)


@pytest.mark.req("S002-12-1")
@pytest.mark.parametrize(("word", "status"), [(b"OVERWRITE\n", 0), (b"yes\n", 1), (b"\x04", 1)])
def test_a_person_types_overwrite_after_the_state_of_the_tree_was_shown(
    builder: Builder, installed: Installed, word: bytes, status: int
) -> None:
    builder.write("app/a.py", "x = 2\n")
    found, written = asked_on_a_terminal(installed, builder.root, word)
    assert found == status, written
    assert written.index(b" M app/a.py") < written.index(b"Type OVERWRITE")
    assert (builder.root / LOG).exists() is (status == 0)


def test_what_a_builder_wrote_reaches_no_terminal_as_it_is(builder: Builder, installed: Installed) -> None:
    hostile = "# Diff Log\n\n## Cycle Status\n- Status: \x1b]0;x\x07\n\n## Summary\n- \x1b[2J TODO\n"
    builder.write(LOG, hostile)
    builder.git("checkout", "-q", "-b", "b\u202eranch")
    for verb in (START, ("difflog", "check"), ("difflog", "finalize")):
        run = installed.run(*verb)
        assert all(char.isprintable() or char == "\n" for char in run.stdout + run.stderr), run.stdout


@pytest.mark.req("S002-9.3-2")
def test_a_commit_without_an_audited_log_is_listed_and_evidence_alone_is_not_held_against_it(
    builder: Builder, installed: Installed
) -> None:
    first = installed.run("ledger", "commits")
    assert (first.returncode, first.stdout) == (0, "every commit since the anchor has its entry\n")
    builder.write("Forge/evidence/test_runs.md", "## Test Run\n").commit("evidence")
    neutral = installed.run("ledger", "commits")
    assert (neutral.returncode, "(evidence only: needs none)" in neutral.stdout) == (0, True)
    builder.write("app/a.py", "x = 2\n").commit("quietly \x1b[2J")
    run = installed.run("ledger", "commits")
    assert (run.returncode, f"{builder.head}  quietly \\x1b[2J\n" in run.stdout) == (1, True), run.stdout
    document = valid("ledger-commits-v1", installed.run("ledger", "commits", "--json").stdout)
    assert [commit["neutral"] for commit in document["commits"]] == [True, False]
