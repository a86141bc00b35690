"""`audit --replay ENTRY`: a recorded audit judged once more. Exit as that audit's when it is the same, else 2."""

from __future__ import annotations

import contextlib
from argparse import Namespace

from forgewatch.app.replaying import Replayed
from forgewatch.cli import places, screen
from forgewatch.cli.forms import FORMS, Shown
from forgewatch.cli.results import exit_status, show_result
from forgewatch.core.audit_document import audit_document
from forgewatch.core.codes import DOCS
from forgewatch.core.errors import ForgewatchError, UsageError
from forgewatch.core.places import Places, places_of
from forgewatch.wiring.replay import replay_entry

_SAID_BY_THE_ENTRY = {"--claimed-files": "claimed_files", "--phase": "phase", "--profile": "profile", "--base": "base"}


class ReplayDiffers(ForgewatchError):
    """The recorded audit is another one when it is judged now."""


def run(args: Namespace) -> int:
    """Replay and print. Raises UsageError, InputsGone, ReplayDiffers after the result is shown."""
    for option, name in _SAID_BY_THE_ENTRY.items():
        if getattr(args, name) is not None:
            raise UsageError(f"{option}: --replay judges what the entry says", f"leave {option} out")
    root = places.repository(args)
    replayed = replay_entry(root, args.replay, args.config)
    _show(replayed, str(root), places_of(places.layout_of(root, places.settings(args))), args.format)
    if replayed.differs:
        seq = replayed.recorded.seq
        raise ReplayDiffers(
            f"entry {seq} replays as another audit: {'; '.join(replayed.differs)}", "what is printed is the present verdict"
        )
    return exit_status(replayed.event)


def _show(replayed: Replayed, repository: str, layout: Places, form: str) -> None:
    with contextlib.suppress(screen.ReaderGone):
        if form == "json":
            told = {"same": not replayed.differs, "differs": list(replayed.differs)}
            screen.show_json({**audit_document(replayed.recorded, repository, DOCS, layout), "replay": told}, screen.KEPT)
        elif form in FORMS:
            screen.show(FORMS[form](Shown(replayed.recorded, repository, layout)), screen.KEPT)
        else:
            show_result(replayed.recorded, repository, layout, form, _word(replayed))


def _word(replayed: Replayed) -> str:
    report = replayed.event.report
    if replayed.differs or report is None:
        return "replayed: another audit than the recorded one"
    return f"replayed: verdict digest {report.verdict_digest} and snapshot digest {report.snapshot} are the recorded ones"
