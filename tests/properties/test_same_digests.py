"""One verdict digest, one snapshot digest, and the same stored inputs byte for byte: over hash seeds, time zones, locales, homes, umasks,
folders, orders of directories and numbers of processes.

Metamorphic: what is no input of an audit (times of files, how git packs its objects, the order in which a claim lists its rows) changes
only the digests that docs/decisions/0010 says it may.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from forgewatch.core.codec import encode
from forgewatch.core.report import AuditRequest, Report
from tests.support.builder import Builder
from tests.support.elsewhere import TOP, Turn, digests, taken_elsewhere
from tests.support.inside import Inside, codes_of, inside_of

SEEDS = ("0", "1", "random")
ZONES = ("Pacific/Kiritimati", "America/Caracas")
LOCALES = ("C", "tr_TR.UTF-8")
TURNS = tuple(
    Turn(umask, cwd, walkers, shuffle)
    for umask, cwd, walkers, shuffle in itertools.product((0o000, 0o077), ("/", str(TOP)), (1, 2), (None, 1, 2))
)
"""All of what one process can change in itself; `TOP` stands for a folder that is no part of the repository."""

NAMES = ("zeta", "alpha", "mid", "İstanbul", "ISIK", "omega")


def busy(inside: Inside) -> Inside:
    """A repository in which almost every check has something to say, about several files each."""
    builder = inside.builder
    for name in NAMES:
        imported = name.lower() if name.isascii() else "other"
        handler = f"r = APIRouter()\n@r.get('/{name}')\ndef f(): ...\n"
        builder.write(f"app/{name}.py", f"import {imported}_lib\npassword = '{name}-9aK2fQ81xZ'\n")
        builder.write(f"app/api/routers/{name}.py", f"import asyncpg\nfrom fastapi import APIRouter\n{handler}")
    builder.write("requirements.txt", "fastapi==0.110\nunused==1\n").delete("tests/test_a.py").write("app/a.py", "x = 2\n")
    builder.write(".gitignore", "generated/\n").write("generated/out.py", "y = 1\n")
    builder.write("one/renamed.py", "def test_a():\n    assert True\n")
    os.mkfifo(builder.root / "pipe")
    builder.record(line1="Status: FAIL").claims("app/a.py", "app/gone.py", "app/zeta.py")
    builder.completes(verification="- Runtime: PASS\n- Static: x")
    return inside


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Inside]:
    """The busy repository."""
    with inside_of(tmp_path) as inside:
        yield busy(inside)


@pytest.fixture(scope="session")
def turkish(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where a Turkish locale is: of the machine, or made here. Its `i` has another capital."""
    if shutil.which("localedef") is None:
        return {}
    folder = tmp_path_factory.mktemp("locales")
    made = subprocess.run(["localedef", "-i", "tr_TR", "-f", "UTF-8", str(folder / "tr_TR.UTF-8")], capture_output=True, check=False)
    return {"LOCPATH": str(folder)} if made.returncode in (0, 1) and (folder / "tr_TR.UTF-8").exists() else {}


def hostile(folder: Path) -> dict[str, str]:
    """A home of somebody who wants git to do other things. What `GIT_*` variables want is tried with the installed command."""
    home, marker = folder / "home", folder / "ran"
    home.mkdir(exist_ok=True)
    wishes = ("fsmonitor = touch {0}", "hooksPath = {1}", "excludesFile = {1}/all", "autocrlf = true", "ignoreCase = true")
    (home / ".gitconfig").write_text("[core]\n" + "".join(f"\t{wish.format(marker, home)}\n" for wish in wishes))
    (home / "all").write_text("*\n")
    return {"HOME": str(home), "XDG_CONFIG_HOME": str(home)}


def of(report: Report, inside: Inside) -> dict[str, str]:
    return digests(report, inside.request())


def named(found: dict[str, str], *names: str) -> dict[str, str]:
    return {name: found[name] for name in names}


def test_the_scenario_speaks_of_most_checks(work: Inside) -> None:
    told = {code[:2] for code in codes_of(work.report(keep_inputs=True))}
    assert told >= {"A1", "A2", "A4", "A7", "A8", "A9", "W1", "W3"}


ENVIRONMENTS = tuple(itertools.product(SEEDS, ZONES, LOCALES, (False, True)))
SHORT = (("0", ZONES[0], "C", True), ("1", ZONES[1], "tr_TR.UTF-8", False), ("random", ZONES[0], "tr_TR.UTF-8", True))


def in_environment(work: Inside, folder: Path, case: tuple[str, str, str, bool], turkish: dict[str, str]) -> list[dict[str, str]]:
    seed, zone, locale, poisoned = case
    environment = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "LANGUAGE": "tr", **turkish}
    found = taken_elsewhere(
        work.request(keep_inputs=True), {**environment, **(hostile(folder) if poisoned else {"HOME": str(folder)})}, TURNS
    )
    assert not (folder / "ran").exists()
    return found


@pytest.mark.req("S002-10.7-1")
@pytest.mark.parametrize("case", SHORT, ids=str)
def test_the_digests_are_the_same_in_any_circumstances(
    work: Inside, tmp_path: Path, case: tuple[str, str, str, bool], turkish: dict[str, str]
) -> None:
    assert in_environment(work, tmp_path, case, turkish) == [of(work.report(keep_inputs=True), work)] * len(TURNS)


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in ENVIRONMENTS if case not in SHORT], ids=str)
def test_the_digests_are_the_same_in_all_circumstances(
    work: Inside, tmp_path: Path, case: tuple[str, str, str, bool], turkish: dict[str, str]
) -> None:
    assert in_environment(work, tmp_path, case, turkish) == [of(work.report(keep_inputs=True), work)] * len(TURNS)


def copied(inside: Inside, place: Path) -> AuditRequest:
    """The same commit and the same files in a fresh clone at another place, of another name."""
    place.parent.mkdir(parents=True)
    inside.builder.git("clone", "-q", "--no-hardlinks", str(inside.builder.root), str(place))
    clone = Builder(place)
    for path in clone.root.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in inside.builder.root.iterdir():
        if path.name == "pipe":
            os.mkfifo(place / "pipe")
        elif path.name != ".git":
            shutil.copytree(path, place / path.name) if path.is_dir() else shutil.copy(path, place / path.name)
    return inside.request(root=str(place), keep_inputs=True)


def test_a_fresh_clone_elsewhere_gives_the_same_digests(work: Inside, tmp_path: Path) -> None:
    request = copied(work, tmp_path / "another place/é clone")
    (found,) = taken_elsewhere(request, {"LC_ALL": "C.UTF-8"}, (Turn(),))
    assert found == of(work.report(keep_inputs=True), work)


def test_touched_times_change_no_digest(work: Inside) -> None:
    before = of(work.report(keep_inputs=True), work)
    for number, path in enumerate(sorted(work.builder.root.rglob("*"))):
        if ".git" not in path.parts:
            os.utime(path, (1_500_000_000 + number, 1_700_000_000 - number), follow_symlinks=False)
    assert of(work.report(keep_inputs=True), work) == before
    work.forget()
    assert of(work.report(keep_inputs=True), work) == before


def test_a_repository_packed_anew_changes_no_digest(work: Inside) -> None:
    before = of(work.report(keep_inputs=True), work)
    work.builder.git("gc", "-q", "--aggressive", "--prune=now")
    work.builder.git("pack-refs", "--all")
    work.forget()
    assert of(work.report(keep_inputs=True), work) == before


def test_an_index_written_anew_changes_no_digest(work: Inside) -> None:
    before = of(work.report(keep_inputs=True), work)
    work.builder.git("update-index", "--index-version", "4")
    work.builder.git("read-tree", "HEAD")
    assert of(work.report(keep_inputs=True), work) == before


CLAIM = ("app/a.py", "requirements.txt", ".gitignore", "tests/test_a.py", "app/gone.py")


@pytest.mark.parametrize("order", [CLAIM[::-1], (*CLAIM[2:], *CLAIM[:2])], ids=["reversed", "rotated"])
def test_a_claim_in_another_order_is_the_same_verdict_on_honest_work(inside_work: Inside, order: tuple[str, ...]) -> None:
    honest = tuple(path for path in order if path != "app/gone.py")
    first = inside_work.builder.claims(*[path for path in CLAIM if path != "app/gone.py"]).completes()
    before = of(inside_work.report(keep_inputs=True), inside_work)
    first.claims(*honest).completes()
    after = of(inside_work.report(keep_inputs=True), inside_work)
    same = ("verdict", "tree", "plan")
    assert named(after, *same) == named(before, *same)
    # The bytes of the diff log are an input, and where its rows stand is part of the claim.
    assert after["snapshot"] != before["snapshot"]
    assert after["identity"] != before["identity"]


@pytest.fixture
def inside_work(tmp_path: Path) -> Iterator[Inside]:
    """Honest work on four files."""
    with inside_of(tmp_path) as inside:
        inside.builder.write("app/a.py", "x = 2\n").write("requirements.txt", "fastapi==0.111\n").write(".gitignore", "*.o\n")
        inside.builder.delete("tests/test_a.py").record()
        yield inside


def lineless(report: Report) -> list[object]:
    """All findings without the lines of the diff log they point to."""
    found = [finding for result in report.audit.results for finding in result.findings]
    return sorted(str(encode(replace(one, line=None))) for one in found if one.code.startswith("A1"))


def test_a_claim_in_another_order_finds_the_same_where_no_finding_names_a_line(work: Inside) -> None:
    before = work.builder.claims(*CLAIM).completes() and work.report(keep_inputs=True)
    after = work.builder.claims(*CLAIM[::-1]).completes() and work.report(keep_inputs=True)
    assert "A102" in codes_of(after)
    assert named(of(after, work), "verdict", "tree", "plan") == named(of(before, work), "verdict", "tree", "plan")


def test_a_row_that_is_no_path_is_found_at_its_new_line(work: Inside) -> None:
    rows = (*CLAIM, "/etc/passwd")
    before = work.builder.claims(*rows).completes() and work.report(keep_inputs=True)
    after = work.builder.claims(*rows[::-1]).completes() and work.report(keep_inputs=True)
    assert lineless(after) == lineless(before)
    assert after.verdict_digest != before.verdict_digest
    assert (after.tree, after.audit.outcome) == (before.tree, before.audit.outcome)
