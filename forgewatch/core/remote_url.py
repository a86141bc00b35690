"""Addresses of git repositories that the operator names: a scheme that we know, and nothing that git or ssh takes for an option.

A password is refused: git hands the address to programs as an argument, where every user of the machine can read it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from forgewatch.core.values import Refused

URL_LIMIT = 1024

_FORM = re.compile(r"(file|ssh|https|git)://(?:([^/@]*)@)?([^/@]*)(/[^?#]*)")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class RemoteUrl:
    """An address that was checked. `scheme` is file, ssh, https or git."""

    text: str
    scheme: str


def parse_remote_url(raw: str) -> RemoteUrl | Refused:
    """Make a RemoteUrl of `file:///path`, `ssh://[user@]host[:port]/path`, `https://host/path` or `git://host/path`."""
    found = _FORM.fullmatch(raw)
    if found is None or len(raw) > URL_LIMIT or not raw.isprintable():
        return Refused(raw, "is no address as file:///path, ssh://user@host/path, https://host/path or git://host/path")
    scheme, user, host, path = found.groups()
    if user is not None and ":" in user:
        return Refused(f"{scheme}://...@{host}{path}", "holds a password, which everybody on the machine could read")
    if user is not None and (scheme != "ssh" or _USER.fullmatch(user) is None):
        return Refused(raw, "names a user, which only ssh takes, as a plain word")
    if scheme == "file":
        return Refused(raw, "names a host, and a file has none") if host else RemoteUrl(raw, scheme)
    if _HOST.fullmatch(host) is None or path == "/":
        return Refused(raw, "names no host and path")
    return RemoteUrl(raw, scheme)
