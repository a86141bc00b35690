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
    return judge(snapshot(phase=Phase(phase), documents=documents, base_documents={FORGE.phases: plan}))


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


@pytest.mark.req("S002-9.7-2")
@pytest.mark.parametrize(
    ("text", "missed"),
    [
        (instructions(Run="```bash\n# Stop it\nkill 1\n```").replace("## Stop\n\nDo this.\n", ""), ["XU02 Stop"]),
        (instructions().replace("# User instructions", "# Install it").replace("## Install\n\nDo this.\n", ""), ["XU02 Install"]),
        (instructions().removeprefix("# User instructions\n\n"), []),
        (instructions().replace("# User instructions\n\n", "For users.\n# Prerequisites\n\nA key.\n").replace("## Prereq", "## Pre"), []),
        (instructions().replace("Do this.\n\n## Stop\n\nDo this.\n", "Do this.\n## Stop\n"), ["XU03 Stop"]),
    ],
    ids=["a comment in code", "the title", "no title", "a second line", "text right above it"],
)
def test_a_section_is_what_stands_below_a_heading_of_its_own(text: str, missed: list[str]) -> None:
    assert told(audited(text)) == missed


def test_headings_in_other_words_count() -> None:
    titles = ["Guide", "1. Before you begin", "Installation", "API keys", "Environment", "How to run it", "Shutting down"]
    text = "\n".join(f"# {title}\nx\n" for title in (*titles, "Parameters", "Common errors"))
    assert told(audited(text)) == []


def test_a_todo_inside_a_sentence_or_a_name_is_none() -> None:
    assert told(audited(instructions(Run="Open the todo list. `TODOS.md` holds it, see TODO list.\n"))) == []


@pytest.mark.parametrize(
    ("phase", "plan", "why"),
    [
        ("Phase 9", PLAN, "the last phase is not reached"),
        ("unknown", PLAN, "the last phase is not reached"),
        ("Phase 1", b"# Plan\n", "phases.md does not tell which phase is the last"),
        ("Phase 0", b"# Plan\n\n## Phase 0 -- Genesis\n- frame\n", "phases.md does not tell which phase is the last"),
        ("Phase 1", Unreadable("is a symlink"), "phases.md does not tell which phase is the last"),
    ],
)
def test_before_the_last_phase_it_does_not_apply(phase: str, plan: Content, why: str) -> None:
    ruling = audited(None, phase, plan)
    assert (ruling.applicable, ruling.basis) == (False, why)


SAYING = "## Phase 0 -- Genesis\n- frame\n## Phase 10 -- Ship\n**Scope**\n- all\n\n{criteria}\n## Phase 2 -- Users\n- users\n"


def planned(criteria: str, phase: str = "Phase 0", base: Content | None = None) -> Ruling:
    """Judge a plan whose last phase, in the middle of the document, has these criteria; `base` is another phases.md at BASE."""
    plan = SAYING.format(criteria=criteria).encode()
    return judge(snapshot(phase=Phase(phase), documents={FORGE.phases: plan}, base_documents={FORGE.phases: base or plan}))


@pytest.mark.req("S002-9.7-3")
@pytest.mark.parametrize(
    "criteria",
    [
        "**Exit criteria:**\n- `USER_INSTRUCTIONS.md` is complete and covers all sections.",
        "### E) Acceptance\n- [ ] USER_INSTRUCTIONS.md is  complete\n  and covers all sections",
        "E. Acceptance tests:\n* **`USER_INSTRUCTIONS.md` is complete and covers all sections.**",
        "- `USER_INSTRUCTIONS.md` is complete and covers all sections.",
    ],
)
def test_a_last_phase_with_the_sentence_among_its_criteria_passes(criteria: str) -> None:
    ruling = planned(criteria)
    assert (ruling.findings, ruling.basis) == ((), "criteria of the last phase")


@pytest.mark.req("S002-9.7-3")
@pytest.mark.parametrize(
    "criteria",
    [
        "",
        "**Exit criteria:**\n- `USER_INSTRUCTIONS.md` covers: setup, usage",
        "- `USER_INSTRUCTIONS.md` is complete and covers all sections.\n**Exit criteria:**\n- it starts",
        "```\n- `USER_INSTRUCTIONS.md` is complete and covers all sections.\n```",
    ],
)
def test_a_last_phase_without_it_is_told_with_the_sentence_to_add(criteria: str) -> None:
    (finding,) = planned(criteria).findings
    assert (finding.code, finding.path, finding.line) == ("XU04", FORGE.phases, 3)
    assert finding.expected == "`USER_INSTRUCTIONS.md` is complete and covers all sections."


def test_the_criteria_are_judged_where_the_plan_can_be_mended_and_nowhere_else() -> None:
    assert [found.code for found in planned("", "Phase 2", base=b"# Plan\n").findings] == ["XU04"]
    assert not planned("", "Phase 2").applicable
    assert told(planned("", "Phase 10")) == ["XU01 eight sections"]
