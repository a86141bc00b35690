"""The request that a person signs, and the file that carries it with its signatures (ledger.md section 2).

    {"request":"<base64 of the canonical bytes>","schema":"forgewatch/signed-request/v1","signatures":["-----BEGIN SSH SIGNATURE-----..."]}

There is one form of the bytes: what is not canonical, has a key more or a key less, is refused. So what was shown is what was signed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from forgewatch.core.canonical import Json, canonical_json
from forgewatch.core.defect import Defect
from forgewatch.core.places import ACTIONS
from forgewatch.core.ssh_keys import exact_base64
from forgewatch.core.sshsig import SIGNATURE_BYTES
from forgewatch.core.strict_json import parse_json
from forgewatch.core.text import recordable
from forgewatch.core.values import CommitId, Digest, Refused, parse_commit_id, parse_digest

REQUEST = "forgewatch/request/v1"
SIGNED = "forgewatch/signed-request/v1"
SIGNED_BYTES = 64 * 1024
"""Bytes of a file with a signed request."""

SIGNATURES = 16
"""Signatures that one file may carry."""

_TEXT_LIMIT = 240
_EXTRAS = 16
_NONCE = re.compile(r"[0-9a-f]{32}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_KEYS = frozenset(
    ("schema", "action", "repository", "subject", "base", "tree", "changes", "entry", "policy", "nonce", "not_before", "expires", "extra")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a request must agree with. `subject`: task or phase slug; `changes`: SHA-256 over the sorted (path, mode, blob); `entry`: leaf
    of the audit entry. None is a value: the request must say null too. `extra`: further fields that must be there and be the same."""

    action: str
    repository: str
    subject: str
    base: CommitId | None = None
    tree: Digest | None = None
    changes: Digest | None = None
    entry: Digest | None = None
    policy: Digest | None = None
    extra: tuple[tuple[str, str], ...] = ()

    def disagreement(self, request: Request) -> tuple[str, str, str] | None:
        """Return (field, expected, actual) of the first field that is another one in `request`."""
        names = ("action", "repository", "subject", "base", "tree", "changes", "entry", "policy")
        pairs = [(name, getattr(self, name), getattr(request, name)) for name in names]
        given = dict(request.extra)
        pairs += [(name, value, given.get(name)) for name, value in self.extra]
        return next(((name, _said(wanted), _said(found)) for name, wanted, found in pairs if wanted != found), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One action on one state of one repository, once, within a time. Times are UTC, `extra` is sorted by name (a standing grant has its
    directive, phases and uses there). `to_bytes` and `parse_request` are inverses."""

    action: str
    repository: str
    subject: str
    nonce: str
    not_before: str
    expires: str
    base: CommitId | None = None
    tree: Digest | None = None
    changes: Digest | None = None
    entry: Digest | None = None
    policy: Digest | None = None
    extra: tuple[tuple[str, str], ...] = ()

    def to_bytes(self) -> bytes:
        """Return the canonical bytes: what is shown and signed."""
        return canonical_json(
            {
                "schema": REQUEST,
                "action": self.action,
                "repository": self.repository,
                "subject": self.subject,
                "base": self.base,
                "tree": self.tree,
                "changes": self.changes,
                "entry": self.entry,
                "policy": self.policy,
                "nonce": self.nonce,
                "not_before": self.not_before,
                "expires": self.expires,
                "extra": dict(self.extra),
            }
        )


def request_of(wanted: Wanted, *, nonce: str, not_before: str, expires: str) -> Request:
    """Return the request that agrees with `wanted`. `nonce` are 32 random hex digits, the times are UTC."""
    return Request(
        action=wanted.action,
        repository=wanted.repository,
        subject=wanted.subject,
        base=wanted.base,
        tree=wanted.tree,
        changes=wanted.changes,
        entry=wanted.entry,
        policy=wanted.policy,
        nonce=nonce,
        not_before=not_before,
        expires=expires,
        extra=tuple(sorted(wanted.extra)),
    )


def parse_request(raw: bytes) -> Request | Refused:
    """Return the request of these bytes, or why they are none. Never raises."""
    document = parse_json(raw)
    if isinstance(document, Defect):
        return Refused("", str(document))
    if not isinstance(document, Mapping) or document.keys() != _KEYS or document["schema"] != REQUEST:
        return Refused("", f"expected an object of schema {REQUEST} with its {len(_KEYS)} keys")
    why = _flaw(document)
    if why:
        return Refused("", why)
    request = _request(document)
    return request if request.to_bytes() == raw else Refused("", "expected the canonical form of the request (RFC 8785)")


def _request(document: Mapping[str, Json]) -> Request:
    values = {name: document[name] for name in _KEYS - {"schema", "extra"}}
    extra = document["extra"]
    pairs = sorted((str(name), str(value)) for name, value in extra.items()) if isinstance(extra, Mapping) else []
    return Request(**values, extra=tuple(pairs))  # type: ignore[arg-type]


def _flaw(document: Mapping[str, Json]) -> str:
    """Return what is wrong with a value, empty when all of them are of their form."""
    if document["action"] not in ACTIONS:
        return f"expected an action out of {', '.join(ACTIONS)}, found {_shown(document['action'])}"
    for name in ("repository", "subject"):
        if not _is_text(document[name]):
            return f"expected {name} as a text of 1 to {_TEXT_LIMIT} characters on one line, found {_shown(document[name])}"
    base = document["base"]
    if base is not None and (not isinstance(base, str) or isinstance(parse_commit_id(base), Refused)):
        return f"expected base as a full commit id or null, found {_shown(base)}"
    for name in ("tree", "changes", "entry", "policy"):
        value = document[name]
        if value is not None and (not isinstance(value, str) or isinstance(parse_digest(value), Refused)):
            return f"expected {name} as sha256: and 64 hex digits, or null, found {_shown(value)}"
    return _flaw_of_terms(document) or _flaw_of_extra(document["extra"])


def _flaw_of_terms(document: Mapping[str, Json]) -> str:
    nonce, begin, end = document["nonce"], document["not_before"], document["expires"]
    if not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
        return f"expected a nonce of 32 hex digits, found {_shown(nonce)}"
    if not isinstance(begin, str) or not isinstance(end, str) or not is_time(begin) or not is_time(end) or begin >= end:
        return f"expected not_before and a later expires as YYYY-MM-DDTHH:MM:SSZ, found {_shown(begin)} and {_shown(end)}"
    return ""


def _flaw_of_extra(extra: Json) -> str:
    fits = isinstance(extra, Mapping) and len(extra) <= _EXTRAS
    if fits and all(_is_text(name) and _is_text(value) for name, value in extra.items()):  # type: ignore[union-attr]
        return ""
    return f"expected extra as an object of at most {_EXTRAS} texts, found another value"


def is_time(text: str) -> bool:
    """True for an existing UTC time written `YYYY-MM-DDTHH:MM:SSZ`."""
    if not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _TEXT_LIMIT and value.isprintable() and recordable(value) == value


def _shown(value: Json) -> str:
    return f"{value!r:.80}"


def _said(value: str | None) -> str:
    return "none" if value is None else value


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The canonical bytes of a request and armored SSH signatures over them. Whether they hold is said by `authority.judge_signed`."""

    request: bytes
    signatures: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        """Return the file: one line of canonical JSON."""
        signatures = [signature.decode("ascii", "replace") for signature in self.signatures]
        document: Json = {"schema": SIGNED, "request": base64.b64encode(self.request).decode(), "signatures": signatures}
        return canonical_json(document) + b"\n"


def with_signature(signed: SignedRequest, signature: bytes) -> SignedRequest:
    """Return the request with one more signature; one that is already there is not added again."""
    if signature in signed.signatures:
        return signed
    return replace(signed, signatures=(*signed.signatures, signature))


def is_signed_form(raw: bytes) -> bool:
    """True for a token file that is, or wants to be, a signed request."""
    return raw.startswith(b"{")


def parse_signed_request(raw: bytes) -> SignedRequest | Refused:
    """Return the signed request of a file, or why it is none. Never raises."""
    if len(raw) > SIGNED_BYTES:
        return Refused("", f"expected at most {SIGNED_BYTES} bytes, found {len(raw)}")
    document = parse_json(raw)
    if isinstance(document, Defect):
        return Refused("", str(document))
    if not isinstance(document, Mapping) or document.keys() != {"schema", "request", "signatures"} or document["schema"] != SIGNED:
        return Refused("", f"expected an object of schema {SIGNED} with request and signatures")
    request = exact_base64(document["request"]) if isinstance(document["request"], str) else None
    if request is None:
        return Refused("", "expected request as base64")
    signatures = document["signatures"]
    if not isinstance(signatures, list) or len(signatures) > SIGNATURES:
        return Refused("", f"expected a list of at most {SIGNATURES} signatures")
    texts = [text.encode("ascii") for text in signatures if isinstance(text, str) and text.isascii() and len(text) <= SIGNATURE_BYTES]
    if len(texts) != len(signatures):
        return Refused("", f"expected each signature as a text of at most {SIGNATURE_BYTES} ASCII characters")
    return SignedRequest(request, tuple(texts))
