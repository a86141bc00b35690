"""Addresses that the operator may name, and what would be more than an address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.remote_url import RemoteUrl, parse_remote_url
from forgewatch.core.values import Refused

GOOD = {
    "file:///srv/anchor.git": "file",
    "ssh://host/path.git": "ssh",
    "ssh://git@host.example:2222/group/path.git": "ssh",
    "ssh://git@[::1]:22/x": "ssh",
    "https://host.example/path.git": "https",
    "git://host/path": "git",
    "file:///srv/with blank/é": "file",
}
_FORM = "is no address as file:///path"
_HOST = "names no host and path"
BAD = {
    "": _FORM,
    "/srv/anchor.git": _FORM,
    "host:path": _FORM,
    "git@host:path": _FORM,
    "http://host/path": _FORM,
    "ext::sh -c touch% /x": _FORM,
    "-u": _FORM,
    "--upload-pack=x": _FORM,
    "fd::7": _FORM,
    "file:///srv/a\nb": _FORM,
    "file:///srv/\x1b[31m": _FORM,
    "file:///" + "a" * 1024: _FORM,
    "https://host/path?query": _FORM,
    "https://host/path#part": _FORM,
    "ssh://host": _FORM,
    "ssh://a@b@host/path": _FORM,
    "file://host/path": "names a host, and a file has none",
    "ssh:///path": _HOST,
    "ssh://-oProxyCommand=x/path": _HOST,
    "https://host/": _HOST,
    "ssh://host:port/path": _HOST,
    "ssh://user:secret@host/path": "holds a password",
    "https://:secret@host/path": "holds a password",
    "https://user@host/path": "names a user, which only ssh takes",
    "ssh://-x@host/path": "names a user, which only ssh takes",
    "ssh://@host/path": "names a user, which only ssh takes",
}


@pytest.mark.parametrize("raw", GOOD)
def test_an_address_with_a_scheme_that_we_know_is_taken_as_it_is(raw: str) -> None:
    assert parse_remote_url(raw) == RemoteUrl(raw, GOOD[raw])


@pytest.mark.parametrize("raw", BAD)
def test_what_is_more_or_less_than_an_address_is_refused(raw: str) -> None:
    refused = parse_remote_url(raw)
    assert isinstance(refused, Refused)
    assert BAD[raw] in refused.why


def test_a_password_is_not_repeated() -> None:
    refused = parse_remote_url("https://user:secret@host/path")
    assert isinstance(refused, Refused)
    assert refused.raw == "https://...@host/path"


@given(st.text() | st.from_regex(r"(ssh|https|file|git)://[^ ]{0,40}"))
def test_no_text_makes_the_reader_raise(raw: str) -> None:
    answer = parse_remote_url(raw)
    assert isinstance(answer, Refused) or answer.text == raw
