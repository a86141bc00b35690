"""X-PHYSICS: a new route comes with its declaration, or the finding holds the YAML that would declare it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from forgewatch.checks.x_physics import judge
from forgewatch.core.physics import parse_physics
from forgewatch.core.places import FORGE
from forgewatch.core.routes import extract_routes
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable
from forgewatch.core.verdict import Finding, Ruling
from tests.support.snapshots import snapshot, written

APP = "app/users.py"
CONTRACT = b"paths:\n  /users:\n    get:\n      summary: list\n"


def code(*routes: str) -> str:
    """Return a router with a handler for each `METHOD /path`."""
    made = (f"@router.{method.lower()}('{path}')\ndef f(): ...\n" for method, _, path in (route.partition(" ") for route in routes))
    return "from fastapi import APIRouter\nrouter = APIRouter()\n" + "".join(made)


def audited(*files: tuple[str, str | None, str | None], contract: Content = CONTRACT, others: Mapping[str, str] | None = None) -> Ruling:
    """Judge changed files (path, text at HEAD, text now) beside others that did not change."""
    now = {**(others or {}), **{path: after for path, _, after in files if after is not None}}
    routes = {RepoPath(path): extract_routes(RepoPath(path), text.encode()) for path, text in now.items()}
    documents = {} if isinstance(contract, Absent) else {FORGE.physics: contract}
    return judge(snapshot(**{**written(*files), "routes": routes, "documents": documents}))


def told(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{row.code} {row.path}:{row.line} {row.actual}" for row in findings]


@pytest.mark.req("S002-5-2")
def test_a_new_route_without_declaration_is_told_with_its_place() -> None:
    ruling = audited((APP, code("GET /users"), code("GET /users", "POST /users/import")))
    assert told(ruling.findings) == [f"XR01 {APP}:5 POST /users/import"]
    assert ruling.findings[0].message == "POST /users/import is new, and physics.yaml does not declare the path"
    assert ruling.basis == "1 new route not declared"


@pytest.mark.req("S002-5-3")
def test_the_finding_holds_the_smallest_yaml_that_declares_the_route() -> None:
    (finding,) = audited((APP, None, code("GET /users", "PUT /users/{user}/cards/{card}"))).findings
    assert finding.expected == "paths:\n  /users/{id}/cards/{id2}:\n    put:\n      summary: to be described\n"


@pytest.mark.req("S002-5-3")
@pytest.mark.parametrize("route", ["POST /users/import", "PUT /users/{user}/cards/{card}", "WEBSOCKET /live", "DELETE /users"])
def test_the_contract_with_the_proposed_lines_declares_the_route(route: str) -> None:
    (finding,) = audited((APP, None, code(route))).findings
    method, _, path = route.partition(" ")
    (declared,) = parse_physics(finding.expected.encode()).routes
    assert (declared.method, declared.path) == (method, path.replace("{user}", "{}").replace("{card}", "{}"))


@pytest.mark.req("S002-5-4")
def test_a_new_method_on_a_declared_path_is_told_apart() -> None:
    (finding,) = audited((APP, code("GET /users"), code("GET /users", "DELETE /users"))).findings
    assert (finding.code, finding.message) == ("XR02", "DELETE /users is new, and physics.yaml declares GET there")
    (finding,) = audited((APP, None, code("DELETE /users")), contract=CONTRACT + b"    post:\n").findings
    assert finding.message == "DELETE /users is new, and physics.yaml declares GET, POST there"


@pytest.mark.req("S002-9.3-1")
def test_a_route_that_is_declared_in_the_same_cycle_is_not_told() -> None:
    ruling = audited((APP, code("GET /users"), code("GET /users", "POST /more")), contract=CONTRACT + b"  /more:\n    post:\n")
    assert (ruling.findings, ruling.basis) == ((), "no new route that is not declared")


def test_a_route_that_was_undeclared_before_is_none_of_this_cycle() -> None:
    old = code("GET /users", "GET /old")
    assert told(audited((APP, old, f"{old}# more\n")).findings) == []
    assert told(audited(("app/a.py", None, "x = 1\n"), others={APP: old}).findings) == []


def test_a_handler_that_moved_to_another_file_is_no_new_route() -> None:
    assert told(audited((APP, code("GET /old"), None), ("app/b.py", None, code("GET /old"))).findings) == []


def test_a_new_prefix_makes_new_routes() -> None:
    main = "from fastapi import FastAPI\nfrom app import users\napp = FastAPI()\napp.include_router(users.router, prefix='/v2')\n"
    ruling = audited(("app/main.py", None, main), others={APP: code("GET /users")})
    assert told(ruling.findings) == [f"XR01 {APP}:3 GET /v2/users"]


def test_handlers_of_tests_and_paths_that_are_not_constant_are_not_told() -> None:
    ruling = audited((APP, None, code("GET /users") + "@router.get(name)\ndef g(): ...\n"), ("tests/test_a.py", None, code("GET /x")))
    assert told(ruling.findings) == []


@pytest.mark.parametrize("contract", [Absent(), Unreadable("is a symlink")])
def test_without_a_contract_that_can_be_read_it_does_not_apply(contract: Content) -> None:
    ruling = audited((APP, None, code("GET /new")), contract=contract)
    assert (ruling.applicable, ruling.basis) == (False, "there is no physics.yaml to read")


def test_without_handlers_it_does_not_apply() -> None:
    ruling = audited(("main.go", None, "package main\n"))
    assert (ruling.applicable, ruling.basis) == (False, "no handlers were found")
