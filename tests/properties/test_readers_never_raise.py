"""Whatever the bytes, every reader of builder text answers with a value."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.boundaries import Boundaries, parse_boundaries, ruleset, scan
from forgewatch.core.codec import decode, encode
from forgewatch.core.defect import Defect
from forgewatch.core.facts import LayerFacts, RouteFacts, SourceFacts
from forgewatch.core.physics import Physics, parse_physics
from forgewatch.core.python_imports import absolute_names, extract_imports
from forgewatch.core.route_graph import resolve_routes
from forgewatch.core.routes import extract_routes
from forgewatch.core.strict_json import parse_json
from forgewatch.core.strict_yaml import parse_yaml
from forgewatch.core.values import RepoPath

HERE = RepoPath("app/x.py")
RULES = parse_boundaries(b'{"layers": [{"name": "a", "glob": "**", "forbidden": [{"pattern": "a"}, {"pattern": "a.b", "scope": "raw"}]}]}')
WORDS = [
    "import a", "from . import b", "from ..a import *", "try:", "except ImportError:", "if TYPE_CHECKING:",
    "def f():", "class A:", "@app.get('/x')", "@app.route(p)", "router = APIRouter(prefix='/a')", "app.include_router(router)",
    "app.mount('/x', y)", "Route('/x')", "__import__('a')", "'doc'", "\"\"\"", "#",
    "\n", "    ", "\t", '\x0c', "\r", "\\",
    ";", "(", ")", "[", "{", "}",
    ":", ",", "- ", "paths:", "/users:", "get:",
    "&a", "*a", "!!x", "<<:", "é", "ａ",
    '\ufeff', '\x00', "\"layers\"", "null", "1", "|",
]  # fmt: skip

texts = st.lists(st.sampled_from(WORDS), max_size=25).flatmap(
    lambda parts: st.sampled_from(["", " ", "\n"]).map(lambda glue: glue.join(parts))
)
raws = st.binary(max_size=200) | texts.map(str.encode) | texts.map(lambda text: text.encode("utf-16"))


@given(raws)
def test_documents_become_values_or_defects(raw: bytes) -> None:
    plain = (type(None), bool, int, str, list, dict, Defect)
    assert isinstance(parse_json(raw), plain)
    assert isinstance(parse_yaml(raw), plain)
    assert isinstance(parse_physics(raw), Physics)
    assert isinstance(parse_boundaries(raw), Boundaries | Defect)


@given(raws)
def test_sources_become_facts(raw: bytes) -> None:
    assert isinstance(RULES, Boundaries)
    imports = extract_imports(HERE, raw)
    assert isinstance(imports, SourceFacts)
    assert all(isinstance(absolute_names(HERE, entry), tuple) for entry in imports.imports)
    assert isinstance(scan(RULES, HERE, raw), LayerFacts)
    assert isinstance(extract_routes(HERE, raw), RouteFacts)


@given(raws)
def test_facts_survive_the_cache(raw: bytes) -> None:
    assert isinstance(RULES, Boundaries)
    for facts in (extract_imports(HERE, raw), scan(RULES, HERE, raw), extract_routes(HERE, raw)):
        assert decode(type(facts), json.loads(json.dumps(encode(facts), ensure_ascii=False).encode())) == facts


@given(st.dictionaries(st.sampled_from([RepoPath(p) for p in ("a.py", "app/__init__.py", "app/b.py", "tests/c.py")]), texts, max_size=4))
def test_any_set_of_files_has_routes_in_one_order(files: dict[RepoPath, str]) -> None:
    facts = {path: extract_routes(path, text.encode()) for path, text in files.items()}
    turned = dict(reversed(facts.items()))
    assert resolve_routes(facts) == resolve_routes(turned)


keys = st.sampled_from(["layers", "name", "glob", "forbidden", "pattern", "reason", "scope", "case", "known_violations", "layer", "file"])
plain = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["a", "app/*.py", "(?=", "raw", "**", "{a,b}", "", "[", "é"])
shapes = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5), max_leaves=15)


@given(st.dictionaries(keys, shapes, max_size=4))
def test_any_shape_of_rules_is_read_or_refused(shape: object) -> None:
    found = parse_boundaries(json.dumps(shape).encode())
    assert isinstance(found, Defect) or ruleset(found).startswith("sha256:")
