"""The plan of a cycle: what the diff log lists when it becomes IN_PROCESS, and what is beyond it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.events import CycleOpened, Recorded
from forgewatch.core.journal_line import decode_line, encode_line
from forgewatch.core.places import FORGE
from forgewatch.core.plan_scope import PLAN_CHARS, beyond, joined
from forgewatch.core.planned_files import planned_files
from forgewatch.core.values import RepoPath
from tests.support.answers import digest

LOG = "# Diff Log\n\n## Cycle Status\n- Status: IN_PROCESS\n\n## Files Changed (planned)\n{}\n\n## Next Steps\n- None\n"


def paths(*names: str) -> tuple[RepoPath, ...]:
    return tuple(map(RepoPath, names))


@pytest.mark.req("S002-12-6")
@pytest.mark.parametrize(
    ("listed", "found"),
    [
        ("- app/a.py\n- `app/b.py` (new)\n- app/a.py", ("app/a.py", "app/b.py")),
        ("| File | Why |\n|---|---|\n| app/a.py | route |", ("app/a.py",)),
        ("- Contracts/physics.yaml", ("Forge/Contracts/physics.yaml",)),
        ("- app/services/", ("app/services",)),
        ("- app/services/*", ("app/services",)),
        ("- (none)", ()),
        ("", ()),
    ],
)
def test_a_plan_is_what_the_log_lists_folders_too(listed: str, found: tuple[str, ...]) -> None:
    assert planned_files(LOG.format(listed).encode(), FORGE) == found


def test_a_log_that_cannot_be_read_plans_nothing() -> None:
    assert planned_files(b"", FORGE) == planned_files(b"# Diff Log\n\n## Summary\n- x\n", FORGE) == ()


@pytest.mark.req("S002-12-6")
def test_what_is_neither_planned_nor_in_a_planned_folder_is_beyond_the_plan() -> None:
    plan = paths("app/a.py", "app/services")
    changed = paths("app/a.py", "app/a.py.orig", "app/b.py", "app/services/x/y.py", "app/services2/x.py")
    assert list(beyond(plan, changed)) == ["app/a.py.orig", "app/b.py", "app/services2/x.py"]
    assert list(beyond((), changed)) == []


@pytest.mark.parametrize("name", ["cafe\u0301.py", "caf\u00e9.py", "odd\udcff.py"])
def test_a_planned_path_is_known_in_whatever_form_it_comes_back_from_the_record(name: str) -> None:
    event = CycleOpened(at="2026-11-20T12:00:00Z", cycle=1, document=digest("plan"), planned=paths(name))
    recorded = decode_line(0, encode_line(event).rstrip(b"\n"))
    assert isinstance(recorded, Recorded)
    assert isinstance(recorded.event, CycleOpened)
    assert list(beyond(recorded.event.planned, paths(name, "other.py"))) == ["other.py"]


def test_a_plan_is_kept_up_to_a_limit_and_what_is_beyond_it_is_not_planned() -> None:
    names = [f"app/{number:06}.py" for number in range(PLAN_CHARS // 13 + 5)]
    kept = planned_files(LOG.format("\n".join(f"- {name}" for name in names)).encode(), FORGE)
    assert kept == tuple(names[: PLAN_CHARS // 13])
    assert joined(kept, paths("z.py")) == kept
    assert joined(paths("a.py", "b.py"), paths("b.py", "c.py")) == ("a.py", "b.py", "c.py")


@given(st.text(max_size=80), st.binary(max_size=40))
def test_any_log_has_a_plan(listed: str, raw: bytes) -> None:
    for log in (raw, LOG.replace("{}", listed).encode("utf-8", "surrogatepass")):
        assert all(isinstance(path, str) and path for path in planned_files(log, FORGE))
