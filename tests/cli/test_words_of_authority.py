"""`signoff`, `authorize`, `unblock`, `dispute`: what they print for people and programs, whom they obey, what they leave in the record."""

from __future__ import annotations

import json
import os
import pty
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.state_folder import folder_of
from forgewatch.core.authority_events import (
    AuditDisputed,
    AuthorityRefused,
    AuthorizationGranted,
    CommitPushed,
    CommitUnaudited,
    PhaseUnblocked,
    StandingGranted,
)
from forgewatch.core.authority_request import SignedRequest, parse_signed_request
from forgewatch.core.events import AuditRecorded, Event
from tests.cli.conftest import valid
from tests.support.builder import Builder
from tests.support.installed import COMMAND, Installed, codes
from tests.support.ssh import allowed, make_key, public_blob, ssh_sign

DIRECTIVE = "Forge/Contracts/directive.md"
PLAN = "# Phases\n\n## Phase 1 -- Things\n\n## Phase 2 -- More\n"
AUTO = "# Directive\n\nAEM: enabled\nAuto-authorize: enabled\n"


class Project:
    """A governed repository under AEM, audited by commands; no daemon runs."""

    def __init__(self, builder: Builder, installed: Installed) -> None:
        self.builder, self.installed = builder, installed
        self.second = 0
        self.config: tuple[str, ...] = ()

    def begin(self, directive: str = "# Directive\n\nAEM: enabled\n", plan: str = PLAN) -> Project:
        """Commit directive and plan before the first contact."""
        self.builder.write(DIRECTIVE, directive).write("Forge/Contracts/phases.md", plan).commit("directive")
        return self

    def audits(self, text: str = "x = 2\n", *, stray: str = "", phase: str = "Phase 1 -- Things") -> int:
        """Do one cycle and audit it; return the exit status."""
        self.second += 1
        self.builder.claims("app/a.py").write("app/a.py", text)
        if stray:
            self.builder.write(stray, "y = 1\n")
        self.builder.record(start=f"2026-11-20T10:00:{self.second:02d}Z").completes(phase=phase)
        return self.installed.run("audit", *self.config).returncode

    def says(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command as it is."""
        return self.installed.run(*words, *self.config)

    def tells(self, schema: str, *words: str, status: int = 0) -> dict[str, Any]:
        """Run a command with --json and return its document, checked against its schema."""
        run = self.says(*words, "--json")
        assert (run.returncode, run.stderr) == (status, ""), run.stdout + run.stderr
        assert run.stdout.count("\n") == 1
        return valid(schema, run.stdout)

    def authorize(self, *words: str, status: int = 0) -> dict[str, Any]:
        return self.tells("authorize-v1", "authorize", "--yes", *words, status=status)

    def events(self, *kinds: type) -> list[Event]:
        folder = folder_of(Path(self.installed.environment["FORGEWATCH_STATE_DIR"]), self.builder.root)
        return [recorded.event for recorded in FileJournal(folder).read() if isinstance(recorded.event, kinds)]

    def signers(self, tier: int = 0, **keys: Path) -> Project:
        """Let these keys sign, and want this tier for AUTHORIZED."""
        path = self.installed.top / "signers"
        path.write_text(allowed({name: public_blob(key) for name, key in keys.items()}, 'namespaces="forgewatch@v1"'))
        path.chmod(0o644)
        return self.configured(f"authority: {{allowed_signers: {path}, tiers: {{AUTHORIZED: {tier}, STANDING: 1}}, builders: [bot]}}\n")

    def configured(self, text: str) -> Project:
        config = self.installed.top / "forgewatch.yaml"
        config.write_text(text)
        self.config = ("--config", str(config))
        return self


@pytest.fixture
def project(builder: Builder, installed: Installed) -> Project:
    return Project(builder, installed)


def requested(place: Path) -> bytes:
    """Return the canonical bytes that a request file holds."""
    signed = parse_signed_request(place.read_bytes())
    assert isinstance(signed, SignedRequest)
    return signed.request


def refused(document: dict[str, Any]) -> tuple[str, str]:
    """Return the field that disagreed and what was found; every other key but schema and repository tells of nothing."""
    assert document["refused"] is not None
    return document["refused"]["field"], document["refused"]["actual"]


def refused_hint(document: dict[str, Any]) -> str:
    hint = document["refused"]["hint"]
    assert isinstance(hint, str)
    return hint


def on_terminal(project: Project, typed: bytes, *args: str) -> tuple[int, str]:
    """Run a command with a terminal in front of it, type the answer, return status and what the terminal showed."""
    front, back = pty.openpty()
    try:
        process = subprocess.Popen(
            [str(COMMAND), *args], cwd=project.installed.root, env=project.installed.environment, stdin=back, stdout=back, stderr=back
        )
        os.write(front, typed)
        status = process.wait(60)
        os.close(back)
        shown = b""
        try:
            while piece := os.read(front, 65536):
                shown += piece
        except OSError:
            pass
        return status, shown.decode()
    finally:
        os.close(front)


# signoff


@pytest.mark.req("S002-10.2-1")
def test_without_an_audit_that_passed_there_is_no_block(project: Project) -> None:
    project.begin()
    run = project.says("signoff")
    assert (run.returncode, "PHASE SIGN-OFF" in run.stdout) == (1, False)
    assert run.stdout.splitlines()[:3] == [
        "refused: SIGN-OFF",
        "  entry: expected an audit that passed",
        "         found    none is recorded",
    ]
    document = project.tells("signoff-v1", "signoff", status=1)
    assert refused(document) == ("entry", "none is recorded")
    assert (document["block"], document["signed_off"], document["commit"], document["complete"]) == (None, None, None, False)
    # The same word refused for the same reason right behind itself is one refusal.
    assert len(project.events(AuthorityRefused)) == 1


@pytest.mark.req("S002-10.4-2")
def test_a_claim_that_git_does_not_know_gives_no_block(project: Project) -> None:
    project.begin()
    project.builder.claims("app/a.py", "app/invented.py").write("app/a.py", "x = 2\n").record().completes()
    status, document = project.installed.audit()
    assert (status, "A102" in codes(document)) == (1, True)
    assert refused(project.tells("signoff-v1", "signoff", status=1)) == ("outcome", "FAIL in entry 1")


def test_the_block_of_a_pass_is_printed_and_its_entry_made_once(project: Project) -> None:
    project.begin("# Directive\n\nAEM: disabled\n")
    assert project.audits() == 0
    first = project.tells("signoff-v1", "signoff")
    assert first["block"].startswith("=== PHASE SIGN-OFF: PASS ===\nPhase:               Phase 1 -- Things\n")
    assert first["block"].endswith(
        'ACTION REQUIRED: HALT. Awaiting user token "AUTHORIZED" before commit/push.\n=== END PHASE SIGN-OFF ==='
    )
    assert (first["signed_off"], first["refused"]) == (2, None)
    again = project.says("signoff")
    assert (again.returncode, again.stdout) == (0, first["block"] + "\n")
    assert project.tells("signoff-v1", "signoff")["signed_off"] is None
    assert project.installed.outcomes == ["PASS", "SIGNED-OFF (awaiting AUTHORIZED)"]


@pytest.mark.req("S002-10.4-6")
def test_a_file_touched_after_the_sign_off_is_noticed_and_recorded(project: Project) -> None:
    project.begin()
    assert project.audits() == 0
    project.builder.write("app/a.py", "x = 666\n")
    assert refused(project.tells("signoff-v1", "signoff", status=1))[0] == "tree"
    assert refused(project.authorize(status=1))[0] == "tree"
    assert [event.field for event in project.events(AuthorityRefused) if isinstance(event, AuthorityRefused)] == ["tree", "tree"]
    assert "STOP" not in project.installed.ledger


@pytest.mark.req("S002-10.1-3")
@pytest.mark.req("S002-10.4-4")
def test_auto_commits_what_the_directive_lets_go_and_says_when_no_phase_is_left(project: Project) -> None:
    project.begin(AUTO)
    assert project.audits() == 0
    before = project.builder.head
    first = project.tells("signoff-v1", "signoff", "--auto")
    assert (first["commit"], first["complete"], first["pushed"]) == (project.builder.head, False, None)
    assert project.builder.git("rev-parse", "HEAD^") == before
    assert project.builder.git("log", "-1", "--format=%s") == "Phase 1 -- Things"
    assert project.audits("x = 3\n", phase="Phase 2 -- More") == 0
    last = project.says("signoff", "--auto", "--message", "the end: Phase 2")
    assert (last.returncode, last.stdout.splitlines()[-1]) == (0, "All phases complete.")
    assert project.builder.git("log", "-1", "--format=%s") == "the end: Phase 2"
    assert project.installed.outcomes.count("AUTO-AUTHORIZED (committed)") == 2
    assert project.builder.git("status", "--porcelain", "--", "app") == ""


@pytest.mark.req("S002-10.4-8")
@pytest.mark.parametrize("stray", ["", "stray.py"], ids=["the directive does not say so", "it says so and the audit failed"])
def test_auto_commits_nothing_where_the_directive_does_not_let_it_go(project: Project, stray: str) -> None:
    project.begin(AUTO if stray else "# Directive\n\nAEM: enabled\n")
    project.audits(stray=stray)
    before = project.builder.head
    document = project.tells("signoff-v1", "signoff", "--auto", status=1)
    assert refused(document)[0] == ("outcome" if stray else "directive")
    assert (document["block"] is None) is bool(stray)
    assert project.builder.head == before
    told = project.says("signoff", "--auto").stdout
    assert ("=== END PHASE SIGN-OFF ===" in told) is not bool(stray)
    assert "hint: " in told


def test_a_directive_that_came_with_the_change_lets_nothing_go(project: Project) -> None:
    project.begin()
    project.builder.write(DIRECTIVE, AUTO)
    project.builder.claims("app/a.py", DIRECTIVE).write("app/a.py", "x = 2\n").record().completes()
    assert project.installed.run("audit").returncode == 0
    document = project.tells("signoff-v1", "signoff", "--auto", status=1)
    assert refused(document) == ("directive", "it is new in this cycle, or off")
    assert project.events(AuthorizationGranted) == []


def test_auto_commits_on_commits_of_evidence_that_came_in_between(project: Project) -> None:
    project.begin(AUTO)
    assert project.audits() == 0
    project.builder.git("add", "Forge/evidence")
    project.builder.git("commit", "-q", "-m", "evidence")
    evidence = project.builder.head
    document = project.tells("signoff-v1", "signoff", "--auto")
    assert document["commit"] == project.builder.head != evidence
    assert project.builder.git("rev-parse", "HEAD^") == evidence
    assert project.installed.outcomes[-1] == "AUTO-AUTHORIZED (committed)"


# authorize


def ready(project: Project) -> Project:
    """Bring a project to its first sign-off."""
    project.begin()
    assert project.audits() == 0
    return project


@pytest.mark.req("S002-12-2")
def test_what_git_would_say_is_shown_before_anybody_is_asked(project: Project) -> None:
    ready(project)
    project.builder.write("app/new name\x1b[2J.py", "").git("add", "app/a.py")
    project.builder.delete("app/new name\x1b[2J.py")
    status, shown = on_terminal(project, b"no\n", "authorize")
    assert status == 2
    lines = shown.replace("\r", "").splitlines()
    asked = next(place for place, line in enumerate(lines) if line.startswith("Authorize the tree of entry 1, Phase 1 -- Things"))
    # The terminal echoes what is typed before the program has said anything.
    before = [line for line in lines[:asked] if line != "no"]
    staged = before.index("staged:")
    assert before[0] == "## main" and "M  app/a.py" in before[1:staged]
    assert before[staged + 1 :] == ["  app/a.py"]
    assert "not confirmed, nothing was done" in shown
    assert project.events(AuthorizationGranted) == []


@pytest.mark.req("S002-10.4-7")
def test_on_a_terminal_only_yes_is_yes(project: Project) -> None:
    ready(project)
    assert on_terminal(project, b"y\n", "authorize")[0] == 2
    assert project.events(AuthorizationGranted) == []
    status, shown = on_terminal(project, b"yes\n", "authorize")
    assert status == 0, shown
    (granted,) = project.events(AuthorizationGranted)
    assert isinstance(granted, AuthorizationGranted)
    assert (granted.means.value, granted.tier) == ("on a terminal", 0)


@pytest.mark.parametrize("words", [("authorize",), ("unblock", "--reason", "r")], ids=["authorize", "unblock"])
def test_without_a_terminal_and_without_consent_nothing_happens(project: Project, words: tuple[str, ...]) -> None:
    ready(project)
    run = project.says(*words, "--json")
    assert (run.returncode, run.stdout) == (2, "")
    assert "there is no terminal to ask on" in run.stderr and "add --yes, and --actor NAME" in run.stderr
    assert project.events(AuthorizationGranted, PhaseUnblocked) == []


def test_an_authorization_as_json_names_the_entry_and_what_is_there(project: Project) -> None:
    ready(project)
    document = project.authorize("--actor", "olga")
    (granted,) = project.events(AuthorizationGranted)
    assert isinstance(granted, AuthorizationGranted)
    assert (granted.actor, granted.means.value, document["authorized"]) == ("olga", "without a terminal, by --yes", 1)
    assert (document["commit"], document["pushed"], document["request"], document["staged"]) == (None, None, None, [])
    assert document["status"][0] == "## main" and " M app/a.py" in document["status"]
    assert document["entry"]["seq"] == 3
    assert refused(project.authorize(status=1)) == ("authorization", "one that was given in entry 3 and is not used yet")


def test_the_builders_commit_is_found_by_the_next_audit_and_is_no_unauthorized_one(project: Project) -> None:
    ready(project)
    project.authorize()
    project.builder.git("add", "app")
    project.builder.git("commit", "-q", "-m", "phase 1")
    commit = project.builder.head
    project.second += 1
    project.builder.claims("app/b.py").write("app/b.py", "y = 1\n").record(start="2026-11-20T11:00:00Z").completes(phase="Phase 2 -- More")
    # A dry run sees it as such too, and records nothing of it.
    status, document = project.installed.audit("--dry-run")
    assert (status, "A602" in codes(document)) == (0, False), codes(document)
    assert "AUTHORIZED (committed)" not in project.installed.ledger
    status, document = project.installed.audit()
    assert (status, "A602" in codes(document)) == (0, False), codes(document)
    assert f"Commit: {commit}\n" in project.installed.ledger
    assert project.events(CommitUnaudited) == []


def test_a_commit_that_is_there_already_is_found_by_the_word_for_it(project: Project) -> None:
    ready(project)
    project.builder.git("add", "app")
    project.builder.git("commit", "-q", "-m", "too early")
    document = project.authorize("--commit", "never used")
    assert document["commit"] == project.builder.head
    assert project.builder.git("log", "-1", "--format=%s") == "too early"
    assert len(project.events(CommitUnaudited)) == 1
    assert project.installed.outcomes[-1] == "AUTHORIZED (committed)"


def test_a_commit_is_made_on_evidence_that_was_committed_in_between(project: Project) -> None:
    ready(project)
    project.builder.git("add", "Forge/evidence")
    project.builder.git("commit", "-q", "-m", "evidence")
    evidence = project.builder.head
    project.builder.git("config", "user.name", "the repository's own idea")
    document = project.authorize("--commit", "phase 1\n\nwhy")
    assert document["commit"] == project.builder.head
    assert project.builder.git("log", "-1", "--format=%B") == "phase 1\n\nwhy"
    assert "idea" not in project.builder.git("log", "-1", "--format=%an %ae")
    assert project.builder.git("rev-parse", "HEAD^") == evidence
    assert project.builder.git("status", "--porcelain", "--", "app") == ""
    assert project.installed.outcomes[-1] == "AUTHORIZED (committed)"


@pytest.mark.req("S002-10.4-4")
@pytest.mark.parametrize(("reachable", "status"), [(True, 0), (False, 1)])
def test_a_commit_is_pushed_where_the_operator_says_and_how_it_went_is_recorded(project: Project, reachable: bool, status: int) -> None:
    remote = project.installed.top / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True, capture_output=True)
    ready(project)
    project.builder.git("checkout", "-q", "-b", "feature/\u202ename")
    there = remote if reachable else project.installed.top / "nowhere.git"
    project.configured(f"repositories:\n  - path: {project.builder.root}\n    push: file://{there}\n")
    run = project.says("authorize", "--yes", "--commit", "phase 1", "--json")
    assert run.returncode == status, run.stderr
    document = valid("authorize-v1", run.stdout)
    assert document["commit"] == project.builder.head
    (pushed,) = project.events(CommitPushed)
    assert isinstance(pushed, CommitPushed)
    assert (pushed.commit, bool(pushed.why)) == (project.builder.head, not reachable)
    assert document["pushed"].startswith("pushed to" if reachable else "not pushed: ")
    assert project.installed.outcomes[-1] == "AUTHORIZED (committed)"
    if reachable:
        told = subprocess.run(
            ["git", "-C", str(remote), "rev-parse", "refs/heads/feature/\u202ename"], capture_output=True, text=True, check=True
        )
        assert told.stdout.strip() == project.builder.head
    else:
        assert "push it by hand; it is committed and recorded" in run.stderr


def test_the_name_of_a_branch_cannot_move_the_cursor(project: Project) -> None:
    remote = project.installed.top / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True, capture_output=True)
    project.begin(AUTO)
    project.builder.git("checkout", "-q", "-b", "feature/\u202e\u009b2Jname")
    assert project.audits() == 0
    project.configured(f"repositories:\n  - path: {project.builder.root}\n    push: file://{remote}\n")
    run = project.says("signoff", "--auto")
    assert run.returncode == 0, run.stderr
    assert "pushed to" in run.stdout
    assert "\u202e" not in run.stdout and "\u009b" not in run.stdout
    assert project.audits("x = 3\n", phase="Phase 2 -- More") == 0
    told = project.says("authorize", "--yes", "--commit", "phase 2")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "\u202e" not in told.stdout and "\u009b" not in told.stdout


def test_a_request_is_written_once_signed_elsewhere_and_taken(project: Project) -> None:
    alice = make_key(project.installed.top / "alice")
    ready(project).signers(1, alice=alice)
    assert refused(project.authorize(status=1)) == ("tier", "T0: a word at the keyboard")
    place = project.installed.top / "request.json"
    document = project.authorize("--request", str(place))
    assert (document["request"], document["authorized"], document["entry"]) == (str(place), None, None)
    assert place.stat().st_mode & 0o777 == 0o600
    assert json.loads(requested(place))["action"] == "AUTHORIZED"
    again = project.says("authorize", "--request", str(place))
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    done = project.says("authorize", "--request", str(project.installed.top / "second.json"))
    shown, *told = done.stdout.splitlines()
    assert shown == requested(project.installed.top / "second.json").decode()
    assert any("written to " in line and "without a signature yet" in line for line in told)


def test_a_word_by_key_authorizes_at_the_tier_that_is_wanted(project: Project) -> None:
    alice = make_key(project.installed.top / "alice")
    ready(project).signers(1, alice=alice)
    document = project.authorize("--key", str(alice))
    assert document["authorized"] == 1
    (granted,) = project.events(AuthorizationGranted)
    assert isinstance(granted, AuthorizationGranted)
    assert (granted.tier, granted.principals, granted.actor) == (1, ("alice",), "")


def test_a_key_that_may_not_sign_is_refused_by_its_field_and_recorded(project: Project) -> None:
    alice, eve = make_key(project.installed.top / "alice"), make_key(project.installed.top / "eve")
    ready(project).signers(1, alice=alice)
    document = project.authorize("--key", str(eve), status=1)
    assert refused(document)[0] == "key"
    assert document["refused"]["hint"] == "let somebody sign whom allowed_signers names: forgewatch authorize --sign FILE --key KEY"
    assert project.events(AuthorizationGranted) == []


@pytest.mark.parametrize("words", [(), ("--standing", "--phases", "1", "--uses", "1")], ids=["authorize", "standing"])
def test_signers_that_the_builder_can_write_are_refused_at_use_and_the_refusal_is_an_entry(
    project: Project, words: tuple[str, ...]
) -> None:
    alice = make_key(project.installed.top / "alice")
    ready(project).signers(1, alice=alice)
    (project.installed.top / "signers").chmod(0o666)
    document = project.authorize("--key", str(alice), *words, status=1)
    field, actual = refused(document)
    assert (field, "is writable for others than its owner, mode 0666" in actual) == ("authority", True)
    assert document["refused"]["hint"] == "forgewatch doctor says what to mend; then say it again"
    assert [type(event) for event in project.events(AuthorityRefused, AuthorizationGranted, StandingGranted)] == [AuthorityRefused]


@pytest.mark.parametrize("content", ["", "{}", '{"request": 1}', "AUTHORIZED:phase-1-things:00\n", None])
def test_a_file_that_is_no_signed_request_is_wrong_usage(project: Project, content: str | None) -> None:
    ready(project)
    place = project.installed.top / "signed.json"
    if content is not None:
        place.write_text(content)
    run = project.says("authorize", "--signed", str(place), "--json")
    assert (run.returncode, run.stdout) == (2, "")
    assert str(place) in run.stderr


def test_a_request_needs_something_to_authorize(project: Project) -> None:
    project.begin()
    place = project.installed.top / "request.json"
    assert refused(project.authorize("--request", str(place), status=1)) == ("entry", "none is recorded")
    assert not place.exists()


def test_a_standing_grant_lets_phases_go_that_were_named_and_no_more_often_than_said(project: Project) -> None:
    alice = make_key(project.installed.top / "alice")
    project.begin(AUTO).signers(1, alice=alice)
    assert project.audits() == 0
    assert refused(project.tells("signoff-v1", "signoff", "--auto", status=1))[0] == "tier"
    terms = ("--standing", "--phases", "Phase 1,2", "--uses", "1")
    given = project.authorize(*terms, "--key", str(alice))
    assert (given["authorized"], given["commit"], given["refused"]) == (None, None, None)
    (standing,) = project.events(StandingGranted)
    assert isinstance(standing, StandingGranted)
    assert (standing.phases, standing.uses, standing.principals) == (("phase-1", "phase-2"), 1, ("alice",))
    first = project.tells("signoff-v1", "signoff", "--auto")
    assert first["commit"] == project.builder.head
    assert "Assurance: signed by alice (T1)\nAuthorized by: standing grant (entry " in project.installed.ledger
    # Its one use is used up.
    assert project.audits("x = 3\n", phase="Phase 2 -- More") == 0
    assert refused(project.tells("signoff-v1", "signoff", "--auto", status=1))[0] == "tier"


def test_a_standing_grant_that_several_sign_is_given_by_the_line_that_its_request_prints(project: Project) -> None:
    alice = make_key(project.installed.top / "alice")
    project.begin(AUTO).signers(1, alice=alice)
    place = project.installed.top / "standing.json"
    told = project.says("authorize", "--standing", "--phases", "Phase 1,2", "--uses", "1", "--request", str(place)).stdout
    words = shlex.split(told.splitlines()[-1].rpartition("then: forgewatch ")[2])
    assert project.says("authorize", "--sign", str(place), "--key", str(alice), "--yes").returncode == 0
    assert project.says(*words).returncode == 0
    assert len(project.events(StandingGranted)) == 1
    # Used before: the hint names a request of its kind.
    hint = refused_hint(project.tells("authorize-v1", *words, status=1))
    assert hint == "make a new request: forgewatch authorize --standing --phases A,B --uses N --request FILE"


def test_a_revoked_key_is_no_reason_to_ask_the_same_person_again(project: Project) -> None:
    alice = make_key(project.installed.top / "alice")
    ready(project).signers(1, alice=alice)
    revoked = project.installed.top / "revoked"
    revoked.write_text((project.installed.top / "alice.pub").read_text())
    config = project.installed.top / "forgewatch.yaml"
    config.write_text(config.read_text().replace("authority: {", f"authority: {{revoked: {revoked}, "))
    document = project.authorize("--key", str(alice), status=1)
    assert refused(document)[0] == "revoked"
    assert refused_hint(document) == "let somebody sign a new request whose key is not revoked: forgewatch authorize --request FILE"


@pytest.mark.parametrize(
    "words",
    [(), ("--phases", "1"), ("--phases", "1", "--uses", "2"), ("--uses", "2", "--key", "k")],
    ids=["nothing", "no uses", "no key", "no phases"],
)
def test_a_standing_grant_without_its_terms_is_wrong_usage(project: Project, words: tuple[str, ...]) -> None:
    project.begin()
    run = project.says("authorize", "--standing", *words)
    assert (run.returncode, run.stdout) == (2, "")
    assert "a standing grant needs --phases, --uses and one of --key, --request, --signed" in run.stderr


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        (("--uses", "0"), "expected 1 to 1000 commits, found '0'"),
        (("--uses", "1001"), "expected 1 to 1000 commits, found '1001'"),
        (("--uses", "1", "--days", "0"), "expected 1 to 366 days, found '0'"),
    ],
)
def test_a_standing_grant_for_no_commit_or_without_an_end_is_wrong_usage(project: Project, terms: tuple[str, ...], told: str) -> None:
    run = project.begin().says("authorize", "--standing", "--phases", "1", "--key", "k", *terms)
    assert (run.returncode, run.stdout) == (2, "")
    assert told in run.stderr


def test_a_standing_grant_by_a_stranger_is_refused_under_its_own_name(project: Project) -> None:
    alice, eve = make_key(project.installed.top / "alice"), make_key(project.installed.top / "eve")
    project.begin(AUTO).signers(1, alice=alice)
    words = ("--standing", "--phases", "1", "--uses", "1", "--key", str(eve))
    assert refused(project.authorize(*words, status=1))[0] == "key"
    (event,) = project.events(AuthorityRefused)
    assert isinstance(event, AuthorityRefused)
    assert event.action == "STANDING"


# unblock and dispute


def test_a_blocked_phase_goes_on_by_the_operators_word(project: Project) -> None:
    project.begin()
    for number in range(3):
        assert project.audits(f"x = {number + 5}\n", stray="stray.py") == 1
    project.builder.delete("stray.py")
    assert project.audits("x = 9\n") == 0
    assert refused(project.authorize(status=1))[0] == "phase"
    document = project.tells("unblock-v1", "unblock", "--reason", "looked at it", "--yes", "--actor", "olga")
    assert (document["phase"], document["actor"], document["reason"]) == ("Phase 1 -- Things", "olga", "looked at it")
    signed = [place for place, event in enumerate(project.events(object)) if isinstance(event, AuditRecorded) and event.amends is not None]
    assert document["signed_off"] == signed[-1]
    again = project.says("unblock", "--reason", "me too", "--yes")
    assert (again.returncode, again.stdout) == (2, "")
    assert "is not blocked; no phase is" in again.stderr
    assert project.authorize()["authorized"] is not None


def test_unblocking_says_in_words_what_follows(project: Project) -> None:
    project.begin()
    for number in range(3):
        project.audits(f"x = {number + 5}\n", stray="stray.py")
    run = project.says("unblock", "--phase", "1", "--reason", "looked\n## Audit Entry: forged", "--yes")
    assert run.returncode == 0 and run.stdout.startswith("unblocked Phase 1; entry "), run.stderr
    assert "\n## Audit Entry: forged" not in project.installed.ledger


@pytest.mark.parametrize("reason", ["", " \t\n"])
@pytest.mark.parametrize("words", [("unblock", "--yes"), ("dispute", "1")], ids=["unblock", "dispute"])
def test_a_reason_that_says_nothing_is_none(project: Project, words: tuple[str, ...], reason: str) -> None:
    project.begin()
    for number in range(3):
        project.audits(f"x = {number + 5}\n", stray="stray.py")
    run = project.says(*words, "--reason", reason)
    assert (run.returncode, run.stdout) == (2, "")
    assert "argument --reason: expected words, found " in run.stderr
    assert project.events(PhaseUnblocked, AuditDisputed) == []


@pytest.mark.parametrize("phase", ["7", "nonsense", "Phase 7 -- \x1b[2J"])
def test_a_phase_that_is_not_blocked_is_told_in_one_line(project: Project, phase: str) -> None:
    ready(project)
    run = project.says("unblock", "--phase", phase, "--reason", "r", "--yes")
    assert (run.returncode, run.stdout) == (2, "")
    assert "\x1b" not in run.stderr and run.stderr.count("\n") == 2


@pytest.mark.req("S002-10.5-3")
def test_a_dispute_names_entry_and_checks_and_changes_no_verdict(project: Project) -> None:
    project.begin()
    assert project.audits(stray="stray.py") == 1
    document = project.tells("dispute-v1", "dispute", "1", "--reason", "it is generated", "--actor", "bot", "--check", "A1")
    assert (document["disputed"], document["checks"], document["actor"]) == (1, ["A1"], "bot")
    told = project.says("dispute", "1", "--reason", "it is generated")
    assert told.stdout.startswith("STOP: CONTRACT_CONFLICT. Disputed: the verdict stands until a human decides; entry ")
    assert len(project.events(AuditDisputed)) == 2
    assert project.installed.outcomes == ["FAIL"]
    assert refused(project.authorize(status=1))[0] == "outcome"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("99",), "entry 99 is no audit that failed"),
        (("1", "--check", "A9"), "entry 1 did not fail for A9"),
        (("1", "--check", "\x1b[2J"), "entry 1 did not fail for"),
        (("no number",), "ENTRY"),
    ],
)
def test_what_did_not_fail_cannot_be_disputed(project: Project, words: tuple[str, ...], told: str) -> None:
    project.begin()
    project.audits(stray="stray.py")
    run = project.says("dispute", *words, "--reason", "no")
    assert (run.returncode, run.stdout, "\x1b" in run.stderr) == (2, "", False)
    assert told in run.stderr
    assert project.events(AuditDisputed) == []


@pytest.mark.parametrize("name", ["\x1b[2Jred", "two\nlines", "\u202eltr", "bad\udcff", "e\u0301"])
def test_who_decides_and_why_may_be_called_anything_and_stay_one_line(project: Project, name: str) -> None:
    ready(project)
    run = project.says("authorize", "--yes", "--actor", name)
    assert run.returncode == 0, run.stderr
    assert "\x1b" not in run.stdout + project.installed.ledger
    assert "\u202e" not in project.installed.ledger
    assert "\nlines" not in project.installed.ledger
    assert project.says("ledger", "verify").returncode == 0


def test_where_the_phase_stands_is_told_by_status_from_audit_to_commit(project: Project) -> None:
    def state() -> str:
        return str(json.loads(project.says("status", "--json").stdout)["phase_state"])

    project.begin()
    assert state() == "OPEN"
    project.audits(stray="stray.py")
    assert state() == "LOOPING(1)"
    project.builder.delete("stray.py")
    project.audits("x = 3\n")
    assert state() == "SIGNED_OFF"
    project.authorize()
    assert state() == "SIGNED_OFF"
    project.installed.run("audit", "--base", "HEAD")
    assert state() == "SIGNED_OFF"
    assert project.authorize(status=1)["refused"]["field"] == "authorization"
    assert project.authorize("--commit", "phase 1")["commit"] == project.builder.head
    assert state() == "AUTHORIZED"


def test_a_signed_request_is_taken_from_its_file(project: Project) -> None:
    alice = make_key(project.installed.top / "alice")
    ready(project).signers(1, alice=alice)
    place = project.installed.top / "request.json"
    project.authorize("--request", str(place))
    raw = requested(place)
    signed = project.installed.top / "signed.json"
    signed.write_bytes(SignedRequest(raw, (ssh_sign(alice, raw),)).to_bytes())
    document = project.authorize("--signed", str(signed), "--commit", "phase 1")
    assert document["commit"] == project.builder.head
    assert "Assurance: signed by alice (T1)\n" in project.installed.ledger
    assert refused(project.authorize("--signed", str(signed), status=1))[0] == "entry"
