"""Where a repository keeps programs of its own: a virtual environment and `node_modules/.bin`, mostly ignored by git (contract §9.2).

Who controls these folders controls what the tests say, as who writes the tests does (docs/decisions/0024).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from forgewatch.core.errors import UsageError

_ENVIRONMENTS = (".venv", "venv")
_MODULES = "node_modules/.bin"


class ProjectTools:
    """Implements `tools.Tools` below one root."""

    def __init__(self, root: Path, environment: Path | None) -> None:
        self._root = root
        self._environment = environment

    def find(self, word: str, folder: str) -> str | None:
        """Return the absolute path of the project's own program, the one of the nearest `node_modules` first."""
        near = (self._root / folder / _MODULES, self._root / _MODULES)
        places = (*([self._environment / "bin"] if self._environment else []), *near)
        found = (place / word for place in places)
        return next((str(path) for path in found if path.is_file() and os.access(path, os.X_OK)), None)


class RepositoryTools:
    """Implements `tools.ToolPlaces`. `visible` are the places that the operator shows to the tests."""

    def __init__(self, root: Path, visible: Sequence[str] = ()) -> None:
        self._root = root
        self._visible = tuple(self._root / place for place in visible)

    def tools(self, venv_path: str) -> ProjectTools:
        """Return the tools; an environment that is not there has none. Raises UsageError for one outside of the repository that is not
        listed as visible."""
        if not venv_path:
            usual = (self._root / name for name in _ENVIRONMENTS)
            return ProjectTools(self._root, next((place for place in usual if (place / "bin").is_dir()), None))
        place = Path(os.path.normpath(self._root / venv_path))
        listed = any(place == one or one in place.parents for one in self._visible)
        if self._root not in place.parents and not listed:
            raise UsageError(
                f"forge.json: venv_path {venv_path} is outside of the repository, where the tests see nothing",
                f"the operator has to list it in the configuration: tests: visible: [{place}]",
            )
        return ProjectTools(self._root, place)
