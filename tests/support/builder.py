"""Plays a builder: writes files, evidence and diff logs into a real repository the way a builder would."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

DATES = {"GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z"}
WHO = ("-c", "user.name=builder", "-c", "user.email=builder@example.org", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main")
VERIFICATION = "- Static: PASS compileall\n- Runtime: PASS boots\n- Behavior: PASS 12 tests\n- Contract: PASS physics matches"


@dataclass
class Builder:
    """`claims`, `record` and `completes` chain, so that a test reads as what the builder did."""

    root: Path
    claimed: list[str] = field(default_factory=list)

    @classmethod
    def with_repository(cls, root: Path) -> Builder:
        """Make a small governed Python project and commit it."""
        root.mkdir(parents=True)
        builder = cls(root)
        builder.git("init", "-q")
        boundaries = {
            "layers": [
                {
                    "name": "routers",
                    "glob": "app/api/routers/*.py",
                    "forbidden": [{"pattern": "asyncpg", "reason": "database belongs in repos"}],
                }
            ]
        }
        builder.write("Forge/Contracts/boundaries.json", json.dumps(boundaries))
        builder.write("Forge/Contracts/physics.yaml", "paths:\n  /users:\n    get:\n      summary: list users\n")
        builder.write(
            "forge.json", json.dumps({"project_name": "sample", "backend": {"language": "python", "dependency_file": "requirements.txt"}})
        )
        builder.write("requirements.txt", "fastapi==0.110\n")
        for package in ("app", "app/api", "app/api/routers"):
            builder.write(f"{package}/__init__.py", "")
        builder.write(
            "app/api/routers/users.py",
            "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n@router.get('/users')\ndef users():\n    return []\n",
        )
        builder.write("app/a.py", "x = 1\n")
        builder.write("tests/test_a.py", "def test_a():\n    assert True\n")
        return builder.commit("base")

    def git(self, *args: str, cwd: Path | None = None) -> str:
        """Run git in the repository and return its output; a failure fails the test."""
        environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "GIT_CONFIG_GLOBAL": "/dev/null", "LC_ALL": "C", **DATES}
        run = subprocess.run(["git", *WHO, *args], cwd=cwd or self.root, env=environment, capture_output=True, check=False)
        assert run.returncode == 0, (args, run.stderr)
        return run.stdout.decode("utf-8", "surrogateescape").strip()

    def write(self, path: str, text: str | bytes) -> Builder:
        """Write a file in place, making its folders."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self

    def delete(self, path: str) -> Builder:
        """Remove a file."""
        (self.root / path).unlink()
        return self

    def commit(self, message: str) -> Builder:
        """Commit everything."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self

    @property
    def head(self) -> str:
        """The full id of HEAD."""
        return self.git("rev-parse", "HEAD")

    def record(
        self, line1: str = "Status: PASS", head: str | None = None, body: str = "pytest exit: 0\n", start: str = "2026-11-20T10:00:00Z"
    ) -> Builder:
        """Write the test record as the contract's runner does."""
        return self.write(
            "Forge/evidence/test_runs_latest.md",
            f"{line1}\nStart: {start}\nEnd: 2026-11-20T10:00:02Z\nBranch: main\nHEAD: {self.head if head is None else head}\n{body}",
        )

    def claims(self, *paths: str) -> Builder:
        """Say what the next diff log will list."""
        self.claimed = list(paths)
        return self

    def difflog(
        self, status: str, *, phase: str = "Phase 1 -- Things", verification: str = VERIFICATION, summary: str = "- did it", extra: str = ""
    ) -> str:
        """Return the text of a diff log in the shape of the real ones."""
        files = "\n".join(f"- {path}" for path in self.claimed) or "- (none)"
        return (
            f"# Diff Log (overwrite each cycle)\n\n## Cycle Metadata\n- Timestamp: 2026-11-20T10:00:03Z\n- Branch: main\n\n"
            f"## Cycle Status\n- Status: {status}\n\n## Summary\n- {phase}\n{summary}\n\n## Files Changed (staged)\n{files}\n\n"
            f"## Verification\n{verification}\n\n## Notes (optional)\n- None\n\n## Next Steps\n- None\n\n"
            f"## Minimal Diff Hunks\n    (none)\n{extra}"
        )

    def writes_log(self, text: str | bytes, *, atomic: bool = True) -> Builder:
        """Write the diff log, by temp and rename unless `atomic` is False."""
        path = self.root / "Forge/evidence/diff_log.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode()
        if not atomic:
            path.write_bytes(data)
            return self
        temp = path.with_name(".diff_log.new")
        temp.write_bytes(data)
        os.replace(temp, path)
        return self

    def starts(self, **parts: str) -> Builder:
        """Mark the cycle IN_PROCESS."""
        return self.writes_log(self.difflog("IN_PROCESS", **parts))

    def completes(self, **parts: str) -> Builder:
        """Mark the cycle COMPLETE."""
        return self.writes_log(self.difflog("COMPLETE", **parts))
