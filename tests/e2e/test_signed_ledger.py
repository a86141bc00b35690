"""The signed record as its users meet it: audits are signed without anybody's doing, every way to tamper has its name, and programs that
know nothing of forgewatch agree."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forgewatch.adapters.journal_keys import KeyFolder
from forgewatch.adapters.state_folder import folder_of
from forgewatch.core.journal_line import encode_line, signature_of, signed_bytes
from forgewatch.core.merkle import Frontier, leaf_hash
from forgewatch.core.signed_note import SignedCheckpoint, parse_checkpoint
from tests.cli.conftest import valid
from tests.support.builder import Builder
from tests.support.installed import Installed
from tests.support.signed import journal_of, opened

pytestmark = pytest.mark.req("S002-10.6-1")


def audited(builder: Builder, installed: Installed, count: int = 3) -> Path:
    """Audit different work so many times, whatever comes of it. Return the state folder."""
    for number in range(count):
        path = builder.root / "app/a.py"
        builder.write("app/a.py", path.read_text() + f"y{number} = {number}\n")
        builder.record().claims("app/a.py").completes()
        assert installed.audit()[0] in (0, 1)
    return folder_of(installed.top / "state", builder.root)


def verified(installed: Installed, *options: str) -> dict[str, Any]:
    run = installed.run("ledger", "verify", "--json", *options)
    document = valid("ledger-verify-v1", run.stdout)
    assert run.returncode == (0 if document["holds"] else 1), run.stderr
    return document


def stands_alone(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the exported verifier over what lies in `folder`, without this package on its path."""
    program = [sys.executable, "-I", "verify_ledger.py", "journal.jsonl", "checkpoint", "root.pub", *options]
    return subprocess.run(program, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_every_audit_is_signed_and_the_whole_holds(builder: Builder, installed: Installed) -> None:
    folder = audited(builder, installed)
    document = verified(installed)
    lines = (folder / "journal.jsonl").read_bytes().splitlines()
    assert (document["holds"], document["lines"], document["flaws"]) == (True, len(lines), [])
    assert all(map(signature_of, lines))
    shown = installed.run("ledger", "verify").stdout.splitlines()
    assert shown[0] == f"holds: the journal of {builder.root}"
    assert f"{len(lines)} lines" in shown[1]


def test_a_record_of_before_signing_goes_on_signed(builder: Builder, installed: Installed) -> None:
    folder = audited(builder, installed, 2)
    lines = (folder / "journal.jsonl").read_bytes().splitlines()
    old = b"".join(b'{"e":' + (signature_of(line) or (b"", b""))[0] + b"}\n" for line in lines)
    # The ledger names the leaves of the lines as they were; without their signatures they are others.
    (builder.root / "Forge/evidence/audit_ledger.md").unlink()
    shutil.rmtree(folder)
    (folder / "keys").mkdir(parents=True)
    (folder / "journal.jsonl").write_bytes(old)
    run = installed.run("ledger", "verify")
    assert (run.returncode, "not signed yet" in run.stderr) == (2, True)
    assert installed.run("ledger", "restore", "--yes").returncode == 0
    assert (folder / "journal.jsonl").read_bytes().startswith(old)
    assert verified(installed)["holds"]


TAMPERING: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "byte edit": (lambda a: [a[0].replace(b"first contact", b"first c0ntact"), *a[1:]], "line 1: a line was changed"),
    "re-encode": (
        lambda a: [json.dumps(json.loads(line)).encode() + b"\n" for line in a],
        "line 1: a line was written again in another form",
    ),
    "crlf": (lambda a: [line.replace(b"\n", b"\r\n") for line in a], "line 1: line ends were rewritten (LF to CRLF)"),
    "bom": (lambda a: [b"\xef\xbb\xbf", *a], "line 1: a byte order mark was put in front"),
    "truncated": (lambda a: a[:-1], "lines are missing at the end"),
    "truncated within a line": (lambda a: [*a[:-1], a[-1][:20]], "lines are missing at the end"),
    "truncated to nothing": (lambda a: [], "lines are missing at the end"),
    "deleted": (lambda a: [a[0], *a[2:]], "line 2: lines are missing inside"),
    "swapped": (lambda a: [a[0], a[2], a[1], *a[3:]], "line 2: two lines changed places"),
    "duplicated": (lambda a: [*a[:2], a[1], *a[2:]], "line 3: a line is there twice"),
    "inserted": (lambda a: [a[0], journal_of(1).lines[0] + b"\n", *a[1:]], "line 2: a line was put in"),
    "forged tail": (lambda a: [*a, journal_of(1).lines[0] + b"\n"], "a line was added that the key did not sign"),
    "unsigned tail": (lambda a: [*a, encode_line(opened(1))], "a line without a signature stands behind signed ones"),
    "spliced": (lambda a: [line + b"\n" for line in journal_of(len(a)).lines], "line 1: a line was changed"),
}


def test_every_tampering_with_the_lines_is_named_and_the_exported_verifier_agrees(
    builder: Builder, installed: Installed, tmp_path: Path
) -> None:
    folder = audited(builder, installed)
    exported = tmp_path / "exported"
    assert installed.run("ledger", "export", str(exported)).returncode == 0
    whole = (folder / "journal.jsonl").read_bytes()
    assert stands_alone(exported, "--ledger", "audit_ledger.md").returncode == 0
    for name, (change, told) in TAMPERING.items():
        forged = b"".join(change(whole.splitlines(keepends=True)))
        for place in (folder, exported):
            (place / "journal.jsonl").write_bytes(forged)
        assert told in " ".join(flaw["what"] for flaw in verified(installed)["flaws"]), name
        alone = stands_alone(exported)
        assert (alone.returncode, alone.stderr) == (1, ""), (name, alone.stdout)
        # Whoever audits is stopped by it too.
        assert installed.run("audit", "--dry-run").returncode == 2, name
    (folder / "journal.jsonl").write_bytes(whole)
    assert verified(installed)["holds"]


def test_every_tampering_with_the_checkpoint_is_named_and_the_exported_verifier_agrees(
    builder: Builder, installed: Installed, tmp_path: Path
) -> None:
    folder = audited(builder, installed, 1)
    old = (folder / "checkpoint").read_bytes()
    audited(builder, installed, 2)
    exported = tmp_path / "exported"
    assert installed.run("ledger", "export", str(exported)).returncode == 0
    note, origin = (folder / "checkpoint").read_bytes(), f"forgewatch/{folder.name}"
    cases = {
        "the checkpoint is gone": None,
        "the checkpoint is no checkpoint": b"x\n",
        "the checkpoint is signed by another key": journal_of(2, origin=origin).note(),
        "the checkpoint is of another journal": journal_of(2, origin="forgewatch/x").note(),
    }
    for told, raw in cases.items():
        for place in (folder, exported):
            (place / "checkpoint").unlink() if raw is None else (place / "checkpoint").write_bytes(raw)
        assert [flaw["what"].partition(" (")[0] for flaw in verified(installed)["flaws"]] == [told]
        # The exported verifier believes the name that the checkpoint bears, and then not its signature.
        assert stands_alone(exported).returncode in (1, 2)
        for place in (folder, exported):
            (place / "checkpoint").write_bytes(note)
    (tmp_path / "kept").write_bytes(note)
    (folder / "checkpoint").write_bytes(old)
    lines = (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "journal.jsonl").write_bytes(b"".join(lines[:2]))
    # A whole older state holds by itself; who kept a newer checkpoint sees it.
    assert verified(installed)["holds"]
    flaws = verified(installed, "--since", str(tmp_path / "kept"))["flaws"]
    assert [flaw["kind"] for flaw in flaws] == ["STALE"]


def test_a_receipt_proves_its_line_offline_and_against_a_later_journal(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    folder = audited(builder, installed, 2)
    run = installed.run("ledger", "proof", "1")
    assert run.stdout.startswith("c2sp.org/tlog-proof@v1\nindex 1\n")
    receipt = tmp_path / "entry.tlog-proof"
    leaf = leaf_hash((folder / "journal.jsonl").read_bytes().splitlines()[1]).hex()
    assert installed.run("ledger", "proof", f"sha256:{leaf}", "--output", str(receipt)).returncode == 0
    assert receipt.read_text() == run.stdout
    audited(builder, installed, 1)
    assert verified(installed, "--since", str(receipt))["holds"]
    missing = installed.run("ledger", "proof", "99")
    assert (missing.returncode, "no entry 99" in missing.stderr) == (2, True)


def test_after_a_change_of_key_all_of_it_still_holds(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    folder = audited(builder, installed, 1)
    valid("ledger-rotate-v1", installed.run("ledger", "rotate", "--yes", "--actor", "me", "--json").stdout)
    audited(builder, installed, 2)
    assert verified(installed)["holds"]
    assert installed.run("ledger", "export", str(tmp_path / "exported")).returncode == 0
    assert stands_alone(tmp_path / "exported", "--ledger", "audit_ledger.md").returncode == 0
    assert "rotate" in installed.run("ledger", "rotate").stderr or folder.exists()


def test_openssl_agrees_with_every_signature(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = audited(builder, installed, 2)
    public = folder / "keys" / "root.pub"

    def agreed(message: bytes, signature: bytes) -> bool:
        (tmp_path / "message").write_bytes(message)
        (tmp_path / "signature").write_bytes(signature)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(public), "-rawin", "-in", "message", "-sigfile", "signature"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False).returncode == 0

    claimed = parse_checkpoint((folder / "checkpoint").read_bytes())
    assert isinstance(claimed, SignedCheckpoint)
    assert agreed(claimed.checkpoint.text, claimed.signature)
    assert not agreed(claimed.checkpoint.text + b"\n", claimed.signature)
    tree = Frontier()
    for seq, line in enumerate((folder / "journal.jsonl").read_bytes().splitlines()):
        event, signature = signature_of(line) or (b"", b"")
        assert agreed(signed_bytes(seq, tree.root, event), signature)
        tree = tree.grown([leaf_hash(line)])
    assert tree.root == claimed.checkpoint.root


def test_whoever_got_the_key_on_another_way_names_it(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    folder = audited(builder, installed, 1)
    kept = tmp_path / "root.pub"
    shutil.copy(folder / "keys" / "root.pub", kept)
    assert verified(installed, "--key", str(kept))["holds"]
    (tmp_path / "other" / "keys").mkdir(parents=True)
    KeyFolder(tmp_path / "other").create()
    flaws = verified(installed, "--key", str(tmp_path / "other" / "keys" / "root.pub"))["flaws"]
    assert [flaw["kind"] for flaw in flaws] == ["OTHER_KEY"]
    (tmp_path / "text").write_text("no key\n")
    run = installed.run("ledger", "verify", "--key", str(tmp_path / "text"))
    assert (run.returncode, "no Ed25519 public key" in run.stderr) == (2, True)


def test_an_export_goes_into_a_new_folder_only(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    audited(builder, installed, 1)
    (tmp_path / "there").mkdir()
    run = installed.run("ledger", "export", str(tmp_path / "there"))
    assert (run.returncode, "cannot be made" in run.stderr) == (2, True)
    assert list((tmp_path / "there").iterdir()) == []


def test_without_a_record_there_is_nothing_to_prove(builder: Builder, installed: Installed) -> None:
    for words in (("verify",), ("proof", "1"), ("export", "x")):
        run = installed.run("ledger", *words)
        assert (run.returncode, "no record" in run.stderr) == (2, True)


def test_the_root_that_is_shown_is_the_one_of_the_tree(builder: Builder, installed: Installed) -> None:
    folder = audited(builder, installed, 1)
    lines = (folder / "journal.jsonl").read_bytes().splitlines()
    assert verified(installed)["root"] == base64.b64encode(Frontier().grown(map(leaf_hash, lines)).root).decode()
