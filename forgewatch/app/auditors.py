"""The threads that do what takes time: audits and everything that waits for the disk. At most two, started when first needed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from forgewatch.app.intake import Intake

THREADS = 2

Job = Callable[[], object]


class Auditors:
    """Runs jobs and puts what they return into the intake. A job must not raise: the caller fences it.

    `thread_began` is what each thread does first.
    """

    def __init__(self, intake: Intake, thread_began: Callable[[], None]) -> None:
        self._intake = intake
        self._thread_began = thread_began
        self._jobs: queue.SimpleQueue[tuple[int, Job] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def start(self, repository: int, job: Job, running: int) -> None:
        """Run the job. `running` counts the jobs at work, this one included: so many threads are needed."""
        if len(self._threads) < min(running, THREADS):
            # A daemon thread: an abandoned audit must not hold up the end of the process.
            thread = threading.Thread(target=self._work, name=f"forgewatch-auditor-{len(self._threads) + 1}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._jobs.put((repository, job))

    def close(self, seconds: float) -> bool:
        """Let the threads end after what they do. Return False when one still works after so many seconds."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(max(seconds, 0.0) / len(self._threads))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        self._thread_began()
        while (waiting := self._jobs.get()) is not None:
            repository, job = waiting
            self._intake.ended(repository, job())
