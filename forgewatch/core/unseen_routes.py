"""What of a repository's handlers cannot be seen, and why: its language, its framework, or a missing extra (checks.md W3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from forgewatch.core.facts import OTHERS, RouteFacts
from forgewatch.core.paths_of_tests import is_test
from forgewatch.core.places import FORGE_JSON
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.source_kinds import language_of
from forgewatch.core.strict_json import parse_json
from forgewatch.core.undeclared_routes import routes_now

FRAMEWORKS = "Express, Hono, Next, net/http, gorilla/mux, chi, gin, echo"
_READ = {
    **dict.fromkeys(("typescript", "javascript", "node", "nodejs", "ts", "js", "express", "hono", "next", "nextjs"), "script"),
    **dict.fromkeys(("go", "golang"), "go"),
}
_KINDS = {"TypeScript": "script", "JavaScript": "script", "Go": "go"}
_SHOWN = 40


def unread_routes(snapshot: Snapshot) -> str:
    """Return which files name a framework and could not be read, and why; empty when there are none."""
    found = {(facts.unread, _language(path)) for path, facts in routes_now(snapshot).items() if facts.unread}
    whys = sorted({why for why, _ in found})
    told = (f"routes of {' and '.join(sorted(name for why, name in found if why == each))} files are not read: {each}" for each in whys)
    return "; ".join(told)


def unseen_backend(snapshot: Snapshot) -> str:
    """Return why handlers of the backend cannot be seen at all, empty when they can.

    What BASE calls the backend counts before what this cycle calls it.
    """
    language = next(_named(snapshot), "")
    if language.lower().startswith("python"):
        return ""
    seen = {_KINDS.get(_language(path), "") for path, facts in routes_now(snapshot).items() if _serves(facts)}
    others = {_KINDS.get(_language(path), "") for path, facts in routes_now(snapshot).items() if facts.unread == OTHERS}
    if language:
        found = re.findall(r"[a-z]+", language.lower())
        kind = _READ.get(next(iter(found), ""))
        return (
            ""
            if kind in seen - others
            else f"the backend is {language[:_SHOWN]}: {_why(snapshot) if kind else 'routes of it are not read'}"
        )
    if seen - others - {""} or any(path.endswith(".py") and not is_test(path) for path in snapshot.paths):
        return ""
    return f"there is no Python code: {_why(snapshot)}"


def _serves(facts: RouteFacts) -> bool:
    """True for a file in which a framework makes a router, or whose place makes it a handler."""
    return any(name not in facts.weak for name, _ in facts.routers) or any(not owner for owner, _ in facts.routes)


def _why(snapshot: Snapshot) -> str:
    return unread_routes(snapshot) or f"no framework was found whose routes are read ({FRAMEWORKS})"


def _language(path: str) -> str:
    found = language_of(path)
    return found[1] if found else ""


def _named(snapshot: Snapshot) -> Iterator[str]:
    for content in (snapshot.base_document(FORGE_JSON), snapshot.document(FORGE_JSON)):
        document = parse_json(content) if isinstance(content, bytes) else None
        backend = document.get("backend") if isinstance(document, Mapping) else None
        language = backend.get("language") if isinstance(backend, Mapping) else None
        if isinstance(language, str) and language.strip():
            yield language.strip()
