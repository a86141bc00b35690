"""What one audit sees of a real repository: bytes as the survey saw them, limits, odd files, odd names, conversions."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from typing import Any

import pytest

from forgewatch.app import capture as capturing
from forgewatch.app.capture import Sources, read_contents
from forgewatch.core.codec import encode
from forgewatch.core.facts import LayerFacts
from forgewatch.core.limits import Limits
from forgewatch.core.settings import Compare, ScopeSettings, Settings
from forgewatch.core.snapshot import Ancestry, ChangeKind, Snapshot
from forgewatch.core.survey import Survey, SurveyQuestion
from forgewatch.core.values import Absent, RepoPath, Unreadable
from tests.support.inside import Inside, codes_of, faults_of

BOUNDARIES = RepoPath("Forge/Contracts/boundaries.json")


def after_of(snapshot: Snapshot, path: str) -> bytes | Unreadable:
    """Return what the snapshot holds of a changed file's new bytes."""
    (change,) = [change for change in snapshot.changes if change.path == path]
    assert change.after is not None
    return snapshot.contents[change.after.oid]


def test_bytes_before_and_after_each_change_are_in_the_snapshot(inside: Inside) -> None:
    inside.builder.write("app/a.py", "x = 2\n").write("new.bin", b"\0\xff").delete("tests/test_a.py")
    snapshot = inside.snapshot()
    contents = {
        (change.path, when): snapshot.contents[entry.oid]
        for change in snapshot.changes
        for when, entry in (("before", change.before), ("after", change.after))
        if entry is not None
    }
    assert contents == {
        ("app/a.py", "before"): b"x = 1\n",
        ("app/a.py", "after"): b"x = 2\n",
        ("new.bin", "after"): b"\0\xff",
        ("tests/test_a.py", "before"): b"def test_a():\n    assert True\n",
    }


def test_the_bytes_of_a_staged_change_come_from_the_object_store(inside: Inside) -> None:
    inside.builder.write("app/a.py", "staged = 1\n").git("add", "app/a.py")
    inside.builder.write("app/a.py", "x = 1\n")
    snapshot = inside.snapshot()
    assert [(change.path, change.staged) for change in snapshot.changes] == [("app/a.py", True)]
    assert after_of(snapshot, "app/a.py") == b"staged = 1\n"


def test_symlinks_have_no_bytes_and_are_never_followed(inside: Inside) -> None:
    (inside.builder.root / "link.py").symlink_to("/etc/hostname")
    inside.builder.delete("app/a.py")
    (inside.builder.root / "app/a.py").symlink_to("/etc/hostname")
    snapshot = inside.snapshot()
    kinds = {change.path: change.kind for change in snapshot.changes}
    assert kinds == {"link.py": ChangeKind.UNTRACKED, "app/a.py": ChangeKind.TYPE}
    assert set(snapshot.contents.values()) == {b"x = 1\n"}
    assert not {"link.py", "app/a.py"} & set(snapshot.sources)


def test_a_submodule_is_no_file_to_read(inside: Inside) -> None:
    library = inside.builder.root.parent / "library"
    library.mkdir()
    inside.builder.git("init", "-q", cwd=library)
    (library / "lib.py").write_text("y = 1\n")
    inside.builder.git("add", "-A", cwd=library)
    inside.builder.git("commit", "-q", "-m", "library", cwd=library)
    inside.builder.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), "vendor")
    snapshot = inside.snapshot()
    assert {"vendor", ".gitmodules"} <= {change.path for change in snapshot.changes}
    assert RepoPath("vendor") not in snapshot.sources
    assert codes_of(inside.report()) >= {"A101"}


@pytest.mark.parametrize("name", [b"caf\xe9.py", b"a\xff\xfeb/\xf0.py", "naïve 名.py".encode(), b"tab\there.py", b'quo"te\\.py'])
def test_names_of_any_bytes_are_read_reported_and_remembered(inside: Inside, name: bytes) -> None:
    path = os.fsencode(inside.builder.root) + b"/" + name
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(b"import os\n")
    inside.builder.record().completes()
    report = inside.report()
    assert [os.fsencode(change.path) for change in report.changed] == [name]
    assert "A101" in codes_of(report)
    inside.forget()
    assert encode(inside.report()) == encode(report)
    inside.builder.commit("odd")
    assert inside.report().changed == ()


def test_all_changed_files_together_have_a_limit_and_the_rest_is_unreadable(inside: Inside) -> None:
    for number in range(3):
        inside.builder.write(f"big{number}.txt", bytes([65 + number]) * 400)
    request = inside.request()
    sources = inside.sources(request)
    snapshot = inside.snapshot()
    read = read_contents(sources, _survey_of(sources), 1000, total=900)
    ids = [change.after.oid for change in snapshot.changes if change.after is not None]
    assert [isinstance(read[oid], bytes) for oid in ids] == [True, True, False]
    assert read[ids[2]] == Unreadable("is over the limit of 100 bytes: it has 400")
    assert capturing.CONTENT_TOTAL == 256 * 1024 * 1024


def _survey_of(sources: Sources) -> Survey:
    return sources.tree.survey(SurveyQuestion(base=None, ignore=(), compare=Compare.NORMALIZED))


def test_a_file_over_the_limit_is_a_finding_and_no_silence(inside: Inside) -> None:
    inside.builder.write("app/a.py", "x = 2  # " + "y" * 2000 + "\n").record().claims("app/a.py").completes()
    small = Settings(limits=Limits(source_bytes=1000))
    assert isinstance(after_of(inside.snapshot(settings=small), "app/a.py"), Unreadable)
    assert not inside.report(settings=small).audit.passed
    assert inside.report().audit.passed, faults_of(inside.report())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_fails_the_audit(inside: Inside) -> None:
    inside.builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    (inside.builder.root / "app/a.py").chmod(0)
    assert not inside.report().audit.passed


@pytest.mark.parametrize("path", ["app/a.py", "Forge/Contracts/boundaries.json", "requirements.txt", "Forge/evidence/test_runs_latest.md"])
def test_a_fifo_in_place_of_a_file_neither_blocks_nor_passes(inside: Inside, path: str) -> None:
    inside.builder.record().completes().delete(path)
    os.mkfifo(inside.builder.root / path)
    assert not inside.report().audit.passed


def test_a_text_file_with_other_line_endings_is_read_as_it_lies_there(inside: Inside) -> None:
    inside.builder.write("app/api/routers/users.py", "import asyncpg\n").commit("bad")
    anchor = inside.builder.head
    inside.builder.write("app/api/routers/users.py", b"import asyncpg\r\n").write("requirements.txt", b"fastapi==0.110\r\n")
    asked: dict[str, Any] = {"anchor": anchor, "authorized": (anchor,)}
    snapshot = inside.snapshot(**asked)
    assert snapshot.changes == ()
    assert {conversion.path for conversion in snapshot.conversions} == {"app/api/routers/users.py", "requirements.txt"}
    assert snapshot.document("requirements.txt") == b"fastapi==0.110\r\n"
    hits = snapshot.layers[RepoPath("app/api/routers/users.py")]
    assert isinstance(hits, LayerFacts)
    assert hits.hits
    raw = Settings(scope=ScopeSettings(compare=Compare.RAW))
    assert {change.path for change in inside.snapshot(settings=raw, **asked).changes} == {"app/api/routers/users.py", "requirements.txt"}


@pytest.mark.parametrize("ending", ["*.py text eol=crlf\n", "* text=auto\n", "*.py -text\n"])
def test_a_checkout_with_converted_line_endings_is_stable(inside: Inside, ending: str) -> None:
    inside.builder.write(".gitattributes", ending).commit("attributes")
    anchor = inside.builder.head
    for path in ("app/a.py", "tests/test_a.py", "Forge/Contracts/physics.yaml"):
        file = inside.builder.root / path
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    inside.builder.record().completes()
    report = inside.report(anchor=anchor, authorized=(anchor,))
    assert report.changed == ()


def test_a_large_file_kept_by_its_pointer_is_no_change_and_can_be_read(inside: Inside) -> None:
    body = b"import asyncpg\n" + b"# large\n" * 2000
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(body).hexdigest()}\nsize {len(body)}\n"
    path = "app/api/routers/big.py"
    inside.builder.write(path, pointer).commit("pointer")
    anchor = inside.builder.head
    inside.builder.write(path, body)
    asked: dict[str, Any] = {"anchor": anchor, "authorized": (anchor,)}
    snapshot = inside.snapshot(**asked)
    assert snapshot.changes == ()
    hits = snapshot.layers[RepoPath(path)]
    assert isinstance(hits, LayerFacts)
    assert hits.hits
    inside.builder.write(path, body + b"z = 1\n")
    assert [change.path for change in inside.snapshot(**asked).changes] == [path]


def test_governing_documents_are_read_in_both_versions(inside: Inside) -> None:
    inside.builder.write(BOUNDARIES, '{"layers": []}').delete("Forge/Contracts/physics.yaml")
    snapshot = inside.snapshot()
    assert snapshot.document(BOUNDARIES) == b'{"layers": []}'
    assert b"asyncpg" in bytes(snapshot.base_document(BOUNDARIES))  # type: ignore[arg-type]
    assert snapshot.document("Forge/Contracts/physics.yaml") == Absent()
    assert isinstance(snapshot.base_document("Forge/Contracts/physics.yaml"), bytes)
    assert snapshot.layers == {}
    assert RepoPath("app/api/routers/users.py") in snapshot.base_layers


def test_a_governing_document_that_ignore_rules_hide_is_read_all_the_same(inside: Inside) -> None:
    inside.builder.write(".gitignore", "Forge/Contracts/directive.md\n").commit("ignore")
    anchor = inside.builder.head
    inside.builder.write("Forge/Contracts/directive.md", "AEM: enabled\n")
    snapshot = inside.snapshot(anchor=anchor, authorized=(anchor,))
    assert snapshot.document("Forge/Contracts/directive.md") == b"AEM: enabled\n"
    assert inside.report(anchor=anchor, authorized=(anchor,)).aem


def test_boundaries_that_cannot_be_parsed_give_no_facts_and_no_pass(inside: Inside) -> None:
    inside.builder.write(BOUNDARIES, "{").record().claims(BOUNDARIES).completes()
    assert inside.snapshot().layers == {}
    assert not inside.report().audit.passed


def test_a_manifest_refers_to_another_one_outside_the_table(inside: Inside) -> None:
    inside.builder.write("requirements.txt", "-r extra/more.txt\n").write("extra/more.txt", "httpx==0.27\n")
    snapshot = inside.snapshot()
    assert snapshot.document("extra/more.txt") == b"httpx==0.27\n"
    assert snapshot.base_document("extra/more.txt") == Absent()


def test_a_script_without_suffix_is_read_as_the_python_it_is(inside: Inside) -> None:
    inside.builder.write("bin/run", "#!/usr/bin/env python3\nimport httpx\n").write("bin/text", "import httpx\n")
    facts = inside.snapshot().sources
    assert RepoPath("bin/run") in facts
    assert RepoPath("bin/text") not in facts


def test_an_unborn_head_has_no_base_and_every_file_is_new(inside: Inside) -> None:
    inside.builder.git("update-ref", "-d", "HEAD")
    snapshot = inside.snapshot(anchor=None, adopted=True, authorized=())
    assert snapshot.history.head is None
    assert snapshot.base_documents == {}
    assert all(change.before is None or change.staged for change in snapshot.changes)
    assert RepoPath("app/a.py") in {change.path for change in snapshot.changes}


def test_a_rewritten_history_is_judged_by_head_and_does_not_pass(inside: Inside) -> None:
    inside.builder.git("commit", "-q", "--amend", "-m", "rewritten")
    inside.builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    snapshot = inside.snapshot()
    assert snapshot.history.ancestry is not Ancestry.LINEAR
    assert isinstance(snapshot.base_document(BOUNDARIES), bytes)
    assert not inside.report().audit.passed


def test_what_the_record_knows_reaches_the_snapshot(inside: Inside) -> None:
    snapshot = inside.snapshot(unknown_entries=("seq 3",), settings=replace(Settings(), fingerprints=("f",), import_names=(("a", "b"),)))
    assert snapshot.history.unknown_entries == ("seq 3",)
    assert snapshot.history.adopted
    assert (snapshot.fingerprints, snapshot.import_names) == (("f",), (("a", "b"),))
