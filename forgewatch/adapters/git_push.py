"""Pushing one commit to one ref of the repository that the operator named, never to what the repository's own `remote.*` says.

Off unless the operator configures it (contract, auto-authorize; ledger.md section 2). No pre-push hook, no other ref, no tag goes along.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from forgewatch.adapters.git_process import lay_shadow
from forgewatch.adapters.git_remote import PUSH_SECONDS, Caller, speak
from forgewatch.core.errors import PushFailed, UsageError
from forgewatch.core.remote_url import RemoteUrl, parse_remote_url
from forgewatch.core.text import escape
from forgewatch.core.values import CommitId, Refused


def push(
    state: str,
    git: str,
    objects: str,
    url: str,
    commit: CommitId,
    ref: str,
    *,
    lease: CommitId | None,
    environ: Mapping[str, str] = os.environ,
    seconds: float = PUSH_SECONDS,
) -> None:
    """Let `ref` (`refs/heads/...`) of the repository at `url` name `commit`, whose history is in the object directory `objects`.

    `lease`: the commit that the ref has to name until then; None: whatever it names, if the commit follows it. Nothing is ever forced
    over a commit that was not named here. Raises PushFailed with what the other side said, UsageError for an address that is none.
    """
    directory = f"{state}/commit.git"
    lay_shadow(directory, [objects], "sha1" if len(commit) == 40 else "sha256")
    push_from(Caller(git=git, directory=directory, environ=environ, seconds=seconds), remote_of(url), commit, ref, lease)


def push_from(caller: Caller, url: RemoteUrl, commit: CommitId, ref: str, lease: CommitId | None) -> None:
    """Push from a git directory that has the commit. Raises PushFailed."""
    leased = () if lease is None else (f"--force-with-lease={ref}:{lease}",)
    options = (
        "--no-verify",
        "--porcelain",
        "--no-recurse-submodules",
        "--no-follow-tags",
        "--no-signed",
        "--receive-pack=git-receive-pack",
    )
    said = speak(caller, url, ("push", *options, *leased, url.text, f"{commit}:{ref}"), bounded=False)
    if said.status != 0:
        raise PushFailed(
            f"{url.text}: expected {escape(ref)} at {commit}, found: {said.why(caller.seconds)}",
            "look at that repository, and whether our user may write there; nothing of it was forced",
        )


def remote_of(url: str) -> RemoteUrl:
    """Return an address that was checked. Raises UsageError."""
    parsed = parse_remote_url(url)
    if isinstance(parsed, Refused):
        raise UsageError(f"expected the address of a repository, found '{escape(parsed.raw)}', which {parsed.why}", "see push and anchor")
    return parsed
