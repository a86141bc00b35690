"""A git that dies, lies, hangs or breaks off at any answer of its conversation with an audit (hostile.md, Cases: a fault at any git call).

Every run proves that its fault happened. Over honest work a pass is then true only when the same object was asked for again and really
given, or when the fault came after an answer and took none away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from forgewatch.core.limits import Limits
from forgewatch.core.report import AuditAnswer
from forgewatch.core.settings import Settings
from forgewatch.core.values import CommitId
from tests.support.builder import Builder
from tests.support.inside import Inside, inside_of
from tests.support.lying_git import AFTERWARDS, FOR_GOOD, HANGS, INSTEAD, LyingGit
from tests.support.machine import Machine, is_pass, spread

IMPATIENT = Settings(limits=Limits(git_seconds=1))
NOTES = "".join(f"accepted {number}\n" for number in range(40))
RULES, ROUTES = "Forge/Contracts/boundaries.json", "app/api/routers/users.py"


class Conversations:
    """Audits through a git that fails as planned. The anchor, an accepted commit and the work lie one behind the other."""

    def __init__(self, rig: Inside, folder: Path) -> None:
        self.machine = Machine(rig)
        self.builder = rig.builder
        self.git = LyingGit(folder)
        self.authorized = (rig.anchor, CommitId(self.builder.write("notes.md", NOTES).commit("accepted").head))

    def answer(self, way: str, number: int) -> AuditAnswer:
        """Audit, git failing in this way at this answer; "" never fails."""
        planned = self.git.plan(way, number)
        return self.machine.answer(git=planned.path, settings=IMPATIENT, authorized=self.authorized)

    def broken(self, ways: Iterable[str], wanted: int | None) -> Iterator[tuple[str, int, AuditAnswer]]:
        """Yield way, number and outcome of a fault at every answer, or `wanted` of them; each fault did happen, once."""
        self.answer("", 0)
        answers = self.git.count("answer")
        assert answers > 10
        assert self.git.count("fault") == 0
        for way in ways:
            for number in [at + 1 for at in (range(answers) if wanted is None else spread(answers, wanted))]:
                if (way, number) == ("says missing", 1):
                    continue  # It is asked for an object that nobody has: this is the truth.
                answer = self.answer(way, number)
                assert self.git.count("fault") == 1, (way, number)
                yield way, number, answer


def honest(builder: Builder) -> None:
    builder.write("app/a.py", "import os\n\nx = 2\n").record().claims("app/a.py").completes()


def hides_a_file(builder: Builder) -> None:
    honest(builder)
    builder.write("backdoor.py", "import os\n")


def softens_the_rules(builder: Builder) -> None:
    builder.write(RULES, (builder.root / RULES).read_text().replace("asyncpg", "nothing"))
    builder.write(ROUTES, (builder.root / ROUTES).read_text() + "\nimport asyncpg\n").write("requirements.txt", "fastapi\nasyncpg\n")
    builder.record().claims(RULES, ROUTES, "requirements.txt").completes()


def renames(builder: Builder) -> None:
    text = (builder.root / "notes.md").read_text()
    builder.delete("notes.md").write("app/notes.md", text + "more\n").record().claims("notes.md", "app/notes.md").completes()


def sneaks_a_commit_in(builder: Builder) -> None:
    builder.write("backdoor.py", "import os\n").commit("nothing to see")
    honest(builder)


def takes_a_dependency(builder: Builder) -> None:
    builder.write("app/a.py", "import httpx\n\nx = 2\n").record().claims("app/a.py").completes()


CHEATS: dict[str, Callable[[Builder], None]] = {
    "hides a file": hides_a_file,
    "softens the rules": softens_the_rules,
    "renames": renames,
    "sneaks a commit in": sneaks_a_commit_in,
    "takes a dependency": takes_a_dependency,
}


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Conversations]:
    """A repository with an accepted commit behind the anchor, and no work in it yet."""
    with inside_of(tmp_path) as rig:
        yield Conversations(rig, tmp_path / "proof")


def check_honest(talk: Conversations, way: str, wanted: int | None) -> None:
    honest(talk.builder)
    assert is_pass(talk.answer("", 0))
    broken = 0
    for _, number, answer in talk.broken([way], wanted):
        broken += not is_pass(answer)
        if is_pass(answer):
            kept = way == AFTERWARDS and (talk.git.count("start") == 2 or talk.git.count("answer") == number)
            kept = kept or (way == FOR_GOOD and talk.git.count("answer") == number)
            assert kept or talk.git.asked_again, (way, number)
    assert broken or way == AFTERWARDS


@pytest.mark.parametrize("way", [*INSTEAD, AFTERWARDS, FOR_GOOD])
def test_honest_work_passes_only_with_every_answer_of_git(talk: Conversations, way: str) -> None:
    check_honest(talk, way, 6)


@pytest.mark.soak
@pytest.mark.parametrize("way", [*INSTEAD, AFTERWARDS, FOR_GOOD, HANGS])
def test_honest_work_passes_only_with_every_answer_of_git_whichever_fails(talk: Conversations, way: str) -> None:
    check_honest(talk, way, None)


def test_a_git_that_hangs_is_not_waited_for_and_gives_no_pass(talk: Conversations) -> None:
    check_honest(talk, HANGS, 3)


@pytest.mark.parametrize("way", ["exits with 128", "lies", "says missing", "claims more", AFTERWARDS])
@pytest.mark.parametrize("cheat", CHEATS)
def test_a_cheat_passes_through_no_fault_of_git(talk: Conversations, cheat: str, way: str) -> None:
    CHEATS[cheat](talk.builder)
    assert not is_pass(talk.answer("", 0))
    assert not [told for told in talk.broken([way], 5) if is_pass(told[2])]


@pytest.mark.soak
@pytest.mark.parametrize("way", [*INSTEAD, AFTERWARDS, FOR_GOOD])
@pytest.mark.parametrize("cheat", CHEATS)
def test_a_cheat_passes_through_no_fault_of_git_whichever_answer_fails(talk: Conversations, cheat: str, way: str) -> None:
    CHEATS[cheat](talk.builder)
    assert not is_pass(talk.answer("", 0))
    assert not [told for told in talk.broken([way], None) if is_pass(told[2])]
