"""The helper of the diff log, as a builder calls it: start, work, finish, finalize, and the audit that follows (contract §11)."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed, codes, until, verdicts

LOG = "Forge/evidence/diff_log.md"
RECORD = (
    "Static: PASS\nstatic compileall command: python -m compileall -q .\nstatic compileall exit: 0\nstatic compileall summary: ok\n"
    "Runtime: n/c\nBehavior: PASS\nbehavior pytest command: python -m pytest\nbehavior pytest exit: 0\n"
    "behavior pytest summary: 12 passed in 0.41s\nContract: n/c\nFailing tests:\n- None\n"
)
SAID = ("--verification", "runtime=PASS the app boots", "contract=PASS physics matches")


def text(builder: Builder) -> str:
    return (builder.root / LOG).read_text("utf-8")


def start(installed: Installed, *more: str, phase: str = "Phase 1 -- Things") -> tuple[int, dict[str, Any]]:
    run = installed.run("difflog", "start", "--phase", phase, "--summary", "add things", "--files", "app/a.py", *more, "--json")
    assert run.stdout, run.stderr
    return run.returncode, json.loads(run.stdout)


def finish(installed: Installed, *more: str) -> tuple[int, dict[str, Any]]:
    run = installed.run("difflog", "finish", "--summary", "added things", *more, "--json")
    assert run.stdout, run.stderr
    return run.returncode, json.loads(run.stdout)


@pytest.mark.req("S002-11-2", "S002-11-3", "S002-11-5", "S002-11-6", "S002-9.2-8")
def test_a_cycle_by_the_helper_alone_passes_the_audit(builder: Builder, installed: Installed) -> None:
    begun = installed.run("difflog", "start", "--phase", "Phase 1 -- Things", "--summary", "add things", "--files", "app/a.py", "new/*")
    assert begun.returncode == 0, begun.stdout + begun.stderr
    assert "no diff log" in begun.stdout
    assert "- Status: IN_PROCESS" in text(builder)
    assert installed.run("difflog", "check").returncode == 0
    builder.write("app/a.py", "x = 2\n").write("new/odd name (1).py", "y = 1\n").record(body=RECORD)
    done, told = finish(installed, *SAID)
    assert (done, told["refused"]) == (0, None)
    assert "Notes\n- None" in text(builder)
    assert "$ python -m pytest" in text(builder)
    assert "    +x = 2\n" in text(builder)
    finalized = installed.run("difflog", "finalize")
    assert finalized.returncode == 0
    watched = f"no watcher runs (forgewatch watch {builder.root})"
    assert finalized.stdout == f"finalized: nothing is left to be filled in\nnext: forgewatch audit; {watched}\n"
    status, audited = installed.audit()
    assert (status, codes(audited) & {"A101", "A102", "A701"}) == (0, set()), verdicts(audited)
    assert sorted(audited["claimed"]) == ["app/a.py", "new/odd name (1).py"]
    assert audited["phase"] == "Phase 1 -- Things"


@pytest.mark.req("S002-11-7", "S002-11-8", "S002-11-9", "S002-11-4")
def test_a_step_out_of_order_is_refused_by_its_name_and_nothing_is_written(builder: Builder, installed: Installed) -> None:
    for verb in (("finish", "--summary", "s"), ("finalize",)):
        run = installed.run("difflog", *verb)
        assert (run.returncode, run.stdout.splitlines()[0]) == (1, "STOP: CONTRACT_CONFLICT"), run.stderr
        assert "step 4" in run.stdout
    assert not (builder.root / LOG).exists()
    status, told = start(installed, "--skeleton")
    assert (status, told["placeholders"] > 0) == (0, True)
    checked = installed.run("difflog", "check")
    assert (checked.returncode, "A501" in checked.stdout) == (1, True), checked.stdout
    builder.record(body=RECORD)
    before = text(builder)
    status, told = finish(installed, *SAID)
    assert (status, told["refused"]["stop"], text(builder)) == (1, "CONTRACT_CONFLICT", before)
    assert "TODO" in json.dumps(told["refused"])
    status, told = finish(installed, "--notes", "None", "--next-steps", "None")
    assert (status, told["refused"]["stop"]) == (1, "EVIDENCE_MISSING")
    assert "Runtime" in json.dumps(told["refused"])
    finalized = installed.run("difflog", "finalize")
    assert (finalized.returncode, "step 7" in finalized.stdout) == (1, True)
    status, _ = finish(installed, "--notes", "None", "--next-steps", "None", *SAID)
    assert status == 0


@pytest.mark.req("S002-1-6")
def test_after_a_fail_only_the_same_phase_goes_on_and_before_authorized_none(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x = 2\n").write("b.py", "").record().claims("app/a.py").completes()
    assert installed.audit()[0] == 1
    status, told = start(installed, "--token", "OVERWRITE", phase="Phase 2")
    assert (status, told["refused"]["step"], told["refused"]["stop"]) == (1, 2, "CONTRACT_CONFLICT")
    assert "Phase 1" in told["refused"]["exit"]
    assert start(installed, "--token", "OVERWRITE")[0] == 0
    builder.claims("app/a.py", "b.py").record(start="2026-11-20T11:00:00Z").completes()
    waiting, told = start(installed, "--token", "OVERWRITE")
    assert (waiting, "forgewatch" in told["refused"]["exit"]) == (1, True), "a COMPLETE log that nobody audited yet"
    assert installed.audit()[0] == 0
    assert installed.run("signoff").returncode == 0
    for phase in ("Phase 1 -- Things", "Phase 2"):
        status, told = start(installed, "--token", "OVERWRITE", phase=phase)
        assert (status, "forgewatch authorize" in told["refused"]["exit"]) == (1, True)
    assert installed.run("authorize", "--yes", "--commit", "Phase 1").returncode == 0
    status, told = start(installed, phase="Phase 2")
    assert status == 0, told
    assert re.search(r"^- Diff log: sha256:[0-9a-f]{64} \(COMPLETE, Phase 1", text(builder), re.M)


@pytest.mark.req("S002-12-1")
def test_a_dirty_tree_needs_the_word_overwrite_unless_aem_is_on(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x = 2\n").git("add", "app/a.py")
    asked = installed.run("difflog", "start", "--phase", "1", "--summary", "s", "--files", "app/a.py")
    assert asked.returncode == 1
    assert "## main\nM  app/a.py\nstaged:\n  app/a.py\n" in asked.stdout
    assert "OVERWRITE" in asked.stdout
    assert not (builder.root / LOG).exists()
    assert start(installed, "--token", "AUTHORIZED")[0] == 1
    status, told = start(installed, "--token", "OVERWRITE")
    assert (status, told["status"], told["staged"]) == (0, ["## main", "M  app/a.py"], ["app/a.py"])
    # It allowed the log to be overwritten and nothing else.
    assert installed.run("authorize", "--yes", "--commit", "m").returncode == 1
    (builder.root / LOG).unlink()
    builder.write("Forge/Contracts/directive.md", "# Directive\n\nAEM: enabled\n").commit("the directive")
    assert installed.run("ledger", "adopt", "--yes").returncode == 0
    builder.write("app/a.py", "x = 3\n")
    assert start(installed)[0] == 0


@pytest.mark.req("S002-10.1.1-5")
def test_the_watcher_is_started_when_none_runs_and_left_alone_when_one_does(builder: Builder, installed: Installed) -> None:
    status, told = start(installed, "--watch")
    assert (status, told["watcher"]["started"]) == (0, True), told
    pid = told["watcher"]["pid"]
    try:
        again = start(installed, "--watch")[1]
        assert again["watcher"] == {"pid": pid, "started": False}
        detached = installed.run("watch", "--detach")
        assert (detached.returncode, f"runs already (PID {pid})" in detached.stdout) == (0, True), detached.stderr
        builder.write("app/a.py", "x = 2\n").record(body=RECORD)
        assert finish(installed, *SAID)[0] == 0
        waited = installed.run("wait", "--timeout", "30")
        assert (waited.returncode, "Overall: PASS" in waited.stdout) == (0, True), waited.stdout + waited.stderr
    finally:
        os.kill(pid, 15)
    assert until(lambda: not (builder.root / ".forge_watcher.lock").exists())


def test_hostile_places_of_the_log_are_told_and_never_followed(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    path, outside = builder.root / LOG, tmp_path / "outside"
    outside.write_text("mine")
    path.parent.mkdir(parents=True)
    path.symlink_to(outside)
    assert (start(installed)[0], outside.read_text()) == (1, "mine")
    path.unlink()
    os.mkfifo(path)
    assert start(installed)[0] == 1
    path.unlink()
    path.write_bytes(b"x" * (70 * 1024 * 1024))
    assert start(installed)[0] == 1
