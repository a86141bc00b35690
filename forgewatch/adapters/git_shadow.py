"""A private git directory that borrows a repository's objects, and GitPython inside it on our terms (hostile.md, layer 2).

git follows the borrowed store's own `info/alternates`; that may only offer more objects, and every object is re-hashed before it is
believed. A store that makes git hang (a FIFO among its packs) runs into the deadline. Standard error goes to /dev/null: it is never data.

Importing this module imports GitPython, which runs `git version` from PATH: only the worker does, in its literal environment.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Any

from git import Repo
from git.cmd import Git
from git.exc import GitError

from forgewatch.adapters.git_process import lay_shadow, start_reading
from forgewatch.core.errors import GitFailed


class ShadowCommands(Git):
    """GitPython's command object with our own execution: absolute program, literal environment, cwd `/`, no shell, no standard error."""

    program = ""
    directory = ""

    def execute(self, command: str | Sequence[Any], *_: Any, **options: Any) -> Any:
        """Start `git` with the fixed flags and return the process, its standard input and output being pipes. Raises GitFailed."""
        if isinstance(command, str) or not options.get("as_process"):
            raise TypeError("git is only started as a process with an argument list")
        return start_reading(self.program, self.directory, *map(str, command[1:]))


class ShadowRepo(Repo):
    """GitPython's repository, bound to our commands."""

    GitCommandWrapperType = ShadowCommands


def open_shadow(state: str, git: str, stores: Sequence[str], object_format: str) -> ShadowRepo:
    """Return the shadow repository in `<state>/shadow.git`, borrowing the object directories `stores`. Raises EnvironmentFault.

    Written anew at every call: what stood there before is not believed.
    """
    path = f"{state}/shadow.git"
    lay_shadow(path, stores, object_format)
    try:
        repo = ShadowRepo(path, expand_vars=False)
    except (GitError, OSError) as error:
        raise GitFailed(f"{path}: expected the shadow repository just written, found it unreadable", "check the state directory") from error
    commands = repo.git
    assert isinstance(commands, ShadowCommands)
    commands.program, commands.directory = git, path
    return repo


def start_batch(repo: ShadowRepo) -> subprocess.Popen[bytes]:
    """Start a persistent `cat-file --batch`. Raises GitFailed."""
    process: subprocess.Popen[bytes] = repo.git.cat_file("--batch", as_process=True)
    return process
