"""A first physics.yaml: every constant route of the code is declared in it, whatever its path looks like."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.physics import parse_physics
from forgewatch.core.route_graph import ResolvedRoute
from forgewatch.core.starter_physics import MOST_ROUTES, starter_physics
from forgewatch.core.undeclared_routes import undeclared
from forgewatch.core.values import RepoPath


def route(method: str, path: str | None, *, whole: bool = True) -> ResolvedRoute:
    return ResolvedRoute(method=method, path=path, whole=whole, file=RepoPath("app/a.py"), line=1)


def test_without_routes_the_contract_is_empty_and_its_example_is_a_comment() -> None:
    raw = starter_physics("about\nthis", [])
    found = parse_physics(raw)
    assert (found.routes, found.defect) == ((), None)
    assert raw.decode().startswith("# about\n# this\n\npaths: {}\n")


def test_routes_of_the_code_are_written_once_by_path_and_method() -> None:
    raw = starter_physics(
        "about", [route("POST", "/orders"), route("GET", "/orders/{}/items/{}"), route("GET", "/orders"), route("GET", "/orders")]
    )
    assert raw.decode() == (
        "# about\n\npaths:\n"
        "  /orders:\n    get:\n      summary: to be described\n    post:\n      summary: to be described\n"
        "  /orders/{id}/items/{id2}:\n    get:\n      summary: to be described\n"
    )


def test_what_is_no_constant_route_is_not_declared() -> None:
    some = [route("GET", None), route("GET", "/part", whole=False), route("MOUNT", "/static"), route("SOME", "/x"), route("HEAD", "/y")]
    assert parse_physics(starter_physics("about", some)).routes == ()


def test_a_route_for_every_method_is_declared_for_every_method() -> None:
    (declared,) = parse_physics(starter_physics("about", [route("ANY", "/all")])).routes
    assert (declared.path, declared.method) == ("/all", "ANY")


def test_there_is_an_end_to_what_is_written() -> None:
    raw = starter_physics("about", [route("GET", f"/r{number}") for number in range(MOST_ROUTES + 5)])
    assert len(parse_physics(raw).routes) == MOST_ROUTES


PATHS = st.lists(st.sampled_from(["orders", "{}", "a b", "ä", "x'y", 'q"', "#", "-", ":id", "%41", "a:b"]), min_size=1, max_size=4)


@given(st.lists(st.tuples(st.sampled_from(["GET", "POST", "DELETE", "WEBSOCKET"]), PATHS), max_size=8))
def test_nothing_that_is_written_is_undeclared_then(routes: list[tuple[str, list[str]]]) -> None:
    known = [route(method, "/" + "/".join(parts)) for method, parts in routes]
    found = parse_physics(starter_physics("about", known))
    assert found.defect is None
    # What differs from its plain spelling is never what the code reader gives.
    plain = [one for one in known if one.path is not None and not set(one.path) & set("#:")]
    assert list(undeclared(found, plain)) == []
