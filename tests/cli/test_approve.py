"""`approve`: writes the contract, approves only by a person, and says of each field why a task is not approved."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import valid
from tests.support.builder import Builder
from tests.support.installed import Installed
from tests.support.ssh import allowed, make_key, public_blob

FOLDER = ".ai-stack-trace/add-login/contract"
PACKAGE = Path(__file__).resolve().parents[2] / "forgewatch"


class Desk:
    """A repository with a contract, and the command."""

    def __init__(self, builder: Builder, installed: Installed) -> None:
        self.builder, self.installed = builder, installed
        self.contract = builder.root / FOLDER / "approval.md"
        self.token = builder.root / FOLDER / "APPROVED"
        self.config: tuple[str, ...] = ()

    def approve(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run a verb."""
        return self.installed.run("approve", *args, *self.config)

    def fill(self, **fields: str) -> Desk:
        """Make the contract and fill it in as a person would."""
        assert self.approve("init", "add-login").returncode == 0
        text = self.contract.read_text().replace(
            "- [ ] Runtime code changes:\n  - (list files + intent)", "- [x] Runtime code changes:\n  - `app/a.py`: a"
        )
        for field, value in {"Name": "Jane Doe", "Date": "2026-11-20", **fields}.items():
            text = re.sub(rf"^{field}: _+$", f"{field}: {value}", text, flags=re.MULTILINE)
        self.contract.write_text(text)
        return self

    def sign(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Sign without a terminal."""
        return self.approve("sign", "add-login", "--yes", "--actor", "jane", *args)

    def check(self, *args: str) -> tuple[int, dict[str, Any]]:
        """Return exit status and document of a check."""
        run = self.approve("check", "add-login", "--json", *args)
        return run.returncode, valid("approve-check-v1", run.stdout)

    def against(self) -> list[str]:
        """Return the fields that do not agree."""
        status, document = self.check()
        wrong = [field["field"] for field in document["fields"] if not field["agrees"]]
        assert (status, document["valid"]) == ((1, False) if wrong else (0, True))
        return wrong

    def signers(self, tier: int, **keys: Path) -> Desk:
        """Let these keys sign, and need this tier."""
        path = self.installed.top / "signers"
        path.write_text(allowed({name: public_blob(key) for name, key in keys.items()}, 'namespaces="forgewatch@v1"'))
        path.chmod(0o644)
        config = self.installed.top / "forgewatch.yaml"
        config.write_text(f"authority: {{allowed_signers: {path}, tiers: {{APPROVED: {tier}}}, builders: [bot]}}\n")
        self.config = ("--config", str(config))
        return self


@pytest.fixture
def desk(builder: Builder, installed: Installed) -> Desk:
    return Desk(builder, installed)


@pytest.mark.req("S000-A-1")
def test_init_writes_the_contract_with_task_repository_base_and_date_and_never_over_one(desk: Desk) -> None:
    run = desk.approve("init", "add-login", "--json")
    document = valid("approve-init-v1", run.stdout)
    assert (document["path"], document["base"]) == (f"{FOLDER}/approval.md", desk.builder.head)
    text = desk.contract.read_text()
    head = f"Task: add-login\nRepository: {desk.builder.root.name}\nBase SHA: {desk.builder.head}\nDate: "
    assert head in text
    again = desk.approve("init", "add-login")
    assert (again.returncode, "is never written over" in again.stderr, desk.contract.read_text()) == (2, True, text)
    assert not desk.token.exists()


@pytest.mark.parametrize("task", ["../x", "a b", ".hidden", "a/b", "ä"])
def test_a_task_has_a_name_that_is_one_folder(desk: Desk, task: str) -> None:
    for verb in ("init", "check"):
        run = desk.approve(verb, task)
        assert (run.returncode, "expected letters, digits" in run.stderr) == (2, True)


def test_without_a_commit_there_is_nothing_to_start_from(tmp_path: Path) -> None:
    root = tmp_path / "new"
    root.mkdir()
    Builder(root).git("init", "-q")
    run = Installed(root, tmp_path).run("approve", "init", "t1")
    assert (run.returncode, "expected a commit to start from" in run.stderr) == (2, True)


@pytest.mark.req("S000-A-4")
@pytest.mark.req("S000-P1-1")
def test_sign_writes_the_gate_file_and_check_holds_until_the_contract_is_edited(desk: Desk) -> None:
    desk.fill()
    assert desk.against() == ["APPROVED"]
    document = valid("approve-sign-v1", desk.sign("--json").stdout)
    assert (document["approved"], document["tier"], document["entry"]["seq"]) == (True, "T0", 1)
    assert desk.token.read_text() == f"APPROVED:add-login:{desk.builder.head}\n"
    assert desk.against() == []
    assert "Actor: jane, user id " in desk.installed.ledger
    assert desk.installed.run("ledger", "verify").returncode == 0
    with desk.contract.open("a") as file:
        file.write("\n- [x] Schema changes: `db.sql`\n")
    assert desk.against() == ["record: contract"]
    assert "expected sha256:" in desk.approve("check", "add-login").stdout


@pytest.mark.req("S000-P1-2")
def test_a_commit_after_the_approval_voids_it_and_cannot_be_signed(desk: Desk) -> None:
    desk.fill().sign()
    assert desk.against() == []
    desk.builder.write("app/a.py", "x = 3\n").git("commit", "-qam", "more")
    assert desk.against() == ["Base SHA", "APPROVED: base sha"]
    run = desk.sign()
    assert (run.returncode, f"Base SHA: expected HEAD, {desk.builder.head}, found " in run.stderr) == (2, True)


@pytest.mark.req("S000-A-3")
def test_a_blank_name_and_date_are_refused_each_by_its_field(desk: Desk) -> None:
    desk.fill(Name="____", Date="____")
    run = desk.sign()
    assert run.returncode == 2
    assert "Name: expected the name of who approves, found blank" in run.stderr
    assert "Date of the approval: expected a date, found blank" in run.stderr
    assert not desk.token.exists()


def test_without_a_contract_nothing_is_signed(desk: Desk) -> None:
    run = desk.sign()
    assert (run.returncode, "approval.md: expected a contract" in run.stderr, "approve init add-login" in run.stderr) == (2, True, True)


@pytest.mark.req("S000-R-5")
@pytest.mark.parametrize("args", [(), ("--yes",), ("--actor", "jane")])
def test_without_a_terminal_a_person_has_to_be_named_and_to_have_said_yes(desk: Desk, args: tuple[str, ...]) -> None:
    desk.fill()
    run = desk.approve("sign", "add-login", *args)
    assert (run.returncode, "there is no terminal" in run.stderr, "--yes --actor NAME" in run.stderr) == (2, True, True)
    assert not desk.token.exists()


@pytest.mark.req("S000-R-5")
@pytest.mark.parametrize(("typed", "status"), [(b"y\n", 2), (b"yes\n", 0)])
def test_on_a_terminal_the_scope_is_shown_and_only_yes_is_yes(desk: Desk, typed: bytes, status: int) -> None:
    desk.fill()
    front, back = pty.openpty()
    try:
        process = subprocess.Popen(
            [str(desk.installed.command), "approve", "sign", "add-login"],
            cwd=desk.builder.root,
            env=desk.installed.environment,
            stdin=back,
            stdout=back,
            stderr=back,
        )
        os.write(front, typed)
        assert process.wait(60) == status
        shown = os.read(front, 10_000).decode()
    finally:
        os.close(front)
        os.close(back)
    assert "Runtime code changes: app/a.py" in shown
    assert "Schema changes: nothing" in shown
    assert desk.token.exists() is (status == 0)


@pytest.mark.req("S000-R-5")
def test_only_the_command_of_a_person_writes_a_gate_file() -> None:
    sources = {path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8") for path in PACKAGE.rglob("*.py")}
    naming = re.compile(r"\btoken_path\(|contract/APPROVED")
    assert {name for name, text in sources.items() if naming.search(text)} == {
        "core/approval.py",
        "core/approval_contract.py",
        "core/approval_check.py",
        "app/approving.py",
        "app/served.py",
        "cli/approve.py",
    }
    assert {name for name, text in sources.items() if "replace(token_path(" in text} == {"app/approving.py", "cli/approve.py"}
    assert {name for name, text in sources.items() if "give_approval(" in text} == {"app/approving.py", "cli/approve.py"}


@pytest.mark.req("S000-M-8")
def test_where_a_signature_is_the_least_a_line_is_refused_at_both_ends_with_both_tiers(desk: Desk, tmp_path: Path) -> None:
    key = make_key(tmp_path / "alice")
    desk.fill().sign()
    assert desk.against() == []
    desk.signers(1, alice=key)
    assert desk.against() == ["APPROVED: tier"]
    run = desk.sign()
    assert (run.returncode, "tier: expected T1, a signed request, found T0" in run.stderr, "--key" in run.stderr) == (2, True, True)
    done = desk.sign("--key", str(key), "--json")
    document = valid("approve-sign-v1", done.stdout)
    assert (document["tier"], document["principals"]) == ("T1", ["alice"])
    status, checked = desk.check()
    assert (status, checked["tier"], checked["principals"]) == (0, "T1", ["alice"])
    assert "Assurance: T1, signed by alice" in desk.installed.ledger


@pytest.mark.req("S000-A-4")
def test_a_signed_approval_is_void_after_an_edit_of_the_contract(desk: Desk, tmp_path: Path) -> None:
    key = make_key(tmp_path / "alice")
    assert desk.signers(1, alice=key).fill().sign("--key", str(key)).returncode == 0
    assert desk.against() == []
    desk.contract.write_text(desk.contract.read_text().replace("app/a.py", "app/b.py"))
    assert desk.against() == ["APPROVED: contract"]


def test_three_tiers_up_two_people_have_to_sign(desk: Desk, tmp_path: Path) -> None:
    alice, bob, bot = (make_key(tmp_path / name) for name in ("alice", "bob", "bot"))
    desk.signers(3, alice=alice, bob=bob, bot=bot).fill()
    first = desk.sign("--key", str(alice))
    assert (first.returncode, "expected 2 distinct principals, found 1: alice" in first.stdout) == (1, True)
    assert desk.against() == ["APPROVED: threshold"]
    for key in (alice, bot):
        assert desk.sign("--key", str(key), "--add").returncode == 1
    second = desk.sign("--key", str(bob), "--add", "--json")
    document = valid("approve-sign-v1", second.stdout)
    assert (second.returncode, document["tier"], document["principals"]) == (0, "T3", ["alice", "bob"])
    assert len(json.loads(desk.token.read_text())["signatures"]) == 3
    assert desk.against() == []
    assert desk.installed.ledger.count("## Note: task approved") == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--add",), "--add adds a signature, and there is no --key"),
        (("--add", "--key", "KEY"), "APPROVED: expected a signed request to add to, found none"),
        (("--key", "STRANGER"), "key: expected one that allowed_signers allows"),
        (("--key", "INSIDE"), "is inside the repository"),
        (("--key", "GONE"), "cannot be read: No such file"),
        (("--key", "KEY", "--days", "0"), "expected 1 to 366 days, found '0'"),
    ],
)
def test_what_cannot_be_signed_is_refused_and_nothing_is_written(desk: Desk, tmp_path: Path, args: tuple[str, ...], said: str) -> None:
    key = make_key(tmp_path / "alice")
    names = {
        "KEY": key,
        "STRANGER": make_key(tmp_path / "stranger"),
        "INSIDE": make_key(desk.builder.root / "inside"),
        "GONE": tmp_path / "gone",
    }
    desk.signers(1, alice=key).fill()
    run = desk.sign(*(str(names.get(word, word)) for word in args))
    assert (run.returncode, said in run.stderr) == (2, True), run.stderr
    assert not desk.token.exists()
    assert "task approved" not in desk.installed.ledger


def test_a_refused_signature_is_an_entry_of_its_own_with_both_sides(desk: Desk, tmp_path: Path) -> None:
    key, stranger = make_key(tmp_path / "alice"), make_key(tmp_path / "stranger")
    desk.signers(1, alice=key).fill()
    desk.sign("--key", str(stranger))
    desk.sign()
    ledger = desk.installed.ledger
    assert ledger.count("## Note: approval refused — APPROVED for add-login\n") == 2
    assert "Field: key\nExpected: one that allowed_signers allows for forgewatch@v1 at " in ledger
    assert "Field: tier\nExpected: T1, a signed request\nFound: T0, a line that anyone can write\n" in ledger
    assert desk.sign("--key", str(key)).returncode == 0
    assert desk.against() == []


def test_a_builders_key_approves_nothing(desk: Desk, tmp_path: Path) -> None:
    bot = make_key(tmp_path / "bot")
    run = desk.signers(1, bot=bot).fill().sign("--key", str(bot))
    assert (run.returncode, "principal: expected somebody who is no builder, found bot" in run.stderr) == (2, True)
    assert not desk.token.exists()


def test_a_key_without_signers_in_the_configuration_is_refused(desk: Desk, tmp_path: Path) -> None:
    run = desk.fill().sign("--key", str(make_key(tmp_path / "alice")))
    assert (run.returncode, "expected a file named by authority.allowed_signers, found none" in run.stderr) == (2, True)


def test_signers_that_the_builder_can_write_are_refused_at_use(desk: Desk, tmp_path: Path) -> None:
    key = make_key(tmp_path / "alice")
    desk.signers(1, alice=key).fill()
    (desk.installed.top / "signers").chmod(0o666)
    run = desk.sign("--key", str(key))
    assert (run.returncode, "is writable for others than its owner" in run.stderr) == (2, True)
    assert not desk.token.exists()


def test_check_says_which_paths_the_contract_does_not_approve(desk: Desk) -> None:
    desk.fill().sign()
    status, document = desk.check("--paths", "app/a.py")
    assert (status, document["scope"]) == (0, {"schema": [], "runtime": ["app/a.py"], "backfill": [], "docs": []})
    status, document = desk.check("--paths", "app/a.py,app/b.py,db/schema.sql")
    wrong = {field["field"]: field["actual"] for field in document["fields"] if not field["agrees"]}
    assert (status, wrong) == (
        1,
        {"path app/b.py": "no ticked section names it", "path db/schema.sql": "a schema, and 'Schema changes' does not approve it"},
    )
    run = desk.approve("check", "add-login", "--paths", "../x")
    assert (run.returncode, "climbs with '..'" in run.stderr) == (2, True)


def test_check_writes_nothing_and_needs_no_record(desk: Desk) -> None:
    desk.fill()
    desk.token.write_text(f"APPROVED:add-login:{desk.builder.head}\n")
    assert desk.against() == ["record"]
    assert not (desk.installed.top / "state").exists()


def test_what_a_builder_writes_into_a_contract_cannot_look_like_something_else(desk: Desk) -> None:
    desk.fill(Name="Jane\x1b[2K\u202e Doe")
    run = desk.approve("check", "add-login")
    assert not any(ord(char) < 32 and char != "\n" for char in run.stdout)
    assert "\u202e" not in run.stdout
    assert "Name: Jane\\x1b[2K\\u202e Doe" in run.stdout


def test_a_gate_file_or_contract_that_is_no_file_is_told(desk: Desk, tmp_path: Path) -> None:
    desk.fill()
    desk.token.symlink_to("/etc/hostname")
    assert desk.against() == ["APPROVED: file"]
    desk.token.unlink()
    text = desk.contract.read_text()
    desk.contract.unlink()
    (tmp_path / "elsewhere").write_text(text)
    desk.contract.symlink_to(tmp_path / "elsewhere")
    assert desk.against() == [f"{FOLDER}/approval.md", "APPROVED"]
    assert desk.sign().returncode == 2
    desk.contract.unlink()
    os.mkfifo(desk.contract)
    assert desk.against() == [f"{FOLDER}/approval.md", "APPROVED"]
