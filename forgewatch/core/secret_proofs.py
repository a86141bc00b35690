"""Proofs of token shapes: a checksum, a content that decodes, an address with a real password, a key block with a key in it."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from urllib.parse import unquote

from forgewatch.core.secret_rules import Proof, SecretRule
from forgewatch.core.secret_values import (
    KNOWN_EXAMPLES,
    decoded,
    digest16,
    entropy,
    is_meant_as_example,
    is_patterned,
    is_random,
    is_template,
    is_token_placeholder,
    is_wordy,
)

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM_LENGTH = 6
_LONG, _LONG_ENTROPY = 80, 4.5
_HEX = re.compile(r"[0-9a-fA-F]{40}")
_KEY_TEXT = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_KEY_LINES, _KEY_SIZE = 13, 4000
_SAMPLE_JWT = ("1234567890", "John Doe", '"anon"', "example.com")
_HOSTS = re.compile(r"\A(?:[\w.-]+:\d{1,5},)+(?=[^,]*:)")
_WEAK = re.compile(
    r"(?:pass(?:word|wd)?|pwd|secret|postgres|mysql|root|admin|user(?:name)?|guest|test|testing|dev|local|example|changeme|mypassword|"
    r"your.*|some.*|p(?:ass)?w(?:or)?d?|token|key|x+|(?:foo|bar|baz)[0-9]{0,4}|pass\W{1,3}|p[a@]ssw.?rd|abc|rabbitmq|redis|mongo|minio|anon[a-z]*|minioadmin|s3cret|supersecret|hunter2|"
    r"[A-Z_]*(?:PASS|PASSWORD|TOKEN|SECRET|KEY)[A-Z_]*|[a-z]*pass(?:word)?|[a-z]*password[0-9]{0,4}|pass[0-9]{0,4}|[0-9]{1,6})\Z",
    re.IGNORECASE,
)
_LOCAL = re.compile(
    r"(?:localhost|127\.|0\.0\.0\.0|\[::1\]|host\.docker\.internal|example\.|[\w.-]*\.example\b|[\w.-]*example\.(?:com|org|net)|[\w.-]*\.(?:test|invalid|localhost)\b|(?:[\w-]+\.)?(?:company|domain|host|hostname|server|mysite|yourhost)\.(?:com|org|net)|[\w-]+\Z)",
    re.I,
)


def proves(rule: SecretRule, value: str) -> bool:
    """Return whether a value of the rule's shape is a secret. Of a key block the value is all of it."""
    match rule.proof:
        case Proof.BLOCK:
            return _holds_key(value)
        case Proof.JWT:
            return _is_token(value)
        case Proof.BASIC:
            return _is_login(value)
        case Proof.ADDRESS:
            return _has_password(value)
        case Proof.CRC32 if checksum_holds(value, rule.prefix):
            return True
        case _:
            body = value.removeprefix(rule.prefix)
            return entropy(body) >= _least_entropy(rule, body) and not is_token_placeholder(value, body)


def _least_entropy(rule: SecretRule, body: str) -> float:
    """Long text in more than hexadecimal digits is no token when its characters repeat: an encoded program, a table."""
    return _LONG_ENTROPY if len(body) >= _LONG and not _HEX.search(body) else rule.entropy


def checksum_holds(token: str, prefix: str) -> bool:
    """True when the last six characters are the CRC-32 of those between prefix and them, in base 62.

    It settles the question. One that does not hold settles nothing: issuers changed the rule and test services ignore it.
    """
    body = token.removeprefix(prefix)
    return base62(zlib.crc32(body[:-_CHECKSUM_LENGTH].encode())) == body[-_CHECKSUM_LENGTH:]


def base62(number: int) -> str:
    """Return a number in base 62 with six digits, as the issuers of such checksums write it."""
    text = ""
    for _ in range(_CHECKSUM_LENGTH):
        number, rest = divmod(number, len(_DIGITS))
        text = _DIGITS[rest] + text
    return text


def _holds_key(block: str) -> bool:
    """A header alone is a word in a program; a key has a body of random text, and it begins soon."""
    begin = "\n".join(block.split("\n", _KEY_LINES)[:_KEY_LINES])[:_KEY_SIZE]
    return any(entropy(text) >= 4.0 and not is_patterned(text) for text in _KEY_TEXT.findall(begin))


def _is_token(value: str) -> bool:
    if digest16(value) in KNOWN_EXAMPLES:
        return False
    head, body, signature = value.split(".")[:3]
    content = decoded(body)
    if '"alg"' not in decoded(head) or not (content.startswith("{") and content.rstrip().endswith("}")):
        return False
    return not any(word in content for word in _SAMPLE_JWT) and not is_patterned(signature) and entropy(signature) >= 3.0


def _is_login(value: str) -> bool:
    if digest16(value) in KNOWN_EXAMPLES:
        return False
    user, divider, password = decoded(value).partition(":")
    if not divider or not password.isprintable() or not user.isprintable():
        return False
    if is_meant_as_example(password) or Counter(user.casefold()) == Counter(password.casefold()):
        return False
    return len(password) >= 6 and _WEAK.match(password) is None and not is_template(password) and not is_patterned(password)


def _has_password(address: str) -> bool:
    login, _, host = address.partition("://")[2].rpartition("@")
    user, _, written = _HOSTS.sub("", login).partition(":")
    # Settings files double the percent sign, and a mark over a letter makes no other word of it.
    password = unquote(written.replace("%%", "%"))
    if is_template(written) or any(map(_WEAK.match, (written, password, _unmarked(password)))) or written.startswith("$"):
        return False
    if password.casefold() in (user.casefold(), host.casefold()) or len(password) < 6 or is_patterned(password):
        return False
    return is_random(password, quoted=True, uuids=True) or (_LOCAL.match(host) is None and not is_wordy(password))


def _unmarked(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
