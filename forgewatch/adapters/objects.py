"""Verified objects of one repository (ports.ObjectStore). Nothing is believed before its bytes hash to its id (hostile.md, layer 3)."""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from forgewatch.adapters.commit_walk import Link, parse_commit, walk_history
from forgewatch.adapters.object_batch import Answer, Forged, Missing, ObjectBatch, TooLarge, Verified, Weighed
from forgewatch.adapters.refs import branch_of, head_of, named
from forgewatch.adapters.repository_layout import GitPlace
from forgewatch.adapters.trees import TreeStore, TreeTable, TreeTooLarge
from forgewatch.core.errors import GitFailed, Unstable
from forgewatch.core.limits import LIMITS
from forgewatch.core.snapshot import History
from forgewatch.core.values import Absent, CommitId, Content, Oid, RepoPath, Unreadable, parse_oid

_COMMIT_LIMIT = 4 * 1024 * 1024
_KEPT_BYTES = 32 * 1024 * 1024
_KEPT_TABLES = 4
_PEELS = 5
_STEP = re.compile(r"(\^|~[0-9]{0,6})\Z")
_SHOWN = (("shallow", "the clone is shallow"), ("info/grafts", "info/grafts exists"), ("objects/info/alternates", "objects are borrowed"))


class VerifiedObjects:
    """Fulfils ports.ObjectStore. Trees, tables and small blobs stay in memory: their ids name their bytes."""

    def __init__(self, place: GitPlace, batch: ObjectBatch, trees: TreeStore, largest: int = LIMITS.hashed_bytes) -> None:
        self.place = place
        self.trees = trees
        self._batch = batch
        self._largest = largest
        self._links: dict[Oid, Link] = {}
        self._blobs: OrderedDict[Oid, bytes] = OrderedDict()
        self._kept = 0
        self._tables: OrderedDict[Oid | None, TreeTable] = OrderedDict()
        self._lies: dict[Oid, str] = {}
        self._lied: set[Oid] = set()

    def begin(self) -> None:
        """Forget what lied at an earlier audit; ask again for the blobs that did, so that the survey names what still lies."""
        lied, self._lied = self._lied, set()
        self._lies.clear()
        self.trees.forget_lies()
        for oid in lied:
            answer = self._batch.weigh(oid, self._largest)
            if isinstance(answer, Forged):
                self._accept_blob(oid, answer, 0)

    @property
    def faults(self) -> tuple[str, ...]:
        """The lies of the object store met since `begin`, in the order of their ids."""
        return tuple(text for _, text in sorted({**self._lies, **self.trees.lying}.items()))

    def blob(self, oid: Oid, limit: int) -> bytes | Unreadable:
        """Return the bytes of a blob; Unreadable when it is over the limit, and when it lied to the survey already.

        A blob that is not there, or whose size nobody can check, is a fault of the machine, as a missing tree is: judged without it, the
        rules of BASE and the old name of a renamed file would be gone without a trace. Raises GitFailed, and Unstable for a lie that is
        met now, maybe after the survey: begun again, the survey names it.
        """
        return self._read(oid, limit, "")

    def blobs(self, oids: Sequence[Oid], limit: int) -> dict[Oid, bytes | Unreadable]:
        """Return several blobs at once. Raises GitFailed."""
        found: dict[Oid, bytes | Unreadable] = {
            oid: kept for oid in oids if (kept := self._blobs.get(oid)) is not None and len(kept) <= limit
        }
        for oid, answer in self._batch.fetch([oid for oid in oids if oid not in found], limit).items():
            found[oid] = self._accept_blob(oid, answer, limit)
        return found

    def file_at(self, commit: CommitId, path: RepoPath, limit: int) -> Content:
        """Return a regular file of a commit's tree. Raises like `blob`."""
        link = self.link(Oid(commit))
        if link is None:
            return Unreadable(self._lies.get(Oid(commit), f"commit {commit} is not in the object store"))
        tree = self.trees.tree(link.tree)
        *folders, name = path.split("/")
        for folder in folders:
            below = tree.folders.get(folder)
            if below is None:
                return Absent()
            tree = self.trees.tree(below)
        recorded = tree.files.get(name)
        if recorded is None:
            return Unreadable("is a directory") if name in tree.folders else Absent()
        if not recorded.startswith("100"):
            return Unreadable("is a symlink" if recorded.startswith("120") else "is a submodule")
        content: Content = self._read(Oid(recorded[7:]), limit, f"{path} at {commit}: ")
        return content

    def _read(self, oid: Oid, limit: int, what: str) -> bytes | Unreadable:
        known = oid in self._lies
        found = self.blobs([oid], limit)[oid]
        if isinstance(found, Unreadable) and oid not in self._lies:
            # The size in an object's header is what the store claims: only reading all of it tells a large file from a lie.
            found = self._weighed(oid, limit, what)
        if oid in self._lies and not known:
            raise Unstable(self._lies[oid], "git fsck")
        return found

    def _weighed(self, oid: Oid, limit: int, what: str) -> bytes | Unreadable:
        match self._batch.weigh(oid, self._largest):
            case Weighed("blob", size) if size > limit:
                return _over(limit, size)
            case Weighed("blob", _):
                return self.blobs([oid], limit)[oid]
            case Weighed(kind, _):
                why = f"expected a blob under {oid}, found a {kind}"
            case Missing():
                why = f"blob {oid} is not in the object store"
            case TooLarge(size):
                why = f"blob {oid} {_over(self._largest, size).why}"
            case Forged() as forged:
                return self._accept_blob(oid, forged, limit)
        raise GitFailed(what + why, "git fsck, then fetch what is missing (git fetch --refetch)")

    def history(self, anchor: CommitId | None, authorized: frozenset[CommitId]) -> History:
        """Return every commit reachable from HEAD and not from the anchor, newest first, with what it touches (checks.md A6).

        `paths` of a merge are what it touches against any of its parents: a merge may undo audited work by taking an old side.
        Raises GitFailed, RepositoryUnavailable.
        """
        return walk_history(self, head_of(self.place), anchor, authorized)

    def resolve(self, name: str) -> CommitId | None:
        """Return the commit that HEAD, a branch, a tag, a full ref or a full id names, with `^` and `~n` after it; None without one."""
        base, steps = name, 0
        while step := _STEP.search(base):
            base = base[: step.start()]
            steps += 1 if step.group() in ("^", "~") else int(step.group()[1:])
        full = parse_oid(base)
        oid = Oid(full) if isinstance(full, str) else named(self.place, base or "HEAD")
        oid = None if oid is None else self._peel(oid)
        for _ in range(steps):
            link = None if oid is None else self.link(oid)
            oid = link.parents[0] if link is not None and link.parents else None
        return None if oid is None else CommitId(oid)

    def link(self, oid: Oid) -> Link | None:
        """Return a verified commit's tree and parents; None when it is missing, no commit, or forged (then it is in `faults`)."""
        return self.links([oid])[oid]

    def links(self, oids: Sequence[Oid]) -> dict[Oid, Link | None]:
        """Return several commits at once, None for each that is missing, no commit, or forged."""
        for oid, answer in self._batch.fetch([oid for oid in oids if oid not in self._links], _COMMIT_LIMIT).items():
            link = self._accept_commit(oid, answer)
            if link is not None:
                self._links[oid] = link
        return {oid: self._links.get(oid) for oid in oids}

    def table_of(self, commit: CommitId | None) -> TreeTable:
        """Return the table of a commit's tree; empty for None and for a commit that is forged (then it is in `faults`).

        Raises GitFailed when commit or trees are missing, TreeTooLarge.
        """
        link = None if commit is None else self.link(Oid(commit))
        if commit is not None and link is None and Oid(commit) not in self._lies:
            raise GitFailed(f"commit {commit}: expected in the object store, found nothing", "git fsck")
        root = None if link is None else link.tree
        table = self._tables.get(root)
        if table is None:
            table = self._make_table(root)
            if not self.trees.lying:
                self._tables[root] = table
        while len(self._tables) > _KEPT_TABLES:
            self._tables.popitem(last=False)
        return table

    def whole_table(self, commit: CommitId | None) -> TreeTable | None:
        """Return the table of a commit's tree; None when the store lied since `begin` (what lies counts as empty) or the tree is too large.

        Raises GitFailed when commit or trees are missing.
        """
        try:
            table = self.table_of(commit)
        except TreeTooLarge:
            return None
        return None if self.faults else table

    def table_at(self, root: Oid | None) -> TreeTable:
        """Return the table of a root tree (None: of the empty tree). Raises GitFailed when a tree is missing, lies or is too large."""
        try:
            table = self._tables.get(root) or self._make_table(root)
        except TreeTooLarge as large:
            raise GitFailed(f"tree {root} {large}", "raise the limits of the tree to what they were") from large
        if self.trees.lying:
            raise GitFailed("; ".join(self.faults), "git fsck")
        return table

    def _make_table(self, root: Oid | None) -> TreeTable:
        last = next(reversed(self._tables.values()), None)
        if root is None or last is None or last.root is None:
            return self.trees.table(root)
        return self.trees.amend(last, root)

    def parents(self, commits: Sequence[CommitId]) -> Mapping[CommitId, tuple[CommitId, ...]]:
        """Return the parents of each commit. Raises GitFailed for one that is missing or lies."""
        return {commit: tuple(map(CommitId, self._link_of(commit).parents)) for commit in commits}

    def subject(self, commit: CommitId) -> str:
        """Return the first line of its message, raw. Raises GitFailed."""
        return self._link_of(commit).subject

    def branch(self) -> str | None:
        """Return the branch that HEAD names, None when it is detached."""
        return branch_of(self.place)

    def _link_of(self, commit: CommitId) -> Link:
        link = self.link(Oid(commit))
        if link is None:
            raise GitFailed(self._lies.get(Oid(commit), f"commit {commit}: expected in the object store, found nothing"), "git fsck")
        return link

    def adopt(self, table: TreeTable) -> None:
        """Take a table that was verified earlier."""
        self._tables[table.root] = table

    def is_lying(self, oid: Oid) -> bool:
        """True when the object store gave other bytes under this id since `begin`."""
        return oid in self._lies or oid in self.trees.lying

    def notes(self) -> tuple[str, ...]:
        """Return what in the repository offers another history or other objects; none of it is believed (hostile.md)."""
        found = [f"{text}: not believed" for name, text in _SHOWN if os.path.lexists(f"{self.place.common_dir}/{name}")]
        if _has_replacements(self.place.common_dir):
            found.append("replace refs exist: not believed")
        return tuple(found)

    def _peel(self, oid: Oid) -> Oid | None:
        for _ in range(_PEELS):
            answer = self._batch.fetch([oid], _COMMIT_LIMIT)[oid]
            if not isinstance(answer, Verified):
                self._accept_commit(oid, answer)
                return None
            if answer.kind == "commit":
                return oid
            target = re.match(rb"object ([0-9a-f]{40,64})\n", answer.body) if answer.kind == "tag" else None
            if target is None:
                return None
            oid = Oid(target.group(1).decode("ascii"))
        return None

    def _accept_commit(self, oid: Oid, answer: Answer) -> Link | None:
        match answer:
            case Verified("commit", body):
                link = parse_commit(body)
                if link is None:
                    self._lies[oid] = f"commit {oid}: expected a tree and parents, found something else"
                return link
            case Forged(found):
                self._lies[oid] = f"commit {oid}: the object store lies, its bytes are {found}"
        return None

    def _accept_blob(self, oid: Oid, answer: Answer, limit: int) -> bytes | Unreadable:
        match answer:
            case Verified("blob", body):
                self._keep(oid, body)
                return body
            case Verified(kind):
                return Unreadable(f"expected a blob under {oid}, found a {kind}")
            case TooLarge(size):
                return _over(limit, size)
            case Forged(found):
                self._lies[oid] = f"blob {oid}: the object store lies, its bytes are {found}"
                self._lied.add(oid)
                return Unreadable(f"the object store lies: expected blob {oid}, found {found}")
            case Missing():
                return Unreadable(f"blob {oid} is not in the object store")

    def _keep(self, oid: Oid, body: bytes) -> None:
        self._blobs[oid] = body
        self._kept += len(body)
        while self._kept > _KEPT_BYTES:
            self._kept -= len(self._blobs.popitem(last=False)[1])


def _over(limit: int, size: int) -> Unreadable:
    return Unreadable(f"is over the limit of {limit} bytes: it has {size}")


def _has_replacements(common_dir: str) -> bool:
    try:
        with os.scandir(f"{common_dir}/refs/replace") as entries:
            return any(True for _ in entries)
    except OSError:
        return False
