"""Is the frontend enabled: on, off, and everything in between, which means on (contract §1 item 7)."""

from __future__ import annotations

import json

import pytest

from forgewatch.core.frontend_switch import FrontendSaid, frontend_of
from forgewatch.core.values import Absent, Content, Unreadable

SILENT = b"# Stack\n\n## Backend\n- **Language:** Python\n\n## LLM / AI Integration\n- **Enabled:** Yes\n"


def said(stack: str | Content, forge_json: object = None) -> FrontendSaid:
    raw: Content = stack.encode() if isinstance(stack, str) else stack
    return frontend_of(raw, Absent() if forge_json is None else json.dumps(forge_json).encode())


@pytest.mark.req("S002-1-3")
@pytest.mark.parametrize(
    "stack",
    [
        "## Frontend\n\n- **Enabled:** Yes\n- **Language:** TypeScript\n\n## LLM\n- **Enabled:** No\n",
        "Frontend enabled: yes\n",
        "- **Frontend:** enabled\n",
        "| Side | State |\n|---|---|\n| Frontend | enabled: yes |\n",
        "- Front-end is enabled.\n",
        "## 4. Frontend Stack\r\n- enabled: true\r\n",
        "Frontend (enabled: yes)\n",
    ],
)
def test_a_stack_that_says_so_enables_it(stack: str) -> None:
    assert said(stack) == FrontendSaid(needed=True, why="stack.md says that the frontend is enabled")


@pytest.mark.req("S002-1-3")
@pytest.mark.parametrize(
    "stack",
    [
        "## Frontend\n- **Enabled:** No\n- **Framework:** N/A\n",
        "Frontend enabled: no\n",
        "## Frontend\nNone (API only)\n",
        "## Frontend\n- **Framework:** None\n- **Build tool:** N/A\n",
        "## Frontend\n\nThere is no frontend.\n",
        "- Frontend: none -- this is an API\n",
    ],
)
def test_a_stack_that_says_no_disables_it(stack: str) -> None:
    assert said(stack) == FrontendSaid(needed=False, why="stack.md says that the frontend is not enabled")


def test_a_stack_without_a_word_of_it_has_none_and_other_sections_do_not_count() -> None:
    assert said(SILENT) == FrontendSaid(needed=False, why="stack.md and forge.json say nothing of a frontend")
    assert not said("# Stack\n- **Frontend tests:** N/A\n```\nFrontend enabled: yes\n```\n## Frontend testing\n- Enabled: yes\n").needed


@pytest.mark.req("S002-1-3")
@pytest.mark.parametrize(
    ("stack", "why"),
    [
        ("## Frontend\n- **Framework:** React + TypeScript\n", "stack.md tells of a frontend and not whether it is enabled"),
        ("## Frontend\n", "stack.md tells of a frontend and not whether it is enabled"),
        ("## Frontend\n- Framework: no framework, plain JavaScript: one page\n", "stack.md tells of a frontend and not whether"),
        ("## Frontend\n- Enabled: maybe later\n", "stack.md tells of a frontend and not whether"),
        ("## Frontend\n> enabled: no\n", "stack.md tells of a frontend and not whether"),
        ("Frontend: yes\n\n## Frontend\n- Enabled: no\n", "stack.md says both"),
        (Absent(), "stack.md is missing"),
        (Unreadable("is a symlink"), "stack.md is a symlink"),
        (b"x\n" * 700_000, "stack.md is larger than what is parsed"),
    ],
)
def test_what_is_not_clear_means_enabled(stack: str | Content, why: str) -> None:
    told = said(stack)
    assert told.needed and told.why.startswith(why)


@pytest.mark.req("S002-1-3")
@pytest.mark.parametrize(
    ("value", "needed", "why"),
    [
        ({"frontend": {"enabled": True}}, True, "forge.json says that the frontend is enabled"),
        ({"frontend": {"enabled": False}}, False, "forge.json says that the frontend is not enabled"),
        ({"frontend": False}, False, "forge.json says that the frontend is not enabled"),
        ({"frontend": None}, False, "stack.md and forge.json say nothing of a frontend"),
        ({"frontend": {}}, False, "stack.md and forge.json say nothing of a frontend"),
        ({"frontend": {"dir": "web"}}, True, "forge.json tells of a frontend and not whether it is enabled"),
        ({"frontend": {"enabled": "no"}}, True, "forge.json tells of a frontend and not whether it is enabled"),
        ({"frontend": "web"}, True, "forge.json tells of a frontend and not whether it is enabled"),
        ([], True, "forge.json is no JSON object"),
    ],
)
def test_forge_json_says_it_too(value: object, needed: bool, why: str) -> None:
    assert said(SILENT, value) == FrontendSaid(needed=needed, why=why)


def test_one_word_for_it_is_enough_against_the_other() -> None:
    assert said("## Frontend\n- Enabled: no\n", {"frontend": {"enabled": True}}).needed
    assert said("## Frontend\n- Enabled: yes\n", {"frontend": {"enabled": False}}).needed


def test_a_forge_json_that_cannot_be_read_leaves_it_open() -> None:
    assert frontend_of(SILENT, Unreadable("is a FIFO")) == FrontendSaid(needed=True, why="forge.json is a FIFO")
    assert frontend_of(SILENT, b"{").needed
