"""What a fault says in a log line."""

from __future__ import annotations

from forgewatch.app.fence import Fault, fault_of
from forgewatch.core.errors import GitFailed, TamperDetected


def test_a_fault_we_know_says_why_and_its_hint_and_shows_no_trace() -> None:
    assert fault_of(GitFailed("git is missing", "install git")).facts() == {"why": "git is missing", "hint": "install git"}
    assert Fault(why="held").facts() == {"why": "held"}


def test_what_was_tampered_with_is_known_as_that() -> None:
    assert fault_of(TamperDetected("the journal lost lines")).tampered
    assert not fault_of(GitFailed("git is missing")).tampered and not fault_of(ValueError("odd")).tampered


def test_a_bug_shows_its_trace() -> None:
    told = fault_of(ValueError("odd")).facts()
    assert told["why"] == "ValueError: odd"
    assert told["trace"]
