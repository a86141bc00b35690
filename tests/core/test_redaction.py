"""What looks like a secret is quoted by no finding."""

from __future__ import annotations

import pytest

from forgewatch.core.redaction import redacted
from forgewatch.core.secret_values import digest16
from forgewatch.core.verdict import Fault, Finding, Ruling

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


def test_a_key_block_in_one_line_is_gone_whole() -> None:
    ruling = redacted(Ruling(basis="b", findings=(Finding(code="X", message=f"found {KEY.replace(chr(10), chr(92) + 'n')} there"),)))
    assert isinstance(ruling, Ruling)
    assert "MIIE" not in ruling.findings[0].message


@pytest.mark.parametrize("text", ["", "password is expected", "sha256:" + "ab" * 32, "commit " + "1f" * 20, "import token from secrets"])
def test_other_text_is_left_as_it_is(text: str) -> None:
    ruling = Ruling(basis="b", findings=(Finding(code="X", message=text, actual=text),))
    assert redacted(ruling) is ruling
