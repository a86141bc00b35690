"""What a cycle changed, as unified hunks for the diff log: bounded, so that no log grows by quoting itself, and without secrets.

1. The folder of evidence is left out: a log that quotes the log before it doubles with every cycle.
2. Both versions are taken without secrets, then compared: a token that was changed is told, and not shown. By the strict reading, for
   the log itself is scanned as a file of settings.
3. What is over a bound is counted in a line of its own.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence

from forgewatch.core.added_lines import is_binary, text_of
from forgewatch.core.redaction import without_secrets
from forgewatch.core.repository_facts import WorkChange
from forgewatch.core.snapshot import Entry
from forgewatch.core.text import PATH_LIMIT, counted, escape, quoted
from forgewatch.core.values import Oid, RepoPath, Unreadable

TOTAL_CHARS = 64 * 1024
"""Characters of all hunks of one log."""

FILE_CHARS = 16 * 1024
"""Characters of the hunks of one file."""

COMPARED_BYTES = 256 * 1024
"""A file that is larger, in either version, is not compared."""

COMPARED_LINES = 1000
"""Lines of either version that are compared beyond what both begin and end with: the time grows with their square."""

LINE_CHARS = 400
"""Characters of one line that are shown."""

_CONTEXT = 3
_SYMLINK, _GITLINK = 0o120000, 0o160000
_KINDS = {_SYMLINK: "a symbolic link", _GITLINK: "a submodule"}

Contents = Mapping[Oid, bytes | Unreadable]


def hunks_of(changes: Sequence[WorkChange], contents: Contents, is_left_out: Callable[[RepoPath], bool]) -> tuple[str, ...]:
    """Return the lines of the hunks of these changes, at most `TOTAL_CHARS` characters in all, raw text made visible."""
    told = [change for change in changes if not is_left_out(change.path)]
    lines: list[str] = []
    room = TOTAL_CHARS
    for at, change in enumerate(told):
        shown = _cut(_of_file(change, contents), min(FILE_CHARS, room))
        size = sum(len(line) + 1 for line in shown)
        if size > room:
            return (*lines, f"(left out: {counted(len(told) - at, 'more changed file')})")
        lines += shown
        room -= size
    return tuple(lines)


def hunks_of_file(change: WorkChange, contents: Contents) -> tuple[str, ...]:
    """Return the lines of the hunks of one change without its header; one line in brackets where there are none to be shown."""
    return tuple(_body(change, contents))


def _cut(lines: Sequence[str], room: int) -> list[str]:
    kept: list[str] = []
    for at, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            return [*kept, f"(left out: {counted(len(lines) - at, 'more line')} of this file's hunks)"]
        kept.append(line)
    return kept


def _of_file(change: WorkChange, contents: Contents) -> list[str]:
    path = escape(change.path, PATH_LIMIT)
    old, new = ("/dev/null" if change.before is None else f"a/{path}"), ("/dev/null" if change.after is None else f"b/{path}")
    return [f"--- {old}", f"+++ {new}", *_modes(change), *_body(change, contents)]


def _modes(change: WorkChange) -> Iterator[str]:
    if change.before is not None and change.after is not None and change.before.mode != change.after.mode:
        yield f"(mode {change.before.mode:06o} -> {change.after.mode:06o})"


def _body(change: WorkChange, contents: Contents) -> Iterator[str]:
    if change.before == change.after:
        yield "(differs in the index only)"
        return
    before, after = _side(change.before, contents), _side(change.after, contents)
    for side in (before, after):
        if isinstance(side, str):
            yield f"(not shown: {side})"
            return
    assert isinstance(before, bytes) and isinstance(after, bytes)
    if is_binary(before) or is_binary(after):
        yield f"(not shown: binary, {len(before)} bytes before, {len(after)} after)"
        return
    yield from _compared(*(without_secrets(text_of(raw), settings=True) for raw in (before, after)))


def _side(entry: Entry | None, contents: Contents) -> bytes | str:
    """Return the bytes of one version, none for a file that is not there; or why they are not shown."""
    if entry is None:
        return b""
    if entry.mode in _KINDS:
        return _KINDS[entry.mode]
    found = contents.get(entry.oid, Unreadable("was not read"))
    if isinstance(found, Unreadable):
        return f"it {found.why}"
    return found if len(found) <= COMPARED_BYTES else f"{len(found)} bytes"


def _compared(before: str, after: str) -> Iterator[str]:
    old, new = _lines(before), _lines(after)
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    left, right = len(old) - head - tail, len(new) - head - tail
    if max(left, right) > COMPARED_LINES:
        yield f"(not shown: {counted(left, 'line')} replaced by {counted(right, 'line')})"
        return
    # Of what both versions begin and end with only the context of the hunks is left; the numbers still count from the beginning.
    skipped = max(0, head - _CONTEXT)
    ends = tail - min(tail, _CONTEXT)
    yield from _unified(old[skipped : len(old) - ends], new[skipped : len(new) - ends], skipped)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if not lines[-1] else [*lines[:-1], f"{lines[-1]}\n"]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    return next((at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), min(len(one), len(other)))


def _unified(old: Sequence[str], new: Sequence[str], skipped: int) -> Iterator[str]:
    for group in difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(_CONTEXT):
        _, old_start, _, new_start, _ = group[0]
        _, _, old_end, _, new_end = group[-1]
        yield f"@@ -{_span(old_start, old_end, skipped)} +{_span(new_start, new_end, skipped)} @@"
        for tag, left, left_end, right, right_end in group:
            if tag == "equal":
                yield from (_shown(" ", line) for line in old[left:left_end])
            else:
                yield from (_shown("-", line) for line in old[left:left_end])
                yield from (_shown("+", line) for line in new[right:right_end])


def _span(start: int, end: int, skipped: int) -> str:
    # An empty span names the line before it, as diff does.
    length = end - start
    first = skipped + start + (1 if length else 0)
    return str(first) if length == 1 else f"{first},{length}"


def _shown(mark: str, line: str) -> str:
    # A line end inside of a line says that the file ends without one.
    text, ended = line.removesuffix("\n"), not line.endswith("\n")
    shown = quoted(text if len(text) <= LINE_CHARS else f"{text[:LINE_CHARS]}…")
    return f"{mark}{shown}" if ended else f"{mark}{shown} (no line end)"
