"""`authorize`: the operator lets the audited tree be committed, once (contract §10.4, §12; ledger.md section 2).

Exit 0; 1 refused, or committed and not pushed.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote

from forgewatch.cli import operator, places, screen, words
from forgewatch.cli.bureau import opened
from forgewatch.core.approval import AUTHORIZED, Disagreement
from forgewatch.core.authority_events import Means
from forgewatch.core.authority_state import Grant
from forgewatch.core.errors import UsageError
from forgewatch.core.events import Recorded
from forgewatch.core.repository_facts import staged_lines, status_lines
from forgewatch.core.text import PATH_LIMIT, counted, escape, recordable
from forgewatch.core.tiers import STANDING
from forgewatch.wiring.authority import Bureau
from forgewatch.wiring.signing import add_signature, read_signed

SCHEMA = "forgewatch/authorize/v1"


def run(args: Namespace) -> int:
    """Show what is there, ask, record, and commit where that is asked for. Raises UsageError without the operator's consent."""
    root = places.repository(args)
    if args.sign is not None:
        return _sign(args, root)
    if args.standing:
        return _stand(args, root)
    with opened(root, args.config) as bureau:
        # 1. What would be authorized, from captured facts and never from what a builder wrote (contract §12).
        bureau.consider()
        if args.request is not None:
            return _write_request(args, root, bureau)
        if not args.json:
            screen.show(_state(bureau))
        # 2. Is there anything to authorize?
        against = bureau.considered.against
        given = bureau.open_grant() if against is None and args.commit is not None else None
        # Who was authorized before, and only now commits, or tries again, needs no second word.
        answer = against or given or _answer(args, bureau)
        if isinstance(answer, Disagreement):
            return _refused(args, root, bureau, answer)
        # 3. It is recorded. What is there already is found, and what is asked for is committed.
        commit = bureau.commit(args.commit) if args.commit is not None and not bureau.is_committed() else None
        pushed = bureau.push(commit) if commit else ""
        _tell(args, root, bureau, answer, bureau.follow() or commit, pushed)
        return words.pushed_status(pushed)


def _answer(args: Namespace, bureau: Bureau) -> Recorded | Disagreement:
    if args.signed is not None:
        return bureau.authorize_signed(Path(args.signed))
    if args.key is not None:
        return bureau.authorize_by_key(Path(args.key))
    work = bureau.considered.work
    asked = f"Authorize the tree of entry {work.seq}, {work.phase}, to be committed on {work.head or 'an unborn branch'}?"
    operator.ask(args, asked)
    return bureau.authorize(operator.actor(args), Means.COMMAND if args.yes else Means.TERMINAL)


def _state(bureau: Bureau) -> str:
    facts = bureau.considered.facts
    staged = [f"  {escape(path, PATH_LIMIT)}" for path in staged_lines(facts)] or ["  (nothing)"]
    # What stands before branch and path is ours.
    status = (line[:3] + escape(line[3:], PATH_LIMIT) for line in status_lines(facts))
    return "\n".join([*status, "staged:", *staged])


def _write_request(args: Namespace, root: Path, bureau: Bureau) -> int:
    against = bureau.considered.against
    if against is not None:
        return _refused(args, root, bureau, against)
    return _tell_request(args, root, bureau.write_request(Path(args.request)))


def _sign(args: Namespace, root: Path) -> int:
    """Add a signature to a request. What is signed is shown first: the request, and never what a builder wrote about it."""
    if (args.key is None) == (args.signature is None):
        raise UsageError("--sign needs either --key or --signature", "forgewatch authorize --help says what it takes")
    place = Path(args.sign)
    signed = read_signed(place)
    screen.note(escape(signed.request.decode("utf-8", "replace"), PATH_LIMIT))
    more = add_signature(signed, place, root, key=args.key, signature=args.signature)
    return _show(
        args, root, {"request": args.sign}, [f"{escape(args.sign, PATH_LIMIT)} now has {counted(len(more.signatures), 'signature')}"]
    )


def _stand(args: Namespace, root: Path) -> int:
    if not args.phases or args.uses is None or not (args.key or args.signed or args.request):
        raise UsageError("a standing grant needs --phases, --uses and one of --key, --request, --signed", "forgewatch authorize --help")
    with opened(root, args.config) as bureau:
        bureau.consider()
        if args.request is not None:
            return _tell_request(args, root, bureau.write_standing(Path(args.request), args.phases, args.uses, args.days))
        answer = bureau.stand(args.phases, args.uses, args.days, key=args.key, signed=args.signed)
        if isinstance(answer, Disagreement):
            return _refused(args, root, bureau, answer, STANDING)
        return _show(args, root, {"entry": _place(answer)}, [f"standing grant recorded; entry {answer.seq} {answer.leaf}"])


def _tell_request(args: Namespace, root: Path, request: bytes) -> int:
    place = escape(args.request, PATH_LIMIT)
    # The terms of a standing grant are said again, and compared with those that were signed.
    terms = f"--standing --phases {escape(quote(args.phases))} --uses {args.uses} " if args.standing else ""
    then = f"each who signs: forgewatch authorize --sign {place} --key KEY; then: forgewatch authorize {terms}--signed {place}"
    lines = [escape(request.decode(), PATH_LIMIT), f"written to {place}, without a signature yet", then]
    return _show(args, root, {"request": args.request}, lines)


def _tell(args: Namespace, root: Path, bureau: Bureau, recorded: Recorded | Grant, commit: str | None, pushed: str) -> int:
    work, facts = bureau.considered.work, bureau.considered.facts
    place = f"entry {recorded.seq} {recorded.leaf}" if isinstance(recorded, Recorded) else f"given before, in entry {recorded.seq}"
    done = f"authorized entry {work.seq}, {escape(work.phase)}; {place}"
    then = f"committed as {commit}" if commit else f"now commit exactly this tree on {facts.head or 'the unborn branch'}"
    told = {
        "authorized": work.seq,
        "commit": commit,
        "pushed": recordable(pushed) or None,
        "status": [recordable(line) for line in status_lines(facts)],
        "staged": [recordable(line) for line in staged_lines(facts)],
        "entry": _place(recorded) if isinstance(recorded, Recorded) else None,
    }
    return _show(args, root, told, [done, then, *([escape(pushed, PATH_LIMIT)] if pushed else [])])


def _refused(args: Namespace, root: Path, bureau: Bureau, against: Disagreement, action: str = AUTHORIZED) -> int:
    recorded = bureau.refuse(action, against, args.actor or "")
    _show(args, root, {"refused": words.refusal_json(action, against, recorded)}, [words.refusal_text(action, against, recorded)])
    return words.REFUSED


def _show(args: Namespace, root: Path, facts: Mapping[str, object], lines: Sequence[str]) -> int:
    """Show every outcome as text, or as one document in which null is what there is none of."""
    if args.json:
        nothing = dict.fromkeys(("refused", "authorized", "commit", "pushed", "status", "staged", "request", "entry"))
        screen.show_json({"schema": SCHEMA, "repository": str(root), **nothing, **facts}, screen.KEPT)
    else:
        screen.show("\n".join(lines), screen.KEPT)
    return 0


def _place(recorded: Recorded) -> dict[str, object]:
    return {"seq": recorded.seq, "leaf": recorded.leaf}
