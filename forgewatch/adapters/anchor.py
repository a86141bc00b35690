"""The branch `forgewatch/anchor` of the operator's other repository: its newest commit read, the next one pushed.

Works in a new folder each time, over the newest commit alone: nothing of an earlier look is believed, nothing grows. The next commit has
the one that was read as its parent, and is pushed only where that still is the newest: whoever was faster is seen, and nothing of others
is lost.
"""

from __future__ import annotations

import calendar
import contextlib
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace

from forgewatch.adapters.commit_text import commit_body
from forgewatch.adapters.commit_walk import parse_commit
from forgewatch.adapters.disk import SYSTEM, remedy
from forgewatch.adapters.git_process import lay_shadow, start_reading
from forgewatch.adapters.git_push import push_from
from forgewatch.adapters.git_remote import Caller, Said, speak
from forgewatch.adapters.object_batch import ObjectBatch, Verified, object_id
from forgewatch.adapters.object_writer import ObjectWriter
from forgewatch.adapters.tree_writer import TreeWriter
from forgewatch.adapters.trees import TreeStore
from forgewatch.core.anchor import ANCHOR_REF, anchor_path
from forgewatch.core.errors import AnchorUnreachable, EnvironmentFault
from forgewatch.core.limits import LIMITS
from forgewatch.core.remote_url import RemoteUrl
from forgewatch.core.signed_note import NOTE_BYTES
from forgewatch.core.snapshot import Entry
from forgewatch.core.values import CommitId, Oid

_TIP = "refs/anchor/tip"
_LISTED = re.compile(rb"^([0-9a-f]{64}|[0-9a-f]{40})\t" + ANCHOR_REF.encode() + rb"$", re.MULTILINE)
_COMMIT_BYTES = 64 * 1024
_WHO = "forgewatch <forgewatch@localhost>"
_REACH = "look at the address, the network and the key of our user; the record itself is not touched"


@contextlib.contextmanager
def opened_anchor(caller: Caller, url: RemoteUrl) -> Iterator[GitAnchor]:
    """Yield the branch at `url`; the caller's directory is not used. Raises EnvironmentFault when no temporary folder can be made."""
    with contextlib.ExitStack() as made:
        try:
            folder = made.enter_context(tempfile.TemporaryDirectory(prefix="forgewatch-anchor-", ignore_cleanup_errors=True))
        except OSError as error:
            raise EnvironmentFault(
                f"no temporary folder can be made for the anchor: {error.strerror}", remedy(error, "set TMPDIR to a folder you can write")
            ) from error
        anchor = GitAnchor(replace(caller, directory=f"{folder}/anchor.git"), url)
        made.callback(anchor.close)
        yield anchor


class GitAnchor:
    """Fulfils anchor_ports.AnchorBranch."""

    def __init__(self, caller: Caller, url: RemoteUrl) -> None:
        self._caller = caller
        self._url = url
        self._digits = 40
        self._tip: CommitId | None = None
        self._batch = ObjectBatch(self._start, LIMITS.git_seconds)

    def close(self) -> None:
        """End the git process."""
        self._batch.close()

    def newest(self) -> CommitId | None:
        """Fetch the newest commit of the branch; None when there is no such branch. Raises AnchorUnreachable."""
        self._batch.close()
        # The status alone does not tell a branch that is not there from a server that is not.
        said = self._speak("ls-remote", "--upload-pack=git-upload-pack", self._url.text, ANCHOR_REF)
        listed = _LISTED.search(said.raw)
        self._digits = 40 if listed is None else len(listed[1])
        lay_shadow(self._caller.directory, [], "sha1" if self._digits == 40 else "sha256")
        self._tip = None if listed is None else self._fetched()
        return self._tip

    def read(self, origin: str) -> bytes | None:
        """Return the checkpoint of a journal in the newest commit, None when it holds none. Raises AnchorUnreachable for a broken one."""
        if self._tip is None:
            return None
        trees = self._trees()
        tree = trees.tree(self._tree_of(self._tip))
        *folders, name = anchor_path(origin).split("/")
        for folder in folders:
            below = tree.folders.get(folder)
            if below is None:
                return None
            tree = trees.tree(below)
        if trees.lying:
            raise self._broken(min(trees.lying.values()))
        recorded = tree.files.get(name)
        return None if recorded is None else self._blob(Oid(recorded[7:]))

    def keep(self, origin: str, note: bytes, at: str) -> None:
        """Push a commit that follows the newest one and holds this checkpoint too. `at` is UTC. Raises PushFailed, EnvironmentFault.

        PushFailed may mean that somebody was faster: `newest` gives another commit then.
        """
        blob = Oid(object_id("blob", note, self._digits))
        writer = TreeWriter(self._trees(), self._digits)
        root = None if self._tip is None else self._tree_of(self._tip)
        tree = writer.amended(root, {anchor_path(origin): Entry(0o100644, blob)})
        seconds = calendar.timegm(time.strptime(at, "%Y-%m-%dT%H:%M:%SZ"))
        body = commit_body(tree, self._tip, _WHO, seconds, f"checkpoint of {origin}")
        commit = CommitId(object_id("commit", body, self._digits))
        try:
            with contextlib.closing(ObjectWriter(f"{self._caller.directory}/objects", self._digits, SYSTEM)) as objects:
                objects.put("blob", note, blob)
                for oid, raw in writer.bodies.items():
                    objects.put("tree", raw, oid)
                objects.put("commit", body, Oid(commit))
        except OSError as error:
            raise EnvironmentFault(
                f"{self._caller.directory} cannot be written: {error.strerror}", remedy(error, "check TMPDIR")
            ) from error
        push_from(self._caller, self._url, commit, ANCHOR_REF, self._tip)

    def _fetched(self) -> CommitId:
        quiet = ("--no-tags", "--no-recurse-submodules", "--no-auto-gc", "--upload-pack=git-upload-pack")
        self._speak("fetch", "--depth=1", *quiet, self._url.text, f"+{ANCHOR_REF}:{_TIP}")
        with open(f"{self._caller.directory}/{_TIP}", encoding="ascii") as file:
            return CommitId(file.read().strip())

    def _speak(self, *arguments: str) -> Said:
        said = speak(self._caller, self._url, arguments, bounded=True)
        if said.status != 0:
            raise AnchorUnreachable(f"{self._url.text}: expected its branch, found: {said.why(self._caller.seconds)}", _REACH)
        return said

    def _tree_of(self, commit: CommitId) -> Oid:
        answer = self._batch.fetch([Oid(commit)], _COMMIT_BYTES)[Oid(commit)]
        link = parse_commit(answer.body) if isinstance(answer, Verified) and answer.kind == "commit" else None
        if link is None:
            raise self._broken(f"{commit} is no commit whose bytes have this id")
        return link.tree

    def _blob(self, oid: Oid) -> bytes:
        answer = self._batch.fetch([oid], NOTE_BYTES)[oid]
        # Larger than any note of ours: what is read of it is none either.
        return answer.body if isinstance(answer, Verified) else b""

    def _broken(self, why: str) -> AnchorUnreachable:
        return AnchorUnreachable(f"{self._url.text}: expected a branch that can be read, found: {why}", "look at that repository: git fsck")

    def _trees(self) -> TreeStore:
        return TreeStore(self._batch, LIMITS.tree_entries, LIMITS.tree_depth, LIMITS.git_output_bytes)

    def _start(self) -> subprocess.Popen[bytes]:
        return start_reading(self._caller.git, self._caller.directory, "cat-file", "--batch")
