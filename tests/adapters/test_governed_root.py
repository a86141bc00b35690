"""The governed root: governance below the git root is refused with its place and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from forgewatch.adapters.governed_root import governed_root, refuse_nested
from forgewatch.core.errors import RepositoryUnavailable
from tests.support.builder import Builder
from tests.support.installed import Installed, until


@pytest.fixture
def monorepo(builder: Builder) -> Path:
    """A repository whose only governance lies in a subfolder."""
    (builder.root / "shop").mkdir()
    (builder.root / "Forge").rename(builder.root / "shop/Forge")
    (builder.root / "shop/app").mkdir()
    return builder.root


def test_the_root_is_found_from_any_folder_inside(builder: Builder) -> None:
    assert governed_root(builder.root / "app/api") == builder.root
    assert governed_root(builder.root) == builder.root


@pytest.mark.parametrize("start", [".", "shop", "shop/app", "shop/Forge", "app"])
def test_governance_in_a_folder_below_is_refused_with_its_place(monorepo: Path, start: str) -> None:
    with pytest.raises(RepositoryUnavailable, match="expected Forge/ at the git root") as refused:
        governed_root(monorepo / start)
    assert str(refused.value).startswith(f"{monorepo}/shop/Forge: ")
    assert str(monorepo) in refused.value.hint


def test_governance_two_folders_below_is_seen_from_inside_of_it(monorepo: Path) -> None:
    (monorepo / "deep").mkdir()
    (monorepo / "shop").rename(monorepo / "deep/shop")
    assert governed_root(monorepo) == monorepo
    with pytest.raises(RepositoryUnavailable, match="deep/shop/Forge"):
        governed_root(monorepo / "deep/shop/app")


@pytest.mark.parametrize("own", ["Forge/Contracts", "Forge/evidence", "Contracts", "evidence"])
def test_a_root_with_governance_of_its_own_may_have_more_below(monorepo: Path, own: str) -> None:
    (monorepo / own).mkdir(parents=True)
    assert governed_root(monorepo / "shop/app") == monorepo


def test_a_project_without_any_governance_is_not_refused(builder: Builder) -> None:
    (builder.root / "Forge").rename(builder.root.parent / "elsewhere")
    (builder.root / "shop/Forge").mkdir(parents=True)
    (builder.root / "linked").symlink_to(builder.root.parent)
    refuse_nested(builder.root)


def test_a_root_that_is_gone_is_nobodys_nested_project(tmp_path: Path) -> None:
    refuse_nested(tmp_path / "gone")


def test_audit_and_watch_refuse_it_and_init_is_the_way_out(monorepo: Path, installed: Installed) -> None:
    for command in ("audit", "watch", "status"):
        run = installed.run(command, cwd=monorepo / "shop")
        assert run.returncode == 2, command
        assert f"{monorepo}/shop/Forge: expected Forge/ at the git root {monorepo}" in run.stderr
    assert f"or begin anew at the root: forgewatch init {monorepo}\n" in run.stderr
    assert installed.run("init", str(monorepo), cwd=monorepo / "shop").returncode == 0
    assert installed.run("audit", "--dry-run", cwd=monorepo / "shop").returncode == 1


def test_a_configured_repository_is_shown_as_unavailable_until_it_is_moved(monorepo: Path, installed: Installed) -> None:
    config = installed.top / "forgewatch.yaml"
    config.write_text(f"repositories: [{monorepo}]\nwatch: {{sweep_seconds: 1}}\n")
    installed.watch("--config", str(config))
    assert until(lambda: "repository.unavailable" in installed.log and "expected Forge/ at the git root" in installed.log), installed.log
    (monorepo / "shop/Forge").rename(monorepo / "Forge")
    assert until(lambda: "repository.available" in installed.log), installed.log
