"""The signed record as its users meet it: audits are signed without anybody's doing, every way to tamper has its name, and programs that
know nothing of forgewatch agree."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forgewatch.adapters.journal_keys import KeyFolder
from forgewatch.core.events import KeyRotated
from forgewatch.core.journal_line import encode_event, encode_line, signature_of, signed_bytes, signed_line
from forgewatch.core.merkle import Frontier, leaf_hash
from forgewatch.core.signed_note import SignedCheckpoint, parse_checkpoint
from tests.cli.conftest import valid
from tests.support.audited import audited
from tests.support.builder import Builder
from tests.support.installed import Installed, until, without_powers
from tests.support.signed import AT, Lines, journal_of, opened, public

pytestmark = pytest.mark.req("S002-10.6-1")


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
    (folder / "keys").mkdir(parents=True, mode=0o700)
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


def neighbour(folder: Path) -> Path:
    """Put the journal of another repository beside the one in `folder`."""
    other = folder.parent / "other-0123456789abcdef"
    other.mkdir()
    lines = journal_of(5, number=2, origin=f"forgewatch/{other.name}").lines
    (other / "journal.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    return other / "journal.jsonl"


def signed_for(folder: Path, lines: list[bytes], index: int) -> bytes:
    """Return a line by the journal's own key, behind these lines but for another place."""
    root = Frontier().grown(leaf_hash(line[:-1]) for line in lines).root
    event = encode_event(opened(99))
    return signed_line(event, KeyFolder(folder).signing().sign(signed_bytes(index, root, event)))


def test_lines_of_another_repository_and_for_another_place_are_named_and_the_exported_verifier_agrees(
    builder: Builder, installed: Installed, tmp_path: Path
) -> None:
    folder = audited(builder, installed)
    exported = tmp_path / "exported"
    assert installed.run("ledger", "export", str(exported)).returncode == 0
    theirs = neighbour(folder)
    other, a = theirs.read_bytes().splitlines(keepends=True), (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    spliced, misplaced = "a line of another repository's journal was put in", "a line that the key signed for another place was added"
    cases = {
        "at the end": ([*a, other[3]], f"line {len(a) + 1}: {spliced} (it is line 4 of "),
        "in the middle": ([*a[:2], other[0], *a[2:]], f"line 3: {spliced} (it is line 1 of "),
        "in place of a line": ([*a[:2], other[2], *a[3:]], f"line 3: {spliced} (it is line 3 of "),
        "all": (other, f"line 1: {spliced} (it is line 1 of "),
        "wrong index": ([*a, signed_for(folder, a, 77)], f"line {len(a) + 1}: {misplaced} (it was signed as line 78)"),
        "right index of an earlier place": (
            [*a, signed_for(folder, a[:2], 2)],
            f"line {len(a) + 1}: {misplaced} (it was signed as line 3)",
        ),
    }
    for name, (lines, told) in cases.items():
        for place in (folder, exported):
            (place / "journal.jsonl").write_bytes(b"".join(lines))
        (flaw,) = verified(installed)["flaws"]
        assert flaw["what"].startswith(told), name
        alone = stands_alone(exported, "--other", str(theirs))
        assert (alone.returncode, alone.stderr, alone.stdout.startswith(told)) == (1, "", True), (name, alone.stdout)
    # Who has not got that journal sees that the key did not sign the line.
    (exported / "journal.jsonl").write_bytes(b"".join([*a, other[3]]))
    assert stands_alone(exported).stdout.startswith(f"line {len(a) + 1}: the signature does not fit")


LEDGER = "Forge/evidence/audit_ledger.md"


def entries_of(text: bytes) -> list[int]:
    return [int(line.split()[1]) for line in text.splitlines() if line.startswith(b"Entry: ")]


def second_entry(text: bytes, old: bytes, new: bytes) -> bytes:
    """Change something in the second entry of a ledger."""
    first, second, rest = text.split(b"\n---\n", 2)
    head, _, tail = rest.partition(b"\n---\n")
    assert old in head
    return b"\n---\n".join([first, second, head.replace(old, new, 1), tail])


MARKDOWN: dict[str, tuple[Callable[[bytes], bytes], str, bool]] = {
    "an outcome": (lambda raw: second_entry(raw, b"Outcome: FAIL", b"Outcome: PASS"), "LEDGER_EDITED", True),
    "a time": (lambda raw: second_entry(raw, b"Timestamp: 2", b"Timestamp: 1"), "LEDGER_EDITED", True),
    "a word of a verdict": (lambda raw: second_entry(raw, b"A2 Minimal-diff", b"A2 Maximal-diff"), "LEDGER_EDITED", False),
    "a fake authorization": (lambda raw: second_entry(raw, b"### Notes\n", b"### Notes\nOutcome: AUTHORIZED\n"), "LEDGER_INSERTED", False),
    "a second outcome": (lambda raw: second_entry(raw, b"### Notes\n", b"### Notes\nOutcome: FAIL\n"), "LEDGER_INSERTED", True),
    "an entry": (lambda raw: raw.replace(b"\n---\n", b"\n---\n## Audit Entry: Phase 9 -- x\n\n---\n", 1), "LEDGER_INSERTED", False),
    "the beginning": (lambda raw: raw[20:], "LEDGER_CUT", False),
    "a whole entry": (lambda raw: b"\n---\n".join(part for at, part in enumerate(raw.split(b"\n---\n")) if at != 2), "LEDGER_CUT", True),
    "line ends": (lambda raw: raw.replace(b"\n", b"\r\n"), "LEDGER_REWRITTEN", False),
    "a mark in front": (lambda raw: b"\xef\xbb\xbf" + raw, "LEDGER_REWRITTEN", False),
}


@pytest.mark.req("S002-10.6-10")
def test_every_change_of_the_ledger_file_names_the_entry(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    audited(builder, installed)
    ledger = builder.root / LEDGER
    exported = tmp_path / "exported"
    assert installed.run("ledger", "export", str(exported)).returncode == 0
    whole = ledger.read_bytes()
    (_, second, _) = entries_of(whole)
    assert verified(installed)["ledger"] == "equals the journal"
    for name, (change, kind, seen) in MARKDOWN.items():
        changed = change(whole)
        ledger.write_bytes(changed)
        (exported / "audit_ledger.md").write_bytes(changed)
        document = verified(installed)
        assert [flaw["kind"] for flaw in document["flaws"]] == [kind], name
        if name in ("an outcome", "a time", "a word of a verdict", "a fake authorization", "a second outcome", "a whole entry"):
            assert document["flaws"][0]["entry"] == second, name
            assert document["flaws"][0]["what"].startswith(f"entry {second}: "), name
        alone = stands_alone(exported, "--ledger", "audit_ledger.md")
        assert (alone.returncode, alone.stderr) == (1 if seen else 0, ""), (name, alone.stdout)
    ledger.write_bytes(whole)
    assert verified(installed)["holds"]


def test_a_ledger_file_that_is_gone_or_a_link_is_named(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    audited(builder, installed, 1)
    ledger = builder.root / LEDGER
    ledger.rename(tmp_path / "kept")
    assert [flaw["kind"] for flaw in verified(installed)["flaws"]] == ["LEDGER_GONE"]
    ledger.symlink_to(tmp_path / "kept")
    (flaw,) = verified(installed)["flaws"]
    assert (flaw["kind"], "symlink" in flaw["what"]) == ("LEDGER_UNREADABLE", True)
    first, second, third = installed.run("ledger", "verify").stdout.splitlines()
    assert first == f"does not hold: the ledger file of {builder.root}"
    assert second.startswith("  the ledger file cannot be read (") and third.startswith("  the ledger file cannot be read: ")


def test_a_ledger_file_that_ends_early_or_has_foreign_text_at_its_end_is_told_and_holds(builder: Builder, installed: Installed) -> None:
    folder = audited(builder, installed, 2)
    ledger = builder.root / LEDGER
    whole = ledger.read_bytes()
    for told, text in (("ends after", whole[:-20]), ("ends after 0 of", b""), ("has 5 bytes behind its last entry", whole + b"done\n")):
        ledger.write_bytes(text)
        document = verified(installed)
        assert (document["holds"], document["flaws"], document["ledger"].startswith(told)) == (True, [], True)
        assert f"the ledger file {told}" in installed.run("ledger", "verify").stdout
    # What was appended becomes a kept claim with the next audit, and is compared from then on.
    audited(builder, installed, 1)
    assert verified(installed)["ledger"] == "equals the journal"
    ledger.write_bytes(ledger.read_bytes().replace(b"\ndone\n", b"\nd0ne\n"))
    (flaw,) = verified(installed)["flaws"]
    assert flaw["kind"] == "LEDGER_EDITED"
    ledger.write_bytes(ledger.read_bytes().replace(b"\nd0ne\n", b"\ndone\n"))
    for path in (folder / "quarantine").iterdir():
        if path.read_bytes() == b"done\n":
            path.write_bytes(b"gone\n")
    (flaw,) = verified(installed)["flaws"]
    assert flaw["kind"] == "KEPT"


@pytest.mark.parametrize("recorded", [False, True], ids=["found", "kept"])
def test_a_state_folder_put_back_is_told_by_the_ledger_that_names_more_until_the_operator_adopts(
    builder: Builder, installed: Installed, tmp_path: Path, recorded: bool
) -> None:
    folder = audited(builder, installed, 1)
    shutil.copytree(folder, tmp_path / "older")
    audited(builder, installed, 1)
    lost = entries_of((builder.root / LEDGER).read_bytes())[-1]
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "older", folder)
    if recorded:
        # Whoever records next keeps the text as a claim, and nobody took it over.
        assert installed.run("authorize", "--yes", "--actor", "x").returncode == 1
    told = f"entry {lost}: the ledger file names an entry that this journal does not hold (sha256:"
    (flaw,) = verified(installed)["flaws"]
    assert (flaw["kind"], flaw["what"].startswith(told)) == ("LEDGER_AHEAD", True), flaw
    assert installed.run("ledger", "export", str(tmp_path / "before")).returncode == 0
    alone = stands_alone(tmp_path / "before", "--ledger", "audit_ledger.md")
    assert (alone.returncode, alone.stdout.startswith(f"ledger: names entry {lost} sha256:")) == (1, True), alone.stdout
    assert installed.run("ledger", "adopt", "HEAD", "--yes", "--actor", "x").returncode == 0
    assert verified(installed)["holds"]
    assert installed.run("ledger", "export", str(tmp_path / "after")).returncode == 0
    alone = stands_alone(tmp_path / "after", "--ledger", "audit_ledger.md")
    assert (alone.returncode, alone.stdout[:9]) == (0, "verified:"), alone.stdout


def test_a_ledger_that_is_older_than_the_record_is_compared_too(builder: Builder, installed: Installed) -> None:
    builder.write(LEDGER, "# Audit Ledger\n\n## Audit Entry: Phase 0 -- Genesis -- Iteration 1\nOutcome: PASS\nno end")
    builder.commit("a ledger of before")
    audited(builder, installed, 1)
    assert verified(installed)["ledger"] == "equals the journal"
    ledger = builder.root / LEDGER
    ledger.write_bytes(ledger.read_bytes().replace(b"Genesis", b"Exodus!"))
    (flaw,) = verified(installed)["flaws"]
    assert (flaw["kind"], flaw["entry"]) == ("LEDGER_EDITED", 0)


def test_a_first_entry_that_died_before_its_file_is_no_deleted_file(builder: Builder, installed: Installed) -> None:
    folder = audited(builder, installed, 1)
    (builder.root / LEDGER).unlink()
    assert [flaw["kind"] for flaw in verified(installed)["flaws"]] == ["LEDGER_GONE"]
    shutil.rmtree(folder / "quarantine")
    (folder / "quarantine").mkdir(mode=0o700)
    document = verified(installed)
    assert (document["holds"], document["ledger"].startswith("ends after 0 of ")) == (True, True)


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


READERS = (("ledger", "show"), ("tail",), ("wait", "--timeout", "5"), ("audit", "--replay", "1"), ("audit", "--dry-run"))


@pytest.mark.parametrize("words", READERS, ids=map(" ".join, READERS))
def test_nobody_is_shown_a_journal_that_is_not_believed(builder: Builder, installed: Installed, words: tuple[str, ...]) -> None:
    folder = audited(builder, installed, 2)
    whole = (folder / "journal.jsonl").read_bytes()
    believed = installed.run(*words)
    assert (believed.returncode in (0, 1), believed.stderr.count("is not signed")) == (True, 0), believed.stderr
    for change, told in (
        (whole.replace(b'"outcome":"FAIL"', b'"outcome":"PASS"').replace(b'"first contact"', b'"first c0ntact"'), "not those that the"),
        (whole + encode_line(opened(1)), "is not signed, and lines before it are"),
        (b"".join(whole.splitlines(keepends=True)[:-1]), "lost lines"),
    ):
        (folder / "journal.jsonl").write_bytes(change)
        run = installed.run(*words)
        assert (run.returncode, run.stdout) == (2, ""), run.stdout
        assert told in run.stderr and "forgewatch ledger verify" in run.stderr, run.stderr
    (folder / "journal.jsonl").write_bytes(whole)
    assert installed.run(*words).returncode == believed.returncode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a record away")
@pytest.mark.parametrize("words", [("ledger", "show"), ("tail",)], ids=" ".join)
def test_another_users_record_is_shown_as_it_lies_there_for_its_keys_are_closed_to_us(
    builder: Builder, installed: Installed, words: tuple[str, ...]
) -> None:
    folder = audited(builder, installed, 1)
    ours = installed.run(*words)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 65534, 65534)
    shutil.rmtree(folder / "keys")
    theirs = installed.run(*words)
    assert (theirs.returncode, theirs.stdout.splitlines()[-1]) == (0, ours.stdout.splitlines()[-1]), theirs.stderr


def test_every_tampering_with_the_checkpoint_is_named_and_the_exported_verifier_agrees(
    builder: Builder, installed: Installed, tmp_path: Path
) -> None:
    folder = audited(builder, installed, 1)
    old, shown = (folder / "checkpoint").read_bytes(), (builder.root / LEDGER).read_bytes()
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
    # A whole older state, the ledger file too, holds by itself; who kept a newer checkpoint sees it.
    (builder.root / LEDGER).write_bytes(shown)
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
    assert installed.run("ledger", "export", str(tmp_path / "exported")).returncode == 0
    assert stands_alone(tmp_path / "exported", "--since", str(receipt)).returncode == 0
    for index in (0, 2, 9):
        receipt.write_text(run.stdout.replace("index 1\n", f"index {index}\n"))
        ours, alone = (
            installed.run("ledger", "verify", "--since", str(receipt)),
            stands_alone(tmp_path / "exported", "--since", str(receipt)),
        )
        told = f"its hashes do not lead from line {index} to the root of its checkpoint"
        assert (ours.returncode, told in ours.stderr, alone.returncode, told in alone.stdout) == (2, True, 1, True), ours.stderr
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


def test_a_checkpoint_that_cannot_be_written_is_noted_by_the_command_and_the_next_one_makes_up_for_it(
    builder: Builder, installed: Installed
) -> None:
    folder = audited(builder, installed, 1)
    script = 'mkdir "$0/.checkpoint.$$.new" && exec "$@"'
    for verb in (["audit"], ["ledger", "adopt", "HEAD", "--yes"], ["ledger", "rotate", "--yes"]):
        note, lines = (folder / "checkpoint").read_bytes(), (folder / "journal.jsonl").read_bytes()
        builder.write("app/a.py", f"x = {len(lines)}\n").record().claims("app/a.py").completes()
        command = ["sh", "-c", script, str(folder), str(installed.command), *verb]
        run = subprocess.run(
            command, cwd=installed.root, env=installed.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert run.returncode in (0, 1), run.stderr
        assert "has no checkpoint yet: " in run.stderr and "Is a directory" in run.stderr, verb
        assert (folder / "checkpoint").read_bytes() == note
        assert len((folder / "journal.jsonl").read_bytes()) > len(lines)
        # What is behind the checkpoint is believed by its signatures.
        assert verified(installed)["holds"]
        later = installed.run("audit")
        assert (later.returncode in (0, 1), later.stderr) == (True, "")
        assert (folder / "checkpoint").read_bytes() != note
    assert verified(installed)["holds"]


def test_a_daemon_that_cannot_write_the_checkpoint_says_so_once_and_audits_on(builder: Builder, installed: Installed) -> None:
    folder = audited(builder, installed, 1)
    daemon = installed.watch()
    note = (folder / "checkpoint").read_bytes()
    in_the_way = folder / f".checkpoint.{daemon.pid}.new"
    in_the_way.mkdir()
    for number in range(2):
        builder.starts(summary=f"- {number}").write("app/a.py", f"x = {number}\n").record(body=f"pytest exit: 0\n{number}\n")
        builder.claims("app/a.py").completes(summary=f"- {number}")
        assert until(lambda number=number: installed.log.count("audit.finished") > number), installed.log  # type: ignore[misc]
    assert until(lambda: "ledger.unsealed" in installed.log), installed.log
    assert (installed.log.count("ledger.unsealed"), (folder / "checkpoint").read_bytes()) == (1, note)
    in_the_way.rmdir()
    builder.starts(summary="- last").write("app/a.py", "x = 9\n").completes(summary="- last")
    assert until(lambda: (folder / "checkpoint").read_bytes() != note), installed.log
    assert verified(installed)["holds"]


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
    (tmp_path / "other" / "keys").mkdir(parents=True, mode=0o700)
    KeyFolder(tmp_path / "other").publish(KeyFolder(tmp_path / "other").create())
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


def test_a_journal_that_is_gone_is_no_record_that_never_was(builder: Builder, installed: Installed) -> None:
    folder = audited(builder, installed, 1)
    (folder / "journal.jsonl").unlink()
    (flaw,) = verified(installed)["flaws"]
    assert (flaw["kind"], flaw["what"]) == ("TRUNCATED", "lines are missing at the end (the checkpoint speaks of 2 lines, found 0)")
    run = installed.run("ledger", "show")
    assert (run.returncode, run.stdout, "lost lines" in run.stderr) == (2, "", True), run.stdout
    run = installed.run("status")
    assert (run.returncode, "has no lines, and checkpoint does not say that there are none" in run.stderr) == (2, True), run.stdout
    (folder / "journal.jsonl").mkdir()
    run = installed.run("doctor")
    assert (run.returncode, "not compared: " in run.stdout, "Traceback" in run.stderr) == (1, True, False), run.stderr
    run = installed.run("status")
    assert (run.returncode, "journal.jsonl is not a regular file" in run.stderr) == (2, True), run.stderr


def test_without_a_record_there_is_nothing_to_prove(builder: Builder, installed: Installed) -> None:
    for words in (("verify",), ("proof", "1"), ("export", "x")):
        run = installed.run("ledger", *words)
        assert (run.returncode, "no record" in run.stderr) == (2, True)


def test_the_root_that_is_shown_is_the_one_of_the_tree(builder: Builder, installed: Installed) -> None:
    folder = audited(builder, installed, 1)
    lines = (folder / "journal.jsonl").read_bytes().splitlines()
    assert verified(installed)["root"] == base64.b64encode(Frontier().grown(map(leaf_hash, lines)).root).decode()


def by_another_user(installed: Installed, folder: Path, *options: str) -> dict[str, Any]:
    """Give the record away, and verify it with no more rights than anybody has."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 12345, 12345)
    command = [*without_powers(), str(installed.command), "ledger", "verify", "--json", *options]
    run = subprocess.run(command, cwd=installed.root, env=installed.environment, capture_output=True, text=True, timeout=60, check=False)
    return valid("ledger-verify-v1", run.stdout)


def test_who_may_only_read_verifies_with_a_key_of_his_own(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    folder = audited(builder, installed, 1)
    shutil.copy(folder / "keys" / "root.pub", tmp_path / "root.pub")
    document = by_another_user(installed, folder, "--key", str(tmp_path / "root.pub"))
    assert (document["holds"], document["ledger"]) == (True, "equals the journal")


def test_journals_beside_it_that_nobody_may_read_are_not_needed_to_name_a_line(
    builder: Builder, installed: Installed, tmp_path: Path
) -> None:
    folder = audited(builder, installed, 1)
    shutil.copy(folder / "keys" / "root.pub", tmp_path / "root.pub")
    theirs = neighbour(folder)
    (folder.parent / "a-file").write_text("no folder\n")
    (folder.parent / "linked").mkdir()
    (folder.parent / "linked" / "journal.jsonl").symlink_to(theirs)
    with (folder / "journal.jsonl").open("ab") as file:
        file.write(theirs.read_bytes().splitlines(keepends=True)[0])
    assert [flaw["kind"] for flaw in verified(installed)["flaws"]] == ["SPLICED"]
    theirs.parent.chmod(0)
    flaws = by_another_user(installed, folder, "--key", str(tmp_path / "root.pub"))["flaws"]
    theirs.parent.chmod(0o700)
    assert [flaw["kind"] for flaw in flaws] == ["FORGED"]


def test_who_may_not_read_what_was_kept_is_told_that_the_file_was_not_compared(
    builder: Builder, installed: Installed, tmp_path: Path
) -> None:
    builder.write(LEDGER, "an older ledger\n").commit("a ledger of before")
    folder = audited(builder, installed, 1)
    shutil.copy(folder / "keys" / "root.pub", tmp_path / "root.pub")
    document = by_another_user(installed, folder, "--key", str(tmp_path / "root.pub"))
    assert (document["holds"], document["ledger"]) == (True, "was not compared: it holds text that only the owner of the record can read")


def test_verifying_while_a_daemon_records_is_never_a_false_alarm(builder: Builder, installed: Installed) -> None:
    installed.watch()
    seen: set[tuple[bool, str]] = set()

    def looked(entries: int) -> bool:
        document = verified(installed)
        seen.add((document["holds"], document["ledger"]))
        return installed.entries >= entries

    for number in range(4):
        builder.starts()
        builder.write("app/a.py", (builder.root / "app/a.py").read_text() + f"y{number} = {number}\n")
        builder.record().claims("app/a.py").completes()
        assert until(lambda entries=number + 1: looked(entries), 60), installed.log
    assert (True, "equals the journal") in seen
    assert seen <= {(True, "equals the journal"), (True, "is not there yet")}


def test_a_journal_handed_to_another_key_by_a_line_that_nobody_signed_is_refused_by_all(
    builder: Builder, installed: Installed, tmp_path: Path
) -> None:
    folder = audited(builder, installed, 1)
    exported = tmp_path / "exported"
    assert installed.run("ledger", "export", str(exported)).returncode == 0
    theirs = Lines(2, f"forgewatch/{folder.name}")
    theirs.unsigned(KeyRotated(at=AT, public=base64.b64encode(public(2)).decode(), actor="me")).signed(opened(1), opened(2))
    for place in (folder, exported):
        (place / "journal.jsonl").write_bytes(b"".join(line + b"\n" for line in theirs.lines))
        (place / "checkpoint").write_bytes(theirs.note())
    assert [flaw["kind"] for flaw in verified(installed)["flaws"]] == ["OTHER_KEY"]
    assert stands_alone(exported).returncode == 1
    assert installed.run("audit", "--dry-run").returncode == 2
