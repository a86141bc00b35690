"""What files given as texts say of components and their callers, without a repository around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forgewatch.core.components import ComponentFacts, extract_components, holds_components
from forgewatch.core.mentions import Mentions, ask, find_mentions, may_use
from forgewatch.core.places import FORGE
from forgewatch.core.values import Phase, RepoPath
from forgewatch.core.wiring import Wiring, due_components, loose_components, words_of
from forgewatch.core.wiring_plan import plan_of


def wiring_of(files: Mapping[str, str], plans: Sequence[str], phase: str, new: frozenset[str] = frozenset()) -> Wiring:
    """Return what the files say; those in `new` are not there at HEAD."""
    paths = {RepoPath(path): text.encode() for path, text in files.items()}
    now = {path: facts for path, raw in paths.items() if holds_components(path) and (facts := extract_components(path, raw))}
    seen = [plan for text in plans if (plan := plan_of(text.encode(), Phase(phase))) is not None]
    older: dict[RepoPath, ComponentFacts] = {path: facts for path, facts in now.items() if path not in new}
    due = due_components(older, now, seen)
    asked = ask({word for path in due for word in words_of(now[path])})
    told = [(path, find_mentions(asked, path, raw)) for path, raw in paths.items() if asked and may_use(path, FORGE)]
    return Wiring(loose=loose_components(due, now, [(path, one) for path, one in told if one != Mentions()], now), judged=len(due))
