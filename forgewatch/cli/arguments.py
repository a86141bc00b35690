"""What each command takes. Nothing here imports more than argparse."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Verbs = _SubParsersAction[ArgumentParser]

PROFILES = ("dev", "strict", "ci", "release")
FORMATS = ("text", "json", "sarif", "junit", "github", "markdown")
BOUNDARIES = ("fastapi", "django", "flask", "nestjs", "next", "hono", "express", "gin", "echo", "chi", "python", "typescript", "go")
WAIT_SECONDS = 120.0
REASON_LIMIT = 1000
"""Characters of a reason that is kept in the record."""


def init(parser: ArgumentParser) -> None:
    """`init [PATH] [--boundaries FRAMEWORK] [--check] [--service user|system] [--uninstall] [--demo] [--json]`."""
    parser.add_argument("path", nargs="?", metavar="PATH", help="repository, or the new folder of --demo (default: here)")
    parser.add_argument("--boundaries", choices=BOUNDARIES, help="layer rules for a framework or a language (default: by the manifest)")
    parser.add_argument("--check", action="store_true", help="list what is missing or no longer as init makes it; writes nothing")
    parser.add_argument("--service", choices=("user", "system"), help="install and enable the systemd unit")
    parser.add_argument("--uninstall", action="store_true", help="with --service: disable and remove exactly what it installed")
    parser.add_argument("--demo", action="store_true", help="fill a new folder with a sample project")
    _json(parser)
    _config(parser)


def watch(parser: ArgumentParser) -> None:
    """`watch [PATH...] [--detach]`."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="repositories (default: those of the configuration)")
    parser.add_argument("--detach", action="store_true", help="have each PATH (default: here) watched by a process that stays, and return")
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
    """`status [PATH] [--watch] [--json]`."""
    _repository(parser)
    parser.add_argument("--watch", action="store_true", help="go on, and show what is known whenever it changes; Ctrl-C ends it")
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
    """`ledger show|summary|commits|verify|proof|export|anchor|adopt|restore|rotate`."""
    verbs = parser.add_subparsers(title="what to do", metavar="VERB", required=True, dest="verb")
    show = verbs.add_parser("show", help="the entries, each with its last outcome")
    _repository(show)
    _json(show)
    _config(show)
    summary = verbs.add_parser("summary", help="what a new session has to know: last sign-off, last outcome, what still fails")
    _repository(summary)
    _json(summary)
    _config(summary)
    commits = verbs.add_parser("commits", help="the commits that have no entry; exit 1 when there are such")
    _repository(commits)
    _json(commits)
    _config(commits)
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
    anchor = verbs.add_parser(
        "anchor", help="keep the newest checkpoint in the anchor's repository, as the daemon does; exit 1 when they disagree"
    )
    _place(anchor)
    _record(anchor)
    _json(anchor)
    _decisions(verbs)


def _decisions(verbs: Verbs) -> None:
    """Add what only the operator may do to a record."""
    adopt = verbs.add_parser("adopt", help="(operator) move the anchor to COMMIT, HEAD by default")
    adopt.add_argument("commit", nargs="?", metavar="COMMIT", help="a full commit id or a branch, also of a remote (default: HEAD)")
    _place(adopt)
    adopt.add_argument("--reason", type=_reason, default="", help="kept in the record")
    _operator(adopt)
    restore = verbs.add_parser("restore", help="(operator) write the ledger file back from the journal")
    _place(restore)
    _operator(restore)
    rotate = verbs.add_parser("rotate", help="(operator) sign with a new key from now on")
    _place(rotate)
    _operator(rotate)


def signoff(parser: ArgumentParser) -> None:
    """`signoff [PATH] [--auto] [--message MESSAGE] [--json]`."""
    _repository(parser)
    parser.add_argument("--auto", action="store_true", help="authorize by the directive's Auto-authorize, and commit the audited tree")
    parser.add_argument("--message", metavar="TEXT", help="with --auto: the commit's message (default: the phase)")
    _json(parser)
    _config(parser)


def authorize(parser: ArgumentParser) -> None:
    """`authorize [PATH] [--yes --actor NAME | --key F | --request F | --sign F | --signed F] [--commit MESSAGE] [--standing ...]`."""
    _repository(parser)
    parser.add_argument("--commit", metavar="MESSAGE", help="commit the audited tree and the evidence, running nothing of the repository's")
    parser.add_argument("--yes", action="store_true", help="do not ask (needed without a terminal)")
    parser.add_argument("--actor", metavar="NAME", help="who decides (default: the user's name)")
    signed = parser.add_mutually_exclusive_group()
    signed.add_argument("--request", metavar="FILE", help="only write the request to be signed into a new file")
    signed.add_argument("--sign", metavar="FILE", help="only add a signature to the request in this file, with --key or --signature")
    signed.add_argument("--signed", metavar="FILE", help="authorize by the signed request in this file")
    parser.add_argument("--key", metavar="FILE", help="the SSH key that signs: by itself, or with --sign or --standing")
    parser.add_argument("--signature", metavar="FILE", help="with --sign: a signature that ssh-keygen -Y sign made")
    parser.add_argument("--standing", action="store_true", help="give a standing grant for Auto-authorize instead; it has to be signed")
    parser.add_argument("--phases", metavar="A,B", help="with --standing: the phases it covers")
    parser.add_argument("--uses", type=_uses, metavar="N", help="with --standing: how many commits it covers")
    parser.add_argument("--days", type=_days, default=7, metavar="N", help="with --standing: how long it holds (default: 7)")
    _json(parser)
    _config(parser)


def unblock(parser: ArgumentParser) -> None:
    """`unblock [PATH] --reason TEXT [--phase P] [--yes --actor NAME] [--json]`."""
    _repository(parser)
    parser.add_argument("--reason", type=_given_reason, required=True, metavar="TEXT", help="why it may go on; kept in the record")
    parser.add_argument("--phase", metavar="P", help="the phase (default: that of the newest audit)")
    parser.add_argument("--yes", action="store_true", help="do not ask (needed without a terminal)")
    parser.add_argument("--actor", metavar="NAME", help="who decides (default: the user's name)")
    _json(parser)
    _config(parser)


def dispute(parser: ArgumentParser) -> None:
    """`dispute ENTRY [PATH] --reason TEXT [--check A1]... [--actor NAME] [--json]`."""
    parser.add_argument("entry", type=_count, metavar="ENTRY", help="the number of the entry that failed")
    _repository(parser)
    parser.add_argument("--reason", type=_given_reason, required=True, metavar="TEXT", help="what is wrong with it; kept in the record")
    parser.add_argument("--check", action="append", default=[], metavar="A1", help="the check that is disputed (default: all that failed)")
    parser.add_argument("--actor", metavar="NAME", help="who says so (default: the user's name)")
    _json(parser)
    _config(parser)


def approve(parser: ArgumentParser) -> None:
    """`approve init|sign|check`."""
    verbs = parser.add_subparsers(title="what to do", metavar="VERB", required=True, dest="verb")
    init = verbs.add_parser("init", help="write the contract of a new task, for a person to fill in")
    sign = verbs.add_parser("sign", help="(a person) approve what the contract says, and write the gate file")
    check = verbs.add_parser("check", help="is the task approved, as everything is now? exit 1 when it is not")
    for verb in (init, sign, check):
        verb.add_argument("task", metavar="TASK", help="the task, as its folder in .ai-stack-trace is named")
        _place(verb)
    sign.add_argument("--key", metavar="FILE", help="sign the request with this SSH key (a public one stands for a key in the agent)")
    sign.add_argument("--add", action="store_true", help="add a signature to the request that is there")
    sign.add_argument("--days", type=_days, default=7, metavar="N", help="days until a signed request expires (default: %(default)s)")
    _operator(sign)
    check.add_argument("--paths", metavar="A,B", help="are these paths in the approved scope?")
    for verb in (init, check):
        verb.add_argument("--repository", dest="path", metavar="PATH", help="the same as PATH")
        _json(verb)
        _config(verb)


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


def _days(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 366:
        raise ArgumentTypeError(f"expected 1 to 366 days, found {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise ArgumentTypeError(f"expected seconds, found {text!r}") from None
    if not 0 <= seconds < 1e9:
        raise ArgumentTypeError(f"expected 0 or more seconds, found {text!r}")
    return seconds


def _uses(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise ArgumentTypeError(f"expected 1 to 1000 commits, found {text!r}")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ArgumentTypeError(f"expected a number, found {text!r}")
    return int(text)


def _reason(text: str) -> str:
    if len(text) > REASON_LIMIT:
        raise ArgumentTypeError(f"expected at most {REASON_LIMIT} characters, found {len(text)}")
    return text


def _given_reason(text: str) -> str:
    if not text.strip():
        raise ArgumentTypeError(f"expected words, found {text!r}")
    return _reason(text)
