"""The Merkle tree of RFC 6962 over the lines of a journal (ledger.md section 1, Journal).

A leaf is SHA-256(0x00 || line), a node SHA-256(0x01 || left || right), the root of no lines SHA-256 of nothing. A `Frontier` is all that
has to be kept of a tree to let it grow: the roots of the complete subtrees it consists of, largest first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_sha256 = hashlib.sha256


def leaf_hash(line: bytes) -> bytes:
    """Return the 32 bytes of the leaf of a line without its newline."""
    return _sha256(b"\x00" + line).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return _sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of `size` leaves that can grow. `peaks` has one root for each bit that is set in `size`, of the largest subtree first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def grown(self, leaves: Iterable[bytes]) -> Frontier:
        """Return the tree with these leaf hashes behind the ones it has."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            node, rest = leaf, size
            while rest & 1:
                node = _sha256(b"\x01" + peaks.pop() + node).digest()
                rest >>= 1
            peaks.append(node)
            size += 1
        return Frontier(size, tuple(peaks))

    def joined(self, behind: Frontier) -> Frontier:
        """Return the tree with the leaves of another one behind its own, which must be as many as several trees of that size, rounded up
        to a power of two, hold. Raises ValueError when they are not."""
        width = 1 << max(behind.size - 1, 0).bit_length()
        if self.size % width:
            raise ValueError(f"{behind.size} leaves do not join behind {self.size}")
        if behind.size < width:
            return Frontier(self.size + behind.size, self.peaks + behind.peaks)
        peaks, rest, node = list(self.peaks), self.size // width, behind.root
        while rest & 1:
            node, rest = _node(peaks.pop(), node), rest >> 1
        return Frontier(self.size + width, (*peaks, node))

    @property
    def root(self) -> bytes:
        """The root hash, 32 bytes (RFC 6962 section 2.1)."""
        if not self.peaks:
            return _sha256(b"").digest()
        root = self.peaks[-1]
        for peak in self.peaks[-2::-1]:
            root = _node(peak, root)
        return root


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the audit path of leaf `index` in the tree of these leaf hashes, from its sibling up (RFC 6962 section 2.1.1)."""
    if len(leaves) == 1:
        return ()
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    if index < middle:
        return (*inclusion_proof(leaves[:middle], index), Frontier().grown(leaves[middle:]).root)
    return (*inclusion_proof(leaves[middle:], index - middle), Frontier().grown(leaves[:middle]).root)


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that a proof leads to from a leaf hash, None when it has not as many hashes as a tree of `size` leaves asks for
    (RFC 9162 section 2.1.3.2)."""
    place, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            node = _node(sibling, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = _node(node, sibling)
        place, last = place >> 1, last >> 1
    return node if last == 0 and 0 <= index < size else None
