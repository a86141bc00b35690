"""Other languages taken apart: comments as spaces at their place, imports with their marks, and hostile files within bounds."""

from __future__ import annotations

import time

import pytest

from forgewatch.app.extraction import NoGrammars
from forgewatch.core.boundaries import Boundaries, parse_boundaries, scan
from forgewatch.core.defect import Defect
from forgewatch.core.facts import Import
from forgewatch.core.foreign_source import dotted_paths, extract_foreign_imports, read_foreign
from forgewatch.core.limits import LIMITS
from forgewatch.core.script_source import script_imports
from forgewatch.core.source_kinds import grammar_of, language_of
from forgewatch.core.source_pieces import Piece, Spans, blank_comments, line_numbers
from forgewatch.core.values import RepoPath
from tests.support.foreign import GRAMMARS, wants_grammars

SECONDS = 20.0
"""What a hostile file of half a MiB may take on a noisy machine: it is a matter of seconds, and without bounds of minutes."""


def code(path: str, text: str) -> str:
    return read_foreign(RepoPath(path), text, GRAMMARS).code.decode()


def imports(path: str, text: str) -> tuple[Import, ...]:
    facts = extract_foreign_imports(RepoPath(path), text.encode(), GRAMMARS)
    assert facts.defect is None
    return facts.imports


@pytest.mark.parametrize(
    ("path", "grammar"),
    [
        ("a.ts", "typescript"),
        ("a.d.mts", "typescript"),
        ("a.tsx", "tsx"),
        ("a/b.cjs", "javascript"),
        ("a.jsx", "javascript"),
        ("a.go", "go"),
        ("a.py", None),
        ("ts", None),
        ("a.rs", None),
    ],
)
def test_a_file_is_read_by_the_grammar_of_its_suffix(path: str, grammar: str | None) -> None:
    assert grammar_of(path) == grammar
    assert (language_of(path) is None) is (path in ("a.py", "ts"))


@pytest.mark.parametrize(("runner", "grammar"), [("node", "javascript"), ("deno run", "typescript"), ("tsx", "typescript")])
def test_a_program_without_suffix_is_read_by_the_grammar_of_what_runs_it(runner: str, grammar: str) -> None:
    assert grammar_of("bin.d/tool", f"#!/usr/bin/env -S {runner}\n".encode()) == grammar


@wants_grammars
@pytest.mark.parametrize(
    ("path", "text", "left"),
    [
        ("a.ts", "a; // x\nb; /* y\nz */ c;", "a;     \nb;     \n     c;"),
        ("a.ts", "'// x' + \"/* y */\" + `// z`", "'// x' + \"/* y */\" + `// z`"),
        ("a.js", "#!/usr/bin/env node\na", "                   \na"),
        ("a.tsx", "<a>// text</a>; // é", "<a>// text</a>;      "),
        ("a.ts", "a = /[/*]/; b = 'c'", "a = /[/*]/; b = 'c'"),
        ("a.go", 'package a // x\nvar s = "// y"', 'package a     \nvar s = "// y"'),
    ],
)
def test_comments_become_spaces_and_strings_stay(path: str, text: str, left: str) -> None:
    assert code(path, text) == left


@wants_grammars
def test_text_that_is_no_valid_syntax_stays_as_it_is() -> None:
    assert code("a.ts", "const = ; // x") == "const = ; // x"


@wants_grammars
def test_marks_tell_types_calls_and_guards_apart() -> None:
    text = "import type A from 'a'\nimport b from 'b'\nrequire('c')\ntry {\n  require('d')\n} catch {}\nlet e: import('e').E\n"
    assert imports("a.ts", text) == (
        Import(module="a", line=1, type_only=True),
        Import(module="b", line=2),
        Import(module="c", line=3, dynamic=True),
        Import(module="d", line=5, dynamic=True, guarded=True),
        Import(module="e", line=7, dynamic=True, type_only=True),
    )


@wants_grammars
def test_an_import_statement_is_never_optional_and_generics_of_tsx_are_read() -> None:
    assert imports("a.tsx", "const f = <T,>(x: T) => <b>{x}</b>\nimport 'a'\n") == (Import(module="a", line=2),)
    assert [item.module for item in imports("a.js", "'use strict'\r\nrequire('x')\r\n")] == ["x"]


@wants_grammars
@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("\\x61", "a"),
        ("\\u0061", "a"),
        ("\\u{61}", "a"),
        ("\\n", "\n"),
        ("\\q", "q"),
        ("\\\n", ""),
        ("\\ud800", "\ufffd"),
        ("\\ue000", "\ue000"),
        ("\\u{10ffff}", "\U0010ffff"),
        ("\\u{ffffff}", "\ufffd"),
    ],
)
def test_escapes_are_read_as_the_program_reads_them(written: str, name: str) -> None:
    assert [item.module for item in imports("a.js", f"require('x{written}')")] == [f"x{name}"]


def test_a_file_over_the_limit_is_a_defect_unless_it_has_no_word_of_an_import() -> None:
    large = b"x = 1;\n" * (LIMITS.parsed_bytes // 7 + 1)
    assert extract_foreign_imports(RepoPath("a.js"), large, NoGrammars()).defect is None
    told = extract_foreign_imports(RepoPath("a.js"), b"import 'a'\n" + large, NoGrammars()).defect
    assert told == f"expected at most {LIMITS.parsed_bytes} bytes, found {len(large) + 11}"


@wants_grammars
@pytest.mark.parametrize(("path", "text"), [("a.ts", "\n\nimport { 'a\nconst b = 1\n"), ("a.go", '\npackage a\nimport ( "os\n')])
def test_what_may_hide_an_import_is_told_with_its_line(path: str, text: str) -> None:
    told = extract_foreign_imports(RepoPath(path), text.encode(), GRAMMARS).defect
    assert told == "line 3: expected an import that can be read, found import in text that is no valid syntax"


@wants_grammars
def test_an_import_behind_text_that_is_no_valid_syntax_is_not_hidden_by_it() -> None:
    assert imports("a.ts", "const = ;\nimport 'a'\n") == (Import(module="a", line=2),)


def test_bytes_that_are_no_text_and_grammars_that_are_not_there_are_defects() -> None:
    assert extract_foreign_imports(RepoPath("a.ts"), b"a\n\xff", NoGrammars()).defect == "line 2: expected utf-8, found byte 0xff"
    assert (
        extract_foreign_imports(RepoPath("a.ts"), b"a", NoGrammars()).defect == "expected a grammar for typescript, found none for 1 bytes"
    )
    assert (NoGrammars().edition(), read_foreign(RepoPath("a.ts"), "// a", NoGrammars()).code) == ("", b"// a")


HOSTILE = {
    "opened brackets": "(",
    "opened blocks": "{",
    "templates in templates": "`${",
    "nots": "!",
    "type arguments": "a<b<",
    "calls in calls": "require(",
    "tries in tries": "try{",
    "elements": "<A>",
    "open imports": "import {",
    "one import after the other": "import 'a';",
    "one call after the other": "require('a').b();",
    "chained calls": "a().b()",
    "exports": "export {a,",
    "quotes": "'a'\n",
    "tries": "try{require('a')}catch{}",
}


@wants_grammars
@pytest.mark.no_cover
@pytest.mark.parametrize("part", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_read_within_bounds(part: str) -> None:
    raw = (part * (LIMITS.parsed_bytes // len(part))).encode()
    began = time.process_time()
    extract_foreign_imports(RepoPath("a.ts"), raw, GRAMMARS)
    assert time.process_time() - began < SECONDS


@wants_grammars
def test_eight_mebibytes_are_answered_at_once() -> None:
    began = time.process_time()
    assert extract_foreign_imports(RepoPath("a.ts"), b"import 'a'\n" * 800_000, GRAMMARS).defect is not None
    assert time.process_time() - began < 1.0


@wants_grammars
def test_nesting_that_costs_more_than_any_honest_file_is_a_defect() -> None:
    answer = GRAMMARS.pieces("typescript", b"a<b<" * 4_000)
    assert answer == Defect("expected source that a parser gets through, found nesting without end") or isinstance(answer, tuple)


def test_pieces_are_blanked_counted_and_covered() -> None:
    pieces = (Piece("comment", 2, 6), Piece("comment", 3, 5), Piece("other", 0, 9))
    assert blank_comments(b"a bc\nd e", pieces) == b"a   \n  e"
    lines = line_numbers(b"a\nb\n")
    assert [lines(offset) for offset in range(4)] == [1, 1, 2, 2]
    spans = Spans([(5, 9), (0, 3)])
    assert [offset for offset in range(10) if spans.cover(offset)] == [0, 1, 2, 5, 6, 7, 8]
    assert not Spans([]).cover(0)


@wants_grammars
def test_a_catch_belongs_to_the_innermost_try_that_has_not_ended() -> None:
    text = "try { try { a() } finally { } require('x') } catch { }\ntry { require('y') } finally { }\n"
    assert [(item.module, item.guarded) for item in imports("a.js", text)] == [("x", True), ("y", False)]


def test_a_catch_without_its_try_guards_nothing() -> None:
    source = b"require('a')"
    (found,) = script_imports(source, (Piece("catch_clause", 0, 1), Piece("call_expression", 0, len(source))))
    assert not found.guarded


RULES = {"layers": [{"name": "ui", "glob": "web/**", "forbidden": [{"pattern": "axios"}, {"pattern": "app.repos"}, {"pattern": "SELECT"}]}]}


def hits(path: str, text: str) -> list[tuple[str, int]]:
    rules = parse_boundaries(str(RULES).replace("'", '"').encode())
    assert isinstance(rules, Boundaries)
    facts = scan(rules, RepoPath(path), text.encode(), lambda place, source: read_foreign(place, source, GRAMMARS))
    return [(hit.pattern, hit.line) for hit in facts.hits]


@wants_grammars
@pytest.mark.req("S002-10.7-A4")
@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("web/a.ts", "// axios and SELECT\n/* app.repos */\n", []),
        ("web/a.ts", "\nimport a from 'axios'", [("axios", 2)]),
        ("web/a.ts", "import('axi\\x6fs')", [("axios", 1)]),
        ("web/a.ts", "const q = 'SELECT 1' // no", [("SELECT", 1)]),
        ("web/app/ui/a.ts", "import x from '../repos/users'", [("app.repos", 1)]),
        ("web/app/ui/a.ts", "import x from '../repos.js'", [("app.repos", 1)]),
        ("web/a.ts", "import x from '@/app/repos/users'", [("app.repos", 1)]),
        ("web/a.ts", "import x from '@/app/ui/../repos/users'", [("app.repos", 1)]),
        ("web/a.ts", "import x from '@/app/./repos/users'", [("app.repos", 1)]),
        ("web/a.ts", "import x from '@/app//repos/users'", [("app.repos", 1)]),
        ("web/a.ts", "import x from '/app/repos'", [("app.repos", 1)]),
        ("web/app/a.ts", "import x from 'repos'", []),
        ("web/a.go", 'package a\nimport "example.org/app/repos"\n', [("app.repos", 2)]),
        ("web/a.go", "package a // SELECT\n", []),
        ("web/a.css", "/* SELECT */", [("SELECT", 1)]),
        ("web/a.ts", "const = ; // SELECT", [("SELECT", 1)]),
        ("web/a.ts", "const a = 'b\\x62'", []),
    ],
)
def test_layers_see_code_and_imports_of_other_languages(path: str, text: str, found: list[tuple[str, int]]) -> None:
    assert hits(path, text) == found


def test_without_rules_for_imports_escapes_are_not_taken_apart() -> None:
    rules = parse_boundaries(b'{"layers": [{"name": "ui", "glob": "web/**", "forbidden": [{"pattern": "a b"}]}]}')
    assert isinstance(rules, Boundaries)
    assert scan(rules, RepoPath("web/a.ts"), b"require('\\x61')", lambda *_: pytest.fail("taken apart")).hits == ()


def test_an_import_is_known_by_its_place_and_by_the_folders_below() -> None:
    assert dotted_paths(RepoPath("app/api/a.ts"), "../repos/users") == ("app/repos/users", "app.repos.users", "repos.users", "users")
    assert dotted_paths(RepoPath("a.ts"), "node:fs") == ("fs", "fs")
    assert dotted_paths(RepoPath("web/a.ts"), "@acme/db/x")[:2] == ("@acme/db/x", "@acme.db.x")
    assert dotted_paths(RepoPath("a.ts"), "/repos") == ("/repos", "repos")
    assert dotted_paths(RepoPath("a.ts"), "../repos") == ("../repos", "repos")
    assert dotted_paths(RepoPath("web/a.ts"), "..") == (".",)
