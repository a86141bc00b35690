"""Facts that are remembered equal facts that are looked at, whatever was edited, committed, reverted or checked out in between."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forgewatch.app.capture import capture
from forgewatch.app.extraction import (
    Extractor,
    Memory,
    NoGrammars,
    Reading,
    SeenFiles,
    as_content,
    blob_id,
    extract,
    extract_some,
    read_captured,
)
from forgewatch.app.papers import read_papers
from forgewatch.core.codec import encode
from forgewatch.core.defect import Defect
from forgewatch.core.errors import Unstable
from forgewatch.core.facts import RouteFacts, SourceFacts
from forgewatch.core.limits import LIMITS
from forgewatch.core.places import places_of
from forgewatch.core.ports import Grammars
from forgewatch.core.snapshot import Entry, PathTable
from forgewatch.core.source_pieces import Piece
from forgewatch.core.survey import Survey, SurveyQuestion
from forgewatch.core.values import Absent, Content, Digest, Oid, RepoPath, Unreadable
from tests.support.foreign import GRAMMARS, wants_grammars
from tests.support.inside import Inside, inside_of

A, B = RepoPath("a.py"), RepoPath("b.py")
LIKE = Oid("0" * 40)


class Files:
    """`ports.WorkingTree` over a dictionary; only reading works. `reads` are the paths that were read."""

    def __init__(self, **files: Content) -> None:
        self.files = {f"{name}.py": content for name, content in files.items()}
        self.reads: list[str] = []

    def survey(self, question: SurveyQuestion) -> Survey:
        raise AssertionError("extraction takes no survey")

    def fingerprint(self, paths: Iterable[RepoPath]) -> Digest:
        raise AssertionError("extraction takes no fingerprint")

    def read(self, path: RepoPath, limit: int) -> Content:
        self.reads.append(path)
        return self.files.get(path, Absent())


class Kept:
    """`ports.FactCache` in a dictionary; may answer with anything."""

    def __init__(self, answer: object = None) -> None:
        self.answer = answer
        self.kept: dict[tuple[str, Oid], object] = {}

    def get(self, ruleset: str, oid: Oid) -> object | None:
        return self.kept.get((ruleset, oid), self.answer)

    def put(self, ruleset: str, oid: Oid, facts: object) -> None:
        self.kept[(ruleset, oid)] = facts


def entry(data: bytes, mode: int = 0o100644) -> Entry:
    return Entry(mode, blob_id(data, LIKE))


def told(path: RepoPath, data: bytes) -> SourceFacts:
    return SourceFacts(defect=f"{path} {data.decode()}")


def extractor(ruleset: str = "r/1", leave_out: SourceFacts | None = None) -> Extractor[SourceFacts]:
    return Extractor(
        ruleset=ruleset,
        facts=SourceFacts,
        choose=lambda paths: [path for path in paths if path.endswith(".py")],
        extract=told,
        leave_out=leave_out,
    )


def reading(table: PathTable, tree: Files, cache: Kept | None = None, memory: Memory | None = None) -> Reading:
    return Reading(table=table, tree=SeenFiles(tree), cache=cache or Kept(), memory=memory or Memory(), limits=LIMITS)


def test_what_a_walk_did_not_reach_is_unreadable_and_not_unstable() -> None:
    seen = SeenFiles(Files(a=b"2"), whole=False)
    assert read_captured(seen, A, entry(b"1"), 10) == Unreadable("was not reached: the walk ended at a limit")
    assert read_captured(SeenFiles(Files(), whole=False), A, entry(b"1"), 10) == Unreadable("was not reached: the walk ended at a limit")
    assert read_captured(SeenFiles(Files(a=b"1"), whole=False), A, entry(b"1"), 10) == b"1"


def test_git_and_we_give_a_blob_the_same_id() -> None:
    assert blob_id(b"what is up, doc?", LIKE) == "bd9dbf5aae1a3862dd1526723246b20206e5fc37"
    assert len(blob_id(b"", Oid("0" * 64))) == 64


def test_only_the_bytes_that_the_survey_saw_are_read() -> None:
    assert read_captured(SeenFiles(Files(a=b"1")), A, entry(b"1"), 10) == b"1"
    with pytest.raises(Unstable, match="changed while it was being read"):
        read_captured(SeenFiles(Files(a=b"2")), A, entry(b"1"), 10)
    with pytest.raises(Unstable, match="changed while it was being read"):
        read_captured(SeenFiles(Files()), A, entry(b"1"), 10)


@pytest.mark.parametrize(("mode", "why"), [(0o120000, "is a symlink"), (0o160000, "is a submodule")])
def test_links_are_not_read(mode: int, why: str) -> None:
    tree = Files(a=b"1")
    assert read_captured(SeenFiles(tree), A, entry(b"1", mode), 10) == Unreadable(why)
    assert tree.reads == []
    assert extract(extractor(), reading(PathTable({A: entry(b"1", mode)}, {}), tree)) == {}


def test_what_cannot_be_read_is_told_each_time_and_never_remembered() -> None:
    memory, table = Memory(), PathTable({A: entry(b"1")}, {})
    why = Unreadable("permission denied")
    assert extract(extractor(), reading(table, Files(a=why), memory=memory)) == {A: why}
    assert extract(extractor(), reading(table, Files(a=b"1"), memory=memory)) == {A: told(A, b"1")}


def test_head_is_looked_at_once_and_what_differs_each_time() -> None:
    memory, base = Memory(), {A: entry(b"1"), B: entry(b"2")}
    assert extract(extractor(), reading(PathTable(base, {}), Files(a=b"1", b=b"2"), memory=memory)) == {A: told(A, b"1"), B: told(B, b"2")}
    edited = Files(a=b"1", b=b"3")
    assert extract(extractor(), reading(PathTable(base, {B: entry(b"3")}), edited, memory=memory)) == {A: told(A, b"1"), B: told(B, b"3")}
    assert edited.reads == [B]
    gone = Files(a=b"1")
    assert extract(extractor(), reading(PathTable(base, {B: None}), gone, memory=memory)) == {A: told(A, b"1")}
    reverted = Files()
    assert extract(extractor(), reading(PathTable(base, {}), reverted, memory=memory)) == {A: told(A, b"1"), B: told(B, b"2")}
    assert reverted.reads == []


def test_another_table_of_head_or_another_ruleset_is_looked_at_anew() -> None:
    memory, tree = Memory(), Files(a=b"1")
    extract(extractor(), reading(PathTable({A: entry(b"1")}, {}), tree, memory=memory))
    extract(extractor("r/2"), reading(PathTable({A: entry(b"1")}, {}), tree, memory=memory))
    extract(extractor(), reading(PathTable({A: entry(b"1")}, {}), tree, memory=memory))
    assert tree.reads == [A, A, A]


def test_many_rulesets_over_one_table_do_not_pile_up() -> None:
    memory, base, tree = Memory(), {A: entry(b"1")}, Files(a=b"1")
    for number in range(40):
        assert extract(extractor(f"r/{number}"), reading(PathTable(base, {}), tree, memory=memory)) == {A: told(A, b"1")}
    extract(extractor("r/39"), reading(PathTable(base, {}), tree, memory=memory))
    extract(extractor("r/0"), reading(PathTable(base, {}), tree, memory=memory))
    assert len(tree.reads) == 41


def test_facts_that_say_nothing_are_left_out_in_head_and_beyond() -> None:
    memory = Memory()
    table = PathTable({A: entry(b"1")}, {B: entry(b"2")})
    nothing = told(A, b"1")
    assert extract(extractor(leave_out=nothing), reading(table, Files(a=b"1", b=b"2"), memory=memory)) == {B: told(B, b"2")}
    assert extract(extractor(leave_out=told(B, b"2")), reading(table, Files(a=b"1", b=b"2"))) == {A: nothing}


def test_the_cache_answers_for_the_path_and_bytes_it_was_asked_about() -> None:
    cache, table = Kept(), PathTable({A: entry(b"1"), B: entry(b"1")}, {})
    tree = Files(a=b"1", b=b"1")
    assert extract_some(extractor(), [A, B], reading(table, tree, cache)) == {A: told(A, b"1"), B: told(B, b"1")}
    cache.kept = {key: json.loads(json.dumps(encode(value))) for key, value in cache.kept.items()}
    assert extract_some(extractor(), [A, B], reading(table, tree, cache)) == {A: told(A, b"1"), B: told(B, b"1")}
    assert tree.reads == [A, B]


@pytest.mark.parametrize(
    "garbage",
    [
        {"is": "SourceFacts", "unknown_field": 1},
        {"is": "RouteFacts"},
        {"is": "SourceFacts", "imports": "text"},
        {"is": "SourceFacts", "imports": [{"is": "Import", "module": "x"}]},
        [],
        "text",
        7,
        False,
    ],
)
def test_a_cache_that_holds_something_else_means_looking_again(garbage: object) -> None:
    table = PathTable({A: entry(b"1")}, {})
    assert extract(extractor(), reading(table, Files(a=b"1"), Kept(garbage))) == {A: told(A, b"1")}


def test_paths_that_are_gone_or_not_wanted_have_no_facts() -> None:
    table = PathTable({}, {A: None, RepoPath("a.txt"): entry(b"1")})
    assert extract_some(extractor(), [A, RepoPath("a.txt"), B], reading(table, Files())) == {}


def test_a_document_is_what_the_survey_saw_or_what_ignore_rules_hide() -> None:
    table = PathTable({A: entry(b"1")}, {})
    assert as_content(SeenFiles(Files(a=b"1")), A, table, 10) == b"1"
    assert as_content(SeenFiles(Files(b=b"2")), B, table, 10) == b"2"
    assert as_content(SeenFiles(Files()), B, table, 10) == Absent()
    with pytest.raises(Unstable):
        as_content(SeenFiles(Files()), A, table, 10)


def test_chosen_names_are_heads_that_are_left_and_the_new_ones() -> None:
    memory = Memory()
    calls: list[int] = []

    def choose(paths: Iterable[RepoPath]) -> list[RepoPath]:
        calls.append(1)
        return [path for path in paths if path.endswith(".py")]

    base = {A: entry(b"1"), B: entry(b"2"), RepoPath("t.txt"): entry(b"3")}
    new = RepoPath("c.py")
    assert memory.chosen(PathTable(base, {}), "n", choose) == [A, B]
    assert memory.chosen(PathTable(base, {A: None, new: entry(b"4"), B: entry(b"5")}), "n", choose) == [B, new]
    assert len(calls) == 3


# What a builder may do between two audits.
PATHS = st.sampled_from(
    ["app/a.py", "app/api/routers/users.py", "app/api/routers/new.py", "lib/c.py", "web/s.ts", "web/t.ts", "requirements.txt", "notes.txt"]
)
TEXTS = st.sampled_from(
    [
        "",
        "import asyncpg\n",
        "x = 1\n",
        "import os\nimport asyncpg\n",
        "def (\n",
        "httpx==0.27\n",
        "from fastapi import APIRouter\nr = APIRouter()\n",
        "import { Router } from 'express'\nexport const r = Router()\nr.get('/a', h)\n",
        "import { r as router } from './s'\nrouter.get('/b', h)\n",
    ]
)
RULES = st.sampled_from(
    ['{"layers": []}', '{"layers": [{"name": "l", "glob": "lib/*.py", "forbidden": [{"pattern": "os", "reason": "r"}]}]}', "{"]
)
STEPS = st.one_of(
    st.tuples(st.just("write"), PATHS, TEXTS),
    st.tuples(st.just("rules"), st.just("Forge/Contracts/boundaries.json"), RULES),
    st.tuples(st.just("delete"), PATHS, st.just("")),
    st.tuples(st.just("touch"), PATHS, st.just("")),
    st.tuples(st.sampled_from(["commit", "revert", "back", "stage", "restart"]), st.just(""), st.just("")),
)


def edit(inside: Inside, kind: str, path: str, text: str) -> None:
    """Let the builder do one thing, if there is anything to do it to."""
    builder, file = inside.builder, inside.builder.root / path
    if kind in ("write", "rules"):
        builder.write(path, text)
    elif kind == "delete":
        file.unlink(missing_ok=True)
    elif kind == "touch" and file.exists():
        file.touch()
    elif kind == "commit":
        builder.git("add", "-A")
        builder.git("commit", "-q", "--allow-empty", "-m", "step")
    elif kind == "revert":
        builder.git("checkout", "-q", "HEAD", "--", ".")
    elif kind == "back":
        builder.git("checkout", "-q", "-f", "--detach", str(inside.anchor))
    elif kind == "stage":
        builder.git("add", "-A")
    elif kind == "restart":
        inside.forget()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=1, max_size=7))
def test_a_warm_worker_answers_byte_for_byte_like_a_cold_one(steps: list[tuple[str, str, str]]) -> None:
    with TemporaryDirectory() as folder, inside_of(Path(folder)) as inside:
        inside.builder.record().claims("app/a.py").completes()
        warm = []
        for kind, path, text in steps:
            edit(inside, kind, path, text)
            warm.append(encode(inside.report()))
        again = encode(inside.report())
        facts = facts_of(inside)
        inside.forget()
        shutil.rmtree(inside.state / "cache")
        (inside.state / "cache").mkdir()
        assert warm[-1] == again == encode(inside.report())
        inside.forget()
        assert facts_of(inside) == facts


def facts_of(inside: Inside) -> dict[str, object]:
    """Return all facts of the snapshot, which the report only holds as findings."""
    snapshot = inside.snapshot()
    return {
        name: {path: encode(facts) for path, facts in sorted(getattr(snapshot, name).items())}
        for name in ("sources", "layers", "base_layers", "routes", "base_routes", "documents")
    }


def test_facts_come_in_the_order_of_their_paths_whatever_was_looked_at_first(inside: Inside) -> None:
    for name in ("zeta", "mid", "alpha"):
        inside.builder.write(f"app/api/routers/{name}.py", "x = 1\n")
    inside.builder.commit("more")
    cold = list(inside.snapshot().layers)
    inside.builder.write("app/api/routers/beta.py", "import asyncpg\n").write("app/api/routers/mid.py", "import asyncpg\n")
    warm = list(inside.snapshot().layers)
    assert (cold, warm) == (sorted(cold), sorted([*cold, "app/api/routers/beta.py"]))


class Edition:
    """`ports.Grammars`: the installed ones under another edition; counts the files that were taken apart."""

    def __init__(self, edition: str) -> None:
        self.told, self.parsed = edition, 0

    def edition(self) -> str:
        return self.told

    def pieces(self, grammar: str, raw: bytes) -> tuple[Piece, ...] | Defect:
        self.parsed += 1
        return GRAMMARS.pieces(grammar, raw)


@wants_grammars
def test_facts_of_one_edition_of_the_grammars_answer_for_no_other(inside: Inside) -> None:
    rules = {"layers": [{"name": "views", "glob": "web/*.ts", "forbidden": [{"pattern": "axios"}]}]}
    builder = inside.builder.write("Forge/Contracts/boundaries.json", json.dumps(rules)).write("web/package.json", "{}").commit("rules")
    builder.write("web/a.ts", "// no axios\nimport pad from 'left-pad';\n").record().claims("web/a.ts").completes()

    def found(grammars: Grammars) -> dict[str, list[str]]:
        audit = inside.report(inside.engine(grammars=lambda _: grammars), anchor=None).audit
        return {result.code: [finding.code for finding in result.findings] for result in audit.results if result.code in ("A4", "A9")}

    as_text, taken_apart = {"A4": ["A404"], "A9": []}, {"A4": [], "A9": ["A901"]}
    first, second = Edition("tree-sitter 1"), Edition("tree-sitter 2")
    # 1. Not installed; installed; taken away; installed again: each answer is its own, and what was known is not looked at again.
    assert [found(NoGrammars()), found(first), found(NoGrammars()), found(first)] == [as_text, taken_apart, as_text, taken_apart]
    known = first.parsed
    assert known > 0
    # 2. Another edition looks at the file itself.
    assert (found(second), first.parsed, second.parsed) == (taken_apart, known, known)


def test_routes_of_other_languages_are_read_where_a_file_names_a_framework(inside: Inside) -> None:
    inside.builder.write("web/part.ts", "import { app } from './app'\napp.get('/a', h)\n").commit("a part of no server")
    assert [path for path in inside.snapshot().routes if path.endswith(".ts")] == []
    inside.builder.write("web/app.ts", "import express from 'express'\nexport const app = express()\n").write("web/part.ts", "")
    now = inside.snapshot()
    assert [path for path in now.routes if path.endswith(".ts")] == ["web/app.ts"]
    assert list(now.base_routes) == (["web/part.ts"] if GRAMMARS.edition() else [])
    inside.builder.git("checkout", "-q", "HEAD", "--", "web/part.ts")
    back = inside.snapshot()
    assert [path for path in back.routes if path.endswith(".ts")] == ["web/app.ts", *(["web/part.ts"] if GRAMMARS.edition() else [])]
    assert back.base_routes == {}


def test_without_grammars_a_file_that_names_a_framework_is_told_as_unread(inside: Inside) -> None:
    inside.builder.write("web/app.ts", "import express from 'express'\nexport const app = express()\n")
    sources = replace(inside.sources(inside.request()), grammars=NoGrammars())
    request = inside.request()
    found = capture(request, read_papers(request, sources.tree, places_of(request.layout)), sources)
    assert found.routes[RepoPath("web/app.ts")] == RouteFacts(unread="forgewatch[polyglot] is not installed")
    assert found.base_routes == {}
