"""May the newest audited tree be signed off or authorized now? Else the first field that is not as it must be (contract §10.4, §12).

Nothing is granted here: this compares what the record says with captured facts.
"""

from __future__ import annotations

from forgewatch.core.amendments import blocked
from forgewatch.core.approval import Disagreement
from forgewatch.core.commit_ruling import below, is_of, parent_of, stands_on
from forgewatch.core.record_state import EntrySummary, RecordState
from forgewatch.core.repository_facts import Facts
from forgewatch.core.snapshot import Ancestry
from forgewatch.core.values import Digest
from forgewatch.core.verdict import Outcome


def entry_disagreement(state: RecordState) -> Disagreement | None:
    """Return why the newest audit is none that may be authorized, None when it is."""
    work = state.work
    if work is None:
        return Disagreement("entry", "an audit that passed", "none is recorded")
    if work.outcome is not Outcome.PASS or work.tree is None:
        return Disagreement("outcome", "PASS", f"{work.outcome.value} in entry {work.seq}")
    if state.authority.closed is not None and state.authority.closed >= work.seq:
        return Disagreement("entry", "an entry that awaits AUTHORIZED", f"entry {work.seq}, which is authorized and committed")
    if state.is_blocked(work.phase):
        return Disagreement("phase", "a phase that is not blocked", blocked(work.phase))
    if state.tampered is not None:
        return Disagreement("ledger", "what the journal says", state.tampered.detail)
    return None


def tree_disagreement(state: RecordState, facts: Facts, document: Digest | None) -> Disagreement | None:
    """Return what changed since the newest audit: the diff log (only it is authoritative, contract §12), HEAD, or the tree.

    `document` digests the diff log as it is now. A tree that was committed meanwhile is still the audited one.
    """
    work = state.work
    if work is None or work.tree is None or facts.work is None:
        return Disagreement("entry", "an audit that passed", "none is recorded")
    if work.document is not None and document != work.document:
        return Disagreement("diff log", f"{work.document} (entry {work.seq})", document or "none that can be read")
    if not _is_on(work, facts):
        return Disagreement("HEAD", f"{work.head or 'no commit'}, or a commit of the audited tree on it", facts.head or "no commit")
    return changed_since(state, facts)


def changed_since(state: RecordState, facts: Facts) -> Disagreement | None:
    """Return that the working tree is no longer what the newest audit saw; None when it is, or when neither is known."""
    work = state.work
    if work is None or work.tree is None or facts.work is None:
        return None
    if facts.work.tree != work.tree and facts.work.text != (work.text or work.tree):
        return Disagreement("tree", f"{work.tree} (entry {work.seq})", facts.work.tree)
    return None


def _is_on(work: EntrySummary, facts: Facts) -> bool:
    if facts.ancestry not in (Ancestry.LINEAR, Ancestry.NO_ANCHOR):
        return False
    strays = [commit for commit in facts.commits if not commit.neutral]
    if not strays:
        return work.head in below(facts, facts.head)
    only = strays[0]
    return len(strays) == 1 and not facts.more and is_of(only, work) and stands_on(only, work.head, below(facts, parent_of(only)))
