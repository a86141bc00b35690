"""A failing cycle is finished from the JSON of its audits alone: by a program, through the real engine, over a real repository."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from forgewatch.core.audit_document import audit_document
from forgewatch.core.codes import DOCS, check_of
from forgewatch.core.events import Recorded
from forgewatch.core.places import FORGE
from forgewatch.core.record_entry import EntryRules, entry_of_report
from forgewatch.core.record_fold import fold
from forgewatch.core.record_state import RecordState
from forgewatch.core.settings import Profile
from forgewatch.core.snapshot import RecordHistory
from tests.core.test_audit_document import SCHEMA
from tests.support.answers import digest, envelope
from tests.support.builder import Builder
from tests.support.inside import Inside, inside_of
from tests.support.installed import Installed
from tests.support.mender import Mender, Mind, mindless

RULES = EntryRules(places=FORGE, docs=DOCS)
VALID = Draft202012Validator(SCHEMA)
LOG = "Forge/evidence/diff_log.md"
RULED = "Forge/Contracts/boundaries.json"
ROUTER = "app/api/routers/users.py"
SECRET = 'DB_PASSWORD = "tR7#kQ2!vX9zLm4WpB1y"\n'


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that every case begins with a copy of: making one is half of a case's time."""
    top = tmp_path_factory.mktemp("template") / "repository"
    return Builder.with_repository(top).root


@pytest.fixture
def inside(template: Path, tmp_path: Path) -> Iterator[Inside]:
    shutil.copytree(template, tmp_path / "repository", symlinks=True)
    builder = Builder(tmp_path / "repository")
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    with inside_of(tmp_path, builder) as rig:
        yield rig


def runs(root: Path) -> Callable[[Path], None]:
    """The runner of the project: it fails while a source says BUG, and writes its record by what it saw, with the time of the run."""
    minutes = count(1)

    def run(record: Path) -> None:
        broken = any("BUG" in path.read_text("utf-8", "replace") for path in root.glob("app/**/*.py"))
        status, start = "FAIL" if broken else "PASS", f"2026-11-20T11:{next(minutes):02}:00Z"
        Builder(root).record(f"Status: {status}", body=f"pytest exit: {int(broken)}\n", start=start)
        assert record.is_file()

    return run


@dataclass
class Recording:
    """Audits of one phase, as the daemon records them: each knows what came before it."""

    inside: Inside
    profile: Profile = Profile.DEV
    state: RecordState = field(default_factory=RecordState)
    seq: int = 0

    def audit(self, command: str) -> dict[str, Any]:
        """Do what the command of a step does, and return what `--json` prints."""
        suffix = f" --profile {self.profile}" if self.profile is not Profile.DEV and self.seq else ""
        assert command == f"forgewatch audit{suffix}"
        report = self.inside.report(profile=self.profile, record_history=RecordHistory(seen=self.state.record_trees))
        recorded = Recorded(seq=self.seq, leaf=digest(f"{self.seq}"), event=entry_of_report(self.state, report, None, envelope(), RULES))
        self.state, self.seq = fold(self.state, recorded), self.seq + 1
        document: dict[str, Any] = audit_document(recorded, str(self.inside.builder.root), DOCS, FORGE)
        VALID.validate(document)
        return document


def failed(document: dict[str, Any]) -> set[str]:
    return {step["code"] for step in document["fix_plan"]}


Spoils = Callable[[Builder], object]


def log(builder: Builder, **parts: Any) -> str:
    return builder.difflog("COMPLETE", **parts)


def spoiled_log(old: str, new: str) -> Spoils:
    def spoil(builder: Builder) -> None:
        text = log(builder)
        assert old in text
        builder.writes_log(text.replace(old, new))

    return spoil


def adds(path: str, text: str | bytes, *, claimed: bool = True) -> Spoils:
    return lambda builder: builder.write(path, text).claims("app/a.py", *([path] if claimed else [])).completes()


def renames(builder: Builder, new: str = "x = 1\n", *, staged: bool = False) -> None:
    if staged:
        builder.git("checkout", "-q", "--", "app/a.py")
        builder.git("mv", "app/a.py", "app/b.py")
    else:
        builder.delete("app/a.py").write("app/b.py", new)
    builder.claims("app/a.py", "app/b.py").completes()


def renames_long(builder: Builder) -> None:
    lines = "".join(f"y{n} = {n}\n" for n in range(20))
    renames(builder.write("tests/test_a.py", lines), "")
    builder.write("app/b.py", b"").delete("app/b.py").git("checkout", "-q", "--", "app/a.py")
    builder.git("checkout", "-q", "--", "tests/test_a.py")
    text = (builder.root / ROUTER).read_text()
    builder.delete(ROUTER).write("app/api/routers/people.py", text + "\n\nLIMIT = 5\n")
    builder.claims(ROUTER, "app/api/routers/people.py").completes()


def flags(builder: Builder) -> None:
    builder.write(ROUTER, (builder.root / ROUTER).read_text() + "\nLIMIT = 5\n")
    builder.git("update-index", "--assume-unchanged", ROUTER)


def hides(builder: Builder) -> None:
    builder.write(".gitignore", "app/hidden.py\n").write("app/hidden.py", "y = 1\n").claims("app/a.py", ".gitignore").completes()


def pipes(builder: Builder) -> None:
    os.mkfifo(builder.root / "app/pipe")


def excuses(builder: Builder) -> None:
    text = (builder.root / RULED).read_text()
    excuse = '{"known_violations": [{"layer": "routers", "file": "' + ROUTER + '", "pattern": "asyncpg"}], '
    builder.write(RULED, excuse + text.lstrip("{")).write(ROUTER, (builder.root / ROUTER).read_text() + "import asyncpg\n")
    builder.write("requirements.txt", "fastapi==0.110\nasyncpg\n").claims("app/a.py", RULED, ROUTER, "requirements.txt").completes()


def rewrites_rules(root: Path, told: str) -> bool:
    path = root / RULED
    path.write_text('{"layers"' + path.read_text().partition('"layers"')[2])
    return "known_violations" in told


def links(builder: Builder) -> None:
    (builder.root / "app/impl.py").symlink_to("../node_modules/impl.py")
    builder.claims("app/a.py", "app/impl.py").completes()


def forgets_the_manifest(builder: Builder) -> None:
    builder.delete("requirements.txt").write("app/a.py", "import requests\n").claims("app/a.py", "requirements.txt").completes()


def saves_as_utf8(root: Path, told: str) -> bool:
    path = root / LOG
    path.write_text(path.read_bytes().decode("cp1252"))
    return "UTF-8" in told


def corrects(root: Path, told: str) -> bool:
    path = root / "app/a.py"
    path.write_text(path.read_text().replace("BUG", "fine"))
    return told.startswith(("mend what fail", "run the tests until"))


def bugs(builder: Builder) -> None:
    builder.write("app/a.py", "x = 'BUG'\n").record("Status: FAIL", body="pytest exit: 1\n").completes()


def fails_a_step(builder: Builder) -> None:
    builder.write("app/a.py", "x = 'BUG'\n")
    builder.writes_log(log(builder).replace("- Behavior: PASS 12 tests", "- Behavior: FAIL two scenarios"))


def looks_alike(builder: Builder) -> None:
    builder.write("app/caf\u00e9.py", "y = 1\n").claims("app/a.py", "app/cafe\u0301.py").completes()


def globs(builder: Builder) -> None:
    builder.write(RULED, (builder.root / RULED).read_text().replace('"asyncpg"', '"**/repos/*"')).claims("app/a.py", RULED).completes()


def rewrites_a_pattern(root: Path, told: str) -> bool:
    (root / RULED).write_text((root / RULED).read_text().replace("**/repos/*", "asyncpg"))
    return told.startswith("rewrite the pattern")


def takes_a_name(builder: Builder) -> None:
    builder.write("requests.py", "y = 1\n").write("app/a.py", "import requests\n").claims("app/a.py", "requests.py").completes()


CASES: dict[str, tuple[Spoils, set[str], Mind]] = {
    "unclaimed": (adds("app/b.py", "y = 1\n", claimed=False), {"A101"}, mindless),
    "unclaimed and nameless": (adds("app/b\n.py", "y = 1\n", claimed=False), {"A101"}, mindless),
    "unclaimed with a secret": (adds("app/keys.py", SECRET, claimed=False), {"A101"}, mindless),
    "unclaimed deletion": (lambda builder: builder.delete("tests/test_a.py"), {"A101"}, mindless),
    "phantom": (lambda builder: builder.claims("app/a.py", "app/none.py").completes(), {"A102"}, mindless),
    "phantom beside another": (spoiled_log("- app/a.py\n", "- `app/a.py`, `app/none.py`\n"), {"A102"}, mindless),
    "phantom contract": (lambda builder: builder.claims("app/a.py", "Contracts\\none.md").completes(), {"A102"}, mindless),
    "another case": (lambda builder: builder.claims("app/A.py").completes(), {"A101", "A102"}, mindless),
    "folder": (lambda builder: builder.claims("app/").completes(), {"A101", "A103"}, mindless),
    "prose": (lambda builder: builder.claims("app/a.py", "various test files").completes(), {"A103"}, mindless),
    "pipe": (pipes, {"A104"}, mindless),
    "hidden by a rule": (hides, {"A105"}, mindless),
    "look-alike": (looks_alike, {"A101", "A106"}, mindless),
    "nothing but a glob": (globs, {"A403"}, rewrites_a_pattern),
    "famous name": (takes_a_name, {"A907"}, mindless),
    "no claim": (spoiled_log("## Files Changed (staged)\n- app/a.py\n", ""), {"A101", "A107", "A503"}, mindless),
    "flagged": (flags, {"A101", "A108"}, mindless),
    "renamed": (renames, {"A201"}, mindless),
    "renamed in the index": (lambda builder: renames(builder, staged=True), {"A201"}, mindless),
    "renamed and edited": (renames_long, {"A201"}, mindless),
    "no record": (lambda builder: builder.delete("Forge/evidence/test_runs_latest.md"), {"A301", "A801"}, mindless),
    "no log": (lambda builder: builder.delete(LOG), {"A101", "A107", "A302", "A502", "A700"}, mindless),
    "two statuses": (
        spoiled_log("- Status: COMPLETE\n", "- Status: COMPLETE\n- Status: BLOCKED\n"),
        {"A101", "A107", "A302", "A502", "A700"},
        mindless,
    ),
    "failing tests": (bugs, {"A303", "A802", "A803"}, corrects),
    "cp1252": (lambda builder: builder.writes_log(log(builder, summary="- caf\u00e9").encode("cp1252")), {"A304"}, saves_as_utf8),
    "rules emptied": (lambda builder: adds(RULED, '{"layers": []}')(builder), {"A401"}, mindless),
    "excused": (excuses, {"A402", "A404"}, rewrites_rules),
    "forbidden": (adds(ROUTER, "import os\nimport asyncpg\n"), {"A404", "A901"}, mindless),
    "not UTF-8": (adds(ROUTER, b"# -*- coding: utf-7 -*-\nx = 1\n"), {"A405"}, mindless),
    "placeholder": (spoiled_log("## Notes (optional)\n- None", "## Notes (optional)\n- TODO: say"), {"A501"}, mindless),
    "empty notes": (spoiled_log("## Next Steps\n- None", "## Next Steps\n"), {"A503"}, mindless),
    "no verification": (spoiled_log("## Verification\n", "## Checks\n"), {"A503", "A700"}, mindless),
    "no label": (spoiled_log("- Runtime: PASS boots\n", ""), {"A701"}, mindless),
    "order": (spoiled_log("- Static: PASS compileall\n- Runtime: PASS boots", "- Runtime: PASS boots\n- Static: PASS"), {"A702"}, mindless),
    "failed step": (fails_a_step, {"A703"}, corrects),
    "more than the status": (lambda builder: builder.record("Status: PASS (3 passed)"), {"A802"}, corrects),
    "stale record": (lambda builder: builder.record(head="0" * 40), {"A804"}, mindless),
    "no test ran": (lambda builder: builder.record(body="pytest exit: 0\n0 passed\n"), {"A806"}, lambda _, told: "at least one" in told),
    "undeclared": (adds("app/a.py", "import requests\n"), {"A901"}, mindless),
    "no manifest": (forgets_the_manifest, {"A902"}, lambda root, told: bool((root / "requirements.txt").write_text("")) or "write" in told),
    "broken manifest": (adds("requirements.txt", "fastapi==0.110\n-r gone.txt\n"), {"A903"}, mindless),
    "too many dots": (adds("app/a.py", "from ..... import x\n"), {"A904"}, mindless),
    "syntax": (adds("app/a.py", "x = 1\ndef f(:\n"), {"A905"}, mindless),
    "link": (links, {"A910"}, mindless),
    "never judged": (adds("app/a.py", "from app.__pycache__ import b\n"), {"A916"}, mindless),
}


def test_the_cases_are_of_every_check_and_of_every_kind_of_operation() -> None:
    assert {check_of(code) for _, codes, _ in CASES.values() for code in codes} == {f"A{n}" for n in range(1, 10) if n != 6}


@pytest.mark.req("S002-10.3-2")
@pytest.mark.parametrize("case", CASES)
def test_a_program_that_knows_only_the_json_finishes_the_cycle(case: str, inside: Inside) -> None:
    spoil, codes, mind = CASES[case]
    spoil(inside.builder)
    root = inside.builder.root
    documents = Mender(root, Recording(inside).audit, runs(root), mind).finish()
    assert codes <= failed(documents[0]), failed(documents[0])
    assert (documents[-1]["outcome"], documents[-1]["next_action"]) == ("PASS", "proceed"), documents[-1]["fix_plan"]
    assert len(documents) <= 3


def marks(root: Path, told: str) -> bool:
    path = root / "run.ps1"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    return "byte order mark" in told


def depends(builder: Builder) -> None:
    builder.write("requirements.txt", "fastapi==0.110\nhttpx==0.27\n").write("Forge/Contracts/directive.md", "# Directive\n\nBuild.\n")
    builder.claims("app/a.py", "requirements.txt", "Forge/Contracts/directive.md").completes()


STRICTER: dict[str, tuple[Spoils, set[str], Mind]] = {
    "character": (adds("run.ps1", b"\xef\xbb\xbfexit 0\nWrite-Host 'a \xe2\x80\x94 b'\n"), {"XP02"}, mindless),
    "governance imported": (adds("app/a.py", "x = 1\nfrom Forge.scripts.tools import x\n"), {"XL02"}, mindless),
    "secret": (adds("app/keys.py", "y = 1\n" + SECRET), {"W102"}, mindless),
    "no mark": (adds("run.ps1", "exit 0\n"), {"XP01"}, marks),
    "in the governance folder": (adds("Forge/app/prices.py", "y = 1\n"), {"XL01"}, mindless),
    "unasked dependency": (depends, {"XD01"}, mindless),
    "undeclared route": (
        lambda builder: adds(ROUTER, (builder.root / ROUTER).read_text().replace("@", "@router.post('/users/import')\n@"))(builder),
        {"XR01"},
        mindless,
    ),
}


@pytest.mark.parametrize("case", STRICTER)
def test_what_only_a_stricter_profile_fails_is_mended_and_verified_as_strictly(case: str, inside: Inside) -> None:
    spoil, codes, mind = STRICTER[case]
    spoil(inside.builder)
    root = inside.builder.root
    documents = Mender(root, Recording(inside, Profile.CI).audit, runs(root), mind).finish()
    assert codes <= failed(documents[0]), failed(documents[0])
    assert documents[-1]["outcome"] == "PASS", documents[-1]["fix_plan"]


ODD = (
    "none",
    "(none)",
    "x",
    "Makefile",
    "a b.py",
    "two words",
    "a[1].py",
    "{a,b}.py",
    "*.py",
    "a...b",
    "a:12",
    "<x>.py",
    "[x] a",
    "caf\u00e9",
)


def test_whatever_a_file_is_called_it_is_claimed_or_removed_at_once(inside: Inside) -> None:
    for name in ODD:
        inside.builder.write(name, f"{name}\n")
    documents = Mender(inside.builder.root, Recording(inside).audit, runs(inside.builder.root)).finish()
    assert [one["outcome"] for one in documents] == ["FAIL", "PASS"], documents[1]["fix_plan"]


def test_a_secret_is_never_claimed_to_pass(inside: Inside) -> None:
    CASES["unclaimed with a secret"][0](inside.builder)
    (step,) = Recording(inside).audit("forgewatch audit")["fix_plan"]
    assert [op["op"] for way in step["ways"] for op in way["ops"]] == ["restore", "sync_claim", "test"]
    assert step["action"] == "remove app/keys.py, or take out what looks like a secret before it is claimed"


def test_a_commit_that_nobody_authorized_is_taken_back_by_who_made_it_or_adopted_by_the_operator(inside: Inside) -> None:
    inside.builder.write("app/a.py", "x = 3\n").claims("app/a.py").commit("early").record().completes()
    before = inside.builder.git("rev-parse", "HEAD~1").strip()
    documents = Mender(inside.builder.root, Recording(inside).audit, runs(inside.builder.root)).finish()
    first = documents[0]
    assert ("A602" in failed(first), first["next_action"], first["stop"]) == (True, "fix_and_recomplete", "CONTRACT_CONFLICT")
    (step,) = [step for step in first["fix_plan"] if step["code"] == "A602"]
    assert [(way["by"], [op["op"] for op in way["ops"]]) for way in step["ways"]] == [
        ("builder", ["uncommit", "test"]),
        ("operator", ["ask"]),
    ]
    assert (step["ways"][0]["ops"][0]["commit"], "forgewatch ledger adopt" in step["action"]) == (before, True)
    assert [one["outcome"] for one in documents] == ["FAIL", "FAIL", "PASS"], documents[1]["fix_plan"]


def test_a_file_whose_name_json_cannot_say_is_shown_to_a_person(inside: Inside) -> None:
    inside.builder.write("app/cafe\u0301.py", "y = 1\n")
    mender = Mender(inside.builder.root, Recording(inside).audit, runs(inside.builder.root))
    (document,) = mender.finish()
    assert document["next_action"] == "fix_and_recomplete"
    assert mender.asked == ["claim or remove app/cafe\\u0301.py"]


@pytest.mark.req("S002-10.3-6")
def test_after_the_third_fail_a_program_stops_and_a_person_is_needed(inside: Inside) -> None:
    bugs(inside.builder)
    documents = Mender(inside.builder.root, Recording(inside).audit, runs(inside.builder.root), lambda _, __: True).finish()
    told = [(one["next_action"], one["stop"], one["iterations_left"]) for one in documents]
    assert told == [
        ("fix_and_recomplete", "EVIDENCE_MISSING", 2),
        ("fix_and_recomplete", "EVIDENCE_MISSING", 1),
        ("halt_for_operator", "RISK_EXCEEDS_SCOPE", 0),
    ]
    assert [one["stop_report"] for one in documents] == [
        None,
        None,
        "AEM audit loop exceeded 3 iterations without full PASS. Manual review required.",
    ]
    assert [{(step["iteration"], step["limit"], step["stop"]) for step in one["fix_plan"]} for one in documents] == [
        {(number, 3, "EVIDENCE_MISSING")} for number in (1, 2, 3)
    ]


def test_the_same_program_finishes_by_the_installed_command(builder: Builder, installed: Installed) -> None:
    assert installed.audit()[0] in (0, 1)
    builder.write("backdoor.py", "import requests\n").delete("tests/test_a.py").write("app/a.py", "x = 2\n").record(head="0" * 40)
    builder.writes_log(log(builder.claims("app/a.py", "app/none.py"), verification="- Contract: PASS\n- Static: PASS"))

    def audit(command: str) -> dict[str, Any]:
        document = installed.audit(*command.split()[2:])[1]
        VALID.validate(document)
        return document

    documents = Mender(builder.root, audit, runs(builder.root)).finish()
    assert failed(documents[0]) == {"A101", "A102", "A701", "A702", "A804", "A901"}
    assert [one["outcome"] for one in documents] == ["FAIL", "PASS"]
