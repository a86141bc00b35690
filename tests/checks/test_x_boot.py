"""X-BOOT: where the directive asks for it, the script is there at the end, with its steps in order, and does not overwrite .env."""

from __future__ import annotations

import pytest

from forgewatch.checks.x_boot import judge
from forgewatch.core.places import FORGE
from forgewatch.core.values import Phase
from forgewatch.core.verdict import Ruling
from tests.support.snapshots import snapshot, written

PLAN = b"## Phase 0 -- Genesis\n- frame\n## Phase 1 -- Ship\n- all\n"
STEPS = {
    "check prerequisites": "if (-not (Get-Command python)) { Write-Host 'Install Python 3.11.'; exit 1 }",
    "create the environment": "if (-not (Test-Path .venv)) { python -m venv .venv }",
    "activate the environment": ".venv\\Scripts\\Activate.ps1",
    "install dependencies": "pip install -r requirements.txt",
    "prompt for credentials": "$key = Read-Host 'Key of the weather service, from its account page'",
    "write .env": 'if (-not (Test-Path .env)) { Set-Content .env "KEY=$key" }',
    "run migrations": "python -c \"from app.repos.db import init_db; init_db('x')\"",
    "start the app": "python -m app.main",
}


def script(*left_out: str, **others: str) -> str:
    return "".join(f"{others.get(name, line)}\n" for name, line in STEPS.items() if name not in left_out)


def audited(before: str | None, after: str | None, *, asked: bool = True, phase: str = "Phase 1", plan: bytes | None = PLAN) -> Ruling:
    documents = {} if plan is None else {FORGE.phases: plan}
    return judge(snapshot(**{**written(("boot.ps1", before, after)), "boot_script": asked, "phase": Phase(phase), "documents": documents}))


def told(ruling: Ruling) -> list[str]:
    return [f"{found.code} {found.expected}: {found.actual}" for found in ruling.findings]


@pytest.mark.req("S002-9.8-1")
def test_a_script_with_its_steps_in_order_passes() -> None:
    ruling = audited(None, script())
    assert (told(ruling), ruling.basis) == ([], "boot.ps1 was written in this cycle")


@pytest.mark.req("S002-9.8-1")
@pytest.mark.parametrize("step", [step for step in STEPS if step != "run migrations"])
def test_each_step_is_missed(step: str) -> None:
    others = {"write .env": STEPS["write .env"], "create the environment": "if (-not (Test-Path .venv)) { python -m venv .venv }"}
    found = [row for row in told(audited(None, script(step, **others))) if row.startswith("XB02")]
    assert found == [f"XB02 {step}: no such step"]


def test_without_migrations_nothing_is_missed() -> None:
    assert told(audited(None, script("run migrations"))) == []


@pytest.mark.req("S002-9.8-1")
def test_steps_in_another_order_are_told() -> None:
    lines = script("start the app").splitlines()
    (finding,) = audited(None, "\n".join([STEPS["start the app"], *lines])).findings
    assert (finding.code, finding.expected, finding.line) == ("XB02", "start the app", 1)
    assert finding.actual.startswith("stands before line ")


def test_steps_that_share_a_line_are_in_order() -> None:
    both = f"{STEPS['create the environment']}; {STEPS['activate the environment']}"
    assert told(audited(None, script("activate the environment", **{"create the environment": both}))) == []


def test_a_script_of_node_needs_no_environment() -> None:
    text = script(
        "create the environment",
        "activate the environment",
        "run migrations",
        **{"install dependencies": "npm ci", "start the app": "npm start"},
    )
    assert told(audited(None, text)) == []


@pytest.mark.req("S002-9.8-1")
def test_a_script_that_overwrites_the_settings_of_the_user_is_told() -> None:
    assert told(audited(None, script(**{"write .env": "Set-Content .env $lines", "create the environment": "python -m venv .v"}))) == [
        "XB03 Test-Path .env: no test"
    ]


@pytest.mark.req("S002-9.8-1")
def test_a_script_that_ignores_errors_is_told() -> None:
    (finding,) = audited(None, script(**{"check prerequisites": "python --version"})).findings
    assert (finding.code, finding.actual) == ("XB04", "no exit on errors")


def test_an_exit_without_a_code_above_a_variable_does_not_stop_on_errors() -> None:
    text = script(**{"check prerequisites": "if ($done) { python --version\nexit\n$x = 1 }"})
    assert told(audited(None, text)) == ["XB04 exit with a code that is not zero: no exit on errors"]


@pytest.mark.parametrize(
    "stop",
    [
        "$ErrorActionPreference = 'Stop'; python --version",
        "python --version; throw 'x'",
        "python --version; exit $code",
        "try { python --version } catch {\nthrow\n}",
    ],
)
def test_any_way_to_stop_is_one(stop: str) -> None:
    assert told(audited(None, script(**{"check prerequisites": stop}))) == []


@pytest.mark.req("S002-9.8-1")
@pytest.mark.parametrize("before", [None, script()])
def test_a_missing_script_is_told_in_the_last_phase(before: str | None) -> None:
    assert told(audited(before, None)) == ["XB01 boot.ps1: no such file"]


@pytest.mark.parametrize(("phase", "plan"), [("Phase 0", PLAN), ("Phase 1", None), ("Phase 1", b"# Plan\n")])
def test_before_the_last_phase_nobody_misses_it(phase: str, plan: bytes | None) -> None:
    ruling = audited(None, None, phase=phase, plan=plan)
    assert (ruling.applicable, ruling.basis) == (False, "the last phase is not reached")


def test_a_script_that_did_not_change_is_not_read_again() -> None:
    ruling = audited("exit 1\n", "exit 1\n")
    assert (told(ruling), ruling.applicable, ruling.basis) == ([], True, "boot.ps1 is there and did not change")


def test_another_file_that_changed_is_not_taken_for_the_script() -> None:
    made = written(("app/a.py", "x = 1\n", "x = 2\n"), ("boot.ps1", "exit 1\n", "exit 1\n"))
    ruling = judge(snapshot(**{**made, "boot_script": True}))
    assert (told(ruling), ruling.basis) == ([], "boot.ps1 is there and did not change")


@pytest.mark.req("S002-9.8-1")
def test_without_the_switch_in_the_directive_it_does_not_apply() -> None:
    ruling = audited(None, "Set-Content .env x\n", asked=False)
    assert (ruling.applicable, ruling.basis) == (False, "the directive does not ask for a boot script")
