"""Whoever only looks, while entries are being recorded: an entry that is in the journal and not yet in the ledger file is nobody's doing,
and no command says that it is (ledger.md section 1, Commit order)."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Callable

import pytest

from forgewatch.wiring.commands import open_governed
from tests.support.audited import audited
from tests.support.builder import Builder
from tests.support.installed import Installed

pytestmark = pytest.mark.req("S002-10.6-1")

LOOKS = 5
FINE: dict[str, Callable[[str], object]] = {
    "ledger show --json": lambda text: json.loads(text)["condition"] == "equals the journal",
    "ledger verify --json": lambda text: json.loads(text)["holds"] and json.loads(text)["ledger"] == "equals the journal",
    "status --json": lambda text: json.loads(text)["ledger"]["state"] == "last entry matches",
    "doctor .": lambda text: re.search(r"^ok    ledger: +last entry matches$", text, re.MULTILINE) is not None,
}


@pytest.mark.parametrize("words", FINE)
def test_the_moment_between_journal_and_ledger_file_is_shown_to_nobody(
    builder: Builder, installed: Installed, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    audited(builder, installed, 1)
    monkeypatch.setenv("FORGEWATCH_STATE_DIR", installed.environment["FORGEWATCH_STATE_DIR"])
    record, said = open_governed(builder.root, None).record, list[str]()

    def looks() -> None:
        for _ in range(LOOKS):
            command = [str(installed.command), *words.split()]
            run = subprocess.run(
                command, cwd=builder.root, env=installed.environment, capture_output=True, text=True, timeout=60, check=False
            )
            said.append(run.stdout or run.stderr)

    looking = threading.Thread(target=looks)
    looking.start()
    recorded = 0
    # Without a pause: wherever a command looks, an entry is being recorded.
    while looking.is_alive():
        record.adopt(None, "op", "")
        recorded += 1
    assert recorded > LOOKS
    assert len(said) == LOOKS
    assert all(FINE[words](text) for text in said), said
