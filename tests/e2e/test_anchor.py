"""Checkpoints kept in another repository, as the operator meets them: a state directory that was put back as a whole is noticed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forgewatch.adapters.state_folder import folder_of
from forgewatch.core.anchor import ANCHOR_REF
from tests.cli.conftest import valid
from tests.support.builder import Builder
from tests.support.installed import Installed, told, until
from tests.support.remote import Remote


class Operator:
    """An operator with a configuration, and another repository that is the anchor."""

    def __init__(self, top: Path, root: Path) -> None:
        self.remote = Remote(top)
        self.config = top / "forgewatch.yaml"
        self.command = Installed(root, top, extra={"FORGEWATCH_CONFIG": str(self.config)})
        self.builders = [Builder(root)]
        self.configures(self.remote.url)

    def configures(self, url: str) -> None:
        roots = "".join(f"  - {{path: '{builder.root}', anchor: '{url}'}}\n" for builder in self.builders)
        self.config.write_text(f"watch: {{sweep_seconds: 1}}\nrepositories:\n{roots}")

    @property
    def state(self) -> Path:
        return self.command.top / "state"

    def folder(self, number: int = 0) -> Path:
        return folder_of(self.state, self.builders[number].root)

    def audits(self, count: int = 1) -> None:
        builder = self.builders[0]
        for _ in range(count):
            builder.write("app/a.py", (builder.root / "app/a.py").read_text() + "y = 1\n")
            builder.record().claims("app/a.py").completes()
            assert self.command.audit()[0] in (0, 1)

    def lines(self) -> int:
        return (self.folder() / "journal.jsonl").read_bytes().count(b"\n")

    def runs(self, *words: str, status: int = 0) -> str:
        done = self.command.run(*words)
        assert done.returncode == status, (words, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def anchors(self) -> dict[str, Any]:
        return valid("ledger-anchor-v1", self.command.run("ledger", "anchor", "--json").stdout)

    def doctor(self) -> dict[str, str]:
        document = json.loads(self.command.run("doctor", "--json").stdout)
        return next(line for line in document["lines"] if line["name"] == "anchor")

    def puts_back(self, kept: Path) -> None:
        """Replace the whole state directory by an earlier copy: journal, checkpoint, keys, notes, everything."""
        shutil.rmtree(self.state)
        shutil.copytree(kept, self.state, symlinks=True)


@pytest.fixture
def operator(builder: Builder, tmp_path: Path) -> Iterator[Operator]:
    made = Operator(tmp_path, builder.root)
    yield made
    made.command.stop()


def keeps(operator: Operator) -> Path:
    """Copy the state directory as it is now."""
    kept = operator.command.top / "kept"
    shutil.copytree(operator.state, kept, symlinks=True)
    return kept


def test_the_daemon_anchors_what_it_records_and_refuses_a_state_directory_that_was_put_back(operator: Operator) -> None:
    command, builder = operator.command, operator.builders[0]
    operator.audits()
    kept = keeps(operator)
    daemon = command.watch("--config", str(operator.config))
    assert until(lambda: len(told(command, "anchor.pushed")) == 1), command.log
    builder.starts()
    builder.write("app/a.py", "x = 9\n").record(start="2026-11-20T11:00:00Z").claims("app/a.py").completes()
    assert command.settles(2), command.log
    daemon.terminate()
    daemon.wait(60)
    assert operator.anchors()["pushed"], "within the minute between two pushes the daemon did not push again"
    size = operator.lines()
    operator.puts_back(kept)
    older = operator.lines()
    assert older < size
    command.watch("--config", str(operator.config))
    (refused,) = told(command, "repository.unavailable")
    assert f"the anchor speaks of {size} lines, the journal holds {older}" in refused["why"]
    assert "restore the newest state folder" in refused["hint"]
    assert told(command, "daemon.started")[-1]["served"] == []


def test_what_was_put_back_verifies_by_itself_and_is_named_by_the_anchor(operator: Operator) -> None:
    operator.audits()
    kept = keeps(operator)
    ledger = operator.builders[0].root / "Forge/evidence/audit_ledger.md"
    earlier = ledger.read_bytes()
    operator.audits()
    size = operator.lines()
    told_by = {"schema": "forgewatch/ledger-anchor/v1", "repository": str(operator.builders[0].root), "anchor": operator.remote.url}
    assert operator.anchors() == {**told_by, "entries": size, "pushed": True}
    assert operator.anchors() == {**told_by, "entries": size, "pushed": False}
    assert f"anchor: {size} entries at {operator.remote.url}" in operator.runs("ledger", "verify")
    operator.puts_back(kept)
    sizes = f"the anchor speaks of {size} lines, the journal holds {operator.lines()}"
    shown = operator.runs("ledger", "verify", status=1)
    assert f"the checkpoint is older than one that was seen ({sizes})" in shown
    document = valid("ledger-verify-v1", operator.command.run("ledger", "verify", "--json").stdout)
    assert (document["holds"], [flaw["kind"] for flaw in document["flaws"]]) == (False, ["STALE"])
    assert (operator.doctor()["level"], sizes in operator.doctor()["fact"]) == ("bad", True)
    assert sizes in operator.runs("ledger", "anchor", status=1)
    operator.config.write_text("")
    assert "the ledger file names an entry that this journal does not hold" in operator.runs("ledger", "verify", status=1)
    ledger.write_bytes(earlier)
    assert operator.runs("ledger", "verify").startswith("holds"), "without an anchor nobody can tell"


def test_a_record_that_was_begun_anew_is_named(operator: Operator) -> None:
    operator.audits(2)
    operator.anchors()
    shutil.rmtree(operator.state)
    (operator.builders[0].root / "Forge/evidence/audit_ledger.md").unlink()
    operator.audits()
    assert "no key of it signed that" in operator.runs("ledger", "verify", status=1)


def test_lines_behind_a_state_that_was_put_back_are_named(operator: Operator) -> None:
    operator.audits()
    kept = keeps(operator)
    operator.audits()
    operator.anchors()
    size = operator.lines()
    operator.puts_back(kept)
    while operator.lines() <= size:
        operator.runs("ledger", "adopt", "--yes", "HEAD")
    assert f"its first {size} are others" in operator.runs("ledger", "verify", status=1)


def test_an_anchor_that_cannot_be_reached_is_a_warning_and_the_daemon_serves(operator: Operator) -> None:
    operator.audits()
    entry = operator.anchors()["entries"] - 1
    operator.remote.root.rename(operator.remote.root.with_name("away.git"))
    operator.command.watch("--config", str(operator.config))
    assert until(lambda: bool(told(operator.command, "anchor.failed"))), operator.command.log
    (warned,) = told(operator.command, "anchor.unreachable")
    assert "expected its branch, found: " in warned["why"]
    assert told(operator.command, "daemon.started")[-1]["repositories"] == 1
    shown = operator.runs("ledger", "verify")
    assert shown.startswith("holds")
    assert f"not looked at: {operator.remote.url}" in shown and f"seen there last: entry {entry}, " in shown
    line = operator.doctor()
    assert (line["level"], "not looked at" in line["fact"]) == ("note", True)


def test_an_anchor_that_lost_what_it_had_is_told(operator: Operator) -> None:
    operator.audits()
    size = operator.anchors()["entries"]
    operator.remote.git("update-ref", "-d", ANCHOR_REF)
    assert f"keeps 0 entries, and {size} were seen there at 20" in operator.runs("ledger", "verify")
    operator.command.watch("--config", str(operator.config))
    (warned,) = told(operator.command, "anchor.unreachable")
    assert "were seen there" in warned["why"]


def test_status_tells_which_entry_is_anchored_and_since_when(operator: Operator) -> None:
    def told_by_status() -> str:
        lines = operator.command.run("status").stdout.splitlines()
        return next(line for line in lines if line.startswith("anchor:")).split(":", 1)[1].strip()

    assert told_by_status() == "never"
    operator.audits()
    operator.anchors()
    assert told_by_status().startswith(f"entry {operator.lines() - 1}, ")
    document = valid("status-v1", operator.command.run("status", "--json").stdout)
    assert document["anchor"] == {"url": operator.remote.url, "entry": operator.lines() - 1, "at": document["anchor"]["at"]}
    operator.configures("file:///another.git")
    assert told_by_status() == "never", "what was seen elsewhere says nothing about this one"
    operator.config.write_text("")
    assert told_by_status() == "off"
    document = valid("status-v1", operator.command.run("status", "--json").stdout)
    assert document["anchor"] == {"url": None, "entry": None, "at": None}


def test_repositories_share_an_anchor(operator: Operator, tmp_path: Path) -> None:
    other = Builder.with_repository(tmp_path / "other")
    operator.builders.append(other)
    operator.configures(operator.remote.url)
    operator.audits()
    other.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert operator.command.run("audit", str(other.root)).returncode in (0, 1)
    operator.command.watch("--config", str(operator.config))
    assert until(lambda: len(told(operator.command, "anchor.pushed")) == 2), operator.command.log
    files = operator.remote.git("ls-tree", "-r", "--name-only", ANCHOR_REF).splitlines()
    assert files == sorted(f"forgewatch/{operator.folder(number).name}/checkpoint" for number in range(2))


def test_a_repository_without_an_anchor_or_a_record_is_told(operator: Operator) -> None:
    assert "there is no record of this repository yet" in operator.runs("ledger", "anchor", status=2)
    operator.config.write_text("")
    assert "no anchor is configured" in operator.runs("ledger", "anchor", status=2)


def test_a_change_of_key_is_no_disagreement(operator: Operator) -> None:
    operator.audits()
    operator.anchors()
    operator.runs("ledger", "rotate", "--yes")
    operator.audits()
    assert operator.anchors()["entries"] == operator.lines()
    assert operator.runs("ledger", "verify").startswith("holds")
