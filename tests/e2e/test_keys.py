"""Keys that others could have read or replaced, or that are gone: doctor tells it with a remedy, and their use is refused."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from forgewatch.adapters.journal_keys import ROOT, SIGNING, KeyFolder
from forgewatch.adapters.state_folder import folder_of
from tests.support.builder import Builder
from tests.support.installed import Installed, until

NOBODY = 65534


@dataclass(frozen=True)
class Case:
    """What is done to the folder of keys; the name of doctor's line and what it says; whether whoever only verifies needs that key, too."""

    spoil: Callable[[Path], object]
    line: str
    told: str
    verified: bool = False


def moved(path: Path) -> None:
    """Put a symlink in place of a file or folder, to where it now is."""
    shutil.move(path, path.parent.parent.parent / "moved")
    path.symlink_to(path.parent.parent.parent / "moved")


def strangers_key(keys: Path) -> None:
    """Put a key of another journal in place of the one that signs."""
    (keys.parent / "other" / "keys").mkdir(parents=True, mode=0o700)
    KeyFolder(keys.parent / "other").create()
    shutil.copy(keys.parent / "other" / "keys" / SIGNING, keys / SIGNING)
    shutil.rmtree(keys.parent / "other")


def piped(path: Path) -> None:
    """Put a pipe that nobody writes to in place of a file."""
    path.unlink()
    os.mkfifo(path, 0o600)


CASES = {
    "folder open to readers": Case(lambda keys: keys.chmod(0o755), "journal", "expected mode 0700 and user id"),
    "folder open to writers": Case(lambda keys: keys.chmod(0o770), "journal", "found 0770"),
    "folder is a link": Case(moved, "journal", "cannot be read"),
    "folder of another user": Case(lambda keys: os.chown(keys, NOBODY, -1), "journal", f"found 0700 and {NOBODY}"),
    "folder gone": Case(shutil.rmtree, "journal", "lost the key of this journal"),
    "public key others can write": Case(lambda keys: (keys / ROOT).chmod(0o666), "journal", "expected mode 0600"),
    "public key of another user": Case(lambda keys: os.chown(keys / ROOT, NOBODY, -1), "journal", f"found 0600 and {NOBODY}"),
    "public key is a link": Case(lambda keys: moved(keys / ROOT), "journal", "cannot be read"),
    "public key gone": Case(lambda keys: (keys / ROOT).unlink(), "journal", "lost the key of this journal"),
    "signing key others can read": Case(lambda keys: (keys / SIGNING).chmod(0o640), "signing key", "found 0640", verified=True),
    "signing key of another user": Case(
        lambda keys: os.chown(keys / SIGNING, NOBODY, -1), "signing key", f"found 0600 and {NOBODY}", verified=True
    ),
    "signing key is a link": Case(lambda keys: moved(keys / SIGNING), "signing key", "cannot be read", verified=True),
    "signing key gone": Case(lambda keys: (keys / SIGNING).unlink(), "signing key", "No such file", verified=True),
    "signing key is a pipe": Case(lambda keys: piped(keys / SIGNING), "signing key", "is no file", verified=True),
    "signing key is none": Case(lambda keys: (keys / SIGNING).write_bytes(b"x"), "signing key", "is no private key", verified=True),
    "signing key of another journal": Case(strangers_key, "signing key", "another key than the journal's", verified=True),
}


def bad_lines(installed: Installed, *words: str) -> dict[str, tuple[str, str]]:
    """Return name -> (fact, remedy) of doctor's bad lines."""
    run = installed.run("doctor", "--json", *words)
    lines = [line for line in json.loads(run.stdout)["lines"] if line["level"] == "bad"]
    assert run.returncode == (1 if lines else 0)
    return {line["name"]: (line["fact"], line["remedy"]) for line in lines}


@pytest.fixture
def folder(builder: Builder, installed: Installed) -> Path:
    """The state folder of a repository with one signed audit."""
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert installed.audit()[0] == 0
    return folder_of(installed.top / "state", builder.root)


@pytest.mark.parametrize("name", CASES)
def test_a_key_that_cannot_be_trusted_is_told_by_doctor_and_refused_where_it_is_used(
    builder: Builder, installed: Installed, folder: Path, name: str
) -> None:
    case = CASES[name]
    if "another user" in name and os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    assert bad_lines(installed) == {}
    whole, note = (folder / "journal.jsonl").read_bytes(), (folder / "checkpoint").read_bytes()
    case.spoil(folder / "keys")
    fact, remedy = bad_lines(installed)[case.line]
    assert case.told in fact and remedy, fact
    # Appending: nothing is signed, and nothing is recorded unsigned in its place.
    builder.write("app/a.py", "x = 3\n")
    for words in (("audit",), ("ledger", "adopt", "HEAD", "--yes"), ("ledger", "rotate", "--yes")):
        run = installed.run(*words)
        assert (run.returncode, run.stdout) == (2, ""), (words, run.stdout)
        assert "hint: " in run.stderr, words
    assert ((folder / "journal.jsonl").read_bytes(), (folder / "checkpoint").read_bytes()) == (whole, note)
    # Verifying: what the public key proves is believed as long as nobody else could have put it there.
    for words in (("ledger", "verify"), ("tail",)):
        assert installed.run(*words).returncode == (0 if case.verified else 2), words


def test_doing_what_the_remedy_says_makes_all_well_again(builder: Builder, installed: Installed, folder: Path) -> None:
    (folder / "keys").chmod(0o777)
    (folder / "keys" / SIGNING).chmod(0o644)
    for _ in range(2):
        ((_, remedy),) = bad_lines(installed).values()
        change = next(words for words in remedy.split("; ") if words.startswith("chmod "))
        _, mode, path = change.split(" ", 2)
        os.chmod(path, int(mode, 8))
    assert bad_lines(installed) == {}
    assert installed.run("ledger", "rotate", "--yes").returncode == 0
    builder.write("app/a.py", "x = 3\n")
    assert installed.audit()[0] in (0, 1)
    assert installed.run("ledger", "verify").returncode == 0


def test_a_record_inside_another_configured_repository_is_told(builder: Builder, installed: Installed) -> None:
    other = Builder.with_repository(installed.top / "other")
    config = installed.top / "forgewatch.yaml"
    config.write_text(f"repositories: [{builder.root}, {other.root}, {installed.top}/nothing, {config}/below]\n")
    state = str(other.root / ".state")
    command = Installed(installed.root, installed.top, extra={"FORGEWATCH_STATE_DIR": state})
    builder.starts().record().completes()
    assert command.audit()[0] == 0
    fact, remedy = bad_lines(command, "--config", str(config))["place of the key"]
    assert f"outside the repository {other.root}" in fact and "FORGEWATCH_STATE_DIR" in remedy
    # The one that it lies in is refused.
    assert command.run("audit", str(other.root)).returncode == 2


def test_a_daemon_does_not_sign_with_a_key_that_others_could_read_and_goes_on_when_it_is_mended(
    builder: Builder, installed: Installed, folder: Path
) -> None:
    (folder / "keys" / SIGNING).chmod(0o640)
    installed.watch()
    builder.starts().write("app/a.py", "x = 3\n").record(start="2026-11-20T13:00:00Z").completes()
    assert until(lambda: "found 0640" in installed.log), installed.log
    assert installed.entries == 1
    (folder / "keys" / SIGNING).chmod(0o600)
    assert installed.settles(2), installed.log
    assert installed.run("ledger", "verify").returncode == 0
