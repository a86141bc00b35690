"""A7 Verification order (checks.md A7, contract §9): static, runtime, behavior, contract, each stated, in this order, none failed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from forgewatch.core.difflog import Label, Verification, Verified
from forgewatch.core.readings import log_of, seen_in
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.verdict import Finding, Ruling
from forgewatch.core.visible_text import visible

_FAILED = re.compile(
    r"[\W_]*(?:(?![Ff]ail[-_][A-Za-z])(?i:fail)(?![^\W\d_])|FAIL(?:ED|S|ING|URES?)(?![^\W\d_])|(?![Ff]ailed)(?i:failed)(?![^\W\d_])"
    r"|[Ff]ailed(?![\w-])(?=\W*(?:\n|$)|\s*[:(,;—–-]|\s+[1-9])|[Ff]ailures?\s*[:=]\s*[1-9])"
)
"""FAIL as the first word, however written. In small letters a compound (`fail-safe paths`) and a tale (`failed once, then`) are none."""
_NONE_FAILED = r"(?:(?i:fail(?:ed|ures?)?)\s*[:=]\s*(?i:0|none)(?![\w/]| of\b)"
_NONE_FAILED += r"|[Ff]ail(?:ed|ures?)? 0(?![\w/]| of\b)|(?i:failed|failures?)\s*[:=]\s*0(?: of |/)\d+)"
_COUNT = rf"(?:{_NONE_FAILED}|(?i:(?:errors?|broken)\s*[:=]?\s*0|(?:pass(?:ed)?|tests?|total|skipped|warnings?|xfailed)\s*[:=]?\s*\d+"
_COUNT += r"|0 (?:failed|errors?|failures?)|\d+ (?:tests? )?(?:pass(?:ed)?|tests|total|skipped|warnings?|xfailed|deselected)|in [\d.]+ ?s))"
_COUNTS = re.compile(rf"\W*{_NONE_FAILED}(?:(?:\s*[,;/|()&+]\s*|\s+[—–-]+\s+|\s+and\s+|\s+(?=in\b)){_COUNT})*\W*\Z")
"""A list of counts that says that nothing failed: `fail: 0, pass: 12`."""
_NO_FAILURE = re.compile(r"\W*[Ff]ail(?:ed)?\s*[:=]\s*(?:0|none)(?:\s*[,;(]|\.(?!\d)|\s+[—–-]+\s)")
_BROKEN = re.compile(
    r"(?<![\d.])[1-9]\d* (?:tests? )?(?:failed|errors?|failures?)\b|\b(?:fail(?:ed|ures?)?|errors?)\s*[:=]\s*[1-9]", re.IGNORECASE
)
_PLACEHOLDER = re.compile(r"\W*(?:todo|tbd|fixme)\b|<[A-Za-z][^<>]*>\W*$", re.IGNORECASE)


def judge(snapshot: Snapshot) -> Ruling:
    """Rule over the first mention of each label; later ones are notes. Findings: A700 section, A701 label, A702 order, A703 result."""
    path = snapshot.places.diff_log
    log = log_of(snapshot.difflog)
    if log is None:
        return _without(path, f"diff log {seen_in(snapshot.difflog)}")
    if not log.verification.stated:
        return _without(path, "no section 'Verification'")
    first = _first(log.verification.items)
    told = {item.label for item in first}
    return Ruling(
        basis=f"{len(told)} of {len(Label)} labels: {', '.join(item.label for item in first) or 'none'}",
        findings=(*_gaps(first, log.verification, path), *_disorder(first, path), *_failures(first, path)),
        notes=tuple(_repetition(item, path) for item in log.verification.items if item not in first),
    )


def _without(path: str, seen: str) -> Ruling:
    finding = Finding(
        code="A700", path=path, message=f"{seen}: expected the section 'Verification'", expected="section 'Verification'", actual=seen
    )
    return Ruling(basis=seen, findings=(finding,))


def _first(items: Sequence[Verified]) -> tuple[Verified, ...]:
    """Return the first mention of each label in document order."""
    found: dict[Label, Verified] = {}
    for item in items:
        found.setdefault(item.label, item)
    return tuple(found.values())


def _gaps(first: Sequence[Verified], verification: Verification, path: str) -> Iterator[Finding]:
    stated = {item.label: item for item in first}
    for label in Label:
        item = stated.get(label)
        if item is not None and _says_something(item.text):
            continue
        line, seen = (item.line, item.text or "nothing") if item else (verification.line, "no such label")
        message = f"{label}: expected a result, found {seen}"
        yield Finding(code="A701", path=path, line=line, message=message, expected=f"{label}: a result, or 'n/a' and why", actual=seen)


def _says_something(text: str) -> bool:
    return any(char.isalnum() for char in visible(text)) and _PLACEHOLDER.match(text) is None


def _disorder(first: Sequence[Verified], path: str) -> Iterator[Finding]:
    found = [item.label for item in first]
    wanted = [label for label in Label if label in found]
    if found != wanted:
        item = next(item for item, label in zip(first, wanted, strict=True) if item.label is not label)
        # The whole order, also of what is missing: who writes it as told passes.
        expected, actual = ", ".join(Label), ", ".join(found)
        message = f"line {item.line}: expected the order {expected}, found {actual}"
        yield Finding(code="A702", path=path, line=item.line, message=message, expected=expected, actual=actual)


def _failures(first: Sequence[Verified], path: str) -> Iterator[Finding]:
    for item in first:
        if _FAILED.match(item.text) and not _counts_none(item.text):
            seen = item.text.split("\n")[0]
            message = f"line {item.line}: {item.label}: expected a passed step, found '{seen}'"
            yield Finding(code="A703", path=path, line=item.line, message=message, expected=f"{item.label}: PASS", actual=seen)


def _counts_none(text: str) -> bool:
    """True for a text whose own result is a count of failures, and the count is 0."""
    first = text.split("\n")[0]
    return (_COUNTS.match(first) or _NO_FAILURE.match(first)) is not None and _BROKEN.search(text) is None


def _repetition(item: Verified, path: str) -> Finding:
    return Finding(code="A702", path=path, line=item.line, message=f"line {item.line}: {item.label} is mentioned again")
