"""The further checks (X) as the installed command tells them: listed after W3, told in Notes and block only when they have something
to say, and without a word in the outcome of profile dev."""

from __future__ import annotations

import json

import pytest

from forgewatch.core.checklist import CHECKLIST
from tests.support.builder import Builder
from tests.support.installed import Installed, codes, until, verdicts

UNTESTED = "def f() -> int:\n    return 1\n"
SILENCED = "def f() -> int:\n    return 'one'  # type: ignore\n"


def silences(builder: Builder) -> None:
    builder.write("app/a.py", SILENCED).write("tests/test_b.py", "def test_f():\n    assert True\n")
    builder.claims("app/a.py", "tests/test_b.py").record().completes()


@pytest.mark.req("S000-P2-4")
def test_a_silenced_check_warns_and_changes_neither_outcome_nor_exit(builder: Builder, installed: Installed) -> None:
    silences(builder)
    status, document = installed.audit()
    assert (status, document["outcome"], document["stop"], document["fix_plan"]) == (0, "PASS", None, [])
    assert [result["code"] for result in document["results"]] == [code for code, _ in CHECKLIST]
    assert verdicts(document)["X-SILENCE"] == "WARN"
    assert "XS01" in codes(document)
    assert "\nX-SILENCE: WARN — " in installed.ledger


def test_the_terminal_block_tells_a_warning_below_the_twelve_and_is_silent_about_the_rest(builder: Builder, installed: Installed) -> None:
    silences(builder)
    lines = installed.run("audit").stdout.splitlines()
    below = lines[next(number for number, line in enumerate(lines) if line.startswith("W3 ")) + 1 :]
    assert below[0].startswith("X-SILENCE New silenced checks: WARN -- 1 in 2 changed files")
    assert below[1].strip().startswith("XS01 app/a.py:2: ")
    assert not any("not applicable" in line for line in below)


def test_an_honest_cycle_brings_no_word_of_a_further_check(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "def f():\n    return 1\n").write(
        "tests/test_a.py", "from app.a import f\n\n\ndef test_f():\n    assert f()\n"
    )
    builder.claims("app/a.py", "tests/test_a.py").record().completes()
    _, document = installed.audit()
    assert {
        code: word for code, word in verdicts(document).items() if code.startswith("X-") and word not in ("PASS", "NOT_APPLICABLE")
    } == {}
    assert "X-" not in installed.ledger
    assert "X-" not in installed.run("audit").stdout


def test_the_operator_can_make_a_further_check_block_and_then_it_is_in_the_fix_plan(builder: Builder, installed: Installed) -> None:
    config = installed.top / "forgewatch.yaml"
    config.write_text("audit:\n  severities:\n    X-SILENCE: fail\n")
    installed.extra = {"FORGEWATCH_CONFIG": str(config)}
    silences(builder)
    status, document = installed.audit()
    assert (status, document["outcome"], document["stop"]) == (1, "FAIL", "CONTRACT_CONFLICT")
    assert {(step["check"], step["code"], step["path"]) for step in document["fix_plan"]} == {("X-SILENCE", "XS01", "app/a.py")}
    assert "- X-SILENCE: remove " in installed.ledger


def test_a_check_and_its_codes_are_explained(installed: Installed) -> None:
    told = json.loads(installed.run("explain", "x-silence", "--json").stdout)["codes"]
    assert {(doc["check"], doc["code"][:2]) for doc in told} == {("X-SILENCE", "XS")}


@pytest.mark.req("S002-9.1-2")
def test_new_behaviour_without_a_test_warns_until_a_test_comes_with_it(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", UNTESTED).claims("app/a.py").record().completes()
    status, document = installed.audit()
    assert (status, document["outcome"], verdicts(document)["X-TESTS"]) == (0, "PASS", "WARN")
    assert "\nX-TESTS: WARN — 1 source file, 0 test files changed: XT01 app/a.py: changed without a test\n" in installed.ledger
    builder.write("tests/test_b.py", "def test_f():\n    assert True\n").claims("app/a.py", "tests/test_b.py").completes()
    assert verdicts(installed.audit()[1])["X-TESTS"] == "PASS"


@pytest.mark.req("S002-0-3")
@pytest.mark.req("S002-3.1-2")
def test_a_misplaced_source_and_a_script_without_mark_warn_in_dev_and_fail_in_ci(builder: Builder, installed: Installed) -> None:
    builder.write("Forge/app.py", "x = 1\n").write("run.ps1", "exit 0 # —\n").claims("Forge/app.py", "run.ps1").record().completes()
    status, document = installed.audit()
    assert (status, verdicts(document)["X-PS1"], verdicts(document)["X-LAYOUT"]) == (0, "WARN", "WARN")
    status, document = installed.audit("--profile", "ci")
    assert (status, document["stop"], codes(document)) == (1, "CONTRACT_CONFLICT", {"XL01", "XP01", "XP02"})
    assert {step["check"] for step in document["fix_plan"]} == {"X-PS1", "X-LAYOUT"}


@pytest.mark.req("S002-5-2")
def test_a_new_route_warns_and_in_strict_stops_for_the_missing_contract(builder: Builder, installed: Installed) -> None:
    route = "\n\n@router.post('/users/import')\ndef load():\n    return []\n"
    path = "app/api/routers/users.py"
    builder.write(path, (builder.root / path).read_text() + route).claims(path).record().completes()
    status, document = installed.audit()
    assert (status, verdicts(document)["X-PHYSICS"], verdicts(document)["W3"]) == (0, "WARN", "WARN")
    assert f"\nX-PHYSICS: WARN — 1 new route not declared: XR01 {path}:11 (POST /users/import)\n" in installed.ledger
    (finding,) = (found for result in document["results"] for found in result["findings"] if found["code"] == "XR01")
    assert finding["expected"].startswith("paths:\n  /users/import:\n    post:\n")
    attested_apart = installed.audit("--profile", "release")[1]
    assert (verdicts(attested_apart)["X-PHYSICS"], attested_apart["stop"]) == ("FAIL", "EVIDENCE_MISSING")


@pytest.mark.req("S002-7.1-1")
def test_a_dependency_that_the_directive_does_not_name_warns_in_dev_and_fails_in_strict(builder: Builder, installed: Installed) -> None:
    builder.write("Forge/Contracts/directive.md", "# Directive\n\nAEM: enabled\nBuild the importer.\n").commit("directive")
    installed.run("ledger", "adopt", "HEAD", "--actor", "operator")
    builder.write("requirements.txt", "fastapi==0.110\nhttpx==0.27\n").claims("requirements.txt").record().completes()
    status, document = installed.audit()
    assert verdicts(document)["X-DEPS"] == "WARN"
    assert (status, verdicts(installed.audit("--profile", "strict")[1])["X-DEPS"]) == (0, "FAIL")


@pytest.mark.req("S002-9.6-2")
def test_a_table_without_a_phase_and_missing_instructions_block_a_release_only(builder: Builder, installed: Installed) -> None:
    builder.write("Forge/Contracts/schema.md", "## Tables\n### trades\n- id\n")
    builder.write("Forge/Contracts/phases.md", "## Phase 0 -- Genesis\n- frame\n## Phase 1 -- Things\n- things\n").commit("contracts")
    installed.run("ledger", "adopt", "HEAD", "--actor", "operator")
    builder.write("app/a.py", "x = 2\n").claims("app/a.py").record().completes()
    status, document = installed.audit()
    assert (status, verdicts(document)["X-SCHEMA"], verdicts(document)["X-DOCS"]) == (0, "WARN", "WARN")
    assert "Table `trades` is defined in schema.md but no phase creates a repository for it." in installed.run("audit").stdout
    status, document = installed.audit("--profile", "release")
    assert (status, codes(document), document["stop"]) == (1, {"XM01", "XU01"}, "EVIDENCE_MISSING")


@pytest.mark.req("S002-3-2")
def test_a_file_that_was_only_laid_out_anew_warns(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x  =  1\n").claims("app/a.py").record().completes()
    status, document = installed.audit()
    assert (status, verdicts(document)["X-CHURN"], codes(document)) == (0, "WARN", {"XC01"})


@pytest.mark.req("S002-9.8-1")
def test_a_boot_script_that_the_directive_asks_for_is_held_to_its_steps(builder: Builder, installed: Installed) -> None:
    builder.write("Forge/Contracts/directive.md", "# Directive\n\nboot_script: true\n").commit("directive")
    installed.run("ledger", "adopt", "HEAD", "--actor", "operator")
    builder.write("boot.ps1", b"\xef\xbb\xbfSet-Content .env x\n").claims().record().completes()
    status, document = installed.audit()
    assert (status, verdicts(document)["A1"], verdicts(document)["X-BOOT"]) == (0, "PASS", "WARN")
    assert {"XB02", "XB03", "XB04"} <= codes(document)


@pytest.mark.req("S002-12-6")
def test_work_beyond_the_plan_that_the_daemon_saw_is_noted_and_in_strict_stops_the_audit(builder: Builder, installed: Installed) -> None:
    config = installed.top / "forgewatch.yaml"
    config.write_text("profile: strict\n")
    installed.extra = {"FORGEWATCH_CONFIG": str(config)}
    installed.watch()
    builder.claims("app/a.py").starts()
    assert until(lambda: "cycle.opened" in installed.log), installed.log
    builder.claims("app/a.py", "app/b.py").starts()
    builder.write("app/a.py", "x = 2\n").write("app/b.py", "x = 1\n").record().completes()
    assert until(lambda: "### Notes" in installed.ledger), installed.log
    entry = installed.ledger
    assert "A112 app/b.py (untracked)" in entry, entry
    assert "\nSTOP: RISK_EXCEEDS_SCOPE\n" in entry
    assert "\nScope growth, changed and not planned: app/b.py\n" in entry
