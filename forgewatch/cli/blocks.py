"""`blocks list|apply|follow`: the files and the plan in what a builder said (contract §0.1, §0.2)."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from forgewatch.adapters.block_files import BlockFiles
from forgewatch.adapters.builder_text import STANDARD_INPUT, growing_text, whole_text
from forgewatch.adapters.plan_note import read_plan_note, write_plan_note
from forgewatch.adapters.state_folder import find_folder
from forgewatch.cli import places, screen
from forgewatch.cli.block_words import applied_document, applied_text, event_document
from forgewatch.core.block_order import Deed, Fate, Order, Ordered
from forgewatch.core.blocks import OutputEvent
from forgewatch.core.build_plan import BuildPlan
from forgewatch.core.builder_output import BuilderOutput
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.places import Places, places_of
from forgewatch.core.text import PATH_LIMIT, escape

LISTED = "forgewatch/blocks-list/v1"
APPLIED = "forgewatch/blocks-apply/v1"
INCOMPLETE = 1


def run(args: Namespace) -> int:
    """Do the verb. Raises UsageError for a text that is no file, EnvironmentFault when it cannot be read, RepositoryUnavailable."""
    root = places.repository(args)
    governed = places_of(places.layout(args, root))
    shelf = PlanShelf(find_folder(root, os.environ))
    if args.verb == "follow":
        return _follow(args, governed, shelf)
    writes = args.verb == "apply" and not args.dry_run
    output = BuilderOutput(governed, shelf.plan)
    order = _gathered(args.file, output)
    files = BlockFiles(root)
    deeds = [(ordered, _deed(ordered, files.put if writes else files.look)) for ordered in order.files]
    if writes:
        shelf.keep(output.plan)
    kept = "what was written stays written; forgewatch blocks list says what is" if writes else ""
    if args.json:
        schema = APPLIED if args.verb == "apply" else LISTED
        document = applied_document(deeds, order.remarks, output)
        dry = {"dry_run": args.dry_run} if args.verb == "apply" else {}
        screen.show_json({"schema": schema, "repository": str(root), **dry, **document}, kept)
    else:
        screen.show(applied_text(deeds, order.remarks, output), kept)
    whole = not output.skipped and all(deed.fate.is_done for _, deed in deeds)
    return 0 if whole or args.verb == "list" else INCOMPLETE


@dataclass(slots=True)
class PlanShelf:
    """Keeps the newest plan where `status` finds it; says once when that is not possible. `folder` is the state folder of the repository,
    None where nobody keeps a record of it."""

    folder: Path | None
    plan: BuildPlan | None = None
    told: bool = False

    def __post_init__(self) -> None:
        self.plan = read_plan_note(self.folder)

    def keep(self, plan: BuildPlan | None) -> None:
        """Keep the plan when it is another than the kept one."""
        if plan is None or plan == self.plan:
            return
        self.plan = plan
        try:
            if self.folder is None:
                raise EnvironmentFault("there is no record of this repository yet; forgewatch watch makes one")
            write_plan_note(self.folder, plan)
        except EnvironmentFault as error:
            if not self.told:
                screen.note(f"note: status will not show the plan: {escape(str(error), PATH_LIMIT)}")
            self.told = True


def _gathered(name: str, output: BuilderOutput) -> Order:
    order = Order()
    for event in _events(whole_text(name), output):
        order.add(event)
    return order


def _events(chunks: Iterable[bytes], output: BuilderOutput) -> Iterator[OutputEvent]:
    for chunk in chunks:
        yield from output.feed(chunk)
    yield from output.close()


def _deed(ordered: Ordered, act: Callable[..., Deed]) -> Deed:
    if ordered.why or ordered.file.path is None:
        return Deed(Fate.REFUSED, ordered.why)
    return act(ordered.file.path, ordered.file.content)


def _follow(args: Namespace, governed: Places, shelf: PlanShelf) -> int:
    output = BuilderOutput(governed, shelf.plan)
    if args.once or args.file == STANDARD_INPUT:
        for event in _events(whole_text(args.file), output):
            _tell(event, output, shelf)
        return 0
    for chunk in growing_text(args.file):
        if chunk is None:
            # What was begun in the old text has no end any more.
            for event in output.close():
                _tell(event, output, shelf)
            screen.note("note: the file was cut short or replaced; it is read from its beginning")
            output = BuilderOutput(governed, shelf.plan)
            continue
        for event in output.feed(chunk):
            _tell(event, output, shelf)
    return 0


def _tell(event: OutputEvent, output: BuilderOutput, shelf: PlanShelf) -> None:
    # Kept before it is told: who hears of a task that is done finds it in `status`.
    shelf.keep(output.plan)
    screen.show_json(event_document(event))
