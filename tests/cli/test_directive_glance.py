"""`status` says whether AEM is on as the directive stands now, and parses it only when it has to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from forgewatch.cli.directive_glance import aem_of
from forgewatch.core.directive import parse_directive
from forgewatch.core.places import FORGE
from tests.cli.conftest import valid
from tests.support.answers import report
from tests.support.builder import Builder
from tests.support.installed import Installed
from tests.support.recorded import Keeper

PATH = "Forge/Contracts/directive.md"
ON = "# Directive\n\n- **AEM**: enabled\n"


def shown(installed: Installed) -> object:
    return valid("status-v1", installed.run("status", "--json").stdout)["aem"]


@pytest.mark.req("S002-10.1-1")
def test_before_any_audit_the_directive_itself_is_read(builder: Builder, installed: Installed) -> None:
    assert shown(installed) is False
    builder.write("Forge/Contracts/builder_directive.md", ON)
    assert shown(installed) is True
    builder.write(PATH, "AEM: disabled\n")
    assert shown(installed) is False
    assert "AEM:             off" in installed.run("status").stdout


def test_a_switch_thrown_since_the_last_audit_is_shown(builder: Builder, installed: Installed, keeper: Keeper) -> None:
    keeper.audit(report(aem=False))
    builder.write(PATH, ON)
    assert shown(installed) is True
    keeper.audit(report(aem=True))
    builder.write(PATH, "AEM: disabled\n")
    assert shown(installed) is False


@pytest.mark.parametrize(
    "text",
    [
        ON,
        "AEM: enabled",
        "AEM = `enabled`",
        "_AEM:_ **enabled**",
        "* AEM : Enabled.",
        "AEM: enabled (since May)",
        "```\nAEM: enabled\n```\n",
        "> AEM: enabled\n",
        "AEM: disabled\n\nAEM: enabled\n",
        "say AEM: enabled when asked\n",
        "AEM enabled",
        "",
    ],
)
def test_the_glance_says_what_the_parser_says(builder: Builder, text: str) -> None:
    builder.write(PATH, text)
    assert aem_of(builder.root, FORGE, None) is parse_directive(text.encode()).aem


@pytest.mark.parametrize("kind", ["fifo", "symlink", "folder"])
def test_a_directive_that_is_no_file_is_unknown_and_blocks_nobody(builder: Builder, kind: str) -> None:
    path = builder.root / PATH
    {"fifo": os.mkfifo, "symlink": lambda at: Path(at).symlink_to("/dev/zero"), "folder": os.mkdir}[kind](path)
    assert aem_of(builder.root, FORGE, True) is None
