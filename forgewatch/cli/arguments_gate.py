"""What `gate` takes. Nothing here imports more than argparse."""

from __future__ import annotations

from argparse import ArgumentParser


def gate(parser: ArgumentParser) -> None:
    """`gate read [PATH] [--phase P] [--ack] [--actor NAME] [--json]`, `gate evidence FILE [PATH] [--json]`."""
    verbs = parser.add_subparsers(title="what to do", metavar="VERB", required=True, dest="verb")
    read = verbs.add_parser("read", help="what has to be read before the work, in order, and whether new work may begin; exit 1 when not")
    read.add_argument("place", nargs="?", metavar="PATH", help="any folder of the repository (default: here)")
    read.add_argument("--phase", metavar="P", help="the phase that is to begin (default: what the directive says, else the diff log)")
    read.add_argument("--ack", action="store_true", help="record that it was read as it is now; audits note what changed since")
    read.add_argument("--actor", metavar="NAME", help="with --ack: who read it (default: the user's name)")
    evidence = verbs.add_parser("evidence", help="is the evidence bundle of a change request whole? exit 1 when it is not")
    evidence.add_argument("file", nargs="?", metavar="FILE", help="the bundle")
    evidence.add_argument("place", nargs="?", metavar="PATH", help="any folder of the repository that it is about (default: here)")
    evidence.add_argument("--template", action="store_true", help="print a bundle to be filled in, and do nothing else")
    for verb in (read, evidence):
        verb.add_argument("--repository", dest="path", metavar="PATH", help="the same as PATH")
        verb.add_argument("--json", action="store_true", help="the result as JSON")
        verb.add_argument("--config", metavar="FILE", help="configuration file (default: $FORGEWATCH_CONFIG, then the usual places)")
