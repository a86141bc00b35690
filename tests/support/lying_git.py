"""A git between the audit and the real one, that fails at the n-th answer of its `cat-file --batch` conversations, and leaves proof of it.

It is a program of its own: the audit starts it in place of git and knows no difference. Proof is kept as names of empty files, because the
audit's git may not write a byte (RLIMIT_FSIZE) and would die of it instead of failing as planned.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.reading import GIT

INSTEAD = (
    "exits with 1",
    "exits with 0",
    "exits with 128",
    "is killed",
    "breaks off",
    "lies",
    "says missing",
    "gives another kind",
    "gives nonsense",
    "gives no line",
    "gives another id",
    "repeats the answer before",
    "claims more",
    "claims less",
)
"""What it does where an answer was due. `gives no line`: more than a header may have, without a line break."""

HANGS = "hangs"
AFTERWARDS = "ends after the answer"
FOR_GOOD = "ends after the answer and never starts again"

_PROGRAM = """\
import os, signal, subprocess, sys
FOLDER, GIT, WAY, NUMBER = {folder!r}, {git!r}, {way!r}, {number!r}

def mark(name):
    os.close(os.open(FOLDER + "/" + name, os.O_CREAT | os.O_WRONLY, 0o600))

def marks(kind):
    return sum(name.startswith(kind) for name in os.listdir(FOLDER))

def say(data):
    while data:
        data = data[os.write(1, data):]

def answer(git):
    head = git.stdout.readline()
    fields = head.split()
    size = int(fields[2]) if len(fields) == 3 and fields[1] != b"missing" else -1
    return head, b"" if size < 0 else git.stdout.read(size + 1)

def fail(head, body, before):
    oid, _, rest = head.partition(b" ")
    if WAY in ("exits with 1", "exits with 0", "exits with 128"):
        os._exit(int(WAY.rsplit(" ", 1)[1]))
    if WAY == "is killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if WAY == "breaks off":
        say((head + body)[:-2])
        os._exit(0)
    if WAY == "hangs":
        signal.pause()
    if WAY == "says missing":
        return oid + b" missing\\n"
    if WAY == "gives nonsense":
        return b"nonsense\\n"
    if WAY == "gives no line":
        return b"x" * 9000
    if not body:
        # Nothing was there: now there is something.
        return oid + b" blob 4\\nlies\\n"
    kind, size = rest.split()
    if WAY == "lies":
        return head + bytes([body[0] ^ 1]) + body[1:] if len(body) > 1 else oid + b" blob 4\\nlies\\n"
    if WAY == "gives another kind":
        return b"%s %s %s\\n%s" % (oid, b"tree" if kind == b"blob" else b"blob", size, body)
    if WAY == "gives another id":
        return b"%s %s\\n%s" % (oid[::-1], rest.strip(), b"other" + body[5:])
    if WAY == "repeats the answer before":
        return before if len(before) > 60 else oid + b" blob 4\\nlies\\n"
    if WAY == "claims more":
        return b"%s %s %d\\n%s" % (oid, kind, 10 ** 12, body)
    if WAY == "claims less":
        return b"%s %s %d\\n%s" % (oid, kind, int(size) // 2, body) if int(size) else oid + b" blob 4\\nlies\\n"
    raise SystemExit("no such way: " + WAY)

mark("start-%d" % os.getpid())
if WAY.endswith("never starts again") and marks("fault"):
    os._exit(1)
git = subprocess.Popen([GIT, *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
git.stdout = os.fdopen(os.dup(git.stdout.fileno()), "rb")
before = b""
for line in sys.stdin.buffer:
    git.stdin.write(line)
    head, body = answer(git)
    number = marks("answer") + 1
    mark("answer-%04d-%s" % (number, line.strip().decode()))
    told = head + body
    if number == NUMBER and WAY and "after" not in WAY:
        mark("fault-%04d-%s" % (number, line.strip().decode()))
        told = fail(head, body, before)
    before = head + body
    say(told)
    if number == NUMBER and "after" in WAY:
        mark("fault-%04d-%s" % (number, line.strip().decode()))
        os._exit(1)
"""


@dataclass(frozen=True)
class LyingGit:
    """A program at `path` that fails once, in one way, at answer `number` (from 1, counted over all starts); `folder` holds the proof."""

    folder: Path

    @property
    def path(self) -> str:
        """The program, for whoever starts git."""
        return str(self.folder.with_suffix(".program"))

    def plan(self, way: str, number: int) -> LyingGit:
        """Forget all proof and fail like this from now on; way "" never fails."""
        self.folder.mkdir(exist_ok=True)
        for mark in self.folder.iterdir():
            mark.unlink()
        program = Path(self.path)
        text = _PROGRAM.format(folder=str(self.folder), git=GIT, way=way, number=number)
        program.write_text(f"#!{sys.executable} -IS\n{text}")
        program.chmod(0o755)
        return self

    @property
    def asked_again(self) -> bool:
        """True when the object that the fault was about was asked for again, and the true answer given."""
        (fault,) = (mark.name.split("-") for mark in self.folder.iterdir() if mark.name.startswith("fault"))
        answers = [mark.name.split("-") for mark in self.folder.iterdir() if mark.name.startswith("answer")]
        return any(number > fault[1] and oid == fault[2] for _, number, oid in answers)

    def count(self, kind: str) -> int:
        """Return how often there was a `start`, an `answer`, a `fault`."""
        return sum(mark.name.startswith(kind) for mark in self.folder.iterdir())
