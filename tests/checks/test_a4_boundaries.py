"""A4: a layer holds nothing it forbids; both versions of the rules count; nothing in the working tree excuses a violation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pytest

from forgewatch.checks.a4_boundaries import judge
from forgewatch.core.boundaries import Boundaries, governed, parse_boundaries, scan
from forgewatch.core.catalogue_a4 import CODES
from forgewatch.core.facts import LayerFacts, SourceFacts
from forgewatch.core.places import FORGE, ROOT
from forgewatch.core.snapshot import Change, ChangeKind, Entry, PathTable
from forgewatch.core.values import Absent, Content, Oid, Phase, RepoPath, Unreadable
from forgewatch.core.verdict import Ruling
from tests.support.snapshots import entry, modified, oid, snapshot, untracked

PLACE = FORGE.boundaries
ROUTER = "app/api/routers/users.py"
FILES = {ROUTER: "import services\n", "app/repos/users.py": "import asyncpg\n"}
REASON = "database belongs in repos"


def policy(*patterns: str, glob: str = "app/api/routers/*.py", known: tuple[dict[str, str], ...] = ()) -> bytes:
    """Return a rule file with the layer `routers`."""
    forbidden = [{"pattern": pattern, "reason": REASON} for pattern in patterns]
    return json.dumps({"layers": [{"name": "routers", "glob": glob, "forbidden": forbidden}], "known_violations": list(known)}).encode()


def exception(file: str = "users.py", pattern: str = "asyncpg", layer: str = "routers") -> dict[str, str]:
    """Return an entry of known_violations."""
    return {"layer": layer, "file": file, "pattern": pattern}


def facts_of(content: Content, files: Mapping[str, str | bytes]) -> dict[RepoPath, LayerFacts | Unreadable]:
    """Scan the files the way capture does."""
    rules = parse_boundaries(content) if isinstance(content, bytes) else None
    if not isinstance(rules, Boundaries):
        return {}
    raw = {RepoPath(path): text.encode() if isinstance(text, str) else text for path, text in files.items()}
    return {path: scan(rules, path, raw[path]) for path in governed(rules, raw)}


def audited(work: Content, base: Content | None = None, files: Mapping[str, str | bytes] = FILES, *changes: Change, **more: Any) -> Ruling:
    """Judge the files by the rules of the working tree and BASE (the same unless given). Files of `changes` are new, others are in HEAD."""
    before = work if base is None else base
    old = tuple(modified(path) for path in files if path not in {change.path for change in changes})
    parts = {
        "documents": {} if isinstance(work, Absent) else {PLACE: work},
        "base_documents": {} if isinstance(before, Absent) else {PLACE: before},
        "layers": facts_of(work, files),
        "base_layers": facts_of(before, files),
    }
    return judge(snapshot(*old, *changes, **{**parts, **more}))


def codes(ruling: Ruling) -> list[str]:
    """Return the codes of the findings, in order."""
    return [finding.code for finding in ruling.findings]


def notes(ruling: Ruling) -> list[str]:
    """Return the codes of the notes, in order."""
    return [note.code for note in ruling.notes]


@pytest.mark.req("S002-10.7-A4")
def test_layers_that_keep_their_rules_pass() -> None:
    ruling = audited(policy("asyncpg"))
    assert (ruling.findings, ruling.notes) == ((), ())
    assert ruling.basis == "1 layer with 1 pattern over 1 file"


@pytest.mark.req("S002-10.7-A4")
def test_a_forbidden_pattern_is_told_with_layer_place_pattern_and_reason() -> None:
    (finding,) = audited(policy("asyncpg"), None, {ROUTER: "x = 1\nimport asyncpg\n"}).findings
    assert (finding.code, finding.path, finding.line) == ("A404", ROUTER, 2)
    assert finding.message == f"[routers] {ROUTER}:2 asyncpg ({REASON})"
    assert (finding.expected, finding.actual) == ("no asyncpg", "asyncpg")


@pytest.mark.parametrize("glob", ["/*", "/{,main}*"])
def test_a_layer_of_root_files_governs_those_that_stand_behind_others(glob: str) -> None:
    ruling = audited(policy("asyncpg", glob=glob), None, {"app/a.py": "import asyncpg\n", "main.py": "import asyncpg\n"})
    assert [(finding.code, finding.path) for finding in ruling.findings] == [("A404", "main.py")]


def test_every_hit_is_told() -> None:
    ruling = audited(
        policy("asyncpg", "SELECT"), None, {ROUTER: "import asyncpg\nx = 'select'\n", "app/api/routers/b.py": "import asyncpg\n"}
    )
    assert [(finding.path, finding.line) for finding in ruling.findings] == [("app/api/routers/b.py", 1), (ROUTER, 1), (ROUTER, 2)]


def test_a_rule_without_reason_is_told_without_parenthesis() -> None:
    raw = json.dumps({"layers": [{"name": "r", "glob": "app/**", "forbidden": [{"pattern": "asyncpg"}]}]}).encode()
    assert audited(raw).findings[0].message == "[r] app/repos/users.py:1 asyncpg"


@pytest.mark.req("S002-10.7-A4b")
@pytest.mark.parametrize(
    ("phase", "failed"), [("Phase 0", []), ("Phase 0 -- Genesis", []), ("Phase 1", ["A401"]), ("Phase 01", ["A401"]), ("unknown", ["A401"])]
)
def test_no_rules_at_all_pass_in_phase_0_only(phase: str, failed: list[str]) -> None:
    ruling = audited(Absent(), phase=Phase(phase))
    assert codes(ruling) == failed
    assert (ruling.basis == "not configured (phase 0)") == (not failed)


def test_a_phase_0_does_not_excuse_removed_rules() -> None:
    ruling = audited(Absent(), policy("asyncpg"), {ROUTER: "import asyncpg\n"}, phase=Phase("Phase 0"))
    assert codes(ruling) == ["A401", "A404"]
    assert "removed in this cycle" in ruling.findings[0].message
    assert notes(ruling) == ["A409"]
    assert "rules of BASE only" in ruling.basis


@pytest.mark.parametrize(
    ("work", "why"),
    [
        (b'{"layers": []}', "expected at least one layer, found none"),
        (b'{"layers": [,]}', "line 1:13"),
        (b'{"layers": [], "layers": []}', "expected each key once"),
        (b"\xff\xfe", "expected UTF-8"),
        (b"[" * 100_000, "expected at most 32 levels"),
        (Unreadable("is a symlink"), "is a symlink"),
    ],
)
def test_rules_that_cannot_be_read_fail_and_those_of_base_still_hold(work: Content, why: str) -> None:
    ruling = audited(work, policy("asyncpg"), {ROUTER: "import asyncpg\n"})
    assert codes(ruling) == ["A401", "A404"]
    assert why in ruling.findings[0].message
    assert ruling.findings[0].path == PLACE


def test_unchanged_rules_that_cannot_be_read_fail() -> None:
    ruling = audited(b"{}")
    assert codes(ruling) == ["A401"]
    assert ruling.basis == "no layer rules could be enforced"


@pytest.mark.req("S002-10.5-2")
@pytest.mark.parametrize(
    "loosened",
    [
        policy("something_else"),
        policy(),
        policy("asyncpg", glob="nowhere/*.py"),
        policy("asyncpg", known=(exception(),)),
        policy("asyncpg_pool"),
    ],
)
def test_rules_loosened_in_the_same_change_do_not_help(loosened: bytes) -> None:
    ruling = audited(loosened, policy("asyncpg"), {ROUTER: "import asyncpg\n"})
    hits = [finding for finding in ruling.findings if finding.code == "A404"]
    assert [finding.line for finding in hits] == [1]
    changed = [note for note in ruling.notes if note.code == "A409"]
    assert [note.path for note in changed] == [PLACE]
    assert "both versions are enforced" in changed[0].message


def test_a_finding_names_the_version_of_the_rules_that_gave_it() -> None:
    ruling = audited(policy("services"), policy("asyncpg"), {ROUTER: "import services\nimport asyncpg\n"})
    assert [(finding.line, finding.actual) for finding in ruling.findings] == [
        (1, "services, by the rules of the working tree"),
        (2, "asyncpg, by the rules of BASE"),
    ]


def test_what_both_versions_see_is_told_once() -> None:
    ruling = audited(policy("asyncpg", "x"), policy("asyncpg"), {ROUTER: "import asyncpg\n"})
    assert codes(ruling) == ["A404"]


def test_new_rules_hold_at_once() -> None:
    ruling = audited(policy("services"), Absent())
    assert codes(ruling) == ["A404"]
    assert "BASE has no rules" in ruling.notes[0].message


def test_tightened_rules_that_the_code_keeps_pass() -> None:
    ruling = audited(policy("asyncpg", "httpx"), policy("asyncpg"))
    assert (codes(ruling), notes(ruling)) == ([], ["A409"])


def test_rules_of_base_that_cannot_be_read_are_not_replaced_without_the_operator() -> None:
    ruling = audited(policy("asyncpg"), Unreadable("over the limit"))
    assert codes(ruling) == ["A401"]
    assert "cannot be read: over the limit" in ruling.findings[0].message


def test_broken_rules_may_be_mended() -> None:
    ruling = audited(policy("asyncpg"), b"{}")
    assert (codes(ruling), notes(ruling)) == ([], ["A409"])
    assert "could not be enforced" in ruling.notes[0].message


def test_a_known_violation_of_base_is_honoured_counted_and_named() -> None:
    rules = policy("asyncpg", known=(exception(),))
    ruling = audited(rules, None, {ROUTER: "import asyncpg\nx = asyncpg\n"})
    assert codes(ruling) == []
    assert [(note.code, note.message) for note in ruling.notes] == [
        ("A407", f"known violation honoured: [routers] users.py asyncpg, 2 lines in {ROUTER}")
    ]


@pytest.mark.parametrize(
    "known",
    [
        exception(file="other.py"),
        exception(file="sers.py"),
        exception(pattern="async"),
        exception(layer="repos"),
        exception(file="routers/users"),
    ],
)
def test_a_known_violation_of_something_else_excuses_nothing_and_is_named(known: dict[str, str]) -> None:
    ruling = audited(policy("asyncpg", known=(known,)), None, {ROUTER: "import asyncpg\n"})
    assert (codes(ruling), notes(ruling)) == (["A404"], ["A408"])


@pytest.mark.parametrize("file", [ROUTER, "routers/users.py", "./app/api/routers/users.py", "app\\api\\routers\\users.py"])
def test_a_known_violation_may_name_the_path_or_its_end(file: str) -> None:
    assert codes(audited(policy("asyncpg", known=(exception(file=file),)), None, {ROUTER: "import asyncpg\n"})) == []


def test_a_known_violation_added_in_this_cycle_fails_and_excuses_nothing() -> None:
    ruling = audited(policy("asyncpg", known=(exception(),)), policy("asyncpg"), {ROUTER: "import asyncpg\n"})
    assert codes(ruling) == ["A402", "A404"]
    assert ruling.findings[0].message == "known violation added in this cycle: [routers] users.py asyncpg"


def test_every_known_violation_of_a_first_rule_file_is_an_added_one() -> None:
    assert codes(audited(policy("x", known=(exception(),)), Absent())) == ["A402"]


def test_a_known_violation_that_this_cycle_took_out_no_longer_excuses() -> None:
    ruling = audited(policy("asyncpg"), policy("asyncpg", known=(exception(),)), {ROUTER: "import asyncpg\n"})
    assert codes(ruling) == ["A404"]


def test_a_known_violation_does_not_cover_a_file_of_the_same_name_that_is_new() -> None:
    new = "app/api/routers/v2/users.py"
    rules = policy("asyncpg", glob="app/api/routers/**/*.py", known=(exception(),))
    ruling = audited(rules, None, {ROUTER: "import asyncpg\n", new: "import asyncpg\n"}, untracked(new))
    assert [finding.path for finding in ruling.findings] == [new]


@pytest.mark.parametrize("pattern", ["**/repositories/**", r"(a)\1", "a(?=b)", "a" * 513])
def test_a_pattern_that_cannot_be_enforced_fails(pattern: str) -> None:
    ruling = audited(policy("asyncpg", pattern), None, {ROUTER: "import asyncpg\n"})
    assert codes(ruling) == ["A403", "A404"]
    assert ruling.findings[0].message.startswith("[routers] expected ")


def test_a_pattern_broken_in_this_cycle_fails_and_its_working_form_still_holds() -> None:
    ruling = audited(policy("asyncpg(?=x)"), policy("asyncpg"), {ROUTER: "import asyncpg\n"})
    assert codes(ruling) == ["A403", "A404"]


def test_a_broken_pattern_may_be_rewritten_and_not_dropped() -> None:
    assert codes(audited(policy("repositories"), policy("**/repositories/**"))) == []
    assert codes(audited(policy("services_x"), policy("services_x", "**/repositories/**"))) == ["A403"]
    assert codes(audited(Absent(), policy("**/repositories/**"))) == ["A401", "A403"]


@pytest.mark.parametrize("raw", [b"# coding: utf-7\n+AGE-\n", b"\xff\xfei\0m\0", b"# coding: rot13\nvzcbeg nflapct\n"])
def test_a_governed_file_that_hides_its_text_fails(raw: bytes) -> None:
    ruling = audited(policy("asyncpg"), None, {ROUTER: raw})
    assert codes(ruling) == ["A405"]
    assert ruling.findings[0].path == ROUTER


def test_a_governed_file_that_could_not_be_read_fails() -> None:
    ruling = audited(policy("asyncpg"), layers={RepoPath(ROUTER): Unreadable("over the limit of 8388608 bytes")})
    assert [(finding.code, finding.actual) for finding in ruling.findings] == [("A405", "over the limit of 8388608 bytes")]


def test_a_symlink_that_brings_foreign_code_into_a_layer_fails() -> None:
    link = Change(path=RepoPath("app/api/routers/db.py"), kind=ChangeKind.UNTRACKED, before=None, after=Entry(0o120000, oid("link")))
    elsewhere = Change(path=RepoPath("lib/db.py"), kind=ChangeKind.UNTRACKED, before=None, after=Entry(0o120000, oid("link")))
    gone = Change(path=RepoPath("app/api/routers/old.py"), kind=ChangeKind.DELETED, before=entry("old", 0o120000), after=None)
    ruling = audited(policy("asyncpg"), None, FILES, link, elsewhere, gone)
    assert [(finding.code, finding.path) for finding in ruling.findings] == [("A405", "app/api/routers/db.py")]


@pytest.mark.parametrize(
    ("glob", "path", "fails"),
    [
        ("app/api/**/*.py", "app/api/v", True),
        ("app/api/", "app/api/v", True),
        ("app/api/*/*.{py,pyi}", "app/api/v", True),
        ("app/api/*.py", "app/api/v", False),
        ("app/api/**/*.py", "app/other", False),
        ("app/api/**/*.py", "app/api/guide.md", False),
        ("app/v1.2/api/*.py", "app/v1.2/api", True),
        ("app.d/*.py", "app.d/guide.md", False),
    ],
)
def test_a_symlinked_folder_brings_foreign_code_into_a_layer_that_reaches_below_it(glob: str, path: str, fails: bool) -> None:
    link = Change(path=RepoPath(path), kind=ChangeKind.UNTRACKED, before=None, after=Entry(0o120000, oid("link")))
    assert ("A405" in codes(audited(policy("asyncpg", glob=glob), None, FILES, link))) is fails


def test_a_layer_without_files_is_a_note() -> None:
    ruling = audited(policy("asyncpg", glob="app/rooters/*.py"))
    assert (codes(ruling), notes(ruling)) == ([], ["A406"])
    assert ruling.notes[0].message == "[routers] app/rooters/*.py names no file: its rules judge nothing"


def layers(**globs: str) -> bytes:
    """Return a rule file with a layer for each name."""
    return json.dumps(
        {"layers": [{"name": name, "glob": glob, "forbidden": [{"pattern": "asyncpg"}]} for name, glob in globs.items()]}
    ).encode()


def test_all_layers_without_files_are_one_note() -> None:
    ruling = audited(layers(routers="app/api/routers/*.py", services="app/services/*.py", llm="app/llm/**/*.py"))
    assert [note.message for note in ruling.notes] == ["2 layers name no file, their rules judge nothing: services, llm"]


def test_a_layer_that_lost_its_last_file_in_this_cycle_has_a_note_of_its_own() -> None:
    rules = layers(routers="app/api/routers/*.py", services="app/services/*.py", llm="app/llm/**/*.py")
    gone = Change(path=RepoPath("app/services/a.py"), kind=ChangeKind.DELETED, before=Entry(0o100644, oid("old")), after=None)
    ruling = audited(rules, None, FILES, gone)
    assert [note.message for note in ruling.notes] == [
        "[services] app/services/*.py names no file any more: its rules judge nothing",
        "[llm] app/llm/**/*.py names no file: its rules judge nothing",
    ]
    # One of several that went away leaves the layer what it was.
    assert audited(layers(routers="app/**/*.py"), None, FILES, gone).notes == ()


def test_the_root_layout_keeps_its_rules_at_the_root() -> None:
    raw = policy("services")
    ruling = audited(raw, places=ROOT, documents={ROOT.boundaries: raw}, base_documents={ROOT.boundaries: raw})
    assert codes(ruling) == ["A404"]


def test_every_code_of_the_check_is_documented_once() -> None:
    assert [row.code for row in CODES] == [f"A4{n:02}" for n in range(1, 11)]
    assert {row.code for row in CODES if row.note} == {"A406", "A407", "A408", "A409", "A410"}
    assert all(row.action.format(path="p", line=1, expected="e", actual="a") for row in CODES)


def test_a_rule_file_that_is_only_written_anew_changes_nothing_but_is_named() -> None:
    rules = policy("asyncpg", known=(exception(),))
    rewritten = b"\xef\xbb\xbf" + json.dumps(json.loads(rules), indent=4).replace("\n", "\r\n").encode()
    ruling = audited(rewritten, rules, {ROUTER: "import asyncpg\n"})
    assert (codes(ruling), notes(ruling)) == ([], ["A409", "A407"])


def test_a_comment_that_explains_a_rule_breaks_none() -> None:
    text = '"""Talks to repos, never to asyncpg."""\nimport services  # not asyncpg\n'
    assert codes(audited(policy("asyncpg"), None, {ROUTER: text})) == []


@pytest.mark.parametrize(
    "text",
    [
        "from importlib import import_module as load\nload('async' + 'pg')\n",
        "import ａsyncpg as db\n",
        "def f():\n    import asyncpg\n",
        "x = 1;import asyncpg\n",
        "x = 1 #\rimport asyncpg\n",
        "'''asyncpg'''\nrun(__doc__)\n",
        "if False:\n    import asyncpg\n",
    ],
)
def test_no_trick_hides_a_forbidden_import(text: str) -> None:
    assert set(codes(audited(policy("asyncpg"), None, {ROUTER: text}))) == {"A404"}


@pytest.mark.parametrize(
    "name", ["app/api/routers/__init__.py", "app/api/routers/ü.py", "app/api/routers/a b.py", "app/api/routers/\udcff.py"]
)
def test_no_file_name_escapes_a_layer(name: str) -> None:
    assert codes(audited(policy("asyncpg"), None, {name: "import asyncpg\n"}, untracked("elsewhere.md"))) == ["A404"]


def test_rules_of_two_layers_for_one_file_are_told_apart() -> None:
    layers = [{"name": name, "glob": "app/api/**", "forbidden": [{"pattern": "asyncpg", "reason": name}]} for name in ("api", "http")]
    ruling = audited(json.dumps({"layers": layers}).encode(), None, {ROUTER: "import asyncpg\n"})
    assert [finding.message for finding in ruling.findings] == [f"[api] {ROUTER}:1 asyncpg (api)", f"[http] {ROUTER}:1 asyncpg (http)"]


def test_the_same_snapshot_gives_the_same_ruling_whatever_the_order_of_facts() -> None:
    files: dict[str, str | bytes] = {
        ROUTER: "import asyncpg\n",
        "app/api/routers/a.py": "import asyncpg\n",
        "app/api/routers/z.py": b"\xff",
    }
    turned = dict(reversed(files.items()))
    assert audited(policy("asyncpg"), None, files) == audited(policy("asyncpg"), None, turned)


def test_prose_of_a_file_that_does_not_parse_is_no_code() -> None:
    prose = "'Never asyncpg here.'\n# asyncpg is for repos\nx = 1 1\n"
    assert codes(audited(policy("asyncpg"), None, {ROUTER: prose})) == []
    for code in (
        "import asyncpg\nx = 1 1\n",
        "x = f'{d[\"# \"]}'; import asyncpg\nx = 1 1\n",
        "x = $\n# asyncpg\n",
        "import ａsyncpg\nx = 1 1\n",
    ):
        assert codes(audited(policy("asyncpg"), None, {ROUTER: code})) == ["A404"], code


def linked(
    path: str, text: str, files: Mapping[str, str | bytes] = FILES, glob: str = "app/api/**/*.py", rules: bytes | None = None
) -> list[str]:
    """Return the codes for a cycle that adds the link `path` with this text to a repository with these files."""
    data = text.encode()
    link = Entry(0o120000, Oid(hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()))
    change = Change(path=RepoPath(path), kind=ChangeKind.UNTRACKED, before=None, after=link)
    table = PathTable({RepoPath(name): entry(name) for name in files}, {change.path: link})
    return codes(audited(rules or policy("asyncpg", glob=glob), None, files, change, paths=table))


def test_a_second_name_of_a_file_of_the_same_layers_passes() -> None:
    assert linked("app/api/routers/people.py", "users.py") == []
    assert linked("app/api/routers/people.py", "./users.py") == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/api/routers/people.py", "gone.py"),
        ("app/api/routers/people.py", "../../repos/users.py"),
        ("app/api/routers/people.py", "/etc/users.py"),
        ("app/api/people.py", "routers/users.py"),
        ("app/api/people", "routers"),
        ("app/api/routers/people.py", "people.py"),
    ],
)
def test_a_link_to_anything_but_a_judged_file_beside_it_fails(path: str, text: str) -> None:
    assert linked(path, text) == ["A405"]


def test_a_link_to_a_file_that_breaks_the_rules_or_is_of_other_layers_fails() -> None:
    assert sorted(linked("app/api/routers/people.py", "users.py", {ROUTER: "import asyncpg\n"})) == ["A404", "A405"]
    assert linked("app/api/routers/people.py", "users.py", glob="app/api/routers/p*.py") == ["A405"]
    assert sorted(linked("app/api/routers/people.py", "users.py", {ROUTER: b"\xff"})) == ["A405", "A405"]


def test_a_file_whose_grammar_is_not_installed_is_judged_by_its_text_and_the_extra_is_named() -> None:
    rules = policy("axios", glob="web/**/*.ts")
    files = {"web/a.ts": "import x from 'axios';\n", "web/b.ts": "// no axios\n", "web/c.ts": "export {};\n", "app/d.ts": "axios\n"}
    ruling = audited(rules, files=files)
    assert [(found.code, found.path) for found in ruling.findings] == [("A404", "web/a.ts"), ("A404", "web/b.ts")]
    (note,) = ruling.notes
    assert (note.code, note.path) == ("A410", "web/a.ts")
    assert note.message == "web/a.ts and 2 other files read as plain text, comments included: forgewatch[polyglot] is not installed"
    assert ruling.basis.endswith(f" over 3 files; {note.message}")
    taken_apart = {RepoPath(path): SourceFacts() for path in files}
    assert notes(audited(rules, files=files, sources=taken_apart)) == []
    assert notes(audited(policy("axios"), files={ROUTER: ""})) == []


def test_one_file_read_as_text_is_named_alone_and_what_did_not_change_is_not_told() -> None:
    rules = policy("axios", glob="web/*.go")
    (note,) = audited(rules, None, {"web/a.go": ""}).notes
    assert note.message.startswith("web/a.go read as plain text")
    quiet = snapshot(documents={PLACE: rules}, base_documents={PLACE: rules}, layers=facts_of(rules, {"web/a.go": ""}))
    assert notes(judge(quiet)) == []


def test_a_link_beside_a_file_of_another_layer_has_not_been_judged_by_its_own() -> None:
    layers = [{"name": letter, "glob": f"app/api/routers/{letter}*.py", "forbidden": [{"pattern": "asyncpg"}]} for letter in "pu"]
    rules = json.dumps({"layers": layers}).encode()
    assert linked("app/api/routers/people.py", "users.py", rules=rules) == ["A405"]
    assert linked("app/api/routers/ulrich.py", "users.py", rules=rules) == []
