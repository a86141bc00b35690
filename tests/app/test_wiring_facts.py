"""What an audit of a real repository knows of callers: layers by name and by boundaries.json, changed files, other languages, limits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forgewatch.core import mentions
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.values import CommitId
from forgewatch.core.wiring import Wiring
from tests.support.inside import Inside, codes_of

PLAN = "## Phase 0\n- frame\n## Phase 1\n- `TradeRepo`\n## Phase 2\n- ship\n"
REPO = "class TradeRepo:\n    def insert(self):\n        return 1\n"


def begun(inside: Inside, **files: str) -> dict[str, Any]:
    """Commit the plan, a repository that nothing calls, and these files; return what is authorized, in the last phase."""
    builder = inside.builder.write("Forge/Contracts/phases.md", PLAN).write("app/repos/trade.py", REPO)
    for name, text in files.items():
        builder.write(f"app/{name.replace('__', '/')}.py", text)
    head = CommitId(builder.commit("phase 1").head)
    builder.claims("app/a.py").starts(phase="Phase 2")
    return {"anchor": head, "authorized": (head,)}


def loose(snapshot: Snapshot) -> list[str]:
    return [one.name for one in snapshot.wiring.loose if "." not in one.name]


@pytest.mark.req("S002-9.5-2")
def test_a_call_that_this_cycle_brings_is_seen_and_one_that_it_takes_out_too(inside: Inside) -> None:
    known = begun(inside, engine="x = 1\n")
    assert codes_of(inside.report(**known)) >= {"XW03"}
    inside.builder.write("app/engine.py", "from app.repos.trade import TradeRepo\nTradeRepo()\n")
    assert loose(inside.snapshot(**known)) == []
    inside.builder.write("app/engine.py", "from app.repos.trade import TradeRepo\n")
    assert loose(inside.snapshot(**known)) == ["TradeRepo"]


def test_a_name_that_is_new_in_this_cycle_is_followed_through_the_files_it_changes(inside: Inside) -> None:
    known = begun(inside, engine="x = 1\n")
    inside.builder.write("app/repos/trade.py", f"{REPO}\n\ndef trades():\n    return TradeRepo()\n")
    assert loose(inside.snapshot(**known)) == ["TradeRepo"]
    inside.builder.write("app/engine.py", "from app.repos import trade\ntrade.trades()\n")
    assert loose(inside.snapshot(**known)) == []


def test_a_component_that_moves_or_is_new_is_not_due_in_this_cycle(inside: Inside) -> None:
    known = begun(inside)
    inside.builder.delete("app/repos/trade.py").write("app/repos/trades.py", REPO).write(
        "app/clients/hub.py", "class HubClient:\n    x = 1\n"
    )
    assert inside.snapshot(**known).wiring == Wiring()


def test_layers_of_boundaries_that_hold_components_are_asked_too(inside: Inside) -> None:
    layers = [{"name": name, "glob": f"app/{folder}/*.py", "forbidden": []} for name, folder in (("repos", "data"), ("views", "seen"))]
    inside.builder.write("Forge/Contracts/boundaries.json", json.dumps({"layers": layers}))
    known = begun(
        inside, data__rows="class Rows:\n    x = 1\n", data__test_rows="class Bad:\n    x = 1\n", seen__page="class Page:\n    x = 1\n"
    )
    assert sorted(loose(inside.snapshot(**known))) == ["Rows", "TradeRepo"]


def test_components_of_other_languages_are_named_as_not_judged(inside: Inside) -> None:
    inside.builder.write("web/services/trade.ts", "export class Trades {}\n").write("web/page.ts", "f()\n").write(
        "web/services/a.go", "package a\n"
    )
    assert inside.snapshot(**begun(inside)).wiring.unjudged == ("Go", "TypeScript")


def test_more_names_than_one_expression_may_hold_are_not_judged_and_say_so(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mentions, "_CHARS", 3)
    assert inside.snapshot(**begun(inside)).wiring.why == "the components have too many names"


def test_without_a_plan_nothing_is_read(inside: Inside) -> None:
    assert inside.snapshot().wiring == Wiring()


@pytest.mark.req("S002-9.5-3")
def test_a_component_without_a_caller_warns_and_an_operator_who_makes_it_fail_is_asked_what_was_meant(inside: Inside) -> None:
    known = begun(inside)
    inside.builder.write("Forge/Contracts/phases.md", f"{PLAN}## Phase 3\n- more\n").commit("plan")
    head = CommitId(inside.builder.head)
    (result,) = (one for one in inside.report(**{**known, "anchor": head, "authorized": (head,)}).audit.results if one.code == "X-WIRING")
    assert (result.verdict, [found.code for found in result.findings]) == ("WARN", ["XW03"])
