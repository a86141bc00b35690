"""Builder output for tests: how it is fed, and what it says."""

from __future__ import annotations

from collections.abc import Iterable

from forgewatch.core.block_order import Order
from forgewatch.core.blocks import FileDefined, Flaw, OutputEvent, Remark
from forgewatch.core.build_plan import BuildPlan
from forgewatch.core.builder_output import BuilderOutput
from forgewatch.core.places import FORGE, Places

PLAN = "=== PLAN ===\n1. First\n2. Second\n3. Third\n=== END PLAN ===\n"


def block(path: str, content: str) -> str:
    """Return a file block; `content` ends its last line itself."""
    return f"=== FILE: {path} ===\n{content}=== END FILE ===\n"


def told(chunks: Iterable[bytes], plan: BuildPlan | None = None, governed: Places = FORGE) -> list[OutputEvent]:
    """Return every event of a text that arrives in these pieces."""
    output = BuilderOutput(governed, plan)
    events = [event for chunk in chunks for event in output.feed(chunk)]
    return events + list(output.close())


def events_of(text: str | bytes, plan: BuildPlan | None = None, governed: Places = FORGE) -> list[OutputEvent]:
    """Return every event of a text."""
    return told([text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")], plan, governed)


def files_of(text: str | bytes) -> dict[str, bytes]:
    """Return path -> content of the blocks whose paths are not refused, the last one of each."""
    return {event.path: event.content for event in events_of(text) if isinstance(event, FileDefined) and event.path is not None}


def only_file(text: str | bytes) -> FileDefined:
    """Return the one block."""
    (file,) = (event for event in events_of(text) if isinstance(event, FileDefined))
    return file


def flaws_of(text: str | bytes, plan: BuildPlan | None = None) -> list[tuple[Flaw, int]]:
    """Return flaw and line of every remark but that the text has no plan, which most tests are not about."""
    remarks = (event for event in events_of(text, plan) if isinstance(event, Remark))
    return [(remark.flaw, remark.line) for remark in remarks if remark.flaw is not Flaw.PLAN_MISSING]


def ordered(text: str | bytes) -> Order:
    """Return what the text orders as a whole."""
    order = Order()
    for event in events_of(text):
        order.add(event)
    return order
