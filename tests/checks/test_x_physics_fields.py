"""X-PHYSICS: a new field of a request or a response is declared, or the finding holds the YAML; what cannot be compared says so."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.checks.x_physics import judge
from forgewatch.core import physics_fields
from forgewatch.core.defect import Defect
from forgewatch.core.facts import Route, RouteFacts
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
    assert told(audited(IN + OUT, f"{IN}{OUT}    amount: float\n    id: int\n")) == ["XR03 10 TradeOut.amount"]


@pytest.mark.req("S002-5-5")
@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("    inner: Inner\n\n\nclass Inner(BaseModel):\n    deep: int\n    _own: int\n", ["XR03 6 TradeIn.inner", "XR03 10 Inner.deep"]),
        ("\n\nclass Alone(BaseModel):\n    deep: int\n", []),
        ("    note: str = Field(alias='amount')\n    hidden: str = Field('', exclude=True)\n    kind: ClassVar[int] = 1\n", []),
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


def test_fields_that_were_there_before_or_moved_with_their_class_are_none_of_this_cycle() -> None:
    assert told(audited(NOTE, f"{NOTE}# more\n")) == []
    moved = written((MODELS, NOTE, None), ("app/schemas/trade/all.py", None, NOTE))
    routes = {RepoPath("app/trades.py"): extract_routes(RepoPath("app/trades.py"), ROUTER.encode())}
    assert told(judge(snapshot(**{**moved, "routes": routes, "documents": {FORGE.physics: CONTRACT.encode()}}))) == []


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
    assert audited("x = 1\n", "x = 2\n", router=bare).basis == "no new route that is not declared"


@pytest.mark.req("S002-5-5")
def test_fields_of_handlers_in_other_languages_are_not_judged_and_say_so_where_something_of_them_changed() -> None:
    facts = RouteFacts(routes=(("app", Route(method="POST", path="/trades", line=1)),), routers=(("app", ""),))
    parts = {"routes": {RepoPath("web/app.ts"): facts}, "documents": {FORGE.physics: CONTRACT.encode()}}
    changed = judge(snapshot(**{**written(("web/types.ts", None, "interface A { b: string }\n")), **parts}))
    assert changed.basis == "no new route that is not declared, new fields not judged: fields of TypeScript are not read"
    assert judge(snapshot(**{**written(("web/a.test.ts", None, "x\n")), **parts})).basis == "no new route that is not declared"


SHAPES = {
    "plain": "      request:\n        note: string\n",
    "other letters": "      request:\n        No-Te: string\n",
    "a text": "      request: '{ amount: int, note: str }'\n",
    "a list": "      request:\n        fields: [amount, note]\n",
    "parameters": "      parameters:\n        - name: note\n          in: query\n",
    "a schema": "      request: Trade\n",
    "a list of a schema": "      request:\n        items: Trade[]\n",
    "a reference": "      requestBody:\n        content:\n          a/json:\n            schema: {$ref: '#/components/schemas/Trade'}\n",
    "properties": "      request:\n        type: object\n        properties:\n          note:\n            type: string\n",
    "a field that is named type": "      request:\n        type:\n          note: string\n",
    "parts of a whole": "      request:\n        allOf:\n          - $ref: '#/schemas/Trade'\n",
    "a loop": "      request: Loop\n",
}
SCHEMAS = (
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
        "request: " + "[" * 26 + "]" * 26 + "\n",
    ],
)
def test_a_side_that_may_hold_more_than_it_names_is_open(side: str) -> None:
    fields = parse_fields(f"paths:\n  /a:\n    post:\n      {side}".encode())
    assert not isinstance(fields, Defect)
    assert fields["/a", "POST"].request is None


def test_answers_to_faults_and_shared_parameters_belong_where_they_are_meant() -> None:
    text = (
        "paths:\n  /a/{id}:\n    parameters: [{name: id}]\n    get:\n      responses:\n        200: {schema: {properties: {ok: 1}}}\n"
        "        404: {type: object}\n        default: Error\n  b: 1\n  /c: 1\n"
    )
    fields = parse_fields(text.encode())
    assert not isinstance(fields, Defect)
    assert fields["/a/{}", "GET"].request == {"name", "id"}
    assert fields["/a/{}", "GET"].response == {"200", "schema", "properties", "ok"}
    assert list(fields) == [("/a/{}", "GET")]
    assert parse_fields(b"- a\n") == parse_fields(b"a: 1\n") == {}


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
