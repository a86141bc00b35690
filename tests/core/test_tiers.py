"""The least tier of an action, and what a request about an audit must say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forgewatch.core import authority_request
from forgewatch.core.authority import AuthorityRules, Tier
from forgewatch.core.settings import AuthoritySettings, Settings
from forgewatch.core.tiers import raised, request_about, wanted_tier
from tests.support.answers import digest
from tests.support.authority import BASE, TREE, Chronicle, facts

Tiers = tuple[tuple[str, int], ...]


@pytest.mark.parametrize(
    ("operator", "repository", "wanted"),
    [
        ((), (), 0),
        ((("AUTHORIZED", 1),), (), 1),
        ((), (("AUTHORIZED", 2),), 2),
        ((("AUTHORIZED", 1),), (("AUTHORIZED", 3),), 3),
        ((("AUTHORIZED", 3),), (("AUTHORIZED", 1),), 3),
        ((("AUTHORIZED", 2),), (("AUTHORIZED", 2),), 2),
        ((("RELEASE", 3),), (("ROLLBACK", 3),), 0),
    ],
    ids=["nothing is said", "the operator", "the repository", "it raises", "it cannot lower", "both the same", "of other actions"],
)
def test_the_repository_can_raise_the_tier_that_the_operator_asks_for_and_never_lower_it(
    operator: Tiers, repository: Tiers, wanted: int
) -> None:
    settings = Settings(authority=AuthoritySettings(tiers=operator))
    assert wanted_tier(settings, facts(raised=repository), "AUTHORIZED") == wanted
    rules = AuthorityRules(tiers={action: Tier(tier) for action, tier in operator}, threshold=3)
    after = raised(rules, facts(raised=repository))
    assert after.least("AUTHORIZED") == wanted
    assert replace(after, tiers=rules.tiers) == rules


def test_what_the_repository_does_not_name_stays_as_the_operator_has_it() -> None:
    rules = AuthorityRules(tiers={"RELEASE": Tier.T2})
    assert raised(rules, facts(raised=(("AUTHORIZED", 1),))).tiers == {"RELEASE": Tier.T2, "AUTHORIZED": Tier.T1}


def test_a_request_is_about_the_audited_tree_on_its_base_and_about_nothing_else() -> None:
    work = Chronicle().works(changes=digest("changes")).work
    assert request_about(work, "shop-0123456789abcdef") == authority_request.Wanted(
        action="AUTHORIZED",
        repository="shop-0123456789abcdef",
        subject="phase-1-things",
        base=BASE,
        tree=TREE,
        changes=digest("changes"),
        entry=digest("leaf 1"),
        policy=digest("policy"),
    )
