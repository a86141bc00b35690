"""The working tree of a repository that the audited party owns (ports.WorkingTree): verified HEAD against raw bytes (checks.md A1)."""

from __future__ import annotations

from collections.abc import Iterable

from forgewatch.adapters.file_hash import Moved
from forgewatch.adapters.files import RootFiles, opened_root, read_below
from forgewatch.adapters.refs import head_of
from forgewatch.adapters.survey_attempt import Attempt, Sources, algorithm_of
from forgewatch.adapters.trees import TreeTable, TreeTooLarge
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import Unstable
from forgewatch.core.ports import Survey, SurveyQuestion
from forgewatch.core.values import CommitId, Content, Digest, RepoPath

TRIES = 3


class RepositoryTree:
    """Fulfils ports.WorkingTree."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._files = RootFiles(sources.place.root)

    def survey(self, question: SurveyQuestion) -> Survey:
        """Take the change set. Raises RepositoryUnavailable, GitFailed, Unstable.

        A walk counts when no directory was touched meanwhile, or when a second walk saw the same (tools write ignored files all the
        time). What moved is looked at again, three times.
        """
        why, picture = "", None
        for _ in range(TRIES):
            attempt = Attempt(self.sources, question)
            try:
                survey = attempt.take()
            except Moved as moved:
                why = str(moved)
                continue
            if attempt.settled or attempt.picture == picture:
                memory = self.sources.memory
                memory.store.save(memory.folders)
                return survey
            why, picture = "directories were written to", attempt.picture
        raise Unstable(f"the working tree changed during the read, {TRIES} times: {why}", "let the tree come to rest")

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
