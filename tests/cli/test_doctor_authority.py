"""`doctor` on authority: who may sign, what has to be signed, and what is refused at use is bad here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import valid
from tests.support.installed import Installed
from tests.support.ssh import allowed, software_public


def line(installed: Installed, text: str, *, status: int | None = None) -> dict[str, Any]:
    """Return the line on authority under a configuration of this text."""
    config = installed.top / "forgewatch.yaml"
    config.write_text(text)
    run = installed.run("doctor", "--json", "--config", str(config))
    assert status in (None, run.returncode)
    found: dict[str, dict[str, Any]] = {each["name"]: each for each in valid("doctor-v1", run.stdout)["lines"]}
    return found["authority"]


@pytest.fixture
def signers(installed: Installed) -> Path:
    path = installed.top / "signers"
    path.write_text(allowed({"alice": software_public(1), "bob": software_public(2)}))
    path.chmod(0o644)
    return path


def test_without_signers_it_says_that_anyone_can_forge_a_token(installed: Installed) -> None:
    found = line(installed, "")
    assert found["level"] == "note"
    assert "unauthenticated" in found["fact"]
    assert "authority.allowed_signers" in found["remedy"]


def test_signers_without_an_action_that_needs_them_are_worth_a_note(installed: Installed, signers: Path) -> None:
    found = line(installed, f"authority: {{allowed_signers: {signers}}}\n")
    assert (found["level"], found["fact"]) == ("note", "2 keys may sign, 0 revoked; nothing has to be signed yet")


def test_signers_and_tiers_are_told(installed: Installed, signers: Path) -> None:
    found = line(installed, f"authority: {{allowed_signers: {signers}, tiers: {{AUTHORIZED: 1, RELEASE: 3}}}}\n")
    assert (found["level"], found["fact"]) == ("ok", "2 keys may sign, 0 revoked; AUTHORIZED T1, RELEASE T3")


def test_signers_that_the_builder_can_write_are_bad(installed: Installed, signers: Path) -> None:
    signers.chmod(0o666)
    found = line(installed, f"authority: {{allowed_signers: {signers}}}\n", status=1)
    assert (found["level"], found["remedy"]) == ("bad", f"chmod go-w {signers}")
    inside = installed.root / "signers"
    inside.write_text("")
    found = line(installed, f"authority: {{allowed_signers: {inside}}}\n", status=1)
    assert (found["level"], f"inside the repository {installed.root}" in found["fact"]) == ("bad", True)


def test_a_tier_without_signers_is_bad(installed: Installed) -> None:
    found = line(installed, "authority: {tiers: {RELEASE: 2}}\n", status=1)
    assert found["level"] == "bad"
    assert "asks for T2 of RELEASE" in found["fact"]
