"""`signoff`: the block that ends a phase, its entry, and the commit that Auto-authorize allows (contract §10.4).

Exit 0; 1 refused, or committed and not pushed.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from forgewatch.cli import places, screen, words
from forgewatch.cli.bureau import opened
from forgewatch.core.approval import Disagreement
from forgewatch.core.text import PATH_LIMIT, escape, recordable
from forgewatch.wiring.authority import Bureau

SCHEMA = "forgewatch/signoff/v1"
COMPLETE = "All phases complete."
"""The contract's sentence, word for word (contract §10.4)."""

NOTHING: Mapping[str, object] = MappingProxyType({})
"""No facts."""


def run(args: Namespace) -> int:
    """Sign the newest audit off, print the block; with `--auto` commit it too. Raises EnvironmentFault."""
    root = places.repository(args)
    with opened(root, args.config) as bureau:
        considered = bureau.consider()
        # 1. Only a PASS that still holds is signed off.
        if considered.against is not None:
            return _refused(args, root, bureau, "SIGN-OFF", considered.against)
        block = bureau.block()
        signed = bureau.sign_off()
        facts = {"block": block, "signed_off": signed.seq if signed else None}
        # 2. Without --auto that is all: HALT.
        if not args.auto:
            return _tell(args, root, facts, [block])
        # 3. The directive's word is recorded, then used.
        granted = bureau.authorize_alone()
        if isinstance(granted, Disagreement):
            return _refused(args, root, bureau, "AUTO-AUTHORIZED", granted, facts)
        return _commit(args, root, bureau, facts)


def _commit(args: Namespace, root: Path, bureau: Bureau, facts: Mapping[str, object]) -> int:
    commit = bureau.follow() if bureau.is_committed() else bureau.commit(args.message or bureau.default_message())
    pushed, complete = bureau.push(commit), bureau.is_last()
    said = [f"auto-authorized and committed as {commit}", escape(pushed, PATH_LIMIT), COMPLETE if complete else ""]
    done = {**facts, "commit": commit, "pushed": recordable(pushed) or None, "complete": complete}
    _tell(args, root, done, [str(facts["block"]), *filter(None, said)])
    return words.pushed_status(pushed)


def _tell(args: Namespace, root: Path, facts: Mapping[str, object], lines: Sequence[str]) -> int:
    if args.json:
        screen.show_json(_document(root, facts), screen.KEPT)
    else:
        screen.show("\n".join(lines), screen.KEPT)
    return 0


def _refused(args: Namespace, root: Path, bureau: Bureau, action: str, against: Disagreement, facts: Mapping[str, object] = NOTHING) -> int:
    recorded = bureau.refuse(action, against)
    if args.json:
        screen.show_json(_document(root, {**facts, "refused": words.refusal_json(action, against, recorded)}))
    else:
        screen.show("\n".join([*([str(facts["block"])] if facts else []), words.refusal_text(action, against, recorded)]))
    return words.REFUSED


def _document(root: Path, facts: Mapping[str, object]) -> Mapping[str, object]:
    """Return the document of every outcome: null is what there is none of."""
    nothing = dict.fromkeys(("refused", "block", "signed_off", "commit", "pushed"))
    return {"schema": SCHEMA, "repository": str(root), **nothing, "complete": False, **facts}
