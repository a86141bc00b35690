"""Names that a person or another file system takes for the same (checks.md section 0, Paths: named in a finding, never matched)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from forgewatch.core.values import RepoPath

_ALIKE = str.maketrans(
    # Cyrillic, Greek, Armenian and Latin letters that are drawn like ASCII ones in either case; dashes, dots, slashes, quotes.
    "авекмнорстухѕіјԁԛԝһӏғαβεζηικμνορτυχγոօսւıɑɡʟ‐‑‒–—−‑․⁄∕‘’",
    "abekmhopctyxsijdqwhlfabezhikmvoptuxynouiiagl-------.//''",
)


class Kinship(StrEnum):
    """How two different names are alike."""

    CASE = "other case"
    FORM = "other Unicode form"
    LOOKALIKE = "look-alike characters"


def skeleton(name: str) -> str:
    """Return what is left of a name when case, Unicode form, invisible characters and look-alikes are taken away.

    Bytes that are not UTF-8 are read as Latin-1, as a builder on such a system would type them.
    """
    if name.isascii():
        return name.lower()
    typed = "".join(chr(ord(char) - 0xDC00) if 0xDC80 <= ord(char) <= 0xDCFF else char for char in name)
    plain = unicodedata.normalize("NFKC", typed).casefold()
    visible = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFC", visible.translate(_ALIKE))


def kinship(left: str, right: str) -> Kinship | None:
    """Return how two names are alike, None when they are equal or have nothing to do with each other."""
    if left == right or skeleton(left) != skeleton(right):
        return None
    if _formed(left) == _formed(right):
        return Kinship.FORM
    return Kinship.CASE if _formed(left).casefold() == _formed(right).casefold() else Kinship.LOOKALIKE


def index_names(names: Iterable[RepoPath]) -> Mapping[str, Sequence[RepoPath]]:
    """Return the names by skeleton, each list in the given order."""
    index: dict[str, list[RepoPath]] = {}
    for name in names:
        index.setdefault(skeleton(name), []).append(name)
    return index


def kin_of(name: str, index: Mapping[str, Sequence[RepoPath]]) -> tuple[RepoPath, Kinship] | None:
    """Return the first indexed name that is alike but not equal, and how."""
    for other in index.get(skeleton(name), ()):
        kind = kinship(name, other)
        if kind is not None:
            return other, kind
    return None


def _formed(name: str) -> str:
    return unicodedata.normalize("NFC", name)
