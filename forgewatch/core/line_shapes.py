"""Canonical lines told by their shape alone: the events that make most of a journal, in a tenth of the time it takes to decode them.

A shape is made of the declared types of an event, so a line that has it is one that `decode_line` takes and whose bytes are the canonical
ones: every key, in order, and plain ASCII in every string. A line without a shape may still be one; it has to be decoded to know.
"""

from __future__ import annotations

import re
import types
import typing
from dataclasses import fields
from typing import Any

from forgewatch.core.events import CycleOpened, LedgerRepaired, LedgerTampered, TriggerClaimed, TriggerDone

QUIET = (TriggerClaimed, TriggerDone, CycleOpened, LedgerRepaired, LedgerTampered)
"""Events that add nothing to the Markdown and change no key: nobody needs more of them than that they are events. Frequent ones first."""

_STRING = r'"[ !#-\[\]-~]*"'
_PLAIN = {str: _STRING, int: "(?:0|-?[1-9][0-9]{0,14})", bool: "(?:true|false)", type(None): "null"}


def has_quiet_shape(line: bytes) -> bool:
    """True when a line without newline is a signed and canonical one of a `QUIET` event. False says nothing."""
    return _QUIET.fullmatch(line) is not None


def _shape_of(wanted: Any) -> str:
    while hasattr(wanted, "__supertype__"):
        wanted = wanted.__supertype__
    if wanted in _PLAIN:
        return _PLAIN[wanted]
    if typing.get_origin(wanted) in (types.UnionType, typing.Union):
        return f"(?:{'|'.join(map(_shape_of, typing.get_args(wanted)))})"
    if typing.get_origin(wanted) is tuple:
        item = _shape_of(typing.get_args(wanted)[0])
        return rf"\[(?:{item}(?:,{item})*)?\]"
    hints = typing.get_type_hints(wanted)
    keys = {field.name: _shape_of(hints[field.name]) for field in fields(wanted)} | {"is": f'"{wanted.__name__}"'}
    return r"\{" + ",".join(f'"{key}":{keys[key]}' for key in sorted(keys)) + r"\}"


_QUIET = re.compile((r'\{"e":(?:' + "|".join(map(_shape_of, QUIET)) + r'),"s":"[A-Za-z0-9+/]{86}=="\}').encode())
