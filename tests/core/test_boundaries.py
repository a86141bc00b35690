"""Layer rules are read as written, refused with their place, and found in files under every spelling."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forgewatch.core.boundaries import Boundaries, governed, governing, parse_boundaries, ruleset, scan
from forgewatch.core.defect import Defect
from forgewatch.core.layer_rules import Scope
from forgewatch.core.limits import Limits
from forgewatch.core.patterns import compile_pattern
from forgewatch.core.values import RepoPath

ROUTER = RepoPath("app/api/routers/users.py")


def document(*forbidden: dict[str, Any], glob: str = "app/**/*", **more: Any) -> bytes:
    """Return a rule file with one layer."""
    return json.dumps({"layers": [{"name": "layer", "glob": glob, "forbidden": list(forbidden)}], **more}).encode()


def rules(*patterns: str | dict[str, Any], glob: str = "app/**/*") -> Boundaries:
    """Return the rules of one layer; a defect fails the test."""
    found = parse_boundaries(document(*({"pattern": row} if isinstance(row, str) else row for row in patterns), glob=glob))
    assert isinstance(found, Boundaries), found
    return found


def lines(pattern: str | dict[str, Any], text: str | bytes, path: RepoPath = ROUTER) -> list[int]:
    """Return the lines on which one pattern is found; an unreadable file fails the test."""
    facts = scan(rules(pattern), path, text.encode() if isinstance(text, str) else text)
    assert facts.defect is None, facts.defect
    return [hit.line for hit in facts.hits]


@pytest.mark.req("S002-4-1")
def test_a_rule_file_in_the_usual_shape_is_read() -> None:
    raw = json.dumps(
        {
            "_notice": "kept",
            "description": "layers of the sample",
            "layers": [
                {
                    "name": "routers",
                    "description": "HTTP only",
                    "glob": "app/api/routers/*.py",
                    "forbidden": [
                        {"pattern": "asyncpg", "reason": "use repos"},
                        {"pattern": r"\bSELECT\b", "reason": "", "scope": "raw", "case": "sensitive", "note": "kept"},
                    ],
                },
                {"name": "empty", "glob": "app/empty/*.py", "forbidden": []},
            ],
            "known_violations": [{"layer": "routers", "file": "users.py", "pattern": "asyncpg", "reason": "old"}],
        }
    ).encode()
    found = parse_boundaries(raw)
    assert isinstance(found, Boundaries)
    first, second = found.layers[0].rules
    assert (first.pattern.text, first.pattern.case, first.scope, first.imports) == ("asyncpg", False, Scope.CODE, "asyncpg")
    assert (second.pattern.case, second.scope, second.imports) == (True, Scope.RAW, None)
    assert [entry.file for entry in found.known_violations] == ["users.py"]
    assert found.pattern_defects == ()


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"{boundaries_json}", "line 1:2: expected a key in double quotes"),
        (b"[]", "the document: expected an object, found an array"),
        (b"{}", "layers: expected an array, found nothing"),
        (b'{"layers": []}', "layers: expected at least one layer, found none"),
        (b'{"layers": {}}', "layers: expected an array, found an object"),
        (b'{"layers": ["x"]}', "layer: expected an object, found text"),
        (b'{"layers": [{"glob": "a", "forbidden": []}]}', "layers[0].name: expected text, found nothing"),
        (b'{"layers": [{"name": " ", "glob": "a", "forbidden": []}]}', "layers[0].name: expected text, found an empty one"),
        (b'{"layers": [{"name": "a", "glob": true, "forbidden": []}]}', "layers[0].glob: expected text, found true or false"),
        (b'{"layers": [{"name": "a", "glob": "!a", "forbidden": []}]}', "layers[0].glob: expected a glob that selects"),
        (b'{"layers": [{"name": "a", "glob": "a"}]}', "layers[0].forbidden: expected an array, found nothing"),
        (b'{"layers": [{"name": "a", "glob": "a", "forbidden": 7}]}', "forbidden: expected an array, found a number"),
        (document({"reason": "x"}), "layers[0].forbidden[0].pattern: expected text, found nothing"),
        (document({"pattern": "a", "scope": "comments"}), "layers[0].forbidden[0].scope: expected 'code' or 'raw', found 'comments'"),
        (document({"pattern": "a", "scope": []}), "layers[0].forbidden[0].scope: expected 'code' or 'raw', found []"),
        (document({"pattern": "a", "case": "upper"}), "layers[0].forbidden[0].case: expected 'sensitive' or 'insensitive', found 'upper'"),
        (document({"pattern": "a", "reason": 1}), "layers[0].forbidden[0].reason: expected text, found a number"),
        (document(known_violations={}), "known_violations: expected an array"),
        (document(known_violations=[{"layer": "a", "file": "b"}]), "known_violations[0].pattern: expected text, found nothing"),
        (document(*[{"pattern": "a"}] * 257), "expected at most 256 patterns, found 257"),
    ],
)
def test_a_malformed_rule_file_names_the_place_and_both_sides(raw: bytes, why: str) -> None:
    found = parse_boundaries(raw)
    assert isinstance(found, Defect)
    assert why in str(found)


def test_known_violations_may_be_null() -> None:
    assert isinstance(parse_boundaries(document(known_violations=None)), Boundaries)


def test_globs_that_are_too_large_together_are_a_defect() -> None:
    layers = [{"name": "a", "glob": "?" * 300, "forbidden": []}] * 400
    found = parse_boundaries(json.dumps({"layers": layers}).encode())
    assert isinstance(found, Defect)
    assert "layers: expected a glob of bounded size" in str(found)


def test_a_pattern_that_cannot_be_compiled_leaves_the_others_in_force() -> None:
    found = rules("a(?=b)", "asyncpg")
    assert [rule.pattern.text for rule in found.layers[0].rules] == ["asyncpg"]
    assert [(row.layer, row.pattern) for row in found.pattern_defects] == [("layer", "a(?=b)")]


def test_the_limits_of_the_operator_count() -> None:
    assert isinstance(parse_boundaries(document({"pattern": "abc"}), Limits(pattern_count=0)), Defect)
    assert isinstance(parse_boundaries(document({"pattern": "abc"}), Limits(pattern_count=1)), Boundaries)
    assert isinstance(parse_boundaries(document({"pattern": "abc"}), Limits(contract_bytes=10)), Defect)
    cut = parse_boundaries(document({"pattern": "abc"}), Limits(pattern_chars=2))
    assert isinstance(cut, Boundaries)
    assert [row.pattern for row in cut.pattern_defects] == ["abc"]


def test_an_empty_pattern_is_a_defect_of_its_own_and_no_layer_at_all_is_one_of_the_file() -> None:
    assert [str(row.defect) for row in rules("", "asyncpg").pattern_defects] == [str(compile_pattern(""))]
    assert str(parse_boundaries(b'{"layers": []}')) == "layers: expected at least one layer, found none"


def test_the_case_may_be_told_as_true_or_false() -> None:
    assert rules({"pattern": "a", "case": True}).layers[0].rules[0].pattern.case
    assert not rules({"pattern": "a", "case": "insensitive"}).layers[0].rules[0].pattern.case


def test_the_digest_of_rules_changes_with_whatever_changes_a_hit_and_with_nothing_else() -> None:
    base = ruleset(rules("asyncpg"))
    noted = parse_boundaries(document({"pattern": "asyncpg", "note": "x"}, description="y"))
    assert isinstance(noted, Boundaries)
    assert ruleset(noted) == base
    others = [
        rules("x"),
        rules({"pattern": "asyncpg", "case": True}),
        rules({"pattern": "asyncpg", "scope": "raw"}),
        rules("asyncpg", glob="b"),
    ]
    assert len({base, *map(ruleset, others), ruleset(rules({"pattern": "asyncpg", "reason": "z"}))}) == 6


def test_the_layers_of_a_path_are_those_whose_glob_names_it() -> None:
    raw = json.dumps(
        {"layers": [{"name": name, "glob": glob, "forbidden": []} for name, glob in (("a", "app/*.py"), ("b", "app/x.*"), ("c", "lib"))]}
    )
    found = parse_boundaries(raw.encode())
    assert isinstance(found, Boundaries)
    assert [layer.name for layer in governing(found, RepoPath("app/x.py"))] == ["a", "b"]
    assert governing(found, RepoPath("other.py")) == ()
    assert governed(found, [RepoPath("app/x.py"), RepoPath("z"), RepoPath("lib/q/r")]) == ("app/x.py", "lib/q/r")


@pytest.mark.req("S002-10.7-A4")
@pytest.mark.parametrize(
    "text",
    [
        "import asyncpg\n",
        "def f():\n    import asyncpg as db\n",
        "from asyncpg import connect\n",
        "import asyncpg.pool\n",
        "x = __import__('async' + 'pg')\n",
        "__import__('async' 'pg')\n",
        "importlib.import_module('\\x61syncpg')\n",
        "import ａsyncpg\n",
        "import \\\n  asyncpg\n",
        "x = 1;import asyncpg\n",
        "\ufeffimport asyncpg\r\n",
        "x = 1 #\rimport asyncpg\n",
        "\x0cimport asyncpg\n",
        "try:\n    import asyncpg\nexcept ImportError:\n    pass\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import asyncpg\n",
        "'''doc'''; import asyncpg\n",
        "f'{asyncpg.connect()}'\n",
        "import ASYNCPG\n",
        "exec('import asyncpg')\n",
        "import asyncpg (\n",
    ],
)
def test_no_spelling_of_a_forbidden_import_escapes(text: str) -> None:
    assert lines("asyncpg", text)


@pytest.mark.parametrize(
    "text",
    [
        "# asyncpg belongs in repos\n",
        '"""Never asyncpg here."""\n',
        "def f():\n    'talks of asyncpg'\n    return 1\n",
        "class A:\n    x: int\n    '''asyncpg, they say'''\n",
        "import async_pg\n",
    ],
)
def test_prose_about_a_forbidden_import_is_no_violation(text: str) -> None:
    assert lines("asyncpg", text) == []


def test_a_name_that_is_put_together_at_run_time_is_not_decided() -> None:
    assert lines("asyncpg", "import importlib\nimportlib.import_module('gpcnysa'[::-1])\n") == []


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("app.repos", "from ...repos import users\n", [1]),
        (r"app\.repos", "from app import repos\n", [1]),
        ("app.repos", "from app.repos.users import get\n", [1]),
        ("app.repos", "from ... import repos\n", [1]),
        ("app.repos", "import_module('...repos', __package__)\n", [1]),
        ("app.repos", "from app import services\n", []),
        ("app.repos", "from app.reposit import x\n", [1]),
        ({"pattern": "app.Repos", "case": True}, "from ...repos import users\n", []),
        ("api.deps", "from ..deps import x\n", [1]),
        ("from app.repos", "from ...repos import users\n", []),
    ],
)
def test_a_bare_dotted_name_is_an_import_rule(pattern: str | dict[str, Any], text: str, found: list[int]) -> None:
    assert lines(pattern, text) == found


def test_an_import_rule_sees_through_a_source_root() -> None:
    assert lines("app.repos", "from ..repos import users\n", RepoPath("app/backend/app/services/x.py")) == [1]


def test_init_files_are_not_exempt() -> None:
    assert lines("asyncpg", "from asyncpg import connect\n", RepoPath("app/api/__init__.py")) == [1]


def test_raw_scope_counts_comments_too() -> None:
    assert lines({"pattern": "asyncpg", "scope": "raw"}, "# asyncpg\n") == [1]


def test_raw_scope_counts_comments_too_where_another_rule_takes_the_file_apart() -> None:
    found = scan(rules({"pattern": "asyncpg", "scope": "raw"}, "services"), ROUTER, b"# asyncpg, services\nimport services\n")
    assert [(hit.pattern, hit.line) for hit in found.hits] == [("asyncpg", 1), ("services", 2)]


def test_a_cookie_of_python_is_none_in_another_language() -> None:
    assert lines("asyncpg", "# coding: rot13\nasyncpg\n", RepoPath("app/a.sql")) == [2]


def test_a_docstring_that_the_code_runs_is_code() -> None:
    assert lines(r"\bSELECT\b", "def q():\n    'SELECT 1'\ndb.run(q.__doc__)\n") == [2]


def test_a_file_that_does_not_parse_is_judged_as_it_stands() -> None:
    assert lines("asyncpg", "def (:\n# asyncpg\n") == [2]


def test_other_languages_are_judged_as_they_stand() -> None:
    assert lines(r"fetch\(", "// fetch( is forbidden\nfetch('/x')\n", RepoPath("app/a.tsx")) == [1, 2]


def test_windows_line_ends_do_not_hide_the_end_of_a_line() -> None:
    assert lines("asyncpg$", b"import asyncpg\r\nx = 1\r\n") == [1]


@pytest.mark.parametrize(
    ("path", "raw", "why"),
    [
        ("app/a.py", b"# coding: utf-7\n", "line 1: expected a coding cookie of utf-8, ascii or a code page, found utf-7"),
        ("app/a.py", b"x = '\xff'\n", "line 1: expected utf-8, found byte 0xff"),
        ("app/a.ts", "import x\n".encode("utf-16"), "line 1: expected utf-8, found byte 0xff"),
        ("app/a.png", b"\x89PNG\r\n\x1a\n", None),
        ("app/a.PNG", b"\x89PNG\r\n\x1a\n", None),
    ],
)
def test_a_file_that_is_no_text_says_so_unless_it_is_a_picture(path: str, raw: bytes, why: str | None) -> None:
    facts = scan(rules("asyncpg"), RepoPath(path), raw)
    assert (facts.defect, facts.hits) == (why, ())


def test_a_picture_that_is_text_is_judged() -> None:
    assert lines("asyncpg", "import asyncpg\n", RepoPath("app/a.png")) == [1]


def test_a_file_outside_every_layer_has_no_hits() -> None:
    assert scan(rules("asyncpg"), RepoPath("tests/a.py"), b"import asyncpg\n").hits == ()


def test_a_name_in_wide_letters_is_the_name_the_parser_reads() -> None:
    text = "from fastapi import Ｒequest\nx = 'é'\n"
    assert lines("Request|Response", text) == [1]
    assert lines("from fastapi import Request", text) == [1]


def test_each_layer_and_pattern_tells_its_own_hits() -> None:
    layers = [{"name": name, "glob": "app/*.py", "forbidden": [{"pattern": "a", "reason": name}, {"pattern": "b"}]} for name in ("x", "y")]
    found = parse_boundaries(json.dumps({"layers": layers}).encode())
    assert isinstance(found, Boundaries)
    hits = scan(found, RepoPath("app/f.py"), b"a = 1\nb = 2\n").hits
    assert [(hit.layer, hit.pattern, hit.reason, hit.line) for hit in hits] == [
        ("x", "a", "x", 1),
        ("x", "b", "", 2),
        ("y", "a", "y", 1),
        ("y", "b", "", 2),
    ]
