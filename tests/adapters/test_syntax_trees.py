"""The grammars as they are installed: pieces in order, versions told, loaded only when a file needs them."""

from __future__ import annotations

import subprocess
import sys
import time

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


FULL = 512 * 1024 - 64
"""Nearly the most that is parsed."""


@wants_grammars
@pytest.mark.parametrize(
    ("grammar", "head", "unit"),
    [
        ("javascript", "import 'x';\n", "(a:b,"),
        ("tsx", "import 'x';\n", "'a'"),
        ("typescript", "", "a().b()"),
        ("tsx", "", "a<b>("),
        ("tsx", "", "a<b<"),
        ("javascript", "", "enum a{"),
        ("go", "package a\n", "@a "),
        ("go", "package a\n", "[a="),
        ("go", "package a\n", "a in "),
        ("javascript", "let a = 1;\n" * 25_000, "(a:b,"),
    ],
)
def test_text_that_keeps_the_parser_busy_is_a_defect_with_its_line_and_soon(grammar: str, head: str, unit: str) -> None:
    raw = (head + unit * ((FULL - len(head)) // len(unit))).encode()
    began = time.process_time()
    told = GRAMMARS.pieces(grammar, raw)
    # An idle machine needs half of it.
    assert time.process_time() - began < 3
    assert isinstance(told, Defect)
    assert told.line is not None
    assert told.line > head.count("\n")
    assert told.why == "expected source that a parser gets through, found text that is read in too many ways at once"


@wants_grammars
@pytest.mark.parametrize(
    ("grammar", "head", "unit", "tail"),
    [
        (
            "javascript",
            "!function(){'use strict';require('x');",
            'function a(e){return t?n.c(e=>e?1:/a[/]/g.test(t)):[`x${e}`,{"b":-2}]}',
            "}();",
        ),
        ("javascript", "x=[", "0x1f,27,", "0]"),
        ("typescript", "", "export declare function f<T>(a: A<T, B[]>, ...b: string[]): asserts a is C<{}>;\n", ""),
        ("tsx", "", "export const C = (p) => <a b={() => p.f(1)}>text {p.x} <b/></a>;\n", ""),
        ("javascript", "", "({a,b:c,...d}=e);", ""),
        ("go", "package a\n", "func (x *M) Reset() {\n\t*x = M{}\n\tmi := &file_types[1]\n\tif a := b(c); a != nil {\n\t}\n}\n", ""),
        ("go", "package a\n", "func f[T any](a T){g[T](a)}\n", ""),
    ],
    ids=["bundle", "numbers", "d.ts", "jsx", "patterns", "pb.go", "generics"],
)
def test_a_large_file_that_tools_made_is_read_whole(grammar: str, head: str, unit: str, tail: str) -> None:
    pieces = GRAMMARS.pieces(grammar, (head + unit * ((FULL - len(head)) // len(unit)) + tail).encode())
    assert isinstance(pieces, tuple)
    assert ERROR not in {piece.kind for piece in pieces}


@wants_grammars
def test_the_same_file_gets_the_same_answer() -> None:
    for source in (b"a<b<" * 6_000, b"a().b()" * 6_000, b"(a:b," * 20_000):
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
