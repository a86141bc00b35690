"""W3: what the contract declares is handled, what is handled is declared, and nobody silences it by editing the contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from forgewatch.checks.w3_routes import judge
from forgewatch.core.catalogue_w3 import CODES
from forgewatch.core.places import FORGE
from forgewatch.core.routes import extract_routes
from forgewatch.core.snapshot import Change
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable
from forgewatch.core.verdict import Finding, Ruling
from tests.support.snapshots import deleted, modified, snapshot, untracked

PLACE = FORGE.physics
APP = "app/users.py"
HEAD_LINES = "from fastapi import APIRouter\nrouter = APIRouter()\n"


def contract(*routes: str, extra: str = "") -> bytes:
    """Return a physics.yaml that declares routes written as `METHOD /path`."""
    paths: dict[str, list[str]] = {}
    for route in routes:
        method, _, path = route.partition(" ")
        paths.setdefault(path, []).append(method.lower())
    lines = [f"  {path}:\n" + "".join(f"    {method}:\n" for method in methods) for path, methods in paths.items()]
    return f"{extra}paths:\n{''.join(lines)}".encode()


def code(*routes: str) -> str:
    """Return a router with a handler for each `METHOD /path`."""
    return HEAD_LINES + "".join(
        f"@router.{method.lower()}('{path}')\ndef f(): ...\n" for method, _, path in (route.partition(" ") for route in routes)
    )


def audited(work: Content, files: Mapping[str, str], base: Content | None = None, *changes: Change, **more: Any) -> Ruling:
    """Judge the files by the contract of the working tree and BASE (the same unless given)."""
    before = work if base is None else base
    others = tuple(modified(path) for path in files if path not in {change.path for change in changes})
    parts = {
        "documents": {} if isinstance(work, Absent) else {PLACE: work},
        "base_documents": {} if isinstance(before, Absent) else {PLACE: before},
        "routes": {RepoPath(path): extract_routes(RepoPath(path), text.encode()) for path, text in files.items()},
    }
    return judge(snapshot(*others, *changes, **{**parts, **more}))


def told(rows: tuple[Finding, ...]) -> list[str]:
    """Return `code message` of each row."""
    return [f"{row.code} {row.message}" for row in rows]


@pytest.mark.req("S002-10.7-W3")
def test_routes_that_are_declared_and_handled_pass() -> None:
    ruling = audited(
        contract("GET /users", "POST /users/{id}", "WEBSOCKET /ws"), {APP: code("GET /users", "POST /users/{user_id:int}", "WEBSOCKET /ws")}
    )
    assert (ruling.findings, ruling.notes, ruling.applicable) == ((), (), True)
    assert ruling.basis == "3 routes declared, 3 handlers found"


def test_a_handler_answers_no_longer_path_that_only_ends_like_its_own() -> None:
    ruling = audited(contract("GET /api/users"), {APP: code("GET /users")})
    assert [finding.code for finding in ruling.findings] == ["W301", "W302"]


@pytest.mark.req("S002-5-4")
def test_a_declared_route_without_handler_is_told_with_its_line() -> None:
    (finding,) = audited(contract("GET /users", "GET /gone"), {APP: code("GET /users")}).findings
    assert (finding.code, finding.path, finding.line) == ("W301", PLACE, 4)
    assert finding.message == "GET /gone is declared and has no handler"


@pytest.mark.req("S002-9.3-1")
def test_a_handler_that_is_not_declared_is_told_with_its_place() -> None:
    (finding,) = audited(contract("GET /users"), {APP: code("GET /users", "POST /import")}).findings
    assert (finding.code, finding.path, finding.line, finding.actual) == ("W302", APP, 5, "POST /import")


def test_handlers_that_are_not_compared_hide_none_that_stand_behind_them() -> None:
    text = f"{code('HEAD /users', 'GET /users')}app.mount('/static', StaticFiles())\n@router.post('/import')\ndef g(): ...\n"
    assert told(audited(contract("GET /users"), {APP: text}).findings) == ["W302 POST /import has a handler and is not declared"]


@pytest.mark.req("S002-5-4")
def test_another_method_is_another_route() -> None:
    ruling = audited(contract("GET /users"), {APP: code("POST /users")})
    assert [finding.code for finding in ruling.findings] == ["W301", "W302"]


@pytest.mark.parametrize(
    ("declared", "files"),
    [
        (contract("GET /users"), {APP: code("GET /users", "HEAD /users", "OPTIONS /users")}),
        (b"paths:\n  /users:\n", {APP: code("GET /users", "POST /users")}),
        (contract("GET /a", "POST /a"), {APP: f"{HEAD_LINES}router.add_api_route('/a', f, methods=ALL)\n"}),
        (contract("GET /static/{path}", "GET /static"), {APP: "app.mount('/static', StaticFiles())\n# route\n"}),
        (contract("GET /x/{y}"), {APP: "app.mount('/', StaticFiles())\n# route\n"}),
        (contract("GET /users", extra="servers:\n- url: http://h/api\n"), {APP: code("GET /api/users")}),
        (contract("GET /users", extra="servers:\n- url: http://h/api\n"), {APP: code("GET /users")}),
        (contract("GET /users"), {APP: code("GET /users"), "tests/test_a.py": code("GET /extra"), "app/test_b.py": code("GET /more")}),
        (contract("GET /users"), {APP: code("GET /users"), "app/b_test.py": code("GET /extra"), "conftest.py": code("GET /more")}),
        (contract("GET /"), {APP: code("GET /")}),
    ],
)
def test_honest_variants_pass(declared: bytes, files: dict[str, str]) -> None:
    assert told(audited(declared, files).findings) == []


def test_a_handler_in_a_test_file_does_not_count() -> None:
    assert told(audited(contract("GET /a"), {"tests/test_a.py": code("GET /a"), "app/a.py": ""}).findings) == [
        "W301 GET /a is declared and has no handler"
    ]


def test_a_handler_for_any_method_needs_its_path_declared() -> None:
    ruling = audited(
        contract("GET /a"), {APP: f"{HEAD_LINES}router.add_api_route('/b', f, methods=ALL)\n@router.get('/a')\ndef f(): ...\n"}
    )
    assert told(ruling.findings) == ["W302 ANY /b has a handler and is not declared"]


def test_a_path_that_is_not_constant_is_a_note_and_no_finding() -> None:
    text = "r = APIRouter(prefix=settings.p)\n@r.get('/users')\n@r.get('/other')\n@r.get(path)\ndef f(): ...\n"
    ruling = audited(contract("GET /api/users", "POST /api/users"), {APP: text})
    assert told(ruling.findings) == ["W301 POST /api/users is declared and has no handler"]
    assert told(ruling.notes) == [
        "W304 GET ?/users: the path is not a constant, so it was not compared",
        "W304 GET ?/other: the path is not a constant, so it was not compared",
        "W304 GET ?: the path is not a constant, so it was not compared",
    ]


@pytest.mark.req("S002-10.7-W3")
@pytest.mark.parametrize("work", [Absent(), b"", b"info: {}\n", b"paths: {}\n"])
def test_no_routes_at_all_pass(work: Content) -> None:
    ruling = audited(work, {"app/a.py": "x = 1\n"})
    assert (ruling.basis, ruling.findings, ruling.applicable) == ("no routes", (), True)


@pytest.mark.req("S002-5-1")
def test_invalid_yaml_is_a_finding_with_its_place_and_is_still_judged() -> None:
    raw = b'paths:\n  /a:\n    get:\n      status: "ok" | "down"\n  /b:\n    get:\n'
    ruling = audited(raw, {APP: code("GET /a")})
    assert [finding.code for finding in ruling.findings] == ["W303", "W301"]
    assert ruling.findings[0].line == 4
    assert "line 4:22: is no YAML" in ruling.findings[0].message


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"paths:\n  /a:\n    get:\n  /gone:\n    get:\npaths:\n  /a:\n    get:\n", "each key once"),
        (b"x: &x\n  get:\npaths:\n  /a: *x\n  /gone:\n    get:\n", "anchor"),
        (b"paths:\n  /a:\n    get:\n  /gone:\n    <<: {}\n    get:\n", "merge"),
        (b"paths:\n  /a:\n    get:\n  /gone: !!python/name:os.system\n    get:\n", "tag"),
        (b"paths:\n  /a:\n    get:\n  /gone:\n    get:\n--- {}\n", "document"),
    ],
    ids=["a second mapping that hides the first", "alias", "merge key", "tag", "a second document"],
)
def test_a_contract_that_two_readers_would_read_differently_is_told_and_hides_no_route(raw: bytes, fault: str) -> None:
    ruling = audited(raw, {APP: code("GET /a")})
    first = ruling.findings[0]
    assert (first.code, first.path) == ("W303", PLACE)
    assert fault in first.message, first.message
    assert "W301 GET /gone is declared and has no handler" in told(ruling.findings)


def test_a_contract_made_invalid_in_this_cycle_takes_no_declaration_out() -> None:
    ruling = audited(b"paths:\n  /a:\n    get:\nx: 'a' 'b'\n", {APP: code("GET /a")}, contract("GET /a", "GET /gone"))
    assert [finding.code for finding in ruling.findings] == ["W303", "W301"]
    assert ruling.findings[1].message.startswith("GET /gone is declared and has no handler")


def test_a_contract_in_which_nothing_can_be_read_is_one_finding() -> None:
    ruling = audited(b"paths:\n{api_paths}\nx: 'a' 'b'\n", {APP: code("GET /a", "GET /b")})
    assert [finding.code for finding in ruling.findings] == ["W303"]


def test_handlers_without_a_contract_are_one_finding() -> None:
    assert told(audited(Absent(), {APP: code("GET /a", "GET /b")}).findings) == [f"W303 {PLACE}: is absent in spite of 2 handlers"]


@pytest.mark.parametrize(("work", "why"), [(Absent(), "was removed in this cycle"), (Unreadable("is a symlink"), "is a symlink")])
def test_a_contract_that_went_away_is_judged_as_at_base(work: Content, why: str) -> None:
    ruling = audited(work, {APP: code("GET /a", "GET /new")}, contract("GET /a", "GET /b"))
    assert [finding.code for finding in ruling.findings] == ["W303", "W301"]
    assert why in ruling.findings[0].message
    assert "the version of BASE is judged" in ruling.findings[0].message


def test_taking_a_missing_route_out_of_the_contract_does_not_silence_it() -> None:
    ruling = audited(contract("GET /a"), {APP: code("GET /a")}, contract("GET /a", "GET /b"))
    assert told(ruling.findings) == ["W301 GET /b is declared and has no handler, and this cycle took the declaration out"]
    assert told(ruling.notes) == ["W305 taken out in this cycle: GET /b"]


def test_emptying_the_contract_does_not_silence_it() -> None:
    ruling = audited(b"paths: {}\n", {"app/a.py": "x = 1\n"}, contract("GET /a"))
    assert [finding.code for finding in ruling.findings] == ["W301"]


def test_a_route_that_leaves_with_its_handler_is_honest_work() -> None:
    change = modified(APP)
    assert change.before is not None
    ruling = audited(
        contract("GET /a"),
        {APP: code("GET /a")},
        contract("GET /a", "GET /b"),
        change,
        contents={change.before.oid: code("GET /a", "GET /b").encode()},
    )
    assert (told(ruling.findings), told(ruling.notes)) == ([], ["W305 taken out in this cycle: GET /b"])


def test_a_route_that_leaves_with_its_file_is_honest_work() -> None:
    gone = deleted("app/old.py")
    assert gone.before is not None
    ruling = audited(
        contract("GET /a"), {APP: code("GET /a")}, contract("GET /a", "GET /b"), gone, contents={gone.before.oid: code("GET /b").encode()}
    )
    assert told(ruling.findings) == []


def test_a_declaration_taken_out_while_its_handler_stays_is_told() -> None:
    change = untracked("app/extra.md")
    ruling = audited(contract("GET /a"), {APP: code("GET /a", "GET /b")}, contract("GET /a", "GET /b"), change)
    assert told(ruling.findings) == ["W302 GET /b has a handler and is not declared"]


def test_a_declaration_that_makes_way_for_an_undeclared_handler_is_told_once() -> None:
    change = modified(APP)
    assert change.before is not None
    before = {change.before.oid: code("GET /a").encode()}
    ruling = audited(contract("GET /a"), {APP: code("GET /a", "GET /b")}, contract("GET /a", "GET /b"), change, contents=before)
    assert told(ruling.findings) == ["W302 GET /b has a handler and is not declared"]


def test_a_route_declared_and_handled_in_one_cycle_is_a_note() -> None:
    ruling = audited(contract("GET /a", "GET /b"), {APP: code("GET /a", "GET /b")}, contract("GET /a"))
    assert (told(ruling.findings), told(ruling.notes)) == ([], ["W305 declared in this cycle: GET /b"])


def test_a_long_list_of_changed_routes_is_cut() -> None:
    many = [f"GET /r{n}" for n in range(10)]
    ruling = audited(contract("GET /a", *many), {APP: code("GET /a", *many)}, contract("GET /a"))
    assert ruling.notes[0].message.endswith("GET /r7 and 2 more")


def test_a_reworded_contract_with_the_same_routes_is_no_note() -> None:
    assert audited(contract("GET /a"), {APP: code("GET /a")}, contract("GET /a", extra="info: {}\n")).notes == ()


@pytest.mark.parametrize(
    ("forge_json", "files", "why"),
    [
        ({"backend": {"language": "typescript"}}, {"scripts/x.py": "x = 1\n"}, "the backend is typescript"),
        ({}, {"server.ts": ""}, "there is no Python code"),
        ({"backend": {"language": " "}}, {"tests/test_x.py": code("GET /a")}, "there is no Python code"),
        ({"backend": "go"}, {"main.go": ""}, "there is no Python code"),
        ([], {"main.go": ""}, "there is no Python code"),
    ],
)
def test_routes_of_another_language_do_not_apply(forge_json: Any, files: dict[str, str], why: str) -> None:
    raw = json.dumps(forge_json).encode()
    ruling = audited(
        contract("GET /a"),
        files,
        base_documents={RepoPath("forge.json"): raw, PLACE: contract("GET /a")},
        documents={PLACE: contract("GET /a")},
    )
    assert not ruling.applicable
    assert why in ruling.basis


def test_calling_the_backend_another_language_in_this_cycle_does_not_help() -> None:
    documents = {PLACE: contract("GET /a"), RepoPath("forge.json"): b'{"backend": {"language": "go"}}'}
    base = {PLACE: contract("GET /a"), RepoPath("forge.json"): b'{"backend": {"language": "Python 3"}}'}
    assert [row.code for row in audited(contract(), {"a.py": ""}, documents=documents, base_documents=base).findings] == ["W301"]


def test_files_whose_routes_could_not_be_read_are_left_out() -> None:
    ruling = audited(contract("GET /a"), {}, routes={RepoPath(APP): Unreadable("over the limit")}, documents={PLACE: contract("GET /a")})
    assert not ruling.applicable


def test_every_code_of_the_check_is_documented_once() -> None:
    assert [row.code for row in CODES] == [f"W30{n}" for n in range(1, 6)]
    assert {row.code for row in CODES if row.note} == {"W304", "W305"}
    assert all(row.action.format(path="p", line=1, expected="e", actual="a") for row in CODES)
