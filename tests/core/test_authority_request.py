"""Requests and signed requests: one form of the bytes, and each field compared with the facts."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from forgewatch.core.authority_request import (
    SIGNATURES,
    SIGNED,
    SIGNED_BYTES,
    Request,
    SignedRequest,
    Wanted,
    is_signed_form,
    parse_request,
    parse_signed_request,
    request_of,
    with_signature,
)
from forgewatch.core.canonical import canonical_json
from forgewatch.core.places import ACTIONS
from forgewatch.core.values import CommitId, Refused
from tests.support.answers import HEAD, digest

FACTS = Wanted(
    action="AUTHORIZED",
    repository="shop-0123456789abcdef",
    subject="phase-3-auth",
    base=HEAD,
    tree=digest("tree"),
    changes=digest("changes"),
    entry=digest("leaf"),
    policy=digest("policy"),
    extra=(("directive", digest("directive")), ("uses", "3")),
)
REQUEST = request_of(FACTS, nonce="0f" * 16, not_before="2026-11-20T12:00:00Z", expires="2026-11-20T13:00:00Z")


def altered(**changes: Any) -> bytes:
    """Return the bytes of the request with other values; `...` takes a key away."""
    document = {**json.loads(REQUEST.to_bytes()), **changes}
    return canonical_json({name: value for name, value in document.items() if value is not ...})


def test_the_bytes_of_a_request_are_canonical_json_with_every_field() -> None:
    request = replace(REQUEST, base=None, tree=None, changes=None, entry=None, policy=None, extra=(("uses", "3"),))
    assert request.to_bytes() == (
        b'{"action":"AUTHORIZED","base":null,"changes":null,"entry":null,"expires":"2026-11-20T13:00:00Z","extra":{"uses":"3"},'
        b'"nonce":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","not_before":"2026-11-20T12:00:00Z","policy":null,'
        b'"repository":"shop-0123456789abcdef","schema":"forgewatch/request/v1","subject":"phase-3-auth","tree":null}'
    )


@pytest.mark.parametrize("action", ACTIONS)
def test_a_request_of_each_action_is_read_back(action: str) -> None:
    request = replace(REQUEST, action=action)
    assert parse_request(request.to_bytes()) == request


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "found the end"),
        (b"[]", "an object of schema"),
        (altered(schema="forgewatch/request/v2"), "an object of schema"),
        (altered(policy=...), "an object of schema"),
        (altered(more="x"), "an object of schema"),
        (altered(action="AUTHORISED"), "an action out of APPROVED, AUTHORIZED"),
        (altered(action=["AUTHORIZED"]), "an action out of"),
        (altered(repository=""), "expected repository as a text"),
        (altered(subject="a\nb"), "expected subject as a text"),
        (altered(subject="a\u202eb"), "expected subject as a text"),
        (altered(subject="e" * 241), "expected subject as a text"),
        (altered(subject=7), "expected subject as a text"),
        (REQUEST.to_bytes().replace(b"phase-3-auth", "phase-e\u0301".encode()), "expected subject as a text"),
        (altered(base="1" * 39), "expected base as a full commit id"),
        (altered(base=7), "expected base as a full commit id"),
        (altered(tree="sha256:12"), "expected tree as sha256:"),
        (altered(changes=7), "expected changes as sha256:"),
        (altered(entry="1" * 64), "expected entry as sha256:"),
        (altered(policy=["x"]), "expected policy as sha256:"),
        (altered(nonce="0F" * 16), "a nonce of 32 hex digits"),
        (altered(nonce=None), "a nonce of 32 hex digits"),
        (altered(expires="2026-11-20T12:00:00Z"), "a later expires"),
        (altered(expires="2026-13-20T12:00:00Z"), "a later expires"),
        (altered(expires="tomorrow"), "a later expires"),
        (altered(expires=None), "a later expires"),
        (altered(not_before=7), "a later expires"),
        (altered(not_before="2026-02-30T00:00:00Z"), "a later expires"),
        (altered(not_before="2026-11-20T12:00:00+00:00"), "a later expires"),
        (altered(extra=[]), "expected extra as an object"),
        (altered(extra={"uses": 3}), "expected extra as an object"),
        (altered(extra={"": "x"}), "expected extra as an object"),
        (altered(extra={str(number): "x" for number in range(17)}), "expected extra as an object"),
        (b" " + REQUEST.to_bytes(), "the canonical form"),
        (REQUEST.to_bytes() + b"\n", "the canonical form"),
        (b"\xef\xbb\xbf" + REQUEST.to_bytes(), "the canonical form"),
        (REQUEST.to_bytes().replace(b"phase-3", b"phase\\u002d3"), "the canonical form"),
        (json.dumps(json.loads(REQUEST.to_bytes())).encode(), "the canonical form"),
        (REQUEST.to_bytes()[:-1] + b',"action":"AUTHORIZED"}', "each key once"),
    ],
)
def test_bytes_that_are_not_exactly_a_request_are_refused(raw: bytes, why: str) -> None:
    found = parse_request(raw)
    assert isinstance(found, Refused)
    assert why in found.why


OTHER = CommitId("2" * 40)


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (REQUEST, None),
        (replace(REQUEST, nonce="1" * 32, not_before="2020-01-01T00:00:00Z", expires="2030-01-01T00:00:00Z"), None),
        (replace(REQUEST, extra=(*REQUEST.extra, ("zone", "x"))), None),
        (replace(REQUEST, action="OVERWRITE"), ("action", "AUTHORIZED", "OVERWRITE")),
        (replace(REQUEST, repository="other-0123456789abcdef"), ("repository", "shop-0123456789abcdef", "other-0123456789abcdef")),
        (replace(REQUEST, subject="phase-4"), ("subject", "phase-3-auth", "phase-4")),
        (replace(REQUEST, base=OTHER), ("base", HEAD, OTHER)),
        (replace(REQUEST, base=None), ("base", HEAD, "none")),
        (replace(REQUEST, tree=digest("x")), ("tree", digest("tree"), digest("x"))),
        (replace(REQUEST, changes=None), ("changes", digest("changes"), "none")),
        (replace(REQUEST, entry=digest("x")), ("entry", digest("leaf"), digest("x"))),
        (replace(REQUEST, policy=digest("x")), ("policy", digest("policy"), digest("x"))),
        (replace(REQUEST, extra=()), ("directive", digest("directive"), "none")),
        (replace(REQUEST, extra=(("directive", digest("directive")), ("uses", "4"))), ("uses", "3", "4")),
        (replace(REQUEST, tree=None, subject="phase-4"), ("subject", "phase-3-auth", "phase-4")),
    ],
)
def test_the_first_field_that_is_another_one_is_named_with_both_sides(request_: Request, told: tuple[str, str, str] | None) -> None:
    assert FACTS.disagreement(request_) == told


def test_a_field_that_must_be_empty_is_not_filled() -> None:
    facts = replace(FACTS, tree=None)
    assert facts.disagreement(REQUEST) == ("tree", "none", digest("tree"))


SIGNATURE = b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"
FILE = SignedRequest(REQUEST.to_bytes(), (SIGNATURE,))


def file_of(**changes: Any) -> bytes:
    return json.dumps({**json.loads(FILE.to_bytes()), **changes}).encode()


def test_the_file_carries_the_bytes_that_were_signed() -> None:
    document = json.loads(FILE.to_bytes())
    assert base64.b64decode(document["request"]) == REQUEST.to_bytes()
    assert (document["schema"], document["signatures"]) == (SIGNED, [SIGNATURE.decode()])
    assert FILE.to_bytes().endswith(b"}\n")
    assert is_signed_form(FILE.to_bytes())
    assert not is_signed_form(b"AUTHORIZED:phase-3:00")


def test_a_file_is_read_back_however_its_white_space_was_changed() -> None:
    # The file may be reformatted on its way; what is signed is inside.
    assert parse_signed_request(FILE.to_bytes()) == FILE
    assert parse_signed_request(json.dumps(json.loads(FILE.to_bytes()), indent=2).encode()) == FILE


def test_a_signature_is_added_once() -> None:
    more = with_signature(FILE, SIGNATURE + b"x")
    assert more.signatures == (SIGNATURE, SIGNATURE + b"x")
    assert with_signature(more, SIGNATURE) == more


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "found the end"),
        (b"[]", "an object of schema"),
        (file_of(schema="x"), "an object of schema"),
        (file_of(more=1), "an object of schema"),
        (file_of(request=7), "expected request as base64"),
        (file_of(request="AAA"), "expected request as base64"),
        (file_of(signatures="x"), "a list of at most"),
        (file_of(signatures=["x"] * (SIGNATURES + 1)), "a list of at most"),
        (file_of(signatures=[7]), "each signature as a text"),
        (file_of(signatures=["é"]), "each signature as a text"),
        (file_of(signatures=["x" * (16 * 1024 + 1)]), "each signature as a text"),
        (b"{" + b" " * SIGNED_BYTES + b"}", "at most"),
    ],
)
def test_a_file_of_another_form_is_refused(raw: bytes, why: str) -> None:
    found = parse_signed_request(raw)
    assert isinstance(found, Refused)
    assert why in found.why
