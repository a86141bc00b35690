"""What the codes of X-DEPS, dependencies that the directive names, mean (checks.md, Further checks; contract §7.1)."""

from __future__ import annotations

from forgewatch.core.catalogue import ASK, EDIT, CodeDoc

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="XD01",
        title="new dependency that the directive does not name",
        means="A manifest declares a dependency that no manifest declared at BASE, and the directive does not name it. New ones are "
        "approved in the directive, with the reason and the alternatives.",
        good="directive.md: Dependencies: httpx (asynchronous client; requests cannot do that)",
        bad="httpx==0.27 in requirements.txt and no word of it in directive.md",
        fix="Ask the operator to name it in the directive, or do without it.",
        action="have {expected} name {actual}, or take it out of {path}",
        allows=("path",),
        ways=(EDIT, ASK),
    ),
    CodeDoc(
        code="XD02",
        title="new dependency named by a directive of this cycle",
        means="The directive names the new dependency, and did not at BASE: whoever wrote the directive in this cycle approved it.",
        good="the operator adds the dependency to the directive before the cycle",
        bad="the builder adds it for itself",
        fix="Nothing, when the operator wrote it.",
        action="have the change of {expected} seen by the operator",
        note=True,
    ),
)
