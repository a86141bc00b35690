"""Every limit in one place (hostile.md, Limits). Reaching one is a finding, never a silent skip. Sizes are bytes, times seconds."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024
OVERSIZE = 64
"""An oversized diff log is still read up to so many times the limit: it gets a finding, not silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one audit; the operator may raise those of the tree."""

    document_bytes: int = MIB
    document_lines: int = 20_000
    contract_bytes: int = 256 * 1024
    contract_depth: int = 32
    integer_digits: int = 18
    yaml_events: int = 20_000
    pattern_count: int = 256
    pattern_chars: int = 512
    pattern_memory: int = 8 * MIB
    source_bytes: int = 8 * MIB
    parsed_bytes: int = MIB // 2
    hashed_bytes: int = 512 * MIB
    tree_entries: int = 200_000
    tree_depth: int = 128
    tree_bytes: int = 2048 * MIB
    tree_seconds: int = 30
    git_output_bytes: int = 64 * MIB
    git_seconds: int = 30


LIMITS = Limits()
