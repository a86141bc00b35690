"""The rules of the secret scan: what a token of each issuer looks like (checks.md W1).

A rule is data. Its pattern is in the syntax of google-re2 over bytes, and its one group is the value. Written from what the issuers
publish about their own formats; the literal parts of the patterns are no secrets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import re2

from forgewatch.core.limits import LIMITS
from forgewatch.core.secret_tokens_cloud import CLOUD_TOKENS
from forgewatch.core.secret_tokens_code import CODE_TOKENS
from forgewatch.core.secret_tokens_services import SERVICE_TOKENS

_BEFORE = r"(?:\b|\\[nrt])"
_AFTER = r"(?:$|[^A-Za-z0-9_])"
_LEAST_ENTROPY = 3.0
_GROUP = re.compile(r"(?<!\\)\((?!\?)")


class Proof(StrEnum):
    """What has to hold besides the shape: a checksum that settles it, or a content that can be decoded."""

    NONE = ""
    CRC32 = "crc32"
    JWT = "jwt"
    BASIC = "basic"
    BLOCK = "block"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRule:
    """One shape. A line without any of `keywords` is not looked at (`folded`: in any case). `entropy` is in bits per character.

    `prefix` is the literal that the issuer puts in front; entropy is measured behind it.
    """

    id: str
    issuer: str
    keywords: tuple[str, ...]
    pattern: str
    prefix: str = ""
    entropy: float = _LEAST_ENTROPY
    proof: Proof = Proof.NONE
    folded: bool = False


_BLOCK = r"(-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----)"
_PUTTY = r"(PuTTY-User-Key-File-[23]: )"
_JWT = r"\b(ey[A-Za-z0-9_-]{15,}\.ey[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,})"
_ADDRESS = r"(?i)\b([a-z][a-z0-9+.-]{1,20}://[^\s:/@\"'<>`]{0,64}:[^\s/@\"'<>`]{3,128}@[A-Za-z0-9_.\[\]-]{1,120})"

_SHAPES = (
    SecretRule(id="private-key", issuer="PEM", keywords=("-----BEGIN",), pattern=_BLOCK, entropy=0.0, proof=Proof.BLOCK),
    SecretRule(id="putty-private-key", issuer="PuTTY", keywords=("PuTTY-User-Key-File",), pattern=_PUTTY, entropy=0.0, proof=Proof.BLOCK),
    SecretRule(id="json-web-token", issuer="JWT", keywords=("ey",), pattern=_JWT, proof=Proof.JWT),
    SecretRule(id="address-with-password", issuer="URL", keywords=("://",), pattern=_ADDRESS, entropy=0.0, proof=Proof.ADDRESS),
    SecretRule(
        id="basic-authorization",
        issuer="HTTP",
        keywords=("basic",),
        pattern=r"(?i)\bbasic\s{1,4}([A-Za-z0-9+/]{10,}={0,2})",
        entropy=2.5,
        proof=Proof.BASIC,
        folded=True,
    ),
)


def _rule(row: tuple[str, str, str, str]) -> SecretRule:
    """Make a rule of a row (id, issuer, keywords divided by spaces, pattern). The pattern is bounded on both sides here."""
    name, issuer, keywords, pattern = row
    words = tuple(keywords.split())
    folded = pattern.startswith("(?i)")
    body = pattern.removeprefix("(?i)")
    bounded = f"{'(?i)' if folded else ''}{_BEFORE}{body if _GROUP.search(body) else f'({body})'}{_AFTER}"
    return SecretRule(
        id=name,
        issuer=issuer,
        keywords=words,
        pattern=bounded,
        folded=folded,
        prefix=words[0] if body.startswith(words[0]) else "",
        proof=Proof.CRC32 if issuer in ("GitHub", "npm") and body.endswith("_[A-Za-z0-9]{36}") else Proof.NONE,
    )


RULES: tuple[SecretRule, ...] = (*_SHAPES, *map(_rule, (*CODE_TOKENS, *CLOUD_TOKENS, *SERVICE_TOKENS)))
"""Every token shape, in order. The generic assignment rule is in `secret_assignments`."""


@cache
def compiled(pattern: str) -> re2._Regexp:
    """Return the pattern for bytes, bounded in memory. Its time is linear in the text, whatever the text."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = LIMITS.pattern_memory
    options.log_errors = False
    return re2.compile(pattern.encode("ascii"), options)
