"""The branch that keeps checkpoints, over a real git: commits that follow each other, journals that share it, writers that race."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from forgewatch.adapters.anchor import GitAnchor, opened_anchor
from forgewatch.adapters.anchor_note import AnchorNote, read_anchor_note, write_anchor_note
from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.git_remote import Caller
from forgewatch.app.anchoring import publish
from forgewatch.core.anchor import ANCHOR_REF, Anchored
from forgewatch.core.errors import AnchorUnreachable, EnvironmentFault, PushFailed
from forgewatch.core.remote_url import RemoteUrl
from tests.support.reading import GIT
from tests.support.remote import Remote
from tests.support.signed import AT, ORIGIN, Lines, journal_of, opened, trust

OTHER = "forgewatch/other-0000000000000000"


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Remote]:
    """An empty bare repository."""
    yield Remote(tmp_path)


@contextmanager
def branch(url: str, seconds: float = 20) -> Iterator[GitAnchor]:
    with opened_anchor(Caller(git=GIT, directory="", environ={}, seconds=seconds), RemoteUrl(url, url.partition(":")[0])) as anchor:
        yield anchor


def kept(remote: Remote, origin: str, note: bytes) -> None:
    with branch(remote.url) as anchor:
        anchor.newest()
        anchor.keep(origin, note, AT)


def read(remote: Remote, origin: str) -> bytes | None:
    with branch(remote.url) as anchor:
        anchor.newest()
        return anchor.read(origin)


def test_an_empty_repository_has_no_checkpoint(remote: Remote) -> None:
    with branch(remote.url) as anchor:
        assert anchor.newest() is None
        assert anchor.read(ORIGIN) is None


def test_each_checkpoint_is_a_commit_that_follows_the_last_one(remote: Remote) -> None:
    journal = journal_of(3)
    kept(remote, ORIGIN, journal.note(2))
    kept(remote, ORIGIN, journal.note(3))
    assert read(remote, ORIGIN) == journal.note(3)
    assert remote.git("log", "--format=%an|%at|%s", ANCHOR_REF).splitlines() == [f"forgewatch|1795176000|checkpoint of {ORIGIN}"] * 2
    assert remote.git("rev-list", "--max-parents=0", "--count", ANCHOR_REF) == "1"
    remote.git("fsck", "--strict")


def test_journals_share_a_branch_and_leave_each_other_alone(remote: Remote) -> None:
    ours, theirs = journal_of(3), journal_of(2, origin=OTHER)
    kept(remote, ORIGIN, ours.note(1))
    kept(remote, OTHER, theirs.note())
    kept(remote, ORIGIN, ours.note())
    assert (read(remote, ORIGIN), read(remote, OTHER)) == (ours.note(), theirs.note())
    assert remote.git("ls-tree", "-r", "--name-only", ANCHOR_REF).splitlines() == [f"{OTHER}/checkpoint", f"{ORIGIN}/checkpoint"]


def test_who_is_slower_is_refused_and_nothing_is_forced(remote: Remote) -> None:
    journal = journal_of(3)
    kept(remote, ORIGIN, journal.note(1))
    with branch(remote.url) as slow:
        slow.newest()
        kept(remote, OTHER, journal_of(2, origin=OTHER).note())
        before = remote.at(ANCHOR_REF)
        with pytest.raises(PushFailed, match="rejected"):
            slow.keep(ORIGIN, journal.note(), AT)
        assert remote.at(ANCHOR_REF) == before
        slow.newest()
        slow.keep(ORIGIN, journal.note(), AT)
    assert (read(remote, ORIGIN), read(remote, OTHER)) == (journal.note(), journal_of(2, origin=OTHER).note())


def test_two_that_begin_the_branch_at_once_both_get_their_place(remote: Remote) -> None:
    with branch(remote.url) as slow:
        slow.newest()
        kept(remote, OTHER, journal_of(2, origin=OTHER).note())
        with pytest.raises(PushFailed):
            slow.keep(ORIGIN, journal_of(3).note(), AT)


def test_writers_that_race_all_get_their_place(remote: Remote) -> None:
    ended: list[Anchored] = []

    def write(number: int) -> None:
        origin = f"forgewatch/racer-{number:016d}"
        journal = journal_of(3, origin=origin)
        with branch(remote.url) as anchor:
            ended.append(publish(lambda: (journal.note(), journal.lines), trust(origin=origin), anchor, SystemClock()))

    racers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)
    assert ended == [Anchored(3, pushed=True)] * 4
    assert len(remote.git("ls-tree", "-r", "--name-only", ANCHOR_REF).splitlines()) == 4


def test_a_branch_with_ids_of_the_longer_kind_is_read_and_followed(tmp_path: Path) -> None:
    remote, journal = Remote(tmp_path, "--object-format=sha256"), journal_of(3)
    tree = remote.git("hash-object", "-t", "tree", "-w", "/dev/null")
    remote.git("update-ref", ANCHOR_REF, remote.git("commit-tree", "-m", "begun by hand", tree))
    kept(remote, ORIGIN, journal.note())
    assert read(remote, ORIGIN) == journal.note()


def test_what_is_no_checkpoint_is_given_as_it_is(remote: Remote) -> None:
    """Too large, a symlink, a folder: whoever compares it finds that it is none."""
    blob = remote.git("hash-object", "-w", str(remote.root / "config"))
    for mode, oid in (("120000", blob), ("100755", blob)):
        made = tree_with(remote, f"{mode} blob {oid}\tcheckpoint")
        remote.git("update-ref", ANCHOR_REF, remote.git("commit-tree", "-m", "odd", made))
        assert b"bare = true" in (read(remote, ORIGIN) or b"")


def tree_with(remote: Remote, line: str) -> str:
    tree = _mktree(remote, line)
    for name in reversed(ORIGIN.split("/")):
        tree = _mktree(remote, f"040000 tree {tree}\t{name}")
    return tree


def _mktree(remote: Remote, line: str) -> str:
    path = remote.root / "line"
    path.write_text(line + "\n")
    return remote.git("-c", "alias.made=!git mktree < line", "made")


def test_a_file_too_large_for_a_checkpoint_is_not_read(remote: Remote) -> None:
    (remote.root / "large").write_bytes(b"x" * 100_000)
    blob = remote.git("hash-object", "-w", str(remote.root / "large"))
    made = tree_with(remote, f"100644 blob {blob}\tcheckpoint")
    remote.git("update-ref", ANCHOR_REF, remote.git("commit-tree", "-m", "large", made))
    assert read(remote, ORIGIN) == b""


def test_a_branch_that_is_no_commit_is_told(remote: Remote) -> None:
    blob = remote.git("hash-object", "-w", str(remote.root / "config"))
    (remote.root / ANCHOR_REF).parent.mkdir(parents=True)
    (remote.root / ANCHOR_REF).write_text(blob + "\n")
    with pytest.raises(AnchorUnreachable):
        read(remote, ORIGIN)


@pytest.mark.parametrize("where", ["nothing.git", "."])
def test_a_repository_that_is_not_there_is_told(tmp_path: Path, where: str) -> None:
    with branch(f"file://{tmp_path}/{where}") as anchor, pytest.raises(AnchorUnreachable, match="expected its branch, found: ") as told:
        anchor.newest()
    assert "the record itself is not touched" in told.value.hint


def test_a_repository_that_does_not_answer_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"git://127.0.0.1:{silent.getsockname()[1]}/x"
        with branch(url, 0.3) as anchor, pytest.raises(AnchorUnreachable, match=r"no answer within 0\.3 s"):
            anchor.newest()


def test_a_push_that_the_other_side_refuses_says_why(remote: Remote) -> None:
    remote.hook("pre-receive", "echo 'append only, and not today' >&2; exit 1")
    with branch(remote.url) as anchor:
        anchor.newest()
        with pytest.raises(PushFailed, match="append only, and not today"):
            anchor.keep(ORIGIN, journal_of(2).note(), AT)


def test_no_folder_stays_behind(remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    kept(remote, ORIGIN, journal_of(2).note())
    assert os.listdir(scratch) == []
    scratch.rmdir()
    with pytest.raises(EnvironmentFault, match="no temporary folder can be made for the anchor"):
        kept(remote, ORIGIN, journal_of(2).note())


def test_a_long_history_is_not_fetched(remote: Remote) -> None:
    journal: Lines = journal_of(1)
    for number in range(6):
        kept(remote, ORIGIN, journal.signed(opened(number)).note())
    with branch(remote.url) as anchor:
        tip = anchor.newest()
        assert tip is not None
        assert (Path(anchor._caller.directory) / "shallow").read_text() == f"{tip}\n"


def test_the_note_for_status_comes_back(tmp_path: Path) -> None:
    assert read_anchor_note(None) is read_anchor_note(tmp_path) is None
    write_anchor_note(tmp_path, AnchorNote(3, AT, "file:///x"))
    write_anchor_note(tmp_path, AnchorNote(4, AT, "file:///x"))
    assert read_anchor_note(tmp_path) == AnchorNote(4, AT, "file:///x")
    assert os.listdir(tmp_path) == ["anchor.json"]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"{}", b'{"entries": "x", "at": "", "url": ""}', b"\xff", b"[" * 9000])
def test_a_note_that_is_none_is_none(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "anchor.json").write_bytes(raw)
    assert read_anchor_note(tmp_path) is None


def test_a_note_behind_a_symlink_or_a_fifo_is_none(tmp_path: Path) -> None:
    os.symlink("/etc/hostname", tmp_path / "anchor.json")
    assert read_anchor_note(tmp_path) is None
    (tmp_path / "anchor.json").unlink()
    os.mkfifo(tmp_path / "anchor.json")
    assert read_anchor_note(tmp_path) is None


def test_a_note_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match=r"anchor\.json cannot be written"):
        write_anchor_note(tmp_path / "file", AnchorNote(1, AT, "file:///x"))
