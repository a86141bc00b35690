"""Which files are for those who develop the product; the names are those that honest projects use, and those that products use too."""

from __future__ import annotations

import pytest

from forgewatch.core.development_paths import is_build_script, is_for_development, is_named_for_development
from forgewatch.core.snapshot import PathTable
from forgewatch.core.values import RepoPath
from tests.support.snapshots import entry


def table(*paths: str) -> PathTable:
    return PathTable({RepoPath(path): entry(path) for path in paths}, {})


@pytest.mark.parametrize(
    "path",
    [
        "tests/x.py",
        "app/test/x.py",
        "app/api_tests/x.py",
        "app/test_x.py",
        "app/x_test.py",
        "app/tests.py",
        "app/conftest.py",
        "noxfile.py",
        "fabfile.py",
        "docs/source/en/conf.py",
        "app/doc/conf.py",
        "services/t/x.py",
        "Integration/x.py",
    ],
)
def test_a_test_is_for_development_at_any_depth(path: str) -> None:
    assert is_for_development(RepoPath(path), table("app/__init__.py"))


@pytest.mark.parametrize(
    "path", ["app/t/x.py", "app/testing/x.py", "app/e2e/x.py", "app/integration_x/y.py", "integrations/x.py", "conf.py"]
)
def test_a_name_that_products_use_is_for_development_only_outside_of_packages(path: str) -> None:
    assert not is_for_development(RepoPath(path), table("app/__init__.py"))


def test_the_stack_configuration_may_name_the_folder_of_the_tests() -> None:
    assert is_for_development(RepoPath("checks/x.py"), table(), "checks")
    assert not is_for_development(RepoPath("checks_/x.py"), table(), "checks")
    assert not is_for_development(RepoPath("checks/x.py"), table())


@pytest.mark.parametrize("folder", ["doc", "docs", "docs_src", "benchmark", "benchmarks", "scripts", "tools", "examples"])
def test_a_folder_beside_the_product_is_for_development_while_nobody_ships_it(folder: str) -> None:
    path = RepoPath(f"{folder}/deep/x.py")
    assert is_for_development(path, table())
    assert is_for_development(path, table(f"{folder}/deep/__init__.py"))
    assert is_for_development(path, table(f"{folder}/__init__.py"), shipped=["src"])
    assert not is_for_development(path, table(f"{folder}/__init__.py"))
    assert not is_for_development(path, table(f"{folder}/__init__.py"), shipped=["src", ""])
    assert not is_for_development(path, table(), shipped=[folder])
    assert not is_for_development(path, table(), shipped=[f"{folder}/deep"])
    assert not is_for_development(RepoPath(f"app/{folder}/x.py"), table())
    assert not is_for_development(RepoPath(f"{folder}.py"), table())


def test_a_name_is_heard_whatever_stands_in_the_folder() -> None:
    named = ("app/tests/x.py", "app/t/x.py", "app/docs/x.py", "scripts/x.py", "a/b_tests/c/x.py")
    assert all(is_named_for_development(RepoPath(path)) for path in named)
    assert not any(is_named_for_development(RepoPath(path)) for path in ("app/x.py", "tests.py", "app/integrations/x.py", "latest/x.py"))


def test_a_build_script_is_known_by_its_name_where_it_is_no_module() -> None:
    paths = table("app/__init__.py")
    assert all(
        is_build_script(RepoPath(path), paths) for path in ("setup.py", "app/setup.py", "hatch_build.py", "x/build.py", "pdm_build.py")
    )
    assert not any(is_build_script(RepoPath(path), paths) for path in ("app/build.py", "app/hatch_build.py", "builder.py", "main.py"))
