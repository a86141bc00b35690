"""`status --watch`: the overview of a repository, drawn again whenever something in it changes, until it is interrupted.

On a terminal one frame takes the place of the one before; elsewhere each change is a block of its own, or a JSON document on a line.
"""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forgewatch.cli import screen, status
from forgewatch.cli.frame import fitted, wrapped
from forgewatch.cli.overview import audit_of_event, overview
from forgewatch.core.errors import ForgewatchError
from forgewatch.core.events import AuditRecorded
from forgewatch.core.text import PATH_LIMIT, escape

_LOOK_EVERY = 0.5
_KEYS = "Ctrl-C ends this"


def run(root: Path, args: Namespace) -> int:
    """Show what is known until interrupted; return what `status` would then: 0 when a watcher runs, 3 when none does.

    What cannot be read for a moment is shown, and looked at again.
    """
    seen: object = None
    watched = False
    known: dict[str, AuditRecorded | None] = {}
    try:
        while True:
            document, lines = _look(root, args, known)
            watched = bool(document and document["watcher"]["running"])
            size = screen.size() if screen.result_is_read() else None
            if (document, lines, size) != seen:
                _show(document, lines, size, as_json=args.json)
                seen = (document, lines, size)
            time.sleep(_LOOK_EVERY)
    except KeyboardInterrupt:
        return status.RUNNING if watched else status.NOT_RUNNING


def _look(root: Path, args: Namespace, known: dict[str, AuditRecorded | None]) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    try:
        document, newest = status.look(root, args)
        return document, tuple(overview(document, _audit(newest.get("AuditRecorded"), known)))
    except ForgewatchError as error:
        hint = (f"  hint: {escape(error.hint, PATH_LIMIT)}",) if error.hint else ()
        return None, (f"cannot be read: {escape(str(error), PATH_LIMIT)}", *hint)


def _audit(raw: dict[str, Any] | None, known: dict[str, AuditRecorded | None]) -> AuditRecorded | None:
    # An audit of thousands of findings is taken apart once, not twice a second.
    leaf = str(raw["leaf"]) if raw else ""
    if leaf not in known:
        audit = audit_of_event(raw)
        known.clear()
        known[leaf] = audit
    return known[leaf]


def _show(document: Mapping[str, Any] | None, lines: tuple[str, ...], size: tuple[int, int] | None, *, as_json: bool) -> None:
    if as_json and document is not None:
        screen.show_json(document)
    elif as_json:
        screen.note("\n".join(lines))
    elif size is None:
        screen.show("\n".join((*lines, "", "")))
    elif screen.may_move():
        columns, rows = size
        screen.redraw(fitted((*lines, _KEYS), columns, rows - 1))
    else:
        screen.show("\n".join([*(row for line in lines for row in wrapped(line, size[0])), "", ""]))
