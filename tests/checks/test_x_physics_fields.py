"""X-PHYSICS: a new field of a request or a response is declared, or the finding holds the YAML; what cannot be compared says so."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.checks.x_physics import judge
from forgewatch.core import physics_fields
from forgewatch.core.defect import Defect
from forgewatch.core.facts import Route, RouteFacts
from forgewatch.core.limits import Limits
from forgewatch.core.model_fields import model_fields
from forgewatch.core.physics_fields import parse_fields
from forgewatch.core.places import FORGE
from forgewatch.core.routes import extract_routes
from forgewatch.core.values import RepoPath
from forgewatch.core.verdict import Ruling
from tests.support.snapshots import snapshot, written

MODELS = "app/schemas/trade.py"
IN = "from pydantic import BaseModel, Field\n\n\nclass TradeIn(BaseModel):\n    amount: float\n"
OUT = "\n\nclass TradeOut(BaseModel):\n    id: int\n"
NOTE = f"{IN}    note: str = ''\n"
ROUTER = (
    "from fastapi import APIRouter, Depends\nfrom app.schemas.trade import TradeIn, TradeOut\n\nrouter = APIRouter()\n\n\n"
    "@router.post('/trades', response_model=list[TradeOut])\ndef add(trade: TradeIn, key: int = 1):\n    return []\n"
)
CONTRACT = "paths:\n  /trades:\n    post:\n      request:\n        amount: number (required)\n      response:\n        id: integer\n"


def audited(before: str | None, after: str, contract: str = CONTRACT, router: str = ROUTER, path: str = MODELS) -> Ruling:
    """Judge a file of models that changed, beside a router that did not, or did where it is the same file."""
    now = {"app/trades.py": router, path: after}
    routes = {RepoPath(name): extract_routes(RepoPath(name), text.encode()) for name, text in now.items()}
    return judge(snapshot(**{**written((path, before, after)), "routes": routes, "documents": {FORGE.physics: contract.encode()}}))


def audited_files(*files: tuple[str, str | None, str | None], router: str = ROUTER) -> list[str]:
    """Return what is told of files given as (path, text at HEAD, text now), beside a router that did not change."""
    routes = {RepoPath("app/trades.py"): extract_routes(RepoPath("app/trades.py"), router.encode())}
    ruling = judge(snapshot(**{**written(*files), "routes": routes, "documents": {FORGE.physics: CONTRACT.encode()}}))
    return [f"{row.path}:{row.line} {row.actual}" for row in ruling.findings]


def told(ruling: Ruling) -> list[str]:
    return [f"{row.code} {row.line} {row.actual}" for row in ruling.findings]


@pytest.mark.req("S002-5-5")
def test_a_new_field_of_a_request_is_told_with_the_lines_to_propose() -> None:
    ruling = audited(IN, NOTE)
    (finding,) = ruling.findings
    assert (finding.code, finding.path, finding.line) == ("XR03", MODELS, 6)
    assert finding.message == "TradeIn.note is new in the request of POST /trades, and physics.yaml does not declare it"
    assert finding.expected == "paths:\n  /trades:\n    post:\n      request:\n        note: to be described\n"
    assert ruling.basis == "no new route that is not declared, 1 new field compared"


@pytest.mark.req("S002-5-5")
def test_the_contract_with_the_proposed_lines_declares_the_field() -> None:
    assert told(audited(IN, NOTE, CONTRACT.replace("(required)\n", "(required)\n        note: to be described\n"))) == []


@pytest.mark.req("S002-5-5")
def test_a_new_field_of_a_response_is_told_and_one_that_only_the_request_declares_too() -> None:
    ruling = audited(IN + OUT, f"{IN}{OUT}    amount: float\n    id: int\n")
    assert told(ruling) == ["XR03 10 TradeOut.amount"]
    assert ruling.findings[0].message.startswith("TradeOut.amount is new in the response of POST /trades, ")
    assert ruling.findings[0].expected == "paths:\n  /trades:\n    post:\n      response:\n        amount: to be described\n"


@pytest.mark.req("S002-5-5")
@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("    inner: Inner\n\n\nclass Inner(BaseModel):\n    deep: int\n    _own: int\n", ["XR03 6 TradeIn.inner", "XR03 10 Inner.deep"]),
        ("\n\nclass Alone(BaseModel):\n    deep: int\n", []),
        ("    kind: Alone.Kind\n\n\nclass Alone(BaseModel):\n    deep: int\n", ["XR03 6 TradeIn.kind"]),
        ("    note: str = Field(alias='amount')\n    hidden: str = Field('', exclude=True)\n    kind: ClassVar[int] = 1\n", []),
        ("    kind: typing.ClassVar[int] = 1\n    other: typing.ClassVar = 1\n", []),
        ("    a: str = Field('', exclude=False)\n    b: int = Field(1, frozen=True)\n", ["XR03 6 TradeIn.a", "XR03 7 TradeIn.b"]),
        ("    model_config: dict = {}\n    plain = 1\n\n    def f(self):\n        x: int = 1\n", []),
        ("    noteBook: int\n", ["XR03 6 TradeIn.noteBook"]),
    ],
)
def test_fields_are_what_classes_annotate_at_any_depth(what: str, found: list[str]) -> None:
    assert told(audited(IN, IN + what)) == found


@pytest.mark.req("S002-5-5")
def test_a_field_of_a_base_in_the_same_file_is_a_field_of_the_class() -> None:
    bases = "class Base(TradeIn):\n    amount: int\n\n\nclass TradeIn(Base):\n    note: int\n"
    assert told(audited(None, bases)) == ["XR03 6 TradeIn.note"]


def test_a_class_in_the_first_line_of_its_file_is_read() -> None:
    plain = "class TradeIn:\n    amount: float\n"
    assert told(audited(plain, f"{plain}    note: str\n")) == ["XR03 3 TradeIn.note"]


def test_a_field_that_one_route_declares_and_another_does_not_is_told_for_the_other() -> None:
    two = f"{ROUTER}\n\n@router.put('/trades')\n@router.get('/more')\ndef put(trade: TradeIn):\n    return []\n"
    contract = f"{CONTRACT}    put:\n      request:\n        note: string\n"
    ruling = audited(IN, NOTE, contract, two)
    assert told(ruling) == ["XR03 6 TradeIn.note"]
    assert ruling.findings[0].message.startswith("TradeIn.note is new in the request of POST /trades, ")
    assert ruling.basis == "no new route that is not declared, 1 new field compared"


def test_what_is_no_python_of_the_product_brings_no_fields() -> None:
    routes = {RepoPath("app/trades.py"): extract_routes(RepoPath("app/trades.py"), ROUTER.encode())}
    changed = written(("tests/app/schemas/trade.py", None, NOTE), ("a.md", None, NOTE), ("app/schemas/trade.py", NOTE, None))
    ruling = judge(snapshot(**{**changed, "routes": routes, "documents": {FORGE.physics: CONTRACT.encode()}}))
    assert ruling.basis == "no new route that is not declared"


def test_classes_that_inherit_from_one_another_in_a_circle_or_without_end_are_read_once() -> None:
    circle = "class A(B):\n    a: int\n\n\nclass B(A):\n    b: int\n"
    assert {name: sorted(fields) for name, fields in model_fields(circle.encode()).items()} == {"A": ["a", "b"], "B": ["b"]}
    wide = "class C0:\n    x: int\n" + "".join(f"class C{n}(C{n - 1}, C{n - 1}):\n    y{n}: int\n" for n in range(1, 400))
    assert len(model_fields(wide.encode())) == 400


@pytest.mark.parametrize(("bases", "fields"), [(30, 31), (3000, 33)])
def test_bases_below_their_class_are_followed_as_far_as_anybody_derives_and_no_further(bases: int, fields: int) -> None:
    chain = [f"class C{number}(C{number + 1}):\n    y{number}: int\n" for number in range(bases)]
    assert len(model_fields(f"{''.join(chain)}class C{bases}:\n    x: int\n".encode())["C0"]) == fields


def test_fields_that_were_there_before_or_moved_with_their_class_are_none_of_this_cycle() -> None:
    assert told(audited(NOTE, f"{NOTE}# more\n")) == []
    moved = written((MODELS, NOTE, None), ("app/schemas/trade/all.py", None, NOTE))
    routes = {RepoPath("app/trades.py"): extract_routes(RepoPath("app/trades.py"), ROUTER.encode())}
    assert told(judge(snapshot(**{**moved, "routes": routes, "documents": {FORGE.physics: CONTRACT.encode()}}))) == []


INNER = "class Inner:\n    deep: int\n"


@pytest.mark.req("S002-5-5")
@pytest.mark.parametrize("name", ["Inner", "parts.Inner", "list[app.schemas.parts.Inner]"])
def test_a_field_of_a_class_in_another_file_that_a_request_holds_is_told(name: str) -> None:
    using = (MODELS, IN, f"{IN}    amount: {name}\n")
    assert audited_files(using, ("app/schemas/parts.py", INNER, f"{INNER}    more: int\n")) == ["app/schemas/parts.py:3 Inner.more"]


def test_a_class_that_was_there_before_anything_named_it_brings_nothing_new() -> None:
    files = (("app/schemas/parts.py", INNER, f"# more\n{INNER}"), (MODELS, IN, f"{IN}    inner: Inner\n"))
    assert audited_files(*files) == [f"{MODELS}:6 TradeIn.inner"]


def test_classes_of_several_files_lead_on_to_those_that_they_name() -> None:
    outer = (MODELS, IN, f"{IN}    amount: Inner\n")
    other = ("app/schemas/trade/more.py", None, "class TradeOut:\n    id: int\n")
    assert audited_files(outer, other, ("app/schemas/parts.py", INNER, f"{INNER}    more: int\n")) == ["app/schemas/parts.py:3 Inner.more"]


def test_every_class_that_a_class_of_a_request_names_leads_on() -> None:
    tree = f"{IN}    one: One\n    two: Two\n\n\nclass One:\n    c: C\n\n\nclass Two:\n    d: D\n"
    leaves = "\n\nclass C:\n    {}: int\n\n\nclass D:\n    {}: int\n"
    found = told(audited(tree + leaves.format("a", "b"), tree + leaves.format("new_c", "new_d")))
    assert found == ["XR03 19 C.new_c", "XR03 23 D.new_d"]


def test_a_class_beside_its_handler_needs_no_import() -> None:
    own = ROUTER.replace("from app.schemas.trade import TradeIn, TradeOut\n", "from pydantic import BaseModel\n") + f"\n\n{INNER}"
    before, after = own.replace("Inner", "TradeIn"), f"{own.replace('Inner', 'TradeIn')}    note: str\n"
    assert told(audited(before, after, router=after, path="app/trades.py")) == ["XR03 14 TradeIn.note"]
    assert audited_files((MODELS, IN, NOTE), router=own) == []


ROUTERS = {
    "a module": ROUTER.replace("from app.schemas.trade import TradeIn, TradeOut", "from app.schemas import trade").replace(
        "Trade", "trade.Trade"
    ),
    "a plain import": ROUTER.replace("from app.schemas.trade import TradeIn, TradeOut", "import app.schemas.trade").replace(
        "Trade", "app.schemas.trade.Trade"
    ),
    "an alias": ROUTER.replace("TradeIn, TradeOut", "TradeIn as In, TradeOut").replace("trade: TradeIn", "trade: In"),
    "a package": ROUTER.replace("app.schemas.trade", "app.schemas"),
    "a relative import": ROUTER.replace("app.schemas.trade", ".schemas.trade"),
    "query parameters": ROUTER.replace("trade: TradeIn", "trade: TradeIn = Depends()"),
    "an annotation that is told": ROUTER.replace("trade: TradeIn", "*, trade: Annotated[TradeIn, Body(embed=True)]"),
    "a return annotation": ROUTER.replace(", response_model=list[TradeOut]", "").replace(
        "key: int = 1)", "key: int = 1) -> TradeOut | None"
    ),
}


@pytest.mark.req("S002-5-5")
@pytest.mark.parametrize("how", ROUTERS)
def test_a_handler_may_name_its_class_in_any_usual_way(how: str) -> None:
    assert told(audited(IN, NOTE, router=ROUTERS[how])) == ["XR03 6 TradeIn.note"]


@pytest.mark.req("S002-5-5")
def test_a_handler_may_name_the_class_of_its_response_behind_an_arrow() -> None:
    grown = f"{IN}{OUT}    amount: float\n"
    assert told(audited(IN + OUT, grown, router=ROUTERS["a return annotation"])) == ["XR03 10 TradeOut.amount"]


@pytest.mark.parametrize(
    "router",
    [
        ROUTER.replace("trade: TradeIn", "trade: TradeIn = Depends(current)"),
        ROUTER.replace("trade: TradeIn", "trade: Annotated[TradeIn, Security(current)]"),
        ROUTER.replace("trade: TradeIn", "trade: TradeIn = fastapi.Depends(current)"),
        ROUTER.replace("app.schemas.trade", "other.trade"),
        ROUTERS["a module"].replace("import trade", "import other").replace("trade.Trade", "other.Trade"),
        ROUTER.replace("'/trades'", "name"),
    ],
)
def test_a_class_that_the_caller_does_not_send_is_no_request(router: str) -> None:
    assert told(audited(IN, NOTE, router=router)) == []


@pytest.mark.req("S002-5-5")
@pytest.mark.parametrize(
    ("contract", "why"),
    [
        ("paths:\n  /trades:\n    post:\n      summary: add\n", "physics.yaml names no fields, or not all, for 1"),
        ("paths:\n  /trades:\n    post:\n      request:\n        type: object\n", "physics.yaml names no fields, or not all, for 1"),
        ("paths:\n  /trades:\n    post:\n      request: TradeIn\n", "physics.yaml names no fields, or not all, for 1"),
        ("paths:\n  /trades:\n    post:\n  /x:\n    get: 1\n", "physics.yaml names no fields, or not all, for 1"),
        ("paths:\n  /trades:\n    post:\n      a: 'b' | 'c'\n", "physics.yaml is no YAML: line 4:16: is no YAML: did not find expected"),
    ],
)
def test_what_cannot_be_compared_is_said_and_is_no_finding(contract: str, why: str) -> None:
    ruling = audited(IN, NOTE, contract)
    assert told(ruling) == []
    assert ruling.basis.startswith(f"no new route that is not declared, new fields not judged: {why}")


@pytest.mark.req("S002-5-5")
def test_handlers_that_name_no_class_are_not_judged_and_say_so() -> None:
    bare = "from flask import Flask\napp = Flask(__name__)\n\n\n@app.post('/trades')\ndef add():\n    return []\n"
    assert audited(IN, NOTE, router=bare).basis == "no new route that is not declared, new fields not judged: no handler names a class"
    assert audited(None, NOTE, router=bare).basis.endswith(", new fields not judged: no handler names a class")
    assert audited("x = 1\n", "x = 2\n", router=bare).basis == "no new route that is not declared"


@pytest.mark.req("S002-5-5")
def test_fields_of_handlers_in_other_languages_are_not_judged_and_say_so_where_something_of_them_changed() -> None:
    facts = RouteFacts(routes=(("app", Route(method="POST", path="/trades", line=1)),), routers=(("app", ""),))
    parts = {"routes": {RepoPath("web/app.ts"): facts}, "documents": {FORGE.physics: CONTRACT.encode()}}
    changed = judge(snapshot(**{**written(("web/types.ts", None, "interface A { b: string }\n")), **parts}))
    assert changed.basis == "no new route that is not declared, new fields not judged: fields of TypeScript are not read"
    both = {RepoPath("app/trades.py"): extract_routes(RepoPath("app/trades.py"), ROUTER.encode()), **parts["routes"]}
    silent = {FORGE.physics: b"paths:\n  /trades:\n    post:\n      summary: add\n"}
    mixed = judge(snapshot(**{**written(("web/types.ts", None, "x\n"), (MODELS, IN, NOTE)), "routes": both, "documents": silent}))
    assert mixed.basis.endswith("physics.yaml names no fields, or not all, for 1, fields of TypeScript are not read")
    assert judge(snapshot(**{**written(("web/a.test.ts", None, "x\n")), **parts})).basis == "no new route that is not declared"


SHAPES = {
    "plain": "      request:\n        note: string\n",
    "other letters": "      request:\n        No-Te: string\n",
    "a text": "      request: '{ amount: int, note: str }'\n",
    "a list": "      request:\n        fields: [amount, note]\n",
    "parameters": "      parameters:\n        - name: note\n          in: query\n",
    "a schema": "      request: Trade\n",
    "a schema with a remark": "      request: Trade (as it is stored)\n",
    "a list of a schema": "      request:\n        items: Trade[]\n",
    "a reference": "      requestBody:\n        content:\n          a/json:\n            schema: {$ref: '#/components/schemas/Trade'}\n",
    "properties": "      request:\n        type: object\n        properties:\n          note:\n            type: string\n",
    "a field that is named type": "      request:\n        type:\n          note: string\n",
    "an object that is a reference": "      request: {type: object, $ref: '#/schemas/Trade'}\n",
    "an object of parts": "      request:\n        type: object\n        allOf:\n          - note: string\n",
    "an object with a schema": "      request: {type: object, schema: {note: string}}\n",
    "a reference to another of the same name": "      request: {a: {$ref: '#/other/Trade'}, b: {$ref: '#/schemas/Trade'}}\n",
    "parts of a whole": "      request:\n        allOf:\n          - $ref: '#/schemas/Trade'\n",
    "a loop": "      request: Loop\n",
}
SCHEMAS = (
    "other:\n  Trade:\n    amount: number\n"
    "schemas:\n  Trade:\n    amount: number\n    note: string\n  Loop:\n    next: Loop\n    of: Trade\n"
    "components:\n  schemas:\n    Trade:\n      properties:\n        note:\n          type: string\n"
)


@pytest.mark.req("S002-5-5")
@pytest.mark.parametrize("shape", SHAPES)
def test_a_contract_may_declare_a_field_in_any_usual_way(shape: str) -> None:
    contract = f"paths:\n  /trades:\n    post:\n{SHAPES[shape]}{SCHEMAS}"
    ruling = audited(IN, NOTE, contract)
    assert (told(ruling), ruling.basis) == ([], "no new route that is not declared, 1 new field compared")
    assert told(audited(IN, f"{IN}    other: int\n", contract)) == ["XR03 6 TradeIn.other"]


@pytest.mark.parametrize(
    "side",
    [
        "requestBody:\n        $ref: '#/components/nowhere'\n",
        "request:\n        additionalProperties: true\n",
        "request:\n        any:\n          type: object\n",
        "request: object\n",
        "request:\n        of: Dict[Trade]\n",
        "request: " + "[" * 24 + "deep" + "]" * 24 + "\n",
        "request: " + "{a: " * 24 + "deep" + "}" * 24 + "\n",
        "request: Chain0\nschemas:\n" + "".join(f"  Chain{n}: {{to: Chain{n + 1}}}\n" for n in range(40)) + "  Chain40: string\n",
    ],
)
def test_a_side_that_may_hold_more_than_it_names_is_open(side: str) -> None:
    fields = parse_fields(f"paths:\n  /a:\n    post:\n      {side}".encode())
    assert not isinstance(fields, Defect)
    assert fields["/a", "POST"].request is None


def test_answers_to_faults_and_shared_parameters_belong_where_they_are_meant() -> None:
    text = (
        "paths:\n  /a/{id}:\n    parameters: [{name: id}]\n    get:\n      responses:\n        404: {type: object}\n"
        "        200: {schema: {properties: {ok: 1}}}\n        default: Error\n  b: 1\n  /c: 1\n"
    )
    fields = parse_fields(text.encode())
    assert not isinstance(fields, Defect)
    assert fields["/a/{}", "GET"].request == {"name", "id"}
    assert fields["/a/{}", "GET"].response == {"200", "schema", "properties", "ok"}
    assert list(fields) == [("/a/{}", "GET")]
    assert parse_fields(b"- a\n") == parse_fields(b"a: 1\n") == {}


@pytest.mark.parametrize(
    "side",
    [
        "[" * 20 + "deep" + "]" * 20 + "\n",
        "{a: " * 20 + "deep" + "}" * 20 + "\n",
        "Chain0\nschemas:\n" + "".join(f"  Chain{n}: {{to: Chain{n + 1}}}\n" for n in range(9)) + "  Chain9: {deep: string}\n",
    ],
    ids=["lists", "mappings", "schemas"],
)
def test_a_name_deep_in_a_side_is_declared(side: str) -> None:
    fields = parse_fields(f"paths:\n  /a:\n    post:\n      request: {side}".encode())
    assert not isinstance(fields, Defect)
    assert "deep" in (fields["/a", "POST"].request or ())


@pytest.mark.parametrize("section", ["paths", "routes", "endpoints"])
def test_routes_are_declared_in_any_section_and_schemas_among_components_too(section: str) -> None:
    text = f"components:\n  schemas:\n    Trade: {{note: string}}\n{section}:\n  /a:\n    post:\n      request: Trade[]\n"
    fields = parse_fields(text.encode())
    assert not isinstance(fields, Defect)
    assert fields["/a", "POST"].request == {"note", "string", "trade"}


def test_a_contract_over_the_limit_has_no_fields() -> None:
    assert isinstance(parse_fields(b"paths: {}\n", Limits(contract_bytes=3)), Defect)


def test_a_large_schema_that_hundreds_of_routes_share_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(physics_fields, "_WORK", 500)
    wide = "".join(f"    f{number}: string\n" for number in range(40))
    routes = "".join(f"  /r{number}:\n    post:\n      request: Wide\n" for number in range(20))
    fields = parse_fields(f"paths:\n{routes}schemas:\n  Wide:\n{wide}".encode())
    assert not isinstance(fields, Defect)
    judged = [one.request is not None for one in fields.values()]
    assert (len(judged), judged[0], judged[-1]) == (20, True, False)


def test_a_contract_behind_a_prefix_declares_for_the_whole_path() -> None:
    contract = f"servers:\n  - url: http://localhost/api\n{CONTRACT}"
    assert told(audited(IN, NOTE, contract, ROUTER.replace("APIRouter()", "APIRouter(prefix='/api')"))) == ["XR03 6 TradeIn.note"]


@settings(max_examples=40)
@given(st.text(max_size=60), st.binary(max_size=60))
def test_any_contract_and_any_class_have_an_answer(text: str, raw: bytes) -> None:
    for document in (raw, f"paths:\n  /a:\n    post:\n      request: {text}".encode("utf-8", "replace")):
        assert isinstance(parse_fields(document), (dict, Defect))
        assert isinstance(model_fields(b"class A:\n    a: int\n" + document), dict)
    assert model_fields(b"\xff") == {}
