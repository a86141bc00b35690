"""Reads one YAML value at a time, each with its line, and says both sides when it is not what was wanted."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from forgewatch.core.defect import Defect
from forgewatch.core.errors import UsageError
from forgewatch.core.globs import compile_globs
from forgewatch.core.remote_url import parse_remote_url
from forgewatch.core.values import Refused

Word = TypeVar("Word", bound=StrEnum)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
Reader = Callable[["Place"], Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A node of the configuration: its dotted key, the node, and the file it stands in."""

    key: str
    node: Node
    file: str
    key_line: int | None = None

    @property
    def line(self) -> int:
        """The 1-based line of the key, where there is one: a block value begins below it."""
        return int(self.node.start_mark.line) + 1 if self.key_line is None else self.key_line

    @property
    def source(self) -> str:
        """`file:line`, as `doctor` prints it."""
        return f"{self.file}:{self.line}"

    def wrong(self, expected: str, hint: str = "") -> UsageError:
        """Return the error that states both sides."""
        name = f"{self.key}: " if self.key else ""
        return UsageError(f"{self.source}: {name}expected {expected}, found {_shown(self.node)}", hint)


def entries(place: Place) -> Iterator[tuple[str, Place]]:
    """Yield the (key, place) pairs of a mapping in order. A key that is no text, or stands there twice, raises UsageError."""
    node = place.node
    if not isinstance(node, MappingNode):
        raise place.wrong("a mapping")
    seen: dict[str, int] = {}
    for key, value in node.value:
        line = int(key.start_mark.line) + 1
        if not isinstance(key, ScalarNode):
            raise UsageError(f"{place.file}:{line}: expected a key, found {_shown(key)}")
        if key.value in seen:
            raise UsageError(f"{place.file}:{line}: {key.value!r} stands here a second time (first in line {seen[key.value]})")
        seen[key.value] = line
        yield key.value, Place(f"{place.key}.{key.value}" if place.key else key.value, value, place.file, line)


def items(place: Place) -> tuple[Place, ...]:
    """Return the places of a list's items. Anything else raises UsageError."""
    if not isinstance(place.node, SequenceNode):
        raise place.wrong("a list")
    return tuple(Place(f"{place.key}[{index}]", node, place.file) for index, node in enumerate(place.node.value))


def text(place: Place) -> str:
    """Read a non-empty text."""
    if not isinstance(place.node, ScalarNode) or place.node.tag != "tag:yaml.org,2002:str" or not place.node.value:
        raise place.wrong("a text")
    return str(place.node.value)


def address(place: Place) -> str:
    """Read the address of a git repository."""
    parsed = parse_remote_url(text(place))
    if isinstance(parsed, Refused):
        # The value itself may hold a password.
        raise UsageError(
            f"{place.source}: {place.key}: expected the address of a repository, found one that {parsed.why}",
            "leave the password out: let ssh use a key of its own",
        )
    return parsed.text


def texts(place: Place) -> tuple[str, ...]:
    """Read a list of texts."""
    return tuple(text(item) for item in items(place))


def globs(place: Place) -> tuple[str, ...]:
    """Read a list of globs over repository paths. One that means nothing raises UsageError."""
    for item in items(place):
        read = compile_globs([text(item)])
        if isinstance(read, Defect):
            raise item.wrong(read.why.removeprefix("expected ").partition(", found")[0])
    return texts(place)


def shown_paths(place: Place) -> tuple[str, ...]:
    """Read a list of paths, absolute or below a repository's root, none of them the root of either."""
    return tuple(_path(item, absolute=False) for item in items(place))


def writable_paths(place: Place) -> tuple[str, ...]:
    """Read a list of absolute paths other than `/`."""
    return tuple(_path(item, absolute=True) for item in items(place))


def _path(place: Place, *, absolute: bool) -> str:
    path = posixpath.normpath(text(place))
    if "\0" in path or path.strip("/") == "" or (absolute and not posixpath.isabs(path)):
        raise place.wrong("an absolute path below /")
    if not posixpath.isabs(path) and path.split("/")[0] in (".", ".."):
        raise place.wrong("an absolute path, or one below the repository's root")
    return "/" + path.lstrip("/") if posixpath.isabs(path) else path


def variables(place: Place) -> tuple[str, ...]:
    """Read a list of names of environment variables."""
    for item in items(place):
        if not _VARIABLE.fullmatch(text(item)):
            raise item.wrong("the name of an environment variable", "name it; its value is taken from the environment")
    return texts(place)


def pairs(place: Place) -> tuple[tuple[str, str], ...]:
    """Read a mapping of texts."""
    return tuple((key, text(value)) for key, value in entries(place))


def whole(low: int) -> Reader:
    """Return a reader of whole numbers of at least `low`."""

    def read(place: Place) -> int:
        node = place.node
        number = isinstance(node, ScalarNode) and node.tag == "tag:yaml.org,2002:int" and node.value.isdecimal()
        if not number or int(node.value) < low:
            raise place.wrong(f"a whole number of at least {low}")
        return int(node.value)

    return read


def one_of(*words: Word) -> Reader:
    """Return a reader of one word out of `words`, which are members of one StrEnum."""

    def read(place: Place) -> Word:
        for word in words:
            if isinstance(place.node, ScalarNode) and place.node.value == word.value:
                return word
        raise place.wrong(f"one of {', '.join(words)}")

    return read


def word(*words: str) -> Reader:
    """Return a reader of one plain word out of `words`."""

    def read(place: Place) -> str:
        if isinstance(place.node, ScalarNode) and place.node.value in words:
            return str(place.node.value)
        raise place.wrong(f"one of {', '.join(words)}")

    return read


def tiers(*actions: str) -> Reader:
    """Return a reader of the least tier by action, a whole number from 0 to 3."""

    def read(place: Place) -> tuple[tuple[str, int], ...]:
        found = []
        for action, value in entries(place):
            if action not in actions:
                raise UsageError(f"{value.source}: {value.key}: expected one of {', '.join(actions)}, found {action!r}")
            found.append((action, int(word("0", "1", "2", "3")(value))))
        return tuple(found)

    return read


def severities(raising: Mapping[str, tuple[str, ...]]) -> Reader:
    """Return a reader of severities by check: only the checks of `raising` may be set, to its words. The others always block."""

    def read(place: Place) -> tuple[tuple[str, str], ...]:
        found = []
        for check, value in entries(place):
            if check not in raising:
                raise UsageError(
                    f"{value.source}: {value.key}: expected one of {', '.join(raising)}, found {check!r}", "A1 to A9 always block"
                )
            found.append((check, word(*raising[check])(value)))
        return tuple(found)

    return read


def _shown(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return f"{node.value!r:.60}"
    return "a mapping" if isinstance(node, MappingNode) else "a list"
