"""The HTTP handlers of TypeScript, JavaScript and Go files, by their grammars (checks.md W3). Which of them are worth a look at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import re2

from forgewatch.core.defect import Defect
from forgewatch.core.facts import OTHERS, RouteFacts
from forgewatch.core.go_routes import go_routes
from forgewatch.core.limits import LIMITS
from forgewatch.core.manifests import FOREIGN
from forgewatch.core.next_routes import folders_before, is_next_file
from forgewatch.core.paths_of_tests import is_test
from forgewatch.core.ports import Grammars
from forgewatch.core.python_source import decode_text
from forgewatch.core.script_routes import script_routes
from forgewatch.core.source_kinds import grammar_of
from forgewatch.core.values import RepoPath

_SCRIPT = re2.compile(
    rb"""['"](?:npm:|jsr:/?)?(?:express(?:-promise-router)?|express-serve-static-core|hono(?:/(?:tiny|quick))?|@hono/(?:hono|zod-openapi))(?:@[^'"\n]*)?['"]"""
)
_GO = re2.compile(rb'"(?:net/http|github\.com/(?:gorilla/mux|go-chi/chi|gin-gonic/gin|labstack/echo)(?:/v[0-9]+)?)"')
_SCRIPT_PART = re2.compile(
    rb"\b(?:app|api|server|[rR]outers?)\b\s*[.,)(]|[rR]outes?\b|\bRouter\b|\.\s*(?:get|post|put|patch|delete|all|use|route)\s*\(\s*[\"'`]/"
    rb"|export\s*(?:\*|\{[^{}]{0,500}\})\s*(?:as\s+\w+\s*)?from|\bexports\b[^\n]{0,80}require"
)
_GO_PART = re2.compile(
    rb"\b(?:Handle|HandleFunc|Handler|ServeMux|NewServeMux|NewRouter|Router|RouterGroup|Engine|Echo|Mount|Group|Route|PathPrefix|Methods|GET|POST|PUT|PATCH|DELETE)\b"
)
_OTHERS = re2.compile(
    rb"""['"](?:@nestjs/core|routing-controllers|tsoa|inversify-express-utils|@tsed/[\w-]+|@feathersjs/express|express-openapi|openapi-backend"""
    rb"""|express-file-routing|@sapphire/plugin-api)['"]"""
)
"""Packages that make routes of decorators, documents or the places of files, and give them to a router of Express."""
_MADE = re.compile(r".*(?:\.d\.[cm]?ts|\.min\.js|\.stories\.[jt]sx?|\.pb\.go|_gen\.go)\Z", re.DOTALL)
_NO_PRODUCT = FOREIGN | {
    "__mocks__",
    "mocks",
    "__fixtures__",
    "fixtures",
    "testdata",
    ".next",
    "coverage",
    ".storybook",
    "cypress",
    "playwright",
}
_BESIDE = frozenset({"scripts", "tools", "examples", "example", "_examples", "docs", "benchmark", "benchmarks"})
"""Folders at the top of a repository whose programs are no part of the product."""
_WITH_MARKUP = (".tsx", ".jsx")


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteWords:
    """Whether the words of a file name a framework, or only could belong to code that uses one elsewhere. `others`: they name one that
    makes routes in a way that is not read.
    """

    framework: bool = False
    part: bool = False
    others: bool = False


def files_with_routes(paths: Iterable[RepoPath]) -> list[RepoPath]:
    """Return the files of languages other than Python that may hold handlers of the product, by their names."""
    return [path for path in paths if grammar_of(path) and not _MADE.match(path) and _is_product(path)]


def _is_product(path: RepoPath) -> bool:
    # A folder of an address may have any name.
    before = folders_before(path)
    folders = (path if before is None else before).split("/")[:-1]
    named = path if before is None else RepoPath(f"{before}route.ts")
    return not (_NO_PRODUCT.intersection(folders) or _BESIDE.intersection(folders[:1]) or is_test(named))


def route_words(path: RepoPath, raw: bytes) -> RouteWords:
    """Return what the words of a file tell, without parsing it."""
    if path.endswith(".go"):
        part = _GO_PART.search(raw) is not None
        return RouteWords(framework=part and _GO.search(raw) is not None, part=part)
    framework, others = is_next_file(path) or _SCRIPT.search(raw) is not None, _OTHERS.search(raw) is not None
    part = framework or others or (not path.endswith(_WITH_MARKUP) and _SCRIPT_PART.search(raw) is not None)
    return RouteWords(framework=framework, part=part, others=others)


def extract_foreign_routes(path: RepoPath, raw: bytes, grammars: Grammars) -> RouteFacts:
    """Return routers, routes, mounts and names of a file; of one without a word of routes none. Never raises, whatever the bytes."""
    words = route_words(path, raw)
    if not words.part:
        return RouteFacts()
    text = decode_text(raw)
    found: Defect | RouteFacts = text if isinstance(text, Defect) else _read(path, text.encode("utf-8"), grammars)
    if isinstance(found, RouteFacts):
        return replace(found, unread=OTHERS) if words.others else found
    return RouteFacts(unread=str(found)) if words.framework else RouteFacts()


def _read(path: RepoPath, raw: bytes, grammars: Grammars) -> RouteFacts | Defect:
    if len(raw) > LIMITS.parsed_bytes:
        return Defect(f"expected at most {LIMITS.parsed_bytes} bytes, found {len(raw)}")
    grammar = grammar_of(path) or ""
    pieces = grammars.pieces(grammar, raw)
    if isinstance(pieces, Defect):
        return pieces
    return go_routes(raw, pieces) if grammar == "go" else script_routes(path, raw, pieces)
