"""X-WIRING: a component of an earlier phase has a caller, or the plan says who will call it, or the operator is asked."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.checks.x_wiring import judge
from forgewatch.core.components import ComponentFacts, extract_components, is_layer_name
from forgewatch.core.limits import LIMITS
from forgewatch.core.mentions import Mentions, ask, find_mentions, may_use
from forgewatch.core.places import FORGE, ROOT
from forgewatch.core.values import Content, Phase, RepoPath
from forgewatch.core.verdict import Ruling
from forgewatch.core.wiring import Wiring
from forgewatch.core.wiring_plan import plan_of
from tests.support.callers import wiring_of
from tests.support.snapshots import snapshot

REPO = "class TradeRepo:\n    def insert_trade(self, row):\n        return row\n"
CALLER = "from app.repos.trade import TradeRepo\n\n\ndef run_once():\n    TradeRepo().insert_trade(1)\n"
PLAN = "## Phase 0\n- frame\n## Phase 1\n- Implement `TradeRepo`\n## Phase 2\n- screens\n## Phase 3\n- ship\n"
OWED = PLAN.replace(
    "- screens", "- Wire `Engine.run_once()` to call `TradeRepo.insert_trade()`\n**Acceptance**\n- After `engine.run_once()` a row"
)


def audited(files: Mapping[str, str], phase: str, plan: str = PLAN, base: str | None = None, directive: str = "") -> Ruling:
    """Judge files in a phase; `base` is another phases.md at BASE."""
    before = plan if base is None else base
    documents: dict[RepoPath, Content] = {FORGE.phases: plan.encode()}
    earlier: dict[RepoPath, Content] = {FORGE.phases: before.encode(), FORGE.directives[0]: directive.encode("utf-8", "surrogateescape")}
    found = wiring_of(files, list(dict.fromkeys((plan, before))), phase)
    return judge(snapshot(phase=Phase(phase), documents=documents, base_documents=earlier, wiring=found))


def told(ruling: Ruling) -> list[str]:
    return [f"{found.code} {found.path}:{found.line} {found.actual}" for found in ruling.findings]


ORPHAN = {"app/repos/trade.py": REPO}
WIRED = {**ORPHAN, "app/engine.py": CALLER}


@pytest.mark.req("S002-9.5-3")
def test_a_component_that_no_phase_wires_is_told_with_the_sentence_of_the_contract() -> None:
    (finding,) = audited(ORPHAN, "Phase 2 -- Screens").findings
    assert (finding.code, finding.path, finding.line) == ("XW03", "app/repos/trade.py", 1)
    assert finding.message == (
        "Phase 1 creates TradeRepo but no subsequent phase wires it to a caller. Clarify whether wiring is intended."
    )
    assert finding.expected == "a phase that wires it, or the operator's word"


@pytest.mark.req("S002-9.5-2")
def test_a_component_that_a_phase_up_to_this_one_wires_has_a_caller_or_is_told() -> None:
    ruling = audited(ORPHAN, "Phase 2", OWED)
    assert told(ruling) == ["XW02 app/repos/trade.py:1 TradeRepo"]
    assert ruling.findings[0].message == "nothing outside of its module and of tests uses TradeRepo, and Phase 2 names it"
    assert ruling.findings[0].expected == "a caller"
    assert ruling.basis == "1 component of earlier phases, 1 wiring item"
    assert told(audited(WIRED, "Phase 2", OWED)) == []


@pytest.mark.req("S002-9.5-2")
@pytest.mark.parametrize(("phase", "plan"), [("Phase 1", OWED), ("Phase 1", PLAN), ("Phase 0", PLAN), ("Phase 2", PLAN + "`TradeRepo`\n")])
def test_a_component_of_this_phase_or_one_that_a_later_phase_names_is_not_due(phase: str, plan: str) -> None:
    assert told(audited(ORPHAN, phase, plan)) == []


@pytest.mark.req("S002-9.5-2")
def test_a_phase_under_way_that_names_a_component_without_wiring_it_owes_a_caller_when_it_is_over() -> None:
    plan = PLAN.replace("- screens", "- Extend `TradeRepo` by filters")
    assert told(audited(ORPHAN, "Phase 2", plan)) == []
    assert told(audited(ORPHAN, "Phase 3", plan)) == ["XW02 app/repos/trade.py:1 TradeRepo"]
    assert told(audited(ORPHAN, "Phase 2", plan.replace("- frame", "- `TradeRepo` is foreseen"))) == []
    (finding,) = audited(ORPHAN, "Phase 3", plan.replace("- ship", "- check `TradeRepo`")).findings
    assert (finding.code, finding.actual) == ("XW02", "TradeRepo")
    assert finding.message.endswith(", and Phase 3 names it")


@pytest.mark.req("S002-9.5-2")
def test_in_the_last_phase_every_class_and_every_file_of_functions_is_due() -> None:
    files = {
        "app/services/mail_service.py": "def send_mail():\n    return 1\n",
        "app/services/audit_service.py": "def note_all():\n    return 1\n\n\ndef note_one():\n    return 2\n",
        "app/main.py": "from app.services.audit_service import note_one\nnote_one()\n",
        "app/clients/hub.py": "class HubClient:\n    def ask(self):\n        return 1\n",
    }
    ruling = audited(files, "Phase 3")
    assert told(ruling) == ["XW02 app/services/mail_service.py:1 send_mail", "XW02 app/clients/hub.py:1 HubClient"]
    assert all(found.message.endswith(", and no phase is left that could call it") for found in ruling.findings)
    assert told(audited(files, "Phase 2")) == []


@pytest.mark.req("S002-9.5-2")
def test_in_the_last_phase_a_method_that_no_phase_names_is_not_due_where_its_class_is_used() -> None:
    files = {"app/clients/hub.py": "class HubClient:\n    def ask(self):\n        return 1\n", "app/main.py": "HubClient()\n"}
    assert told(audited(files, "Phase 3")) == []


def test_a_method_that_the_plan_names_is_due_like_a_class() -> None:
    files = {**ORPHAN, "app/engine.py": "from app.repos.trade import TradeRepo\nprint(TradeRepo())\n"}
    assert told(audited(files, "Phase 2", OWED)) == []
    named = OWED.replace("- Implement `TradeRepo`", "- Implement `TradeRepo.insert_trade()`")
    assert told(audited(files, "Phase 2", named)) == ["XW02 app/repos/trade.py:2 TradeRepo.insert_trade"]
    led = {
        "app/repos/trade.py": f"{REPO}\n\ndef note(row):\n    return TradeRepo().insert_trade(row)\n",
        "app/main.py": "from app.repos.trade import TradeRepo, note\nnote(TradeRepo())\n",
    }
    assert told(audited(led, "Phase 2", named)) == []


@pytest.mark.parametrize(
    ("base", "due"),
    [
        ("", True),
        ("()", True),
        ("(ABC)", True),
        ("(abc.ABC, Generic[T])", True),
        ("(Protocol[T])", True),
        ("(Base)", False),
        ("(made())", False),
    ],
)
def test_a_method_is_due_unless_a_foreign_base_may_call_it(base: str, due: bool) -> None:
    files = {
        "app/repos/trade.py": REPO.replace("TradeRepo", f"TradeRepo{base}"),
        "app/engine.py": "from app.repos.trade import TradeRepo\nprint(TradeRepo())\n",
    }
    named = OWED.replace("- Implement `TradeRepo`", "- Implement `TradeRepo.insert_trade()`")
    assert told(audited(files, "Phase 2", named)) == (["XW02 app/repos/trade.py:2 TradeRepo.insert_trade"] if due else [])


def test_what_stands_ahead_of_a_component_hides_nothing_and_private_names_are_none() -> None:
    text = "import sqlite3\n\n_CACHE = {}\n\n\nclass _Rows:\n    pass\n\n\nclass TradeRepo:\n    def _row(self):\n        return 1\n"
    plan = OWED.replace("- Implement `TradeRepo`", "- Implement `TradeRepo`, `_Rows` and `TradeRepo._row()`")
    assert told(audited({"app/repos/trade.py": text}, "Phase 3", plan)) == ["XW02 app/repos/trade.py:10 TradeRepo"]
    used = {"app/repos/trade.py": text, "app/engine.py": "from app.repos.trade import TradeRepo\nTradeRepo()\n"}
    assert told(audited(used, "Phase 3", plan)) == []


@pytest.mark.parametrize("name", ["repositories", "service", "HTTP clients", "data_store", "dao-layer", "Gateways"])
def test_a_layer_is_known_by_its_name(name: str) -> None:
    assert is_layer_name(name)
    assert not any(map(is_layer_name, ("api", "storefront", "restores", "domain", "")))


def test_a_method_that_the_plan_names_without_its_class_is_due() -> None:
    files = {**ORPHAN, "app/engine.py": "from app.repos.trade import TradeRepo\nprint(TradeRepo())\n"}
    named = PLAN.replace("`TradeRepo`", "`insert_trade()`")
    assert told(audited(files, "Phase 2", named)) == ["XW03 app/repos/trade.py:2 TradeRepo.insert_trade"]


def test_a_plan_that_names_a_file_means_its_classes_and_none_of_their_methods_or_of_its_functions() -> None:
    files = {
        "app/repos/trade.py": f"{REPO}\n\ndef made():\n    return 1\n",
        "app/engine.py": "from app.repos.trade import TradeRepo\nprint(TradeRepo())\n",
    }
    assert told(audited(files, "Phase 2", PLAN.replace("Implement `TradeRepo`", "`app/repos/trade.py`"))) == []


def test_a_component_that_several_earlier_phases_name_is_due_where_this_one_wires_it() -> None:
    plan = OWED.replace("- frame", "- `TradeRepo` is foreseen")
    assert told(audited(ORPHAN, "Phase 2", plan)) == ["XW02 app/repos/trade.py:1 TradeRepo"]


@pytest.mark.req("S002-9.5-3")
def test_the_operators_directive_answers_the_question() -> None:
    assert told(audited(ORPHAN, "Phase 2", directive="# Directive\nTradeRepo is for the reports of others.\n")) == []
    assert told(audited(ORPHAN, "Phase 2", directive="caf\udce9: TradeRepo is for others\n")) == []
    assert len(audited(ORPHAN, "Phase 2", OWED, directive="TradeRepo\n").findings) == 1


@pytest.mark.req("S002-9.5-3")
def test_the_operator_names_a_method_without_its_class() -> None:
    files = {**ORPHAN, "app/engine.py": "from app.repos.trade import TradeRepo\nprint(TradeRepo())\n"}
    plan = PLAN.replace("- Implement `TradeRepo`", "- Implement `TradeRepo.insert_trade()`")
    assert told(audited(files, "Phase 2", plan)) == ["XW03 app/repos/trade.py:2 TradeRepo.insert_trade"]
    assert told(audited(files, "Phase 2", plan, directive="insert_trade is for the reports of others.\n")) == []


@pytest.mark.req("S002-9.5-2")
def test_a_wiring_item_that_this_cycle_takes_out_of_the_plan_is_still_owed() -> None:
    assert told(audited(ORPHAN, "Phase 2", PLAN.replace("- Implement `TradeRepo`", "- x"), base=OWED)) == [
        "XW02 app/repos/trade.py:1 TradeRepo"
    ]


@pytest.mark.req("S002-9.5-2")
def test_a_wiring_item_that_this_cycle_adds_to_the_plan_is_owed() -> None:
    assert told(audited(ORPHAN, "Phase 2", OWED, base=PLAN)) == ["XW02 app/repos/trade.py:1 TradeRepo"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("`app/repos/trade.py` holds the trades", ["XW03 app/repos/trade.py:1 TradeRepo"]),
        ("- `repos/trade.py`", ["XW03 app/repos/trade.py:1 TradeRepo"]),
        ("- backend/app/repos/trade.py", ["XW03 app/repos/trade.py:1 TradeRepo"]),
        ("The trade repository", ["XW03 app/repos/trade.py:1 TradeRepo"]),
        ("- `made()`", ["XW03 app/repos/trade.py:6 made"]),
        ("- made to last", []),
        ("- `app/repos/trades.py`", []),
    ],
)
def test_a_plan_names_a_component_by_its_name_a_class_in_prose_or_by_its_file(said: str, found: list[str]) -> None:
    files = {"app/repos/trade.py": f"{REPO}\n\ndef made():\n    return 1\n"}
    assert told(audited(files, "Phase 2", PLAN.replace("- Implement `TradeRepo`", said))) == found


@pytest.mark.parametrize("text", ["class TradeRepo(:\n", "\0", "# coding: utf-7\nclass TradeRepo: ...\n", "x = 1\n" * 1_500_000])
def test_a_file_that_cannot_be_read_has_no_components(text: str) -> None:
    assert extract_components(RepoPath("app/repos/trade.py"), text.encode()).components == ()


@settings(max_examples=30)
@given(st.text(max_size=60), st.binary(max_size=80))
def test_any_plan_and_any_file_have_an_answer(said: str, raw: bytes) -> None:
    for words in (raw, f'"""{said}"""\n{said}'.encode("utf-8", "replace")):
        asked = ask(["TradeRepo", "insert_trade"])
        assert asked is not None
        assert isinstance(find_mentions(asked, RepoPath("a.py"), b"TradeRepo\n" + words), Mentions)
        assert isinstance(extract_components(RepoPath("app/repos/a.py"), words), ComponentFacts)
    assert isinstance(wired(said.replace("{", "").replace("}", ""), said), list)


def test_half_a_text_and_a_long_line_cost_what_they_are_long() -> None:
    asked = ask(["TradeRepo"])
    assert asked is not None
    for start in ('TradeRepo = """', "TradeRepo = '", "import TradeRepo as ", "__all__ = [TradeRepo, "):
        assert find_mentions(asked, RepoPath("a.py"), (start + "\\\" ' as (" * 50_000).encode()) != Mentions()


@pytest.mark.parametrize("path", ["app/engine.py", "config/di.yaml"])
def test_a_file_that_is_no_utf_8_uses_what_it_names(path: str) -> None:
    asked = ask(["TradeRepo"])
    assert asked is not None
    assert find_mentions(asked, RepoPath(path), b"# caf\xe9\nx: TradeRepo\n").used == ("TradeRepo",)


@pytest.mark.parametrize(
    ("path", "forge", "root"),
    [
        ("app/a.py", True, True),
        (".tools/bin/trades", True, True),
        ("deep/er/uv.lock", False, False),
        ("Forge/Contracts/physics.yaml", False, True),
        ("Forge/scripts/run.py", False, True),
        ("Contracts/physics.yaml", True, False),
        ("evidence/runs.json", True, False),
        ("evidences/runs.json", True, True),
    ],
)
def test_a_file_of_the_product_may_use_a_component_and_one_of_governance_may_not(path: str, forge: bool, root: bool) -> None:
    assert (may_use(RepoPath(path), FORGE), may_use(RepoPath(path), ROOT)) == (forge, root)


def test_as_many_names_as_a_large_project_has_are_looked_for_at_once_and_more_are_not(capfd: pytest.CaptureFixture[str]) -> None:
    names = [f"n{sha256(str(number).encode()).hexdigest()[:14]}" for number in range(13_333)]
    asked = ask(names)
    assert asked is not None
    assert find_mentions(asked, RepoPath("a.yaml"), f"{names[7]}: {names[9]}s\n".encode()).used == (names[7],)
    # With too little memory the library would write a line to the error stream of the daemon at each name it finds.
    assert capfd.readouterr() == ("", "")
    assert ask([*names, "one_more"]) is None
    assert ask(["not a name"]) is None


def test_a_file_over_the_limit_uses_nothing() -> None:
    asked = ask(["TradeRepo"])
    assert asked is not None
    assert find_mentions(asked, RepoPath("a.yaml"), b"TradeRepo" + b" " * LIMITS.source_bytes) == Mentions()


def test_of_names_that_begin_alike_the_one_that_stands_there_is_used() -> None:
    asked = ask(["Trade", "TradeRepo", "TradeRepos"])
    assert asked is not None
    assert find_mentions(asked, RepoPath("a.yaml"), b"TradeRepo\n").used == ("TradeRepo",)


def test_only_names_that_were_asked_for_are_told() -> None:
    asked = ask(["TradeRepo"])
    assert asked is not None
    text = b"import numpy as np\nfrom app import TradeRepo as Trades\nnp.sum(Trades())\n"
    assert find_mentions(asked, RepoPath("a.py"), text) == Mentions(used=("TradeRepo",))


def test_a_component_that_is_new_in_this_cycle_is_not_due() -> None:
    assert wiring_of(ORPHAN, [OWED], "Phase 2", new=frozenset(ORPHAN)).loose == ()


HONEST: dict[str, dict[str, str]] = {
    "a call": {"app/engine.py": CALLER},
    "a provider": {
        "app/repos/trade.py": f"{REPO}\n\n_one = TradeRepo()\n\n\ndef trades():\n    return _one\n",
        "app/deps.py": "from app.repos import trade\nrepo = trade.trades().insert_trade\n",
    },
    "an alias": {"app/engine.py": "from app.repos.trade import TradeRepo as Trades\nTrades().insert_trade(1)\n"},
    "a star": {"app/engine.py": "from app.repos.trade import *\nTradeRepo().insert_trade(1)\n"},
    "the package": {
        "app/repos/__init__.py": 'from app.repos.trade import TradeRepo\n__all__ = ["TradeRepo"]\n',
        "app/engine.py": "from app import repos\nrepos.TradeRepo().insert_trade(1)\n",
    },
    "the public package of a library": {"app/__init__.py": "from app.repos.trade import TradeRepo\n"},
    "getattr": {"app/engine.py": "from app.repos import trade\ngetattr(trade, 'TradeRepo')().insert_trade(1)\n"},
    "a text": {"app/di.py": "container.bind('app.repos.trade:TradeRepo')\n"},
    "a setting": {"config/di.yaml": "repo: app.repos.trade.TradeRepo\n"},
    "an entry point": {"pyproject.toml": "[project.scripts]\ntrades = 'app.repos.trade:TradeRepo'\n"},
    "a script without suffix": {"bin/trades": "#!/usr/bin/env python\nTradeRepo()\n"},
    "an annotation": {"app/deps.py": "def route(repo: 'TradeRepo'):\n    repo.insert_trade(1)\n"},
    "a base class": {"app/repos/fake.py": "class Fake(TradeRepo):\n    pass\n", "app/main.py": "Fake\n"},
    "a registry": {"app/repos/trade.py": f"@registry.register\n{REPO}"},
    "a registry behind an import": {"app/repos/trade.py": f"import registry\n\n\n@registry.register\n{REPO}"},
    "a registry at the end": {"app/repos/trade.py": f"{REPO}\n\nregister(TradeRepo)\n"},
    "a registry under a condition": {"app/repos/trade.py": f"{REPO}\n\nif enabled():\n    register(TradeRepo)\nelse:\n    raise Off\n"},
    "a condition": {"app/repos/trade.py": f"{REPO}\n\nif register(TradeRepo):\n    pass\n"},
    "an entry": {"app/repos/trade.py": f"{REPO}\n\nif __name__ == '__main__':\n    TradeRepo().insert_trade(1)\n"},
    "a task that is a method": {
        "app/repos/trade.py": f"{REPO}\n    @app.task\n    def nightly(self):\n        TradeRepo().insert_trade(1)\n"
    },
    "a method that a foreign base calls": {
        "app/repos/trade.py": f"{REPO}\n\nclass Sql(Base):\n    def find(self):\n        return TradeRepo().insert_trade(1)\n",
        "app/engine.py": "engine().find()\n",
    },
    "a mapping": {
        "app/repos/trade.py": f'{REPO}\n\nREPOS = {{"trade": TradeRepo}}\n',
        "app/main.py": "from app.repos.trade import REPOS\nREPOS\n",
    },
    "a list that grows": {
        "app/repos/trade.py": f"{REPO}\n\nREPOS = []\nREPOS += [TradeRepo]\n",
        "app/main.py": "from app.repos.trade import REPOS\nREPOS\n",
    },
    "a field of a class that is used": {
        "app/repos/trade.py": f"{REPO}\n\nclass Work:\n    repo = TradeRepo\n",
        "app/main.py": "from app.repos.trade import Work\nWork()\n",
    },
    "an object that is made with its class": {
        "app/repos/trade.py": f"{REPO}\n\nclass Work:\n    def __init__(self):\n        self.repo = TradeRepo()\n",
        "app/main.py": "from app.repos.trade import Work\nWork()\n",
    },
    "a method that is called": {
        "app/repos/trade.py": f"{REPO}\n\nclass Work:\n    def save(self):\n        return TradeRepo()\n",
        "app/main.py": "from app.repos.trade import Work\nWork().save()\n",
    },
    "a text in its own file": {
        "app/repos/trade.py": f"{REPO}\n\ndef repo():\n    return globals()['TradeRepo']()\n",
        "app/main.py": "from app.repos.trade import repo\nrepo()\n",
    },
    "a nested import": {"app/engine.py": "def run():\n    from app.repos.trade import TradeRepo\n    return TradeRepo()\n"},
    "code in a long text": {"app/engine.py": 'x = f"""{TradeRepo()}"""\n'},
    "a module that answers for its names": {"app/repos/trade.py": f"{REPO}\n\ndef __getattr__(name):\n    return TradeRepo\n"},
    "a template": {"app/trades.html": "{{ TradeRepo }}\n"},
    "a recipe": {"Makefile": "run:\n\tpython -m app.repos.trade TradeRepo\n"},
    "behind an import in one line": {"app/engine.py": "from app.repos.trade import TradeRepo; TradeRepo()\n"},
    "behind an apostrophe": {"app/engine.py": "# don't\nx = r'\\''  # it's\nTradeRepo()\n"},
    "a subclass that is used": {
        "app/repos/trade.py": f"{REPO}\n\nclass Sql(TradeRepo):\n    pass\n",
        "app/engine.py": "from app.repos.trade import Sql\nSql()\n",
    },
    "close to a comment": {"app/engine.py": "x = TradeRepo# why\n"},
    "a helper in prose": {"app/engine.py": '"""Say."""  # it\n\nx = TradeRepo("#")\n'},
}


@pytest.mark.req("S002-9.5-2")
@pytest.mark.parametrize("shape", HONEST)
def test_a_component_that_is_used_in_any_honest_way_is_quiet(shape: str) -> None:
    assert told(audited({**ORPHAN, **HONEST[shape]}, "Phase 2", OWED)) == []


CHEATS: dict[str, dict[str, str]] = {
    "a comment": {"app/engine.py": "# TradeRepo is wired here\nx = 1  # TradeRepo\n"},
    "a comment of a stub": {"app/engine.pyi": "# TradeRepo\n", "app/window.pyw": "# TradeRepo\n"},
    "a docstring": {"app/engine.py": '"""Wires TradeRepo."""\n'},
    "an import alone": {
        "app/engine.py": "from app.repos.trade import (\n    TradeRepo,\n)\nfrom app.repos.trade import TradeRepo as Repo\n"
    },
    "a re-export alone": {"app/repos/__init__.py": 'from app.repos.trade import TradeRepo\n__all__ = ["TradeRepo"]\n'},
    "a list of exports alone": {"app/engine.py": '__all__: list[str] = ["TradeRepo"]\n'},
    "tests": {"tests/test_trade.py": "TradeRepo()\n", "app/tests/conftest.py": "TradeRepo()\n"},
    "documents": {"README.md": "TradeRepo\n", "Forge/Contracts/physics.yaml": "repo: TradeRepo\n"},
    "a lock file": {"package-lock.json": '{"TradeRepo": 1}\n', "uv.lock": "TradeRepo\n"},
    "itself": {"app/repos/trade.py": f"{REPO}\n\ndef made():\n    return TradeRepo()\n"},
    "a private name of another file": {
        "app/repos/trade.py": f"{REPO}\n\ndef _made():\n    return TradeRepo()\n",
        "app/engine.py": "def _made():\n    return 1\n\n\n_made()\n",
    },
    "a longer name": {"app/engine.py": "MyTradeRepo()\nTradeRepos()\n"},
    "a dead decorator": {"app/repos/trade.py": f"@dataclass(frozen=True)\n{REPO}"},
    "a dead decorator of a module": {"app/repos/trade.py": f"@dataclasses.dataclass\n{REPO}"},
    "a dead decorator of a package": {"app/repos/trade.py": f"@pydantic.dataclasses.dataclass\n{REPO}"},
    "a dead decorator under a short name": {"app/repos/trade.py": f"@attr.s\n{REPO}"},
    "a decorator inside of a function": {
        "app/repos/trade.py": f"{REPO}\n\ndef made():\n    @register\n    def TradeRepo():\n        return 1\n"
    },
    "a name that ends like those the interpreter calls": {"app/repos/trade.py": f"{REPO}\n\ndef made__():\n    return TradeRepo()\n"},
    "a mapping that nobody uses": {"app/repos/trade.py": f'{REPO}\n\nREPOS = {{"trade": TradeRepo}}\n'},
    "a mapping with a type that nobody uses": {"app/repos/trade.py": f'{REPO}\n\nREPOS: dict[str, type] = {{"trade": TradeRepo}}\n'},
    "its own list of exports": {"app/repos/trade.py": f'{REPO}\n\n__all__ = ["TradeRepo"]\n\n\ndef __dir__():\n    return __all__\n'},
    "its own list of exports, grown": {"app/repos/trade.py": f'{REPO}\n\n__all__ = []\n__all__ += ["TradeRepo"]\n'},
    "a long text of a function that is used": {
        "app/repos/trade.py": f'{REPO}\n\ndef note():\n    """Note.\n\n    TradeRepo does it.\n    """\n',
        "app/main.py": "from app.repos.trade import note\nnote()\n",
    },
    "another function that is used": {
        "app/repos/trade.py": f"{REPO}\n\ndef one():\n    return 1\n\n\ndef two():\n    return one()\n",
        "app/main.py": "from app.repos.trade import two\ntwo()\n",
    },
    "a method of a class that nobody uses": {
        "app/repos/trade.py": f"{REPO}\n\nclass Work:\n    def __init__(self):\n        self.repo = TradeRepo()\n\n\n"
        "class Rest:\n    def __init__(self):\n        super().__init__()\n",
        "app/main.py": "from app.repos.trade import Rest\nRest()\n",
    },
}


@pytest.mark.req("S002-9.5-2")
@pytest.mark.parametrize("shape", CHEATS)
def test_what_is_no_use_does_not_hide_a_component_that_nothing_calls(shape: str) -> None:
    assert "TradeRepo" in [found.actual for found in audited({**ORPHAN, **CHEATS[shape]}, "Phase 2", OWED).findings]


WIRE = "## Phase 0\n- x\n## Phase 2\n**C. Scope**\n- {item}\n\n**E. Acceptance**\n- {criterion}\n## Phase 3\n- y\n"
ITEM = "Wire `TradingEngine.run_once()` to call `TradeRepo.insert_trade()` after placing an order."


def wired(item: str, criterion: str, phase: str = "Phase 2", base: str | None = None) -> list[str]:
    return told(audited({}, phase, WIRE.format(item=item, criterion=criterion), base))


@pytest.mark.req("S002-9.5-1")
@pytest.mark.parametrize(
    ("item", "criterion"),
    [
        (ITEM, "After `engine.run_once()` places an order, a trade row exists in SQLite."),
        (ITEM, "[ ] **TradingEngine** writes a row"),
        (ITEM, "End to end: the engine leaves a row"),
        (f"[x] {ITEM}", "run_once leaves a row"),
        ("Wire up the scheduler to invoke `sync()`", "the scheduler runs\n  every hour"),
        ("Wire the cables", "it starts"),
        ("Wire `job()` to call `sync()`", "job leaves a row"),
        ("Wire `TradingCoreEngine` to call `sync()`", "the engine leaves a row"),
    ],
)
def test_a_wiring_item_with_a_criterion_that_begins_with_the_caller_passes(item: str, criterion: str) -> None:
    assert wired(item, criterion) == []


@pytest.mark.req("S002-9.5-1")
@pytest.mark.parametrize("criterion", ["The tests pass", "", "`TradeRepo.insert_trade()` writes a row", "x\n```\n- engine.run_once()\n```"])
def test_a_wiring_item_without_one_is_told_with_its_line(criterion: str) -> None:
    (finding,) = audited({}, "Phase 2", WIRE.format(item=ITEM, criterion=criterion)).findings
    assert (finding.code, finding.path, finding.line) == ("XW01", FORGE.phases, 5)
    assert finding.message == "Phase 2 wires TradingEngine.run_once(), and none of its acceptance criteria begins with it"
    assert finding.expected == "an end-to-end criterion that begins with TradingEngine.run_once()"


@pytest.mark.parametrize(
    ("item", "criterion"),
    [
        ("Wire the engine to call `sync()`", "The tests pass"),
        ("Wire the end of day to call `close_all()`", "none of the tests fails"),
    ],
)
def test_small_words_that_both_begin_with_are_no_caller(item: str, criterion: str) -> None:
    assert len(wired(item, criterion)) == 1


def test_a_criterion_is_no_wiring_item() -> None:
    ruling = audited({}, "Phase 2", WIRE.format(item=ITEM, criterion="Wire `run_once()` to call `insert_trade()`"))
    assert ruling.basis == "0 components of earlier phases, 1 wiring item"


def test_wiring_items_are_judged_in_their_phase_and_where_the_plan_can_be_mended() -> None:
    assert [bool(wired(ITEM, "x", phase)) for phase in ("Phase 0", "Phase 1", "Phase 2", "Phase 3")] == [True, False, True, False]
    assert wired(ITEM, "x", "Phase 3", base="## Phase 0\n") == [f"XW01 {FORGE.phases}:5 {ITEM.replace('`', '')}"]


@pytest.mark.parametrize(
    ("plan", "phase"),
    [("# Plan\n", "Phase 2"), (PLAN, "unknown"), (PLAN, "Phase 1"), (PLAN + "## Phase 9\n- `TradeRepo`\n" * 300, "Phase 2")],
)
def test_without_phases_or_anything_due_it_does_not_apply(plan: str, phase: str) -> None:
    assert not audited(ORPHAN, phase, plan).applicable


@pytest.mark.parametrize(("plan", "phase"), [("# Plan\n", "Phase 2"), (PLAN, "unknown")])
def test_without_phases_or_without_a_known_phase_it_says_so(plan: str, phase: str) -> None:
    assert audited(ORPHAN, phase, plan).basis == "phases.md does not tell the phases, or the log does not tell which one it is"


@pytest.mark.parametrize(("last", "found"), [(255, ["XW03 app/repos/trade.py:1 TradeRepo"]), (256, [])])
def test_a_plan_of_more_phases_than_anybody_plans_is_none(last: int, found: list[str]) -> None:
    more = "".join(f"## Phase {number}\n- x\n" for number in range(4, last + 1))
    assert told(audited(ORPHAN, "Phase 2", PLAN + more)) == found


def test_a_plan_of_one_phase_is_one_and_without_a_phase_there_is_none() -> None:
    assert told(audited(ORPHAN, "Phase 1", "## Phase 0\n- Implement `TradeRepo`\n")) == ["XW03 app/repos/trade.py:1 TradeRepo"]
    assert plan_of(b"# Plan\n", Phase("Phase 1")) is None
    assert plan_of(PLAN.encode(), Phase("unknown")) is None


def test_what_could_not_be_judged_is_said() -> None:
    documents: dict[RepoPath, Content] = {FORGE.phases: PLAN.encode()}
    found = Wiring(unjudged=("Go", "TypeScript"), why="the components have too many names")
    ruling = judge(snapshot(phase=Phase("Phase 2"), documents=documents, base_documents=documents, wiring=found))
    assert (ruling.applicable, ruling.basis) == (
        False,
        "0 components of earlier phases, 0 wiring items, not judged: the components have too many names, not judged: Go,"
        " not judged: TypeScript",
    )
