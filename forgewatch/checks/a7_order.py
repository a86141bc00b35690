"""A7 Verification order (checks.md A7, contract §9): static, runtime, behavior, contract, each stated, in this order, none failed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from forgewatch.core.difflog import Label, Verification, Verified
from forgewatch.core.readings import log_of, seen_in
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.text import visible
from forgewatch.core.verdict import Finding, Ruling

_FAILED = re.compile(r"\W*(?:FAIL(?:ED)?|[Ff]ail|[Ff]ailed(?=\W*(?:\n|$)|\s*[:(,;—–-]))(?![\w-])(?!:? 0\b|:0\b|: ?none\W*(?:\n|$))")
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
        expected, actual = ", ".join(wanted), ", ".join(found)
        message = f"line {item.line}: expected the order {expected}, found {actual}"
        yield Finding(code="A702", path=path, line=item.line, message=message, expected=expected, actual=actual)


def _failures(first: Sequence[Verified], path: str) -> Iterator[Finding]:
    for item in first:
        if _FAILED.match(item.text):
            seen = item.text.split("\n")[0]
            message = f"line {item.line}: {item.label}: expected a passed step, found '{seen}'"
            yield Finding(code="A703", path=path, line=item.line, message=message, expected=f"{item.label}: PASS", actual=seen)


def _repetition(item: Verified, path: str) -> Finding:
    return Finding(code="A702", path=path, line=item.line, message=f"line {item.line}: {item.label} is mentioned again")
