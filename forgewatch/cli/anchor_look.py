"""What `ledger verify` and `doctor` say of the anchor: both ask it, where the operator configured one."""

from __future__ import annotations

import os
from pathlib import Path

from forgewatch.cli.anchor_words import anchored
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.journal_exam import Trust
from forgewatch.core.settings import Settings
from forgewatch.core.tampering import Flaw
from forgewatch.wiring.anchors import AnchorLook, look_at_anchor
from forgewatch.wiring.commands import listed


def asked(root: Path, folder: Path, settings: Settings, trust: Trust) -> tuple[str, tuple[Flaw, ...]]:
    """Return one line about the anchor, empty where none is configured, and what is wrong with the journal by it."""
    url = listed(root, settings).anchor
    if not url:
        return "", ()
    try:
        look = look_at_anchor(folder, url, str(root), trust, os.environ)
    except EnvironmentFault as fault:
        look = AnchorLook(unreachable=str(fault))
    return words(look, url), () if look.flaw is None else (look.flaw,)


def words(look: AnchorLook, url: str) -> str:
    """Return what a look gave as one line."""
    if look.unreachable:
        return f"not looked at: {look.unreachable}; seen there last: {anchored(look.last)}"
    return look.doubt or (f"{look.entries} entries at {url}" if look.entries else f"nothing of this journal yet at {url}")
