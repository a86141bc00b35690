"""What `doctor` says of the other repositories that the operator names for this one: where commits and checkpoints go. Only reads; the
anchor is asked, because it was configured to be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from forgewatch.adapters.state_folder import find_folder
from forgewatch.cli.anchor_look import words
from forgewatch.cli.doctor_lines import Level, Line
from forgewatch.core.errors import ForgewatchError
from forgewatch.core.settings import Settings
from forgewatch.wiring.anchors import look_at_anchor, trust_of
from forgewatch.wiring.commands import listed

_LOOK = "forgewatch ledger verify names it; restore the newest state folder from a backup"
_REACH = "look at the address, the network and the key of our user; below PrivateNetwork= only file:// is reached"


def remotes(root: Path, settings: Settings, environ: Mapping[str, str]) -> list[Line]:
    """Return a line for push and one for anchor: off, or the address and how it stands."""
    repository = listed(root, settings)
    return [_line("push", repository.push), _anchor(root, repository.anchor, environ)]


def _line(name: str, url: str) -> Line:
    if url.startswith("git://"):
        return Line(Level.NOTE, name, f"{url}: nobody proves there who writes", "use ssh:// or https://")
    return Line(Level.FINE, name, url or "off")


def _anchor(root: Path, url: str, environ: Mapping[str, str]) -> Line:
    line = _line("anchor", url)
    try:
        folder = find_folder(root, environ) if url else None
        if folder is None:
            return line
        look = look_at_anchor(folder, url, str(root), trust_of(folder), environ)
    except ForgewatchError as error:
        return Line(Level.BAD, "anchor", str(error), error.hint)
    if look.flaw is not None:
        return Line(Level.BAD, "anchor", f"{look.flaw.kind}: {look.flaw.detail}", _LOOK)
    if look.doubt:
        return Line(Level.NOTE, "anchor", words(look, url), _REACH)
    return Line(line.level, "anchor", words(look, url), line.remedy)
