"""Declared routes are read from every shape of contract, valid YAML or not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.limits import Limits
from forgewatch.core.physics import parse_physics
from forgewatch.core.route_paths import METHODS, plain_path

USUAL = """\
info:
  title: Sample
  paths: not these
paths:

  # -- Health ---

  /health:
    get:
      summary: "Health check"
      response:
        /inner: {get: no route}
  /users/{user_id}:
    parameters:
      - name: get
    put: {}
    delete:
  /ws:
    websocket:
schemas:
  /User:
    get: string
"""
BROKEN = USUAL.replace('"Health check"', '"ok" | "down"')


def routes(text: str) -> list[str]:
    """Return the declared routes as `METHOD /path`."""
    return sorted(f"{route.method} {route.path}" for route in parse_physics(text.encode()).routes)


@pytest.mark.req("S002-5-1")
def test_the_usual_shape_is_read_with_lines() -> None:
    found = parse_physics(USUAL.encode())
    assert found.defect is None
    assert [(route.method, route.path, route.line) for route in found.routes] == [
        ("GET", "/health", 8),
        ("DELETE", "/users/{}", 13),
        ("PUT", "/users/{}", 13),
        ("WEBSOCKET", "/ws", 18),
    ]


@pytest.mark.req("S002-5-1")
@pytest.mark.parametrize(
    "text", [BROKEN, BROKEN.replace("\n", "\r\n"), "\ufeff" + BROKEN, BROKEN.replace("delete:", "delete:   # gone soon")]
)
def test_invalid_yaml_is_read_by_indentation_and_the_fault_is_kept(text: str) -> None:
    found = parse_physics(text.encode())
    assert found.defect is not None
    assert str(found.defect).startswith("line 10:23: is no YAML")
    assert found.routes == parse_physics(USUAL.encode()).routes


def test_a_key_that_stands_twice_is_a_fault_and_both_are_read() -> None:
    found = parse_physics(b"paths:\n  /a:\n    get:\n  /a:\n    post:\n")
    assert str(found.defect) == "line 4:3: expected each key once, found '/a' again"
    assert [route.method for route in found.routes] == ["GET", "POST"]


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("", []),
        ("just text", []),
        ("- GET /a\n- /b\n- 7\n", ["ANY /b", "GET /a"]),
        ("paths:\n", []),
        ("paths:\n  /n:\n", ["ANY /n"]),
        ("paths:\n  /n: {summary: s}\n", ["ANY /n"]),
        (
            "Routes:\n  - path: /a\n    method: get\n  - {route: /b, methods: [POST, PUT]}\n  - {url: nowhere}\n"
            "  - {url: /c, method: delete}\n  - endpoint: /d\n",
            ["ANY /d", "DELETE /c", "GET /a", "POST /b", "PUT /b"],
        ),
        ("paths:\n  - tags: [x]\n    /a: {get: }\n  - {tags: [y]}\n", ["GET /a"]),
        ("endpoints:\n  - path: /a\n    get: {}\n", ["GET /a"]),
        (
            "paths:\n  users:\n    /users: [get, post]\n    /users/{id}: GET, DELETE\n",
            ["DELETE /users/{}", "GET /users", "GET /users/{}", "POST /users"],
        ),
        ("paths:\n  /api:\n    /v1:\n      /a: {get: }\n    get: {}\n", ["GET /api", "GET /api/v1/a"]),
        ("paths:\n  group:\n    prefix: /api\n    routes:\n      /a: {get: {}}\n", ["GET /api/a"]),
        ("paths:\n  group: {prefix: api, /a: {get: {}}}\n", ["GET /a"]),
        ("paths:\n  POST /a: {}\n  'get  /b/': {}\n  any /c: {}\n  get: {}\n", ["ANY /c", "GET /b", "POST /a"]),
        ("/a:\n  get:\n", ["GET /a"]),
        ("paths:\n  /a:\n    - get\n    - {method: post}\n    - 1\n", ["GET /a", "POST /a"]),
        ("paths:\n  /a: {GET: {}, x-get: {}}\npaths2: {/b: {get: {}}}\n", ["GET /a"]),
    ],
)
def test_other_shapes_are_read_too(text: str, declared: list[str]) -> None:
    assert routes(text) == declared


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("paths:\n  /a:\n    get: 'x' 'y'\n", ["GET /a"]),
        ("paths:\n  /a:\n    summary: 'x' 'y'\n", ["ANY /a"]),
        ("paths:\n  /a:\n    summary: 'x' 'y'\n  /b:\n    post:\n", ["ANY /a", "POST /b"]),
        ("paths:\n  /a:\n    response: 'x' 'y'\n      get: no\n    get:\n", ["GET /a"]),
        ("paths:\n  '/a':\n    \"get\":\n    response: 'x' 'y'\n", ["GET /a"]),
        ("x: 'x' 'y'\n/a:\n  get:\n", []),
        ("x: 'x' 'y'\npaths: # all\n  /a:\n    get:\nother:\n  /b:\n    get:\nroutes:\n    /c:\n      put:\n", ["GET /a", "PUT /c"]),
        ("paths:\n\t/a:\n\t\tget: 'x' 'y'\n", ["GET /a"]),
        ("paths:\n{api_paths}\n", []),
        ("paths:\n  get:\n  /a:\n    get: 'x' 'y'\n", ["GET /a"]),
        ("paths:\n  /a:\n  get: 'x' 'y'\n", ["ANY /a"]),
        ("/a:\n  get: 'x' 'y'\n", []),
        ("a: *x\npaths: {/a: {get: }}\n", []),
    ],
)
def test_the_indentation_reader_takes_path_and_method_keys_only(text: str, declared: list[str]) -> None:
    assert parse_physics(text.encode()).defect is not None
    assert routes(text) == declared


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("paths:\n\n  /a:\n    summary: 'x' 'y'\n  /b:\n", [("ANY", "/a", 3), ("ANY", "/b", 5)]),
        ("paths:\n\n  GET /a: {}\n  'put  /b': {}\n", [("GET", "/a", 3), ("PUT", "/b", 4)]),
    ],
)
def test_a_route_has_its_line_however_it_is_written(text: str, lines: list[tuple[str, str, int]]) -> None:
    assert [(route.method, route.path, route.line) for route in parse_physics(text.encode()).routes] == lines


def test_bytes_that_are_no_utf_8_are_a_fault_and_still_read() -> None:
    found = parse_physics(b"paths:\n  /a:\n    get:\n      summary: \xff\n")
    assert "expected UTF-8" in str(found.defect)
    assert [route.path for route in found.routes] == ["/a"]


def test_a_contract_over_the_limit_is_not_read() -> None:
    found = parse_physics(USUAL.encode(), Limits(contract_bytes=10))
    assert found.routes == ()
    assert found.defect is not None


@pytest.mark.parametrize(
    ("text", "prefixes"),
    [
        (
            "servers:\n- url: http://localhost:8000/api/v1/\n- url: https://x.org\n- url: /v2\n- 7\n- {url: 7}\npaths: {}\n",
            ("/api/v1", "/v2"),
        ),
        ("basePath: /api\npaths: {}\n", ("/api",)),
        ("base_path: /api/\npaths: {}\n", ("/api",)),
        ("base_url: http://localhost:8000/v1\npaths: {}\n", ("/v1",)),
        ("base_url: http://localhost:8000\npaths: {}\n", ()),
        ("servers: none\n", ()),
        ("- a\n", ()),
    ],
)
def test_base_paths_of_servers_are_kept(text: str, prefixes: tuple[str, ...]) -> None:
    assert parse_physics(text.encode()).prefixes == prefixes


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("/", "/"),
        ("", "/"),
        ("users", "/users"),
        ("/users/", "/users"),
        ("//users//x", "/users/x"),
        ("/users/{id}", "/users/{}"),
        ("/users/{id:int}/x", "/users/{}/x"),
        ("/files/{path:path}", "/files/{}"),
        ("/users/<int:id>", "/users/{}"),
        ("/users/:id/x", "/users/{}/x"),
        ("/users/[id]/x", "/users/{}/x"),
        ("/a:b", "/a:b"),
        ("/{id}.json?x=1#y", "/{}.json"),
    ],
)
def test_a_path_has_one_spelling(text: str, plain: str) -> None:
    assert plain_path(text) == plain


names = st.lists(st.sampled_from(["users", "{id}", "a-b", "v1"]), min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))
contracts = st.dictionaries(
    names, st.lists(st.sampled_from(["get", "post", "put", "delete", "websocket"]), min_size=1, max_size=3, unique=True), min_size=1
)


@given(contracts)
def test_both_readers_agree_on_what_both_can_read(contract: dict[str, list[str]]) -> None:
    text = "paths:\n" + "".join(
        f"  {path}:\n" + "".join(f"    {method}:\n      summary: s\n" for method in methods) for path, methods in contract.items()
    )
    valid, broken = parse_physics(text.encode()), parse_physics((text + "other: 'x' 'y'\n").encode())
    assert {(route.path, route.method) for route in valid.routes} == {
        (plain_path(path), METHODS[m]) for path, ms in contract.items() for m in ms
    }
    assert valid.routes == broken.routes
