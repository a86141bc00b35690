"""What every check says, word for word: each finding with code, place, message and both sides, each note, each basis.

The other tests of a check ask for its verdict and name what they are about; a finding that lost its path or its line would pass them.
`python -m tests.checks.test_rulings_whole` writes the expected text again; read its difference like code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from forgewatch.checks import a1_scope, a2_minimal, a3_evidence, a5_difflog, a6_authorization, a7_order, a8_tests, w2_ledger, x_tests
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.difflog import Claim, ClaimDefect, Complete, Label, Malformed, Placeholder, Section, Verification, Verified
from forgewatch.core.facts import SourceFacts
from forgewatch.core.secret_values import digest16
from forgewatch.core.snapshot import (
    Ancestry,
    Attestation,
    ChangeKind,
    Conversion,
    ConversionKind,
    History,
    IgnoredSummary,
    IndexFlag,
    LedgerCondition,
    LedgerFacts,
    Obstacle,
    PathTable,
    RecordHistory,
    Snapshot,
)
from forgewatch.core.testrecord import Blank
from forgewatch.core.values import Absent, Phase, RepoPath, Unreadable
from forgewatch.core.verdict import Finding, Ruling
from tests.checks import test_a1_scope as a1
from tests.checks import test_a2_minimal as a2
from tests.checks import test_a4_boundaries as a4
from tests.checks import test_a6_authorization as a6
from tests.checks import test_a9_dependencies as a9
from tests.checks import test_w1_secrets as w1
from tests.checks import test_w3_routes as w3
from tests.checks import test_x_boot as xb
from tests.checks import test_x_churn as xc
from tests.checks import test_x_deps as xd
from tests.checks import test_x_docs as xu
from tests.checks import test_x_layout as xl
from tests.checks import test_x_physics as xr
from tests.checks import test_x_ps1 as xp
from tests.checks import test_x_schema as xm
from tests.checks import test_x_silence as xs
from tests.checks import test_x_tests as xt
from tests.support.snapshots import claim, difflog, entry, modified, record, snapshot, untracked, written

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "rulings.txt"
SHOWN = 20
OTHER = digest_of_bytes(b"another tree")
MALFORMED = Malformed(reason="two statuses", line=9, digest=OTHER)


def scope_rulings() -> Iterator[tuple[str, Ruling]]:
    dirty = snapshot(
        untracked("app/new.py"),
        modified("pkg/a.py"),
        modified("pkg/b.py"),
        replace(modified("app/staged.py"), staged=True),
        untracked("app/Users.py"),
        claimed=Claim(
            paths=tuple(map(RepoPath, ("pkg", "app/users.py", "kept.py", "sub/inner.py", "gone.py", "new.py", "Forge/Contracts/x.md"))),
            lines=(20, 21, 22, 23, 24, 25, 26),
            defects=(ClaimDefect(line=28, text="pkg", why="is a folder"), ClaimDefect(line=29, text="../up.py", why="climbs out")),
        ),
        store_faults=("blob 1234567 has other bytes",),
        obstacles=(Obstacle(RepoPath("app/pipe"), "is a FIFO"), Obstacle(RepoPath("Forge/evidence/test_runs.md"), "is a socket")),
        flags=(
            IndexFlag(RepoPath("app/hid.py"), "skip-worktree", hides=True),
            IndexFlag(RepoPath("app/idle.py"), "assume-unchanged", hides=False),
            IndexFlag(RepoPath("Forge/evidence/test_runs.md"), "assume-unchanged", hides=True),
        ),
        ignored=IgnoredSummary(
            newly_source=(RepoPath("lib/hidden.py"),), changed_rules=(RepoPath(".gitignore"), RepoPath("lib/.gitignore"))
        ),
        conversions=(Conversion(RepoPath("app/crlf.py"), ConversionKind.LINE_ENDINGS),),
    )
    module = replace(entry("sub"), mode=0o160000)
    base = {
        **dirty.paths.base,
        RepoPath("kept.py"): entry("kept.py"),
        RepoPath("sub"): module,
        RepoPath("Forge/Contracts/x.md"): entry("x"),
    }
    yield "a tree that lies in every way", a1_scope.judge(replace(dirty, paths=PathTable(base, dirty.paths.overlay)))
    yield "a claim of the command line", a1_scope.judge(replace(dirty, claim_given=True))
    scripts = snapshot(claimed=claim("Forge/scripts/run.py"))
    yield "a script of the governance folder that is as it was", a1_scope.judge(a1.with_paths(scripts, "Forge/scripts/run.py"))
    yield "a claim without lines", a1_scope.judge(snapshot(claimed=Claim(paths=(RepoPath("a.py"),)), claim_given=True))
    yield "conversions that count", a1_scope.judge(replace(dirty, raw_compare=True, changes=(), claim=Claim(stated=True)))
    for why, reading in (("absent", Absent()), ("unreadable", Unreadable("is a FIFO")), ("malformed", MALFORMED)):
        yield f"no claim, the diff log is {why}", a1_scope.judge(snapshot(modified("a.py"), claimed=Claim(stated=False), difflog=reading))
    yield "no section that claims", a1_scope.judge(snapshot(modified("a.py"), claimed=Claim(stated=False)))
    yield "an empty claim", a1_scope.judge(snapshot(modified("a.py"), claimed=Claim(stated=True)))
    yield "a name easily mistaken", a1_scope.judge(a1.with_paths(snapshot(untracked("app/usеrs.py")), "app/users.py"))


def rename_rulings() -> Iterator[tuple[str, Ruling]]:
    yield (
        "a rename beside a copy",
        a2_minimal.judge(a2.work({"a.py": a2.CODE, "c.py": a2.OTHER}, {"b.py": a2.CODE, "c.py": a2.EDITED, "d.py": a2.OTHER})),
    )
    yield "what cannot be compared", a2_minimal.judge(a2.work({"a.bin": Unreadable("over the limit of 8 bytes")}, {"b.bin": a2.OVER}))
    yield "line ends of an old Macintosh", a2_minimal.judge(a2.work({"a.py": b"a\rb\r"}, {"a.py": b"a\nb\n"}))
    mode = replace(modified("a.sh"), kind=ChangeKind.MODE)
    yield "a mode", a2_minimal.judge(snapshot(mode))
    kept = a2.work({}, {f"n{number:02}.py": a2.CODE for number in range(22)})
    base = {RepoPath("kept.py"): a2.entry(a2.CODE, 0o100644)}
    yield "many copies", a2_minimal.judge(replace(kept, paths=PathTable(base, kept.paths.overlay)))
    yield "white space", a2_minimal.judge(a2.work({"a.py": b"a b\n"}, {"a.py": b"a  b\n"}))


def evidence_rulings() -> Iterator[tuple[str, Ruling]]:
    readings = (
        Blank(),
        Absent(),
        Unreadable("is a FIFO"),
        record(line1="Status: FAIL", status="FAIL"),
        record(status=None, encoding_defect="line 3 is UTF-16"),
    )
    for reading in readings:
        yield f"record {reading!r:.40}", a3_evidence.judge(snapshot(test_record=reading, difflog=Absent()))
    yield "a malformed log", a3_evidence.judge(snapshot(difflog=MALFORMED))


def difflog_rulings() -> Iterator[tuple[str, Ruling]]:
    yield "no log", a5_difflog.judge(snapshot(difflog=Unreadable("is a FIFO")))
    empty = (Section(title="Summary", key="summary", line=20, items=()), Section(title="Notes", key="notes", line=30, items=()))
    log = difflog(sections=empty, status_text="", placeholders=(Placeholder(line=4, text="TODO"),))
    yield "gaps", a5_difflog.judge(snapshot(difflog=Complete(log)))
    yield "gaps under a claim of the command line", a5_difflog.judge(snapshot(difflog=Complete(log), claim_given=True))


def history_rulings() -> Iterator[tuple[str, Ruling]]:
    stray, evidence = a6.commit("app/a.py", subject="sneaked in"), a6.commit("Forge/evidence/diff_log.md", number=2)
    yield "strays", a6_authorization.judge(a6.after(stray, evidence))
    yield "two strays", a6_authorization.judge(a6.after(stray, a6.commit("b.py", number=3)))
    yield "evidence only", a6_authorization.judge(a6.after(a6.commit("a.py", number=4, authorized=True), evidence))
    yield "a gap", a6_authorization.judge(a6.after())
    for ancestry in Ancestry:
        history = History(head=a6.HEAD, anchor=None if ancestry is Ancestry.NO_ANCHOR else a6.ANCHOR, ancestry=ancestry, commits=(stray,))
        yield f"{ancestry.value}", a6_authorization.judge(snapshot(history=history))
    yield "a record from before the first commit", a6_authorization.judge(a6.without_anchor(adopted=True))
    yield "the same, one commit", a6_authorization.judge(a6.without_anchor(a6.HEAD, stray, adopted=True))
    yield "the same, evidence", a6_authorization.judge(a6.without_anchor(a6.HEAD, evidence, adopted=True))
    yield "no commit yet", a6_authorization.judge(a6.without_anchor(None, adopted=True))
    for names in (("E-1",), ("E-1", "E-2")):
        history = History(head=a6.HEAD, anchor=a6.ANCHOR, ancestry=Ancestry.LINEAR, commits=(stray,), unknown_entries=names)
        yield f"{len(names)} foreign entries", a6_authorization.judge(snapshot(history=history))


def order_rulings() -> Iterator[tuple[str, Ruling]]:
    yield "no log", a7_order.judge(snapshot(difflog=Absent()))
    told = ((Label.RUNTIME, "FAIL: it broke\nmore"), (Label.STATIC, "PASS"), (Label.STATIC, "PASS again"), (Label.CONTRACT, ""))
    items = tuple(Verified(label=label, text=text, line=31 + number) for number, (label, text) in enumerate(told))
    for name, verification in (
        ("no section", Verification()),
        ("every fault", Verification(stated=True, line=30, items=items)),
        ("an empty section", Verification(stated=True, line=30)),
    ):
        yield name, a7_order.judge(snapshot(difflog=Complete(difflog(verification=verification))))


def record_rulings() -> Iterator[tuple[str, Ruling]]:
    for reading in (Absent(), Blank(), Unreadable("is a FIFO")):
        yield f"record {reading!r:.40}", a8_tests.judge(snapshot(test_record=reading))
    bad = record(
        line1="Status: PASS (96 passed)",
        status=None,
        exits=(("pytest", 1), ("ruff", 0)),
        unclear_exits=(("mypy", "maybe"),),
        executed=0,
    )
    yield "a bad record", a8_tests.judge(snapshot(test_record=bad))
    yield "a later FAIL, failed tests", a8_tests.judge(snapshot(test_record=record(later_fail=7, failed=2, executed=5)))
    yield "another tree", a8_tests.judge(snapshot(test_record=record(tree=snapshot().tree, more_trees=(OTHER,))))
    yield "another commit", a8_tests.judge(snapshot(test_record=record(head=None, more_heads=("abcdef0",))))
    yield (
        "another commit, none yet",
        a8_tests.judge(snapshot(test_record=record(head="ABCDEF0"), history=History(head=None, anchor=None, ancestry=Ancestry.NO_ANCHOR))),
    )
    seen = RecordHistory(seen=((record().digest, OTHER),))
    yield "seen before", a8_tests.judge(snapshot(record_history=seen))
    yield "not attested", a8_tests.judge(snapshot(attested_only=True))
    by = Attestation(record=record().digest, tree=snapshot().tree, tests=12, level="bubblewrap", surroundings=("network none",))
    yield "attested", a8_tests.judge(snapshot(attested_only=True, record_history=RecordHistory(attested=(by,))))


def boundary_rulings() -> Iterator[tuple[str, Ruling]]:
    rules, excused = a4.policy("asyncpg", "services"), a4.policy("asyncpg", "services", known=(a4.exception(pattern="services"),))
    yield "hits", a4.audited(rules)
    yield "phase 0", a4.audited(Absent(), phase=Phase("Phase 0 -- Genesis"))
    yield "no rules", a4.audited(Absent())
    yield "removed rules", a4.audited(Absent(), rules)
    yield "rules that do not parse", a4.audited(b"{\n  oops", rules)
    yield "rules at BASE that do not parse", a4.audited(rules, b"{")
    yield "rules at BASE that cannot be read", a4.audited(rules, Unreadable("is over the limit of 1 bytes"))
    yield "rules that cannot be read", a4.audited(Unreadable("is a symlink"))
    yield "new rules", a4.audited(rules, Absent())
    yield "an exception of this cycle", a4.audited(excused, rules)
    yield "an exception of BASE", a4.audited(excused)
    yield (
        "an exception that is not needed, a layer without files",
        a4.audited(a4.policy("asyncpg", glob="nowhere/*.py", known=(a4.exception(),))),
    )
    two = (a4.exception("gone.py", "services"), a4.exception("users.py", "services"))
    both = {a4.ROUTER: "import services\n", "app/api/v1/users.py": "import services\n"}
    yield (
        "an exception over two files behind one that is not needed",
        a4.audited(a4.policy("services", glob="app/api/**/*.py", known=two), None, both),
    )
    link = replace(untracked("app/api/routers/db.py"), after=entry("link", 0o120000))
    yield "a link", a4.audited(rules, None, a4.FILES, link)
    yield "a pattern that cannot be read", a4.audited(a4.policy("(?=x)", "services"), a4.policy("(?=x)", "(?=y)", "services"))
    yield "a file that cannot be judged", a4.audited(rules, None, {a4.ROUTER: b"\xff\xfe\x00"})


def dependency_rulings() -> Iterator[tuple[str, Ruling]]:
    types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy\n    import typing_extensions\n"
    source = "import requests\nfrom .... import x\nimport fastapi\ntry:\n    import ujson\nexcept ImportError:\n    pass\n" + types
    yield "imports of every kind", a9.app(source).ruled()
    yield "for development only", a9.app("import pytest\n", None, a9.PLAIN).says("requirements-dev.txt", "pytest\n").ruled()
    yield "no manifest", a9.app("import b, requests\n" + "".join(f"import m{n}\n" for n in range(10)), None, a9.PLAIN).ruled()
    yield "several names of one import", a9.app("import cv2\n").ruled()
    for count in (3, 4):
        several = a9.app("import requests\n", None, a9.PLAIN)
        for number in range(count):
            several.says(f"requirements{number}.txt", "fastapi\n")
        yield f"{count} manifests", several.ruled()
    for count in (10, 11):
        yield f"no manifest, {count} names", a9.app("".join(f"import m{n}\n" for n in range(count)), None, a9.PLAIN).ruled()
    yield "a link that leads elsewhere", whole(a9.linked("app/impl.py", "/elsewhere/impl.py"))
    yield "the manifest that forge.json names is not there", a9.app("import requests\n", None).ruled()
    yield "manifests that cannot be believed", a9.app("import requests\n").says("requirements.txt", Unreadable("is a FIFO")).ruled()
    yield "forge.json that cannot be believed", a9.app("import requests\n", forge="{\n  oops").ruled()
    yield "a file without facts", whole(replace(a9.app("import os\n").snapshot(), sources={}))
    yield "a famous name", a9.Repository().changes("requests.py", "x = 1\n").changes("app/a.py", "import requests\n").ruled()
    yield "other languages", a9.Repository().changes("web/a.rb", "x\n").changes("web/b.rs", "x\n").ruled()
    yield "other languages beside Python", a9.app("import os\n").changes("web/a.rb", "x\n").ruled()
    script = a9.app("import os\n").changes("web/b.ts", "import x from 'x'\n").snapshot()
    both = {**script.sources, RepoPath("web/b.ts"): SourceFacts(imports=())}
    yield "two languages", whole(replace(script, sources=both))
    yield "a folder that nobody judges", a9.app("import node_modules.evil\nfrom .venv import x\nimport __pycache__.y\n").ruled()


def whole(made: Snapshot) -> Ruling:
    """The ruling of A9, which is no fault here."""
    ruling = a9.judge(made)
    assert isinstance(ruling, Ruling)
    return ruling


def secret_rulings() -> Iterator[tuple[str, Ruling]]:
    yield "a token", w1.ruled(b"old\n" + w1.LINE)
    yield "an assignment", w1.ruled(b'old\npassword = "kJ8#mQ2$vX9zLp4w"\n')
    yield "a token that the operator knows", w1.ruled(b"old\n" + w1.LINE, fingerprints=(f"sha256:{digest16(w1.VALUE)}",))
    yield "a file that was not read", w1.ruled(None)
    yield "HEAD that was not read", w1.ruled(w1.LINE, None)
    yield "more tokens than are named", w1.ruled(w1.LINE * 120)


def ledger_rulings() -> Iterator[tuple[str, Ruling]]:
    for condition in LedgerCondition:
        for count in (1, 2):
            yield (
                f"{condition.value} ({count})",
                w2_ledger.judge(snapshot(ledger=LedgerFacts(condition, count, "line 7" if count == 2 else ""))),
            )


def route_rulings() -> Iterator[tuple[str, Ruling]]:
    one = {w3.APP: w3.code("GET /users")}
    yield "both directions", w3.audited(w3.contract("GET /gone"), one)
    yield "absent", w3.audited(Absent(), one)
    yield "removed", w3.audited(Absent(), one, w3.contract("GET /users"))
    yield "unreadable", w3.audited(Unreadable("is a FIFO"), one, w3.contract("GET /users"))
    yield "not strict", w3.audited(b"paths:\n  /users:\n    get:\n    get:\n", one)
    yield "taken out", w3.audited(w3.contract("GET /users"), one, w3.contract("GET /users", "GET /never"))
    yield "much taken out", w3.audited(w3.contract("GET /users"), one, w3.contract("GET /users", *(f"GET /n{n}" for n in range(9))))
    yield "not a constant", w3.audited(w3.contract("GET /users"), {w3.APP: w3.code("GET /users") + "@router.get(PATH)\ndef g(): ...\n"})
    yield "no Python", w3.audited(w3.contract("GET /users"), {})
    forge = {w3.PLACE: w3.contract("GET /users"), RepoPath("forge.json"): b'{"backend": {"language": "' + b"x" * 50 + b'"}}'}
    yield "another language", w3.audited(w3.contract("GET /users"), {}, documents=forge)
    yield "a contract that cannot be read, and no routes", w3.audited(Unreadable("is a FIFO"), {}, Absent())
    yield "a new contract", w3.audited(w3.contract("GET /users"), one, Absent())
    yield "eight taken out", w3.audited(w3.contract("GET /users"), one, w3.contract("GET /users", *(f"GET /n{n}" for n in range(8))))
    yield "no routes", w3.audited(b"paths:\n", {})


def further_rulings() -> Iterator[tuple[str, Ruling]]:
    yield "boot: nothing asked", xb.audited(None, None, asked=False)
    yield "boot: none", xb.audited(None, None)
    yield "boot: not yet", xb.audited(None, None, phase="Phase 0")
    yield "boot: unchanged", xb.audited("x\n", "x\n")
    yield "boot: bad", xb.audited(None, "pip install x\npython -m venv .venv\n")
    yield "churn", xc.audited(("a.py", "x=1\n", "x = 1\n"), ("b.py", "a\n" * 120, "b\n" * 120))
    yield "deps: no directive", xd.audited(None, ("requirements.txt", "a\n", "a\n"))
    yield "deps: first", xd.audited("do it", ("requirements.txt", None, "a\n"))
    yield "deps: new", xd.audited("do it", ("requirements.txt", xd.OLD, f"{xd.OLD}httpx==0.27\n"))
    yield "deps: named by this cycle", xd.audited("use `httpx`", ("requirements.txt", xd.OLD, f"{xd.OLD}httpx==0.27\n"), earlier="do it")
    yield "docs: none", xu.audited(None)
    yield "docs: not yet", xu.audited(None, "Phase 0")
    yield "docs: no plan", xu.audited(None, plan=b"")
    yield "docs: gaps", xu.audited(xu.instructions(Run="", Stop="TODO").replace("## Install", "## Else"))
    yield "layout: a file", xl.audited("Forge/app.py", None, "x = 1\n")
    yield "layout: an import", xl.audited("app/a.py", None, "import Forge.scripts.x\nopen('Forge/Contracts/x.json')\n")
    yield "layout: no folder", xl.audited("app/a.py", None, "x\n", places=xl.ROOT)
    yield "physics: new routes", xr.audited((xr.APP, None, xr.code("POST /users", "GET /a/{b}/c/{d}")))
    yield "physics: none new", xr.audited((xr.APP, None, xr.code("GET /users")))
    yield "physics: no handlers", xr.audited(("a.py", None, "x\n"))
    yield "physics: no contract", xr.audited((xr.APP, None, xr.code("POST /users")), contract=Absent())
    yield "ps1: no mark", xp.audited(None, b"Write-Host\n")
    yield "ps1: no mark before", xp.audited(b"Write-Host\n", b"Write-Host 1\n")
    yield "ps1: characters", xp.audited(None, xp.BOM + "a\näöüÄÖÜß\n".encode())
    yield "ps1: none", xp.audited(None, b"x\n", "a.py")
    yield "schema: gap", xm.audited("Phase 0")
    yield "schema: not now", xm.audited("Phase 1")
    yield "schema: changed", xm.audited("Phase 1", base="# x\n")
    yield "schema: absent", xm.audited("Phase 0", Unreadable("is a FIFO"))
    yield "schema: no table", xm.audited("Phase 0", "# x\n")
    yield "silence", xs.audited(("a.py", "x = 1\n", "x = 1  # type: ignore\n"))
    yield "tests: none of a change", xt.audited(("app/a.py", None, xt.NEW))
    yield "tests: none at all", x_tests.judge(snapshot(**written(("app/a.py", None, xt.NEW))))
    named = {RepoPath("forge.json"): b'{"backend": {"test_dir": "checks"}}'}
    yield "tests: not collected", xt.audited(("tests/test_new.py", None, xt.TEST), documents=named)
    yield "tests: a shortened log", xt.audited(("Forge/evidence/test_runs.md", "a\nb\n", "b\n"))
    yield "tests: a removed log", xt.audited(("Forge/evidence/test_runs.md", "a\nb\n", None))


PARTS: dict[str, Callable[[], Iterator[tuple[str, Ruling]]]] = {
    "A1": scope_rulings,
    "A2": rename_rulings,
    "A3": evidence_rulings,
    "A4": boundary_rulings,
    "A5": difflog_rulings,
    "A6": history_rulings,
    "A7": order_rulings,
    "A8": record_rulings,
    "A9": dependency_rulings,
    "W1": secret_rulings,
    "W2": ledger_rulings,
    "W3": route_rulings,
    "X": further_rulings,
}


def row(kind: str, found: Finding) -> str:
    return f"{kind} {found.code} {found.path!r}:{found.line} {found.message!r} expected {found.expected!r} actual {found.actual!r}"


def shown(kind: str, rows: tuple[Finding, ...]) -> list[str]:
    """Every row; of a great many the first and the last."""
    lines = [row(kind, found) for found in rows]
    return lines if len(lines) <= SHOWN else [*lines[:2], f"... {len(lines) - 4} more", *lines[-2:]]


def told(check: str) -> str:
    """Every ruling of a check."""
    lines = [f"# {check}"]
    for name, ruling in PARTS[check]():
        lines.append(f"## {name}")
        lines.append(f"basis {ruling.basis!r}{'' if ruling.applicable else ', does not apply'}")
        lines += [*shown("finding", ruling.findings), *shown("note", ruling.notes)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("check", PARTS)
def test_a_check_says_what_it_said_word_for_word(check: str) -> None:
    parts = re.findall(r"^# .*\n(?:(?!# ).*\n)*", GOLDEN.read_text("utf-8"), re.MULTILINE)
    assert told(check) == parts[list(PARTS).index(check)]


if __name__ == "__main__":
    GOLDEN.write_text("".join(map(told, PARTS)), "utf-8")
