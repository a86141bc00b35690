"""The bytes of an index are what git says they are, or a defect; never an exception."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.adapters.index import parse_index
from tests.support.reading import Reading


def sealed(body: bytes) -> bytes:
    """Return an index body with its checksum."""
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def entry(name: bytes, mode: int = 0o100644, flags: int | None = None) -> bytes:
    """Return one entry of version 2."""
    length = min(len(name), 0xFFF) if flags is None else flags
    raw = bytes(24) + mode.to_bytes(4, "big") + bytes(12) + b"\x11" * 20 + length.to_bytes(2, "big") + name
    return raw + bytes(8 - len(raw) % 8)


def header(count: int, version: int = 2) -> bytes:
    """Return the start of an index."""
    return b"DIRC" + version.to_bytes(4, "big") + count.to_bytes(4, "big")


def test_the_paths_and_ids_are_those_that_git_lists(reading: Reading) -> None:
    reading.builder.write("a b/é\n.py", "1").write("x" * 200 + "/" + "y" * 200, "2")
    (reading.root / "link").symlink_to("a")
    reading.git("add", "-A")
    listed = {}
    for line in reading.git("ls-files", "-s", "-z").split("\0"):
        if line:
            head, _, path = line.partition("\t")
            mode, oid, _ = head.split(" ")
            listed[path] = f"{mode} {oid}"
    assert parse_index((reading.root / ".git/index").read_bytes(), "sha1").recorded == listed


def test_a_name_longer_than_the_length_field_is_read_whole() -> None:
    name = b"d/" * 3000 + b"f"
    found = parse_index(sealed(header(2) + entry(name) + entry(b"z")), "sha1")
    assert set(found.recorded) == {name.decode(), "z"} and not found.defect


@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        (b"", "an index that ends early"),
        (b"DIRC", "an index that ends early"),
        (sealed(b"JUNK" + bytes(8)), "expected an index of version 2, 3 or 4, found b'JUNK' 0"),
        (sealed(header(0, 9)), "expected an index of version 2, 3 or 4, found b'DIRC' 9"),
        (header(0) + b"x" * 20, "an index whose checksum is wrong"),
        (sealed(header(5)), "an index that ends early"),
        (sealed(header(1) + entry(b"a", mode=0o100600)), "an index that holds the mode 100600"),
        (sealed(header(0) + b"link\0\0\0\0"), "a split index (git update-index --no-split-index)"),
        (sealed(header(0) + b"abcd\0\0\0\0"), "an index with the required extension b'abcd'"),
        (sealed(header(0) + b"TREE\0\0\0\x09x"), "an index that ends early"),
        (sealed(header(0) + b"TREE\0\0\0\0"), ""),
        (header(1) + entry(b"a") + bytes(20), ""),
    ],
)
def test_bytes_that_are_no_index_are_a_defect(raw: bytes, defect: str) -> None:
    found = parse_index(raw, "sha1")
    assert found.defect.startswith(defect) and bool(found.defect) == bool(defect)


@settings(max_examples=100, deadline=None)
@given(
    body=st.binary(max_size=400), count=st.integers(0, 5), version=st.sampled_from([2, 3, 4]), algorithm=st.sampled_from(["sha1", "sha256"])
)
def test_no_bytes_make_the_parser_raise(body: bytes, count: int, version: int, algorithm: str) -> None:
    raw = header(count, version) + body
    found = parse_index(raw + hashlib.new(algorithm, raw, usedforsecurity=False).digest(), algorithm)
    assert not (found.defect and found.recorded)
