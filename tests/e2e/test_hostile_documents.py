"""Documents made to exhaust or crash whoever reads them, met by a running daemon: each gets its FAIL, then an honest cycle its PASS.

The bound: such a document costs the daemon and its workers at most SECONDS of processor time more than an honest cycle does. Processor
time and no clock, so that a busy machine makes no difference; the parsers alone are held to one second in tests/hostile.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed, until

SECONDS = 1.0
KIB = 1024
CONTRACT = 256 * KIB

BOUNDARIES, FORGE, PHYSICS = "Forge/Contracts/boundaries.json", "forge.json", "Forge/Contracts/physics.yaml"
LOG, RECORD = "Forge/evidence/diff_log.md", "Forge/evidence/test_runs_latest.md"
LAUGHS = "\n".join(["a0: &a0 [lol]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10))]).encode()


class Case(NamedTuple):
    """A hostile document, where the builder puts it, and the code of the finding that names it."""

    name: str
    place: str
    raw: bytes
    code: str


def forbids(pattern: str) -> bytes:
    """Return rules that forbid one pattern in the whole application."""
    return json.dumps({"layers": [{"name": "app", "glob": "app/**", "forbidden": [{"pattern": pattern}]}]}).encode()


CASES = [
    Case("JSON without end", BOUNDARIES, b"[" * CONTRACT, "A401"),
    Case("objects without end", BOUNDARIES, b'{"a":' * (CONTRACT // 5), "A401"),
    Case("two layers keys", BOUNDARIES, b'{"layers": [{"name": "a", "glob": "**"}], "layers": []}', "A401"),
    Case("not a number", BOUNDARIES, b'{"layers": [{"name": "a", "glob": "**"}], "known_violations": NaN}', "A401"),
    Case("rules over the limit", BOUNDARIES, b" " * (CONTRACT + 1), "A401"),
    Case("a pattern that explodes", BOUNDARIES, forbids("(a+)+$"), "A404"),
    Case("a look-behind", BOUNDARIES, forbids("(?<=x)a"), "A403"),
    Case("a pattern of 1 MB", BOUNDARIES, forbids("a" * 1024 * KIB), "A401"),
    Case("a pattern of 200 KB", BOUNDARIES, forbids("a" * 200 * KIB), "A403"),
    Case("repeats of repeats", BOUNDARIES, forbids("((((a{1000}){1000}){1000}){1000})"), "A403"),
    Case("stack without end", FORGE, b"[" * CONTRACT, "A903"),
    Case("stack with a number of 250,000 digits", FORGE, b'{"backend": ' + b"9" * 250_000 + b"}", "A903"),
    Case("stack with two backends", FORGE, b'{"backend": {}, "backend": {"dependency_file": "x.txt"}}', "A903"),
    Case("laughs", PHYSICS, LAUGHS, "W303"),
    Case("a circle", PHYSICS, b"paths: &a [*a]\n", "W303"),
    Case("YAML without end", PHYSICS, b"[" * CONTRACT, "W303"),
    Case("sequences without end", PHYSICS, b"- " * (CONTRACT // 2), "W303"),
    Case("a tag that runs", PHYSICS, b"paths: !!python/object/apply:os.system ['touch PWNED']\n", "W303"),
    Case("too many events", PHYSICS, b"- x\n" * 25_000, "W303"),
    Case("tag directives", PHYSICS, b"".join(b"%%TAG !a%d! b:\n" % n for n in range(15_000)), "W303"),
    Case("a record of one line of 10 MB", RECORD, b"Status: PASS\n" + b"x" * 10 * KIB * KIB, "A301"),
    Case("a record of 25,000 lines", RECORD, b"Status: PASS\n" + b"a exit: 0\n" * 25_000, "A301"),
    Case("an exit of 100,000 digits", RECORD, b"Status: PASS\npytest exit: " + b"9" * 100_000 + b"\n", "A803"),
    Case("a record of NUL", RECORD, b"Status: PASS\n" + b"\0" * 1000, "A301"),
]


def spent(daemon: int) -> float:
    """Return the processor time of the daemon, of the workers it has, and of those it had."""
    own = psutil.Process(daemon)
    times = own.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in own.children(recursive=True):
        try:
            theirs = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += theirs.user + theirs.system
    return float(total)


class Scene:
    """A daemon that has judged one honest cycle, and the builder beside it."""

    def __init__(self, builder: Builder, installed: Installed, tmp_path: Path) -> None:
        self.builder, self.installed = builder, installed
        config = tmp_path / "forgewatch.yaml"
        # W3 only warns unless the operator says otherwise; here a contract that cannot be believed has to fail.
        config.write_text("audit:\n  severities: {W3: fail}\nlog:\n  format: json\n")
        self.daemon = installed.watch("--config", str(config), str(builder.root))
        self.round = 0
        self.honest = self.costs(self.honest_cycle)

    def costs(self, cycle: Callable[[], None]) -> float:
        """Return the processor time of a cycle."""
        before = spent(self.daemon.pid)
        cycle()
        return spent(self.daemon.pid) - before

    def honest_cycle(self) -> None:
        """Finish honest work and wait for its PASS."""
        entries = self.installed.entries
        self.begin().write("app/a.py", f"x = {self.round + 1}\n").claims("app/a.py").completes()
        assert self.installed.settles(entries + 1), self.installed.log
        assert self.installed.outcomes[-1] == "PASS", self.installed.ledger

    def begin(self) -> Builder:
        """Begin a cycle: the log is in process, the tests have run again."""
        self.round += 1
        return self.builder.starts().record(start=f"2026-11-20T10:00:{self.round:02}Z")

    @property
    def findings(self) -> set[str]:
        """The codes of the newest entry."""
        return {
            word for line in self.installed.ledger.rpartition("## Audit Entry:")[2].splitlines() for word in line.replace(":", " ").split()
        }


@pytest.fixture
def scene(builder: Builder, installed: Installed, tmp_path: Path) -> Iterator[Scene]:
    yield Scene(builder, installed, tmp_path)


def costs_no_more(scene: Scene, case: str, attack: Callable[[], None]) -> None:
    """Run the attack, and fail where it cost more than the bound."""
    extra = scene.costs(attack) - scene.honest
    assert extra < SECONDS, f"{case}: expected at most {SECONDS} s of processor time more than an honest cycle, took {extra:.2f} s"


@pytest.mark.req("S001-1-1")
@pytest.mark.parametrize("place", [BOUNDARIES, FORGE, PHYSICS, RECORD], ids=lambda place: place.rpartition("/")[2])
def test_a_hostile_document_is_failed_by_the_daemon_which_then_passes_honest_work(scene: Scene, place: str) -> None:
    builder, installed = scene.builder, scene.installed
    honest = (builder.root / place).read_bytes()

    def attack(case: Case) -> None:
        entries = installed.entries
        scene.begin()
        # One line that a backtracking matcher would never finish, one that the pattern really forbids.
        builder.write("app/a.py", f"x = '{'a' * 100_000}!'\n").write("app/b.py", f"y = {'a' * 50}\n").write(place, case.raw)
        builder.claims(*sorted({"app/a.py", "app/b.py", place})).completes()
        assert installed.settles(entries + 1), (case.name, installed.log)

    for case in (case for case in CASES if case.place == place):
        costs_no_more(scene, case.name, partial(attack, case))
        assert installed.outcomes[-1] == "FAIL", (case.name, installed.ledger)
        assert case.code in scene.findings, (case.name, installed.ledger)
        assert not (builder.root / "PWNED").exists()
        builder.starts().delete("app/b.py").write(place, honest)
        scene.honest_cycle()
    assert scene.daemon.poll() is None


LOGS = {
    "quotes in quotes": "> " * 20_000 + "x\n",
    "a list without end": "".join(" " * 2 * depth + "- x\n" for depth in range(600)),
    "brackets": "[" * 100_000 + "\n",
    "links": "[a](" * 50_000 + "\n",
    "emphasis": "*a_ " * 50_000 + "\n",
    "a table of 20,000 columns": "|a" * 20_000 + "|\n" + "|-" * 20_000 + "|\n",
    "entities": "&#x41;" * 50_000 + "\n",
    "references": "".join(f"[r{number}]: /x\n" for number in range(9_000)),
    "HTML without end": "<!--" * 50_000 + "\n",
}


@pytest.mark.req("S001-1-1")
def test_a_diff_log_made_to_exhaust_its_parser_is_judged_by_the_daemon_which_then_passes_honest_work(scene: Scene) -> None:
    builder, installed = scene.builder, scene.installed

    def attack(text: str) -> None:
        entries = installed.entries
        scene.begin()
        log = builder.write("app/a.py", "x = 0\n").claims("app/a.py", "ghost.py").difflog("COMPLETE")
        builder.writes_log(log.replace("- None", f"- None\n\n{text}", 1))
        assert installed.settles(entries + 1), (text[:40], installed.log)

    for name, text in LOGS.items():
        costs_no_more(scene, name, partial(attack, text))
        assert installed.outcomes[-1] == "FAIL", (name, installed.ledger)
        assert "A102" in scene.findings, (name, installed.ledger)
        scene.honest_cycle()
    assert scene.daemon.poll() is None


@pytest.mark.req("S001-1-1")
@pytest.mark.parametrize(
    ("text", "why"),
    [("x" * 1024 * KIB, "1048576 characters"), ("x\n" * 20_000, "20000 lines"), ("\0", "NUL"), ("\n- Status: IN_PROCESS", "status")],
    ids=["over 1 MiB", "over 20,000 lines", "NUL", "two statuses"],
)
def test_a_diff_log_that_cannot_be_taken_for_one_is_told_and_never_passed(scene: Scene, text: str, why: str) -> None:
    builder, installed = scene.builder, scene.installed
    entries = installed.entries

    def attack() -> None:
        opened = installed.log.count('"cycle.opened"')
        log = scene.begin().write("app/a.py", "x = 0\n").claims("app/a.py").difflog("COMPLETE")
        # Overwritten before it was seen, the cycle before goes on, and a malformed log in it is a FAIL instead of a notice.
        assert until(lambda: installed.log.count('"cycle.opened"') > opened), installed.log
        builder.writes_log(log.replace("- Status: COMPLETE", f"- Status: COMPLETE\n{text}"))
        assert until(lambda: '"difflog.malformed"' in installed.log), installed.log

    costs_no_more(scene, why, attack)
    (told,) = [json.loads(line) for line in installed.log.splitlines() if '"difflog.malformed"' in line]
    assert why in json.dumps(told), told
    assert "PASS" not in installed.outcomes[entries:], installed.ledger
    scene.honest_cycle()
    assert scene.daemon.poll() is None
