"""Which of the asked names a file uses: code and texts of Python without comments and docstrings, settings as they are (contract §9.5).

Half a project may be asked about a hundred names, so the text is taken apart by one expression and not parsed. A name that a file only
imports is not used by it: `__init__.py` offers what nobody may want.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import re2

from forgewatch.core.limits import LIMITS
from forgewatch.core.paths_of_tests import is_test
from forgewatch.core.places import Places
from forgewatch.core.values import RepoPath

_SETTINGS = re.compile(
    r"[^.]*\Z|.*\.(?:py[iwx]?|html?|jinja2?|j2|mako|xml|toml|cfg|ini|ya?ml|json|sh|bash|ps1|bat|cmd|env|conf|service|ipynb)\Z", re.DOTALL
)
_LOCKED = re.compile(r"(?:.*[.-]lock(?:\.\w+)?|.*lock\.(?:json|yaml))\Z", re.IGNORECASE)
_LONG = r"(?:\"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\Z)|'''(?:\\.|[^\\])*?(?:'''|\Z))"
_SHORT = r"(?:\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?)"
_PROSE = re.compile(rf"(?P<prose>#[^\n]*|[rRbBuU]{{0,2}}{_LONG})|[rRfF]{{0,2}}{_LONG}|[rRbBuUfF]{{0,2}}{_SHORT}", re.DOTALL)
"""Comments and long texts, which are prose, and other texts, which are not; of a long text with code in it nothing is left out."""
_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+[.\w]+[ \t]*)?import\b[ \t]*(?P<names>\([^)]*\)?|(?:\\\n|[^\n;])*)", re.MULTILINE)
_OFFER = re.compile(r"^__all__\b[^\n=]*=[ \t]*(?P<names>[(\[][^)\]]*[)\]]?)", re.MULTILINE)
_ALIAS = re.compile(r"\b(\w+)\s+as\s+(\w+)")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_CHARS = 200_000
_MEMORY = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """The asked names that a file uses, and those that it only imports or lists in `__all__`; both sorted."""

    used: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """The names that are looked for, and the expression that finds them."""

    names: frozenset[str]
    pattern: Any


def ask(names: Iterable[str]) -> Asked | None:
    """Return the question about these names; None when there are none, or more than one expression may hold."""
    wanted = frozenset(name for name in names if _IDENTIFIER.match(name))
    if not wanted or sum(map(len, wanted)) > _CHARS:
        return None
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors, options.max_mem = False, _MEMORY
    return Asked(wanted, re2.compile(rf"\b(?:{'|'.join(sorted(wanted))})\b".encode(), options))


def may_use(path: RepoPath, places: Places) -> bool:
    """True for a file of the product that may use a component: Python, settings, scripts. Tests and the governance folder are none."""
    name = path.rpartition("/")[2]
    governance = (places.base,) if places.base else (f"{places.contracts}/", f"{places.evidence}/")
    if path.startswith(governance) or is_test(path) or _LOCKED.match(name):
        return False
    return _SETTINGS.match(name) is not None


def find_mentions(asked: Asked, path: RepoPath, raw: bytes) -> Mentions:
    """Return which names the file uses or offers. Never raises; what is too large uses nothing."""
    if len(raw) > LIMITS.source_bytes or not asked.pattern.search(raw):
        return Mentions()
    if not path.endswith((".py", ".pyi", ".pyw")):
        return Mentions(used=tuple(sorted(_names(asked, raw.decode("utf-8", "replace")))))
    code = _without_prose(raw.decode("utf-8", "replace"))
    rest = _OFFER.sub("", _IMPORT.sub("", code))
    shown = [found.group("names") for pattern in (_IMPORT, _OFFER) for found in pattern.finditer(code)]
    offered = {name for text in shown for name in _names(asked, text)}
    aliased = {name: alias for text in shown for name, alias in _ALIAS.findall(text) if name in asked.names and name != alias}
    renamed = {name for name, alias in aliased.items() if re.search(rf"\b{alias}\b", rest)}
    used = _names(asked, rest) | renamed
    return Mentions(used=tuple(sorted(used)), offered=tuple(sorted(offered - used)))


def _without_prose(text: str) -> str:
    kept, end = [], 0
    for found in _PROSE.finditer(text):
        if found.lastgroup:
            kept.append(text[end : found.start()])
            end = found.end()
    return "".join([*kept, text[end:]])


def _names(asked: Asked, text: str) -> set[str]:
    return {found.group().decode() for found in asked.pattern.finditer(text.encode())}
