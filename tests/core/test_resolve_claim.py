from __future__ import annotations

from collections.abc import Callable

import pytest

from forgewatch.core.claim_resolution import resolve_claim
from forgewatch.core.difflog import Claim, ClaimDefect
from forgewatch.core.difflog_parser import parse_claim_arguments
from forgewatch.core.places import FORGE, ROOT
from forgewatch.core.values import RepoPath
from tests.support.logs import claim_of


def known(*paths: str) -> Callable[[RepoPath], bool]:
    return frozenset(paths).__contains__


@pytest.mark.req("S002-0-2")
@pytest.mark.parametrize(
    "path", ["Contracts/physics.yaml", "Contracts/deep/er.md", "evidence/audit.md", "scripts/run_tests.ps1", "evidence/updatedifflog.md"]
)
def test_a_bare_governance_path_means_the_toolkits(path: str) -> None:
    claim = resolve_claim(claim_of(f"## Files Changed\n- {path}"), known(f"Forge/{path}"), FORGE)
    assert claim.paths == (f"Forge/{path}",)


@pytest.mark.req("S002-0-2")
def test_a_path_that_exists_at_the_root_stays_what_it_is() -> None:
    claim = resolve_claim(claim_of("## Files Changed\n- scripts/run.sh"), known("scripts/run.sh", "Forge/scripts/run.sh"), FORGE)
    assert claim.paths == ("scripts/run.sh",)


@pytest.mark.parametrize("path", ["app/evidence/a.md", "Contracts", "contracts/a.md", "Forge/Contracts/a.md"])
def test_no_other_path_is_moved(path: str) -> None:
    claim = Claim(paths=(RepoPath(path),), lines=(3,))
    assert resolve_claim(claim, known(), FORGE) == claim


def test_the_root_layout_moves_nothing() -> None:
    claim = claim_of("## Files Changed\n- Contracts/physics.yaml")
    assert resolve_claim(claim, known(), ROOT) == claim


def test_two_spellings_of_one_path_are_one_claim() -> None:
    claim = claim_of("## Files Changed\n- Forge/scripts/a.ps1\n- scripts/a.ps1")
    assert resolve_claim(claim, known("Forge/scripts/a.ps1"), FORGE).paths == ("Forge/scripts/a.ps1",)


@pytest.mark.parametrize("name", ["my file.md", "Jakefile", "app/*.py", "vendor/lib/", "a.py to b.py", "x/a.py:10", "app/`a.py"])
def test_a_doubtful_row_that_names_a_known_file_exactly_is_that_file(name: str) -> None:
    claim = claim_of(f"## Files Changed\n- app/a.py\n- {name}\n- z.py")
    assert [defect.text for defect in claim.defects] == [name]
    resolved = resolve_claim(claim, known("app/a.py", name.rstrip("/"), "z.py"), FORGE)
    assert resolved == Claim(paths=(RepoPath("app/a.py"), RepoPath(name.rstrip("/")), RepoPath("z.py")), lines=(14, 15, 16))


@pytest.mark.parametrize("name", ["gradlew", "docs/my file (v2).md", "Jakefile", "vendor/lib/"])
@pytest.mark.parametrize(
    "below", ["made executable", "calls `gradle/x.jar`", "gradle/x.jar is called", "changes\n    - x\n    - app/y.py (see there)"]
)
def test_a_heading_that_names_a_known_file_is_that_file_and_what_stands_below_explains_it(name: str, below: str) -> None:
    claim = claim_of(f"## Files Changed\n- app/a.py\n- `{name}`\n  - {below}\n- z.py\n")
    resolved = resolve_claim(claim, known("app/a.py", name.rstrip("/")), FORGE)
    assert (resolved.paths, resolved.defects) == (("app/a.py", name.rstrip("/"), "z.py"), ())
    assert resolved.hints == ()


def test_a_whole_path_below_a_known_heading_is_a_row_that_was_indented() -> None:
    claim = claim_of("## Files Changed\n- `gradlew`\n  - app/a.py\n  - `app/b.py`\n")
    assert resolve_claim(claim, known("gradlew"), FORGE).paths == ("gradlew", "app/a.py", "app/b.py")


def test_a_heading_that_names_nothing_known_has_rows_below_it() -> None:
    claim = claim_of("## Files Changed\n- `backend`\n  - app/a.py (new)\n  - made executable\n")
    resolved = resolve_claim(claim, known("backend/x.py"), FORGE)
    assert (resolved.paths, [defect.text for defect in resolved.defects]) == (("app/a.py",), ["made executable"])


def test_a_claim_below_a_heading_and_by_itself_is_never_lost() -> None:
    claim = claim_of("## Files Changed\n- `gradlew`\n  - app/a.py (calls it)\n- app/a.py (new)\n")
    assert resolve_claim(claim, known("gradlew"), FORGE).paths == ("gradlew", "app/a.py")


def test_a_hint_below_a_known_heading_is_part_of_what_explains_it() -> None:
    claim = claim_of("## Files Changed\n- `gradlew`\n  - `app/a.py`, `mvnw` are called\n")
    assert resolve_claim(claim, known("gradlew", "mvnw"), FORGE).paths == ("gradlew",)


@pytest.mark.parametrize(
    "rows", ["- `app/a.py`, `gradlew` reworked", "`app/a.py`\n`gradlew`", "| File | |\n|---|---|\n| app/a.py | |\n| **gradlew** | |"]
)
def test_a_hint_is_claimed_when_it_names_a_known_file_and_is_nothing_else(rows: str) -> None:
    claim = claim_of(f"## Files Changed\n{rows}\n")
    assert resolve_claim(claim, known("gradlew"), FORGE).paths == ("app/a.py", "gradlew")
    assert resolve_claim(claim, known(), FORGE) == Claim(paths=(RepoPath("app/a.py"),), lines=claim.lines)


def test_a_doubtful_row_that_names_nothing_known_stays_a_defect() -> None:
    claim = claim_of("## Files Changed\n- Note: x\n- /etc/passwd")
    assert resolve_claim(claim, known("app/a.py"), FORGE) == claim


@pytest.mark.parametrize(
    ("raw", "paths"),
    [
        (("app/a.py,app/b.py",), ("app/a.py", "app/b.py")),
        (("app/a.py", "./app/b.py", "app/a.py"), ("app/a.py", "app/b.py")),
        (("app\\a.py , b.py,",), ("app/a.py", "b.py")),
        (("my file.md",), ("my file.md",)),
        (("(none)",), ()),
        (("None",), ()),
        (("",), ()),
        ((), ()),
    ],
)
def test_claimed_files_of_the_command_line(raw: tuple[str, ...], paths: tuple[str, ...]) -> None:
    claim = parse_claim_arguments(raw)
    assert (claim.paths, claim.defects, claim.stated) == (paths, (), True)


def test_an_argument_that_is_no_path_is_named_with_its_place() -> None:
    claim = parse_claim_arguments(("app/a.py,../b.py", "/c"))
    assert claim.paths == ("app/a.py",)
    assert claim.defects == (
        ClaimDefect(text="../b.py", line=2, why="climbs with '..'"),
        ClaimDefect(text="/c", line=3, why="is absolute"),
    )


def test_rows_of_one_line_stay_in_their_order_whatever_they_are() -> None:
    claim = Claim(
        paths=(RepoPath("b.py"), RepoPath("a.py")), lines=(4, 4), defects=(ClaimDefect(text="c d", line=4, why="is text, not a path"),)
    )
    settled = resolve_claim(claim, known("c d"), FORGE)
    assert (settled.paths, settled.lines, settled.defects) == (("b.py", "a.py", "c d"), (4, 4, 4), ())


def test_paths_of_the_command_line_know_their_places() -> None:
    claim = parse_claim_arguments(("b.py,../up", "a.py", "b.py"))
    assert (claim.paths, claim.lines) == (("b.py", "a.py"), (1, 3))
    assert [(defect.text, defect.line) for defect in claim.defects] == [("../up", 2)]
