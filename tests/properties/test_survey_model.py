"""A survey equals what a list of edits says: an oracle of three dictionaries (HEAD, index, files) and no git status anywhere."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.adapters.stat_cache import Trust
from forgewatch.core.settings import Compare
from tests.support.builder import Builder
from tests.support.reading import Reading, reading_of

PATHS = ("a.py", "b.txt", "d/a.py", "d/b.py", "d/e/deep.py", "f/only.py", "z é.py")
CONTENTS = (b"", b"one\n", b"two\n", b"one\r\n", b"\0\xff")

File = tuple[bytes, bool]
Edit = tuple[str, str, bytes]

EDITS = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "delete", "execute", "stage", "commit", "look"]),
        st.sampled_from(PATHS),
        st.sampled_from(CONTENTS),
    ),
    min_size=1,
    max_size=12,
)


@dataclass
class Model:
    """What HEAD, the index and the working tree hold, by path."""

    head: dict[str, File] = field(default_factory=dict)
    index: dict[str, File] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)

    def changes(self) -> dict[str, tuple[str, bool]]:
        """Return (kind, only staged) of every path that differs."""
        found = {}
        for path in self.head.keys() | self.files.keys() | self.index.keys():
            before, after, staged = self.head.get(path), self.files.get(path), self.index.get(path)
            if after != before:
                found[path] = (_kind(before, after, path in self.index), False)
            elif staged != before:
                found[path] = (_kind(before, staged, True), True)
        return found


def _kind(before: File | None, after: File | None, tracked: bool) -> str:
    if before is None:
        return "added" if tracked else "untracked"
    if after is None:
        return "deleted"
    return "mode" if before[0] == after[0] else "modified"


def apply(reading: Reading, model: Model, edit: Edit) -> None:
    """Do one edit to the repository and to the model."""
    verb, path, content = edit
    place = reading.root / path
    match verb:
        case "write":
            reading.builder.write(path, content)
            model.files[path] = (content, model.files.get(path, (b"", False))[1])
        case "delete" if path in model.files:
            place.unlink()
            del model.files[path]
        case "execute" if path in model.files:
            raw, bit = model.files[path]
            place.chmod(0o644 if bit else 0o755)
            model.files[path] = (raw, not bit)
        case "stage" if path in model.files or path in model.index:
            reading.git("add", "-A", "--", path)
            model.index.pop(path, None)
            model.index.update({path: model.files[path]} if path in model.files else {})
        case "commit":
            reading.git("commit", "-q", "--allow-empty", "-m", "edit")
            model.head = dict(model.index)
        case "look":
            compare_with(reading, model)


def compare_with(reading: Reading, model: Model) -> None:
    """Take a survey, with and without what is remembered, and hold it against the model."""
    for use_cache in (True, False):
        survey = reading.survey(compare=Compare.RAW, use_cache=use_cache)
        assert {change.path: (str(change.kind), change.staged) for change in survey.changes} == model.changes()
        assert set(survey.paths) == set(model.files)
        assert not survey.obstacles and not survey.store_faults


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("empty")
    builder = Builder(folder)
    builder.git("init", "-q")
    builder.git("commit", "-q", "--allow-empty", "-m", "nothing")
    return folder


@settings(max_examples=40, deadline=None)
@given(edits=EDITS)
def test_a_survey_equals_what_the_edits_say(empty: Path, tmp_path_factory: pytest.TempPathFactory, edits: list[Edit]) -> None:
    folder = tmp_path_factory.mktemp("model")
    shutil.copytree(empty, folder / "repository", symlinks=True)
    model = Model()
    with reading_of(folder, Builder(folder / "repository")) as reading:
        for edit in edits:
            apply(reading, model, edit)
        compare_with(reading, model)
    shutil.rmtree(folder)


@settings(max_examples=40, deadline=None)
@given(edits=EDITS, shared_from=st.sampled_from([None, 1]))
def test_what_is_remembered_never_hides_an_edit(
    empty: Path, tmp_path_factory: pytest.TempPathFactory, edits: list[Edit], shared_from: int | None
) -> None:
    """Every stat key is trusted at once, a survey follows every edit, by one process or two."""
    folder = tmp_path_factory.mktemp("model")
    shutil.copytree(empty, folder / "repository", symlinks=True)
    model = Model()
    with reading_of(folder, Builder(folder / "repository")) as reading:
        reading.trust, reading.shared_from = trust_all, shared_from
        for number, edit in enumerate(edits, 1):
            apply(reading, model, edit)
            settle(reading.root, edit[1], number)
            compare_with(reading, model)
    shutil.rmtree(folder)


def trust_all(_: str, device: int) -> Trust:
    """Trust every file, however young."""
    return Trust(device, 2**62)


def settle(root: Path, path: str, number: int) -> None:
    """Give a file and its directories time stamps of their own: the clock of a file system may be coarser than a test is quick."""
    place = root / path
    while place != root.parent:
        if place.exists():
            os.utime(place, ns=(number, number))
        place = place.parent


@settings(max_examples=10, deadline=None)
@given(edits=EDITS)
def test_a_process_that_starts_anew_sees_the_same(empty: Path, tmp_path_factory: pytest.TempPathFactory, edits: list[Edit]) -> None:
    """What is kept in the state folder gives the same survey as what is in memory, and as nothing."""
    folder = tmp_path_factory.mktemp("model")
    shutil.copytree(empty, folder / "repository", symlinks=True)
    model = Model()
    with reading_of(folder, Builder(folder / "repository")) as reading:
        for edit in edits:
            apply(reading, model, edit)
        warm = reading.survey()
    os.rename(folder / "state", folder / "kept")
    with reading_of(folder, Builder(folder / "repository")) as reading:
        assert reading.survey() == warm
    shutil.rmtree(folder / "state")
    os.rename(folder / "kept", folder / "state")
    os.rename(folder / "state", folder / "again")
    with reading_of(folder, Builder(folder / "repository")) as reading:
        shutil.copytree(folder / "again", reading.state, dirs_exist_ok=True)
        assert reading.survey() == warm
    shutil.rmtree(folder)
