#!/usr/bin/env python3
"""Verifies a forgewatch journal without forgewatch. Needs Python 3.9 or newer and the package `cryptography`.

    python3 verify_ledger.py journal.jsonl checkpoint root.pub [--ledger audit_ledger.md] [--since KEPT] [--other JOURNAL]...

What it believes is root.pub, the public key that you got from whoever you trust; everything else is checked against it.

1. Every line is JSON in its one canonical form: {"e": event, "s": signature}. Lines that are older than the key have no "s".
2. The signature of line i (from 0) covers  "forgewatch/entry/v1\\n" i "\\n" base64(root of the lines before) "\\n" event.
   Roots are those of RFC 6962: leaf SHA-256(0x00 line), node SHA-256(0x01 left right).
3. A line whose event is KeyRotated is signed by the old key; the lines behind it by the new one.
4. `checkpoint` is a signed note (C2SP): origin, number of lines, base64 root, and a signature by the key of the line that comes next.
   The first line that does not fit is looked for at other places near its own, and in the journals of other repositories (--other).
   KEPT is an earlier one, or a receipt (C2SP tlog-proof): the index of a line, the hashes that lead from it to the root, a checkpoint.
5. `Entry: N sha256:...` lines of the Markdown ledger name lines of the journal and their leaves; what was named before the operator's
   last adoption, and is not in the journal, was taken over with it. Above the one of an audit stand its time and outcome; no audit
   between two that stand there is left out. The rest of its text is compared by forgewatch alone.

Prints one line per finding and a last line; exit status 0 when everything holds, 1 when not, 2 when something cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
import unicodedata
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

LARGEST = 2**53 - 1
NEAR = 1024
ENTRY = re.compile(r"^Entry: ([0-9]{1,15}) sha256:([0-9a-f]{64})$", re.MULTILINE)


def sha256(data: bytes) -> bytes:
    """Return 32 bytes."""
    return hashlib.sha256(data).digest()


class Tree:
    """Grows leaf by leaf; `peaks` are the roots of the complete subtrees, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def add(self, line: bytes) -> None:
        """Grow by a line without its newline."""
        node, rest = sha256(b"\x00" + line), self.size
        while rest % 2:
            node, rest = sha256(b"\x01" + self.peaks.pop() + node), rest // 2
        self.peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the root hash over all lines."""
        if not self.peaks:
            return sha256(b"")
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = sha256(b"\x01" + peak + node)
        return node


def whole(digits: str) -> int:
    """Return a number that every reader of JSON takes for the same; raise ValueError, also for a fraction."""
    number = int(digits) if len(digits) < 20 else LARGEST + 1
    if abs(number) > LARGEST:
        raise ValueError("a number that is not exact everywhere")
    return number


def read_line(line: bytes) -> tuple[str, dict[str, object], bytes | None]:
    """Return (event as text, event as JSON, signature or None); raise ValueError for a line that is not canonical."""
    text = line.decode("utf-8")
    body = json.loads(text, parse_int=whole, parse_float=whole, parse_constant=whole)
    if json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False) != text or unicodedata.normalize("NFC", text) != text:
        raise ValueError("is not in canonical form")
    if not isinstance(body, dict) or not isinstance(body.get("e"), dict) or set(body) - {"e", "s"}:
        raise ValueError("is no event")
    event = json.dumps(body["e"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return event, body["e"], base64.b64decode(body["s"], validate=True) if "s" in body else None


def fits(public: bytes, signature: bytes, message: bytes) -> bool:
    """Return whether a signature is of this key over this message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class Note(NamedTuple):
    """A checkpoint: `key` names the key that signed `text`."""

    origin: str
    size: int
    root: bytes
    key: bytes
    signature: bytes
    text: bytes


def read_note(note: bytes) -> Note:
    """Return what a checkpoint says; raise ValueError."""
    lines = note.decode("utf-8").split("\n")
    if len(lines) != 6 or lines[3] or lines[5] or not re.fullmatch(r"0|[1-9][0-9]{0,15}", lines[1]):
        raise ValueError("is no checkpoint of three lines and one signature")
    dash, name, signed = lines[4].split(" ")
    root, signature = base64.b64decode(lines[2], validate=True), base64.b64decode(signed, validate=True)
    if dash != "\u2014" or name != lines[0] or len(root) != 32 or len(signature) != 68:
        raise ValueError("is signed in another form, or under another name")
    return Note(lines[0], int(lines[1]), root, signature[:4], signature[4:], "\n".join(lines[:3]).encode() + b"\n")


def read_kept(raw: bytes) -> tuple[Note, int, list[bytes]]:
    """Return what a checkpoint or a receipt says: checkpoint, line (from 0; -1 without a receipt), hashes; raise ValueError."""
    found = re.fullmatch(rb"c2sp.org/tlog-proof@v1\nindex (0|[1-9][0-9]{0,15})\n((?:[A-Za-z0-9+/]{43}=\n)*)\n(.*)", raw, re.DOTALL)
    if found is None:
        return read_note(raw), -1, []
    return read_note(found[3]), int(found[1]), [base64.b64decode(line, validate=True) for line in found[2].split()]


def root_of(leaf: bytes, place: int, size: int, path: list[bytes]) -> bytes:
    """Return the root that a receipt's hashes lead to (RFC 9162 section 2.1.3), empty when they are not as many as it needs."""
    if size <= 1 or not path:
        return leaf if size == 1 and not path else b""
    half = 1 << ((size - 1).bit_length() - 1)
    if place < half:
        return sha256(b"\x01" + root_of(leaf, place, half, path[:-1]) + path[-1])
    return sha256(b"\x01" + path[-1] + root_of(leaf, place - half, size - half, path[:-1]))


class Verified:
    """One pass over the lines: the tree, the roots that are asked for, the keys, and what is wrong. `others`: lines of other journals."""

    def __init__(self, first_key: bytes, wanted: set[int], others: dict[bytes, str]) -> None:
        self.tree = Tree()
        self.keys = [(0, first_key)]
        self.leaves: list[bytes] = []
        self.flaws: list[str] = []
        self.roots = {0: self.tree.root()}
        self.wanted, self.others = wanted, others
        self.signed = self.misfits = 0
        self.near: deque[bytes] = deque(maxlen=NEAR)
        self.audits: dict[int, tuple[str, ...]] = {}
        self.adopted = -1

    def key(self, size: int) -> bytes:
        """Return the key that signs line `size`, and a checkpoint of so many lines."""
        return [public for first, public in self.keys if first <= size][-1]

    def signs(self, number: int, root: bytes, signature: bytes, event: str) -> bool:
        """Return whether a signature is for line `number` behind lines with this root."""
        message = f"forgewatch/entry/v1\n{number}\n{base64.b64encode(root).decode()}\n{event}"
        return fits(self.key(number), signature, message.encode())

    def named(self, line: bytes, signature: bytes, event: str) -> str:
        """Return where a line that does not fit comes from, empty when nobody knows."""
        if line in self.others:
            return f"a line of another repository's journal was put in (it is {self.others[line]})"
        number, root = self.tree.size, self.tree.root()
        first = number - len(self.near)
        places = [(first + at, before) for at, before in enumerate(self.near)] + [(at, root) for at in range(first, number + NEAR)]
        found = next((place + 1 for place, before in places if self.signs(place, before, signature, event)), 0)
        return f"a line that the key signed for another place was added (it was signed as line {found})" if found else ""

    def take(self, line: bytes) -> None:
        """Take in the next line without its newline."""
        number = self.tree.size
        try:
            event, body, signature = read_line(line)
        except (ValueError, RecursionError, binascii.Error) as error:
            self.flaws.append(f"line {number + 1}: {error}")
            event, body, signature = "", {}, None
        if signature is None and self.signed:
            self.flaws.append(f"line {number + 1}: has no signature, and lines before it have one")
        if signature is not None:
            if not self.signs(number, self.tree.root(), signature, event):
                why = self.named(line, signature, event) if not self.misfits else ""
                self.misfits += 1
                self.flaws.append(f"line {number + 1}: {why or 'the signature does not fit its place, its text or the key'}")
            self.signed += 1
            if body.get("is") == "KeyRotated":
                self.keys.append((number + 1, base64.b64decode(str(body.get("public")))))
        if body.get("is") == "AuditRecorded":
            self.audits[number] = audit_lines(body)
        elif body.get("is") == "Adopted" and body.get("actor") != "first contact":
            self.adopted = number
        self.leaves.append(sha256(b"\x00" + line))
        self.near.append(self.tree.root())
        self.tree.add(line)
        if self.tree.size in self.wanted:
            self.roots[self.tree.size] = self.tree.root()


def lines_of(path: str) -> Iterator[bytes]:
    """Yield the lines of a journal without newlines. A writer that died leaves a line without an end; it was never announced."""
    with open(path, "rb") as file:
        yield from (line[:-1] for line in file if line.endswith(b"\n"))


def check_kept(name: str, note: Note, line: int, path: list[bytes], verified: Verified, origin: str) -> list[str]:
    """Return what is wrong with a checkpoint, or with the receipt that it stands in."""
    if note.origin != origin:
        return [f"{name}: is of another journal: {note.origin}"]
    if note.size > verified.tree.size:
        return [f"{name}: speaks of {note.size} lines, and there are {verified.tree.size}"]
    public = verified.key(note.size)
    if note.key != sha256(origin.encode() + b"\n\x01" + public)[:4] or not fits(public, note.signature, note.text):
        return [f"{name}: is not signed by the key of this journal"]
    if verified.roots[note.size] != note.root:
        return [f"{name}: its first {note.size} lines are others than those of this journal"]
    if line >= note.size or (line >= 0 and root_of(verified.leaves[line], line, note.size, path) != note.root):
        return [f"{name}: its hashes do not lead from line {line} to the root of its checkpoint"]
    return []


def check_ledger(text: str, verified: Verified) -> list[str]:
    """Return the entries of the Markdown ledger that the journal does not hold, or holds otherwise, and those that are left out.

    What is named before an adoption by the operator, and not held, was taken over with it.
    """
    unknown: list[str] = []
    flaws, end, missing = [], 0, dict(verified.audits)
    last, adopted = -1, verified.adopted
    for found in ENTRY.finditer(text):
        number, leaf = int(found[1]), found[2]
        known = verified.leaves[number].hex() if number < len(verified.leaves) else "nothing"
        if known != leaf:
            unknown.append(f"ledger: names entry {number} sha256:{leaf}, the journal has {known}")
            continue
        if number == adopted:
            unknown, adopted = [], -1
        block = text[end : found.start()].rpartition("\n---\n")[2].split("\n")
        wrong = next((line for line in missing.pop(number, ()) if block.count(line) != 1), None)
        if wrong is not None:
            flaws.append(f"ledger: entry {number}: expected one line {wrong!r}")
        last, end = max(last, number), found.end()
    return unknown[:20] + flaws + [f"ledger: entry {number} is left out" for number in missing if number < last]


def audit_lines(event: dict[str, object]) -> tuple[str, ...]:
    """Return lines that the Markdown of an audit has, of those that no text of a builder stands in."""
    envelope = event.get("envelope")
    outcome = "FAIL" if event.get("outcome") == "ERROR" else event.get("outcome")
    return (f"Outcome: {outcome}", f"Timestamp: {envelope.get('at')}" if isinstance(envelope, dict) else "")


def main() -> int:
    """Verify what the command line names."""
    parser = argparse.ArgumentParser(description="Verify a forgewatch journal.")
    parser.add_argument("journal")
    parser.add_argument("checkpoint")
    parser.add_argument("key", help="root.pub, a PEM file")
    parser.add_argument("--ledger", help="the Markdown ledger")
    parser.add_argument("--since", help="a checkpoint or a receipt that was kept earlier")
    parser.add_argument("--other", action="append", default=[], help="the journal of another repository; may be given more than once")
    args = parser.parse_args()
    try:
        public = load_pem_public_key(Path(args.key).read_bytes())
        if not isinstance(public, Ed25519PublicKey):
            raise ValueError(f"{args.key} is no Ed25519 key")
        kept = []
        for path in [args.checkpoint, *([args.since] if args.since else [])]:
            with open(path, "rb") as file:
                kept.append((path, *read_kept(file.read(8192))))
        others = {line: f"line {at} of {path}" for path in args.other for at, line in enumerate(lines_of(path), 1)}
        verified = Verified(public.public_bytes_raw(), {each[1].size for each in kept}, others)
        for line in lines_of(args.journal):
            verified.take(line)
        ledger = Path(args.ledger).read_text("utf-8", "replace") if args.ledger else ""
    except (OSError, ValueError) as error:
        print(f"cannot be verified: {error}")
        return 2
    flaws, newest = verified.flaws[:20], kept[0][1]
    for each in kept:
        flaws += check_kept(*each, verified, newest.origin)
    if kept[-1][1].size > newest.size:
        flaws.append(f"{args.checkpoint}: is older than {args.since}")
    flaws += check_ledger(ledger, verified)
    result = "NOT VERIFIED" if flaws else "verified"
    print(*flaws, f"{result}: {verified.tree.size} lines, {verified.signed} signed, {newest.origin}", sep="\n")
    return 1 if flaws else 0


if __name__ == "__main__":
    sys.exit(main())
