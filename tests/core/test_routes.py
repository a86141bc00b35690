"""Handlers are found in FastAPI, Starlette and Flask code, with the prefixes of every file they pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from forgewatch.core.facts import RouteFacts
from forgewatch.core.limits import LIMITS
from forgewatch.core.route_graph import resolve_routes
from forgewatch.core.routes import extract_routes
from forgewatch.core.values import RepoPath

HERE = RepoPath("app/users.py")


def resolved(files: Mapping[str, str]) -> list[str]:
    """Return the handlers of the files as `METHOD /path`; `?` stands for what is not a constant."""
    facts = {RepoPath(path): extract_routes(RepoPath(path), text.encode()) for path, text in files.items()}
    found = resolve_routes(facts)
    return sorted(f"{route.method} {'' if route.whole else '?'}{route.path or ''}" for route in found)


def handlers(text: str) -> list[str]:
    """Return the handlers of one file."""
    return resolved({HERE: text})


@pytest.mark.req("S002-10.7-W3")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from fastapi import FastAPI\napp = FastAPI()\n@app.get('/a')\ndef f(): ...\n", ["GET /a"]),
        (
            "router = APIRouter(prefix='/users')\n@router.post('')\n@router.put('/{id:int}/')\nasync def f(): ...\n",
            ["POST /users", "PUT /users/{}"],
        ),
        ("router = APIRouter()\n@router.api_route('/a', methods=['GET', 'post'])\ndef f(): ...\n", ["GET /a", "POST /a"]),
        ("router = APIRouter()\n@router.websocket(path='/ws')\ndef f(): ...\n", ["WEBSOCKET /ws"]),
        (
            "router = APIRouter()\nrouter.add_api_route('/a', f, methods=('DELETE',))\nrouter.add_api_websocket_route('/w', f)\n",
            ["DELETE /a", "WEBSOCKET /w"],
        ),
        ("app = Flask(__name__)\n@app.route('/a/<int:x>')\ndef f(): ...\n", ["GET /a/{}"]),
        ("bp = Blueprint('b', __name__, url_prefix='/b')\n@bp.route('/x', methods=['POST'])\ndef f(): ...\n", ["POST /b/x"]),
        (
            "app.add_url_rule('/a', 'a', f)\napp.add_url_rule('/b', view_func=V.as_view())\napp.add_url_rule('/c', 'c', V.as_view())\n",
            ["ANY /b", "ANY /c", "GET /a"],
        ),
        ("@api.route('/things')\nclass Things:\n    def get(self): ...\n", ["ANY /things"]),
        ("PREFIX = '/api'\nrouter = APIRouter(prefix=PREFIX + '/v1')\n@router.get(f'{PREFIX}/x')\ndef f(): ...\n", ["GET /api/v1/api/x"]),
        (
            "class A:\n    def __init__(self):\n        self.router = APIRouter(prefix='/a')\n        self.router.add_api_route('/b', f)\n",
            ["GET /a/b"],
        ),
        ("from fastapi import APIRouter as R\nr: R = R(prefix='/a')\n@r.get('/b')\ndef f(): ...\n", ["GET /a/b"]),
        ("import fastapi\nif (r := fastapi.APIRouter(prefix='/a')):\n    r.add_api_route('/b', f)\n", ["GET /a/b"]),
        ("def make():\n    router = APIRouter()\n    @router.get('/in')\n    def f(): ...\n    return router\n", ["GET /in"]),
        ("router = APIRouter()\nother = router\n@other.get('/a')\ndef f(): ...\n", ["GET /a"]),
        ("app = Starlette(routes=[Route('/no')])\n", []),
        (
            "from starlette.routing import Route, WebSocketRoute as W\n[Route('/a', f), Route('/b', f, methods=['POST']), W('/w', f)]\n",
            ["GET /a", "POST /b", "WEBSOCKET /w"],
        ),
        (
            "import starlette.routing as s\n"
            "r = [s.Mount('/m', routes=[s.Route(path='/a'), s.Mount('/n', routes=(s.Route('/b'),))]), s.Mount('/static', app=x)]\n",
            ["GET /m/a", "GET /m/n/b", "MOUNT /static"],
        ),
        ("from starlette.routing import Route\nr = Route(path, f)\n", ["GET ?"]),
        (
            "app = FastAPI()\napp.mount('/static', StaticFiles(), name='s')\nfiles = StaticFiles()\napp.mount('/f', app=files)\n",
            ["MOUNT /f", "MOUNT /static"],
        ),
        ("app = FastAPI()\nsub = FastAPI()\napp.mount('/sub', sub)\n@sub.get('/a')\ndef f(): ...\n", ["GET /sub/a"]),
        ("router = APIRouter(prefix=settings.prefix)\n@router.get('/a')\ndef f(): ...\n", ["GET ?/a"]),
        ("@router.get(path())\ndef f(): ...\n", ["GET ?"]),
        (
            "router = APIRouter()\n@router.api_route('/a', methods=METHODS)\n@router.api_route('/b', methods=[M])\ndef f(): ...\n",
            ["ANY /a", "ANY /b"],
        ),
        ("A = '/a'\nA = '/b'\n@app.get(A)\ndef f(): ...\n", ["GET ?"]),
        ("A: str = '/a'\nB: str\n@app.get(A)\ndef f(): ...\n", ["GET /a"]),
        ("app = FastAPI()\napp.post('/a')(f)\napp.api_route('/b', methods=['PUT'])(f)\n", ["POST /a", "PUT /b"]),
        ("app = Flask(__name__)\napp.route('/a')(lambda: '')\n", ["GET /a"]),
        ("app = FastAPI()\ng = app.get\n@g('/a')\ndef f(): ...\n", ["GET /a"]),
        ("g = self.router.get\n@g('/a')\ndef f(): ...\n", ["GET /a"]),
        ("app = Flask(__name__)\n@app.route(rule='/MAX/')\ndef f(): ...\n", ["GET /MAX"]),
        ("def setup(users):\n    @users.get('/a')\n    def f(): ...\n", ["GET /a"]),
        ("things = FastAPI()\nthings.post('/a')(f)\n", ["POST /a"]),
        ("def routes(app):\n    app.post('/a')(f)\n", ["POST /a"]),
        ("A = '/a'\nB = A + '/b'\n@app.get(B)\ndef f(): ...\n", ["GET /a/b"]),
        ("A = f()\nA = g()\nA = '/a'\n@app.get(A)\ndef f(): ...\n", ["GET ?"]),
        ("P = '/p'\napp = FastAPI()\nr = APIRouter()\napp.include_router(r, prefix=P)\n@r.get('/a')\ndef f(): ...\n", ["GET /p/a"]),
        (
            "app = FastAPI()\nsub = FastAPI()\napp.mount('/sub', app=sub)\n"
            "bp = Blueprint()\napp.register_blueprint(blueprint=bp, url_prefix='/p')\n"
            "@sub.get('/a')\n@bp.get('/b')\ndef f(): ...\n",
            ["GET /p/b", "GET /sub/a"],
        ),
        ("import starlette\nr = [starlette.routing.Route('/a', f)]\n", ["GET /a"]),
        ("import starlette.routing\nr = [starlette.routing.Route('/a', f)]\n", ["GET /a"]),
        ("from fastapi.routing import APIRoute\nP = '/a'\nr = [APIRoute(P, f)]\n", ["GET /a"]),
        (
            "from starlette.routing import Mount, Route\n"
            "a = [Mount(settings.p, routes=[Route('/a', f), Mount('/m', routes=[Route('/b', f)])])]\n"
            "b = [Mount('/n', routes=[Mount(settings.p, routes=[Route('/c', f)])])]\n",
            ["GET ?/a", "GET ?/c", "GET ?/m/b"],
        ),
    ],
)
def test_a_handler_is_found_under_its_path(text: str, found: list[str]) -> None:
    assert handlers(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "@mock.patch('app.users.get')\ndef test_route(): ...\n",
        "@patch('/x')\ndef route(): ...\n",
        "@cache.get(key)\ndef route(): ...\n",
        "@thing.get('')\ndef route(): ...\n",
        "@router.get()\ndef f(): ...\n",
        "@router.get\ndef f(): ...\n",
        "@app.exception_handler('/x')\ndef route(): ...\n",
        "@app.listener('/x')\ndef route(): ...\n",
        "@f()('/x')\ndef route(): ...\n",
        "client.get('/route')\n",
        "route = client.get('/a')(b)\n",
        "from x import g\n@g('/route')\ndef f(): ...\n",
        "Route('/a', f)\n",
        "from mine import Route\nRoute('/a', f)\n",
        "router.include_router(make())\n",
        "router.get = APIRouter\n",
        "app().mount('/x', y)\nx.mount()\nx.mount(y, z)\n",
        "app = make_route()\n",
        "router = APIRouter(\n",
        "# coding: utf-7\nrouter = 1\n",
        "x = 1\n",
        "x[0] = APIRouter()\n",
        "@thing.get('/\\ud800')\ndef route(): ...\n",
    ],
)
def test_what_only_looks_like_a_handler_is_none(text: str) -> None:
    assert handlers(text) == []


def test_a_file_without_a_trace_of_routes_is_not_even_parsed() -> None:
    assert extract_routes(HERE, b"x = (\n") == RouteFacts()
    assert extract_routes(RepoPath("app/__init__.py"), b"from .a import b\n").imports == (("b", "app.a", "b"),)
    assert extract_routes(RepoPath("__init__.py"), b"import a\n").imports == (("a", "a", ""),)


def test_a_file_over_the_limit_is_not_read() -> None:
    whole = b"@app.get('/route')\ndef f(): ...\n".ljust(LIMITS.source_bytes)
    assert len(extract_routes(HERE, whole).routes) == 1
    assert extract_routes(HERE, whole + b" ") == RouteFacts()


ROUTER = "from fastapi import APIRouter\nrouter = APIRouter(prefix='/users')\n@router.get('/{id}')\ndef f(): ...\n"
PLAIN = "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/a')\ndef f(): ...\n"


@pytest.mark.req("S002-10.7-W3")
@pytest.mark.parametrize(
    ("files", "found"),
    [
        (
            {
                "app/main.py": "from app.routers import users\napp = FastAPI()\napp.include_router(users.router, prefix='/api')\n",
                "app/routers/users.py": ROUTER,
            },
            ["GET /api/users/{}"],
        ),
        (
            {
                "app/main.py": "from app.routers.users import router as u\napp = FastAPI()\napp.include_router(u, prefix='/api')\n",
                "app/routers/users.py": ROUTER,
            },
            ["GET /api/users/{}"],
        ),
        (
            {
                "app/main.py": "import app.routers.users\napp = FastAPI()\napp.include_router(app.routers.users.router, prefix='/api')\n",
                "app/routers/users.py": ROUTER,
            },
            ["GET /api/users/{}"],
        ),
        (
            {
                "app/main.py": "from .routers import users\napp = FastAPI()\napp.include_router(users.router)\n",
                "app/routers/users.py": ROUTER,
            },
            ["GET /users/{}"],
        ),
        (
            {
                "app/main.py": "from app.api import api\napp = FastAPI()\napp.include_router(api, prefix='/v1')\n",
                "app/api/__init__.py": "from app.api.root import root as api\n",
                "app/api/root.py": "from . import users\nroot = APIRouter(prefix='/x')\nroot.include_router(users.router)\n",
                "app/api/users.py": ROUTER,
            },
            ["GET /v1/x/users/{}"],
        ),
        (
            {
                "src/app/main.py": "from app.a import router\napp.include_router(router, prefix='/p')\n",
                "src/app/a.py": PLAIN,
                "old/app/a.py": PLAIN,
            },
            ["GET /a", "GET /p/a"],
        ),
        (
            {
                "app/main.py": "from app import a, b\nfor r in (a.router, b.router):\n    app.include_router(r, prefix='/p')\n",
                "app/a.py": PLAIN,
                "app/b.py": ROUTER,
            },
            ["GET /p/a", "GET /p/users/{}"],
        ),
        (
            {
                "app/main.py": "from app import a\napp.include_router(a.router, prefix='/p')\napp.include_router(a.router, prefix='/q')\n",
                "app/a.py": PLAIN,
            },
            ["GET /p/a", "GET /q/a"],
        ),
        ({"app/main.py": "from app import a\napp.include_router(a.router, prefix=settings.p)\n", "app/a.py": PLAIN}, ["GET ?/a"]),
        (
            {
                "app/main.py": "from app import a\nr = APIRouter(prefix=settings.p)\nr.include_router(a.router, prefix='/x')\n",
                "app/a.py": PLAIN,
            },
            ["GET ?/x/a"],
        ),
        ({"app/main.py": "app = FastAPI()\n", "app/a.py": "from app.main import app\n@app.get('/a')\ndef f(): ...\n"}, ["GET /a"]),
        (
            {
                "app/main.py": "from app import a\napp.include_router(a.missing, prefix='/p')\nx.include_router(nowhere.router)\n",
                "app/a.py": PLAIN,
            },
            ["GET /a"],
        ),
        (
            {
                "a.py": "from b import bp\napp.register_blueprint(bp, url_prefix='/new')\n",
                "b.py": "bp = Blueprint('b', __name__, url_prefix='/old')\n@bp.route('/x')\ndef f(): ...\n",
            },
            ["GET /new/x"],
        ),
        (
            {
                "a.py": "from b import bp\napp.register_blueprint(bp)\n",
                "b.py": "bp = Blueprint('b', __name__, url_prefix='/old')\n@bp.route('/x')\ndef f(): ...\n",
            },
            ["GET /old/x"],
        ),
        ({"a.py": "from b import router as r\napp.include_router(router=r, prefix='/p')\n", "b.py": PLAIN}, ["GET /p/a"]),
        (
            {
                **{
                    f"{name}/app/main.py": f"from app.a import router\napp.include_router(router, prefix='/{name}')\n"
                    for name in ("one", "two")
                },
                "one/app/a.py": PLAIN,
                "two/app/a.py": ROUTER,
            },
            ["GET /one/a", "GET /two/users/{}"],
        ),
        (
            {
                "main.py": "from app.a import router\napp.include_router(router, prefix='/p')\n",
                "app/a.py": PLAIN,
                "old/app/a.py": ROUTER,
            },
            ["GET /p/a", "GET /users/{}"],
        ),
        (
            {"x/app/main.py": "from ..a import router\napp.include_router(router, prefix='/p')\n", "x/a.py": PLAIN, "x/app/a.py": ROUTER},
            ["GET /p/a", "GET /users/{}"],
        ),
        ({"app/main.py": "from ..a import router\napp.include_router(router, prefix='/p')\n", "a.py": PLAIN}, ["GET /p/a"]),
        (
            {"a.py": "from x import *\nfrom b import *\nfrom c import *\napp.include_router(router, prefix='/p')\n", "b.py": PLAIN},
            ["GET /p/a"],
        ),
        (
            {"a.py": "from b import router\nrouter.include_router(router)\napp.include_router(router, prefix='/p')\n", "b.py": PLAIN},
            ["GET /p/a"],
        ),
    ],
)
def test_prefixes_are_joined_over_files(files: dict[str, str], found: list[str]) -> None:
    assert resolved(files) == found


def through_files(hops: int) -> dict[str, str]:
    """Return a router that is taken from file to file until it is mounted."""
    between = {f"p{n}/__init__.py": f"from p{n + 1} import router\n" for n in range(1, hops)}
    return {"main.py": "from p1 import router\napp.include_router(router, prefix='/p')\n", **between, f"p{hops}/__init__.py": PLAIN}


def through_names(hops: int) -> dict[str, str]:
    """Return a router that is given one name after the other until it is mounted."""
    names = "".join(f"r{n} = r{n - 1}\n" for n in range(1, hops + 1))
    return {"main.py": f"{PLAIN.replace('router', 'r0')}{names}app.include_router(r{hops}, prefix='/p')\n"}


def through_stars(hops: int) -> dict[str, str]:
    """Return a router that each file takes over from another with all its names."""
    return {path: text.replace("import router", "import *") for path, text in through_files(hops).items()}


def through_modules(hops: int) -> dict[str, str]:
    """Return a router that is taken from module to module, with a name and a module in each."""
    packages = {f"p{n}/__init__.py": "" for n in range(1, hops + 1)}
    between = {f"p{n}/m.py": f"from p{n + 1} import m\nrouter = m.router\n" for n in range(1, hops)}
    main = "from p1 import m\napp.include_router(m.router, prefix='/p')\n"
    return {"main.py": main, **packages, **between, f"p{hops}/m.py": PLAIN}


@pytest.mark.parametrize(("files", "most"), [(through_files, 12), (through_stars, 12), (through_names, 12), (through_modules, 6)])
def test_a_router_is_followed_twelve_steps_and_keeps_its_own_path_beyond(files: Callable[[int], dict[str, str]], most: int) -> None:
    assert resolved(files(most)) == ["GET /p/a"]
    assert resolved(files(most + 1)) == ["GET /a"]


def test_handlers_of_one_line_are_in_the_order_of_their_paths() -> None:
    listed = "".join(f"Route({path}, f), " for path in ("'/d'", "'/b'", "path", "'/c'", "'/a'"))
    facts = {HERE: extract_routes(HERE, f"from starlette.routing import Route\nr = [{listed}]\n".encode())}
    assert [route.path for route in resolve_routes(facts)] == [None, "/a", "/b", "/c", "/d"]


def test_routers_that_include_each_other_end() -> None:
    mounts = "a.include_router(b)\nb.include_router(a)\na.include_router(a)\n"
    text = f"a = APIRouter(prefix='/a')\nb = APIRouter(prefix='/b')\n{mounts}@a.get('/x')\ndef f(): ...\n"
    assert handlers(text) == ["GET /b/a/x"]


def test_names_that_mean_each_other_end() -> None:
    files = {
        "a/__init__.py": "from b import x\n",
        "b/__init__.py": "from a import x\n",
        "m.py": "from a import x\napp.include_router(x)\ny = z\nz = y\napp.include_router(y)\n",
    }
    assert resolved(files) == []


def test_a_web_of_mounts_is_bounded() -> None:
    levels = 30
    lines = [f"r{n} = APIRouter()" for n in range(levels + 1)]
    lines += [f"r{n}.include_router(r{n + 1}, prefix='/{side}')" for n in range(levels) for side in "ab"]
    text = "\n".join([*lines, f"@r{levels}.get('/x')", "def f(): ...", ""])
    assert len(handlers(text)) == 64


def test_a_tower_of_mounts_is_bounded() -> None:
    lines = [f"r{n} = APIRouter()\nr{n}.include_router(r{n + 1}, prefix='/p')" for n in range(500)]
    found = handlers("\n".join(["r500 = APIRouter()", *lines, "@r500.get('/x')\ndef f(): ...\n"]))
    assert found == [f"GET {'/p' * 32}/x"]


@pytest.mark.parametrize(("levels", "found"), [(15, [f"GET {'/m' * 15}/x"]), (16, []), (30, [])])
def test_a_tower_of_starlette_mounts_is_bounded(levels: int, found: list[str]) -> None:
    inner = "Route('/x', f)"
    for _ in range(levels):
        inner = f"Mount('/m', routes=[{inner}])"
    assert handlers(f"from starlette.routing import Mount, Route\nr = [{inner}]\n") == found
