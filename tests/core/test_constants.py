"""What is constant text is folded, what is not is None, and nothing is run."""

from __future__ import annotations

import ast

import pytest

from forgewatch.core.constants import constant_text, dotted_name
from forgewatch.core.defect import Defect


def expression(text: str) -> ast.expr:
    """Return the tree of one expression."""
    return ast.parse(text, mode="eval").body


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a'", "a"),
        ("'a' 'b'", "ab"),
        ("'a' + 'b' + 'c'", "abc"),
        ("f'{\"a\"}b'", "ab"),
        ("f'{P}/x'", "/api/x"),
        ("P + '/x'", "/api/x"),
        ("'\\x61'", "a"),
        ("Q", None),
        ("'a' + Q", None),
        ("'a' * 3", None),
        ("f'{Q}'", None),
        ("b'a'", None),
        ("1", None),
        ("'a'.join('b')", None),
        ("''.join(['a', P])", "a/api"),
        ("'.'.join(('a', 'b'))", "a.b"),
        ("''.join(['a', Q])", None),
        ("Q.join(['a'])", None),
        ("'a'.upper()", None),
        ("'a'.startswith(('a', 'b'))", None),
        ("''.join()", None),
        ("'-'.join(['', 'a'])", "-a"),
        ("'' + 'a'", "a"),
        ("'a%s' % 'b'", "ab"),
        ("'%s%s' % ('a', 'b')", "ab"),
        ("'EXs/%s' % 'b'", "EXs/b"),
        ("'%s' % Q", None),
        ("'%s' % ('a', 'b')", None),
        ("'%d%s' % 'a'", None),
        ("'{}b'.format('a')", "ab"),
        ("'{x}'.format(x='a')", None),
        ("'{0}{}'.format('a')", None),
        ("Q.format('a')", None),
        ("'" + "a" * 4096 + "'", "a" * 4096),
        ("'" + "a" * 4097 + "'", None),
        ("'\\ud800'", None),
        (" + ".join(["'a'"] * 60), "a" * 60),
        (" + ".join(["'a'"] * 80), None),
    ],
)
def test_constant_text_is_folded(text: str, value: str | None) -> None:
    assert constant_text(expression(text), {"P": "/api"}) == value


@pytest.mark.parametrize(
    "around", ["({}).join(['a', 'b'])", "''.join([{}])", "({}).format()", "'{{}}'.format({})", "'%s' % ({})", "({}) + ''"]
)
def test_an_expression_is_followed_to_a_certain_depth_in_any_form(around: str) -> None:
    text = "P"
    for _ in range(62):
        text = around.format(text)
    assert constant_text(expression(around.format(text)), {"P": ""}) is not None
    assert constant_text(expression(around.format(around.format(text))), {"P": ""}) is None


def test_no_expression_is_no_text() -> None:
    assert constant_text(None) is None


@pytest.mark.parametrize(("text", "name"), [("a", "a"), ("a.b.c", "a.b.c"), ("a().b", ""), ("a[0].b", ""), ("1", "")])
def test_a_dotted_name_is_names_and_attributes_only(text: str, name: str) -> None:
    assert dotted_name(expression(text)) == name


def test_no_expression_is_no_name() -> None:
    assert dotted_name(None) == ""


@pytest.mark.parametrize(
    ("defect", "shown"), [(Defect("why"), "why"), (Defect("why", 3), "line 3: why"), (Defect("why", 3, 7), "line 3:7: why")]
)
def test_a_defect_is_told_with_the_place_it_has(defect: Defect, shown: str) -> None:
    assert str(defect) == shown
