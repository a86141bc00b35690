"""What the codes of X-PS1, PowerShell encoding, mean (checks.md, Further checks; contract §3.1)."""

from __future__ import annotations

from forgewatch.core.catalogue import CodeDoc

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="XP01",
        title="PowerShell file without byte order mark",
        means="A .ps1 file that is new, or that had the mark before, does not begin with EF BB BF. PowerShell 5.1 reads such a file in the "
        "code page of the system.",
        good="EF BB BF, then the script",
        bad="the script from the first byte on",
        fix="Save the file as UTF-8 with byte order mark.",
        action="save {path} as UTF-8 with byte order mark",
    ),
    CodeDoc(
        code="XP02",
        title="PowerShell file with characters beyond ASCII",
        means="A new line of a .ps1 file holds characters above U+007F: dashes, quotes or box lines that PowerShell 5.1 takes apart.",
        good="Write-Host 'done -- all green'",
        bad="Write-Host 'done — all green'",
        fix="Write -- for a dash, - for a line, straight quotes.",
        action="replace {actual} in {path}:{line} by ASCII",
    ),
    CodeDoc(
        code="XP03",
        title="PowerShell file that had no byte order mark before",
        means="A changed .ps1 file has no byte order mark, and had none at HEAD either: this cycle did not take it away.",
        good="EF BB BF, then the script",
        bad="the script from the first byte on",
        fix="Nothing in this cycle; saving the file with the mark is a change of its own.",
        action="save {path} as UTF-8 with byte order mark",
        note=True,
    ),
)
