"""In whose name a commit of ours is made: what git was told of its user, never what the repository says."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping

_PATIENCE = 5
_BAD = re.compile(r"[<>\n\r\0]")
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}


def author_of(git: str, environ: Mapping[str, str], fallback: str) -> str:
    """Return `Name <mail>`: of the environment (`GIT_AUTHOR_NAME`), of the user's own git configuration, else made of `fallback`.

    Only `~/.gitconfig` and `~/.config/git/config` are asked, without their includes: the repository's own configuration names nobody.
    """
    name = environ.get("GIT_AUTHOR_NAME") or _asked(git, environ, "user.name") or fallback
    mail = environ.get("GIT_AUTHOR_EMAIL") or _asked(git, environ, "user.email") or f"{fallback}@localhost"
    return f"{_plain(name) or 'forgewatch'} <{_plain(mail)}>"


def _asked(git: str, environ: Mapping[str, str], key: str) -> str:
    home = environ.get("HOME", "")
    places = (f"{home}/.gitconfig", f"{environ.get('XDG_CONFIG_HOME') or f'{home}/.config'}/git/config")
    for place in places:
        if home and os.path.isfile(place) and (found := _value(git, place, key)):
            return found
    return ""


def _value(git: str, place: str, key: str) -> str:
    try:
        done = subprocess.run(
            [git, "config", "--no-includes", "--file", place, "--get", key],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=_ENVIRONMENT,
            cwd="/",
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""


def _plain(text: str) -> str:
    return _BAD.sub("", text).strip()
