"""X-PS1: ASCII behind a byte order mark, told with file, line and code point; what was so before is not this cycle's."""

from __future__ import annotations

import pytest

from forgewatch.checks.x_ps1 import judge
from forgewatch.core.verdict import Ruling
from tests.support.snapshots import snapshot, written

BOM = b"\xef\xbb\xbf"
PLACE = "Forge/scripts/run.ps1"


def audited(before: bytes | None, after: bytes | None, path: str = PLACE) -> Ruling:
    return judge(snapshot(**written((path, before, after))))


@pytest.mark.req("S002-3.1-1")
@pytest.mark.parametrize(
    ("text", "point"), [("a — b", "U+2014"), ("“a”", "U+201C, U+201D"), ("# ── part", "U+2500"), ("é", "U+00E9"), ("😀", "U+1F600")]
)
def test_a_character_beyond_ascii_is_told_with_line_and_code_point(text: str, point: str) -> None:
    (finding,) = audited(None, BOM + f"Write-Host 'x'\n{text}\n".encode()).findings
    assert (finding.code, finding.path, finding.line, finding.actual) == ("XP02", PLACE, 2, point)


@pytest.mark.parametrize(("text", "more"), [("äöüÄÖ", ""), ("äöüÄÖä", ""), ("äöüÄÖÜß", " and 2 more")])
def test_many_characters_of_a_line_are_counted(text: str, more: str) -> None:
    (finding,) = audited(None, BOM + text.encode()).findings
    assert finding.actual == f"U+00E4, U+00F6, U+00FC, U+00C4, U+00D6{more}"


def test_the_last_character_of_ascii_is_not_told() -> None:
    assert audited(None, BOM + b"# \x7f\n").findings == ()


@pytest.mark.req("S002-3.1-2")
@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, b"exit 0\n", "65 78 69"),
        (BOM + b"exit 1\n", b"exit 0\n", "65 78 69"),
        (b"", b"exit 0\n", "65 78 69"),
        (None, "\ufeffexit 0\n".encode("utf-16-le"), "FF FE 65"),
    ],
)
def test_a_file_that_is_new_or_lost_its_mark_is_told(before: bytes | None, after: bytes, told: str) -> None:
    (finding,) = audited(before, after).findings
    assert (finding.code, finding.line, finding.actual) == ("XP01", 1, told)


@pytest.mark.req("S002-3.1-2")
def test_the_mark_itself_is_allowed() -> None:
    ruling = audited(None, BOM + b"exit 0\r\n")
    assert (ruling.findings, ruling.basis) == ((), "1 changed .ps1 file")


def test_a_mark_that_was_missing_before_is_a_note() -> None:
    ruling = audited("# ä\nexit 1\n".encode(), "# ä\nexit 0\n".encode())
    assert (ruling.findings, [note.code for note in ruling.notes]) == ((), ["XP03"])


def test_a_new_line_beyond_ascii_in_an_old_file_is_told() -> None:
    assert [row.code for row in audited(BOM + b"exit 1\n", BOM + "exit 1 # ä\n".encode()).findings] == ["XP02"]


@pytest.mark.parametrize(("path", "after"), [(PLACE, b""), ("tools/RUN.PS1", BOM + b"x")])
def test_an_empty_file_and_a_name_in_capitals_are_files_like_others(path: str, after: bytes) -> None:
    ruling = audited(None, after, path)
    assert (ruling.findings, ruling.applicable) == ((), True)


@pytest.mark.parametrize(("path", "before", "after"), [(PLACE, b"x", None), ("run.sh", None, "ä".encode()), ("a.ps1.md", None, b"x")])
def test_without_a_changed_powershell_file_it_does_not_apply(path: str, before: bytes | None, after: bytes | None) -> None:
    assert not audited(before, after, path).applicable


def test_the_boot_script_is_held_to_it_too() -> None:
    ruling = judge(snapshot(**{**written(("boot.ps1", None, b"exit 0\n")), "boot_script": True}))
    assert [row.code for row in ruling.findings] == ["XP01"]
