"""What the codes of X-BOOT, the boot script, mean (checks.md, Further checks; contract §9.8)."""

from __future__ import annotations

from forgewatch.core.catalogue import CodeDoc

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="XB01",
        title="no boot script",
        means="The directive says `boot_script: true`, the last phase ends, and there is no boot.ps1 at the root of the project.",
        good="boot.ps1 beside forge.json",
        bad="the last phase is complete and the script is missing",
        fix="Write the script, or ask the operator to take the switch out of the directive.",
        action="write {path}",
    ),
    CodeDoc(
        code="XB02",
        title="step of the boot script missing or out of order",
        means="A new version of boot.ps1 lacks one of its steps, or has it before the one that it follows: check prerequisites, create and "
        "activate the environment (Python), install dependencies, prompt for credentials, write .env, start the app.",
        good="Read-Host, then Set-Content .env, then python -m app.main",
        bad="python -m app.main before .env is written",
        fix="Put the steps in the order of the contract.",
        action="put the step {expected} in its place in {path}",
    ),
    CodeDoc(
        code="XB03",
        title="boot script that does not ask before it writes .env",
        means="A new version of boot.ps1 writes .env and nowhere tests whether there is one. An existing .env is the user's.",
        good="if (Test-Path .env) { $answer = Read-Host 'Keep or replace?' }",
        bad="Set-Content .env $lines",
        fix="Test for the file and ask whether it is kept or replaced.",
        action="test for .env in {path} before it is written",
    ),
    CodeDoc(
        code="XB04",
        title="boot script that goes on after an error",
        means="A new version of boot.ps1 has no exit with another code than zero, no throw and no stop on errors.",
        good="if ($LASTEXITCODE -ne 0) { Write-Host 'pip failed: ...'; exit 1 }",
        bad="pip install -r requirements.txt, and on",
        fix="Check each step and exit with a code that is not zero.",
        action="check each step of {path} for errors",
    ),
)
