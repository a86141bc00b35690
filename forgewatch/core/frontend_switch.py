"""Is the frontend enabled? What `stack.md` and `forge.json` say about it (contract §1 item 7). Where they leave it open, it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forgewatch.core.document import bounded, read_document
from forgewatch.core.markdown_body import QUOTED, Body, Kind, Part, parse_body
from forgewatch.core.strict_json import parse_json
from forgewatch.core.values import Absent, Content
from forgewatch.core.visible_text import visible

_ON = frozenset({"yes", "true", "on", "enabled"})
_VALUE = r"(?P<value>yes|true|on|enabled|no|none|false|off|disabled|n/a|not applicable)(?=\s*(?:[.,;()|]|--|[-–—]|\Z))"
_LINE = re.compile(rf"front[- ]?end(?:\W+enabled)?(?:\W+is)?\W+{_VALUE}", re.IGNORECASE)
_ENABLED = re.compile(rf"enabled\W+{_VALUE}", re.IGNORECASE)
_NONE = re.compile(
    r"(?:[\w /-]{1,40}:\s*)?(?:none|n/?a|no(?: front[- ]?end)?|not applicable|disabled|there is no front[- ]?end)\b[^:]*\Z", re.I
)
_HEADING = re.compile(r"front[- ]?end(?: (?:stack|technology|technologies|tech|application|app))?")


@dataclass(frozen=True, slots=True)
class FrontendSaid:
    """Whether `ui.md` is needed, and by which word: a lower-case fact."""

    needed: bool
    why: str


def frontend_of(stack: Content, forge_json: Content) -> FrontendSaid:
    """Return whether the frontend is enabled. Two words that differ, or none that is clear, mean that it is (S002-1-3). Never raises."""
    told = {"stack.md": _of_stack(stack), "forge.json": _of_forge_json(forge_json)}
    for name, said in told.items():
        if said.on:
            return FrontendSaid(needed=True, why=f"{name} says that the frontend is enabled")
    for name, said in told.items():
        if said.open:
            return FrontendSaid(needed=True, why=f"{name} {said.open}")
    off = [name for name, said in told.items() if said.off]
    why = f"{off[0]} says that the frontend is not enabled" if off else "stack.md and forge.json say nothing of a frontend"
    return FrontendSaid(needed=False, why=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    on: bool = False
    off: bool = False
    open: str = ""


def _of_stack(stack: Content) -> _Said:
    if not isinstance(stack, bytes):
        return _Said(open="is missing" if isinstance(stack, Absent) else stack.why)
    limited = bounded(read_document(stack))
    if limited is None:
        return _Said(open="is larger than what is parsed")
    body = parse_body(*limited)
    parts = [part for part in body.parts if _HEADING.fullmatch(part.key)]
    values = {word.casefold() in _ON for word in (*_stated(body), *(word for part in parts for word in _enabled(part)))}
    if values == {True, False}:
        return _Said(open="says both, that the frontend is enabled and that it is not")
    if values:
        return _Said(on=True in values, off=False in values)
    if parts and all(map(_says_none, parts)):
        return _Said(off=True)
    return _Said(open="tells of a frontend and not whether it is enabled" if parts else "")


def _stated(body: Body) -> Iterator[str]:
    for block in body.blocks:
        if block.kind not in QUOTED:
            yield from (found["value"] for found in map(_LINE.match, map(_plain, block.lines)) if found)


def _enabled(part: Part) -> Iterator[str]:
    for block in part.own:
        if block.kind not in QUOTED:
            yield from (found["value"] for found in map(_ENABLED.match, map(_plain, block.lines)) if found)


def _says_none(part: Part) -> bool:
    told = [block for block in part.blocks if block.kind is not Kind.HEADING and block.kind not in QUOTED]
    lines = [_plain(line) for block in told for line in block.lines if visible(line)]
    return bool(lines) and all(map(_NONE.match, lines))


def _plain(line: str) -> str:
    return re.sub(r"[*`_]", "", line[:1000]).strip()


def _of_forge_json(forge_json: Content) -> _Said:
    if isinstance(forge_json, Absent):
        return _Said()
    if not isinstance(forge_json, bytes):
        return _Said(open=forge_json.why)
    value = parse_json(forge_json)
    if not isinstance(value, Mapping):
        return _Said(open="is no JSON object")
    side = value.get("frontend")
    said = side.get("enabled", side or None) if isinstance(side, Mapping) else side
    if isinstance(said, bool):
        return _Said(on=said, off=not said)
    return _Said(open="tells of a frontend and not whether it is enabled" if said is not None else "")
