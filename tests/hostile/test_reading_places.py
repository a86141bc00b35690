"""Files that are no files, trees without end, names that bite, and a tree that moves while it is read (hostile.md, Cases)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from forgewatch.adapters.file_hash import HashRules, Moved, blob_id, hash_file
from forgewatch.adapters.files import RootFiles
from forgewatch.core.errors import RepositoryUnavailable, Unstable
from forgewatch.core.limits import Limits
from forgewatch.core.values import Absent, RepoPath, Unreadable
from tests.support.reading import Reading

CHANGED = "app/a.py"


@pytest.mark.parametrize("place", ["app/pipe", CHANGED, "Forge/evidence/diff_log.md", ".gitignore", "new/dir/pipe"])
def test_a_fifo_is_an_obstacle_and_nobody_waits_for_it(reading: Reading, place: str) -> None:
    path = reading.root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    assert reading.obstacles(place)[place] == "is a FIFO"
    assert reading.tree.read(RepoPath(place), 100) == Unreadable("is a FIFO")


@pytest.mark.parametrize("place", ["HEAD", "packed-refs", "refs/heads/main", "config"])
def test_a_fifo_in_the_git_directory_refuses_the_repository(reading: Reading, place: str) -> None:
    if place == "packed-refs":
        reading.git("checkout", "-q", "--orphan", "unborn")
    (reading.root / ".git" / place).unlink(missing_ok=True)
    os.mkfifo(reading.root / ".git" / place)
    if place == "config":
        reading.builder.write(CHANGED, "x = 2\n")
        assert reading.changed() == {CHANGED: "modified"}
    else:
        with pytest.raises(RepositoryUnavailable, match="FIFO"):
            reading.survey()


def test_a_fifo_in_place_of_the_index_is_an_obstacle(reading: Reading) -> None:
    (reading.root / ".git/index").unlink()
    os.mkfifo(reading.root / ".git/index")
    assert reading.obstacles() == {".git/index": "is a FIFO"}


def test_a_fifo_in_place_of_the_git_directory_is_refused(reading: Reading) -> None:
    shutil.rmtree(reading.root / ".git")
    os.mkfifo(reading.root / ".git")
    with pytest.raises(RepositoryUnavailable, match="found a FIFO"):
        reading.survey()


def test_a_socket_is_an_obstacle(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(reading.root)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("app/socket")
    assert reading.obstacles() == {"app/socket": "is a socket"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_is_an_obstacle_and_is_not_read(reading: Reading) -> None:
    try:
        os.mknod(reading.root / "app/zero", 0o20666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("devices cannot be made here")
    assert reading.obstacles() == {"app/zero": "is a device"}


@pytest.mark.parametrize("target", ["/dev/zero", "/etc/shadow", "diff_log.md", "../../../../etc/passwd"])
def test_a_symlinked_document_is_not_followed(reading: Reading, target: str) -> None:
    log = reading.root / "Forge/evidence/diff_log.md"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.symlink_to(target)
    assert reading.tree.read(RepoPath("Forge/evidence/diff_log.md"), 1000) == Unreadable("is a symlink")
    assert reading.changed() == {"Forge/evidence/diff_log.md": "untracked"}


def test_a_document_behind_a_symlinked_directory_is_not_read(reading: Reading, tmp_path: Path) -> None:
    (tmp_path / "canary.md").write_text("secret")
    (reading.root / "Forge/evidence").symlink_to(tmp_path)
    assert reading.tree.read(RepoPath("Forge/evidence/canary.md"), 1000) == Unreadable("lies behind a symlink")


def test_symlinks_in_a_circle_are_entries_and_nothing_more(reading: Reading) -> None:
    (reading.root / "one").symlink_to("two")
    (reading.root / "two").symlink_to("one")
    (reading.root / "app/up").symlink_to("..")
    assert set(reading.changed()) == {"one", "two", "app/up"}


def test_a_sparse_file_of_six_gigabytes_is_an_obstacle_at_once(reading: Reading) -> None:
    with (reading.root / "huge").open("wb") as file:
        file.truncate(6 << 30)
    began = time.monotonic()
    assert reading.obstacles()["huge"].startswith("is over the limit of 536870912 bytes")
    assert time.monotonic() - began < 5


def test_a_tree_beyond_its_bytes_is_an_obstacle(reading: Reading) -> None:
    reading.limits = Limits(tree_bytes=4096)
    reading.builder.write("big.bin", bytes(5000))
    assert reading.obstacles()["."] == "is over the limit of 4096 bytes"


def test_a_tree_beyond_its_entries_is_an_obstacle(reading: Reading) -> None:
    reading.limits = Limits(tree_entries=50)
    for number in range(60):
        reading.builder.write(f"many/{number}.txt", "")
    assert reading.obstacles()["."] == "is over the limit of 50 entries"


def test_directories_without_files_count_too(reading: Reading) -> None:
    reading.limits = Limits(tree_entries=50)
    for number in range(60):
        (reading.root / f"many/{number}").mkdir(parents=True)
    assert reading.obstacles()["."] == "is over the limit of 50 entries"


def test_a_walk_beyond_its_time_is_an_obstacle(reading: Reading) -> None:
    reading.limits = Limits(tree_seconds=0)
    assert reading.obstacles()["."] == "is over the limit of 0 s"


def test_a_directory_that_is_too_deep_is_an_obstacle(reading: Reading) -> None:
    reading.limits = Limits(tree_depth=3)
    reading.builder.write("a/b/c/d.txt", "").write("a/b/c/d/e.txt", "")
    assert reading.obstacles() == {"a/b/c/d": "is over the limit of 3 levels"}


def test_a_path_beyond_the_systems_limit_is_an_obstacle(reading: Reading) -> None:
    handle = os.open(reading.root, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=handle)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    os.close(os.open("hidden.py", os.O_CREAT | os.O_WRONLY, dir_fd=handle))
    os.close(handle)
    ((path, why),) = reading.obstacles().items()
    assert why == "is over the limit of 4095 bytes for a path" and len(path) > 4000
    shutil.rmtree(reading.root / ("d" * 200), ignore_errors=True)


def test_a_directory_that_may_not_be_read_is_an_obstacle(reading: Reading) -> None:
    """Permissions do not bind root, so another user reads."""
    reading.builder.write("closed/secret.py", "").write("half/file.py", "")
    (reading.root / "half/file.py").chmod(0)
    (reading.root / "closed").chmod(0)
    program = (
        "import os, sys\nfrom pathlib import Path\n"
        "from tests.support.reading import Reading\nfrom tests.support.builder import Builder\n"
        "os.setgid(65534) if os.geteuid() == 0 else None\n"
        "os.setuid(65534) if os.geteuid() == 0 else None\n"
        "reading = Reading(Builder(Path(sys.argv[1])), Path(sys.argv[2]))\n"
        "survey = reading.survey(base=reading.store.resolve('HEAD'))\n"
        "print([(found.path, found.why) for found in survey.obstacles], [change.path for change in survey.changes])\n"
    )
    if os.geteuid() == 0:
        _open_to_all(reading)
    command = [sys.executable, "-c", program, str(reading.root), str(reading.state)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).resolve().parents[2]), "HOME": "/nonexistent"}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    (reading.root / "closed").chmod(0o755)
    assert told.stdout == "[('closed', 'is an unreadable directory'), ('half/file.py', 'is an unreadable file')] []\n", told.stderr


def _open_to_all(reading: Reading) -> None:
    for folder in (reading.root, *reading.root.parents):
        if folder.owner() == "root" and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    os.chown(reading.state, 65534, 65534)


NAMES = [
    "new\nline.py", "esc\x1b[2Jape.py", "\x1b]52;c;Zm9v\x07.py", "bidi\u202egnp.py", "-rf", " lead", "trail ", "'quote\"",
    "tab\t.py", "$(id)", "*", "a\\b",
]  # fmt: skip


def test_names_that_bite_are_changes_like_others(reading: Reading) -> None:
    for name in NAMES:
        (reading.root / name).write_text("")
    assert set(reading.changed()) == set(NAMES)
    reading.builder.commit("\x1b[2J\n\nbody")
    assert reading.changed() == {}
    (commit,) = reading.store.history(reading.base, frozenset()).commits
    assert set(commit.paths) == set(NAMES) and commit.subject == "\x1b[2J"


def test_names_that_are_no_text_are_changes_like_others(reading: Reading) -> None:
    raw = os.fsencode(reading.root) + b"/caf\xe9.py"
    with open(raw, "wb"):
        pass
    assert reading.changed() == {"caf\udce9.py": "untracked"}
    reading.builder.commit("latin")
    assert reading.changed() == {}
    with open(raw, "wb") as file:
        file.write(b"x")
    assert reading.changed() == {"caf\udce9.py": "modified"}


def test_names_that_differ_in_case_or_form_are_different_names(reading: Reading) -> None:
    names = {"App/a.py", "caf\u00e9.py", "cafe\u0301.py"}
    for name in names:
        reading.builder.write(name, "")
    assert set(reading.changed()) == names


def test_a_root_that_is_gone_or_no_directory_is_unavailable(reading: Reading) -> None:
    tree = reading.tree
    shutil.rmtree(reading.root)
    with pytest.raises(RepositoryUnavailable, match="found no such file or directory"):
        tree.survey(reading.question())
    with pytest.raises(RepositoryUnavailable, match="found nothing"):
        reading.open()
    reading.root.write_text("")
    with pytest.raises(RepositoryUnavailable, match="expected a directory, found a file"):
        reading.open()
    assert tree.read(RepoPath("app/a.py"), 10) == Absent()


def test_a_repository_replaced_while_open_is_read_anew(reading: Reading, tmp_path: Path) -> None:
    tree = reading.tree
    tree.survey(reading.question())
    reading.root.rename(tmp_path / "old")
    shutil.copytree(tmp_path / "old", reading.root)
    reading.builder.write(CHANGED, "x = 2\n")
    assert [change.path for change in tree.survey(reading.question()).changes] == [CHANGED]


@contextmanager
def meanwhile(step: object) -> Iterator[threading.Event]:
    """Run `step` over and over in a thread; the event is set once it ran."""
    stop, ran = threading.Event(), threading.Event()

    def loop() -> None:
        while not stop.is_set():
            step()  # type: ignore[operator]
            ran.set()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        assert ran.wait(60)
        yield ran
    finally:
        stop.set()
        thread.join()


def test_a_directory_swapped_for_a_symlink_never_shows_the_canary(reading: Reading, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    shutil.copytree(reading.root / "app", outside)
    (outside / "a.py").write_text("canary\n")
    canary = blob_id("sha1", b"canary\n")
    inside, aside = reading.root / "app", tmp_path / "aside"

    def swap() -> None:
        inside.rename(aside)
        inside.symlink_to(outside)
        inside.unlink()
        aside.rename(inside)

    outcomes = set()
    with meanwhile(swap):
        for _ in range(30):
            try:
                survey = reading.survey()
            except Unstable:
                outcomes.add("unstable")
                continue
            outcomes.add("seen")
            assert canary not in {entry.oid for path in survey.paths if (entry := survey.paths.get(path)) is not None}
            content = reading.tree.read(RepoPath(CHANGED), 100)
            assert content in (b"x = 1\n", Absent(), Unreadable("lies behind a symlink"))
    assert outcomes <= {"seen", "unstable"} and outcomes
    assert reading.changed() == {}


def test_a_file_swapped_for_a_symlink_after_it_was_looked_at_is_never_followed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine\n")
    seen = (tmp_path / "file").lstat()
    (tmp_path / "canary").write_text("canary\n")
    (tmp_path / "file").unlink()
    (tmp_path / "file").symlink_to("canary")
    handle = os.open(tmp_path, os.O_RDONLY)
    assert hash_file(handle, "file", seen, "", HashRules("sha1", 1000)) == (f"120000 {blob_id('sha1', b'canary')}", "")
    (tmp_path / "file").unlink()
    os.mkfifo(tmp_path / "file")
    assert hash_file(handle, "file", seen, "", HashRules("sha1", 1000)) == "is a FIFO"
    (tmp_path / "file").unlink()
    with pytest.raises(Moved, match="was there and is gone"):
        hash_file(handle, "file", seen, "", HashRules("sha1", 1000))
    os.close(handle)


def test_a_file_that_never_stands_still_is_unreadable_and_has_no_id() -> None:
    """Files of /proc say that they have no bytes and then have some: each look finds a file that grew meanwhile."""
    assert RootFiles("/proc/self").read(RepoPath("status"), 100_000) == Unreadable("changed during the read")
    handle = os.open("/proc/self", os.O_RDONLY)
    with pytest.raises(Moved, match="status changed during the read, 3 times"):
        hash_file(handle, "status", os.stat("status", dir_fd=handle), "", HashRules("sha1", 1000))
    os.close(handle)


def test_a_document_that_is_saved_again_and_again_is_one_of_its_versions(tmp_path: Path) -> None:
    versions = {bytes([letter]) * 100_000 for letter in b"abc"}
    path = tmp_path / "log"

    def save() -> None:
        for version in versions:
            (tmp_path / "new").write_bytes(version)
            (tmp_path / "new").rename(path)

    save()
    files = RootFiles(str(tmp_path))
    with meanwhile(save):
        answers = {files.read(RepoPath("log"), 1_000_000) for _ in range(200)}
    assert answers <= versions | {Unreadable("changed during the read")} and answers & versions


def test_tools_that_write_ignored_files_all_the_time_do_not_make_a_tree_unstable(reading: Reading) -> None:
    swap = reading.root / "app/.a.py.swp"

    def edit() -> None:
        swap.write_text("")
        swap.unlink()

    reading.builder.write(CHANGED, "x = 2\n")
    with meanwhile(edit):
        for _ in range(20):
            assert [change.path for change in reading.survey().changes] == [CHANGED]


def test_a_head_that_moves_meanwhile_gives_one_commit_or_another(reading: Reading) -> None:
    reading.builder.write(CHANGED, "x = 2\n").commit("second")
    commits = {str(reading.base), reading.builder.head}
    ref = reading.root / ".git/refs/heads/main"

    def move() -> None:
        for commit in commits:
            new = ref.with_name("new")
            new.write_text(f"{commit}\n")
            new.rename(ref)

    with meanwhile(move):
        for _ in range(20):
            try:
                survey = reading.survey()
            except Unstable as unstable:
                assert "HEAD changed" in str(unstable)
                continue
            assert survey.head in commits
            assert bool(survey.changes) == (survey.head == reading.base)


@pytest.mark.slow
def test_three_hundred_thousand_files_are_over_the_limit_and_not_silent(reading: Reading) -> None:
    for folder in range(300):
        path = reading.root / f"many/{folder}"
        path.mkdir(parents=True)
        handle = os.open(path, os.O_RDONLY)
        for number in range(1000):
            os.close(os.open(str(number), os.O_CREAT | os.O_WRONLY, dir_fd=handle))
        os.close(handle)
    assert reading.obstacles()["."] == "is over the limit of 200000 entries"
