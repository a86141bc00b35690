"""What `test` takes. Imports no more than argparse."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError

MOST_REPEATS = 20


def test(parser: ArgumentParser) -> None:
    """`test [PATH] [--scope backend|frontend] [--offline] [--repeat N] [--json]`."""
    parser.add_argument("path", nargs="?", metavar="PATH", help="any folder of the repository (default: here)")
    parser.add_argument("--scope", choices=("backend", "frontend"), default="", help="one side only; such a record is not attested")
    parser.add_argument("--offline", action="store_true", help="no network, whatever the configuration allows")
    parser.add_argument(
        "--repeat", type=_repeats, default=1, metavar="N", help="run the tests N times on fresh copies; they have to end the same"
    )
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    parser.add_argument("--config", metavar="FILE", help="configuration file (default: $FORGEWATCH_CONFIG, then the usual places)")


def _repeats(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= MOST_REPEATS:
        raise ArgumentTypeError(f"expected a number from 1 to {MOST_REPEATS}, found {text!r}")
    return number
