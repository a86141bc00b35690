"""An object store that lies is caught by its own hashes (hostile.md, Verified objects)."""

from __future__ import annotations

import os
import shutil
import zlib
from pathlib import Path

import pytest

from forgewatch.adapters.object_batch import Missing, TooLarge, Weighed, object_id
from forgewatch.adapters.repository import open_repository
from forgewatch.core.errors import GitFailed, Unstable
from forgewatch.core.report import Failed, Report
from forgewatch.core.snapshot import Ancestry
from forgewatch.core.values import Absent, Oid, RepoPath, Unreadable
from tests.support.builder import Builder
from tests.support.inside import Inside, codes_of, inside_of
from tests.support.reading import Reading

CHANGED = "app/a.py"


RULES = RepoPath("Forge/Contracts/boundaries.json")


def spoil(path: Path, way: str) -> None:
    """Do to a loose object what its owner can do."""
    match way:
        case "missing":
            path.unlink()
        case "garbage":
            path.write_bytes(b"garbage")
        case "forged":
            path.write_bytes(zlib.compress(b"blob 2\0{}"))
        case "claims a bit more":
            path.write_bytes(zlib.compress(b"blob 300000\0" + b" " * 300_000))
        case _:
            path.write_bytes(zlib.compress(b"blob 99999999999\0{}"))


def forge(reading: Reading, oid: str, kind: str, body: bytes) -> None:
    """Put other bytes under an object's id."""
    reading.loose(oid).write_bytes(zlib.compress(b"%s %d\0%s" % (kind.encode(), len(body), body)))


def test_a_forged_blob_is_a_lie_that_the_next_survey_names(reading: Reading) -> None:
    """It may be met after the survey, so the audit is begun again: then it is known before anything is surveyed."""
    oid = Oid(reading.git("rev-parse", f"HEAD:{RULES}"))
    forge(reading, oid, "blob", b'{"layers": []}')
    assert reading.base is not None
    assert not reading.survey().store_faults
    with pytest.raises(Unstable, match=f"blob {oid}: the object store lies"):
        reading.store.file_at(reading.base, RULES, 1000)
    tree, store = reading.open()
    faults = tree.survey(reading.question()).store_faults
    assert len(faults) == 1 and oid in faults[0]
    content = store.file_at(reading.base, RULES, 1000)
    assert isinstance(content, Unreadable) and content.why.startswith("the object store lies")


def test_a_lie_about_a_blob_is_forgotten_when_it_was_mended(reading: Reading) -> None:
    oid = Oid(reading.git("rev-parse", f"HEAD:{RULES}"))
    honest = reading.loose(oid).read_bytes()
    forge(reading, oid, "blob", b"{}")
    assert reading.base is not None
    with pytest.raises(Unstable):
        reading.store.file_at(reading.base, RULES, 1000)
    reading.loose(oid).write_bytes(honest)
    tree, store = reading.open()
    assert not tree.survey(reading.question()).store_faults
    assert isinstance(store.file_at(reading.base, RULES, 1000), bytes)


def check_spoiled(inside: Inside, oid: str, way: str, *, named: str) -> None:
    """With a loose object spoiled after an audit, the next one says that the store lies, or that it cannot be done and why."""
    inside.forget()
    path = inside.builder.root / ".git/objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    spoil(path, way)
    told = inside.answer()
    if way in ("forged", "claims a bit more"):
        assert isinstance(told, Report) and "A110" in codes_of(told)
    else:
        assert isinstance(told, Failed) and named in told.why


@pytest.mark.parametrize("way", ["missing", "garbage", "claims more than is ever read"])
def test_a_file_of_base_that_the_store_does_not_give_is_a_fault_of_the_machine(reading: Reading, way: str) -> None:
    spoil(reading.loose(reading.git("rev-parse", f"HEAD:{RULES}")), way)
    assert reading.base is not None
    with pytest.raises(GitFailed, match=f"{RULES} at {reading.base}: "):
        reading.store.file_at(reading.base, RULES, 1000)


def test_a_file_of_base_that_is_truly_over_the_limit_is_unreadable(reading: Reading) -> None:
    reading.builder.write(RULES, b" " * 5000).commit("large")
    store = reading.store
    head = store.resolve("HEAD")
    assert head is not None
    assert store.file_at(head, RULES, 1000) == Unreadable("is over the limit of 1000 bytes: it has 5000")
    assert not store.faults


@pytest.mark.parametrize("way", ["missing", "garbage", "forged", "claims a bit more", "claims more than is ever read"])
def test_the_old_name_of_a_renamed_file_cannot_be_taken_out_of_the_store(tmp_path: Path, way: str) -> None:
    """The builder renames a file, claims both names, and leaves nothing to compare the new one with."""
    builder = Builder.with_repository(tmp_path / "repository")
    text = "".join(f"value_{number} = {number}\n" for number in range(500))
    old = builder.write("app/old.py", text).commit("old").git("rev-parse", "HEAD:app/old.py")
    builder.delete("app/old.py").write("app/new.py", text + "more = 1\n").record().claims("app/old.py", "app/new.py").completes()
    with inside_of(tmp_path, builder) as inside:
        assert codes_of(inside.report()) == {"A201"}
        check_spoiled(inside, old, way, named=old)


def test_a_deleted_file_that_is_truly_large_is_no_fault_of_the_machine(reading: Reading) -> None:
    oid = Oid(reading.builder.write("large.bin", bytes(3_000_000)).commit("large").git("rev-parse", "HEAD:large.bin"))
    reading.builder.delete("large.bin")
    assert reading.store.blob(oid, 1000) == Unreadable("is over the limit of 1000 bytes: it has 3000000")
    assert isinstance(reading.store.blob(oid, 3_000_000), bytes)
    assert not reading.store.faults


def test_weighing_a_large_object_keeps_the_conversation_in_step(reading: Reading) -> None:
    large = Oid(reading.builder.write("large.bin", os.urandom(2_500_000)).commit("large").git("rev-parse", "HEAD:large.bin"))
    small = Oid(reading.git("rev-parse", f"HEAD:{CHANGED}"))
    batch = reading.store._batch
    assert batch.weigh(large, 2_500_000) == Weighed("blob", 2_500_000)
    assert batch.weigh(small, 10) == Weighed("blob", 6)
    assert batch.weigh(large, 2_499_999) == TooLarge(2_500_000)
    assert batch.weigh(Oid("1" * 40), 10) == Missing()
    assert batch.weigh(small, 10) == Weighed("blob", 6)


@pytest.mark.parametrize("way", ["missing", "garbage", "forged", "claims a bit more", "claims more than is ever read"])
@pytest.mark.parametrize("padding", [1, 6000], ids=["small", "larger than what the survey reads of it"])
def test_rules_of_base_that_the_builder_takes_out_of_the_store_do_not_stop_to_hold(tmp_path: Path, way: str, padding: int) -> None:
    """The builder softens the rules, breaks them as they were, and makes the object store forget or forge the old ones."""
    builder = Builder.with_repository(tmp_path / "repository")
    builder.write(RULES, (builder.root / RULES).read_text() + " " * padding).commit("rules")
    old, code = builder.git("rev-parse", f"HEAD:{RULES}"), "app/api/routers/users.py"
    builder.write(RULES, (builder.root / RULES).read_text().replace("asyncpg", "nothing"))
    builder.write(code, (builder.root / code).read_text() + "\nimport asyncpg\n").write("requirements.txt", "fastapi\nasyncpg\n")
    builder.record().claims(RULES, code, "requirements.txt").completes()
    with inside_of(tmp_path, builder) as inside:
        assert codes_of(inside.report()) == {"A404"}
        check_spoiled(inside, old, way, named=RULES)


def test_a_forged_blob_of_a_changed_file_is_in_the_survey(reading: Reading) -> None:
    oid = Oid(reading.git("rev-parse", f"HEAD:{CHANGED}"))
    forge(reading, oid, "blob", b"x = 2\n")
    reading.builder.write(CHANGED, "x = 2\n")
    survey = reading.survey()
    assert [change.path for change in survey.changes] == [CHANGED]
    assert len(survey.store_faults) == 1 and "lies" in survey.store_faults[0]


@pytest.mark.parametrize("rev", ["HEAD^{tree}", "HEAD:app"])
def test_a_forged_tree_is_a_lie_and_hides_nothing(reading: Reading, rev: str) -> None:
    """The builder changes a file and makes the old tree's id give a tree that already has the change."""
    oid = reading.git("rev-parse", rev)
    reading.builder.write(CHANGED, "x = 2\n")
    reading.git("add", CHANGED)
    other = reading.git("write-tree") if rev.endswith("}") else reading.git("rev-parse", f"{reading.git('write-tree')}:app")
    body = zlib.decompress(reading.loose(other).read_bytes()).partition(b"\0")[2]
    forge(reading, oid, "tree", body)
    survey = reading.survey()
    assert CHANGED in {change.path for change in survey.changes}
    assert len(survey.store_faults) == 1 and oid in survey.store_faults[0]


def test_a_forged_commit_is_a_lie_and_hides_nothing(reading: Reading) -> None:
    reading.builder.write(CHANGED, "x = 2\n")
    reading.git("add", CHANGED)
    commit = reading.git("commit-tree", reading.git("write-tree"), "-m", "base")
    body = zlib.decompress(reading.loose(commit).read_bytes()).partition(b"\0")[2]
    assert reading.base is not None
    forge(reading, reading.base, "commit", body)
    survey = reading.survey()
    assert CHANGED in {change.path for change in survey.changes}
    assert len(survey.store_faults) == 1 and reading.base in survey.store_faults[0]
    assert reading.store.history(reading.base, frozenset()).ancestry is Ancestry.UNTRUSTED


def test_a_forged_commit_on_the_way_to_the_anchor_is_untrusted(reading: Reading) -> None:
    reading.builder.write(CHANGED, "x = 2\n").commit("middle")
    middle = reading.builder.head
    reading.builder.write(CHANGED, "x = 3\n").commit("last")
    body = zlib.decompress(reading.loose(middle).read_bytes()).partition(b"\0")[2]
    forge(reading, middle, "commit", body.replace(b"middle", b"muddle"))
    assert reading.store.history(reading.base, frozenset()).ancestry is Ancestry.UNTRUSTED


def test_a_commit_of_another_kind_is_a_lie(reading: Reading) -> None:
    assert reading.base is not None
    forge(reading, reading.base, "blob", b"not a commit")
    assert reading.survey().store_faults


def test_an_object_that_is_garbage_is_missing_and_the_change_is_seen(reading: Reading) -> None:
    oid = Oid(reading.git("rev-parse", f"HEAD:{CHANGED}"))
    reading.loose(oid).write_bytes(b"garbage")
    reading.builder.write(CHANGED, "x = 2\n").write("forge.json", "{}\n")
    assert reading.changed() == {CHANGED: "modified", "forge.json": "modified"}
    with pytest.raises(GitFailed, match=f"blob {oid} is not in the object store"):
        reading.store.blob(oid, 100)


def test_an_object_that_kills_git_is_a_lie_and_not_an_outage(reading: Reading) -> None:
    oid, small = Oid(reading.git("rev-parse", f"HEAD:{CHANGED}")), Oid(reading.git("rev-parse", "HEAD:forge.json"))
    body = zlib.compress(b"blob 200000\0" + os.urandom(200_000))
    reading.loose(oid).write_bytes(body[: len(body) // 2])
    store = reading.store
    found = store.blobs([oid, small], 1_000_000)
    assert found[oid] == Unreadable(f"the object store lies: expected blob {oid}, found bytes that git calls corrupt")
    assert isinstance(found[small], bytes)
    assert store.faults


def test_a_lie_is_told_again_at_the_next_audit_and_gone_when_mended(reading: Reading) -> None:
    oid = reading.git("rev-parse", "HEAD:app")
    path = reading.loose(oid)
    honest = path.read_bytes()
    forge(reading, oid, "tree", b"")
    assert reading.survey().store_faults and reading.survey().store_faults
    path.write_bytes(honest)
    assert reading.changed() == {}


def test_a_missing_tree_is_a_fault_of_the_machine(reading: Reading) -> None:
    reading.loose(reading.git("rev-parse", "HEAD:app")).unlink()
    with pytest.raises(GitFailed, match="expected in the object store, found nothing"):
        reading.survey()


def test_a_missing_commit_is_a_fault_of_the_machine(reading: Reading) -> None:
    assert reading.base is not None
    reading.loose(reading.base).unlink()
    with pytest.raises(GitFailed, match="expected in the object store, found nothing"):
        reading.survey()


@pytest.mark.parametrize(
    ("name", "mode", "shown"),
    [
        (b"..", b"100644", "the name '..'"),
        (b".git", b"100644", "the name '.git'"),
        (b"a/b", b"100644", "the name 'a/b'"),
        (b"x", b"100600", "mode"),
    ],
)
def test_a_tree_with_a_name_or_mode_that_git_does_not_make_is_a_fault(reading: Reading, name: bytes, mode: bytes, shown: str) -> None:
    blob = bytes.fromhex(reading.git("rev-parse", f"HEAD:{CHANGED}"))
    commit_raw_tree(reading, mode + b" " + name + b"\0" + blob)
    (fault,) = reading.survey().store_faults
    assert shown in fault


def test_a_tree_that_names_a_file_twice_is_a_fault(reading: Reading) -> None:
    one = bytes.fromhex(reading.git("rev-parse", f"HEAD:{CHANGED}"))
    two = bytes.fromhex(reading.git("rev-parse", "HEAD:forge.json"))
    commit_raw_tree(reading, b"100644 a\0" + one + b"100644 a\0" + two)
    (fault,) = reading.survey().store_faults
    assert "twice" in fault


def test_a_tree_that_is_a_bomb_is_an_obstacle(reading: Reading) -> None:
    body = b"100644 f\0" + bytes.fromhex(reading.git("rev-parse", f"HEAD:{CHANGED}"))
    oid = store_tree(reading, body)
    for _ in range(12):
        oid = store_tree(reading, b"".join(b"40000 %d\0" % number + bytes.fromhex(oid) for number in range(10)))
    reading.git("update-ref", "HEAD", reading.git("commit-tree", oid, "-m", "bomb"))
    assert "is over the limit of 200000 entries" in reading.obstacles()["."]


def test_a_tree_that_is_too_deep_is_an_obstacle(reading: Reading) -> None:
    oid = store_tree(reading, b"100644 f\0" + bytes.fromhex(reading.git("rev-parse", f"HEAD:{CHANGED}")))
    for _ in range(1200):
        oid = store_tree(reading, b"40000 d\0" + bytes.fromhex(oid))
    reading.git("update-ref", "HEAD", reading.git("commit-tree", oid, "-p", "HEAD", "-m", "deep"))
    assert "is over the limit of 128 levels" in reading.obstacles()["."]
    (commit,) = reading.store.history(reading.base, frozenset()).commits
    assert "." in commit.paths


def store_tree(reading: Reading, body: bytes) -> str:
    """Store a tree that git itself would refuse to make."""
    oid = object_id("tree", body, 40)
    path = reading.root / ".git/objects" / oid[:2] / oid[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(b"tree %d\0%s" % (len(body), body)))
    return oid


def commit_raw_tree(reading: Reading, body: bytes) -> None:
    """Make HEAD a commit of a hand-made root tree."""
    commit = f"tree {store_tree(reading, body)}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nraw\n".encode()
    oid = object_id("commit", commit, 40)
    path = reading.root / ".git/objects" / oid[:2] / oid[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(b"commit %d\0%s" % (len(commit), commit)))
    (reading.root / ".git/refs/heads/main").write_text(f"{oid}\n")


def test_objects_in_packs_are_read(reading: Reading) -> None:
    reading.builder.write(CHANGED, "x = 2\n")
    reading.git("gc", "-q", "--prune=now")
    assert reading.changed() == {CHANGED: "modified"}
    assert isinstance(reading.store.blob(Oid(reading.git("rev-parse", f"HEAD:{CHANGED}")), 100), bytes)


def test_objects_borrowed_from_another_store_are_verified_and_noted(reading: Reading, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    reading.git("clone", "-q", "--shared", str(reading.root), str(clone), cwd=tmp_path)
    reading.builder.root = clone
    reading.builder.write(CHANGED, "x = 2\n")
    survey = reading.survey()
    assert [change.path for change in survey.changes] == [CHANGED]
    assert any("borrowed" in note for note in survey.notes)


def test_alternates_in_a_circle_do_not_hang(reading: Reading) -> None:
    reading.builder.write(".git/objects/info/alternates", f"{reading.root}/.git/objects\n/proc/self/fd\n/dev/zero\n\n#x\n")
    reading.builder.write(CHANGED, "x = 2\n")
    assert reading.changed() == {CHANGED: "modified"}


def test_commit_graph_and_multi_pack_index_are_not_believed(reading: Reading) -> None:
    for number in range(3):
        reading.builder.write(CHANGED, f"x = {number + 5}\n").commit(f"commit {number}")
    reading.git("repack", "-q", "-a", "-d")
    reading.git("multi-pack-index", "write")
    reading.git("commit-graph", "write", "--reachable")
    for name in ("info/commit-graph", "pack/multi-pack-index"):
        path = reading.root / ".git/objects" / name
        raw = bytearray(path.read_bytes())
        path.chmod(0o644)
        raw[len(raw) // 2 :] = bytes(len(raw) - len(raw) // 2)
        path.write_bytes(raw)
    assert len(reading.store.history(reading.base, frozenset()).commits) == 3
    assert reading.changed() == {}


def test_a_fifo_in_place_of_a_loose_object_is_cut_by_the_deadline(reading: Reading) -> None:
    path = reading.loose(reading.git("rev-parse", "HEAD:app"))
    path.unlink()
    os.mkfifo(path)
    reading.limits = type(reading.limits)(git_seconds=1)
    with pytest.raises(GitFailed, match="did not answer within 1 s"):
        reading.survey()


def test_a_blob_over_the_limit_is_not_read(reading: Reading) -> None:
    reading.builder.write("big.bin", bytes(3_000_000)).commit("big")
    store = reading.store
    big, small = Oid(reading.git("rev-parse", "HEAD:big.bin")), Oid(reading.git("rev-parse", f"HEAD:{CHANGED}"))
    found = store.blobs([big, small], 1000)
    assert found[big] == Unreadable("is over the limit of 1000 bytes: it has 3000000")
    assert found[small] == b"x = 1\n"


def test_a_file_of_a_commit_is_found_or_absent_or_no_file(reading: Reading) -> None:
    os.symlink("app/a.py", reading.root / "link")
    reading.builder.commit("link")
    store, head = reading.store, reading.store.resolve("HEAD")
    assert head is not None
    assert store.file_at(head, RepoPath(CHANGED), 100) == b"x = 1\n"
    assert store.file_at(head, RepoPath("app/none.py"), 100) == Absent()
    assert store.file_at(head, RepoPath("none/a.py"), 100) == Absent()
    assert store.file_at(head, RepoPath("app"), 100) == Unreadable("is a directory")
    assert store.file_at(head, RepoPath("link"), 100) == Unreadable("is a symlink")


def test_a_git_that_is_not_there_is_a_fault_of_the_machine(reading: Reading, tmp_path: Path) -> None:
    tree, _ = open_repository(str(reading.root), str(reading.state), f"{tmp_path}/no-git", reading.places, reading.limits)
    with pytest.raises(GitFailed, match="cannot be started"):
        tree.survey(reading.question())


def test_the_shadow_is_private_and_holds_nothing_of_theirs(reading: Reading) -> None:
    reading.survey()
    shadow = reading.state / "shadow.git"
    assert shadow.stat().st_mode & 0o777 == 0o700
    assert (shadow / "objects/info/alternates").read_text() == f"{reading.root}/.git/objects\n"
    assert sorted(path.name for path in shadow.iterdir()) == ["HEAD", "config", "objects", "refs"]


def test_a_root_with_a_strange_name_is_read(reading: Reading, tmp_path: Path) -> None:
    strange = tmp_path / 'a "quoted"\n# name\\ é'
    shutil.move(reading.root, strange)
    reading.builder.root = strange
    reading.builder.write(CHANGED, "x = 2\n")
    assert reading.changed() == {CHANGED: "modified"}
