"""Phase identifiers in builders' prose (checks.md section 0, Phase): `Phase N[.M]`, optionally ` -- title`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from forgewatch.core.values import UNKNOWN_PHASE, Phase

PHASE_CHARS = 80
"""The longest phase, title included."""

_NUMBER = r"(?P<number>[0-9]{1,4}(?:\.[0-9]{1,4})?)(?![0-9A-Za-z_])"
_STATED = re.compile(r"(?:(?:current )?phase\s*[:=]\s*(?:phase\s+)?|phase\s+)" + _NUMBER, re.IGNORECASE)
_MENTIONED = re.compile(r"\bPhase " + _NUMBER)
_TITLE = re.compile(r"\s*(?::|--|[-–—])\s+(?P<title>\S.*)")
_SENTENCE_END = re.compile(r"[.;!?](?=\s|$)")


def find_phase(places: Iterable[Iterable[str]]) -> Phase | None:
    """Return the phase of the first place that states one (a line that begins with it), else of the first that mentions one.

    `places` are the lines of title, Cycle Metadata, Cycle Status and Summary. A stated phase goes before a mentioned one wherever
    it stands, because HEAD's subject in the metadata often names the phase before.
    """
    lines = [_plain(line) for place in places for line in place]
    stated = next(filter(None, map(_STATED.match, lines)), None)
    found = stated or next(filter(None, map(_MENTIONED.search, lines)), None)
    return _phase(found.group("number"), found.string[found.end() :]) if found else None


def phase_number(phase: Phase) -> str:
    """Return `Phase N[.M]` without the title, so that one phase under two titles is one phase; `unknown` stays."""
    found = _STATED.match(phase)
    return f"Phase {found.group('number')}" if found else phase


def parse_phase(raw: str) -> Phase:
    """Return the phase that the operator or a command names; a bare number is a phase too, anything else `unknown`."""
    return find_phase([[raw], [f"Phase {raw.strip()}"]]) or UNKNOWN_PHASE


def _plain(line: str) -> str:
    return re.sub(r"[*`]", "", line[:1000]).strip(" _\t")


def _phase(number: str, rest: str) -> Phase:
    titled = _TITLE.match(rest)
    title = _SENTENCE_END.split(titled.group("title"), maxsplit=1)[0].strip() if titled else ""
    plain = ".".join(str(int(part)) for part in number.split("."))
    name = f"Phase {plain} -- {title}" if title else f"Phase {plain}"
    return Phase(name[:PHASE_CHARS].rstrip())
