"""How far a word of authority has to be proved, and what a request about an audit must say (ledger.md section 2, tiers)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from forgewatch.core import authority_request
from forgewatch.core.approval import AUTHORIZED, phase_slug
from forgewatch.core.authority import AuthorityRules, Tier
from forgewatch.core.record_state import EntrySummary
from forgewatch.core.repository_facts import Facts
from forgewatch.core.settings import Settings

STANDING = "STANDING"


def wanted_tier(settings: Settings, facts: Facts, action: str) -> int:
    """Return the least tier of an action: the operator's, which the repository can only raise."""
    return max(dict(settings.authority.tiers).get(action, 0), dict(facts.raised).get(action, 0))


def raised(rules: AuthorityRules, facts: Facts) -> AuthorityRules:
    """Return the rules with the tiers that the repository raises."""
    higher: Mapping[str, Tier] = {action: max(rules.least(action), Tier(tier)) for action, tier in facts.raised}
    return replace(rules, tiers={**rules.tiers, **higher})


def request_about(work: EntrySummary, repository: str) -> authority_request.Wanted:
    """Return what a request to authorize the audited tree of `work` must say; `repository` is the name of its state folder."""
    return authority_request.Wanted(
        action=AUTHORIZED,
        repository=repository,
        subject=phase_slug(work.phase),
        base=work.head,
        tree=work.tree,
        changes=work.changes,
        entry=work.leaf,
        policy=work.policy,
    )
