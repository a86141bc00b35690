"""What the worker says of a real repository beside audits: new commits, the tree, what git would say, what the papers ask for."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from forgewatch.adapters.objects import VerifiedObjects
from forgewatch.app.looking import TRIES, look
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.limits import Limits
from forgewatch.core.places import FORGE, Layout
from forgewatch.core.ports import WorkingTree
from forgewatch.core.report import Failed
from forgewatch.core.repository_facts import COMMITS_LIMIT, CommitFacts, Facts, FactsRequest, staged_lines, status_lines, tree_digest
from forgewatch.core.settings import Compare, ScopeSettings, Settings
from forgewatch.core.snapshot import Ancestry, History
from forgewatch.core.survey import Survey, SurveyQuestion
from forgewatch.core.values import CommitId, RepoPath
from forgewatch.core.verdict import StopReason
from tests.support.builder import Builder
from tests.support.inside import Inside, faults_of
from tests.support.reading import GIT

AUTO = "# Directive\n\n- AEM: enabled\n- Auto-authorize: enabled\n"
DIRECTIVE = "Forge/Contracts/directive.md"
RAW = Settings(scope=ScopeSettings(compare=Compare.RAW))


@dataclass
class Looker:
    """Asks what stands in the repository of `inside`, as a command would with the record's newest anchor."""

    inside: Inside
    anchor: CommitId | None
    swapped: dict[str, Any] = field(default_factory=dict)

    @property
    def builder(self) -> Builder:
        """Who works there."""
        return self.inside.builder

    @property
    def store(self) -> VerifiedObjects:
        """The verified objects of the repository."""
        store = self.inside.sources(self.inside.request()).store
        assert isinstance(store, VerifiedObjects)
        return store

    def answer(self, **parts: Any) -> Facts | Failed:
        """Ask."""
        request = FactsRequest(
            **{
                "root": str(self.builder.root),
                "state": str(self.inside.state),
                "git": GIT,
                "layout": Layout.FORGE,
                "settings": Settings(),
                "adopted": True,
                "anchor": self.anchor,
                "authorized": (self.anchor,) if self.anchor else (),
                "bases": (self.anchor,),
                "work": True,
                **parts,
            }
        )
        sources = self.inside.sources(self.inside.request(settings=request.settings))
        return look(request, replace(sources, **{"lineage": sources.store, **self.swapped}))

    def facts(self, **parts: Any) -> Facts:
        """Ask what can be said."""
        told = self.answer(**parts)
        assert isinstance(told, Facts), told
        return told

    def audit(self, *claimed: str, **parts: Any) -> Any:
        """Do one audit of what is claimed now, which has to pass."""
        self.builder.record().claims(*claimed).completes()
        report = self.inside.report(**{"anchor": self.anchor, "authorized": (self.anchor,) if self.anchor else (), **parts})
        assert {code: told for code, told in faults_of(report).items() if code != "A6"} == {}
        return report

    def commits(self, **parts: Any) -> tuple[CommitFacts, ...]:
        """Ask for the commits only."""
        return self.facts(**{"work": False, **parts}).commits


@pytest.fixture
def looker(inside: Inside) -> Looker:
    """Looks at a small governed repository, adopted at its first commit."""
    return Looker(inside, inside.anchor)


@pytest.fixture
def unborn(tmp_path: Path) -> Iterator[Looker]:
    """Looks at a repository that was adopted before its first commit."""
    builder = Builder(tmp_path / "repository")
    builder.root.mkdir()
    builder.git("init", "-q")
    yield from looking_at(builder, tmp_path)


def looking_at(builder: Builder, folder: Path) -> Iterator[Looker]:
    for name in ("cache", "replay"):
        (folder / "state" / name).mkdir(parents=True, mode=0o700)
    rig = Inside(builder, folder / "state", CommitId("0" * 40))
    yield Looker(rig, None)
    rig.forget()


def git_says(builder: Builder) -> list[str]:
    """Return what a real git says of its working tree, line by line."""
    told = builder.git("-c", "core.quotePath=false", "status", "-sb", "--porcelain", "--no-renames", "-uall", "-z")
    return [line for line in told.split("\0") if line]


def git_staged(builder: Builder) -> list[str]:
    told = builder.git("-c", "core.quotePath=false", "diff", "--staged", "--name-only", "--no-renames", "-z")
    return [line for line in told.split("\0") if line]


def same_as_git(looker: Looker, **parts: Any) -> Facts:
    facts = looker.facts(**parts)
    assert list(status_lines(facts)) == git_says(looker.builder)
    assert list(staged_lines(facts)) == git_staged(looker.builder)
    return facts


# ---- the working tree


def test_a_clean_tree_has_no_changes_and_the_digest_of_its_commit(looker: Looker) -> None:
    facts = same_as_git(looker)
    assert (facts.head, facts.branch, facts.ancestry, facts.commits, facts.more) == (looker.anchor, "main", Ancestry.LINEAR, (), 0)
    assert facts.work is not None
    assert (facts.work.changes, facts.work.obstacles) == ((), ())
    table = looker.store.whole_table(looker.anchor)
    assert table is not None
    assert facts.work.tree == facts.work.text == tree_digest(table, FORGE.is_neutral)


@pytest.mark.req("S002-12-2")
def test_what_is_staged_changed_removed_and_new_is_told_line_by_line_as_git_tells_it(looker: Looker) -> None:
    builder, root = looker.builder, looker.builder.root
    names = ("unstaged", "staged", "both", "deleted", "removed", "kept", "rewritten", "link", "staged_link", "back")
    for name in names:
        builder.write(f"lib/{name}.txt", f"{name}\n")
    builder.write("lib/run.sh", "#!/bin/sh\n").commit("many")
    looker.anchor = CommitId(builder.head)
    builder.write("lib/unstaged.txt", "1\n").write("lib/staged.txt", "1\n").write("lib/both.txt", "1\n").write("lib/back.txt", "1\n")
    builder.write("new file.txt", "1\n").write("gone.txt", "1\n").write("grown.txt", "1\n")
    builder.git("add", "lib/staged.txt", "lib/both.txt", "lib/back.txt", "new file.txt", "gone.txt", "grown.txt")
    builder.write("lib/both.txt", "2\n").write("lib/back.txt", "back\n").write("grown.txt", "2\n").delete("gone.txt")
    builder.delete("lib/deleted.txt").git("rm", "-q", "lib/removed.txt")
    builder.git("rm", "-q", "--cached", "lib/kept.txt", "lib/rewritten.txt")
    builder.write("lib/rewritten.txt", "1\n")
    for name in ("link", "staged_link"):
        builder.delete(f"lib/{name}.txt")
        (root / f"lib/{name}.txt").symlink_to("unstaged.txt")
    builder.git("add", "lib/staged_link.txt")
    (root / "lib/run.sh").chmod(0o755)
    builder.write("intended.txt", "1\n").git("add", "-N", "intended.txt")
    builder.write("a_first.txt", "1\n").write("folder/below.txt", "1\n").write("naïve\n\x1b[31m.txt", "1\n")
    builder.record().completes()
    facts = same_as_git(looker)
    letters = {line[:2] for line in status_lines(facts)[1:]}
    assert letters == {" M", "M ", "MM", " D", "D ", " T", "T ", "A ", "AD", "AM", " A", "??"}


def test_a_change_that_is_staged_only_is_told_and_is_not_in_the_tree(looker: Looker) -> None:
    clean = looker.facts().work
    looker.builder.write("app/a.py", "staged = 1\n").git("add", "app/a.py")
    looker.builder.write("app/a.py", "x = 1\n")
    facts = same_as_git(looker)
    assert status_lines(facts) == ("## main", "MM app/a.py")
    assert facts.work is not None and clean is not None
    assert (facts.work.tree, facts.work.text) == (clean.tree, clean.tree)


def test_the_tree_is_the_one_that_an_audit_sees(looker: Looker) -> None:
    looker.builder.write("app/a.py", "x = 2\n").write("app/b.py", "y = 1\n").delete("app/api/__init__.py")
    report = looker.audit("app/a.py", "app/b.py", "app/api/__init__.py")
    facts = same_as_git(looker)
    assert facts.work is not None
    assert (facts.work.tree, facts.work.text) == (report.tree, report.tree)
    looker.builder.write("app/a.py", "x = 3\n")
    changed = looker.facts().work
    assert changed is not None and changed.tree != report.tree


def test_evidence_is_told_and_is_in_no_digest(looker: Looker) -> None:
    clean = looker.facts().work
    looker.builder.write("Forge/evidence/AUTHORIZED", "AUTHORIZED:x:y\n").record().completes()
    facts = same_as_git(looker)
    assert len(status_lines(facts)) == 4
    assert clean is not None and facts.work is not None and facts.work.tree == clean.tree


def test_what_a_claimed_rule_of_this_cycle_hides_is_left_out_as_in_the_audit(looker: Looker) -> None:
    looker.builder.write(".gitignore", "*.db\nout/\n").write("local.db", "junk").write("out/x.txt", "junk").write("app/a.py", "x = 2\n")
    report = looker.audit(".gitignore", "app/a.py")
    unclaimed, claimed = looker.facts().work, same_as_git(looker, claimed=(RepoPath(".gitignore"),)).work
    assert claimed is not None and unclaimed is not None
    assert claimed.tree == report.tree != unclaimed.tree
    looker.builder.commit("work")
    after = looker.facts(claimed=(RepoPath(".gitignore"),))
    assert after.work is not None
    assert after.work.tree == after.commits[0].tree == report.tree


def test_what_cannot_be_taken_in_is_an_obstacle(looker: Looker) -> None:
    os.mkfifo(looker.builder.root / "pipe")
    work = looker.facts().work
    assert work is not None and work.obstacles == ("pipe: is a FIFO",)


class Asked:
    """A working tree that remembers what it was asked."""

    def __init__(self, real: WorkingTree) -> None:
        self.real = real
        self.questions: list[SurveyQuestion] = []

    def survey(self, question: SurveyQuestion) -> Survey:
        """Answer, and remember the question."""
        self.questions.append(question)
        return self.real.survey(question)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def test_what_is_signed_off_is_read_and_not_remembered(looker: Looker) -> None:
    asked = Asked(looker.inside.sources(looker.inside.request()).tree)
    looker.swapped = {"tree": asked}
    looker.facts()
    assert [(one.use_cache, one.base) for one in asked.questions] == [(False, looker.anchor)]


def test_nobody_looks_at_the_tree_unless_asked(looker: Looker) -> None:
    assert looker.facts(work=False).work is None


# ---- commits


def test_a_commit_of_the_audited_tree_has_its_digest_also_behind_evidence(looker: Looker) -> None:
    looker.builder.write("app/a.py", "x = 2\n")
    report = looker.audit("app/a.py")
    looker.builder.git("add", "Forge/evidence")
    looker.builder.git("commit", "-q", "-m", "evidence")
    evidence = looker.builder.head
    work = looker.builder.commit("work: AUTHORIZED\n\nmore").head
    first, second = looker.commits()
    assert (first.oid, first.neutral, first.tree, first.parents) == (evidence, True, None, (looker.anchor,))
    assert (second.oid, second.neutral, second.tree, second.text) == (work, False, report.tree, report.tree)
    assert (second.parents, second.subject) == ((evidence,), "work: AUTHORIZED")


def test_of_a_commit_that_stands_elsewhere_no_tree_is_looked_at(looker: Looker) -> None:
    looker.builder.write("app/a.py", "x = 2\n").commit("one")
    looker.builder.write("app/a.py", "x = 3\n").commit("two")
    first, second = looker.commits()
    assert first.tree is not None and (second.tree, second.text, second.parents) == (None, None, (first.oid,))
    assert [one.tree for one in looker.commits(bases=())] == [None, None]


def test_what_the_record_vouches_for_is_no_question(looker: Looker) -> None:
    first = CommitId(looker.builder.write("app/a.py", "x = 2\n").commit("one").head)
    second = CommitId(looker.builder.write("app/a.py", "x = 3\n").commit("two").head)
    assert [one.oid for one in looker.commits(authorized=(looker.anchor, first))] == [second]


def test_an_empty_commit_is_not_one_of_evidence(looker: Looker) -> None:
    looker.builder.git("commit", "-q", "--allow-empty", "-m", "nothing")
    (one,) = looker.commits()
    clean = looker.facts().work
    assert clean is not None and (one.neutral, one.tree) == (False, clean.tree)


@pytest.mark.parametrize("base", ["true", "false"])
def test_a_boot_script_is_evidence_when_bases_directive_says_so(looker: Looker, base: str) -> None:
    looker.builder.write(DIRECTIVE, f"- boot_script: {base}\n").commit("directive")
    looker.anchor = CommitId(looker.builder.head)
    looker.builder.write(DIRECTIVE, "- boot_script: true\n")
    looker.builder.write("boot.sh", "#!/bin/sh\n").git("add", "boot.sh")
    looker.builder.git("commit", "-q", "-m", "boot script")
    assert [one.neutral for one in looker.commits()] == [base == "true"]


def test_a_merge_has_both_parents_and_no_digest(looker: Looker) -> None:
    looker.builder.git("checkout", "-q", "-b", "side")
    side = looker.builder.write("side.py", "").commit("side").head
    looker.builder.git("checkout", "-q", "main")
    main = looker.builder.write("main.py", "").commit("main").head
    looker.builder.git("merge", "-q", "--no-edit", "side")
    facts = looker.facts()
    merge = facts.commits[-1]
    assert (merge.oid, set(merge.parents), merge.tree, merge.neutral) == (looker.builder.head, {side, main}, None, False)
    assert {one.oid for one in facts.commits[:-1]} == {side, main}


def three_hundred(looker: Looker) -> tuple[list[CommitId], Facts]:
    looker.builder.write("app/a.py", "x = 2\n").git("add", "-A")
    tree, at, made = looker.builder.git("write-tree"), looker.anchor, list[CommitId]()
    for number in range(300):
        at = CommitId(looker.builder.git("commit-tree", tree, *(["-p", at] if at else []), "-m", f"commit {number}"))
        made.append(at)
    looker.builder.git("update-ref", "HEAD", made[-1])
    return made, looker.facts(work=False)


@pytest.mark.parametrize("born", ["looker", "unborn"], ids=["after an anchor", "since the first commit"])
def test_of_three_hundred_commits_the_oldest_are_told_and_the_rest_is_counted(request: pytest.FixtureRequest, born: str) -> None:
    made, facts = three_hundred(request.getfixturevalue(born))
    assert [one.oid for one in facts.commits] == made[:COMMITS_LIMIT]
    assert (facts.more, facts.commits[0].subject, facts.head) == (300 - COMMITS_LIMIT, "commit 0", made[-1])
    assert facts.commits[0].tree is not None


# ---- where HEAD is


def test_before_the_first_commit_there_is_a_branch_and_no_head(unborn: Looker) -> None:
    unborn.builder.write("app/a.py", "x = 1\n").write("b.py", "").git("add", "b.py")
    facts = same_as_git(unborn)
    assert (facts.head, facts.branch, facts.ancestry, facts.commits) == (None, "main", Ancestry.NO_ANCHOR, ())
    assert status_lines(facts)[0] == "## No commits yet on main"


def test_the_first_commit_of_an_adopted_repository_is_one_of_the_empty_tree(unborn: Looker) -> None:
    builder = unborn.builder.write("app/a.py", "x = 1\n").write(".gitignore", "*.db\n").write("local.db", "junk")
    builder.write("Forge/evidence/diff_log.md", "x\n")
    audited = unborn.facts(claimed=(RepoPath(".gitignore"),)).work
    builder.git("add", "Forge/evidence")
    builder.git("commit", "-q", "-m", "evidence")
    evidence = builder.head
    builder.commit("all else")
    facts = unborn.facts(claimed=(RepoPath(".gitignore"),))
    first, second = facts.commits
    assert audited is not None and facts.work is not None
    assert (first.oid, first.parents, first.neutral) == (evidence, (), True)
    assert (second.neutral, second.tree, facts.work.tree) == (False, audited.tree, audited.tree)
    assert unborn.commits(adopted=False) == ()


def test_without_a_branch_nothing_else_changes(looker: Looker) -> None:
    looker.builder.git("checkout", "-q", "--detach")
    looker.builder.write("app/a.py", "x = 2\n")
    facts = same_as_git(looker)
    assert (facts.branch, facts.head, facts.ancestry) == (None, looker.anchor, Ancestry.LINEAR)


def test_a_history_that_was_written_anew_does_not_reach_the_anchor(looker: Looker) -> None:
    looker.builder.write("app/a.py", "x = 2\n").git("commit", "-q", "--amend", "-a", "-m", "base")
    facts = looker.facts()
    assert (facts.ancestry, facts.commits) == (Ancestry.REWRITTEN, ())


def test_a_head_that_the_anchor_descends_from_is_behind_it_and_work_on_it_is_not(looker: Looker) -> None:
    builder, older = looker.builder, looker.builder.head
    builder.git("checkout", "-q", "-b", "side")
    builder.write("app/side.py", "").commit("side")
    builder.git("checkout", "-q", "main")
    builder.write("app/c.py", "").commit("more")
    builder.git("merge", "-q", "--no-edit", "side")
    anchor = CommitId(builder.head)
    assert not looker.facts(anchor=anchor).behind
    builder.git("checkout", "-q", older)
    found = looker.facts(anchor=anchor)
    assert (found.ancestry, found.behind) == (Ancestry.REWRITTEN, True)
    builder.write("app/d.py", "").commit("work on top of it")
    assert not looker.facts(anchor=anchor).behind


def test_where_the_way_from_the_anchor_is_broken_nobody_knows_that_head_is_behind_it(looker: Looker) -> None:
    builder, older = looker.builder, looker.builder.head
    lost = builder.write("app/c.py", "").commit("lost").head
    anchor = CommitId(builder.write("app/d.py", "").commit("anchor").head)
    builder.git("checkout", "-q", older)
    (builder.root / f".git/objects/{lost[:2]}/{lost[2:]}").unlink()
    found = looker.facts(anchor=anchor)
    assert (found.ancestry, found.behind) == (Ancestry.REWRITTEN, False)


def test_a_repository_of_sha256_objects_is_looked_at_like_any_other(tmp_path: Path) -> None:
    builder = Builder(tmp_path / "repository")
    builder.root.mkdir()
    builder.git("init", "-q", "--object-format=sha256")
    builder.git("config", "core.autocrlf", "true")
    builder.write("app/a.py", "x = 1\n").commit("base")
    for looker in looking_at(builder, tmp_path):
        looker.anchor = CommitId(builder.head)
        builder.write("app/a.py", "x = 2\r\n")
        before = looker.facts().work
        builder.commit("work")
        facts = looker.facts()
        assert len(facts.commits[0].oid) == 64 and before is not None and facts.work is not None
        assert facts.commits[0].text == before.text == facts.work.text != before.tree


# ---- line endings


def windows(looker: Looker) -> Any:
    """Let the builder work with CR LF where git turns it, and return the report of the audit before the commit."""
    looker.builder.git("config", "core.autocrlf", "true")
    looker.builder.write("app/a.py", "x = 2\r\n").write("app/b.py", "y = 1\r\n").write("requirements.txt", "fastapi==0.110\r\n")
    return looker.audit("app/a.py", "app/b.py")


def test_where_git_turns_line_endings_the_text_of_work_and_commit_is_one_and_the_bytes_are_not(looker: Looker) -> None:
    report = windows(looker)
    before = looker.facts().work
    looker.builder.commit("work")
    facts = looker.facts()
    (one,) = facts.commits
    assert before is not None and facts.work is not None
    assert (before.tree, before.text) == (report.tree, report.text_tree)
    assert one.text == facts.work.text == report.text_tree
    assert one.tree == report.text_tree != report.tree


def test_another_text_is_no_turned_line_ending(looker: Looker) -> None:
    report = windows(looker)
    looker.builder.write("app/b.py", "y = 2\r\n").commit("work")
    (one,) = looker.commits()
    assert one.text is not None and one.text != report.text_tree


def test_where_bytes_count_there_is_no_second_digest(looker: Looker) -> None:
    windows(looker)
    before = looker.facts(settings=RAW).work
    looker.builder.commit("work")
    (one,) = looker.commits(settings=RAW)
    assert before is not None and before.text == before.tree != one.tree
    assert one.tree is not None and one.text is None


# ---- what lies and what moves


def forge(looker: Looker, oid: str, raw: bytes) -> None:
    """Let the object store give other bytes under an id."""
    path = looker.builder.root / ".git/objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    path.write_bytes(zlib.compress(raw))


def test_a_forged_head_is_not_believed(looker: Looker) -> None:
    anchored = looker.builder.git("cat-file", "commit", "HEAD")
    looker.builder.write("app/a.py", "x = 2\n").commit("work")
    body = anchored.encode() + b"\n"
    forge(looker, looker.builder.head, b"commit %d\0%s" % (len(body), body))
    facts = looker.facts(work=False)
    assert (facts.ancestry, facts.commits) == (Ancestry.UNTRUSTED, ())


@pytest.mark.parametrize("where", ["HEAD^{tree}", "HEAD:app", "HEAD:app/api"])
def test_a_tree_that_lies_is_nobodys_and_gives_no_digest(looker: Looker, where: str) -> None:
    looker.builder.write("app/a.py", "x = 2\n").write("app/api/b.py", "").commit("work")
    forge(looker, looker.builder.git("rev-parse", where), b"tree 0\0")
    assert [(one.neutral, one.tree, one.text) for one in looker.commits()] == [(False, None, None)]
    told = looker.answer()
    assert isinstance(told, Failed), told
    assert (told.stop, told.again) == (StopReason.ENVIRONMENT_LIMITATION, True)
    assert "the object store lies" in told.why


@pytest.mark.parametrize("evidence", [False, True], ids=["beside audited work", "beside evidence"])
def test_a_folder_that_lies_while_it_is_looked_at_cannot_come_back_in_an_authorized_commit(looker: Looker, evidence: bool) -> None:
    looker.builder.write("app/a.py", "x = 2\n")
    report = looker.audit("app/a.py")
    if evidence:
        looker.builder.git("checkout", "-q", "app/a.py")
    looker.builder.write("evil/backdoor.py", "import os\n").commit("work")
    folder = looker.builder.git("rev-parse", "HEAD:evil")
    place = looker.builder.root / ".git/objects" / folder[:2] / folder[2:]
    honest = place.read_bytes()
    forge(looker, folder, b"tree 0\0")
    (one,) = looker.commits()
    assert (one.neutral, one.tree, one.text) == (False, None, None)
    place.write_bytes(honest)
    (one,) = looker.commits()
    assert not one.neutral and one.tree is not None and one.tree != report.tree


def test_a_base_that_lies_gives_no_digest_of_what_stands_on_it(looker: Looker) -> None:
    forged = looker.builder.git("rev-parse", "HEAD:tests")
    looker.builder.delete("tests/test_a.py").commit("work")
    forge(looker, forged, b"tree 0\0")
    assert [(one.neutral, one.tree) for one in looker.commits()] == [(False, None)]


def test_a_tree_over_the_limits_is_nobodys(looker: Looker) -> None:
    looker.builder.write("/".join("d" * 60) + "/a.py", "").commit("deep")
    small = Settings(limits=Limits(tree_depth=20))
    assert [(one.neutral, one.tree) for one in looker.commits(settings=small)] == [(False, None)]


def test_a_commit_with_a_blob_that_lies_has_no_digest_either(looker: Looker) -> None:
    windows(looker)
    looker.builder.git("config", "core.autocrlf", "false")
    looker.builder.commit("work")
    looker.inside.forget()
    forge(looker, looker.builder.git("rev-parse", "HEAD:app/a.py"), b"blob 6\0x = 1\n")
    (one,) = looker.commits()
    assert (one.neutral, one.tree, one.text) == (False, None, None)


class Moving:
    """A store whose HEAD is another one at the first looks."""

    def __init__(self, real: VerifiedObjects, times: int) -> None:
        self.real, self.times = real, times

    def history(self, anchor: CommitId | None, authorized: frozenset[CommitId]) -> History:
        """Return what was true a moment ago."""
        self.times -= 1
        told = self.real.history(anchor, authorized)
        return told if self.times < 0 else replace(told, head=CommitId("9" * 40))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@pytest.mark.parametrize(("times", "fails"), [(TRIES - 1, False), (TRIES, True)], ids=["it comes to rest", "it does not"])
def test_a_head_that_moves_meanwhile_is_looked_at_again_and_not_for_ever(looker: Looker, times: int, fails: bool) -> None:
    looker.swapped = {"store": Moving(looker.store, times)}
    told = looker.answer()
    assert isinstance(told, Failed) is fails
    if isinstance(told, Failed):
        assert (told.stop, told.why, told.again) == (StopReason.NON_DETERMINISTIC_BEHAVIOR, "HEAD moved while it was read", True)


def test_a_worker_that_knows_no_commits_says_so(looker: Looker) -> None:
    looker.swapped = {"lineage": None}
    told = looker.answer()
    assert isinstance(told, Failed) and told.why == "expected a store that knows commits, found none"


# ---- what the papers ask for


def directive(looker: Looker, text: str | None, now: str | None) -> Facts:
    """Return the facts with one directive at BASE and another one, or none, in the working tree."""
    if text is not None:
        looker.builder.write(DIRECTIVE, text).commit("directive")
        looker.anchor = CommitId(looker.builder.head)
    if now is None and text is not None:
        looker.builder.delete(DIRECTIVE)
    elif now is not None:
        looker.builder.write(DIRECTIVE, now)
    return looker.facts()


@pytest.mark.parametrize(
    ("base", "now", "auto"),
    [
        (AUTO, AUTO, True),
        (AUTO, AUTO + "\nMore text.\n", True),
        (None, AUTO, False),
        ("- AEM: enabled\n", AUTO, False),
        (AUTO, "- AEM: enabled\n", False),
        (AUTO, None, False),
        (None, None, False),
    ],
    ids=["both", "both, in other words", "new in this cycle", "switched on in this cycle", "switched off", "removed", "neither"],
)
def test_nothing_goes_alone_unless_the_directive_says_so_now_and_said_so_at_base(
    looker: Looker, base: str | None, now: str | None, auto: bool
) -> None:
    assert directive(looker, base, now).auto_authorize is auto


def test_a_commit_is_let_go_by_the_directive_that_it_holds_and_not_by_one_that_was_put_back_since(looker: Looker) -> None:
    looker.builder.write(DIRECTIVE, AUTO).commit("directive")
    looker.anchor = CommitId(looker.builder.head)
    before = looker.facts().directive
    looker.builder.write(DIRECTIVE, AUTO + "- and anything goes\n").commit("another one")
    looker.builder.write(DIRECTIVE, AUTO)
    found = looker.facts()
    assert found.auto_authorize and found.directive not in (before, None)
    looker.builder.write(DIRECTIVE, "AEM: enabled\n").git("commit", "-qa", "--amend", "-m", "off")
    looker.builder.write(DIRECTIVE, AUTO)
    assert not looker.facts().auto_authorize
    looker.builder.delete(DIRECTIVE)
    assert not looker.facts().auto_authorize
    looker.builder.write(DIRECTIVE, AUTO).write("app/b.py", "").git("add", "-A")
    looker.builder.git("commit", "-q", "--amend", "-m", "work")
    looker.builder.write(DIRECTIVE, AUTO.replace("\n", "\r\n"))
    turned = looker.facts()
    assert turned.auto_authorize and turned.directive == digest_of_bytes(AUTO.replace("\n", "\r\n").encode())


def test_a_directive_that_came_with_the_first_commit_lets_no_first_commit_go(unborn: Looker) -> None:
    unborn.builder.write(DIRECTIVE, AUTO)
    assert not unborn.facts().auto_authorize
    unborn.builder.commit("all")
    facts = unborn.facts()
    assert facts.ancestry is Ancestry.NO_ANCHOR and not facts.auto_authorize


def test_the_directive_has_the_digest_of_its_bytes_now(looker: Looker) -> None:
    assert directive(looker, None, None).directive is None
    first, second = directive(looker, AUTO, AUTO).directive, directive(looker, None, AUTO + "\n").directive
    assert first is not None and second is not None and first != second


@pytest.mark.parametrize(
    ("base", "now", "raised"),
    [
        (None, {"AUTHORIZED": 2}, (("AUTHORIZED", 2),)),
        ({"AUTHORIZED": 2}, {"AUTHORIZED": 2}, (("AUTHORIZED", 2),)),
        ({"AUTHORIZED": 2}, {"AUTHORIZED": 1}, (("AUTHORIZED", 2),)),
        ({"AUTHORIZED": 2}, None, (("AUTHORIZED", 2),)),
        ({"AUTHORIZED": 1}, {"AUTHORIZED": 3}, (("AUTHORIZED", 3),)),
        ({"RELEASE": 3}, {"AUTHORIZED": 1}, (("AUTHORIZED", 1), ("RELEASE", 3))),
        (None, None, ()),
    ],
    ids=["raised now", "raised at BASE", "lowered now", "taken out now", "raised further", "of two actions", "not at all"],
)
def test_the_repository_raises_a_tier_with_what_it_says_now_or_said_at_base(
    looker: Looker, base: dict[str, int] | None, now: dict[str, int] | None, raised: tuple[tuple[str, int], ...]
) -> None:
    written = [json.dumps({"tiers": tiers} if tiers else {}) for tiers in (base, now)]
    looker.builder.write("forge.json", written[0]).commit("tiers")
    looker.anchor = CommitId(looker.builder.head)
    looker.builder.write("forge.json", written[1])
    assert looker.facts().raised == raised
    looker.builder.delete("forge.json")
    assert looker.facts().raised == tuple(sorted((base or {}).items()))


@pytest.mark.parametrize(
    ("plan", "final"),
    [
        ("## Phase 1 -- A\n\n## Phase 10 -- C\n\n## Phase 2 -- B\n", "Phase 10"),
        ("## Phase 1 -- A\n", ""),
        ("nothing\n", ""),
        (None, ""),
    ],
    ids=["the highest number", "one phase is no plan", "no phase", "no file"],
)
def test_the_last_phase_of_the_plan_is_known(looker: Looker, plan: str | None, final: str) -> None:
    if plan is not None:
        looker.builder.write("Forge/Contracts/phases.md", plan)
    assert looker.facts().final == final


def test_hunks_of_the_work_are_shown_where_they_are_asked_for_and_never_the_evidence(looker: Looker) -> None:
    looker.builder.write("app/a.py", "x = 2\n").write("new.py", "y = 1\n").record().completes()
    assert looker.facts().work.hunks == ()  # type: ignore[union-attr]
    shown = looker.facts(hunks=True).work.hunks  # type: ignore[union-attr]
    assert shown == (
        *("--- a/app/a.py", "+++ b/app/a.py", "@@ -1 +1 @@", "-x = 1", "+x = 2"),
        *("--- /dev/null", "+++ b/new.py", "@@ -0,0 +1 @@", "+y = 1"),
    )


def test_the_log_that_head_holds_is_told_by_its_digest(looker: Looker) -> None:
    assert looker.facts().log_at_head is None
    looker.builder.completes().commit("with its log")
    held = (looker.builder.root / "Forge/evidence/diff_log.md").read_bytes()
    looker.builder.starts()
    assert looker.facts().log_at_head == digest_of_bytes(held)
    assert looker.facts(work=False).log_at_head is None


@pytest.mark.parametrize(
    ("held", "now", "aem"), [(AUTO, AUTO, True), (None, AUTO, False), (AUTO, "# Directive\n", False), (None, None, False)]
)
def test_aem_is_on_where_the_directive_says_so_now_and_at_base(looker: Looker, held: str | None, now: str | None, aem: bool) -> None:
    if held is not None:
        looker.builder.write(DIRECTIVE, held).commit("directive")
        looker.anchor = CommitId(looker.builder.head)
    if now is not None:
        looker.builder.write(DIRECTIVE, now)
    assert looker.facts().aem is aem


STACK = {"backend": {"language": "python"}, "frontend": {"dependency_file": "web/package.json"}}


def test_what_the_authorized_version_tells_the_runner_is_answered_when_it_is_asked_for(looker: Looker) -> None:
    looker.builder.write("forge.json", json.dumps(STACK)).write("web/package.json", "{}").commit("a stack")
    looker.anchor = CommitId(looker.builder.head)
    looker.builder.write("forge.json", "{}").write("web/package.json", "[]").write("ruff.toml", "")
    told = looker.facts(work=False, stack=True).stack
    assert {path: content for path, content in told.items() if isinstance(content, bytes)} == {
        RepoPath("forge.json"): json.dumps(STACK).encode(),
        RepoPath("requirements.txt"): b"fastapi==0.110\n",
        RepoPath("web/package.json"): b"{}",
    }
    assert RepoPath("ruff.toml") in told and RepoPath("web/tsconfig.json") in told
    assert looker.facts(work=False).stack == {}


@pytest.mark.parametrize(
    ("path", "tested"),
    [
        ("tests/test_b.py", True),
        ("checks/deep/case.txt", True),
        ("tests/__init__.py", False),
        ("tests/.gitkeep", False),
        ("app/b.py", False),
    ],
)
def test_whether_the_authorized_version_has_a_test_is_told(looker: Looker, path: str, tested: bool) -> None:
    looker.builder.write("forge.json", json.dumps({"backend": {"test_dir": "checks"}})).delete("tests/test_a.py").write(path, "")
    looker.builder.commit("other tests")
    looker.anchor = CommitId(looker.builder.head)
    looker.builder.write("tests/test_new.py", "")
    assert looker.facts(work=False, stack=True).tested is tested
    assert looker.facts(work=False).tested


def test_a_forge_json_of_the_authorized_version_that_cannot_be_read_names_no_other_file(looker: Looker) -> None:
    looker.builder.write("forge.json", "{").commit("broken")
    looker.anchor = CommitId(looker.builder.head)
    assert looker.facts(work=False, stack=True).stack == {RepoPath("forge.json"): b"{"}


def test_before_the_first_commit_no_version_tells_the_runner_anything(unborn: Looker) -> None:
    unborn.builder.write("forge.json", json.dumps(STACK))
    assert unborn.facts(work=False, stack=True).stack == {}
