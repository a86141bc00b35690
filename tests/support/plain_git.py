"""What git itself does in a builder's repository: the positive control of every trap. A trap that git does not fall into proves nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.builder import DATES, Builder

_LITTERS = f"mkdir -p .git/objects/17; touch .git/objects/17/{'0' * 38} .git/objects/17/{'1' * 38}"
HOOKS = {
    "post-index-change": "git status",
    "reference-transaction": "git update-ref refs/heads/other HEAD",
    "post-checkout": "git checkout -f HEAD",
    "pre-commit": "git commit -am work",
    "pre-auto-gc": f"{_LITTERS}; git -c gc.auto=1 -c gc.autoDetach=false gc --auto",
}
"""Hooks, and what makes git run them."""

ASKS_FOR_PASSWORD = "printf 'protocol=https\\nhost=nowhere.invalid\\n\\n' | git credential fill"
CONNECTS = "git ls-remote ssh://nowhere.invalid/repository"
MERGES = "git branch two; git commit -qam one; git branch one; git checkout -q two; echo two > app/a.py; git commit -qam two; git merge one"


def plain_git(root: Path, command: str, *, terminal: bool = False, environ: Mapping[str, str] | None = None) -> str:
    """Run a line of shell in a copy of the repository, with or without a terminal; return what it printed, whatever its status."""
    copy = root.with_name("copy of " + root.name)
    shutil.copytree(root, copy, symlinks=True)
    settings = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        **DATES,
    }
    people = {f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    master, slave = os.openpty() if terminal else (-1, subprocess.PIPE)
    try:
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=copy,
            env={**settings, **people, "TERM": "vt100", **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=slave,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
    finally:
        for handle in (master, slave) if terminal else ():
            os.close(handle)
        shutil.rmtree(copy)
    return "" if done.stdout is None else done.stdout.decode("utf-8", "replace")


def sign_head(builder: Builder) -> str:
    """Put a commit with something that looks like a signature in the place of HEAD, and return its id."""
    head, _, rest = builder.git("cat-file", "commit", "HEAD").partition("\n\n")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ\n -----END PGP SIGNATURE-----"
    raw = builder.root / ".git/signed"
    raw.write_text(f"{head}\n{signature}\n\n{rest}\n")
    oid = builder.git("hash-object", "-t", "commit", "-w", str(raw))
    builder.git("update-ref", "HEAD", oid)
    return oid
