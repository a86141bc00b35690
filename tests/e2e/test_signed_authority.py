"""Authorization that somebody has to sign: keys, files for several people, standing grants; as processes, with real SSH keys."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.test_authority import AUTO, TOKEN, notes, signed_off
from tests.support.builder import Builder
from tests.support.installed import Installed, until


class People:
    """Keys of people and the operator's configuration that lets them count, all outside of the repository."""

    def __init__(self, builder: Builder, top: Path, *, tier: int, threshold: int = 2) -> None:
        self.top = top / "operator"
        self.top.mkdir(mode=0o700)
        names = ("olga", "omar", "builder")
        lines = [f'{name}@example.org namespaces="forgewatch@v1" {self._key(name)}\n' for name in names]
        signers = self.top / "allowed_signers"
        signers.write_text("".join(lines))
        signers.chmod(0o600)
        self.config = self.top / "forgewatch.yaml"
        self.config.write_text(
            f"repositories:\n  - {builder.root}\nauthority:\n  allowed_signers: {signers}\n"
            f"  tiers: {{AUTHORIZED: {tier}, STANDING: {tier}}}\n"
            f"  threshold: {threshold}\n  builders: [builder@example.org]\n"
        )

    def key(self, name: str) -> str:
        return str(self.top / name)

    def _key(self, name: str) -> str:
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.top / name], check=True, timeout=30)
        return (self.top / f"{name}.pub").read_text().strip()


def under(people: People, builder: Builder, tmp_path: Path) -> Installed:
    return Installed(builder.root, tmp_path, extra={"FORGEWATCH_CONFIG": str(people.config)})


@pytest.fixture
def people(builder: Builder, tmp_path: Path) -> People:
    return People(builder, tmp_path, tier=1)


def test_a_word_at_the_keyboard_is_too_little_where_a_signature_is_asked_for(builder: Builder, people: People, tmp_path: Path) -> None:
    installed = under(people, builder, tmp_path)
    entry = signed_off(builder, installed)
    refused = installed.run("authorize", "--yes")
    assert refused.returncode == 1 and "tier: expected T1" in refused.stdout and "hint: forgewatch authorize --key" in refused.stdout
    # A token file is no more than a word, and a builder's key is none of the operator's.
    leaf = str(entry["leaf"]).removeprefix("sha256:")
    builder.write(TOKEN, f"AUTHORIZED:phase-1-things:{leaf}\n")
    installed.watch()
    assert until(lambda: "Field: tier\n" in installed.ledger and notes(installed, "authorization refused") == 1), installed.log
    forged = installed.run("authorize", "--key", people.key("builder"))
    assert forged.returncode == 1 and "principal: expected somebody who is no builder" in forged.stdout
    told = installed.run("authorize", "--key", people.key("olga"), "--commit", "things")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "Assurance: signed by olga@example.org (T1)\n" in installed.ledger
    assert installed.ledger.count("Outcome: AUTHORIZED (committed)\n") == 1
    installed.stop()


def test_a_signed_request_counts_once_and_for_its_tree_only(builder: Builder, people: People, tmp_path: Path) -> None:
    installed = under(people, builder, tmp_path)
    signed_off(builder, installed)
    request = str(tmp_path / "request.json")
    assert installed.run("authorize", "--request", request).returncode == 0
    empty = installed.run("authorize", "--signed", request)
    assert empty.returncode == 1 and "signatures: expected at least 1" in empty.stdout
    assert installed.run("authorize", "--sign", request, "--key", people.key("olga")).returncode == 0
    # The tree changes: stale. It is put back: good. It was used: never again.
    builder.write("app/a.py", "x = 9\n")
    stale = installed.run("authorize", "--signed", request)
    assert stale.returncode == 1 and "tree: expected" in stale.stdout
    builder.write("app/a.py", "x = 2\n")
    assert installed.run("authorize", "--signed", request, "--commit", "things").returncode == 0
    builder.claims("app/a.py").starts()
    builder.write("app/a.py", "x = 3\n").record(start="2026-11-20T11:00:00Z").completes()
    assert installed.audit()[0] == 0
    again = installed.run("authorize", "--signed", request, "--json")
    assert again.returncode == 1
    assert json.loads(again.stdout)["refused"]["field"] in ("base", "tree", "entry")


def test_the_daemon_takes_a_signed_request_where_the_token_lies(builder: Builder, people: People, tmp_path: Path) -> None:
    installed = under(people, builder, tmp_path)
    signed_off(builder, installed, watched=True)
    request = tmp_path / "request.json"
    assert installed.run("authorize", "--request", str(request)).returncode == 0
    assert installed.run("authorize", "--sign", str(request), "--key", people.key("omar")).returncode == 0
    builder.write(TOKEN, request.read_bytes())
    assert until(lambda: "Assurance: signed by omar@example.org (T1)\n" in installed.ledger), installed.log
    builder.git("add", "app/a.py")
    builder.git("commit", "-q", "-m", "things")
    assert until(lambda: "Outcome: AUTHORIZED (committed)\n" in installed.ledger), installed.log
    installed.stop()


def test_one_person_is_not_two(builder: Builder, tmp_path: Path) -> None:
    people = People(builder, tmp_path, tier=3)
    installed = under(people, builder, tmp_path)
    signed_off(builder, installed)
    request = str(tmp_path / "request.json")
    assert installed.run("authorize", "--request", request).returncode == 0
    assert installed.run("authorize", "--sign", request, "--key", people.key("olga")).returncode == 0
    alone = installed.run("authorize", "--signed", request)
    assert alone.returncode == 1 and "threshold: expected 2 distinct principals" in alone.stdout
    # A signature that ssh-keygen made elsewhere is added from its file; the builder's does not count.
    raw = tmp_path / "bytes"
    raw.write_bytes(base64.b64decode(json.loads(Path(request).read_text())["request"]))
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", "forgewatch@v1", "-f", people.key("omar"), raw], check=True, timeout=30)
    assert installed.run("authorize", "--sign", request, "--signature", f"{raw}.sig").returncode == 0
    together = installed.run("authorize", "--signed", request)
    assert together.returncode == 0, together.stdout + together.stderr
    assert "Assurance: signed by olga@example.org, omar@example.org (T3)\n" in installed.ledger


def test_a_standing_grant_lets_so_many_commits_go_and_ends_with_a_fail(builder: Builder, people: People, tmp_path: Path) -> None:
    installed = under(people, builder, tmp_path)
    signed_off(builder, installed, AUTO)
    without = installed.run("signoff", "--auto")
    assert without.returncode == 1 and "tier: expected a standing grant of tier T1" in without.stdout
    grant = ("authorize", "--standing", "--phases", "Phase 1,Phase 2", "--uses", "2", "--key", people.key("olga"))
    assert installed.run(*grant).returncode == 0
    assert notes(installed, "standing grant given") == 1
    assert installed.run("signoff", "--auto").returncode == 0
    assert "standing grant" in installed.ledger and "Assurance: signed by olga@example.org (T1)\n" in installed.ledger
    builder.claims("app/a.py").starts(phase="Phase 2")
    builder.write("app/a.py", "x = 3\n").write("stray.py", "").record(start="2026-11-20T11:00:00Z").completes(phase="Phase 2")
    assert installed.audit()[0] == 1
    builder.delete("stray.py").record(start="2026-11-20T11:00:05Z").completes(phase="Phase 2")
    assert installed.audit()[0] == 0
    voided = installed.run("signoff", "--auto")
    assert voided.returncode == 1 and "tier: expected a standing grant" in voided.stdout


def test_the_repository_can_raise_the_tier_and_not_lower_it(builder: Builder, installed: Installed) -> None:
    config = json.loads((builder.root / "forge.json").read_text())
    builder.write("forge.json", json.dumps({**config, "tiers": {"AUTHORIZED": 1}})).commit("a higher tier")
    signed_off(builder, installed)
    assert "tier: expected T1" in installed.run("authorize", "--yes").stdout
    # Taken out again in the working tree, it still holds: BASE says so.
    builder.write("forge.json", json.dumps(config))
    builder.claims("app/a.py", "forge.json").record(start="2026-11-20T11:00:05Z").completes()
    assert installed.audit()[0] == 0
    assert "tier: expected T1" in installed.run("authorize", "--yes").stdout
