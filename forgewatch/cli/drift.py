"""`init --check`: what of a governed repository is missing, broken, or no longer as `init` makes it. Reads, and writes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from forgewatch.adapters.files import RootFiles
from forgewatch.adapters.ignore_line import NAME, lost
from forgewatch.cli import screen, service
from forgewatch.cli.starter import FOLDERS, documents, lines_to_ignore, scripts
from forgewatch.core.boundaries import parse_boundaries
from forgewatch.core.defect import Defect
from forgewatch.core.forge_json import read_forge_json
from forgewatch.core.limits import LIMITS
from forgewatch.core.manifesto import lacking_sections
from forgewatch.core.physics import parse_physics
from forgewatch.core.places import FORGE_JSON, Places
from forgewatch.core.text import PATH_LIMIT, counted, escape
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable

SCHEMA = "forgewatch/init-check/v1"
_BOM = b"\xef\xbb\xbf"
_LOOKED_AT = 1000


class Kind(StrEnum):
    """MISSING: `init` makes it again. CHANGED: not what is shipped. BROKEN: cannot be read as what it is, or breaks a rule of its kind."""

    MISSING = "missing"
    CHANGED = "changed"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that is not as it should be: its path, relative or absolute, and why in a few words, empty for a file that is MISSING."""

    kind: Kind
    path: str
    why: str = ""


def show(root: Path, governed: Places, *, as_json: bool) -> int:
    """Print what `drift_of` finds and return 1, or that there is nothing and return 0."""
    found = tuple(drift_of(root, governed, os.environ))
    if as_json:
        rows = [{"kind": one.kind.value, "path": one.path, "why": one.why} for one in found]
        screen.show_json({"schema": SCHEMA, "repository": str(root), "drift": rows})
        return 1 if found else 0
    lines = [f"repository {escape(str(root), PATH_LIMIT)}: {counted(len(found), 'difference') if found else 'as init makes it'}"]
    lines += [f"  {one.kind:<7} {escape(one.path, PATH_LIMIT)}" + (f" ({escape(one.why, PATH_LIMIT)})" if one.why else "") for one in found]
    lines += [f"{'      ' if number else 'next: '}{step}" for number, step in enumerate(_next(found))]
    screen.show("\n".join(lines))
    return 1 if found else 0


def _next(found: tuple[Drift, ...]) -> Iterator[str]:
    kinds = {one.kind for one in found}
    if Kind.MISSING in kinds:
        yield "forgewatch init makes what is missing"
    if Kind.CHANGED in kinds:
        yield "look at what was changed; to have the shipped file back, move yours away, then: forgewatch init"
    if Kind.BROKEN in kinds:
        yield "mend what is broken: init never writes over a file"


def drift_of(root: Path, governed: Places, environ: Mapping[str, str]) -> Iterator[Drift]:
    """Yield every drift of the repository at `root` and of units of ours on this machine, in the order in which `init` makes things."""
    tree = RootFiles(str(root))
    shims = scripts(governed)
    yield from (Drift(Kind.MISSING, f"{governed.base}{name}/") for name in FOLDERS if not (root / governed.base / name).is_dir())
    for path in documents(root, governed):
        yield from _document(governed, path, tree.read(RepoPath(path), LIMITS.contract_bytes))
    for path, shipped in shims.items():
        yield from script_drift(path, shipped, tree.read(RepoPath(path), LIMITS.document_bytes))
    yield from _powershell(root, tree, governed, known=shims)
    yield from _ignored(tree.read(RepoPath(NAME), LIMITS.document_bytes), lines_to_ignore(governed))
    for kind in ("user", "system"):
        for place, why in service.drifted(kind, environ):
            yield Drift(Kind.MISSING if why == "is missing" else Kind.CHANGED, str(place), "" if why == "is missing" else why)


def _document(governed: Places, path: str, content: Content) -> Iterator[Drift]:
    match content:
        case Absent():
            yield Drift(Kind.MISSING, path)
        case Unreadable(why=why):
            yield Drift(Kind.BROKEN, path, why)
        case raw:
            yield from (Drift(Kind.BROKEN, path, why) for why in _defects(governed, path, raw))


def _defects(governed: Places, path: str, raw: bytes) -> Iterator[str]:
    if path == governed.boundaries:
        rules = parse_boundaries(raw)
        yield from [str(rules)] if isinstance(rules, Defect) else (f"[{one.layer}] {one.defect}" for one in rules.pattern_defects)
    elif path == governed.physics:
        defect = parse_physics(raw).defect
        yield from [str(defect)] if defect is not None else []
    elif path == FORGE_JSON:
        read = read_forge_json(raw)
        yield from [str(read)] if isinstance(read, Defect) else []
    elif path == f"{governed.contracts}/manifesto.md":
        yield from (f"lacks the section {title}" for title in lacking_sections(raw))


def script_drift(path: str, shipped: bytes, content: Content) -> Iterator[Drift]:
    """Yield how a script differs from the shipped one; nothing when it is that one."""
    match content:
        case Absent():
            yield Drift(Kind.MISSING, path)
        case Unreadable(why=why):
            yield Drift(Kind.CHANGED, path, why)
        case raw if raw != shipped:
            # Git may have turned the line ends on the way out: that is no other script.
            if raw.replace(b"\r\n", b"\n") != shipped:
                yield Drift(Kind.CHANGED, path, "is not the script of this version")


def _powershell(root: Path, tree: RootFiles, governed: Places, known: Iterable[str]) -> Iterator[Drift]:
    """Yield PowerShell files beside the shims, and at the root, that Windows PowerShell could misread (contract §3.1)."""
    for folder in (f"{governed.base}scripts/", ""):
        for name in sorted(_names(root / folder)):
            path = f"{folder}{name}"
            content = tree.read(RepoPath(path), LIMITS.document_bytes) if path not in known else Absent()
            if isinstance(content, bytes) and not content.startswith(_BOM):
                yield Drift(Kind.BROKEN, path, "begins without the byte order mark EF BB BF")
            if isinstance(content, bytes) and not content.removeprefix(_BOM).isascii():
                yield Drift(Kind.BROKEN, path, "holds characters beyond ASCII")


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as found:
            return [entry.name for entry in islice(found, _LOOKED_AT) if entry.name.lower().endswith(".ps1")]
    except OSError:
        return []


def _ignored(content: Content, lines: tuple[str, ...]) -> Iterator[Drift]:
    if isinstance(content, Unreadable):
        yield Drift(Kind.BROKEN, NAME, content.why)
        return
    for line in lost(content if isinstance(content, bytes) else b"", lines):
        yield Drift(Kind.MISSING, NAME, f"lacks the line {line}")
