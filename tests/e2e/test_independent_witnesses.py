"""Programs that share no line of code with this package judge its journals: Go's packages for its checksum database (signed notes, tree,
proofs, signatures), and the npm package `canonicalize` (RFC 8785). They agree with what is whole, and refuse what is not.

Their sources are in tests/oracles; `make test` installs what they need. Without it these tests are skipped and say what is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from forgewatch.adapters.journal_keys import public_pem
from forgewatch.core.events import LedgerTampered
from forgewatch.core.journal_line import encode_line
from tests.support.audited import audited
from tests.support.builder import Builder
from tests.support.installed import Installed
from tests.support.signed import AT, journal_of, opened, public

pytestmark = pytest.mark.req("S002-10.6-1")

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
PACKAGES = Path("/usr/share/gocode")
"""Where Debian puts the Go packages that other Go packages are built with."""


@pytest.fixture(scope="session")
def witness(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The Go program, built once, from what lies on this machine and nothing else."""
    if shutil.which("go") is None:
        pytest.skip("go is not installed (Debian: golang-go)")
    if not (PACKAGES / "src/golang.org/x/mod/sumdb/note").is_dir():
        pytest.skip("Go's golang.org/x/mod/sumdb is not installed (Debian: golang-golang-x-mod-dev)")
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    program = shared / "witness"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(shared),
        "GO111MODULE": "off",
        "GOPATH": str(PACKAGES),
        "GOCACHE": str(shared / "go-cache"),
        "GOPROXY": "off",
        "GOFLAGS": "",
    }
    with FileLock(shared / "witness.lock"):
        if not program.exists():
            command = ["go", "build", "-o", str(program), str(ORACLES / "sumdb/main.go")]
            built = subprocess.run(command, env=environment, cwd=shared, capture_output=True, text=True, timeout=300, check=False)
            assert built.returncode == 0, built.stderr
    return program


@pytest.fixture(scope="session")
def canonicalize() -> Callable[[Path], subprocess.CompletedProcess[str]]:
    """The npm package, asked about a journal."""
    node = shutil.which("node") or shutil.which("nodejs")
    if node is None:
        pytest.skip("node is not installed (Debian: nodejs)")
    program = ORACLES / "canonicalize"
    if not (program / "node_modules/canonicalize").is_dir():
        pytest.skip("the npm package canonicalize is not installed: make oracles, which needs npm and a network")

    def ask(journal: Path) -> subprocess.CompletedProcess[str]:
        command = [str(node), str(program / "agree.js"), str(journal)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return ask


class Evidence:
    """What the witness is shown: copies of a journal's files in one folder, each of which can be changed and put back."""

    def __init__(self, folder: Path, witness: Path, origin: str) -> None:
        self.folder, self.witness, self.origin = folder, witness, origin
        self.options: list[str] = []

    def asked(self, origin: str | None = None) -> tuple[int, str]:
        """Return exit status and what the witness says."""
        command = [str(self.witness), "journal.jsonl", "checkpoint", "root.pub", origin or self.origin, *self.options]
        run = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False)
        assert not run.stderr, run.stderr
        return run.returncode, run.stdout.strip()

    def refused(self, name: str, change: Callable[[bytes], bytes]) -> str:
        """Return what the witness says of the evidence with one file changed; it must not agree."""
        whole = (self.folder / name).read_bytes()
        changed = change(whole)
        assert changed != whole
        (self.folder / name).write_bytes(changed)
        status, said = self.asked()
        (self.folder / name).write_bytes(whole)
        assert (status, said.startswith("refused: ")) == (1, True), (name, said)
        return said


@pytest.fixture
def evidence(builder: Builder, installed: Installed, witness: Path, tmp_path: Path) -> Evidence:
    """A journal of the installed command, with a checkpoint that was kept after its first audit and a receipt for every line."""
    state = audited(builder, installed, 1)
    folder = tmp_path / "evidence"
    folder.mkdir()
    shutil.copy(state / "checkpoint", folder / "kept")
    audited(builder, installed, 2)
    for name in ("journal.jsonl", "checkpoint", "keys/root.pub"):
        shutil.copy(state / name, folder)
    found = Evidence(folder, witness, f"forgewatch/{state.name}")
    found.options = ["-since", "kept"]
    for number in range(len((folder / "journal.jsonl").read_bytes().splitlines())):
        assert installed.run("ledger", "proof", str(number), "--output", str(folder / f"receipt-{number}")).returncode == 0
        found.options += ["-receipt", f"receipt-{number}"]
    return found


def test_go_opens_the_checkpoint_and_agrees_with_tree_proofs_receipts_and_signatures(evidence: Evidence) -> None:
    lines = (evidence.folder / "journal.jsonl").read_bytes().splitlines()
    root = (evidence.folder / "checkpoint").read_text().splitlines()[2]
    assert len(lines) > 3
    assert evidence.asked() == (0, f"agreed: {len(lines)} lines, {len(lines)} signatures, 1 keys, root {root}")


def test_go_agrees_after_a_change_of_key_and_with_the_old_receipts(
    builder: Builder, installed: Installed, witness: Path, tmp_path: Path
) -> None:
    state = audited(builder, installed, 1)
    shutil.copy(state / "checkpoint", tmp_path / "kept")
    assert installed.run("ledger", "proof", "1", "--output", str(tmp_path / "receipt")).returncode == 0
    assert installed.run("ledger", "rotate", "--yes", "--actor", "me").returncode == 0
    audited(builder, installed, 1)
    for name in ("journal.jsonl", "checkpoint", "keys/root.pub"):
        shutil.copy(state / name, tmp_path)
    evidence = Evidence(tmp_path, witness, f"forgewatch/{state.name}")
    evidence.options = ["-since", "kept", "-receipt", "receipt"]
    status, said = evidence.asked()
    assert (status, ", 2 keys, " in said) == (0, True), said
    rotated = (tmp_path / "journal.jsonl").read_bytes().index(b'"is":"KeyRotated"')
    told = evidence.refused("journal.jsonl", lambda raw: raw[:rotated] + raw[rotated:].replace(b'"public":"', b'"public":"A', 1))
    assert "no verifiable signatures" in told


def first_digit(text: bytes) -> bytes:
    """Return a receipt for another place."""
    return text.replace(b"index 2\n", b"index 3\n")


def test_go_refuses_whatever_was_tampered_with(evidence: Evidence) -> None:
    def lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
        return lambda raw: b"".join(change(raw.splitlines(keepends=True)))

    cases: list[tuple[str, Callable[[bytes], bytes], str]] = [
        ("journal.jsonl", lambda raw: raw.replace(b"first contact", b"first c0ntact"), "the root over"),
        ("journal.jsonl", lines(lambda a: a[:-1]), "the checkpoint speaks of"),
        ("journal.jsonl", lines(lambda a: [a[1], a[0], *a[2:]]), "the root over"),
        ("journal.jsonl", lines(lambda a: [*a, journal_of(1).lines[0] + b"\n"]), "does not fit"),
        ("journal.jsonl", lines(lambda a: [*a, a[2]]), "does not fit"),
        ("journal.jsonl", lines(lambda a: [*a, encode_line(opened(1))]), "is not signed"),
        ("root.pub", lambda raw: public_pem(public(2)), "no verifiable signatures"),
        ("checkpoint", lambda raw: raw.replace(b"\n\n", b"\n \n\n"), "invalid signature"),
        ("checkpoint", lambda raw: journal_of(3, origin=evidence.origin).note(), "no verifiable signatures"),
        ("checkpoint", lambda raw: journal_of(3, origin="forgewatch/x").note(), "no verifiable signatures"),
        ("kept", lambda raw: journal_of(3, origin=evidence.origin).note(), "no verifiable signatures"),
        ("receipt-2", first_digit, "invalid transparency proof"),
        ("receipt-2", lambda raw: raw.replace(b"index 2\n", b"index 99\n"), "is for line 100 of"),
        ("receipt-2", lambda raw: raw.split(b"\n", 3)[0] + b"\nindex 2\n\n" + raw.partition(b"\n\n")[2], "invalid transparency proof"),
    ]
    for name, change, told in cases:
        assert told in evidence.refused(name, change), (name, told)
    assert evidence.asked("forgewatch/other")[0] == 1
    assert evidence.asked()[0] == 0


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 8, 9, 64, 65, 127])
def test_go_agrees_with_the_tree_of_every_shape(witness: Path, tmp_path: Path, size: int) -> None:
    made = journal_of(size)
    (tmp_path / "journal.jsonl").write_bytes(b"".join(line + b"\n" for line in made.lines))
    (tmp_path / "checkpoint").write_bytes(made.note())
    (tmp_path / "kept").write_bytes(made.note(max(1, size // 2)))
    (tmp_path / "root.pub").write_bytes(public_pem(public(1)))
    evidence = Evidence(tmp_path, witness, made.origin)
    evidence.options = ["-since", "kept"]
    assert evidence.asked()[0] == 0


Canonicalize = Callable[[Path], subprocess.CompletedProcess[str]]

ODD = {
    "quotes and backslashes": 'a"b\\c/d',
    "control characters": "".join(map(chr, range(32))) + "\x7f\x80\x9f",
    "line separators": "a\u2028b\u2029c\u0085d",
    "letters with marks": "Café Å ﬁ",
    "beyond the first plane": "𝔘 😀 \U0010ffff",
    "text from right to left": "\u202e\u2066abc\u2069 שלום",
    "half a surrogate pair": "x\udc80y\ud800z",
    "text that looks like an escape": "\\u0000 \\n \\ud83d",
    "angle brackets": "</script>&<!--",
    "nothing": "",
}


def test_another_implementation_of_rfc_8785_writes_the_same_bytes(
    builder: Builder, installed: Installed, canonicalize: Canonicalize, tmp_path: Path
) -> None:
    journal = audited(builder, installed, 3) / "journal.jsonl"
    count = len(journal.read_bytes().splitlines())
    assert canonicalize(journal).stdout == f"agreed: {count} lines\n"
    spaced = tmp_path / "journal.jsonl"
    spaced.write_bytes(journal.read_bytes().replace(b'{"e":', b'{"e": ', 1))
    run = canonicalize(spaced)
    assert (run.returncode, run.stdout.startswith("line 1 differs")) == (1, True)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_another_implementation_of_rfc_8785_agrees_about_odd_text(canonicalize: Canonicalize, tmp_path: Path, text: str) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(encode_line(LedgerTampered(at=AT, digest=None, detail=text)))
    assert canonicalize(journal).stdout == "agreed: 1 lines\n"


@pytest.mark.parametrize("number", [0, 1, -1, 10**15, 2**53 - 1])
def test_another_implementation_of_rfc_8785_agrees_about_numbers(canonicalize: Canonicalize, tmp_path: Path, number: int) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(encode_line(opened(number)))
    assert canonicalize(journal).stdout == "agreed: 1 lines\n"
