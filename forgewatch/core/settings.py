"""The operator's settings as values. Defaults stand here; `config/forgewatch.yaml` explains every key."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from forgewatch.core.limits import LIMITS, Limits
from forgewatch.core.places import Layout

DEFAULT_IGNORE = (
    "__pycache__/",
    ".pytest_cache/",
    ".mypy_cache/",
    ".ruff_cache/",
    ".venv/",
    "node_modules/",
    ".DS_Store",
    ".idea/",
    "*.swp",
    ".env",
)
"""What tools write unasked (checks.md A1, Ignored files). Untracked paths only."""


class Profile(StrEnum):
    """Severity profile. `strict` fails unattested test records; `ci` and `release` turn secrets (W1) into failures."""

    DEV = "dev"
    STRICT = "strict"
    CI = "ci"
    RELEASE = "release"


class Compare(StrEnum):
    """Whether whole-file line-ending and execute-bit differences of text files are notes (normalized) or changes (raw)."""

    NORMALIZED = "normalized"
    RAW = "raw"


class Backend(StrEnum):
    """How directories are watched. AUTO picks by platform and file system type."""

    AUTO = "auto"
    INOTIFY = "inotify"
    POLLING = "polling"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositorySettings:
    """One governed repository: an absolute path of its git root.

    `push`: where authorized commits are pushed to, `anchor`: where checkpoints are kept; addresses, empty for nowhere.
    """

    path: str
    layout: Layout = Layout.FORGE
    push: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """`sweep_seconds`: reconcile sweep of event backends (polling sweeps every second)."""

    sweep_seconds: int = 30
    backend: Backend = Backend.AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """`deadline_seconds` of one audit, `memory_mb` of the worker, and severities by check code (`W1: fail`)."""

    deadline_seconds: int = 120
    memory_mb: int = 2048
    severities: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeSettings:
    """Ignore patterns besides `.gitignore` at BASE, globs of files that are data whatever their names say, and how files are compared."""

    ignore: tuple[str, ...] = DEFAULT_IGNORE
    data: tuple[str, ...] = ()
    compare: Compare = Compare.NORMALIZED


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoritySettings:
    """Files of those who may sign and of keys that no longer count (empty: none), the least tier (0 to 3) by action, how many people T3
    needs, and the principals of builders, whose signatures never count."""

    allowed_signers: str = ""
    revoked: str = ""
    tiers: tuple[tuple[str, int], ...] = ()
    threshold: int = 2
    builders: tuple[str, ...] = ()


class Sandbox(StrEnum):
    """What keeps the tests of a repository from the machine. NONE is the operator's word only."""

    BUBBLEWRAP = "bubblewrap"
    NONE = "none"


class Network(StrEnum):
    """What the tests reach: nothing but a loopback of their own, or what the host reaches."""

    NONE = "none"
    HOST = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSettings:
    """How the tests of a repository are run. `timeout_seconds` for all steps of a run together, `memory_mb` of address space for each
    process (0: unlimited). `visible` are paths that the tests may read besides, absolute or below the repository's root, `writable`
    absolute ones that they may change, `environment` the names of variables that are passed on."""

    sandbox: Sandbox = Sandbox.BUBBLEWRAP
    timeout_seconds: int = 900
    memory_mb: int = 0
    visible: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    network: Network = Network.NONE
    environment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration. `sources` says where each value that is not a default comes from (dotted key, place)."""

    repositories: tuple[RepositorySettings, ...] = ()
    profile: Profile = Profile.DEV
    watch: WatchSettings = field(default_factory=WatchSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)
    scope: ScopeSettings = field(default_factory=ScopeSettings)
    authority: AuthoritySettings = field(default_factory=AuthoritySettings)
    tests: BenchSettings = field(default_factory=BenchSettings)
    limits: Limits = LIMITS
    loopback_limit: int = 3
    log_level: str = "info"
    log_format: str = "auto"
    fingerprints: tuple[str, ...] = ()
    import_names: tuple[tuple[str, str], ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
