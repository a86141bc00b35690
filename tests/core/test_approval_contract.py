"""The approval contract: the template byte for byte, what approves and what does not, and each field beside the facts."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from forgewatch.core.approval_contract import (
    ApprovalContract,
    compared,
    contract_path,
    disputes_of,
    is_task,
    out_of_scope,
    parse_contract,
    token_path,
)
from forgewatch.core.approval_scope import Disputed, Section
from forgewatch.core.approval_template import contract_text
from forgewatch.core.defect import Defect
from forgewatch.core.values import CommitId, RepoPath
from tests.support.answers import HEAD
from tests.support.pace import seconds

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "approval.md"
NEW = contract_text("add-login", "shop", HEAD, "2026-11-20")
SCOPE = """- [ ] Schema changes:
  - (list or NONE)

- [ ] Runtime code changes:
  - (list files + intent)

- [ ] Backfill scripts:
  - (list or NONE)

- [ ] Documentation-only changes:
  - (list)
"""
GIVEN = """- [ ] Schema changes:
  - NONE
- [x] Runtime code changes:
  - `app/login.py`, `app/auth/`: a second factor
"""


def filled(scope: str = GIVEN, name: str = "Jane Doe", date: str = "2026-11-20") -> str:
    """Return the contract as a person filled it in."""
    text = NEW.replace(SCOPE, scope)
    return text.replace("Name: ____________________", f"Name: {name}").replace("Date: ____________________", f"Date: {date}")


def read(text: str) -> ApprovalContract:
    found = parse_contract(text.encode())
    assert isinstance(found, ApprovalContract), found
    return found


def approved(scope: str) -> dict[str, tuple[str, ...]]:
    """Return the sections that approve something, by their name."""
    scopes = read(filled(scope)).scopes
    return {section.name: paths for section in Section if (paths := scopes.approved(section))}


def disputes(text: str, *, repository: str = "shop", head: CommitId | None = HEAD) -> tuple[Disputed, ...]:
    contract = read(text)
    return disputes_of(contract, compared(contract, task="add-login", repository=repository, head=head))


@pytest.mark.req("S000-A-1")
def test_a_new_contract_is_the_text_of_the_document_with_task_repository_base_and_date() -> None:
    assert contract_text("add-login", "shop", CommitId("1" * 40), "2026-11-20").encode() == GOLDEN.read_bytes()


@pytest.mark.req("S000-A-1")
def test_a_new_contract_approves_nothing_and_is_signed_by_nobody() -> None:
    contract = read(NEW)
    assert (contract.task, contract.repository, contract.base, contract.date) == ("add-login", "shop", HEAD, "2026-11-20")
    assert (contract.name, contract.signature, contract.signed) == ("", "", "")
    assert approved(SCOPE) == {}
    assert [dispute.field for dispute in disputes(NEW)] == ["Name", "Date of the approval", "Approved scope"]


def test_a_filled_contract_has_nothing_against_it() -> None:
    assert disputes(filled()) == ()
    assert disputes(filled().replace("\n", "\r\n")) == ()
    assert disputes("\ufeff" + filled()) == ()


@pytest.mark.req("S000-A-2")
@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("- [x] Runtime code changes:\n  - `a/b.py`\n", {"RUNTIME": ("a/b.py",)}),
        ("- [X] Runtime code changes:\n  - `a/b.py`\n", {"RUNTIME": ("a/b.py",)}),
        ("* [ x ] Runtime code changes: `a/b.py`\n", {"RUNTIME": ("a/b.py",)}),
        ("- [x] **Runtime code changes:** `a/b.py`\n", {"RUNTIME": ("a/b.py",)}),
        ("- [x] runtime code changes:\n\n  text\n\n  1. `a/b.py` and `c/*`\n", {"RUNTIME": ("a/b.py", "c/*")}),
        ("- [x] Runtime code changes\n- `a/b.py`\n", {"RUNTIME": ("a/b.py",)}),
        ("- [ ] Runtime code changes:\n  - `a/b.py`\n", {}),
        ("- [] Runtime code changes:\n  - `a/b.py`\n", {}),
        ("- [-] Runtime code changes:\n  - `a/b.py`\n", {}),
        ("- [x] Schema changes:\n  - NONE\n", {}),
        ("- [x] Schema changes: none.\n- [x] Backfill scripts:\n  - `s.sh`\n", {"BACKFILL": ("s.sh",)}),
        ("- [x] Documentation-only changes:\n  - `README.md`\n  - `docs/**`\n  - `*`\n", {"DOCS": ("README.md", "docs/**", "*")}),
        ("- [x] Runtime code changes:\n  - run `pytest -q a/b.py`, set `flag`, edit app/c.py\n", {}),
        ("- [x] Runtime code changes:\n  - [x] `a/b.py`\n  - [ ] `c/d.py`\n  - `e.py`\n", {"RUNTIME": ("a/b.py", "e.py")}),
        ("- [x] Runtime code changes:\n  - [`a/b.py`](a/b.py)\n", {"RUNTIME": ("a/b.py",)}),
        ("Runtime code changes:\n- `a/b.py`\n\nSchema changes:\n- NONE\n", {"RUNTIME": ("a/b.py",)}),
        ("### Runtime code changes\n- `a/b.py`\n", {"RUNTIME": ("a/b.py",)}),
        ("- Runtime code changes:\n  - `a/b.py`\n- [ ] Schema changes:\n  - `s.sql`\n", {}),
        ("- Runtime code changes:\n  - `a/b.py`\n- [x] Schema changes:\n  - `s.sql`\n", {"SCHEMA": ("s.sql",)}),
        ("`a/b.py`\n- [ ] Runtime code changes:\n", {}),
        ("", {}),
    ],
)
def test_only_what_a_ticked_section_names_in_backticks_is_approved(scope: str, found: dict[str, tuple[str, ...]]) -> None:
    assert approved(scope) == found


def test_what_a_reader_of_the_page_would_not_see_approves_nothing() -> None:
    assert approved("<!-- - [x] Runtime code changes:\n  - `**`\n-->\n- [ ] Schema changes:\n") == {}
    assert approved("- [x] Runtime code changes:\n  - `a.py` <!-- `b.py` -->\n") == {"RUNTIME": ("a.py",)}
    assert approved("- [x] Runtime code changes:\n  - `a.py` <!-- never ended\n  - `b.py`\n") == {"RUNTIME": ("a.py",)}


def test_paths_outside_of_the_approved_scope_approve_nothing() -> None:
    text = filled().replace("## DRIFT ACKNOWLEDGEMENTS\n", "## DRIFT ACKNOWLEDGEMENTS\n- [x] Runtime code changes:\n  - `evil.py`\n")
    contract = read(text)
    assert contract.scopes.approved(Section.RUNTIME) == ("app/login.py", "app/auth/")
    assert not any(".docs" in path for section in Section for path in contract.scopes.approved(section))


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ("- [?] Runtime code changes:\n", Disputed("box", "[ ] or [x]", "- [?] Runtime code changes:", 14)),
        (
            "- [x] Everything:\n  - `a.py`\n",
            Disputed(
                "box",
                "one of the sections Schema changes, Runtime code changes, Backfill scripts, Documentation-only changes",
                "- [x] Everything:",
                14,
            ),
        ),
        (
            "- [ ] Runtime code changes:\n- [x] Runtime code changes:\n  - `a.py`\n",
            Disputed("Runtime code changes", "the section once", "a second one", 15),
        ),
        (
            "- [x] Runtime code changes:\n  - `../a.py`\n",
            Disputed(
                "Runtime code changes",
                "a path or glob inside the repository",
                "`../a.py`: expected a glob inside the repository, found '..': '/../a.py'",
                15,
            ),
        ),
        (
            "- [x] Runtime code changes: `/etc/passwd`\n",
            Disputed("Runtime code changes", "a path or glob inside the repository", "`/etc/passwd`: is absolute", 14),
        ),
        (
            "- [x] Runtime code changes:\n" + "`a.py` " * 1001,
            Disputed("Runtime code changes", "at most 1000 paths in all", "more", 15),
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line_and_approves_nothing(scope: str, told: Disputed) -> None:
    assert disputes(filled(scope))[0] == told
    assert approved(scope) == {}


@pytest.mark.req("S000-A-3")
@pytest.mark.parametrize("blank", ["____________________", "", "   ", "...", "<your name>", "<!-- Jane -->", "\u200b", "YYYY-MM-DD"])
def test_a_blank_name_or_date_is_told_by_its_field(blank: str) -> None:
    expected = (
        Disputed("Name", "the name of who approves", "blank"),
        Disputed("Date of the approval", "a date", "blank"),
    )
    assert disputes(filled(name=blank, date=blank)) == expected
    assert disputes(filled(name=blank)) == expected[:1]
    assert disputes(filled(date=blank)) == expected[1:]


@pytest.mark.req("S000-P1-2")
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (filled().replace("Task: add-login", "Task: other"), ("Task", "add-login", "other")),
        (filled().replace("Task: add-login\n", ""), ("Task", "add-login", "blank")),
        (filled().replace("Repository: shop", "Repository: site"), ("Repository", "shop", "site")),
        (filled().replace(f"Base SHA: {HEAD}", f"Base SHA: {'2' * 40}"), ("Base SHA", f"HEAD, {HEAD}", "2" * 40)),
        (filled().replace(f"Base SHA: {HEAD}", f"Base SHA: {HEAD[:7]}"), ("Base SHA", f"HEAD, {HEAD}", HEAD[:7])),
        (filled().replace("Date: 2026-11-20\n\n---\n\n## APPROVED", "Date: YYYY-MM-DD\n\n---\n\n## APPROVED"), ("Date", "a date", "blank")),
    ],
)
def test_a_field_that_is_not_what_is_so_is_told_with_both_sides(text: str, told: tuple[str, str, str]) -> None:
    assert disputes(text) == (Disputed(*told),)


def test_without_a_commit_nothing_can_be_approved() -> None:
    assert disputes(filled(), head=None) == (Disputed("Base SHA", "a commit, and the repository has none", HEAD),)


@pytest.mark.parametrize("name", ["shop", "acme/shop", "https://example.com/acme/shop.git", "shop/"])
def test_the_repository_may_be_named_as_people_name_it(name: str) -> None:
    assert disputes(filled().replace("Repository: shop", f"Repository: {name}")) == ()


def test_upper_case_hex_is_the_same_commit_and_fields_may_be_bold() -> None:
    head = CommitId("abcdef0123" * 4)
    text = filled().replace(HEAD, head.upper()).replace("Task:", "- **Task:**").replace("Name:", "**Name**:")
    assert disputes(text, head=head) == ()


def test_a_field_or_a_section_that_stands_there_twice_or_not_at_all_is_told() -> None:
    twice = disputes(filled().replace("Task: add-login\n", "Task: add-login\nTask: other\n"))
    assert twice == (Disputed("Task", "the field once", "a second one", 4),)
    lacking = disputes(filled().replace("## APPROVED SCOPE", "## SCOPE").replace("## HUMAN APPROVAL", "## APPROVAL"))
    assert [(dispute.field, dispute.expected) for dispute in lacking[:2]] == [
        ("section", "## APPROVED SCOPE"),
        ("section", "## HUMAN APPROVAL"),
    ]


@pytest.mark.parametrize(
    ("raw", "why"), [(b"\xff", "UTF-8"), (b"x" * (1024 * 1024 + 1), "at most 1048576 bytes"), (b"\n" * 20_001, "at most 20000 lines")]
)
def test_bytes_that_are_no_text_of_that_size_are_no_contract(raw: bytes, why: str) -> None:
    found = parse_contract(raw)
    assert isinstance(found, Defect)
    assert why in found.why


@pytest.mark.parametrize(
    "raw",
    [
        b"## " + b" " * 1_000_000,
        b"a" + b" " * 1_000_000 + b"1",
        b"## APPROVED SCOPE\n- [x] Runtime code changes:\n" + b"`a.py` " * 140_000,
        b"## APPROVED SCOPE\n" + b"- [x] Runtime code changes: `a.py`\n" * 19_000,
        b"## APPROVED SCOPE\n" + b"- [?] x\n" * 19_000,
        b"<!--" * 250_000,
        b"Name:" + b"*" * 1_000_000,
        b"## APPROVED SCOPE\n- [x] a" + b" -" * 500_000,
        b"## HUMAN APPROVAL\nName: " + b"<" * 1_000_000,
    ],
)
def test_whatever_the_text_it_is_read_in_no_time(raw: bytes) -> None:
    began = time.process_time()
    assert isinstance(parse_contract(raw), ApprovalContract)
    assert time.process_time() - began < seconds(3)


PATHS = [RepoPath(path) for path in ("app/login.py", "app/auth/totp.py", "app/other.py", "README.md", "docs/README.md", "db/schema.sql")]


@pytest.mark.parametrize(
    ("scope", "outside"),
    [
        ("- [x] Runtime code changes:\n  - `app/login.py`\n", PATHS[1:]),
        ("- [x] Runtime code changes:\n  - `app/`\n", PATHS[3:]),
        ("- [x] Runtime code changes:\n  - `app/*`\n", [PATHS[1], *PATHS[3:]]),
        ("- [x] Runtime code changes:\n  - `app/**`\n", PATHS[3:]),
        ("- [x] Documentation-only changes:\n  - `README.md`\n", [path for path in PATHS if path != "README.md"]),
        ("- [x] Documentation-only changes:\n  - `**/README.md`\n", [path for path in PATHS if "README" not in path]),
        ("- [x] Runtime code changes:\n  - `*`\n", [path for path in PATHS if path != "README.md"]),
        ("- [ ] Runtime code changes:\n  - `app/**`\n", PATHS),
        ("- [x] Runtime code changes:\n  - `**`\n", PATHS[5:]),
    ],
)
def test_a_path_that_no_ticked_section_names_is_outside_of_the_scope(scope: str, outside: list[RepoPath]) -> None:
    assert [found.path for found in out_of_scope(read(filled(scope)), PATHS)] == outside


@pytest.mark.req("S000-R-3")
@pytest.mark.parametrize(
    ("scope", "why"),
    [
        ("- [x] Runtime code changes:\n  - `db/schema.sql`\n", "a schema, and 'Schema changes' does not approve it"),
        (
            "- [ ] Schema changes:\n  - `db/schema.sql`\n- [x] Runtime code changes:\n  - `**`\n",
            "a schema, and 'Schema changes' does not approve it",
        ),
        ("- [x] Schema changes:\n  - `db/other.sql`\n", "a schema, and 'Schema changes' does not approve it"),
        ("- [x] Schema changes:\n  - `db/schema.sql`\n", None),
        ("- [x] Schema changes:\n  - `db/`\n", None),
    ],
)
def test_a_schema_needs_the_section_for_schemas(scope: str, why: str | None) -> None:
    found = out_of_scope(read(filled(scope)), [RepoPath("db/schema.sql")])
    assert [each.why for each in found] == ([why] if why else [])


def test_what_a_schema_is_may_be_named_and_globs_that_cannot_be_read_let_nothing_pass() -> None:
    contract = read(filled("- [x] Runtime code changes:\n  - `app/**`\n"))
    models = [RepoPath("app/models.py"), RepoPath("app/views.py")]
    assert [found.path for found in out_of_scope(contract, models, ["app/models.py"])] == models[:1]
    assert [found.path for found in out_of_scope(contract, models, ["../x"])] == models
    assert out_of_scope(contract, models) == ()


def test_the_places_of_a_task() -> None:
    assert contract_path("t1") == ".ai-stack-trace/t1/contract/approval.md"
    assert token_path("t1") == ".ai-stack-trace/t1/contract/APPROVED"
    assert [is_task(name) for name in ("t1", "Add.Login_2-x", "", ".hidden", "a b", "../x", "a/b", "ä", "a" * 101)] == [True] * 2 + [
        False
    ] * 7
