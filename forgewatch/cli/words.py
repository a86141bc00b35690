"""How a refused word of authority is told: which field disagreed, both values, and what to do (contract §12)."""

from __future__ import annotations

from forgewatch.cli import screen
from forgewatch.core.approval import Disagreement
from forgewatch.core.events import Recorded
from forgewatch.core.text import PATH_LIMIT, escape, recordable
from forgewatch.core.tiers import STANDING
from forgewatch.wiring.authority import NOT_PUSHED

REFUSED = 1
"""Exit status of a word that was refused."""

UNPUSHED = 1
"""Exit status of a commit that is made and recorded, and could not be pushed where the operator wants it."""

_REMEDIES = {
    "entry": "complete the cycle and have it audited: forgewatch audit",
    "outcome": "mend what failed and complete the cycle again; forgewatch ledger show lists the entries",
    "phase": "an operator looks at it, then: forgewatch unblock --reason WHY",
    "ledger": "forgewatch ledger restore",
    "diff log": "put the audited diff log back, or complete the cycle again",
    "HEAD": "go back to the audited commit, or complete the cycle again from here",
    "tree": "put the audited files back, or complete the cycle again",
    "tier": "forgewatch authorize --key KEY; several people: --request FILE, each --sign FILE --key KEY, then --signed FILE",
    "settings": "complete the cycle again and have it audited by this configuration, or name the one it was audited by with --config",
    "directive": "the operator's directive has to say so before the cycle begins; without it: forgewatch authorize",
    "authorization": "commit the audited tree with git; the next command, or the daemon, records it",
    "authority": "forgewatch doctor says what to mend; then say it again",
    "allowed signers": "name the file of those who may sign as authority.allowed_signers in the configuration",
    "key": "let somebody sign whom allowed_signers names: forgewatch authorize --sign FILE --key KEY",
    "threshold": "somebody else signs the same request, forgewatch authorize --sign FILE --key KEY; then --signed FILE",
    "principal": "let somebody sign who is no builder: forgewatch authorize --sign FILE --key KEY",
    "revoked": "let somebody sign a new request whose key is not revoked: forgewatch authorize --request FILE",
    "user presence": "sign with a hardware key that wants to be touched: forgewatch authorize --key KEY",
}


def refusal_text(action: str, against: Disagreement, recorded: Recorded) -> str:
    """Return the refusal for people, escaped."""
    lines = [
        f"refused: {escape(action)}",
        f"  {escape(against.field)}: expected {escape(against.expected, PATH_LIMIT)}",
        f"  {' ' * len(escape(against.field))}  found    {escape(against.actual, PATH_LIMIT)}",
        f"  hint: {remedy(action, against)}",
        f"  recorded as entry {recorded.seq} {recorded.leaf}",
    ]
    return "\n".join(lines)


def refusal_json(action: str, against: Disagreement, recorded: Recorded) -> dict[str, object]:
    """Return the refusal for programs."""
    return {
        "field": against.field,
        "expected": recordable(against.expected),
        "actual": recordable(against.actual),
        "hint": remedy(action, against),
        "entry": {"seq": recorded.seq, "leaf": recorded.leaf},
    }


def pushed_status(pushed: str) -> int:
    """Return the exit status for how a push went, and complain when it did not."""
    if not pushed.startswith(NOT_PUSHED):
        return 0
    screen.complain(pushed, "push it by hand; it is committed and recorded")
    return UNPUSHED


def remedy(action: str, against: Disagreement) -> str:
    """Return what to do about a field that disagrees."""
    hint = _REMEDIES.get(against.field, "make a new request: forgewatch authorize --request FILE")
    return hint.replace(" --request FILE", " --standing --phases A,B --uses N --request FILE") if action == STANDING else hint
