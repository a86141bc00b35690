"""`audit --format` as a build server reads it: SARIF, JUnit, GitHub annotations, of honest, hostile and refused audits."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from forgewatch.cli.arguments import FORMATS
from forgewatch.core.checklist import CHECKLIST
from tests.support.builder import Builder
from tests.support.installed import Installed
from tests.support.sarif import fails, kinds, valid_sarif
from tests.support.shells import needs

PAGE = (Path(__file__).resolve().parents[2] / "docs/ci.md").read_text("utf-8")
CI = ("sarif", "junit", "github")
HOSTILE = (
    "evil\n::error file=app/a.py::forged.py",
    "::error::forged.py",
    "quote\"and'<b>&amp;.py",
    "]]><failure message='forged'/>.py",
    "##[error]forged.py",
    "per%0A::warning::cent.py",
    "a:b,c.py",
    "tab\tand\x1b[31mred\x01.py",
    "\u202eyp.live",
    "{0} [link](http://forged.example).py",
    "caf\udce9.py",
)


@pytest.fixture
def honest(builder: Builder) -> Builder:
    """A finished, honest cycle that changed app/a.py."""
    return builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()


def everything(installed: Installed, status: int) -> tuple[dict[str, Any], ElementTree.Element, list[str]]:
    """Return SARIF, JUnit and annotations of the audit, each of which must leave with `status` and say nothing on stderr."""
    runs = {form: installed.run("audit", "--format", form) for form in CI}
    assert {form: (run.returncode, run.stderr) for form, run in runs.items()} == dict.fromkeys(CI, (status, ""))
    annotations = runs["github"].stdout.split("\n")
    assert annotations.pop() == ""
    return valid_sarif(runs["sarif"].stdout), ElementTree.fromstring(runs["junit"].stdout), annotations


def test_an_honest_audit_passes_in_every_form(honest: Builder, installed: Installed) -> None:
    sarif, junit, annotations = everything(installed, 0)
    assert set(kinds(sarif)) == {code for code, _ in CHECKLIST}
    assert set(kinds(sarif).values()) <= {"pass", "notApplicable"}
    assert sarif["runs"][0]["invocations"][0]["executionSuccessful"] is True
    (suite,) = junit
    assert [suite.get(count) for count in ("tests", "failures", "errors")] == [str(len(CHECKLIST)), "0", "0"]
    assert len(annotations) == 1
    assert re.fullmatch(r"forgewatch: PASS; entry \d+ sha256:[0-9a-f]{64}", annotations[0])


def test_an_unclaimed_change_fails_in_every_form_at_its_file(honest: Builder, installed: Installed) -> None:
    honest.write("back door.py", "y = 1\n")
    sarif, junit, annotations = everything(installed, 1)
    assert [(found["ruleId"], found["level"]) for found in fails(sarif)] == [("A101", "error")]
    (place,) = fails(sarif)[0]["locations"]
    assert place["physicalLocation"]["artifactLocation"] == {"uri": "back%20door.py", "uriBaseId": "%SRCROOT%"}
    failed = [case for case in junit.iter("testcase") if case.find("failure") is not None]
    assert [case.get("name") for case in failed] == ["A1 Scope compliance"]
    assert annotations[0] == (
        "::error file=back door.py,title=A101 Changed but not claimed::back door.py: changed but not claimed (untracked)"
    )
    assert annotations[-1].startswith("forgewatch: FAIL, A1, STOP CONTRACT_CONFLICT; entry ")


def test_the_same_audit_gives_the_same_bytes_and_names_no_place_on_this_machine(honest: Builder, installed: Installed) -> None:
    honest.write("caf\udce9.py", "y = 1\n")
    first, second = (installed.run("audit", "--format", "sarif").stdout for _ in range(2))
    assert installed.entries == 1
    assert first == second
    assert str(installed.top) not in first
    assert "caf%5Cxe9.py" in first


def test_no_name_of_a_file_breaks_out_of_any_form(honest: Builder, installed: Installed) -> None:
    for name in HOSTILE:
        honest.write(name, "y = 1\n")
    sarif, junit, annotations = everything(installed, 1)
    assert len([found for found in fails(sarif) if found["ruleId"] == "A101"]) == len(HOSTILE)
    assert len(list(junit.iter("failure"))) == 1
    assert "forged" in str(junit.find(".//failure").text)  # type: ignore[union-attr]
    assert all(line.startswith(("::error ", "::warning ")) for line in annotations[:-1])
    assert annotations[-1].startswith("forgewatch: FAIL, A1")
    assert len(annotations) <= 21
    assert "##[" not in annotations[-1]


def test_a_refused_audit_is_a_failure_in_every_form_and_judges_nothing(honest: Builder, installed: Installed) -> None:
    assert installed.run("audit").returncode == 0
    honest.delete("Forge/evidence/audit_ledger.md")
    sarif, junit, annotations = everything(installed, 1)
    (run,) = sarif["runs"]
    assert set(kinds(sarif).values()) == {"open"}
    assert run["invocations"][0]["executionSuccessful"] is False
    assert [note["level"] for note in run["invocations"][0]["toolExecutionNotifications"]] == ["error"]
    (suite,) = junit
    assert [suite.get(count) for count in ("tests", "failures", "errors", "skipped")] == ["12", "0", "9", "3"]
    assert annotations[0].startswith("::error title=forgewatch%3A not judged::")
    assert annotations[-1].startswith("forgewatch: FAIL, STOP EVIDENCE_MISSING; ")
    assert len(annotations) == 2


def test_a_dry_run_is_not_called_recorded(honest: Builder, installed: Installed) -> None:
    assert installed.run("audit", "--dry-run", "--format", "github").stdout == "forgewatch: PASS; not recorded\n"
    dry = json.loads(installed.run("audit", "--dry-run", "--format", "sarif").stdout)
    assert dry["runs"][0]["properties"]["entry"] is None


def test_where_no_audit_can_be_made_nothing_looks_like_a_result(installed: Installed) -> None:
    for form in CI:
        run = installed.run("audit", "--format", form, cwd=installed.top)
        assert (run.returncode, run.stdout) == (2, "")


def test_the_page_for_build_servers_has_every_form_there_is() -> None:
    assert tuple(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == FORMATS
    assert set(re.findall(r"--format (\w+)", PAGE)) == {*CI, "markdown", "FORM"}


def test_what_the_page_says_to_upload_has_every_finding_and_no_pass(honest: Builder, installed: Installed, tmp_path: Path) -> None:
    needs("jq")
    honest.write("backdoor.py", "y = 1\n")
    (recipe,) = re.findall(r"^ +(jq .*) > upload\.sarif$", PAGE, re.MULTILINE)
    whole = installed.run("audit", "--format", "sarif").stdout
    (tmp_path / "forgewatch.sarif").write_text(whole)
    uploaded = subprocess.run(["bash", "-c", recipe], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert kinds(valid_sarif(whole))
    assert kinds(valid_sarif(uploaded)) == {}
    assert fails(valid_sarif(uploaded)) == fails(valid_sarif(whole)) != []


def test_a_build_that_does_what_the_page_says_judges_a_clone_by_its_base(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    builder.git("branch", "-M", "main")
    builder.git("checkout", "-q", "-b", "feature")
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert installed.audit()[0] == 0
    builder.commit("cycle")
    builder.git("clone", "-q", str(builder.root), str(tmp_path / "clone"))
    build = Installed(tmp_path / "clone", tmp_path, extra={"FORGEWATCH_STATE_DIR": str(tmp_path / "state of the build")})
    (adopt,) = re.findall(r"^ +forgewatch (ledger adopt .* --actor build)$", PAGE.partition("## SARIF")[0], re.MULTILINE)
    base = builder.git("rev-parse", "main")
    assert build.run(*adopt.replace('"$(git rev-parse origin/main)"', base).split()).returncode == 0
    Builder(build.root).record()
    audit = ("audit", "--base", "origin/main", "--profile", "ci", "--format", "github")
    run = build.run(*audit)
    assert (run.returncode, run.stdout[:17]) == (0, "forgewatch: PASS;"), run.stdout
    (build.root / "backdoor.py").write_text("y = 1\n")
    run = build.run(*audit)
    assert (run.returncode, run.stdout.splitlines()[0].partition("::b")[0]) == (
        1,
        "::error file=backdoor.py,title=A101 Changed but not claimed",
    )
