"""Route paths and methods in one spelling, so that a contract and a handler can be compared (checks.md W3)."""

from __future__ import annotations

import re

ANY = "ANY"
"""A handler or declaration for every method."""

MOUNT = "MOUNT"
"""Another application answers for everything below the path; what it serves is not known."""

SOME = "SOME"
"""Something answers the path, and perhaps everything below it: a part that somebody else wrote, or code that runs before handlers."""

UNKNOWN = "?"
"""The beginning of a prefix that is not constant; the end of it may be known."""

METHODS = {name: name.upper() for name in ("get", "put", "post", "delete", "patch", "head", "options", "trace", "connect", "websocket")} | {
    "ws": "WEBSOCKET",
    "any": ANY,
    "all": ANY,
    "*": ANY,
}
"""Method words of contracts and decorators, lower case, and what they mean."""

_PARAMETER = re.compile(
    r"\{[^{}/:]*(?::(?:[^{}]|\{[^{}]*\})*)?\}|<[^<>/]*>|(?<=/):[^/]+|(?<=/)\[{1,2}[^\[\]/]*\]{1,2}(?=/|\Z)|(?<=/)\*\w*(?=/|\Z)"
)
_TAIL = re.compile(r"[?#].*\Z", re.DOTALL)
_SLASHES = re.compile(r"/{2,}")


def plain_path(text: str) -> str:
    """Return the path with `{}` for each parameter, whatever its name and type, without query and without a slash at the end.

    `/users/{id:int}`, `/users/<int:id>`, `/users/:id` and `/users/[id]/` are the same path, and `/files/*` is that of `/files/[...path]`.
    """
    path = _TAIL.sub("", _PARAMETER.sub("{}", f"/{text.strip()}"))
    return _SLASHES.sub("/", path).rstrip("/") or "/"
