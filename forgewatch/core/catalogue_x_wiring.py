"""What the codes of X-WIRING, components that somebody calls, mean (checks.md, Further checks; contract §9.5)."""

from __future__ import annotations

from forgewatch.core.catalogue import ASK, MEND, CodeDoc
from forgewatch.core.verdict import StopReason

STOPS = {"XW01": StopReason.EVIDENCE_MISSING, "XW02": StopReason.CONTRACT_CONFLICT}
"""A criterion that is missing, and wiring that the plan asks for, are no questions to the operator (contract §8, §9.5)."""

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="XW01",
        title="wiring item without an end-to-end criterion",
        means="A phase of phases.md says `Wire A to call B`, and none of its acceptance criteria begins with A. Judged in that phase, in "
        "phase 0, and in a cycle that changes phases.md.",
        good="Scope: Wire Engine.run_once() to call TradeRepo.insert_trade(). Acceptance: after engine.run_once() a trade row exists",
        bad="Scope: Wire Engine.run_once() to call TradeRepo.insert_trade(), and nothing about it among the criteria",
        fix="Ask the operator to add a criterion that begins with the caller and looks at what comes of it.",
        action="have the operator add below {path}:{line} {expected}",
        allows=(),
        ways=(ASK,),
    ),
    CodeDoc(
        code="XW02",
        title="component of an earlier phase without a caller",
        means="A public class, function or method of a repository, service or client is there since before this cycle, phases.md names it "
        "in an earlier phase and in one that is over since, or an item of this phase wires it, or the last phase is reached; and nothing "
        "outside of its module and of tests uses it. A word in code, in a text or in a setting is a use; comments, docstrings and imports "
        "alone are none.",
        good="app/engine.py calls TradeRepo.insert_trade()",
        bad="app/repos/trade_repo.py defines TradeRepo, and only tests/test_trade_repo.py uses it",
        fix="Call the component where the plan says so, or take it out.",
        action="call {actual} of {path}:{line} where phases.md says so, or remove it",
        allows=("path", "changed"),
        ways=(MEND,),
    ),
    CodeDoc(
        code="XW03",
        title="component that no phase wires to a caller",
        means="A phase of phases.md before this one names a public class, function or method of a repository, service or client, no other "
        "phase names it, and nothing outside of its module and of tests uses it. The builder has to ask; a directive that names the "
        "component is the answer.",
        good="Phase 1: implement TradeRepo; Phase 2: wire Engine.run_once() to call TradeRepo.insert_trade()",
        bad="Phase 1: implement TradeRepo, and no later phase says a word of it",
        fix="Ask the operator whether wiring is intended; the answer belongs into phases.md or the directive.",
        action="ask the operator whether {actual} of {path}:{line} is to be wired, and in which phase",
        allows=(),
        ways=(ASK,),
    ),
)
