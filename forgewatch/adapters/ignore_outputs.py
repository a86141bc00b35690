"""Which files that a new rule ignores are source, and which only look like it because a tool wrote them (checks.md A1, A105).

Output directories are a closed list, at any depth. Beyond it stands only what honest work shows: a virtual environment, known by its
`pyvenv.cfg`, and in it only where packages are installed, which no import statement can name; and what a coverage report brings.
A name alone (`env`, `.cache`) would be a place to hide source in and to import it from.
"""

from __future__ import annotations

import os
import re
import stat

from forgewatch.adapters.files import folder_of
from forgewatch.core.settings import DEFAULT_IGNORE

_SUFFIXES = """
.py .pyi .pyw .pyx .js .jsx .mjs .cjs .ts .tsx .mts .cts .vue .svelte .go .rs .java .kt .kts .scala .c .h .cc .cpp .hpp .cs .fs .rb
.php .pl .lua .swift .m .ex .exs .erl .hs .ml .clj .dart .r .jl .sql .sh .bash .zsh .fish .ps1 .bat .cmd
"""
SOURCES = frozenset(_SUFFIXES.split())
"""Suffixes of source files."""

OUTPUTS = frozenset(("dist", "build", "out", "target", "coverage", ".next", *(name[:-1] for name in DEFAULT_IGNORE if name.endswith("/"))))
"""Directories that tools fill, at any depth."""

AT_ROOT = frozenset((".nuxt", ".svelte-kit"))
"""What `.next` is to other frameworks, at the root only."""

_REPORT = re.compile(r"(?:.*/)?htmlcov/coverage_html[^/]*\.js")
_PYTHON = frozenset((".py", ".pyi", ".pyw", ".pyx"))
_LIBRARY = re.compile(r"(lib|lib64)/python\d[^/]*/site-packages/.|Lib/site-packages/.")
_AROUND = re.compile(r"(bin|Scripts|include|share)/.")
_ACTIVATE = re.compile(r"(bin|Scripts)/activate_this\.py")


def is_source(path: str) -> bool:
    """True for the name of a source file."""
    return _suffix(path) in SOURCES


class ToolOutput:
    """What tools wrote below the open directory `root`."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._environments: dict[str, bool] = {}

    def wrote(self, path: str) -> bool:
        """True when the source file at `path` lies where only tools write."""
        folders = path.split("/")[:-1]
        if any(folder in OUTPUTS for folder in folders) or (folders[:1] and folders[0] in AT_ROOT):
            return True
        return _REPORT.fullmatch(path) is not None or self._in_environment(path)

    def _in_environment(self, path: str) -> bool:
        """True in a virtual environment: installed packages, and around them what is no Python."""
        ends = [at for at, char in enumerate(path) if char == "/"]
        top = next((end for end in ends if self._is_environment(path[:end])), None)
        if top is None:
            return False
        inner = path[top + 1 :]
        if _LIBRARY.match(inner) or _ACTIVATE.fullmatch(inner):
            return True
        return _suffix(path) not in _PYTHON and _AROUND.match(inner) is not None

    def _is_environment(self, folder: str) -> bool:
        if folder not in self._environments:
            try:
                with folder_of(self._root, f"{folder}/pyvenv.cfg") as (above, name):
                    found = stat.S_ISREG(os.stat(name, dir_fd=above, follow_symlinks=False).st_mode)
            except OSError:
                found = False
            self._environments[folder] = found
        return self._environments[folder]


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()
