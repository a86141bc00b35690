"""`ledger verify|proof|export`: what proves the record to people who do not believe the program that keeps it (ledger.md section 1)."""

from __future__ import annotations

import base64
import contextlib
import os
from argparse import Namespace
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from pathlib import Path

from forgewatch.adapters.journal_keys import KEYS, ROOT, KeyFolder, public_of, public_pem, verifies
from forgewatch.adapters.journal_runs import scanned
from forgewatch.adapters.journal_seal import JournalSeal
from forgewatch.adapters.journal_whole import DiskLines, WholeJournal, read_whole
from forgewatch.adapters.state_folder import JOURNAL, find_folder
from forgewatch.cli import places, screen
from forgewatch.cli.anchor_look import asked
from forgewatch.cli.ledger_compared import compare_moment, read_moment
from forgewatch.cli.progress import shown
from forgewatch.core.errors import EnvironmentFault, TamperDetected, UsageError
from forgewatch.core.journal_exam import Examined, Trust, examine
from forgewatch.core.journal_scan import Lines
from forgewatch.core.ledger_ranges import Compared
from forgewatch.core.merkle import inclusion_proof, leaf_hash
from forgewatch.core.places import places_of
from forgewatch.core.signed_note import SignedCheckpoint, key_id, parse_checkpoint
from forgewatch.core.tampering import Flaw, Tampering
from forgewatch.core.text import PATH_LIMIT, escape
from forgewatch.core.tlog_proof import Proof, parse_proof, proven, render_proof
from forgewatch.core.values import Refused

SCHEMA = "forgewatch/ledger-verify/v1"
_NONE = "there is no record of this repository yet"
_UNTOLD = "was not compared: the journal does not hold"


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
    ledger = places_of(places.layout_of(root, places.settings(args))).ledger
    moment = read_moment(root, folder, ledger)
    whole = moment.whole
    runs = tuple(shown(scanned(whole.lines), len(whole.lines), wanted=screen.result_is_read() or not args.json))
    lines = Lines(whole.lines, runs)
    if not args.key and lines.first_signed() is None and not KeyFolder(folder).exists():
        raise UsageError("this journal is not signed yet", "the next entry that forgewatch records signs for all that are there")
    public = _key(folder, args.key)
    trust = Trust(whole.origin, public, verifies, lambda line: _elsewhere(folder, line))
    examined = examine(whole.lines, whole.note, trust, runs)
    flaws = examined.flaws or (_since(whole, lines, examined, trust, args.since) if args.since else ())
    anchor, apart = ("", ()) if flaws else asked(root, folder, places.settings(args), trust)
    flaws += apart
    compared = Compared((), _UNTOLD) if flaws else compare_moment(moment, tuple(lines.blocks()), folder)
    told = _Told(
        root=root,
        whole=whole,
        root_hash=_base64(examined.tree.root),
        flaws=(*flaws, *compared.flaws),
        broken="journal" if flaws else "ledger file",
        ledger=compared.said,
        anchor=anchor,
    )
    if args.json:
        screen.show_json(_json(told, key_id(whole.origin, public).hex()))
    else:
        screen.show("\n".join(_text(told)))
    return 1 if told.flaws else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    root: Path
    whole: WholeJournal
    root_hash: str
    flaws: tuple[Flaw, ...]
    broken: str
    ledger: str
    anchor: str


def _json(told: _Told, key: str) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "repository": str(told.root),
        "holds": not told.flaws,
        "origin": told.whole.origin,
        "lines": len(told.whole.lines),
        "root": None if told.flaws else told.root_hash,
        "key": key,
        "ledger": escape(told.ledger),
        "anchor": told.anchor or None,
        "flaws": [{"kind": flaw.kind.name, "line": flaw.line, "entry": flaw.entry, "what": _said(flaw)} for flaw in told.flaws],
    }


def _text(told: _Told) -> list[str]:
    place = escape(str(told.root), PATH_LIMIT)
    compared = f"  the ledger file {escape(told.ledger)}"
    if told.flaws:
        head = f"{screen.paint('FAIL', 'does not hold')}: the {told.broken} of {place}"
        return [head, *(f"  {_said(flaw)}" for flaw in told.flaws), compared]
    return [
        f"{screen.paint('PASS', 'holds')}: the journal of {place}",
        f"  {len(told.whole.lines)} lines, root {told.root_hash}",
        f"  signed as {told.whole.origin}",
        compared,
        *([f"  anchor: {told.anchor}"] if told.anchor else []),
    ]


def _said(flaw: Flaw) -> str:
    place = f"line {flaw.line}: " if flaw.line is not None else f"entry {flaw.entry}: " if flaw.entry is not None else ""
    return f"{place}{flaw.kind}{f' ({escape(flaw.detail)})' if flaw.detail else ''}"


def _base64(root: bytes) -> str:
    return base64.b64encode(root).decode()


def _elsewhere(folder: Path, line: bytes) -> str:
    """Return where a line stands in another journal beside this one, empty when it stands in none that we can read."""
    with contextlib.suppress(OSError):
        for name in sorted(os.listdir(folder.parent)):
            if name != folder.name and (place := _place_in(folder.parent / name / JOURNAL, line)):
                return f"line {place} of {JournalSeal(folder.parent / name).origin}"
    return ""


def _place_in(journal: Path, line: bytes) -> int:
    """Return at which line of a journal a line stands, 0 when at none, or when that cannot be read."""
    try:
        return next((place for place, found in enumerate(DiskLines(journal), 1) if found == line), 0)
    except (EnvironmentFault, TamperDetected):
        return 0


def _since(whole: WholeJournal, lines: Lines, examined: Examined, trust: Trust, path: str) -> tuple[Flaw, ...]:
    """Compare with a checkpoint, or the one of a receipt, that somebody kept."""
    earlier, proof = _kept(path)
    size = earlier.checkpoint.size
    if earlier.checkpoint.origin != whole.origin:
        raise UsageError(f"{path} is of another journal: expected {whole.origin}, found {earlier.checkpoint.origin}")
    if not any(trust.verifies(public, earlier.signature, earlier.checkpoint.text) for public in examined.keys):
        raise UsageError(f"{path} is not signed by a key of this journal")
    if size > len(lines):
        return (Flaw(kind=Tampering.STALE, detail=f"{size} lines were there before, found {len(lines)}"),)
    if lines.tree_of(size).root != earlier.checkpoint.root:
        return (Flaw(kind=Tampering.FORK, detail=f"the first {size} lines were others"),)
    if proof and (proof.index >= size or isinstance(proven(proof, leaf_hash(lines[proof.index])), Refused)):
        raise UsageError(
            f"{path} proves nothing: its hashes do not lead from line {proof.index} to the root of its checkpoint",
            "it is not as forgewatch ledger proof wrote it",
        )
    return ()


def _kept(path: str) -> tuple[SignedCheckpoint, Proof | None]:
    """Return the checkpoint, and the receipt that it stands in."""
    raw = _read(path)
    proof = parse_proof(raw)
    claimed = parse_checkpoint(raw if isinstance(proof, Refused) else proof.note)
    if isinstance(claimed, Refused):
        raise UsageError(f"{path} is neither a checkpoint nor a receipt: it {claimed.why}")
    return claimed, None if isinstance(proof, Refused) else proof


def _prove(folder: Path, args: Namespace) -> int:
    whole = read_whole(folder)
    claimed = parse_checkpoint(whole.note or b"")
    if isinstance(claimed, Refused):
        raise EnvironmentFault(f"the journal has no checkpoint that could vouch for an entry: it {claimed.why}", "forgewatch ledger verify")
    leaves = [leaf_hash(line) for line in islice(whole.lines, claimed.checkpoint.size)]
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
    ledger = places_of(places.layout_of(root, places.settings(args))).ledger
    moment = read_moment(root, folder, ledger)
    whole = moment.whole
    target = Path(args.folder)
    try:
        target.mkdir()
    except OSError as error:
        raise UsageError(f"{target} cannot be made: {error.strerror}", "name a folder that is not there yet") from error
    parts = {
        "journal.jsonl": b"".join(whole.lines.pieces()),
        "checkpoint": whole.note,
        ROOT: public_pem(_key(folder, None)),
        "audit_ledger.md": moment.ledger if isinstance(moment.ledger, bytes) else None,
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
