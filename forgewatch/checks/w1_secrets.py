"""W1 Secrets: no added line of a changed or untracked file holds a token, a key or a password (checks.md W1; contract §10.7).

1. Every changed path is looked at, evidence and other neutral files too: a secret in a log is out as well.
2. What could not be read is a finding (W103), never skipped.
3. The value is in no message: four characters and a digest name it. Only the operator's fingerprints excuse one.
"""

from __future__ import annotations

from collections.abc import Iterator

from forgewatch.core.added_lines import added_lines, is_binary
from forgewatch.core.limits import LIMITS
from forgewatch.core.secret_scan import GENERIC, SecretHit, scan_lines
from forgewatch.core.snapshot import Change, LedgerCondition, Snapshot
from forgewatch.core.text import counted
from forgewatch.core.values import RepoPath, Unreadable
from forgewatch.core.verdict import Finding, Ruling

MOST_HITS = 100
_SYMLINK, _GITLINK = 0o120000, 0o160000
_SETTINGS = (
    *(
        ".env",
        ".yaml",
        ".yml",
        ".ini",
        ".cfg",
        ".conf",
        ".config",
        ".properties",
        ".toml",
        ".json",
        ".xml",
        ".tf",
        ".tfvars",
        ".sh",
        ".bash",
    ),
    *(".zsh", ".fish", ".ps1", ".bat", ".cmd", ".txt", ".md", ".rst", ".log", ".csv", ".netrc", ".npmrc", ".pypirc", ".pgpass", ".service"),
    *("Dockerfile", "Makefile", ".envrc", ".plist", ".credentials", "credentials", ".secrets", ".hcl", ".cnf", ".dotenv", ".html"),
)


def judge(snapshot: Snapshot) -> Ruling:
    """Return a finding per secret in an added line (W101 shape of an issuer, W102 assignment) and per file not scanned (W103).

    Secrets the operator has listed by fingerprint are notes (W105), as are file versions of HEAD that could not be compared (W106).
    """
    findings: list[Finding] = []
    notes: list[Finding] = []
    scanned = 0
    for change in snapshot.changes:
        if change.after is None or change.after.mode == _GITLINK or _is_unread_link(change, snapshot):
            continue
        after = snapshot.contents.get(change.after.oid, Unreadable("was not read"))
        if isinstance(after, bytes) and len(after) > LIMITS.source_bytes:
            after = Unreadable(f"has {len(after)} bytes, over the limit of {LIMITS.source_bytes}")
        if isinstance(after, Unreadable) and _is_ours(change.path, snapshot):
            continue
        if isinstance(after, Unreadable):
            findings.append(_not_scanned(change.path, after.why))
            continue
        # Neutral files are scanned too, for a secret in the paperwork is a leak; but they are not the change that people count.
        scanned += not snapshot.places.is_neutral(change.path, boot_script=snapshot.boot_script)
        before, unknown = _before(change, snapshot)
        notes.extend(unknown)
        for finding in _findings(change.path, before, after, snapshot.fingerprints):
            (notes if finding.code == "W105" else findings).append(finding)
    return Ruling(basis=f"added lines of {counted(scanned, 'changed file')} scanned", findings=tuple(findings), notes=tuple(notes))


def _is_unread_link(change: Change, snapshot: Snapshot) -> bool:
    """True for a symbolic link whose target was not loaded: its bytes are a path, and the file there is judged under its own name."""
    return change.after is not None and change.after.mode == _SYMLINK and change.after.oid not in snapshot.contents


def _is_ours(path: RepoPath, snapshot: Snapshot) -> bool:
    """True for a ledger that holds what the journal says and nothing else: it grows for ever, and what others appended was scanned when it
    was found there."""
    return path == snapshot.places.ledger and snapshot.ledger.condition in (LedgerCondition.INTACT, LedgerCondition.REPAIRED)


def _not_scanned(path: RepoPath, why: str) -> Finding:
    return Finding(code="W103", path=path, message=f"{path} was not scanned for secrets: it {why}", expected="a readable file", actual=why)


def _before(change: Change, snapshot: Snapshot) -> tuple[bytes | None, tuple[Finding, ...]]:
    """Return the bytes in HEAD. Where they are unknown every line counts as added."""
    if change.before is None or change.before.mode == _GITLINK:
        return None, ()
    before = snapshot.contents.get(change.before.oid, Unreadable("was not read"))
    if isinstance(before, Unreadable):
        text = f"the version of {change.path} in HEAD {before.why}: all of its lines were scanned"
        return None, (Finding(code="W106", path=change.path, message=text),)
    return before, ()


def _findings(path: RepoPath, before: bytes | None, after: bytes, fingerprints: tuple[str, ...]) -> Iterator[Finding]:
    hits = scan_lines(added_lines(before, after), settings=_is_settings(path), shapes_only=is_binary(after))
    known = {text.removeprefix("sha256:")[:16].lower() for text in fingerprints if len(text.removeprefix("sha256:")) >= 16}
    shown = 0
    for hit in hits:
        if hit.digest in known:
            yield _finding("W105", path, hit)
        elif shown < MOST_HITS:
            shown += 1
            yield _finding("W102" if hit.rule == GENERIC else "W101", path, hit)
    rest = sum(hit.digest not in known for hit in hits) - shown
    if rest:
        text = f"{path} holds {rest} more secrets than the {MOST_HITS} that are named"
        yield Finding(code="W104", path=path, message=text)


def _finding(code: str, path: RepoPath, hit: SecretHit) -> Finding:
    what = f"{hit.rule} ({hit.issuer})" if hit.issuer else hit.rule
    text = f"{what} at {path}:{hit.line}:{hit.column} starts with '{hit.shown}', digest {hit.digest}"
    return Finding(code=code, path=path, line=hit.line, message=text, expected="no secret", actual=f"{hit.shown}… {hit.digest}")


def _is_settings(path: RepoPath) -> bool:
    name = path.rpartition("/")[2]
    return name.endswith(_SETTINGS) or name.startswith((".env", "Dockerfile", "docker-compose")) or "." not in name
