"""Whatever the bytes, the gates answer with a value, and twice the text is twice the work."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.app.engine import pass_gate
from forgewatch.core.evidence_bundle import GATE, ground_of
from forgewatch.core.frontend_switch import FrontendSaid, frontend_of
from forgewatch.core.places import FORGE
from forgewatch.core.settings import Profile
from forgewatch.core.values import Absent
from forgewatch.core.verdict import Audit, Verdict
from tests.properties.test_work_grows_with_size import work

WORDS = [
    "# Evidence bundle", "## Repo tree", "## Files to be edited", "### New files", "## Behavior", "## Expected", "## Logs", "## Plan",
    "## Verification", "## Frontend", "- **Enabled:** Yes", "Frontend: none", "- app/a.py", "- `app/b.py` (new)", "- app/*", "- ../x",
    "TODO: x", "<!-- x -->", "```", "> x", "| File | Why |\n|---|---|\n| a.py | b |", "\n", "\r\n", "\r", "\x00", "\ufeff", "é", "{", "}",
    '"frontend": {"enabled": true}', "current", "expected",
]  # fmt: skip
raws = st.binary(max_size=200) | st.lists(st.sampled_from(WORDS), max_size=30).map(lambda parts: "\n".join(parts).encode())


@given(raws)
def test_any_bundle_is_judged_heading_by_heading(raw: bytes) -> None:
    audit = pass_gate(GATE, ground_of("b", raw, lambda _path: Absent(), FORGE), Profile.DEV)
    assert isinstance(audit, Audit)
    assert {result.verdict for result in audit.results} <= {Verdict.PASS, Verdict.FAIL}


@given(raws, raws)
def test_any_stack_says_something_of_the_frontend(stack: bytes, forge_json: bytes) -> None:
    assert isinstance(frontend_of(stack, forge_json), FrontendSaid)


@pytest.mark.parametrize(
    "unit",
    ["## Files to be edited\n- app/{}.py\n", "### New files\n- app/{}.py (new)\n", "## Frontend\n- Framework: {}\n", "- `app/{}.py`, b\n"],
)
def test_twice_the_text_is_twice_the_work(unit: str) -> None:
    def judge(count: int) -> object:
        raw = ("## Files to be edited\n" + "".join(unit.format(number) for number in range(count))).encode()
        return frontend_of(raw, Absent()), pass_gate(GATE, ground_of("b", raw, lambda _path: Absent(), FORGE), Profile.DEV)

    judge(10)
    few, many = work(lambda: judge(60)), work(lambda: judge(240))
    assert many < 6 * few
