"""Plays one builder against the installed forgewatch: a cycle that fails, the same cycle mended, and what the record says.

Standard library only; `make watch` without REPO runs it. Leaves the sample project where it is and says so.
"""

from __future__ import annotations

import datetime
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DIFF_LOG = """# Diff Log (overwrite each cycle)

## Cycle Metadata
- Timestamp: {now}
- Branch: main

## Cycle Status
- Status: {status}

## Summary
- Phase 1 -- Notes
- Notes can be deleted.

## Files Changed (staged)
{files}

## Verification
- Static: PASS compileall
- Runtime: PASS the router imports
- Behavior: PASS 2 tests
- Contract: PASS physics lists DELETE /notes/{{id}}

## Notes (optional)
- None

## Next Steps
- None

## Minimal Diff Hunks
    (none)
"""

PHYSICS = "    delete:\n      summary: delete a note\n"
SERVICE = "\n\ndef delete(id):\n    return _notes.pop(id)\n"
ROUTE = "\n\n@router.delete('/notes/{id}')\ndef delete_note(id):\n    return notes.delete(id)\n"
TEST = (
    "\n    def test_a_deleted_note_is_gone(self):\n        added = notes.add_note('bread')\n"
    "        notes.delete_note(added['id'])\n        self.assertNotIn(added, notes.list_notes())\n"
)
CHANGED = ("Forge/Contracts/physics.yaml", "app/services/notes.py", "app/api/routers/notes.py", "tests/test_notes.py")


def main() -> int:
    """Play it; return 0 when the first audit failed and the second passed."""
    forgewatch = shutil.which("forgewatch")
    if forgewatch is None:
        sys.exit("forgewatch is not on PATH")
    top = Path(tempfile.mkdtemp(prefix="forgewatch-sample-"))
    root = top / "notes"
    # A state directory of its own, so that playing leaves nothing in the user's.
    os.environ["FORGEWATCH_STATE_DIR"] = str(top / "state")
    begin(forgewatch, root)
    daemon = subprocess.Popen([forgewatch, "watch", str(root)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        ready(daemon)
        first, second = play(forgewatch, root)
        say("forgewatch status")
        run(forgewatch, "status", str(root))
    finally:
        daemon.terminate()
        daemon.communicate()
    say("the ledger")
    print((root / "Forge/evidence/audit_ledger.md").read_text("utf-8"))
    say("forgewatch ledger show")
    run(forgewatch, "ledger", "show", str(root))
    print(f"\nThe sample project is in {root}, its record in {top / 'state'}. To watch it further:")
    print(shlex.join(["env", f"FORGEWATCH_STATE_DIR={top / 'state'}", os.path.abspath(forgewatch), "watch", str(root)]))
    return 0 if (first, second) == (1, 0) else 1


def begin(forgewatch: str, root: Path) -> None:
    """Make the sample project. What `init` would do next is left out: it holds for a command on PATH and another record."""
    made = subprocess.run([forgewatch, "init", "--demo", str(root)], capture_output=True, text=True, check=False)
    print("".join(line for line in made.stdout.splitlines(keepends=True) if not line.startswith("next: ")), end="", flush=True)
    if made.returncode:
        sys.exit(made.stderr)


def play(forgewatch: str, root: Path) -> tuple[int, int]:
    """Do the work with a file too many, then without it; return both exit statuses of `wait`."""
    say("the builder works, and leaves a file behind that it does not mention")
    write_log(root, "IN_PROCESS", CHANGED)
    for path, text in zip(CHANGED, (PHYSICS, SERVICE, ROUTE, TEST), strict=True):
        with (root / path).open("a", encoding="utf-8") as file:
            file.write(text)
    (root / "app/debug.py").write_text("import os\n\nprint(dict(os.environ))\n")
    run_tests(root)
    write_log(root, "COMPLETE", CHANGED)
    first = run(forgewatch, "wait", str(root), "--timeout", "60", check=False)
    say("the builder removes the file and completes the cycle again")
    write_log(root, "IN_PROCESS", CHANGED)
    (root / "app/debug.py").unlink()
    run_tests(root)
    write_log(root, "COMPLETE", CHANGED)
    return first, run(forgewatch, "wait", str(root), "--timeout", "60", check=False)


def ready(daemon: subprocess.Popen[str]) -> None:
    """Read the daemon's log until it says that it watches."""
    assert daemon.stderr
    said = []
    for line in daemon.stderr:
        if "daemon.started" in line:
            return
        said.append(line)
    sys.exit(f"the watcher did not start; it said:\n{''.join(said)}")


def write_log(root: Path, status: str, files: tuple[str, ...]) -> None:
    """Replace the diff log, as the contract's helper does."""
    path = root / "Forge/evidence/diff_log.md"
    text = DIFF_LOG.format(now=now(), status=status, files="\n".join(f"- {name}" for name in files))
    new = path.with_name(".diff_log.new")
    new.write_text(text)
    new.replace(path)


def run_tests(root: Path) -> None:
    """Run the sample's tests and write their record, as the contract's runner does."""
    began = now()
    tests = subprocess.run([sys.executable, "-m", "unittest", "-q"], cwd=root, capture_output=True, text=True, check=False)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True).stdout.strip()
    status = "PASS" if tests.returncode == 0 else "FAIL"
    record = f"Status: {status}\nStart: {began}\nEnd: {now()}\nBranch: main\nHEAD: {head}\nunittest exit: {tests.returncode}\n"
    (root / "Forge/evidence/test_runs_latest.md").write_text(record)


def run(*command: str, check: bool = True) -> int:
    """Run a command in front of the reader and return its exit status."""
    sys.stdout.flush()
    status = subprocess.run(command, check=False).returncode
    if check and status not in (0, 3):
        sys.exit(f"{' '.join(command)} ended with {status}")
    return status


def say(text: str) -> None:
    """Tell the reader what comes."""
    print(f"\n--- {text}", flush=True)


def now() -> str:
    """UTC to the microsecond: two runs within a second must not leave the same record, which would be a stale one over another tree."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


if __name__ == "__main__":
    sys.exit(main())
