"""SARIF of one audit: every verdict, valid by the standard's schema, the same for the same audit, and safe with what builders write."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.core.audit_sarif import LISTED, audit_sarif
from forgewatch.core.checklist import CHECKLIST, TWELVE
from forgewatch.core.codes import DOCS
from forgewatch.core.events import AuditRecorded
from forgewatch.core.places import FORGE, ROOT
from forgewatch.core.report import Report
from forgewatch.core.values import Phase
from forgewatch.core.verdict import CheckResult, Fault, Finding, Outcome, Ruling, Severity, StopReason
from tests.support.answers import PHASE, envelope, failing, report, results, unclaimed
from tests.support.sarif import fails, kinds, valid_sarif

SECRET = Finding(code="W101", path="app/a.py", line=3, message="token at app/a.py:3:7", expected="no secret", actual="AKIA… 12ab")
COPY = Finding(code="A203", path="b.py", message="copied from 'a.py'")


def event(told: Report | None, outcome: Outcome | None = None, **parts: Any) -> AuditRecorded:
    values: dict[str, Any] = {"phase": PHASE, "iteration": 2, "loopback": 1, "loopback_limit": 3, "stop": None, "trigger": None}
    ended = outcome or (told.audit.outcome if told else Outcome.ERROR)
    return AuditRecorded(report=told, outcome=ended, envelope=envelope(), **{**values, **parts})


def log(told: AuditRecorded, repository: str = "/srv/shop", entry: str | None = "41 sha256:ab") -> dict[str, Any]:
    return valid_sarif(json.dumps(audit_sarif(told, DOCS, FORGE, entry, repository)))


def run_of(told: AuditRecorded, **parts: Any) -> dict[str, Any]:
    run: dict[str, Any] = log(told, **parts)["runs"][0]
    return run


def message(finding: Finding) -> str:
    (found,) = fails(log(event(failing("x", finding))))
    text: str = found["message"]["text"]
    return text


def place(finding: Finding) -> tuple[str, int | None]:
    (found,) = fails(log(event(failing("x", finding))))
    physical = found["locations"][0]["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical.get("region", {}).get("startLine")


def prints(*findings: Finding) -> list[str]:
    return [found["partialFingerprints"]["forgewatch/v1"] for found in fails(log(event(failing("x", *findings))))]


def test_every_verdict_has_its_kind_and_level() -> None:
    judged = results(
        A1=Ruling(basis="3 changed", findings=(unclaimed(),)),
        A2=Ruling(basis="no rename", notes=(COPY,)),
        A4=Fault("no such object"),
        A5=Ruling(basis="no diff log wanted", applicable=False),
        W1=Ruling(basis="one", findings=(SECRET,)),
    )
    found = run_of(event(report(results=judged)))["results"]
    assert [
        (one["ruleId"], one["kind"], one["level"]) for one in found if one["ruleId"][1:] not in "36789" and one["ruleId"][0] != "X"
    ] == [
        ("A2", "pass", "none"),
        ("A4", "open", "none"),
        ("A5", "notApplicable", "none"),
        ("W2", "pass", "none"),
        ("A101", "fail", "error"),
        ("W101", "fail", "warning"),
        ("A203", "fail", "note"),
    ]
    texts = {one["ruleId"]: one["message"]["text"] for one in found}
    assert texts["A101"] == "backdoor.py: changed but not claimed (untracked)"
    assert texts["A2"] == "no rename"
    assert texts["A4"] == "could not be judged: no such object"


def test_a_whole_result_as_it_stands_in_the_file() -> None:
    (found,) = fails(log(event(report(results=results(W1=Ruling(basis="one", findings=(SECRET,)))))))
    name = found.pop("partialFingerprints")["forgewatch/v1"]
    assert re.fullmatch(r"[0-9a-f]{64}:1", name)
    assert found.pop("ruleIndex") > 0
    assert found == {
        "ruleId": "W101",
        "kind": "fail",
        "level": "warning",
        "message": {"text": "token at app/a.py:3:7 (AKIA… 12ab)"},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": "app/a.py", "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 3}}}
        ],
        "properties": {"check": "W1"},
    }


def test_a_warning_that_a_setting_made_blocking_is_an_error() -> None:
    strict = tuple(replace(one, severity=Severity.BLOCKING) for one in results(W1=Ruling(basis="one", findings=(SECRET,))))
    assert [found["level"] for found in fails(log(event(report(results=strict))))] == ["error"]


def test_the_rules_are_the_whole_catalogue_in_every_log() -> None:
    driver = run_of(event(report()))["tool"]["driver"]
    # By this name a reader knows which results of an earlier run these take the place of.
    assert driver["name"] == "forgewatch"
    rules = driver["rules"]
    assert {rule["id"] for rule in rules} == {*DOCS, *(code for code, _ in CHECKLIST)}
    assert rules == run_of(event(None, why="gone"))["tool"]["driver"]["rules"]
    by_id = {rule["id"]: rule for rule in rules}
    assert "backdoor.py is new" in by_id["A101"]["help"]["text"]
    assert "```text\nbackdoor.py is new" in by_id["A101"]["help"]["markdown"]
    levels = {code: by_id[code]["defaultConfiguration"]["level"] for code in ("A1", "A101", "A203", "W1", "W101")}
    assert levels == {"A1": "error", "A101": "error", "A203": "note", "W1": "warning", "W101": "warning"}
    assert by_id["A101"]["properties"] == by_id["A1"]["properties"] == {"tags": ["A1"]}


def test_a_code_and_a_check_that_no_catalogue_knows_are_still_told() -> None:
    extra = CheckResult(code="X-NEW", title="New", severity=Severity.WARNING, answer=Fault("odd"))  # type: ignore[arg-type]
    judged = (*results(A1=Ruling(basis="b", findings=(Finding(code="A199", message="new"),))), extra)
    run = run_of(event(report(results=judged)))
    assert {"A199", "X-NEW"} <= {found["ruleId"] for found in run["results"] if "ruleIndex" not in found}
    assert run["invocations"][0]["toolExecutionNotifications"] == [
        {"level": "warning", "message": {"text": "X-NEW New could not be judged: odd"}}
    ]


def test_a_check_that_could_not_be_judged_never_looks_like_success() -> None:
    for code, level in (("A4", "error"), ("W1", "warning")):
        (invocation,) = run_of(event(report(results=results(**{code: Fault("no such object")}))))["invocations"]
        assert invocation["executionSuccessful"] is False
        (told,) = invocation["toolExecutionNotifications"]
        assert (told["level"], told["associatedRule"]["id"]) == (level, code)
        assert told["message"]["text"].endswith("could not be judged: no such object")


def test_a_failed_audit_was_executed_all_right() -> None:
    (invocation,) = run_of(event(failing()))["invocations"]
    assert invocation == {"executionSuccessful": True, "toolExecutionNotifications": []}


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.ERROR])
def test_an_audit_without_a_report_passes_nothing_and_says_why_once(outcome: Outcome) -> None:
    told = log(event(None, outcome, why="the ledger is missing", hint="forgewatch ledger restore", stop=StopReason.EVIDENCE_MISSING))
    (run,) = told["runs"]
    assert kinds(told) == dict.fromkeys([code for code, _ in TWELVE], "open")
    assert run["invocations"] == [
        {
            "executionSuccessful": False,
            "toolExecutionNotifications": [
                {"level": "error", "message": {"text": "not judged: the ledger is missing; forgewatch ledger restore"}}
            ],
        }
    ]
    assert (run["properties"]["outcome"], run["properties"]["stop"]) == (outcome.value, "EVIDENCE_MISSING")


def test_an_audit_that_ended_without_a_word_says_so() -> None:
    (invocation,) = run_of(event(None))["invocations"]
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "not judged: the audit ended without a verdict"


def test_the_folder_of_the_repository_and_the_host_are_named_nowhere() -> None:
    fault = Fault("/srv/shop/app/a.py: permission denied in /srv/shop")
    text = json.dumps(log(event(report(results=results(A4=fault)))))
    assert "app/a.py: permission denied in the repository" in text
    assert "/srv/shop" not in text
    assert "testhost" not in text
    assert "not judged: app: gone" in json.dumps(log(event(None, why="/srv/shop/app: gone")))


@pytest.mark.parametrize("root", ["", "/"])
def test_a_repository_at_the_root_of_a_disk_takes_nothing_out_of_a_text(root: str) -> None:
    text = json.dumps(log(event(report(results=results(A4=Fault("a/b: gone")))), repository=root))
    assert "could not be judged: a/b: gone" in text


def test_the_run_is_named_by_its_audit_under_a_category_that_stays() -> None:
    first, second = (run_of(event(report(name)))["automationDetails"]["id"] for name in ("first", "second"))
    assert first != second
    assert first.rpartition("/")[0] == second.rpartition("/")[0] == "forgewatch/audit"


def test_the_circumstances_are_properties_of_the_run() -> None:
    assert run_of(event(failing()))["properties"] == {
        "outcome": "FAIL",
        "stop": None,
        "phase": "Phase 1 -- Things",
        "iteration": 2,
        "head": "1" * 40,
        "at": "2026-11-20T12:00:00Z",
        "assurance": "local",
        "entry": "41 sha256:ab",
    }
    assert run_of(event(None), entry=None)["properties"]["entry"] is None


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("app/a b.py", "app/a%20b.py"),
        ("a:b.py", "a%3Ab.py"),
        ("//evil.example/x", "Forge/evidence/diff_log.md"),
        ("/etc/passwd", "Forge/evidence/diff_log.md"),
        ("../outside", "Forge/evidence/diff_log.md"),
        ("a/../../b", "Forge/evidence/diff_log.md"),
        (None, "Forge/evidence/diff_log.md"),
        ("", "Forge/evidence/diff_log.md"),
        ("a\nb#c?d%41", "a%0Ab%23c%3Fd%2541"),
        ("ü.py", "%C3%BC.py"),
        ("caf\udce9.py", "caf%5Cxe9.py"),
    ],
)
def test_a_path_is_a_relative_uri_below_the_root_or_the_diff_log(path: str | None, uri: str) -> None:
    assert place(Finding(code="A101", path=path, line=7, message="m")) == (uri, 7 if "diff_log" not in uri else None)


def test_the_diff_log_of_the_other_layout_is_named_there() -> None:
    made = audit_sarif(event(report()), DOCS, ROOT, None, "/srv/shop")
    assert '"uri": "evidence/diff_log.md"' in json.dumps(made)


@pytest.mark.parametrize(("line", "shown"), [(None, None), (0, None), (-1, None), (1, 1)])
def test_a_line_that_is_none_is_left_out(line: int | None, shown: int | None) -> None:
    assert place(Finding(code="A101", path="a.py", line=line, message="m")) == ("a.py", shown)


def test_a_builders_text_is_neither_link_nor_placeholder_nor_control() -> None:
    assert message(Finding(code="A101", message="see [here](http://evil.example) {0}")) == "see [here\\](http://evil.example) {{0}}"
    assert message(Finding(code="A101", message="a\nb\x1b[31m\u202e\ud800")) == "a\\nb\\x1b[31m\\u202e\\ud800"


def test_a_fingerprint_stays_when_lines_move_and_changes_with_what_it_is_about() -> None:
    moved = replace(SECRET, line=30, message="token at app/a.py:30:9")
    todo = Finding(code="A501", path="log.md", line=4, message="line 4: TODO", actual="TODO x")
    assert prints(SECRET) == prints(moved)
    assert prints(todo) == prints(replace(todo, line=9, message="line 9: TODO"))
    changed = [replace(SECRET, path="b.py"), replace(SECRET, code="W102"), replace(SECRET, actual="ghp_… 9"), replace(SECRET, expected="x")]
    assert len({*prints(SECRET), *(prints(other)[0] for other in changed)}) == 5


@pytest.mark.parametrize("text", ["renamed from a.py, {} % alike", "'app/' is a directory with {} changed files below it", "{} changed"])
def test_a_fingerprint_stays_when_a_count_of_the_same_thing_moves(text: str) -> None:
    first, second = (Finding(code="A201", path="b.py", message=text.format(number), expected="a.py") for number in (89, 7))
    assert prints(first) == prints(second)


def test_a_fingerprint_stays_when_head_moves() -> None:
    stale = Finding(code="A804", path="record.md", message=f"stale: expected HEAD: {'1' * 40}, found HEAD: {'2' * 40}")
    assert prints(stale) == prints(replace(stale, message=stale.message.replace("1", "3")))


def test_a_number_that_is_no_place_tells_two_findings_apart() -> None:
    port = Finding(code="A404", path="app/a.py", line=3, message="[web] app/a.py:3 host:8080")
    assert prints(port) == prints(replace(port, line=9, message="[web] app/a.py:9 host:8080"))
    assert prints(port) != prints(replace(port, message="[web] app/a.py:3 host:9090"))


def test_the_same_thing_twice_in_a_file_is_two_results() -> None:
    first, second = prints(SECRET, replace(SECRET, line=9, message="token at app/a.py:9:7"))
    assert first.removesuffix(":1") == second.removesuffix(":2")


def test_ten_thousand_findings_have_a_result_each() -> None:
    many = [unclaimed(f"d{number}/x.py") for number in range(10_000)]
    made = audit_sarif(event(failing("x", *many)), DOCS, FORGE, None, "/srv/shop")
    found = fails(json.loads(json.dumps(made)))
    assert len(found) == 10_000
    assert len({one["partialFingerprints"]["forgewatch/v1"] for one in found}) == 10_000


def test_what_is_over_the_limit_is_counted_by_check() -> None:
    many = tuple(unclaimed(f"{number}.py") for number in range(LISTED + 5))
    judged = results(A1=Ruling(basis="many", findings=many, notes=(COPY,)), W1=Ruling(basis="one", findings=(SECRET,)))
    made = json.loads(json.dumps(audit_sarif(event(report(results=judged)), DOCS, FORGE, None, "/srv/shop")))["runs"][0]["results"]
    assert len(made) < 25_000
    assert [(one["ruleId"], one["kind"], one["level"], one["message"]["text"]) for one in made[-3:]] == [
        ("A1", "fail", "error", "and 5 more: forgewatch audit --json lists each"),
        ("W1", "fail", "warning", "and 1 more: forgewatch audit --json lists each"),
        ("A1", "fail", "note", "and 1 more: forgewatch audit --json lists each"),
    ]


@settings(deadline=None, max_examples=60)
@given(st.text(), st.text(), st.text(), st.one_of(st.none(), st.text()), st.one_of(st.none(), st.integers()))
def test_whatever_a_builder_writes_the_log_is_valid_and_the_same_twice(
    text: str, actual: str, phase: str, path: str | None, line: int | None
) -> None:
    finding = Finding(code="A101", path=path, line=line, message=text, actual=actual)
    judged = results(A1=Ruling(basis=text or "b", findings=(finding,), notes=(finding,)), A2=Fault(text))
    told = event(report(results=judged), phase=Phase(phase))
    assert log(told) == json.loads(json.dumps(audit_sarif(told, DOCS, FORGE, "41 sha256:ab", "/srv/shop")))
