"""Handlers are found in Express, Hono and Next code, with the prefixes of every file they pass, and nowhere else."""

from __future__ import annotations

import pytest

from tests.support.foreign import routes_of, wants_grammars

pytestmark = wants_grammars

EXPRESS = "import express, { Router } from 'express'\n"
HONO = "import { Hono } from 'hono'\n"


@pytest.mark.req("S002-10.7-W3")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            EXPRESS + ("const app = express()\napp.get('/a', h)\napp.post('/a/:id', mw, h)\n"),
            ["GET /a", "POST /a/{}"],
        ),
        (
            ("const express = require('express');\nvar app = module.exports = express();\napp.get('/a', h)\n"),
            ["GET /a"],
        ),
        (
            ("const { Router: R } = require('express')\nconst r = R()\nr.get('/a', h)\n"),
            ["GET /a"],
        ),
        (
            ("import * as express from 'express'\nconst r: express.Router = express.Router()\nr.put('/a', h)\n"),
            ["PUT /a"],
        ),
        (
            ("import express = require('express')\nconst app = express()\napp.get('/a', h)\n"),
            ["GET /a"],
        ),
        (
            EXPRESS + ("const app = express()\nconst r = Router({ mergeParams: true })\nr.get('/b', h)\napp.use('/a/:id', auth, r)\n"),
            ["GET /a/{}/b"],
        ),
        (
            EXPRESS + ("const r = Router()\nr.route('/a').get(h).post(auth, h).all(h)\n"),
            ["ANY /a", "GET /a", "POST /a"],
        ),
        (
            EXPRESS + ("const r = Router()\nconst a = r.route('/a')\na.get(h)\na.delete(x, h)\n"),
            ["DELETE /a", "GET /a"],
        ),
        (
            EXPRESS + ("const app = express()\napp.all('/a', h)\napp.get(['/b', '/c'], h)\n"),
            ["ANY /a", "GET /b", "GET /c"],
        ),
        (
            EXPRESS + ("const P = '/api'\nconst app = express()\napp.get(`${P}/a`, h)\napp.get(P + '/b', h)\n"),
            ["GET /api/a", "GET /api/b"],
        ),
        (
            EXPRESS + ("const app = express()\napp.get(path, h)\napp.get(/re/, h)\napp.get(`/x/${y}`, h)\n"),
            ["GET ?", "GET ?", "GET ?"],
        ),
        (
            EXPRESS + ("const app = express()\napp.get('/a/:id(\\\\d+)', h)\napp.get('/f/*', h)\napp.get('/g/*rest', h)\n"),
            ["GET /a/{}", "GET /f/{}", "GET /g/{}"],
        ),
        (
            EXPRESS + ("const app = express()\nconst r = Router()\nr.get('/x', h)\napp.use(config.prefix, r)\n"),
            ["GET ?/x"],
        ),
        (
            EXPRESS + ("const app = express()\napp.use('/s', express.static('s'))\n"),
            ["MOUNT /s"],
        ),
        (
            (
                "import limit from 'express-rate-limit'\n"
                "import express, { Router } from 'express'\n"
                "const app = express()\n"
                "app.use('/a', limit())\n"
                "app.get('/a/b', h)\n"
            ),
            ["GET /a/b", "SOME /a"],
        ),
        (
            EXPRESS + ("const app = express()\napp.get('/a/:id?', h)\n"),
            ["GET /a/{}", "SOME /a"],
        ),
        (
            EXPRESS + "export function setup(app: express.Application) { app.get('/a', h) }\n",
            ["GET /a"],
        ),
        (
            EXPRESS + "export const setup = (app) => { app.get('/a', h) }\n",
            ["GET /a"],
        ),
        (
            EXPRESS + ("class S {\n  private app = express()\n  constructor() { this.app.get('/a', h) }\n}\n"),
            ["GET /a"],
        ),
        (
            EXPRESS
            + (
                "class S {\n"
                "  public path = '/a'\n"
                "  router = Router()\n"
                "  constructor() { this.app = express(); this.go() }\n"
                "  go() { this.router.get(`${this.path}/b`, this.h); this.app.use('/p', this.router) }\n"
                "}\n"
            ),
            ["GET /p/a/b"],
        ),
        (
            EXPRESS
            + (
                "function a() { const r = Router(); r.get('/a', h); return r }\n"
                "function b() { const r = Router(); r.get('/b', h); return r }\n"
                "const app = express()\n"
                "app.use('/x', a())\n"
                "app.use('/y', b())\n"
            ),
            ["GET /x/a", "GET /y/b"],
        ),
        (
            EXPRESS + ("const app = express()\nconst m = new Map()\nm.get('/a', 1)\naxios.get('/b', x)\napp.get('env')\napp.on('/x', f)\n"),
            [],
        ),
        (
            HONO + ("const app = new Hono<Env>().basePath('/api')\napp.get('/a', h).post('/b', v, h)\n"),
            ["GET /api/a", "POST /api/b"],
        ),
        (
            HONO + ("const sub = new Hono().get('/x', h)\nexport default new Hono().route('/a', sub).onError(e).delete('/d', h)\n"),
            ["DELETE /d", "GET /a/x"],
        ),
        (
            HONO + ("const app = new Hono()\nconst v1 = app.basePath('/v1')\nv1.get('/a', h)\napp.on(['PUT', 'PATCH'], '/b', h)\n"),
            ["GET /v1/a", "PATCH /b", "PUT /b"],
        ),
        (
            HONO
            + ("const app = new Hono()\napp.use('/api/*', cors())\napp.get('/api/a', (c) => c.json({}))\napp.mount('/old', old.fetch)\n"),
            ["GET /api/a", "MOUNT /old"],
        ),
        (
            ("import { Hono } from 'npm:hono@4'\nconst app = new Hono()\napp.get('/a', h)\n"),
            ["GET /a"],
        ),
        (
            EXPRESS + ("const app = express()\napp.get('/api/a', h)\napp.get('*', (req, res) => res.sendFile(f))\n"),
            ["GET /api/a", "SOME /"],
        ),
        (
            EXPRESS + ("const app = express()\napp.use(cors, helmet)\nconst r = Router()\napp.use(auth, r)\nr.get('/x', h)\n"),
            ["GET /x"],
        ),
        (
            EXPRESS + ("import { API } from './c'\nconst app = express()\nconst r = Router()\napp.use(API, r)\nr.get('/x', h)\n"),
            ["GET ?/x"],
        ),
        (
            EXPRESS + ("const app = express()\nconst r = Router()\napp.use(`${config.api}/v1`, r)\nr.get('/x', h)\n"),
            ["GET ?/v1/x"],
        ),
        (
            EXPRESS + ("const app = { get() {} }\napp.get('/x', h)\n// app.get('/y', h)\nconst s = `app.get('/z', h)`\n"),
            [],
        ),
        (
            EXPRESS + ("const app = express()\n{ let x = /'/; }\napp.get('/x', h) // '\n"),
            ["GET /x"],
        ),
        (
            HONO
            + (
                "const app = new Hono<{ Bindings: B }>({ strict: false })\n"
                "const r = app.delete('/a/:id', zValidator('json', s), async (c) => c.json({}))\n"
                "export type AppType = typeof r\n"
                "export default app\n"
            ),
            ["DELETE /a/{}"],
        ),
        (
            (
                "const http = require('http')\n"
                "const server = http.createServer()\n"
                "const app = require('express')()\n"
                "require('express-ws')(app)\n"
                "app.get('/x', h)\n"
            ),
            ["GET /x"],
        ),
        (
            (
                "const { app } = require('./x')\n"
                "import express, { Router } from 'express'\n"
                "const s = { app: express() }\n"
                "s.app.get('/x', h)\n"
                "s['app'].get('/y', h)\n"
            ),
            ["GET /x"],
        ),
        (
            EXPRESS
            + (
                "const app = express()\n"
                "app.use()\n"
                "app.get()\n"
                "app.route()\n"
                "app.route(x => 1)\n"
                "app.route('rel').get(h)\n"
                "app.openapi()\n"
                "app.on('mount', f)\n"
                "app.get('/a', h)\n"
            ),
            ["GET /a"],
        ),
        (
            ("import { OpenAPIHono } from '@hono/zod-openapi'\nconst app = new OpenAPIHono()\napp.openapi(route, (c) => c.json({}))\n"),
            [],
        ),
        (
            EXPRESS
            + ("class A {\n  constructor(private readonly app: express.Application) { this.app.get('/x', h) }\n}\nnew A(express())\n"),
            ["GET /x"],
        ),
        (
            EXPRESS
            + (
                "const make = function () { return new (class { r = Router() })() }\n"
                "const a = (express() as any)\n"
                "a.get('/x', h)\n"
                "({}).get('/y', h)\n"
            ),
            ["GET /x"],
        ),
        (
            EXPRESS
            + (
                "const app = express();\n"
                "export class Other extends Base { static app = express() }\n"
                "Other.app.get('/x', h)\n"
                "this.app.get('/y', h)\n"
            ),
            ["GET /x"],
        ),
        (
            EXPRESS
            + (
                "const app = express()\n"
                "t`a`\n"
                "new Thing\n"
                "app.get('/x', h)\n"
                "const a = ((((((((((app))))))))))\n"
                "a.get('/y', h)\n"
                "b(,)\n"
                "return app\n"
            ),
            ["GET /x"],
        ),
        (
            EXPRESS
            + (
                "const app = express()\n"
                "function outer(app) {" + "(function () {" * 70 + "app.get('/y', h)" + "})" * 70 + "}\n"
                "app.get('/x', h)\n"
            ),
            ["GET /x", "GET /y"],
        ),
        (
            EXPRESS + ("const app = express()\napp.get('/x', h)\nfoo(a]\n"),
            ["GET /x"],
        ),
        (
            EXPRESS + ("const b = express\nconst c = b\nconst d = c\nconst e = d\nconst app = e()\napp.get('/x', h)\n"),
            [],
        ),
        (
            EXPRESS
            + (
                "const v0 = express()\n"
                "const v1 = v0\n"
                "const v2 = v1\n"
                "const v3 = v2\n"
                "const v4 = v3\n"
                "const v5 = v4\n"
                "const v6 = v5\n"
                "const v7 = v6\n"
                "const v8 = v7\n"
                "const v9 = v8\n"
                "const v10 = v9\n"
                "const v11 = v10\n"
                "const v12 = v11\n"
                "const v13 = v12\n"
                "const v14 = v13\n"
                "const v15 = v14\n"
                "const v16 = v15\n"
                "const v17 = v16\n"
                "const v18 = v17\n"
                "const v19 = v18\n"
                "const v20 = v19\n"
                "v20.get('/x', h)\n"
            ),
            [],
        ),
        (
            (
                "import './side'\n"
                "import express, * as all from 'express'\n"
                "const [a, b] = x\n"
                "function (y) {}\n"
                "const app = express()\n"
                "app.get('/x', h)\n"
                "export default class { r = 1 }\n"
                "export = app\n"
            ),
            ["GET /x"],
        ),
        (
            EXPRESS
            + (
                "import { thing } from 'things'\n"
                "const app = express()\n"
                "app.mount(x)\n"
                "app.mount('rel', x)\n"
                "app.use('/sum', 5 + 1)\n"
                "app.get('/x', h)\n"
                "function f<T = (a) => b>(app) { return; }\n"
                "export function g(part) {\n"
                "  thing.use('/t', part)\n"
                "  part.get('/y', h)\n"
                "}\n"
                "app.use(API, function () {})\n"
                "app.use('/own', (q, s) => {})\n"
            ),
            ["GET /x"],
        ),
        (
            EXPRESS
            + (
                "const app = express()\n"
                "const a = Router()\n"
                "const b = Router()\n"
                "a.get('/x', h)\n"
                "b.get('/y', h)\n"
                "app.use(`${config.api}/a`, a)\n"
                "app.use(config.prefix + '/b', b)\n"
                "app.route(base + '/c/z').get(h)\n"
            ),
            ["GET ?/a/x", "GET ?/b/y", "GET ?/c/z"],
        ),
        (
            (
                "const express = require('express')\n"
                ", app = express()\n"
                ", port = 3\n"
                "app.get('/health', (_, res) => res.send('ok'))\n"
                "async function boot () {\n"
                "  app.get('/a', h)\n"
                "}\n"
                "boot()\n"
            ),
            ["GET /a", "GET /health"],
        ),
        (
            (
                "import expressWs from 'express-ws'\n"
                "import express, { Router } from 'express'\n"
                "const { app } = expressWs(express())\n"
                "const app2 = express()\n"
                "app2.get('/x', h)\n"
            ),
            ["GET /x"],
        ),
        (
            HONO
            + (
                "import { createFactory } from 'hono/factory'\n"
                "const app = new Hono()\n"
                "const posts = new Hono()\n"
                "posts.get('/', ...factory.createHandlers(mw, (c) => c.json({})))\n"
                "posts.post('/', validator('json', (v, c) => v), (c) => c.json({}))\n"
                "app.route('/posts', posts)\n"
            ),
            ["GET /posts", "POST /posts"],
        ),
        (
            (
                "import { OpenAPIHono, createRoute } from '@hono/zod-openapi'\n"
                "const app = new OpenAPIHono()\n"
                "app.openapi(createRoute({ method: 'get', path: '/x', responses: {} }), h)\n"
            ),
            ["GET /x"],
        ),
        (
            (
                "import { OpenAPIHono, createRoute } from '@hono/zod-openapi'\n"
                "const route = createRoute({\n"
                "  method: 'get',\n"
                "  path: '/x/{id}',\n"
                "  request: { params: P },\n"
                "})\n"
                "const app = new OpenAPIHono()\n"
                "app.openapi(route, (c) => c.json({}))\n"
            ),
            ["GET /x/{}"],
        ),
        (
            (
                "var express = require('express'), router = express.Router(), c = require('./c');\n"
                "router.get('/a', c.a).get('/b', c.b);\n"
                "module.exports = router;\n"
            ),
            ["GET /a", "GET /b"],
        ),
        (
            (
                "var express = require('express')\n"
                "var app = express()\n"
                "var router = new express.Router()\n"
                "router.get('/a', h)\n"
                "app.use('/', router)\n"
            ),
            ["GET /a"],
        ),
        (
            EXPRESS + ("const app = express()\nconst { prefix } = '/api'\napp.get(prefix, h)\napp.get([path, '/b'], h)\n"),
            ["GET /b", "GET ?", "GET ?"],
        ),
        (
            EXPRESS
            + (
                "let app = a ? 1 : 2\n"
                "app = express()\n"
                "app.get('/x', h)\n"
                "let b = ((((((((((zip))))))))))\n"
                "b = express()\n"
                "b.get('/y', h)\n"
                "let c\n"
                "c = c\n"
                "c = express()\n"
                "c.get('/z', h)\n"
            ),
            ["GET /x", "GET /y", "GET /z"],
        ),
        (
            EXPRESS
            + (
                "function make(x) {\n"
                "  if (!x) return\n"
                "  const r = Router()\n"
                "  r.get('/x', h)\n"
                "  return r\n"
                "}\n"
                "express().use('/p', make(1))\n"
            ),
            ["GET /p/x"],
        ),
        (
            EXPRESS + ("const r = Router()\nr.get('/x', h)\nthing.use('/p', r)\n"),
            ["GET /x"],
        ),
        (
            EXPRESS + ("const app = express()\napp.get('/x', h)\nthis.app = express()\nthis.app.get('/y', h)\n"),
            ["GET /x"],
        ),
        (
            EXPRESS
            + (
                "class S { app = express() }\n"
                "const app = new S()\n"
                "  .app\n"
                "app.get('/x', h)\n"
                "const more = new S()!.app\n"
                "more.get('/z', h)\n"
                "const other = a || new S().app\n"
                "other.get('/y', h)\n"
            ),
            ["GET /x", "GET /z"],
        ),
        (
            EXPRESS + ("function make() { const app = express(); return { app } }\nmake().app.get('/x', h)\nmake()?.app.get('/y', h)\n"),
            ["GET /x", "GET /y"],
        ),
        (
            EXPRESS + ("const a = (express())\na.get('/x', h)\nconst list = [a]\nlist.get('/y', h)\n"),
            ["GET /x"],
        ),
        (
            EXPRESS
            + (
                "const users = Router()\n"
                "users.get('/x', h)\n"
                "const all = { users, 'more': users, b: 1 }\n"
                "const one = [users]\n"
                "const app = express()\n"
                "app.use('/u', all.users)\n"
                "app.use('/v', all.more)\n"
                "app.use('/w', one.users)\n"
            ),
            ["GET /u/x", "GET /v/x"],
        ),
        (
            EXPRESS + ("import { limit } from 'limits'\nconst app = express()\napp.use('/MAX', limit().handler)\napp.get('/MAX/b', h)\n"),
            ["GET /MAX/b", "SOME /MAX"],
        ),
        (EXPRESS + "const { json } = express\nconst app = json()\napp.get('/x', h)\n", []),
        (EXPRESS + "const app = express()\nlet P: string\nP = '/x'\napp.get(P, h)\n", ["GET /x"]),
        (
            EXPRESS
            + (
                "class S {\n"
                "  path: string\n"
                "  #app = express()\n"
                "  constructor() { this.path = '/a'; this.#setup(this.#app) }\n"
                "  #setup(server) { server.get(this.path, h) }\n"
                "}\n"
                "abstract class T {\n"
                "  #app\n"
                "  constructor() { this . #app = express(); this.#app.get('/b', h) }\n"
                "}\n"
            ),
            ["GET /a", "GET /b"],
        ),
        (
            EXPRESS
            + (
                "function a() {\n"
                "  function reg(s) { s.get('/a', h) }\n"
                "  reg(one)\n"
                "}\n"
                "function b() {\n"
                "  function reg(s) { s.get('/b', h) }\n"
                "  reg(two)\n"
                "}\n"
                "const one = Router()\n"
                "const two = Router()\n"
                "express().use('/one', one).use('/two', two)\n"
            ),
            ["GET /one/a", "GET /two/b"],
        ),
        (
            EXPRESS
            + (
                "class S {\n"
                "  go() { this.one(a); this.two(b) }\n"
                "  one(s) { s.get('/a', h) }\n"
                "  two(s) { s.get('/b', h) }\n"
                "}\n"
                "const a = Router()\n"
                "const b = Router()\n"
                "express().use('/one', a).use('/two', b)\n"
            ),
            ["GET /one/a", "GET /two/b"],
        ),
        (EXPRESS + "export function setup(server: express.Application) { server.get('/a', h) }\n", ["GET /a"]),
        (EXPRESS + "export function setup(app: Vue.App) { app.get('/a', h) }\n", []),
        (EXPRESS + "module.hot = express()\nmodule.hot.get('/x', h)\n", ["GET /x"]),
        ('import express from "express"\nconst app = express()\napp.get("/x", h)\n', ["GET /x"]),
        (EXPRESS + "const make = (log = () => {}) => Router().get('/x', h)\nexpress().use('/p', make())\n", ["GET /p/x"]),
        (EXPRESS + "const make = async db => Router().get('/x', h)\nexpress().use('/p', await make(1))\n", ["GET /p/x"]),
        (EXPRESS + "const app = express()\nconst f = function app() {}\nclass A { app() {} }\napp.get('/x', h)\n", ["GET /x"]),
        (
            EXPRESS + "export default class {\n  constructor(private app: express.Application) { this.app.get('/x', h) }\n}\n",
            ["GET /x"],
        ),
        (EXPRESS + "class S {\n  constructor(app: express.Application) {}\n  go() { this.app.get('/x', h) }\n}\n", []),
        (
            EXPRESS + "export function setup(server: express.core.Application) { server.get('/a', h) }\n",
            ["GET /a"],
        ),
        (
            EXPRESS + "export function cached(req: express.Request) { req.get('/a', h) }\n",
            [],
        ),
        (
            EXPRESS
            + ("const app = express()\nconst API = Router()\nconst v1 = Router()\nAPI.get('/x', h)\nv1.use(API)\napp.use('/v1', v1)\n"),
            ["GET /v1/x"],
        ),
        (
            EXPRESS + ("const app = express()\nconst r = Router()\napp.use(`${config.api}`, r)\nr.get('/x', h)\n"),
            ["GET ?/x"],
        ),
        (
            EXPRESS + "const app = express()\napp.get('', h)\napp.get('/docs(.*)', h)\napp.get('env')\n",
            ["GET /", "GET /docs"],
        ),
        (
            EXPRESS + "const app = express()\napp.use('/q', require('graphs/lib/use.js'))\n",
            ["MOUNT /q"],
        ),
        (
            HONO + "const app = new Hono()\napp.mount('/', old.fetch)\napp.get('/a', h)\napp.mount('/b', old.fetch)\napp.get('/b/c', h)\n",
            ["GET /a", "GET /b/c", "MOUNT /b", "SOME /"],
        ),
        (
            HONO + "const v1 = new Hono().basePath('/v1', options)\nv1.get((c) => c.text(''))\nv1.get(key)\nv1.get('/a', h)\n",
            ["GET /v1", "GET /v1/a"],
        ),
        (
            (
                "import { OpenAPIHono, createRoute } from '@hono/zod-openapi'\n"
                "const app = new OpenAPIHono()\n"
                "app.openapi(createRoute(), h)\n"
                "app.openapi(createRoute({ method: 'get' }), h)\n"
                "app.openapi(createRoute({ path: '/x' }), h)\n"
            ),
            ["ANY /x"],
        ),
    ],
)
def test_a_handler_is_found_under_its_path(text: str, found: list[str]) -> None:
    assert routes_of({"src/server.ts": text}) == found


@pytest.mark.req("S002-10.7-W3")
@pytest.mark.parametrize(
    "text",
    [
        "]\nconst app = express()\napp.get('/x', h)\n",
        "const app = express['Router']()\napp.get('/x', h)\n",
        "const make = express . Router\nconst r = make()\nr.get('/x', h)\n",
        "const s = { app: express() }\ns\n  ?.app!\n  .get('/x', h)\n",
        "const app = express()\napp.get('/x', h,)\n",
    ],
)
def test_no_spelling_hides_a_handler(text: str) -> None:
    assert routes_of({"src/server.ts": EXPRESS + text}) == ["GET /x"]


@pytest.mark.req("S002-10.7-W3")
@pytest.mark.parametrize("made", ["new express['Other']", "préexpress()", "new (class {})()", "`express()`"])
def test_what_is_no_call_of_the_library_makes_no_app(made: str) -> None:
    assert routes_of({"src/server.ts": f"{EXPRESS}const app = {made}\napp.get('/x', h)\n"}) == []


def names(count: int) -> str:
    """Return names of names: the last of so many is set to the one before, and the first to a path."""
    return "const v0 = '/a'\n" + "".join(f"const v{number} = v{number - 1}\n" for number in range(1, count))


@pytest.mark.req("S002-10.7-W3")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("const P = '/é'\napp.get(`${P}/ł`, h)\n", "GET /é/ł"),
        ("const P = '/ł'\napp.get(`${P}/a`, h)\n", "GET /ł/a"),
        ("const P = ''\napp.get(`${P}/a`, h)\n", "GET /a"),
        ("const A = '/a'\nconst B = 'b'\napp.get(`${A}/${B}/c`, h)\n", "GET /a/b/c"),
        ("const P = p\napp.get(`${P}/a`, h)\n", "GET ?"),
        ("app.get(`/a/${f(1)}`, h)\n", "GET ?"),
        ("app.get('\\/a', h)\n", "GET /a"),
        ("app.get('/a'.concat(x), h)\n", "GET ?"),
        ("let p = '/a'\np = '/b'\napp.get(p, h)\n", "GET ?"),
        ("const p = p + '/a'\napp.get(p, h)\n", "GET ?"),
        ("const P = '/api'\napp.route(P + '/b').get(h)\n", "GET /api/b"),
        ("// long\n" * 1000 + "app.get('/a', h)\n", "GET /a"),
        (f"{names(8)}app.get(v7, h)\n", "GET /a"),
        (f"{names(1000)}app.get(v999, h)\n", "GET ?"),
    ],
)
def test_a_path_is_what_its_expression_always_is(text: str, found: str) -> None:
    assert routes_of({"src/server.ts": f"{EXPRESS}const app = express()\n{text}"}) == [found]


@pytest.mark.req("S002-10.7-W3")
def test_a_setting_that_is_read_is_no_handler() -> None:
    assert routes_of({"src/server.ts": f"{EXPRESS}const app = express()\napp.get('/x')\napp.get(\n  '/y',\n)\n"}) == []


@pytest.mark.req("S002-10.7-W3")
@pytest.mark.parametrize(
    ("files", "found"),
    [
        (
            {
                "a.js": ("const app = require('express')()\napp.use('/u', require('./users'))\n"),
                "users.js": ("const r = require('express').Router()\nr.get('/:id', h)\nmodule.exports = r\n"),
            },
            ["GET /u/{}"],
        ),
        (
            {
                "src/a.ts": EXPRESS + ("import users from './users.js'\nexpress().use('/u', users)\n"),
                "src/users.ts": EXPRESS + ("const r = Router()\nr.get('/x', h)\nexport default r\n"),
            },
            ["GET /u/x"],
        ),
        (
            {
                "src/a.ts": EXPRESS + ("import { users as u } from '@/routes'\nexpress().use('/u', u)\n"),
                "src/routes/index.ts": "export * from './users'\n",
                "src/routes/users.ts": EXPRESS + ("export const users = Router()\nusers.get('/x', h)\n"),
            },
            ["GET /u/x"],
        ),
        (
            {
                "a.ts": EXPRESS + ("import * as all from './all'\nexpress().use('/u', all.users)\n"),
                "all.ts": "export { default as users } from './users'\n",
                "users.ts": EXPRESS + ("const r = Router()\nr.get('/x', h)\nexport { r as default }\n"),
            },
            ["GET /u/x"],
        ),
        (
            {
                "a.js": ("const express = require('express')\nconst app = express()\nrequire('./routes')(app, db)\n"),
                "routes.js": ("module.exports = function (app, db) {\n  app.get('/x', h)\n}\n"),
            },
            ["GET /x"],
        ),
        (
            {
                "a.ts": EXPRESS
                + ("import { register } from './r'\nconst app = express()\nconst v1 = Router()\napp.use('/v1', v1)\nregister(v1)\n"),
                "r.ts": "export function register(server) { server.get('/x', h) }\n",
            },
            ["GET /v1/x"],
        ),
        (
            {
                "r.ts": "export function register(server) { server.get('/x', h) }\n",
            },
            [],
        ),
        (
            {
                "a.ts": EXPRESS + "import { use } from './r'\nconst app = express()\nuse(app)\n",
                "r.ts": "export function use(server) { server.get('/x', h) }\n",
            },
            ["GET /x"],
        ),
        (
            {
                "a.ts": EXPRESS
                + "import users from './users'\nconst app = express()\napp.use('/users', users)\napp.use(config.prefix, Router())\n",
                "users.ts": EXPRESS + "const r = Router()\nr.get('/x', h)\nexport default r\n",
            },
            ["GET /users/x"],
        ),
        (
            {
                "a.ts": EXPRESS + ("import { make } from './r'\nexpress().use('/v1', make(db))\n"),
                "r.ts": EXPRESS + ("export const make = (db) => {\n const router = Router()\n router.get('/x', h)\n return router\n}\n"),
            },
            ["GET /v1/x"],
        ),
        (
            {
                "a.ts": EXPRESS + ("import U from './u'\nconst app = express()\napp.use('/u', new U().router)\n"),
                "u.ts": EXPRESS + ("export default class U {\n router = Router()\n constructor() { this.router.get('/x', h) }\n}\n"),
            },
            ["GET /u/x"],
        ),
        (
            {
                "a.ts": EXPRESS
                + (
                    "import a from './a1'\n"
                    "import b from './b1'\n"
                    "const router = Router()\n"
                    "const rows = [{ path: '/a', route: a }, { path: '/b', route: b }]\n"
                    "rows.forEach((row) => { router.use(row.path, row.route) })\n"
                ),
                "a1.ts": EXPRESS + ("const r = Router()\nr.get('/x', h)\nexport default r\n"),
                "b1.ts": EXPRESS + ("const r = Router()\nr.get('/y', h)\nexport default r\n"),
            },
            ["GET /a/x", "GET /b/y"],
        ),
        (
            {
                "app.ts": EXPRESS + "export const app = express()\n",
                "x.ts": ("import { app } from './app'\napp.get('/x', h)\n"),
            },
            ["GET /x"],
        ),
        (
            {
                "app.js": (
                    "import express from 'express'\nimport { routes } from './r.js'\nconst app = express()\napp.use('/api', routes.users)\n"
                ),
                "r.js": ("import express from 'express'\nconst u = express.Router()\nu.get('/x', h)\nexport const routes = { users: u }\n"),
            },
            ["GET /api/x"],
        ),
        (
            {
                "src/main.ts": EXPRESS + ("import routes from './app/routes'\nconst app = express()\napp.use(cors())\napp.use(routes)\n"),
                "src/app/routes.ts": EXPRESS
                + (
                    "import a from './a'\n"
                    "import b from './b'\n"
                    "const api = Router()\n"
                    "  .use(a)\n"
                    "  .use(b)\n"
                    "export default Router().use('/api', api)\n"
                ),
                "src/app/a.ts": EXPRESS
                + ("const router = Router()\nrouter.get('/a', auth.optional, async (req, res, next) => {})\nexport default router\n"),
                "src/app/b.ts": EXPRESS + ("const router = Router()\nrouter.get('/b', x)\nexport default router\n"),
            },
            ["GET /api/a", "GET /api/b"],
        ),
        (
            {
                "src/app.js": (
                    "const express = require('express');\n"
                    "const { authLimiter } = require('./middlewares/rl');\n"
                    "const routes = require('./routes/v1');\n"
                    "const app = express();\n"
                    "if (p) { app.use('/v1/auth', authLimiter); }\n"
                    "app.use('/v1', routes);\n"
                    "module.exports = app;\n"
                ),
                "src/routes/v1/index.js": (
                    "const express = require('express');\n"
                    "const authRoute = require('./auth.route');\n"
                    "const router = express.Router();\n"
                    "const defaultRoutes = [\n"
                    "  {\n"
                    "    path: '/auth',\n"
                    "    route: authRoute,\n"
                    "  },\n"
                    "];\n"
                    "defaultRoutes.forEach((route) => {\n"
                    "  router.use(route.path, route.route);\n"
                    "});\n"
                    "module.exports = router;\n"
                ),
                "src/routes/v1/auth.route.js": (
                    "const express = require('express');\n"
                    "const router = express.Router();\n"
                    "router.route('/x').get(auth('g'), validate(v), c.x);\n"
                    "module.exports = router;\n"
                ),
            },
            ["GET /v1/auth/x"],
        ),
        (
            {
                "src/app.ts": (
                    "import express from 'express';\n"
                    "import { Routes } from '@interfaces/routes.interface';\n"
                    "export class App {\n"
                    "  public app: express.Application;\n"
                    "  constructor(routes: Routes[]) {\n"
                    "    this.app = express();\n"
                    "    this.initializeRoutes(routes);\n"
                    "  }\n"
                    "  private initializeRoutes(routes: Routes[]) {\n"
                    "    routes.forEach(route => {\n"
                    "      this.app.use('/', route.router);\n"
                    "    });\n"
                    "  }\n"
                    "}\n"
                ),
                "src/routes/users.route.ts": (
                    "import { Router } from 'express';\n"
                    "export class UserRoute implements Routes {\n"
                    "  public path = '/users';\n"
                    "  public router = Router();\n"
                    "  public user = new UserController();\n"
                    "  constructor() {\n"
                    "    this.initializeRoutes();\n"
                    "  }\n"
                    "  private initializeRoutes() {\n"
                    "    this.router.get(`${this.path}`, this.user.getUsers);\n"
                    "    this.router.put(`${this.path}/:id(\\\\d+)`, V(Dto, true), this.user.update);\n"
                    "  }\n"
                    "}\n"
                ),
            },
            ["GET /users", "PUT /users/{}"],
        ),
        (
            {
                "src/mocks/h.ts": ("import { http } from 'msw'\nexport const handlers = [http.get('/api/x', () => {})]\n"),
                "src/api.ts": (
                    "import { app } from './app'\n"
                    "import axios from 'axios'\n"
                    "const api = axios.create({})\n"
                    "export const f = () => api.get('/users', {})\n"
                ),
                "src/app.ts": EXPRESS
                + ("export const app = express()\nconst agent = request(app)\nagent.get('/x', y)\nrequest(app).get('/y', z)\n"),
            },
            [],
        ),
        (
            {
                "src/main.ts": (
                    "import { createApp } from 'vue'\n"
                    "import router from './router'\n"
                    "const app = createApp(App)\n"
                    "app.use(router)\n"
                    "app.get('/x', y)\n"
                ),
                "src/router.ts": ("import express from './express'\nexport default express()\n"),
            },
            [],
        ),
        (
            {
                "src/setupProxy.js": (
                    "const { createProxyMiddleware } = require('http-proxy-middleware')\n"
                    "module.exports = function (app) {\n"
                    " app.use('/api', createProxyMiddleware({}))\n"
                    "}\n"
                ),
            },
            [],
        ),
        (
            {
                "a.ts": EXPRESS
                + ("import { routes } from './r'\nasync function main() {\n const app = express()\n await routes(app, { db })\n}\n"),
                "r.ts": "export async function routes(server, opts) { server.get('/x', h) }\n",
            },
            ["GET /x"],
        ),
        (
            {
                "src/index.ts": HONO
                + (
                    "import posts from './posts'\n"
                    "const app = new Hono().basePath('/api')\n"
                    "const routes = app.route('/p', posts)\n"
                    "export default { port: 3, fetch: app.fetch }\n"
                ),
                "src/posts.ts": HONO
                + ("const app = new Hono()\n  .get('/', (c) => c.json([]))\n  .get('/:id', (c) => c.json({}))\nexport default app\n"),
            },
            ["GET /api/p", "GET /api/p/{}"],
        ),
        (
            {
                "web/app/api/tools/test/route.ts": "export const GET = withAuth(async (req) => {})\n",
            },
            ["GET /api/tools/test"],
        ),
        (
            {
                "app/x/route.ts": "export { GET, POST } from '@/lib/x'\n",
            },
            ["GET /x", "POST /x"],
        ),
        (
            {
                "app/x/route.ts": ("export const dynamic = 'force'\nexport const GET: Handler = async () => {}\nconst POST = 1\n"),
            },
            ["GET /x"],
        ),
        (
            {
                "src/server.js": (
                    "import express from 'express';\n"
                    "import api from './api/index.js';\n"
                    "const app = express();\n"
                    "const prefix = '/api';\n"
                    "app.use(prefix, api({ config, db }));\n"
                    "export default app;"
                ),
                "src/api/index.js": (
                    "import { Router } from 'express';\n"
                    "import x from './x.js';\n"
                    "export default ({ config, db }) => {\n"
                    "	let api = Router();\n"
                    "	x(api);\n"
                    "	return api;\n"
                    "}\n"
                ),
                "src/api/x.js": ("export default function x(api) {\n api.get('/x', h)\n}\n"),
            },
            ["GET /api/x"],
        ),
        (
            {
                "a.ts": EXPRESS + ("import make from './m'\nexpress().use(make())\n"),
                "m.ts": EXPRESS + "export default () => Router().get('/x', h)\n",
            },
            ["GET /x"],
        ),
        (
            {
                "a.ts": (
                    "export * from './b'\n"
                    "export * as all from './b'\n"
                    "import { r } from './a'\n"
                    "import { all, none } from './a'\n"
                    "import express from 'express'\n"
                    "const app = express()\n"
                    "app.use(r)\n"
                    "app.use('/b', all.r)\n"
                    "app.use('/c', none)\n"
                ),
                "b.ts": EXPRESS + ("export const r = Router()\nr.get('/x', h)\n"),
            },
            ["GET /b/x", "GET /x"],
        ),
        (
            {
                "a.ts": EXPRESS
                + (
                    "import x from './x'\n"
                    "import y from './y'\n"
                    "const app = express()\n"
                    "for (const [path, router] of Object.entries({})) app.use('/n', z)\n"
                    "const mount = (path, router) => app.use(path, router)\n"
                    "mount(p, x)\n"
                ),
                "x.ts": EXPRESS + ("const r = Router()\nr.get('/x', h)\nexport default r\n"),
                "y.ts": EXPRESS + ("const r = Router()\nr.get('/y', h)\nexport default r\n"),
            },
            ["GET ?/x", "GET ?/y"],
        ),
        (
            {
                "r.js": (
                    "const app = require('express')()\n"
                    "exports.app = app\n"
                    "exports['x'] = 1\n"
                    "module.exports.setup = (r) => { r.get('/x', h) }\n"
                ),
                "m.js": ("const { app, setup } = require('./r')\nsetup(app)\n"),
            },
            ["GET /x"],
        ),
        (
            {
                "a.ts": ("import { Router } from 'express'\nimport { r } from './b'\nthing.use('/t', r)\n"),
                "b.ts": "export const r = (app) => { app.get('/y', h) }\n",
                "c.ts": EXPRESS + ("import { r } from './b'\nconst app = express()\napp.get('/x', h)\nnobody.call(app)\nr(nobody)\n"),
            },
            ["GET /x"],
        ),
        (
            {
                "lib.ts": EXPRESS
                + ("export function makeRouter() {\n  const router = Router()\n  router.get('/health', h)\n  return router\n}\n"),
                "a.ts": ("import { makeRouter } from './lib'\nconst router = makeRouter()\nrouter.get('/x', h)\nexport default router\n"),
                "b.ts": ("import { makeRouter } from './lib'\nconst router = makeRouter()\nrouter.get('/y', h)\nexport default router\n"),
                "main.ts": EXPRESS
                + ("import a from './a'\nimport b from './b'\nconst app = express()\napp.use('/a', a)\napp.use('/b', b)\n"),
            },
            ["GET /a/health", "GET /a/x", "GET /b/health", "GET /b/y"],
        ),
        (
            {
                "w.js": "module.exports = (app) => { app.get('/x', h); return app }\n",
                "m.js": (
                    "const express = require('express')\nconst wrap = require('./w')\nconst app = wrap(express())\napp.get('/y', h)\n"
                ),
            },
            ["GET /x", "GET /y"],
        ),
        (
            {
                "w.ts": ("import { b } from './v'\nexport const a = () => b()\n"),
                "v.ts": EXPRESS + ("import { a } from './w'\nexport const b = () => a()\nconst app = b()\napp.get('/x', h)\n"),
            },
            [],
        ),
        (
            {
                "src/index.ts": (
                    "import 'dotenv/config'\nimport { createServer } from './server'\nconst server = createServer()\nserver.listen(3000)\n"
                ),
                "src/server.ts": (
                    "import express, { type Express, type Request, type Response } from 'express'\n"
                    "import cors from 'cors'\n"
                    "import { usersRouter } from '@/api/users/router'\n"
                    "export const createServer = (): Express => {\n"
                    "  const app = express()\n"
                    "  app\n"
                    "    .disable('x-powered-by')\n"
                    "    .use(express.json())\n"
                    "    .use(cors())\n"
                    "    .use('/api/v1/users', usersRouter)\n"
                    "  return app\n"
                    "}\n"
                ),
                "src/api/users/router.ts": (
                    "import { Router } from 'express'\n"
                    "export const usersRouter: Router = Router()\n"
                    "usersRouter.get('/', validate, (_req: Request, res: Response) => { res.json([]) })\n"
                    "usersRouter.delete('/:id', async (req, res) => {})\n"
                ),
            },
            ["DELETE /api/v1/users/{}", "GET /api/v1/users"],
        ),
        (
            {
                "src/app.ts": (
                    "import express from 'express';\n"
                    "import * as routes from './routes';\n"
                    "const app: express.Express = express();\n"
                    "Object.values(routes).forEach(r => app.use(r));\n"
                ),
                "src/routes/index.ts": "export { x } from './x';\n",
                "src/routes/x.ts": ("import { Router } from 'express';\nconst x = Router();\nx.get('/x', h);\nexport { x };\n"),
            },
            ["GET /x"],
        ),
        (
            {
                "src/a.ts": EXPRESS
                + (
                    "import { registerX } from './x'\n"
                    "export class Server {\n"
                    "  private readonly app: express.Application = express()\n"
                    "  constructor(private db: Db) { this.setup() }\n"
                    "  private setup(): void {\n"
                    "    const api = Router()\n"
                    "    registerX(api, this.db)\n"
                    "    this.app.use('/api', api)\n"
                    "  }\n"
                    "}\n"
                ),
                "src/x.ts": (
                    "import type { Router } from 'express'\n"
                    "export function registerX(router: Router, db: Db) {\n"
                    "  router.get('/trpc/x', async (req, res) => {})\n"
                    "}\n"
                ),
            },
            ["GET /api/trpc/x"],
        ),
        (
            {
                "src/users.controller.ts": (
                    "import { Router } from 'express'\n"
                    "export class UsersController {\n"
                    "  public readonly router: Router\n"
                    "  constructor(private readonly service: S) {\n"
                    "    this.router = Router()\n"
                    "    this.router.get('/users', this.list.bind(this))\n"
                    "    this.router.post('/users', this.create.bind(this))\n"
                    "  }\n"
                    "}\n"
                ),
                "src/app.ts": EXPRESS
                + (
                    "import { UsersController } from './users.controller'\n"
                    "const app = express()\n"
                    "const users = new UsersController(new S())\n"
                    "app.use(users.router)\n"
                ),
            },
            ["GET /users", "POST /users"],
        ),
        (
            {
                "src/app.ts": EXPRESS + ("import users from './users'\nexpress().use('/api/users', users)\n"),
                "src/users.ts": EXPRESS
                + ("import posts from './posts'\nconst users = Router()\nusers.use('/:userId/posts', posts)\nexport = users\n"),
                "src/posts.ts": EXPRESS + ("const posts = Router({ mergeParams: true })\nposts.get('/', h)\nexport default posts\n"),
            },
            ["GET /api/users/{}/posts"],
        ),
        (
            {
                "a.ts": EXPRESS
                + (
                    "import { ctx } from './c'\n"
                    "import { one, two, three } from './b'\n"
                    "const app = express()\n"
                    "one(app as any)\n"
                    "two(app!)\n"
                    "three(ctx.app)\n"
                ),
                "b.ts": (
                    "export function one(server) { server.get('/x', h) }\n"
                    "export function two(server) { server.get('/y', h) }\n"
                    "export function three(server) { server.get('/z', h) }\n"
                ),
                "c.ts": EXPRESS + "export const ctx = { app: express() }\n",
            },
            ["GET /x", "GET /y", "GET /z"],
        ),
        (
            {
                "a.ts": EXPRESS + "import { r } from './X'\nimport all = require('./all')\nexpress().use('/p', r).use('/q', all.users)\n",
                "X.ts": EXPRESS + "const r = Router()\nexport { r }\nr.get('/x', h)\n",
                "all.ts": EXPRESS + "export const users = Router()\nusers.get('/y', h)\n",
            },
            ["GET /p/x", "GET /q/y"],
        ),
        (
            {
                "a.ts": "function setup(s) { s.get('/a', h) }\nimport express from 'express'\nimport { reg } from './b'\n"
                "const one = express()\nsetup(one)\nreg(one)\n",
                "b.ts": "export const reg = server => { server.get('/b', h) }\n",
            },
            ["GET /a", "GET /b"],
        ),
        (
            {"a.js": "const express = require('express')\nclass S {\n  app = express()\n  go() { this.app.get('/x', h) }\n}\n"},
            ["GET /x"],
        ),
        (
            {
                "server/app.js": "const app = require('express')()\napp.use('/p', require('..'))\napp.use('/q', require('../..'))\n",
                "index.js": "const r = require('express').Router()\nr.get('/x', h)\nmodule.exports = r\n",
            },
            ["GET /p/x"],
        ),
        (
            {
                "a.ts": EXPRESS + "export const r = Router()\nr.get('/x', h)\nexport function setup(thing) { thing.use('/p', r) }\n",
                "b.ts": HONO + "export function setup(thing) { thing.basePath('/p').get('/y', h) }\n",
            },
            ["GET /p/x"],
        ),
    ],
)
def test_prefixes_are_joined_over_files(files: dict[str, str], found: list[str]) -> None:
    assert routes_of(files) == found


MOUNTED = EXPRESS + "import { r } from './p1'\nexpress().use('/p', r)\n"
EXPORTED = EXPRESS + "export const r = Router()\nr.get('/a', h)\n"


@pytest.mark.parametrize(("hops", "found"), [(10, ["GET /p/a"]), (11, ["GET /a"])])
def test_what_a_file_takes_over_is_followed_twelve_steps(hops: int, found: list[str]) -> None:
    between = {f"p{n}.ts": f"export * from './p{n + 1}'\n" for n in range(1, hops)}
    assert routes_of({"main.ts": MOUNTED, **between, f"p{hops}.ts": EXPORTED}) == found


@pytest.mark.parametrize(("hops", "found"), [(7, ["GET /p/a"]), (8, ["GET /a"])])
def test_what_a_function_makes_is_followed_twelve_steps(hops: int, found: list[str]) -> None:
    main = EXPRESS + "import { r } from './p1'\nconst make = () => r\nexpress().use('/p', make())\n"
    between = {f"p{n}.ts": f"export {{ r }} from './p{n + 1}'\n" for n in range(1, hops)}
    assert routes_of({"main.ts": main, **between, f"p{hops}.ts": EXPORTED}) == found


def test_a_web_of_files_that_take_over_from_each_other_is_bounded() -> None:
    web = {f"p{n}.ts": "".join(f"export * from './p{other}'\n" for other in range(20)) for n in range(20)}
    assert routes_of({"main.ts": MOUNTED, **web, "other.ts": EXPORTED}) == ["GET /a"]


def test_what_a_file_imports_for_itself_it_does_not_give_away() -> None:
    own = EXPRESS + "import other from './p2'\nexport const x = Router()\nx.use(other)\n"
    assert routes_of({"main.ts": MOUNTED, "p1.ts": own, "p2.ts": EXPORTED}) == ["GET /a"]


def test_a_long_chain_to_a_call_hides_no_handler_behind_it() -> None:
    made = "import { make } from './lib'\nexport const app = make()\napp.get('/x', h)\n"
    lib = EXPRESS + "export const make = () => { const r = Router()\nreturn r }\n"
    for hops in range(14):
        names = "".join(f"const a{n + 1} = a{n}\n" for n in range(hops))
        chain = f"import {{ app as a0 }} from './b'\n{names}const got = (() => a{hops})()\ngot.get('/y', h)\n"
        assert "GET /x" in routes_of({"a.ts": chain, "b.ts": made, "lib.ts": lib}), hops


def test_a_long_chain_to_a_file_that_takes_over_hides_no_prefix() -> None:
    for hops in range(2, 14):
        chain = {f"a{n}.ts": f"export * from './a{n + 1}'\n" for n in range(1, hops)}
        files = {
            "a0.ts": f"{EXPRESS}import {{ r }} from './a1'\nexpress().use('/far', r)\n",
            **chain,
            f"a{hops}.ts": "export * from './p1'\n",
        }
        assert "GET /p/a" in routes_of({**files, "main.ts": MOUNTED, "p1.ts": "export * from './p2'\n", "p2.ts": EXPORTED}), hops


@pytest.mark.req("S002-10.7-W3")
@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        (
            "app/api/users/[id]/route.ts",
            ("export async function GET(req: Request) {}\nexport const PUT = async () => {}\n"),
            ["GET /api/users/{}", "PUT /api/users/{}"],
        ),
        (
            "web/src/app/(shop)/docs/[...slug]/route.js",
            "export function GET() {}\n",
            ["GET /docs/{}"],
        ),
        (
            "app/route.ts",
            ("function GET() {}\nexport { GET, GET as HEAD }\n"),
            ["GET /", "HEAD /"],
        ),
        (
            "app/api/auth/[...nextauth]/route.ts",
            ("import { handlers } from '@/auth'\nexport const { GET, POST } = handlers\n"),
            ["MOUNT /api/auth"],
        ),
        (
            "app/api/[[...route]]/route.ts",
            HONO
            + (
                "import { handle } from 'hono/vercel'\n"
                "const app = new Hono().basePath('/api')\n"
                "app.get('/x', (c) => c.text(''))\n"
                "export const GET = handle(app)\n"
            ),
            ["GET /api/x", "SOME /api"],
        ),
        (
            "app/_lib/route.ts",
            "export function GET() {}\n",
            [],
        ),
        (
            "pages/api/users/[id].ts",
            "export default function handler(req: NextApiRequest, res: NextApiResponse) {}\n",
            ["ANY /api/users/{}"],
        ),
        (
            "src/pages/api/index.js",
            "module.exports = (req, res) => {}\n",
            ["ANY /api"],
        ),
        (
            "src/pages/api/client.ts",
            "export default axios.create({})\n",
            [],
        ),
        (
            "src/components/route.ts",
            "export function GET() {}\n",
            [],
        ),
        (
            "src/pages/api/users.ts",
            "export default { list: () => axios.get('/users').then((res) => res.data) }\n",
            [],
        ),
        (
            "pages/api/secret.ts",
            "import { wrap } from '@/wrap'\nconst handler = async (_req, res) => {}\nexport default wrap(handler)\n",
            ["ANY /api/secret"],
        ),
        (
            "app/api/test/route.ts",
            "export function GET() {}\n",
            ["GET /api/test"],
        ),
    ],
)
def test_a_handler_of_next_is_found_by_its_place(path: str, text: str, found: list[str]) -> None:
    assert routes_of({path: text}) == found
