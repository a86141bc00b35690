"""The modules of the standard library of the Python versions that a project declares (checks.md A9)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from packaging.specifiers import InvalidSpecifier, SpecifierSet

MINORS = tuple(range(8, 16))
"""Minor versions of Python 3 that a declaration may mean."""

_ADDED = {"zoneinfo": 9, "graphlib": 9, "tomllib": 11, "annotationlib": 14, "compression": 14}
_LAST = {
    **dict.fromkeys(("macpath", "dummy_threading", "_dummy_thread"), 8),
    **dict.fromkeys(("formatter", "parser", "symbol"), 9),
    **dict.fromkeys(("binhex",), 10),
    **dict.fromkeys(("asynchat", "asyncore", "distutils", "imp", "smtpd"), 11),
    **dict.fromkeys(("aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap", "msilib", "nis"), 12),
    **dict.fromkeys(("nntplib", "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib"), 12),
}
REMOVED = frozenset(_LAST)
"""Modules that some Pythons had in their standard library and later ones have not."""
_RELEASE = re.compile(r"3\.\d+\.\d+")
_ALWAYS = frozenset(sys.stdlib_module_names) | {"__main__", "__pypy__", "_typeshed", "test"}


def declared_minors(requirements: Iterable[str]) -> frozenset[int]:
    """Return the minor versions of Python 3 that all `requirements` (PEP 440 specifiers, poetry's `^3.11` and `~3.11`, a bare
    `3.11` or `3.11+`) allow. None given, unreadable, or nothing left: all that we know.
    """
    left = frozenset(MINORS)
    for text in requirements:
        allowed = _allowed(text)
        left = left & allowed if left & allowed else left
    return left


def _allowed(text: str) -> frozenset[int]:
    try:
        wanted = SpecifierSet(_pep440(text.strip()))
    except InvalidSpecifier:
        return frozenset(MINORS)
    # `==3.11.4` allows neither the first nor the last release of its minor version, only the one that it names.
    releases = [release for release in _RELEASE.findall(text) if release in wanted]
    return frozenset(
        minor
        for minor in MINORS
        if f"3.{minor}" in wanted or f"3.{minor}.99" in wanted or any(release.startswith(f"3.{minor}.") for release in releases)
    )


def _pep440(text: str) -> str:
    if text.startswith("^"):
        return f">={text[1:].strip()},<4"
    if text.startswith("~") and not text.startswith("~="):
        return f"=={text[1:].strip()}.*"
    if text.endswith("+"):
        return f">={text[:-1].strip()}"
    if text[:1].isdigit():
        return f"=={text.rstrip('.*')}.*"
    return text


def is_standard(module: str, minors: frozenset[int]) -> bool:
    """True when the top-level name of `module` is in the standard library of any Python 3 minor version in `minors`."""
    top = module.partition(".")[0]
    if top in _ADDED or top in _LAST:
        return any(_ADDED.get(top, 0) <= minor <= _LAST.get(top, MINORS[-1]) for minor in minors)
    return top in _ALWAYS
