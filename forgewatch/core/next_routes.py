"""The handlers of Next, whose paths are those of their files: `app/**/route.ts` and `pages/api/**` (checks.md W3)."""

from __future__ import annotations

import re

from forgewatch.core.route_paths import ANY, SOME
from forgewatch.core.router_ground import Ground
from forgewatch.core.script_names import EXPORTS
from forgewatch.core.values import RepoPath

_APP_ROOT = re.compile(r"(?:(?:.*/)?src/app|(?:(?!app/)[^/]+/)*app)/(?P<path>(?:.*/)?)route\.[cm]?[jt]sx?\Z", re.DOTALL)
_PAGES = re.compile(r"(?:(?:.*/)?src/pages|(?:(?!pages/)[^/]+/)*pages)/(?P<path>api(?:/.*)?)\.[cm]?[jt]sx?\Z", re.DOTALL)
_REST = re.compile(r"\[{1,2}\.\.\.[^\[\]/]*\]{1,2}\Z")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_ASKED = re.compile(r"NextApi|\bNextRe(?:quest|sponse)\b|[(,]\s*_?req(?:uest)?\b[^()]{0,80},\s*_?res(?:ponse)?\b")
"""What a handler below `pages/api` is written with; other programs keep their clients there."""


def is_next_file(path: str) -> bool:
    """True for a file whose place makes it a handler."""
    return folders_before(path) is not None


def folders_before(path: str) -> str | None:
    """Return the folders of a handler that are no part of its address, None where the place of the file makes it none."""
    found = _APP_ROOT.match(path) or _PAGES.match(path)
    return path[: found.start("path")] if found else None


def take_next(ground: Ground, path: RepoPath) -> None:
    """Take the handlers that the file exports. What another framework made of a path with `[...rest]` answers for all below it."""
    if (place := _APP_ROOT.match(path)) is not None:
        told, exports = _url(place["path"]), {method: method for method in _METHODS}
    elif (place := _PAGES.match(path)) is not None and _ASKED.search(ground.outline.code):
        told, exports = _url(place["path"].removesuffix("/index")), {"default": ANY}
    else:
        return
    if told is None:
        return
    for name, method in exports.items():
        if ground.sets(f"{EXPORTS}.{name}"):
            rest = _REST.search(told) is not None and not (ground.is_function(name) or ground.is_function(f"{EXPORTS}.{name}"))
            place_of = re.search(rf"\bexport\b[^;]{{0,200}}?\b{name}\b", ground.outline.code)
            offset = place_of.start() if place_of else 0
            ground.add("", SOME if rest else method, told.rpartition("/")[0] or "/" if rest else told, offset)


def _url(folders: str) -> str | None:
    """Return the path of the folders; None for what Next keeps from the web."""
    parts = [part for part in folders.split("/") if part and not (part.startswith("(") and part.endswith(")")) and not part.startswith("@")]
    return None if any(part.startswith("_") for part in parts) else "/" + "/".join(parts)
