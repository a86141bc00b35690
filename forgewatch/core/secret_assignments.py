"""The generic rule of the secret scan: a name that means a secret, and beside it a value that looks like one (checks.md W1, W102)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from forgewatch.core.secret_rules import compiled
from forgewatch.core.secret_values import is_random

KEYWORDS = ("passw", "pwd", "passphrase", "secret", "token", "key", "credential", "bearer", "identified by", "authorization")
"""A line without any of them, in any case, holds no assignment of a secret."""

_WORD = (
    r"(?:passw(?:or)?d|passwrd|passphrase|pwd|secret|token|credentials?|bearer|identified\s{1,4}by|"
    r"(?:api|app|auth|access|private|encryption|encrypt|crypto|signing|signature|master|account|service|deploy|storage|shared|session|"
    r"license|admin|root|subscription|consumer|client|jwt|hmac|aes|server|webhook|integration|publish|write|project|team|user|org)"
    r"[ _.-]?key)"
)
_NAME = rf"(?i){_WORD}[A-Za-z0-9_.-]{{0,40}}"
_TYPE = r"(?:\s{0,4}:\s{0,4}[A-Za-z_&*?|<>\[\]. ,]{1,30}?)?"
_TO = r"\s{0,20}(?:={1,3}>?|:=|=>|:|\(|\?\?|\|\||<-|!=)\s{0,20}"
_WRAP = r"(?:[A-Za-z_.:]{1,40}\(\s{0,4})?"
_QUOTED = r"[rbfuRBFUL@$&]{0,2}\\?[\"'`]([^\"'`\s]{6,400}?)\\?[\"'`]"
_BARE = r"([^\s\"'`<>(){}\[\],;|]{8,400})(?:$|[\s\"'`<,;)}|])"


class _Way(IntEnum):
    """How a value stands beside its name; the number is the group in `_BESIDE`."""

    QUOTED = 1
    ATTRIBUTE = 2
    ARGUMENT = 3
    ELEMENT = 4
    STATEMENT = 5
    BARE = 6
    SPACED = 7


_BESIDE = "|".join(
    (
        rf"(?i)[\"'`\])\\]{{0,5}}{_TYPE}{_TO}{_WRAP}{_QUOTED}",
        r"[\"']\s{0,4}[,{]?\s{0,4}[\"']?(?:value|val|content|default)[\"']?\s{0,4}[=:]\s{0,4}\\?[\"']([^\"'\s]{6,400})",
        rf"\\?[\"'`]\s{{0,4}},\s{{0,4}}{_WRAP}{_QUOTED}",
        r"(?:\s[^<>]{0,80})?>(?:<!\[CDATA\[)?([^<>\s]{8,200}?)(?:\]\]>)?</",
        r"\s{1,4}(?:is\s)?['\"]([^'\"\s]{6,200})['\"]",
        rf"[\"'\])]{{0,3}}\s{{0,20}}(?::=|=>|=|:)\s{{0,20}}{_BARE}",
        rf"\s{{1,4}}{_BARE}",
    )
)
_PAIR_NAME = (
    rf"(?i)(?:name|key|variable)[\"']?\s{{0,4}}[:=]?\s{{0,4}}[\"']?([A-Za-z0-9_.-]{{0,60}}{_WORD}[A-Za-z0-9_.-]{{0,40}})"
    r"[\"']?\s{0,4}[,{]?\s{0,4}$"
)
_PAIR_VALUE = r"(?i)^\s{0,80}-?\s{0,4}[\"']?(?:value|default)[\"']?\s{0,8}[:=]\s{0,8}[\"']?([^\"'\s,]{8,400})"
_HANDSHAKE = re.compile(r"websocket[_.-]?(?:client|server)?[_.-]?key\Z", re.IGNORECASE)
_NONCE = re.compile(r"[A-Za-z0-9+/]{22}==\Z")
_LONG_ARGUMENT = 16
_LEFT = re.compile(rb"[A-Za-z0-9_.$-]{0,60}\Z")
_OPENED = re.compile(rb"\(\s{0,4}\\?[\"'`]\Z")
_STRONG = re.compile(r"api|secret|passw|pwd|passphrase|access|private|credential|master|account", re.IGNORECASE)
_TAIL = re.compile(rf"(?i:{_WORD})(?!.*(?i:{_WORD}))(.*)$", re.IGNORECASE)
_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])")
_ABOUT_WORDS = """
    name names url uri path file filename dir id ids type kind field fields label hint length len min max count limit expiry expires
    expiration expire ttl age pattern regex regexp header prefix suffix placeholder hash hashed digest error errors msg message policy
    reset arn ref reference endpoint param params parameter column title text desc description format schema class style color icon
    input form page route view model table index version alg algorithm method mode scope scopes audience issuer usage provider
    manager service store storage location strength rules rule validator validation required enabled timeout interval budget
    encoding encoder decoder length size sep separator delimiter selector test tests mask masked env var variable key_name
    fingerprint checksum thumbprint status state time date at on by from for is has address symbol contract mint decimals metadata
    rate rates cost costs price prices budget usage model models class classes test stats counter counts report list map set role roles
"""
_ABOUT = frozenset(_ABOUT_WORDS.split())
_BEFORE = re.compile(
    r"public(?:[_.-]?key)?[_.-]?$|(?:^|[_.-])(?:hashed|encrypted|max|min|num|next|prev|previous|page|continuation|sort|has|is|no)[_.-]?$",
    re.IGNORECASE,
)
_NOT_VALUES = re.compile(
    r"[a-z][a-z0-9+.-]*://|arn:|[~.]{0,2}/(?:[\w.-]+/)*[\w.-]*\Z|[A-Za-z]:\\|#[0-9a-fA-F]{3,8}\Z|\$2[aby]\$|\$argon2|\$[156y]\$|pbkdf2|"
    r"ENC\[|vault:|op://|ssm:|sha(?:1|256|384|512)[-:]|md5[-:]|\{SHA|data:|AgA|AgB|application/|text/|urn:|[\w.+-]+@[\w-]+\.[\w.]+\Z|"
    r"v?\d+(?:\.\d+)+|\d{4}-\d\d-\d\d|[0-9.,:+-]+\Z|process\.env|os\.|env\.|self\.|this\.|import\.meta|System\.|config\.|settings\.|secrets\.",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|->|::|\?\.)[A-Za-z_$][\w$]*)*[*&]?\Z")
_DOTTED = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|->|::|\?\.)[A-Za-z_$][\w$]*)+\Z")


@dataclass(frozen=True, slots=True)
class Assignment:
    """A name, the value beside it, and where the value starts and ends in the bytes that were searched."""

    name: str
    value: str
    start: int
    end: int


def find_assignments(raw: bytes, *, settings: bool) -> Iterator[Assignment]:
    """Yield each assignment in `raw`, one line or a window of it, whose value is most likely a secret.

    `settings` is True for a file of settings (`.env`, YAML, ini, ...), where a value needs no quotation marks. In source code a bare
    word is a name, so only one that could be no name counts there.
    """
    beside = compiled(_BESIDE)
    for found in compiled(_NAME).finditer(raw):
        value = beside.match(raw, found.end())
        if value is None:
            continue
        way = _Way(next(number for number, text in enumerate(value.groups(), 1) if text is not None))
        start, end = value.span(way)
        left = _LEFT.search(raw, max(0, found.start() - 60), found.start())
        first = left.start() if left else found.start()
        name = raw[first : found.end()].decode("latin-1")
        text = raw[start:end].decode("utf-8", "replace").rstrip("\\")
        if not _is_possible(way, name, raw, first) or not _means_a_secret(name) or _is_one_of_many(raw, found.end(), start, end):
            continue
        if _is_a_secret(text, name, quoted=way < _Way.BARE, settings=settings):
            yield Assignment(name, text, start, end)


def find_pair(raw: bytes, following: Sequence[bytes]) -> tuple[int, int, int] | None:
    """Return (index in `following`, start, end) of a value whose name stands on the line before: `name: DB_PASSWORD`, `value: ...`."""
    named = compiled(_PAIR_NAME).search(raw)
    if named is None or not _means_a_secret(named.group(1).decode("latin-1")):
        return None
    for index, line in enumerate(following):
        found = compiled(_PAIR_VALUE).match(line)
        if found is not None:
            text, name = found.group(1).decode("utf-8", "replace"), named.group(1).decode("latin-1")
            return (index, *found.span(1)) if _is_a_secret(text, name, quoted=True, settings=True) else None
    return None


def _is_possible(way: _Way, name: str, raw: bytes, first: int) -> bool:
    """An argument follows the name that a call begins with, a statement the word of the language, a spaced value a flag or a scheme."""
    word = name.lower()
    match way:
        case _Way.ARGUMENT:
            return _OPENED.search(raw, max(0, first - 8), first) is not None
        case _Way.STATEMENT:
            return word == "password" or word.startswith("identified")
        case _Way.SPACED:
            return word.startswith("-") or word == "bearer" or (word == "token" and b"authorization" in raw[:first].lower())
        case _:
            return True


def _is_one_of_many(raw: bytes, called: int, start: int, end: int) -> bool:
    """True for a short first argument of several of a function: `auth_password("user", ...)` takes the password behind it.

    What is the only argument is what the function is about.
    """
    opened = raw[called:start].lstrip()[:1] == b"("
    return opened and end - start < _LONG_ARGUMENT and raw[end : end + 8].lstrip(b"\\\"'` ").startswith(b",")


def _means_a_secret(name: str) -> bool:
    """False where the name speaks about a secret: `token_url`, `password_min_length`, `max_tokens`, `public_key`."""
    found = _TAIL.search(name)
    tail, start = (found.group(1), found.start()) if found else ("", 0)
    about = _ABOUT.intersection(part.lower() for part in _SPLIT.split(tail))
    # A small letter right behind the word goes on with it: tokens, secretary, passwords.
    glued = tail[:1].islower()
    return not glued and not about and _BEFORE.search(name[:start]) is None


def _is_a_secret(value: str, name: str, *, quoted: bool, settings: bool) -> bool:
    if _NOT_VALUES.match(value) or value.casefold() == name.casefold() or (_HANDSHAKE.search(name) and _NONCE.match(value)):
        return False
    if not quoted and _DOTTED.match(value) and value.count(".") != 2:
        return False
    if not quoted and not settings and (len(value) < 16 or _reads_as_name(value)):
        return False
    return is_random(value, quoted=quoted or settings, uuids=_STRONG.search(name) is not None)


def _reads_as_name(value: str) -> bool:
    """A bare word of source code that could be a name: it has an underscore, or its digits stand at the end."""
    if not _IDENTIFIER.match(value):
        return False
    return "_" in value or value.rstrip("0123456789").isalpha()
