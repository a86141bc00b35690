"""Trees with their line endings made alike: what git turns is the same tree, what anybody else changes is not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest

from forgewatch.core.repository_facts import tree_digest
from forgewatch.core.snapshot import Change, ChangeKind, Conversion, ConversionKind, Entry, PathTable
from forgewatch.core.text_tree import Blobs, plain_oid, text_of_work, text_tree
from forgewatch.core.values import Digest, Oid, RepoPath, Unreadable

A, B, C = (RepoPath(name) for name in ("a.py", "b.py", "c.bin"))
RUNS = 0o100755


def oid(raw: bytes, algorithm: str = "sha1") -> Oid:
    return Oid(hashlib.new(algorithm, b"blob %d\0" % len(raw) + raw).hexdigest())


def entry(raw: bytes, mode: int = 0o100644) -> Entry:
    return Entry(mode, oid(raw))


def never(path: str) -> bool:
    return False


def blobs(*raws: bytes) -> Blobs:
    return {oid(raw): raw for raw in raws}


LF, CRLF, NEW, NEW_CRLF = b"x = 1\ny = 2\n", b"x = 1\r\ny = 2\r\n", b"x = 2\n", b"x = 2\r\n"
MIXED, BINARY, LATE_NUL = b"x = 1\r\ny = 2\n", b"\0x\r\n", b"x" * 8000 + b"\0\r\n"
KNOWN = blobs(LF, CRLF, NEW, NEW_CRLF, MIXED, BINARY, LATE_NUL)


# ---- one blob


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        (LF, LF),
        (CRLF, LF),
        (MIXED, LF),
        (b"a\rb\r\n", b"a\rb\n"),
        (b"a\r\r\n", b"a\r\n"),
        (b"", b""),
        (b"a\rb", b"a\rb"),
        (BINARY, BINARY),
        (b"x" * 7999 + b"\0\r\n", b"x" * 7999 + b"\0\r\n"),
        (LATE_NUL, b"x" * 8000 + b"\0\n"),
        (b"\xff\xfe\r\n", b"\xff\xfe\n"),
    ],
    ids=["LF", "CR LF", "both", "a lone CR", "two CR", "empty", "no line end", "NUL", "the last NUL git sees", "a NUL behind", "not UTF-8"],
)
def test_text_counts_with_line_feeds_and_what_git_takes_for_binary_as_it_is(raw: bytes, plain: bytes) -> None:
    assert plain_oid(oid(raw), {oid(raw): raw}) == oid(plain)


def test_a_repository_of_sha256_objects_has_ids_of_its_own() -> None:
    turned = plain_oid(oid(CRLF, "sha256"), {oid(CRLF, "sha256"): CRLF})
    assert turned == oid(LF, "sha256")


@pytest.mark.parametrize("known", [{}, {oid(CRLF): Unreadable("is over the limit")}], ids=["unknown", "unreadable"])
def test_bytes_that_nobody_could_read_count_as_they_are(known: Blobs) -> None:
    assert plain_oid(oid(CRLF), known) == oid(CRLF)


# ---- a tree


def table(**raws: bytes) -> dict[RepoPath, Entry]:
    return {RepoPath(f"{name}.py"): entry(raw) for name, raw in raws.items()}


def same(before: Mapping[RepoPath, Entry], after: Mapping[RepoPath, Entry | None], wanted: Mapping[RepoPath, Entry]) -> bool:
    return text_tree(before, after, KNOWN, never) == tree_digest(wanted, never)


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (table(a=LF), {}, table(a=LF)),
        (table(a=LF), {A: entry(CRLF)}, table(a=LF)),
        (table(a=CRLF), {A: entry(LF)}, table(a=CRLF)),
        (table(a=CRLF), {A: entry(MIXED)}, table(a=CRLF)),
        (table(a=CRLF, b=CRLF), {B: entry(NEW)}, table(a=CRLF, b=NEW)),
        (table(a=LF), {A: entry(NEW_CRLF)}, table(a=NEW)),
        (table(a=LF), {B: entry(NEW_CRLF)}, table(a=LF, b=NEW)),
        (table(a=LF, b=NEW), {B: None}, table(a=LF)),
        (table(a=LF), {B: None}, table(a=LF)),
        (table(a=LF), {A: entry(LF, RUNS)}, {A: entry(LF, RUNS)}),
        (table(a=LF), {A: entry(CRLF, RUNS)}, {A: entry(LF, RUNS)}),
        (table(a=LF), {A: entry(CRLF, 0o120000)}, {A: entry(CRLF, 0o120000)}),
        (table(a=LF), {A: Entry(0o160000, Oid("e" * 40))}, {A: Entry(0o160000, Oid("e" * 40))}),
        ({A: entry(CRLF, 0o120000)}, {A: entry(CRLF)}, table(a=LF)),
        ({C: entry(LF)}, {C: entry(BINARY)}, {C: entry(BINARY)}),
    ],
    ids=[
        "nothing changed",
        "turned to CR LF",
        "turned to LF",
        "turned in part",
        "an untouched file keeps its CR LF",
        "changed and turned",
        "new and turned",
        "removed",
        "removed, and never there",
        "made executable",
        "made executable and turned",
        "a link's target is no text",
        "a submodule",
        "no link any more",
        "made binary",
    ],
)
def test_what_changed_in_line_endings_only_counts_as_unchanged_and_the_rest_with_line_feeds(
    before: dict[RepoPath, Entry], after: dict[RepoPath, Entry | None], wanted: dict[RepoPath, Entry]
) -> None:
    assert same(before, after, wanted)


def test_another_text_is_another_tree_and_neutral_paths_are_in_none() -> None:
    assert not same(table(a=LF), {A: entry(NEW_CRLF)}, table(a=LF))
    assert text_tree(table(a=LF), {B: entry(NEW)}, KNOWN, lambda path: path == B) == tree_digest(table(a=LF), never)


# ---- a working tree


def work(
    before: dict[RepoPath, Entry], overlay: dict[RepoPath, Entry | None], *conversions: RepoPath, staged: bool = False
) -> Digest | None:
    """Return the digest of a working tree; what is no conversion in the overlay is a change."""
    changes = [
        Change(path=path, kind=ChangeKind.MODIFIED, before=before.get(path), after=after, staged=staged)
        for path, after in overlay.items()
        if path not in conversions
    ]
    turned = [Conversion(path, ConversionKind.LINE_ENDINGS) for path in conversions]
    return text_of_work(PathTable(before, {} if staged else overlay), changes, turned, KNOWN, never)


def test_what_a_pointer_keeps_counts_as_the_pointer_beside_a_turned_line_ending() -> None:
    before = {**table(a=LF, b=LF), C: entry(b"pointer")}
    changes = [Change(path=A, kind=ChangeKind.MODIFIED, before=before[A], after=entry(NEW_CRLF))]
    found = text_of_work(PathTable(before, {A: entry(NEW_CRLF), C: entry(BINARY)}), changes, [], KNOWN, never)
    assert found == tree_digest({**before, A: entry(NEW)}, never)


@pytest.mark.parametrize(
    ("overlay", "staged"),
    [({}, False), ({A: entry(NEW)}, False), ({A: None}, False), ({C: entry(BINARY)}, False), ({A: entry(NEW_CRLF)}, True)],
    ids=["clean", "changed with LF", "removed", "binary", "CR LF in the index only"],
)
def test_a_tree_in_which_git_has_nothing_to_turn_has_no_second_digest(overlay: dict[RepoPath, Entry | None], staged: bool) -> None:
    assert work(table(a=LF), overlay, staged=staged) is None


def test_a_file_that_was_turned_as_a_whole_counts_as_unchanged() -> None:
    assert work(table(a=LF, b=LF), {A: entry(CRLF)}, A) == tree_digest(table(a=LF, b=LF), never)
    assert work(table(a=LF, b=LF), {A: entry(CRLF), B: entry(NEW)}, A) == tree_digest(table(a=LF, b=NEW), never)


def test_the_work_and_its_commit_have_one_digest_though_git_turned_the_lines_between() -> None:
    before = table(a=LF, b=CRLF)
    there = work(before, {A: entry(CRLF), B: entry(CRLF), C: entry(NEW_CRLF)}, A)
    committed = text_tree(before, {C: entry(NEW)}, KNOWN, never)
    assert there == committed
    assert there != text_tree(before, {C: entry(LF)}, KNOWN, never)
