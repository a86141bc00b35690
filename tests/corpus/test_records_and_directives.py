"""Real test records and directives."""

from __future__ import annotations

from pathlib import Path

import pytest

from forgewatch.core.directive import parse_directive
from forgewatch.core.testrecord import TestRecord
from forgewatch.core.testrecord_parser import parse_test_record


@pytest.fixture(scope="module")
def records(corpus: Path) -> dict[str, TestRecord]:
    """Every real record by file name; all of them are records."""
    found = {path.name: parse_test_record(path.read_bytes()) for path in sorted((corpus / "test_runs_latest").iterdir())}
    assert {type(record) for record in found.values()} == {TestRecord}
    return {name: record for name, record in found.items() if isinstance(record, TestRecord)}


def test_line_1_of_the_real_records(records: dict[str, TestRecord]) -> None:
    said = [record.status for record in records.values()]
    assert (said.count("PASS"), said.count("FAIL"), said.count(None)) == (72, 1, 3)
    assert {record.line1.split(" (")[0].split(" 20")[0] for record in records.values() if record.status is None} == {
        "Status: PASS",
        "## Test Run",
    }


def test_only_the_failed_record_lists_an_exit_other_than_0(records: dict[str, TestRecord]) -> None:
    assert {record.status for record in records.values() if any(code for _, code in record.exits)} == {"FAIL"}
    assert sum(bool(record.exits) for record in records.values()) >= 65


def test_counts_and_commits_are_found_where_they_stand(records: dict[str, TestRecord]) -> None:
    assert all(record.executed != 0 for record in records.values())
    assert sum(record.executed is not None for record in records.values()) >= 50
    assert sum(record.head is not None for record in records.values()) >= 70
    assert all(record.tree is None for record in records.values())


def test_one_real_record_is_not_utf8(records: dict[str, TestRecord]) -> None:
    assert [record.encoding_defect for record in records.values() if record.encoding_defect] == ["line 2 is cp1252, not UTF-8"]


def test_switches_and_phases_of_the_real_directives(corpus: Path) -> None:
    found = [parse_directive(path.read_bytes()) for path in sorted((corpus / "builder_directive").iterdir())]
    assert sum(directive.aem for directive in found) == sum(directive.auto_authorize for directive in found) == 7
    assert sum(directive.boot_script for directive in found) == 6
    assert {directive.phase for directive in found} == {None, "Phase 0 -- Scaffold"}
