"""The kinds of text every layer shares. Nothing here costs anything to import: `status` does.

Whoever reads raw text takes the makers of `core.values`; `Kind("...")` by itself is for literals of ours.
"""

from __future__ import annotations

from typing import NewType

RepoPath = NewType("RepoPath", str)
"""Repository-relative path, `/`-separated, no empty, `.` or `..` part. Bytes that are not UTF-8 are surrogate-escaped."""

Phase = NewType("Phase", str)
"""`Phase N[.M]`, optionally ` -- title`; at most 80 characters, or the literal `unknown`."""

Digest = NewType("Digest", str)
"""`sha256:` and 64 lower-case hex digits."""

CommitId = NewType("CommitId", str)
"""A full object id of a commit: 40 or 64 lower-case hex digits."""

Oid = NewType("Oid", str)
"""A full git object id of any type: 40 or 64 lower-case hex digits."""

UNKNOWN_PHASE = Phase("unknown")
