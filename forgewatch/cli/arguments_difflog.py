"""What `difflog` takes. Nothing here imports more than argparse."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError

PARTS = ("static", "runtime", "behavior", "contract")
TEXT_LIMIT = 4000
"""Characters of one text of the log."""


def difflog(parser: ArgumentParser) -> None:
    """`difflog start|finish|check|finalize`."""
    verbs = parser.add_subparsers(title="what to do", metavar="VERB", required=True, dest="verb")
    start = verbs.add_parser("start", help="summarise the previous cycle, then write a log that is IN_PROCESS")
    start.add_argument(
        "--phase", type=_text, metavar="P", help="the phase, as 'Phase 3 -- Auth'; may be left out with --skeleton: that of the last log"
    )
    start.add_argument(
        "--files", nargs="+", action="extend", default=[], metavar="FILE", help="the files that are planned to change; folders too"
    )
    start.add_argument("--skeleton", action="store_true", help="leave a TODO wherever nothing is given, to be filled in by hand")
    start.add_argument("--token", metavar="WORD", help="OVERWRITE: the operator lets the log be overwritten on a dirty tree (without AEM)")
    start.add_argument("--watch", action="store_true", help="have a watcher run on the repository, if none does")
    finish = verbs.add_parser("finish", help="write what changed, and the log COMPLETE, when nothing would be said against it")
    finish.add_argument(
        "--verification",
        nargs="+",
        action="extend",
        type=_part,
        default=[],
        metavar="PART=TEXT",
        help="the result of a part that the test record does not tell: static, runtime, behavior, contract",
    )
    finish.add_argument(
        "--status", choices=("complete", "blocked"), default="complete", help="blocked: give the cycle up (default: complete)"
    )
    for verb in (start, finish):
        verb.add_argument("--summary", nargs="+", action="extend", type=_text, default=[], metavar="TEXT", help="the summary, a line each")
        verb.add_argument("--notes", nargs="+", action="extend", type=_text, metavar="TEXT", help="the notes (default: None)")
        verb.add_argument("--next-steps", nargs="+", action="extend", type=_text, metavar="TEXT", help="the next steps (default: None)")
    check = verbs.add_parser("check", help="what an audit would say of the log by itself; exit 1 when it would say something")
    check.add_argument("file", nargs="?", metavar="FILE", help="another file than the repository's diff log")
    finalize = verbs.add_parser("finalize", help="the last step: no placeholder is left, and nothing is missing")
    for verb in (start, finish, check, finalize):
        verb.add_argument("--repository", dest="path", metavar="PATH", help="any folder of the repository (default: here)")
        verb.add_argument("--json", action="store_true", help="the result as JSON")
        verb.add_argument("--config", metavar="FILE", help="configuration file (default: $FORGEWATCH_CONFIG, then the usual places)")


def _text(text: str) -> str:
    if len(text) > TEXT_LIMIT:
        raise ArgumentTypeError(f"expected at most {TEXT_LIMIT} characters, found {len(text)}")
    return text


def _part(text: str) -> tuple[str, str]:
    part, equals, said = text.partition("=")
    if not equals or part.strip().lower() not in PARTS or not said.strip():
        raise ArgumentTypeError(f"expected PART=TEXT with PART out of {', '.join(PARTS)}, found {text[:80]!r}")
    return part.strip().lower(), _text(said)
