"""The scripts that the builder contract names, as thin callers of the installed forgewatch (contract §10.2, §10.7).

A builder can change them; that changes nothing, because verdicts come from the watcher and never from these files.
"""

from __future__ import annotations

LIMITATION = "run_audit.ps1 not found or not executable; cannot complete AEM audit gate."
"""The contract's exact report text when no audit can be made (contract §10.2, 5)."""

_RUN_AUDIT_PY = f'''#!/usr/bin/env python3
"""The audit script of the builder contract: calls the installed forgewatch. Exit 0 pass, 1 fail, 2 could not run."""

import argparse
import os
import shutil
import sys

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("-ClaimedFiles", "--claimed-files", dest="claimed", help="comma-separated; default: what the diff log says")
parser.add_argument("-Phase", "--phase", dest="phase", help="default: what the diff log says")
args = parser.parse_args()
forgewatch = shutil.which("forgewatch")
if forgewatch is None:
    print("STOP: ENVIRONMENT_LIMITATION")
    print("{LIMITATION} (forgewatch is not on PATH)")
    sys.exit(2)
command = [forgewatch, "audit", os.path.dirname(os.path.abspath(__file__))]
if args.claimed is not None:
    command += ["--claimed-files=" + args.claimed]
if args.phase is not None:
    command += ["--phase=" + args.phase]
os.execv(forgewatch, command)
'''

_RUN_AUDIT_PS1 = f"""# The audit script of the builder contract: calls the installed forgewatch. Exit 0 pass, 1 fail, 2 could not run.
param([string]$ClaimedFiles, [string]$Phase)
$forgewatch = Get-Command forgewatch -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
if (-not $forgewatch) {{
    Write-Output "STOP: ENVIRONMENT_LIMITATION"
    Write-Output "{LIMITATION} (forgewatch is not on PATH)"
    exit 2
}}
$command = @("audit", $PSScriptRoot)
if ($PSBoundParameters.ContainsKey("ClaimedFiles")) {{ $command += "--claimed-files=$ClaimedFiles" }}
if ($PSBoundParameters.ContainsKey("Phase")) {{ $command += "--phase=$Phase" }}
& $forgewatch.Source @command
exit $LASTEXITCODE
"""

_WATCH_AUDIT_PY = '''#!/usr/bin/env python3
"""Starts the watcher on this repository. Safe to call every phase: a second instance says who runs and exits 0."""

import os
import shutil
import sys

forgewatch = shutil.which("forgewatch")
if forgewatch is None:
    print("STOP: ENVIRONMENT_LIMITATION")
    print("watch_audit: forgewatch is not on PATH")
    sys.exit(2)
os.execv(forgewatch, [forgewatch, "watch", os.path.dirname(os.path.abspath(__file__))])
'''

_WATCH_AUDIT_PS1 = """# Starts the watcher on this repository. Safe to call every phase: a second instance says who runs and exits 0.
$forgewatch = Get-Command forgewatch -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
if (-not $forgewatch) {
    Write-Output "STOP: ENVIRONMENT_LIMITATION"
    Write-Output "watch_audit: forgewatch is not on PATH"
    exit 2
}
& $forgewatch.Source watch $PSScriptRoot
exit $LASTEXITCODE
"""


def _powershell(text: str) -> bytes:
    """ASCII with a UTF-8 BOM: PowerShell 5.1 reads anything else in the system's code page (contract §3.1)."""
    return b"\xef\xbb\xbf" + text.encode("ascii")


SHIMS: tuple[tuple[str, bytes], ...] = (
    ("run_audit.py", _RUN_AUDIT_PY.encode("ascii")),
    ("run_audit.ps1", _powershell(_RUN_AUDIT_PS1)),
    ("watch_audit.py", _WATCH_AUDIT_PY.encode("ascii")),
    ("watch_audit.ps1", _powershell(_WATCH_AUDIT_PS1)),
)
"""File name and bytes of each shim whose command exists in this version."""
