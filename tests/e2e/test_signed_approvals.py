"""The daemon and gate files: a line where a signature is the least is refused, and only who may sign is believed."""

from __future__ import annotations

import base64
import json
import signal
from pathlib import Path

import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed, told, until
from tests.support.ssh import allowed, make_key, public_blob, public_line, ssh_sign

FOLDER = ".ai-stack-trace/add-login/contract"


class Approvals:
    """A watched repository whose operator wants approvals signed by alice."""

    def __init__(self, builder: Builder, installed: Installed) -> None:
        self.builder, self.top = builder, installed.top
        self.alice, self.mallory = make_key(self.top / "alice"), make_key(self.top / "mallory")
        self.signers = self.top / "signers"
        self.signers.write_text(allowed({"alice": public_blob(self.alice)}, 'namespaces="forgewatch@v1"'))
        self.signers.chmod(0o644)
        self.revoked = self.top / "revoked"
        self.revoked.write_text("")
        self.revoked.chmod(0o644)
        self.config = self.top / "forgewatch.yaml"
        self.configure(1)
        self.installed = Installed(builder.root, self.top, extra={"FORGEWATCH_CONFIG": str(self.config)})
        assert self.approve("init", "add-login") == 0
        contract = builder.root / FOLDER / "approval.md"
        text = contract.read_text().replace("- [ ] Runtime code changes:", "- [x] Runtime code changes: `app/a.py`")
        contract.write_text(
            text.replace("Name: ____________________", "Name: Jane").replace("Date: ____________________", "Date: 2026-11-20")
        )
        self.answers = 0

    def configure(self, tier: int) -> None:
        """Write the configuration with this tier as the least for approvals."""
        keys = f"allowed_signers: {self.signers}, revoked: {self.revoked}, tiers: {{APPROVED: {tier}}}"
        self.config.write_text(f"repositories: [{self.builder.root}]\nauthority: {{{keys}}}\n")

    def approve(self, *args: str) -> int:
        """Run a verb and return its exit status."""
        return self.installed.run("approve", *args).returncode

    def sign(self, key: Path) -> int:
        """Sign by the command."""
        return self.approve("sign", "add-login", "--yes", "--actor", "jane", "--key", str(key))

    def answer(self) -> tuple[str, str]:
        """Wait for the daemon's next answer: its event and the field that disagreed."""
        self.answers += 1
        assert until(lambda: len(self.log()) >= self.answers), self.installed.log
        return self.log()[self.answers - 1]

    def log(self) -> list[tuple[str, str]]:
        """The daemon's answers so far, in their order."""
        lines = [json.loads(line) for line in self.installed.log.splitlines() if line.startswith("{")]
        return [(line["event"], line.get("field", "")) for line in lines if line["event"] in ("approval.accepted", "approval.refused")]

    def token(self, text: str) -> None:
        """Write a gate file as anybody with the same user id can."""
        self.builder.write(f"{FOLDER}/APPROVED", text)


@pytest.fixture
def approvals(builder: Builder, installed: Installed) -> Approvals:
    found = Approvals(builder, installed)
    installed.daemons = found.installed.daemons
    return found


@pytest.mark.req("S000-M-8")
def test_a_forged_gate_file_is_refused_and_the_one_of_a_person_accepted(approvals: Approvals) -> None:
    approvals.installed.watch()
    approvals.token(f"APPROVED:add-login:{approvals.builder.head}\n")
    assert approvals.answer() == ("approval.refused", "tier")
    assert approvals.sign(approvals.alice) == 0
    assert approvals.answer() == ("approval.accepted", "")
    good = json.loads((approvals.builder.root / FOLDER / "APPROVED").read_text())
    # The builder signs the very same request with a key of its own.
    own = ssh_sign(approvals.mallory, base64.b64decode(good["request"])).decode()
    approvals.token(json.dumps({**good, "signatures": [own]}))
    assert approvals.answer() == ("approval.refused", "key")
    approvals.token(json.dumps({**good, "signatures": [*good["signatures"], own]}))
    assert approvals.answer() == ("approval.refused", "key")
    approvals.revoked.write_text(public_line(approvals.alice) + "\n")
    approvals.token(json.dumps(good, indent=1))
    assert approvals.answer() == ("approval.refused", "revoked")
    ledger = approvals.installed.ledger
    assert "Expected: T1, a signed request\nFound: T0, a line that anyone can write\n" in ledger
    assert "Assurance: T1, signed by alice\n" in ledger
    assert told(approvals.installed, "daemon.started")


def test_signers_that_the_builder_can_write_let_nothing_pass_and_the_daemon_serves_on(approvals: Approvals) -> None:
    approvals.installed.watch()
    assert approvals.sign(approvals.alice) == 0
    assert approvals.answer() == ("approval.accepted", "")
    approvals.signers.chmod(0o666)
    raw = (approvals.builder.root / FOLDER / "APPROVED").read_text()
    approvals.token(raw + " ")
    assert approvals.answer() == ("approval.refused", "authority")
    approvals.signers.chmod(0o644)
    approvals.token(raw + "\n")
    assert approvals.answer() == ("approval.accepted", "")


def test_a_tier_that_the_operator_raises_counts_from_the_reload_on(approvals: Approvals) -> None:
    approvals.configure(0)
    daemon = approvals.installed.watch()
    approvals.token(f"APPROVED:add-login:{approvals.builder.head}\n")
    assert approvals.answer() == ("approval.accepted", "")
    approvals.configure(1)
    daemon.send_signal(signal.SIGHUP)
    assert until(lambda: "configuration.reloaded" in approvals.installed.log), approvals.installed.log
    approvals.token(f"APPROVED:add-login:{approvals.builder.head}")
    assert approvals.answer() == ("approval.refused", "tier")
