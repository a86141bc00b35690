"""Handlers are found in Go code, with the prefixes of every router, function and file they pass, and nowhere else."""

from __future__ import annotations

import pytest

from tests.support.foreign import routes_of, wants_grammars

pytestmark = wants_grammars

MUX, CHI = "github.com/gorilla/mux", "github.com/go-chi/chi/v5"


def go(body: str, *imports: str) -> str:
    """Return a Go file."""
    return "package main\nimport (\n" + "".join(f'\t"{name}"\n' for name in ("net/http", *imports)) + f")\n{body}\n"


@pytest.mark.req("S002-10.7-W3")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            go('func main() {\nhttp.HandleFunc("/a", h)\nhttp.Handle("GET /b/{id}", x)\n}\n'),
            ["ANY /a", "GET /b/{}"],
        ),
        (
            go('func f() {\nm := http.NewServeMux()\nm.HandleFunc("POST host.com/a/{id}/{rest...}", h)\nm.Handle("GET /x/{$}", h)\n}\n'),
            ["GET /x", "POST /a/{}/{}"],
        ),
        (
            go('func f() {\nm := http.NewServeMux()\nm.HandleFunc("/users/", h)\nm.HandleFunc("/", h)\nm.HandleFunc("/a", h)\n}\n'),
            ["ANY /", "ANY /a", "MOUNT /users", "SOME /"],
        ),
        (
            go(
                "func f() {\n"
                "m := http.NewServeMux()\n"
                "api := http.NewServeMux()\n"
                'api.HandleFunc("GET /x", h)\n'
                'm.Handle("/api/", http.StripPrefix("/api", api))\n'
                "}\n"
            ),
            ["GET /api/x", "SOME /api"],
        ),
        (
            go(
                "func f() {\n"
                "m := http.NewServeMux()\n"
                "api := http.NewServeMux()\n"
                'api.HandleFunc("GET /api/x", h)\n'
                'm.Handle("/api/", log(api))\n'
                'm.Handle("/s/", http.FileServer(d))\n'
                "}\n"
            ),
            ["GET /api/x", "MOUNT /s", "SOME /api"],
        ),
        (
            go(
                "func f() {\n"
                "r := mux.NewRouter()\n"
                'r.HandleFunc("/a/{id:[0-9]{3}}", h).Methods("GET", http.MethodPut).Name("x")\n'
                'r.Handle("/b", h)\n'
                "}\n",
                MUX,
            ),
            ["ANY /b", "GET /a/{}", "PUT /a/{}"],
        ),
        (
            go(
                "func f() {\n"
                "r := mux.NewRouter()\n"
                's := r.PathPrefix("/x").Subrouter()\n'
                's.Path("/y").Methods("POST").HandlerFunc(h)\n'
                's.Methods("GET").Path("/z").Handler(h)\n'
                "}\n",
                MUX,
            ),
            ["GET /x/z", "POST /x/y"],
        ),
        (
            go(
                'func f() {\nr := mux.NewRouter()\nr.PathPrefix("/s/").Handler(http.StripPrefix("/s/", http.FileServer(d)))\n}\n',
                MUX,
            ),
            ["MOUNT /s"],
        ),
        (
            go(
                'func f() {\nr := mux.NewRouter()\nr.HandleFunc("/a", h)\nm := http.NewServeMux()\nm.Handle("/", r)\n'
                'r.Handle("/b/", h)\n}\n',
                MUX,
            ),
            ["ANY /a", "ANY /b", "SOME /"],
        ),
        (
            go(
                "func f() {\n"
                "r := chi.NewRouter()\n"
                "r.Use(l)\n"
                'r.Get("/", h)\n'
                'r.Route("/a", func(r chi.Router) {\n'
                'r.With(p).Post("/{id:[a-z/]+}", h)\n'
                "r.Group(func(r chi.Router) {\n"
                'r.Delete("/b", h)\n'
                "})\n"
                "})\n"
                "}\n",
                CHI,
            ),
            ["DELETE /a/b", "GET /", "POST /a/{}"],
        ),
        (
            go(
                "type T struct{}\n"
                "func (t T) Routes() chi.Router {\n"
                "r := chi.NewRouter()\n"
                'r.Get("/x", t.h)\n'
                "return r\n"
                "}\n"
                "func f() {\n"
                "r := chi.NewRouter()\n"
                'r.Mount("/t", T{}.Routes())\n'
                'r.Method(http.MethodPut, "/p", h)\n'
                "}\n",
                CHI,
            ),
            ["GET /t/x", "PUT /p", "SOME /t"],
        ),
        (
            go(
                "type S struct {\n"
                "router *mux.Router\n"
                "}\n"
                "func (s *S) routes() {\n"
                's.router.HandleFunc("/a", s.h).Methods("GET")\n'
                "}\n"
                "func New() *S {\n"
                "s := &S{router: mux.NewRouter()}\n"
                "s.routes()\n"
                "return s\n"
                "}\n",
                MUX,
            ),
            ["GET /a"],
        ),
        (
            go(
                "type S struct {\n"
                "mux *http.ServeMux\n"
                "}\n"
                "func (s *S) routes() {\n"
                's.mux.HandleFunc("GET /a", s.h())\n'
                "}\n"
                "func New() *S {\n"
                "s := &S{}\n"
                "s.mux = http.NewServeMux()\n"
                "return s\n"
                "}\n"
            ),
            ["GET /a"],
        ),
        (
            go(
                'const base = "/v1"\n'
                "func Register(r *mux.Router, db *DB) {\n"
                'r.HandleFunc(base+"/a", h).Methods("GET")\n'
                "r.HandleFunc(p, h)\n"
                "}\n",
                MUX,
            ),
            ["ANY ?", "GET /v1/a"],
        ),
        (
            go(
                "func f() {\n"
                "r := gin.Default()\n"
                'v := r.Group("/v1")\n'
                "{\n"
                'v.GET("/a/:id", h)\n'
                'v.Any("/b", h)\n'
                "}\n"
                'r.Static("/s", "d")\n'
                'r.Handle("PUT", "/c", h)\n'
                "}\n",
                "github.com/gin-gonic/gin",
            ),
            ["ANY /v1/b", "GET /v1/a/{}", "MOUNT /s", "PUT /c"],
        ),
        (
            go('func f() {\nc := &http.Client{}\nc.Get("/x")\nm.Get("/a", 1)\nhttp.Get("/b")\ncache.Delete("/k", 2)\n}\n'),
            [],
        ),
        (
            go(
                'func f() {\n r := chi.NewRouter()\n r.Get("/a", h)\n r.Handle("/s/*", http.FileServer(d))\n r.Get("/*", spa)\n}\n',
                CHI,
            ),
            ["GET /a", "MOUNT /s", "SOME /"],
        ),
        (
            go('func (s *S) Handler() http.Handler {\n mux := http.NewServeMux()\n mux.HandleFunc("GET /a/b", s.x)\n return mux\n}\n'),
            ["GET /a/b"],
        ),
        (
            go(
                "func f() {\n"
                " router := mux.NewRouter().StrictSlash(true)\n"
                " for _, route := range routes {\n"
                " router.Methods(route.Method).Path(route.Pattern).Name(route.Name).Handler(route.H)\n"
                "\n"
                "}\n"
                "}\n",
                MUX,
            ),
            ["ANY ?"],
        ),
        (
            go(
                "func f() {\n"
                " r := mux.NewRouter()\n"
                ' sub(r.PathPrefix("/"+v).Subrouter())\n'
                ' r.HandleFunc("/x", h).Methods("GET")\n'
                ' r.Handle("x")\n'
                ' r.Handle("GET x", h)\n'
                " r.PathPrefix(v).Handler(h)\n"
                ' r.Path(v).Methods("GET")\n'
                "}\n",
                MUX,
            ),
            ["GET /x"],
        ),
        (
            go(
                "func f() {\n"
                " e := echo.New()\n"
                ' g := e.Group("/v1")\n'
                " e.Group()\n"
                ' g.GET("/x", h)\n'
                ' g.GET("x", h)\n'
                ' e.Static("/s", "d")\n'
                ' e.Any("/a", h)\n'
                " e.Add(m)\n"
                "}\n",
                "github.com/labstack/echo/v4",
            ),
            ["ANY /a", "GET /v1/x", "MOUNT /s"],
        ),
        (
            go(
                "func sub(r chi.Router) {\n"
                ' r.Get("/x", h)\n'
                "}\n"
                "func f() {\n"
                " r := chi.NewRouter()\n"
                ' r.Mount("/u", func() http.Handler {\n'
                "s := chi.NewRouter()\n"
                "sub(s)\n"
                "return s\n"
                "}())\n"
                ' r.Mount("/p", pkg.Handler())\n'
                " r.Mount(v, x)\n"
                ' r.Route("/q", nil)\n'
                " r.Mount()\n"
                "}\n",
                CHI,
            ),
            ["GET /u/x", "MOUNT /p", "SOME /u"],
        ),
        (
            go(
                'func f() {\n r := mux.NewRouter()\n r.HandleFunc("/x", h).Methods("GET")\n r.PathPrefix("/").Handler(spa)\n}\n',
                MUX,
            ),
            ["GET /x", "SOME /"],
        ),
        (
            go(
                "func f() {\n"
                " r := mux.NewRouter()\n"
                " api := mux.NewRouter()\n"
                ' api.HandleFunc("/x", h).Methods("GET")\n'
                ' r.PathPrefix("/api").Handler(http.StripPrefix("/api", api))\n'
                "}\n",
                MUX,
            ),
            ["GET /api/x", "SOME /api"],
        ),
        (
            go(
                "type A struct{\n"
                "*mux.Router\n"
                "}\n"
                "type B interface{}\n"
                "var a, b = A{mux.NewRouter()}, 1\n"
                "func f(int, a *A) {\n"
                ' a.Router.HandleFunc("/x", h).Methods("GET")\n'
                " func() {}()\n"
                "}\n",
                MUX,
            ),
            ["GET /x"],
        ),
        (
            go(
                "func f() {\n"
                " m := http.NewServeMux()\n"
                ' m.Handle("GET /x", http.HandlerFunc(h))\n'
                ' m.Handle("nothing", h)\n'
                ' http.StripPrefix("/x")\n'
                "}\n"
            ),
            ["GET /x"],
        ),
        (
            go(
                "func f() {\n"
                " r := chi.NewRouter()\n"
                ' r.Get("/x", pkg.Make[int](h))\n'
                " r.Mount(x)\n"
                " r.Route(x, y())\n"
                ' r.Mount("", "")\n'
                " r.Handle(v...)\n"
                " var q int\n"
                " a[0] = 1\n"
                "}\n"
                "func (\n",
                CHI,
            ),
            ["GET /x"],
        ),
        (
            go(
                "func f[T interface{\n"
                "~[]int\n"
                "}](x T) {\n"
                " r := chi.NewRouter()\n"
                ' r.Get("/x", hs[0](h))\n'
                ' r.Method("GET", "x", h)\n'
                "}\n"
                'import "a\n',
                CHI,
            ),
            ["GET /x"],
        ),
        (
            go(
                "func NewRouter(h *Handler) http.Handler {\n"
                " r := chi.NewRouter()\n"
                " r.Group(func(r chi.Router) {\n"
                " r.Use(auth)\n"
                ' r.Get("/u", h.List)\n'
                "\n"
                "})\n"
                " return r\n"
                "}\n",
                CHI,
            ),
            ["GET /u"],
        ),
        (
            go(
                "func (a *API) Routes() *gin.Engine {\n"
                " r := gin.New()\n"
                " r.Use(gin.Recovery())\n"
                ' v1 := r.Group("/api").Group("/v1", a.auth)\n'
                ' v1.GET("/u", a.list)\n'
                " return r\n"
                "}\n",
                "github.com/gin-gonic/gin",
            ),
            ["GET /api/v1/u"],
        ),
        (
            go(
                'const prefix = "/v1"\n'
                "const (\n"
                ' userPath = prefix + "/u"\n'
                ")\n"
                "func f(m *http.ServeMux) {\n"
                ' m.HandleFunc("GET "+userPath, h)\n'
                "}\n"
            ),
            ["GET /v1/u"],
        ),
        (
            go('func f() {\n m := http.NewServeMux()\n m.HandleFunc(http.MethodGet+" /u", h)\n}\n'),
            ["GET /u"],
        ),
        (
            go(
                'var router *chi.Mux\nfunc init() {\n router = chi.NewRouter()\n router.Get("/u", h)\n}\n',
                CHI,
            ),
            ["GET /u"],
        ),
        (
            go(
                'func f() (r *mux.Router) {\n r = mux.NewRouter()\n r.HandleFunc("/u", h).Methods("GET")\n return\n}\n',
                MUX,
            ),
            ["GET /u"],
        ),
        (
            (
                "package main\n"
                'import "github.com/labstack/echo/v4"\n'
                "func main() {\n"
                " e := echo.New()\n"
                ' e.GET("/u", func(c echo.Context) error { return nil })\n'
                ' e.Logger.Fatal(e.Start(":80"))\n'
                "}\n"
            ),
            ["GET /u"],
        ),
        (
            go(
                "func f() {\n"
                "r := gin.Default()\n"
                'r.Static("/", "d")\n'
                'r.GET("/a", h)\n'
                'r.Static("/s", "d")\n'
                'r.GET("/s/x", h)\n'
                'r.StaticFS("/f", fs)\n'
                'r.Any("/none")\n'
                "}\n",
                "github.com/gin-gonic/gin",
            ),
            ["GET /a", "GET /s/x", "MOUNT /f", "MOUNT /s", "SOME /"],
        ),
        (
            go(
                'func f() {\nr := chi.NewRouter()\nr.MethodFunc("PUT", "/p", h)\nr.Get("/none")\nr.Foo("/no", h)\n}\n',
                CHI,
            ),
            ["PUT /p"],
        ),
        (
            go(
                'func f() {\ne := echo.New()\ne.Add("PATCH", "/q", h)\ne.GET("/a", h)\n}\n',
                "github.com/labstack/echo/v4",
            ),
            ["GET /a", "PATCH /q"],
        ),
        (
            go(
                'func f() {\nm := http.NewServeMux()\nm.HandleFunc("/users/", h)\nm.HandleFunc("GET /users/x", h)\n}\n',
            ),
            ["GET /users/x", "MOUNT /users"],
        ),
        (
            go(
                'func f() {\nr := chi.NewRouter()\nr.Get("/a", h)\nr.Handle("/*", spa)\n}\n',
                CHI,
            ),
            ["GET /a", "SOME /"],
        ),
        (
            go(
                "func f() {\n"
                "r := mux.NewRouter()\n"
                'r.PathPrefix("/api").Handler(http.HandlerFunc(s.h))\n'
                'r.HandleFunc("/api/x", h).Methods("GET")\n'
                'r.PathPrefix("/s").Handler(http.FileServer(s.dir))\n'
                'r.HandleFunc("/s/x", h).Methods("GET")\n'
                "}\n",
                MUX,
            ),
            ["GET /api/x", "GET /s/x", "MOUNT /api", "SOME /s"],
        ),
        (
            go(
                "func f() {\n"
                "r := mux.NewRouter()\n"
                "api := mux.NewRouter()\n"
                'api.HandleFunc("/api/x", h).Methods("GET")\n'
                'r.PathPrefix("/api").Handler(api)\n'
                'r.Path("/q").Queries("a", "b")\n'
                'r.Path("/w").HandlerFunc()\n'
                "}\n",
                MUX,
            ),
            ["GET /api/x", "SOME /api"],
        ),
        (
            go(
                "func New(r *mux.Router) *S {\n"
                ' s := &S{api: r.PathPrefix("/api").Subrouter(), n: 1}\n'
                " return s\n"
                "}\n"
                "func (s *S) routes() {\n"
                ' s.api.HandleFunc("/x", s.h).Methods("GET")\n'
                "}\n",
                MUX,
            ),
            ["GET /api/x"],
        ),
        (
            go(
                "func New(r *mux.Router) *S {\n"
                " s := &S{}\n"
                ' s.api = r.PathPrefix("/api").Subrouter()\n'
                " return s\n"
                "}\n"
                "func (s *S) routes() {\n"
                ' s.api.HandleFunc("/x", s.h).Methods("GET")\n'
                "}\n",
                MUX,
            ),
            ["GET /api/x"],
        ),
        (
            go(
                "func Handle(r *mux.Router, db *DB) {\n"
                ' r.HandleFunc("/x", h).Methods("GET")\n'
                "}\n"
                "func f() {\n"
                "r := mux.NewRouter()\n"
                'api := r.PathPrefix("/api").Subrouter()\n'
                "Handle(api, db)\n"
                "}\n",
                MUX,
            ),
            ["GET /api/x"],
        ),
        (
            go(
                "func f() {\n"
                "a := http.NewServeMux()\n"
                "b := http.NewServeMux()\n"
                "r := mux.NewRouter()\n"
                'a.HandleFunc("/a/", h)\n'
                'b.HandleFunc("/b/", h)\n'
                'http.HandleFunc("/c/", h)\n'
                'r.HandleFunc("/d/", h)\n'
                "}\n",
                MUX,
            ),
            ["ANY /d", "MOUNT /a", "MOUNT /b", "MOUNT /c"],
        ),
        (
            go(
                'func f(m *http.ServeMux) {\n m.HandleFunc("/x/", h)\n m.HandleFunc("GET /y/{$}", h)\n}\n',
            ),
            ["GET /y", "MOUNT /x"],
        ),
        (
            go(
                "func Register(pub, adm *mux.Router) {\n"
                ' pub.HandleFunc("/a", h).Methods("GET")\n'
                ' adm.HandleFunc("/b", h).Methods("GET")\n'
                "}\n"
                "func g(names []string) {\n"
                "}\n",
                MUX,
            ),
            ["GET /a", "GET /b"],
        ),
        (
            go(
                "type S struct {\n"
                " pub, adm *mux.Router\n"
                " own *mux.Router\n"
                "}\n"
                "func (s *S) routes() {\n"
                ' s.pub.HandleFunc("/a", h).Methods("GET")\n'
                ' s.adm.HandleFunc("/b", h).Methods("GET")\n'
                ' s.own.HandleFunc("/c", h).Methods("GET")\n'
                "}\n",
                MUX,
            ),
            ["GET /a", "GET /b", "GET /c"],
        ),
        (
            go(
                'func f() {\na, b := chi.NewRouter(), chi.NewRouter()\nr, err := build()\na.Get("/a", h)\nb.Get("/b", h)\n}\n',
                CHI,
            ),
            ["GET /a", "GET /b"],
        ),
        (
            go(
                'return r\nfunc f() {\nr := chi.NewRouter()\nr.Get("/a", h)\n}\n',
                CHI,
            ),
            ["GET /a"],
        ),
    ],
)
def test_a_handler_is_found_under_its_path(text: str, found: list[str]) -> None:
    assert routes_of({"cmd/main.go": text}) == found


@pytest.mark.req("S002-10.7-W3")
@pytest.mark.parametrize(
    ("files", "found"),
    [
        (
            {
                "main.go": go(
                    "func main() {\n"
                    "r := mux.NewRouter()\n"
                    'users.Register(r.PathPrefix("/u").Subrouter()) \n'
                    'api := r.PathPrefix("/a").Subrouter()\n'
                    "users.Register(api)\n"
                    "}\n",
                    MUX,
                    "example.com/x/internal/users",
                ),
                "internal/users/http.go": go(
                    'func Register(r *mux.Router) {\nr.HandleFunc("/x", h).Methods("GET")\n}\n',
                    MUX,
                ),
            },
            ["GET /a/x", "GET /u/x"],
        ),
        (
            {
                "a/main.go": go(
                    'func main() {\nr := chi.NewRouter()\nr.Mount("/u", users())\n}\n',
                    CHI,
                ),
                "a/users.go": go(
                    'func users() http.Handler {\nr := chi.NewRouter()\nr.Get("/x", h)\nreturn r\n}\n',
                    CHI,
                ),
            },
            ["GET /u/x", "SOME /u"],
        ),
        (
            {
                "a/server.go": go(
                    "type server struct {\nrouter *mux.Router\n}\n",
                    MUX,
                ),
                "a/routes.go": ('package main\nfunc (s *server) routes() { s.router.HandleFunc("/x", s.h()).Methods("GET") }\n'),
            },
            ["GET /x"],
        ),
        (
            {
                "a/server.go": go(
                    "var Router = mux.NewRouter()\n",
                    MUX,
                ),
                "a/routes.go": ('package main\nfunc init() { Router.HandleFunc("/x", h).Methods("GET") }\n'),
            },
            ["GET /x"],
        ),
        (
            {
                "main.go": go(
                    "func main() {\n app := &server.App{}\n app.Router = mux.NewRouter()\n app.Init()\n}\n",
                    "example.com/x/server",
                    MUX,
                ),
                "server/app.go": go(
                    "type App struct {\n"
                    "	Router *mux.Router\n"
                    '	DB *sql.DB `json:"x"`\n'
                    "}\n"
                    "func (a *App) Init() {\n"
                    ' a.Router.HandleFunc("/metrics/x", a.h).Methods(http.MethodGet)\n'
                    ' a.Router.PathPrefix("/m").Handler(h())\n'
                    "}\n",
                    MUX,
                ),
            },
            ["GET /metrics/x", "MOUNT /m"],
        ),
        (
            {
                "a/main.go": go(
                    "type Server struct{\n"
                    "r *chi.Mux\n"
                    "}\n"
                    "func NewServer() *Server {\n"
                    " s := &Server{r: chi.NewRouter()}\n"
                    " s.routes()\n"
                    " return s\n"
                    "}\n",
                    CHI,
                ),
                "a/routes.go": ('package main\nfunc (s *Server) routes() {\n s.r.Route("/u", s.users)\n}\n'),
                "a/users.go": go(
                    'func (s *Server) users(r chi.Router) {\n r.Get("/x", s.h)\n}\n',
                    CHI,
                ),
            },
            ["GET /u/x"],
        ),
        (
            {
                "main.go": go(
                    'func main() {\n r := server.New()\n api := chi.NewRouter()\n api.Get("/x", h)\n r.Mount("/api", api)\n}\n',
                    "example.com/x/server",
                    CHI,
                ),
                "server/new.go": go(
                    "func New() *chi.Mux {\n r := chi.NewRouter()\n r.Use(l)\n return r\n}\n",
                    CHI,
                ),
            },
            ["GET /api/x", "SOME /api"],
        ),
        (
            {
                "main.go": go(
                    "func main() {\n s := NewServer()\n s.Start()\n}\n",
                    MUX,
                ),
                "server.go": go(
                    "type Server struct {\n"
                    " *mux.Router\n"
                    "}\n"
                    "func NewServer() *Server {\n"
                    " s := &Server{Router: mux.NewRouter()}\n"
                    ' s.Router.HandleFunc("/x", h).Methods("GET")\n'
                    " return s\n"
                    "}\n",
                    MUX,
                ),
            },
            ["GET /x"],
        ),
        (
            {
                "cmd/main.go": go(
                    "func main() {\n"
                    " mux := http.NewServeMux()\n"
                    " h := users.NewHandler(db)\n"
                    " h.RegisterRoutes(mux)\n"
                    ' srv := &http.Server{Addr: ":80", Handler: mux}\n'
                    " srv.ListenAndServe()\n"
                    "}\n",
                    "example.com/app/users",
                ),
                "users/handler.go": go(
                    "type Handler struct{\n"
                    "db *DB\n"
                    "}\n"
                    "func NewHandler(db *DB) *Handler {\n"
                    "return &Handler{db: db}\n"
                    "}\n"
                    "func (h *Handler) RegisterRoutes(mux *http.ServeMux) {\n"
                    ' mux.HandleFunc("GET /api/u", h.list)\n'
                    "}\n"
                ),
            },
            ["GET /api/u"],
        ),
        (
            {
                "cmd/main.go": go(
                    "func main() {\n"
                    " router := mux.NewRouter()\n"
                    ' sub := router.PathPrefix("/api").Subrouter()\n'
                    " h := users.NewHandler(db)\n"
                    " h.RegisterRoutes(sub)\n"
                    "}\n",
                    "example.com/app/users",
                    MUX,
                ),
                "users/handler.go": go(
                    "type Handler struct{\n"
                    "db *DB\n"
                    "}\n"
                    "func NewHandler(db *DB) *Handler {\n"
                    "return &Handler{db: db}\n"
                    "}\n"
                    "func (h *Handler) RegisterRoutes(r *mux.Router) {\n"
                    ' r.HandleFunc("/u", h.list).Methods(http.MethodGet)\n'
                    "}\n",
                    MUX,
                ),
            },
            ["GET /api/u"],
        ),
        (
            {
                "a/main.go": go('func main() {\n r := chi.NewRouter()\n r.Route("/u", api.Users)\n}\n', CHI),
                "a/more.go": go('func more(r chi.Router) {\n r.Mount("/c", api.Cards())\n}\n', CHI),
                "a/api.go": go(
                    "type API struct{\n"
                    "}\n"
                    "var api = API{}\n"
                    "func (a API) Users(r chi.Router) {\n"
                    ' r.Get("/x", h)\n'
                    "}\n"
                    "func (a API) Cards() chi.Router {\n"
                    " r := chi.NewRouter()\n"
                    ' r.Get("/y", h)\n'
                    " return r\n"
                    "}\n",
                    CHI,
                ),
            },
            ["GET /c/y", "GET /u/x", "SOME /c"],
        ),
        (
            {
                "main.go": go(
                    "func New(r *mux.Router) *App {\n"
                    " app := &App{}\n"
                    ' app.s.api = r.PathPrefix("/api").Subrouter()\n'
                    " return app\n"
                    "}\n"
                    "func (a *App) routes() {\n"
                    ' a.s.api.HandleFunc("/x", h).Methods("GET")\n'
                    "}\n",
                    MUX,
                ),
            },
            ["GET /api/x"],
        ),
        (
            {
                "a/vars.go": go("type Server struct {\n Router *mux.Router\n}\nvar srv = &Server{Router: mux.NewRouter()}\n", MUX),
                "a/routes.go": 'package main\nfunc init() { srv.Router.HandleFunc("/x", h).Methods("GET") }\n',
                "a/more.go": 'package main\nfunc init() {\n rt := srv.Router\n rt.HandleFunc("/y", h).Methods("GET")\n}\n',
            },
            ["GET /x", "GET /y"],
        ),
        (
            {
                "a/main.go": go(
                    'func users(r *mux.Router) {\n r.HandleFunc("/x", h).Methods("GET")\n}\nfunc main() {\n users(apiRouter)\n}\n', MUX
                ),
                "a/vars.go": go('var apiRouter = mux.NewRouter().PathPrefix("/api").Subrouter()\n', MUX),
            },
            ["GET /api/x"],
        ),
        (
            {
                "cmd/main.go": go(
                    'func main() {\n r := chi.NewRouter()\n r.Mount("/p", users.Routes())\n}\n', "example.com/app/internal/users", CHI
                ),
                "internal/users/routes.go": go('func Routes() chi.Router {\n r := chi.NewRouter()\n r.Get("/x", h)\n return r\n}\n', CHI),
                "admin/users/r.go": go('func Routes() chi.Router {\n r := chi.NewRouter()\n r.Get("/y", h)\n return r\n}\n', CHI),
            },
            ["GET /p/x", "GET /y", "SOME /p"],
        ),
    ],
)
def test_prefixes_are_joined_over_files(files: dict[str, str], found: list[str]) -> None:
    assert routes_of(files) == found
