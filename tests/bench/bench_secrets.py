"""How many megabytes of text the secret scan reads in a second, and how often it is right. Run as a program; it is no test.

Three texts: source code, lines that all hold a keyword, and one line of a megabyte. Recall and false alarms are of made secrets and
honest lines, other ones than the tests use: neither stands in the project.
"""

from __future__ import annotations

import time
from pathlib import Path

from forgewatch.core.added_lines import added_lines
from forgewatch.core.secret_scan import scan_lines
from tests.support.noise_cases import noise
from tests.support.plain_cases import negatives
from tests.support.secret_cases import positives

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
    secrets = [text for seed in range(11, 16) for _, text in positives(seed)]
    honest = [*negatives(), *(line for seed in range(11, 16) for _, line in noise(seed))]
    found["secrets"], found["recall %"] = len(secrets), round(100 * sum(map(_is_found, secrets)) / len(secrets), 2)
    found["honest lines"], found["false alarms %"] = len(honest), round(100 * sum(map(_is_found, honest)) / len(honest), 2)
    print(found)


def _is_found(text: str) -> bool:
    return bool(scan_lines(tuple(enumerate(text.split("\n"), 1)), settings=True))


if __name__ == "__main__":
    main()
