"""Which links under Python names lead to code that is judged, told by ids alone."""

from __future__ import annotations

import hashlib

import pytest

from forgewatch.core import source_links
from forgewatch.core.snapshot import Change, ChangeKind, Entry, PathTable
from forgewatch.core.source_kinds import is_python
from forgewatch.core.source_links import strayed_links
from forgewatch.core.values import Oid, RepoPath

FILE = Entry(0o100644, Oid("1" * 40))
OTHER = Entry(0o100755, Oid("2" * 40))


def link(text: str, algorithm: str = "sha1") -> Entry:
    """Return the entry of a link with the id that git gives its text."""
    data = text.encode("utf-8", "surrogateescape")
    return Entry(0o120000, Oid(hashlib.new(algorithm, b"blob %d\0" % len(data) + data).hexdigest()))


def source(path: RepoPath, entry: Entry) -> bool:
    return entry.mode in (0o100644, 0o100755) and is_python(path)


def strayed(base: dict[str, Entry], now: dict[str, Entry | None], *, staged: bool = False) -> list[str]:
    """Return the strayed links after `base` turned into `now` at the paths that `now` names."""
    before = {RepoPath(path): entry for path, entry in base.items()}
    after = {RepoPath(path): entry for path, entry in now.items()}
    changes = [
        Change(path=path, kind=ChangeKind.MODIFIED, before=before.get(path), after=entry, staged=staged) for path, entry in after.items()
    ]
    return list(strayed_links(PathTable(before, after), changes, source))


def test_a_chain_of_links_is_followed_to_its_end() -> None:
    tree = {"lib/a.py": FILE, "app/one.py": link("../lib/a.py"), "app/gone.py": link("../node_modules/a.py"), "app/MAX": link("one.py")}
    assert strayed(tree, {"app/two.py": link("one.py"), "app/three.py": link("MAX")}) == []
    assert strayed(tree, {"app/two.py": link("gone.py")}) == ["app/two.py"]


def test_links_in_a_circle_lead_nowhere() -> None:
    assert strayed({}, {"a.py": link("b.py"), "b.py": link("a.py"), "c.py": link("c.py")}) == ["a.py", "b.py", "c.py"]


def test_a_link_to_a_file_that_came_in_the_same_cycle_is_fine() -> None:
    assert strayed({}, {"app/x/one.py": link("../y/a.py"), "app/y/a.py": FILE}) == []


def test_names_and_ids_of_any_kind_are_compared_as_bytes() -> None:
    assert strayed({"lib/\udcff.py": FILE}, {"app/one.py": link("../lib/\udcff.py"), "two.py": link("lib/\udcff.py", "sha256")}) == []


@pytest.mark.parametrize("now", [None, link("../node_modules/a.py"), Entry(0o160000, Oid("3" * 40))])
def test_a_link_that_stood_still_while_its_target_went_is_astray(now: Entry | None) -> None:
    tree = {"lib/a.py": FILE, "lib/b.py": FILE, "app/one.py": link("../lib/a.py"), "app/two.py": link("../lib/b.py"), "README.md": OTHER}
    assert "app/one.py" in strayed(tree, {"lib/a.py": now})
    assert "app/two.py" not in strayed(tree, {"lib/a.py": now})


def test_a_link_that_stood_still_while_a_link_on_its_way_turned_elsewhere_is_astray() -> None:
    tree = {"lib/a.py": FILE, "lib/b.py": FILE, "app/plain": link("../lib/a.py"), "app/one.py": link("plain")}
    assert strayed(tree, {"app/plain": link("/opt/a.py")}) == ["app/one.py"]
    assert strayed(tree, {"app/plain": link("../lib/b.py")}) == []


def test_a_link_that_turns_from_a_file_that_goes_to_one_that_stays_is_fine() -> None:
    tree = {"lib/a.py": FILE, "lib/b.py": FILE, "app/one.py": link("../lib/a.py")}
    assert strayed(tree, {"lib/a.py": None, "app/one.py": link("../lib/b.py")}) == []


def test_a_link_that_was_astray_before_and_stood_still_is_not_of_this_cycle() -> None:
    tree = {"lib/a.py": FILE, "app/one.py": link("/opt/a.py"), "app/two.py": link("../lib/a.py")}
    assert strayed(tree, {"lib/a.py": OTHER}) == []
    assert strayed({**tree, "lib/b.py": FILE}, {"lib/b.py": None}) == []
    assert strayed(tree, {"README.md": FILE}) == []


def test_what_only_the_index_says_is_not_looked_at() -> None:
    assert strayed({}, {"app/one.py": link("/opt/a.py")}, staged=True) == []


def test_a_link_that_does_not_lead_up_may_begin_with_a_dot() -> None:
    tree = {"lib/a.py": FILE}
    assert strayed(tree, {"lib/one.py": link("./a.py"), "lib/x/a.py": link("./../a.py")}) == ["lib/x/a.py"]


def test_links_named_like_their_target_are_found_however_many_files_there_are() -> None:
    files = {f"src/lib/m{number}.py": FILE for number in range(1000)}
    folders = source_links.LINK_TEXTS // len(files) + 2
    assert strayed(files, {f"d{number:04}/m999.py": link("../src/lib/m999.py") for number in range(folders)}) == []


def test_more_links_than_can_be_followed_are_astray_and_not_believed() -> None:
    # Links named like their target are found at the cost of one text each: these bear other names.
    files = {f"lib/m{number}.py": FILE for number in range(1000)}
    folders = source_links.LINK_TEXTS // len(files) + 2
    links: dict[str, Entry | None] = {f"d{number:04}/x.py": link("../lib/m999.py") for number in range(folders)}
    found = strayed(files, links)
    assert 0 < len(found) < folders
