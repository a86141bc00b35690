"""Dependencies that a script declares in itself: the `# /// script` block of PEP 723 (checks.md A9)."""

from __future__ import annotations

import re
import tomllib

from forgewatch.core.distributions import normalised
from forgewatch.core.requirements_text import requirement_name

_BLOCK = re.compile(r"^# /// script[ \t]*\n(?P<body>(?:#(?: [^\n]*)?\n)+?)# ///[ \t]*$", re.MULTILINE)
_BODY_CHARS = 65_536


def inline_dependencies(text: str) -> frozenset[str]:
    """Return the names (PEP 503) of the distributions in the block; none when there is no block, more than one, or no valid TOML in it."""
    blocks = [found.group("body") for found in _BLOCK.finditer(text)]
    if len(blocks) != 1 or len(blocks[0]) > _BODY_CHARS:
        return frozenset()
    try:
        table = tomllib.loads("".join(line[2:] + "\n" for line in blocks[0].splitlines()))
    except (tomllib.TOMLDecodeError, RecursionError):
        return frozenset()
    listed = table.get("dependencies")
    names = [requirement_name(item) for item in listed if isinstance(item, str)] if isinstance(listed, list) else []
    return frozenset(normalised(name) for name in names if name)
