"""Signals as requests to the daemon (watching.md, Signals and systemd). A handler only puts a request into the queue."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from forgewatch.core.requests import Request

ENDING = (signal.SIGTERM, signal.SIGINT)
OURS = (*ENDING, signal.SIGHUP, signal.SIGCONT)


def leave_signals_to_main_thread() -> None:
    """Block our signals in the thread that calls this: its first act.

    The kernel gives a signal to any thread that takes it, and of two in a row (systemd sends SIGCONT after SIGTERM) the second one
    wakes another thread than the first; Python's handlers run in the main thread only, and nobody would wake that from its wait.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, OURS)


def take_signals_again() -> None:
    """Unblock all signals: the first act of a process that was started by a thread which blocks them."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def install_signals(ask: Callable[[Request], None], end: Callable[[], None] = lambda: None) -> None:
    """SIGTERM, SIGINT: stop; a second one calls `end` and ends the process by that signal. SIGHUP: reload. SIGCONT: look at everything.

    `ask` must be reentrant. Call it from the main thread.
    """

    def stop(_number: int, _frame: object) -> None:
        for number in ENDING:
            signal.signal(number, end_at_once)
        ask(Request.STOP)

    def end_at_once(number: int, _frame: object) -> None:
        end()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    for number in ENDING:
        signal.signal(number, stop)
    signal.signal(signal.SIGHUP, lambda _number, _frame: ask(Request.RELOAD))
    # While we were stopped the kernel's queue may have run over.
    signal.signal(signal.SIGCONT, lambda _number, _frame: ask(Request.SWEEP))
