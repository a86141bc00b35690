"""A path that the helper writes comes back from our own reader as exactly this path, or is known not to."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.core.claim_resolution import resolve_claim
from forgewatch.core.claim_text import NOTHING, claim_lines, path_text, unwritable
from forgewatch.core.difflog import Claim
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.places import FORGE
from forgewatch.core.readings import log_of
from forgewatch.core.values import Refused, RepoPath, parse_repo_path

ODD = ["a b.py", "docs/my file.md", "x|y.py", "`q`.py", "{id}.py", "a*b.py", "[id]/page.tsx", "(group)/page.tsx", "café.py", "caf\udce9.py"]
ODD += ["a -> b.py", "a, b.py", "M app.py", "new file.py", "<b>.py", "&amp;.py", "lib", "Makefile", "none", "N/A", "_x_", "__init__.py"]
ODD += [
    "...",
    "#x",
    "~~x~~",
    "-x",
    "tests/(unchanged)",
    "a\u200bb.py",
    "1. x",
    "12 files changed",
    "a.py (new)",
    "a.py - removed",
    "e\u0301.py",
]
PARTS = st.text(st.sampled_from("ab./-_ |`*[]()<>&#~\"'\\,;:!?=+@$%^é\u0301\u200b…→N{}\udce9"), min_size=1, max_size=12)
PATHS = PARTS.map(parse_repo_path).filter(lambda path: not isinstance(path, Refused))


def claimed(*paths: RepoPath) -> Claim:
    """What our reader makes of a log with these rows, where all of them exist."""
    text = "\n".join(
        ["# Diff Log", "", "## Files Changed", *claim_lines([(path, "modified") for path in paths]), "", "## Notes", "- None", ""]
    )
    log = log_of(parse_difflog(text.encode()))
    assert log is not None
    return resolve_claim(log.claim, lambda path: path in paths, FORGE)


@pytest.mark.parametrize("path", ["app/a.py", "Forge/Contracts/physics.yaml", ".github/workflows/ci.yml", *ODD])
def test_a_name_is_claimed_exactly(path: str) -> None:
    found = claimed(RepoPath(path))
    assert (found.paths, found.defects) == ((path,), ())


def test_a_plain_name_is_readable_and_an_odd_one_is_quoted_as_git_does() -> None:
    assert path_text(RepoPath("app/a.py")) == "`app/a.py`"
    assert path_text(RepoPath("café .py")) == '"caf\\303\\251 .py"'


def test_nothing_changed_is_said() -> None:
    assert claim_lines(()) == (NOTHING,)
    found = claimed()
    assert (found.stated, found.paths, found.defects) == (True, (), ())


@settings(max_examples=150, deadline=None)
@given(st.lists(PATHS, min_size=1, max_size=3, unique=True))
def test_whatever_the_names_are_they_come_back_or_are_known_to_be_lost(paths: list[RepoPath]) -> None:
    found = claimed(*paths)
    lost = unwritable(paths, found.paths)
    assert set(found.paths) >= set(paths) - set(lost)
    # Only braces with a list in them stand for several names, whatever is put around them.
    assert all("{" in path and "," in path for path in lost)


@pytest.mark.parametrize("path", ["{a,b}.py", "unchanged"])
def test_a_name_that_no_row_can_state_is_found_out(path: str) -> None:
    assert unwritable([RepoPath(path)], claimed(RepoPath(path)).paths) == (path,)
