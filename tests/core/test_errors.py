"""What an error says to whoever has to mend it."""

from __future__ import annotations

from forgewatch.core.errors import ForgewatchError, NoSuchRevision, UsageError


def test_a_revision_that_is_not_here_is_named_with_both_sides_and_what_to_do() -> None:
    error = NoSuchRevision("mian")
    assert str(error) == "--base mian: expected a commit, branch or tag of this repository, found none"
    assert error.hint == "look at the name, or fetch it"
    assert isinstance(error, UsageError)


def test_an_error_without_a_hint_has_none() -> None:
    error = ForgewatchError("no space")
    assert (str(error), error.hint, error.exit_status) == ("no space", "", 2)
