"""Our rename relation against git's own, and its bounds."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.core.limits import MIB
from forgewatch.core.pieces import FULL, HALF, Pieces, is_text, measure
from forgewatch.core.similarity import Leaf, Likeness, Relation, Unmeasured, relate
from forgewatch.core.values import RepoPath, Unreadable
from tests.support.builder import Builder
from tests.support.snapshots import oid

Files = dict[str, bytes]


def likeness(left: bytes, right: bytes) -> int:
    """Git's similarity of two contents, 0..FULL."""
    return measure(Pieces(left), Pieces(right))


def lines(*numbers: int, text: str = "line {} of a file that has something to say") -> bytes:
    return "".join(text.format(number) + "\n" for number in numbers).encode()


def unlike(*numbers: int) -> bytes:
    return "".join(f"{oid(str(number))[: 10 + number % 25]}\n" for number in numbers).encode()


def leaf(path: str, content: bytes | Unreadable, mode: int = 0o100644) -> Leaf:
    name = content.hex() if isinstance(content, bytes) else f"dark {path}"
    return Leaf(path=RepoPath(path), mode=mode, oid=oid(name), content=content)


def sides(before: Files, after: Files) -> tuple[list[Leaf], list[Leaf]]:
    return (
        [leaf(path, before[path]) for path in sorted(before.keys() - after.keys())],
        [leaf(path, after[path]) for path in sorted(after.keys() - before.keys())],
    )


def ours(before: Files, after: Files) -> list[tuple[str, str, int]]:
    return [(one.old, one.new, one.percent) for one in relate(*sides(before, after)).renames]


def gits(root: Path, before: Files, after: Files) -> list[tuple[str, str, int]]:
    """What git itself calls a rename, between two trees of a repository without any configuration."""
    builder = Builder(root)
    root.mkdir()
    builder.git("init", "-q")
    trees = []
    for files in (before, after):
        builder.git("read-tree", "--empty")
        for path, content in files.items():
            run = subprocess.run(
                ["git", "hash-object", "-w", "--stdin", "--no-filters"], cwd=root, input=content, capture_output=True, check=True
            )
            builder.git("update-index", "--add", "--cacheinfo", f"100644,{run.stdout.decode().strip()},{path}")
        trees.append(builder.git("write-tree"))
    fields = builder.git("diff", "--raw", "-z", "-M50%", *trees).split("\0")
    renames = [place for place, field in enumerate(fields) if field.startswith(":") and field.split()[-1].startswith("R")]
    return sorted((fields[place + 1], fields[place + 2], int(fields[place].split()[-1][1:])) for place in renames)


BIG = lines(*range(200))
CODE = b"".join(b"def function_%d(value):\n    return value * %d + 7\n\n\n" % (n, n) for n in range(60))
BLOB = bytes(random.Random(5).randrange(256) for _ in range(6000))

CASES: dict[str, tuple[Files, Files]] = {
    "moved as it is": ({"a.py": BIG}, {"b.py": BIG}),
    "moved into a folder": ({"a.py": BIG}, {"lib/deep/a.py": BIG}),
    "moved with edits": ({"a.py": BIG}, {"b.py": lines(*range(150), *range(500, 550))}),
    "moved with half of it gone": ({"a.py": BIG}, {"b.py": lines(*range(101))}),
    "moved with more than half of it gone": ({"a.py": BIG}, {"b.py": lines(*range(90))}),
    "rewritten under another name": ({"a.py": BIG}, {"b.py": lines(*range(1000, 1200))}),
    "grown to just below double": ({"a.py": BIG}, {"b.py": BIG + lines(*range(300, 490))}),
    "grown to exactly double": ({"a.py": lines(*range(1000, 1050))}, {"b.py": lines(*range(1000, 1100))}),
    "grown beyond double": ({"a.py": BIG}, {"b.py": BIG + lines(*range(300, 520))}),
    "swapped contents": ({"a.py": BIG, "b.py": CODE}, {"a.py": CODE, "b.py": BIG}),
    "swapped names by a third": ({"a.py": BIG, "b.py": CODE}, {"c.py": BIG, "b.py": CODE}),
    "two moved across": ({"a.py": BIG, "b.py": CODE}, {"x.py": CODE, "y.py": BIG}),
    "split in two halves": ({"a.py": BIG}, {"b.py": lines(*range(100)), "c.py": lines(*range(100, 200))}),
    "split sixty to forty": ({"a.py": BIG}, {"b.py": lines(*range(120)), "c.py": lines(*range(120, 200))}),
    "of two that are alike the closer one": ({"a.py": BIG}, {"b.py": lines(*range(140)), "c.py": lines(*range(180))}),
    "merged": ({"a.py": lines(*range(120)), "b.py": lines(*range(120, 200))}, {"c.py": BIG}),
    "one original, two copies": ({"a.py": BIG}, {"b.py": BIG, "c.py": BIG}),
    "two originals, one copy, name kept": ({"x/a.py": BIG, "y/deep/c.py": BIG}, {"z/c.py": BIG}),
    "same name preferred among equals": ({"x/one.py": BIG, "y/two.py": BIG}, {"z/two.py": BIG + b"more\n", "z/new.py": BIG + b"less\n"}),
    "same name preferred among equals of one name": (
        {"x/one.py": BIG, "y/two.py": BIG},
        {"v/two.py": BIG + b"more\n", "w/two.py": BIG + b"less\n"},
    ),
    "one line over and over": ({"a.py": lines(*range(20))}, {"b.py": lines(*[0] * 15, *range(100, 105))}),
    "small files": ({"a.py": b"x = 1\n"}, {"b.py": b"x = 1\n"}),
    "small and different": ({"a.py": b"x = 1\n"}, {"b.py": b"y = 2\n"}),
    "small, one line of two": ({"a.py": b"x = 1\ny = 2\n"}, {"b.py": b"x = 1\nz = 3\n"}),
    "small, one line of three": ({"a.py": b"x = 1\ny = 2\nw = 4\n"}, {"b.py": b"x = 1\nz = 3\nq = 5\n"}),
    "one character differs in a short file": ({"a.py": b"import os\nprint(os)\n"}, {"b.py": b"import os\nprint(os.name)\n"}),
    "binary as it is": ({"a.png": BLOB}, {"b.png": BLOB}),
    "binary with a changed head": ({"a.png": BLOB}, {"b.png": b"\0" * 10 + BLOB[10:]}),
    "binary cut in half": ({"a.png": BLOB}, {"b.png": BLOB[:3200]}),
    "binary, nothing shared": ({"a.png": BLOB}, {"b.png": BLOB[::-1]}),
    "windows line ends": ({"a.py": BIG}, {"b.py": BIG.replace(b"\n", b"\r\n")}),
    "a line longer than a piece": ({"a.js": b"var x = 1;" * 40 + b"\n"}, {"b.js": b"var x = 1;" * 40 + b"var y = 2;\n"}),
    "order of lines changed": ({"a.py": BIG}, {"b.py": lines(*reversed(range(200)))}),
    "namesake moved with edits while another is closer": (
        {"old/a.py": BIG, "old/b.py": lines(*range(190), *range(700, 710))},
        {"new/a.py": lines(*range(180), *range(700, 720))},
    ),
    "namesake of exactly three quarters while another is closer": (
        {"old/deep/a.py": lines(*range(1000, 1080)), "old/b.py": lines(*range(1000, 1055), *range(1075, 1100))},
        {"new/a.py": lines(*range(1000, 1060), *range(1080, 1100))},
    ),
    "names that look like words of git": ({"rename_tool.py": BIG}, {"R100.py": lines(*range(199)), "copy from.txt": CODE}),
    "names with blanks": ({"a file.py": BIG}, {"another file.py": lines(*range(180))}),
    "modified only": ({"a.py": BIG}, {"a.py": lines(*range(199))}),
    "nothing": ({}, {}),
    "only deleted": ({"a.py": BIG}, {}),
    "only added": ({}, {"a.py": BIG}),
    "three of one template": (
        {f"old/{n}.py": CODE + b"NAME = %d\n" % n for n in range(3)},
        {f"new/{n}.py": CODE + b"NAME = %d\n" % n + b"# moved\n" for n in range(3)},
    ),
}


@pytest.mark.req("S002-10.7-A2")
@pytest.mark.parametrize("case", CASES)
def test_the_relation_is_gits(case: str, tmp_path: Path) -> None:
    before, after = CASES[case]
    assert sorted(ours(before, after)) == gits(tmp_path / "r", before, after)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_the_relation_is_gits_on_random_edits(seed: int, tmp_path: Path) -> None:
    # git compares 17-bit hashes of pieces and now and then takes two for one: a few percent of difference are its own.
    chance = random.Random(seed)
    before: Files = {}
    after: Files = {}
    for number in range(6):
        body = [chance.randrange(60) for _ in range(chance.randrange(3, 60))]
        before[f"d{number % 2}/{number}.py"] = unlike(*body)
        kept = [line if chance.random() < chance.choice((0.95, 0.7, 0.5)) else chance.randrange(1000, 9999) for line in body]
        after[f"e{number % 3}/{number if chance.random() < 0.5 else number + 10}.py"] = unlike(*kept)
    mine, theirs = sorted(ours(before, after)), gits(tmp_path / "r", before, after)
    assert [pair[:2] for pair in mine] == [pair[:2] for pair in theirs]
    assert all(abs(left[2] - right[2]) <= 3 for left, right in zip(mine, theirs, strict=True))


def test_an_empty_file_is_no_rename_of_another() -> None:
    # git says R100; two empty `__init__.py` have nothing in common but being empty.
    assert ours({"a/__init__.py": b""}, {"b/__init__.py": b""}) == []


def test_a_last_line_without_an_end_counts() -> None:
    # git before 2.44 dropped it from the comparison.
    assert likeness(b"x = 1\ny = 2", b"z = 9\ny = 2") == 5 * FULL // 11


def test_a_lone_carriage_return_ends_no_line() -> None:
    assert likeness(b"one\rtwo\n" * 9, b"one\rtwo\n" * 9) == FULL
    assert likeness(b"one\rtwo\n", b"two\n") == 0
    assert likeness(b"one\rtwo", b"one\rtwo") == FULL
    assert likeness(b"new\n" + b"one\rtwo\n" * 9, b"one\rtwo\n" * 9) == 72 * FULL // 76


def test_a_content_of_less_than_half_the_size_of_another_is_not_like_it() -> None:
    assert likeness(b"a\n", b"a\n" * 2) == HALF
    assert likeness(b"a\n" * 2, b"a\n" * 5) == 0


def test_a_symlink_is_a_rename_only_of_the_same_symlink() -> None:
    dark = Unreadable("is a symlink")
    link = Leaf(path=RepoPath("a"), mode=0o120000, oid=oid("target"), content=dark)
    moved = Leaf(path=RepoPath("b"), mode=0o120000, oid=oid("target"), content=dark)
    other = Leaf(path=RepoPath("c"), mode=0o120000, oid=oid("elsewhere"), content=dark)
    plain = Leaf(path=RepoPath("d"), mode=0o100644, oid=oid("target"), content=b"target")
    assert relate([link], [moved]).renames == (Likeness(RepoPath("a"), RepoPath("b"), FULL),)
    assert relate([link], [other]) == Relation(())
    assert relate([link], [plain]) == Relation(())


def test_an_execute_bit_does_not_hide_a_rename() -> None:
    assert relate([leaf("a.sh", BIG)], [leaf("b.sh", BIG, 0o100755)]).renames[0].percent == 100


def test_the_same_bytes_are_a_rename_even_when_nobody_could_read_them() -> None:
    big = Unreadable("over the limit of 8388608 bytes")
    twins = [Leaf(path=RepoPath(path), mode=0o100644, oid=oid("one blob"), content=big) for path in ("a.bin", "b.bin")]
    assert relate(twins[:1], twins[1:]).renames == (Likeness(RepoPath("a.bin"), RepoPath("b.bin"), FULL),)


OVER = Unreadable("over the limit of 8388608 bytes")


def test_two_unreadable_files_may_be_a_rename() -> None:
    relation = relate([leaf("a.bin", OVER)], [leaf("b.bin", OVER)])
    assert relation == Relation((), (Unmeasured(RepoPath("a.bin"), RepoPath("b.bin"), OVER.why),))


def test_an_unreadable_file_may_live_on_in_a_large_one_and_the_reverse() -> None:
    large = b"x" * (4 * MIB)
    assert relate([leaf("a.bin", OVER)], [leaf("b.bin", large)]).unmeasured == (Unmeasured(RepoPath("a.bin"), RepoPath("b.bin"), OVER.why),)
    assert relate([leaf("a.bin", large)], [leaf("b.bin", OVER)]).unmeasured == (Unmeasured(RepoPath("a.bin"), RepoPath("b.bin"), OVER.why),)


def test_a_large_asset_that_replaces_a_small_file_is_no_suspect() -> None:
    assert relate([leaf("notes.txt", b"old\n")], [leaf("video.bin", OVER)]) == Relation(())
    assert relate([leaf("video.bin", OVER)], [leaf("notes.txt", b"new\n")]) == Relation(())


@pytest.mark.parametrize(("size", "told"), [(49, 0), (50, 1)])
def test_a_file_is_large_from_half_of_what_an_unreadable_one_has_at_least(size: int, told: int) -> None:
    readable = leaf("a.bin", b"x" * size)
    assert len(relate([readable], [leaf("b.bin", OVER)], hidden_size=100).unmeasured) == told
    assert len(relate([leaf("b.bin", OVER)], [readable], hidden_size=100).unmeasured) == told


def test_where_room_ran_out_any_unreadable_file_is_a_suspect() -> None:
    relation = relate([leaf("notes.txt", b"old\n")], [leaf("new.txt", OVER)], hidden_size=0)
    assert relation.unmeasured == (Unmeasured(RepoPath("notes.txt"), RepoPath("new.txt"), OVER.why),)


def test_too_much_text_is_told_and_not_skipped() -> None:
    # Of these two no added file can be the other half.
    before = {"larger.bin": b"l" * (15 * MIB), "smaller.bin": b"s" * (5 * MIB // 2)}
    before |= {f"a{n}.bin": bytes([n]) * (6 * MIB) for n in range(4)}
    after = {f"b{n}.bin": bytes([100 + n]) * (6 * MIB) for n in range(3)} | {"same.bin": before["a0.bin"]}
    relation = relate(*sides(before, after))
    assert [(one.old, one.new) for one in relation.renames] == [("a0.bin", "same.bin")]
    assert relation.unmeasured == (Unmeasured(RepoPath("a1.bin"), RepoPath("b0.bin"), "3 deleted and 3 added files hold 37748736 bytes"),)


def test_a_thousand_by_a_thousand_with_one_common_line_are_told_apart() -> None:
    header = b"# licensed to everyone\n"
    before = {f"old/{n:04}.py": header + lines(*range(n * 50, n * 50 + 20)) for n in range(1000)}
    after = {f"new/{n + 5000}.py": header + lines(*range(n * 50, n * 50 + 18), -n, -n - 1) for n in range(1000)}
    renames = ours(before, after)
    assert len(renames) == 1000
    assert all(int(old[4:8]) == int(new[4:8]) - 5000 for old, new, _ in renames)


def test_boilerplate_that_everybody_shares_does_not_hide_that_files_were_moved() -> None:
    before = {f"old/{n:03}.py": BIG + lines(5000 + n) for n in range(100)}
    after = {f"new/{n:03}x.py": BIG + lines(9000 + n) for n in range(100)}
    # Who is whose is arbitrary among such files; that they were moved is not.
    assert len(ours(before, after)) == 100


def test_where_the_work_is_too_much_the_likeliest_pairs_are_measured_by_themselves() -> None:
    before = {f"old/{n:02}.py": BIG + lines(5000 + n) for n in range(20)}
    after = {f"new/{n:02}x.py": BIG + lines(9000 + n) for n in range(20)}
    relation = relate(*sides(before, after), work=50)
    assert len(relation.renames) >= 6
    assert relation.unmeasured == ()


def test_of_many_the_one_that_shares_most_of_what_is_not_common_is_measured() -> None:
    common = b"# licensed to everyone\n"
    before = {f"old/{n:02}.py": common * 3 + lines(n, *range(n * 50 + 100, n * 50 + 120)) for n in range(13)}
    before["old/last.py"] = common + lines(*range(30))
    relation = relate(*sides(before, {"new/moved.py": common + lines(*range(29), 99)}), work=50)
    assert [(one.old, one.new) for one in relation.renames] == [("old/last.py", "new/moved.py")]
    assert relation.unmeasured == ()


@pytest.mark.parametrize(("common", "renames"), [(8, 0), (10, 1)])
def test_common_pieces_leave_a_doubt_from_one_half_of_a_file(common: int, renames: int) -> None:
    def side(folder: str, first: int, count: int) -> Files:
        shared = range(1000, 1000 + common)
        return {f"{folder}/{n}.py": lines(*shared, *range(first + n * 50, first + n * 50 + 20 - common)) for n in range(count)}

    relation = relate(*sides(side("old", 2000, 8), side("new", 3008, 1)), work=0)
    assert (len(relation.renames), relation.unmeasured) == (renames, ())


def test_only_as_much_as_the_work_asks_for_is_left_out_and_the_commonest_first() -> None:
    common = b"zzz, licensed to everyone\n"
    before = {f"old/{n:02}.py": common + lines(n, *range(n * 50 + 100, n * 50 + 119)) for n in range(20)}
    after = {"new/a.py": common + lines(*range(20))}
    assert relate(*sides(before, after), work=30) == Relation(())


def test_what_was_measured_by_itself_is_no_doubt() -> None:
    before, after = {"old/a.py": lines(*range(35))}, {"new/b.py": lines(*range(12), *range(100, 108))}
    assert relate(*sides(before, after), work=0) == Relation(())


def test_of_many_the_one_that_holds_most_of_what_is_common_is_measured() -> None:
    before = {f"old/{n}.py": lines(0, 1, *range(n * 50 + 100, n * 50 + 120)) for n in range(9)} | {"old/last.py": lines(*range(40))}
    relation = relate(*sides(before, {"new/moved.py": lines(*range(39), 99)}), work=0)
    assert [(one.old, one.new) for one in relation.renames] == [("old/last.py", "new/moved.py")]
    assert relation.unmeasured == ()


def test_a_pair_that_common_pieces_could_lift_to_one_half_is_told_and_not_skipped() -> None:
    # Every file holds half of one vocabulary; the moved one's twin is not among those with the most of it.
    words = [f"{oid(str(n))}\n".encode() for n in range(60)]
    chance = random.Random(2)
    before = {f"old/{n:02}.txt": b"".join(chance.sample(words, 40)) for n in range(20)}
    before["old/99.txt"] = b"".join(words[:20])
    after = {"new/moved.txt": b"".join(words[5:20]) + lines(*range(7))}
    for n in range(6):
        after[f"new/other{n}.txt"] = b"".join(words[n * 10 : n * 10 + 10]) + lines(*range(n * 50 + 100, n * 50 + 120))
    assert [old for old, _, _ in ours(before, after)] == ["old/99.txt"]
    relation = relate(*sides(before, after), work=0)
    assert relation.renames == ()
    assert [(one.new, one.why) for one in relation.unmeasured] == [("new/moved.txt", "too much is common to 21 deleted files")]


def test_common_pieces_that_are_little_of_a_file_leave_no_doubt() -> None:
    before = {f"old/{n}.py": lines(0, *range(n * 50 + 10, n * 50 + 30)) for n in range(20)}
    after = {f"new/{n}.py": lines(0, *range(n * 50 + 5010, n * 50 + 5030)) for n in range(20)}
    assert relate(*sides(before, after), work=10) == Relation(())


def test_text_is_what_has_no_nul_in_front() -> None:
    assert is_text(b"")
    assert is_text(b"a" * 8000 + b"\0")
    assert not is_text(b"a" * 7999 + b"\0")


CONTENT = st.lists(st.integers(0, 8), max_size=12).map(lambda numbers: lines(*numbers))


@given(CONTENT, CONTENT)
@settings(max_examples=60)
def test_likeness_is_symmetric_and_whole_only_for_the_same_lines(left: bytes, right: bytes) -> None:
    assert likeness(left, right) == likeness(right, left)
    assert 0 <= likeness(left, right) <= FULL
    if left:
        assert likeness(left, left) == FULL


@given(st.dictionaries(st.sampled_from("abcdef"), CONTENT), st.dictionaries(st.sampled_from("uvwxyz"), CONTENT))
@settings(max_examples=60)
def test_no_file_is_renamed_twice_and_nothing_below_half_is_a_rename(before: Files, after: Files) -> None:
    relation = relate(*sides(before, after))
    assert len({one.old for one in relation.renames}) == len({one.new for one in relation.renames}) == len(relation.renames)
    assert all(one.score >= HALF and before[one.old] and after[one.new] for one in relation.renames)
    assert [one.new for one in relation.renames] == sorted(one.new for one in relation.renames)


@given(
    st.dictionaries(st.integers(0, 20).map(lambda n: f"old/{n:02}"), CONTENT, max_size=10),
    st.dictionaries(st.integers(0, 20).map(lambda n: f"new/{n:02}x"), CONTENT, max_size=10),
    st.integers(0, 60),
)
@settings(max_examples=80)
def test_too_little_room_for_the_work_never_makes_renames_vanish(before: Files, after: Files, work: int) -> None:
    whole = relate(*sides(before, after))
    bounded = relate(*sides(before, after), work=work)
    assert bool(whole.renames) <= bool(bounded.renames or bounded.unmeasured)
    assert all(one.score >= HALF for one in bounded.renames)
