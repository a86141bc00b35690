"""W2 Ledger integrity: the Markdown ledger is what the journal says it is (contract §10.7; checks.md W2; C-16).

A warning about what could be mended. A ledger that cannot be believed refuses the audit before any check runs; should such a snapshot
be judged all the same (a replay), it is said here.
"""

from __future__ import annotations

from forgewatch.core.snapshot import LedgerCondition, Snapshot
from forgewatch.core.verdict import Finding, Ruling

_CODES = {
    LedgerCondition.REPAIRED: ("W201", "the ledger was shortened; the journal completes it"),
    LedgerCondition.EXTENDED: ("W202", "foreign text stood at the end of the ledger; it is an untrusted claim"),
    LedgerCondition.TAMPERED: ("W203", "the ledger differs from the journal"),
}


def judge(snapshot: Snapshot) -> Ruling:
    """Return a ruling over the ledger as it was found when the audit began."""
    ledger = snapshot.ledger
    count = f"{ledger.entries} entr{'y' if ledger.entries == 1 else 'ies'}"
    basis = ledger.condition.value if ledger.condition is LedgerCondition.NEW else f"{count}, {ledger.condition.value}"
    if ledger.condition not in _CODES:
        return Ruling(basis=basis)
    code, message = _CODES[ledger.condition]
    path, actual = snapshot.places.ledger, ledger.detail or ledger.condition.value
    return Ruling(
        basis=basis, findings=(Finding(code=code, path=path, message=message, expected="the text that was recorded", actual=actual),)
    )
