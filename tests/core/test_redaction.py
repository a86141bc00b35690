"""What looks like a secret is quoted by no finding."""

from __future__ import annotations

import pytest

from forgewatch.checks.a5_difflog import judge
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.redaction import redacted
from forgewatch.core.secret_values import digest16
from forgewatch.core.verdict import Fault, Finding, Ruling
from tests.support.logs import log_text
from tests.support.snapshots import snapshot

TOKEN = "ghp_" + "R7xQ2mV9tK4wL8sN3bZ6cJ1hY5dF0aGe9uPq"
HIDDEN = f"ghp_... ({digest16(TOKEN)})"
KEY = (
    "-----BEGIN RSA PRIVATE KEY-----\n"
    + "MIIEowIBAAKCAQEAx4UbaDzY5xjW6hc9jwN0mX33XpTDVW1WqHp5AKaRbtAC3DqX\n" * 4
    + "-----END RSA PRIVATE KEY-----"
)


def test_each_text_of_findings_and_notes_is_shown_without_it() -> None:
    finding = Finding(code="A903", path="r.txt", line=1, message=f"found 'foo {TOKEN}', {TOKEN}", expected=f"x\n {TOKEN}", actual=TOKEN)
    ruling = redacted(Ruling(basis=f"é {TOKEN}", findings=(finding,), notes=(finding,)))
    told = Finding(code="A903", path="r.txt", line=1, message=f"found 'foo {HIDDEN}', {HIDDEN}", expected=f"x\n {HIDDEN}", actual=HIDDEN)
    assert ruling == Ruling(basis=f"é {HIDDEN}", findings=(told,), notes=(told,))
    assert redacted(ruling) == ruling
    assert redacted(Fault(f"ValueError: {TOKEN}!")) == Fault(f"ValueError: {HIDDEN}!")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n    ", "\\n", "\\r\\n", "\\n" + " " * 60])
def test_a_key_block_is_gone_whole_however_its_lines_end(end: str) -> None:
    text = "é found {} there\nand {}, {}"
    ruling = redacted(Ruling(basis="b", findings=(Finding(code="X", message=text.format(KEY.replace("\n", end), TOKEN, TOKEN)),)))
    assert isinstance(ruling, Ruling)
    assert ruling.findings[0].message == text.format(f"----... ({digest16(KEY)})", HIDDEN, HIDDEN)


def test_a_placeholder_of_a_diff_log_that_goes_on_with_a_key_is_told_without_it() -> None:
    text = log_text(notes=f"- TODO: rotate\n{KEY}".replace("\n", "\n  "))
    ruling = redacted(judge(snapshot(difflog=parse_difflog(text.encode()))))
    assert isinstance(ruling, Ruling)
    assert [finding.actual for finding in ruling.findings] == [f"TODO: rotate\n----... ({digest16(KEY)})"]


def test_a_value_that_stands_below_its_name_is_gone() -> None:
    value = TOKEN.removeprefix("ghp_")
    text = "found - name: DB_PASSWORD\n  value: {} there"
    assert redacted(Ruling(basis=text.format(value))) == Ruling(basis=text.format(f"{value[:4]}... ({digest16(value)})"))


def test_a_token_inside_of_a_key_block_is_gone_with_it() -> None:
    head, *body = KEY.split("\n")
    key = "\n".join([head, f"Comment: {TOKEN}", *body])
    assert redacted(Fault(f"found {key} there")) == Fault(f"found ----... ({digest16(key)}) there")


@pytest.mark.parametrize("filler", ["x ", "é ", "e\u0301 ", "ÿ ", "\u1000 ", "字x ", "\ud800 "])
def test_a_token_far_behind_in_a_long_line_is_gone(filler: str) -> None:
    assert redacted(Fault(f"{filler * 5000}{TOKEN} y")) == Fault(f"{filler * 5000}{HIDDEN} y")


@pytest.mark.parametrize("text", ["", "password is expected", "sha256:" + "ab" * 32, "commit " + "1f" * 20, "import token from secrets"])
def test_other_text_is_left_as_it_is(text: str) -> None:
    ruling = Ruling(basis="b", findings=(Finding(code="X", message=text, actual=text),))
    assert redacted(ruling) is ruling
