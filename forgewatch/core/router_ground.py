"""What the names of one file mean, while its routes are read: TypeScript, JavaScript and Go (checks.md W3).

A name stands for what was made or given under it: `@120` is what the code at offset 120 makes, `f.$0` the first parameter of `f`,
`f.$return` what it returns, `C.app` a field of class or type `C`. `route_graph` follows such names through files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from forgewatch.core.code_outline import Call, Nest, Outline, Span
from forgewatch.core.code_texts import Texts
from forgewatch.core.facts import Route, RouteFacts
from forgewatch.core.known_names import LONGEST, beginnings, head_of, leads, short
from forgewatch.core.source_pieces import line_numbers

RETURNS = "$return"
_DEPTH = 8
_ROUNDS = 12
_FILE = -1
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_BEFORE = re.compile(r"(?:await|new)\s+|[&*]\s*|<[\w.]{1,64}>\s*")
_BEHIND = re.compile(r"\s+(?:as|satisfies)\s+[\w.$<>\[\]| ]{1,64}\Z|!\Z")
_FIELDS = re.compile(r"\)((?:\s*[?!]?\.\s*[\w$]+){1,8})\Z")
_KEY = re.compile(r"(?:(?P<quote>['\"]?)(?P<key>[\w$-]+)(?P=quote)\s*:\s*|(?P<same>[\w$]+)\Z)")


class Parameter(NamedTuple):
    """One parameter: its name, and its type as written."""

    name: str
    type: str = ""


class Function(NamedTuple):
    """One function: the name it is known by in the file, and its parameters."""

    node: str
    parameters: tuple[Parameter, ...]


class Ground:
    """One file while it is read. `declare` everything before the first question about a name."""

    def __init__(
        self,
        raw: bytes,
        outline: Outline,
        functions: Collection[tuple[int, int]],
        classes: Iterable[tuple[int, int]],
        entries: Callable[[str], bool],
    ) -> None:
        self.outline, self._entries = outline, entries
        self.line = line_numbers(raw)
        self.imports: dict[str, tuple[str, str]] = {}
        self.functions: dict[int, Function] = {}
        self.class_names: dict[int, str] = {}
        self.values: dict[int, tuple[int, str]] = {}
        self.routers: dict[str, str] = {}
        self.made: dict[str, str] = {}
        self.weak: set[str] = set()
        self.described: dict[str, tuple[str, str | None]] = {}
        self.undescribed = False
        self.chained: set[str] = set()
        self.routes: list[tuple[str, Route]] = []
        self.mounts: dict[tuple[str, str, str | None], None] = {}
        self.aliases: dict[str, str] = {}
        self._handed: dict[tuple[str, str], None] = {}
        self._declared: set[tuple[str, int]] = set()
        self.texts = Texts(outline, self.known_as)
        self._first: dict[str, tuple[Span, str]] = {}
        self._spans: list[tuple[str, Span, str]] = []
        self._ends = dict(functions)
        self._functions, self._classes = Nest(functions), Nest(classes)

    def declare(self, name: str, offset: int, value: Span | None = None, field: str = "") -> str:
        """Take a name that is declared at `offset`, and the value, or the field of one, that it is set to. Return the name under which the
        file knows it.
        """
        scope = next(self._functions.around(offset), _FILE)
        self._declared.add((name, scope))
        known = name if scope == _FILE else f"{name}@{scope}"
        self.assign(known, value, field)
        return known

    def assign(self, known: str, value: Span | None, field: str = "") -> None:
        """Take what a known name is set to; one that is set twice has no constant text."""
        self.texts.set(known, None if field else value)
        if value is not None:
            self._first.setdefault(known, (value, field))
            self._spans.append((known, value, field))

    def sets(self, known: str) -> bool:
        """True when the file sets the name to something."""
        return known in self._first or known in self.aliases or known in self.imports

    def is_function(self, known: str) -> bool:
        """True when the name is that of a function written out here."""
        span, _ = self._first.get(known, (None, ""))
        return (span is not None and span.start in self.functions) or self.aliases.get(known, "").startswith("@")

    def meaning(self, known: str) -> str:
        """Return the name of what a known name is set to first, empty when that is not known."""
        if known in self.aliases:
            return self.aliases[known]
        span, field = self._first.get(known, (None, ""))
        value = self.name_of(span) if span is not None else ""
        return short(f"{value}.{field}") if value and field else value

    def within(self, offset: int) -> int:
        """Return the start of the function around `offset`, -1 outside of all."""
        return next(self._functions.around(offset), _FILE)

    def known_as(self, dotted: str, offset: int) -> str:
        """Return the name under which the file knows what `dotted` means at `offset`."""
        head, dot, rest = dotted.partition(".")
        if head == "this":
            owner = next((self.class_names[start] for start in self._classes.around(offset)), "")
            return f"{owner}{dot}{rest}" if owner else ""
        for scope in self._functions.around(offset):
            if (head, scope) in self._declared:
                return f"{head}@{scope}{dot}{rest}"
        return dotted

    def name_of(self, span: Span) -> str:
        """Return the name of what an expression gives; empty where it is none that could be a router."""
        for _ in range(_DEPTH):
            if span.start >= span.end:
                return ""
            if span.start in self.functions and self._ends.get(span.start) == span.end:
                return self.functions[span.start].node
            if value := self._called(span):
                return value
            if dotted := self.outline.dotted(span):
                return self.known_as(dotted, span.start)
            inner = self._inner(span)
            if inner == span:
                return ""
            span = inner
        return ""

    def callee(self, call: Call) -> str:
        """Return the name of what is called."""
        if call.owner is None:
            return self.known_as(call.word, call.start)
        owner = self.name_of(call.owner)
        return short(f"{owner}.{call.word}" if owner and call.word else owner)

    def result(self, call: Call) -> str:
        """Return the name of what a call gives that means nothing to a reader of routes: what a function makes is another one each time."""
        callee = self.callee(call)
        name = callee if call.makes else short(f"{callee}.{RETURNS}") if callee else ""
        if not name or call.makes:
            return name
        self.made[f"@{call.close}"] = name
        return f"@{call.close}"

    def origin(self, name: str) -> str:
        """Return the name of what gave a router, for one that a call of a function gave."""
        head, dot, rest = name.partition(".")
        return f"{self.made[head]}{dot}{rest}" if head in self.made else name

    def text(self, span: Span) -> str | None:
        """Return the constant text of an expression, None when it is not constant."""
        return self.texts.of(span)

    def make(self, call: Call, owner: str = "", prefix: str | None = None) -> str:
        """Take a router that a call makes: a new one, or one below `owner`, which counts only where that is a router."""
        node = f"@{call.close}"
        self.routers[node] = ""
        if owner:
            self.weak.add(node)
            self.mounts[owner, node, prefix] = None
        return node

    def add(self, owner: str, method: str, path: str | None, offset: int) -> None:
        """Take a handler."""
        self.routes.append((owner, Route(method=method, path=path, line=self.line(offset))))

    def hand_over(self, call: Call, looks_like: Callable[[str], bool]) -> None:
        """Take the routers that a call gives to a function: its parameters stand for them."""
        callee = self.callee(call)
        for number, span in enumerate(self.outline.items(call.open) if callee else ()):
            name = self.outline.dotted(span)
            known = self.name_of(span)
            if looks_like(name.rpartition(".")[2]) and known:
                self.mounts[known, f"{callee}.${number}", ""] = None
            elif known:
                self._handed[known, f"{callee}.${number}"] = None

    def facts(self, is_router: Callable[[Parameter], bool]) -> RouteFacts:
        """Return what was found, without names that lead to no router."""
        # A router may be made below the function that hands it over.
        handed = (row for row in self._handed if {row[0], self.meaning(row[0])} & self.routers.keys())
        self.mounts.update(((known, parameter, ""), None) for known, parameter in handed)
        for known, span, field in self._spans:
            for name, value in self._assigned(known, span):
                if value and value != name:
                    self.aliases.setdefault(name, short(f"{value}.{field}") if field else value)
        self.aliases.update(self.made)
        needed = self._needed()
        for known, node, parameter in self._parameters():
            if known in needed:
                self.aliases.setdefault(known, node)
                self.routers[node] = ""
                self.weak.update(() if is_router(parameter) else (node,))
        live = self._live()
        imports = {local: row for local, row in self.imports.items() if head_of(local) in needed}
        kept = {name: ("", value) for name, value in self.aliases.items() if {name, head_of(name)} & live and head_of(name) in needed}
        rows = {local: row for local, row in {**kept, **imports}.items() if local not in self.routers}
        return RouteFacts(
            routers=tuple(self.routers.items()),
            routes=tuple(row for row in self.routes if not row[0] or leads(row[0], live)),
            mounts=tuple(row for row in self.mounts if leads(row[0], live) and leads(row[1], live)),
            imports=tuple(sorted((local, module, name) for local, (module, name) in rows.items())),
            weak=tuple(sorted(self.weak)),
            made=tuple(sorted(name for name in self.made if name in rows)),
        )

    def _needed(self) -> set[str]:
        """Return the heads of the names that routes and mounts, or another file, could ask about."""
        leads: dict[str, set[str]] = {}
        for name, value in self.aliases.items():
            leads.setdefault(head_of(name), set()).add(head_of(value))
        waiting = [head_of(name) for name in (*(owner for owner, _ in self.routes), *(name for row in self.mounts for name in row[:2]))]
        waiting += filter(self._entries, (*leads, *self.imports))
        found: set[str] = set()
        while waiting:
            head = head_of(waiting.pop())
            if head not in found:
                found.add(head)
                waiting.extend(leads.get(head, ()))
        return found

    def _called(self, span: Span) -> str:
        fields = _FIELDS.search(self.outline.plain, max(span.start, span.end - LONGEST), span.end)
        told = self.values.get(fields.start() if fields else span.end - 1)
        if told is None or told[0] != span.start:
            return ""
        return short(told[1] + re.sub(r"[\s?!]+", "", fields.group(1))) if fields and told[1] else told[1]

    def _inner(self, span: Span) -> Span:
        plain, opened = self.outline.plain, self.outline.pairs.get(span.end - 1)
        if plain[span.start] == "(" and opened == span.start:
            return self.outline.trimmed(span.start + 1, span.end - 1)
        before = _BEFORE.match(plain, span.start, span.end)
        behind = _BEHIND.search(plain, max(span.start, span.end - LONGEST), span.end)
        if before or behind:
            return self.outline.trimmed(before.end() if before else span.start, behind.start() if behind else span.end)
        if plain[span.end - 1] == "}" and opened is not None and opened > span.start:
            return self.outline.trimmed(span.start, opened)
        return span

    def _parameters(self) -> Iterator[tuple[str, str, Parameter]]:
        for start, function in self.functions.items():
            for number, parameter in enumerate(function.parameters):
                yield f"{parameter.name}@{start}", f"{function.node}.${number}", parameter

    def _assigned(self, known: str, span: Span) -> Iterator[tuple[str, str]]:
        """Yield what a name, or each field of an object that is written out, is set to."""
        told = self.fields(span)
        yield from ((f"{known}.{name}", self.name_of(value)) for name, value in told)
        if not told:
            yield known, self.name_of(span)

    def fields(self, span: Span) -> list[tuple[str, Span]]:
        """Return the fields of an object that is written out, empty for anything else."""
        outline, found = self.outline, []
        if outline.plain[span.start : span.start + 1] == "{" and outline.pairs.get(span.start) == span.end - 1:
            for item in outline.items(span.start):
                key = _KEY.match(outline.code, item.start, item.end)
                if key is not None:
                    found.append((key["key"] or key["same"], Span(item.start if key["same"] else key.end(), item.end)))
        return found

    def _live(self) -> set[str]:
        """Return the names that lead to a router of this file, or to another file, and everything their names begin with."""
        live = {part for name in (*self.routers, *self.imports) for part in beginnings(name)}
        for _ in range(_ROUNDS):
            found = {part for name, value in self.aliases.items() if leads(value, live) for part in beginnings(name)}
            if found <= live:
                break
            live |= found
        return live
