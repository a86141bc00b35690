"""What the codes of X-DOCS, instructions for users, mean (checks.md, Further checks; contract §9.7)."""

from __future__ import annotations

from forgewatch.core.catalogue import ASK, CodeDoc

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="XU01",
        title="no instructions for users",
        means="The last phase ends, and USER_INSTRUCTIONS.md is not at the root of the project, or cannot be read.",
        good="USER_INSTRUCTIONS.md with its eight sections",
        bad="the last phase is complete and the file is missing",
        fix="Write the instructions for people who are no developers.",
        action="write {path} with its eight sections",
    ),
    CodeDoc(
        code="XU02",
        title="section of the instructions missing",
        means="USER_INSTRUCTIONS.md lacks one of its eight sections: Prerequisites, Install, Credential/API setup, Configure .env, Run, "
        "Stop, Key settings explained, Troubleshooting.",
        good="## Stop, and how to shut the application down",
        bad="no section about stopping",
        fix="Add the section.",
        action="add the section {expected} to {path}",
    ),
    CodeDoc(
        code="XU03",
        title="section of the instructions empty or unfinished",
        means="A section of USER_INSTRUCTIONS.md holds nothing, or a line that begins with TODO or TBD.",
        good="## Run, and the exact command for every mode",
        bad="a section Run that says TODO",
        fix="Complete the section.",
        action="complete the section {expected} in {path}:{line}",
    ),
    CodeDoc(
        code="XU04",
        title="complete instructions are no criterion of the last phase",
        means="The acceptance criteria of the last phase in phases.md do not include: `USER_INSTRUCTIONS.md` is complete and covers all "
        "sections. Judged in phase 0 and in a cycle that changes phases.md.",
        good="Acceptance: `USER_INSTRUCTIONS.md` is complete and covers all sections.",
        bad="the last phase accepts what starts and passes its tests, whatever its users are told",
        fix="Ask the operator to add the sentence to the acceptance criteria of the last phase.",
        action="have the operator add to the acceptance criteria at {path}:{line}: {expected}",
        allows=(),
        ways=(ASK,),
    ),
)
