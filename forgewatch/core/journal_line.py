"""One line of the journal: an event to bytes and back, and the leaf that names it (ledger.md section 1, Journal).

A line is `{"e":<canonical JSON of the event>,"s":"<base64 Ed25519>"}` and a newline; lines that are older than the key have no `s`. What is
signed is the place of the line, the root over all lines before it, and the bytes of the event: `signed_bytes`. The leaf is the RFC 6962
leaf hash, SHA-256(0x00 || line), over the line without its newline: the newline separates lines, it belongs to none. So

    (printf '\\0'; sed -n 42p journal.jsonl | tr -d '\\n') | sha256sum

gives the leaf of entry 41 without forgewatch.
"""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from typing import NoReturn

from forgewatch.core.canonical import Json, canonical_json
from forgewatch.core.codec import Undecodable, decode, encode
from forgewatch.core.events import Event, Recorded
from forgewatch.core.merkle import leaf_hash
from forgewatch.core.text import recordable
from forgewatch.core.values import Digest, Refused

_LARGEST = 2**53 - 1
_SIGNED = re.compile(rb'\{"e":(?P<event>\{.*\}),"s":"(?P<signature>[A-Za-z0-9+/]{86}==)"\}', re.DOTALL)


def encode_event(event: Event) -> bytes:
    """Return the canonical bytes of an event. Strings are kept in the form `recordable` gives them: valid Unicode, NFC."""
    return canonical_json(_recordable(encode(event)))


def encode_line(event: Event) -> bytes:
    """Return the line of an event without a signature, with its newline: the form of lines that are older than the key."""
    return b'{"e":' + encode_event(event) + b"}\n"


def signed_line(event: bytes, signature: bytes) -> bytes:
    """Return the line of the bytes of an event and the 64 bytes of its signature, with its newline."""
    return b'{"e":' + event + b',"s":"' + base64.b64encode(signature) + b'"}\n'


def signed_bytes(index: int, root: bytes, event: bytes) -> bytes:
    """Return what the signature of line `index` covers: `root` is the root hash over the lines before it."""
    return b"forgewatch/entry/v1\n%d\n%b\n%b" % (index, base64.b64encode(root), event)


def signature_of(line: bytes) -> tuple[bytes, bytes] | None:
    """Return the event's bytes and the signature of a line without newline, None when it has none."""
    found = _SIGNED.fullmatch(line)
    return None if found is None else (found["event"], base64.b64decode(found["signature"]))


def decode_line(seq: int, line: bytes) -> Recorded | Refused:
    """Return the event of a line (without newline) at place `seq`, or why these bytes cannot be ours.

    Refused: no JSON, not the canonical bytes of what they say, or no event of this version.
    """
    try:
        body = json.loads(line, parse_float=_refuse, parse_constant=_refuse, parse_int=_integer)
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        return Refused(_excerpt(line), f"is no canonical JSON: {type(error).__name__}")
    if canonical != line or not (line.isascii() or unicodedata.is_normalized("NFC", line.decode())):
        return Refused(_excerpt(line), "is not in canonical form")
    if type(body) is not dict or body.keys() not in ({"e"}, {"e", "s"}):
        return Refused(_excerpt(line), "is not an object with the key 'e', and 's' where it is signed")
    if "s" in body and signature_of(line) is None:
        return Refused(_excerpt(line), "holds a signature of another form")
    try:
        event: Event = decode(Event, body["e"])  # type: ignore[arg-type]
    except Undecodable as error:
        return Refused(_excerpt(line), f"holds no event: {error}")
    return Recorded(seq=seq, leaf=leaf_of(line), event=event)


def leaf_of(line: bytes) -> Digest:
    """Return the RFC 6962 leaf hash of a line without its newline."""
    return Digest("sha256:" + leaf_hash(line).hex())


def _recordable(value: Json) -> Json:
    if isinstance(value, str):
        return recordable(value)
    if isinstance(value, dict):
        return {key: _recordable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_recordable(item) for item in value]
    return value


def _integer(digits: str) -> int:
    return int(digits) if len(digits) < 20 and abs(int(digits)) <= _LARGEST else _refuse(digits)


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


def _excerpt(line: bytes) -> str:
    return line[:80].decode("utf-8", "backslashreplace")
