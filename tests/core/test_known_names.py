"""Dotted names that may lead to a router."""

from __future__ import annotations

import pytest

from forgewatch.core.known_names import LONGEST, leads, short


@pytest.mark.parametrize(
    ("name", "found"),
    [("app", True), ("app.users", True), ("app.users.get", True), ("apps.users", False), ("x.app", False), ("@7.$return", True)],
)
def test_a_name_leads_where_it_or_its_beginning_is_known(name: str, found: bool) -> None:
    assert leads(name, {"app", "@7"}) is found


def test_a_name_of_several_parts_is_known_as_a_whole() -> None:
    assert leads("a.b.c.d", {"a.b.c"}) and not leads("a.b", {"a.b.c"})


def test_a_name_that_nobody_writes_means_nothing() -> None:
    assert short("a" * LONGEST) == "a" * LONGEST
    assert short("a" * (LONGEST + 1)) == ""
