"""What each command takes. Nothing here imports more than argparse."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError

PROFILES = ("dev", "strict", "ci", "release")
FORMATS = ("text", "json", "sarif", "junit", "github", "markdown")
WAIT_SECONDS = 120.0


def init(parser: ArgumentParser) -> None:
    """`init [PATH] [--service user|system] [--uninstall] [--demo] [--json]`."""
    parser.add_argument("path", nargs="?", metavar="PATH", help="repository, or the new folder of --demo (default: here)")
    parser.add_argument("--service", choices=("user", "system"), help="install the systemd unit")
    parser.add_argument("--uninstall", action="store_true", help="with --service: remove exactly what it installed")
    parser.add_argument("--demo", action="store_true", help="fill a new folder with a sample project")
    _json(parser)
    _config(parser)


def watch(parser: ArgumentParser) -> None:
    """`watch [PATH...]`."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="repositories (default: those of the configuration)")
    _config(parser)


def audit(parser: ArgumentParser) -> None:
    """`audit [PATH] [--claimed-files a,b] [--phase P] [--profile P] [--base REV] [--replay ENTRY] [--dry-run] [--format F]`."""
    _repository(parser)
    parser.add_argument("--claimed-files", metavar="A,B", help="what the builder says it changed (default: what the diff log says)")
    parser.add_argument("--phase", metavar="P", help="the phase (default: what the diff log says)")
    parser.add_argument("--profile", choices=PROFILES, help="severity profile; may only be stricter than the configured one")
    parser.add_argument("--base", metavar="REV", help="for checkouts of a CI: the change is REV..HEAD")
    parser.add_argument(
        "--replay", metavar="ENTRY", help="judge the stored inputs of an entry again (its number or its leaf), record nothing"
    )
    parser.add_argument("--dry-run", action="store_true", help="judge, but record nothing")
    formats = parser.add_mutually_exclusive_group()
    formats.add_argument("--format", choices=FORMATS, default="text", help="how the result is written (default: text)")
    formats.add_argument("--json", dest="format", action="store_const", const="json", help="the same as --format json")
    _config(parser)


def status(parser: ArgumentParser) -> None:
    """`status [PATH] [--json]`."""
    _repository(parser)
    _json(parser)
    _config(parser)


def wait(parser: ArgumentParser) -> None:
    """`wait [PATH] [--timeout S] [--json]`."""
    _repository(parser)
    parser.add_argument("--timeout", type=_seconds, default=WAIT_SECONDS, metavar="S", help="seconds to wait (default: %(default)g)")
    _json(parser)
    _config(parser)


def tail(parser: ArgumentParser) -> None:
    """`tail [PATH] [-f] [--json]`."""
    _repository(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what comes")
    _json(parser)
    _config(parser)


def explain(parser: ArgumentParser) -> None:
    """`explain [CODE] [--json]`."""
    parser.add_argument("code", nargs="?", metavar="CODE", help="a finding code as A101, or a check as A1 (default: list all)")
    _json(parser)


def doctor(parser: ArgumentParser) -> None:
    """`doctor [PATH] [--json]`."""
    _repository(parser)
    _json(parser)
    _config(parser)


def ledger(parser: ArgumentParser) -> None:
    """`ledger show|verify|proof|export|adopt|restore|rotate`."""
    verbs = parser.add_subparsers(title="what to do", metavar="VERB", required=True, dest="verb")
    show = verbs.add_parser("show", help="the entries, each with its last outcome")
    _repository(show)
    _json(show)
    _config(show)
    verify = verbs.add_parser("verify", help="prove the journal: signatures, tree, checkpoint, ledger file; exit 1 when it does not hold")
    _repository(verify)
    verify.add_argument("--key", metavar="FILE", help="the first public key, as you got it (default: the one in the state folder)")
    verify.add_argument("--since", metavar="FILE", help="a checkpoint or a receipt that was kept earlier")
    _json(verify)
    _config(verify)
    proof = verbs.add_parser("proof", help="a receipt for one entry, checkable offline (C2SP tlog-proof)")
    proof.add_argument("entry", metavar="ENTRY", help="the number or the leaf of an entry, as in `Entry: 41 sha256:...`")
    _place(proof)
    _record(proof)
    proof.add_argument("--output", metavar="FILE", help="write it there (default: standard output)")
    export = verbs.add_parser("export", help="the journal, its checkpoint, its key and a verifier of their own into a new folder")
    export.add_argument("folder", metavar="FOLDER", help="a folder that is not there yet")
    _place(export)
    _record(export)
    adopt = verbs.add_parser("adopt", help="(operator) move the anchor to COMMIT, HEAD by default")
    adopt.add_argument("commit", nargs="?", metavar="COMMIT", help="a full commit id or a branch, also of a remote (default: HEAD)")
    _place(adopt)
    adopt.add_argument("--reason", default="", help="kept in the record")
    _operator(adopt)
    restore = verbs.add_parser("restore", help="(operator) write the ledger file back from the journal")
    _place(restore)
    _operator(restore)
    rotate = verbs.add_parser("rotate", help="(operator) sign with a new key from now on")
    _place(rotate)
    _operator(rotate)


def worker(_parser: ArgumentParser) -> None:
    """`worker`: started by forgewatch itself, speaks frames on its pipes."""


def _record(parser: ArgumentParser) -> None:
    parser.add_argument("--repository", dest="path", metavar="PATH", help="the same as PATH")
    _config(parser)


def _operator(parser: ArgumentParser) -> None:
    parser.add_argument("--repository", dest="path", metavar="PATH", help="the same as PATH")
    parser.add_argument("--yes", action="store_true", help="do not ask (needed without a terminal)")
    parser.add_argument("--actor", metavar="NAME", help="who decides (default: the user's name)")
    _json(parser)
    _config(parser)


def _repository(parser: ArgumentParser) -> None:
    parser.add_argument("path", nargs="?", metavar="PATH", help="any folder of the repository (default: here)")


def _place(parser: ArgumentParser) -> None:
    parser.add_argument("place", nargs="?", metavar="PATH", help="any folder of the repository (default: here)")


def _json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the result as JSON")


def _config(parser: ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="configuration file (default: $FORGEWATCH_CONFIG, then the usual places)")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise ArgumentTypeError(f"expected seconds, found {text!r}") from None
    if not 0 <= seconds < 1e9:
        raise ArgumentTypeError(f"expected 0 or more seconds, found {text!r}")
    return seconds
