"""The claim held against what is there: bare governance paths, and rows that only the tree can settle (checks.md section 0, Claim)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from forgewatch.core.difflog import Claim, ClaimDefect
from forgewatch.core.places import Places
from forgewatch.core.values import Refused, RepoPath, parse_repo_path

_GOVERNED = frozenset({"Contracts", "evidence", "scripts"})


def resolve_claim(claim: Claim, exists: Callable[[RepoPath], bool], places: Places) -> Claim:
    """Return the claim with bare governance paths under the toolkit's folder and doubtful rows settled (checks.md section 0, Claim).

    `exists` tells whether a path is known to HEAD or the working tree. A path below `Contracts/`, `evidence/` or `scripts/` that does
    not exist as written means the toolkit's. A defect whose text is exactly a known path is that path, and so is a hint.
    """
    found: dict[RepoPath, int] = {}
    defects: list[ClaimDefect] = []
    known = [(hint, path) for hint in claim.hints if (path := _known(hint.text, exists))]
    explaining = frozenset(line for hint, _ in known for line in hint.below)
    rows: list[tuple[int, RepoPath | ClaimDefect]] = list(zip(claim.lines, claim.paths, strict=True))
    rows += [(defect.line, defect) for defect in claim.defects]
    rows = [(line, row) for line, row in rows if line not in explaining]
    rows += [(hint.line, path) for hint, path in known if hint.line not in explaining]
    for line, row in sorted(rows, key=lambda pair: pair[0]):
        settled = (_known(row.text, exists) or row) if isinstance(row, ClaimDefect) else _placed(row, exists, places)
        if isinstance(settled, ClaimDefect):
            defects.append(settled)
        else:
            found.setdefault(settled, line)
    return replace(claim, paths=tuple(found), lines=tuple(found.values()), defects=tuple(defects), hints=())


def _known(text: str, exists: Callable[[RepoPath], bool]) -> RepoPath | None:
    parsed = parse_repo_path(text)
    return None if isinstance(parsed, Refused) or not exists(parsed) else parsed


def _placed(path: RepoPath, exists: Callable[[RepoPath], bool], places: Places) -> RepoPath:
    bare = places.base and path.partition("/")[0] in _GOVERNED and "/" in path and not exists(path)
    return RepoPath(places.base + path) if bare else path
