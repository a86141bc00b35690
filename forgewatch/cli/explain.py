"""`explain`: what a finding code means, a good and a bad example, how to mend it."""

from __future__ import annotations

import difflib
from argparse import Namespace
from dataclasses import asdict

from forgewatch.cli import screen
from forgewatch.core.catalogue import CodeDoc
from forgewatch.core.catalogue_gates import GATE_DOCS, GATES
from forgewatch.core.checklist import CHECKLIST
from forgewatch.core.code_pages import code_page
from forgewatch.core.codes import DOCS, check_of
from forgewatch.core.errors import UsageError

SCHEMA = "forgewatch/explain/v1"
ALL = {**DOCS, **GATE_DOCS}
CODES = tuple(ALL.values())


def run(args: Namespace) -> int:
    """Print one code, all codes of a check, or the list. Raises UsageError for a code that does not exist, with the nearest."""
    chosen = _chosen(args.code)
    if args.json:
        screen.show_json({"schema": SCHEMA, "codes": [_json(doc) for doc in chosen]})
    elif args.code is None:
        screen.show("\n".join(_list()))
    else:
        screen.show("\n\n".join(code_page(doc) for doc in chosen))
    return 0


def _chosen(code: str | None) -> tuple[CodeDoc, ...]:
    if code is None:
        return CODES
    wanted = code.upper()
    found = (ALL[wanted],) if wanted in ALL else tuple(doc for doc in CODES if check_of(doc.code) == wanted)
    if not found:
        near = _nearest(wanted)
        raise UsageError(f"no code {code!r}", f"did you mean {near}?" if near else "forgewatch explain lists all")
    return found


def _nearest(wanted: str) -> str:
    """Return the code that was most likely meant, one of the same check where there are any; empty when nothing is near."""
    siblings = [code for code in ALL if code[:2] == wanted[:2]]
    if siblings and wanted[2:].isdecimal() and len(wanted) < 8:
        return min(siblings, key=lambda code: abs(int(code[2:]) - int(wanted[2:])))
    near = difflib.get_close_matches(wanted, siblings or ALL, n=1, cutoff=0.5)
    return near[0] if near else ""


def _list() -> list[str]:
    lines = []
    for code, title in (*CHECKLIST, *GATES.items()):
        lines.append(f"{code} {title}")
        lines += [f"  {doc.code} {doc.title}{' (note)' if doc.note else ''}" for doc in CODES if check_of(doc.code) == code]
    return lines


def _json(doc: CodeDoc) -> dict[str, object]:
    fields = asdict(doc)
    return {**fields, "allows": list(doc.allows), "ways": [list(way) for way in doc.ways], "check": check_of(doc.code)}
