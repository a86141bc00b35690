"""The grammars as they are installed: pieces in order, versions told, loaded only when a file needs them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from forgewatch.app.extraction import NoGrammars
from forgewatch.core.defect import Defect
from forgewatch.core.source_pieces import ERROR, KINDS, MISSING, Piece
from forgewatch.wiring.languages import LazyGrammars, _load
from tests.support.foreign import GRAMMARS, wants_grammars


@wants_grammars
@pytest.mark.parametrize("grammar", KINDS)
def test_every_grammar_is_there_and_knows_the_kinds_that_are_asked_for(grammar: str) -> None:
    assert GRAMMARS.pieces(grammar, b"// x\n") == (Piece("comment", 0, 4),)
    assert GRAMMARS.pieces(grammar, b"") == ()


@wants_grammars
@pytest.mark.parametrize(
    ("grammar", "source", "kinds"),
    [
        ("typescript", b"import a = require('a')", ["import_statement"]),
        ("typescript", b"let a: B", ["type_annotation"]),
        ("typescript", b"type A = B", ["type_alias_declaration"]),
        ("typescript", b"interface A {}", ["interface_declaration"]),
        ("javascript", b"export {a}", ["export_statement"]),
        ("javascript", b"try { f() } catch {}", ["try_statement", "call_expression", "catch_clause"]),
        ("javascript", b"a ? b : c", ["ternary_expression"]),
        ("tsx", b"if (a) <b/>", ["if_statement"]),
        ("javascript", b"let = ;", [ERROR]),
        ("javascript", b"f(", [ERROR]),
        ("javascript", b"if (a", ["if_statement", MISSING, MISSING]),
        ("go", b'package a\nimport "b"\n', ["import_spec"]),
    ],
)
def test_pieces_have_the_names_of_the_grammar(grammar: str, source: bytes, kinds: list[str]) -> None:
    pieces = GRAMMARS.pieces(grammar, source)
    assert isinstance(pieces, tuple)
    assert {piece.kind for piece in pieces} & {*kinds, ERROR}


@wants_grammars
def test_pieces_come_in_the_order_in_which_they_start() -> None:
    pieces = GRAMMARS.pieces("typescript", b"import 'a'; /* b */ f(g(h())); export {}")
    assert isinstance(pieces, tuple)
    assert [piece.start for piece in pieces] == sorted(piece.start for piece in pieces)


@wants_grammars
def test_a_file_that_costs_more_steps_than_its_size_allows_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(GRAMMARS.pieces("typescript", b"(" * 1_000 + b"a" + b")" * 1_000), tuple)
    monkeypatch.setattr("forgewatch.adapters.syntax_trees._FROM", 0)
    monkeypatch.setattr("forgewatch.adapters.syntax_trees._STEPS", 4)
    told = LazyGrammars().pieces("typescript", b"(" * 1_000 + b"a" + b")" * 1_000)
    assert told == Defect("expected source that a parser gets through, found nesting without end")


@wants_grammars
def test_the_same_file_gets_the_same_answer() -> None:
    for source in (b"a<b<" * 6_000, b"a().b()" * 6_000):
        assert GRAMMARS.pieces("tsx", source) == LazyGrammars().pieces("tsx", source)


@wants_grammars
def test_a_file_is_parsed_once_for_all_that_ask_about_it(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []

    class Counting(NoGrammars):
        def pieces(self, grammar: str, raw: bytes) -> tuple[Piece, ...] | Defect:
            parsed.append(raw)
            return super().pieces(grammar, raw)

    monkeypatch.setattr("forgewatch.wiring.languages._load", Counting)
    grammars, large = LazyGrammars(), b" " * (1 << 20)
    sources = [b"1", b"1", b"2", b"1", large, b"1", large]
    assert [grammars.pieces("go", source) for source in sources] == [NoGrammars().pieces("go", source) for source in sources]
    assert parsed == [b"1", b"2", large, b"1", large]
    for number in range(70):
        grammars.pieces("go", b"%d" % number)
    grammars.pieces("go", b"0")
    assert parsed[-1] == b"0"


@wants_grammars
def test_the_edition_names_parser_and_grammars() -> None:
    words = LazyGrammars().edition().split()
    assert words[::2] == ["tree-sitter", "tree-sitter-typescript", "tree-sitter-javascript", "tree-sitter-go"]


def test_without_the_packages_there_are_no_grammars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter_go", None)
    monkeypatch.delitem(sys.modules, "forgewatch.adapters.syntax_trees", raising=False)
    assert isinstance(_load(), NoGrammars)


def test_importing_the_worker_and_the_commands_loads_no_grammar() -> None:
    said = "import sys, forgewatch.wiring.worker, forgewatch.cli.status; print([name for name in sys.modules if 'tree_sitter' in name])"
    run = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
