"""`approve init|sign|check`: a person allows a task before the work begins (gated_apply; ledger.md section 2).

Nothing else in forgewatch writes a gate file (S000-R-5).
"""

from __future__ import annotations

import os
import secrets
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.evidence import RepositoryEvidence
from forgewatch.adapters.refs import read_head
from forgewatch.adapters.scaffold import make_file
from forgewatch.adapters.ssh_signatures import sign_with
from forgewatch.app.approving import Person, give_approval, hold, new_request, refuse_approval, request_to_join, worth_of
from forgewatch.app.auditing import Governed
from forgewatch.cli import places, screen
from forgewatch.cli.operator import actor, ask
from forgewatch.core.approval import APPROVED, Disagreement
from forgewatch.core.approval_check import Checked, Held, check_approval, read_held
from forgewatch.core.approval_contract import ApprovalContract, Row, compared, contract_path, disputes_of, is_task, out_of_scope, token_path
from forgewatch.core.approval_scope import Section
from forgewatch.core.approval_template import contract_text
from forgewatch.core.authority import Granted
from forgewatch.core.authority_request import SignedRequest, with_signature
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import UsageError
from forgewatch.core.text import PATH_LIMIT, escape
from forgewatch.core.token_files import below_least
from forgewatch.core.values import RepoPath, parse_repo_path
from forgewatch.wiring.commands import open_governed, view_governed

MADE = "forgewatch/approve-init/v1"
SIGNED = "forgewatch/approve-sign/v1"
CHECKED = "forgewatch/approve-check/v1"


def run(args: Namespace) -> int:
    """Do the verb. Raises UsageError for what must not be approved, EnvironmentFault, LedgerUnwritable, TamperDetected."""
    args.path = args.path or args.place
    root = places.repository(args)
    if not is_task(args.task):
        raise UsageError(f"task {args.task!r}: expected letters, digits, '.', '_' and '-', at most 100", "name the task as its folder is")
    match args.verb:
        case "init":
            return _init(root, args)
        case "sign":
            return _sign(root, args)
        case _:
            return _check(root, args)


def _init(root: Path, args: Namespace) -> int:
    head = read_head(str(root))
    if head is None:
        raise UsageError("expected a commit to start from, and the repository has none", "commit first")
    path = contract_path(args.task)
    text = contract_text(args.task, root.name, head, SystemClock().now()[:10])
    made = make_file(root, path, text.encode())
    if not made:
        raise UsageError(f"{path} is there already, and is never written over", "edit it, or take another name for the task")
    facts = {"schema": MADE, "repository": str(root), "task": args.task, "path": path, "base": head}
    _tell(args, facts, f"written: {escape(path)}; fill it in, then forgewatch approve sign {args.task}")
    return 0


def _sign(root: Path, args: Namespace) -> int:
    if args.add and not args.key:
        raise UsageError("--add adds a signature, and there is no --key to make it with", "name your key with --key FILE")
    governed = open_governed(root, args.config)
    held = hold(governed, places.settings(args), args.task, head=read_head(str(root)), clock=SystemClock())
    contract = _approvable(held)
    below = None if args.key else below_least(APPROVED, held.authority.rules)
    if below is not None:
        refuse_approval(governed, held, below)
        raise _disagreed(below, "sign with --key FILE")
    signed = _request(held, args) if args.key else None
    _ask(args, held, contract, signed)
    if signed is None:
        return _give(governed, held, args, None, f"{APPROVED}:{held.task}:{held.head}\n".encode())
    signed = with_signature(signed, sign_with(Path(args.key), signed.request, root))
    worth = worth_of(signed, held)
    if isinstance(worth, Granted):
        return _give(governed, held, args, worth, signed.to_bytes())
    if worth.field != "threshold":
        refuse_approval(governed, held, worth)
        raise _disagreed(worth, "no gate file was written; forgewatch doctor says who may sign")
    # One of several signatures: nothing is approved yet, and the next person finds it here.
    RepositoryEvidence(root).replace(token_path(held.task), signed.to_bytes())
    told = f"signed, and not approved yet: expected {worth.expected}, found {escape(worth.actual)}"
    _tell(args, _facts(root, held, None, None), f"{told}; the next one: forgewatch approve sign {held.task} --add --key FILE")
    return 1


def _approvable(held: Held) -> ApprovalContract:
    contract = read_held(held)
    if isinstance(contract, Row):
        raise UsageError(f"{contract.field}: expected {contract.expected}, found {contract.actual}", f"forgewatch approve init {held.task}")
    disputes = disputes_of(contract, compared(contract, task=held.task, repository=held.name, head=held.head))
    if disputes:
        told = (
            f"{f'line {each.line}, ' if each.line else ''}{each.field}: expected {each.expected}, found {each.actual}" for each in disputes
        )
        raise UsageError(f"{contract_path(held.task)} cannot be approved: {'; '.join(told)}", "mend the contract, then sign")
    return contract


def _request(held: Held, args: Namespace) -> SignedRequest:
    made = request_to_join(held) if args.add else new_request(held, nonce=secrets.token_hex(16), days=args.days)
    if isinstance(made, Disagreement):
        raise _disagreed(made, "sign anew, without --add" if args.add else "")
    return made


def _ask(args: Namespace, held: Held, contract: ApprovalContract, signed: SignedRequest | None) -> None:
    if not screen.on_a_terminal() and not (args.yes and args.actor):
        raise UsageError("a person approves, and there is no terminal to ask on", "add --yes --actor NAME")
    shown = [f"Task {held.task} on {held.head}, by {escape(contract.name)}, {escape(contract.signed)}", *_scope_lines(contract)]
    if signed is not None:
        shown.append(f"Request: {signed.request.decode()}")
    if not args.yes:
        screen.note("\n".join(shown))
    ask(args, f"Approve this scope of {contract_path(held.task)}?")


def _give(governed: Governed, held: Held, args: Namespace, granted: Granted | None, token: bytes) -> int:
    person = Person(actor=actor(args), uid=os.getuid(), host=governed.host)
    recorded = give_approval(governed, RepositoryEvidence(Path(governed.root)), held, person, granted, token)
    if governed.record.unpublished:
        screen.note(f"the ledger file could not be written: {governed.record.unpublished}")
    tier = granted.tier.name if granted else "T0, unauthenticated"
    facts = _facts(Path(governed.root), held, granted, {"seq": recorded.seq, "leaf": recorded.leaf})
    _tell(args, facts, f"approved: {held.task} on {held.head}, {tier}; entry {recorded.seq} {recorded.leaf}")
    return 0


def _facts(root: Path, held: Held, granted: Granted | None, entry: Mapping[str, object] | None) -> dict[str, object]:
    contract = digest_of_bytes(held.contract) if isinstance(held.contract, bytes) else None
    tier = granted.tier.name if granted else "T0" if entry else None
    principals = list(granted.principals) if granted else []
    facts = {"schema": SIGNED, "repository": str(root), "task": held.task, "base": held.head, "contract": contract}
    return {**facts, "approved": entry is not None, "tier": tier, "principals": principals, "entry": entry}


def _check(root: Path, args: Namespace) -> int:
    governed, given = view_governed(root, args.config, args.task)
    held = hold(governed, places.settings(args), args.task, head=read_head(str(root)), clock=SystemClock(), given=given)
    checked = check_approval(held)
    outside = out_of_scope(checked.contract, _paths(args.paths)) if checked.contract and args.paths else ()
    rows = (*checked.rows, *(Row(f"path {each.path}", "approved by the contract", each.why, agrees=False) for each in outside))
    valid = all(row.agrees for row in rows)
    if args.json:
        screen.show_json(
            {
                "schema": CHECKED,
                "repository": str(root),
                "task": args.task,
                "valid": valid,
                "tier": checked.tier.name if checked.tier is not None else None,
                "principals": list(checked.principals),
                "fields": [{"field": r.field, "agrees": r.agrees, "expected": r.expected, "actual": r.actual} for r in rows],
                "scope": {section.name.lower(): list(_approved(checked, section)) for section in Section},
            }
        )
    else:
        screen.show("\n".join(_lines(args.task, rows, checked, valid)))
    return 0 if valid else 1


def _lines(task: str, rows: tuple[Row, ...], checked: Checked, valid: bool) -> list[str]:
    if not valid:
        head = f"{screen.paint('FAIL', 'not approved')}: {task}"
    else:
        tier = checked.tier.name if checked.tier is not None else "T0"
        head = f"{screen.paint('PASS', 'approved')}: {task}, {tier}" + ("" if checked.principals else ", unauthenticated")
    body = [_row_line(row) for row in rows]
    return [head, *body, *(_scope_lines(checked.contract) if checked.contract else [])]


def _row_line(row: Row) -> str:
    if row.agrees:
        return f"  {screen.paint('PASS', 'ok  ')}  {escape(row.field)}: {escape(row.actual)}"
    sides = f"expected {escape(row.expected)}, found {escape(row.actual or 'blank')}"
    return f"  {screen.paint('FAIL', 'bad ')}  {escape(row.field)}: {sides}"


def _scope_lines(contract: ApprovalContract) -> list[str]:
    named = ((section, contract.scopes.approved(section)) for section in Section)
    return [f"  {section}: {escape(', '.join(paths), PATH_LIMIT) or 'nothing'}" for section, paths in named]


def _approved(checked: Checked, section: Section) -> tuple[str, ...]:
    return checked.contract.scopes.approved(section) if checked.contract else ()


def _paths(given: str) -> list[RepoPath]:
    found = []
    for raw in given.split(","):
        path = parse_repo_path(raw)
        if not isinstance(path, str):
            raise UsageError(f"--paths: {raw!r} {path.why}", "expected paths inside the repository, with commas between")
        found.append(path)
    return found


def _disagreed(against: Disagreement, hint: str) -> UsageError:
    return UsageError(f"{against.field}: expected {against.expected}, found {against.actual}", hint)


def _tell(args: Namespace, facts: Mapping[str, object], text: str) -> None:
    if args.json:
        screen.show_json(facts, screen.KEPT)
    else:
        screen.show(text, screen.KEPT)
