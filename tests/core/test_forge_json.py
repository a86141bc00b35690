"""The tiers that a repository asks for in forge.json: it can raise what the operator wants, and nothing it says is believed further."""

from __future__ import annotations

import pytest

from forgewatch.core.forge_json import raised_tiers
from forgewatch.core.values import Absent, Unreadable


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b'{"tiers": {"AUTHORIZED": 1}}', (("AUTHORIZED", 1),)),
        (b'{"tiers": {"RELEASE": 3, "AUTHORIZED": 2}}', (("RELEASE", 3), ("AUTHORIZED", 2))),
        (b'\xef\xbb\xbf{"tiers": {"AUTHORIZED": 1}}', (("AUTHORIZED", 1),)),
        (b'{"backend": {}, "tiers": {"AUTHORIZED": 1, "RELEASE": "3"}}', (("AUTHORIZED", 1),)),
        (b'{"tiers": {"a\\nb": 1}}', (("a\nb", 1),)),
    ],
    ids=["one", "several, in their order", "behind a byte order mark", "beside one that is no number", "of a name that is nobody's"],
)
def test_the_tiers_of_a_repository_are_those_that_it_names_as_numbers(raw: bytes, wanted: tuple[tuple[str, int], ...]) -> None:
    assert raised_tiers(raw) == wanted


@pytest.mark.parametrize("tier", ["0", "-1", "4", "99999999999999999999", "1.0", "1e0", '"1"', "true", "null", "[1]", "{}", "NaN"])
def test_what_is_no_tier_from_1_to_3_raises_nothing(tier: str) -> None:
    assert raised_tiers(b'{"tiers": {"AUTHORIZED": %s}}' % tier.encode()) == ()


@pytest.mark.parametrize(
    "content",
    [
        Absent(),
        Unreadable("is a symlink"),
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"tiers"',
        b'{"tiers": null}',
        b'{"tiers": []}',
        b'{"tiers": 3}',
        b'{"backend": {"tiers": {"AUTHORIZED": 1}}}',
        b'{"tiers": {"AUTHORIZED": 1, "AUTHORIZED": 2}}',
        b'{"tiers": {"AUTHORIZED": 1}',
        b'{"tiers": {"AUTHORIZED": 1}}' + b" " * 300_000,
        b"\xff",
        b'{"tiers":' * 100,
    ],
    ids=range(16),
)
def test_a_file_that_cannot_be_believed_raises_nothing(content: bytes | Absent | Unreadable) -> None:
    assert raised_tiers(content) == ()
