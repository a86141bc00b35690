"""`plan.json` in the state folder: the newest plan that a builder announced, for `status`. Proves nothing."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from pathlib import Path

from forgewatch.adapters.disk import FOLDER, READ, SYSTEM, read_exactly, remedy, replace_whole
from forgewatch.adapters.state_folder import PLAN
from forgewatch.core.build_plan import BuildPlan, plan_document, plan_of
from forgewatch.core.errors import EnvironmentFault

_BYTES = 2 * 1024 * 1024


def write_plan_note(folder: Path, plan: BuildPlan) -> None:
    """Put the plan in place of the last one. Raises EnvironmentFault."""
    raw = json.dumps(plan_document(plan)).encode("ascii") + b"\n"
    try:
        handle = os.open(folder, FOLDER)
        try:
            mode = stat.S_IMODE(os.fstat(handle).st_mode) & 0o666
            # A plan that a crash of the machine takes is announced again, or not missed.
            replace_whole(SYSTEM, handle, PLAN, raw, mode, durable=False)
        finally:
            os.close(handle)
    except OSError as error:
        raise EnvironmentFault(
            f"{folder / PLAN} cannot be written: {error.strerror}", remedy(error, "check the owner of that folder")
        ) from error


def read_plan_note(folder: Path | None) -> BuildPlan | None:
    """Return the plan; None when there is none, or what stands there is none."""
    if folder is None:
        return None
    with contextlib.suppress(OSError, ValueError, RecursionError):
        handle = os.open(folder / PLAN, READ)
        try:
            if stat.S_ISREG(os.fstat(handle).st_mode):
                return plan_of(json.loads(read_exactly(SYSTEM, handle, _BYTES, 0)))
        finally:
            os.close(handle)
    return None
