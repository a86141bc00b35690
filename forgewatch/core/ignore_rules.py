"""Ignore rules with git's own meaning, as a pure matcher over byte strings (checks.md A1, Ignored files).

Written after git's behaviour, quirks included, because a matcher that differs from git either hides a change or reports a file that
nobody can see: the last matching rule of the deepest rules file decides; a directory that is ignored hides all below it, and a
negation cannot bring back what lies below; `**` counts as "any directories" after the literal start of a pattern too.
Patterns are matched by google-re2, so no pattern can cost more than linear time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import re2

RULES_FILE = ".gitignore"

_SPECIAL = frozenset(b"*?[\\")
_CLASSES = {
    b"alnum": b"0-9A-Za-z",
    b"alpha": b"A-Za-z",
    b"blank": b" \\t",
    b"cntrl": b"\\x00-\\x1f\\x7f",
    b"digit": b"0-9",
    b"graph": b"!-~",
    b"lower": b"a-z",
    b"print": b" -~",
    b"punct": b"!-/:-@\\[-`{-~",
    b"space": b" \\t-\\r",
    b"upper": b"A-Z",
    b"xdigit": b"0-9A-Fa-f",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of a rules file. `literal`: the whole text it must equal; else `regex` decides.

    `by_name`: compared with the last part of the path; else with the path below the rules file's directory.
    """

    source: str
    negated: bool
    directories_only: bool
    by_name: bool
    literal: bytes | None
    regex: Any = None

    def matches(self, path: bytes, name: bytes, is_directory: bool) -> bool:
        """True when the rule speaks about this path; `path` is relative to the rules file's directory."""
        if self.directories_only and not is_directory:
            return False
        subject = name if self.by_name else path
        if self.regex is None:
            return subject == self.literal
        return self.regex.fullmatch(subject) is not None


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The operator's rules, which decide first, and rules files by directory (`""` for the root, else with a trailing `/`)."""

    operator: tuple[Rule, ...] = ()
    files: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)

    def ignores(self, path: str, is_directory: bool) -> bool:
        """True when `path` is ignored, given that no directory above it is."""
        raw = path.encode("utf-8", "surrogateescape")
        name = raw.rpartition(b"/")[2]
        said = _last_word(self.operator, raw, name, is_directory)
        if said is not None:
            return said
        directory = path.rpartition("/")[0]
        while True:
            prefix = f"{directory}/" if directory else ""
            rules = self.files.get(prefix)
            if rules:
                below = raw[len(prefix.encode("utf-8", "surrogateescape")) :]
                said = _last_word(rules, below, name, is_directory)
                if said is not None:
                    return said
            if not directory:
                return False
            directory = directory.rpartition("/")[0]

    def covers(self, path: str, is_directory: bool = False) -> bool:
        """True when `path` or any directory above it is ignored."""
        at = path.find("/")
        while at != -1:
            if self.ignores(path[:at], True):
                return True
            at = path.find("/", at + 1)
        return self.ignores(path, is_directory)


def _last_word(rules: tuple[Rule, ...], path: bytes, name: bytes, is_directory: bool) -> bool | None:
    for rule in reversed(rules):
        if rule.matches(path, name, is_directory):
            return not rule.negated
    return None


def parse_rules(content: bytes) -> tuple[Rule, ...]:
    """Return the rules of a rules file's bytes. Lines that git would not use give none; nothing is refused."""
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    return tuple(rule for line in content.split(b"\n") if (rule := _parse_line(line)) is not None)


def parse_patterns(patterns: Iterable[str]) -> tuple[Rule, ...]:
    """Return the rules of the operator's patterns, one pattern each."""
    return parse_rules("\n".join(patterns).encode("utf-8", "surrogateescape"))


def _parse_line(line: bytes) -> Rule | None:
    if line.startswith(b"#"):
        return None
    line = _strip_trailing_spaces(line.removesuffix(b"\r").partition(b"\0")[0])
    negated = line.startswith(b"!")
    pattern = line[1:] if negated else line
    directories_only = pattern.endswith(b"/")
    if directories_only:
        pattern = pattern[:-1]
    if not pattern:
        return None
    by_name = b"/" not in pattern
    plain = _literal_length(pattern)
    skip = 0 if by_name or not pattern.startswith(b"/") else 1
    literal = pattern[skip:] if plain == len(pattern) else None
    regex = None if literal is not None else _compile(_expression(pattern, skip=skip, plain=plain))
    if literal is None and regex is None:
        return None
    source = line.decode("utf-8", "surrogateescape")
    return Rule(source=source, negated=negated, directories_only=directories_only, by_name=by_name, literal=literal, regex=regex)


def _expression(pattern: bytes, *, skip: int, plain: int) -> bytes | None:
    # git compares the literal start by itself and gives only the rest to its wildcard matcher, where `**` then stands first. Names, which
    # git matches as a whole and without regard to slashes, have none.
    rest = _translate(pattern[plain:])
    start: bytes = re2.escape(pattern[skip:plain])
    return None if rest is None else start + rest


def _strip_trailing_spaces(line: bytes) -> bytes:
    end, at = None, 0
    while at < len(line):
        char = line[at : at + 1]
        if char == b" ":
            end = at if end is None else end
        else:
            # A backslash takes the next character with it.
            at += char == b"\\"
            end = None
        at += 1
    return line[:end]


def _literal_length(pattern: bytes) -> int:
    return next((at for at, char in enumerate(pattern) if char in _SPECIAL), len(pattern))


def _compile(body: bytes | None) -> Any:
    if body is None:
        return None
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.dot_nl = True
    options.log_errors = False
    try:
        return re2.compile(body, options)
    except re2.error:
        return None


def _translate(pattern: bytes) -> bytes | None:
    """Return the regular expression of a wildcard pattern; None for one that can never match (an open bracket, a lone backslash)."""
    out: list[bytes] = []
    at = 0
    while at < len(pattern):
        char = pattern[at : at + 1]
        if char == b"*":
            piece, at = _translate_stars(pattern, at)
        elif char == b"?":
            piece, at = b"[^/]", at + 1
        elif char == b"[":
            bracket = _translate_bracket(pattern, at + 1)
            if bracket is None:
                return None
            piece, at = bracket
        elif char == b"\\":
            if at + 1 >= len(pattern):
                return None
            piece, at = re2.escape(pattern[at + 1 : at + 2]), at + 2
        else:
            piece, at = re2.escape(char), at + 1
        out.append(piece)
    return b"".join(out)


def _translate_stars(pattern: bytes, at: int) -> tuple[bytes, int]:
    end = at
    while pattern[end : end + 1] == b"*":
        end += 1
    opens = at == 0 or pattern[at - 1 : at] == b"/"
    if end - at == 1 or not opens:
        return b"[^/]*", end
    if pattern[end : end + 1] == b"/":
        return b"(?:.*/)?", end + 1
    if end == len(pattern) or pattern[end : end + 2] == b"\\/":
        return b".*", end
    return b"[^/]*", end


def _translate_bracket(pattern: bytes, at: int) -> tuple[bytes, int] | None:
    """Translate a bracket whose `[` stands before `at`; None when it never closes or names an unknown class."""
    negated = pattern[at : at + 1] in (b"!", b"^")
    at += negated
    members: set[int] = set()
    previous: int | None = None
    first = True
    while first or pattern[at : at + 1] != b"]":
        first = False
        char = pattern[at : at + 1]
        if not char:
            return None
        if char == b"[" and pattern[at + 1 : at + 2] == b":":
            named = _translate_class(pattern, at)
            if named is None:
                return None
            added, at = named
            members |= added
            # Neither a class nor the `[` of what is none begins a range: a `:` stands behind that one.
            previous = None
            continue
        upper = _range_end(pattern, at, previous)
        if upper is not None and previous is not None:
            last, at = upper
            if last is None:
                return None
            members |= set(range(previous, last + 1))
            previous = None
            continue
        if char == b"\\":
            at += 1
            char = pattern[at : at + 1]
            if not char:
                return None
        previous = char[0]
        members.add(previous)
        at += 1
    chosen = (set(range(256)) - members) if negated else members
    return _class_of(chosen - {ord("/")}), at + 1


def _range_end(pattern: bytes, at: int, previous: int | None) -> tuple[int | None, int] | None:
    """Return (last member, place after it) when `-` at `at` makes a range; the member is None when the pattern ends inside it."""
    if previous is None or pattern[at : at + 1] != b"-" or pattern[at + 1 : at + 2] == b"]":
        return None
    at += 1
    if pattern[at : at + 1] == b"\\":
        at += 1
    return (pattern[at] if at < len(pattern) else None), at + 1


def _translate_class(pattern: bytes, at: int) -> tuple[set[int], int] | None:
    """Read `[:name:]` at `at`. Without its closing `:]` the `[` is a plain member and reading goes on after it."""
    close = pattern.find(b"]", at + 2)
    if close - (at + 2) < 1 or pattern[close - 1 : close] != b":":
        return {ord("[")}, at + 1
    ranges = _CLASSES.get(pattern[at + 2 : close - 1])
    if ranges is None:
        return None
    regex = _compile(b"[" + ranges + b"]")
    return {code for code in range(256) if regex.fullmatch(bytes([code]))}, close + 1


def _class_of(members: set[int]) -> bytes:
    if not members:
        return rb"[^\x00-\xff]"
    return b"[" + b"".join(b"\\x%02x" % code for code in sorted(members)) + b"]"
