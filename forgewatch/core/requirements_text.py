"""Requirement lines, as pip reads them: one requirement or option a line, continued by a backslash (checks.md A9, Declared)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence

from forgewatch.core.defect import Defect
from forgewatch.core.limits import LIMITS
from forgewatch.core.manifest import Declared, Group, Include, Manifest, beside, declare
from forgewatch.core.values import RepoPath

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NAMED = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?:$|[<>=!~@;(].*)")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_OPTION = re.compile(r"(-r|-c|-e|--requirement|--constraint|--editable)(?:\s+|=|(?=[^-\s]))(.+)")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
_WHEEL = re.compile(r"([A-Za-z0-9._]+)-[^/-]+(?:-[^/]+)?\.(?:whl|tar\.gz|zip)(?:$|#)")
_SOURCE = re.compile(r"/([A-Za-z0-9._-]+?)(?:\.git)?(?:@[^/#]*)?(?:#.*)?$")
_EXTRAS = re.compile(r"\[[^\]]*\]$")
_LONG_LINE = 4096


def decode_manifest(raw: bytes) -> str | Defect:
    """Return the text of a manifest: UTF-8, or UTF-16 where a byte order mark says so (a shell on Windows writes that)."""
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _decode(raw[len(mark) :], encoding)
    return _decode(raw, "utf-8")


def decode_table(raw: bytes) -> str | Defect:
    """Return the text of a manifest whose tools read UTF-8 and nothing else, one byte order mark dropped."""
    return _decode(raw.removeprefix(codecs.BOM_UTF8), "utf-8")


def _decode(raw: bytes, encoding: str) -> str | Defect:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as fault:
        return Defect(f"expected {encoding}, found byte 0x{raw[fault.start]:02x}", raw.count(b"\n", 0, fault.start) + 1)


def requirement_name(text: str) -> str | None:
    """Return the distribution that a PEP 508 requirement names, None when it is none. Extras, versions and markers are not looked at."""
    found = _NAMED.fullmatch(text.strip())
    return found.group(1) if found else None


def read_requirements(path: RepoPath, raw: bytes, group: Group = Group.RUNTIME) -> Manifest:
    """Return what a requirements file declares. Names behind `-c` only constrain versions and declare nothing. Never raises."""
    text = decode_manifest(raw)
    if isinstance(text, Defect):
        return Manifest(path=path, defects=(text,))
    declared: list[Declared] = []
    includes: list[Include] = []
    roots: list[str] = []
    defects: list[Defect] = []
    lines = text.splitlines()
    if len(lines) > LIMITS.document_lines:
        # What comes after the limit is not read, and may be what an import needs or hides: nobody takes the part for the whole.
        defects.append(Defect(f"expected at most {LIMITS.document_lines} lines, found {len(lines)}", LIMITS.document_lines + 1))
    for line, content in _logical_lines(lines[: LIMITS.document_lines]):
        match _line(path, content, line, group):
            case Include() as include:
                includes.append(include)
            case Defect() as defect:
                defects.append(defect)
            case str() as root:
                roots.append(root)
            case names:
                declared.extend(names)
    return Manifest(path=path, declared=tuple(declared), includes=tuple(includes), roots=tuple(roots), defects=tuple(defects))


def _logical_lines(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield (number of the first physical line, content without comment). A comment line ends no continuation, as in pip."""
    held = ""
    first = 0
    for number, raw in enumerate(lines, 1):
        stripped = _COMMENT.sub("", raw[:_LONG_LINE]).strip()
        first = first or number
        if stripped.endswith("\\") and len(held) < _LONG_LINE:
            held += stripped[:-1] + " "
            continue
        content, start, held, first = (held + stripped).strip(), first, "", 0
        if content:
            yield start, content
    if held.strip():
        yield first, held.strip()


def _line(path: RepoPath, content: str, line: int, group: Group) -> tuple[Declared, ...] | Include | Defect | str:
    option = _OPTION.match(content)
    if option and option.group(1) in ("-e", "--editable"):
        return _place(path, option.group(2).strip(), line, group)
    if option:
        return _include(path, option.group(2).strip().strip("\"'"), line, group, constrains=option.group(1) in ("-c", "--constraint"))
    if content.startswith("-"):
        return ()
    name = requirement_name(re.split(r"\s--?[a-z]", content, maxsplit=1)[0])
    return declare((name,), group) if name else _place(path, content, line, group)


def _include(path: RepoPath, target: str, line: int, group: Group, *, constrains: bool) -> tuple[Declared, ...] | Include | Defect:
    place = beside(path, target)
    if place:
        return Include(place, group, constrains, line)
    return () if constrains else Defect(f"expected a requirements file inside the repository, found '{target[:80]}'", line)


def _place(path: RepoPath, text: str, line: int, group: Group) -> tuple[Declared, ...] | Defect | str:
    """Read a requirement that is an address: by its `#egg=`, its file name, or its last part; a folder here is an import root."""
    address = text.split(";")[0].split(" ")[0].strip("\"'")
    egg = _EGG.search(address)
    if egg:
        return declare((egg.group(1),), group)
    archive = _WHEEL.search(address)
    if archive:
        return declare((archive.group(1),), group)
    if "://" in address or address.startswith("git@"):
        source = _SOURCE.search(address)
        return declare((source.group(1),), group) if source else Defect(f"expected an address with a name, found '{address[:80]}'", line)
    place = beside(path, _EXTRAS.sub("", address)) if address.startswith(".") or "/" in address else None
    return place if place is not None else Defect(f"expected a requirement, found '{text[:80]}'", line)
