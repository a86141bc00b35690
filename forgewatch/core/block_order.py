"""What a whole text orders: each file once, as its last block says (S002-0.1-9), and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from forgewatch.core.blocks import FileDefined, OutputEvent, Remark
from forgewatch.core.limits import MIB
from forgewatch.core.values import RepoPath

ORDER_BYTES = 256 * MIB
"""So many bytes of all files of one text are kept; a file that goes over it is refused."""


class Fate(StrEnum):
    """What becomes of a file. NEW: nothing was there; CHANGED: other bytes were; FAILED: the machine did not let us."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"

    @property
    def is_done(self) -> bool:
        """True when the file holds, or would hold, what its block says."""
        return self not in (Fate.REFUSED, Fate.FAILED)


@dataclass(frozen=True, slots=True)
class Deed:
    """What became of one file, or would; `why` is a lower-case fact where it is not done."""

    fate: Fate
    why: str = ""


@dataclass(frozen=True, slots=True)
class Ordered:
    """One file of the order, of `size` bytes. `why` it is refused before anything is looked at, empty for one that is not; the content of
    a refused one is not kept."""

    file: FileDefined
    why: str
    size: int


class Order:
    """Gathers the files and remarks of one text. `limit` is that of the bytes of all files together."""

    def __init__(self, limit: int = ORDER_BYTES) -> None:
        self._limit = limit
        self.remarks: list[Remark] = []
        self._files: dict[RepoPath, FileDefined] = {}
        self._refused: list[Ordered] = []
        self._bytes = 0

    def add(self, event: OutputEvent) -> None:
        """Take what an event says about files; a plan is no file."""
        match event:
            case Remark():
                self.remarks.append(event)
            case FileDefined(path=None):
                self._refuse(event, event.why)
            case FileDefined(path=str() as path):
                self._keep(event, path)
            case _:
                pass

    @property
    def files(self) -> tuple[Ordered, ...]:
        """Every file once, and every refused block, in the order of the blocks that count."""
        kept = (Ordered(file, "", len(file.content)) for file in self._files.values())
        return tuple(sorted((*kept, *self._refused), key=lambda ordered: ordered.file.line))

    def _keep(self, file: FileDefined, path: RepoPath) -> None:
        earlier = self._files.pop(path, None)
        self._bytes += len(file.content) - (len(earlier.content) if earlier else 0)
        if self._bytes <= self._limit:
            self._files[path] = file
            return
        self._bytes -= len(file.content)
        self._refuse(file, f"goes over the limit of {self._limit} bytes of all files of one text")

    def _refuse(self, file: FileDefined, why: str) -> None:
        # Its bytes are not kept: a text of refused blocks alone is not to fill the memory.
        self._refused.append(Ordered(replace(file, content=b""), why, len(file.content)))
