"""Fixtures every test may use. Real git repositories with fixed author and dates, in a clean environment."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.builder import Builder
from tests.support.installed import WARM, Installed

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"


@pytest.fixture(autouse=True, scope="session")
def _ctrl_c_is_heard() -> None:
    """A shell starts what runs in the background with Ctrl-C ignored, and commands that we start inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def _the_warm_command_ends() -> Iterator[None]:
    """What it measured is there before the results are put together."""
    yield
    WARM.end()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in [name for name in os.environ if name.startswith(("GIT_", "FORGEWATCH_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    """A thread that outlives its test changes what later ones see: no process may be forked while it runs."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(5)
    assert [thread.name for thread in left if thread.is_alive()] == []


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[Builder]:
    """A builder with a governed repository of its own and one commit."""
    yield Builder.with_repository(tmp_path / "repository")


@pytest.fixture
def installed(builder: Builder, tmp_path: Path) -> Iterator[Installed]:
    """The installed command beside the builder's repository; its daemons end with the test."""
    command = Installed(builder.root, tmp_path)
    yield command
    command.stop()


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real documents; tests that need it are skipped, with this reason, where it is not there."""
    folder = Path(os.environ.get("FORGEWATCH_CORPUS", CORPUS))
    if not (folder / "index.jsonl").is_file():
        pytest.skip("the corpus of real documents is not on this machine")
    return folder
