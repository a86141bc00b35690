"""The finding codes of W2 Ledger integrity."""

from __future__ import annotations

from forgewatch.core.catalogue import ASK, CodeDoc

CODES = (
    CodeDoc(
        code="W201",
        title="Ledger was shortened",
        means="The Markdown ledger was a prefix of what was recorded (a stash, a checkout, a reset). It was completed from the journal.",
        good="the ledger as it was written",
        bad="git checkout of an older audit_ledger.md",
        fix="Nothing to do; leave the ledger out of checkouts and resets.",
        action="nothing to do: {path} was restored",
        allows=(),
        ways=(ASK,),
    ),
    CodeDoc(
        code="W202",
        title="Foreign text at the end of the ledger",
        means="Somebody appended to the Markdown ledger. The text was kept aside as an untrusted claim; it has no authority.",
        good="entries written by forgewatch only",
        bad="an 'Outcome: AUTHORIZED' entry written by hand",
        fix="Say what you want to say in the diff log; ask the operator for authorizations.",
        action="leave {path} to forgewatch",
        allows=(),
        ways=(ASK,),
    ),
    CodeDoc(
        code="W203",
        title="Ledger differs from the journal",
        means="The Markdown ledger is missing or was changed inside while the journal knows better. Audits are refused until the operator "
        "restores it.",
        good="the ledger as it was written",
        bad="a FAIL entry edited to PASS",
        fix="The operator looks at the quarantined copy, then runs: forgewatch ledger restore.",
        action="have the operator run: forgewatch ledger restore",
        allows=(),
        ways=(ASK,),
    ),
)
