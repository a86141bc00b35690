"""The JSON of an audit: its shape, its completeness, and what it says to do next."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from forgewatch.core import catalogue_a1, catalogue_a2, catalogue_a6, catalogue_w2
from forgewatch.core.audit_document import audit_document, audit_id, iterations_left, next_action, passed, verdict_digest
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.checklist import CHECKLIST, TWELVE
from forgewatch.core.codec import decode, encode
from forgewatch.core.events import Adopted, AuditRecorded, Envelope, Recorded, Trigger
from forgewatch.core.places import FORGE
from forgewatch.core.report import ChangedPath, DiffLogFacts, Report
from forgewatch.core.settings import Profile
from forgewatch.core.snapshot import ChangeKind
from forgewatch.core.stop import stop_of
from forgewatch.core.values import CommitId, Digest, Phase, RepoPath
from forgewatch.core.verdict import Audit, CheckCode, CheckResult, Fault, Finding, Outcome, Ruling, Severity, StopReason

DOCS = {doc.code: doc for part in (catalogue_a1, catalogue_a2, catalogue_a6, catalogue_w2) for doc in part.CODES}
SCHEMA = json.loads(resources.files("forgewatch").joinpath("schemas/audit-v1.json").read_text("utf-8"))
LEAF = digest_of_bytes(b"leaf")
ENVELOPE = Envelope(at="2026-11-20T12:00:00Z", duration_ms=112, host="workshop", assurance="local", engine="0.1.0")
LISTED = {"file": "Forge/evidence/diff_log.md", "section": "Files Changed"}
BACKDOOR = Finding(
    code="A101", path="backdoor.py", message="changed but not claimed", expected="claimed, or not changed", actual="untracked"
)
TRIGGER = Trigger(cycle=2, document=digest_of_bytes(b"log"), record=None)
Answer = Ruling | Fault


def audit(**answers: Answer) -> Audit:
    return Audit(
        tuple(
            CheckResult(
                code=code,
                title=title,
                severity=Severity.BLOCKING if code.startswith("A") else Severity.WARNING,
                answer=answers.get(code, Ruling(basis="looked")),
            )
            for code, title in CHECKLIST
        )
    )


def report(judged: Audit, **parts: Any) -> Report:
    claimed = (RepoPath("app/a.py"),)
    changed = (ChangedPath(RepoPath("app/a.py"), ChangeKind.MODIFIED), ChangedPath(RepoPath("backdoor.py"), ChangeKind.UNTRACKED))
    values: dict[str, Any] = {
        "audit": judged,
        "phase": Phase("Phase 3 -- Auth"),
        "difflog": DiffLogFacts(status="COMPLETE", line=11, digest=digest_of_bytes(b"log")),
        "claimed": claimed,
        "changed": changed,
        "head": CommitId("1" * 40),
        "tree": digest_of_bytes(b"tree"),
        "record": None,
        "policy": digest_of_bytes(b"policy"),
        "snapshot": digest_of_bytes(b"snapshot"),
        "verdict_digest": verdict_digest(judged, claimed, changed),
        "identity": digest_of_bytes(b"identity"),
    }
    return Report(**{**values, **parts})


def entry(judged: Audit, *, aem: bool = False, **parts: Any) -> AuditRecorded:
    values: dict[str, Any] = {
        "outcome": judged.outcome,
        "phase": Phase("Phase 3 -- Auth"),
        "iteration": 2,
        "loopback": 0 if judged.passed else 2,
        "loopback_limit": 3,
        "stop": stop_of(judged),
        "report": report(judged, aem=aem),
        "trigger": TRIGGER,
        "envelope": ENVELOPE,
    }
    return AuditRecorded(**{**values, **parts})


def refused(outcome: Outcome = Outcome.FAIL, **parts: Any) -> AuditRecorded:
    stop = StopReason.EVIDENCE_MISSING if outcome is Outcome.FAIL else StopReason.ENVIRONMENT_LIMITATION
    values: dict[str, Any] = {
        "report": None,
        "why": "the ledger cannot be believed",
        "hint": "forgewatch ledger restore",
        "stop": stop,
        "loopback": 0,
    }
    return entry(audit(), outcome=outcome, **{**values, **parts})


def document(event: AuditRecorded, *, fix_plan: bool = True, recorded: bool = True) -> dict[str, Any]:
    source = Recorded(seq=41, leaf=LEAF, event=event) if recorded else event
    made = audit_document(source, "/srv/repository", DOCS, FORGE, fix_plan=fix_plan)
    Draft202012Validator(SCHEMA).validate(made)
    return json.loads(json.dumps(made))  # type: ignore[no-any-return]


FAILED = audit(A1=Ruling(basis="2 changed, 1 claimed", findings=(BACKDOOR,)))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_a_failed_audit_as_a_whole() -> None:
    failed = entry(FAILED)
    assert failed.report is not None
    grown = "Scope growth, changed and not planned: b.py"
    made = document(replace(failed, report=replace(failed.report, notes=("Ignored: 2 untracked below dist/ (2)",)), remarks=(grown,)))
    assert list(made) == [
        *(
            "schema",
            "repository",
            "audit_id",
            "phase",
            "iteration",
            "outcome",
            "passed",
            "stop",
            "stop_report",
            "iterations_left",
            "results",
            "notes",
        ),
        *("difflog", "claimed", "changed", "next_action", "snapshot", "verdict_digest", "entry", "envelope", "fix_plan"),
    ]
    assert made["results"][0] == {
        "code": "A1",
        "title": "Scope compliance",
        "verdict": "FAIL",
        "basis": "2 changed, 1 claimed",
        "findings": [
            {
                "code": "A101",
                "path": "backdoor.py",
                "line": None,
                "message": "changed but not claimed",
                "expected": "claimed, or not changed",
                "actual": "untracked",
            }
        ],
        "notes": [],
    }
    assert made["fix_plan"] == [
        {
            "check": "A1",
            "code": "A101",
            "path": "backdoor.py",
            "line": None,
            "expected": "claimed, or not changed",
            "actual": "untracked",
            "action": "claim or remove backdoor.py",
            "ways": [
                {"by": "builder", "ops": [{"op": "claim", "path": "backdoor.py", **LISTED, "text": "- `backdoor.py`"}]},
                {
                    "by": "builder",
                    "ops": [
                        {"op": "restore", "path": "backdoor.py", "commit": "1" * 40},
                        {"op": "sync_claim", "path": "backdoor.py", **LISTED, "commit": "1" * 40, "text": "- `backdoor.py`"},
                        {"op": "test", "path": "Forge/evidence/test_runs_latest.md"},
                    ],
                },
            ],
            "files_allowed": ["backdoor.py", "Forge/evidence/diff_log.md", "Forge/evidence/test_runs_latest.md"],
            "stop": "CONTRACT_CONFLICT",
            "iteration": 2,
            "limit": 3,
            "verify": "forgewatch audit",
        }
    ]
    rest = {key: value for key, value in made.items() if key not in ("results", "fix_plan")}
    assert rest == {
        "notes": ["Ignored: 2 untracked below dist/ (2)", grown],
        "schema": "forgewatch/audit/v1",
        "repository": "/srv/repository",
        "audit_id": digest_of_bytes(b"identity"),
        "phase": "Phase 3 -- Auth",
        "iteration": 2,
        "outcome": "FAIL",
        "passed": False,
        "stop": "CONTRACT_CONFLICT",
        "stop_report": None,
        "iterations_left": 1,
        "difflog": {"status": "COMPLETE", "line": 11, "digest": digest_of_bytes(b"log")},
        "claimed": ["app/a.py"],
        "changed": [{"path": "app/a.py", "kind": "modified"}, {"path": "backdoor.py", "kind": "untracked"}],
        "next_action": "fix_and_recomplete",
        "snapshot": digest_of_bytes(b"snapshot"),
        "verdict_digest": report(FAILED).verdict_digest,
        "entry": {"seq": 41, "leaf": LEAF},
        "envelope": {"at": "2026-11-20T12:00:00Z", "duration_ms": 112, "host": "workshop", "assurance": "local", "engine": "0.1.0"},
    }


def test_the_last_fail_that_the_limit_allows_is_told_in_the_words_of_the_contract() -> None:
    told = [document(entry(FAILED, loopback=loopback))["stop_report"] for loopback in (2, 3)]
    assert told == [None, "AEM audit loop exceeded 3 iterations without full PASS. Manual review required."]


def test_before_the_first_commit_the_plan_says_that_there_is_none_to_restore_from() -> None:
    (step,) = document(entry(FAILED, report=report(FAILED, head=None)))["fix_plan"]
    told = [(op["op"], op.get("commit", "not said")) for way in step["ways"] for op in way["ops"]]
    assert told == [("claim", "not said"), ("restore", None), ("sync_claim", None), ("test", "not said")]


def test_a_row_that_claims_what_did_not_change_is_taken_out_at_its_line() -> None:
    judged = audit(A1=Ruling(basis="b", findings=(replace(BACKDOOR, code="A102", path="app/a.py"),)))
    for lines, line in (((21,), {"line": 21}), ((), {})):
        (step,) = document(entry(judged, report=report(judged, claim_lines=lines)))["fix_plan"]
        assert step["ways"] == [{"by": "builder", "ops": [{"op": "unclaim", "path": "app/a.py", **LISTED, **line}]}]


def test_a_way_that_only_asks_is_a_persons() -> None:
    (step,) = document(entry(audit(A6=LOST)))["fix_plan"]
    assert step["ways"] == [{"by": "operator", "ops": [{"op": "ask", "text": "adopt it"}]}]


def test_results_are_listed_in_the_order_of_the_checklist_whatever_came_first() -> None:
    jumbled = Audit(tuple(reversed(FAILED.results)))
    assert [row["code"] for row in document(entry(jumbled))["results"]] == [code for code, _ in CHECKLIST]


def test_a_line_of_tail_has_no_fix_plan() -> None:
    assert "fix_plan" not in document(entry(FAILED), fix_plan=False)


def test_a_dry_run_has_no_entry() -> None:
    assert document(entry(FAILED), recorded=False)["entry"] is None


def test_every_verdict_has_its_word() -> None:
    judged = audit(A1=Fault("broke"), A2=Ruling(basis="none", applicable=False), W1=Ruling(basis="b", findings=(BACKDOOR,)))
    verdicts = {row["code"]: (row["verdict"], row["basis"]) for row in document(entry(judged))["results"]}
    assert verdicts["A1"] == ("ERROR", "broke")
    assert verdicts["A2"] == ("NOT_APPLICABLE", "none")
    assert verdicts["W1"] == ("WARN", "b")
    assert verdicts["A3"] == ("PASS", "looked")


def test_a_thousand_findings_are_a_thousand_findings() -> None:
    findings = tuple(replace(BACKDOOR, path=f"web/{n}.js") for n in range(1000))
    made = document(entry(audit(A1=Ruling(basis="b", findings=findings))))
    assert len(made["results"][0]["findings"]) == len(made["fix_plan"]) == 1000


def test_a_refused_audit_lists_each_check_as_not_judged_and_says_why() -> None:
    made = document(refused())
    assert {(row["verdict"], row["basis"]) for row in made["results"]} == {
        ("ERROR", "the ledger cannot be believed; forgewatch ledger restore")
    }
    assert [row["code"] for row in made["results"]] == [code for code, _ in TWELVE]
    assert (made["snapshot"], made["verdict_digest"], made["changed"], made["claimed"], made["fix_plan"]) == (None, None, [], [], [])
    assert made["difflog"] == {"status": "UNKNOWN", "line": None, "digest": TRIGGER.document}
    assert (made["outcome"], made["passed"], made["stop"]) == ("FAIL", False, "EVIDENCE_MISSING")


def test_an_audit_that_says_nothing_at_all_still_has_a_reason() -> None:
    made = document(refused(Outcome.ERROR, why="", hint="", trigger=None))
    assert made["results"][0]["basis"] == "the audit ended without a verdict"
    assert made["difflog"]["digest"] is None


def test_only_audits_have_a_document() -> None:
    adopted = Recorded(seq=0, leaf=LEAF, event=Adopted(at=ENVELOPE.at, commit=None, legacy=None, actor="first contact"))
    with pytest.raises(ValueError, match="expected the event of an audit, found Adopted"):
        audit_document(adopted, "/srv/repository", DOCS, FORGE)


# What to do next

PASSED = audit()
BROKEN = audit(A4=Fault("broke"))
LOST = Ruling(basis="b", findings=(Finding(code="A601", message="commit", expected="adopt it", actual="a shallow clone"),))


@pytest.mark.parametrize(
    ("event", "action"),
    [
        (entry(PASSED), "proceed"),
        (entry(PASSED, aem=True), "await_authorized"),
        (entry(PASSED, outcome=Outcome.SIGNED_OFF), "await_authorized"),
        (entry(PASSED, aem=True, outcome=Outcome.AUTHORIZED), "proceed"),
        (entry(PASSED, aem=True, outcome=Outcome.AUTO_AUTHORIZED), "proceed"),
        (entry(FAILED, loopback=1), "fix_and_recomplete"),
        (entry(FAILED, loopback=2), "fix_and_recomplete"),
        (entry(FAILED, loopback=3, stop=StopReason.RISK_EXCEEDS_SCOPE), "halt_for_operator"),
        (entry(FAILED, loopback=3), "halt_for_operator"),
        (entry(FAILED, loopback=7), "halt_for_operator"),
        (entry(PASSED, aem=True, loopback=3), "halt_for_operator"),
        (entry(BROKEN, loopback=0), "halt_for_operator"),
        (entry(audit(A6=Ruling(basis="b", findings=(Finding(code="A602", message="commit"),)))), "fix_and_recomplete"),
        (entry(audit(A1=FAILED.results[0].answer, A4=Fault("broke"))), "halt_for_operator"),
        (entry(audit(A1=FAILED.results[0].answer, A6=LOST)), "halt_for_operator"),
        (refused(), "halt_for_operator"),
        (refused(Outcome.ERROR), "halt_for_operator"),
    ],
)
def test_what_to_do_next(event: AuditRecorded, action: str) -> None:
    assert next_action(event, DOCS) == action
    assert document(event)["next_action"] == action


def test_iterations_left_never_fall_below_none() -> None:
    assert [iterations_left(entry(FAILED, loopback=n)) for n in range(5)] == [3, 2, 1, 0, 0]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_what_follows_a_pass_has_passed(outcome: Outcome) -> None:
    assert passed(entry(PASSED, outcome=outcome)) is (outcome not in (Outcome.FAIL, Outcome.ERROR))


@pytest.mark.parametrize(
    ("parts", "command"),
    [
        ({}, "forgewatch audit"),
        ({"profile": Profile.DEV}, "forgewatch audit"),
        ({"profile": Profile.STRICT}, "forgewatch audit"),
        ({"profile": Profile.RELEASE}, "forgewatch audit --profile release"),
        ({"profile": Profile.CI, "against": CommitId("2" * 40)}, f"forgewatch audit --profile ci --base {'2' * 40}"),
    ],
)
def test_a_fix_is_verified_by_the_same_base_and_as_strictly(parts: dict[str, Any], command: str) -> None:
    (step,) = document(entry(FAILED, report=report(FAILED, **parts)))["fix_plan"]
    assert step["verify"] == command
    assert step["ways"][1]["ops"][0]["commit"] == parts.get("against", "1" * 40)


# Digests


@pytest.mark.req("S002-10.7-1")
def test_the_verdict_digest_is_about_everything_that_was_judged_and_nothing_else() -> None:
    claimed, changed = (RepoPath("a"),), (ChangedPath(RepoPath("a"), ChangeKind.MODIFIED),)
    base = verdict_digest(FAILED, claimed, changed)
    assert base == verdict_digest(FAILED, list(claimed), iter(changed))
    noted = audit(A1=Ruling(basis="2 changed, 1 claimed", findings=(BACKDOOR,), notes=(BACKDOOR,)))
    severe = Audit(tuple(replace(result, severity=Severity.BLOCKING) for result in FAILED.results))
    others = [
        verdict_digest(FAILED, (), changed),
        verdict_digest(FAILED, claimed, ()),
        verdict_digest(FAILED, claimed, (ChangedPath(RepoPath("a"), ChangeKind.MODE),)),
        verdict_digest(PASSED, claimed, changed),
        verdict_digest(BROKEN, claimed, changed),
        verdict_digest(noted, claimed, changed),
        verdict_digest(severe, claimed, changed),
        verdict_digest(Audit(tuple(reversed(FAILED.results))), claimed, changed),
    ]
    assert len({base, *others}) == 1 + len(others)


def test_the_circumstances_change_no_digest() -> None:
    other = replace(ENVELOPE, at="2027-01-01T00:00:00Z", host="elsewhere", duration_ms=9)
    here, there = document(entry(FAILED)), document(entry(FAILED, envelope=other))
    assert {key for key in here if here[key] != there[key]} == {"envelope"}


def test_audits_without_a_verdict_are_told_apart_by_their_circumstances() -> None:
    ids = {audit_id(refused()), audit_id(refused(trigger=None)), audit_id(refused(why="other")), audit_id(entry(FAILED))}
    assert len(ids) == 4
    assert audit_id(refused()) == audit_id(refused())


def test_a_document_survives_the_journal() -> None:
    event = entry(FAILED)
    again = decode(AuditRecorded, json.loads(json.dumps(encode(event))))
    assert document(again) == document(event)


# Hostile strings

HOSTILE = st.text(st.characters(codec=None), min_size=1, max_size=30)


@given(HOSTILE, HOSTILE)
@settings(max_examples=60)
def test_any_string_a_builder_can_write_is_valid_json_and_fits_the_schema(path: str, text: str) -> None:
    finding = Finding(code="A101", path=path, message=text, expected=text, actual=text)
    judged = audit(A1=Ruling(basis=text, findings=(finding,)), A2=Fault(text))
    event = entry(
        judged, phase=Phase(text), report=report(judged, claimed=(RepoPath(path),), changed=(ChangedPath(RepoPath(path), ChangeKind.TYPE),))
    )
    made = document(event)
    json.dumps(made, ensure_ascii=False).encode("utf-8")
    assert Digest(made["verdict_digest"]).startswith("sha256:")


def test_bytes_that_are_not_utf8_are_shown_as_bytes() -> None:
    judged = audit(A1=Ruling(basis="b", findings=(replace(BACKDOOR, path="caf\udce9.py"),)))
    made = document(entry(judged))
    assert made["results"][0]["findings"][0]["path"] == "caf\\xe9.py"
    assert made["fix_plan"][0]["files_allowed"][0] == "caf\\xe9.py"


@pytest.mark.parametrize("key", list(SCHEMA["required"]))
def test_the_schema_misses_every_key_that_is_left_out(key: str) -> None:
    made = document(entry(FAILED))
    del made[key]
    assert not Draft202012Validator(SCHEMA).is_valid(made)


def test_the_schema_knows_no_other_keys() -> None:
    made = document(entry(FAILED))
    assert not Draft202012Validator(SCHEMA).is_valid({**made, "extra": 1})
    made["results"][0]["extra"] = 1
    assert not Draft202012Validator(SCHEMA).is_valid(made)


def test_a_further_check_is_listed_last() -> None:
    extra = CheckResult(code=CheckCode("X-LATER"), title="later", severity=Severity.WARNING, answer=Ruling(basis="b"))
    made = document(entry(Audit((extra, *PASSED.results))))
    assert [row["code"] for row in made["results"]][-2:] == [CHECKLIST[-1][0], "X-LATER"]
