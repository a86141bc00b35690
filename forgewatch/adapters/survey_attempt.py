"""One attempt at a survey. The way: 1. HEAD and its verified table  2. a copy of the index  3. the rules in force  4. the walk
5. submodules and large-file pointers  6. nothing moved meanwhile  7. changes, digest, summary.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from forgewatch.adapters.change_set import ChangeSet, Comparison, change_set
from forgewatch.adapters.file_hash import HashRules, Moved, hash_file
from forgewatch.adapters.files import folder_of, opened_root
from forgewatch.adapters.filesystems import filesystem_type
from forgewatch.adapters.ignore_source import IgnoreSource, RulesInForce, is_rules_file, summarize
from forgewatch.adapters.lfs import POINTER_LIMIT, Pointer, content_of, parse_pointer
from forgewatch.adapters.listing import WalkRules
from forgewatch.adapters.objects import VerifiedObjects
from forgewatch.adapters.refs import head_of
from forgewatch.adapters.repository_layout import GitPlace, object_format
from forgewatch.adapters.staging import IndexReader, Staging
from forgewatch.adapters.stat_cache import Deviation, Folders, FolderStore, Trust, trust_of
from forgewatch.adapters.submodules import look_at_modules
from forgewatch.adapters.survey_modules import ModuleMeans, ModuleWalks, joined, missing, new_modules
from forgewatch.adapters.survey_stillness import Stillness
from forgewatch.adapters.tree_cache import TreeCache
from forgewatch.adapters.tree_digest import TreeLines, lines_of
from forgewatch.adapters.trees import TreeTable, TreeTooLarge, entry_of
from forgewatch.adapters.walk import Found
from forgewatch.adapters.walk_parallel import walk_tree
from forgewatch.adapters.walk_time import coarse_now
from forgewatch.core.limits import Limits
from forgewatch.core.places import Places
from forgewatch.core.snapshot import Obstacle, PathTable
from forgewatch.core.survey import Survey, SurveyQuestion
from forgewatch.core.values import CommitId, Digest, Oid, RepoPath

WITHOUT_EXECUTE_BITS = frozenset({"vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk", "9p", "drvfs", "cifs", "smb3", "vboxsf"})
WHOLE_TREE = "."
"""The path of an obstacle that is about the tree as a whole."""

_POINTER_BATCH = 4096


@dataclass(slots=True)
class Memory:
    """What outlives a survey of a repository: folders of the walk and of each submodule, lines of the digest, large-file pointers."""

    store: FolderStore
    trees: TreeCache
    folders: Folders = field(default_factory=dict)
    modules: dict[str, Folders] = field(default_factory=dict)
    lines: TreeLines | None = None
    pointers: dict[str, Pointer | None] = field(default_factory=dict)
    contents: dict[str, Pointer | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where an attempt reads from.

    `shared_from`: files from which a second process walks (None: never); `trust` says which stat keys stand for bytes.
    """

    place: GitPlace
    objects: VerifiedObjects
    index: IndexReader
    ignore: IgnoreSource
    places: Places
    limits: Limits
    memory: Memory
    borrow: Callable[[str], None]
    shared_from: int | None
    trust: Callable[[str, int], Trust] = trust_of


def algorithm_of(place: GitPlace, head: CommitId | None) -> str:
    """Return the object format: what HEAD's id has, or for an unborn HEAD what the repository says."""
    if head is None:
        return object_format(place)
    return "sha1" if len(head) == 40 else "sha256"


class Attempt:
    """One attempt at one question. `stillness` says whether what it read was one tree."""

    def __init__(self, sources: Sources, question: SurveyQuestion) -> None:
        self._sources = sources
        self._question = question
        self._obstacles: list[tuple[str, str]] = []
        self.stillness = Stillness(coarse_now())

    def take(self) -> Survey:
        """Return the survey. Raises Moved, RepositoryUnavailable, GitFailed."""
        sources, question = self._sources, self._question
        head = head_of(sources.place)
        algorithm = algorithm_of(sources.place, head)
        head_table = self._table(head)
        table = head_table if question.against is None else self._table(question.against)
        with opened_root(sources.place.root) as root:
            staging = sources.index.read(head_table, algorithm)
            in_force = sources.ignore.in_force(root, self._table(question.base), question, algorithm)
            new = new_modules(root, table, head_table, staging, question)
            rules = self._walk_rules(in_force, algorithm, os.fstat(root).st_dev, frozenset(new))
            found = self._walk(root, rules, table)
            self._watch_over(root, "", found, rules, table)
            walks = self._module_walks(rules)
            self._obstacles += missing(new, found.gitlinks)
            modules = look_at_modules(sources.place, root, found.gitlinks, walks.walk, new)
            deviations = sorted((*found.deviations, *modules.deviations))
            deviations = sorted((*deviations, *self._added_unseen(root, staging, deviations, rules.hashing)))
            kept = self._kept(root, deviations)
            changed_rules = {*in_force.changed, *(path for path, *_ in deviations if is_rules_file(path))}
            # What is neutral comes and goes with the daemon itself (its lock record): it is nobody's ignored file.
            left_out = {top: count for top, count in found.ignored.items() if not self._sources.places.is_neutral(top)}
            ignored, unseen = summarize(root, left_out, found.newly, in_force, changed_rules)
            self._obstacles += (*found.obstacles, *modules.obstacles, *walks.obstacles, *staging.obstacles, *unseen)
        self._stayed(head, head_table, staging)
        execute_bits = filesystem_type(sources.place.root) not in WITHOUT_EXECUTE_BITS
        told = change_set(deviations, table.recorded, staging, Comparison(compare=question.compare, execute_bits=execute_bits, kept=kept))
        return Survey(
            head=head,
            tree=self._digest(table, told, kept, keep=table is head_table),
            paths=PathTable(table, told.overlay),
            changes=told.changes,
            obstacles=tuple(Obstacle(RepoPath(path), why) for path, why in sorted(set(self._obstacles))),
            conversions=told.conversions,
            flags=told.flags,
            ignored=joined(ignored, walks.summaries),
            store_faults=sources.objects.faults,
            notes=sources.objects.notes(),
            staged=tuple((RepoPath(path), entry_of(value) if value else None) for path, value in sorted(staging.staged.items())),
        )

    def _stayed(self, head: CommitId | None, table: TreeTable, staging: Staging) -> None:
        sources = self._sources
        if head_of(sources.place) != head:
            raise Moved("HEAD changed")
        if sources.index.read(table, algorithm_of(sources.place, head)).digest != staging.digest:
            raise Moved("the index changed")

    def _table(self, commit: CommitId | None) -> TreeTable:
        try:
            return self._sources.objects.table_of(commit)
        except TreeTooLarge as large:
            self._obstacles.append((WHOLE_TREE, str(large)))
            return TreeTable(None, {}, {})

    def _walk_rules(self, in_force: RulesInForce, algorithm: str, device: int, modules: frozenset[str] = frozenset()) -> WalkRules:
        limits, sources = self._sources.limits, self._sources
        return WalkRules(
            trees=sources.objects.trees,
            rules=in_force.rules,
            base=in_force.base,
            hashing=HashRules(algorithm, limits.hashed_bytes),
            limits=limits,
            trust=sources.trust(sources.place.root, device),
            use_cache=self._question.use_cache,
            epoch=f"{algorithm} {in_force.epoch} {sorted(modules)}" if modules else f"{algorithm} {in_force.epoch}",
            modules=modules,
            deadline=time.monotonic() + limits.tree_seconds,
            began=self.stillness.began,
        )

    def _watch_over(self, root: int, prefix: str, found: Found, rules: WalkRules, table: TreeTable) -> None:
        places = self._sources.places

        def quiet(path: str, is_folder: bool) -> bool:
            whole = f"{prefix}{path}"
            if places.is_neutral(f"{whole}/" if is_folder else whole):
                return True
            if path in table.recorded or f"{path}/" in table.folders:
                return False
            return rules.base.covers(path, is_folder) and rules.rules.covers(path, is_folder)

        self.stillness.take(root, prefix, found, quiet)

    def _walk(self, root: int, rules: WalkRules, table: TreeTable) -> Found:
        memory = self._sources.memory
        found = walk_tree(root, rules, memory.folders, table, self._sources.shared_from)
        if found.stopped:
            self._obstacles.append((WHOLE_TREE, found.stopped))
        memory.store.unsaved.update(path for path in found.fresh if memory.folders[path].key is not None)
        return found

    def _module_walks(self, rules: WalkRules) -> ModuleWalks:
        sources, question = self._sources, self._question
        means = ModuleMeans(
            ignore=sources.ignore,
            index=sources.index,
            folders=sources.memory.modules,
            borrow=sources.borrow,
            table=self._table,
            rules=lambda in_force: self._walk_rules(in_force, rules.hashing.algorithm, rules.trust.device),
            kept=self._kept,
            watch=self._watch_over,
        )
        return ModuleWalks(means, sources.place.root, question, {"": self._table(question.base)})

    def _added_unseen(self, root: int, staging: Staging, deviations: list[Deviation], hashing: HashRules) -> list[Deviation]:
        """Return the files that the index tracks and ignore rules hide: tracked files are never ignored."""
        unseen = []
        for path in sorted(staging.added - {path for path, *_ in deviations}):
            if staging.staged.get(path, "").startswith("160000"):
                continue
            try:
                with folder_of(root, path) as (folder, name):
                    hashed = hash_file(folder, name, os.stat(name, dir_fd=folder, follow_symlinks=False), "", hashing)
            except OSError:
                continue
            if isinstance(hashed, str):
                self._obstacles.append((path, hashed))
            else:
                unseen.append((path, "", hashed[0], ""))
        return unseen

    def _kept(self, root: int, deviations: list[Deviation]) -> frozenset[str]:
        """Return the paths whose pointer in the tree names exactly the bytes of the working tree."""
        memory = self._sources.memory
        pairs = [(path, before, after) for path, before, after, _ in deviations if before.startswith("100") and after.startswith("100")]
        unknown = [Oid(before[7:]) for _, before, _ in pairs if before not in memory.pointers]
        for start in range(0, len(unknown), _POINTER_BATCH):
            for oid, raw in self._sources.objects.blobs(unknown[start : start + _POINTER_BATCH], POINTER_LIMIT).items():
                pointer = parse_pointer(raw) if isinstance(raw, bytes) else None
                memory.pointers.update({f"100644 {oid}": pointer, f"100755 {oid}": pointer})
        return frozenset(path for path, before, after in pairs if before[:6] == after[:6] and self._keeps(root, path, before, after))

    def _keeps(self, root: int, path: str, before: str, after: str) -> bool:
        memory = self._sources.memory
        pointer = memory.pointers.get(before)
        if pointer is None:
            return False
        if after not in memory.contents:
            memory.contents[after] = content_of(root, path)
        return memory.contents[after] == pointer

    def _digest(self, table: TreeTable, told: ChangeSet, kept: frozenset[str], *, keep: bool) -> Digest:
        """Return the tree's digest. A file that its pointer keeps counts as the pointer: it names every byte, and is committed."""
        memory = self._sources.memory
        memory.lines = lines_of(table, self._sources.places.is_neutral, memory.lines)
        if keep and not self._sources.objects.faults:
            memory.trees.save(self._sources.objects.trees, memory.lines)
        overlay = {path: entry for path, entry in told.overlay.items() if path not in kept} if kept else told.overlay
        return memory.lines.digest(overlay)
