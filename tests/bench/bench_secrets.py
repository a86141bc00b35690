"""How many megabytes of text the secret scan reads in a second. Run as a program; it is no test.

Three texts: source code, lines that all hold a keyword, and one line of a megabyte.
"""

from __future__ import annotations

import time
from pathlib import Path

from forgewatch.core.added_lines import added_lines
from forgewatch.core.secret_scan import scan_lines

_ROOT = Path(__file__).resolve().parents[2]
_MEGABYTE = 1_000_000


def _source() -> bytes:
    text = b"".join(path.read_bytes() for path in sorted(_ROOT.glob("forgewatch/**/*.py")))
    return text * max(1, 2 * _MEGABYTE // len(text))


def _texts() -> dict[str, bytes]:
    return {
        "source code": _source(),
        "a keyword on every line": b"    token = request.headers.get('x-token')  # the password\n" * 20_000,
        "one line": b"var a=function(e,t){return e.token+t.password};" * 20_000,
    }


def main() -> None:
    """Print the rate of each text, in MB/s, as one mapping."""
    scan_lines(((1, "token = 1"),))
    found: dict[str, float] = {}
    for name, raw in _texts().items():
        start = time.perf_counter()
        scan_lines(added_lines(None, raw))
        found[f"{name} MB/s"] = round(len(raw) / _MEGABYTE / (time.perf_counter() - start), 1)
    print(found)


if __name__ == "__main__":
    main()
