from __future__ import annotations

from dataclasses import replace

import pytest

from forgewatch.core.document import bounded, read_document
from forgewatch.core.limits import LIMITS

SMALL = replace(LIMITS, document_bytes=200, document_lines=20)


def test_one_mark_is_dropped_and_a_second_one_stays() -> None:
    assert read_document(b"\xef\xbb\xbf# a\n").lines == ("# a",)
    assert read_document(b"\xef\xbb\xbf\xef\xbb\xbf# a\n").lines == ("\ufeff# a",)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_ends_a_line(end: bytes) -> None:
    document = read_document(end.join([b"a", b"", b"b"]) + end)
    assert document.lines == ("a", "", "b")
    assert document.ended


@pytest.mark.parametrize("char", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_nothing_else_ends_a_line(char: str) -> None:
    assert read_document(f"a{char}b\n".encode()).lines == (f"a{char}b",)


def test_a_last_line_without_an_end_is_told() -> None:
    assert not read_document(b"a\nb").ended
    assert read_document(b"").lines == ()


@pytest.mark.parametrize("raw", [b"", b"\n\n", b" \t\r\n", b"\xef\xbb\xbf\n"])
def test_white_space_is_blank(raw: bytes) -> None:
    assert read_document(raw).blank


def test_a_cp1252_line_is_decoded_for_display_and_named_with_its_line() -> None:
    document = read_document("fine —\n".encode() + b"Phase 38 \x97 seal\n" + "é\n".encode())
    assert document.lines == ("fine —", "Phase 38 — seal", "é")
    assert document.flaws == {2: "is cp1252, not UTF-8"}


def test_valid_characters_beside_a_cp1252_byte_stay_what_they_are() -> None:
    assert read_document("é ".encode() + b"\x97").lines == ("é —",)


def test_a_byte_that_cp1252_does_not_have_is_shown_as_a_replacement() -> None:
    assert read_document(b"a\x81b\n").lines == ("a\ufffdb",)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [True, False])
def test_a_utf16_block_that_a_shell_appended_is_decoded_and_named(codec: str, mark: bool) -> None:
    block = ("\ufeff" if mark else "") + "X appended — by a shell\r\n- second\r\n"
    document = read_document(b"# log\n" + block.encode(codec) + b"- third\n")
    assert document.lines == ("# log", "X appended — by a shell", "- second", "- third")
    assert document.flaws == {2: "is UTF-16, not UTF-8", 3: "is UTF-16, not UTF-8"}


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_a_file_that_is_utf16_as_a_whole_is_decoded_and_named(codec: str) -> None:
    mark = b"\xff\xfe" if codec.endswith("le") else b"\xfe\xff"
    document = read_document(mark + "Status: PASS\r\nüé\r\n".encode(codec))
    assert document.lines == ("Status: PASS", "üé")
    assert set(document.flaws.values()) == {"is UTF-16, not UTF-8"}
    assert set(document.flaws) >= {1, 2}


def test_what_is_wrong_with_the_last_line_is_told_though_nothing_ends_it() -> None:
    assert read_document(b"fine\nPhase 38 \x97 seal").flaws == {2: "is cp1252, not UTF-8"}
    assert read_document(b"fine\n" + "appended by a shell".encode("utf-16-le")).flaws == {2: "is UTF-16, not UTF-8"}


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_half_a_character_is_shown_as_a_replacement(codec: str) -> None:
    half = "\ud800".encode(codec, "surrogatepass")
    text = "appended ".encode(codec) + half + " by a shell\n".encode(codec)
    assert read_document(b"# log\n" + text).lines == ("# log", "appended \ufffd by a shell")
    mark = "\ufeff".encode(codec)
    assert read_document(mark + text + b"\0").lines == ("appended \ufffd by a shell", "\ufffd")


def test_a_lone_nul_stays_in_its_line() -> None:
    document = read_document(b"a\nb\0c\n")
    assert document.lines == ("a", "b\0c")
    assert document.flaws == {}


def test_a_document_within_the_caps_is_taken_whole() -> None:
    document = read_document(b"# a\n## Minimal Diff Hunks\n    +b\n")
    assert bounded(document, SMALL) == (document, (1, 2, 3))


@pytest.mark.parametrize(
    ("raw", "fits"),
    [(b"x\n" * 20, True), (b"x\n" * 21, False), (b"words of x\n" * 18 + b"y\n", True), (b"words of x\n" * 18 + b"yz\n", False)],
)
def test_the_caps_count_lines_and_bytes_with_the_ends_of_lines(raw: bytes, fits: bool) -> None:
    document = read_document(raw)
    assert bounded(document, SMALL) == ((document, tuple(range(1, raw.count(b"\n") + 1))) if fits else None)


def test_a_larger_one_is_read_without_its_diffs_and_keeps_its_line_numbers() -> None:
    hunks = "    + quoted\n" * 50
    limited = bounded(read_document(f"# a\n## Minimal Diff Hunks\n{hunks}## Verification\n- Static: PASS\n".encode()), SMALL)
    assert limited is not None
    assert limited[0].lines == ("# a", "## Minimal Diff Hunks", "## Verification", "- Static: PASS")
    assert limited[1] == (1, 2, 53, 54)


@pytest.mark.parametrize("fence", ["```diff", "~~~~"])
def test_headings_in_a_fence_of_the_diffs_do_not_end_them(fence: str) -> None:
    hunks = f"{fence}\n" + "## Cycle Status\n- Status: COMPLETE\n``\n```x\n" * 30 + fence[:4].rstrip("d") + "\n"
    limited = bounded(read_document(f"## git diff --stat\n{hunks}## Notes\n- None\n".encode()), SMALL)
    assert limited is not None
    assert limited[0].lines == ("## git diff --stat", "## Notes", "- None")


def test_a_body_over_the_cap_has_no_bounded_form() -> None:
    assert bounded(read_document(b"word \n" * 30), SMALL) is None
    assert bounded(read_document(b"x" * 300), SMALL) is None
    assert bounded(read_document(b"## git diff\n" * 30), SMALL) is None
