"""Whether the directive switches AEM on, as it is now. Light: the parser is loaded only when a switch is seen that no audit saw yet."""

from __future__ import annotations

import re
from pathlib import Path

from forgewatch.cli.commands import load
from forgewatch.cli.regular_file import open_regular
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.places import Places

CONTRACT_BYTES = 256 * 1024
"""The limit of a contract, as `core.limits` has it, which is too heavy for a glance."""

_SWITCHED = re.compile(rb"AEM[*`_]*[ \t]*[:=][*`_]*[ \t]*[*`_]*enabled", re.IGNORECASE)


def aem_of(root: Path, governed: Places, audited: bool | None) -> bool | None:
    """Return True when AEM is on, None when the directive cannot be read. `audited` is what the last audit found (S002-10.1-1).

    Without the words of the switch it is off, whatever stood there before; with them the parser, or the last audit, says where they stand.
    """
    try:
        raw = _read(root, governed)
    except (OSError, EnvironmentFault):
        return None
    if _SWITCHED.search(raw) is None:
        return False
    return True if audited else bool(load("forgewatch.core.directive").parse_directive(raw).aem)


def _read(root: Path, governed: Places) -> bytes:
    for path in governed.directives:
        try:
            descriptor = open_regular(root / path)
        except FileNotFoundError:
            continue
        with open(descriptor, "rb") as file:
            return file.read(CONTRACT_BYTES)
    return b""
