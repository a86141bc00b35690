"""Trees of verified commits as tables: parsed strictly, kept by tree id, flattened once (hostile.md, Verified objects).

A table maps each path to `<mode> <blob id>` as text, the form the tree digest is made of; `Entry` values are built when asked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from forgewatch.adapters.object_batch import Answer, Forged, Missing, ObjectBatch, TooLarge, Verified
from forgewatch.core.errors import GitFailed
from forgewatch.core.limits import LIMITS
from forgewatch.core.snapshot import Entry
from forgewatch.core.values import Oid, RepoPath

Recorded = str
"""`<six octal digits> <object id>`: a path's mode and object, as git prints them."""

_KEPT = 1_000_000
_FILE_MODES = {b"100644": "100644", b"100755": "100755", b"120000": "120000", b"160000": "160000", b"100664": "100644"}
_TREE_MODES = frozenset({b"40000", b"040000"})
_BAD_NAMES = frozenset({"", ".", "..", ".git"})


@dataclass(frozen=True, slots=True)
class Tree:
    """One directory: files, symlinks and gitlinks by name, and directories with their tree ids."""

    files: Mapping[str, Recorded]
    folders: Mapping[str, Oid]


EMPTY = Tree({}, {})
_numbers = count(1)


class TreeTable(Mapping[RepoPath, Entry]):
    """All paths below one root tree, in the order of their names. Read like a mapping of entries; `recorded` is the compact form.

    `folders` maps directories (`""` for the root, else with a trailing `/`) to their trees. `number` is this table's own; `amends`: the
    number of the table that this one was made from, and the paths that differ.
    """

    __slots__ = ("amends", "folders", "number", "recorded", "root")

    def __init__(
        self, root: Oid | None, recorded: dict[str, Recorded], folders: dict[str, Oid], amends: tuple[int, tuple[str, ...]] = (0, ())
    ) -> None:
        self.root = root
        self.number = next(_numbers)
        self.recorded = recorded
        self.folders = folders
        self.amends = amends

    def __getitem__(self, path: RepoPath) -> Entry:
        return entry_of(self.recorded[path])

    def get(self, path: RepoPath, default: Entry | None = None) -> Entry | None:  # type: ignore[override]
        """Return the entry at `path`, or `default`."""
        found = self.recorded.get(path)
        return default if found is None else entry_of(found)

    def regular_files_of(self, oids: Collection[Oid]) -> Iterator[tuple[Oid, RepoPath]]:
        """Yield (blob id, path) of each regular file whose bytes have one of these ids."""
        wanted = {f"{mode} {oid}": oid for oid in oids for mode in ("100644", "100755")}
        # One look per path at a string: fifty thousand take two milliseconds.
        return ((wanted[value], RepoPath(path)) for path, value in self.recorded.items() if value in wanted)

    def __contains__(self, path: object) -> bool:
        return path in self.recorded

    def __iter__(self) -> Iterator[RepoPath]:
        return iter(self.recorded)  # type: ignore[arg-type]

    def __len__(self) -> int:
        return len(self.recorded)


def entry_of(recorded: Recorded) -> Entry:
    """Return the entry that the compact form describes."""
    return Entry(int(recorded[:6], 8), Oid(recorded[7:]))


class TreeTooLarge(Exception):
    """A tree has more entries or levels than we take in; the message is the reason of an obstacle."""


@dataclass(slots=True)
class TreeStore:
    """Trees by id: `bodies` are verified bytes, kept over processes; `known` the parsed ones; `lying` what is wrong with the others."""

    """Verified trees by id. `known` outlives one audit; `faults` are the lies met since it was cleared."""

    batch: ObjectBatch
    entries: int
    depth: int
    tree_bytes: int = LIMITS.git_output_bytes
    bodies: dict[Oid, bytes] = field(default_factory=dict)
    known: dict[Oid, Tree] = field(default_factory=dict)
    lying: dict[Oid, str] = field(default_factory=dict)
    fresh: int = 0

    def forget_lies(self) -> None:
        """Begin anew: what lied may have been mended, and what lies still shall be named again."""
        for oid in self.lying:
            self.known.pop(oid, None)
        self.lying.clear()

    def table(self, root: Oid | None) -> TreeTable:
        """Return the table of a root tree (None: of the empty tree). A tree that lies counts as empty and is named in `lying`.

        Raises GitFailed when a tree is missing, TreeTooLarge when it has more entries or levels than the limits.
        """
        recorded: dict[str, Recorded] = {}
        folders: dict[str, Oid] = {}
        if root is not None:
            self.load([root])
            self._flatten(root, "", recorded, folders)
        return TreeTable(root, dict(sorted(recorded.items())), folders)

    def amend(self, table: TreeTable, root: Oid) -> TreeTable:
        """Return the table of `root`, made from another one: costs what differs. Raises like `table`."""
        self.load([root])
        recorded, folders = dict(table.recorded), dict(table.folders)
        paths: list[str] = []
        waiting: list[tuple[str, Oid | None, Oid | None]] = [("", table.root, root)]
        while waiting:
            prefix, before, after = waiting.pop()
            old, new = self._known(before), self._known(after)
            folders.update({prefix: after} if after is not None else {})
            if after is None:
                folders.pop(prefix, None)
            names = [name for name in old.files.keys() | new.files.keys() if old.files.get(name) != new.files.get(name)]
            paths += [prefix + name for name in names]
            recorded.update({prefix + name: new.files[name] for name in names if name in new.files})
            for name in names:
                if name not in new.files:
                    del recorded[prefix + name]
            below = (name for name in old.folders.keys() | new.folders.keys() if old.folders.get(name) != new.folders.get(name))
            waiting += [(f"{prefix}{name}/", old.folders.get(name), new.folders.get(name)) for name in below]
            if max(len(recorded), len(folders)) > self.entries:
                raise TreeTooLarge(f"is over the limit of {self.entries} entries")
        if not all(path in table.recorded for path in paths):
            recorded = dict(sorted(recorded.items()))
        return TreeTable(root, recorded, folders, (table.number, tuple(paths)))

    def _known(self, oid: Oid | None) -> Tree:
        return EMPTY if oid is None else self.tree(oid)

    def load(self, roots: Sequence[Oid]) -> None:
        """Make all trees reachable from `roots` known, level by level."""
        level = list(dict.fromkeys(roots))
        seen: set[Oid] = set()
        levels = 0
        while level:
            levels += 1
            if levels > self.depth + 1:
                raise TreeTooLarge(f"is over the limit of {self.depth} levels")
            self._fetch([oid for oid in level if oid not in self.known])
            seen.update(level)
            below = (oid for parent in level for oid in self.known[parent].folders.values())
            level = [oid for oid in dict.fromkeys(below) if oid not in seen]

    def tree(self, oid: Oid) -> Tree:
        """Return one verified tree."""
        found = self.known.get(oid)
        if found is None:
            self._fetch([oid])
            found = self.known[oid]
        return found

    def _fetch(self, wanted: Sequence[Oid]) -> None:
        oids = [oid for oid in wanted if not self._parse_kept(oid)]
        if len(self.known) + len(oids) > _KEPT:
            raise TreeTooLarge(f"is over the limit of {_KEPT} trees")
        for oid, answer in self.batch.fetch(oids, self.tree_bytes).items():
            self.known[oid] = self._accept(oid, answer)
        self.fresh += len(oids)

    def _parse_kept(self, oid: Oid) -> bool:
        body = self.bodies.get(oid)
        parsed = EMPTY if body is None else parse_tree(body, len(oid) // 2)
        if body is None or not isinstance(parsed, Tree):
            return False
        self.known[oid] = parsed
        return True

    def _flatten(self, oid: Oid, prefix: str, recorded: dict[str, Recorded], folders: dict[str, Oid]) -> None:
        tree = self.known[oid]
        folders[prefix] = oid
        if len(recorded) + len(tree.files) > self.entries or len(folders) > self.entries:
            raise TreeTooLarge(f"is over the limit of {self.entries} entries")
        for name, value in tree.files.items():
            recorded[prefix + name] = value
        for name, below in tree.folders.items():
            self._flatten(below, f"{prefix}{name}/", recorded, folders)

    def _accept(self, oid: Oid, answer: Answer) -> Tree:
        match answer:
            case Verified("tree", body):
                parsed = parse_tree(body, len(oid) // 2)
                if isinstance(parsed, Tree):
                    self.bodies[oid] = body
                    return parsed
                self.lying[oid] = f"tree {oid}: {parsed}"
            case Verified(kind):
                self.lying[oid] = f"object {oid}: expected a tree, found a {kind}"
            case Forged(found):
                self.lying[oid] = f"tree {oid}: the object store lies, its bytes are {found}"
            case TooLarge(size):
                raise GitFailed(f"tree {oid}: expected at most {self.tree_bytes} bytes, found {size}", "keep fewer files in one folder")
            case Missing():
                raise GitFailed(
                    f"tree {oid}: expected in the object store, found nothing", "fetch the missing objects (git fetch --refetch)"
                )
        return EMPTY


def parse_tree(body: bytes, oid_bytes: int) -> Tree | str:
    """Return a tree whose every byte was understood, or the defect: a bad mode or name, a duplicate, bytes left over."""
    files: dict[str, Recorded] = {}
    folders: dict[str, Oid] = {}
    covered = entries = 0
    for mode, raw_name, raw_oid in _pattern(oid_bytes).findall(body):
        name = raw_name.decode("utf-8", "surrogateescape")
        if name in _BAD_NAMES or "/" in name:
            return f"holds the name {name!r}"
        if mode in _TREE_MODES:
            folders[name] = Oid(raw_oid.hex())
        elif mode in _FILE_MODES:
            files[name] = f"{_FILE_MODES[mode]} {raw_oid.hex()}"
        else:
            return f"holds the mode {mode.decode('ascii', 'replace')} at {name!r}"
        covered += len(mode) + len(raw_name) + oid_bytes + 2
        entries += 1
    if covered != len(body):
        return f"expected {len(body)} bytes of entries, found {covered}"
    if len(files.keys() | folders.keys()) != entries:
        return "holds a name twice"
    return Tree(files, folders)


_PATTERNS = {size: re.compile(rb"([0-7]{5,6}) ([^\0]*)\0(.{%d})" % size, re.DOTALL) for size in (20, 32)}


def _pattern(oid_bytes: int) -> re.Pattern[bytes]:
    return _PATTERNS[oid_bytes]
