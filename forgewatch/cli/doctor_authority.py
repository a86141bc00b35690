"""What `doctor` says of who may allow something in a repository, with the words in which a command refuses it."""

from __future__ import annotations

from pathlib import Path

from forgewatch.adapters.authority_files import load_rules
from forgewatch.cli.doctor_lines import Level, Line
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.settings import Settings
from forgewatch.core.text import counted


def authority(root: Path, settings: Settings) -> list[Line]:
    """One line: who may sign and what has to be signed, or why nothing can be."""
    try:
        rules = load_rules(settings, root)
    except EnvironmentFault as error:
        return [Line(Level.BAD, "authority", str(error), error.hint)]
    if rules.signers is None:
        told = "unauthenticated: no allowed_signers file is configured, anyone with the same user id can forge a token"
        return [
            Line(Level.NOTE, "authority", told, "name one as authority.allowed_signers, and the actions that need it in authority.tiers")
        ]
    keys = len({signer.public for signer in rules.signers.signers})
    least = ", ".join(f"{action} {tier.name}" for action, tier in rules.tiers.items()) or "nothing has to be signed yet"
    told = f"{counted(keys, 'key')} may sign, {len(rules.revoked.fingerprints)} revoked; {least}"
    if not rules.tiers:
        return [Line(Level.NOTE, "authority", told, "name the actions in authority.tiers")]
    return [Line(Level.FINE, "authority", told)]
