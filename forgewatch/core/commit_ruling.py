"""Which commits since the anchor are authorized ones (ledger.md section 2, How a commit becomes authorized; contract §10.7 A6).

A commit is the authorized one when its tree equals the audited tree apart from the neutral set, and it stands on the HEAD of the audit,
or on commits behind it that touch the neutral set only. What its message says, and what ledger text says of it, counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from forgewatch.core.amendments import blocked_phases
from forgewatch.core.approval import phase_slug
from forgewatch.core.authority_state import Grant, Standing
from forgewatch.core.phase_words import phase_number
from forgewatch.core.record_state import EntrySummary, RecordState
from forgewatch.core.repository_facts import CommitFacts, Facts
from forgewatch.core.snapshot import Ancestry
from forgewatch.core.values import CommitId, Phase
from forgewatch.core.verdict import Outcome

_NUMBERED = re.compile(r"phase-\d+(?:-\d+)?")
"""The form of a phase's number alone in a token."""


@dataclass(frozen=True, slots=True)
class ByGrant:
    """The commit holds the tree that `grant` is about."""

    commit: CommitId
    entry: EntrySummary
    grant: Grant


@dataclass(frozen=True, slots=True)
class ByDirective:
    """The commit holds the tree of an audit that passed, and the directive lets such a tree go without a human. `standing` is the grant
    that was signed for it, None where the operator asks for none."""

    commit: CommitId
    entry: EntrySummary
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Unaudited:
    """Nobody authorized these commits, the oldest first; `why` is about the first of them."""

    commits: tuple[CommitId, ...]
    why: str


CommitRuling = ByGrant | ByDirective | Unaudited | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoRules:
    """What the operator asks for before a tree goes without a human: `tier` 0 asks for nothing but the directive; above, a standing grant
    of that tier. `at` is now, as in an event. `ours`: the newest audit was made by the settings of whoever asks."""

    tier: int
    at: str
    ours: bool = True


def bases_of(state: RecordState) -> tuple[CommitId | None, ...]:
    """Return the commits on which an authorized tree may be committed: those of open authorizations and of the newest audit."""
    work = state.work
    heads = [grant.head for grant in state.authority.grants]
    return tuple(dict.fromkeys([*heads, *([work.head] if work else [])]))


def rule_commits(state: RecordState, facts: Facts, rules: AutoRules) -> CommitRuling:
    """Return what is to be recorded of the commits since the anchor: the first authorized one, else what nobody authorized, else None.

    Once an authorized commit is recorded it is the anchor, and the question is asked again with what came after it.
    """
    if facts.behind:
        # What the anchor descends from is nobody's new commit. Work on top of it is, and what is audited there fails (A6).
        return None
    if facts.ancestry not in (Ancestry.LINEAR, Ancestry.NO_ANCHOR) and facts.head is not None:
        return Unaudited((facts.head,), f"HEAD does not descend from the anchor: {facts.ancestry.value}")
    # The facts may be older than the record: what another one recorded meanwhile is authorized, and no longer a question.
    strays = [commit for commit in facts.commits if not commit.neutral and commit.oid not in state.authorized]
    if not strays:
        return None
    first = strays[0]
    behind = below(facts, parent_of(first))
    for entry, grant in _candidates(state):
        if not (stands_on(first, entry.head, behind) and is_of(first, entry)):
            continue
        if grant is not None and not _is_over(grant.expires, rules.at):
            return ByGrant(first.oid, entry, grant)
        standing = standing_of(state, entry, facts, rules)
        if rules.ours and _goes_alone(state, entry, facts) and (rules.tier == 0 or standing is not None):
            return ByDirective(first.oid, entry, standing if rules.tier else None)
    return Unaudited(tuple(commit.oid for commit in strays), _why(state, first, behind))


def _candidates(state: RecordState) -> Iterator[tuple[EntrySummary, Grant | None]]:
    for grant in reversed(state.authority.grants):
        entry = state.entries.get(grant.entry)
        if entry is not None:
            yield entry, grant
    if state.work is not None:
        yield state.work, None


def below(facts: Facts, at: CommitId | None) -> frozenset[CommitId | None]:
    """Return the commit `at` and what lies behind it through commits of the neutral set."""
    neutral = {one.oid: one for one in facts.commits if one.neutral}
    found: list[CommitId | None] = []
    while at not in found:
        found.append(at)
        if at is not None and at in neutral:
            at = parent_of(neutral[at])
    return frozenset(found)


def parent_of(commit: CommitFacts) -> CommitId | None:
    """Return the first parent, None for a first commit."""
    return commit.parents[0] if commit.parents else None


def stands_on(commit: CommitFacts, head: CommitId | None, behind: frozenset[CommitId | None]) -> bool:
    """True when the commit is no merge and stands on `head`; `behind` is `below` of its parent."""
    return len(commit.parents) < 2 and head in behind


def is_of(commit: CommitFacts, entry: EntrySummary) -> bool:
    """True when the commit's tree is the one that the entry audited, line endings aside where git may have turned them."""
    if commit.tree is None or entry.tree is None:
        return False
    return commit.tree == entry.tree or (entry.text is not None and commit.text == entry.text)


def _goes_alone(state: RecordState, entry: EntrySummary, facts: Facts) -> bool:
    """True when the newest audit passed with Auto-authorize on, in BASE's directive too, and no phase is blocked (contract §10.4)."""
    newest = state.work
    passed = newest is not None and newest.seq == entry.seq and entry.outcome is Outcome.PASS
    unused = state.authority.closed is None or state.authority.closed < entry.seq
    return passed and unused and entry.aem and entry.auto and facts.auto_authorize and not blocked_phases(state)


def standing_of(state: RecordState, entry: EntrySummary, facts: Facts, rules: AutoRules) -> Standing | None:
    """Return the standing grant that covers this entry's phase under the present directive. Named by its number alone, a phase is covered
    under any title. A title that reads like a number is none of them: `Phase 2 -- 1` is not Phase 2.1."""
    titled = phase_slug(entry.phase)
    names = {phase_slug(Phase(phase_number(entry.phase))), *([] if _NUMBERED.fullmatch(titled) else [titled])}
    return next(
        (
            one
            for one in state.authority.standing
            if one.directive == facts.directive
            and names.intersection(one.phases)
            and one.tier >= rules.tier
            and not _is_over(one.expires, rules.at)
        ),
        None,
    )


def _why(state: RecordState, commit: CommitFacts, behind: frozenset[CommitId | None]) -> str:
    entry = state.work
    if len(commit.parents) > 1:
        return "a merge holds what no audit saw as one change"
    if entry is None or entry.tree is None:
        return "no audit passed before it"
    if state.authority.closed == entry.seq:
        return f"entry {entry.seq} is authorized and committed, and nothing was audited since"
    if entry.head not in behind:
        return f"it does not stand on {entry.head or 'no commit'}, on which entry {entry.seq} was audited"
    if not is_of(commit, entry):
        return f"its tree is not the one that entry {entry.seq} audited"
    if entry.outcome is not Outcome.PASS:
        return f"entry {entry.seq} audited its tree, and its outcome is {entry.outcome.value}"
    return f"entry {entry.seq} audited its tree, and nobody authorized it"


def _is_over(expires: str, at: str) -> bool:
    return bool(expires) and at >= expires
