"""The parser against real diff logs. Each difference to the heuristic reader of the index is explained on a page of decisions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.claim_resolution import resolve_claim
from forgewatch.core.difflog import Announcement, DiffLog, Label, Status
from forgewatch.core.difflog_parser import parse_announcement, parse_difflog
from forgewatch.core.difflog_plan import Circumstances, Ending, Present, ended
from forgewatch.core.difflog_text import Draft, Metadata, difflog_bytes
from forgewatch.core.places import FORGE, ROOT
from forgewatch.core.previous_cycle import bullets
from forgewatch.core.readings import log_of
from forgewatch.core.values import RepoPath
from forgewatch.core.verification_text import Stated
from tests.support.logs import read_log

PAGE = Path(__file__).resolve().parents[2] / "docs" / "decisions" / "0002-corpus-differences.md"
AGREEMENT = 0.95


def rows(corpus: Path) -> list[dict[str, object]]:
    found = [json.loads(line) for line in (corpus / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    return [row for row in found if row["kind"] == "diff_log"]


@pytest.fixture(scope="module")
def logs(corpus: Path) -> list[tuple[str, dict[str, object], DiffLog]]:
    """Every real log with its name and what the index expects; reading one never fails."""
    return [(str(row["file"]), dict(row["expected"]), read_log((corpus / str(row["file"])).read_bytes())) for row in rows(corpus)]  # type: ignore[call-overload]


def differences(logs: list[tuple[str, dict[str, object], DiffLog]]) -> Iterator[tuple[str, str]]:
    for name, expected, log in logs:
        status = log.status_text if log.status is Status.UNKNOWN else log.status.value
        if (status or None) != expected["status"]:
            yield name, "status"
        if sorted(log.claim.paths) != sorted(map(str, expected["files"])):  # type: ignore[call-overload]
            yield name, "files"
        if [defect.text for defect in log.claim.defects] != expected["unparsed_items"]:
            yield name, "unparsed items"
        if bool(log.placeholders) != expected["todo_in_body"]:
            yield name, "placeholders"


def explained() -> set[tuple[str, str]]:
    return set(re.findall(r"^\| `(diff_log/[^`]+)` \| (\w[\w ]*) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_difference_is_explained_and_nothing_else_is(logs: list[tuple[str, dict[str, object], DiffLog]]) -> None:
    assert set(differences(logs)) == explained()


def test_status_and_files_agree_on_nearly_all_logs(logs: list[tuple[str, dict[str, object], DiffLog]]) -> None:
    differing = {name for name, about in differences(logs) if about in ("status", "files")}
    assert len(differing) <= (1 - AGREEMENT) * len(logs)
    assert len(logs) >= 75


def test_no_row_becomes_a_phantom_of_words(logs: list[tuple[str, dict[str, object], DiffLog]]) -> None:
    for name, _, log in logs:
        assert not [path for path in log.claim.paths if re.search(r"[\s(){}`*—–]", path)], name


def test_lines_of_the_claim_hold_the_paths(corpus: Path, logs: list[tuple[str, dict[str, object], DiffLog]]) -> None:
    for name, _, log in logs:
        lines = (corpus / name).read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode("utf-8", "replace").split("\n")
        assert all(path in lines[line - 1] for path, line in zip(log.claim.paths, log.claim.lines, strict=True)), name


def test_bare_governance_paths_resolve_into_the_toolkit(logs: list[tuple[str, dict[str, object], DiffLog]]) -> None:
    for name, _, log in logs:
        resolved = resolve_claim(log.claim, lambda path: path.startswith("Forge/"), FORGE)
        assert not [path for path in resolved.paths if path.startswith(("evidence/", "scripts/", "Contracts/"))], name
        assert resolve_claim(log.claim, lambda _: False, ROOT) == log.claim


def test_one_real_log_has_bytes_of_another_encoding_and_it_is_named(logs: list[tuple[str, dict[str, object], DiffLog]]) -> None:
    assert [log.encoding_defect for _, _, log in logs if log.encoding_defect] == ["line 12 is cp1252, not UTF-8"]


def test_finished_logs_are_whole_but_for_those_that_end_early_and_their_first_halves_are_not(corpus: Path) -> None:
    complete = [row for row in rows(corpus) if dict(row["expected"])["status"] == "COMPLETE"]  # type: ignore[call-overload]
    raws = [(corpus / str(row["file"])).read_bytes() for row in complete]
    # A log without Next Steps is taken after it has rested.
    early = [raw for raw in raws if not is_whole(raw)]
    assert len(early) == 2
    assert all("next steps" not in {section.key for section in log.sections} for log in map(log_of, map(parse_difflog, early)) if log)
    halves = [raw[: raw.index(b"## Verification")] for raw in raws if b"## Verification" in raw]
    assert halves
    assert not any(map(is_whole, halves))


def is_whole(raw: bytes) -> bool:
    read = parse_announcement(raw)
    return isinstance(read, Announcement) and read.whole


def test_a_glance_says_of_every_real_log_what_the_whole_reading_says(corpus: Path) -> None:
    for row in rows(corpus):
        raw = (corpus / str(row["file"])).read_bytes()
        glance, log = parse_announcement(raw), log_of(parse_difflog(raw))
        if isinstance(glance, Announcement):
            assert log is not None
            assert (glance.status, glance.status_line, glance.digest) == (log.status, log.status_line, log.digest), row["file"]
        else:
            assert glance == parse_difflog(raw), row["file"]


def test_every_real_log_can_be_summarised_and_finished_by_the_helper(corpus: Path) -> None:
    around = Circumstances(metadata=Metadata(at="now", branch="main", head=None, base=None), files=((RepoPath("app/a.py"), "modified"),))
    parts = tuple(Stated(label, "PASS") for label in Label)
    for row in rows(corpus):
        raw = (corpus / str(row["file"])).read_bytes()
        told = bullets(parse_difflog(raw), digest_of_bytes(raw))
        assert 1 <= len(told) <= 5, row["file"]
        log = read_log(raw)
        draft = ended(Ending(summary=("done",), words={}), parts, around, Present(raw, log))
        assert isinstance(draft, Draft), row["file"]
        written = difflog_bytes(draft)
        back, announced = read_log(written), parse_announcement(written)
        assert (back.phase, back.claim.paths, getattr(announced, "whole", None)) == (log.phase, ("app/a.py",), True), row["file"]
        # A log grows by what its builder wrote, never by the diffs that it quoted.
        assert len(written) < len(raw) + 2000, row["file"]
