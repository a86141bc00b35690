"""Which TypeScript and JavaScript files are there for those who develop (docs/decisions/0007), and where bundlers are set up."""

from __future__ import annotations

import re
from collections.abc import Iterable

from forgewatch.core.snapshot import PathTable
from forgewatch.core.values import RepoPath

_FILE = re.compile(
    r".*\.(?:test|spec|cy|e2e|bench|stories|story|config|setup|conf)\.[cm]?[jt]sx?\Z"
    r"|\..*rc\.[cm]?js\Z|(?:gulpfile|gruntfile|setuptests|test-utils|karma\.conf|jest\.setup|vitest\.setup)(?:\.\w+)*\.[cm]?[jt]sx?\Z",
    re.IGNORECASE,
)
_FOLDERS = frozenset(
    {"__tests__", "__mocks__", "mocks", "__fixtures__", "test", "tests", "e2e", "cypress", "playwright", ".storybook", "stories"}
)
_TOP_FOLDERS = frozenset({"docs", "scripts", "tools", "examples", "benchmark", "benchmarks", "config", "spec"})
_BUNDLERS = ("vite", "webpack", "nuxt", "svelte", "astro", "rollup", "metro", "babel", "vue", "rspack", "rsbuild", "quasar", "craco")
_SUFFIXES = ("js", "ts", "mjs", "mts", "cjs")


def is_script_for_development(path: RepoPath, package: str, test_dir: str | None) -> bool:
    """True for tests, stories, configuration of tools, and for scripts beside the product. `package` is the folder of its manifest."""
    *folders, name = path.split("/")
    if _FILE.match(name) or not _FOLDERS.isdisjoint(folders) or (test_dir and path.startswith(f"{test_dir}/")):
        return True
    below = path[len(package) + 1 :] if package else path
    return "/" in below and below.split("/")[0] in _TOP_FOLDERS


def has_bundler(folders: Iterable[str], paths: PathTable) -> bool:
    """True when one of the folders holds the configuration of a program that gives names of its own to files."""
    names = [f"{bundler}.config.{suffix}" for bundler in _BUNDLERS for suffix in _SUFFIXES] + ["deno.json", "deno.jsonc"]
    return any(RepoPath(f"{folder}/{name}".lstrip("/")) in paths for folder in folders for name in names)
