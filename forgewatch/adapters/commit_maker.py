"""A commit of exactly the audited tree, made without the repository's say (ledger.md section 2; hostile.md, Git access).

No hook, filter, attribute, fsmonitor, signing program, editor, credential helper or alias runs: git only reads objects here, from a git
directory of ours. The raw bytes go in as they were audited, line endings and the contents of large files too, whatever attributes wish.

  1. read the parent's trees, each object re-hashed
  2. look at each changed file: its bytes have the id that was audited, or nothing is written
  3. compute the trees and the commit
  4. write them and the blobs, durable. Killed here: objects that nothing names
  5. lock the index, then HEAD and the branch, which name the parent still
  6. read what was written back through git: every tree, every new blob
  7. replace the index. Killed here: the old HEAD, and all changes staged
  8. move the branch, with a line in its logs. Killed here: the old HEAD, or the new one and all is done
Killed from 5 on, locks stay behind as those of a killed git do; the next writer names them.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from forgewatch.adapters.commit_text import commit_body, subject_of
from forgewatch.adapters.commit_walk import parse_commit
from forgewatch.adapters.disk import SYSTEM, Disk
from forgewatch.adapters.file_hash import HashRules
from forgewatch.adapters.files import opened_root, read_below
from forgewatch.adapters.git_process import lay_shadow, start_reading
from forgewatch.adapters.head_update import Move, locked_head
from forgewatch.adapters.index import INDEX_LIMIT
from forgewatch.adapters.index_writer import index_bytes, read_old
from forgewatch.adapters.lock_files import LockFile, opened_home, unwritable
from forgewatch.adapters.object_batch import ObjectBatch, Verified, Weighed, object_id
from forgewatch.adapters.object_writer import ObjectWriter, OtherBytes
from forgewatch.adapters.refs import head_of
from forgewatch.adapters.repository_layout import GitPlace, locate, object_format
from forgewatch.adapters.tree_writer import TreeWriter
from forgewatch.adapters.trees import Recorded, TreeStore, TreeTooLarge
from forgewatch.adapters.wanted_files import LookedAt, look_at_files
from forgewatch.core.errors import EnvironmentFault, GitFailed, Unstable, UsageError
from forgewatch.core.limits import LIMITS
from forgewatch.core.snapshot import Entry
from forgewatch.core.text import escape
from forgewatch.core.values import CommitId, Oid, RepoPath, Unreadable

_COMMIT_BYTES = 4 * 1024 * 1024
_LINK = 0o120000
_GITLINK = 0o160000


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCommit:
    """What is to be committed over `parent` (None: the branch is unborn, and this is its first commit).

    `entries` are the audited changes over the parent's tree, None for a path that is gone; `extra` paths that go along as they are now, for
    evidence that no audit judges. `author` is `Name <mail>`, the committer too; `at` is in seconds since the epoch.
    """

    parent: CommitId | None
    entries: Mapping[RepoPath, Entry | None]
    extra: tuple[RepoPath, ...] = ()
    message: str
    author: str
    at: int


@dataclass(frozen=True, slots=True)
class MadeCommit:
    """The commit, its tree, and the ref that names it now (`HEAD` where that is detached)."""

    commit: CommitId
    tree: Oid
    ref: str = "HEAD"


def make_commit(root: str, state: str, git: str, wanted: WantedCommit, disk: Disk = SYSTEM) -> MadeCommit:
    """Commit to the repository at `root`, and bring HEAD and index in line. `state` is its state folder, `git` an absolute path.

    Raises Unstable when a file or HEAD is not what was audited, UsageError for a commit that cannot be or would change nothing,
    EnvironmentFault when the machine or another git is in the way. HEAD has not moved then, unless only its folder's fsync failed.
    """
    place = locate(root)
    algorithm = object_format(place) if wanted.parent is None else {40: "sha1", 64: "sha256"}[len(wanted.parent)]
    shadow = f"{state}/commit.git"
    lay_shadow(shadow, [place.objects], algorithm)
    batch = ObjectBatch(lambda: _start(git, shadow), LIMITS.git_seconds)
    try:
        return _Making(place, batch, wanted, algorithm, disk).run()
    except TreeTooLarge as large:
        raise EnvironmentFault(f"{root}: the tree {large}", "commit fewer files") from large
    finally:
        batch.close()


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be written: `files` as they are to stand in the tree, `bodies` the new trees."""

    looked: LookedAt
    files: dict[str, Recorded]
    bodies: Mapping[Oid, bytes]
    tree: Oid
    commit: CommitId
    body: bytes
    blobs: Mapping[Oid, RepoPath]


class _Making:
    """One commit in the making."""

    def __init__(self, place: GitPlace, batch: ObjectBatch, wanted: WantedCommit, algorithm: str, disk: Disk) -> None:
        self._place = place
        self._batch = batch
        self._wanted = wanted
        self._algorithm = algorithm
        self._digits = 40 if algorithm == "sha1" else 64
        self._disk = disk

    def run(self) -> MadeCommit:
        head = head_of(self._place)
        if head != self._wanted.parent:
            raise Unstable(f"{self._place.root}: expected HEAD at {self._wanted.parent or 'no commit'}, found {head}", "audit again")
        # 1. to 3.
        with opened_root(self._place.root) as root:
            plan = self._planned(root)
            # 4.
            self._write(root, plan)
        with contextlib.ExitStack() as held:
            # 5.
            home = held.enter_context(opened_home(self._place.git_dir))
            index = LockFile(self._disk, home, "index", self._place.git_dir)
            held.callback(index.release)
            lock = held.enter_context(locked_head(self._place, self._disk, self._wanted.parent))
            # 6.
            self._read_back(plan)
            # 7.
            index.fill(self._index(home, plan))
            index.commit()
            # 8.
            lock.move(self._move(plan.commit))
            return MadeCommit(plan.commit, plan.tree, lock.ref)

    def _planned(self, root: int) -> _Plan:
        wanted, trees = self._wanted, self._trees()
        base = self._parent_tree()
        files = dict(trees.table(base).recorded)
        rules = HashRules(self._algorithm, LIMITS.hashed_bytes)
        looked = look_at_files(self._place, root, wanted.entries, wanted.extra, rules)
        writer = TreeWriter(trees, self._digits)
        tree = writer.amended(base, looked.entries)
        if tree == base:
            raise UsageError(f"{self._place.root}: expected changes to commit, found the tree of HEAD", "there is nothing to commit")
        for path, entry in looked.entries.items():
            files.pop(path, None)
            if entry is not None:
                files[path] = f"{entry.mode:06o} {entry.oid}"
        body = commit_body(tree, wanted.parent, wanted.author, wanted.at, wanted.message)
        commit = CommitId(object_id("commit", body, self._digits))
        blobs = {entry.oid: path for path, entry in looked.entries.items() if entry is not None and entry.mode != _GITLINK}
        return _Plan(looked, files, writer.bodies, tree, commit, body, blobs)

    def _parent_tree(self) -> Oid | None:
        if self._wanted.parent is None:
            return None
        parent = Oid(self._wanted.parent)
        answer = self._batch.fetch([parent], _COMMIT_BYTES)[parent]
        link = parse_commit(answer.body) if isinstance(answer, Verified) and answer.kind == "commit" else None
        if link is None:
            raise GitFailed(f"{parent}: expected a commit whose bytes have this id, found none in the object store", "git fsck")
        return link.tree

    def _write(self, root: int, plan: _Plan) -> None:
        objects = self._place.objects
        try:
            writer = ObjectWriter(objects, self._digits, self._disk)
            try:
                for oid, path in plan.blobs.items():
                    self._write_blob(writer, root, path, plan.looked.entries[path], oid)
                for oid, body in plan.bodies.items():
                    writer.put("tree", body, oid)
                writer.put("commit", plan.body, Oid(plan.commit))
                writer.settle()
            finally:
                writer.close()
        except OSError as error:
            raise unwritable(objects, error) from error

    def _write_blob(self, writer: ObjectWriter, root: int, path: RepoPath, entry: Entry | None, oid: Oid) -> None:
        try:
            if isinstance(self._batch.weigh(oid, LIMITS.hashed_bytes), Weighed):
                return
            if entry is not None and entry.mode == _LINK:
                writer.put_link(root, path, oid)
            else:
                writer.put_file(root, path, oid)
        except (OtherBytes, FileNotFoundError) as other:
            raise Unstable(f"{escape(path)}: changed since the audit: expected {oid}, found {other}", "audit again") from other

    def _read_back(self, plan: _Plan) -> None:
        # The running git may remember what was missing when it was asked first.
        self._batch.close()
        trees = self._trees()
        found = trees.table(plan.tree)
        body = self._batch.fetch([Oid(plan.commit)], _COMMIT_BYTES)[Oid(plan.commit)]
        lies = [*trees.lying.values()]
        for oid, path in plan.blobs.items():
            if not isinstance(self._batch.weigh(oid, LIMITS.hashed_bytes), Weighed):
                lies.append(f"blob {oid} of {escape(path)}: the object store gives other bytes, or none")
        if lies:
            raise GitFailed(f"{self._place.root}: {min(lies)}", "git fsck")
        if body != Verified("commit", plan.body) or found.recorded != plan.files:
            raise GitFailed(f"{self._place.root}: expected {plan.commit} as it was written, found another tree under it", "git fsck")

    def _index(self, home: int, plan: _Plan) -> bytes:
        raw = read_below(home, "index", INDEX_LIMIT)
        if isinstance(raw, Unreadable):
            raise EnvironmentFault(f"{self._place.git_dir}/index: expected a file, found that it {raw.why}", "remove it, then git reset")
        old = read_old(raw if isinstance(raw, bytes) else None, self._algorithm)
        return index_bytes(plan.files, old, plan.looked.status, self._algorithm)

    def _move(self, commit: CommitId) -> Move:
        wanted = self._wanted
        return Move(before=wanted.parent, after=commit, who=wanted.author, at=wanted.at, subject=subject_of(wanted.message))

    def _trees(self) -> TreeStore:
        return TreeStore(self._batch, LIMITS.tree_entries, LIMITS.tree_depth, LIMITS.git_output_bytes)


def _start(git: str, shadow: str) -> subprocess.Popen[bytes]:
    return start_reading(git, shadow, "cat-file", "--batch")
