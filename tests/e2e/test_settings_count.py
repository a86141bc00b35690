"""Each key of the operator's configuration reaches the verdict: the same work is judged otherwise with it than without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed, codes, until, verdicts

SECRET = "ghp_" + "R7xQ2mV9tK4wL8sN3bZ6cJ1hY5dF0aGe9uPq"


@pytest.fixture
def honest(builder: Builder) -> Builder:
    """A finished, honest cycle that changed app/a.py."""
    return builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()


def configured(installed: Installed, text: str) -> tuple[int, dict[str, Any]]:
    """Audit by a configuration, recording nothing."""
    config = installed.top / "forgewatch.yaml"
    config.write_text(text)
    return installed.audit("--dry-run", "--config", str(config))


def found(document: dict[str, Any], check: str) -> list[dict[str, Any]]:
    return [finding for result in document["results"] if result["code"] == check for finding in result["findings"]]


@pytest.mark.req("S002-10.7-4")
def test_a_secret_warns_and_fails_only_where_the_operator_or_the_profile_says_so(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", f'TOKEN = "{SECRET}"\n').record().claims("app/a.py").completes()
    status, document = installed.audit("--dry-run")
    assert (status, verdicts(document)["W1"], document["outcome"]) == (0, "WARN", "PASS")
    status, document = configured(installed, "audit: {severities: {W1: fail}}\n")
    assert (status, verdicts(document)["W1"], document["outcome"]) == (1, "FAIL", "FAIL")
    assert verdicts(installed.audit("--dry-run", "--profile", "ci")[1])["W1"] == "FAIL"


def test_a_fingerprint_of_the_operator_excuses_this_secret_and_no_other(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", f'TOKEN = "{SECRET}"\n').record().claims("app/a.py").completes()
    (finding,) = found(installed.audit("--dry-run")[1], "W1")
    digest = finding["actual"].split()[-1]
    config = f"audit: {{fingerprints: ['{digest}'], severities: {{W1: fail}}}}\n"
    status, document = configured(installed, config)
    assert (status, verdicts(document)["W1"]) == (0, "PASS"), found(document, "W1")
    builder.write("app/a.py", f'TOKEN = "{SECRET[:-1]}Z"\n')
    assert verdicts(configured(installed, config)[1])["W1"] == "FAIL"


def test_an_import_name_of_the_operator_declares_the_module(builder: Builder, installed: Installed) -> None:
    builder.write("requirements.txt", "fastapi==0.110\nacme-widgets==1\n").write("app/a.py", "import wdg\n")
    builder.record().claims("app/a.py", "requirements.txt").completes()
    status, document = installed.audit("--dry-run")
    assert (status, codes(document)) == (1, {"A901"})
    status, document = configured(installed, "audit: {import_names: {wdg: acme-widgets}}\n")
    assert status == 0, found(document, "A9")


def test_raw_comparison_makes_a_windows_checkout_findings_and_the_default_does_not(honest: Builder, installed: Installed) -> None:
    honest.write("tests/test_a.py", "def test_a():\r\n    assert True\r\n")
    assert installed.audit("--dry-run")[0] == 0
    status, document = configured(installed, "scope: {compare: raw}\n")
    assert status == 1
    assert [(finding["code"], finding["path"]) for finding in found(document, "A1")] == [("A109", "tests/test_a.py")]
    honest.claims("app/a.py", "tests/test_a.py").completes()
    assert configured(installed, "scope: {compare: raw}\n")[0] == 0


def test_the_operators_ignore_list_takes_the_place_of_the_default(honest: Builder, installed: Installed) -> None:
    honest.write("scratch/notes.txt", "x\n").write("node_modules/m/index.js", "1\n")
    assert [finding["path"] for finding in found(installed.audit("--dry-run")[1], "A1")] == ["scratch/notes.txt"]
    swapped = configured(installed, "scope: {ignore: [scratch/]}\n")[1]
    assert [finding["path"] for finding in found(swapped, "A1")] == ["node_modules/m/index.js"]


def test_what_the_operator_calls_data_is_judged_neither_as_imports_nor_as_routes(builder: Builder, installed: Installed) -> None:
    template = "from fastapi import FastAPI\nimport {{ name }}\n"
    served = "from fastapi import FastAPI\napp = FastAPI()\n\n\n@app.get('/made-up')\ndef made() -> None: ...\n"
    builder.write("templates/main.py", template).write("templates/routes.py", served).record()
    builder.claims("templates/main.py", "templates/routes.py").completes()
    status, document = installed.audit("--dry-run")
    assert (status, {"A905", "W302"} <= codes(document)) == (1, True)
    status, document = configured(installed, "scope: {data: [templates/]}\n")
    assert (status, verdicts(document)["W3"]) == (0, "PASS"), found(document, "A9")


@pytest.mark.parametrize("limit", ["tree_entries: 3", "tree_depth: 1"])
def test_a_tree_over_a_limit_is_a_finding_and_never_a_pass(honest: Builder, installed: Installed, limit: str) -> None:
    status, document = configured(installed, f"limits: {{{limit}}}\n")
    assert status == 1
    assert "A104" in {finding["code"] for finding in found(document, "A1")}, found(document, "A1")


def test_the_limit_of_the_loop_is_the_operators_and_the_sentence_the_contracts(honest: Builder, installed: Installed) -> None:
    honest.write("backdoor.py", "")
    document = configured(installed, "loopback: {limit: 1}\n")[1]
    assert (document["stop"], document["iterations_left"]) == ("RISK_EXCEEDS_SCOPE", 0)
    assert installed.audit("--dry-run")[1]["stop"] == "CONTRACT_CONFLICT"


def test_a_configured_strict_profile_fails_a_record_that_nobody_attested(honest: Builder, installed: Installed) -> None:
    status, document = configured(installed, "profile: strict\n")
    assert (status, [finding["code"] for finding in found(document, "A8")]) == (1, ["A807"])
    assert installed.audit("--dry-run")[0] == 0


def test_the_daemon_judges_by_its_configuration_too(builder: Builder, installed: Installed) -> None:
    config = installed.top / "forgewatch.yaml"
    config.write_text(f"repositories: [{builder.root}]\nprofile: strict\nscope: {{compare: raw}}\naudit: {{severities: {{W1: fail}}}}\n")
    installed.watch("--config", str(config))
    builder.write("tests/test_a.py", "def test_a():\r\n    assert True\r\n").write("app/a.py", f'TOKEN = "{SECRET}"\n')
    builder.record().claims("app/a.py").completes()
    assert installed.settles(1), installed.log
    assert "2 changed, 1 claimed: A1" in installed.ledger
    assert "A807" in installed.ledger
    assert "W1: FAIL" in installed.ledger
    assert SECRET not in installed.ledger + installed.log


def test_the_root_layout_works_from_end_to_end(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    config = tmp_path / "forgewatch.yaml"
    config.write_text(f"repositories: [{{path: {builder.root}, layout: root}}]\n")
    builder.git("mv", "Forge/Contracts", "Contracts")
    builder.git("commit", "-q", "-m", "governance at the root")
    installed.watch("--config", str(config))
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    # The evidence is written where the other layout has it, and then moved where this one reads it: only the latter counts.
    assert not until(lambda: "audit.dispatched" in installed.log, seconds=0.3)
    (builder.root / "Forge/evidence").rename(builder.root / "evidence")
    (builder.root / "Forge").rmdir()
    ledger = builder.root / "evidence/audit_ledger.md"
    assert until(lambda: ledger.exists() and "Outcome: PASS" in ledger.read_text("utf-8")), installed.log
    status, document = installed.audit("--config", str(config))
    assert (status, document["claimed"], [change["path"] for change in document["changed"]]) == (0, ["app/a.py"], ["app/a.py"])
    assert installed.run("status", "--config", str(config)).stdout.count("complete, audited") == 1
    assert not (builder.root / "Forge").exists()


@pytest.mark.req("S002-10.7-3")
def test_a_worker_without_memory_is_an_error_entry_and_exit_2_and_no_verdict_about_the_work(honest: Builder, installed: Installed) -> None:
    config = installed.top / "forgewatch.yaml"
    config.write_text("audit: {memory_mb: 64}\n")
    assets = [f"asset{number}.bin" for number in range(8)]
    for name in assets:
        honest.write(name, name.encode() + bytes(7 << 20))
    honest.claims("app/a.py", *assets).completes()
    status, document = installed.audit("--config", str(config))
    assert (status, document["outcome"], document["stop"]) == (2, "ERROR", "ENVIRONMENT_LIMITATION")
    assert set(verdicts(document).values()) == {"ERROR"}
    assert installed.outcomes == ["FAIL"]
    assert "FAIL — could not be judged: " in installed.ledger
    assert "Loopback:" not in installed.ledger
    assert installed.audit()[0] == 0
    assert installed.outcomes == ["FAIL", "PASS"]


def test_a_tree_over_its_byte_limit_is_a_finding_and_not_a_moving_tree(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    config = tmp_path / "forgewatch.yaml"
    config.write_text("limits:\n  tree_bytes: 1000\n")
    builder.write("zz/large.txt", "x" * 5000).write("app/a.py", "x = 2\n").record().claims("app/a.py", "zz/large.txt").completes()
    installed.extra = {"FORGEWATCH_CONFIG": str(config)}
    status, document = installed.audit()
    assert (status, document["stop"]) == (1, "CONTRACT_CONFLICT")
    assert "A104" in codes(document)
