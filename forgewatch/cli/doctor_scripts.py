"""What `doctor` says of the two scripts that the contract keeps together: is each there, and of this version (contract §10.7)?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from forgewatch.adapters.files import RootFiles
from forgewatch.cli import places
from forgewatch.cli.directive_glance import aem_of
from forgewatch.cli.doctor_lines import Level, Line
from forgewatch.cli.drift import script_drift
from forgewatch.cli.shims import LIMITATION
from forgewatch.cli.starter import scripts
from forgewatch.core.limits import LIMITS
from forgewatch.core.places import places_of
from forgewatch.core.settings import Settings
from forgewatch.core.values import RepoPath
from forgewatch.core.verdict import StopReason

_AUDIT, _TESTS = "run_audit", "run_tests"


def kept_scripts(root: Path, settings: Settings) -> Iterator[Line]:
    """Yield a line for each script that is missing or not the one that is shipped. Either spelling of it is enough, `.py` or `.ps1`.

    With AEM on, an audit script that cannot be read as one is a STOP (contract §10.2, 5; S002-10.7-5).
    """
    tree, governed = RootFiles(str(root)), places_of(places.layout_of(root, settings))
    shipped = scripts(governed)
    aem = aem_of(root, governed, None)
    for name in (_AUDIT, _TESTS):
        place = f"{governed.base}scripts/{name}"
        found = {path: tree.read(RepoPath(path), LIMITS.document_bytes) for path in (f"{place}.py", f"{place}.ps1")}
        if not any(isinstance(content, bytes) for content in found.values()):
            stop = f": AEM is on, STOP: {StopReason.ENVIRONMENT_LIMITATION}. {LIMITATION}" if aem and name == _AUDIT else ""
            yield Line(Level.BAD if stop else Level.NOTE, "missing", place + stop, "forgewatch init")
            continue
        changed = (
            one for path, content in found.items() if isinstance(content, bytes) for one in script_drift(path, shipped[path], content)
        )
        for one in changed:
            yield Line(Level.NOTE, "script", f"{one.path} {one.why}", "look at it; to have the shipped one, move it away: forgewatch init")
