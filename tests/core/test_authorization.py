"""What keeps the newest audited tree from being signed off or authorized: the first field that disagrees, with both sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from forgewatch.core.authorization import changed_since, entry_disagreement, tree_disagreement
from forgewatch.core.events import LedgerTampered
from forgewatch.core.report import DiffLogFacts
from forgewatch.core.repository_facts import CommitFacts, WorkFacts
from forgewatch.core.snapshot import Ancestry
from tests.support.answers import digest, failing, unjudged
from tests.support.authority import (
    AT,
    BASE,
    ELSEWHERE,
    FIRST,
    SECOND,
    THIRD,
    TREE,
    Chronicle,
    commit,
    facts,
    neutral,
    signed_off_and_granted,
    work_report,
)

LOG, OTHER, TURNED = digest("log"), digest("another tree"), digest("the tree with LF")
BLOCKED = "Phase 1 -- Things is blocked: it used up its loops, and no operator has unblocked it"


def three_fails_and_a_pass() -> Chronicle:
    return Chronicle().audits(*[work_report(str(one), failing) for one in range(3)], work_report())


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (Chronicle, ("entry", "an audit that passed", "none is recorded")),
        (lambda: Chronicle().works().adopts(BASE), ("entry", "an audit that passed", "none is recorded")),
        (lambda: Chronicle().audits(work_report("first", failing)), ("outcome", "PASS", "FAIL in entry 1")),
        (lambda: Chronicle().audits(work_report("first", unjudged)), ("outcome", "PASS", "ERROR in entry 1")),
        (lambda: Chronicle().audits(None), ("outcome", "PASS", "ERROR in entry 1")),
        (lambda: Chronicle().works().audits(work_report("second", failing)), ("outcome", "PASS", "FAIL in entry 2")),
        (
            lambda: signed_off_and_granted().commits(FIRST),
            ("entry", "an entry that awaits AUTHORIZED", "entry 1, which is authorized and committed"),
        ),
        (three_fails_and_a_pass, ("phase", "a phase that is not blocked", BLOCKED)),
        (
            lambda: Chronicle().works().tell(LedgerTampered(at=AT, digest=None, detail="line 7 differs")),
            ("ledger", "what the journal says", "line 7 differs"),
        ),
    ],
    ids=[
        "nothing was audited",
        "the operator adopted since",
        "it failed",
        "it could not be judged",
        "it died",
        "a newer one failed",
        "it is committed with authority",
        "its phase is blocked",
        "the ledger was tampered with",
    ],
)
def test_an_audit_that_may_not_be_authorized_says_why(told: Callable[[], Chronicle], wanted: tuple[str, str, str]) -> None:
    found = entry_disagreement(told().state)
    assert found is not None
    assert (found.field, found.expected, found.actual) == wanted


@pytest.mark.parametrize(
    "told",
    [
        lambda: Chronicle().works(),
        lambda: Chronicle().works().signs_off(),
        signed_off_and_granted,
        lambda: Chronicle().audits(work_report("1", failing), work_report("2", failing), work_report()),
        lambda: Chronicle().works().audits(work_report("second", failing, against=ELSEWHERE)),
        lambda: signed_off_and_granted().commits(FIRST).works("second", head=FIRST),
    ],
    ids=["it passed", "it is signed off", "it is authorized", "after two fails", "before an audit from another base", "the next one"],
)
def test_the_newest_audit_that_passed_may_be_authorized(told: Callable[[], Chronicle]) -> None:
    assert entry_disagreement(told().state) is None


def working(tree: Any = TREE, text: Any = None) -> WorkFacts:
    return WorkFacts(tree=tree, text=text or tree, changes=())


@pytest.mark.req("S002-12-4")
@pytest.mark.parametrize(
    ("told", "commits", "parts", "document", "wanted"),
    [
        (Chronicle(), (), {}, LOG, ("entry", "an audit that passed", "none is recorded")),
        (Chronicle().audits(None), (), {}, LOG, ("entry", "an audit that passed", "none is recorded")),
        (Chronicle().works(), (), {"work": None}, LOG, ("entry", "an audit that passed", "none is recorded")),
        (Chronicle().works(), (), {}, digest("new log"), ("diff log", f"{LOG} (entry 1)", digest("new log"))),
        (Chronicle().works(), (), {}, None, ("diff log", f"{LOG} (entry 1)", "none that can be read")),
        (Chronicle().works(), (), {"work": working(OTHER)}, LOG, ("tree", f"{TREE} (entry 1)", OTHER)),
        (Chronicle().works(text_tree=TURNED), (), {"work": working(OTHER)}, LOG, ("tree", f"{TREE} (entry 1)", OTHER)),
        (Chronicle().works(), (), {"head": ELSEWHERE}, LOG, ("HEAD", f"{BASE}, or a commit of the audited tree on it", ELSEWHERE)),
        (Chronicle().works(), (), {"head": None}, LOG, ("HEAD", f"{BASE}, or a commit of the audited tree on it", "no commit")),
        (Chronicle(None).works(head=None), (), {}, LOG, ("HEAD", "no commit, or a commit of the audited tree on it", BASE)),
    ],
    ids=[
        "nothing was audited",
        "the audit died",
        "nobody looked at the tree",
        "another diff log",
        "no diff log",
        "a file changed",
        "a file changed, and not its line endings only",
        "HEAD is elsewhere",
        "HEAD is nowhere",
        "a commit appeared",
    ],
)
def test_what_changed_since_the_audit_is_named_with_both_sides(
    told: Chronicle, commits: tuple[CommitFacts, ...], parts: dict[str, Any], document: Any, wanted: tuple[str, str, str]
) -> None:
    found = tree_disagreement(told.state, facts(*commits, **parts), document)
    assert found is not None
    assert (found.field, found.expected, found.actual) == wanted


@pytest.mark.parametrize(
    ("commits", "parts"),
    [
        ((commit(FIRST, BASE, tree=OTHER),), {}),
        ((commit(FIRST, ELSEWHERE),), {}),
        ((commit(FIRST, BASE, ELSEWHERE),), {}),
        ((commit(FIRST, BASE), commit(SECOND, FIRST)), {}),
        ((commit(FIRST, BASE),), {"more": 1}),
        ((commit(FIRST, BASE),), {"ancestry": Ancestry.REWRITTEN}),
        ((), {"ancestry": Ancestry.SHALLOW}),
        ((neutral(FIRST, ELSEWHERE),), {}),
    ],
    ids=[
        "of another tree",
        "on another base",
        "as a merge",
        "twice",
        "with more behind it than anybody looked at",
        "in a history that was rewritten",
        "in a history that ends early",
        "not, but evidence on another base",
    ],
)
def test_head_must_not_have_moved_but_by_a_commit_of_the_audited_tree(commits: tuple[CommitFacts, ...], parts: dict[str, Any]) -> None:
    found = tree_disagreement(Chronicle().works().state, facts(*commits, **parts), LOG)
    assert found is not None and found.field == "HEAD"


@pytest.mark.parametrize(
    ("told", "commits", "parts"),
    [
        (Chronicle().works(), (), {}),
        (Chronicle().works(), (neutral(FIRST, BASE), neutral(SECOND, FIRST)), {}),
        (Chronicle().works(), (commit(FIRST, BASE),), {}),
        (Chronicle().works(), (neutral(FIRST, BASE), commit(SECOND, FIRST), neutral(THIRD, SECOND)), {}),
        (Chronicle(None).works(head=None), (), {"head": None, "ancestry": Ancestry.NO_ANCHOR}),
        (Chronicle(None).works(head=None), (commit(FIRST),), {"ancestry": Ancestry.NO_ANCHOR}),
        (Chronicle().works(text_tree=TURNED), (), {"work": working(OTHER, TURNED)}),
        (Chronicle().works(text_tree=TURNED), (), {"work": working(TREE, OTHER)}),
        (Chronicle().works(), (), {"work": working(OTHER, TREE)}),
    ],
    ids=[
        "as it was",
        "with evidence committed",
        "committed as audited",
        "committed between evidence",
        "before a first commit",
        "as the first commit",
        "with line endings turned",
        "byte for byte",
        "turned to what was audited",
    ],
)
def test_the_audited_tree_may_be_authorized(told: Chronicle, commits: tuple[CommitFacts, ...], parts: dict[str, Any]) -> None:
    assert tree_disagreement(told.state, facts(*commits, **parts), LOG) is None


def test_an_audit_without_a_diff_log_asks_for_none() -> None:
    told = Chronicle().audits(work_report(difflog=DiffLogFacts(status="ABSENT", line=None, digest=None)))
    assert tree_disagreement(told.state, facts(), None) is None


def test_a_tree_is_changed_only_where_an_audit_and_a_look_can_say_so() -> None:
    assert changed_since(Chronicle().state, facts()) is None
    assert changed_since(Chronicle().works().state, facts(work=None)) is None
    assert changed_since(Chronicle().works().state, facts()) is None
    assert changed_since(Chronicle().works().state, facts(work=working(OTHER))) is not None
