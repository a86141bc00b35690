from __future__ import annotations

import pytest

from forgewatch.core.claim_rows import BRACE_LIMIT, continues, read_row
from forgewatch.core.difflog import ClaimDefect
from tests.support.logs import claim_of, claimed, log_text, read_log, refused


@pytest.mark.req("S002-10.1.1-8")
@pytest.mark.parametrize(
    ("row", "paths"),
    [
        ("app/a.py", ["app/a.py"]),
        ("`app/a.py`", ["app/a.py"]),
        ("**app/a.py**", ["app/a.py"]),
        ("*app/a.py*", ["app/a.py"]),
        ("_app/a.py_", ["app/a.py"]),
        ("_a_b.py_", ["a_b.py"]),
        ("'app/a.py'", ["app/a.py"]),
        ("[app/a.py]", ["app/a.py"]),
        ("<app/a.py>", ["app/a.py"]),
        ("_app/_x_.py", ["_app/_x_.py"]),
        ("**`app/a.py`** — what for", ["app/a.py"]),
        ("~~app/a.py~~ (deleted)", ["app/a.py"]),
        ("app/a.py (NEW — 415 lines)", ["app/a.py"]),
        ("app/a.py — what for", ["app/a.py"]),
        ("app/a.py – what for", ["app/a.py"]),
        ("app/a.py -- what for", ["app/a.py"]),
        ("app/a.py - what for", ["app/a.py"]),
        ("app/a.py: what for", ["app/a.py"]),
        ("app/a.py:", ["app/a.py"]),
        ("app/a.py\twhat for", ["app/a.py"]),
        ("app/a.py [NEW]", ["app/a.py"]),
        ("app/a.py | 12 ++--", ["app/a.py"]),
        ("app/a.py ✅", ["app/a.py"]),
        ("app/a.py.", ["app/a.py"]),
        ("app/a.py,", ["app/a.py"]),
        ("app/x.py (renamed `foo` to `bar`)", ["app/x.py"]),
        ("Updated `app/main.py` to do more", ["app/main.py"]),
        ("`app/a.py` (`foo`, `bar`)", ["app/a.py"]),
        ("[app/a.py](app/a.py)", ["app/a.py"]),
        ("[`app/a.py`](https://example.org/a.py)", ["app/a.py"]),
        ("[ ] app/a.py", ["app/a.py"]),
        ("[x] app/a.py", ["app/a.py"]),
        ("M app/a.py", ["app/a.py"]),
        ("?? app/a.py", ["app/a.py"]),
        ("R100 app/a.py", ["app/a.py"]),
        ("[NEW] app/a.py", ["app/a.py"]),
        ("New file: app/a.py — why", ["app/a.py"]),
        ("Deleted: app/a.py", ["app/a.py"]),
        ("Updated app/main.py", ["app/main.py"]),
        ("app\\api\\users.py", ["app/api/users.py"]),
        ("app\\\\api\\\\users.py", ["app/api/users.py"]),
        ("./a", ["a"]),
        (".\\a\\b.py", ["a/b.py"]),
        ("app/\\_\\_init\\_\\_.py", ["app/__init__.py"]),
        ("__init__.py", ["__init__.py"]),
        (".gitignore", [".gitignore"]),
        (".env.example", [".env.example"]),
        ("Makefile", ["Makefile"]),
        ("LICENSE (new)", ["LICENSE"]),
        ("docs/my file.md", ["docs/my file.md"]),
        ("`docs/my file.md` (new)", ["docs/my file.md"]),
        ('"docs/caf\\303\\251.md"', ["docs/café.md"]),
        ('"docs/my file.md"', ["docs/my file.md"]),
        ('"docs/a\\tb.md"', None),
        ("app/[id]/(group)/page.tsx", ["app/[id]/(group)/page.tsx"]),
        ("app/{id}/page.tsx", ["app/{id}/page.tsx"]),
        ("app/{a,b}.py (both)", ["app/a.py", "app/b.py"]),
        ("app/{a, b}/{c,d}.py", ["app/a/c.py", "app/a/d.py", "app/b/c.py", "app/b/d.py"]),
        ("src/{old => new}/x.py", ["src/old/x.py", "src/new/x.py"]),
        ("`src/{a,b}.ts`", ["src/a.ts", "src/b.ts"]),
        ("app/a.py -> app/b.py", ["app/a.py", "app/b.py"]),
        ("a.py → b.py (moved)", ["a.py", "b.py"]),
        ("`a.py` → `b.py`", ["a.py", "b.py"]),
        ("`app/a.py` -> now uses `foo`", ["app/a.py"]),
        ("app/a.py, app/b.py and c.md", ["app/a.py", "app/b.py", "c.md"]),
        ("`app/a.py`, `app/b.py` - both", ["app/a.py", "app/b.py"]),
        ("`app/a.py`, `helper()` reworked", ["app/a.py"]),
        ("`app/a.py`, `app/b.py` reworked", ["app/a.py", "app/b.py"]),
        ("`app/a.py` and `settings.debug` reworked", ["app/a.py"]),
        ("`app/a.py` and `application/json` reworked", ["app/a.py"]),
        ("`app/a.py` / `app/b.py`", ["app/a.py", "app/b.py"]),
        ("`app/a.py`; `b.py`", ["app/a.py", "b.py"]),
        ("`app/a.py` & `app/b.py` + `c.md`", ["app/a.py", "app/b.py", "c.md"]),
        ("`app/a.py`, and `app/b.py`", ["app/a.py", "app/b.py"]),
        ("`app/a.py`<br>`app/b.py`<br/>`app/c.py`", ["app/a.py", "app/b.py", "app/c.py"]),
        ("`app/a.py` (new), `app/b.py` (changed)", ["app/a.py", "app/b.py"]),
        ("`app/a.py` (new), `app/b.py` calls it", ["app/a.py"]),
        ("`app/a.py` `app/b.py`", ["app/a.py", "app/b.py"]),
        ("`app/a.py` — see `app/b.py`, `app/c.py`", ["app/a.py"]),
        ("`app/a.py` - `app/b.py`", ["app/a.py"]),
        ("`app/a.py`: `app/b.py`", ["app/a.py"]),
        ("`app/a.py` calls `app/b.py`", ["app/a.py"]),
        ("app/a.py<br>app/b.py", ["app/a.py", "app/b.py"]),
        ("app/a.py; app/b.py", ["app/a.py", "app/b.py"]),
        ("Files: `app/a.py`, `app/b.py`", ["app/a.py", "app/b.py"]),
        ('"docs/my file.md" (new)', ["docs/my file.md"]),
        ('"docs/a b.md" -> "docs/c d.md"', ["docs/a b.md", "docs/c d.md"]),
        ('R "docs/a b.md" -> "docs/c d.md"', ["docs/a b.md", "docs/c d.md"]),
        ('Deleted: "docs/a b.md", "docs/c d.md" - both', ["docs/a b.md", "docs/c d.md"]),
        ("\U0001f4c4 app/a.py", ["app/a.py"]),
        ("\u2705 `app/a.py`", ["app/a.py"]),
        ("1\ufe0f\u20e3 app/a.py", ["app/a.py"]),
        ("~ app/a.py", ["app/a.py"]),
        ("`M` app/a.py", ["app/a.py"]),
        ("`M` `app/a.py`", ["app/a.py"]),
        ("`NEW` `app/a.py`", ["app/a.py"]),
        ("`M` <app/a.py>", ["app/a.py"]),
        ("`R100` app/a.py -> app/b.py", ["app/a.py", "app/b.py"]),
        ("**M** app/a.py", ["app/a.py"]),
        ("[M] app/a.py", ["app/a.py"]),
        ("(A) app/a.py", ["app/a.py"]),
        ("(new) app/a.py", ["app/a.py"]),
        ("[ ] [M] `app/a.py`", ["app/a.py"]),
        ("M: app/a.py", ["app/a.py"]),
        ("A app/b.py", ["app/b.py"]),
        ("?? `app/b.py`", ["app/b.py"]),
        ("app/b.py\u00a0(new)", ["app/b.py"]),
        ("app/b.py\u00a0— new", ["app/b.py"]),
        ("“app/a.py”", ["app/a.py"]),
        ("none.py", ["none.py"]),
        ("None/a.py", ["None/a.py"]),
        ("no-files/a.py", ["no-files/a.py"]),
        ("app/café.py", ["app/café.py"]),
        ("app/cafe\u0301.py", ["app/cafe\u0301.py"]),
        ("app/a\u202eb.py", ["app/a\u202eb.py"]),
        ("app/a\u200bb.py", ["app/a\u200bb.py"]),
    ],
)
def test_a_row_names_its_file_and_the_rest_is_a_remark(row: str, paths: list[str] | None) -> None:
    found = read_row(row)
    assert (list(found.paths) or None, found.why) == (paths, "" if paths else "holds a control character")


@pytest.mark.parametrize(
    "row",
    [
        "(none)",
        "None",
        "none.",
        "(none detected)",
        "(none; investigation only)",
        "**None**",
        "*(none)*",
        "[none]",
        "N/A",
        "n/a — documentation only",
        "None (documentation only)",
        "No files changed.",
        "No files deleted",
        "No deletions",
        "no new additions.",
        "No removals",
        "\u2705 None",
        "no code changes in this cycle",
        "nothing",
        "-",
        "—",
        "",
    ],
)
def test_the_ways_to_say_that_nothing_changed_are_no_defect(row: str) -> None:
    found = read_row(row)
    assert (found.paths, found.why) == ((), "")


@pytest.mark.parametrize(
    ("row", "text", "why"),
    [
        ("Note: tests still apply", "Note", "is text, not a path"),
        ("(verification-only cycle — no new code)", "(verification-only cycle", "is text, not a path"),
        ("Refactoring", "Refactoring", "is text, not a path"),
        ("`foo()`", "foo()", "is text, not a path"),
        ("app/`foo()`", "foo()", "is text, not a path"),
        ("`npm run build`", "npm run build", "is text, not a path"),
        ("`pytest tests/test_a.py`", "pytest tests/test_a.py", "is text, not a path"),
        ("app/a.py to app/b.py", "app/a.py to app/b.py", "is text, not a path"),
        ("my file.md", "my file.md", "is text, not a path"),
        ("version 1.2", "version 1.2", "is text, not a path"),
        ("v1.2", "v1.2", "is text, not a path"),
        ("[here](app/a.py)", "here", "is text, not a path"),
        ("tests/", "tests/", "names a directory, not a file"),
        ("tests\\", "tests\\", "names a directory, not a file"),
        ("app/*.py", "app/*.py", "is a pattern, not a path"),
        ("app/?.py", "app/?.py", "is a pattern, not a path"),
        ("app/**/a.py", "app//a.py", "has an empty or '.' part"),
        ("`app/{" + "a," * 300 + "b}.py`", "app/{" + "a," * 300 + "b}.py", "is a pattern, not a path"),
        ("web/src/.../a.ts", "web/src/.../a.ts", "is cut off"),
        ("web/src/…", "web/src/…", "is cut off"),
        ("<code>app/a.py</code>", "<code>app/a.py</code>", "holds HTML"),
        ("app/a.py<br>both", "app/a.py<br>both", "holds HTML"),
        ("&nbsp;app/a.py", "&nbsp;app/a.py", "holds HTML"),
        ("app/a.py:10-20", "app/a.py:10-20", "ends with a line number"),
        ("app/a.py#L10", "app/a.py#L10", "ends with a line number"),
        ("`app/a.py#L10-L20`", "app/a.py#L10-L20", "ends with a line number"),
        ("/etc/passwd", "/etc/passwd", "is absolute"),
        ("C:\\work\\a.py", "C:\\work\\a.py", "starts with a drive letter"),
        ("../a.py", "../a.py", "climbs with '..'"),
        ("a/../../b.py", "a/../../b.py", "climbs with '..'"),
        ("https://example.org/a.py", "https://example.org/a.py", "has an empty or '.' part"),
        ("app/\x1b[31ma.py", "app/\x1b[31ma.py", "holds a control character"),
        ('"a \\"b\\".md"', 'a "b".md', "is text, not a path"),
        ('"docs/my file (v2).md"', "docs/my file (v2).md", "is text, not a path"),
        ('"docs/my file (v2).md" (new)', "docs/my file (v2).md", "is text, not a path"),
        ('"docs/a.md" is new', '"docs/a.md" is new', "is text, not a path"),
        ("`M`", "M", "is text, not a path"),
        ("`A` and `B`", "A", "is text, not a path"),
        ("No deletions/renames", "No deletions/renames", "is text, not a path"),
        ("├── a.py", "├── a.py", "is text, not a path"),
        ("``app/a`b.py``", "app/a`b.py", "holds a backtick"),
        ("``", "``", "holds a backtick"),
        ("`app/a", "`app/a", "holds a backtick"),
    ],
)
def test_a_row_that_is_no_path_is_named_and_is_never_a_phantom(row: str, text: str, why: str) -> None:
    found = read_row(row)
    assert (found.paths, found.text, found.why) == ((), text, why)


def test_braces_are_expanded_up_to_a_limit() -> None:
    names = ",".join(f"f{n}" for n in range(BRACE_LIMIT))
    assert len(read_row(f"app/{{{names}}}.py").paths) == BRACE_LIMIT
    assert read_row(f"app/{{{names},more}}.py").why == "is a pattern, not a path"


def test_rows_of_all_claim_sections_are_one_claim_in_order_without_repeats() -> None:
    claim = claim_of("## Files Created\n- b.py\n- a.py\n\n## Modified Files\n- c.py\n- a.py\n")
    assert claim.paths == ("b.py", "a.py", "c.py")
    assert claim.lines == (14, 15, 18)


def test_subsections_of_a_claim_section_belong_to_it() -> None:
    assert claimed("\n### New Files\n- a.py\n\n### Backend\n1. b.py\n") == ("a.py", "b.py")


def test_a_claim_section_below_another_heading_is_read_once() -> None:
    assert claim_of("## Details\n### Files Changed\n- a.py\n#### New Files\n- b.py\n").paths == ("a.py", "b.py")


def test_a_section_about_earlier_work_claims_nothing() -> None:
    claim = claim_of("## Prior Commit (94b025a) Files Changed\n- a.py")
    assert (claim.stated, claim.paths) == (False, ())


def test_a_row_goes_to_the_end_of_its_line() -> None:
    assert claimed("- app/a.py\n  b.py\n- app/c.py\n\n  more about c.py\n") == ("app/a.py", "app/c.py")


def test_what_stands_below_a_path_explains_it() -> None:
    assert claimed("- app/a.py\n  - added `foo()`\n  - see helper.py\n    - deep.py\n- b.py\n") == ("app/a.py", "b.py")


def test_a_whole_path_below_a_path_is_a_row_that_was_indented() -> None:
    assert claimed("- app/a.py\n  - app/b.py\n  - `app/c.py`\n") == ("app/a.py", "app/b.py", "app/c.py")


def test_words_with_rows_below_them_are_a_group() -> None:
    assert claimed("- Backend changes\n  - app/a.py\n  - app/b.py\n- **Tests:**\n  - tests/c.py\n") == (
        "app/a.py",
        "app/b.py",
        "tests/c.py",
    )


def test_a_folder_with_names_below_it_is_their_folder() -> None:
    assert claimed("- app/services/\n  - a.py (new)\n  - app/services/b.py\n- web\\src\\\n  - c.ts\n") == (
        "app/services/a.py",
        "app/services/b.py",
        "web/src/c.ts",
    )


@pytest.mark.parametrize(
    ("row", "paths", "text"),
    [
        ("`app/a.py`, `gradlew`", ["app/a.py"], "gradlew"),
        ("`gradlew`, `app/a.py`", ["app/a.py"], "gradlew"),
        ("`app/a.py`, `../b.py`", ["app/a.py"], "../b.py"),
        ("`app/a.py`; `app/*.py`", ["app/a.py"], "app/*.py"),
    ],
)
def test_a_listed_name_that_is_no_path_is_named_beside_the_paths(row: str, paths: list[str], text: str) -> None:
    found = read_row(row)
    assert (list(found.paths), [one.raw for one in found.refused], found.hints) == (paths, [text], ())


@pytest.mark.parametrize(
    ("row", "hints"),
    [
        ("`app/a.py`, `gradlew` reworked", ("gradlew",)),
        ("`app/a.py`, `helper()`", ("helper()",)),
        ("`app/a.py` → `gradlew`", ("gradlew",)),
        ("`app/a.py` (x), `gradlew`", ("gradlew",)),
    ],
)
def test_a_name_in_running_text_is_a_hint_and_no_finding(row: str, hints: tuple[str, ...]) -> None:
    found = read_row(row)
    assert (found.paths, found.refused, found.hints) == (("app/a.py",), (), hints)


@pytest.mark.parametrize(
    ("rows", "claimed_lines"),
    [
        ("- `app/a.py`,\n  `app/b.py`", {"app/a.py": 14, "app/b.py": 15}),
        ("- `app/a.py`\n  `app/b.py`\n  `app/c.py` — all new\n  `app/d.py`", {"app/a.py": 14, "app/b.py": 15, "app/c.py": 16}),
        ("- `app/a.py` and\n  `app/b.py`", {"app/a.py": 14, "app/b.py": 15}),
        ("- `app/a.py`\n  and `app/b.py`", {"app/a.py": 14}),
        ("- `app/a.py`,\n  and `app/b.py`", {"app/a.py": 14, "app/b.py": 15}),
        ("- app/a.py,\n  app/b.py", {"app/a.py": 14, "app/b.py": 15}),
        ("- `app/a.py`,\n  which is new", {"app/a.py": 14}),
        ("- `app/a.py`,\n  which calls `app/b.py`", {"app/a.py": 14}),
        ("- `app/a.py`\n  `helper()` is new", {"app/a.py": 14}),
        ("- `app/a.py` — calls\n  `app/b.py`", {"app/a.py": 14}),
        ("- app/\n  - `a.py`,\n    `b.py`", {"app/a.py": 15, "app/b.py": 16}),
    ],
)
def test_a_list_of_names_goes_on_in_the_next_lines_of_its_item(rows: str, claimed_lines: dict[str, int]) -> None:
    claim = claim_of(f"## Files Changed\n{rows}\n")
    assert (dict(zip(claim.paths, claim.lines, strict=True)), claim.defects) == (claimed_lines, ())


def test_a_listed_name_in_a_further_line_that_is_no_path_is_named_with_that_line() -> None:
    claim = claim_of("## Files Changed\n- `app/a.py`,\n  `gradlew`\n")
    assert claim.defects == (ClaimDefect(text="gradlew", line=15, why="is text, not a path"),)


def test_a_name_without_extension_below_a_folder_is_named_within_it() -> None:
    claim = claim_of("## Files Changed\n- bin/\n  - run (new)\n  - user guide.md\n  - see below\n- docs/\n  - user guide.md\n")
    assert [defect.text for defect in claim.defects] == ["bin/run", "bin/user guide.md", "see below", "docs/user guide.md"]


def test_a_path_that_is_also_stated_by_itself_is_claimed_in_that_line() -> None:
    claim = claim_of("## Files Changed\n- `gradlew`\n  - app/a.py (calls it)\n- app/b.py\n- app/a.py\n")
    assert dict(zip(claim.paths, claim.lines, strict=True)) == {"app/b.py": 16, "app/a.py": 17}
    assert claim.paths == ("app/b.py", "app/a.py")


def test_rows_of_a_list_that_begins_deep_are_rows() -> None:
    assert claimed("- - a.py\n  - b.py\n- c.py\n") == ("a.py", "b.py", "c.py")


@pytest.mark.parametrize(
    "header", ["File", "**Path**", "`Filename`", "File Path", "Changed file", "Changed Files", "File path", "Files changed", "New path"]
)
def test_a_table_is_read_by_the_column_of_its_files(header: str) -> None:
    assert claimed(f"| Change | {header} |\n|---|---|\n| new | `app/a.py` |\n| gone | app/b\\|c.py |\n") == ("app/a.py", "app/b|c.py")


def test_a_table_without_such_a_column_is_read_by_its_first() -> None:
    assert claimed("| What | Why |\n|:--|--:|\n| app/a.py | b.py |\n| | |\n") == ("app/a.py",)


def test_two_tables_have_their_own_columns() -> None:
    rows = "| Why | File |\n|---|---|\n| x | a.py |\n\ntext\n\n| What | Why |\n|---|---|\n| b.py | x |\n"
    assert claimed(rows) == ("a.py", "b.py")


def test_a_table_row_without_a_path_is_named() -> None:
    assert refused("| Why | File |\n|---|---|\n| x | |\n") == [("x | ", "has no path")]


def test_bold_text_alone_in_a_row_heads_the_rows_below_it() -> None:
    rows = "| File | Why |\n|---|---|\n| **Backend** | |\n| app/a.py | x |\n| **Tests:** | |\n| tests/b.py | x |\n| **c.py** | |\n"
    assert claimed(rows) == ("app/a.py", "tests/b.py", "c.py")
    assert claimed("| # | File |\n|---|---|\n| **Backend** | |\n| 1 | app/a.py |\n") == ("app/a.py",)


@pytest.mark.parametrize("row", ["| **Backend** | x |", "| Backend | |", "| **Backend** and more | |"])
def test_a_table_row_that_says_more_than_a_heading_is_named(row: str) -> None:
    assert len(refused(f"| File | Why |\n|---|---|\n{row}\n")) == 1
    assert len(refused("| File |\n|---|\n| **Backend** |\n")) == 1


def test_a_table_row_says_none() -> None:
    assert claimed("| File |\n|---|\n| (none) |\n") == ()


def test_lines_of_a_paragraph_that_are_paths_are_rows_and_prose_is_not() -> None:
    assert claimed("These files changed in app/ and b.py:\n\napp/a.py\n`b.py`\nsee c.py for more\n") == ("app/a.py", "b.py")


def test_a_line_of_a_paragraph_that_is_a_list_of_code_is_a_row() -> None:
    assert claimed("`app/a.py`, `b.py`\n") == ("app/a.py", "b.py")
    assert claimed("`app/a.py`, `b.py` are new\n") == ()


def test_lines_that_only_look_like_a_list_are_rows() -> None:
    assert claimed("• app/a.py\n• app/b.py\n\n-app/c.py\n") == ("app/a.py", "app/b.py", "app/c.py")


def test_a_table_without_its_ruler_is_named_instead_of_dropped() -> None:
    assert refused("| File |\n| app/a.py |\n") == [
        ("| File |", "stands in a table without its second line"),
        ("| app/a.py |", "stands in a table without its second line"),
    ]


def test_a_list_in_a_code_block_is_named_instead_of_dropped() -> None:
    assert refused("```\napp/a.py\n```\n") == [("app/a.py", "stands in a code block, not in a list")]


def test_every_path_of_a_code_block_is_named_for_itself() -> None:
    why = "stands in a code block, not in a list"
    assert refused("```text\nM  app/a.py\nA  app/b.py\n 2 files changed\n```\n") == [("app/a.py", why), ("app/b.py", why)]
    assert refused("\n    app/a.py\n    app/b.py\n") == [("app/a.py", why), ("app/b.py", why)]
    assert refused("```\nsee the diff\nbelow\n```\n") == [("see the diff", why)]


@pytest.mark.parametrize(
    "row", ["Total: 2 files", "**Total**", "2 files", "12 files changed, 3 new", "3 modified files", "Total: 1 file changed (+1/-1)"]
)
def test_a_sum_is_no_row(row: str) -> None:
    assert (read_row(row).paths, read_row(row).why) == ((), "")


@pytest.mark.parametrize("row", ["total.py", "Total work/a b", "2 files/x", "totals", "2 filesystem fixes"])
def test_a_row_that_only_begins_like_a_sum_is_read(row: str) -> None:
    assert read_row(row) != read_row("(none)")


def test_an_html_table_is_named_instead_of_dropped() -> None:
    assert refused("<table><tr><td>app/a.py</td></tr></table>\n") == [
        ("<table><tr><td>app/a.py</td></tr></table>", "stands in a html block, not in a list")
    ]


def test_a_quoted_list_claims_nothing_and_is_named() -> None:
    assert refused("> - app/a.py\n") == [("app/a.py", "stands in a quote block, not in a list")]


@pytest.mark.parametrize("rows", ["- app/a.py", "app/a.py", "| File |\n|---|\n| app/a.py |"])
def test_code_beside_a_list_is_an_illustration(rows: str) -> None:
    assert claimed(f"{rows}\n\n```\n app/b.py | 2 +-\n```\n") == ("app/a.py",)


@pytest.mark.parametrize("rows", ["- (none)", "None", "<!-- one row per file -->"])
def test_an_honest_empty_claim_has_no_defect(rows: str) -> None:
    claim = claim_of(f"## Files Changed\n{rows}\n")
    assert (claim.paths, claim.defects, claim.stated) == ((), (), True)


def test_nothing_is_claimed_by_an_empty_section() -> None:
    assert claim_of("## Files Changed").stated
    assert claim_of("## Files Changed").paths == ()


def test_a_log_without_a_claim_section_states_no_claim() -> None:
    assert not claim_of("## Changes (15 file(s))\n- a.py").stated


def test_a_defect_has_its_line() -> None:
    claim = read_log(log_text(claim="## Files Changed\n- app/a.py\n- Note: x")).claim
    assert claim.paths == ("app/a.py",)
    assert claim.defects == (ClaimDefect(text="Note", line=15, why="is text, not a path"),)


@pytest.mark.req("S002-10.1.1-8")
@pytest.mark.parametrize(
    "row",
    [
        "None of app/zzz.py",
        "None of `app/zzz.py`",
        "nothing: app/b.py",
        "n/a app/c.py",
        "(none) app/b.py",
        "None \u2014 app.py",
        "No changes: a/b.py",
    ],
)
def test_a_row_that_says_none_and_names_a_file_is_not_dropped(row: str) -> None:
    assert refused(f"- {row}\n") == [(row, "says that there is none, and names a file")]


@pytest.mark.parametrize(
    "row",
    [
        "None (see docs/plan.md)",
        "None \u2014 documentation only, app/a.py was only read",
        "No changes in app/main.py",
        "None (version bump only)",
        "n/a - e.g. a release",
        "nothing in this phase",
    ],
)
def test_a_remark_behind_none_may_name_a_file(row: str) -> None:
    assert claimed(f"- {row}\n") == ()


@pytest.mark.parametrize(
    ("rows", "paths"),
    [
        ("- app/a.py\n- ~~app/b.py~~ (reverted)\n", ("app/a.py",)),
        ("- app/a.py\n- ~~`Makefile`~~ (reverted)\n", ("app/a.py",)),
        ("- ~~app/b.py~~ (deleted)\n- Removed: ~~`app/c.py`~~\n- D ~~app/d.py~~\n", ("app/b.py", "app/c.py", "app/d.py")),
        ("### Deleted\n- ~~app/b.py~~\n#### Backend\n- ~~app/c.py~~\n", ("app/b.py", "app/c.py")),
        ("| File | Change |\n|---|---|\n| ~~app/b.py~~ | deleted |\n", ("app/b.py",)),
        ("- ~~None~~\n", ()),
    ],
)
def test_a_path_that_is_struck_through_was_deleted_or_withdrawn(rows: str, paths: tuple[str, ...]) -> None:
    assert claimed(rows) == paths


def test_a_path_that_is_struck_through_below_a_section_of_deleted_files_is_claimed() -> None:
    assert claim_of("## Files Deleted\n- ~~app/b.py~~\n").paths == ("app/b.py",)


def test_a_path_that_is_struck_through_without_a_word_is_named() -> None:
    assert refused("- ~~app/b.py~~\n") == [("~~app/b.py~~", "is struck through, and does not say that it was deleted")]


@pytest.mark.parametrize(
    "rows",
    [
        "- app/a.py\n\nUnchanged:\n- app/b.py\n",
        "app/a.py\n\n**Not changed:**\napp/b.py\n",
        "app/a.py\nUnchanged:\napp/b.py\n",
        "- app/a.py\n\n### Not changed\n- app/b.py\n#### Backend\n- app/c.py\n\ntext\n\napp/d.py\n",
        "- app/a.py\n- Unchanged:\n  - app/b.py\n    - app/c.py\n",
        "- app/a.py\n- app/b.py (unchanged)\n- `app/c.py` \u2014 not modified\n- Unchanged: app/d.py\n- Not changed: `app/e.py`\n",
        "| File | Change |\n|---|---|\n| app/a.py | new |\n| app/b.py | unchanged |\n",
        "### Unmodified files\n- app/b.py\n### Changed\n- app/a.py\n",
        "Untouched files:\n\n- app/b.py\n\nChanged:\n\n- app/a.py\n",
    ],
)
def test_files_that_are_called_unchanged_are_not_claimed(rows: str) -> None:
    assert claimed(rows) == ("app/a.py",)


@pytest.mark.parametrize(
    "rows",
    [
        "- app/a.py (public API unchanged)\n",
        "- app/a.py (renamed, content unchanged)\n",
        "### Changed (API unchanged)\n- app/a.py\n",
        "- unchanged.py: app\n".replace("unchanged.py: app", "app/a.py: unchanged lines are kept"),
    ],
)
def test_the_word_in_a_remark_takes_no_claim_back(rows: str) -> None:
    assert claimed(rows) == ("app/a.py",)


def test_a_lone_word_that_heads_nothing_is_named() -> None:
    assert refused("- Unchanged:\n") == [("Unchanged", "is text, not a path")]


@pytest.mark.parametrize(
    ("quoted", "path"), [("caf\\303\\251.py", "café.py"), ("caf\\351.py", "caf\udce9.py"), ("caf\udce9.py", "caf\udce9.py")]
)
def test_a_quoted_name_that_is_no_utf_8_keeps_its_bytes(quoted: str, path: str) -> None:
    assert read_row(f'"app/{quoted}"').paths == (f"app/{path}",)


@pytest.mark.parametrize("line", ["`a.py`,", "`a.py`;", "`a.py` /", "`a.py` &", "`a.py` +", "`a.py` and"])
def test_every_mark_of_a_list_leaves_it_open(line: str) -> None:
    assert continues(line, "b.py")
    assert not continues("`a.py`", "b.py")
    assert continues("`a.py`", "`b.py`")


def test_a_row_is_bare_when_nothing_but_marks_follow_its_code() -> None:
    assert [read_row(f"`app/a.py`{rest}").bare for rest in ("", ".", " ;", ",", " X", " does it")] == [True, True, True, True, False, False]


def test_a_row_that_is_nothing_but_paths_says_nothing_else() -> None:
    row = read_row("app/a.py")
    assert (row.text, row.why) == ("", "")
    assert read_row("a pile of words").text == "a pile of words"


def test_a_struck_path_is_deleted_when_any_cell_of_its_row_says_so() -> None:
    assert claimed("| File | Why | Change |\n|---|---|---|\n| ~~app/b.py~~ | old | deleted |\n") == ("app/b.py",)


def test_a_block_of_code_that_is_empty_is_named_by_its_line() -> None:
    (defect,) = claim_of("## Files Changed\n```\n\n```\n").defects
    assert (defect.text, defect.why) == ("", "stands in a code block, not in a list")
    assert [text for text, _ in refused("```\nsome words\n```\n\n```\nother words\n```\n")] == ["some words"]


@pytest.mark.parametrize("text", ["docs/my file.md", "docs/my long file.md", "docs/v1.2/my file.md", "docs/my sub/file.md"])
def test_a_path_with_blanks_is_one_name(text: str) -> None:
    assert read_row(text).paths == (text,)


def test_the_letters_of_a_name_are_no_marks_around_it() -> None:
    claim = claim_of("## Files Changed\nX11/setupX.py\n\nsome words that name nothing\n")
    assert (claim.paths, claim.hints) == (("X11/setupX.py",), ())


def test_a_heading_that_is_no_folder_is_put_before_no_name_below_it() -> None:
    assert claimed("- Backend\n  - main.py\n  - app/b.py\n- run.py\n") == ("main.py", "app/b.py", "run.py")
    assert [defect.text for defect in claim_of("## Files Changed\n- app/\n  - sub/\n").defects] == ["sub/"]


def test_what_is_said_not_to_have_changed_ends_with_its_own_rows() -> None:
    assert claimed("- Unchanged:\n  - app/x.py\n- app/a.py\n") == ("app/a.py",)
    assert claimed("- Backend\n  - Unchanged:\n    - app/x.py\n  - app/b.py\n- app/a.py\n") == ("app/b.py", "app/a.py")


def test_a_list_of_struck_names_goes_on_below_a_heading_of_deleted_files() -> None:
    assert claim_of("## Files Deleted\n- ~~`app/b.py`~~,\n  ~~`app/c.py`~~\n").paths == ("app/b.py", "app/c.py")


def test_a_tag_in_a_name_is_html_in_either_case() -> None:
    assert {read_row(f"app/{tag}.py").why for tag in ("<Name>", "<name>", "</b>", "&amp;")} == {"holds HTML"}


def test_a_backslash_before_a_mark_separates_where_no_slash_does() -> None:
    assert read_row("app\\_x.py").paths == ("app/_x.py",)
    assert read_row("docs/FIX").paths == ("docs/FIX",)


@pytest.mark.parametrize(
    ("section", "paths"),
    [
        ("app/a.py\nUnchanged:\n\n- app/x.py\n", ("app/a.py",)),
        ("- app/a.py\n\nUnchanged:\n\n| File |\n|---|\n| app/x.py |\n", ("app/a.py",)),
        ("### Not changed\n#### Backend\n- app/x.py\n### Changed\n- app/a.py\n", ("app/a.py",)),
        ("- app/a.py\n\nUpdated app/main.py\n", ("app/a.py",)),
        ("- (none)\n\n```\napp/a.py\n```\n", ()),
    ],
)
def test_what_claims_nothing_is_neither_claimed_nor_a_reason_to_drop_what_stands_before_it(section: str, paths: tuple[str, ...]) -> None:
    assert claimed(section) == paths


def test_braces_that_stand_twice_give_every_pair_and_one_wrong_name_spoils_them_all() -> None:
    assert read_row("{a,b}/{a,b}.py").paths == ("a/a.py", "a/b.py", "b/a.py", "b/b.py")
    row = read_row("app/{a,../../b}.py")
    assert (row.paths, [one.raw for one in row.refused]) == ((), ["app/../../b.py"])


def test_a_quoted_name_may_end_a_sentence() -> None:
    assert read_row('"app/a b.py".').paths == ("app/a b.py",)


def test_a_struck_line_of_a_paragraph_claims_nothing() -> None:
    assert claim_of("## Files Changed\n~~app/b.py~~\n").paths == ()


def test_a_claim_section_inside_of_another_is_told_once() -> None:
    claim = claim_of("## Files Changed\n### Files Created\n- some words here\n- app/a.py\n")
    assert ([defect.text for defect in claim.defects], claim.paths) == (["some words here"], ("app/a.py",))


def test_parentheses_belong_to_a_name_unless_they_end_it_like_a_call() -> None:
    for text in ("app/(shop)/page.tsx", "app/page(1).tsx", "app/odd)"):
        assert read_row(text).paths == (text,), text
    assert read_row("app/f(x)").paths == ()


def test_a_row_is_its_first_line_and_open_behind_either_mark() -> None:
    assert read_row("app/a.py\nsome words").paths == ("app/a.py",)
    assert [read_row(f"app/a.py{mark}").open for mark in (",", ";", "")] == [True, True, False]
