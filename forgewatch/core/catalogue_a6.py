"""The finding codes of A6 Authorization gate."""

from __future__ import annotations

from forgewatch.core.catalogue import ASK, CodeDoc

CODES = (
    CodeDoc(
        code="A601",
        title="History cannot be measured against the anchor",
        means="The newest authorized or adopted commit is not an ancestor of HEAD, is not in the object store, or lies beyond the end of a "
        "shallow clone; or the ledger names entries that this record does not know (another machine, lost state).",
        good="HEAD descends from the anchor",
        bad="git commit --amend over the authorized commit",
        fix="Bring the missing commits back. Where history was rewritten or the record moved on purpose, an operator adopts the commit: "
        "forgewatch ledger adopt COMMIT.",
        action="{expected}",
        allows=(),
        ways=(ASK,),
    ),
    CodeDoc(
        code="A602",
        title="Unauthorized commit",
        means="A commit between the anchor and HEAD was made without authorization of its audited tree. Commits that touch evidence and "
        "ledger only are exempt. Commit messages and ledger text authorize nothing.",
        good="audit, sign-off, AUTHORIZED by the operator, then the commit of that tree",
        bad="a commit in the middle of a cycle",
        fix="Take the commit back and keep its content (git reset --soft to the anchor), or have the operator adopt it: "
        "forgewatch ledger adopt COMMIT.",
        action="take back commit {actual} if it is yours (git reset --soft), or have the operator adopt it (forgewatch ledger adopt)",
        allows=("record",),
        ways=(("uncommit", "test"), ASK),
    ),
)
