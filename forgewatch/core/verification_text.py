"""The Verification section of a diff log, from the test record and what the caller says (contract §9, §9.2).

A part is stated only where the record, or the caller, says something about it: nothing is passed because nothing is known. What the
record shows of commands and outputs is quoted as code, bounded, without secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from forgewatch.core.difflog import Label
from forgewatch.core.document import read_document
from forgewatch.core.redaction import without_secrets
from forgewatch.core.testrecord_lines import plain, told_and_shown
from forgewatch.core.text import quoted
from forgewatch.core.values import Content

PART_LINES = 40
"""Lines of commands and outputs that one part carries; the rest is counted."""

LINE_CHARS = 400
"""Characters of one such line."""

NOT_CHECKED = frozenset({"n/c", "n/a", "not configured"})

_PART = re.compile(r"(?P<label>Static|Runtime|Behavior|Contract):[ \t]*(?P<said>PASS|FAIL|n/c|n/a|not configured)[ \t]*\Z", re.IGNORECASE)
_STEP = re.compile(r"(?:(?P<label>static|runtime|behavior|contract) )?(?P<step>\S.*? )?(?P<what>command|exit|summary):[ \t]*(?P<text>.*)\Z")
_SUMMARY = re.compile(
    r"(?P<step>[a-z0-9-]{1,40}) summary: (?P<text>(?:fine|(?:[0-9]{1,9} (?:passed|skipped)(?:, )?){1,2}) in [0-9.]{1,12}s)\Z"
)
"""What `forgewatch test` says of a step that passed. Nothing else is said outside of a fence: a word of an output may be a placeholder."""
_ANY_SUMMARY = re.compile(r"(?P<step>[\w.-]{1,40}) summary: (?P<text>\S.*)\Z")
_OWN_RESULT = re.compile(r"[\W_]*(?:[❌✗✘✖🔴]|(?:pass|fail)(?:ed|es|s|ing|ures?)?\b)", re.IGNORECASE)
"""How a word of the caller begins that is a result, for A7 to judge."""
_FENCE = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class Stated:
    """What is known of one part. `said` is the record's word (`PASS`, `FAIL`), empty where it says nothing; `lines` are its commands and
    outputs; `word` is what the caller adds, empty for nothing."""

    label: Label
    said: str = ""
    lines: tuple[str, ...] = ()
    word: str = ""

    @property
    def is_known(self) -> bool:
        """True where somebody says something about it."""
        return bool(self.said or self.word)


def parts_of(record: Content, words: Mapping[Label, str]) -> tuple[Stated, ...]:
    """Return the four parts in the contract's order. A record that says FAIL of a part anywhere says FAIL of it."""
    lines = _told(record)
    said: dict[Label, str] = {}
    for found in filter(None, map(_PART.match, lines)):
        label, value = Label(found.group("label").capitalize()), found.group("said").lower()
        if value not in NOT_CHECKED and said.get(label) != "FAIL":
            said[label] = value.upper()
    steps = list(_steps(lines))
    return tuple(
        Stated(label, said.get(label, ""), tuple(text for owner, text in steps if owner is label), words.get(label, "")) for label in Label
    )


def failed_steps(parts: Sequence[Stated]) -> tuple[tuple[str, str], ...]:
    """Return part and step, and the summary, of each step of which the record says something else than that it passed, raw."""
    told = ((part.label.lower(), _ANY_SUMMARY.match(line)) for part in parts for line in part.lines if not _SUMMARY.match(line))
    return tuple((f"{part} {found.group('step')}", found.group("text")) for part, found in told if found)


def verification_lines(parts: Sequence[Stated]) -> tuple[str, ...]:
    """Return the section's lines: each part with its result, and below it what was run."""
    return tuple(line for part in parts for line in (f"- {part.label}: {_result(part)}", *_quoted(part.lines)))


def shown(text: str) -> str:
    """Return what somebody wrote as one line of a diff log: white space drawn together, no secrets, nothing invisible."""
    return quoted(without_secrets(" ".join(text.split()), settings=True))


def _result(part: Stated) -> str:
    word = shown(part.word or _summed_up(part.lines))
    # Tests that pass do not make a FAIL of the caller's a PASS.
    if part.said == "PASS" and _OWN_RESULT.match(word):
        return word
    return f"{part.said} ({word})" if part.said and word else part.said or word


def _summed_up(lines: Sequence[str]) -> str:
    """Return what the steps say of themselves, in one line: it is what the sign-off block shows of the part."""
    told = [f"{found.group('step')} {found.group('text')}".strip() for found in filter(None, map(_SUMMARY.match, lines))]
    return "; ".join(told)[:LINE_CHARS]


def _told(record: Content) -> list[str]:
    if not isinstance(record, bytes):
        return []
    lines = read_document(record).lines
    return [plain(lines[at]).strip() for at in told_and_shown(lines)[0]]


def _steps(lines: Iterable[str]) -> Iterator[tuple[Label, str]]:
    """Yield commands, exits and summaries. A record that names no part tells of its tests."""
    for found in filter(None, map(_STEP.match, lines)):
        label = Label((found.group("label") or "behavior").capitalize())
        step, text = (found.group("step") or "").strip(), found.group("text")
        if found.group("what") == "command":
            yield label, f"$ {text}"
        else:
            yield label, f"{step} {found.group('what')}: {text}".strip()


def _quoted(lines: Sequence[str]) -> Iterator[str]:
    if not lines:
        return
    kept = [quoted(without_secrets(line, settings=True))[:LINE_CHARS] for line in lines[:PART_LINES]]
    rest = len(lines) - PART_LINES
    kept += [f"and {rest} more lines"] if rest > 0 else []
    longest = max((len(found.group()) for line in kept for found in _FENCE.finditer(line)), default=2)
    fence = "`" * (longest + 1)
    yield from (f"  {line}" for line in (f"{fence}text", *kept, fence))
