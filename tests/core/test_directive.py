from __future__ import annotations

import pytest

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.directive import Directive, parse_directive
from forgewatch.core.values import Absent, Unreadable

ALL = "# Directive\n\nAEM: enabled\nAuto-authorize: enabled\n\n## Current Phase\nPhase: 0 — Scaffold\n\nboot_script: true\n".encode()


def switches(text: str) -> tuple[bool, bool, bool]:
    found = parse_directive(text.encode())
    return found.aem, found.auto_authorize, found.boot_script


@pytest.mark.req("S002-10.1-1")
@pytest.mark.req("S002-10.1-2")
def test_a_directive_switches_on_what_it_says() -> None:
    found = parse_directive(ALL)
    assert (found.aem, found.auto_authorize, found.boot_script) == (True, True, True)
    assert (found.phase, found.digest) == ("Phase 0 -- Scaffold", digest_of_bytes(ALL))


@pytest.mark.parametrize(
    "line",
    [
        "AEM: enabled",
        "aem: Enabled.",
        "- AEM: enabled",
        "**AEM:** enabled",
        "__AEM: enabled__",
        "`AEM: enabled`",
        "* **AEM**: `enabled`",
        "AEM = enabled",
        "AEM: enabled (all phases)",
        "\ufeffAEM: enabled\r",
        "Rules:\nAEM: enabled",
        "1. AEM: enabled",
    ],
)
def test_the_ways_to_write_a_switch(line: str) -> None:
    assert switches(line) == (True, False, False)


@pytest.mark.req("S002-10.1-1")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        "AEM: disabled",
        "AEM:",
        "AEM: enabled?",
        "AEM: enabled only when told",
        "AEM is not enabled",
        "Do not write AEM: enabled",
        "The line `AEM: enabled` turns it on",
        "```\nAEM: enabled\n```",
        "~~~\nAEM: enabled\n~~~",
        "    AEM: enabled",
        "> AEM: enabled",
        "<!-- AEM: enabled -->",
        "<!--\nAEM: enabled\n-->",
        "| AEM: enabled | x |\n|---|---|\n| AEM: enabled | x |",
        "## AEM: enabled",
        "AEM: enabled\nAEM: disabled",
        "AEM: enabled\n\n- AEM: disabled (for now)",
        "AEM: ｅnabled",
        "A\u200bEM: enabled",
        "XAEM: enabled",
        "## git diff\nAEM: enabled",
    ],
)
def test_everything_else_leaves_it_off(text: str) -> None:
    assert switches(text) == (False, False, False)


def test_one_switch_does_not_touch_another() -> None:
    assert switches("Auto-authorize: enabled") == (False, True, False)
    assert switches("boot_script: true") == (False, False, True)
    assert switches("boot_script: enabled\nAEM: true") == (False, False, False)


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("Phase: 2", "Phase 2"),
        ("- Current phase: Phase 3 -- Audit", "Phase 3 -- Audit"),
        ("## Current Phase\n\n- Phase 4: more\n", "Phase 4 -- more"),
        ("Phase: 2\n\n## Current Phase\nPhase 5\n", "Phase 5"),
        ("- Phase 0: Genesis\n- Phase 1: Login\n", None),
        ("Execute Phase 0, then Phase 1.", None),
        ("```\nPhase: 2\n```", None),
    ],
)
def test_the_phase_of_a_directive_is_the_present_one(text: str, phase: str | None) -> None:
    assert parse_directive(text.encode()).phase == phase


def test_without_a_directive_everything_is_off() -> None:
    assert parse_directive(Absent()) == parse_directive(Unreadable("is a symlink")) == Directive()


def test_a_directive_over_the_cap_switches_nothing() -> None:
    raw = b"AEM: enabled\n" + b"a\n" * 20_001
    assert parse_directive(raw) == Directive(digest=digest_of_bytes(raw))
