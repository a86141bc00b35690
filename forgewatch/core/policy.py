"""Which rules an audit was held to: their digest, and the notes that tell people when the rules themselves moved."""

from __future__ import annotations

from collections.abc import Sequence

from forgewatch import __version__
from forgewatch.core.canonical import Json, digest_of_bytes, digest_of_json
from forgewatch.core.codec import encode
from forgewatch.core.places import FORGE_JSON
from forgewatch.core.settings import Profile, Settings
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.text import escape
from forgewatch.core.values import Absent, Content, Digest, RepoPath
from forgewatch.core.verdict import Check

_SHOWN = 8


def table_digest(checks: Sequence[Check[Snapshot]]) -> Digest:
    """Return the digest of the table of checks and the engine version; it stands in every entry (architecture.md, Core types)."""
    rows: Json = [[check.code, check.title, check.severity] for check in checks]
    return digest_of_json({"engine": __version__, "table": rows})


def policy_digest(snapshot: Snapshot, checks: Sequence[Check[Snapshot]], settings: Settings) -> Digest:
    """Return the digest of everything that could change a verdict besides the work itself."""
    paths = _policy_paths(snapshot)
    return digest_of_json(
        {
            "table": table_digest(checks),
            "profile": snapshot.profile,
            "scope": encode(settings.scope),
            "limits": encode(settings.limits),
            "import_names": encode(settings.import_names),
            "fingerprints": encode(settings.fingerprints),
            "base": {path: _mark(snapshot.base_documents.get(path, Absent())) for path in paths},
            "work": {path: _mark(snapshot.documents.get(path, Absent())) for path in paths},
            "ignore_rules": list(snapshot.ignored.changed_rules),
        }
    )


def settings_digest(settings: Settings) -> Digest:
    """Return the digest of what the operator's configuration can change in a verdict."""
    shown = (settings.profile, settings.audit.severities, settings.scope, settings.limits, settings.import_names, settings.fingerprints)
    return digest_of_json(encode(shown))


def settings_notes(settings: Settings, profile: Profile) -> tuple[str, ...]:
    """Return the line of the entry's Notes about settings that are not the defaults, none where all are: whoever reads a PASS has to see
    by what it was one. `profile` is the one in force. Escaped."""
    usual = Settings()
    scope = [f"scope.ignore + {pattern}" for pattern in settings.scope.ignore if pattern not in usual.scope.ignore]
    scope += [f"scope.ignore - {pattern}" for pattern in usual.scope.ignore if pattern not in settings.scope.ignore]
    plain = (
        ("profile", profile, usual.profile),
        ("scope.data", ", ".join(settings.scope.data[:_SHOWN]), ""),
        ("scope.compare", settings.scope.compare, usual.scope.compare),
        ("limits", "others", "others" if settings.limits == usual.limits else ""),
        ("audit.severities", ", ".join(f"{code}: {word}" for code, word in settings.audit.severities), ""),
        ("audit.fingerprints", str(len(settings.fingerprints)), "0"),
        ("audit.import_names", str(len(settings.import_names)), "0"),
    )
    told = [*scope[:_SHOWN], *(f"{name} {value}" for name, value, default in plain if value != default)]
    return (f"Settings: {escape('; '.join(told))}",) if told else ()


def policy_notes(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the lines of the entry's Notes about policy, ignored files and names that are not read, escaped."""
    return (*_changed_policy(snapshot), *_boot_script(snapshot), *_ignored(snapshot), *_misnamed(snapshot))


def _boot_script(snapshot: Snapshot) -> tuple[str, ...]:
    # The builder may write the directive, and this switch takes files out of A1: it is never switched on in silence.
    return ("Directive: boot_script: true; boot.ps1, boot.sh and boot.bat are neutral",) if snapshot.boot_script else ()


def _misnamed(snapshot: Snapshot) -> tuple[str, ...]:
    # Older projects wrote their diff log there; people must learn that nobody reads it any more (contract §11).
    places = snapshot.places
    found = places.legacy_diff_log in snapshot.paths
    return (f"Not read: {places.legacy_diff_log} is an older name; the diff log is {places.diff_log}",) if found else ()


def _changed_policy(snapshot: Snapshot) -> tuple[str, ...]:
    moved = [path for path in _policy_paths(snapshot) if snapshot.base_document(path) != snapshot.document(path)]
    moved += [path for path in snapshot.ignored.changed_rules if path not in moved]
    return tuple(f"Policy changed since BASE: {escape(path)}; judged by both versions" for path in moved)


def _ignored(snapshot: Snapshot) -> tuple[str, ...]:
    ignored = snapshot.ignored
    total = sum(count for _, count in ignored.directories)
    lines = [f"Ignored: {total} untracked below {_names(ignored.directories)}"] if total else []
    if ignored.newly:
        lines.append(f"Newly ignored in this cycle: {_names(ignored.newly)}")
    return tuple(lines)


def _names(counted: tuple[tuple[str, int], ...]) -> str:
    shown = [f"{escape(name)} ({count})" for name, count in counted[:_SHOWN]]
    rest = len(counted) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def _policy_paths(snapshot: Snapshot) -> tuple[RepoPath, ...]:
    places = snapshot.places
    return (places.boundaries, places.physics, FORGE_JSON)


def _mark(content: Content) -> str:
    if isinstance(content, bytes):
        return digest_of_bytes(content)
    return "absent" if isinstance(content, Absent) else f"unreadable: {content.why}"
