"""Every kind of document, spoiled in every way, met by the worker: each cell of the table is a finding with its place, all in one audit.

What is no file in the place of log, record and contracts is in test_governed_places.py; bombs of the parsers are in test_contracts.py.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from forgewatch.core.report import Report
from forgewatch.core.verdict import Outcome
from tests.support.builder import Builder
from tests.support.foreign import wants_grammars
from tests.support.inside import Inside, inside_of
from tests.support.pace import seconds

LINE = b"x" * (10 << 20)
LAUGHS = b"a0: &a0 [lol]\n" + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 10))
DEEP = b"[" * 100_000

KINDS = {
    "boundaries.json": ("Forge/Contracts/boundaries.json", b'{"layers": [{"name": "api", "glob": "api/**", "forbidden": []}]}\n'),
    "physics.yaml": ("Forge/Contracts/physics.yaml", b"paths:\n  /users:\n    get: {}\n"),
    "forge.json": ("forge.json", b'{"backend": {"language": "python"}}\n'),
    "requirements.txt": ("r/requirements.txt", b"httpx\n"),
    "pyproject.toml": ("p/pyproject.toml", b'[project]\nname = "p"\ndependencies = ["httpx"]\n'),
    "setup.cfg": ("c/setup.cfg", b"[options]\ninstall_requires =\n  httpx\n"),
    "Pipfile": ("f/Pipfile", b'[packages]\nhttpx = "*"\n'),
    "package.json": ("j/package.json", b'{"dependencies": {"react": "1"}}\n'),
    "tsconfig.json": ("t/tsconfig.json", b'{"compilerOptions": {"paths": {"@/*": ["./*"]}}}\n'),
    "go.mod": ("g/go.mod", b"module example.org/g\n\nrequire example.org/x v1.0.0\n"),
    "app.py": ("app/b.py", b"import fastapi\n"),
    "router.py": ("app/api/routers/b.py", b"import fastapi\n"),
    "x.ts": ("s/x.ts", b'import "react";\n'),
    "x.js": ("s/y.js", b'import "react";\n'),
    "x.go": ("h/y.go", b'package g\n\nimport _ "example.org/x"\n'),
    "directive.md": ("Forge/Contracts/directive.md", b"# Directive\n\nBuild it.\n"),
    "phases.md": ("Forge/Contracts/phases.md", b"# Phases\n\n## Phase 1 -- A\n\n- work\n"),
    "schema.md": ("Forge/Contracts/schema.md", b"# Schema\n"),
}
USERS = {
    **{f"{folder}/m.py": b"import httpx\n" for folder in "rpcf"},
    "j/x.js": b'import "react";\n',
    "t/x.ts": b'import "react";\n',
    "t/package.json": b'{"dependencies": {"react": "1"}}',
    "s/package.json": b'{"dependencies": {"react": "1"}}',
    "h/go.mod": b"module example.org/h\n\nrequire example.org/x v1.0.0\n",
    "g/x.go": b'package g\n\nimport _ "example.org/x"\n',
}
TWICE = {
    "boundaries.json": b'{"layers": [],\n"layers": []}',
    "physics.yaml": b"paths: {}\npaths: {}\n",
    "forge.json": b'{"backend": {},\n"backend": {}}',
    "pyproject.toml": b'[project]\nname = "p"\nname = "q"\n',
    "setup.cfg": b"[options]\ninstall_requires = a\ninstall_requires = httpx\n",
    "Pipfile": b'[packages]\nhttpx = "*"\nhttpx = "1"\n',
    "package.json": b'{"dependencies": {},\n"dependencies": {"react": "1"}}',
    "tsconfig.json": b'{"compilerOptions": {},\n"compilerOptions": {}}',
}


def become(raw: bytes) -> Callable[[Path, bytes], object]:
    return lambda path, _: path.write_bytes(raw)


def added(raw: bytes) -> Callable[[Path, bytes], object]:
    return lambda path, honest: path.write_bytes(honest + raw)


WAYS: dict[str, Callable[[Path, bytes], object]] = {
    "absent": lambda path, honest: None,
    "empty": become(b""),
    "directory": lambda path, honest: path.mkdir(),
    "symlink": lambda path, honest: path.symlink_to("/etc/hostname"),
    "FIFO": lambda path, honest: os.mkfifo(path),
    "10 MB line": added(LINE),
    "no UTF-8": added(b"\xe9\n"),
    "UTF-16": lambda path, honest: path.write_bytes(honest.decode().encode("utf-16")),
    "NUL": added(b"\0\n"),
    "nesting": become(DEEP),
    "laughs": become(LAUGHS),
}


@pytest.fixture
def honest(tmp_path: Path) -> Iterator[Inside]:
    """A cycle that passes and needs every document of the table."""
    builder = Builder.with_repository(tmp_path / "repository")
    for path in ("Forge/Contracts/boundaries.json", "Forge/Contracts/physics.yaml", "forge.json"):
        builder.delete(path)
    builder.commit("without contracts")
    for path, raw in (*KINDS.values(), *USERS.items()):
        builder.write(path, raw)
    builder.record().claims(*(path for path, _ in KINDS.values()), *USERS).completes()
    with inside_of(tmp_path, builder) as rig:
        yield rig


def spoil(rig: Inside, way: Callable[[Path, bytes], object], kinds: dict[str, bytes] | None = None) -> Report:
    """Put something bad in the place of every document, and audit once."""
    for kind, (path, raw) in KINDS.items():
        target = rig.builder.root / path
        if kinds is None:
            target.unlink()
            way(target, raw)
        elif kind in kinds:
            target.write_bytes(kinds[kind])
    began = time.process_time()
    answer = rig.answer()
    # All documents together may take what the issue allows each of them.
    assert time.process_time() - began < seconds(1)
    assert isinstance(answer, Report), answer
    return answer


def told(report: Report) -> dict[str, set[str]]:
    """For each kind the codes with their lines, told at the document itself."""
    found = [finding for result in report.audit.results for finding in result.findings]
    shown = [(each.path, each.code if each.line is None else f"{each.code}:{each.line}") for each in found]
    return {kind: {code for path, code in shown if path == place} for kind, (place, _) in KINDS.items()}


# The codes at each document in the order of KINDS, with lines; `-`: nothing is wrong with it, or what follows is told where it is needed.
EXPECTED = {
    "absent": "A401 W303 A102 A102 A102 A102 A102 A102 A102 A102 A102 A102 A102 A102 A102 A102 A102 A102",
    "empty": "A401:1 - A903:1 - - - - A903:1 - A903 - - - - - - - -",
    "directory": "A401 W303 A903 A102 A102 A102 A102 A102 A102 A102 A102 A102 A102 A102 A102 XL04 XL04 XL04",
    "symlink": "A401 W303 A903 A903 A903 A903 A903 A903 - A903 A910 A910 - - - XL04 XL04 XL04",
    "FIFO": "A104 A104 A104 A104 A104 A104 A104 A104 A104 A104 A104 A104 A104 A104 A104 XL04 XL04 XL04",
    "10 MB line": "A401 W303 A903 A903 A903 A903 A903 A903 W103 A903 A906 A906 A906 A906 A906 XL04 XL04 XL04",
    "no UTF-8": "A401:2 W303:4 A903:2 A903:2 A903:4 A903:4 A903:3 A903:2 A903:2 A903:4 A905:2 A905:2 A905:2 A905:2 A905:4 "
    "XL04:4 XL04:6 XL04:2",
    "UTF-16": "A401:1 W303:1 A903:1 - A903:1 A903:1 A903:1 A903:1 A903:1 A903:1 A905:1 A905:1 A905:1 A905:1 A905:1 XL04:1 XL04:1 XL04:1",
    "NUL": "A401:2 W303:4 A903:2 A903:2 A903:4 A903:4 A903:3 A903:2 A903:2 A903:4 A905:1 A905:1 - - - XL04:4 XL04:6 XL04:2",
    "nesting": "A401:1 W303:1 A903:1 A903:1 A903:1 A903:1 A903:1 A903:1 A903:1 A903:1 A905:1 A905:1 XT01 XT01 XT01 - - -",
    "laughs": "A401:1 W303:1 A903:1 A903:1 A903:1 A903:1 A903:1 A903:1 A903:1 A903 A905:1 A905:1 XT01 XT01 XT01 - - -",
}
TOLD_TWICE = {
    "boundaries.json": "A401:2",
    "physics.yaml": "W303:2",
    "forge.json": "A903:2",
    "pyproject.toml": "A903:3",
    "setup.cfg": "A903:3",
    "Pipfile": "A903:3",
    "package.json": "A903:2",
    "tsconfig.json": "A903:2",
}


@wants_grammars
def test_the_cycle_passes_when_every_document_is_whole(honest: Inside) -> None:
    assert honest.report().audit.outcome is Outcome.PASS


@wants_grammars
@pytest.mark.req("S001-1-1")
@pytest.mark.parametrize("way", WAYS)
def test_every_document_that_is_spoiled_is_told_with_its_place_and_soon(honest: Inside, way: str) -> None:
    report = spoil(honest, WAYS[way])
    assert report.audit.outcome is Outcome.FAIL
    found, expected = told(report), dict(zip(KINDS, EXPECTED[way].split(), strict=True))
    assert {kind: code for kind, code in expected.items() if code != "-" and code not in found[kind]} == {}, found
    # Nothing blocks where nothing is expected.
    blocking = {kind: {code for code in codes if code.startswith("A")} for kind, codes in found.items()}
    assert {kind for kind, codes in blocking.items() if codes and expected[kind] == "-"} == set(), found


@wants_grammars
def test_what_is_said_twice_is_told_with_the_line_of_the_second(honest: Inside) -> None:
    report = spoil(honest, become(b""), TWICE)
    found = told(report)
    assert report.audit.outcome is Outcome.FAIL
    assert {kind: code for kind, code in TOLD_TWICE.items() if code not in found[kind]} == {}, found


@wants_grammars
def test_a_manifest_in_utf_16_is_read_where_pip_reads_it(honest: Inside) -> None:
    path, raw = KINDS["requirements.txt"]
    honest.builder.write(path, raw.decode().encode("utf-16"))
    assert honest.report().audit.outcome is Outcome.PASS
