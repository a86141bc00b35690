"""W3 and X-PHYSICS over Express, Hono, Next and Go: both directions, beside Python, and what cannot be read is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forgewatch.app.extraction import NoGrammars
from forgewatch.checks import w3_routes, x_physics
from forgewatch.core.facts import RouteFacts
from forgewatch.core.foreign_routes import extract_foreign_routes, files_with_routes, route_words
from forgewatch.core.places import FORGE, FORGE_JSON
from forgewatch.core.routes import extract_routes
from forgewatch.core.source_kinds import NO_EXTRA
from forgewatch.core.values import RepoPath
from forgewatch.core.verdict import Finding, Ruling
from tests.support.foreign import GRAMMARS, wants_grammars
from tests.support.snapshots import snapshot, written

pytestmark = wants_grammars

PLACE = FORGE.physics
CONTRACT = b"paths:\n  /api/users:\n    get:\n    post:\n  /api/users/{id}:\n    get:\n"
PYTHON = "from fastapi import APIRouter\nrouter = APIRouter(prefix='/api')\n"
FASTAPI = f"{PYTHON}@router.get('/users')\n@router.post('/users')\n@router.get('/users/{{id}}')\ndef f(): ...\n"
SERVER = "import express from 'express'\nimport users from './users'\nconst app = express()\napp.use('/api', users)\n"
USERS = "import { Router } from 'express'\nconst router = Router()\nexport default router\n"
EXPRESS = {
    "server/app.ts": SERVER,
    "server/users.ts": f"{USERS}router.route('/users').get(all).post(add)\nrouter.get('/users/:id', one)\n",
}
HONO = {
    "src/index.ts": "import { Hono } from 'hono'\nimport { users } from './users'\n"
    "const app = new Hono().basePath('/api')\napp.route('/users', users)\nexport default app\n",
    "src/users.ts": "import { Hono } from 'hono'\n"
    "export const users = new Hono().get('/', (c) => c.json([])).post('/', (c) => c.json({})).get('/:id', (c) => c.json({}))\n",
}
NEXT = {
    "web/src/app/api/users/route.ts": "export async function GET() {}\nexport const POST = async () => {}\n",
    "web/src/pages/api/users/[id].ts": "export default function handler(req: NextApiRequest, res: NextApiResponse) {}\n",
}
GO = {
    "cmd/api/main.go": 'package main\nimport (\n\t"net/http"\n\t"example.com/shop/internal/users"\n)\n'
    'func main() {\n\tmux := http.NewServeMux()\n\tusers.Register(mux)\n\thttp.ListenAndServe(":80", mux)\n}\n',
    "internal/users/http.go": 'package users\nimport "net/http"\nfunc Register(mux *http.ServeMux) {\n'
    '\tmux.HandleFunc("GET /api/users", all)\n\tmux.HandleFunc("POST /api/users", add)\n\tmux.HandleFunc("GET /api/users/{id}", one)\n}\n',
}
GORILLA = {
    "main.go": 'package main\nimport "github.com/gorilla/mux"\nfunc main() {\n\tr := mux.NewRouter()\n'
    '\tapi := r.PathPrefix("/api").Subrouter()\n\tapi.HandleFunc("/users", all).Methods("GET")\n'
    '\tapi.HandleFunc("/users", add).Methods("POST")\n\tapi.HandleFunc("/users/{id:[0-9]+}", one).Methods("GET")\n}\n'
}
CHI = {
    "main.go": 'package main\nimport "github.com/go-chi/chi/v5"\nfunc main() {\n\tr := chi.NewRouter()\n'
    '\tr.Route("/api/users", func(r chi.Router) {\n\t\tr.Get("/", all)\n\t\tr.Post("/", add)\n\t\tr.Get("/{id}", one)\n\t})\n}\n'
}
BACKENDS = {"Express": EXPRESS, "Hono": HONO, "Next": NEXT, "net/http": GO, "gorilla": GORILLA, "chi": CHI}
FRONT_END = {
    "web/src/api.ts": "import axios from 'axios'\nconst api = axios.create({})\nexport const all = () => api.get('/api/users', {})\n"
    "export const one = (id: string) => fetch(`/api/users/${id}`)\nconst seen = new Map()\nseen.get('/key', 1)\n",
    "web/src/App.tsx": "import { Route, useRouter } from 'react-router-dom'\nconst router = useRouter()\nrouter.get('/x', y)\n"
    "export const App = () => <Route path='/users' element={<Users />} />\n",
    "web/src/mocks/handlers.ts": "import { http } from 'msw'\nimport express from 'express'\n"
    "export const all = [http.get('/api/users', f)]\n"
    "express().get('/mocked', h)\n",
    "web/src/main.ts": "import { createApp } from 'vue'\nconst app = createApp(App)\napp.use('/x', router)\napp.get('/y', z)\n",
    "web/src/setupProxy.js": "module.exports = function (app) {\n  app.use('/api', createProxyMiddleware({}))\n  app.get('/dev', h)\n}\n",
    "web/src/users.test.ts": "import express from 'express'\nimport request from 'supertest'\nconst app = express()\napp.get('/fake', h)\n"
    "request(app).get('/api/users')\n",
    "web/dist/server.js": "const app = require('express')()\napp.get('/made', h)\n",
    "web/node_modules/x/index.js": "const app = require('express')()\napp.get('/theirs', h)\n",
    "web/src/types.d.ts": "import { Router } from 'express'\ndeclare const router: Router\n",
    "tools/mock.js": "const app = require('express')()\napp.get('/mock', h)\n",
}


def facts(files: dict[str, str], extra: bool = True) -> dict[RepoPath, RouteFacts]:
    """Return the routes that capture would bring."""
    foreign = files_with_routes(map(RepoPath, files))
    found = {path: extract_foreign_routes(path, files[path].encode(), GRAMMARS) for path in foreign}
    python = {RepoPath(path): extract_routes(RepoPath(path), text.encode()) for path, text in files.items() if path.endswith(".py")}
    kept = {path: fact if extra else RouteFacts(unread=NO_EXTRA) for path, fact in found.items() if fact != RouteFacts()}
    return {**python, **kept}


def judged(files: dict[str, str], contract: bytes = CONTRACT, forge: object = None, extra: bool = True, **parts: Any) -> Ruling:
    """Judge files that changed in this cycle."""
    documents = {PLACE: contract, RepoPath(FORGE_JSON): json.dumps(forge).encode()} if forge else {PLACE: contract}
    values = {**written(*((path, None, text) for path, text in files.items())), "routes": facts(files, extra)}
    return w3_routes.judge(snapshot(**{**values, "documents": documents, "base_documents": documents, **parts}))


def told(rows: tuple[Finding, ...]) -> list[str]:
    return [f"{row.code} {row.path}:{row.line} {row.actual}" for row in rows]


@pytest.mark.req("S002-5-1")
@pytest.mark.parametrize("name", BACKENDS)
def test_a_backend_whose_routes_are_declared_passes(name: str) -> None:
    ruling = judged(BACKENDS[name])
    assert (told(ruling.findings), told(ruling.notes), ruling.applicable) == ([], [], True)
    assert ruling.basis == "3 routes declared, 3 handlers found"


@pytest.mark.req("S002-5-1")
@pytest.mark.parametrize("name", BACKENDS)
def test_a_declared_route_without_handler_is_told(name: str) -> None:
    (finding,) = judged(BACKENDS[name], CONTRACT + b"  /api/cards:\n    delete:\n").findings
    assert (finding.code, finding.expected, finding.line) == ("W301", "DELETE /api/cards", 7)


@pytest.mark.req("S002-5-1")
@pytest.mark.parametrize("name", BACKENDS)
def test_a_handler_that_is_not_declared_is_told_with_its_place(name: str) -> None:
    ruling = judged(BACKENDS[name], b"paths:\n  /api/users:\n    get:\n    post:\n")
    ((code, path, line),) = [(row.code, row.path, row.line) for row in ruling.findings]
    assert code == "W302"
    assert BACKENDS[name][str(path)].split("\n")[(line or 0) - 1].count("id") or path.endswith("[id].ts")


@pytest.mark.req("S002-10.7-W3")
def test_a_python_backend_with_an_honest_front_end_passes() -> None:
    forge = {"backend": {"language": "python"}, "frontend": {"language": "typescript"}}
    ruling = judged({"app/api.py": FASTAPI, **FRONT_END}, forge=forge)
    assert (told(ruling.findings), told(ruling.notes)) == ([], [])
    assert ruling.basis == "3 routes declared, 3 handlers found"


@pytest.mark.req("S002-10.7-W3")
def test_both_sides_of_a_repository_are_judged_by_one_contract() -> None:
    forge = {"backend": {"language": "python"}, "frontend": {"language": "typescript"}}
    own = {"web/app/api/session/route.ts": "export const GET = auth(async () => {})\n"}
    ruling = judged({"app/api.py": f"{PYTHON}@router.get('/users')\ndef f(): ...\n", **FRONT_END, **own}, forge=forge)
    assert told(ruling.findings) == [
        f"W301 {PLACE}:2 no handler",
        f"W301 {PLACE}:5 no handler",
        "W302 web/app/api/session/route.ts:1 GET /api/session",
    ]


def test_an_address_may_be_named_like_a_folder_of_tests() -> None:
    files = {
        **EXPRESS,
        "web/app/api/test/route.ts": "export function GET() {}\n",
        "web/tests/app/api/route.ts": "export function GET() {}\n",
    }
    assert told(judged(files).findings) == ["W302 web/app/api/test/route.ts:1 GET /api/test"]


def test_a_path_that_is_not_constant_is_a_note() -> None:
    ruling = judged({"server/app.ts": f"{SERVER}app.get(path, h)\n", "server/users.ts": EXPRESS["server/users.ts"]})
    assert (told(ruling.findings), [row.code for row in ruling.notes]) == ([], ["W304"])


@pytest.mark.parametrize(
    "cheat",
    [
        "// app.delete('/api/users/:id', one)\n",
        "const text = `app.delete('/api/users/:id', one)`\n",
        "const fake = { delete() {} }\nfake.delete('/api/users/:id', one)\n",
        "const app2 = {}\napp2.delete('/api/users/:id', one)\n",
        "import own from './express'\nown().delete('/api/users/:id', one)\n",
        "app.use('/api', limit())\n",
        "app.use(limit)\n",
        "app.get('*', page)\n",
        "app.use('/', express.static('public'))\n",
        "axios.delete('/api/users/:id', one)\n",
    ],
)
def test_a_missing_handler_is_not_hidden_by(cheat: str) -> None:
    files = {**EXPRESS, "server/app.ts": f"import limit from 'express-rate-limit'\n{SERVER}{cheat}"}
    assert told(judged(files, CONTRACT + b"    delete:\n").findings) == [f"W301 {PLACE}:5 no handler"]


def test_a_part_that_a_package_serves_answers_for_all_below_it() -> None:
    files = {**EXPRESS, "server/app.ts": f"import {{ graph }} from 'graph'\n{SERVER}app.use('/graphql', graph(x))\n"}
    assert told(judged(files, CONTRACT + b"  /graphql:\n    post:\n").findings) == []


@pytest.mark.req("S002-10.7-W3")
@pytest.mark.parametrize(
    ("files", "forge", "basis"),
    [
        (EXPRESS, None, "there is no Python code: routes of TypeScript files are not read: forgewatch[polyglot] is not installed"),
        (
            {**EXPRESS, "scripts/a.py": "x = 1\n"},
            {"backend": {"language": "TypeScript 5"}},
            "the backend is TypeScript 5: routes of TypeScript files are not read: forgewatch[polyglot] is not installed",
        ),
        ({**GO, "a.py": ""}, {"backend": {"language": "go"}}, "the backend is go: routes of Go files are not read: forgewatch[polyglot]"),
    ],
)
def test_without_the_extra_it_does_not_apply_and_names_it(files: dict[str, str], forge: object, basis: str) -> None:
    ruling = judged(files, forge=forge, extra=False)
    assert not ruling.applicable
    assert ruling.basis.startswith(f"3 routes declared, {basis}")


@pytest.mark.parametrize("language", ["TypeScript", "TypeScript/Node", "Node.js 22", "nodejs", "javascript (ES2022)", "Express"])
def test_the_language_of_a_backend_may_be_written_in_many_ways(language: str) -> None:
    ruling = judged({**EXPRESS, "scripts/a.py": ""}, forge={"backend": {"language": language}})
    assert (ruling.applicable, ruling.basis) == (True, "3 routes declared, 3 handlers found")


def test_new_routes_without_the_extra_do_not_apply_and_name_it() -> None:
    ruling = x_physics.judge(snapshot(routes=facts(EXPRESS, extra=False), documents={PLACE: CONTRACT}))
    assert (ruling.applicable, ruling.basis) == (
        False,
        "no handlers were found; routes of TypeScript files are not read: forgewatch[polyglot] is not installed",
    )


def test_without_the_extra_python_is_judged_and_the_rest_is_named() -> None:
    ruling = judged({"app/api.py": FASTAPI, **EXPRESS, **GO}, CONTRACT + b"    delete:\n", extra=False)
    assert told(ruling.findings) == [f"W301 {PLACE}:5 no handler"]
    assert ruling.basis.endswith("3 handlers found; routes of Go and TypeScript files are not read: forgewatch[polyglot] is not installed")


@pytest.mark.parametrize(
    ("files", "forge", "why"),
    [
        (
            {"src/main.ts": "import Fastify from 'fastify'\nFastify().get('/api/users', h)\n"},
            None,
            "no framework was found whose routes are",
        ),
        (
            {"src/main.rs": "fn main() {}\n", "a.py": "x = 1\n"},
            {"backend": {"language": "Rust"}},
            "the backend is Rust: routes of it are not",
        ),
        (
            {"src/a.ts": "export {}\n"},
            {"backend": {"language": "node"}},
            "the backend is node: no framework was found whose routes are read",
        ),
        ({"Main.java": "class Main {}\n"}, {"backend": {"language": "№ 1"}}, "the backend is № 1: routes of it are not read"),
        ({"Main.java": "class Main {}\n"}, {"backend": {"language": 7}}, "there is no Python code: no framework was found"),
    ],
)
def test_what_is_still_not_read_is_named(files: dict[str, str], forge: object, why: str) -> None:
    ruling = judged(files, forge=forge)
    assert not ruling.applicable
    assert why in ruling.basis


def test_a_front_end_with_handlers_of_its_own_beside_a_backend_that_is_not_read() -> None:
    ruling = judged({**NEXT, "Main.java": "class Main {}\n"}, b"paths:\n  /orders:\n    get:\n", {"backend": {"language": "Java 21"}})
    assert {row.code for row in ruling.findings} == {"W302"}
    assert ruling.basis == "1 route declared, 3 handlers found; the backend is Java 21: routes of it are not read"


def test_a_file_that_cannot_be_parsed_is_named() -> None:
    files = {**EXPRESS, "server/big.ts": "import 'express'\nconst x = 1\n" + " " * 600_000}
    assert judged(files).basis.endswith("; routes of TypeScript files are not read: expected at most 524288 bytes, found 600029")


def test_every_reason_why_files_are_not_read_is_named() -> None:
    nest = "import { NestFactory } from '@nestjs/core'\nimport express from 'express'\nconst app = express()\n"
    files = {"src/main.ts": nest, "src/big.ts": "import 'express'\nconst x = 1\n" + " " * 600_000}
    assert judged(files).basis.endswith(
        "routes of TypeScript files are not read: a framework that is not read makes some of them;"
        " routes of TypeScript files are not read: expected at most 524288 bytes, found 600029"
    )


def test_files_of_no_backend_make_no_contract_necessary() -> None:
    static = {"main.go": 'package main\nimport "net/http"\nfunc main() { http.Handle("/", http.FileServer(d)) }\n'}
    ruling = judged(static, documents={}, base_documents={})
    assert told(ruling.findings) == []


@pytest.mark.req("S002-5-2")
@pytest.mark.parametrize("name", BACKENDS)
def test_routes_that_are_new_since_base_are_proposed_as_yaml(name: str) -> None:
    files = BACKENDS[name]
    now, base = snapshot(routes=facts(files), documents={PLACE: b"paths: {}\n"}), facts(files)
    findings = x_physics.judge(now).findings
    assert findings == ()
    changes = written(*((path, "", text) for path, text in files.items()))
    ruling = x_physics.judge(snapshot(**changes, routes=facts(files), documents={PLACE: b"paths: {}\n"}))
    assert len(ruling.findings) == 3
    assert ruling.findings[0].expected.startswith("paths:\n  /api/users")
    known = x_physics.judge(snapshot(**changes, routes=facts(files), base_routes=base, documents={PLACE: b"paths: {}\n"}))
    assert known.findings == ()


def test_a_route_that_leaves_with_its_handler_is_honest_work() -> None:
    before = facts({**EXPRESS, "server/users.ts": EXPRESS["server/users.ts"] + "router.delete('/users/:id', gone)\n"})
    ruling = judged(EXPRESS, base_documents={PLACE: CONTRACT + b"    delete:\n"}, base_routes=before)
    assert (told(ruling.findings), [row.code for row in ruling.notes]) == ([], ["W305"])


@pytest.mark.parametrize(
    ("path", "product"),
    [
        ("src/server.ts", True),
        ("api/tools/main.go", True),
        ("web/app/api/tools/test/build/route.ts", True),
        ("config/routes.js", True),
        ("src/server.py", False),
        ("src/server.test.ts", False),
        ("internal/users_test.go", False),
        ("app/route.ts", True),
        ("web/src/app/route.ts", True),
        ("tests/app/api/route.ts", False),
        ("tests/app/route.ts", False),
        ("node_modules/x/app/route.ts", False),
        ("node_modules/x/app/api/route.ts", False),
        ("vendor/github.com/gorilla/mux/mux.go", False),
        ("scripts/mock.js", False),
        ("src/types.d.ts", False),
        ("src/api.pb.go", False),
        ("public/app.min.js", False),
        ("src/mocks/server.ts", False),
    ],
)
def test_files_of_the_product_are_told_by_their_names(path: str, product: bool) -> None:
    assert files_with_routes([RepoPath(path)]) == ([RepoPath(path)] if product else [])


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("a.ts", "import express from 'express'", (True, True)),
        ("a.ts", "import { Hono } from 'jsr:@hono/hono@4.1'", (True, True)),
        ("a.tsx", 'import { Hono } from "hono"', (True, True)),
        ("a.ts", "router.get('/x', h)", (False, True)),
        ("a.tsx", "router.get('/x', h)", (False, False)),
        ("index.ts", "export * from './a'", (False, True)),
        ("a.ts", "const x = 'expressive'", (False, False)),
        ("app/x/route.ts", "", (True, True)),
        ("a.go", 'import "net/http"\nhttp.Get(x)', (False, False)),
        ("a.go", 'import "net/http"\nhttp.HandleFunc(x, h)', (True, True)),
        ("a.go", "s.router.HandleFunc(x, h)", (False, True)),
        ("a.go", "package a", (False, False)),
    ],
)
def test_words_tell_which_files_are_worth_parsing(path: str, text: str, words: tuple[bool, bool]) -> None:
    told = route_words(RepoPath(path), text.encode())
    assert (told.framework, told.part) == words


def test_a_file_without_a_word_of_routes_is_not_even_parsed() -> None:
    assert extract_foreign_routes(RepoPath("a.ts"), b"const x = 1", NoGrammars()) == RouteFacts()
    assert extract_foreign_routes(RepoPath("a.ts"), b"router.get('/x', h)", NoGrammars()) == RouteFacts()
    assert (
        extract_foreign_routes(RepoPath("a.ts"), b"'express'", NoGrammars()).unread
        == "expected a grammar for typescript, found none for 9 bytes"
    )


def test_routes_that_another_framework_gives_to_express_are_not_missing() -> None:
    nest = "import { NestFactory } from '@nestjs/core'\nimport express from 'express'\nconst app = express()\napp.get('/live', h)\n"
    ruling = judged({"src/main.ts": nest})
    assert told(ruling.findings) == ["W302 src/main.ts:4 GET /live"]
    assert ruling.basis.endswith("routes of TypeScript files are not read: a framework that is not read makes some of them")
    backend = judged({"src/main.ts": nest}, forge={"backend": {"language": "typescript"}})
    assert told(backend.findings) == told(ruling.findings)
    assert judged({"src/main.ts": "import { NestFactory } from '@nestjs/core'\n"}).applicable is False


def test_routes_that_objects_of_other_files_describe_are_not_missing() -> None:
    app = "import { OpenAPIHono } from '@hono/zod-openapi'\nimport { list } from './described'\nconst app = new OpenAPIHono()\n"
    ruling = judged({"src/app.ts": f"{app}app.openapi(list, h)\napp.openapi()\n"})
    own = 'createRoute({ method: "get", path: "/own" })'
    both = judged({"src/app.ts": f"{app}app.openapi(list, h)\napp.openapi({own}, h)\n"})
    assert (told(ruling.findings), ruling.applicable) == ([], False)
    assert ruling.basis.endswith("a framework that is not read makes some of them")
    assert told(both.findings) == ["W302 src/app.ts:5 GET /own"]


MADE = "import { made } from 'x'\n\nexport const GET = made()\n"


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        ("app/route.ts", MADE, "GET / 3"),
        ("app/(shop)/@side/users/[id]/route.ts", MADE, "GET /users/[id] 3"),
        ("app/(.)users/route.ts", MADE, "GET /(.)users 3"),
        ("app/[...rest]/route.ts", MADE, "SOME / 3"),
        ("app/api/[[...rest]]/route.js", MADE, "SOME /api 3"),
        ("app/api/[...rest]/route.js", "\nexport async function GET() {}\n", "GET /api/[...rest] 2"),
        # Too far from its word, a name is told at the beginning of the file.
        ("app/api/route.ts", f"\nexport {{ {', '.join(f'other{number}' for number in range(50))}, GET }} from 'x'\n", "GET /api 1"),
        ("pages/api/users/index.ts", "\nexport default function all(req: NextApiRequest) {}\n", "ANY /api/users 2"),
    ],
)
def test_the_place_of_a_file_of_next_is_its_address_and_the_word_export_its_line(path: str, text: str, told: str) -> None:
    ((_, route),) = extract_foreign_routes(RepoPath(path), text.encode(), GRAMMARS).routes
    assert f"{route.method} {route.path} {route.line}" == told


def test_folders_that_next_keeps_to_itself_have_no_address() -> None:
    assert extract_foreign_routes(RepoPath("app/_own/api/route.ts"), MADE.encode(), GRAMMARS).routes == ()


def test_a_catch_all_hides_no_missing_handler_where_others_are_found() -> None:
    route = "import { handle } from 'hono/vercel'\nimport { Hono } from 'hono'\nconst app = new Hono().basePath('/api')\n"
    files = {"app/api/[[...route]]/route.ts": f"{route}app.get('/users', (c) => c.json([]))\nexport const GET = handle(app)\n"}
    assert [row.expected for row in judged(files).findings] == ["POST /api/users", "GET /api/users/{}"]
