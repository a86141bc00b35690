"""HEAD, refs and packed-refs read by us: bounded, no symlinks, symbolic refs to a small depth (hostile.md, layer 1).

Imports no git library: the daemon uses `read_head`.
"""

from __future__ import annotations

import re

from forgewatch.adapters.files import MOVED, opened_root, read_below
from forgewatch.adapters.repository_layout import GitPlace, locate
from forgewatch.core.errors import RepositoryUnavailable, Unstable
from forgewatch.core.values import Absent, CommitId, Oid, Unreadable

_REF_BYTES = 4096
_PACKED_BYTES = 64 * 1024 * 1024
_DEPTH = 5
_TRIES = 3
_ID = re.compile(rb"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
_BAD_NAME = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\Z|\.lock(?:/|\Z)|(?:\A|/)\.")
_PRIVATE = ("refs/bisect/", "refs/worktree/", "refs/rewritten/")
_SEARCH = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")


def read_head(root: str) -> CommitId | None:
    """Return the commit that HEAD of the repository at `root` names, None when it is unborn. Raises RepositoryUnavailable."""
    return head_of(locate(root))


def head_of(place: GitPlace) -> CommitId | None:
    """Return the commit that HEAD names, None when it is unborn. Raises RepositoryUnavailable when HEAD cannot be believed."""
    oid = _follow(place, "HEAD")
    return None if oid is None else CommitId(oid)


def head_places(root: str) -> tuple[tuple[str, str], ...]:
    """Return the (directory, name) pairs of what git writes when HEAD of the repository at `root` moves; none without a repository.

    Each folder of a branch's name is among them, because it may not be there yet.
    """
    try:
        place = locate(root)
        branch = branch_of(place)
    except (RepositoryUnavailable, Unstable):
        return ()
    found = [(place.git_dir, "HEAD"), (place.common_dir, "packed-refs")]
    folder = f"{place.common_dir}/refs/heads"
    for name in branch.split("/") if branch else ():
        found.append((folder, name))
        folder = f"{folder}/{name}"
    return tuple(found)


def branch_of(place: GitPlace) -> str | None:
    """Return the branch that HEAD names, without `refs/heads/`; None when it is detached. Raises RepositoryUnavailable."""
    raw = _read_ref(place, "HEAD") or b""
    name = raw[4:].strip().decode("utf-8", "surrogateescape") if raw.startswith(b"ref:") else ""
    return name.removeprefix("refs/heads/") if name.startswith("refs/heads/") and not _BAD_NAME.search(name) else None


def named(place: GitPlace, name: str) -> Oid | None:
    """Return what a full ref name, a tag, a branch or a remote branch names, tried in git's order; None when nothing does."""
    if name == "HEAD":
        return _follow(place, "HEAD")
    if not name or _BAD_NAME.search(name):
        return None
    candidates = (name,) if name.startswith("refs/") else tuple(form.format(name) for form in _SEARCH)
    return next((oid for ref in candidates if (oid := _follow(place, ref)) is not None), None)


def may_be_ref(name: str) -> bool:
    """True when `name` can only be a ref: no full id, and no steps back from one."""
    return not _ID.match(name.encode("utf-8", "surrogateescape")) and not {"^", "~"}.intersection(name)


def trace(place: GitPlace, name: str = "HEAD") -> tuple[tuple[str, ...], Oid | None]:
    """Return the refs that lead from `name` to the one that holds an id, that one last, and the id; None when it is unborn.

    A detached HEAD leads nowhere: it holds the id itself. Raises RepositoryUnavailable when one of them cannot be believed.
    """
    chain: tuple[str, ...] = ()
    for _ in range(_DEPTH):
        chain = (*chain, name)
        raw = _read_ref(place, name)
        if raw is None:
            return chain, None
        if not raw.startswith(b"ref:"):
            return chain, _id_of(place, name, raw)
        name = raw[4:].strip().decode("utf-8", "surrogateescape")
        if not name.startswith("refs/") or _BAD_NAME.search(name):
            raise RepositoryUnavailable(
                f"{place.root}: expected a ref below refs/, found {name!r:.80}", "repair HEAD with git symbolic-ref"
            )
    raise RepositoryUnavailable(f"{place.root}: expected a ref within {_DEPTH} steps, found a longer chain at {name!r:.80}", "repair HEAD")


def home_of(place: GitPlace, name: str) -> str:
    """Return the git directory that holds a ref as a file, and its log: a worktree has a HEAD of its own, branches are shared."""
    return place.git_dir if _is_private(name) else place.common_dir


def packed_names(place: GitPlace) -> frozenset[str]:
    """Return the names in packed-refs. Raises RepositoryUnavailable."""
    lines = (_packed(place) or b"").split(b"\n")
    return frozenset(line.partition(b" ")[2].decode("utf-8", "surrogateescape") for line in lines if line[:1] not in (b"#", b"^", b""))


def _follow(place: GitPlace, name: str) -> Oid | None:
    return trace(place, name)[1]


def _is_private(name: str) -> bool:
    return not name.startswith("refs/") or name.startswith(_PRIVATE)


def _id_of(place: GitPlace, name: str, raw: bytes) -> Oid:
    text = raw.strip()
    if not _ID.match(text):
        raise RepositoryUnavailable(f"{place.root}: expected an object id in {name}, found {text[:60]!r}", "repair the ref")
    return Oid(text.decode("ascii"))


def _read_ref(place: GitPlace, name: str) -> bytes | None:
    private = _is_private(name)
    # git writes packed-refs before it removes the loose file, so a ref missing in both may just have been written loose: look again.
    for _ in range(_TRIES):
        raw = _read_loose(home_of(place, name), name)
        if raw is None and not private:
            raw = _read_packed(place, name)
        if raw is not None:
            return raw
    if name == "HEAD":
        raise RepositoryUnavailable(f"{place.root}: expected HEAD, found none", "repair HEAD with git symbolic-ref")
    return None


def _read_loose(folder: str, name: str) -> bytes | None:
    with opened_root(folder) as handle:
        raw = read_below(handle, name, _REF_BYTES)
    match raw:
        case Absent() | Unreadable("is a directory"):
            return None
        case Unreadable(why) if why == MOVED:
            raise Unstable(f"{folder}: {name} {why}", "let the repository come to rest")
        case Unreadable(why):
            raise RepositoryUnavailable(f"{folder}: expected {name} to be a small regular file, found that it {why}", "repair the ref")
    return raw


def _read_packed(place: GitPlace, name: str) -> bytes | None:
    raw = _packed(place)
    line = b" " + name.encode("utf-8", "surrogateescape") + b"\n"
    at = -1 if raw is None else raw.find(line)
    if raw is None or at == -1:
        return None
    if raw.find(line, at + 1) != -1:
        # git writes each name once, and takes the one its search meets: whoever wrote it twice wants two answers.
        raise RepositoryUnavailable(f"{place.common_dir}: expected {name} once in packed-refs, found it twice", "git pack-refs --all")
    return raw[raw.rfind(b"\n", 0, at) + 1 : at]


def _packed(place: GitPlace) -> bytes | None:
    with opened_root(place.common_dir) as handle:
        raw = read_below(handle, "packed-refs", _PACKED_BYTES)
    if isinstance(raw, Absent):
        return None
    if isinstance(raw, Unreadable):
        raise RepositoryUnavailable(
            f"{place.common_dir}: expected packed-refs to be readable, found that it {raw.why}", "git pack-refs --all"
        )
    return raw
