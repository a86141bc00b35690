"""Which links to folders lead an import out of the tree, told by ids alone."""

from __future__ import annotations

import pytest

from forgewatch.core.facts import Import
from forgewatch.core.folder_links import FolderLinks
from forgewatch.core.snapshot import Change, ChangeKind, Entry, PathTable
from forgewatch.core.values import RepoPath
from tests.core.test_source_links import FILE, link, source

TREE = {"lib/shared/tools.py": FILE, "app/a.py": FILE, "app/inner/b.py": FILE, "docs/x.md": FILE}


def table(**links: str) -> PathTable:
    """Return TREE with links: `app__vendor="/opt"` is app/vendor."""
    return PathTable(
        {RepoPath(path): entry for path, entry in TREE.items()},
        {RepoPath(name.replace("__", "/")): link(text) for name, text in links.items()},
    )


def strayed(paths: PathTable, item: Import, path: str = "app/a.py", roots: tuple[str, ...] = ()) -> str | None:
    return FolderLinks(paths).strayed_on(RepoPath(path), item, roots)


@pytest.mark.parametrize("text", ["../lib/shared", "../lib/shared/", "../lib", "..", ".", "inner", "./inner", "./inner/"])
def test_a_link_to_a_folder_of_the_tree_is_on_no_wrong_way(text: str) -> None:
    assert strayed(table(app__vendor=text), Import(module="app.vendor", line=1)) is None


@pytest.mark.parametrize("text", ["/opt/shared", "../../lib", "../gone", "../app/../lib", "vendor", "inner/b.py", "../node_modules/x"])
def test_a_link_that_leads_to_no_folder_of_the_tree_is_found_by_the_imports_through_it(text: str) -> None:
    paths = table(app__vendor=text)
    assert strayed(paths, Import(module="app.vendor.deep.tools", line=1)) == "app/vendor"
    assert strayed(paths, Import(module="app", line=1, names=("vendor",))) == "app/vendor"
    assert strayed(paths, Import(module="", line=1, level=1, names=("vendor",))) == "app/vendor"
    assert strayed(paths, Import(module="vendor", line=1), roots=("src", "app")) == "app/vendor"
    assert strayed(paths, Import(module="app.inner", line=1)) is None


def test_a_link_below_the_root_and_a_chain_of_links_are_followed() -> None:
    assert strayed(table(one="two", two="lib/shared"), Import(module="one.tools", line=1)) is None
    assert strayed(table(one="two", two="/opt"), Import(module="one.tools", line=1)) == "one"
    assert strayed(table(one="two", two="one"), Import(module="one.tools", line=1)) == "one"
    assert strayed(table(Xlib="/opt"), Import(module="Xlib.display", line=1)) == "Xlib"


def test_a_relative_import_goes_by_the_folders_beside_its_file_alone() -> None:
    paths, roots = table(src__app__vendor="/opt"), ("src",)
    assert strayed(paths, Import(module="app.vendor", line=1), roots=roots) == "src/app/vendor"
    assert strayed(paths, Import(module="vendor", line=1, level=1), roots=roots) is None
    assert strayed(paths, Import(module="vendor", line=1, level=1), "src/app/a.py", roots) == "src/app/vendor"


def test_every_import_through_a_link_is_told() -> None:
    links = FolderLinks(table(app__vendor="/opt"))
    items = [Import(module="app.vendor.a", line=1), Import(module="app.vendor.b", line=2)]
    assert [links.strayed_on(RepoPath("app/a.py"), item, ()) for item in items] == ["app/vendor", "app/vendor"]


def test_a_chain_is_followed_a_few_steps() -> None:
    chain = {f"l{n}": f"l{n + 1}" for n in range(9)}
    assert strayed(table(**chain, l9="lib"), Import(module="l3.tools", line=1)) is None
    assert strayed(table(**chain, l9="lib"), Import(module="l0.tools", line=1)) == "l0"


def change(path: str, after: Entry | None, *, staged: bool = False) -> Change:
    return Change(path=RepoPath(path), kind=ChangeKind.TYPE, before=None, after=after, staged=staged)


def test_a_link_in_the_place_of_sources_is_told_whoever_imports_them() -> None:
    def replaced(text: str, name: str = "lib", *, staged: bool = False) -> list[str]:
        paths = table(**{name: text})
        return list(FolderLinks(paths).replaced([change(name, link(text), staged=staged)], source))

    assert replaced("/opt/lib") == ["lib"]
    assert replaced("app") == []
    assert replaced("/opt/docs", "docs") == []
    assert replaced("/opt/lib", staged=True) == []
