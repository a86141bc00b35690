"""A whole project under AEM, as builder and operator live through it: phases adopted, failed, fixed, signed off, authorized, blocked."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed, until

DIRECTIVE = "Forge/Contracts/directive.md"
PLAN = "# Phases\n\n## Phase 0 -- Ground\n\n## Phase 1 -- Things\n\n## Phase 2 -- End\n"
SENTENCE = "AEM audit loop exceeded 3 iterations without full PASS. Manual review required."


class Project:
    """The builder's cycles, each with a later second, and what the record says of them."""

    def __init__(self, builder: Builder, installed: Installed) -> None:
        self.builder = builder
        self.installed = installed
        self.second = 0

    def cycle(self, text: str, *, phase: str, stray: str = "") -> None:
        """Do one cycle that writes `text` into app/a.py, and an unclaimed file where it is to fail."""
        self.second += 1
        self.builder.claims("app/a.py").starts(phase=phase)
        self.builder.write("app/a.py", text)
        if stray:
            self.builder.write(stray, "y = 1\n")
        self.builder.record(start=f"2026-11-20T10:{self.second // 60:02d}:{self.second % 60:02d}Z").completes(phase=phase)

    def waits(self, outcome: str, count: int) -> None:
        """Wait until the ledger holds so many entries of this outcome."""
        told = f"Outcome: {outcome}\n"
        assert until(lambda: self.installed.ledger.count(told) == count), (outcome, count, self.installed.ledger, self.installed.log)

    @property
    def state(self) -> str:
        """What `status` says of the phase."""
        document = json.loads(self.installed.run("status", "--json").stdout)
        return str(document["phase_state"])

    @property
    def verified(self) -> bool:
        """True when the whole journal still proves itself."""
        return self.installed.run("ledger", "verify").returncode == 0


@pytest.fixture
def project(builder: Builder, installed: Installed) -> Project:
    builder.write(DIRECTIVE, "# Directive\n\nAEM: enabled\n").write("Forge/Contracts/phases.md", PLAN).commit("directive")
    return Project(builder, installed)


@pytest.mark.req("S002-10.4-3")
@pytest.mark.req("S002-10.4-5")
@pytest.mark.req("S002-10.3-5")
@pytest.mark.req("S002-10.3-6")
@pytest.mark.req("S002-10.6-7")
@pytest.mark.req("S002-10.6-8")
def test_a_whole_project_from_the_first_phase_to_a_blocked_one(builder: Builder, project: Project) -> None:
    installed = project.installed
    installed.watch()
    # Phase 0: adopted as it is found; fail, fix, pass.
    project.cycle("x = 2\n", phase="Phase 0 -- Ground", stray="stray.py")
    project.waits("FAIL", 1)
    assert project.state == "LOOPING(1)"
    builder.delete("stray.py")
    project.cycle("x = 2\n", phase="Phase 0 -- Ground")
    project.waits("SIGNED-OFF (awaiting AUTHORIZED)", 1)
    assert project.state == "SIGNED_OFF"
    block = installed.run("signoff")
    assert block.returncode == 0
    assert "Loopback iterations: 1\n" in block.stdout and "Phase:               Phase 0 -- Ground\n" in block.stdout
    # The operator authorizes, the builder commits, the daemon sees it.
    told = installed.run("authorize", "--yes", "--actor", "olga")
    assert told.returncode == 0, told.stdout + told.stderr
    builder.commit("phase 0")
    project.waits("AUTHORIZED (committed)", 1)
    assert f"Commit: {builder.head}\n" in installed.ledger and "Assurance: unauthenticated (T0)\n" in installed.ledger
    assert project.state == "AUTHORIZED"
    # Phase 1: the directive of an authorized commit says Auto-authorize; the audit passes and forgewatch commits.
    builder.write(DIRECTIVE, "# Directive\n\nAEM: enabled\nAuto-authorize: enabled\n").commit("the operator's new directive")
    assert installed.run("ledger", "adopt", "--yes", "--reason", "directive").returncode == 0
    project.cycle("x = 3\n", phase="Phase 1 -- Things")
    project.waits("SIGNED-OFF (awaiting AUTHORIZED)", 2)
    before = builder.head
    auto = installed.run("signoff", "--auto")
    assert auto.returncode == 0, auto.stdout + auto.stderr
    assert builder.head != before and "Phase 1 -- Things" in builder.git("log", "-1", "--format=%B")
    project.waits("AUTO-AUTHORIZED (committed)", 1)
    assert "All phases complete." not in auto.stdout
    # Phase 2: three fails in a row block it; a later PASS is recorded and not signed off.
    for number in range(1, 4):
        project.cycle(f"x = 1{number}\n", phase="Phase 2 -- End", stray="stray.py")
        project.waits("FAIL", 1 + number)
    assert SENTENCE in installed.ledger and "STOP: RISK_EXCEEDS_SCOPE" in installed.ledger
    assert project.state == "BLOCKED"
    builder.delete("stray.py")
    project.cycle("x = 20\n", phase="Phase 2 -- End")
    project.waits("PASS", 3)
    assert installed.ledger.count("Outcome: SIGNED-OFF") == 2 and project.state == "BLOCKED"
    refused = installed.run("signoff")
    assert refused.returncode == 1 and "phase: expected a phase that is not blocked" in refused.stdout
    assert installed.run("authorize", "--yes").returncode == 1
    # The operator unblocks it: what passed is signed off, and may be authorized.
    assert installed.run("unblock", "--reason", "looked at it", "--yes", "--actor", "olga").returncode == 0
    project.waits("SIGNED-OFF (awaiting AUTHORIZED)", 3)
    done = installed.run("authorize", "--yes", "--commit", "phase 2")
    assert done.returncode == 0, done.stdout + done.stderr
    project.waits("AUTHORIZED (committed)", 2)
    assert re.search(r"phase unblocked — Phase 2", installed.ledger)
    assert builder.git("status", "--porcelain", "--", "app") == ""
    assert project.verified


@pytest.mark.req("S002-10.3-5")
def test_work_that_fails_under_another_number_each_time_is_stopped_as_well(builder: Builder, project: Project) -> None:
    installed = project.installed
    builder.write(DIRECTIVE, "# Directive\n\nAEM: enabled\nAuto-authorize: enabled\n").commit("nobody is asked")
    for number in (1, 7, 8):
        project.cycle(f"x = {number}\n", phase=f"Phase {number} -- Things", stray="stray.py")
        assert installed.run("audit").returncode == 1
    assert SENTENCE in installed.ledger and project.state == "BLOCKED"
    builder.delete("stray.py")
    project.cycle("x = 20\n", phase="Phase 9 -- Things")
    assert installed.run("audit").returncode == 0
    # Nothing goes alone now, whatever the directive says; a person may still speak.
    before = builder.head
    refused = installed.run("signoff", "--auto")
    assert (refused.returncode, builder.head) == (1, before) and "Phase 8" in refused.stdout, refused.stdout + refused.stderr
