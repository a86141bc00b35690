"""The tree of RFC 6962: roots as the definition gives them, and proofs that hold for one leaf at one place only."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.merkle import Frontier, inclusion_proof, leaf_hash, root_of_inclusion

# Leaves and roots of the reference implementation of Certificate Transparency.
INPUTS = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    bytes(range(0x60, 0x70)),
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def defined(leaves: list[bytes]) -> bytes:
    """The definition, word for word (RFC 6962 section 2.1)."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + defined(leaves[:half]) + defined(leaves[half:])).digest()


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


@pytest.mark.parametrize("size", range(9))
def test_the_root_is_the_one_that_others_compute(size: int) -> None:
    assert Frontier().grown(map(leaf_hash, INPUTS[:size])).root.hex() == ROOTS[size]


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_tree_that_grows_in_two_steps_is_the_tree_of_the_definition(first: int, second: int) -> None:
    leaves = leaves_of(first + second)
    grown = Frontier().grown(leaves[:first]).grown(leaves[first:])
    assert (grown.size, grown.root) == (first + second, defined(leaves))
    assert grown == Frontier().grown(leaves)


@pytest.mark.parametrize("size", [*range(1, 18), 31, 33, 64])
def test_a_proof_holds_for_its_leaf_at_its_place_and_for_nothing_else(size: int) -> None:
    leaves = leaves_of(size)
    root = defined(leaves)
    for index in range(size):
        proof = inclusion_proof(leaves, index)
        assert root_of_inclusion(leaves[index], index, size, proof) == root
        assert root_of_inclusion(leaf_hash(b"other"), index, size, proof) != root
        assert [place for place in range(size + 2) if root_of_inclusion(leaves[index], place, size, proof) == root] == [index]
        assert root_of_inclusion(leaves[index], index, size, (*proof, root)) is None
        if proof:
            assert root_of_inclusion(leaves[index], index, size, proof[:-1]) is None


def test_a_place_outside_of_the_tree_has_no_root() -> None:
    assert root_of_inclusion(leaf_hash(b""), 1, 1, ()) is None
    assert root_of_inclusion(leaf_hash(b""), -1, 1, ()) is None
    assert root_of_inclusion(leaf_hash(b""), 0, 0, ()) is None


@given(st.integers(0, 9), st.integers(0, 130))
def test_trees_of_runs_joined_are_the_tree_of_all_leaves(runs: int, rest: int) -> None:
    leaves = leaves_of(runs * 16 + rest)
    tree = Frontier()
    for first in range(0, len(leaves), 16):
        tree = tree.joined(Frontier().grown(leaves[first : first + 16]))
    assert tree == Frontier().grown(leaves)


def test_a_tree_joins_only_where_its_leaves_begin_a_subtree() -> None:
    three, two = Frontier().grown(leaves_of(3)), Frontier().grown(leaves_of(2))
    assert two.joined(Frontier()) == two
    assert two.joined(two) == Frontier().grown([*leaves_of(2), *leaves_of(2)])
    for behind in (two, three):
        with pytest.raises(ValueError, match=f"{behind.size} leaves do not join behind 3"):
            three.joined(behind)
