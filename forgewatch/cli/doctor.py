"""`doctor`: environment, limits, configuration, locks, ledger; each line that is not fine comes with a remedy. Exit 1 when one is bad."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from forgewatch.cli import doctor_authority, doctor_keys, doctor_remotes, doctor_room, doctor_scripts, doctor_tests, places, screen
from forgewatch.cli import doctor_lines as probe
from forgewatch.cli.doctor_lines import Level, Line
from forgewatch.core.errors import ForgewatchError
from forgewatch.core.settings import Settings
from forgewatch.core.text import escape

SCHEMA = "forgewatch/doctor/v1"
_WORDS = {Level.FINE: "ok  ", Level.NOTE: "note", Level.BAD: "bad "}
_COLOURS = {Level.FINE: "PASS", Level.NOTE: "WARN", Level.BAD: "FAIL"}


def run(args: Namespace) -> int:
    """Look at everything and print one line each. A configuration or repository that cannot be read is a line, not the end."""
    settings, lines = _settings(args)
    root, found = _repository(args)
    lines = [*probe.environment(root), *doctor_room.state(root, os.environ), *lines, *probe.configuration(settings), *found]
    if root is not None:
        lines += doctor_room.repository(root)
        lines += probe.repository(root, settings, os.environ)
        lines += doctor_scripts.kept_scripts(root, settings)
        lines += doctor_authority.authority(root, settings)
        lines += doctor_remotes.remotes(root, settings, os.environ)
        lines += doctor_keys.repository(root, settings, os.environ)
    lines += [doctor_tests.sandbox(root, settings, os.environ), *probe.service(settings)]
    if args.json:
        screen.show_json({"schema": SCHEMA, "lines": [_json(line) for line in lines]})
    else:
        screen.show("\n".join(_text(line) for line in lines))
    return 1 if any(line.level is Level.BAD for line in lines) else 0


def _settings(args: Namespace) -> tuple[Settings, list[Line]]:
    try:
        return places.settings(args), []
    except ForgewatchError as error:
        return Settings(), [Line(Level.BAD, "configuration", str(error), error.hint)]


def _repository(args: Namespace) -> tuple[Path | None, list[Line]]:
    try:
        return places.repository(args), []
    except ForgewatchError as error:
        return None, [Line(Level.BAD, "repository", str(error), error.hint)]


def _text(line: Line) -> str:
    shown = f"{screen.paint(_COLOURS[line.level], _WORDS[line.level])}  {line.name + ':':<28}{escape(line.fact, 2000)}"
    # Lines below the first are to be pasted somewhere; systemd minds no space before them.
    return shown + "\n      remedy: " + line.remedy.replace("\n", "\n      ") if line.remedy else shown


def _json(line: Line) -> dict[str, str]:
    return {"level": line.level.value, "name": line.name, "fact": line.fact, "remedy": line.remedy}
