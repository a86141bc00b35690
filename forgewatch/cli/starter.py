"""What `init` writes into a repository that lacks it: contracts in plain words, filled where the repository tells (contract §0, §1).

Nothing in them is a rule that the code breaks today, and no example counts: a first honest cycle passes.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib.resources import files
from itertools import islice
from pathlib import Path
from string import Template

from forgewatch.adapters.files import RootFiles
from forgewatch.cli.shims import SHIMS
from forgewatch.cli.stack import Stack, stack_of
from forgewatch.core.boundaries import Boundaries, governed, governing, parse_boundaries, scan
from forgewatch.core.evidence_bundle import TEMPLATE
from forgewatch.core.facts import RouteFacts
from forgewatch.core.foreign_routes import extract_foreign_routes, files_with_routes
from forgewatch.core.foreign_source import read_foreign
from forgewatch.core.limits import LIMITS
from forgewatch.core.physics import parse_physics
from forgewatch.core.places import FORGE_JSON, LOCK_RECORD, USER_INSTRUCTIONS, Places
from forgewatch.core.routes import extract_routes
from forgewatch.core.source_kinds import grammar_of
from forgewatch.core.starter_layers import Hit, starter_rules
from forgewatch.core.starter_physics import starter_physics
from forgewatch.core.text import counted, escape, recordable
from forgewatch.core.undeclared_routes import handlers
from forgewatch.core.values import RepoPath
from forgewatch.wiring.languages import LazyGrammars

FOLDERS = ("Contracts", "evidence", "scripts")
MOST_FILES = 20_000
"""Files that are read to fill a template; what lies beyond is not looked at."""

Content = tuple[bytes, str]
"""The bytes of a document, and a remark about them, mostly empty."""


def lines_to_ignore(places: Places) -> tuple[str, ...]:
    """Return what git is to ignore of what forgewatch leaves in a working tree: the lock record, and what a killed writer had begun."""
    return (LOCK_RECORD, f"{places.evidence}/.*.new")


def scripts(places: Places) -> dict[str, bytes]:
    """Return the path and bytes of each script of the contract."""
    return {f"{places.base}scripts/{name}": data for name, data in SHIMS}


def documents(root: Path, places: Places, framework: str = "") -> Mapping[str, Callable[[], Content]]:
    """Return the path of every document, and what makes its bytes: code is read only for a document that is missing.

    A directive under its other name is the directive, and ui.md is wanted with a front end only (contract §1).
    """
    stack = stack_of(root, framework)
    words = _words(root, places, stack)
    directive = next((path for path in places.directives if os.path.lexists(root / path)), places.directives[0])
    texts = {f"{places.contracts}/{name}.md": name for name in ("blueprint", "manifesto", "stack", "schema", "phases")}
    texts |= {f"{places.contracts}/ui.md": "ui"} if stack.frontend is not None else {}
    texts |= {directive: "directive", f"{places.contracts}/BUILDER.md": "builder", f"{places.evidence}/README.md": "evidence"}
    return {
        FORGE_JSON: partial(_forge_json, root, stack),
        **{path: partial(_filled, f"{name}.md", words) for path, name in texts.items()},
        places.physics: partial(_physics, root, stack, words),
        places.boundaries: partial(_boundaries, root, stack),
        f"{places.contracts}/evidence_bundle.md": lambda: (TEMPLATE.encode(), ""),
        USER_INSTRUCTIONS: partial(_filled, "user_instructions.md", words),
    }


def forge_json(root: Path, stack: Stack) -> bytes:
    """Return a forge.json that names what is certain; what it leaves out is found by convention (contract §0)."""
    frontend = {} if stack.frontend is None else {"frontend": {"enabled": True, "dir": stack.frontend}}
    return (json.dumps({"project_name": recordable(root.name), "backend": stack.backend, **frontend}, indent=2) + "\n").encode()


def _forge_json(root: Path, stack: Stack) -> Content:
    return forge_json(root, stack), ""


def _words(root: Path, places: Places, stack: Stack) -> dict[str, str]:
    told = {
        "project": root.name,
        "language": stack.backend["language"],
        "framework": stack.framework if stack.framework != stack.backend["language"] else "none",
        "manifest": stack.backend.get("dependency_file", "name the manifest here"),
        "test_framework": stack.backend.get("test_framework", "the test script of package.json"),
        "tests": f"in {stack.backend['test_dir']}/" if "test_dir" in stack.backend else "beside the code",
        "frontend": "no" if stack.frontend is None else "yes",
        "contracts": places.contracts,
        "evidence": places.evidence,
        "scripts": f"{places.base}scripts",
    }
    return {name: escape(text) for name, text in told.items()}


def _text(name: str, words: Mapping[str, str]) -> str:
    return Template((files("forgewatch") / "templates" / name).read_text("utf-8")).substitute(words)


def _filled(name: str, words: Mapping[str, str]) -> Content:
    return _text(name, words).encode(), ""


def _physics(root: Path, stack: Stack, words: Mapping[str, str]) -> Content:
    routes = handlers(dict(_route_facts(root, stack.paths)))
    raw = starter_physics(_text("physics.txt", words), routes)
    found = len(parse_physics(raw).routes)
    return raw, f"with {counted(found, 'route')} of the code" if found else ""


def _route_facts(root: Path, paths: tuple[RepoPath, ...]) -> Iterator[tuple[RepoPath, RouteFacts]]:
    grammars = LazyGrammars()
    foreign = set(files_with_routes(paths))
    for path, raw in _sources(root, (path for path in paths if path in foreign or path.endswith(".py"))):
        yield path, extract_foreign_routes(path, raw, grammars) if path in foreign else extract_routes(path, raw)


def _boundaries(root: Path, stack: Stack) -> Content:
    raw = starter_rules(stack.framework, stack.paths)
    rules = parse_boundaries(raw)
    hits = tuple(_hits(root, rules, stack.paths)) if isinstance(rules, Boundaries) else ()
    left = f", {counted(len(hits), 'rule')} left out that the code breaks today" if hits else ""
    return starter_rules(stack.framework, stack.paths, hits), f"default layering, {stack.framework}{left}"


def _hits(root: Path, rules: Boundaries, paths: tuple[RepoPath, ...]) -> Iterator[Hit]:
    """Yield the rules that the code breaks today, as an audit would see it with and without the grammars of the extra."""
    foreign = partial(read_foreign, grammars=LazyGrammars())
    broken: Counter[tuple[str, str]] = Counter()
    for path, raw in _sources(root, governed(rules, paths)):
        ways = (scan(rules, path, raw), *([scan(rules, path, raw, foreign)] if grammar_of(path) else []))
        found = {(hit.layer, hit.pattern) for facts in ways for hit in facts.hits}
        # A file that is no text could not be judged in any audit (A405): no layer may govern it.
        if any(facts.defect for facts in ways):
            found |= {(layer.name, rule.pattern.text) for layer in governing(rules, path) for rule in layer.rules}
        broken.update(found)
    yield from (Hit(layer, pattern, number) for (layer, pattern), number in sorted(broken.items()))


def _sources(root: Path, paths: Iterable[RepoPath]) -> Iterator[tuple[RepoPath, bytes]]:
    tree = RootFiles(str(root))
    for path in islice(paths, MOST_FILES):
        content = tree.read(path, LIMITS.source_bytes)
        if isinstance(content, bytes):
            yield path, content
