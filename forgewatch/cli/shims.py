"""The scripts that the builder contract names, as thin callers of the installed forgewatch (contract §9.2, §10.2, §10.7, §11).

A builder can change them; that changes nothing, because verdicts come from the watcher and never from these files. `init --check` tells
one that is no longer what is shipped.
"""

from __future__ import annotations

LIMITATION = "run_audit.ps1 not found or not executable; cannot complete AEM audit gate."
"""The contract's exact report text when no audit can be made (contract §10.2, 5)."""


def _python(says: str, imports: str, before: str, missing: str, call: str) -> bytes:
    """Return a Python caller: `before` reads its words, `missing` is told where forgewatch is not installed."""
    return f'''#!/usr/bin/env python3
"""{says}"""

{imports}
{before}forgewatch = shutil.which("forgewatch")
if forgewatch is None:
    print("STOP: ENVIRONMENT_LIMITATION")
    print("{missing}")
    sys.exit(2)
{call}'''.encode("ascii")


def _powershell(says: str, before: str, missing: str, call: str) -> bytes:
    """ASCII with a UTF-8 BOM: PowerShell 5.1 reads anything else in the system's code page (contract §3.1)."""
    text = f"""# {says}
{before}$forgewatch = Get-Command forgewatch -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
if (-not $forgewatch) {{
    Write-Output "STOP: ENVIRONMENT_LIMITATION"
    Write-Output "{missing}"
    exit 2
}}
{call}exit $LASTEXITCODE
"""
    return b"\xef\xbb\xbf" + text.encode("ascii")


_AUDIT = (
    "The audit script of the builder contract: calls the installed forgewatch. Exit 0 pass, 1 fail, 2 could not run.",
    f"{LIMITATION} (forgewatch is not on PATH)",
)
_RUN_AUDIT_PY = _python(
    _AUDIT[0],
    "import argparse\nimport os\nimport shutil\nimport sys\n",
    """parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("-ClaimedFiles", "--claimed-files", dest="claimed", help="comma-separated; default: what the diff log says")
parser.add_argument("-Phase", "--phase", dest="phase", help="default: what the diff log says")
args = parser.parse_args()
""",
    _AUDIT[1],
    """command = [forgewatch, "audit", os.path.dirname(os.path.abspath(__file__))]
if args.claimed is not None:
    command += ["--claimed-files=" + args.claimed]
if args.phase is not None:
    command += ["--phase=" + args.phase]
os.execv(forgewatch, command)
""",
)
_RUN_AUDIT_PS1 = _powershell(
    _AUDIT[0],
    "param([string]$ClaimedFiles, [string]$Phase)\n",
    _AUDIT[1],
    """$command = @("audit", $PSScriptRoot)
if ($PSBoundParameters.ContainsKey("ClaimedFiles")) { $command += "--claimed-files=$ClaimedFiles" }
if ($PSBoundParameters.ContainsKey("Phase")) { $command += "--phase=$Phase" }
& $forgewatch.Source @command
""",
)

_WATCH = (
    "Starts the watcher on this repository. Safe to call every phase: a second instance says who runs and exits 0.",
    "watch_audit: forgewatch is not on PATH",
)
_WATCH_AUDIT_PY = _python(
    _WATCH[0],
    "import os\nimport shutil\nimport sys\n",
    "",
    _WATCH[1],
    'os.execv(forgewatch, [forgewatch, "watch", os.path.dirname(os.path.abspath(__file__))])\n',
)
_WATCH_AUDIT_PS1 = _powershell(_WATCH[0], "", _WATCH[1], "& $forgewatch.Source watch $PSScriptRoot\n")

_DIFF_LOG = (
    "The diff log helper: a new scaffold for -Phase P, at the start and the end of a cycle; -Finalize checks the finished log.",
    "overwrite_diff_log: forgewatch is not on PATH",
)
# The words of `forgewatch difflog` are taken too: `finish --summary ...`. Whose log it is, is told by where this file lies.
_DIFF_LOG_PY = _python(
    _DIFF_LOG[0],
    "import os\nimport shutil\nimport sys\n",
    """words = ["--phase" if word.lower() == "-phase" else word for word in sys.argv[1:]]
if words and words[0].lower() in ("-finalize", "--finalize"):
    words = ["finalize"] + words[1:]
elif not words or words[0].startswith("-"):
    words = ["start", "--skeleton"] + words
""",
    _DIFF_LOG[1],
    """forgewatch = os.path.abspath(forgewatch)
os.chdir(os.path.dirname(os.path.abspath(__file__)))
os.execv(forgewatch, [forgewatch, "difflog"] + words)
""",
)
_DIFF_LOG_PS1 = _powershell(
    _DIFF_LOG[0],
    "param([switch]$Finalize, [string]$Phase)\n",
    _DIFF_LOG[1],
    """$command = @("difflog")
if ($Finalize) { $command += "finalize" }
elseif ($args.Count -eq 0) { $command += @("start", "--skeleton") }
if ($PSBoundParameters.ContainsKey("Phase")) { $command += "--phase=$Phase" }
$command += $args
Push-Location $PSScriptRoot
try { & $forgewatch.Source @command } finally { Pop-Location }
""",
)

_TESTS = (
    "The test runner: runs all tests and writes test_runs.md and test_runs_latest.md. Exit 0 pass, 1 fail, 2 could not run.",
    "run_tests: forgewatch is not on PATH",
)
_RUN_TESTS_PY = _python(
    _TESTS[0],
    "import argparse\nimport os\nimport shutil\nimport sys\n",
    """parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("-Scope", "--scope", dest="scope", help="backend or frontend; default: both")
parser.add_argument("-Offline", "--offline", dest="offline", action="store_true", help="without a network")
parser.add_argument("-Repeat", "--repeat", dest="repeat", help="run them so many times")
args = parser.parse_args()
""",
    _TESTS[1],
    """command = [forgewatch, "test", os.path.dirname(os.path.abspath(__file__))]
if args.scope is not None:
    command += ["--scope=" + args.scope]
if args.offline:
    command += ["--offline"]
if args.repeat is not None:
    command += ["--repeat=" + args.repeat]
os.execv(forgewatch, command)
""",
)
_RUN_TESTS_PS1 = _powershell(
    _TESTS[0],
    "param([string]$Scope, [switch]$Offline, [string]$Repeat)\n",
    _TESTS[1],
    """$command = @("test", $PSScriptRoot)
if ($PSBoundParameters.ContainsKey("Scope")) { $command += "--scope=$Scope" }
if ($Offline) { $command += "--offline" }
if ($PSBoundParameters.ContainsKey("Repeat")) { $command += "--repeat=$Repeat" }
& $forgewatch.Source @command
""",
)

SHIMS: tuple[tuple[str, bytes], ...] = (
    ("run_audit.py", _RUN_AUDIT_PY),
    ("run_audit.ps1", _RUN_AUDIT_PS1),
    ("watch_audit.py", _WATCH_AUDIT_PY),
    ("watch_audit.ps1", _WATCH_AUDIT_PS1),
    ("overwrite_diff_log.py", _DIFF_LOG_PY),
    ("overwrite_diff_log.ps1", _DIFF_LOG_PS1),
    ("run_tests.py", _RUN_TESTS_PY),
    ("run_tests.ps1", _RUN_TESTS_PS1),
)
"""File name and bytes of each script that the contract names."""
