"""One walk over one tree by one or two processes. What comes out does not depend on how many there were.

The second process is a fork of this one: it inherits what the last walk remembers, takes some subtrees, and sends back what it found
through a pipe. If it fails, its subtrees are walked here.
"""

from __future__ import annotations

import marshal
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from forgewatch.adapters.file_hash import Moved
from forgewatch.adapters.listing import WalkRules
from forgewatch.adapters.stat_cache import Folders, pack_folder, unpack_folder
from forgewatch.adapters.trees import TreeTable
from forgewatch.adapters.walk import Found, Start, Walk, over_limit


def walk_tree(root: int, rules: WalkRules, folders: Folders, table: TreeTable, shared_from: int | None = None) -> Found:
    """Walk everything below the open directory `root` against `table`, and bring `folders` up to date. Raises Moved.

    A second process helps from `shared_from` files on (None: never). The lists of what was found are sorted. A limit that stops the
    walk is in `stopped`; what was found until then is complete for the directories that come first in the order of their names.
    """
    top = ("", table.root or "", False)
    shared = _share(folders, table, shared_from) if shared_from is not None and threading.active_count() == 1 else {}
    found = _walk_shared(root, rules, folders, top, shared) if shared else Walk(root, rules, folders, {}).run(top)
    if shared and (found.stopped or over_limit(found.entries, len(found.visited), found.size, rules.limits)):
        found = Walk(root, rules, folders, {}).run(top)
    if found.absent:
        raise Moved("the root directory was there and is gone")
    for path in folders.keys() - found.visited.keys() if not found.stopped else ():
        del folders[path]
    return _sorted(found)


def unsettled(root: int, found: Found) -> list[str]:
    """Return the directories that were touched since the walk looked at them."""
    moved = []
    for path, key in found.visited.items():
        try:
            seen = os.stat(path or ".", dir_fd=root, follow_symlinks=False)
        except OSError:
            moved.append(path)
            continue
        if (seen.st_dev, seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns) != key:
            moved.append(path)
    return moved


def _walk_shared(root: int, rules: WalkRules, folders: Folders, top: Start, shared: Mapping[str, Start]) -> Found:
    try:
        reader, pid = _fork(root, rules, folders, shared)
    except OSError:
        # No process or no pipe to be had: one does it too.
        return Walk(root, rules, folders, {}).run(top)
    try:
        found = Walk(root, rules, folders, shared).run(top)
    finally:
        parts = _collect(reader, pid)
    for path in found.skipped:
        part = _part(parts, path, folders)
        if part is None or part.absent:
            part = Walk(root, rules, folders, {}).run(shared[path])
        if part.absent:
            raise Moved(f"{path} was there and is gone")
        _merge(found, part)
    return found


def _fork(root: int, rules: WalkRules, folders: Folders, shared: Mapping[str, Start]) -> tuple[int, int]:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return reader, pid
    status = 1
    try:
        os.close(reader)
        with os.fdopen(writer, "wb") as pipe:
            for path, start in shared.items():
                marshal.dump((path, _walk_part(root, rules, folders, start)), pipe)
        status = 0
    finally:
        # Nothing of the caller may run twice, whatever happened here.
        os._exit(status)


def _walk_part(root: int, rules: WalkRules, folders: Folders, start: Start) -> tuple[Any, ...]:
    try:
        found = Walk(root, rules, folders, {}).run(start)
    except Moved as moved:
        return (str(moved), (), ())
    fresh = [(path, pack_folder(folders[path])) for path in found.fresh]
    return ("", tuple(getattr(found, field.name) for field in fields(Found)), fresh)


def _collect(reader: int, pid: int) -> dict[str, tuple[Any, ...]]:
    parts: dict[str, tuple[Any, ...]] = {}
    with os.fdopen(reader, "rb") as pipe:
        try:
            while True:
                path, part = marshal.load(pipe)
                parts[path] = part
        except (EOFError, ValueError, TypeError):
            # The end, or a process that died: what is missing is walked by the caller.
            pass
    os.waitpid(pid, 0)
    return parts


def _part(parts: Mapping[str, tuple[Any, ...]], path: str, folders: Folders) -> Found | None:
    part = parts.get(path)
    if part is None:
        return None
    moved, values, fresh = part
    if moved:
        raise Moved(str(moved))
    for name, packed in fresh:
        folders[name] = unpack_folder(packed)
    return Found(*values)


def _merge(into: Found, part: Found) -> None:
    into.deviations += part.deviations
    into.obstacles += part.obstacles
    into.gitlinks += part.gitlinks
    into.newly += part.newly
    into.visited.update(part.visited)
    into.fresh += part.fresh
    into.written += part.written
    into.entries += part.entries
    into.size += part.size
    into.stopped = into.stopped or part.stopped
    for name, count in part.ignored.items():
        into.ignored[name] = into.ignored.get(name, 0) + count


def _sorted(found: Found) -> Found:
    for findings in (found.deviations, found.obstacles, found.gitlinks, found.newly):
        findings.sort()
    found.ignored = dict(sorted(found.ignored.items()))
    return found


def _share(folders: Folders, table: TreeTable, shared_from: int) -> dict[str, Start]:
    """Choose subtrees with about half of all files for the second process, by what the last walk saw."""
    weights: dict[str, int] = {}
    for path, folder in folders.items():
        at = len(path)
        while at > 0:
            weights[path[:at]] = weights.get(path[:at], 0) + len(folder.keys)
            at = path.rfind("/", 0, at - 1) + 1
    total = sum(len(folder.keys) for folder in folders.values())
    if total < shared_from:
        return {}
    return dict(_chosen(folders, table, weights, total))


def _chosen(folders: Folders, table: TreeTable, weights: Mapping[str, int], total: int) -> Iterable[tuple[str, Start]]:
    wanted = total // 2
    waiting = [""]
    while waiting and wanted > total // 20:
        path = waiting.pop()
        for name, _, hidden in sorted(folders[path].below, key=lambda below: -weights.get(f"{path}{below[0]}/", 0)):
            below = f"{path}{name}/"
            weight = weights.get(below, 0)
            if 0 < weight <= wanted + total // 20:
                wanted -= weight
                yield below, (below, table.folders.get(below, ""), hidden)
            elif weight > wanted and below in folders:
                waiting.append(below)
