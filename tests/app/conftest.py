"""Fixtures for use cases: audits done in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.inside import Inside, inside_of


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Inside]:
    """Audits of a small governed repository, done in this process."""
    with inside_of(tmp_path) as rig:
        yield rig
