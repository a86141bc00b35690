"""X-DOCS: in the last phase the instructions are there, with eight complete sections; before that nobody asks."""

from __future__ import annotations

import pytest

from forgewatch.checks.x_docs import SECTIONS, judge
from forgewatch.core.places import FORGE, USER_INSTRUCTIONS
from forgewatch.core.values import Content, Phase, RepoPath, Unreadable
from forgewatch.core.verdict import Ruling
from tests.support.snapshots import snapshot

PLAN = b"## Phase 0 -- Genesis\n- frame\n## Phase 1 -- Ship\n- all\n"
TITLES = [title for title, _ in SECTIONS]


def instructions(**texts: str) -> str:
    """Return complete instructions; a text by title replaces what stands below that heading."""
    return "# User instructions\n\n" + "\n".join(f"## {title}\n\n{texts.get(title, 'Do this.')}\n" for title in TITLES)


def audited(text: str | Unreadable | None, phase: str = "Phase 1", plan: Content = PLAN) -> Ruling:
    documents: dict[RepoPath, Content] = {FORGE.phases: plan}
    if text is not None:
        documents[USER_INSTRUCTIONS] = text.encode() if isinstance(text, str) else text
    return judge(snapshot(phase=Phase(phase), documents=documents))


def told(ruling: Ruling) -> list[str]:
    return [f"{found.code} {found.expected}" for found in ruling.findings]


@pytest.mark.req("S002-9.7-2")
def test_complete_instructions_pass() -> None:
    ruling = audited(instructions())
    assert (ruling.findings, ruling.applicable, ruling.basis) == ((), True, "8 sections of USER_INSTRUCTIONS.md")


@pytest.mark.parametrize("text", [None, Unreadable("is a symlink")])
def test_missing_instructions_are_told_in_the_last_phase(text: Unreadable | None) -> None:
    (finding,) = audited(text).findings
    assert (finding.code, finding.path) == ("XU01", "USER_INSTRUCTIONS.md")


@pytest.mark.req("S002-9.7-2")
@pytest.mark.parametrize("title", TITLES)
def test_each_of_the_eight_sections_is_missed(title: str) -> None:
    text = instructions().replace(f"## {title}\n\nDo this.\n", "")
    assert told(audited(text)) == [f"XU02 {title}"]


@pytest.mark.req("S002-9.7-2")
@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize(
    ("body", "line", "fault"),
    [
        ("", 0, "is empty"),
        ("TODO: say it", 2, "is unfinished"),
        ("- **TODO**", 2, "is unfinished"),
        ("TBD", 2, "is unfinished"),
    ],
)
def test_a_section_that_is_empty_or_unfinished_is_told_with_its_line(title: str, body: str, line: int, fault: str) -> None:
    (finding,) = audited(instructions(**{title: body})).findings
    heading = 3 + 4 * TITLES.index(title)
    assert (finding.code, finding.expected, finding.actual, finding.line) == ("XU03", title, fault, heading + line)


def test_a_section_of_commands_or_of_deeper_sections_is_complete() -> None:
    assert told(audited(instructions(Run="```bash\n# start it\npython -m app\n```"))) == []
    assert told(audited(instructions(Run="### Development\npython -m app\n"))) == []
    assert told(audited(instructions(Run="### Development\n\n### Production\n"))) == ["XU03 Run"]


def test_headings_in_other_words_count() -> None:
    titles = ["Guide", "1. Before you begin", "Installation", "API keys", "Environment", "How to run it", "Shutting down"]
    text = "\n".join(f"# {title}\nx\n" for title in (*titles, "Parameters", "Common errors"))
    assert told(audited(text)) == []


def test_a_todo_inside_a_sentence_or_a_name_is_none() -> None:
    assert told(audited(instructions(Run="Open the todo list. `TODOS.md` holds it, see TODO list.\n"))) == []


@pytest.mark.parametrize(
    ("phase", "plan", "why"),
    [
        ("Phase 0", PLAN, "the last phase is not reached"),
        ("unknown", PLAN, "the last phase is not reached"),
        ("Phase 1", b"# Plan\n", "phases.md does not tell which phase is the last"),
        ("Phase 1", Unreadable("is a symlink"), "phases.md does not tell which phase is the last"),
    ],
)
def test_before_the_last_phase_it_does_not_apply(phase: str, plan: Content, why: str) -> None:
    ruling = audited(None, phase, plan)
    assert (ruling.applicable, ruling.basis) == (False, why)
