"""The copy of the audited bytes: what is in it, what is refused, and that nothing leads out of it."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from forgewatch.adapters.tree_copy import RepositoryCopier
from forgewatch.adapters.worker_process import WorkerProcesses
from forgewatch.app.copying import copy
from forgewatch.core.copying import Copied, CopyRequest
from forgewatch.core.errors import EnvironmentFault, Unstable
from forgewatch.core.limits import LIMITS
from forgewatch.core.places import Layout
from forgewatch.core.report import Failed
from forgewatch.core.repository_facts import FactsRequest
from forgewatch.core.settings import Compare, ScopeSettings, Settings
from forgewatch.core.snapshot import Entry
from forgewatch.core.values import CommitId, Oid, RepoPath
from forgewatch.core.verdict import StopReason
from tests.support.builder import Builder
from tests.support.inside import Inside
from tests.support.pace import seconds
from tests.support.reading import GIT


@dataclass
class Copyist:
    """Asks for a copy as a command would, and looks at it. `meddle` is what a builder does just before the bytes are read."""

    inside: Inside
    folder: Path
    settings: Settings = field(default_factory=Settings)
    meddle: Callable[[], object] | None = None
    tries: int = 0

    @property
    def builder(self) -> Builder:
        """Who works there."""
        return self.inside.builder

    def request(self) -> CopyRequest:
        """The question."""
        anchor = self.inside.anchor or None
        facts = FactsRequest(
            root=str(self.builder.root),
            state=str(self.inside.state),
            git=GIT,
            layout=Layout.FORGE,
            settings=self.settings,
            adopted=True,
            anchor=anchor,
            authorized=(anchor,) if anchor else (),
            bases=(anchor,),
        )
        return CopyRequest(facts, str(self.folder))

    def answer(self) -> Copied | Failed:
        """Ask in this process."""
        self.tries = 0
        real = RepositoryCopier(str(self.builder.root), LIMITS.hashed_bytes)
        sources = self.inside.sources(self.inside.request(settings=self.settings))
        return copy(self.request(), replace(sources, lineage=sources.store), self if self.meddle else real)  # type: ignore[arg-type]

    def copy(self, folder: str, entries: Iterable[tuple[RepoPath, Entry]], is_loose: Callable[[str], bool]) -> None:
        """Let the builder act between survey and copy, then copy as ever."""
        assert self.meddle is not None
        self.tries += 1
        rows = list(entries)
        self.meddle()
        RepositoryCopier(str(self.builder.root), LIMITS.hashed_bytes).copy(folder, rows, is_loose)

    def copied(self) -> Copied:
        """Ask for a copy that is made."""
        told = self.answer()
        assert isinstance(told, Copied), told
        return told

    def failed(self) -> Failed:
        """Ask for a copy that is not made."""
        told = self.answer()
        assert isinstance(told, Failed), told
        return told

    def files(self, folder: Path | None = None) -> dict[str, Any]:
        """Every path of the copy (or of a folder): bytes and execute bit, text of a symlink, None for an empty folder."""
        top, found = folder or self.folder, {}
        for path in sorted(top.rglob("*")):
            name = str(path.relative_to(top))
            if path.is_symlink():
                found[name] = os.readlink(path)
            elif path.is_file():
                found[name] = (path.read_bytes(), bool(path.stat().st_mode & stat.S_IXUSR))
            elif not any(path.iterdir()):
                found[name] = None
        return found


@pytest.fixture
def copyist(inside: Inside, tmp_path: Path) -> Copyist:
    """Copies a small governed repository."""
    folder = tmp_path / "copy"
    folder.mkdir(mode=0o700)
    return Copyist(inside, folder)


def tree_of_audit(copyist: Copyist) -> str:
    return copyist.inside.report(settings=copyist.settings).tree


def test_the_copy_of_a_clean_tree_is_what_git_checks_out(copyist: Copyist, tmp_path: Path) -> None:
    told = copyist.copied()
    copyist.builder.git("worktree", "add", "-q", str(tmp_path / "checked_out"))
    (tmp_path / "checked_out/.git").unlink()
    assert copyist.files() == copyist.files(tmp_path / "checked_out")
    assert (told.head, told.branch, told.status) == (copyist.inside.anchor, "main", ("## main",))
    assert told.stat == ("0 files changed, 0 insertions, 0 deletions",)
    assert told.files == len(copyist.builder.git("ls-files").splitlines())


def test_the_copy_holds_changed_new_and_executable_files_and_symlinks_and_lacks_what_is_gone_or_ignored(copyist: Copyist) -> None:
    builder, root = copyist.builder, copyist.builder.root
    builder.write("app/a.py", b"x = 2\r\n\0\xff").write("new/deep/er/file", "1").delete("requirements.txt").write(".venv/secret", "1")
    (root / "new/run.sh").write_text("#!/bin/sh\n")
    (root / "new/run.sh").chmod(0o755)
    (root / "new/link").symlink_to("/etc/hostname")
    (root / "new/up").symlink_to("../../..")
    told, found = copyist.copied(), copyist.files()
    assert found["app/a.py"] == (b"x = 2\r\n\0\xff", False)
    assert found["new/deep/er/file"] == (b"1", False)
    assert found["new/run.sh"] == (b"#!/bin/sh\n", True)
    assert (found["new/link"], found["new/up"]) == ("/etc/hostname", "../../..")
    assert not {"requirements.txt", ".venv/secret"} & found.keys()
    assert told.tree == tree_of_audit(copyist)
    assert set(told.status) >= {" M app/a.py", " D requirements.txt", "?? new/run.sh"}
    assert {"new/deep/er/file | +1 -0", "new/link | (not shown: a symbolic link)", "new/run.sh | +1 -0"} <= set(told.stat)


@pytest.mark.parametrize("compare", list(Compare))
def test_files_that_differ_in_line_endings_only_are_copied_as_they_lie_there_and_the_tree_is_the_audits(
    copyist: Copyist, compare: Compare
) -> None:
    copyist.settings = Settings(scope=ScopeSettings(compare=compare))
    copyist.builder.write("app/a.py", "x = 1\r\n")
    told = copyist.copied()
    assert copyist.files()["app/a.py"] == (b"x = 1\r\n", False)
    assert told.tree == tree_of_audit(copyist)


def test_evidence_is_copied_and_is_in_no_digest_whatever_happens_to_it_meanwhile(copyist: Copyist) -> None:
    clean = copyist.copied()
    copyist.builder.record().completes()
    copyist.meddle = lambda: copyist.builder.write("Forge/evidence/audit_ledger.md", "grown\n").record(body="other\n")
    told = copyist.copied()
    assert (told.tree, told.files, copyist.tries) == (clean.tree, clean.files, 1)
    assert b"other" in copyist.files()["Forge/evidence/test_runs_latest.md"][0]
    assert "Forge/evidence/diff_log.md" in copyist.files()


def test_evidence_that_is_gone_or_a_symlink_by_then_is_left_out(copyist: Copyist) -> None:
    copyist.builder.record().completes()
    evidence = copyist.builder.root / "Forge/evidence"

    def swap() -> None:
        (evidence / "test_runs_latest.md").unlink()
        (evidence / "diff_log.md").unlink()
        (evidence / "diff_log.md").symlink_to("/etc/passwd")

    copyist.meddle = swap
    copyist.copied()
    assert not {"Forge/evidence/test_runs_latest.md", "Forge/evidence/diff_log.md"} & copyist.files().keys()


def test_new_ignore_rules_hide_from_the_copy_exactly_what_they_hide_from_an_audit(copyist: Copyist) -> None:
    copyist.builder.write(".gitignore", "out/\n").write("out/made", "1").completes()
    unclaimed = copyist.copied()
    assert "out/made" in copyist.files()
    assert unclaimed.tree == tree_of_audit(copyist)
    copyist.builder.claims(".gitignore").completes()
    claimed = copyist.copied()
    assert "out/made" not in copyist.files()
    assert claimed.tree == tree_of_audit(copyist) != unclaimed.tree


def test_a_submodule_is_an_empty_folder(copyist: Copyist, tmp_path: Path) -> None:
    other = Builder.with_repository(tmp_path / "other")
    copyist.builder.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.root), "lib/other")
    copyist.builder.commit("submodule")
    copyist.inside.anchor = CommitId(copyist.builder.head)
    told = copyist.copied()
    assert copyist.files()["lib/other"] is None
    assert told.tree == tree_of_audit(copyist)


def test_a_file_that_a_pointer_of_large_files_names_is_copied_with_its_own_bytes(copyist: Copyist) -> None:
    body = b"large\n" * 10
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(body).hexdigest()}\nsize {len(body)}\n"
    copyist.builder.write("data.bin", pointer).commit("pointer")
    copyist.inside.anchor = CommitId(copyist.builder.head)
    clean = copyist.copied()
    copyist.builder.write("data.bin", body)
    told = copyist.copied()
    assert copyist.files()["data.bin"][0] == body
    assert told.tree == clean.tree == tree_of_audit(copyist)


@pytest.mark.parametrize("kind", ["FIFO", "nested repository", "lying object"])
def test_what_cannot_be_copied_is_named_with_a_hint(copyist: Copyist, kind: str) -> None:
    root = copyist.builder.root
    if kind == "FIFO":
        os.mkfifo(root / "app/pi\npe")
    elif kind == "nested repository":
        Builder.with_repository(root / "app/nested")
    else:
        oid = copyist.builder.git("rev-parse", "HEAD^{tree}")
        path = root / f".git/objects/{oid[:2]}/{oid[2:]}"
        path.chmod(0o644)
        path.write_bytes(b"garbage")
    failed = copyist.failed()
    assert failed.stop == StopReason.ENVIRONMENT_LIMITATION
    assert failed.hint and "\n" not in failed.why
    if kind != "lying object":
        assert "cannot be copied for the tests" in failed.why
        assert ("app/pi" if kind == "FIFO" else "app/nested") in failed.why


def test_a_file_that_changes_once_between_survey_and_copy_costs_a_second_try_and_no_wrong_byte(copyist: Copyist) -> None:
    copyist.meddle = lambda: copyist.builder.write("app/a.py", "x = 22\n")
    told = copyist.copied()
    assert copyist.tries == 2
    assert copyist.files()["app/a.py"][0] == b"x = 22\n"
    assert told.tree == tree_of_audit(copyist)


def test_a_tree_that_never_rests_is_not_copied(copyist: Copyist) -> None:
    copyist.meddle = lambda: copyist.builder.write("app/a.py", f"x = {time.monotonic_ns()}\n")
    failed = copyist.failed()
    assert (failed.stop, copyist.tries, failed.again) == (StopReason.NON_DETERMINISTIC_BEHAVIOR, 3, True)
    assert "app/a.py was written to while it was copied" in failed.why


def test_a_change_of_equal_size_and_time_is_noticed(copyist: Copyist) -> None:
    path = copyist.builder.root / "app/a.py"

    def forge() -> None:
        seen = path.stat()
        path.write_text("x = 9\n" if copyist.tries % 2 else "x = 8\n")
        os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))

    copyist.meddle = forge
    assert copyist.failed().stop == StopReason.NON_DETERMINISTIC_BEHAVIOR


def test_a_file_or_folder_swapped_for_a_symlink_is_never_followed(copyist: Copyist, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/a.py").write_text("x = 1\n")
    root = copyist.builder.root

    def swap_file() -> None:
        (root / "app/a.py").unlink(missing_ok=True)
        (root / "app/a.py").symlink_to(tmp_path / "outside/a.py")

    copier = RepositoryCopier(str(root), LIMITS.hashed_bytes)
    oid = Oid(copyist.builder.git("rev-parse", "HEAD:app/a.py"))
    rows = [(RepoPath("app/a.py"), Entry(0o100644, oid))]
    copier.copy(str(copyist.folder), rows, lambda _: False)
    swap_file()
    with pytest.raises(Unstable):
        copier.copy(str(copyist.folder), rows, lambda _: False)
    os.rename(root / "app", root / "moved")
    (root / "app").symlink_to(tmp_path / "outside")
    with pytest.raises(Unstable, match="cannot be entered"):
        copier.copy(str(copyist.folder), rows, lambda _: False)


@pytest.mark.parametrize("path", ["../out", "a/../../out", "/out", "a//b", "."])
def test_no_path_leads_out_of_the_copy(copyist: Copyist, tmp_path: Path, path: str) -> None:
    (copyist.builder.root / "a").mkdir()
    copyist.builder.write("../out", "1").write("a/b", "1")
    (copyist.builder.root.parent / "out").unlink()
    before = sorted(tmp_path.iterdir())
    copier = RepositoryCopier(str(copyist.builder.root), LIMITS.hashed_bytes)
    with pytest.raises(EnvironmentFault):
        copier.copy(str(copyist.folder), [(RepoPath(path), Entry(0o100644, Oid("0" * 40)))], lambda _: False)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_a_repository_without_a_commit_is_copied_and_one_with_longer_ids(tmp_path: Path, form: str) -> None:
    builder = Builder(tmp_path / "repository")
    builder.root.mkdir()
    builder.git("init", "-q", f"--object-format={form}")
    for folder in ("state/cache", "state/replay", "copy"):
        (tmp_path / folder).mkdir(parents=True, mode=0o700)
    builder.write("a/b.py", "x = 1\n")
    (builder.root / "link").symlink_to("a/b.py")
    copyist = Copyist(Inside(builder, tmp_path / "state", CommitId("")), tmp_path / "copy")
    told = copyist.copied()
    assert (told.head, told.branch, told.files) == (None, "main", 2)
    assert told.status == ("## No commits yet on main", "?? a/b.py", "?? link")
    assert copyist.files() == {"a/b.py": (b"x = 1\n", False), "link": "a/b.py"}
    builder.commit("first").git("checkout", "-q", "--detach")
    told = copyist.copied()
    assert (told.head, told.branch, told.status) == (builder.head, None, ("## HEAD (no branch)",))
    copyist.inside.forget()


def test_a_linked_worktree_is_copied_without_its_git_file(copyist: Copyist, tmp_path: Path) -> None:
    copyist.builder.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    copyist.inside.builder = Builder(tmp_path / "side")
    told = copyist.copied()
    assert told.branch == "side"
    assert ".git" not in copyist.files()


def test_a_folder_that_holds_an_older_copy_is_emptied_first(copyist: Copyist) -> None:
    (copyist.folder / "old/deep").mkdir(parents=True)
    (copyist.folder / "old/deep/file").write_text("1")
    copyist.copied()
    assert "old/deep/file" not in copyist.files()


def test_a_folder_that_cannot_be_written_is_a_fault_of_the_machine_with_its_path(copyist: Copyist) -> None:
    copyist.folder.rmdir()
    failed = copyist.failed()
    assert failed.stop == StopReason.ENVIRONMENT_LIMITATION
    assert str(copyist.folder) in failed.why


def test_a_worker_makes_the_copy_and_answers_audits_after_it(copyist: Copyist) -> None:
    here, first = copyist.copied(), copyist.files()
    workers = WorkerProcesses()
    try:
        assert workers.copy(copyist.request()) == here
        assert copyist.files() == first
        assert workers.audit(copyist.inside.request()).tree == here.tree  # type: ignore[union-attr]
    finally:
        workers.close()


def test_ten_thousand_files_take_seconds(copyist: Copyist) -> None:
    for number in range(10_000):
        path = copyist.builder.root / f"lib/{number % 100}/{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number}\n" * 50)
    began = time.process_time()
    assert copyist.copied().files > 10_000
    assert time.process_time() - began < seconds(15)
