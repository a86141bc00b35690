"""Lines of text cut into windows for the secret scan, and the key block that begins in one of them (checks.md W1).

A line of ten megabytes costs no more than many short ones, and a key block is the same text wherever it stands: in a file of its own,
indented, or escaped into one line of JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WINDOW = 4096
OVERLAP = 640
_STEP = WINDOW - OVERLAP
LONGEST_BLOCK = 32 * 1024
"""Bytes of a key block that are read. The keys that programs make are a tenth of it."""

_STOP = re.compile(
    rb"(-----END[ A-Z0-9]{0,60}-{0,5}|Private-MAC:[ ]?[0-9A-Fa-f]{0,128})|-----BEGIN|PuTTY-User-Key-File",
)
_LONGEST_STOP = 160
_CONTINUED = bytes(range(0x80, 0xC0))
_DATA = re.compile(rb"data:[\w.+-]{1,60}/[\w.+-]{1,80}(?:;[\w=.-]{1,60}){0,4};base64,([A-Za-z0-9+/]{256,}={0,2})")


@dataclass(frozen=True, slots=True)
class Window:
    """`raw` stands in line `line` from byte `offset` on, with `before` characters in front of it. Windows of one line overlap by `OVERLAP`
    bytes.

    `encoded` are the places, within the line, of long contents of `data:` addresses.
    """

    line: int
    offset: int
    before: int
    raw: bytes
    encoded: tuple[tuple[int, int], ...] = ()

    def is_inside_data(self, start: int, end: int) -> bool:
        """True for bytes within encoded data that goes on before and behind them: what is cut out there by chance is nobody's token."""
        return any(first < self.offset + start and self.offset + end < last for first, last in self.encoded)


def windows_of(lines: Sequence[tuple[int, str]]) -> Iterator[Window]:
    """Yield the windows of (number, text) lines in their order, at least one for each line."""
    for number, text in lines:
        raw = text.encode("utf-8", "replace").replace(b"\n", b" ")
        encoded = tuple(found.span(1) for found in _DATA.finditer(raw)) if b";base64," in raw else ()
        before = 0
        for start in range(0, max(1, len(raw) - OVERLAP), _STEP):
            before += characters(raw[start - _STEP : start]) if start else 0
            yield Window(number, start, before, raw[start : start + WINDOW], encoded)


def characters(raw: bytes) -> int:
    """Return how many characters begin in bytes of UTF-8, which may be cut anywhere."""
    return len(raw) if raw.isascii() else len(raw.translate(None, _CONTINUED))


def block_at(index: int, start: int, end: int, windows: Sequence[Window]) -> str:
    """Return the key block whose header is the bytes `start` to `end` of a window as it stands there: header, body and END line.

    It ends before the next header, where the following line was not given, and after `LONGEST_BLOCK` bytes.
    """
    body = bytearray()
    stop: re.Match[bytes] | None = None
    for piece in _following(index, end, windows):
        place = max(0, len(body) - _LONGEST_STOP)
        body += piece
        stop = _STOP.search(body, place)
        # One that touches the end of what is known may go on in the next piece.
        if len(body) >= LONGEST_BLOCK or (stop is not None and stop.end() < len(body)):
            break
    cut = len(body) if stop is None else stop.start() if stop.group(1) is None else stop.end()
    raw = windows[index].raw[start:end] + bytes(body[: min(cut, LONGEST_BLOCK)])
    return raw.decode("utf-8", "replace")


def plain_block(block: str) -> str:
    """Return one text for one key: indentation and empty lines are taken out of a block, written escapes of line ends are line ends."""
    text = block.replace("\\n", "\n").replace("\\r", "\n")
    return "\n".join(line for line in map(str.strip, text.split("\n")) if line)


def _following(index: int, end: int, windows: Sequence[Window]) -> Iterator[bytes]:
    """Yield the text behind a place and of the lines that follow without a gap, each byte once."""
    first = windows[index]
    yield first.raw[end:]
    line, reached = first.line, first.offset + len(first.raw)
    for place in range(index + 1, len(windows)):
        window = windows[place]
        if window.line not in (line, line + 1):
            return
        yield window.raw[reached - window.offset :] if window.line == line else b"\n" + window.raw
        line, reached = window.line, window.offset + len(window.raw)
