"""`audit --replay`: a recorded audit is judged again from what was stored of it, whatever became of the working tree since."""

from __future__ import annotations

import json
import os
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest

from forgewatch.adapters.journal_keys import KeyFolder
from forgewatch.adapters.state_folder import folder_of
from forgewatch.core.journal_line import signature_of, signed_bytes, signed_line
from forgewatch.core.merkle import Frontier, leaf_hash
from forgewatch.core.signed_note import checkpoint_of, sign_checkpoint
from tests.cli.conftest import valid
from tests.support.builder import Builder
from tests.support.installed import COMMAND, Installed, until


@pytest.fixture
def audited(builder: Builder, installed: Installed) -> dict[str, Any]:
    """The document of an audit that fails: one file of two is claimed."""
    builder.write("app/a.py", "import requests\n").write("späť.py", "x = 1\n").record().claims("app/a.py").completes()
    status, document = installed.audit()
    assert status == 1
    return document


def stored(installed: Installed) -> Path:
    """The one file of stored inputs."""
    (found,) = (folder_of(installed.top / "state", installed.root) / "replay").iterdir()
    return found


def everything(top: Path) -> dict[str, tuple[int, bytes]]:
    """Every file of a state directory that an audit may write into, with its size and bytes."""
    paths = [path for path in top.rglob("*") if path.is_file() and "shadow.git" not in path.parts and "cache" not in path.parts]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}


def test_a_replay_gives_the_same_digests_after_the_work_is_gone(builder: Builder, installed: Installed, audited: dict[str, Any]) -> None:
    builder.git("reset", "-q", "--hard").strip()
    builder.git("clean", "-qfdx")
    place = audited["entry"]
    for name in (str(place["seq"]), place["leaf"], place["leaf"].removeprefix("sha256:")):
        run = installed.run("audit", "--replay", name, "--json")
        assert (run.returncode, run.stderr) == (1, "")
        document = valid("audit-v1", run.stdout)
        assert document.pop("replay") == {"same": True, "differs": []}
        assert document == audited


def test_a_replay_records_nothing(installed: Installed, audited: dict[str, Any]) -> None:
    before, ledger = everything(installed.top / "state"), installed.ledger
    assert installed.run("audit", "--replay", str(audited["entry"]["seq"])).returncode == 1
    assert (everything(installed.top / "state"), installed.ledger) == (before, ledger)


def test_every_form_shows_a_replay(installed: Installed, audited: dict[str, Any]) -> None:
    seq = str(audited["entry"]["seq"])
    text = installed.run("audit", "--replay", seq)
    assert text.stdout.startswith("=== AUDIT SCRIPT RESULT ===\n")
    assert f"Entry: {seq} {audited['entry']['leaf']}\nreplayed: verdict digest {audited['verdict_digest']}" in text.stdout
    markdown = installed.run("audit", "--replay", seq, "--format", "markdown")
    assert markdown.stdout in installed.ledger
    assert markdown.returncode == 1


def test_an_honest_audit_of_the_daemon_is_replayed(builder: Builder, installed: Installed) -> None:
    installed.watch()
    builder.starts().write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert installed.settles(1)
    run = installed.run("tail", "--json")
    document = json.loads(run.stdout.splitlines()[-1])
    replayed = installed.run("audit", "--replay", str(document["entry"]["seq"]), "--json")
    assert replayed.returncode == 0, replayed.stderr
    assert json.loads(replayed.stdout)["verdict_digest"] == document["verdict_digest"]


def test_a_recorded_profile_is_replayed_whatever_the_configuration_says_now(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    status, document = installed.audit("--profile", "strict")
    assert (status, document["outcome"]) == (1, "FAIL")
    assert installed.run("audit", "--replay", str(document["entry"]["seq"])).returncode == 1


def test_an_entry_that_is_no_audit_is_named(installed: Installed, audited: dict[str, Any]) -> None:
    for name, what in (("0", "Adopted"), ("99", "no entry 99"), ("sha256:" + "0" * 64, "no entry sha256:000"), ("../x", "no entry ../x")):
        run = installed.run("audit", "--replay", name)
        assert (run.returncode, run.stdout) == (2, "")
        assert what in run.stderr, run.stderr


def test_an_entry_without_a_report_cannot_be_replayed(builder: Builder, installed: Installed, audited: dict[str, Any]) -> None:
    (builder.root / "Forge/evidence/audit_ledger.md").write_text("# another\n")
    status, refused = installed.audit()
    assert (status, refused["verdict_digest"]) == (1, None)
    run = installed.run("audit", "--replay", str(refused["entry"]["seq"]))
    assert (run.returncode, run.stdout) == (2, "")
    assert "nothing was judged" in run.stderr


def test_without_a_record_nothing_is_replayed_or_made(installed: Installed) -> None:
    run = installed.run("audit", "--replay", "1")
    assert run.returncode == 2
    assert "no record" in run.stderr
    assert not (installed.top / "state").exists()


@pytest.mark.parametrize("option", [("--claimed-files", "a"), ("--phase", "Phase 1"), ("--profile", "ci"), ("--base", "HEAD")])
def test_what_the_entry_says_is_not_said_again(installed: Installed, option: tuple[str, str]) -> None:
    run = installed.run("audit", "--replay", "1", *option)
    assert (run.returncode, run.stdout) == (2, "")
    assert option[0] in run.stderr


def test_inputs_given_up_cost_the_replay_and_nothing_else(installed: Installed, audited: dict[str, Any]) -> None:
    stored(installed).unlink()
    run = installed.run("audit", "--replay", str(audited["entry"]["seq"]))
    assert (run.returncode, run.stdout) == (2, "")
    assert "the stored inputs of this audit are gone" in run.stderr
    assert installed.audit()[1]["entry"] == audited["entry"]


def test_inputs_whose_tree_left_the_repository_are_gone(builder: Builder, installed: Installed, audited: dict[str, Any]) -> None:
    tree = builder.git("rev-parse", "HEAD^{tree}")
    cache = folder_of(installed.top / "state", installed.root) / "cache"
    for kept in cache.glob("trees*"):
        kept.unlink()
    (builder.root / ".git/objects" / tree[:2] / tree[2:]).unlink()
    run = installed.run("audit", "--replay", str(audited["entry"]["seq"]))
    assert (run.returncode, run.stdout) == (2, "")
    assert f"tree {tree}" in run.stderr


def bomb(kept: bytes) -> bytes:
    """A gigabyte of zeros in a megabyte."""
    deflate = zlib.compressobj(9)
    return b"".join(deflate.compress(bytes(1 << 20)) for _ in range(1024)) + deflate.flush()


ATTACKS = {
    "edited": lambda kept: zlib.compress(zlib.decompress(kept).replace(b'"A1', b'"A2').replace(b"dev", b"ci!", 1)),
    "another verdict": lambda kept: zlib.compress(zlib.decompress(kept).replace(b"untracked", b"modified")),
    "truncated": lambda kept: kept[: len(kept) // 2],
    "empty": lambda kept: b"",
    "longer": lambda kept: kept + b"more",
    "no stream": lambda kept: b"\x00" * len(kept),
    "bomb": bomb,
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_stored_inputs_that_somebody_changed_are_refused(installed: Installed, audited: dict[str, Any], attack: str) -> None:
    path = stored(installed)
    path.write_bytes(ATTACKS[attack](path.read_bytes()))
    run = installed.run("audit", "--replay", str(audited["entry"]["seq"]), seconds=60)
    assert (run.returncode, run.stdout) == (2, "")
    assert "the stored inputs of this audit were changed" in run.stderr, run.stderr


@pytest.mark.parametrize("what", ["fifo", "symlink", "folder", "device"])
def test_what_is_no_file_in_their_place_is_refused_at_once(installed: Installed, audited: dict[str, Any], what: str) -> None:
    path = stored(installed)
    moved = path.rename(installed.top / "moved")
    {"fifo": os.mkfifo, "symlink": lambda p: p.symlink_to(moved), "folder": Path.mkdir, "device": lambda p: p.symlink_to("/dev/zero")}[
        what
    ](path)
    run = installed.run("audit", "--replay", str(audited["entry"]["seq"]), seconds=60)
    assert (run.returncode, run.stdout) == (2, "")
    assert "the stored inputs of this audit" in run.stderr


@pytest.mark.parametrize("what", ["fifo", "folder", "file"])
def test_an_audit_is_recorded_although_its_inputs_cannot_be_stored(builder: Builder, installed: Installed, what: str) -> None:
    builder.record().completes()
    assert installed.audit("--dry-run")[0] == 0
    folder = folder_of(installed.top / "state", installed.root) / "replay"
    assert list(folder.iterdir()) == []
    if what == "folder":
        (folder / "in the way").mkdir()
        (folder / "in the way/x").write_text("")
    else:
        os.mkfifo(folder / "pipe") if what == "fifo" else (folder / ("0" * 64)).write_bytes(b"")
    status, document = installed.audit()
    assert (status, document["outcome"]) == (0, "PASS")
    assert until(lambda: installed.entries == 1)
    assert installed.run("audit", "--replay", str(document["entry"]["seq"])).returncode == 0


def replayed(installed: Installed, document: dict[str, Any]) -> dict[str, Any]:
    """The document of the replay of an audit, without the word about it."""
    run = installed.run("audit", "--replay", str(document["entry"]["seq"]), "--json")
    assert run.stdout, run.stderr
    again: dict[str, Any] = json.loads(run.stdout)
    assert again.pop("replay") == {"same": True, "differs": []}
    return again


def test_an_audit_from_a_base_is_replayed_against_its_tree(builder: Builder, installed: Installed) -> None:
    base = builder.head
    builder.write("app/a.py", "x = 3\n").commit("more")
    builder.write("app/b.py", "y = 1\n").record().claims("app/a.py", "app/b.py").completes()
    _, document = installed.audit("--base", base)
    assert [change["path"] for change in document["changed"]] == ["app/a.py", "app/b.py"]
    builder.git("add", "-A")
    builder.commit("and on")
    assert replayed(installed, document) == document


def test_an_audit_before_the_first_commit_is_replayed(tmp_path: Path) -> None:
    builder = Builder(tmp_path / "new")
    builder.root.mkdir()
    builder.git("init", "-q")
    installed = Installed(builder.root, tmp_path)
    builder.write("a.py", "import requests\n").writes_log(builder.claims("a.py").difflog("COMPLETE"))
    _, document = installed.audit()
    builder.write("a.py", "").commit("first")
    assert replayed(installed, document) == document


def test_every_audit_of_a_phase_is_replayed_after_later_ones(builder: Builder, installed: Installed) -> None:
    told = []
    for number in range(4):
        builder.write(f"app/m{number}.py", f"import lib{number}\n").record(start=f"2026-11-20T1{number}:00:00Z")
        builder.claims("app/a.py").completes()
        told.append(installed.audit()[1])
    assert [document["iteration"] for document in told] == [1, 2, 3, 4]
    assert told[2]["stop"] == "RISK_EXCEEDS_SCOPE"
    assert [replayed(installed, document) for document in told] == told


def test_an_audit_that_is_asked_for_again_keeps_its_inputs(installed: Installed, audited: dict[str, Any]) -> None:
    assert installed.audit()[1]["entry"] == audited["entry"]
    assert replayed(installed, audited) == audited


def test_a_large_binary_change_is_replayed(builder: Builder, installed: Installed) -> None:
    (builder.root / "app/blob.bin").write_bytes(bytes(range(256)) * 16384)
    builder.record().claims("app/blob.bin").completes()
    _, document = installed.audit()
    assert replayed(installed, document) == document


def test_an_audit_that_read_too_much_is_recorded_and_says_why_it_cannot_be_replayed(builder: Builder, installed: Installed) -> None:
    for number in range(5):
        (builder.root / f"app/blob{number}.bin").write_bytes(os.urandom(1 << 20) * 7)
    builder.record().claims(*(f"app/blob{number}.bin" for number in range(5))).completes()
    status, document = installed.audit()
    assert (status, document["outcome"]) == (0, "PASS")
    run = installed.run("audit", "--replay", str(document["entry"]["seq"]))
    assert (run.returncode, run.stdout) == (2, "")
    assert "its inputs were not stored" in run.stderr


def test_a_replay_that_nobody_reads_still_says_the_verdict(installed: Installed, audited: dict[str, Any]) -> None:
    with open("/dev/full", "wb") as full:
        argv = [str(COMMAND), "audit", "--replay", str(audited["entry"]["seq"])]
        run = subprocess.run(argv, cwd=installed.root, env=installed.environment, stdout=full, stderr=subprocess.PIPE, check=False)
    assert run.returncode == 2
    assert b"No space left" in run.stderr


def test_entries_of_another_verdict_are_told_apart(installed: Installed, audited: dict[str, Any]) -> None:
    """Whoever holds the key can sign another line, and a checkpoint over it: then the inputs speak against it."""
    folder = folder_of(installed.top / "state", installed.root)
    *before, last = (folder / "journal.jsonl").read_bytes().splitlines()
    event = (signature_of(last) or (b"", b""))[0].replace(audited["verdict_digest"].encode(), b"sha256:" + b"0" * 64)
    key, tree = KeyFolder(folder).signing(), Frontier().grown(map(leaf_hash, before))
    forged = signed_line(event, key.sign(signed_bytes(tree.size, tree.root, event)))
    (folder / "journal.jsonl").write_bytes(b"".join(line + b"\n" for line in before) + forged)
    checkpoint = checkpoint_of(f"forgewatch/{folder.name}", tree.grown([leaf_hash(forged[:-1])]))
    (folder / "checkpoint").write_bytes(sign_checkpoint(checkpoint, key.public, key.sign))
    run = installed.run("audit", "--replay", str(audited["entry"]["seq"]), "--json")
    assert run.returncode == 2
    document = valid("audit-v1", run.stdout)
    assert document["replay"]["same"] is False
    assert document["replay"]["differs"][0] == f"verdict digest: recorded sha256:{'0' * 64}, found {audited['verdict_digest']}"
    assert "replays as another audit: verdict digest: recorded sha256:000" in run.stderr
    text = installed.run("audit", "--replay", str(audited["entry"]["seq"]))
    assert (text.returncode, "replayed: another audit than the recorded one" in text.stdout) == (2, True)


@pytest.mark.parametrize("moment", ["stored", "recorded"])
def test_an_audit_that_is_killed_is_neither_lost_nor_doubled(builder: Builder, installed: Installed, moment: str) -> None:
    builder.record().completes()
    assert installed.audit()[0] == 0
    builder.write("app/a.py", "x = 2\n").record(start="2026-11-20T11:00:00Z").claims("app/a.py").completes()
    folder = folder_of(installed.top / "state", installed.root)
    before = (set(os.listdir(folder / "replay")), (folder / "journal.jsonl").stat().st_size)
    killed = subprocess.Popen([str(COMMAND), "audit"], cwd=installed.root, env=installed.environment, stdout=subprocess.DEVNULL)
    moments = {
        "stored": lambda: set(os.listdir(folder / "replay")) > before[0],
        "recorded": lambda: (folder / "journal.jsonl").stat().st_size > before[1],
    }
    assert until(moments[moment])
    killed.kill()
    killed.wait()
    status, document = installed.audit()
    assert (status, installed.entries) == (0, 2)
    assert replayed(installed, document) == document
