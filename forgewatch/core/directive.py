"""The builder's directive: the switches it sets (contract §10.1) and the phase it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.document import bounded, read_document
from forgewatch.core.markdown_body import Block, Body, Kind, parse_body
from forgewatch.core.phase_words import find_phase
from forgewatch.core.values import Absent, Content, Digest, Phase, Unreadable

_MARKS = re.compile(r"[*`]+")
_SWITCH = re.compile(
    r"(?P<name>AEM|Auto-authorize|boot_script)[ \t]*[:=][ \t]*(?P<value>[A-Za-z]+)\.?[ \t]*(?:\(.*\)[ \t]*)?\Z", re.IGNORECASE
)
_CURRENT = re.compile(r"(?:current )?phase[ \t]*[:=]", re.IGNORECASE)
_ON = {"aem": "enabled", "auto-authorize": "enabled", "boot_script": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """What a directive switches on. `digest` is of its bytes, None when there is none to read. Everything is off by default."""

    aem: bool = False
    auto_authorize: bool = False
    boot_script: bool = False
    phase: Phase | None = None
    digest: Digest | None = None


def parse_directive(raw: Content) -> Directive:
    """Read a directive (contract §10.1, S002-10.1-1). Only a line or a list item of its own switches something on.

    Code, block quotes and table cells switch nothing. A switch that is stated twice with two values is off. Never raises.
    """
    if isinstance(raw, Absent | Unreadable):
        return Directive()
    limited = bounded(read_document(raw))
    if limited is None:
        return Directive(digest=digest_of_bytes(raw))
    body = parse_body(*limited)
    switches = _switches(line for block in body.blocks for line in _lines(block))
    return Directive(
        aem=switches["aem"],
        auto_authorize=switches["auto-authorize"],
        boot_script=switches["boot_script"],
        phase=_current_phase(body),
        digest=digest_of_bytes(raw),
    )


def _lines(block: Block) -> Iterator[str]:
    if block.kind in (Kind.PARAGRAPH, Kind.ITEM):
        yield from (_MARKS.sub("", line).strip(" _") for line in block.lines)


def _switches(lines: Iterable[str]) -> dict[str, bool]:
    said: dict[str, set[bool]] = {name: set() for name in _ON}
    for found in filter(None, map(_SWITCH.match, lines)):
        name = found.group("name").lower()
        said[name].add(found.group("value").lower() == _ON[name])
    return {name: values == {True} for name, values in said.items()}


def _current_phase(body: Body) -> Phase | None:
    """Return the phase under `Current Phase`, else of a line `Phase: N`; a list of all phases names none as the present one."""
    headed = [line for part in body.parts if part.key == "current phase" for block in part.own for line in _lines(block)]
    stated = [line for block in body.blocks for line in _lines(block) if _CURRENT.match(line)]
    return find_phase([headed, stated])
