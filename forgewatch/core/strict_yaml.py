"""YAML that somebody else wrote, read so that it can mean one thing only (hostile.md, Limits: YAML).

Built from parser events: no constructors run, so a tag can build nothing. Refused: anchors, aliases, merge keys, tags, duplicate keys,
keys that are no text, a second document, more than 20,000 events, depth over 32, bytes that are not UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from forgewatch.core.canonical import Json
from forgewatch.core.defect import Defect
from forgewatch.core.limits import LIMITS, Limits
from forgewatch.core.strict_json import decode_document, defect_at

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TAG_DIRECTIVE = re.compile(r"^%TAG\b", re.MULTILINE)
_WORDS: dict[str, Json] = {"": None, "~": None, "null": None, "true": True, "false": False}
_SHOWN = 40


class _Stop(Exception):
    """Carries a Defect out of the builder; it never leaves this module."""

    def __init__(self, defect: Defect) -> None:
        super().__init__(defect.why)
        self.defect = defect


@dataclass(slots=True)
class _Open:
    """A collection that has not ended. `key` is the mapping key that waits for its value."""

    value: dict[str, Json] | list[Json]
    key: str | None = None


@dataclass(slots=True)
class _Builder:
    """Builds the value from events, with a stack of its own instead of recursion."""

    limits: Limits
    open: list[_Open] = field(default_factory=list)
    result: Json = None
    documents: int = 0

    def take(self, event: yaml.Event) -> None:
        """Add one event."""
        _refuse_references(event)
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise _stop(event, "expected one document, found a second one")
        elif isinstance(event, yaml.ScalarEvent):
            self.scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self.start(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.open.pop()

    def start(self, event: yaml.Event) -> None:
        """Open a collection and put it where it belongs."""
        if len(self.open) >= self.limits.contract_depth:
            raise _stop(event, f"expected at most {self.limits.contract_depth} levels, found one more")
        value: dict[str, Json] | list[Json] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.place(value, event)
        self.open.append(_Open(value))

    def scalar(self, event: yaml.ScalarEvent) -> None:
        """Take a scalar as a key, or put it as a value."""
        top = self.open[-1] if self.open else None
        if top is None or isinstance(top.value, list) or top.key is not None:
            self.place(_plain(event, self.limits), event)
            return
        key = str(event.value)
        if key == "<<" and event.implicit[0]:
            raise _stop(event, "expected no merge key, found '<<'")
        if key in top.value:
            raise _stop(event, f"expected each key once, found {key[:_SHOWN]!r} again")
        top.key = key

    def place(self, value: Json, event: yaml.Event) -> None:
        """Put a value at the waiting key, at the end of the list, or as the document."""
        if not self.open:
            self.result = value
            return
        top = self.open[-1]
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.key is None:
            raise _stop(event, "expected a text as key, found a collection")
        else:
            top.value[top.key] = value
            top.key = None


def parse_yaml(raw: bytes, limits: Limits = LIMITS) -> Json | Defect:
    """Return the value of YAML bytes, or a Defect with line and column. Never raises, whatever the bytes.

    Plain scalars become None, bool or int where YAML 1.2 says so; everything else, dates and fractions too, stays text, and so do keys.
    """
    if len(raw) > limits.contract_bytes:
        return Defect(f"expected at most {limits.contract_bytes} bytes, found {len(raw)}")
    text = decode_document(raw)
    if isinstance(text, Defect):
        return text
    if directive := _TAG_DIRECTIVE.search(text):
        return defect_at(text, directive.start(), "expected no tag directive, found %TAG")
    if control := _CONTROL.search(text):
        return defect_at(text, control.start(), f"expected text, found the control character 0x{ord(control.group()):02x}")
    builder = _Builder(limits)
    try:
        for count, event in enumerate(_events(text)):
            if count >= limits.yaml_events:
                return _stop(event, f"expected at most {limits.yaml_events} events, found more").defect
            builder.take(event)
    except _Stop as stop:
        return stop.defect
    except yaml.MarkedYAMLError as fault:
        return _fault_of(fault)
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        return Defect(f"is no YAML: {str(fault)[:120]}".splitlines()[0])
    return builder.result


def _events(text: str) -> Iterator[yaml.Event]:
    loader: Any = yaml.CSafeLoader(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


def _refuse_references(event: yaml.Event) -> None:
    if isinstance(event, yaml.AliasEvent):
        raise _stop(event, f"expected no alias, found *{str(event.anchor)[:_SHOWN]}")
    if isinstance(event, yaml.NodeEvent) and event.anchor:
        raise _stop(event, f"expected no anchor, found &{event.anchor[:_SHOWN]}")
    if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
        raise _stop(event, f"expected no tag, found {event.tag[:_SHOWN]}")


def _plain(event: yaml.ScalarEvent, limits: Limits) -> Json:
    text = str(event.value)
    if event.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if not _INTEGER.match(text):
        return text
    if len(text.lstrip("-")) > limits.integer_digits:
        raise _stop(event, f"expected at most {limits.integer_digits} digits, found {len(text)}")
    return int(text)


def _stop(event: yaml.Event, why: str) -> _Stop:
    return _Stop(_at(event.start_mark, why))


def _fault_of(fault: yaml.MarkedYAMLError) -> Defect:
    return _at(fault.problem_mark, f"is no YAML: {(fault.problem or 'unknown fault')[:120]}")


def _at(mark: Any, why: str) -> Defect:
    return Defect(why, mark.line + 1, mark.column + 1)
