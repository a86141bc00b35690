"""What a person sees while the tests run: a line for each step that ended, and on a terminal the step at work with its last line.

The line at work is written again and again on standard error and erased at the end: no file and no pipe ever holds any of it.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType

from forgewatch.cli import screen
from forgewatch.cli.frame import columns_of
from forgewatch.core.bench import Step
from forgewatch.core.run_record import last_lines
from forgewatch.core.step_result import StepResult
from forgewatch.core.text import PATH_LIMIT, escape

MOST_LINES = 12
"""Lines of the output of a step that failed."""

EVERY = 0.2
"""Seconds between two changes of the line at work."""


class TestView:
    """Implements `testing.Audience`. `quiet`: nothing is shown, the caller shows a document at the end."""

    __test__ = False

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._live = not quiet and screen.may_rewrite()
        self._step = ""
        self._line = ""
        self._began = 0.0
        self._done = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="forgewatch-test-view", daemon=True)

    def __enter__(self) -> TestView:
        """Begin to show."""
        if self._live:
            self._ticker.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Erase the line at work, whatever ended the run."""
        self._done.set()
        if self._live:
            self._ticker.join()
            screen.rewrite("")

    def begins(self, step: Step) -> None:
        """Show the step as the one at work."""
        self._line, self._began = "", time.monotonic()
        self._step = f"{step.part} {step.name}"

    def hears(self, line: str) -> None:
        """Keep the last line; the ticker shows it."""
        self._line = line

    def ends(self, result: StepResult) -> None:
        """Say what became of the step."""
        self._step = ""
        if self._quiet:
            return
        if self._live:
            screen.rewrite("")
        screen.show("\n".join((line_of(result), *why_of(result))))

    def _tick(self) -> None:
        while not self._done.wait(EVERY):
            step = self._step
            if step:
                screen.rewrite(working_line(step, time.monotonic() - self._began, self._line, screen.columns()))


def line_of(result: StepResult) -> str:
    """Return the line of a step that ended."""
    word = "PASS" if result.passed else "FAIL"
    return f"{screen.paint(word)} {result.step.part} {result.step.name}: {escape(result.summary)}"


def why_of(result: StepResult) -> tuple[str, ...]:
    """Return the end of what a step wrote that did not pass: mostly it says why, and the record holds more of it. A tool that it did
    not find is told with the way to have it."""
    hint = (f"  hint: {escape(result.hint, PATH_LIMIT)}",) if result.hint else ()
    return () if result.passed else (*(f"  | {line}" for line in last_lines(result, MOST_LINES)), *hint)


def working_line(step: str, seconds: float, line: str, columns: int) -> str:
    """Return the line of the step at work, narrower than `columns` whatever the output holds; wide characters take two."""
    shown, width = "", 0
    for char in f"{step} {seconds:.0f}s {escape(line)}".rstrip():
        width += columns_of(char)
        # One column stays free: a line that is full to the last one begins another.
        if width >= columns:
            break
        shown += char
    return shown
