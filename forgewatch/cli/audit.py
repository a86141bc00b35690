"""`audit`: one audit now, recorded like the daemon's (contract §10.2, fallback; §10.7). Exit 0, 1, 2."""

from __future__ import annotations

import contextlib
from argparse import Namespace

from forgewatch.cli import places, replay, screen
from forgewatch.cli.forms import FORMS, Shown
from forgewatch.cli.results import audit_of, exit_status, kept_of, show_result
from forgewatch.cli.shims import LIMITATION
from forgewatch.core.errors import EnvironmentFault, ForgewatchError, NotARepository, RepositoryUnavailable, UsageError
from forgewatch.core.places import places_of
from forgewatch.core.report import GivenClaim
from forgewatch.core.settings import Profile, Settings
from forgewatch.wiring.commands import audit_once

_STRICTNESS = (Profile.DEV, Profile.STRICT, Profile.CI, Profile.RELEASE)


class NoAudit(ForgewatchError):
    """The audit could not be made: why, and the contract's exact words (contract §10.2, 5)."""


def run(args: Namespace) -> int:
    """Audit once and print the result. Raises UsageError, NoAudit, RepositoryUnavailable."""
    if args.replay is not None:
        return replay.run(args)
    given, base = _given(args), _base(args)
    try:
        return _audit(args, given, base)
    except EnvironmentFault as fault:
        if isinstance(fault, RepositoryUnavailable) and not isinstance(fault, NotARepository):
            # There is a repository, or there should be one: the fact is told, and nobody is sent to look for a script.
            raise
        raise NoAudit(f"{fault}; STOP: ENVIRONMENT_LIMITATION. {LIMITATION}", fault.hint) from fault


def _audit(args: Namespace, given: GivenClaim | None, base: str | None) -> int:
    root = places.repository(args)
    settings = places.settings(args)
    once = audit_once(root, given=given, profile=_profile(args, settings), base=base, dry_run=args.dry_run, config=args.config)
    screen.unsealed(once.unsealed)
    result = once.recorded or once.event
    where = places_of(places.layout_of(root, settings))
    if args.format in FORMS:
        with contextlib.suppress(screen.ReaderGone):
            screen.show(FORMS[args.format](Shown(result, once.repository, where)), kept_of(result))
        return exit_status(audit_of(result))
    return show_result(result, once.repository, where, args.format, once.note)


def _base(args: Namespace) -> str | None:
    base: str | None = args.base
    if base is not None and not base.strip():
        # A variable that a CI did not set: without a base another change would be judged, and perhaps passed.
        raise UsageError(f"--base: expected a commit, branch or tag, found '{base}'", "leave --base out to judge what is not recorded yet")
    return base


def _given(args: Namespace) -> GivenClaim | None:
    if args.claimed_files is None:
        return None if args.phase is None else GivenClaim(raw=None, phase=args.phase)
    raw = tuple(part for part in (piece.strip() for piece in args.claimed_files.split(",")) if part)
    return GivenClaim(raw=raw, phase=args.phase)


def _profile(args: Namespace, settings: Settings) -> Profile | None:
    if args.profile is None:
        return None
    wanted = Profile(args.profile)
    # The builder may run this command; it must not be a way to a milder audit than the operator wants.
    if _STRICTNESS.index(wanted) < _STRICTNESS.index(settings.profile):
        raise UsageError(f"profile {wanted} is milder than the configured {settings.profile}", "the command line can only be stricter")
    return wanted
