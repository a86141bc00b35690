"""What `blocks` says, as text and as JSON. Every string of the builder is escaped here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from forgewatch.cli.screen import paint
from forgewatch.core.block_order import Deed, Fate, Ordered
from forgewatch.core.blocks import FileDefined, OutputEvent, PlanDefined, Remark, TaskDone
from forgewatch.core.build_plan import plan_document, plan_words
from forgewatch.core.builder_output import BuilderOutput
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.text import PATH_LIMIT, counted, escape, recordable

EVENT = "forgewatch/blocks-event/v1"

_COLOURS = {Fate.NEW: "PASS", Fate.CHANGED: "PASS", Fate.REFUSED: "FAIL", Fate.FAILED: "ERROR"}

Deeds = Sequence[tuple[Ordered, Deed]]


def applied_document(deeds: Deeds, remarks: Sequence[Remark], output: BuilderOutput) -> dict[str, Any]:
    """Return the JSON of a text: its files with what became of each, blocks that are no file, the plan, the warnings."""
    return {
        "files": [_file(ordered, deed) for ordered, deed in deeds],
        "skipped": output.skipped,
        "plan": plan_document(output.plan) if output.plan else None,
        "warnings": [_remark(remark) for remark in remarks],
    }


def applied_text(deeds: Deeds, remarks: Sequence[Remark], output: BuilderOutput) -> str:
    """Return one line per file and per warning, and one that counts."""
    lines = [_line(ordered, deed) for ordered, deed in deeds]
    lines += [f"{paint('WARN', 'warning')}   line {remark.line}: {remark.message} ({remark.flaw})" for remark in remarks]
    return "\n".join([*lines, _summary(deeds, output)])


def event_document(event: OutputEvent) -> Mapping[str, object]:
    """Return the JSON of one event, as `blocks follow` tells it."""
    match event:
        case FileDefined(path=path, content=content, lang=lang):
            named = {"path": recordable(path or event.raw), "bytes": len(content), "lang": recordable(lang) if lang else lang}
            body: dict[str, object] = {**named, "digest": digest_of_bytes(content), "refused": event.why or None}
            name = "file.defined"
        case PlanDefined(plan=plan):
            name, body = "plan.defined", plan_document(plan)
        case TaskDone(number=number, plan=plan):
            task = plan.task(number)
            text = recordable(task.text) if task else ""
            name, body = "task.done", {"number": number, "text": text, "done": plan.done, "tasks": len(plan.tasks)}
        case Remark(flaw=flaw, message=message):
            name, body = "warning", {"code": flaw.value, "message": recordable(message)}
        case other:
            assert_never(other)
    return {"schema": EVENT, "event": name, "line": event.line, **body}


def _file(ordered: Ordered, deed: Deed) -> dict[str, object]:
    file = ordered.file
    return {
        "path": recordable(file.path or file.raw),
        "bytes": ordered.size,
        "lang": recordable(file.lang) if file.lang else file.lang,
        "line": file.line,
        "fate": deed.fate.value,
        "why": deed.why or None,
    }


def _remark(remark: Remark) -> dict[str, object]:
    return {"code": remark.flaw.value, "line": remark.line, "message": recordable(remark.message)}


def _line(ordered: Ordered, deed: Deed) -> str:
    file = ordered.file
    fate = paint(_COLOURS.get(deed.fate, ""), f"{deed.fate:<9}")
    why = f": {escape(deed.why)}" if deed.why else ""
    return f"{fate} {ordered.size:>9} {escape(file.lang or '-', 20):<12} {escape(file.path or file.raw, PATH_LIMIT)}{why}"


def _summary(deeds: Deeds, output: BuilderOutput) -> str:
    counts = [f"{number} {fate}" for fate in Fate if (number := sum(deed.fate is fate for _, deed in deeds))]
    told = f"{counted(len(deeds), 'file')}" + (f": {', '.join(counts)}" if counts else "")
    skipped = f"; {counted(output.skipped, 'block')} skipped" if output.skipped else ""
    plan = f"; plan: {plan_words(output.plan)}" if output.plan else ""
    return f"{told}{skipped}{plan}"
