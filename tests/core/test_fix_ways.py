"""The ways to mend a finding: words of a closed table, files of a closed list, and nothing that would only hide the finding."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from forgewatch.core.audit_document import audit_document
from forgewatch.core.catalogue import CodeDoc
from forgewatch.core.claim_rows import read_row
from forgewatch.core.codes import DOCS, check_of
from forgewatch.core.fix_plan import FixStep, fix_plan
from forgewatch.core.fix_ways import Op, Verb, Way, is_for_operator
from forgewatch.core.places import FORGE, ROOT, Places
from forgewatch.core.values import RepoPath
from forgewatch.core.verdict import Audit, CheckCode, CheckResult, Finding, Ruling, Severity
from tests.core.test_audit_document import SCHEMA, entry, report

FAILING = [doc for doc in DOCS.values() if not doc.note]
COMMIT = "1" * 40


def failed(*findings: Finding, check: str = "") -> CheckResult:
    code = CheckCode(check or check_of(findings[0].code))
    return CheckResult(code=code, title=code, severity=Severity.BLOCKING, answer=Ruling(basis="b", findings=findings))


def step(finding: Finding, *beside: CheckResult, places: Places = FORGE, changed: tuple[str, ...] = ("app/a.py",)) -> FixStep:
    return fix_plan(Audit((failed(finding), *beside)), DOCS, places, changed, COMMIT)[0]


def verbs(told: FixStep) -> list[list[str]]:
    return [[op.op.value for op in way] for way in told.ways]


def own(doc: CodeDoc, places: Places) -> str | None:
    """The path that findings of a code are about."""
    if doc.code == "XT03":
        return places.test_runs
    named = {"difflog": places.diff_log, "record": places.test_record, "boundaries": places.boundaries, "physics": places.physics}
    return named.get(doc.allows[0], "app/a.py") if doc.allows else None


@pytest.mark.parametrize("places", [FORGE, ROOT], ids=["forge", "root"])
@pytest.mark.parametrize("doc", FAILING, ids=lambda doc: doc.code)
def test_every_code_has_a_way_whose_files_are_allowed_and_whose_json_is_by_the_schema(doc: CodeDoc, places: Places) -> None:
    finding = Finding(code=doc.code, path=own(doc, places), line=3, message="m", expected="tests", actual="x")
    made = failed(finding)
    document = audit_document(entry(Audit((made,)), report=report(Audit((made,)))), "/srv", DOCS, places)
    (told,) = json.loads(json.dumps(document))["fix_plan"]
    assert {key: told[key] for key in ("stop", "iteration", "limit")} == {"stop": told["stop"], "iteration": 2, "limit": 3}
    assert all(way["ops"] for way in told["ways"])
    touched = {op.get("file") or op.get("path") for way in told["ways"] for op in way["ops"] if op["op"] not in ("unflag", "ask")}
    assert touched - {None} <= set(told["files_allowed"])
    Draft202012Validator(SCHEMA).validate(document)


@pytest.mark.parametrize("doc", FAILING, ids=lambda doc: doc.code)
def test_a_way_ends_with_a_test_run_exactly_when_it_changes_what_was_tested(doc: CodeDoc) -> None:
    evidence = {FORGE.diff_log, FORGE.test_record, FORGE.test_runs}
    for way in step(Finding(code=doc.code, path=own(doc, FORGE), line=3, message="m", expected="app/b.py", actual="x")).ways:
        judged = [op for op in way if op.op in (Verb.RESTORE, Verb.MOVE, Verb.EDIT, Verb.DECLARE) and not {*op.touches} & evidence]
        tests = [op for op in way if op.op is Verb.TEST]
        assert len(tests) == (1 if judged or way == tuple(tests) else 0)


def test_every_word_of_the_table_is_used_and_stands_in_the_schema() -> None:
    used = {op.op for doc in FAILING for way in step(Finding(code=doc.code, path="app/a.py", message="m", expected="b")).ways for op in way}
    used |= {op.op for code in ("A302", "A301") for way in step(Finding(code=code, path=FORGE.test_record, message="m")).ways for op in way}
    used |= {op.op for way in step(Finding(code="A602", message="m", expected=f"HEAD at {'a' * 40}")).ways for op in way}
    assert used == set(Verb)
    assert {shape["properties"]["op"]["const"] for shape in SCHEMA["$defs"]["keys"].values()} == {verb.value for verb in Verb}


def test_the_codes_that_only_an_operator_can_mend() -> None:
    assert [doc.code for doc in FAILING if is_for_operator(doc)] == [
        "A110",
        "A601",
        "W201",
        "W202",
        "W203",
        "XW01",
        "XW03",
        "XM01",
        "XU04",
    ]


def test_nobody_is_told_to_write_the_ledger() -> None:
    allowed = {path for doc in FAILING for path in step(Finding(code=doc.code, path="app/a.py", line=1, message="m")).files_allowed}
    assert FORGE.ledger not in allowed


def test_nobody_is_told_to_write_the_test_record() -> None:
    for doc in FAILING:
        told = step(Finding(code=doc.code, path=FORGE.test_record, message="m", expected=FORGE.test_record), changed=("app/a.py",))
        writes = [op for way in told.ways for op in way if op.op in (Verb.EDIT, Verb.WRITE, Verb.STATE) and FORGE.test_record in op.touches]
        assert writes == [] or doc.code in ("A105",)


def test_only_what_this_cycle_changed_can_be_put_back() -> None:
    finding = Finding(code="A404", path="app/old.py", line=2, message="m", actual="sql")
    assert verbs(step(finding)) == [["edit", "sync_claim", "test"]]
    assert verbs(step(finding, changed=("app/old.py",))) == [["edit", "sync_claim", "test"], ["restore", "sync_claim", "test"]]


def test_a_file_with_what_looks_like_a_secret_is_not_to_be_claimed() -> None:
    unclaimed = Finding(code="A101", path="app/a.py", message="m")
    secret = failed(Finding(code="W102", path="app/a.py", line=1, message="m"))
    assert verbs(step(unclaimed))[0] == ["claim"]
    told = step(unclaimed, secret)
    assert verbs(told) == [["restore", "sync_claim", "test"]]
    assert told.action == "remove app/a.py, or take out what looks like a secret before it is claimed"


def test_a_code_that_no_catalogue_knows_is_mended_in_its_file_or_by_a_person() -> None:
    assert verbs(fix_plan(Audit((failed(Finding(code="A199", path="x.py", message="odd"), check="A1"),)), {}, FORGE)[0]) == [
        ["edit", "sync_claim", "test"],
        ["ask"],
    ]
    assert verbs(fix_plan(Audit((failed(Finding(code="A199", message="odd"), check="A1"),)), {}, FORGE)[0]) == [["ask"]]


@pytest.mark.parametrize(
    ("code", "expected", "declared"),
    [
        ("A901", "PyYAML in requirements.txt", [("requirements.txt", "PyYAML")]),
        ("A901", "a or b in p/pyproject.toml or q/Pipfile", [("p/pyproject.toml", "a"), ("q/Pipfile", "a")]),
        ("A907", "requests declared, or another name", [("requirements.txt", "requests"), ("pyproject.toml", "requests")]),
    ],
)
def test_a_distribution_is_declared_in_any_of_the_manifests(code: str, expected: str, declared: list[tuple[str, str]]) -> None:
    told = step(Finding(code=code, path="app/a.py", line=1, message="m", expected=expected))
    assert [(op.path, op.text) for way in told.ways for op in way if op.op is Verb.DECLARE] == declared


@pytest.mark.parametrize(
    ("path", "test"),
    [
        ("app/prices.py", "tests/test_prices.py"),
        ("web/src/prices.ts", "web/src/prices.test.ts"),
        ("cmd/main.go", "cmd/main_test.go"),
        ("bin/run", "bin/run.test"),
    ],
)
def test_a_missing_test_has_a_place(path: str, test: str) -> None:
    assert step(Finding(code="XT01", path=path, message="m")).ways[0][0].path == test


@pytest.mark.parametrize(
    "path", ["a\nb", "a`b", "a``b.py", " a.py", "x" * 10 + "\u202e.py", "a/../b", "./a.py", "src/{a,b}.py", "**a**.py"]
)
def test_what_no_row_can_say_is_not_to_be_claimed(path: str) -> None:
    assert verbs(step(Finding(code="A101", path=path, message="m"), changed=(path,))) == [["restore", "sync_claim", "test"]]


@pytest.mark.parametrize("path", ["release notes", "(none)", "docs/a and b.md"])
def test_a_name_that_reads_as_words_can_be_claimed(path: str) -> None:
    assert verbs(step(Finding(code="A101", path=path, message="m"), changed=(path,))) == [["claim"], ["restore", "sync_claim", "test"]]


@pytest.mark.parametrize("path", ["caf\udce9.py", "cafe\u0301.py", "a\\b"])
def test_a_name_that_json_does_not_say_as_it_is_is_for_a_person(path: str) -> None:
    assert verbs(step(Finding(code="A101", path=path, message="m"), changed=(path,))) == [["ask"]]


def test_a_row_is_taken_out_by_its_line_where_that_is_known() -> None:
    finding = Finding(code="A106", path="cafe\u0301.py", message="m", expected="caf\u00e9.py")
    (told,) = fix_plan(Audit((failed(finding),)), DOCS, FORGE, (), COMMIT, {"cafe\u0301.py": 17})
    assert [(op.op, op.line) for way in told.ways for op in way] == [(Verb.UNCLAIM, 17)]


LOG, RECORD, SECTION, OTHER = FORGE.diff_log, FORGE.test_record, "Files Changed", "2" * 40


def sync(path: str) -> Op:
    return Op(op=Verb.SYNC, path=path, file=LOG, section=SECTION, commit=COMMIT, text=f"- `{path}`")


def state(section: str, label: str | None = None, text: str | None = None) -> Op:
    return Op(op=Verb.STATE, file=LOG, section=section, label=label, text=text)


TEST = Op(op=Verb.TEST, path=RECORD)
STEPS = tuple(state("Verification", label) for label in ("Static", "Runtime", "Behavior", "Contract"))


@pytest.mark.parametrize(
    ("finding", "ways"),
    [
        (
            Finding(code="A103", path=LOG, line=7, message="m", actual="app/*.py"),
            [(Op(op=Verb.UNCLAIM, path="app/*.py", file=LOG, section=SECTION, line=7),)],
        ),
        (
            Finding(code="A201", path="new.py", message="m", expected="old.py"),
            [(Op(op=Verb.MOVE, path="new.py", to="old.py", commit=COMMIT), sync("new.py"), sync("old.py"), TEST)],
        ),
        (
            Finding(code="A302", path=LOG, message="m"),
            [
                (
                    *(Op(op=Verb.WRITE, path=LOG), state("Cycle Status", "Status", "COMPLETE"), state("Summary"), state(SECTION)),
                    *(*STEPS, state("Notes"), state("Next Steps")),
                )
            ],
        ),
        (Finding(code="A503", path=LOG, message="m", expected="section 'Next Steps' with text"), [(state("Next Steps"),)]),
        (Finding(code="A701", path=LOG, message="m", expected="Runtime: a result, or 'n/a' and why"), [STEPS]),
        (Finding(code="A304", path=RECORD, message="m"), [(TEST,)]),
        (Finding(code="A301", path=RECORD, message="m"), [(TEST,)]),
    ],
    ids=lambda value: value.code if isinstance(value, Finding) else "",
)
def test_a_way_says_word_for_word_what_is_done(finding: Finding, ways: list[Way]) -> None:
    assert list(step(finding).ways) == ways


def test_a_failed_step_is_mended_anywhere_and_then_stated_under_its_label() -> None:
    told = step(Finding(code="A703", path=LOG, line=9, message="m", expected="Runtime: PASS"), changed=("app/a.py", "caf\udce9.py"))
    edit = Op(op=Verb.EDIT, text=told.action)
    assert told.ways == ((edit, sync("app/a.py"), sync("caf\udce9.py"), TEST, state("Verification", "Runtime")),)


@pytest.mark.parametrize(("expected", "back"), [(f"HEAD at {OTHER}", OTHER), ("no commit, or one whose audited tree was authorized", None)])
def test_head_goes_back_to_the_commit_that_is_named_and_else_a_person_is_asked(expected: str, back: str | None) -> None:
    told = step(Finding(code="A602", message="m", expected=expected, actual=COMMIT))
    ask = (Op(op=Verb.ASK, text=told.action),)
    assert told.ways == (((Op(op=Verb.UNCOMMIT, commit=back), TEST), ask) if back else (ask,))


def test_a_diff_log_that_is_no_text_is_edited_and_tests_do_not_mend_it() -> None:
    assert verbs(step(Finding(code="A304", path=LOG, message="m"))) == [["edit"]]


@pytest.mark.parametrize(
    ("code", "expected"), [("A901", "yaml in requirements.txt or api/Pipfile"), ("A902", "go.mod or a/go.mod"), ("A901", "yaml")]
)
def test_each_manifest_that_may_be_meant_is_a_way_of_its_own(code: str, expected: str) -> None:
    (first, second, *_) = step(Finding(code=code, path="app/a.py", line=1, message="m", expected=expected)).ways
    manifests = ["requirements.txt", "pyproject.toml"] if expected == "yaml" else expected.removeprefix("yaml in ").split(" or ")
    assert [[op.path for op in way] for way in (first, second)] == [[manifest, manifest, RECORD] for manifest in manifests]


def test_the_line_of_a_finding_belongs_to_its_own_file() -> None:
    own_file, physics = step(Finding(code="W302", path="app/a.py", line=4, message="m")), FORGE.physics
    assert {(op.path, op.line) for way in own_file.ways for op in way if op.op is Verb.EDIT} == {("app/a.py", 4), (physics, None)}


PLAIN = st.from_regex(r"\A(?:[A-Za-z_][\w-]{0,3}/){1,2}[A-Za-z_][\w-]{0,4}\.[a-z]{1,4}\Z")
NAMES = PLAIN | st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=3).map("/".join)


@given(NAMES)
def test_a_row_that_is_to_be_written_is_read_as_the_file_or_held_against_the_tree(path: str) -> None:
    (way, *_) = step(Finding(code="A101", path=path, message="m"), changed=(path,)).ways
    if way[0].op is Verb.CLAIM:
        assert way[0].text == f"- `{path}`"
        row = read_row(way[0].text[2:])
        assert row.paths == (RepoPath(path),) or [one.raw for one in row.refused] == [path]
