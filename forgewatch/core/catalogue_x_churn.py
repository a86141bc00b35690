"""What the codes of X-CHURN, cleanup beside the work, mean (checks.md, Further checks; contract §3)."""

from __future__ import annotations

from forgewatch.core.catalogue import ASK, BACK, EDIT, CodeDoc

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="XC01",
        title="file that differs in white space only",
        means="Of a changed source file only spaces, blank lines or line breaks inside of lines differ. Indentation of Python is meaning "
        "and does not count. The contract asks for minimal diffs and no cleanup.",
        good="the lines that the task needs",
        bad="a file that a formatter wrote anew, and nothing else in it",
        fix="Put the file back as it was, or have the operator ask for the cleanup.",
        action="put {path} back as it was",
        ways=(BACK,),
    ),
    CodeDoc(
        code="XC02",
        title="source file written anew",
        means="Of a source file of at least 100 lines fewer than a fifth stayed. The contract allows no refactor that nobody asked for.",
        good="a function of twelve lines corrected",
        bad="a module of 400 lines replaced as a whole",
        fix="Keep what did not have to change, or have the operator ask for the rewrite.",
        action="keep the lines of {path} that did not have to change, or have the rewrite asked for",
        ways=(EDIT, ASK),
    ),
)
