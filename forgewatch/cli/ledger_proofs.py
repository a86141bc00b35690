"""`ledger verify|proof|export`: what proves the record to people who do not believe the program that keeps it (ledger.md section 1)."""

from __future__ import annotations

import base64
import os
from argparse import Namespace
from importlib.resources import files
from pathlib import Path

from forgewatch.adapters.files import RootFiles
from forgewatch.adapters.journal_keys import KEYS, ROOT, KeyFolder, public_of, public_pem, verifies
from forgewatch.adapters.journal_whole import WholeJournal, read_whole
from forgewatch.adapters.state_folder import find_folder
from forgewatch.cli import places, screen
from forgewatch.core.errors import EnvironmentFault, UsageError
from forgewatch.core.journal_exam import Examined, Flaw, Tampering, Trust, examine
from forgewatch.core.ledger_reader import LEDGER_BYTES
from forgewatch.core.merkle import Frontier, inclusion_proof, leaf_hash
from forgewatch.core.places import places_of
from forgewatch.core.signed_note import SignedCheckpoint, key_id, parse_checkpoint
from forgewatch.core.text import PATH_LIMIT, escape
from forgewatch.core.tlog_proof import Proof, parse_proof, render_proof
from forgewatch.core.values import Refused

SCHEMA = "forgewatch/ledger-verify/v1"
_NONE = "there is no record of this repository yet"
_NOTE = "forgewatch ledger export FOLDER copies what is there, to be looked at elsewhere"


def run(root: Path, args: Namespace) -> int:
    """Do the verb. Raises UsageError, EnvironmentFault."""
    folder = find_folder(root, os.environ)
    if folder is None:
        raise UsageError(_NONE, "nothing was audited here, or FORGEWATCH_STATE_DIR names another place")
    match args.verb:
        case "verify":
            return _verify(root, folder, args)
        case "proof":
            return _prove(folder, args)
        case _:
            return _export(root, folder, args)


def _verify(root: Path, folder: Path, args: Namespace) -> int:
    whole = read_whole(folder)
    if whole.note is None and not KeyFolder(folder).exists() and not args.key:
        raise UsageError("this journal is not signed yet", "the next entry that forgewatch records signs for all that are there")
    public = _key(folder, args.key)
    trust = Trust(whole.origin, public, verifies)
    examined = examine(whole.lines, whole.note, trust)
    flaws = (*examined.flaws, *(_since(whole, examined, trust, args.since) if args.since and not examined.flaws else ()))
    told = {
        "schema": SCHEMA,
        "repository": str(root),
        "holds": not flaws,
        "origin": whole.origin,
        "lines": len(whole.lines),
        "root": base64.b64encode(examined.tree.root).decode() if not flaws else None,
        "key": key_id(whole.origin, public).hex(),
        "flaws": [{"kind": flaw.kind.name, "line": flaw.line, "what": _said(flaw)} for flaw in flaws],
    }
    if args.json:
        screen.show_json(told)
    else:
        screen.show("\n".join(_text(root, whole, examined, flaws)))
    return 1 if flaws else 0


def _text(root: Path, whole: WholeJournal, examined: Examined, flaws: tuple[Flaw, ...]) -> list[str]:
    place = escape(str(root), PATH_LIMIT)
    if flaws:
        return [f"{screen.paint('FAIL', 'does not hold')}: the journal of {place}", *(f"  {_said(flaw)}" for flaw in flaws)]
    return [
        f"{screen.paint('PASS', 'holds')}: the journal of {place}",
        f"  {len(whole.lines)} lines, root {base64.b64encode(examined.tree.root).decode()}",
        f"  signed as {whole.origin}",
    ]


def _said(flaw: Flaw) -> str:
    place = "" if flaw.line is None else f"line {flaw.line}: "
    return f"{place}{flaw.kind}{f' ({escape(flaw.detail)})' if flaw.detail else ''}"


def _since(whole: WholeJournal, examined: Examined, trust: Trust, path: str) -> tuple[Flaw, ...]:
    """Compare with a checkpoint, or the one of a receipt, that somebody kept."""
    earlier = _kept(path)
    size = earlier.checkpoint.size
    if earlier.checkpoint.origin != whole.origin:
        raise UsageError(f"{path} is of another journal: expected {whole.origin}, found {earlier.checkpoint.origin}")
    if not any(trust.verifies(public, earlier.signature, earlier.checkpoint.text) for public in examined.keys):
        raise UsageError(f"{path} is not signed by a key of this journal")
    if size > len(whole.lines):
        return (Flaw(Tampering.STALE, None, f"{size} lines were there before, found {len(whole.lines)}"),)
    root = Frontier().grown(map(leaf_hash, whole.lines[:size])).root
    return () if root == earlier.checkpoint.root else (Flaw(Tampering.FORK, None, f"the first {size} lines were others"),)


def _kept(path: str) -> SignedCheckpoint:
    raw = _read(path)
    proof = parse_proof(raw)
    claimed = parse_checkpoint(raw if isinstance(proof, Refused) else proof.note)
    if isinstance(claimed, Refused):
        raise UsageError(f"{path} is neither a checkpoint nor a receipt: it {claimed.why}")
    return claimed


def _prove(folder: Path, args: Namespace) -> int:
    whole = read_whole(folder)
    claimed = parse_checkpoint(whole.note or b"")
    if isinstance(claimed, Refused):
        raise EnvironmentFault(f"the journal has no checkpoint that could vouch for an entry: it {claimed.why}", "forgewatch ledger verify")
    leaves = [leaf_hash(line) for line in whole.lines[: claimed.checkpoint.size]]
    index = _index(args.entry, leaves)
    receipt = render_proof(Proof(index, inclusion_proof(leaves, index), whole.note or b""))
    if args.output:
        _write(Path(args.output), receipt)
    else:
        screen.show(receipt.decode())
    return 0


def _index(name: str, leaves: list[bytes]) -> int:
    if name.isascii() and name.isdecimal() and len(name) < 16 and int(name) < len(leaves):
        return int(name)
    wanted = name.removeprefix("sha256:")
    found = next((place for place, leaf in enumerate(leaves) if leaf.hex() == wanted), None)
    if found is None:
        raise UsageError(
            f"no entry {escape(name)}", f"expected a number below {len(leaves)}, or a leaf of the journal; see forgewatch ledger show"
        )
    return found


def _export(root: Path, folder: Path, args: Namespace) -> int:
    whole = read_whole(folder)
    target = Path(args.folder)
    try:
        target.mkdir()
    except OSError as error:
        raise UsageError(f"{target} cannot be made: {error.strerror}", "name a folder that is not there yet") from error
    governed = places_of(places.layout_of(root, places.settings(args)))
    ledger = RootFiles(str(root)).read(governed.ledger, LEDGER_BYTES)
    parts = {
        "journal.jsonl": b"".join(line + b"\n" for line in whole.lines),
        "checkpoint": whole.note,
        ROOT: public_pem(_key(folder, None)),
        "audit_ledger.md": ledger if isinstance(ledger, bytes) else None,
        "verify_ledger.py": (files("forgewatch") / "standalone" / "verify_ledger.py").read_bytes(),
    }
    for name, raw in parts.items():
        if raw is not None:
            _write(target / name, raw)
    screen.show(
        f"exported {len(whole.lines)} lines; without forgewatch: cd {escape(str(target), PATH_LIMIT)} && python3 verify_ledger.py "
        f"journal.jsonl checkpoint {ROOT} --ledger audit_ledger.md"
    )
    return 0


def _key(folder: Path, given: str | None) -> bytes:
    if given is None:
        return KeyFolder(folder).root()
    public = public_of(_read(given))
    if public is None:
        raise UsageError(f"{given} is no Ed25519 public key", f"expected a PEM file as {folder / KEYS / ROOT}")
    return public


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _write(path: Path, raw: bytes) -> None:
    try:
        path.write_bytes(raw)
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be written: {error.strerror}") from error
