"""The files that a cycle planned: what its diff log listed when it became IN_PROCESS (contract §11), and what grew beyond them (§12).

The plan is recorded when it is first seen. A plan that is written anew before anything was announced is not another plan: whoever works
first and plans afterwards gains nothing by it.
"""

from __future__ import annotations

from forgewatch.core.claim_resolution import resolve_claim
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.places import Places
from forgewatch.core.plan_scope import bounded
from forgewatch.core.readings import log_of
from forgewatch.core.values import Refused, RepoPath, parse_repo_path


def planned_files(raw: bytes, places: Places) -> tuple[RepoPath, ...]:
    """Return the paths that a diff log lists, folders too, each once and in their order; nothing when it lists none. Never raises."""
    log = log_of(parse_difflog(raw))
    if log is None:
        return ()
    claim = resolve_claim(log.claim, lambda path: False, places)
    texts = [*(defect.text for defect in claim.defects), *(hint.text for hint in log.claim.hints)]
    named = [parse_repo_path(text.rstrip("/*")) for text in texts]
    return bounded((*claim.paths, *(path for path in named if not isinstance(path, Refused))))
