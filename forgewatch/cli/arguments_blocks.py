"""What `blocks` takes. Nothing here imports more than argparse."""

from __future__ import annotations

from argparse import ArgumentParser

_TEXT = "what the builder said; - for standard input"


def blocks(parser: ArgumentParser) -> None:
    """`blocks list|apply|follow FILE|- [PATH]`."""
    verbs = parser.add_subparsers(title="what to do", metavar="VERB", required=True, dest="verb")
    listed = verbs.add_parser("list", help="the files that the text defines, and what `apply` would do with each")
    _common(listed, "the result as JSON")
    apply = verbs.add_parser("apply", help="write them: each at once, inside the repository only")
    _common(apply, "the result as JSON")
    apply.add_argument("--dry-run", action="store_true", help="write nothing; say what would be")
    follow = verbs.add_parser("follow", help="one JSON event per line while the text grows; the newest plan is shown by status")
    _common(follow, "the same: events are JSON in any case")
    follow.add_argument("--once", action="store_true", help="stop at the end of FILE (default: wait for more until interrupted)")


def _common(parser: ArgumentParser, as_json: str) -> None:
    parser.add_argument("file", metavar="FILE", help=_TEXT)
    parser.add_argument("path", nargs="?", metavar="PATH", help="any folder of the repository (default: here)")
    parser.add_argument("--json", action="store_true", help=as_json)
    parser.add_argument("--config", metavar="FILE", help="configuration file (default: $FORGEWATCH_CONFIG, then the usual places)")
