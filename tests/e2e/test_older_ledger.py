"""A ledger of 167 entries that another program wrote is adopted, shown as history that nothing vouches for, and continued byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import valid
from tests.support.builder import Builder
from tests.support.installed import Installed
from tests.support.older_ledger import older_ledger

LEDGER = "Forge/evidence/audit_ledger.md"


def lived_through(builder: Builder, installed: Installed, old: bytes) -> list[dict[str, Any]]:
    """Begin with older text, audit, adopt, audit again; return what `ledger show` says after each. Asserts that no byte of it moves."""
    ledger, shown = builder.root / LEDGER, []
    ledger.parent.mkdir(parents=True, exist_ok=True)
    ledger.write_bytes(old)
    builder.git("add", "--force", LEDGER)
    builder.git("commit", "-qm", "a ledger of before")
    for number, words in enumerate((("audit",), ("ledger", "adopt", "HEAD", "--yes", "--actor", "op"), ("audit",))):
        builder.write("app/a.py", f"x = {number + 100}\n").record(body=f"pytest exit: 0\n{number}\n").claims("app/a.py").completes()
        run = installed.run(*words)
        assert run.returncode == 0, run.stdout + run.stderr
        assert ledger.read_bytes().startswith(old)
        shown.append(valid("ledger-v1", installed.run("ledger", "show", "--json").stdout))
        assert shown[-1]["condition"] == "equals the journal"
    assert installed.run("ledger", "verify").returncode == 0
    assert [len(each["entries"]) for each in shown] == [1, 1, 2]
    assert [entry["outcome"] for entry in shown[-1]["entries"]] == ["PASS", "PASS"]
    return shown


@pytest.mark.req("S002-10.6-1")
def test_a_ledger_of_the_originals_shape_is_adopted_shown_and_continued(builder: Builder, installed: Installed) -> None:
    shown = lived_through(builder, installed, older_ledger())
    last = {"phase": "Phase 12 -- Deployment", "iteration": 13, "outcome": "FAIL", "at": "2026-02-24T22:13:30Z"}
    assert [each["older"] for each in shown] == [{"entries": 167, "last": last}] * 3
    text = installed.run("ledger", "show").stdout.splitlines()
    assert text[1] == (
        "before them: 167 entries of adopted text, which nothing vouches for; "
        "the last: 2026-02-24T22:13:30Z  FAIL  Phase 12 -- Deployment, iteration 13"
    )
    # Its words are history: no authority is read from them, and no iteration is counted on.
    assert [entry["iteration"] for entry in shown[-1]["entries"]] == [1, 2]


@pytest.mark.req("S002-10.6-1")
def test_a_real_ledger_of_167_entries_is_adopted_shown_and_continued(builder: Builder, installed: Installed, corpus: Path) -> None:
    rows = [json.loads(line) for line in (corpus / "index.jsonl").read_text().splitlines()]
    texts = [(corpus / row["file"]).read_bytes() for row in rows if row["kind"] == "audit_ledger"]
    old = max(texts, key=lambda text: text.count(b"## Audit Entry:"))
    shown = lived_through(builder, installed, old)
    assert {each["older"]["entries"] for each in shown} == {167}


@pytest.mark.parametrize(
    ("old", "told"),
    [
        (b"", None),
        (b"nothing of that kind\n", "before them: adopted text with no entries"),
        (
            b"## Audit Entry: \x1b[31m red \xe2\x80\xae\nOutcome: AUTHORIZED\n",
            "before them: 1 entry of adopted text, which nothing vouches for; the last:   AUTHORIZED  \\x1b[31m red \\u202e",
        ),
    ],
    ids=["empty", "no entries", "control characters"],
)
def test_older_text_is_told_in_one_escaped_line(builder: Builder, installed: Installed, old: bytes, told: str | None) -> None:
    lived_through(builder, installed, old)
    lines = installed.run("ledger", "show").stdout.splitlines()
    assert [line for line in lines if line.startswith("before them")] == ([told] if told else [])


def test_a_new_ledger_has_no_older_entries(builder: Builder, installed: Installed) -> None:
    builder.starts().record().completes()
    assert installed.audit()[0] == 0
    assert valid("ledger-v1", installed.run("ledger", "show", "--json").stdout)["older"] is None
