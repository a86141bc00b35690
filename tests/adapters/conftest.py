"""Fixtures for adapters: a repository and our reading of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.reading import Reading, reading_of


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[Reading]:
    """A small governed repository, read the way an audit reads it."""
    with reading_of(tmp_path) as made:
        yield made
