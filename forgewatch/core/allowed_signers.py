"""Who may sign: the operator's allowed_signers file (ssh-keygen(1), ALLOWED SIGNERS) and the list of revoked keys.

    alice@example.com,alice namespaces="forgewatch@v1",valid-before="20270101Z" ssh-ed25519 AAAA...

A line that cannot be read refuses the whole file: a signer whom nobody sees, or a limit nobody keeps, is worse than an error. Certificate
authorities are not supported. Times have to say that they are UTC (`Z`): what another zone would mean depends on the machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from forgewatch.core.defect import Defect
from forgewatch.core.ssh_keys import fingerprint_of, is_fingerprint, parse_key_fields
from forgewatch.core.strict_json import decode_document
from forgewatch.core.values import Refused
from forgewatch.core.wildcards import in_list

SIGNERS_BYTES = 256 * 1024
"""Bytes of either file."""

NAME_LIMIT = 256
"""Characters of one principal."""

_KRL = b"SSHKRL\n\0"
_LINE = re.compile(r'(?:"(?P<quoted>[^"]*+)"|(?P<plain>[^\s"]++))\s++(?P<rest>\S.*+)')
_OPTIONS = re.compile(r'(?:[^"\s]|"[^"]*+")++(?=\s)')
_OPTION = re.compile(r'(?P<name>[A-Za-z-]++)(?:="(?P<value>[^"\\]*+)")?(?:,(?=.)|\Z)')
_KEY_TYPE = re.compile(r"(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+")
_TIME = re.compile(r"([0-9]{8})(?:([0-9]{4})([0-9]{2})?)?Z")
_TIMES = ("valid-after", "valid-before")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """One line: patterns of names, the key's blob, patterns of namespaces (empty: any), and UTC times (empty: without limit)."""

    principals: tuple[str, ...]
    public: bytes
    namespaces: tuple[str, ...] = ()
    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class AllowedSigners:
    """The lines of the file in their order."""

    signers: tuple[Signer, ...] = ()


@dataclass(frozen=True, slots=True)
class Revoked:
    """The fingerprints of keys that no longer count, whatever the other file says."""

    fingerprints: frozenset[str] = frozenset()


def principals_of(signers: AllowedSigners, public: bytes, namespace: str, at: str) -> tuple[str, ...]:
    """Return the names under which this key may sign in `namespace` at the UTC time `at`, none where it may not."""
    found = (name for signer in signers.signers if _allows(signer, public, namespace, at) for name in signer.principals)
    return tuple(dict.fromkeys(name for name in found if not name.startswith("!")))


def held_by(signers: AllowedSigners, public: bytes, names: frozenset[str]) -> tuple[str, ...]:
    """Return those of `names` that any line gives this key to, whatever for and when."""
    lines = [signer for signer in signers.signers if signer.public == public]
    return tuple(sorted(name for name in names if any(in_list(signer.principals, name) for signer in lines)))


def is_revoked(revoked: Revoked, public: bytes) -> bool:
    """True for a key that no longer counts."""
    return fingerprint_of(public) in revoked.fingerprints


def _allows(signer: Signer, public: bytes, namespace: str, at: str) -> bool:
    if signer.public != public or (signer.namespaces and not in_list(signer.namespaces, namespace)):
        return False
    return (not signer.after or signer.after <= at) and (not signer.before or at <= signer.before)


def parse_allowed_signers(raw: bytes) -> AllowedSigners | Defect:
    """Return the signers of a file, or the first line that is not as it must be. Never raises."""
    lines = _lines(raw)
    if isinstance(lines, Defect):
        return lines
    found = []
    for number, line in lines:
        signer = _signer(line)
        if isinstance(signer, Refused):
            return Defect(signer.why, number)
        found.append(signer)
    return AllowedSigners(tuple(found))


def parse_revoked(raw: bytes) -> Revoked | Defect:
    """Return the revoked keys of a file with one public key, or one `SHA256:` fingerprint, in a line. Never raises."""
    if raw.startswith(_KRL):
        return Defect("expected one public key or SHA256: fingerprint in a line, found a binary KRL: write the keys themselves")
    lines = _lines(raw)
    if isinstance(lines, Defect):
        return lines
    found = set()
    for number, line in lines:
        words = line.split(None, 2)
        key = words[0] if is_fingerprint(words[0]) else parse_key_fields(*words[:2]) if len(words) > 1 else Refused("", "")
        if isinstance(key, Refused):
            return Defect(key.why or "expected a public key or a SHA256: fingerprint, found neither", number)
        found.add(key if isinstance(key, str) else fingerprint_of(key))
    return Revoked(frozenset(found))


def _lines(raw: bytes) -> list[tuple[int, str]] | Defect:
    if len(raw) > SIGNERS_BYTES:
        return Defect(f"expected at most {SIGNERS_BYTES} bytes, found {len(raw)}")
    text = decode_document(raw)
    if isinstance(text, Defect):
        return text
    numbered = ((number, line.strip()) for number, line in enumerate(text.split("\n"), 1))
    return [(number, line) for number, line in numbered if line and not line.startswith("#")]


def _signer(line: str) -> Signer | Refused:
    found = _LINE.fullmatch(line)
    if found is None:
        return Refused("", "expected principals, options and a key, found fewer")
    named = found["quoted"] if found["quoted"] is not None else found["plain"]
    principals = tuple(named.split(","))
    if any(not name.strip("!") or len(name) > NAME_LIMIT for name in principals) or all(name[0] == "!" for name in principals):
        return Refused("", f"expected principals of 1 to {NAME_LIMIT} characters, one of them without '!', found {named[:40]!r}")
    options, kind, encoded = _fields(found["rest"])
    if not encoded:
        return Refused("", "expected a key type and a key in base64 after the options, found none")
    public = parse_key_fields(kind, encoded)
    if isinstance(public, Refused):
        return public
    return _with_options(Signer(principals=principals, public=public), options)


def _fields(rest: str) -> tuple[str, str, str]:
    """Return options, key type and key; a line without options begins with the type."""
    options = ""
    if not _KEY_TYPE.fullmatch(rest.split(None, 1)[0]):
        found = _OPTIONS.match(rest)
        options = found.group() if found else rest
        rest = rest[len(options) :].strip()
    kind, encoded, *_ = (*rest.split(None, 2), "", "")
    return options, kind, encoded


def _with_options(signer: Signer, options: str) -> Signer | Refused:
    place, seen = 0, set[str]()
    while place < len(options):
        found = _OPTION.match(options, place)
        if found is None:
            return Refused("", f'expected options as name="value" with commas between, found {options[place : place + 40]!r}')
        name, value = found["name"].lower(), found["value"]
        if name in seen:
            return Refused("", f"expected each option once, found {name} again")
        seen.add(name)
        place = found.end()
        changed = _with_option(signer, name, value)
        if isinstance(changed, Refused):
            return changed
        signer = changed
    if signer.after and signer.before and signer.before <= signer.after:
        return Refused("", f"expected valid-before later than valid-after {signer.after}, found {signer.before}")
    return signer


def _with_option(signer: Signer, name: str, value: str | None) -> Signer | Refused:
    if name == "cert-authority":
        return Refused("", "cert-authority is not supported: name the keys themselves")
    if name not in ("namespaces", *_TIMES):
        return Refused("", f"expected namespaces, valid-after or valid-before, found the option {name}")
    if not value:
        return Refused("", f'expected {name}="...", found no value in quotes')
    if name == "namespaces":
        return replace(signer, namespaces=tuple(value.split(",")))
    at = _utc(value)
    if at is None:
        return Refused("", f'expected {name}="YYYYMMDDZ" or "YYYYMMDDHHMM[SS]Z" in UTC, found {value[:40]!r}')
    return replace(signer, after=at) if name == "valid-after" else replace(signer, before=at)


def _utc(value: str) -> str | None:
    found = _TIME.fullmatch(value)
    if found is None:
        return None
    day, minute, second = found.groups("")
    try:
        return datetime.strptime(day + (minute or "0000") + (second or "00"), "%Y%m%d%H%M%S").isoformat() + "Z"
    except ValueError:
        return None
