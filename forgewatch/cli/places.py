"""Which repository a command is about. Light: `status` uses it."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from forgewatch.adapters.config_place import find_config
from forgewatch.adapters.governed_root import governed_root
from forgewatch.cli.commands import load
from forgewatch.core.places import Layout
from forgewatch.core.text import PATH_LIMIT, escape

if TYPE_CHECKING:
    from argparse import Namespace

    from forgewatch.core.settings import Settings


def repository(args: Namespace) -> Path:
    """Return the git root around PATH, or around the current directory. Raises RepositoryUnavailable."""
    return governed_root(Path(args.path or os.getcwd()))


def settings(args: Namespace, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the operator's settings. The YAML reader is loaded only when there is a file to read."""
    if find_config(args.config, environ) is None:
        defaults: Settings = load("forgewatch.core.settings").Settings()
        return defaults
    loaded: Settings = load("forgewatch.adapters.config").load_settings(args.config, environ)
    return loaded


def layout(args: Namespace, root: Path) -> Layout:
    """Return the layout of a repository. Without a configuration nothing of the settings is loaded."""
    return Layout.FORGE if find_config(args.config, os.environ) is None else layout_of(root, settings(args))


def layout_and_anchor(args: Namespace, root: Path) -> tuple[Layout, str]:
    """Return the layout of a repository and the address of its anchor, empty for none; loads as little as `layout`."""
    if find_config(args.config, os.environ) is None:
        return Layout.FORGE, ""
    chosen, real = settings(args), os.path.realpath(root)
    return layout_of(root, chosen), next((each.anchor for each in chosen.repositories if os.path.realpath(each.path) == real), "")


def layout_of(root: Path, chosen: Settings) -> Layout:
    """Return the layout that the configuration gives to this repository, `forge` for one that it does not list."""
    real = os.path.realpath(root)
    return next((each.layout for each in chosen.repositories if os.path.realpath(each.path) == real), Layout.FORGE)


def watch_command(root: Path | str) -> str:
    """Return the command that has this repository watched, from any folder and whatever the configuration lists; one escaped line."""
    return f"forgewatch watch {escape(shlex.quote(str(root)), PATH_LIMIT)}"


def watcher_of(root: Path, config: str | None) -> tuple[str, ...]:
    """Return the words that start a watcher of this repository as a process, by the same configuration."""
    return (executable(), "watch", str(root), *(() if config is None else ("--config", os.path.abspath(config))))


def executable() -> str:
    """Return the absolute path of the running forgewatch command, for what has to start it again."""
    beside = os.path.join(os.path.dirname(os.path.abspath(sys.executable)), "forgewatch")
    started = os.path.abspath(sys.argv[0])
    return started if os.path.basename(started) == "forgewatch" and os.access(started, os.X_OK) else beside
