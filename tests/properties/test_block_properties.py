"""What holds for everything that a builder may say, however it arrives (contract §0.1, §0.2)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.core.block_lines import HEAD
from forgewatch.core.block_paths import parse_target
from forgewatch.core.blocks import FileDefined, Remark
from forgewatch.core.places import FORGE
from forgewatch.core.values import Refused
from tests.support.blocks import block, events_of, files_of, told

LINES = st.sampled_from(
    [
        b"=== FILE: a.py ===", b"=== FILE: b/c.md ===", b"=== FILE:  ===", b"=== FILE: ../x ===", b"=== FILE: a.py", b" === FILE: a ===",
        b"=== END FILE ===", b"=== END FILE ===  ", b"=== END FILE", b"=== PLAN ===", b"=== END PLAN ===", b"1. one", b"2. two",
        b"  1. deep",
        b"=== TASK DONE: 1 ===", b"=== TASK DONE: 9 ===", b"=== TASK DONE: x ===", b"```", b"```python", b"````", b"~~~", b"@@ -1 +1 @@",
        b"+x",
        b"", b"", b"text", b"\xff\x00\x80", b"\r", b"\xef\xbb\xbf", b"===", b"=" * (HEAD + 2), b"=== FILE: " + b"y" * HEAD,
    ]
)  # fmt: skip
ENDS = st.sampled_from([b"\n", b"\n", b"\r\n"])
TEXTS = st.lists(st.tuples(LINES | st.binary(max_size=12), ENDS).map(b"".join), max_size=25).map(b"".join)


@st.composite
def cut(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """A text, and the same one in pieces."""
    text = draw(TEXTS) + draw(st.sampled_from([b"", b"=== END FILE ===", b"x"]))
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    return text, [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


@settings(max_examples=200)
@given(cut())
def test_the_events_are_the_same_wherever_the_text_is_cut(given_text: tuple[bytes, list[bytes]]) -> None:
    text, pieces = given_text
    whole = events_of(text)
    assert told(pieces) == whole
    if len(text) < 2000:
        assert told([text[place : place + 1] for place in range(len(text))]) == whole


@settings(max_examples=100)
@given(TEXTS)
def test_every_line_that_is_told_is_one_of_the_text_and_every_message_is_one_line(text: bytes) -> None:
    lines = max(1, len(text.split(b"\n")))
    for event in events_of(text):
        assert 1 <= event.line <= lines
        if isinstance(event, Remark):
            assert event.message.isprintable(), event
        if isinstance(event, FileDefined) and event.path is not None:
            assert parse_target(event.path, FORGE) == event.path


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_content_without_delimiters_comes_back_byte_for_byte(raw: bytes) -> None:
    body = b"#\n" + raw.replace(b"===", b"") + b"\n"
    text = b"=== FILE: a.bin ===\n" + body + b"=== END FILE ===\n"
    assert files_of(text) == {"a.bin": body}
    assert files_of(b"prose\n" + text + b"prose") == {"a.bin": body}


@settings(max_examples=200)
@given(st.text(max_size=30) | st.text("./\\ agitGIT~1:\u200b", max_size=12))
def test_a_path_that_is_taken_stays_inside_the_repository(raw: str) -> None:
    found = parse_target(raw, FORGE) if raw else Refused(raw, "")
    if not isinstance(found, Refused):
        parts = found.split("/")
        assert not {"", ".", "..", ".git"} & {part.lower() for part in parts}
        assert not found.startswith("/") and "\0" not in found and "\\" not in found


@given(st.text(max_size=20).filter(lambda text: "\n" not in text))
def test_whatever_a_header_names_is_one_block_or_one_warning(path: str) -> None:
    events = [event for event in events_of(block(path, "x\n")) if not isinstance(event, Remark) or "plan" not in event.flaw]
    assert len(events) == 1
