"""The operator's lists of signers and revoked keys, read only where the builder cannot have written them (ledger.md section 2).

Every folder and link on the way to a file is looked at: whoever can replace one of them, replaces the file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from forgewatch.adapters.files import RootFiles
from forgewatch.adapters.ssh_signatures import verifies
from forgewatch.core.allowed_signers import SIGNERS_BYTES, AllowedSigners, Revoked, parse_allowed_signers, parse_revoked
from forgewatch.core.authority import AuthorityRules, Tier
from forgewatch.core.defect import Defect
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.settings import Settings
from forgewatch.core.sshsig import SshSignature
from forgewatch.core.values import RepoPath

_LINKS = 40
_ELSEWHERE = "keep it where only root or the operator can write, such as /etc/forgewatch"
Parsed = TypeVar("Parsed")


class OperatorAuthority:
    """Implements `ports.Authorities` for the repository at `root`. The files are read at each question: a key may be revoked meanwhile."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def rules(self, settings: Settings) -> AuthorityRules:
        """Return the rules as these settings and their files are now. Raises EnvironmentFault."""
        return load_rules(settings, self._root)

    def verifies(self, signature: SshSignature, message: bytes) -> bool:
        """Return True when the signature is one over the message."""
        return verifies(signature, message)


def load_rules(settings: Settings, root: Path) -> AuthorityRules:
    """Return the operator's rules of authority for the repository at `root`.

    Raises EnvironmentFault with the remedy for a file that is missing, cannot be read, is inside a governed repository, or can be written
    or replaced by somebody else; and for a tier above T0 without a file of signers.
    """
    chosen = settings.authority
    tiers = {action: Tier(tier) for action, tier in chosen.tiers}
    asked = next((action for action, tier in tiers.items() if tier > Tier.T0), None)
    if asked is not None and not chosen.allowed_signers:
        raise EnvironmentFault(
            f"authority.tiers asks for T{tiers[asked]} of {asked}, expected authority.allowed_signers to name a file, found none",
            "name the file of those who may sign, see ssh-keygen(1), ALLOWED SIGNERS",
        )
    roots = {os.path.realpath(root), *(os.path.realpath(each.path) for each in settings.repositories)}
    signers: AllowedSigners | None = None
    if chosen.allowed_signers:
        signers = _load("authority.allowed_signers", chosen.allowed_signers, parse_allowed_signers, roots, root)
    revoked = _load("authority.revoked", chosen.revoked, parse_revoked, roots, root) if chosen.revoked else Revoked()
    return AuthorityRules(signers=signers, revoked=revoked, tiers=tiers, threshold=chosen.threshold, builders=frozenset(chosen.builders))


def _load(key: str, path: str, parse: Callable[[bytes], Parsed | Defect], roots: set[str], root: Path) -> Parsed:
    real = _refuse_unsafe(key, path, roots, root)
    raw = RootFiles(os.path.dirname(real)).read(RepoPath(os.path.basename(real)), SIGNERS_BYTES)
    if not isinstance(raw, bytes):
        why = getattr(raw, "why", "is not there")
        raise EnvironmentFault(f"{key}: {path}: expected a file, found that it {why}", "write it, or remove the key")
    parsed = parse(raw)
    if isinstance(parsed, Defect):
        raise EnvironmentFault(f"{key}: {path}: {parsed}", "mend that line: no signature counts until the whole file is read")
    return parsed


def _refuse_unsafe(key: str, path: str, roots: set[str], root: Path) -> str:
    """Walk from / to the file as the kernel does, look at each step, and return the path without links."""
    builder = _builder(root)
    place = "/"
    for place in _steps(key, path):
        inside = next((each for each in roots if place == each or place.startswith(each.rstrip("/") + "/")), None)
        if inside is not None:
            raise EnvironmentFault(f"{key}: {path} is inside the repository {inside}, where the builder writes", _ELSEWHERE)
        found = os.lstat(place)
        if not stat.S_ISLNK(found.st_mode):
            _refuse_writable(key, place, found)
        if builder is not None and found.st_uid == builder:
            raise EnvironmentFault(
                f"{key}: {place} belongs to user id {builder}, the builder's; expected root or the operator", f"chown root {place}"
            )
    return place


def _refuse_writable(key: str, place: str, found: os.stat_result) -> None:
    mode = stat.S_IMODE(found.st_mode)
    # In a folder with the sticky bit nobody can replace what is another's.
    if mode & 0o022 and not (stat.S_ISDIR(found.st_mode) and mode & stat.S_ISVTX):
        raise EnvironmentFault(f"{key}: {place} is writable for others than its owner, mode {mode:04o}", f"chmod go-w {place}")


def _builder(root: Path) -> int | None:
    """Return the user id of the builder where it is another one than ours."""
    try:
        owner = os.stat(root).st_uid
    except OSError:
        return None
    return None if owner == os.geteuid() else owner


def _steps(key: str, path: str) -> Iterator[str]:
    """Yield every folder, link and at last the file on the way to `path`, links followed one at a time."""
    rest, place, links = _parts(path), "/", 0
    while rest:
        step = os.path.normpath(os.path.join(place, rest.pop(0)))
        try:
            target = os.readlink(step) if os.path.islink(step) else None
            os.lstat(step)
        except OSError as error:
            raise EnvironmentFault(f"{key}: {path}: expected a file, found: {error.strerror}", "write it, or remove the key") from error
        yield step
        if target is None:
            place = step
            continue
        links += 1
        if links > _LINKS:
            raise EnvironmentFault(f"{key}: {path}: expected a file, found a loop of links", "write it, or remove the key")
        place = "/" if os.path.isabs(target) else place
        rest = [*_parts(target), *rest]


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]
