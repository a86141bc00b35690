"""The working tree of a repository that the audited party owns (ports.WorkingTree): verified HEAD against raw bytes (checks.md A1)."""

from __future__ import annotations

import time
from collections.abc import Iterable

from forgewatch.adapters.file_hash import Moved
from forgewatch.adapters.files import RootFiles, opened_root, read_below
from forgewatch.adapters.refs import head_of
from forgewatch.adapters.survey_attempt import Attempt, Sources, algorithm_of
from forgewatch.adapters.survey_stillness import Stillness, wait_past, wait_past_folders
from forgewatch.adapters.survey_watch import NameWatch
from forgewatch.adapters.trees import TreeTable, TreeTooLarge
from forgewatch.adapters.walk_time import TICK_NS
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import Unstable
from forgewatch.core.survey import Survey, SurveyQuestion
from forgewatch.core.values import CommitId, Content, Digest, RepoPath

TRIES = 3


class RepositoryTree:
    """Fulfils ports.WorkingTree."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._files = RootFiles(sources.place.root)

    def survey(self, question: SurveyQuestion) -> Survey:
        """Take the change set. Raises RepositoryUnavailable, GitFailed, Unstable.

        An attempt counts when nothing but ignored and neutral names was touched meanwhile: known from time stamps, and for directories
        that were touched from a watch on them during the next attempt; the last one watches every directory. After three: Unstable.
        """
        why = ""
        self._let_stamps_pass()
        with NameWatch() as watch:
            for number in range(1, TRIES + 1):
                attempt = Attempt(self.sources, question)
                try:
                    survey = attempt.take()
                    why = attempt.stillness.unrest(watch)
                except Moved as moved:
                    why = str(moved)
                else:
                    if not why:
                        self._save()
                        return survey
                if number < TRIES:
                    self._look_closer(watch, attempt.stillness, every=number == TRIES - 1)
        raise Unstable(f"the working tree changed during the read, {TRIES} times: {why}", "let the tree come to rest")

    def _save(self) -> None:
        memory = self.sources.memory
        memory.store.save(memory.folders)

    def _let_stamps_pass(self) -> None:
        """Wait for the file system's clock to move, when documents were written at this very moment: it spares a second attempt."""
        with opened_root(self.sources.place.root) as root:
            wait_past_folders(root, ("", self.sources.places.evidence), TICK_NS)

    def _look_closer(self, watch: NameWatch, stillness: Stillness, *, every: bool) -> None:
        with opened_root(self.sources.place.root) as root:
            watch.add(root, stillness.all_folders() if every else stillness.touched)
        # What happened before the watch was in place must not look like something that it failed to hear.
        wait_past(max(stillness.newest, time.time_ns()))

    def read(self, path: RepoPath, limit: int) -> Content:
        """Return the bytes of a working-tree file."""
        return self._files.read(path, limit)

    def fingerprint(self, paths: Iterable[RepoPath]) -> Digest:
        """Return a digest of HEAD, what the index means, and the bytes at `paths`. Raises RepositoryUnavailable, GitFailed.

        A `git status` that refreshes the index changes its bytes and not its meaning, so it does not disturb an audit.
        """
        sources = self.sources
        head = head_of(sources.place)
        staging = sources.index.read(self._table(head), algorithm_of(sources.place, head))
        parts = [str(head), staging.digest]
        with opened_root(sources.place.root) as root:
            for path in sorted(set(paths)):
                content = read_below(root, path, sources.limits.hashed_bytes)
                parts.append(f"{path}\0{digest_of_bytes(content) if isinstance(content, bytes) else content}")
        return digest_of_bytes("\n".join(parts).encode("utf-8", "surrogateescape"))

    def _table(self, head: CommitId | None) -> TreeTable:
        try:
            return self.sources.objects.table_of(head)
        except TreeTooLarge:
            return TreeTable(None, {}, {})
