"""`ledger commits`: the commits since the anchor that the record does not vouch for: no audited log goes with them (contract §9.3)."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from forgewatch.cli import screen
from forgewatch.core.repository_facts import CommitFacts, Facts
from forgewatch.core.text import escape, recordable
from forgewatch.wiring.difflog import open_scribe

SCHEMA = "forgewatch/ledger-commits/v1"
LACKING = 1
"""Exit status where a commit of work lacks its entry."""


def run(root: Path, args: Namespace) -> int:
    """List them, oldest first; return 1 when one of them is more than evidence. Raises EnvironmentFault."""
    with open_scribe(root, args.config) as scribe:
        facts = scribe.see().facts
    if args.json:
        commits = [_json(commit) for commit in facts.commits]
        screen.show_json({"schema": SCHEMA, "repository": str(root), "head": facts.head, "more": facts.more, "commits": commits})
    else:
        screen.show("\n".join(_lines(facts)))
    return LACKING if facts.more or not all(commit.neutral for commit in facts.commits) else 0


def _lines(facts: Facts) -> list[str]:
    if not facts.commits:
        return ["every commit since the anchor has its entry"]
    rest = [f"and {facts.more} more"] if facts.more else []
    return [*(f"{commit.oid}  {escape(commit.subject)}{_remark(commit)}" for commit in facts.commits), *rest]


def _remark(commit: CommitFacts) -> str:
    return "  (evidence only: needs none)" if commit.neutral else ""


def _json(commit: CommitFacts) -> dict[str, object]:
    return {"commit": commit.oid, "subject": recordable(commit.subject), "neutral": commit.neutral}
